//! The state as cells. Pure: the same state gives the same cells.
mod places;

use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::{
    action::{Action, Context},
    approval::{self, Keys},
    screen::Canvas,
    state::State,
    status,
    text::{clean_line, cut},
    theme::Role,
};
use places::Places;

/// Lays out what is about to be drawn; to be called before each frame.
pub fn fit(state: &mut State) {
    let Places { transcript, .. } = places::places(state);
    state.transcript.fit(transcript.width, transcript.height, state.now);
}

pub fn view(state: &State, canvas: &mut Canvas) {
    let theme = &state.theme;
    let places = places::places(state);
    let buffer = &mut canvas.buffer;
    buffer.set_style(buffer.area, theme.style(Role::Text));
    canvas.links = state.transcript.draw(places.transcript, buffer, theme);
    if !places.activity.is_empty() {
        let hint = format!("{} stops", key(state, Context::Global, Action::Cancel));
        status::activity(&state.status, state.now, &hint, places.activity, theme, buffer);
    }
    waiting(state, places.waiting, canvas);
    match state.approvals.open() {
        Some(open) if state.denial.is_none() => {
            let (sandbox, keys) = (&state.session.sandbox, keys(state));
            let place = places.input;
            approval::view(open, state.now, (sandbox, &keys), place, theme, &mut canvas.buffer);
        }
        Some(_) | None => input(state, places.input, canvas),
    }
    if !places.status.is_empty() {
        status::view(&state.status, places.status, theme, &mut canvas.buffer);
    }
}

/// What the user has said and the model has not read.
fn waiting(state: &State, area: Rect, canvas: &mut Canvas) {
    let steered = state.steered.iter().map(|text| ("at its next step: ", text));
    let queued = state.queued.iter().map(|text| ("after this turn: ", text));
    for (y, (when, text)) in (area.y..area.bottom()).zip(steered.chain(queued)) {
        let text = format!("{when}{}", clean_line(text));
        let width = usize::from(area.width);
        let style = state.theme.style(Role::TextDim);
        canvas.buffer.set_stringn(area.x, y, cut(&text, width), width, style);
    }
}

fn input(state: &State, area: Rect, canvas: &mut Canvas) {
    let theme = &state.theme;
    let mark = if state.denial.is_some() { "no, because: " } else { "› " };
    let text = state.composer.text.replace('\n', "⏎");
    let width = usize::from(area.width);
    let y = area.y;
    let (x, _) = canvas.buffer.set_stringn(0, y, mark, width, theme.style(Role::Accent));
    let room = width.saturating_sub(usize::from(x) + 1);
    let skip = text.chars().count().saturating_sub(room);
    let shown: String = text.chars().skip(skip).collect();
    canvas.buffer.set_stringn(x, y, &shown, room, theme.style(Role::Text));
    let column = usize::from(x) + shown.width();
    let column = u16::try_from(column).unwrap_or(0).min(area.width.saturating_sub(1));
    canvas.cursor = Some(Position::new(column, y));
}

fn keys(state: &State) -> Keys {
    let key = |action| key(state, Context::Approval, action);
    Keys {
        once: key(Action::AllowOnce),
        session: key(Action::AllowSession),
        deny: key(Action::Deny),
        words: key(Action::DenyWithWords),
        review: key(Action::ReviewChanges),
        stop: key(Action::Cancel),
    }
}

fn key(state: &State, context: Context, action: Action) -> String {
    let key = state.keymap.first_key(&[context, Context::Global], action);
    key.map_or_else(|| action.name().to_owned(), ToString::to_string)
}
