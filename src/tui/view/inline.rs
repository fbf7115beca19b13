//! The session below what was printed: the rows to print next, and what stands below them.
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Color, Modifier},
};

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
    // A smaller terminal should have room for it still: what it has not goes into the scrollback unfinished.
    let most = places.transcript.height.min((state.size.1 / 2).max(1));
    state.transcript.fit(places.transcript.width, most, state.now);
    let filled = u16::try_from(state.transcript.fitted_rows()).unwrap_or(u16::MAX);
    let list = popup_height(state).min(LIST);
    let places = places.closed_up(filled, list);
    let mut canvas = Canvas::new(state.size.0, places.height().max(1));
    begin(state, &mut canvas);
    draw(state, places, list, &mut canvas);
    on_own_background(&mut canvas.buffer, &state.look.theme);
    draw_caret_below_long_rows(&mut canvas, places.input);
    canvas
}

/// Around it are rows of other programs, so it stands on the terminal's own background as they do.
fn on_own_background(buffer: &mut Buffer, theme: &Theme) {
    let background = theme.style(Role::Text).bg;
    for cell in buffer.content.iter_mut().filter(|cell| Some(cell.bg) == background) {
        cell.bg = Color::Reset;
    }
}

/// Rows above the caret that are no wider than this are rows of their own in every size.
const NARROW: u16 = 20;

/// In another size some terminals break long rows and others cut them, so behind such rows the cursor would stand nobody knows
/// how far below the first row. There it waits at the first one, and the caret is drawn. Else it is the caret, where the
/// windows of input methods belong.
fn draw_caret_below_long_rows(canvas: &mut Canvas, input: Rect) {
    let Some(Position { x, y }) = canvas.cursor else { return };
    let is_wide = |y: u16| {
        (NARROW..canvas.buffer.area.width).any(|x| {
            let cell = &canvas.buffer[(x, y)];
            cell.symbol() != " " || cell.bg != Color::Reset
        })
    };
    if (0..input.y).any(is_wide)
        && let Some(cell) = canvas.buffer.cell_mut((x, y))
    {
        cell.modifier.toggle(Modifier::REVERSED);
        canvas.cursor = None;
    }
}
