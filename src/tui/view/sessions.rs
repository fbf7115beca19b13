//! Beside the list of sessions: what was said in the marked one, and the keys that are this list's own.
use ratatui::layout::Rect;

use super::key;
use crate::tui::{
    action::{Action, Context},
    desk::{SessionPreview, SessionRow},
    overlay::{Choices, Choosing, Overlay},
    screen::Canvas,
    state::State,
    status::tokens,
    text::{Paint, RowPlace, Span, TextLine, clean_line, draw_row, rows},
    theme::{Role, Theme},
};

/// Lines of a prompt that are shown of it.
const MOST_LINES: usize = 12;

/// What the keys of this list do; empty elsewhere.
pub(super) fn hint(state: &State) -> String {
    let is_list = |overlay: &Overlay| match overlay {
        Overlay::Choosing(choosing) => matches!(choosing.choices, Choices::Sessions(_)),
        Overlay::Page(_) | Overlay::Reviewing(_) | Overlay::Restoring(_) => false,
    };
    if !state.overlays.last().is_some_and(is_list) {
        return String::new();
    }
    let key = |action| key(state, Context::Picker, action);
    let (rename, fork) = (key(Action::Rename), key(Action::Fork));
    let told = [(rename, "renames"), (fork, "forks")];
    let told = told.iter().filter(|(key, _)| !key.is_empty());
    let told: Vec<String> = told.map(|(key, does)| format!("{key} {does}")).collect();
    if told.is_empty() { String::new() } else { format!(" {} ", told.join(", ")) }
}

/// Draws what is known of the marked session.
pub(super) fn preview(choosing: &Choosing, area: Rect, theme: &Theme, canvas: &mut Canvas) {
    let Choices::Sessions(list) = &choosing.choices else { return };
    let Some(row) = choosing.picker.marked().and_then(|row| list.rows.get(row)) else { return };
    let preview = list.previews.get(&row.id).and_then(Option::as_ref);
    let columns = usize::from(area.width);
    let mut links = Vec::new();
    let mut places = area.y..area.bottom();
    for line in lines(row, preview) {
        for range in rows(&line, columns) {
            let Some(y) = places.next() else { return };
            let place = RowPlace { start: range.start, end: range.end };
            let row = Rect { y, height: 1, ..area };
            draw_row(&line, place, &[], row, &mut canvas.buffer, theme, &mut links);
        }
    }
}

fn lines(row: &SessionRow, preview: Option<&SessionPreview>) -> Vec<TextLine> {
    let mut lines = vec![painted(&format!("{} · {}", row.used, row.model), Role::TextDim)];
    let Some(preview) = preview else { return lines };
    let cost = preview.cost.usd().map_or(String::new(), |usd| format!(" · ${usd:.4}"));
    let (sent, answered) = (tokens(preview.usage.sent()), tokens(preview.usage.output));
    lines.push(painted(&format!("{sent} sent, {answered} answered{cost}"), Role::TextDim));
    let mut said = |title: &str, text: &str| {
        lines.push(painted(title, Role::TextHeading));
        let shown =
            text.lines().take(MOST_LINES).map(|line| painted(&clean_line(line), Role::Text));
        lines.extend(shown);
    };
    said("First", &preview.first);
    if let Some(last) = &preview.last {
        said("Last", last);
    }
    lines
}

fn painted(text: &str, role: Role) -> TextLine {
    let spans = vec![Span { range: 0..text.len(), paint: Paint::Role(role), link: None }];
    TextLine { text: text.to_owned(), spans, prefix: None }
}
