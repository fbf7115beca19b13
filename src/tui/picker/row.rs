//! A row of a list.
use std::sync::Arc;

/// What it is called, and more about it in columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    pub label: String,
    /// Among rows that match equally well the heavier comes first. A letter more that matches is worth about 20.
    pub weight: u32,
    /// One a column; those that have no room are left out from the last on.
    pub details: Vec<String>,
    /// What is said across all columns, in their place.
    pub across: Option<String>,
    /// Rows of a group stand one after the other, under its name.
    pub group: Option<Arc<str>>,
    /// Why it can't be chosen.
    pub disabled: Option<String>,
}

impl Row {
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    #[must_use]
    pub fn with(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    #[must_use]
    pub fn across(mut self, words: impl Into<String>) -> Self {
        self.across = Some(words.into());
        self
    }

    #[must_use]
    pub fn weighing(self, weight: u32) -> Self {
        Self { weight, ..self }
    }

    #[must_use]
    pub fn in_group(mut self, group: &Arc<str>) -> Self {
        self.group = Some(Arc::clone(group));
        self
    }

    #[must_use]
    pub fn disabled(mut self, reason: impl Into<String>) -> Self {
        self.disabled = Some(reason.into());
        self
    }
}
