//! Where somebody is who goes through the hunks: what was decided of each, and what a key does.
use super::{Decided, Decisions, Part, Purpose, Reach, Verdict};
use crate::protocol::{ChangeSet, Hunk, HunkReview};

/// The hunks on their way to a decision each.
#[derive(Debug)]
pub struct Walk {
    decisions: Decisions,
    at: usize,
}

/// What is to happen after a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The hunk that is now current is shown.
    Show,
    /// The question is put again after these words.
    Say(String),
    Edit,
    Comment,
    /// [`help`] is shown, and the question is put again.
    Help,
    /// Nothing is left to ask, or nobody wants to be asked.
    Done,
}

impl Walk {
    /// The hunks are those of the change set.
    pub fn new(changes: &ChangeSet, hunks: Vec<Hunk>) -> Self {
        let reach = |hunk: &Hunk| changes.files.get(hunk.file).map_or(Reach::Gone, Reach::of);
        Self { decisions: Decisions::new(hunks, &reach), at: 0 }
    }

    /// The current hunk. `None` where there is none at all.
    pub fn hunk(&self) -> Option<&Hunk> {
        self.part().map(|part| &part.hunk)
    }

    /// The keys that mean something here, in the order of the question.
    pub fn keys(&self) -> Vec<char> {
        let part = self.part();
        let is_offered = |key: &char| match key {
            's' => part.is_some_and(Part::can_be_split),
            'e' => part.is_some_and(Part::can_be_edited),
            'j' => self.decisions.open_from(self.at + 1).is_some(),
            'k' => self.decisions.open_before(self.at).is_some(),
            _ => true,
        };
        let all = ['y', 'n', 'a', 'd', 's', 'e', 'c', 'j', 'k', 'q', '?'];
        all.into_iter().filter(is_offered).collect()
    }

    pub fn press(&mut self, key: char) -> Step {
        if !self.keys().contains(&key) {
            return Step::Say(match key {
                's' => "this hunk can't be split".to_owned(),
                'e' => "this can't be edited (a part of a split hunk, or no text)".to_owned(),
                'j' => "no later hunk is undecided".to_owned(),
                'k' => "no earlier hunk is undecided".to_owned(),
                _ => format!("`{key}` is none of the keys; ? tells what they do"),
            });
        }
        match key {
            'y' => self.decide(&Verdict::Accept),
            'n' => self.decide(&Verdict::Reject),
            'a' => self.decide_file(&Verdict::Accept),
            'd' => self.decide_file(&Verdict::Reject),
            's' => self.split(),
            'e' => Step::Edit,
            'c' => Step::Comment,
            'j' => self.go(self.decisions.open_from(self.at + 1)),
            'k' => self.go(self.decisions.open_before(self.at)),
            'q' => Step::Done,
            _ => Step::Help,
        }
    }

    /// The current hunk is written with this new side.
    pub fn edited(&mut self, text: String) -> Step {
        self.decide(&Verdict::Edit(text))
    }

    /// Words about the current hunk; a second time they are added.
    pub fn comment(&mut self, words: &str) {
        let Some(number) = self.hunk().map(|hunk| hunk.number) else { return };
        let mut comment = self.decisions.comment_on(number).to_owned();
        if !comment.is_empty() && !words.is_empty() {
            comment.push(' ');
        }
        comment.push_str(words);
        self.decisions.comment(number, &comment);
    }

    /// What was decided, by hunk, with the comments.
    pub fn reviews(&self) -> Vec<HunkReview> {
        self.decisions.reviews()
    }

    /// All of it, for a change set of this purpose.
    pub fn decided(&self, purpose: Purpose) -> Decided {
        Decided::new(&self.decisions, purpose)
    }

    /// Where it is, such as `2/5`.
    pub fn counter(&self) -> String {
        self.decisions.counter(self.at)
    }

    /// How many hunks nobody has decided on.
    pub fn open_hunks(&self) -> usize {
        self.decisions.tally().open
    }

    /// The comments on hunks of which nothing was decided.
    pub fn comments_on_open(&self) -> Vec<(usize, &str)> {
        self.decisions.comments_on_open()
    }

    fn part(&self) -> Option<&Part> {
        self.decisions.parts().get(self.at)
    }

    fn decide(&mut self, verdict: &Verdict) -> Step {
        self.decisions.decide(self.at, verdict);
        self.go_on()
    }

    /// Decides on this hunk and the later ones of its file that nobody has decided on.
    fn decide_file(&mut self, verdict: &Verdict) -> Step {
        self.decisions.decide_file(self.at, verdict);
        self.go_on()
    }

    fn split(&mut self) -> Step {
        self.decisions.split(self.at);
        Step::Show
    }

    fn go_on(&mut self) -> Step {
        let open = &self.decisions;
        self.go(open.open_from(self.at).or_else(|| open.open_from(0)))
    }

    fn go(&mut self, to: Option<usize>) -> Step {
        let Some(to) = to else { return Step::Done };
        self.at = to;
        Step::Show
    }
}

/// What the keys do to a change set of this purpose.
pub fn help(purpose: Purpose) -> String {
    let rest = match purpose {
        Purpose::Plan => "the rest is rejected",
        Purpose::Proposal | Purpose::Look => "the rest stays proposed",
    };
    format!("{KEYS}\nq - quit: what was decided holds, {rest}\n? - this help")
}

const KEYS: &str = "\
y - write this hunk
n - reject this hunk: it is dropped, and the model is told
a - write this hunk and all later hunks of the file
d - reject this hunk and all later hunks of the file
s - split this hunk into smaller ones
e - edit this hunk in your editor, then write it
c - words for the model about this hunk
j - leave this hunk undecided, go to the next undecided one
k - leave this hunk undecided, go to the previous undecided one";
