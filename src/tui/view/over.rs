//! What lies over the session.
use ratatui::layout::Rect;

use super::{draw_word, line, sessions};
use crate::tui::{
    overlay::{Overlay, Page},
    picker::Prompting,
    review::{self, Size},
    screen::Canvas,
    state::State,
    text::{RowPlace, cut, draw_row, rows, width},
    theme::{Role, Theme},
};

/// Draws what takes the whole screen; false where nothing does.
pub(super) fn covers(state: &mut State, canvas: &mut Canvas) -> bool {
    let State { overlays, look, keymap, .. } = state;
    let theme = &look.theme;
    let area = canvas.buffer.area;
    let size = Size { columns: area.width, rows: area.height, has_colours: theme.has_colours() };
    match overlays.last_mut() {
        Some(Overlay::Reviewing(reviewing)) => {
            reviewing.review.fit(size);
            review::view(&reviewing.review, theme, keymap, area, &mut canvas.buffer);
            if let Some((question, words)) = &reviewing.question {
                let last = Rect { y: area.bottom() - 1, height: 1, ..area };
                clear(last, theme, canvas);
                let label = question.label();
                canvas.cursor = line(label, words, "", last, theme, &mut canvas.buffer);
            }
        }
        Some(Overlay::Restoring(restoring)) => {
            restoring.restore.resize(size);
            review::view_restore(&restoring.restore, theme, keymap, area, &mut canvas.buffer);
        }
        Some(Overlay::Page(page)) => draw_page(page, theme, canvas),
        Some(Overlay::Choosing(_)) | None => return false,
    }
    true
}

/// That a question is open below what takes the whole screen, unless that is what it asks about.
pub(super) fn say_what_waits(state: &State, canvas: &mut Canvas) {
    let is_about_it =
        matches!(state.overlays.last(), Some(Overlay::Reviewing(it)) if it.call.is_some());
    if state.approvals.open().is_none() || is_about_it {
        return;
    }
    let area = canvas.buffer.area;
    let text = cut(" a question waits below ", usize::from(area.width));
    let columns = u16::try_from(width(&text)).unwrap_or(u16::MAX).min(area.width);
    let (x, style) = (area.right() - columns, state.look.theme.style(Role::Warning));
    let style = state.look.theme.style(Role::Status).patch(style);
    canvas.buffer.set_stringn(x, area.y, text, usize::from(columns), style);
}

/// A word about the last key, over whatever stands in the last row.
pub(super) fn say_word(state: &State, canvas: &mut Canvas) {
    let Some(word) = &state.word else { return };
    let theme = &state.look.theme;
    let all = canvas.buffer.area;
    let last = Rect { y: all.bottom().saturating_sub(1), height: 1.min(all.height), ..all };
    clear(last, theme, canvas);
    canvas.cursor = None;
    draw_word(word, last, theme, &mut canvas.buffer);
}

/// Draws what leaves some of the session in sight.
pub(super) fn view(state: &mut State, status: Rect, canvas: &mut Canvas) {
    let hint = sessions::hint(state);
    let State { overlays, look, word, .. } = state;
    let Some(Overlay::Choosing(choosing)) = overlays.last_mut() else { return };
    let theme = &look.theme;
    let all = canvas.buffer.area;
    let bottom = all.bottom() - status.height;
    let wanted = choosing.picker.wanted_height(Prompting::OwnLine).saturating_add(1);
    let height = wanted.min(bottom.saturating_sub(all.y)).min((all.height * 2 / 3).max(4));
    let area = Rect { y: bottom.saturating_sub(height), height: height.min(bottom), ..all };
    clear(area, theme, canvas);
    let rule = "─".repeat(usize::from(area.width));
    let style = theme.style(Role::BorderFocused);
    canvas.buffer.set_stringn(area.x, area.y, rule, usize::from(area.width), style);
    let columns = u16::try_from(width(&hint)).unwrap_or(u16::MAX);
    if columns < area.width {
        let x = area.right() - columns;
        canvas.buffer.set_stringn(x, area.y, &hint, usize::from(columns), style);
    }
    // Where it stands otherwise, the list may lie over it.
    if let Some(word) = word {
        draw_word(word, area, theme, &mut canvas.buffer);
    }
    let inner = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let drawn = choosing.picker.view(inner, &mut canvas.buffer, theme, Prompting::OwnLine);
    canvas.cursor = drawn.caret;
    if let Some(preview) = drawn.preview {
        sessions::preview(choosing, preview, theme, canvas);
    }
    if let Some(name) = choosing.naming() {
        let row = Rect { height: 1.min(inner.height), ..inner };
        clear(row, theme, canvas);
        canvas.cursor = line("Name:", name, "", row, theme, &mut canvas.buffer);
    }
}

/// Takes away what was drawn there.
pub(in crate::tui) fn clear(area: Rect, theme: &Theme, canvas: &mut Canvas) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            canvas.buffer[(x, y)].reset();
        }
    }
    canvas.buffer.set_style(area, theme.style(Role::Text));
    canvas.links.retain(|link| !(area.top()..area.bottom()).contains(&link.row));
}

fn draw_page(page: &mut Page, theme: &Theme, canvas: &mut Canvas) {
    let area = canvas.buffer.area;
    draw_title(&format!("{}  (esc closes)", page.title), area, theme, canvas);
    let lines = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    draw_lines(page, lines, theme, canvas);
}

/// Across the first row.
pub(in crate::tui) fn draw_title(title: &str, area: Rect, theme: &Theme, canvas: &mut Canvas) {
    let columns = usize::from(area.width);
    let row = Rect { height: 1.min(area.height), ..area };
    canvas.buffer.set_style(row, theme.style(Role::Status));
    let style = theme.style(Role::Status).patch(theme.style(Role::TextStrong));
    canvas.buffer.set_stringn(row.x, row.y, cut(title, columns), columns, style);
}

/// Draws the rows of a page that show. True when its last one is among them.
pub(in crate::tui) fn draw_lines(
    page: &mut Page,
    area: Rect,
    theme: &Theme,
    canvas: &mut Canvas,
) -> bool {
    let columns = usize::from(area.width);
    page.rows = usize::from(page.wanted_height(columns));
    page.height = usize::from(area.height).max(1);
    page.scroll(0);
    let mut links = Vec::new();
    let all = page.lines.iter().flat_map(|line| {
        rows(line, columns)
            .into_iter()
            .map(move |range| (line, RowPlace { start: range.start, end: range.end }))
    });
    for (y, (line, place)) in (area.y..area.bottom()).zip(all.skip(page.top)) {
        let row = Rect { y, height: 1, ..area };
        draw_row(line, place, &[], row, &mut canvas.buffer, theme, &mut links);
    }
    canvas.links = links;
    page.top + usize::from(area.height) >= page.rows
}
