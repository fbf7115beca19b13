//! All themes there are, and one of them worked out: what it inherits, its palette, a style for each role.
use std::collections::BTreeMap;

use ratatui::style::{Color, Style};

use super::{
    Depth, Role, Theme, ThemeError,
    built_in::{BUILT_IN, OF_SIXTEEN},
    file::{Look, ThemeFile},
    role::with_parents,
};
use crate::{protocol::nearest, redact::visible};

/// The built-in themes and the user's own.
#[derive(Debug, Clone, Default)]
pub struct Themes {
    /// Texts by name.
    users: BTreeMap<String, String>,
}

impl Themes {
    /// Takes name and text of each `<name>.toml` of the user's. One may have the name of a built-in theme: it stands in
    /// front of that, and can inherit from it.
    pub fn with_users(users: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { users: users.into_iter().collect() }
    }

    /// The built-in ones in their order, then the user's by name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.users.keys().map(String::as_str);
        let own = own.filter(|name| BUILT_IN.iter().all(|(built_in, _)| built_in != name));
        BUILT_IN.iter().map(|(name, _)| *name).chain(own)
    }

    pub fn is_known(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// The known name that an unknown one was most likely meant to be.
    pub fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.names())
    }

    /// A theme for a terminal of these colours.
    ///
    /// With sixteen colours, the role takes its style from the theme `terminal` where its own has others.
    ///
    /// # Errors
    /// When there is no such theme, or it or one it inherits from is wrong.
    pub fn theme(&self, name: &str, depth: Depth) -> Result<Theme, ThemeError> {
        let own = self.worked_out(name)?;
        let styles = match depth {
            Depth::Plain => return Ok(Theme::plain()),
            Depth::True => own,
            Depth::Indexed => told_apart(own.map(Depth::indexed)),
            Depth::Sixteen => {
                let sixteen = Self::default().worked_out(OF_SIXTEEN)?;
                Role::ALL.map(|role| {
                    let style = own[role as usize];
                    if depth.has(style) { style } else { sixteen[role as usize] }
                })
            }
        };
        Ok(Theme { styles, depth })
    }

    /// What is wrong with the user's themes.
    pub fn check(&self) -> Vec<ThemeError> {
        self.users.keys().filter_map(|name| self.worked_out(name).err()).collect()
    }

    fn worked_out(&self, name: &str) -> Result<[Style; Role::COUNT], ThemeError> {
        let (mut palette, mut roles) = (BTreeMap::new(), BTreeMap::new());
        // What is nearer to the theme comes later, over what it inherits.
        for file in self.with_inherited(name)?.into_iter().rev() {
            palette.extend(file.palette);
            roles.extend(file.roles);
        }
        let mut styles = [Style::new(); Role::COUNT];
        for role in Role::ALL {
            let look = with_parents(role.name()).find_map(|name| roles.get(name));
            if let Some(look) = look {
                styles[role as usize] = style(look, &palette)?;
            }
        }
        Ok(styles)
    }

    /// A theme, then what it inherits from, then what that inherits from.
    fn with_inherited(&self, name: &str) -> Result<Vec<ThemeFile>, ThemeError> {
        let unknown = || ThemeError::UnknownTheme {
            name: visible(name).into_owned(),
            nearest: self.nearest(name),
        };
        // What a built-in theme inherits is built in, and so is a theme of the name that the user's own has.
        let mut is_users = self.users.contains_key(name);
        let mut visited = vec![(name.to_owned(), is_users)];
        let mut text = self.text(name).ok_or_else(unknown)?;
        let mut files = Vec::new();
        loop {
            let name = visited.last().map_or("", |(name, _)| name.as_str());
            let file = ThemeFile::read(name, text)?;
            let parent = file.inherits.clone();
            files.push(file);
            let Some((parent, place)) = parent else { return Ok(files) };
            is_users = is_users && parent != name && self.users.contains_key(&parent);
            let found = if is_users { self.text(&parent) } else { built_in(&parent) };
            text = found.ok_or_else(|| ThemeError::UnknownParent {
                place: place.clone(),
                name: visible(&parent).into_owned(),
                nearest: self.nearest(&parent),
            })?;
            let is_visited = visited.contains(&(parent.clone(), is_users));
            visited.push((parent, is_users));
            if is_visited {
                let names = visited.iter().map(|(name, _)| visible(name).into_owned()).collect();
                return Err(ThemeError::Circle { place, names });
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.users.get(name).map(String::as_str).or_else(|| built_in(name))
    }
}

fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

fn style(look: &Look, palette: &BTreeMap<String, Color>) -> Result<Style, ThemeError> {
    let colour =
        |ink: &Option<String>| ink.as_ref().map(|ink| look.colour(ink, palette)).transpose();
    let style =
        Style { fg: colour(&look.foreground)?, bg: colour(&look.background)?, ..Style::new() };
    Ok(style.add_modifier(look.on).remove_modifier(look.off))
}

/// Where added and removed lines came out on the same grey, they stand on the ground of the text, and their words are
/// reversed.
fn told_apart(mut styles: [Style; Role::COUNT]) -> [Style; Role::COUNT] {
    let style = |role: Role| styles[role as usize];
    let (text, added, removed) =
        (style(Role::Text), style(Role::DiffAdded), style(Role::DiffRemoved));
    let is_same =
        |one: Role, other: Role| style(one).bg.is_some() && style(one).bg == style(other).bg;
    let are_lines_alike = is_same(Role::DiffAdded, Role::DiffRemoved);
    let are_words_alike = is_same(Role::DiffAddedWord, Role::DiffRemovedWord);
    for (line, word, own) in [
        (Role::DiffAdded, Role::DiffAddedWord, added),
        (Role::DiffRemoved, Role::DiffRemovedWord, removed),
    ] {
        if are_lines_alike {
            styles[line as usize].bg = text.bg;
        }
        if are_words_alike {
            let word = &mut styles[word as usize];
            (word.fg, word.bg) = (text.bg, own.fg);
        }
    }
    styles
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;

    const RED: Color = Color::Rgb(255, 0, 0);

    fn themes(users: &[(&str, &str)]) -> Themes {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        Themes::with_users(users.iter().map(owned))
    }

    /// The style of a role in the theme `mine`.
    fn styled(mine: &str, role: Role) -> Style {
        themes(&[("mine", mine)]).theme("mine", Depth::True).unwrap().style(role)
    }

    #[test]
    fn every_built_in_theme_says_how_each_role_looks() {
        for (name, _) in BUILT_IN {
            let files = Themes::default().with_inherited(name).unwrap();
            for role in Role::ALL {
                let is_said = files.iter().any(|file| file.roles.contains_key(role.name()));
                assert!(is_said, "{name}: {}", role.name());
            }
            let theme = Themes::default().theme(name, Depth::True).unwrap();
            assert!(theme.has_colours() && theme.style(Role::Text).bg.is_some(), "{name}");
        }
    }

    #[test]
    fn a_role_that_is_missing_looks_like_the_one_above_it() {
        let mine = "[roles]\ndiff = \"red\"\n\"text.dim\" = { bg = \"#f00\", bold = true }\n";
        assert_eq!(styled(mine, Role::DiffAddedWord), Style::new().fg(Color::Red));
        let dim = Style::new().bg(RED).add_modifier(Modifier::BOLD);
        assert_eq!(styled(mine, Role::TextDim), dim);
        assert_eq!(styled(mine, Role::TextStrong), Style::new());
    }

    #[test]
    fn a_theme_changes_roles_and_colours_of_what_it_inherits() {
        let base = "inherits = \"harbour\"\n";
        let harbour = Themes::default().theme("harbour", Depth::True).unwrap();
        let roles = format!("{base}[roles]\n\"text\" = \"#f00\"\n");
        assert_eq!(styled(&roles, Role::Text), Style::new().fg(RED));
        assert_eq!(styled(&roles, Role::TextDim), harbour.style(Role::TextDim));
        let palette = format!("{base}[palette]\naccent = \"#f00\"\n");
        assert_eq!(styled(&palette, Role::BorderFocused).fg, Some(RED));
        assert_eq!(styled(&palette, Role::TextDim), harbour.style(Role::TextDim));
    }

    #[test]
    fn a_users_theme_stands_in_front_of_the_built_in_one() {
        let mine = "inherits = \"nord\"\n[palette]\naccent = \"#f00\"\n";
        let themes = themes(&[("nord", mine), ("x", "inherits = \"nord\""), ("y", "")]);
        for name in ["nord", "x"] {
            let theme = themes.theme(name, Depth::True).unwrap();
            assert_eq!(theme.style(Role::Accent).fg, Some(RED));
        }
        let names: Vec<&str> = themes.names().collect();
        assert_eq!(
            (names[0], names.last(), names.len()),
            ("harbour", Some(&"y"), BUILT_IN.len() + 2)
        );
        assert_eq!(themes.check(), []);
    }

    #[test]
    fn what_can_not_be_worked_out_is_told_with_its_place() {
        let themes = themes(&[
            ("a", "inherits = \"b\""),
            ("b", "\ninherits = \"a\""),
            ("c", "inherits = \"nrod\""),
            (
                "d",
                "inherits = \"harbour\"\n[roles]\n\"text.dim\" = \"perple\"\n[palette]\nplum = 3",
            ),
            ("e", "[palette]\nred = \"rot\""),
            ("f\u{1b}", "[palette]\nred = 256"),
        ]);
        let wrong: Vec<String> = themes.check().iter().map(ToString::to_string).collect();
        let colour = "has to be a colour: \"#rrggbb\", a number from 0 to 255, \"default\", or one of the sixteen such \
                      as \"bright-blue\"";
        let wanted = [
            "themes/b.toml:2: themes inherit from each other in a circle: a, b, a".to_owned(),
            "themes/a.toml:1: themes inherit from each other in a circle: b, a, b".to_owned(),
            "themes/c.toml:1: there is no theme `nrod` to inherit from; did you mean `nord`?"
                .to_owned(),
            "themes/d.toml:3: `perple` is no colour and not in the palette; did you mean `purple`?"
                .to_owned(),
            format!("themes/e.toml:2: `red` {colour}"),
            format!("themes/f\\u{{1b}}.toml:2: `red` {colour}"),
        ];
        assert_eq!(wrong, wanted);
        let unknown = themes.theme("harbor", Depth::Plain).unwrap_err().to_string();
        assert_eq!(unknown, "there is no theme `harbor`; did you mean `harbour`?");
    }

    #[test]
    fn a_theme_fits_the_terminal() {
        let themes = themes(&[("mine", "[roles]\n\"text\" = \"cyan\"\n\"error\" = \"#f00\"\n")]);
        let colour = |depth, role| themes.theme("mine", depth).unwrap().style(role).fg;
        assert_eq!(colour(Depth::True, Role::Error), Some(RED));
        assert_eq!(colour(Depth::Indexed, Role::Error), Some(Color::Indexed(196)));
        assert_eq!(colour(Depth::Sixteen, Role::Error), Some(Color::Red));
        assert_eq!(colour(Depth::Sixteen, Role::Text), Some(Color::Cyan));
        assert_eq!(themes.theme("mine", Depth::Plain).unwrap(), Theme::plain());
    }
}
