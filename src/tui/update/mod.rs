//! What each thing that happens does to the state, and what the world is asked to do about it. Pure.
mod act;
mod agent;
mod read;
mod send;

use std::time::Instant;

use crossterm::event::KeyEvent;

use super::{
    action::Context,
    desk::{Answer, Question},
    keymap::{Key, Pressed},
    state::State,
};
use crate::protocol::{Command, Event};

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    Key(KeyEvent),
    Paste(String),
    Resize(u16, u16),
    Focus(bool),
    Agent(Event),
    /// The agent has ended: nothing can go on.
    AgentGone,
    Desk(Result<Answer, String>),
    /// A frame with the state as it is has been shown.
    Shown,
    /// Time has passed.
    Tick,
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Send(Command),
    Ask(Question),
    Copy(String),
    Title(String),
    /// Somebody who looks elsewhere should know.
    Notify(String),
    Suspend,
    /// Draw all of it.
    Redraw,
    Quit,
}

pub fn update(state: &mut State, msg: Msg, now: Instant) -> Vec<Effect> {
    state.now = now;
    match msg {
        Msg::Key(key) => press(state, key.into()),
        Msg::Paste(text) => {
            state.composer.text.push_str(&text);
            Vec::new()
        }
        Msg::Resize(width, height) => {
            state.size = (width, height);
            Vec::new()
        }
        Msg::Focus(has_focus) => {
            state.has_focus = has_focus;
            Vec::new()
        }
        Msg::Agent(event) => agent::take(state, &event),
        Msg::AgentGone => vec![Effect::Quit],
        Msg::Desk(answer) => desk_answered(state, answer),
        Msg::Shown => {
            if let Some(approval) = state.approvals.open_mut() {
                approval.see(now);
            }
            Vec::new()
        }
        Msg::Tick => Vec::new(),
    }
}

/// Sends what stands in the input.
pub fn send(state: &mut State) -> Vec<Effect> {
    send::send(state)
}

fn press(state: &mut State, key: Key) -> Vec<Effect> {
    let mut pending = std::mem::take(&mut state.pending);
    let pressed = state.keymap.press(&mut pending, contexts(state), key);
    state.pending = pending;
    let effects = match &pressed {
        Pressed::Actions(actions) => {
            actions.iter().find_map(|action| act::act(state, *action)).unwrap_or_default()
        }
        Pressed::Waiting | Pressed::Broken => Vec::new(),
        Pressed::Unbound => {
            type_key(state, key);
            Vec::new()
        }
    };
    if !matches!(pressed, Pressed::Actions(_))
        && let Some(approval) = state.approvals.open_mut()
    {
        approval.disturb(state.now);
    }
    effects
}

/// What has the attention, the nearest first.
fn contexts(state: &State) -> &'static [Context] {
    let is_asked = state.approvals.open().is_some_and(|open| open.may_be_answered(state.now));
    if is_asked && state.denial.is_none() {
        return &[Context::Approval, Context::Global];
    }
    if state.is_reading {
        return &[Context::Transcript, Context::Global];
    }
    &[Context::Composer, Context::Global]
}

fn type_key(state: &mut State, key: Key) {
    if let Some(character) = key.character() {
        state.is_reading = false;
        state.composer.text.push(character);
    }
}

fn desk_answered(state: &mut State, answer: Result<Answer, String>) -> Vec<Effect> {
    match answer {
        Ok(Answer::Mode(mode)) => {
            state.status.mode = mode;
            vec![Effect::Send(Command::SetMode(mode))]
        }
        Ok(Answer::Ground(ground)) => {
            state.status.ground = ground;
            Vec::new()
        }
        Err(sentence) => {
            state.transcript.push_error(&sentence);
            Vec::new()
        }
    }
}
