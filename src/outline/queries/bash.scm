; What is defined in a shell script.
(function_definition name: (word) @name) @function
