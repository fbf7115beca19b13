//! The text of one theme, read and checked: its palette, its roles, and the theme it builds on.
use std::{collections::BTreeMap, sync::Arc};

use ratatui::style::{Color, Modifier};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Role,
    colour::{self, NAMED},
    error::{Place, ThemeError},
    role::with_parents,
};
use crate::{protocol::nearest, redact::visible};

/// A theme as its file says it; colours are named still, because a theme that builds on it may change the palette.
#[derive(Debug, Clone, Default)]
pub(super) struct ThemeFile {
    pub(super) inherits: Option<(String, Place)>,
    pub(super) palette: BTreeMap<String, Color>,
    /// By role, or by what several roles begin with, such as `syntax`.
    pub(super) roles: BTreeMap<String, Look>,
}

/// How a role looks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    /// In words of the palette, or a colour as such.
    pub(super) foreground: Option<String>,
    pub(super) background: Option<String>,
    pub(super) on: Modifier,
    /// `bold = false`, where what lies below may be bold.
    pub(super) off: Modifier,
    pub(super) place: Place,
}

const KEYS: [&str; 3] = ["inherits", "palette", "roles"];
const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("dim", Modifier::DIM),
    ("reversed", Modifier::REVERSED),
    ("struck", Modifier::CROSSED_OUT),
];

impl ThemeFile {
    /// Reads `themes/<name>.toml`.
    ///
    /// # Errors
    /// When it is no TOML, or holds a key, a role or a kind of value that is not known.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, ThemeError> {
        let source = Source { file: format!("themes/{}.toml", visible(name)).into(), text };
        let table = DeTable::parse(text).map_err(|error| ThemeError::Syntax {
            place: source.at(error.span().map_or(0, |span| span.start)),
            reason: visible(error.message()).into_owned(),
        })?;
        let mut read = Self::default();
        for (key, value) in table.into_inner() {
            let place = source.at(key.span().start);
            match (key.get_ref().as_ref(), value.into_inner()) {
                ("inherits", DeValue::String(parent)) => {
                    read.inherits = Some((parent.into_owned(), place));
                }
                ("palette", DeValue::Table(table)) => read.palette = source.palette(table)?,
                ("roles", DeValue::Table(table)) => source.roles("", table, &mut read.roles)?,
                ("inherits", _) => {
                    return Err(wrong(place, "inherits", "has to be a theme's name"));
                }
                (key @ ("palette" | "roles"), _) => {
                    return Err(wrong(place, key, "has to be a table"));
                }
                (key, _) => {
                    let nearest = nearest(key, KEYS);
                    return Err(ThemeError::UnknownKey { place, key: shown(key), nearest });
                }
            }
        }
        Ok(read)
    }
}

/// A file under its name, to tell places in it.
struct Source<'a> {
    file: Arc<str>,
    text: &'a str,
}

impl Source<'_> {
    fn at(&self, offset: usize) -> Place {
        let line = 1 + self.text[..offset.min(self.text.len())].matches('\n').count();
        Place { file: Arc::clone(&self.file), line }
    }

    fn palette(&self, table: DeTable<'_>) -> Result<BTreeMap<String, Color>, ThemeError> {
        let mut palette = BTreeMap::new();
        for (name, value) in table {
            let place = self.at(name.span().start);
            let name = name.into_inner().into_owned();
            let colour = ink(&value).and_then(|text| colour::parse(&text));
            let reason = "has to be a colour: \"#rrggbb\", a number from 0 to 255, \"default\", or one of the sixteen \
                          such as \"bright-blue\"";
            let colour = colour.ok_or_else(|| wrong(place, &name, reason))?;
            palette.insert(name, colour);
        }
        Ok(palette)
    }

    /// Roles are written in quotes, `"text.dim"`, or as tables within tables.
    fn roles(
        &self,
        above: &str,
        table: DeTable<'_>,
        roles: &mut BTreeMap<String, Look>,
    ) -> Result<(), ThemeError> {
        for (key, value) in table {
            let place = self.at(key.span().start);
            let name = match above {
                "" => key.into_inner().into_owned(),
                above => format!("{above}.{}", key.into_inner()),
            };
            if !is_known(&name) {
                let nearest = nearest(&name, Role::ALL.map(Role::name));
                return Err(ThemeError::UnknownRole { place, role: shown(&name), nearest });
            }
            match value.get_ref() {
                DeValue::Table(inner) => {
                    let holds_roles = holds_roles(&name, inner);
                    let DeValue::Table(inner) = value.into_inner() else { continue };
                    if holds_roles {
                        self.roles(&name, inner, roles)?;
                    } else {
                        roles.insert(name, self.look(inner, place)?);
                    }
                }
                _ => {
                    let reason =
                        "has to be a colour, or a table of fg, bg, bold, italic and the like";
                    let foreground =
                        ink(&value).ok_or_else(|| wrong(place.clone(), &name, reason))?;
                    roles.insert(name, Look { foreground: Some(foreground), ..Look::none(place) });
                }
            }
        }
        Ok(())
    }

    fn look(&self, table: DeTable<'_>, place: Place) -> Result<Look, ThemeError> {
        let mut look = Look::none(place);
        for (key, value) in table {
            let place = self.at(key.span().start);
            let key = key.get_ref().as_ref();
            if let "fg" | "bg" = key {
                let ink = ink(&value).ok_or_else(|| wrong(place, key, "has to be a colour"))?;
                *(if key == "fg" { &mut look.foreground } else { &mut look.background }) =
                    Some(ink);
                continue;
            }
            let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == key) else {
                return Err(ThemeError::UnknownKey {
                    place,
                    key: shown(key),
                    nearest: nearest(key, look_keys()),
                });
            };
            match value.get_ref() {
                DeValue::Boolean(true) => look.on |= *modifier,
                DeValue::Boolean(false) => look.off |= *modifier,
                _ => return Err(wrong(place, key, "has to be true or false")),
            }
        }
        Ok(look)
    }
}

impl Look {
    fn none(place: Place) -> Self {
        Self {
            foreground: None,
            background: None,
            on: Modifier::empty(),
            off: Modifier::empty(),
            place,
        }
    }

    /// The colour that a word of this role means, the palette's first.
    ///
    /// # Errors
    /// When it means none.
    pub(super) fn colour(
        &self,
        ink: &str,
        palette: &BTreeMap<String, Color>,
    ) -> Result<Color, ThemeError> {
        let colour = palette.get(ink).copied().or_else(|| colour::parse(ink));
        colour.ok_or_else(|| {
            let known = palette.keys().map(String::as_str).chain(NAMED.map(|(name, _)| name));
            let nearest = nearest(ink, known.chain([colour::DEFAULT]));
            ThemeError::UnknownColour { place: self.place.clone(), colour: shown(ink), nearest }
        })
    }
}

/// A colour as it is written: a text or a number.
fn ink(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// Whether it is a role or what a role begins with.
fn is_known(name: &str) -> bool {
    Role::ALL.iter().any(|role| with_parents(role.name()).any(|known| known == name))
}

/// Whether a table is one of roles below this name, and not how the name itself looks.
fn holds_roles(name: &str, table: &DeTable<'_>) -> bool {
    let is_role = Role::ALL.iter().any(|role| role.name() == name);
    let names_a_role = || table.keys().any(|key| is_known(&format!("{name}.{}", key.get_ref())));
    let names_a_look = table.keys().any(|key| look_keys().any(|look| look == key.get_ref()));
    !names_a_look && (!is_role || names_a_role())
}

fn look_keys() -> impl Iterator<Item = &'static str> {
    ["fg", "bg"].into_iter().chain(MODIFIERS.map(|(name, _)| name))
}

fn wrong(place: Place, key: &str, reason: &str) -> ThemeError {
    ThemeError::WrongValue { place, key: shown(key), reason: reason.to_owned() }
}

fn shown(text: &str) -> String {
    visible(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let error = ThemeFile::read("mine", text).unwrap_err().to_string();
        assert_eq!(error, format!("themes/mine.toml:{wanted}"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check("a = ", "1: this is no TOML: string values must be quoted, expected literal string");
        check("\ninherit = \"x\"", "2: `inherit` is not a known key; did you mean `inherits`?");
        check("inherits = 3", "1: `inherits` has to be a theme's name");
        check("roles = 3", "1: `roles` has to be a table");
        check(
            "\u{feff}[roles]\n\n\"text.dmi\" = \"red\"",
            "3: `text.dmi` is not a known role; did you mean `text.dim`?",
        );
        check(
            "[roles]\ndiff.add = \"red\"",
            "2: `diff.add` is not a known role; did you mean `diff.added`?",
        );
        check(
            "[roles]\ntext = { fgg = \"red\" }",
            "2: `fgg` is not a known key; did you mean `fg`?",
        );
        check("[roles]\ntext = { bold = 1 }", "2: `bold` has to be true or false");
        check("[roles]\ntext = { fg = true }", "2: `fg` has to be a colour");
        check("[roles]\n\"a\\u001b\" = 1", "2: `a\\u{1b}` is not a known role");
    }

    #[test]
    fn roles_are_read_in_quotes_and_as_tables() {
        let text = "[roles]\n\"text.dim\" = \"grey\"\nsyntax.keyword = { fg = 4, bold = true, italic = false }\n\
                    [roles.diff.added]\nfg = \"green\"\n[roles.diff]\nheader = \"#fff\"\n";
        let read = ThemeFile::read("mine", text).unwrap();
        let names: Vec<_> = read.roles.keys().map(String::as_str).collect();
        assert_eq!(names, ["diff.added", "diff.header", "syntax.keyword", "text.dim"]);
        let keyword = &read.roles["syntax.keyword"];
        assert_eq!((keyword.foreground.as_deref(), keyword.on), (Some("4"), Modifier::BOLD));
        assert_eq!((keyword.off, keyword.place.line), (Modifier::ITALIC, 3));
    }
}
