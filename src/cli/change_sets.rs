//! Finds the session whose change sets a verb is about.
use std::{collections::BTreeMap, path::Path};

use super::CommandError;
use crate::{
    protocol::{ChangeSetId, ChangeState, Record, Stamped},
    store::{Store, StoreError},
};

/// A session, and the one change set in it that was asked for, if one was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) session: String,
    pub(super) set: Option<ChangeSetId>,
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
        let holds = |records: &[Stamped]| {
            // One that is left half done by a process that died is brought to an end when its session is opened.
            let is_meant = |it| it == state || it == ChangeState::Applying;
            let has_state = states(records).into_values().any(is_meant);
            has_state.then_some(None)
        };
        return search(store, workspace, holds);
    };
    let unknown = match store.resolve(asked, workspace) {
        Ok(session) => return Ok(Some(Place { session, set: None })),
        Err(unknown @ (StoreError::NoSession { .. } | StoreError::NotAnId { .. })) => unknown,
        Err(other) => return Err(other.into()),
    };
    if asked.len() < SHORTEST_START {
        return Err(unknown.into());
    }
    let holds = |records: &[Stamped]| {
        let set = states(records).into_keys().find(|set| set.0.starts_with(asked));
        set.map(Some)
    };
    let found = search(store, workspace, holds)?;
    found.map(Some).ok_or_else(|| {
        CommandError::usage(format!("there is no session and no change set {asked}"))
            .with_hint("`bowline sessions list` and `bowline undo --list` show them")
    })
}

fn search(
    store: &Store,
    workspace: &Path,
    holds: impl Fn(&[Stamped]) -> Option<Option<ChangeSetId>>,
) -> Result<Option<Place>, CommandError> {
    for session in store.list(Some(workspace))?.into_iter().take(SESSIONS_SEARCHED) {
        // One that was removed meanwhile hides no other.
        let Ok(records) = store.read(&session.id) else { continue };
        if let Some(set) = holds(&records) {
            return Ok(Some(Place { session: session.id, set }));
        }
    }
    Ok(None)
}

/// What has become of every change set of a session.
fn states(records: &[Stamped]) -> BTreeMap<ChangeSetId, ChangeState> {
    let mut states = BTreeMap::new();
    for stamped in records {
        match &stamped.record {
            Record::Change { set, state, .. } => drop(states.insert(set.clone(), *state)),
            Record::ChangeState { sets, state } => {
                states.extend(sets.iter().map(|set| (set.clone(), *state)));
            }
            Record::Session(_)
            | Record::Model { .. }
            | Record::Mode { .. }
            | Record::TurnStarted { .. }
            | Record::Prompt(_)
            | Record::Reply { .. }
            | Record::Plan { .. }
            | Record::Decision { .. }
            | Record::Outcome { .. }
            | Record::Request(_)
            | Record::TurnEnded { .. }
            | Record::Title { .. }
            | Record::Aside { .. } => {}
        }
    }
    states
}
