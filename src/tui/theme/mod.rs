//! How each role looks: a theme gives every role a style, within what the terminal can show.
//!
//! Themes are files: `themes/*.toml` here are built in, the user's own are read by the wiring and handed to
//! [`Themes::with_users`].
mod built_in;
mod colour;
#[cfg(test)]
mod contrast;
mod depth;
mod error;
mod file;
mod role;
mod themes;

use ratatui::style::{Color, Style};

pub use depth::{Depth, Surroundings, Wish};
pub use error::{Place, ThemeError};
pub use role::Role;
pub use themes::Themes;

/// A style for every role.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    styles: [Style; Role::COUNT],
    depth: Depth,
}

impl Theme {
    /// No colour at all: weight, underline and reversal alone, as `NO_COLOR` asks for.
    pub fn plain() -> Self {
        let style = |role: Role| Style::new().add_modifier(role.plain_modifier());
        Self { styles: Role::ALL.map(style), depth: Depth::Plain }
    }

    /// What a role sets; what it leaves open stays as it is below. [`Role::Text`] lies below all of the screen.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// Without them, what colours say has to be said by signs.
    pub fn has_colours(&self) -> bool {
        self.depth != Depth::Plain
    }

    /// A style that is nobody's role, such as a command's output brings along, as the terminal can show it.
    pub fn fit(&self, style: Style) -> Style {
        self.depth.fit(style)
    }

    /// The colour below all text; [`Color::Reset`] is the terminal's own.
    pub fn background(&self) -> Color {
        self.style(Role::Text).bg.unwrap_or(Color::Reset)
    }
}
