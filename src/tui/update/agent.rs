//! What the agent tells.
use super::{Effect, State, send};
use crate::{
    protocol::{Event, TurnEnd},
    tui::{approval::Subject, desk::Question, notify::News, overlay::Overlay, theme::Role},
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
        Event::ApprovalNeeded { .. } => notify(state, &asked(state)),
        Event::Steered(text) => {
            if let Some(place) = state.steered.iter().position(|it| it == text) {
                state.steered.remove(place);
            }
            Vec::new()
        }
        Event::TurnEnded { end, .. } => turn_ended(state, end),
        // A turn goes on after it.
        Event::Compacted(_) | Event::NotCompacted(_) if state.status.is_in_turn() => Vec::new(),
        Event::Compacted(_) => turn_ended(state, &TurnEnd::Finished),
        Event::NotCompacted(end) => turn_ended(state, end),
        Event::ChangeSet { .. } => {
            state.composer.forget_files();
            vec![Effect::Ask(Question::Ground)]
        }
        Event::ChatUndone { turns } => {
            put_back(state, turns);
            Vec::new()
        }
        Event::ChatRedone { .. }
        | Event::TurnStarted { .. }
        | Event::RequestStarted { .. }
        | Event::RequestSent
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
        | Event::ContextKnown { .. }
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
    let told = match end {
        TurnEnd::Finished => ended(state),
        TurnEnd::Limit(limit) => format!("stopped: {}", limit.sentence()),
        TurnEnd::Failed(failure) => format!("failed: {}", failure.message),
        // Whoever did it knows.
        TurnEnd::Interrupted => return effects,
    };
    effects.extend(notify(state, &told));
    effects
}

/// What leave is asked for.
fn asked(state: &State) -> String {
    match state.approvals.open().map(|open| &open.subject) {
        Some(Subject::Command(command)) => format!("asks to run {}", command.text),
        Some(Subject::Patch { summary, .. }) => format!("asks about {summary}"),
        Some(Subject::Other(text)) => format!("asks about {text}"),
        None => "asks for leave".to_owned(),
    }
}

/// The end of a turn, with how its answer begins.
fn ended(state: &State) -> String {
    let answer = state.transcript.copy_answer().unwrap_or_default();
    match answer.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => format!("has ended: {}", line.trim()),
        None => "has ended".to_owned(),
    }
}

/// What opened the turns that left can be said again, otherwise.
fn put_back(state: &mut State, turns: &[u32]) {
    let prompt = turns.first().and_then(|turn| state.transcript.prompt_of(*turn));
    let Some(prompt) = prompt.map(str::to_owned) else { return };
    if state.composer.is_empty() {
        state.composer.edited(&prompt);
    } else {
        state.say(Role::Notice, "what you write stays; the prompt that left is found by up");
    }
}

fn notify(state: &State, text: &str) -> Vec<Effect> {
    if !state.attention.is_elsewhere(state.now) {
        return Vec::new();
    }
    let title = format!("Bowline in {}", state.session.directory);
    vec![Effect::Notify(News { title, text: text.to_owned() })]
}
