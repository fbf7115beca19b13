//! Whose keys edit the input.

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EditingMode {
    #[default]
    Emacs,
    Vi,
}

impl EditingMode {
    pub const ALL: [Self; 2] = [Self::Emacs, Self::Vi];

    /// As configuration names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emacs => "emacs",
            Self::Vi => "vi",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}
