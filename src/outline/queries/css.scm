; What is defined in a style sheet: its rules, by their selectors.
(rule_set (selectors) @name) @rule
(keyframes_statement (keyframes_name) @name) @rule
(media_statement (_) @name (block)) @rule
(stylesheet (rule_set (block (declaration (property_name) @name) @key)) (#match? @name "^--"))
