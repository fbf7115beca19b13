//! What each thing that happens does to the state, and what the world is asked to do about it. Pure.
mod act;
mod agent;
mod answer;
mod context;
mod copy;
mod over;
mod pages;
mod press;
mod read;
mod review;
mod send;
mod sessions;
mod themes;

use std::time::Instant;

use crossterm::event::KeyEvent;

use super::{
    desk::{Answer, Question, Session},
    notify::News,
    state::State,
    theme::Role,
};
use crate::protocol::{Command, Event, Said};

pub(in crate::tui) use act::{INIT, what_to_undo};
pub(in crate::tui) use context::lines as context_lines;
pub(in crate::tui) use over::with_other_merging;
pub(in crate::tui) use pages::cost_lines;
pub use send::begin;

/// Something that happened.
pub enum Msg {
    Key(KeyEvent),
    /// The wheel, in rows; up when negative.
    Wheel(isize),
    Paste(String),
    Resize(u16, u16),
    Focus(bool),
    Agent(Event),
    Desk(Answer),
    /// What came of it is a sentence.
    Unanswered(Box<Question>, String),
    /// Another session is open.
    Opened {
        session: Box<Session>,
        past: Vec<Said>,
        notices: Vec<String>,
    },
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
    /// Keep this among the prompts before anything else is done.
    Remember(String),
    Copy(String),
    Title(String),
    /// Somebody who looks elsewhere should know.
    Notify(News),
    CaptureMouse(bool),
    Suspend,
    /// Draw all of it.
    Redraw,
    Quit,
}

pub fn update(state: &mut State, msg: Msg, now: Instant) -> Vec<Effect> {
    state.now = now;
    if state.word.as_ref().is_some_and(|word| word.until <= now) {
        state.word = None;
    }
    let effects = match msg {
        Msg::Key(key) => {
            state.attention.press(now);
            press::press(state, key.into())
        }
        Msg::Wheel(rows) => {
            press::wheel(state, rows);
            Vec::new()
        }
        Msg::Paste(text) => {
            state.attention.press(now);
            press::paste(state, &text)
        }
        Msg::Resize(width, height) => {
            state.size = (width, height);
            Vec::new()
        }
        Msg::Focus(has_focus) => {
            state.attention.focus(has_focus);
            Vec::new()
        }
        Msg::Agent(event) => agent::take(state, &event),
        Msg::Desk(answer) => answer::take(state, answer),
        Msg::Unanswered(question, sentence) => {
            answer::lacks(state, *question, sentence);
            Vec::new()
        }
        Msg::Opened { session, past, notices } => {
            state.open(*session, &past);
            let id: String = state.session.id.chars().take(13).collect();
            state.say(Role::Notice, format!("session {id} is open"));
            notices.iter().for_each(|notice| state.transcript.push_notice(notice));
            vec![Effect::Ask(Question::Ground)]
        }
        Msg::Shown => {
            see(state);
            Vec::new()
        }
        Msg::Tick => Vec::new(),
    };
    state.composer.set_busy(state.status.is_working());
    state.composer.set_held(state.held);
    let mut effects = effects;
    if state.composer.wants_files() {
        effects.push(Effect::Ask(Question::Files));
    }
    let picked = state.composer.take_picked().map(Question::Picked);
    effects.extend(picked.map(Effect::Ask));
    let symbols = state.composer.wants_symbols().map(Question::Symbols);
    effects.extend(symbols.map(Effect::Ask));
    let everywhere = state.composer.wants_everywhere().map(Question::FindSymbols);
    effects.extend(everywhere.map(Effect::Ask));
    if state.composer.wants_all_files() {
        effects.push(Effect::Ask(Question::AllFiles));
    }
    effects
}

/// What asks for leave is on the screen now, if it was drawn.
fn see(state: &mut State) {
    let now = state.now;
    if let Some(approval) = state.approvals.open_mut() {
        approval.see(now);
    }
}
