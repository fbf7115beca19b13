//! What a definition is.
use serde::{Deserialize, Serialize};

/// What a definition is, as near as the language tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    Module,
    Class,
    Struct,
    Enum,
    Trait,
    Interface,
    Type,
    /// No definition itself: it adds to a type, such as an `impl` of Rust.
    Extension,
    Function,
    Method,
    Constant,
    Macro,
    /// Of a document.
    Heading,
    /// Of data.
    Key,
    /// Of a style sheet.
    Rule,
    /// What a page can be linked to at.
    Element,
    /// Of a configuration, such as a resource.
    Block,
    /// In which a container's image is made.
    Stage,
}

impl Kind {
    pub(super) const ALL: [Self; 18] = [
        Self::Module,
        Self::Class,
        Self::Struct,
        Self::Enum,
        Self::Trait,
        Self::Interface,
        Self::Type,
        Self::Extension,
        Self::Function,
        Self::Method,
        Self::Constant,
        Self::Macro,
        Self::Heading,
        Self::Key,
        Self::Rule,
        Self::Element,
        Self::Block,
        Self::Stage,
    ];

    /// As the queries call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Trait => "trait",
            Self::Interface => "interface",
            Self::Type => "type",
            Self::Extension => "extension",
            Self::Function => "function",
            Self::Method => "method",
            Self::Constant => "constant",
            Self::Macro => "macro",
            Self::Heading => "heading",
            Self::Key => "key",
            Self::Rule => "rule",
            Self::Element => "element",
            Self::Block => "block",
            Self::Stage => "stage",
        }
    }

    /// Whether code refers to it by its name.
    pub fn is_code(self) -> bool {
        match self {
            Self::Module
            | Self::Class
            | Self::Struct
            | Self::Enum
            | Self::Trait
            | Self::Interface
            | Self::Type
            | Self::Function
            | Self::Method
            | Self::Constant
            | Self::Macro => true,
            Self::Extension
            | Self::Heading
            | Self::Key
            | Self::Rule
            | Self::Element
            | Self::Block
            | Self::Stage => false,
        }
    }

    /// Whether the functions in it are its methods.
    pub(super) fn has_methods(self) -> bool {
        match self {
            Self::Class
            | Self::Struct
            | Self::Enum
            | Self::Trait
            | Self::Interface
            | Self::Extension => true,
            Self::Module
            | Self::Type
            | Self::Function
            | Self::Method
            | Self::Constant
            | Self::Macro
            | Self::Heading
            | Self::Key
            | Self::Rule
            | Self::Element
            | Self::Block
            | Self::Stage => false,
        }
    }
}
