//! What was decided of each hunk: whole, in parts, edited; with words for the model; and the way back.
use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{Choice, Hunk, HunkReview, LineKind};

/// The hunks on their way to a decision each.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    parts: Vec<Part>,
    comments: BTreeMap<usize, String>,
    /// What was decided, the latest last.
    steps: Vec<Step>,
}

/// A hunk, or some of its lines after it was split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What is shown.
    pub hunk: Hunk,
    /// The numbers that its first line has in the old and in the new file; `None` where it is no text.
    pub first_lines: Option<(usize, usize)>,
    lines: Lines,
    /// What it can be split into; of one group it can't be.
    groups: Vec<BTreeSet<usize>>,
    is_editable: bool,
    verdict: Option<Verdict>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lines {
    All,
    These(BTreeSet<usize>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    Reject,
    /// Accepted with this as its new side.
    Edit(String),
}

/// What the file of a hunk lets be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It is there before and after: hunks can be split and edited.
    Lines,
    /// It is made anew: its one hunk is taken whole, and can be edited.
    Whole,
    /// It is deleted.
    Gone,
}

/// How many hunks have come to what; one that was split counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: usize,
    /// Some lines accepted, and the others rejected or open.
    pub in_part: usize,
    pub rejected: usize,
    pub open: usize,
}

/// The verdicts that one decision took the place of, by part.
#[derive(Debug, Clone)]
struct Step {
    before: Vec<(usize, Option<Verdict>)>,
}

impl Decisions {
    pub fn new(hunks: impl IntoIterator<Item = Hunk>, reach: &dyn Fn(&Hunk) -> Reach) -> Self {
        let part = |hunk: Hunk| {
            let reach = if hunk.lines.is_empty() { Reach::Gone } else { reach(&hunk) };
            let groups = if reach == Reach::Lines { hunk.groups() } else { Vec::new() };
            let is_editable = reach != Reach::Gone;
            let first_lines = hunk.first_lines();
            Part { hunk, first_lines, lines: Lines::All, groups, is_editable, verdict: None }
        };
        Self { parts: hunks.into_iter().map(part).collect(), ..Self::default() }
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub fn comment_on(&self, hunk: usize) -> &str {
        self.comments.get(&hunk).map_or("", String::as_str)
    }

    pub fn decide(&mut self, index: usize, verdict: &Verdict) {
        self.take(&[index], verdict);
    }

    /// Decides on a part and on the later ones of its file that nobody has decided on.
    pub fn decide_file(&mut self, index: usize, verdict: &Verdict) {
        let Some(file) = self.parts.get(index).map(|part| part.hunk.file) else { return };
        let later = (index + 1..self.parts.len())
            .filter(|later| self.parts[*later].hunk.file == file && self.is_open(*later));
        let taken: Vec<usize> = [index].into_iter().chain(later).collect();
        self.take(&taken, verdict);
    }

    /// Decides on everything that nobody has decided on.
    pub fn decide_all(&mut self, verdict: &Verdict) {
        let open: Vec<usize> = (0..self.parts.len()).filter(|it| self.is_open(*it)).collect();
        self.take(&open, verdict);
    }

    /// Takes the last decision back if it was about this part or if the part is open, else what was decided on the part
    /// alone. The first part that is open again; `None` where nothing is decided.
    pub fn take_back(&mut self, index: usize) -> Option<usize> {
        let is_about = |step: &Step| step.before.iter().any(|(decided, _)| *decided == index);
        if !self.is_open(index) && !self.steps.last().is_some_and(is_about) {
            return self.forget(index).then_some(index);
        }
        let step = self.steps.pop()?;
        let first = step.before.iter().map(|(decided, _)| *decided).min();
        for (index, verdict) in step.before {
            if let Some(part) = self.parts.get_mut(index) {
                part.verdict = verdict;
            }
        }
        first
    }

    /// In place of a part the groups of its lines, each a part of its own. False where there is one group alone.
    pub fn split(&mut self, index: usize) -> bool {
        let Some(part) = self.parts.get(index).filter(|part| part.can_be_split()) else {
            return false;
        };
        let parts: Vec<Part> = (0..part.groups.len()).map(|group| piece(part, group)).collect();
        self.parts.splice(index..=index, parts);
        // They name parts by their places.
        self.steps.clear();
        true
    }

    /// Words about a hunk, in place of those there were.
    pub fn comment(&mut self, hunk: usize, words: &str) {
        if words.is_empty() {
            self.comments.remove(&hunk);
        } else {
            self.comments.insert(hunk, words.to_owned());
        }
    }

    pub fn open_from(&self, first: usize) -> Option<usize> {
        (first..self.parts.len()).find(|index| self.is_open(*index))
    }

    pub fn open_before(&self, end: usize) -> Option<usize> {
        (0..end.min(self.parts.len())).rev().find(|index| self.is_open(*index))
    }

    /// What was decided, by hunk, with the comments.
    pub fn reviews(&self) -> Vec<HunkReview> {
        let mut reviews = Vec::new();
        for own in self.by_hunk() {
            let Some(hunk) = own.first().map(|part| part.hunk.number) else { continue };
            if let Some(choice) = choice(own) {
                let comment = self.comment_on(hunk).to_owned();
                reviews.push(HunkReview { hunk, choice, comment });
            }
        }
        reviews
    }

    /// The comments on hunks of which nothing was decided.
    pub fn comments_on_open(&self) -> Vec<(usize, &str)> {
        let decided: BTreeSet<usize> = self.reviews().iter().map(|review| review.hunk).collect();
        let open = self.comments.iter().filter(|(hunk, _)| !decided.contains(hunk));
        open.map(|(hunk, words)| (*hunk, &**words)).collect()
    }

    /// `2/5`, and of a hunk that was split `2/5, part 1 of 3`.
    pub fn counter(&self, index: usize) -> String {
        let number = self.parts.get(index).map_or(0, |part| part.hunk.number);
        let of_hunk = |part: &&Part| part.hunk.number == number;
        let parts = self.parts.iter().filter(of_hunk).count();
        let at = self.parts.iter().take(index + 1).filter(of_hunk).count();
        let part = if parts > 1 { format!(", part {at} of {parts}") } else { String::new() };
        format!("{number}/{}{part}", self.tally().hunks())
    }

    /// Whether this is where its hunk begins: what is said of the hunk stands there alone.
    pub fn begins_hunk(&self, index: usize) -> bool {
        let number = |index: usize| self.parts.get(index).map(|part| part.hunk.number);
        index.checked_sub(1).is_none_or(|before| number(before) != number(index))
    }

    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for own in self.by_hunk() {
            let count = match choice(own) {
                None => &mut tally.open,
                Some(Choice::Accept | Choice::Edit { .. }) => &mut tally.accepted,
                Some(Choice::Reject) => &mut tally.rejected,
                Some(Choice::Lines { .. }) => &mut tally.in_part,
            };
            *count += 1;
        }
        tally
    }

    fn by_hunk(&self) -> impl Iterator<Item = &[Part]> {
        self.parts.chunk_by(|one, next| one.hunk.number == next.hunk.number)
    }

    fn is_open(&self, index: usize) -> bool {
        self.parts.get(index).is_some_and(|part| part.verdict.is_none())
    }

    fn forget(&mut self, index: usize) -> bool {
        let Some(part) = self.parts.get_mut(index) else { return false };
        part.verdict = None;
        for step in &mut self.steps {
            step.before.retain(|(decided, _)| *decided != index);
        }
        self.steps.retain(|step| !step.before.is_empty());
        true
    }

    fn take(&mut self, indexes: &[usize], verdict: &Verdict) {
        let mut before = Vec::new();
        for index in indexes {
            if let Some(part) = self.parts.get_mut(*index) {
                before.push((*index, part.verdict.replace(verdict.clone())));
            }
        }
        if !before.is_empty() {
            self.steps.push(Step { before });
        }
    }
}

impl Part {
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// The new side that somebody wrote.
    pub fn edited(&self) -> Option<&str> {
        match &self.verdict {
            Some(Verdict::Edit(text)) => Some(text),
            Some(Verdict::Accept | Verdict::Reject) | None => None,
        }
    }

    pub fn can_be_split(&self) -> bool {
        self.groups.len() > 1
    }

    pub fn can_be_edited(&self) -> bool {
        self.is_editable
    }
}

impl Tally {
    pub fn hunks(self) -> usize {
        self.accepted + self.in_part + self.rejected + self.open
    }
}

/// `3 of 5 hunks accepted, 1 rejected, 1 open`.
impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hunks = if self.hunks() == 1 { "hunk" } else { "hunks" };
        write!(f, "{} of {} {hunks} accepted", self.accepted, self.hunks())?;
        for (count, what) in
            [(self.in_part, "in part"), (self.rejected, "rejected"), (self.open, "open")]
        {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// One group of a hunk with the lines around it that stay as they are.
fn piece(part: &Part, index: usize) -> Part {
    let groups = &part.groups;
    let lines = groups.get(index).cloned().unwrap_or_default();
    let above = index.checked_sub(1).and_then(|before| groups.get(before));
    let first = above.and_then(BTreeSet::last).map_or(0, |last| last + 1);
    let below = groups.get(index + 1).and_then(BTreeSet::first);
    let end = below.copied().unwrap_or(part.hunk.lines.len());
    let mut hunk = part.hunk.clone();
    let above =
        |other: LineKind| part.hunk.lines[..first].iter().filter(|line| line.kind != other).count();
    let first_lines = part
        .first_lines
        .map(|(old, new)| (old + above(LineKind::Added), new + above(LineKind::Removed)));
    hunk.lines = hunk.lines.drain(first..end).collect();
    let place = format!("(part {} of {})", index + 1, groups.len());
    hunk.section = Some(match &part.hunk.section {
        Some(section) => format!("{place} {section}"),
        None => place,
    });
    Part {
        hunk,
        first_lines,
        lines: Lines::These(lines),
        groups: Vec::new(),
        is_editable: false,
        verdict: None,
    }
}

/// What the verdicts on the parts of a hunk are together; `None` where there are none.
fn choice(parts: &[Part]) -> Option<Choice> {
    let (mut accept, mut reject) = (BTreeSet::new(), BTreeSet::new());
    let mut verdicts = parts.iter().filter_map(|part| part.verdict.as_ref());
    let first = verdicts.next()?;
    let is_decided = parts.iter().all(|part| part.verdict.is_some());
    if is_decided && verdicts.all(|verdict| verdict == first) {
        return Some(match first {
            Verdict::Accept => Choice::Accept,
            Verdict::Reject => Choice::Reject,
            Verdict::Edit(text) => Choice::Edit { text: text.clone() },
        });
    }
    for part in parts {
        let Lines::These(lines) = &part.lines else { continue };
        match &part.verdict {
            Some(Verdict::Accept | Verdict::Edit(_)) => accept.extend(lines),
            Some(Verdict::Reject) => reject.extend(lines),
            None => {}
        }
    }
    Some(Choice::Lines { accept, reject })
}
