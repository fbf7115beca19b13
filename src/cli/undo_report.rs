//! Says what an undo did to each file, or would do, and what could be undone.
use serde_json::{Value, json};

use super::{
    CommandError, Exit,
    context::{Context, OpenSession},
    files,
    output::{Role, complain},
};
use crate::{
    changes::{Conflict, Entry, Redo, Restored, Undone},
    protocol::{Merging, Scope},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Undo,
    Redo,
    WouldUndo,
    WouldRedo,
}

impl Doing {
    fn done(self) -> &'static str {
        match self {
            Self::Undo => "undone",
            Self::Redo => "redone",
            Self::WouldUndo => "would undo",
            Self::WouldRedo => "would redo",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Undo | Self::WouldUndo => "undo",
            Self::Redo | Self::WouldRedo => "redo",
        }
    }

    fn is_preview(self) -> bool {
        matches!(self, Self::WouldUndo | Self::WouldRedo)
    }
}

/// One line a file. The exit code says whether all of it could be done.
pub(super) fn report(
    session: &OpenSession,
    undone: &Undone,
    doing: Doing,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    if cx.options.json {
        cx.output.json(&as_json(session, undone, doing))?;
    } else {
        print(session, undone, doing, cx)?;
    }
    let left = undone.conflicts().count();
    if left == 0 {
        return Ok(Exit::Finished);
    }
    cx.output.flush()?;
    complain_of(undone, left, doing);
    Ok(Exit::Failed)
}

fn print(
    session: &OpenSession,
    undone: &Undone,
    doing: Doing,
    cx: &mut Context,
) -> Result<(), CommandError> {
    let workspace = &session.workspace;
    let stats = files::stats(&undone.written, workspace);
    files::print_files(&undone.written, &stats, doing.done(), &mut cx.output)?;
    for file in undone.files.iter().filter(|file| file.done == Restored::Merged) {
        let shown = workspace.shown(&file.path);
        cx.output.line(&format!("merged {shown}: what was changed since is kept"))?;
    }
    for path in undone.already() {
        let shown = workspace.shown(path);
        cx.output.line(&format!("nothing to do for {shown}: it is already so"))?;
    }
    if !undone.turns.is_empty() {
        cx.output.line(&format!("{} {}", doing.done(), conversation(&undone.turns)))?;
    }
    for (path, conflict) in undone.conflicts() {
        let line = format!("conflict {}: {conflict}", workspace.shown(path));
        cx.output.styled_line(Role::Removed, &line)?;
    }
    Ok(())
}

fn complain_of(undone: &Undone, left: usize, doing: Doing) {
    let verb = doing.verb();
    let files = if left == 1 { "1 file".to_owned() } else { format!("{left} files") };
    let is_anything_done =
        !undone.turns.is_empty() || undone.files.iter().any(|file| file.done != Restored::Nothing);
    let sentence = match (doing.is_preview(), is_anything_done) {
        (true, _) => format!("{files} would be left, because that would take other changes along"),
        (false, true) => format!("{files} could not be {}; the rest is done", doing.done()),
        (false, false) => format!("nothing was {}: {files} can't be", doing.done()),
    };
    let may_merge = undone.conflicts().any(|(_, conflict)| conflict.may_merge());
    let hint = format!(
        "`bowline {verb} --merge` keeps what was changed since, where the two do not overlap"
    );
    complain(&sentence, may_merge.then_some(&hint));
}

fn as_json(session: &OpenSession, undone: &Undone, doing: Doing) -> Value {
    let workspace = &session.workspace;
    let merged: Vec<_> = undone
        .files
        .iter()
        .filter(|file| file.done == Restored::Merged)
        .map(|file| &file.path)
        .collect();
    let conflicts: Vec<Value> = undone
        .conflicts()
        .map(|(path, conflict)| {
            json!({
                "path": path,
                "shown": workspace.shown(path),
                "reason": conflict.as_str(),
                "message": conflict.to_string(),
                "may_merge": conflict.may_merge(),
            })
        })
        .collect();
    json!({
        "session": session.log.id(),
        "change_set": undone.set,
        "state": doing.done(),
        "files": files::as_json(&undone.written, workspace),
        "merged": merged,
        "already": undone.already().collect::<Vec<_>>(),
        "conflicts": conflicts,
        "turns": undone.turns,
    })
}

/// What can be undone or redone, the latest first, with what would happen to each file.
pub(super) fn list(
    session: &OpenSession,
    doing: Doing,
    merging: Merging,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    let changes = &session.changes;
    match doing {
        Doing::Undo | Doing::WouldUndo => {
            for entry in changes.undoable().iter().rev() {
                let preview = changes.preview_undo(&Scope::Set(entry.id.clone()), merging)?;
                list_entry(session, entry, &preview, cx)?;
            }
        }
        Doing::Redo | Doing::WouldRedo => {
            let entries = changes.list();
            for Redo { files, chat } in changes.redoable().iter().rev() {
                if let Some(undo) = entries.iter().find(|entry| files.as_ref() == Some(&entry.id)) {
                    let preview = changes.preview_redo(Some(&undo.id), merging)?;
                    list_entry(session, undo, &preview, cx)?;
                }
                if let Some(turn) = chat {
                    list_chat(session, *turn, cx)?;
                }
            }
        }
    }
    Ok(Exit::Finished)
}

fn list_entry(
    session: &OpenSession,
    entry: &Entry,
    preview: &Undone,
    cx: &mut Context,
) -> Result<(), CommandError> {
    if cx.options.json {
        return Ok(cx.output.json(&entry_as_json(session, entry, preview))?);
    }
    cx.output.styled_line(Role::Heading, &heading(entry))?;
    for file in entry.standing() {
        let shown = session.workspace.shown(&file.path);
        let kind = files::kind(file.before.as_ref(), file.after.as_ref());
        let conflict = conflict_of(preview, &file.path);
        let conflict = conflict.map_or(String::new(), |it| format!(" (conflict: {it})"));
        cx.output.line(&format!("  {kind} {shown}{conflict}"))?;
    }
    Ok(())
}

fn list_chat(session: &OpenSession, turn: u32, cx: &mut Context) -> Result<(), CommandError> {
    if cx.options.json {
        return Ok(cx
            .output
            .json(&json!({ "session": session.log.id(), "chat_from_turn": turn }))?);
    }
    let line = format!("undo of the conversation from turn {turn} on");
    Ok(cx.output.styled_line(Role::Heading, &line)?)
}

/// The turns of an undo, in words; they follow each other.
fn conversation(turns: &[u32]) -> String {
    match turns {
        [] => "nothing of the conversation".to_owned(),
        [turn] => format!("turn {turn} of the conversation"),
        [first, .., last] => format!("turns {first} to {last} of the conversation"),
    }
}

fn entry_as_json(session: &OpenSession, entry: &Entry, preview: &Undone) -> Value {
    let files = entry.standing().map(|file| {
        let kind = files::kind(file.before.as_ref(), file.after.as_ref());
        let conflict = conflict_of(preview, &file.path).map(Conflict::as_str);
        json!({ "path": file.path, "kind": kind, "conflict": conflict })
    });
    let files: Vec<_> = files.collect();
    json!({
        "session": session.log.id(),
        "change_set": entry.id,
        "turn": entry.turn,
        "call": entry.call,
        "state": entry.state,
        "files": files,
    })
}

fn conflict_of<'a>(preview: &'a Undone, path: &std::path::Path) -> Option<&'a Conflict> {
    preview.conflicts().find(|(it, _)| *it == path).map(|(_, conflict)| conflict)
}

fn heading(entry: &Entry) -> String {
    if entry.is_undo() {
        return format!("undo {}", entry.id);
    }
    let call = entry.call.as_ref().map_or(String::new(), |call| format!(", call {call}"));
    let is_part = entry.standing().count() < entry.files.len();
    let state = if is_part { "undone in part" } else { entry.state.as_str() };
    format!("turn {}{call}, {state}: change set {}", entry.turn, entry.id)
}
