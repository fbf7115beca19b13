//! A key as it is written (`ctrl-k`, `alt-enter`, `f1`, `?`), and several in a row (`g g`).
use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, each written in one way alone: terminals differ in what they report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

/// Keys pressed one after the other; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeySequence(Vec<Key>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key: keys are written like ctrl-k, alt-enter, f1, space, ? or g g")]
pub struct NoKey(pub String);

const NAMES: [(&str, KeyCode); 16] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("space", KeyCode::Char(' ')),
    ("menu", KeyCode::Menu),
];
/// Other names that are understood.
const ALIASES: [(&str, &str); 9] = [
    ("return", "enter"),
    ("escape", "esc"),
    ("del", "delete"),
    ("ins", "insert"),
    ("page-up", "pageup"),
    ("page-down", "pagedown"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
    ("minus", "-"),
];
/// In the order in which they are written.
const MODIFIERS: [(&str, KeyModifiers); 4] = [
    ("ctrl-", KeyModifiers::CONTROL),
    ("alt-", KeyModifiers::ALT),
    ("shift-", KeyModifiers::SHIFT),
    ("super-", KeyModifiers::SUPER),
];

impl Key {
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let known = MODIFIERS.iter().fold(KeyModifiers::NONE, |all, (_, one)| all | *one);
        let (mut code, mut modifiers) = (code, modifiers & known);
        match code {
            KeyCode::BackTab => {
                code = KeyCode::Tab;
                modifiers |= KeyModifiers::SHIFT;
            }
            KeyCode::Null => {
                code = KeyCode::Char(' ');
                modifiers |= KeyModifiers::CONTROL;
            }
            KeyCode::Char(character) => (code, modifiers) = character_key(character, modifiers),
            _ => {}
        }
        Self { code, modifiers }
    }

    /// The character that it types, if it types one.
    pub fn character(self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if self.modifiers.is_empty() => Some(character),
            _ => None,
        }
    }
}

/// A letter is itself in upper case where shift is held, but with ctrl, where only some terminals tell.
fn character_key(character: char, mut modifiers: KeyModifiers) -> (KeyCode, KeyModifiers) {
    let is_letter = character.is_alphabetic();
    if modifiers.contains(KeyModifiers::CONTROL) {
        if is_letter && character.is_uppercase() {
            modifiers |= KeyModifiers::SHIFT;
        } else if !is_letter {
            modifiers -= KeyModifiers::SHIFT;
        }
        let character = match character {
            // Terminals send one byte for both; the digit is what it is decoded to.
            '4' => '\\',
            '5' => ']',
            '6' => '^',
            '7' => '_',
            other => other.to_lowercase().next().unwrap_or(other),
        };
        return (KeyCode::Char(character), modifiers);
    }
    let is_shifted = modifiers.contains(KeyModifiers::SHIFT);
    modifiers -= KeyModifiers::SHIFT;
    let shifted = character.to_uppercase().next().filter(|_| is_letter && is_shifted);
    (KeyCode::Char(shifted.unwrap_or(character)), modifiers)
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }
}

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let (mut rest, mut modifiers) = (text, KeyModifiers::NONE);
        while let Some((modifier, behind)) = MODIFIERS.iter().find_map(|(name, it)| {
            Some((*it, rest.strip_prefix(name).filter(|it| !it.is_empty())?))
        }) {
            modifiers |= modifier;
            rest = behind;
        }
        let name = ALIASES.iter().find(|(alias, _)| *alias == rest).map_or(rest, |(_, name)| name);
        let code = code(name).ok_or_else(|| NoKey(text.to_owned()))?;
        Ok(Self::new(code, modifiers))
    }
}

fn code(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    let mut characters = name.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return (!only.is_control() && !only.is_whitespace()).then_some(KeyCode::Char(only));
    }
    let number: u8 = name.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, modifier) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(character) => write!(f, "{character}"),
            KeyCode::F(number) => write!(f, "f{number}"),
            other => write!(f, "{other}"),
        }
    }
}

impl KeySequence {
    pub fn keys(&self) -> &[Key] {
        &self.0
    }
}

impl FromStr for KeySequence {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let keys = text.split_whitespace().map(str::parse).collect::<Result<Vec<Key>, _>>()?;
        if keys.is_empty() { Err(NoKey(text.to_owned())) } else { Ok(Self(keys)) }
    }
}

impl fmt::Display for KeySequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            write!(f, "{gap}{key}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, printed: &str) {
        let read = written.parse::<KeySequence>().map(|keys| keys.to_string());
        assert_eq!(read.unwrap_or_else(|error| error.to_string()), printed);
    }

    #[test]
    fn keys_are_read_as_they_are_printed() {
        for key in [
            "ctrl-k",
            "alt-enter",
            "f1",
            "f24",
            "space",
            "?",
            "g g",
            "G",
            "-",
            "ctrl--",
            "alt-<",
            "ctrl-alt-x",
            "shift-tab",
            "ctrl-shift-z",
            "ctrl-_",
            "alt-X",
            "ctrl-x ctrl-e",
            "é",
            "super-k",
        ] {
            check(key, key);
        }
        check("shift-g", "G");
        check("ctrl-K", "ctrl-shift-k");
        check("return", "enter");
        check("alt-page-up", "alt-pageup");
        check("alt-ctrl-shift-home", "ctrl-alt-shift-home");
        check("minus", "-");
        for wrong in ["", "ctl-k", "f0", "f25", "ctrl-", "kk", "\u{7}"] {
            check(wrong, &NoKey(wrong.to_owned()).to_string());
        }
    }

    #[test]
    fn what_terminals_report_is_one_key() {
        let shift = KeyModifiers::SHIFT;
        for (code, modifiers, name) in [
            (KeyCode::BackTab, shift, "shift-tab"),
            (KeyCode::BackTab, KeyModifiers::NONE, "shift-tab"),
            (KeyCode::Char('G'), shift, "G"),
            (KeyCode::Char('g'), shift, "G"),
            (KeyCode::Char('?'), shift, "?"),
            (KeyCode::Char('7'), KeyModifiers::CONTROL, "ctrl-_"),
            (KeyCode::Char('_'), KeyModifiers::CONTROL | shift, "ctrl-_"),
            (KeyCode::Char('Z'), KeyModifiers::CONTROL, "ctrl-shift-z"),
            (KeyCode::Char('z'), KeyModifiers::CONTROL | shift, "ctrl-shift-z"),
            (KeyCode::Null, KeyModifiers::NONE, "ctrl-space"),
            (KeyCode::Enter, KeyModifiers::META, "enter"),
        ] {
            assert_eq!(Key::from(KeyEvent::new(code, modifiers)).to_string(), name);
        }
    }
}
