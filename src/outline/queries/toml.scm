; The tables and keys of a document.
(table . [(bare_key) (dotted_key) (quoted_key)] @name) @block
(table_array_element . [(bare_key) (dotted_key) (quoted_key)] @name) @block
(document (pair . [(bare_key) (dotted_key) (quoted_key)] @name) @key)
(table (pair . [(bare_key) (dotted_key) (quoted_key)] @name) @key)
