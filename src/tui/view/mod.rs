//! The state as cells. Pure: the same state gives the same cells.
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::{
    action::{Action, Context},
    approval::{self, Keys},
    screen::Canvas,
    state::State,
    status,
    theme::Role,
};

pub fn view(state: &State, canvas: &mut Canvas) {
    let area = canvas.buffer.area;
    let theme = &state.theme;
    canvas.buffer.set_style(area, theme.style(Role::Text));
    if area.height < 2 {
        return;
    }
    let mut bottom = area.bottom();
    let mut take = |rows: u16| {
        let rows = rows.min(bottom - area.y);
        bottom -= rows;
        Rect { y: bottom, height: rows, ..area }
    };
    let line = take(1);
    status::view(&state.status, line, theme, &mut canvas.buffer);
    match state.approvals.open() {
        Some(open) if state.denial.is_none() => {
            let keys = keys(state);
            let sandbox = &state.session.sandbox;
            let wanted = approval::height(open, sandbox, &keys, area.width);
            let rows = u16::try_from(wanted).unwrap_or(u16::MAX).min(area.height.saturating_sub(3));
            let place = take(rows);
            approval::view(open, state.now, (sandbox, &keys), place, theme, &mut canvas.buffer);
        }
        Some(_) | None => {
            let place = take(1);
            let mark = if state.denial.is_some() { "no, because: " } else { "› " };
            let text = state.composer.text.replace('\n', "⏎");
            let width = usize::from(area.width);
            let (x, _) =
                canvas.buffer.set_stringn(0, place.y, mark, width, theme.style(Role::Accent));
            let room = width.saturating_sub(usize::from(x) + 1);
            let skip = text.chars().count().saturating_sub(room);
            let shown: String = text.chars().skip(skip).collect();
            canvas.buffer.set_stringn(x, place.y, &shown, room, theme.style(Role::Text));
            let column = usize::from(x) + shown.width();
            let column = u16::try_from(column).unwrap_or(0).min(area.width - 1);
            canvas.cursor = Some(Position::new(column, place.y));
        }
    }
    for text in state.queued.iter().rev() {
        let place = take(1);
        let text = format!("after this turn: {}", text.replace('\n', " "));
        canvas.buffer.set_stringn(
            0,
            place.y,
            text,
            usize::from(area.width),
            theme.style(Role::TextDim),
        );
    }
    for text in state.steered.iter().rev() {
        let place = take(1);
        let text = format!("at its next step: {}", text.replace('\n', " "));
        canvas.buffer.set_stringn(
            0,
            place.y,
            text,
            usize::from(area.width),
            theme.style(Role::TextDim),
        );
    }
    if state.status.is_working() {
        let place = take(1);
        let hint = format!("{} stops", key(state, Context::Global, Action::Cancel));
        status::activity(&state.status, state.now, &hint, place, theme, &mut canvas.buffer);
    }
    let rest = Rect { height: bottom - area.y, ..area };
    state.transcript.view(rest, theme, &mut canvas.buffer);
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
