//! What the agent tells.
use super::{Effect, State, send};
use crate::{
    protocol::{Event, TurnEnd},
    tui::{desk::Question, overlay::Overlay},
};

pub(super) fn take(state: &mut State, event: &Event) -> Vec<Effect> {
    state.status.take(event, state.now);
    state.transcript.event(event, state.now);
    state.approvals.take(event);
    if state.approvals.open().is_none() {
        state.denial = None;
        let is_answered =
            |overlay: &Overlay| matches!(overlay, Overlay::Reviewing(it) if it.call.is_some());
        state.overlays.retain(|overlay| !is_answered(overlay));
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
        Event::Compacted(_) => turn_ended(state, &TurnEnd::Finished),
        Event::NotCompacted(end) => turn_ended(state, end),
        Event::ChangeSet { .. } => {
            state.composer.forget_files();
            vec![Effect::Ask(Question::Ground)]
        }
        Event::ChatUndone { .. }
        | Event::ChatRedone { .. }
        | Event::TurnStarted { .. }
        | Event::RequestStarted { .. }
        | Event::FirstByte
        | Event::Text(_)
        | Event::Thought(_)
        | Event::TextDone(_)
        | Event::ThoughtDone(_)
        | Event::CallPlanned { .. }
        | Event::ApprovalDecided { .. }
        | Event::CallStarted { .. }
        | Event::CallProgress { .. }
        | Event::CallFinished { .. }
        | Event::Retry(_)
        | Event::BackendSwitched(_)
        | Event::Compacting
        | Event::Cost { .. }
        | Event::Notice(_) => Vec::new(),
    }
}

fn turn_ended(state: &mut State, end: &TurnEnd) -> Vec<Effect> {
    let mut effects = vec![Effect::Ask(Question::Ground)];
    state.composer.forget_files();
    match end {
        TurnEnd::Finished => {
            let more = send::unread(state).unwrap_or_else(|| send::next(state));
            if !more.is_empty() {
                effects.extend(more);
                return effects;
            }
        }
        // Whatever stopped it, the user wants to look before more is done.
        TurnEnd::Interrupted | TurnEnd::Limit(_) | TurnEnd::Failed(_) => send::take_back(state),
    }
    effects.extend(notify(state, "The turn has ended."));
    effects
}

fn notify(state: &State, text: &str) -> Vec<Effect> {
    if state.has_focus { Vec::new() } else { vec![Effect::Notify(text.to_owned())] }
}
