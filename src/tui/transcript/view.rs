//! Fits the transcript into the room that there is, and draws it.
use std::time::Instant;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Anchor, Extent, Given, GivenPart, Place, Transcript, entry::Body, laid::Laid, scroll::Scroll,
};
use crate::tui::{
    text::{Ink, Link, draw_row},
    theme::{Role, Theme},
};

/// Fits for which rows that are out of sight are remembered.
const REMEMBERED: u64 = 64;

/// Rows that inline mode is given at once.
const GIVEN_AT_ONCE: usize = 200;

impl Transcript {
    /// Finds the rows that are in sight. Call it before a frame is drawn: on a new size, and after anything was added.
    pub fn fit(&mut self, columns: u16, rows: u16, now: Instant) {
        // The last column tells which block has the focus.
        let columns = columns.saturating_sub(1).max(1);
        self.screen.fit.begin(Ink::for_a_frame());
        self.tick(now);
        self.keep_place(columns);
        self.keep_given(columns);
        self.screen.columns = columns;
        self.screen.rows = rows;
        let top = match self.scroll {
            Scroll::End => self.top_at_end(),
            Scroll::At(place) => {
                let end = self.top_at_end();
                match self.settled_place(place.max(self.start())) {
                    Some(place) if place < end => {
                        self.scroll = Scroll::At(place);
                        place
                    }
                    Some(_) | None => {
                        self.scroll = Scroll::End;
                        end
                    }
                }
            }
        };
        self.screen.visible = self.rows_from(top, usize::from(rows));
        self.lay_out_visible();
        let is_plain = |place: &Place| self.entries[place.entry].is_plain(place.section);
        self.screen.lacks_ink |= self.screen.visible.iter().any(is_plain);
        let fits = self.screen.fit.number;
        if fits.is_multiple_of(REMEMBERED) {
            let since = fits - REMEMBERED / 2;
            self.entries.iter_mut().for_each(|entry| entry.forget(since));
        }
    }

    /// Draws what was fitted, and tells which cells are links.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Vec<Link> {
        let mut links = Vec::new();
        let area = area.intersection(buffer.area);
        for (place, y) in self.screen.visible.iter().zip(area.top()..area.bottom()) {
            let Some(laid) = self.entries.get(place.entry).and_then(|it| it.known(place.section))
            else {
                continue;
            };
            let Some((line, number, row)) = laid.row(place.row) else { continue };
            let marks = self.marks(*place, number, &line.text);
            let width = self.screen.columns.min(area.width);
            let row_area = Rect { y, height: 1, width, ..area };
            draw_row(line, row, &marks, row_area, buffer, theme, &mut links);
            let is_focused = self.focus.is_some_and(|focus| {
                (focus.entry, focus.section) == (place.entry, place.section)
                    && !(place.row == 0 && line.text.is_empty() && laid.height() > 1)
            });
            if is_focused && let Some(cell) = buffer.cell_mut((area.right().saturating_sub(1), y)) {
                cell.set_symbol("▐").set_style(theme.style(Role::BorderFocused));
            }
        }
        links
    }

    /// How many rows the last fit filled.
    pub fn fitted_rows(&self) -> usize {
        self.screen.visible.len()
    }

    /// Whether there is more to colour than there was ink for since this was asked last: another frame shows more of it.
    pub fn lacks_ink(&mut self) -> bool {
        std::mem::take(&mut self.screen.lacks_ink)
    }

    /// How much is shown from now on.
    pub fn show(&mut self, extent: Extent) {
        if self.extent != extent {
            self.extent = extent;
            self.scroll = Scroll::End;
        }
    }

    /// Draws rows that were not given yet, for a terminal whose own scrollback keeps them (inline mode). Ask until there are
    /// none.
    pub fn give(
        &mut self,
        what: Given,
        columns: u16,
        theme: &Theme,
    ) -> Option<(Buffer, Vec<Link>)> {
        let columns = columns.saturating_sub(1).max(1);
        match what {
            // What the last fit has left of it is there for this.
            Given::Settled => self.screen.fit.number += 1,
            Given::All => self.screen.fit.begin(Ink::without_end()),
        }
        self.keep_given(columns);
        self.screen.columns = columns;
        let places = self.rows_to_give(what);
        self.note_given(*places.last()?);
        let height = u16::try_from(places.len()).unwrap_or(u16::MAX);
        let area = Rect::new(0, 0, columns + 1, height);
        let mut buffer = Buffer::empty(area);
        let shown = std::mem::replace(&mut self.screen.visible, places);
        self.lay_out_visible();
        let links = self.draw(area, &mut buffer, theme);
        self.screen.visible = shown;
        Some((buffer, links))
    }

    /// The next rows that can be given.
    fn rows_to_give(&mut self, what: Given) -> Vec<Place> {
        let mut places = Vec::new();
        let mut next = self.settled_place(self.given);
        while let Some(place) = next {
            let is_last = place.entry + 1 == self.entries.len();
            let (columns, fit) = (self.screen.columns, &mut self.screen.fit);
            let entry = &mut self.entries[place.entry];
            let height = entry.laid(place.section, columns, fit).map_or(0, Laid::height);
            let is_settled = entry.is_settled(place.section, is_last);
            let is_plain = entry.is_plain(place.section);
            let settled = match what {
                Given::All => height,
                Given::Settled if is_settled && !is_plain => height,
                Given::Settled => entry.settled_rows(place.section).min(height),
            };
            self.screen.lacks_ink |= is_plain;
            let end = settled.min(place.row + GIVEN_AT_ONCE - places.len());
            places.extend((place.row..end).map(|row| Place { row, ..place }));
            if places.len() >= GIVEN_AT_ONCE || settled < height {
                break;
            }
            next = self.settled_place(Place { row: height, ..place });
        }
        places
    }

    /// Everything up to this row is given.
    fn note_given(&mut self, last: Place) {
        let (columns, fit) = (self.screen.columns, &mut self.screen.fit);
        let is_last = last.entry + 1 == self.entries.len();
        let entry = &mut self.entries[last.entry];
        let may_grow = !entry.is_settled(last.section, is_last);
        let laid = entry.laid(last.section, columns, fit);
        let Some(laid) = laid.filter(|laid| may_grow || last.row + 1 < laid.height()) else {
            // In another width a section has other rows, so one that was given whole must not be told by them.
            self.given = Place { entry: last.entry, section: last.section + 1, row: 0 };
            self.given_part = None;
            return;
        };
        self.given = Place { row: last.row + 1, ..last };
        let shown = laid.row(last.row);
        self.given_part = shown.map(|(_, line, row)| GivenPart { columns, line, byte: row.end });
    }

    /// In another width what was given of a section is another number of rows.
    fn keep_given(&mut self, columns: u16) {
        let Some(part) = &mut self.given_part else { return };
        if part.columns == columns {
            return;
        }
        part.columns = columns;
        let Place { entry, section, .. } = self.given;
        let Some(entry) = self.entries.get_mut(entry) else { return };
        if entry.sections() > section
            && let Some(laid) = entry.laid(section, columns, &mut self.screen.fit)
        {
            self.given.row = laid.rows_up_to(part.line, part.byte);
        }
    }

    /// Calls under way show how long they have been so.
    fn tick(&mut self, now: Instant) {
        for entry in self.entries.iter_mut().rev().take(64) {
            if let Body::Call(call) = &mut entry.body {
                call.tick(now);
            }
        }
    }

    /// When the width changes, the row at the top shows what it showed before.
    fn keep_place(&mut self, columns: u16) {
        let Scroll::At(place) = self.scroll else { return };
        if columns == self.screen.columns {
            return;
        }
        // What was at the top when it was last scrolled: widths that come and go don't move it.
        let anchor = self.anchor.filter(|anchor| anchor.place == place);
        let Some((line, byte)) = anchor.map_or_else(|| self.shown_at(place), |it| Some(it.text))
        else {
            return;
        };
        let fit = &mut self.screen.fit;
        let Some(entry) = self.entries.get_mut(place.entry) else { return };
        if place.section < entry.sections()
            && let Some(laid) = entry.laid(place.section, columns, fit)
        {
            let place = Place { row: laid.row_of(line, byte), ..place };
            self.scroll = Scroll::At(place);
            self.anchor = Some(Anchor { place, text: (line, byte) });
        }
    }

    /// The line and the byte with which a row begins.
    fn shown_at(&self, place: Place) -> Option<(usize, usize)> {
        let laid = self.entries.get(place.entry)?.known(place.section)?;
        let (_, line, row) = laid.row(place.row)?;
        Some((line, row.start))
    }

    fn rows_from(&mut self, top: Place, rows: usize) -> Vec<Place> {
        let mut visible = Vec::with_capacity(rows);
        let mut next = self.settled_place(top);
        while let Some(place) = next {
            let height = self.section_height(place.entry, place.section);
            let end = height.min(place.row + rows - visible.len());
            visible.extend((place.row..end).map(|row| Place { row, ..place }));
            if visible.len() >= rows {
                break;
            }
            next = self.settled_place(Place { row: height, ..place });
        }
        visible
    }

    /// What is in sight has its rows at hand, so that drawing changes nothing.
    fn lay_out_visible(&mut self) {
        let (columns, fit) = (self.screen.columns, &mut self.screen.fit);
        let mut last = None;
        for place in &self.screen.visible {
            let section = (place.entry, place.section);
            if last.replace(section) != Some(section)
                && let Some(entry) = self.entries.get_mut(place.entry)
            {
                entry.laid(place.section, columns, fit);
            }
        }
    }
}
