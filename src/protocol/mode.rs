//! How much the agent may do without asking.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// No patches; commands only where they provably only read.
    Plan,
    /// Patches are shown before they are written; other commands than reading ones ask.
    #[default]
    Review,
    /// Patches inside the workspace are written at once; other commands than reading ones ask.
    Edit,
    /// Patches are written at once; commands run in the sandbox without asking.
    Auto,
}

impl Mode {
    pub const ALL: [Self; 4] = [Self::Plan, Self::Review, Self::Edit, Self::Auto];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Review => "review",
            Self::Edit => "edit",
            Self::Auto => "auto",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not a mode: plan, review, edit or auto"))
    }
}
