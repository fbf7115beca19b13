; What is defined in Elixir, where definitions are calls.
(call target: (identifier) @word (arguments . (alias) @name) (#eq? @word "defmodule")) @module
(call target: (identifier) @word (arguments . (alias) @name) (#eq? @word "defprotocol")) @interface
(call target: (identifier) @word (arguments . (alias) @name) (#eq? @word "defimpl")) @extension
(call target: (identifier) @word (arguments . [(identifier) @name (call target: (identifier) @name) (binary_operator left: (call target: (identifier) @name) operator: "when") (binary_operator left: (identifier) @name operator: "when")]) (#any-of? @word "defmacro" "defmacrop" "defguard" "defguardp")) @macro
(call target: (identifier) @word (arguments . [(identifier) @name (call target: (identifier) @name) (binary_operator left: (call target: (identifier) @name) operator: "when") (binary_operator left: (identifier) @name operator: "when")]) (#any-of? @word "def" "defp" "defdelegate" "defn" "defnp")) @function
(unary_operator operator: "@" operand: (call target: (identifier) @word (arguments (binary_operator left: (call target: (identifier) @name) operator: "::"))) (#any-of? @word "type" "typep" "opaque")) @type
