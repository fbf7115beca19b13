; What is defined in a page: its headings, and what can be linked to.
(element (start_tag (tag_name) @word) . (text) @name (#match? @word "^[hH][1-6]$")) @heading
(element (start_tag (attribute (attribute_name) @word (quoted_attribute_value (attribute_value) @name))) (#eq? @word "id")) @element
