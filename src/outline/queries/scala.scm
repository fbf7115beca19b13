; What is defined in Scala.
(trait_definition name: (identifier) @name) @trait
(enum_definition name: (identifier) @name) @enum
(class_definition name: (identifier) @name) @class
(object_definition name: (identifier) @name) @class
(function_definition name: (identifier) @name) @function
(function_declaration name: (identifier) @name) @function
(type_definition name: (type_identifier) @name) @type
(compilation_unit (val_definition pattern: (identifier) @name) @constant)
(template_body (val_definition pattern: (identifier) @name) @constant)
(given_definition name: (identifier) @name) @constant
