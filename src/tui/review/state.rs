//! Where somebody is who looks through a change set, and what a key does there.
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Decided, Decisions, Purpose, Question, ReviewedFile, Verdict,
    colours::Colours,
    layout::{Folds, Layout, Row, Shape},
    search::Search,
};
use crate::{
    protocol::Hunk,
    tui::{action::Action, text::Ink},
};

/// A change set on the screen.
#[derive(Debug, Clone)]
pub struct Review {
    pub(super) title: String,
    pub(super) purpose: Purpose,
    pub(super) files: Vec<ReviewedFile>,
    pub(super) decisions: Decisions,
    /// The part that keys are about.
    pub(super) at: usize,
    /// The first row that shows.
    pub(super) top: usize,
    pub(super) size: Size,
    pub(super) shape: Shape,
    pub(super) layout: Layout,
    pub(super) colours: Colours,
    pub(super) search: Option<Search>,
    /// Words about the last key, until the next.
    pub(super) message: Option<String>,
    pub(super) folds: Folds,
    /// What the user wants; else it goes by the width.
    wants_sides: Option<bool>,
    /// Somebody was told what stays open, and may go.
    is_warned: bool,
    lacks_ink: bool,
}

/// What there is room for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
    /// Whether the theme has any; without them words that differ stand in brackets.
    pub has_colours: bool,
}

/// What is to happen after a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The screen is drawn anew.
    Show,
    /// A line of words is asked for, and given to [`Review::answer`].
    Ask {
        question: Question,
        given: String,
    },
    /// The hunk goes to the user's editor, and what comes of it to [`Review::edited`].
    Edit(Box<Hunk>),
    /// The screen is left, and nothing is decided.
    Leave,
    Decided(Box<Decided>),
    /// What was shown may happen.
    Confirmed,
    /// It is to be shown with what was changed since merged, or not merged any more.
    Merge,
    /// It is none of the review's verbs.
    Pass,
}

/// From here on old and new stand beside each other, unless the user wants it otherwise.
const WIDE: u16 = 120;
/// Below this they never do.
const NARROW: u16 = 60;

impl Review {
    /// `hunks` are those of the change set, in their order, and `files` its files.
    pub fn new(
        title: impl Into<String>,
        purpose: Purpose,
        files: Vec<ReviewedFile>,
        hunks: Vec<Hunk>,
    ) -> Self {
        let reach =
            |hunk: &Hunk| files.get(hunk.file).map_or(super::Reach::Gone, |file| file.reach);
        let decisions = Decisions::new(hunks, &reach);
        let generated = files.iter().enumerate().filter(|(_, file)| file.is_generated);
        let folds =
            Folds { files: generated.map(|(index, _)| index).collect(), unfolded: BTreeSet::new() };
        Self {
            title: title.into(),
            purpose,
            files,
            decisions,
            at: 0,
            top: 0,
            size: Size::default(),
            shape: Shape::default(),
            layout: Layout::default(),
            colours: Colours::default(),
            search: None,
            message: None,
            folds,
            wants_sides: None,
            is_warned: false,
            lacks_ink: false,
        }
    }

    /// Lays everything out for so much room, and colours more of it. To be called before each drawing.
    pub fn fit(&mut self, size: Size) {
        if self.size == size {
            return self.colour();
        }
        self.size = size;
        self.lay_out();
        self.keep_in_view();
    }

    /// Whether there is more to colour than there was ink for: another frame shows more of it.
    pub fn lacks_ink(&self) -> bool {
        self.lacks_ink
    }

    /// Does what a key means here.
    pub fn press(&mut self, action: Action) -> Next {
        self.message = None;
        let was_warned = std::mem::take(&mut self.is_warned);
        let decides = self.purpose != Purpose::Look;
        match action {
            Action::AcceptHunk
            | Action::RejectHunk
            | Action::AcceptFile
            | Action::RejectFile
            | Action::AcceptAll
            | Action::RejectAll
            | Action::SplitHunk
            | Action::EditHunk
            | Action::CommentHunk
            | Action::ForgetDecision
                if !decides =>
            {
                self.say("this is only shown: there is nothing to decide here")
            }
            Action::AcceptHunk => self.decide(|it, at| it.decide(at, &Verdict::Accept)),
            Action::RejectHunk => self.decide(|it, at| it.decide(at, &Verdict::Reject)),
            Action::AcceptFile => self.decide(|it, at| it.decide_file(at, &Verdict::Accept)),
            Action::RejectFile => self.decide(|it, at| it.decide_file(at, &Verdict::Reject)),
            Action::AcceptAll => self.decide(|it, _| it.decide_all(&Verdict::Accept)),
            Action::RejectAll => self.decide(|it, _| it.decide_all(&Verdict::Reject)),
            Action::SplitHunk => self.split(),
            Action::EditHunk => self.edit(),
            Action::CommentHunk => self.ask_for_comment(),
            Action::ForgetDecision => self.forget(),
            Action::NextOpenHunk
            | Action::NextHunk
            | Action::PreviousOpenHunk
            | Action::PreviousHunk
            | Action::NextFile
            | Action::PreviousFile
            | Action::First
            | Action::Last => self.travel(action),
            Action::GoToHunk => Next::Ask { question: Question::GoToHunk, given: String::new() },
            Action::Find => {
                let given = self.search.as_ref().map_or("", Search::words).to_owned();
                Next::Ask { question: Question::Find, given }
            }
            Action::FindNext => self.find_again(1),
            Action::FindPrevious => self.find_again(-1),
            Action::Up => self.scroll(-1),
            Action::Down => self.scroll(1),
            Action::HalfPageUp => self.scroll(-self.page() / 2),
            Action::HalfPageDown => self.scroll(self.page() / 2),
            Action::PageUp => self.scroll(-self.page()),
            Action::PageDown => self.scroll(self.page()),
            Action::ToggleSideBySide => self.toggle_sides(),
            Action::ToggleFold => self.toggle_fold(),
            Action::FinishReview | Action::Cancel => self.finish(action, was_warned),
            _ => Next::Pass,
        }
    }

    /// The words that were asked for; `None` where nobody wants to say any more.
    pub fn answer(&mut self, question: &Question, words: Option<&str>) -> Next {
        self.message = None;
        let Some(words) = words else { return Next::Show };
        match question {
            Question::Comment { hunk } => {
                self.decisions.comment(*hunk, words.trim());
                self.lay_out();
                self.keep_in_view();
                Next::Show
            }
            Question::Find => self.find(words),
            Question::GoToHunk => self.go_to_hunk(words.trim()),
        }
    }

    /// What the user made of the hunk that was to be edited; `None` where it stays as it was.
    pub fn edited(&mut self, text: Option<String>) -> Next {
        match text {
            Some(text) => self.decide(|it, at| it.decide(at, &Verdict::Edit(text))),
            None => self.say("nothing was edited"),
        }
    }

    /// The rows between the title and the keys.
    pub(super) fn height(&self) -> usize {
        usize::from(self.size.rows).saturating_sub(if self.size.rows < 3 { 1 } else { 2 })
    }

    /// The columns of the list of files beside the hunks; 0 where it has no room.
    pub(super) fn list_columns(&self) -> u16 {
        let enough = if self.shape.is_side_by_side { 160 } else { 100 };
        if self.files.len() < 2 || self.size.columns < enough {
            return 0;
        }
        (self.size.columns / 4).clamp(24, 44)
    }

    fn decide(&mut self, decide: impl FnOnce(&mut Decisions, usize)) -> Next {
        let had_edits = self.has_edits();
        decide(&mut self.decisions, self.at);
        self.lay_out_edits(had_edits);
        let open = self.decisions.open_from(self.at).or_else(|| self.decisions.open_from(0));
        match open {
            Some(open) => self.go(open),
            None => {
                self.keep_in_view();
                Next::Show
            }
        }
    }

    fn split(&mut self) -> Next {
        if !self.decisions.split(self.at) {
            return self.say("this hunk can't be split");
        }
        self.colours = Colours::default();
        self.search = None;
        self.lay_out();
        self.go(self.at)
    }

    fn edit(&mut self) -> Next {
        match self.decisions.parts().get(self.at) {
            Some(part) if part.can_be_edited() => Next::Edit(Box::new(part.hunk.clone())),
            Some(_) | None => self.say("this can't be edited (a part of a split hunk, or no text)"),
        }
    }

    fn ask_for_comment(&mut self) -> Next {
        let Some(part) = self.decisions.parts().get(self.at) else { return Next::Show };
        let hunk = part.hunk.number;
        let given = self.decisions.comment_on(hunk).to_owned();
        Next::Ask { question: Question::Comment { hunk }, given }
    }

    fn forget(&mut self) -> Next {
        let had_edits = self.has_edits();
        let to = self.decisions.take_back(self.at);
        self.lay_out_edits(had_edits);
        match to {
            Some(to) => self.go(to),
            None => self.say("nothing is decided that could be taken back"),
        }
    }

    fn toggle_sides(&mut self) -> Next {
        if self.size.columns < NARROW {
            return self.say(format!("old and new need {NARROW} columns beside each other"));
        }
        self.wants_sides = Some(!self.shape.is_side_by_side);
        self.lay_out();
        self.go(self.at)
    }

    /// A large hunk that shows in part unfolds, and then folds with its file.
    fn toggle_fold(&mut self) -> Next {
        let Some(part) = self.decisions.parts().get(self.at) else { return Next::Show };
        let (file, number) = (part.hunk.file, part.hunk.number);
        if !self.folds.files.remove(&file) {
            if self.folds.hides_most_of(part) {
                self.folds.unfolded.insert(number);
            } else if !self.folds.unfolded.remove(&number) {
                self.folds.files.insert(file);
            }
        }
        self.lay_out();
        self.go(self.at)
    }

    fn finish(&mut self, action: Action, was_warned: bool) -> Next {
        let decided = Decided::new(&self.decisions, self.purpose);
        if self.purpose == Purpose::Look || decided.is_nothing() {
            return Next::Leave;
        }
        let tally = self.decisions.tally();
        let open = if tally.open == 1 {
            "1 hunk is".to_owned()
        } else {
            format!("{} hunks are", tally.open)
        };
        let warning = match (action, self.purpose) {
            (Action::Cancel, _) => {
                "what was decided would be lost: once more to leave all the same".to_owned()
            }
            (_, Purpose::Plan) if tally.open > 0 => {
                format!("{open} open and would be rejected: once more to go on")
            }
            (..) => return Next::Decided(Box::new(decided)),
        };
        if !was_warned {
            self.is_warned = true;
            return self.say(warning);
        }
        if action == Action::Cancel { Next::Leave } else { Next::Decided(Box::new(decided)) }
    }

    pub(super) fn say(&mut self, words: impl Into<String>) -> Next {
        self.message = Some(words.into());
        Next::Show
    }

    pub(super) fn page(&self) -> isize {
        self.height().saturating_sub(1).max(1).try_into().unwrap_or(isize::MAX)
    }

    pub(super) fn last_top(&self) -> usize {
        self.layout.rows.len().saturating_sub(self.height())
    }

    pub(super) fn lay_out(&mut self) {
        let columns = self.size.columns;
        let is_side_by_side = columns >= NARROW && self.wants_sides.unwrap_or(columns >= WIDE);
        self.shape =
            Shape { is_side_by_side, has_brackets: !self.size.has_colours, ..Shape::default() };
        // One column is the bar at the current hunk, and one stands between the list and the hunks.
        let list = self.list_columns();
        let room = columns.saturating_sub(list + u16::from(list > 0) + 1);
        self.shape.columns = usize::from(room);
        self.shape.digits = if self.shape.side() < 36 { 0 } else { self.digits() };
        self.shape.has_both_numbers = !is_side_by_side && room >= 76;
        self.layout = Layout::new(&self.files, &self.decisions, &self.folds, self.shape);
        self.top = self.top.min(self.last_top());
        self.colour();
    }

    fn has_edits(&self) -> bool {
        self.decisions.parts().iter().any(|part| part.edited().is_some())
    }

    /// An edited hunk shows other lines, and no decision else does.
    fn lay_out_edits(&mut self, had_edits: bool) {
        if had_edits || self.has_edits() {
            self.search = None;
            self.lay_out();
        }
    }

    fn digits(&self) -> usize {
        let last = |part: &super::Part| {
            part.first_lines.map_or(0, |(old, new)| old.max(new) + part.hunk.lines.len())
        };
        let most = self.decisions.parts().iter().map(last).max().unwrap_or_default();
        most.checked_ilog10().map_or(1, |digits| digits as usize + 1).max(3)
    }

    /// Has the syntax of what can be seen coloured.
    pub(super) fn colour(&mut self) {
        let seen = self.top..self.top + self.height();
        let parts: BTreeMap<usize, &str> = self.layout.rows
            [seen.start.min(self.layout.rows.len())..]
            .iter()
            .take(seen.len())
            .filter_map(Row::part_of_line)
            .filter_map(|index| {
                let file = self.decisions.parts().get(index)?.hunk.file;
                Some((index, self.files.get(file)?.shown.as_str()))
            })
            .collect();
        let mut ink = Ink::for_a_frame();
        for (index, file) in parts {
            if let Some(part) = self.decisions.parts().get(index) {
                self.colours.add(index, file, part, &mut ink);
            }
        }
        self.lacks_ink = ink.is_missed();
    }
}
