//! Text as it is laid out: what it says, what it means, and how it breaks into rows. Nothing here knows a colour.
mod line;

pub use line::{Paint, Prefix, Span, TextLine};
