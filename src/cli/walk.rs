//! Where somebody is who goes through the hunks: what was decided of each, and what a key does.
use crate::{
    patch,
    protocol::{ChangeSet, Hunk, HunkReview},
    tui::review::{Decisions, Part, Reach, Verdict},
};

/// The hunks on their way to a decision each.
#[derive(Debug)]
pub(super) struct Walk {
    decisions: Decisions,
    at: usize,
}

/// What is to happen after a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The hunk that is now current is shown.
    Show,
    /// The question is put again after these words.
    Say(String),
    Edit,
    Comment,
    /// Nothing is left to ask, or nobody wants to be asked.
    Done,
}

impl Walk {
    pub(super) fn new(changes: &ChangeSet) -> Self {
        let reach = |hunk: &Hunk| changes.files.get(hunk.file).map_or(Reach::Gone, Reach::of);
        Self { decisions: Decisions::new(patch::hunks(changes), &reach), at: 0 }
    }

    /// The current hunk. `None` where there is none at all.
    pub(super) fn hunk(&self) -> Option<&Hunk> {
        self.part().map(|part| &part.hunk)
    }

    /// The keys that mean something here, in the order of the question.
    pub(super) fn keys(&self) -> Vec<char> {
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

    pub(super) fn press(&mut self, key: char) -> Next {
        if !self.keys().contains(&key) {
            return Next::Say(match key {
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
            'e' => Next::Edit,
            'c' => Next::Comment,
            'j' => self.go(self.decisions.open_from(self.at + 1)),
            'k' => self.go(self.decisions.open_before(self.at)),
            'q' => Next::Done,
            _ => Next::Say(HELP.to_owned()),
        }
    }

    /// The current hunk is written with this new side.
    pub(super) fn edited(&mut self, text: String) -> Next {
        self.decide(&Verdict::Edit(text))
    }

    /// Words about the current hunk; a second time they are added.
    pub(super) fn comment(&mut self, words: &str) {
        let Some(number) = self.hunk().map(|hunk| hunk.number) else { return };
        let mut comment = self.decisions.comment_on(number).to_owned();
        if !comment.is_empty() && !words.is_empty() {
            comment.push(' ');
        }
        comment.push_str(words);
        self.decisions.comment(number, &comment);
    }

    /// What was decided, by hunk, with the comments.
    pub(super) fn reviews(&self) -> Vec<HunkReview> {
        self.decisions.reviews()
    }

    /// The comments on hunks of which nothing was decided.
    pub(super) fn comments_on_open(&self) -> Vec<(usize, &str)> {
        self.decisions.comments_on_open()
    }

    fn part(&self) -> Option<&Part> {
        self.decisions.parts().get(self.at)
    }

    fn decide(&mut self, verdict: &Verdict) -> Next {
        self.decisions.decide(self.at, verdict);
        self.go_on()
    }

    /// Decides on this hunk and the later ones of its file that nobody has decided on.
    fn decide_file(&mut self, verdict: &Verdict) -> Next {
        self.decisions.decide_file(self.at, verdict);
        self.go_on()
    }

    fn split(&mut self) -> Next {
        self.decisions.split(self.at);
        Next::Show
    }

    fn go_on(&mut self) -> Next {
        let open = &self.decisions;
        self.go(open.open_from(self.at).or_else(|| open.open_from(0)))
    }

    fn go(&mut self, to: Option<usize>) -> Next {
        let Some(to) = to else { return Next::Done };
        self.at = to;
        Next::Show
    }
}

const HELP: &str = "\
y - write this hunk
n - reject this hunk: it is dropped, and the model is told
a - write this hunk and all later hunks of the file
d - reject this hunk and all later hunks of the file
s - split this hunk into smaller ones
e - edit this hunk in your editor, then write it
c - words for the model about this hunk
j - leave this hunk undecided, go to the next undecided one
k - leave this hunk undecided, go to the previous undecided one
q - quit: what was decided holds, the rest stays proposed
? - this help";

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::protocol::{Choice, FileChange, FileState};

    /// Hunk 1 of two groups and hunk 2 in `a`, hunk 3 that makes `b`, hunk 4 that is no text in `c`.
    fn walk() -> Walk {
        let state = |text: &'static str| {
            Some(FileState { bytes: Bytes::from(text), executable: false, ..FileState::default() })
        };
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n";
        let after = "one\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\nfourteen\n";
        let file = |path: &str, before, after| FileChange { path: path.into(), before, after };
        Walk::new(&ChangeSet {
            files: vec![
                file("/a", state(before), state(after)),
                file("/b", None, state("b\n")),
                file("/c", state("\0"), state("\0\0")),
            ],
        })
    }

    /// Presses keys one by one and wants this of the hunks in the end.
    #[track_caller]
    fn check(keys: &str, wanted: &[&str]) {
        let mut walk = walk();
        for key in keys.chars() {
            match walk.press(key) {
                Next::Edit => drop(walk.edited("text\n".to_owned())),
                Next::Comment => walk.comment("why"),
                Next::Show | Next::Say(_) | Next::Done => {}
            }
        }
        let show = |review: &HunkReview| {
            let choice = match &review.choice {
                Choice::Accept => "yes".to_owned(),
                Choice::Reject => "no".to_owned(),
                Choice::Edit { text } => format!("edit {text:?}"),
                Choice::Lines { accept, reject } => format!("{accept:?} {reject:?}"),
            };
            format!("{} {choice} {}", review.hunk, review.comment).trim_end().to_owned()
        };
        let mut shown: Vec<String> = walk.reviews().iter().map(show).collect();
        shown.extend(walk.comments_on_open().iter().map(|(hunk, words)| format!("{hunk} {words}")));
        assert_eq!(shown, wanted, "{keys}");
    }

    #[test]
    fn keys_decide_as_in_git() {
        check("ynyn", &["1 yes", "2 no", "3 yes", "4 no"]);
        check("yq", &["1 yes"]);
        check("q", &[]);
        check("dy", &["1 no", "2 no", "3 yes"]);
        check("na", &["1 no", "2 yes"]);
        check("xz? y", &["1 yes"]);
        check("jy", &["2 yes"]);
        check("jky", &["1 yes"]);
        // Whoever comes to the end is asked again for what was passed over.
        check("jyyyn", &["1 no", "2 yes", "3 yes", "4 yes"]);
        check("e", &["1 edit \"text\\n\""]);
        check("yyyen", &["1 yes", "2 yes", "3 yes", "4 no"]);
        check("cncc", &["1 no why", "2 why why"]);
    }

    #[test]
    fn a_split_hunk_is_decided_by_its_parts() {
        check("syn", &["1 {0, 1} {3, 4}"]);
        check("sy", &["1 {0, 1} {}"]);
        check("sjn", &["1 {} {3, 4}"]);
        check("syy", &["1 yes"]);
        check("snn", &["1 no"]);
        check("sen", &["1 {} {0, 1}"]);
        check("sa", &["1 yes", "2 yes"]);
        check("sscn", &["1 {} {0, 1} why"]);
    }

    #[test]
    fn only_what_can_be_done_is_offered() {
        let mut walk = walk();
        let mut keys = Vec::new();
        for _ in 0..4 {
            keys.push(walk.keys().into_iter().collect::<String>());
            walk.press('y');
        }
        assert_eq!(keys, ["ynadsecjq?", "ynadecjq?", "ynadecjq?", "ynadcq?"]);
    }

    #[test]
    fn a_part_is_shown_with_the_lines_around_it() {
        let mut walk = walk();
        walk.press('s');
        assert_eq!(walk.hunk().unwrap().to_string(), "@@ -1,6 +1,6 @@ (part 1 of 2)\n-1\n+one\n 2");
        walk.press('y');
        let text = walk.hunk().unwrap().to_string();
        assert!(text.ends_with("(part 2 of 2)\n 2\n-3\n+three\n 4\n 5\n 6"), "{text}");
    }
}
