//! Undo and redo between turns: of files, of the conversation, and what the face hears of it.
use std::sync::Arc;

use tokio::{
    sync::mpsc,
    task::{JoinError, spawn_blocking},
};

use super::{Conversation, Setup};
use crate::{
    changes::{ChangesError, Undone},
    protocol::{ChangeState, Event, Merging, Reach, Scope},
};

pub(super) const NOT_NOW: &str =
    "Nothing is undone or redone while a turn runs. Interrupt it first, or wait for its end.";

pub(super) async fn undo(
    setup: &Setup,
    conversation: &mut Conversation,
    outbox: &mpsc::Sender<Event>,
    (reach, scope, merging): (Reach, Scope, Merging),
) {
    let changes = Arc::clone(&setup.changes);
    let undone = spawn_blocking(move || changes.take_back(reach, &scope, merging)).await;
    let Some(undone) = done(setup, undone, outbox).await else { return };
    if let Some(turn) = undone.turns.first() {
        conversation.take_out(*turn);
        emit(outbox, Event::ChatUndone { turns: undone.turns.clone() }).await;
    }
    tell(setup, &undone, ChangeState::Undone, outbox).await;
}

pub(super) async fn redo(
    setup: &Setup,
    conversation: &mut Conversation,
    outbox: &mpsc::Sender<Event>,
    merging: Merging,
) {
    let changes = Arc::clone(&setup.changes);
    let redone = spawn_blocking(move || changes.redo(None, merging)).await;
    let Some(redone) = done(setup, redone, outbox).await else { return };
    if let Some(turn) = redone.turns.first() {
        conversation.bring_back(*turn);
        emit(outbox, Event::ChatRedone { turns: redone.turns.clone() }).await;
    }
    tell(setup, &redone, ChangeState::Applied, outbox).await;
}

/// What was done, safe on the disk; why nothing was is a notice.
async fn done(
    setup: &Setup,
    outcome: Result<Result<Undone, ChangesError>, JoinError>,
    outbox: &mpsc::Sender<Event>,
) -> Option<Undone> {
    let trouble = match outcome {
        Ok(Ok(undone)) => {
            if let Err(error) = setup.log.sync() {
                emit(outbox, Event::Notice(error.to_string())).await;
            }
            return Some(undone);
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => format!("The undo ended with a fault of the program: {error}"),
    };
    emit(outbox, Event::Notice(trouble)).await;
    None
}

async fn tell(setup: &Setup, undone: &Undone, state: ChangeState, outbox: &mpsc::Sender<Event>) {
    if let Some(set) = undone.set.clone() {
        let files = undone.written.files.iter();
        let files = files.map(|file| setup.workspace.shown(&file.path)).collect();
        emit(outbox, Event::ChangeSet { set, state, files }).await;
    }
    for (path, conflict) in undone.conflicts() {
        let notice = format!("{} is left as it is: {conflict}.", setup.workspace.shown(path));
        emit(outbox, Event::Notice(notice)).await;
    }
}

async fn emit(outbox: &mpsc::Sender<Event>, event: Event) {
    // A face that has gone away has no need to know.
    let _ = outbox.send(event).await;
}
