//! What the user says to the model: at once, into the turn under way, or after it.
use super::{Effect, State};
use crate::{
    protocol::{Command, Prompt},
    tui::transcript::Motion,
};

/// Sends what is written: a prompt, or words into the turn under way.
pub(super) fn send(state: &mut State) -> Vec<Effect> {
    let text = std::mem::take(&mut state.composer.text);
    if text.trim().is_empty() {
        return Vec::new();
    }
    if state.status.is_working() {
        state.steered.push_back(text.clone());
        return vec![Effect::Send(Command::Steer(text))];
    }
    prompt(state, text)
}

pub(super) fn prompt(state: &mut State, text: String) -> Vec<Effect> {
    let prompt = Prompt { text, images: Vec::new() };
    state.transcript.push_prompt(&prompt);
    state.transcript.scroll(Motion::End);
    vec![Effect::Send(Command::Prompt(prompt))]
}

/// Keeps what is written for after the turn.
pub(super) fn queue(state: &mut State) -> bool {
    if !state.status.is_working() || state.composer.text.trim().is_empty() {
        return false;
    }
    let text = std::mem::take(&mut state.composer.text);
    state.queued.push_back(text);
    true
}

/// Puts what is queued back into the input.
pub(super) fn take_back(state: &mut State) {
    let mut texts: Vec<String> = state.queued.drain(..).collect();
    if texts.is_empty() {
        return;
    }
    if !state.composer.text.is_empty() {
        texts.push(std::mem::take(&mut state.composer.text));
    }
    state.composer.text = texts.join("\n\n");
}
