//! What a verb writes to standard output: coloured only where that is wanted, and harmless on a terminal.
use std::{
    borrow::Cow,
    io::{self, BufWriter, IsTerminal, Write},
};

use clap::builder::styling::{AnsiColor, Style};

use super::args::Color;
use crate::{config::Environment, redact::visible};

/// Standard output, or a stand-in for it.
pub(super) struct Output {
    writer: Box<dyn Write>,
    is_coloured: bool,
    is_terminal: bool,
    /// Columns of the terminal; without one, lines are as long as they are.
    width: Option<usize>,
}

/// What a piece of text is, for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    Heading,
    Faint,
    Added,
    /// What of an added line is new: marked so that it is seen without colours too.
    AddedWord,
    Removed,
    RemovedWord,
    HunkHeader,
}

impl Output {
    pub(super) fn standard(color: Color, environment: &Environment) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        let width = is_terminal.then(terminal_width).flatten();
        Self {
            writer: Box::new(BufWriter::new(stdout)),
            is_coloured: wants_colour(color, is_terminal, environment),
            is_terminal,
            width,
        }
    }

    /// An output that is kept, for tests of what is shown.
    #[cfg(test)]
    pub(super) fn to_memory(look: Look) -> (Self, Arc<Mutex<Vec<u8>>>) {
        let written = Arc::new(Mutex::new(Vec::new()));
        let writer = Box::new(Memory(Arc::clone(&written)));
        let is_coloured = look == Look::Coloured;
        (Self { writer, is_coloured, is_terminal: is_coloured, width: None }, written)
    }

    pub(super) fn width(&self) -> Option<usize> {
        self.width
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        self.styled_line(Role::Plain, text)
    }

    /// Writes one line, or several, in the colours of a role.
    pub(super) fn styled_line(&mut self, role: Role, text: &str) -> io::Result<()> {
        self.styled(role, text)?;
        self.writer.write_all(b"\n")
    }

    pub(super) fn styled(&mut self, role: Role, text: &str) -> io::Result<()> {
        let text = if self.is_terminal { visible(text) } else { Cow::Borrowed(text) };
        if self.is_coloured && role != Role::Plain && !text.is_empty() {
            let style = style(role);
            write!(self.writer, "{style}{text}{style:#}")
        } else {
            self.writer.write_all(text.as_bytes())
        }
    }

    /// Rows in columns, the first row above the others. What is wider than the terminal is cut.
    pub(super) fn table(&mut self, rows: &[Vec<String>]) -> io::Result<()> {
        let columns = rows.first().map_or(0, Vec::len);
        let width_of = |column: usize| {
            rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width_of).collect();
        for (number, row) in rows.iter().enumerate() {
            let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            let mut line = padded.collect::<Vec<_>>().join("  ");
            line.truncate(line.trim_end().len());
            if let Some(width) = self.width().filter(|width| line.chars().count() > *width) {
                line = line.chars().take(width.saturating_sub(1)).chain(['…']).collect();
            }
            self.styled_line(if number == 0 { Role::Heading } else { Role::Plain }, &line)?;
        }
        Ok(())
    }

    /// Bytes for a program to read: nothing is added to them and nothing changed.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }

    /// One JSON document on a line of its own.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.writer, value)?;
        self.writer.write_all(b"\n")
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Says on standard error why a verb gave up. A standard error that is gone can't be told.
pub(super) fn complain(sentence: &str, hint: Option<&str>) {
    let mut text = format!("bowline: {}\n", visible(sentence));
    if let Some(hint) = hint {
        text.push_str("hint: ");
        text.push_str(&visible(hint));
        text.push('\n');
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether a stream is to be coloured.
pub(super) fn wants_colour(color: Color, is_terminal: bool, environment: &Environment) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let is_dumb = environment.get("TERM").is_none_or(|term| term == "dumb");
            is_terminal && !is_dumb && environment.get("NO_COLOR").is_none()
        }
    }
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

fn style(role: Role) -> Style {
    match role {
        Role::Plain => Style::new(),
        Role::Heading => Style::new().bold(),
        Role::Faint => Style::new().dimmed(),
        Role::Added => AnsiColor::Green.on_default(),
        Role::AddedWord => AnsiColor::Green.on_default().invert(),
        Role::Removed => AnsiColor::Red.on_default(),
        Role::RemovedWord => AnsiColor::Red.on_default().invert(),
        Role::HunkHeader => AnsiColor::Cyan.on_default(),
    }
}

#[cfg(test)]
use std::sync::{Arc, Mutex};

/// A coloured terminal, or a pipe.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Coloured,
}

#[cfg(test)]
struct Memory(Arc<Mutex<Vec<u8>>>);

#[cfg(test)]
impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(color: Color, is_terminal: bool, variables: &[(&str, &str)], wanted: bool) {
        let environment = Environment::from_pairs(variables.iter().copied());
        assert_eq!(wants_colour(color, is_terminal, &environment), wanted, "{variables:?}");
    }

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        let xterm = ("TERM", "xterm");
        check(Color::Auto, true, &[xterm], true);
        check(Color::Auto, false, &[xterm], false);
        check(Color::Auto, true, &[xterm, ("NO_COLOR", "1")], false);
        check(Color::Auto, true, &[xterm, ("NO_COLOR", "")], true);
        check(Color::Auto, true, &[("TERM", "dumb")], false);
        check(Color::Always, false, &[("NO_COLOR", "1")], true);
        check(Color::Never, true, &[xterm], false);
    }
}
