//! What a file's text is in its language: so far, whether it parses.
mod language;
mod syntax;

pub use syntax::{SyntaxError, newly_broken};
