//! Any change reviewed hunk by hunk, in parts and by hand: what is written is what splicing the choices by their numbers
//! gives, and what stays open is the rest.
#![no_main]
use std::{collections::BTreeSet, ops::Range, path::Path};

use arbitrary::Arbitrary;
use bowline::{
    patch::{self, Unnamed},
    protocol::{ChangeSet, Choice, FileChange, FileState, Hunk, HunkReview, LineKind, Selection},
};
use bowline_fuzz::{Edit, Line, Naming, check_laws, edited, ranges, state};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Case<'a> {
    form: Form,
    before: Option<Vec<Line<'a>>>,
    edits: Option<Vec<Edit<'a>>>,
    /// Which lines end in CRLF.
    crlf: u64,
    is_cut: (bool, bool),
    executable: (bool, bool),
    decisions: Vec<Decision<'a>>,
    stays_open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
enum Form {
    /// UTF-8 in which all lines end in LF.
    Plain,
    Utf8,
    Utf16Le,
    Utf16Be,
    Latin1,
}

#[derive(Debug, Arbitrary)]
enum Decision<'a> {
    Accept,
    Reject,
    Open,
    Lines {
        accept: u64,
        reject: u64,
    },
    /// In an editor: which removed lines stay, and which added ones go.
    ByHand(u64),
    Edit {
        new: Vec<Line<'a>>,
        is_cut: bool,
    },
}

fuzz_target!(|case: Case<'_>| {
    let before = case.before();
    let after = case.after();
    let file = FileChange {
        path: Path::new("/a").to_owned(),
        before: case.before.as_ref().map(|_| case.state(&before, case.executable.0)),
        after: case.edits.as_ref().map(|_| case.state(&after, case.executable.1)),
    };
    if file.before == file.after {
        return;
    }
    let set = ChangeSet { files: vec![file] };
    check_laws(&set);
    let hunks = patch::hunks(&set);
    check_shown(&hunks);
    let texts = Texts { file: &set.files[0], old: &before, new: &after, form: case.form };
    let unnamed = if case.stays_open { Unnamed::StayOpen } else { Unnamed::Rejected };
    let mut reviews = Vec::new();
    let (mut written, mut kept) = (Spliced::of(&texts), Spliced::of(&texts));
    for (index, hunk) in hunks.iter().enumerate() {
        let decision = case.decisions.get(index).unwrap_or(&Decision::Open);
        let choice = texts.choice(hunk, decision);
        let [now, later] = texts.sides(hunk, choice.as_ref(), unnamed);
        written.push(&texts, hunk, now);
        kept.push(&texts, hunk, later);
        reviews.extend(choice.map(|choice| HunkReview {
            hunk: hunk.number,
            choice,
            comment: String::new(),
        }));
    }
    let (written, kept) = (written.ended(&texts), kept.ended(&texts));
    let reviewed =
        patch::review(&set, &Selection::Each(reviews), unnamed).expect("choices that can be made");
    let path = Path::new("/a");
    let made = reviewed.accepted.get(path).map_or(&texts.file.before, |file| &file.after);
    assert_eq!(made, &written, "what is written");
    let rest = reviewed.left.get(path).map_or(made, |file| &file.after);
    assert_eq!(rest, &kept, "what is left");
    let told = patch::told(&set, &reviewed, &|path| path.display().to_string());
    assert!(told.len() < 25_000);
});

/// What is marked in a line lies in it, in order, and only in lines that are not the same in both texts.
fn check_shown(hunks: &[Hunk]) {
    for hunk in hunks {
        for line in &hunk.lines {
            let mut end = 0;
            for range in &line.changed {
                assert!(range.start >= end && range.end > range.start, "{:?}", line.changed);
                assert!(line.text.get(range.clone()).is_some(), "{:?}", line.changed);
                end = range.end;
            }
            assert!(line.kind != LineKind::Context || line.changed.is_empty());
        }
        let changed = changed_lines(hunk);
        let groups = hunk.groups();
        assert_eq!(groups.iter().flatten().copied().collect::<BTreeSet<usize>>(), changed);
        for pair in groups.windows(2) {
            let (above, below) =
                (pair[0].last().expect("a line"), pair[1].first().expect("a line"));
            assert!(above + 1 < *below, "groups touch");
        }
    }
}

fn changed_lines(hunk: &Hunk) -> BTreeSet<usize> {
    let changed = |index: &usize| hunk.lines[*index].kind != LineKind::Context;
    (0..hunk.lines.len()).filter(changed).collect()
}

impl Case<'_> {
    fn before(&self) -> Vec<Vec<u8>> {
        let lines: Vec<String> = self.before.iter().flatten().map(Line::text).collect();
        self.written(&lines, self.is_cut.0)
    }

    fn after(&self) -> Vec<Vec<u8>> {
        let Some(edits) = &self.edits else { return Vec::new() };
        let lines: Vec<String> = self.before.iter().flatten().map(Line::text).collect();
        self.written(&edited(&lines, edits, Naming::Bare), self.is_cut.1)
    }

    /// Each line with its end, in bytes.
    fn written(&self, lines: &[String], is_cut: bool) -> Vec<Vec<u8>> {
        let end = |index: usize| match self.form {
            Form::Plain => "\n",
            Form::Utf8 | Form::Utf16Le | Form::Utf16Be | Form::Latin1 => {
                if self.crlf >> (index % 64) & 1 == 1 { "\r\n" } else { "\n" }
            }
        };
        let line =
            |(index, line): (usize, &String)| self.form.bytes(&format!("{line}{}", end(index)));
        let mut lines: Vec<Vec<u8>> = lines.iter().enumerate().map(line).collect();
        if let Some(last) = lines.last_mut().filter(|_| is_cut) {
            last.truncate(last.len() - self.form.width());
            if last.is_empty() {
                lines.pop();
            }
        }
        if let (Form::Utf16Le | Form::Utf16Be, Some(first)) = (self.form, lines.first_mut()) {
            first.splice(0..0, self.form.bytes("\u{feff}"));
        }
        lines
    }

    fn state(&self, lines: &[Vec<u8>], executable: bool) -> FileState {
        FileState { executable, ..state(&lines.concat()) }
    }
}

impl Form {
    fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Plain | Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Latin1 => {
                text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()
            }
        }
    }

    fn width(self) -> usize {
        self.bytes("\n").len()
    }
}

/// Both texts as lines in bytes.
struct Texts<'a> {
    file: &'a FileChange,
    old: &'a [Vec<u8>],
    new: &'a [Vec<u8>],
    form: Form,
}

/// What stands in place of a hunk.
#[derive(Clone)]
enum Side {
    Old,
    New,
    Bytes(Vec<u8>),
}

impl Texts<'_> {
    fn is_update(&self) -> bool {
        self.file.before.is_some() && self.file.after.is_some()
    }

    /// The decision as far as it can be made of this hunk.
    fn choice(&self, hunk: &Hunk, decision: &Decision<'_>) -> Option<Choice> {
        let is_text = hunk.header.starts_with("@@");
        let is_plain = self.form == Form::Plain && is_text;
        match decision {
            Decision::Reject => Some(Choice::Reject),
            Decision::Open => None,
            Decision::Lines { accept, reject } if is_text && self.is_update() => {
                let chosen = |mask: &u64| -> BTreeSet<usize> {
                    changed_lines(hunk).into_iter().filter(|index| is_set(*mask, *index)).collect()
                };
                let accept = chosen(accept);
                let reject = chosen(reject).difference(&accept).copied().collect();
                Some(Choice::Lines { accept, reject })
            }
            Decision::ByHand(mask) if is_plain && self.file.after.is_some() => {
                let new =
                    patch::by_hand(hunk, &by_hand(hunk, *mask)).expect("its old side is untouched");
                assert_eq!(
                    new.is_none(),
                    hunk.lines.iter().enumerate().all(|(index, line)| {
                        line.kind == LineKind::Added && is_set(*mask, index)
                    })
                );
                Some(new.map_or(Choice::Reject, |text| Choice::Edit { text }))
            }
            Decision::Edit { new, is_cut } if is_plain && self.file.after.is_some() => {
                let mut text: String =
                    new.iter().flat_map(|line| [line.text(), "\n".to_owned()]).collect();
                if *is_cut {
                    text.pop();
                }
                Some(Choice::Edit { text })
            }
            Decision::Accept
            | Decision::Lines { .. }
            | Decision::ByHand(_)
            | Decision::Edit { .. } => Some(Choice::Accept),
        }
    }

    /// What is to stand in place of the hunk now, and once all that is open is accepted.
    fn sides(&self, hunk: &Hunk, choice: Option<&Choice>, unnamed: Unnamed) -> [Side; 2] {
        let open = match unnamed {
            Unnamed::Rejected => Side::Old,
            Unnamed::StayOpen => Side::New,
        };
        match choice {
            None => [Side::Old, open],
            Some(Choice::Accept) => [Side::New, Side::New],
            Some(Choice::Reject) => [Side::Old, Side::Old],
            Some(Choice::Lines { accept, reject }) => {
                let kept = match unnamed {
                    Unnamed::Rejected => accept.clone(),
                    Unnamed::StayOpen => changed_lines(hunk).difference(reject).copied().collect(),
                };
                [accept, &kept].map(|chosen| Side::Bytes(self.with_lines(hunk, chosen)))
            }
            Some(Choice::Edit { text }) => {
                let (is_first, is_last) = match self.is_update() {
                    true => {
                        let lines = ranges(&hunk.header).0;
                        (lines.start == 0, lines.end == self.old.len())
                    }
                    false => (true, true),
                };
                // A byte order mark stays, whether the text has it or not.
                const MARK: &str = "\u{feff}";
                let has_mark =
                    self.new.first().is_some_and(|line| line.starts_with(MARK.as_bytes()));
                let mark = if is_first && has_mark { MARK } else { "" };
                let text = text.strip_prefix(mark).unwrap_or(text);
                let mut bytes = [mark, text].concat().into_bytes();
                if !is_last && !text.is_empty() && !text.ends_with('\n') {
                    bytes.push(b'\n');
                }
                [Side::Bytes(bytes.clone()), Side::Bytes(bytes)]
            }
        }
    }

    /// The hunk with the chosen of its changed lines alone.
    fn with_lines(&self, hunk: &Hunk, chosen: &BTreeSet<usize>) -> Vec<u8> {
        let feed = self.form.bytes("\n");
        let (old, new) = ranges(&hunk.header);
        let (mut old, mut new) = (self.old[old].iter(), self.new[new].iter());
        let mut bytes: Vec<u8> = Vec::new();
        let mut is_ended = true;
        for (index, line) in hunk.lines.iter().enumerate() {
            let line_of_old = if line.kind == LineKind::Added { None } else { old.next() };
            let line_of_new = if line.kind == LineKind::Removed { None } else { new.next() };
            let stays = match line.kind {
                LineKind::Context => line_of_old,
                LineKind::Removed => line_of_old.filter(|_| !chosen.contains(&index)),
                LineKind::Added => line_of_new.filter(|_| chosen.contains(&index)),
            };
            let Some(stays) = stays else { continue };
            if !is_ended {
                bytes.extend_from_slice(&feed);
            }
            bytes.extend_from_slice(stays);
            is_ended = stays.ends_with(&feed) && stays.len() % feed.len() == 0;
        }
        bytes
    }
}

/// As somebody leaves the hunk in an editor: some lines stay that were to go, others are dropped that were to come.
fn by_hand(hunk: &Hunk, mask: u64) -> String {
    let mut text = String::from("# A word before it.\n");
    for (index, line) in hunk.lines.iter().enumerate() {
        let shown = line.to_string();
        match (line.kind, is_set(mask, index)) {
            (LineKind::Added, true) => continue,
            (LineKind::Removed, true) => text.extend([" ", &shown[1..]]),
            (LineKind::Added | LineKind::Removed, false) | (LineKind::Context, _) => {
                text.push_str(&shown)
            }
        }
        text.push('\n');
    }
    text
}

fn is_set(mask: u64, index: usize) -> bool {
    mask >> (index % 64) & 1 == 1
}

/// A file on its way, made of the sides of its hunks.
struct Spliced {
    bytes: Vec<u8>,
    next: usize,
    /// Of a file that comes or goes, or is no text.
    whole: Option<Option<FileState>>,
    executable: bool,
    has_text: bool,
}

impl Spliced {
    fn of(texts: &Texts<'_>) -> Self {
        let executable = texts.file.before.as_ref().is_some_and(|state| state.executable);
        Self { bytes: Vec::new(), next: 0, whole: None, executable, has_text: false }
    }

    fn push(&mut self, texts: &Texts<'_>, hunk: &Hunk, side: Side) {
        let file = texts.file;
        if !texts.is_update() {
            let made = |bytes: Vec<u8>| {
                let executable = file.after.as_ref().is_some_and(|after| after.executable);
                Some(FileState { executable, ..state(&bytes) })
            };
            self.whole = Some(match side {
                Side::Old => file.before.clone(),
                Side::New => file.after.clone(),
                Side::Bytes(bytes) => made(bytes),
            });
            return;
        }
        match (hunk.header.starts_with("@@"), side) {
            (true, side) => {
                self.has_text = true;
                let (old, new): (Range<usize>, Range<usize>) = ranges(&hunk.header);
                self.bytes.extend(texts.old[self.next..old.start].concat());
                self.next = old.end;
                self.bytes.extend(match side {
                    Side::Old => texts.old[old].concat(),
                    Side::New => texts.new[new].concat(),
                    Side::Bytes(bytes) => bytes,
                });
            }
            (false, Side::New) if hunk.header.starts_with("binary") => {
                self.whole = Some(file.after.clone());
            }
            (false, Side::New) => self.executable = !self.executable,
            (false, Side::Old | Side::Bytes(_)) => {}
        }
    }

    fn ended(mut self, texts: &Texts<'_>) -> Option<FileState> {
        let before = texts.file.before.clone();
        if !texts.is_update() {
            return self.whole.unwrap_or(before);
        }
        let bytes = match (self.whole, self.has_text) {
            (Some(whole), _) => whole.map(|state| state.bytes.to_vec()).unwrap_or_default(),
            (None, true) => {
                self.bytes.extend(texts.old[self.next..].concat());
                self.bytes
            }
            (None, false) => before.map(|state| state.bytes.to_vec()).unwrap_or_default(),
        };
        Some(FileState { executable: self.executable, ..state(&bytes) })
    }
}
