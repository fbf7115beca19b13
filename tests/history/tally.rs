//! What was compared, what was set aside and why, and what went wrong.
use std::{collections::BTreeMap, fmt};

use super::commit::Comparison;

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) commits: usize,
    pub(super) on_disk: usize,
    /// Changes without context.
    pub(super) hunks: usize,
    /// Files, by how they were told.
    pub(super) told: BTreeMap<&'static str, usize>,
    /// Files, or what of them, by why nobody could tell them.
    pub(super) aside: BTreeMap<&'static str, usize>,
    pub(super) failures: Vec<String>,
}

impl Tally {
    pub(super) fn count(&mut self, comparison: &Comparison<'_>) {
        self.commits += 1;
        for told in &comparison.told {
            self.hunks += told.spans();
            *self.told.entry(told.kind()).or_default() += 1;
        }
        for reason in &comparison.aside {
            *self.aside.entry(reason).or_default() += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { commits, on_disk, hunks, told, aside, failures } = self;
        let files: usize = told.values().sum();
        writeln!(f, "{commits} commits ({on_disk} on a disk too), {files} files, {hunks} hunks")?;
        for (kind, count) in told {
            writeln!(f, "  {count:>6} {kind}")?;
        }
        for (reason, count) in aside {
            writeln!(f, "  {count:>6} set aside: {reason}")?;
        }
        write!(f, "  {:>6} differences", failures.len())
    }
}
