//! What a file's text is in its language: whether it parses, what it defines, and what it names.
mod containers;
mod definitions;
mod kind;
mod language;
mod markdown;
mod references;
mod syntax;
mod table;

pub use definitions::{Definition, Outline, Reader, Skipped};
pub use kind::Kind;
pub use language::version;
pub use references::{Reference, ReferenceKind};
pub use syntax::{SyntaxError, newly_broken};
