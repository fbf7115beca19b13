//! Decides what may run without asking: rules and accesses in, a verdict with its reason out.
mod floor;
mod grammars;
mod lexical;
mod programs;
mod reading;
mod scan;
mod shell;
mod wrappers;

use std::path::PathBuf;

use crate::protocol::{Access, CommandLine, Mode, Place, Target, Verdict};

pub use reading::{PathRead, Reach, paths_read};

/// What the user allows and forbids beyond the modes, and where the user works.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Commands run unconfined in mode `auto`. Without it they ask there too, as long as there is no sandbox.
    pub sandbox_off: bool,
    /// The workspace and the directories added to it, absolute. Without any, a command's own directory is it.
    pub roots: Vec<PathBuf>,
    /// What `~` means in a command.
    pub home: Option<PathBuf>,
    /// Commands that the user lets run without being asked again.
    pub permitted: Vec<CommandLine>,
}

/// The strictest verdict over all accesses of a plan.
///
/// A command that only reads is judged here by its programs alone: who plans it adds a read for each of its
/// [`paths_read`].
pub fn judge(rules: &Rules, mode: Mode, access: &[Access]) -> Verdict {
    let mut runs = access.iter().filter_map(|access| match access {
        Access::Run(command) => Some(command),
        Access::Read(_) | Access::Write(_) => None,
    });
    let is_permitted = runs.clone().any(|command| rules.permitted.contains(command));
    // Where any command may run, what this one reads is nothing that another could not; and who permits a command, permits
    // what it reads.
    let reads_freely =
        is_permitted || runs.next().is_some() && mode == Mode::Auto && rules.sandbox_off;
    let judged = access.iter().filter(|access| !reads_freely || !matches!(access, Access::Read(_)));
    judged.map(|access| judge_one(rules, mode, access)).fold(Verdict::Allow, stricter)
}

fn judge_one(rules: &Rules, mode: Mode, access: &Access) -> Verdict {
    match access {
        Access::Read(target) => judge_read(target),
        Access::Write(target) => judge_write(mode, target),
        Access::Run(command) => judge_run(rules, mode, command),
    }
}

fn judge_read(target: &Target) -> Verdict {
    let shown = &target.shown;
    match target.place {
        Place::Workspace => Verdict::Allow,
        Place::Outside => Verdict::Ask(format!("`{shown}` is outside the workspace.")),
        Place::Secret => {
            Verdict::Ask(format!("`{shown}` may hold secrets, and the model would see them."))
        }
        Place::Protected => {
            Verdict::Ask(format!("`{shown}` is configuration that may hold credentials."))
        }
    }
}

fn judge_write(mode: Mode, target: &Target) -> Verdict {
    let shown = &target.shown;
    let by_place = match target.place {
        Place::Workspace if has_others_run_programs(shown) => Verdict::Ask(format!(
            "`{shown}` can make an editor, a shell or another agent run programs."
        )),
        Place::Workspace => Verdict::Allow,
        Place::Outside => Verdict::Ask(format!("`{shown}` is outside the workspace.")),
        Place::Secret => Verdict::Ask(format!("`{shown}` may hold secrets.")),
        Place::Protected => Verdict::Deny(format!(
            "`{shown}` can make other programs run: it is not written in any mode."
        )),
    };
    let by_mode = match mode {
        Mode::Plan => Verdict::Deny("In mode plan, no file is written.".to_owned()),
        Mode::Review => {
            Verdict::Ask(format!("In mode review, changes of `{shown}` are shown first."))
        }
        Mode::Edit | Mode::Auto => Verdict::Allow,
    };
    stricter(by_place, by_mode)
}

/// Whether a file of the workspace is one by which the user's other programs are told what to run: the next time that they
/// come by, outside of all that holds here.
fn has_others_run_programs(shown: &str) -> bool {
    const NAMES: [&str; 12] = [
        ".agents",
        ".claude",
        ".codex",
        ".cursor",
        ".devcontainer",
        ".envrc",
        ".gemini",
        ".gitmodules",
        ".husky",
        ".idea",
        ".mcp.json",
        ".vscode",
    ];
    shown.split('/').any(|part| NAMES.iter().any(|name| part.eq_ignore_ascii_case(name)))
}

fn judge_run(rules: &Rules, mode: Mode, command: &CommandLine) -> Verdict {
    if paths_read(&command.text).is_some() {
        return Verdict::Allow;
    }
    let by_mode = match mode {
        Mode::Plan => {
            Verdict::Deny("In mode plan, only commands that provably only read are run.".to_owned())
        }
        Mode::Review | Mode::Edit => Verdict::Ask(format!(
            "In mode {mode}, commands run without asking only where they provably only read."
        )),
        Mode::Auto if rules.sandbox_off => Verdict::Allow,
        Mode::Auto => Verdict::Ask(
            "Commands run without asking only in a sandbox, and this version has none: \
             pass `--sandbox off` to run them unconfined."
                .to_owned(),
        ),
    };
    match stricter(floor::judge(rules, command), by_mode) {
        Verdict::Ask(_) if rules.permitted.contains(command) => Verdict::Allow,
        verdict => verdict,
    }
}

/// The stricter of two verdicts; of two that are as strict, the first.
fn stricter(one: Verdict, other: Verdict) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Allow => 0,
        Verdict::Ask(_) => 1,
        Verdict::Deny(_) => 2,
    };
    if rank(&other) > rank(&one) { other } else { one }
}
