//! How each role looks: a theme gives every role a style, within what the terminal can show.
mod role;

use ratatui::style::{Modifier, Style};

pub use role::Role;

/// A style for every role.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    styles: [Style; Role::COUNT],
}

impl Theme {
    /// No colour at all: weight, underline and reversal alone, as `NO_COLOR` asks for.
    pub fn plain() -> Self {
        let mut styles = [Style::new(); Role::COUNT];
        for role in Role::ALL {
            styles[role as usize] = Style::new().add_modifier(role.plain_modifier());
        }
        Self { styles }
    }

    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

impl Role {
    /// What sets it apart where there are no colours.
    fn plain_modifier(self) -> Modifier {
        match self {
            Self::TextStrong | Self::TextHeading | Self::Error | Self::DiffHeader => Modifier::BOLD,
            Self::TextEmphasis => Modifier::ITALIC,
            Self::TextLink => Modifier::UNDERLINED,
            Self::Selection | Self::MatchCurrent => Modifier::REVERSED,
            _ => Modifier::empty(),
        }
    }
}
