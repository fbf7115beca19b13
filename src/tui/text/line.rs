//! A logical line: what it says and the parts of it that mean something.
use std::{ops::Range, sync::Arc};

use ratatui::style::Style;

use crate::tui::theme::Role;

/// One line, however wide the terminal is: its text has no line feed and no control character.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TextLine {
    pub text: String,
    /// In order and apart; what is in none is [`Role::Text`].
    pub spans: Vec<Span>,
    /// Put before its first row and before each that follows, such as the bullet of a list and as many blanks.
    pub prefix: Option<Arc<Prefix>>,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Bytes of the line's text, on character boundaries.
    pub range: Range<usize>,
    pub paint: Paint,
    /// Where it leads, for terminals that follow links.
    pub link: Option<Arc<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// The theme says how it looks.
    Role(Role),
    /// Colours of a program's own output.
    Own(Style),
}

/// What stands before the rows of a line and is no part of its text: a copy of the line leaves it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    pub first: String,
    pub rest: String,
    pub role: Role,
}
