//! When a frame is drawn, and where: on a screen of its own, or below what was printed.
use std::{io, iter::from_fn, time::Duration};

use tokio::time::Instant;

use super::Running;
use crate::tui::{
    Placement,
    screen::Canvas,
    transcript::Given,
    update::{Msg, update},
    view::{below, printed, view},
};

/// Between two frames that no key asked for.
const FRAME: Duration = Duration::from_millis(33);
/// Pieces of some hundred rows that are printed with one frame.
const AT_ONCE: usize = 4;

impl Running {
    pub(super) fn redraw_soon(&mut self) {
        self.terminal.forget();
        let (width, height) = self.terminal.size();
        self.state.size = (width, height);
        self.is_stale = true;
        self.is_urgent = true;
    }

    pub(super) fn frame_at(&self) -> Instant {
        match self.drawn {
            Some(drawn) if !self.is_urgent => drawn + FRAME,
            Some(_) | None => self.started,
        }
    }

    pub(super) fn draw(&mut self) -> io::Result<()> {
        let state = &mut self.state;
        let mut is_done = true;
        if state.takes_screen() {
            self.terminal.draw(|canvas| view(state, canvas))?;
        } else {
            let rows: Vec<_> = from_fn(|| printed(state, Given::Settled)).take(AT_ONCE).collect();
            is_done = rows.len() < AT_ONCE;
            self.terminal.draw_below(&rows, &below(state))?;
        }
        self.is_urgent = !is_done;
        self.is_stale = !is_done || state.lacks_ink();
        self.drawn = Some(Instant::now());
        let effects = update(&mut self.state, Msg::Shown, std::time::Instant::now());
        self.carry_out(effects)
    }

    /// Leaves all that was said in the terminal's own scrollback, where that is its place.
    pub(super) fn print_rest(&mut self) -> io::Result<()> {
        let Self { state, terminal, is_lent, .. } = self;
        if state.placement == Placement::Alternate || *is_lent {
            return Ok(());
        }
        let nothing = Canvas::new(state.size.0, 1);
        while let Some(rows) = printed(state, Given::All) {
            terminal.draw_below(&[rows], &nothing)?;
        }
        terminal.draw_below(&[], &nothing)
    }
}
