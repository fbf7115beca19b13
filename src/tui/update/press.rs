//! Keys, the wheel and pastes: they go to whatever has the attention.
use super::{Effect, State, act, over, send};
use crate::tui::{
    action::{Action, Context},
    composer::Reply,
    desk::Question,
    keymap::{Key, Pressed},
    overlay::Overlay,
    theme::Role,
    transcript::Motion,
};

pub(super) fn press(state: &mut State, key: Key) -> Vec<Effect> {
    state.word = None;
    let mut pending = std::mem::take(&mut state.pending);
    let pressed = state.keymap.press(&mut pending, contexts(state), key);
    state.pending = pending;
    let actions = match pressed {
        Pressed::Actions(actions) => actions,
        Pressed::Unbound => Vec::new(),
        Pressed::Waiting | Pressed::Broken => {
            // The first keys of an answer that takes several are meant for it.
            if pressed == Pressed::Broken || !is_asked(state) {
                disturb(state);
            }
            return Vec::new();
        }
    };
    if !is_asked(state) {
        disturb(state);
    }
    if !state.overlays.is_empty() {
        return over::press(state, key, &actions);
    }
    if state.denial.is_some() || state.search.is_some() {
        return in_a_line(state, key, &actions);
    }
    if is_asked(state) {
        return answer(state, key, &actions);
    }
    if state.is_reading {
        let typed = key.character().filter(|_| actions.is_empty());
        if typed.is_none() {
            return first(state, &actions);
        }
        // Whoever begins to write wants to write.
        state.is_reading = false;
    }
    match state.composer.press(key, &actions) {
        Reply::Unused => Vec::new(),
        Reply::Used => Vec::new(),
        Reply::Ask(action) => act::act(state, action).unwrap_or_default(),
        // Like any other, it is found again whatever becomes of it.
        Reply::Queued(history) => vec![Effect::Ask(Question::Remember(history))],
        Reply::Submit(submitted) => send::submitted(state, submitted),
        Reply::Refused(why) => {
            state.say(Role::Warning, why);
            Vec::new()
        }
    }
}

/// What has the attention, the nearest first.
pub(super) fn contexts(state: &State) -> &'static [Context] {
    if let Some(overlay) = state.overlays.last() {
        return match overlay {
            Overlay::Choosing(choosing) if choosing.naming().is_some() => {
                &[Context::Composer, Context::Global]
            }
            Overlay::Choosing(_) => &[Context::Picker, Context::Composer, Context::Global],
            Overlay::Page(_) => &[Context::Transcript, Context::Global],
            Overlay::Reviewing(reviewing) if reviewing.question.is_some() => {
                &[Context::Composer, Context::Global]
            }
            Overlay::Reviewing(_) => &[Context::Review, Context::Global],
            Overlay::Restoring(_) => &[Context::Picker, Context::Review, Context::Global],
        };
    }
    if state.denial.is_some() {
        return &[Context::Composer, Context::Global];
    }
    if state.search.is_some() {
        return &[Context::Search, Context::Composer, Context::Global];
    }
    if is_asked(state) {
        return &[Context::Approval, Context::Global];
    }
    if state.is_reading {
        return &[Context::Transcript, Context::Global];
    }
    state.composer.contexts()
}

pub(super) fn wheel(state: &mut State, rows: isize) {
    let action = if rows < 0 { Action::Up } else { Action::Down };
    match state.overlays.last_mut() {
        Some(Overlay::Choosing(choosing)) => {
            for _ in 0..rows.unsigned_abs() {
                choosing.picker.act(action);
            }
        }
        Some(Overlay::Page(page)) => page.scroll(rows),
        Some(Overlay::Reviewing(reviewing)) => {
            for _ in 0..rows.unsigned_abs() {
                let _ = reviewing.review.press(action);
            }
        }
        Some(Overlay::Restoring(restoring)) => {
            let _ = restoring.restore.press(action);
        }
        None => state.transcript.scroll(Motion::Rows(rows)),
    }
}

pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    disturb(state);
    let is_in_the_input =
        state.overlays.is_empty() && state.denial.is_none() && state.search.is_none();
    // So some terminals paste what they have no text for.
    if text.is_empty() && is_in_the_input {
        return vec![Effect::Ask(Question::ClipboardImage)];
    }
    match state.overlays.last_mut() {
        Some(Overlay::Choosing(choosing)) => match choosing.naming_mut() {
            Some(name) => name.insert_line(text),
            None => choosing.picker.paste(text),
        },
        Some(Overlay::Reviewing(reviewing)) => {
            if let Some((_, words)) = &mut reviewing.question {
                words.insert_line(text);
            }
        }
        Some(Overlay::Page(_) | Overlay::Restoring(_)) => {}
        None => match (&mut state.denial, &mut state.search) {
            (Some(words), _) | (None, Some(words)) => words.insert_line(text),
            (None, None) => {
                state.is_reading = false;
                state.composer.paste(text);
            }
        },
    }
    Vec::new()
}

/// The first of the actions for which there is something to do.
pub(super) fn first(state: &mut State, actions: &[Action]) -> Vec<Effect> {
    actions.iter().find_map(|action| act::act(state, *action)).unwrap_or_default()
}

/// Whether the next key may answer. Not while keys belong to something else: what is written, searched or read.
fn is_asked(state: &State) -> bool {
    let is_open = state.approvals.open().is_some_and(|open| open.may_be_answered(state.now));
    is_open && state.is_free_to_answer()
}

fn disturb(state: &mut State) {
    let now = state.now;
    if let Some(approval) = state.approvals.open_mut() {
        approval.disturb(now);
    }
}

/// A question is open: only its own keys answer it.
fn answer(state: &mut State, key: Key, actions: &[Action]) -> Vec<Effect> {
    if actions.is_empty() {
        disturb(state);
        // It was meant for the input, or for nothing.
        if key.character().is_some() {
            let _ = state.composer.press(key, actions);
        }
        return Vec::new();
    }
    first(state, actions)
}

/// A line of words is being written: why leave is denied, or what is searched for.
fn in_a_line(state: &mut State, key: Key, actions: &[Action]) -> Vec<Effect> {
    let Some(line) = state.denial.as_mut().or(state.search.as_mut()) else { return Vec::new() };
    if !line.press(key, actions) {
        return first(state, actions);
    }
    if let (None, Some(line)) = (&state.denial, &state.search) {
        state.transcript.search(line.text());
    }
    Vec::new()
}
