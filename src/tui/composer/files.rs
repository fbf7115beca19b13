//! The files that `@` finds, and whether they are to be listed again.
use std::sync::Arc;

use crate::tui::picker::Row;

#[derive(Debug, Default)]
pub(super) struct Files {
    rows: Option<Arc<[Row]>>,
    listed: Listed,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Listed {
    /// Files may have come or gone since.
    #[default]
    Before,
    /// Somebody is at it.
    Soon,
    Now,
}

impl Files {
    /// As they were listed last.
    pub(super) fn rows(&self) -> Option<&Arc<[Row]>> {
        self.rows.as_ref()
    }

    pub(super) fn set(&mut self, rows: Arc<[Row]>) {
        (self.rows, self.listed) = (Some(rows), Listed::Now);
    }

    /// What is listed is not to be relied on from here on.
    pub(super) fn age(&mut self) {
        self.listed = match self.listed {
            Listed::Now => Listed::Before,
            listed @ (Listed::Before | Listed::Soon) => listed,
        };
    }

    /// Whether somebody has to list them, told once.
    pub(super) fn ask(&mut self) -> bool {
        let is_due = self.listed == Listed::Before;
        if is_due {
            self.listed = Listed::Soon;
        }
        is_due
    }

    pub(super) fn give_up(&mut self) {
        self.listed = Listed::Now;
    }
}
