//! `bowline undo` and `redo`: takes changes of the agent back, and the taking back.
use clap::Args;
use serde_json::json;

use super::{
    CommandError, Exit,
    change_sets::place,
    context::{Context, OpenSession},
    files,
    output::Role,
};
use crate::{
    changes::{Entry, Scope},
    protocol::{ChangeSet, ChangeState, RecordedFile},
};

#[derive(Debug, Args)]
pub(super) struct UndoArguments {
    /// Show what can be undone, the latest first; change nothing
    #[arg(long)]
    list: bool,
    /// All changes of a turn: the last one, or turn N of the session
    #[arg(long, value_name = "N", num_args = 0..=1)]
    turn: Option<Option<u32>>,
    /// This session, by its id or the start of it; else the latest in this directory with such a change
    #[arg(long, value_name = "ID")]
    session: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct RedoArguments {
    /// Show what can be redone, the latest first; change nothing
    #[arg(long)]
    list: bool,
    /// This session, by its id or the start of it; else the latest in this directory with such a change
    #[arg(long, value_name = "ID")]
    session: Option<String>,
}

pub(super) fn undo(arguments: &UndoArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let Some(session) = open(arguments.session.as_deref(), ChangeState::Applied, cx)? else {
        return nothing(arguments.list, "undo", cx);
    };
    if arguments.list {
        return list(&session, ChangeState::Applied, cx);
    }
    let scope = match arguments.turn {
        None => Scope::Last,
        Some(None) => Scope::LastTurn,
        Some(Some(number)) => Scope::Turn(number),
    };
    let changes = session.changes.undo(scope)?;
    report(&session, &changes, "undone", cx)
}

pub(super) fn redo(arguments: &RedoArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let Some(session) = open(arguments.session.as_deref(), ChangeState::Undone, cx)? else {
        return nothing(arguments.list, "redo", cx);
    };
    if arguments.list {
        return list(&session, ChangeState::Undone, cx);
    }
    let changes = session.changes.redo()?;
    report(&session, &changes, "redone", cx)
}

fn open(
    asked: Option<&str>,
    state: ChangeState,
    cx: &Context,
) -> Result<Option<OpenSession>, CommandError> {
    let store = cx.store()?;
    let Some(place) = place(&store, &cx.directory()?, asked, state)? else { return Ok(None) };
    cx.open(&store, &place.session).map(Some)
}

fn nothing(is_list: bool, verb: &str, cx: &mut Context) -> Result<Exit, CommandError> {
    if is_list {
        if !cx.options.json {
            cx.output.line(&format!("There is nothing to {verb}."))?;
        }
        return Ok(Exit::Finished);
    }
    let place = cx.directory()?.display().to_string();
    Err(CommandError::failed(format!("there is nothing to {verb} in {place}")))
}

fn list(session: &OpenSession, state: ChangeState, cx: &mut Context) -> Result<Exit, CommandError> {
    let mut entries = session.changes.list();
    entries.retain(|entry| entry.state == state);
    let workspace = &session.workspace;
    for entry in entries.iter().rev() {
        if cx.options.json {
            let files = entry.files.iter();
            let files = files.map(|file| json!({ "path": file.path, "kind": kind(file) }));
            let files: Vec<_> = files.collect();
            cx.output.json(&json!({
                "session": session.log.id(),
                "change_set": entry.id,
                "turn": entry.turn,
                "call": entry.call,
                "state": entry.state,
                "files": files,
            }))?;
        } else {
            cx.output.styled_line(Role::Heading, &heading(entry))?;
            for file in &entry.files {
                let shown = workspace.shown(&file.path);
                cx.output.line(&format!("  {} {shown}", kind(file)))?;
            }
        }
    }
    Ok(Exit::Finished)
}

fn kind(file: &RecordedFile) -> &'static str {
    files::kind(file.before.as_ref(), file.after.as_ref())
}

fn heading(entry: &Entry) -> String {
    let call = entry.call.as_ref().map_or(String::new(), |call| format!(", call {call}"));
    format!("turn {}{call}, {}: change set {}", entry.turn, entry.state.as_str(), entry.id)
}

fn report(
    session: &OpenSession,
    changes: &ChangeSet,
    done: &str,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    session.log.sync()?;
    let workspace = &session.workspace;
    if cx.options.json {
        cx.output.json(&json!({
            "session": session.log.id(),
            "state": done,
            "files": files::as_json(changes, workspace),
        }))?;
    } else {
        files::print_files(changes, workspace, done, &mut cx.output)?;
    }
    Ok(Exit::Finished)
}
