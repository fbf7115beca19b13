//! The map of a repository: which files and symbols matter for what is being talked about, within a budget of tokens.
mod graph;
mod lists;
mod push;
mod render;
mod standing;
mod worth;

pub(crate) use graph::as_share;
pub use graph::{FileId, FileNames, Graph, NameId, Named};
pub use push::Topic;
pub use render::{MapFile, Rendered, render};
