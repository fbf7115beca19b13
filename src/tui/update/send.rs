//! What the user says to the model: at once, into the turn under way, or after it.
use super::{Effect, State, act};
use crate::{
    protocol::{Command, Prompt},
    tui::{
        composer::{Message, Submission, Submitted},
        desk::Question,
        text::clean_line,
        theme::Role,
        transcript::Motion,
    },
};

/// What is done first: a look around, and the prompt of the command line is sent.
pub fn begin(state: &mut State, prompt: Option<String>) -> Vec<Effect> {
    let mut effects = vec![Effect::Ask(Question::Ground)];
    effects.extend(state.session.title.clone().map(Effect::Title));
    if let Some(text) = prompt {
        effects.push(Effect::Ask(Question::Remember(text.clone())));
        effects.extend(message(state, Message { text, images: Vec::new() }));
    }
    effects
}

/// What was written comes out of the input.
pub(super) fn submitted(state: &mut State, submitted: Submitted) -> Vec<Effect> {
    let Submitted { what, history } = submitted;
    let mut effects = vec![Effect::Ask(Question::Remember(history))];
    match what {
        Submission::Verb(verb) => {
            // Verbs are short and often tried out: they are no prompts to come back to.
            effects.clear();
            effects.extend(act::verb(state, &verb));
        }
        Submission::Shell(command) => {
            state.commands += 1;
            state.say(Role::Notice, format!("running {}", clean_line(&command)));
            effects.push(Effect::Ask(Question::Run(command)));
        }
        Submission::Message(words) => effects.extend(message(state, words)),
    }
    effects
}

fn message(state: &mut State, message: Message) -> Vec<Effect> {
    if !message.images.is_empty() {
        state.held = Some("the images of the last prompt are being read: send it in a moment");
        return vec![Effect::Ask(Question::Load(message))];
    }
    prompt(state, Prompt { text: message.text, images: Vec::new() })
}

/// Words into the turn under way, else a turn of their own.
pub(super) fn prompt(state: &mut State, prompt: Prompt) -> Vec<Effect> {
    if state.status.is_working() && prompt.images.is_empty() {
        state.steered.push_back(prompt.text.clone());
        return vec![Effect::Send(Command::Steer(prompt.text))];
    }
    state.transcript.push_prompt(&prompt);
    state.transcript.scroll(Motion::End);
    state.is_reading = false;
    let mut effects = Vec::new();
    if state.session.title.is_none() {
        let title: String = clean_line(&prompt.text).chars().take(60).collect();
        effects.push(Effect::Title(title.clone()));
        state.session.title = Some(title);
    }
    state.status.begin(state.now);
    effects.push(Effect::Send(Command::Prompt(prompt)));
    effects
}

/// The next of the messages that wait for the end of a turn.
pub(super) fn next(state: &mut State) -> Vec<Effect> {
    match state.composer.take_queued() {
        Some(words) => message(state, words),
        None => Vec::new(),
    }
}

/// Words that the model had no time to read are said in a turn of their own.
pub(super) fn unread(state: &mut State) -> Option<Vec<Effect>> {
    if state.steered.is_empty() {
        return None;
    }
    let words: Vec<String> = state.steered.drain(..).collect();
    Some(prompt(state, Prompt { text: words.join("\n\n"), images: Vec::new() }))
}

/// Words that the model has not read go back into the input.
pub(super) fn take_back(state: &mut State) {
    if state.steered.is_empty() {
        return;
    }
    let mut words: Vec<String> = state.steered.drain(..).collect();
    let written = state.composer.for_editor();
    if !written.trim().is_empty() {
        words.push(written);
    }
    state.composer.edited(&words.join("\n\n"));
}
