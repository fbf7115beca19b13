//! Where the window stands: at the end, or held to a row that stays in its place whatever grows or wraps anew.
use std::cmp::Ordering;

use super::{Entry, Extent, Place, Transcript};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Scroll {
    /// What is new is always seen.
    #[default]
    End,
    /// This row is the first.
    At(Place),
}

/// A way to scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// Rows down; up when negative.
    Rows(isize),
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    Top,
    End,
    PreviousPrompt,
    NextPrompt,
}

impl Transcript {
    pub fn scroll(&mut self, motion: Motion) {
        let page = isize::try_from(self.screen.rows).unwrap_or(0);
        // A row of the page before stays in sight.
        let whole = (page - 1).max(1);
        match motion {
            Motion::Rows(rows) => self.scroll_rows(rows),
            Motion::PageUp => self.scroll_rows(-whole),
            Motion::PageDown => self.scroll_rows(whole),
            Motion::HalfPageUp => self.scroll_rows(-(page / 2).max(1)),
            Motion::HalfPageDown => self.scroll_rows((page / 2).max(1)),
            Motion::Top => self.hold(self.start()),
            Motion::End => self.scroll = Scroll::End,
            Motion::PreviousPrompt => self.jump_to_prompt(Direction::Back),
            Motion::NextPrompt => self.jump_to_prompt(Direction::On),
        }
    }

    /// Whether what is new is seen.
    pub fn is_at_end(&self) -> bool {
        self.scroll == Scroll::End
    }

    /// How far down the window is, of 100: 0 is the top, and 100 the end. An estimate: what was never seen has no rows yet.
    pub fn percent(&self) -> u8 {
        let Scroll::At(top) = self.scroll else { return 100 };
        let (mut above, mut all) = (top.row, 0);
        for (number, entry) in self.entries.iter().enumerate() {
            let (before, rows) = entry.rows_about(top.section, self.screen.columns);
            all += rows;
            above += match number.cmp(&top.entry) {
                Ordering::Less => rows,
                Ordering::Equal => before,
                Ordering::Greater => 0,
            };
        }
        let most = all.saturating_sub(usize::from(self.screen.rows)).max(above);
        let part = (above * 100).checked_div(most);
        part.and_then(|part| u8::try_from(part).ok()).unwrap_or(100)
    }

    fn scroll_rows(&mut self, rows: isize) {
        let Some(top) = self.top() else { return };
        let by = rows.unsigned_abs();
        match rows < 0 {
            true => {
                let place = self.rows_before(top, by);
                self.hold(place);
            }
            false => match self.rows_after(top, by) {
                Some(place) => self.hold(place),
                None => self.scroll = Scroll::End,
            },
        }
    }

    /// Makes this row the first, or shows the end when that is nearer.
    pub(super) fn hold(&mut self, place: Place) {
        self.scroll = if place >= self.top_at_end() { Scroll::End } else { Scroll::At(place) };
    }

    fn jump_to_prompt(&mut self, direction: Direction) {
        let Some(top) = self.top() else { return };
        let is_prompt = |at: &usize| self.entries[*at].is_prompt();
        // The row that sets the prompt off is above the window.
        let current = if top.row > 1 || top.section > 0 { top.entry + 1 } else { top.entry };
        let found = match direction {
            Direction::Back => (0..current.min(self.entries.len())).rev().find(is_prompt),
            Direction::On => {
                let is_at_gap = (top.section, top.row) == (0, 0)
                    && self.entries.get(top.entry).is_some_and(Entry::is_set_off);
                let next = if is_at_gap { top.entry } else { top.entry + 1 };
                (next..self.entries.len()).find(is_prompt)
            }
        };
        match (found, direction) {
            (Some(entry), _) => {
                let columns = self.screen.columns;
                self.entries[entry].sections();
                let is_set_off = self.entries[entry].height(0, columns, &mut self.screen.fit) > 1
                    && self.entries[entry].is_set_off();
                self.hold(Place { entry, section: 0, row: usize::from(is_set_off) });
            }
            (None, Direction::On) => self.scroll = Scroll::End,
            (None, Direction::Back) => self.hold(self.start()),
        }
    }

    /// The first row that can be shown.
    pub(super) fn start(&self) -> Place {
        match self.extent {
            Extent::Whole => Place::default(),
            Extent::NotGiven => self.given,
        }
    }

    /// The first row of the window.
    pub(super) fn top(&self) -> Option<Place> {
        match self.scroll {
            Scroll::At(place) => Some(place),
            Scroll::End => self.screen.visible.first().copied(),
        }
    }

    /// The first row when the window shows the end.
    pub(super) fn top_at_end(&mut self) -> Place {
        let end = Place { entry: self.entries.len(), section: 0, row: 0 };
        self.rows_before(end, usize::from(self.screen.rows))
    }

    /// The row that is so many above, or the first.
    pub(super) fn rows_before(&mut self, from: Place, rows: usize) -> Place {
        let (mut place, mut left) = (from, rows);
        while left > 0 {
            let step = left.min(place.row);
            place.row -= step;
            left -= step;
            if left == 0 || place <= self.start() {
                break;
            }
            let Some((entry, section)) = self.section_before(place) else { break };
            place = Place { entry, section, row: self.section_height(entry, section) };
        }
        place.max(self.start())
    }

    /// The row that is so many below; none past the end.
    pub(super) fn rows_after(&mut self, from: Place, rows: usize) -> Option<Place> {
        let mut place = from;
        place.row += rows;
        self.settled_place(place)
    }

    /// A place whose row lies beyond its section is in one of the sections after it.
    pub(super) fn settled_place(&mut self, place: Place) -> Option<Place> {
        let Place { mut entry, mut section, mut row } = place;
        while entry < self.entries.len() {
            let count = self.entries[entry].sections();
            while section < count {
                let height = self.section_height(entry, section);
                if row < height {
                    return Some(Place { entry, section, row });
                }
                row -= height;
                section += 1;
            }
            (entry, section) = (entry + 1, 0);
        }
        None
    }

    fn section_before(&mut self, place: Place) -> Option<(usize, usize)> {
        if place.section > 0 {
            return Some((place.entry, place.section - 1));
        }
        (0..place.entry).rev().find_map(|entry| {
            let last = self.entries[entry].sections().checked_sub(1)?;
            Some((entry, last))
        })
    }

    pub(super) fn section_height(&mut self, entry: usize, section: usize) -> usize {
        let (columns, fit) = (self.screen.columns, &mut self.screen.fit);
        self.entries.get_mut(entry).map_or(0, |entry| entry.height(section, columns, fit))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Back,
    On,
}
