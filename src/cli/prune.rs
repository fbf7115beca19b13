//! `bowline sessions prune`: what of the object store may go, and which sessions hold the rest.
use std::io;

use clap::Args;
use serde_json::json;

use super::{CommandError, Exit, context::Context, sessions::local_time};
use crate::store::{Pruned, Pruning, Tally};

#[derive(Debug, Args)]
pub(super) struct PruneArguments {
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
}

/// How many sessions are named where there is too much.
const SHOWN_HOLDERS: usize = 5;

pub(super) fn prune(arguments: &PruneArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let budget = cx.config()?.settings().store_max_bytes;
    let pruning = if arguments.dry_run { Pruning::Previewed } else { Pruning::Done };
    let pruned = cx.store()?.prune(budget, pruning)?;
    if cx.options.json {
        cx.output.json(&json!({
            "dry_run": arguments.dry_run,
            "removed": pruned.removed,
            "kept": pruned.kept,
            "unnamed": pruned.unnamed,
            "max_bytes": budget,
            "over_budget": pruned.excess.is_some(),
            "sessions": pruned.excess.unwrap_or_default(),
        }))?;
        return Ok(Exit::Finished);
    }
    let removed = shown(pruned.removed);
    cx.output.line(&match (pruned.removed.objects, pruning) {
        (0, _) => "There is nothing to remove.".to_owned(),
        (_, Pruning::Previewed) => format!("Would remove {removed} that no session names."),
        (_, Pruning::Done) => format!("Removed {removed} that no session names."),
    })?;
    let young = match pruned.unnamed.objects {
        0 => String::new(),
        _ => format!(", of them {} for a day only", shown(pruned.unnamed)),
    };
    cx.output.line(&format!("Kept: {}{young}.", shown(pruned.kept)))?;
    tell_of_excess(&pruned, budget, |line| cx.output.line(line))?;
    Ok(Exit::Finished)
}

/// Says which sessions hold the most, and what to do, where there is more than the budget allows.
pub(super) fn tell_of_excess(
    pruned: &Pruned,
    budget: u64,
    mut tell: impl FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    let Some(holders) = &pruned.excess else { return Ok(()) };
    tell(&format!(
        "The sessions' kept bytes are {}, more than store.max_bytes ({}). What a session can undo is never dropped.",
        size(pruned.kept.bytes),
        size(budget)
    ))?;
    for holder in holders.iter().take(SHOWN_HOLDERS) {
        tell(&format!(
            "  {}  last used {}, holds {}, {} of it alone",
            holder.id,
            local_time(holder.updated),
            size(holder.bytes),
            size(holder.bytes_alone)
        ))?;
    }
    tell("`bowline sessions rm ID` frees what a session alone holds.")
}

/// As people read it.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

fn shown(tally: Tally) -> String {
    let plural = if tally.objects == 1 { "" } else { "s" };
    format!("{} object{plural} ({})", tally.objects, size(tally.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_the_largest_unit_that_fits() {
        for (bytes, wanted) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (2 << 30, "2.1 GB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(size(bytes), wanted, "{bytes}");
        }
    }
}
