//! Getting about in a review: from hunk to hunk and from file to file, by rows, and to what was searched for.
use super::{Next, Purpose, Review, search::Search};
use crate::tui::action::Action;

impl Review {
    /// Moves the rows, not the choice of the hunk, as long as that is to be seen.
    pub fn scroll(&mut self, rows: isize) -> Next {
        self.top = self.top.saturating_add_signed(rows).min(self.last_top());
        let seen = self.top..self.top + self.height();
        let is_seen = |at: usize| {
            self.layout
                .parts
                .get(at)
                .is_some_and(|own| own.start < seen.end && own.end > seen.start)
        };
        if !is_seen(self.at)
            && let Some(at) = (0..self.layout.parts.len()).find(|at| is_seen(*at))
        {
            self.at = at;
        }
        self.colour();
        Next::Show
    }

    /// Goes to the hunk of this number.
    pub fn show_hunk(&mut self, number: usize) -> bool {
        let parts = self.decisions.parts();
        let Some(at) = parts.iter().position(|part| part.hunk.number == number) else {
            return false;
        };
        self.go(at);
        true
    }

    pub(super) fn travel(&mut self, action: Action) -> Next {
        let (at, last) = (self.at, self.decisions.parts().len().saturating_sub(1));
        let file = |at: usize| self.decisions.parts().get(at).map(|part| part.hunk.file);
        let first_of = |at: usize| (0..=at).rev().take_while(|it| file(*it) == file(at)).last();
        let (to, none) = match action {
            Action::NextOpenHunk if self.purpose != Purpose::Look => {
                (self.decisions.open_from(at + 1), "no later hunk is undecided")
            }
            Action::PreviousOpenHunk if self.purpose != Purpose::Look => {
                (self.decisions.open_before(at), "no earlier hunk is undecided")
            }
            Action::NextHunk | Action::NextOpenHunk => {
                (Some(at + 1).filter(|to| *to <= last), "this is the last hunk")
            }
            Action::PreviousHunk | Action::PreviousOpenHunk => {
                (at.checked_sub(1), "this is the first hunk")
            }
            Action::NextFile => {
                ((at..=last).find(|it| file(*it) != file(at)), "this is the last file")
            }
            Action::PreviousFile => {
                let first = first_of(at).unwrap_or(at);
                let before = first.checked_sub(1).and_then(first_of);
                (Some(first).filter(|first| *first < at).or(before), "this is the first file")
            }
            Action::Last => (Some(last), ""),
            _ => (Some(0), ""),
        };
        match to {
            Some(to) => self.go(to),
            None => self.say(none),
        }
    }

    pub(super) fn go_to_hunk(&mut self, words: &str) -> Next {
        let found = words.parse().is_ok_and(|number| self.show_hunk(number));
        if found {
            return Next::Show;
        }
        let last = self.decisions.parts().last().map_or(0, |part| part.hunk.number);
        self.say(format!("there is no hunk {words}: they are numbered from 1 to {last}"))
    }

    pub(super) fn find(&mut self, words: &str) -> Next {
        self.search = Search::new(words, self.decisions.parts(), self.at);
        match &self.search {
            None => Next::Show,
            Some(search) if search.is_empty() => self.say(format!("nothing has `{words}` in it")),
            Some(_) => self.show_found(),
        }
    }

    pub(super) fn find_again(&mut self, steps: isize) -> Next {
        match &mut self.search {
            Some(search) if !search.is_empty() => {
                search.step(steps);
                self.show_found()
            }
            Some(_) | None => self.say("nothing was searched for"),
        }
    }

    /// Unfolds and shows the line that was found.
    pub(super) fn show_found(&mut self) -> Next {
        let Some(search) = &self.search else { return Next::Show };
        let (Some(found), message) = (search.current(), search.position()) else {
            return Next::Show;
        };
        let Some(part) = self.decisions.parts().get(found.part) else { return Next::Show };
        self.folds.files.remove(&part.hunk.file);
        self.folds.unfolded.insert(part.hunk.number);
        self.at = found.part;
        self.lay_out();
        self.keep_in_view();
        let own = self.layout.parts.get(found.part).cloned().unwrap_or_default();
        let is_found =
            |row: &usize| self.layout.rows.get(*row).is_some_and(|row| row.shows(found.line));
        if let Some(row) = own.into_iter().find(is_found)
            && !(self.top + 1..self.top + self.height()).contains(&row)
        {
            self.top = row.saturating_sub(self.height() / 2).min(self.last_top());
        }
        self.colour();
        self.say(message)
    }

    pub(super) fn go(&mut self, to: usize) -> Next {
        self.at = to;
        self.keep_in_view();
        Next::Show
    }

    /// The hunk shows whole where it can; else from its heading on. What stands above it says which file it is in.
    pub(super) fn keep_in_view(&mut self) {
        let own = self.layout.parts.get(self.at).cloned().unwrap_or_default();
        let height = self.height();
        let first = own.start.saturating_sub(usize::from(height > 2));
        if first < self.top || own.end - first > height {
            self.top = first;
        } else if own.end > self.top + height {
            self.top = own.end - height;
        }
        self.top = self.top.min(self.last_top());
        self.colour();
    }
}
