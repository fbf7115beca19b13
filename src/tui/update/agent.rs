//! What the agent tells.
use super::{Effect, State, send};
use crate::{
    protocol::{Event, TurnEnd},
    tui::desk::Question,
};

pub(super) fn take(state: &mut State, event: &Event) -> Vec<Effect> {
    state.status.take(event, state.now);
    state.transcript.event(event, state.now);
    let was_asked = state.approvals.open().is_some();
    state.approvals.take(event);
    if was_asked && state.approvals.open().is_none() {
        put_draft_back(state);
    }
    match event {
        Event::ApprovalNeeded { reason, .. } => notify(state, reason),
        Event::Steered(text) => {
            if let Some(place) = state.steered.iter().position(|it| it == text) {
                state.steered.remove(place);
            }
            Vec::new()
        }
        Event::TurnEnded { end, .. } => turn_ended(state, end),
        Event::ChangeSet { .. } => vec![Effect::Ask(Question::Ground)],
        _ => Vec::new(),
    }
}

fn turn_ended(state: &mut State, end: &TurnEnd) -> Vec<Effect> {
    let mut effects = vec![Effect::Ask(Question::Ground)];
    // What the model had no time to read is said in the next turn.
    while let Some(text) = state.steered.pop_back() {
        state.queued.push_front(text);
    }
    match end {
        TurnEnd::Finished => {
            if let Some(text) = state.queued.pop_front() {
                effects.extend(send::prompt(state, text));
                return effects;
            }
        }
        // Whatever stopped it, the user wants to look before more is done.
        TurnEnd::Interrupted | TurnEnd::Limit(_) | TurnEnd::Failed(_) => send::take_back(state),
    }
    effects.extend(notify(state, "The turn has ended."));
    effects
}

fn put_draft_back(state: &mut State) {
    if let Some(draft) = state.denial.take() {
        state.composer = draft;
    }
}

fn notify(state: &State, text: &str) -> Vec<Effect> {
    if state.has_focus { Vec::new() } else { vec![Effect::Notify(text.to_owned())] }
}
