//! The session below what was printed: the rows to print next, and what stands below them.
use ratatui::{buffer::Buffer, style::Color};

use super::{LIST, begin, draw, places, popup_height};
use crate::tui::{
    screen::{Canvas, Printed},
    state::State,
    theme::{Role, Theme},
    transcript::{Extent, Given},
};

/// The next rows to be printed. Ask until there are none.
pub fn printed(state: &mut State, what: Given) -> Option<Printed> {
    let theme = &state.look.theme;
    let (mut rows, links) = state.transcript.give(what, state.size.0, theme)?;
    on_own_background(&mut rows, theme);
    Some(Printed { rows, links })
}

/// What stands below, in as many rows as it takes.
pub fn below(state: &mut State) -> Canvas {
    let places = places::places(state);
    state.transcript.show(Extent::NotGiven);
    // A terminal of half the width should have room for it still: what it has not goes into the scrollback unfinished.
    let others = places.height() - places.transcript.height;
    let most = (state.size.1 / 2).saturating_sub(others).max(1).min(places.transcript.height);
    state.transcript.fit(places.transcript.width, most, state.now);
    let filled = u16::try_from(state.transcript.fitted_rows()).unwrap_or(u16::MAX);
    let list = popup_height(state).min(LIST);
    let places = places.closed_up(filled, list);
    let mut canvas = Canvas::new(state.size.0, places.height().max(1));
    begin(state, &mut canvas);
    draw(state, places, list, &mut canvas);
    on_own_background(&mut canvas.buffer, &state.look.theme);
    canvas
}

/// Around it are rows of other programs, so it stands on the terminal's own background as they do.
fn on_own_background(buffer: &mut Buffer, theme: &Theme) {
    let background = theme.style(Role::Text).bg;
    for cell in buffer.content.iter_mut().filter(|cell| Some(cell.bg) == background) {
        cell.bg = Color::Reset;
    }
}
