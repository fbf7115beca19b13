; What is defined in HCL: its blocks, by their labels.
(block (identifier) . (string_lit (template_literal) @name) . (block_start)) @block
(block (identifier) (string_lit) (string_lit (template_literal) @name) . (block_start)) @block
(block . (identifier) @name . (block_start)) @block
(config_file (body (attribute . (identifier) @name) @key))
