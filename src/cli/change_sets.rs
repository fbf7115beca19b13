//! Finds the session whose change sets a verb is about.
use std::path::Path;

use super::CommandError;
use crate::{
    changes::Book,
    protocol::{ChangeSetId, ChangeState, Stamped},
    store::{Contents, Store, StoreError},
};

/// A session, and the one change set in it that was asked for, if one was.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) session: String,
    pub(super) set: Option<ChangeSetId>,
    /// What the session held when it was searched for this.
    pub(super) inspected: Option<Contents>,
}

/// How many sessions back a change is looked for.
const SESSIONS_SEARCHED: usize = 50;
/// Fewer characters than this say nothing.
const SHORTEST_START: usize = 4;

/// The session that was asked for by its id, `last`, or the id of a change set; starts of ids will do.
/// Where nothing was asked for, the latest session of the workspace that holds a change set in this state.
///
/// # Errors
/// When what was asked for does not exist. `None` when nothing was asked for and there is none.
pub(super) fn place(
    store: &Store,
    workspace: &Path,
    asked: Option<&str>,
    state: ChangeState,
) -> Result<Option<Place>, CommandError> {
    let Some(asked) = asked else {
        let holds = |records: &[Stamped]| holds(&book(records), state).then_some(Ok(None));
        return search(store, workspace, holds);
    };
    let unknown = match store.resolve(asked, workspace) {
        Ok(session) => return Ok(Some(Place { session, set: None, inspected: None })),
        Err(unknown @ (StoreError::NoSession { .. } | StoreError::NotAnId { .. })) => unknown,
        Err(other) => return Err(other.into()),
    };
    if asked.len() < SHORTEST_START {
        return Err(unknown.into());
    }
    let holds = |records: &[Stamped]| Some(named(&book(records), asked)?.map(Some));
    let found = search(store, workspace, holds)?;
    found.map(Some).ok_or_else(|| {
        CommandError::usage(format!("there is no session and no change set {asked}"))
            .with_hint("`bowline sessions list` and `bowline undo --list` show them")
    })
}

fn search(
    store: &Store,
    workspace: &Path,
    holds: impl Fn(&[Stamped]) -> Option<Result<Option<ChangeSetId>, CommandError>>,
) -> Result<Option<Place>, CommandError> {
    for session in store.list(Some(workspace))?.into_iter().take(SESSIONS_SEARCHED) {
        // One that was removed meanwhile hides no other.
        let Ok(contents) = store.inspect(&session.id) else { continue };
        if let Some(set) = holds(&contents.records) {
            let (session, inspected) = (session.id, Some(contents));
            return Ok(Some(Place { session, set: set?, inspected }));
        }
    }
    Ok(None)
}

fn book(records: &[Stamped]) -> Book {
    Book::of(records.iter().map(|stamped| &stamped.record))
}

/// Whether a session has a change set in this state: one that stands, one that can be redone.
fn holds(book: &Book, state: ChangeState) -> bool {
    let is_in = |state| book.entries().iter().any(|entry| entry.state == state);
    // One that is left half done by a process that died is brought to an end when its session is opened.
    is_in(ChangeState::Applying)
        || match state {
            ChangeState::Applied => book.undoable().next().is_some(),
            ChangeState::Undone => !book.redoable().is_empty(),
            ChangeState::Proposed
            | ChangeState::Applying
            | ChangeState::Failed
            | ChangeState::Rejected
            | ChangeState::Superseded => is_in(state),
        }
}

/// The one change set whose id starts so.
fn named(book: &Book, start: &str) -> Option<Result<ChangeSetId, CommandError>> {
    let ids = book.entries().iter().map(|entry| &entry.id);
    let mut named = ids.filter(|id| id.0.starts_with(start));
    let first = named.next()?;
    let is_clear = first.0 == start || named.next().is_none();
    Some(match is_clear {
        true => Ok(first.clone()),
        false => Err(CommandError::usage(format!("several change sets start with {start}"))
            .with_hint("`bowline undo --list` shows their ids")),
    })
}
