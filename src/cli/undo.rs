//! `bowline undo` and `redo`: takes changes of the agent back, and the taking back.
use clap::Args;

use super::{
    CommandError, Exit,
    change_sets::{Place, place},
    context::{Context, OpenSession},
    undo_report::{Doing, list, report},
};
use crate::protocol::{ChangeSet, ChangeState, Merging, Reach, Scope};

#[derive(Debug, Args)]
pub(super) struct UndoArguments {
    /// This change set, or the last change of this session: its id or the start of it
    #[arg(value_name = "CHANGESET", conflicts_with_all = ["turn", "all"])]
    asked: Option<String>,
    /// All changes of a turn: the last one, or turn N of the session
    #[arg(long, value_name = "N", num_args = 0..=1)]
    turn: Option<Option<u32>>,
    /// All changes of the session
    #[arg(long, conflicts_with = "turn")]
    all: bool,
    #[command(flatten)]
    reach: ReachArguments,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct ReachArguments {
    /// Take back what was written, and nothing of the conversation (default)
    #[arg(long)]
    files: bool,
    /// Take the last turn, or turn N and all after it, out of the conversation; the files stay as they are
    #[arg(long, conflicts_with = "list")]
    chat: bool,
    /// Take both back: turns of the conversation, and what was written in them
    #[arg(long, conflicts_with = "list")]
    both: bool,
}

impl ReachArguments {
    fn reach(&self) -> Reach {
        match (self.chat, self.both) {
            (true, _) => Reach::Chat,
            (false, true) => Reach::Both,
            (false, false) => Reach::Files,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct RedoArguments {
    /// This undo of files, or the last undo of this session: its id or the start of it
    #[arg(value_name = "UNDO")]
    asked: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
struct How {
    /// Merge what was changed since with what is brought back, where the two do not overlap
    #[arg(long)]
    merge: bool,
    /// Show what would happen to each file; change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Show what there is, the latest first, and what would happen to each file; change nothing
    #[arg(long)]
    list: bool,
    /// This session, by its id or the start of it; else the latest in this directory with such a change
    #[arg(long, value_name = "ID")]
    session: Option<String>,
}

impl How {
    fn merging(&self) -> Merging {
        if self.merge { Merging::On } else { Merging::Off }
    }
}

pub(super) fn undo(arguments: &UndoArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let (how, reach) = (&arguments.how, arguments.reach.reach());
    let asked = match (reach, &arguments.asked, &how.session) {
        // A conversation may have changed nothing: the latest one is meant.
        (Reach::Chat | Reach::Both, None, None) => Some("last"),
        (Reach::Files | Reach::Chat | Reach::Both, asked, _) => asked.as_deref(),
    };
    let found = find(asked, how, ChangeState::Applied, cx)?;
    let Some((session, place)) = found else { return nothing(how, "undo", cx) };
    let merging = how.merging();
    if how.list {
        return list(&session, Doing::Undo, merging, cx);
    }
    let scope = match (place.set, arguments.turn) {
        (Some(set), _) => Scope::Set(set),
        (None, Some(Some(number))) => Scope::Turn(number),
        (None, Some(None)) => Scope::LastTurn,
        (None, None) if arguments.all => Scope::All,
        (None, None) => Scope::Last,
    };
    let changes = &session.changes;
    if how.dry_run {
        let undone = changes.preview_take_back(reach, &scope, merging)?;
        return report(&session, &undone, Doing::WouldUndo, cx);
    }
    let undone = changes.take_back(reach, &scope, merging)?;
    session.log.sync()?;
    renew_proposal(&session, &undone.written)?;
    report(&session, &undone, Doing::Undo, cx)
}

pub(super) fn redo(arguments: &RedoArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let how = &arguments.how;
    let found = find(arguments.asked.as_deref(), how, ChangeState::Undone, cx)?;
    let Some((session, place)) = found else { return nothing(how, "redo", cx) };
    let merging = how.merging();
    if how.list {
        return list(&session, Doing::Redo, merging, cx);
    }
    let (changes, undo) = (&session.changes, place.set.as_ref());
    if how.dry_run {
        return report(&session, &changes.preview_redo(undo, merging)?, Doing::WouldRedo, cx);
    }
    let redone = changes.redo(undo, merging)?;
    session.log.sync()?;
    renew_proposal(&session, &redone.written)?;
    report(&session, &redone, Doing::Redo, cx)
}

/// The session that is meant, and the change set where one was named.
fn find(
    asked: Option<&str>,
    how: &How,
    state: ChangeState,
    cx: &Context,
) -> Result<Option<(OpenSession, Place)>, CommandError> {
    let store = cx.store()?;
    let directory = cx.directory()?;
    let session = how.session.as_deref();
    let Some(mut found) = place(&store, &directory, asked.or(session), state)? else {
        return Ok(None);
    };
    if let (Some(_), Some(session)) = (asked, session)
        && place(&store, &directory, Some(session), state)?
            .is_some_and(|it| it.session != found.session)
    {
        let elsewhere = format!("the change is one of session {}", found.session);
        return Err(CommandError::usage(elsewhere).with_hint("leave out --session"));
    }
    let opened = cx.open(&store, &found.session, found.inspected.take())?;
    Ok(Some((opened, found)))
}

fn nothing(how: &How, verb: &str, cx: &mut Context) -> Result<Exit, CommandError> {
    if how.list {
        if !cx.options.json {
            cx.output.line(&format!("There is nothing to {verb}."))?;
        }
        return Ok(Exit::Finished);
    }
    let place = cx.directory()?.display().to_string();
    Err(CommandError::failed(format!("there is nothing to {verb} in {place}")))
}

/// What was written in the copy of an isolated session is part of its proposal, or no longer.
fn renew_proposal(session: &OpenSession, written: &ChangeSet) -> Result<(), CommandError> {
    match &session.copy {
        Some(copy) if written.files.iter().any(|file| file.path.starts_with(copy.tree())) => {
            session.propose_copy()
        }
        Some(_) | None => Ok(()),
    }
}
