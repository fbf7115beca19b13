//! Takes a program's output apart into text and what steers a terminal. A sequence may be torn between two pieces.

/// What a terminal would do, as far as lines of text know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Print(char),
    Feed,
    Return,
    Back,
    Tab,
    /// Erases a part of the line: 0 from here on, 1 up to here, 2 all of it.
    EraseLine(u16),
    /// To this column, from 0.
    Column(u16),
    /// So many columns on; back when negative.
    Move(i32),
    /// Select graphic rendition, with what stands between `[` and `m`.
    Style(String),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Escapes {
    #[default]
    Text,
    Escape,
    /// A character set or the like: one more character belongs to it.
    Charset,
    Control(String),
    /// A title, a link, a picture: until its end nothing is shown. Whether the last character was an escape.
    Words {
        after_escape: bool,
    },
}

/// Longer parameters are no real ones.
const LONGEST: usize = 64;

impl Escapes {
    pub(super) fn take(&mut self, character: char) -> Option<Action> {
        match (std::mem::take(self), character) {
            (Self::Text, _) => self.text(character),
            (Self::Escape, '[') => self.enter(Self::Control(String::new())),
            (Self::Escape, ']' | 'P' | 'X' | '^' | '_') => {
                self.enter(Self::Words { after_escape: false })
            }
            (Self::Escape, '(' | ')' | '*' | '+' | '#' | '%' | ' ') => self.enter(Self::Charset),
            (Self::Escape, '\n' | '\u{1b}') => self.text(character),
            (Self::Escape | Self::Charset, _) => None,
            (Self::Control(parameters), '\n' | '\u{1b}') => {
                drop(parameters);
                self.text(character)
            }
            (Self::Control(parameters), '@'..='~') => control(&parameters, character),
            (Self::Control(mut parameters), _) if parameters.len() < LONGEST => {
                parameters.push(character);
                self.enter(Self::Control(parameters))
            }
            (Self::Control(_), _) => None,
            // A line feed ends it as well: output that was cut does not swallow the rest.
            (Self::Words { .. }, '\n') => Some(Action::Feed),
            (Self::Words { .. }, '\u{7}' | '\u{9c}') => None,
            (Self::Words { after_escape: true }, '\\') => None,
            (Self::Words { .. }, _) => {
                self.enter(Self::Words { after_escape: character == '\u{1b}' })
            }
        }
    }

    fn text(&mut self, character: char) -> Option<Action> {
        match character {
            '\u{1b}' => self.enter(Self::Escape),
            '\u{9b}' => self.enter(Self::Control(String::new())),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => {
                self.enter(Self::Words { after_escape: false })
            }
            '\n' | '\u{b}' | '\u{c}' => Some(Action::Feed),
            '\r' => Some(Action::Return),
            '\u{8}' => Some(Action::Back),
            '\t' => Some(Action::Tab),
            _ if character.is_control() => None,
            _ => Some(Action::Print(character)),
        }
    }

    fn enter(&mut self, state: Self) -> Option<Action> {
        *self = state;
        None
    }
}

fn control(parameters: &str, end: char) -> Option<Action> {
    let number = || parameters.parse::<u16>().ok();
    match end {
        'm' => Some(Action::Style(parameters.to_owned())),
        'K' => Some(Action::EraseLine(number().unwrap_or(0))),
        'G' | '`' => Some(Action::Column(number().unwrap_or(1).saturating_sub(1))),
        'C' => Some(Action::Move(i32::from(number().unwrap_or(1).max(1)))),
        'D' => Some(Action::Move(-i32::from(number().unwrap_or(1).max(1)))),
        _ => None,
    }
}
