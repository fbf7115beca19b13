//! The block that keys act on: chosen block by block, folded and unfolded.
use super::{Focus, Fold, Place, Transcript, entry::Body};
use crate::protocol::{BlobId, CallId};

impl Transcript {
    /// The next block; without a focus, the last one in sight.
    pub fn focus_next(&mut self) {
        let next = match self.focus {
            Some(Focus { entry, section }) => self.block_from(entry, section + 1),
            None => self.last_in_sight(),
        };
        self.set_focus(next);
    }

    /// The block before; without a focus, the last one in sight.
    pub fn focus_previous(&mut self) {
        let previous = match self.focus {
            Some(focus) => self.block_before(focus),
            None => self.last_in_sight(),
        };
        self.set_focus(previous);
    }

    /// The block that shows in this row of the window, such as one that was clicked at.
    pub fn focus_row(&mut self, row: u16) {
        let place = self.screen.visible.get(usize::from(row));
        self.focus = place.map(|place| Focus { entry: place.entry, section: place.section });
    }

    pub fn has_focus(&self) -> bool {
        self.focus.is_some()
    }

    pub fn clear_focus(&mut self) {
        self.focus = None;
    }

    /// Folds or unfolds the block in focus; without one, the last that can be.
    pub fn toggle(&mut self) {
        if let Some(entry) = self.foldable() {
            let fold = match self.entries[entry].fold() {
                Some(Fold::Folded) => Fold::Open,
                Some(Fold::Open | Fold::Whole) | None => Fold::Folded,
            };
            self.set_fold(entry, fold);
        }
    }

    /// Shows all of the block in focus; without one, of the last that can be folded. Gives the call and the blob that holds
    /// its output where more of it is kept than is here: hand it to [`Transcript::show_whole_output`].
    pub fn show_whole(&mut self) -> Option<(CallId, BlobId)> {
        let entry = self.foldable()?;
        self.set_fold(entry, Fold::Whole);
        let Body::Call(call) = &self.entries[entry].body else { return None };
        let blob = call.whole()?.clone();
        let id = self.calls.iter().find(|(_, at)| **at == entry)?.0.clone();
        Some((id, blob))
    }

    pub fn show_whole_output(&mut self, call: &CallId, output: String) {
        if let Some(Body::Call(call)) = self.call_entry(call).map(|entry| &mut entry.body) {
            call.show_whole(output);
        }
    }

    /// Unfolds everything that can be, or folds it when all of it is unfolded.
    pub fn toggle_all(&mut self) {
        let is_folded = |entry: &super::Entry| entry.fold() == Some(Fold::Folded);
        let fold = if self.entries.iter().any(is_folded) { Fold::Open } else { Fold::Folded };
        for entry in 0..self.entries.len() {
            self.set_fold(entry, fold);
        }
    }

    pub(super) fn set_fold(&mut self, entry: usize, fold: Fold) {
        if let Some(entry) = self.entries.get_mut(entry) {
            entry.set_fold(fold);
            self.version += 1;
        }
    }

    fn foldable(&self) -> Option<usize> {
        match self.focus {
            Some(focus) => Some(focus.entry),
            None => self.entries.iter().rposition(|it| !it.is_taken_back && it.fold().is_some()),
        }
    }

    fn set_focus(&mut self, focus: Option<Focus>) {
        if let Some(focus) = focus {
            self.focus = Some(focus);
            self.bring_into_sight(Place { entry: focus.entry, section: focus.section, row: 0 });
        }
    }

    /// Scrolls as little as it takes; what is not in sight at all comes into its upper third.
    pub(super) fn bring_into_sight(&mut self, place: Place) {
        let visible = &self.screen.visible;
        let is_in_sight = visible.contains(&place);
        if is_in_sight {
            return;
        }
        let above = usize::from(self.screen.rows / 3);
        let top = self.rows_before(place, above);
        self.hold(top);
    }

    fn last_in_sight(&mut self) -> Option<Focus> {
        let last = self.screen.visible.last()?;
        Some(Focus { entry: last.entry, section: last.section })
    }

    /// The first block from here on that shows anything.
    fn block_from(&mut self, entry: usize, section: usize) -> Option<Focus> {
        let place = self.settled_place(Place { entry, section, row: 0 })?;
        Some(Focus { entry: place.entry, section: place.section })
    }

    fn block_before(&mut self, focus: Focus) -> Option<Focus> {
        let start = Place { entry: focus.entry, section: focus.section, row: 0 };
        let place = self.rows_before(start, 1);
        (place < start).then_some(Focus { entry: place.entry, section: place.section })
    }
}
