//! Text as it is laid out: what it says, what it means, and how it breaks into rows. Nothing here knows a colour.
pub mod ansi;
mod clean;
mod code;
mod diff;
mod ink;
mod line;
pub mod markdown;
mod row;
pub mod syntax;
mod width;
mod wrap;

pub use clean::{clean, clean_line};
pub use code::CodeLines;
pub use diff::{DiffPart, RETURN, diff_parts};
pub use ink::Ink;
pub use line::{Paint, Prefix, Span, TextLine};
pub use row::{Link, RowPlace, draw_row};
pub use width::{cut, graphemes, width};
pub use wrap::{rows, text_room};
