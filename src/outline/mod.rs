//! What a file's text is in its language: whether it parses, and what it defines.
mod definitions;
mod language;
mod syntax;

pub use definitions::{Definition, Kind, Reader};
pub use syntax::{SyntaxError, newly_broken};
