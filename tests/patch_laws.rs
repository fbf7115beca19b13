//! What holds of texts in every encoding: chosen hunks are what splicing gives, and an edit changes its own lines alone.
use std::{collections::BTreeSet, ops::Range, path::Path};

use bowline::{
    patch::{self, Edit, EditHunk, EditLine, Encoding, FileEdit, Patch},
    protocol::{ChangeSet, FileChange, FileState},
};
use bytes::Bytes;
use proptest::prelude::*;

/// How a text is written, apart from what the crate thinks of it.
#[derive(Debug, Clone, Copy)]
enum Form {
    Utf8 { mark: bool },
    Utf16Le,
    Utf16Be,
    Legacy(&'static str),
}

const FORMS: [(Form, &str); 8] = [
    (Form::Utf8 { mark: false }, "aé漢\u{1f600} "),
    (Form::Utf8 { mark: true }, "aé漢\u{1f600} "),
    // Units with the bytes of a line feed in them.
    (Form::Utf16Le, "aé\u{10a}\u{a0a}\u{1f600} "),
    (Form::Utf16Be, "aé\u{10a}\u{a0a}\u{1f600} "),
    (Form::Legacy("windows-1252"), "aéüß€ "),
    (Form::Legacy("gbk"), "a这是一个测试文件 "),
    // Characters whose second byte is a backslash, too.
    (Form::Legacy("shift_jis"), "aこれは表能ソト "),
    (Form::Legacy("koi8-r"), "aпривет "),
];

impl Form {
    fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 { .. } => text.as_bytes().to_vec(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Legacy(label) => {
                let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
                let (bytes, _, is_lossy) = encoding.encode(text);
                assert!(!is_lossy, "{label}: {text}");
                bytes.into_owned()
            }
        }
    }

    fn mark(self) -> Vec<u8> {
        match self {
            Self::Utf8 { mark: false } | Self::Legacy(_) => Vec::new(),
            Self::Utf8 { mark: true } | Self::Utf16Le | Self::Utf16Be => self.bytes("\u{feff}"),
        }
    }
}

/// A line's text and how it ends.
type Line = (String, &'static str);

#[derive(Debug, Clone)]
struct Written {
    form: Form,
    lines: Vec<Line>,
}

impl Written {
    /// The bytes of each line with its end; the mark is the first's.
    fn lines(&self) -> Vec<Vec<u8>> {
        let mut lines: Vec<Vec<u8>> =
            self.lines.iter().map(|(text, end)| self.form.bytes(&[text, *end].concat())).collect();
        if let Some(first) = lines.first_mut() {
            first.splice(0..0, self.form.mark());
        }
        lines
    }

    fn with(&self, lines: Vec<Line>) -> Self {
        Self { form: self.form, lines }
    }
}

fn line_in(letters: &'static str) -> impl Strategy<Value = Line> {
    let letters: Vec<char> = letters.chars().collect();
    let text = prop::collection::vec(prop::sample::select(letters), 0..4);
    let end = prop_oneof![3 => Just("\n"), 1 => Just("\r\n")];
    (text, end).prop_map(|(text, end)| (text.into_iter().collect(), end))
}

fn texts(lines: Range<usize>) -> impl Strategy<Value = Written> {
    (prop::sample::select(&FORMS[..]), any::<bool>()).prop_flat_map(
        move |((form, letters), is_cut)| {
            prop::collection::vec(line_in(letters), lines.clone()).prop_map(move |mut lines| {
                if let Some((text, end)) = lines.last_mut().filter(|_| is_cut) {
                    // What ends bare and empty is no line.
                    text.push('x');
                    *end = "";
                }
                Written { form, lines }
            })
        },
    )
}

/// A text and what edits at some places make of it: lines go, and others come in their place.
fn edited() -> impl Strategy<Value = (Written, Written)> {
    let edit = (any::<prop::sample::Index>(), 0_usize..3, prop::collection::vec("[ab]{1,2}", 0..3));
    (texts(1..60), prop::collection::vec(edit, 1..5), any::<bool>()).prop_map(
        |(before, edits, ends_bare)| {
            let mut lines = before.lines.clone();
            for (at, gone, new) in edits {
                let at = at.index(lines.len() + 1);
                let end = lines.len().min(at + gone);
                lines.splice(at..end, new.into_iter().map(|line| (line, "\n")));
            }
            let last = lines.len().saturating_sub(1);
            for (index, (text, end)) in lines.iter_mut().enumerate() {
                if index < last && end.is_empty() {
                    *end = "\n";
                } else if index == last && ends_bare {
                    text.push('x');
                    *end = "";
                }
            }
            let after = before.with(lines);
            (before, after)
        },
    )
}

fn state(lines: &[Vec<u8>]) -> Option<FileState> {
    Some(FileState {
        bytes: Bytes::from(lines.concat()),
        executable: false,
        ..FileState::default()
    })
}

fn set(before: Option<FileState>, after: Option<FileState>) -> ChangeSet {
    ChangeSet { files: vec![FileChange { path: "/a".into(), before, after }] }
}

/// The lines of both texts that a hunk's header is about.
fn ranges(header: &str) -> (Range<usize>, Range<usize>) {
    let range = |written: &str| {
        let (start, count) = written[1..].split_once(',').unwrap_or((&written[1..], "1"));
        let (start, count): (usize, usize) = (start.parse().unwrap(), count.parse().unwrap());
        let first = if count == 0 { start } else { start - 1 };
        first..first + count
    };
    let (old, new) = header.trim_matches(['@', ' ']).split_once(' ').unwrap();
    (range(old), range(new))
}

/// Every choice among a few hunks, some among many.
fn choices(count: usize, seed: u64) -> Vec<BTreeSet<usize>> {
    let masks = if count <= 4 { (0..1 << count).collect() } else { vec![0, seed, !seed, u64::MAX] };
    let chosen =
        |mask: u64| (1..=count).filter(|number| mask >> ((number - 1) % 64) & 1 == 1).collect();
    masks.into_iter().map(chosen).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_choice_of_hunks_is_what_splicing_them_gives((before, after) in edited(), seed in any::<u64>()) {
        let (old, new) = (before.lines(), after.lines());
        prop_assume!(old.concat() != new.concat());
        let set = set(state(&old), state(&new));
        let hunks = patch::hunks(&set);
        for chosen in choices(hunks.len(), seed) {
            let (mut wanted, mut next) = (Vec::new(), 0);
            for hunk in &hunks {
                let is_text = hunk.header.starts_with('@');
                let (gone, come) = if is_text { ranges(&hunk.header) } else { (0..old.len(), 0..new.len()) };
                wanted.extend_from_slice(&old[next..gone.start]);
                let is_chosen = chosen.contains(&hunk.number);
                wanted.extend_from_slice(if is_chosen { &new[come] } else { &old[gone.clone()] });
                next = gone.end;
            }
            wanted.extend_from_slice(&old[next..]);

            let selected = patch::select(&set, &chosen).unwrap();
            let made = selected.files.first().map_or(set.files[0].before.clone(), |file| file.after.clone());
            prop_assert_eq!(&made, &state(&wanted), "hunks {:?} of {:?}", &chosen, &hunks);

            // What is left makes the rest of the change, and both are taken back by their inverse.
            let rest = self::set(made.clone(), set.files[0].after.clone());
            prop_assert_eq!(selected.clone().then(rest), set.clone());
            prop_assert_eq!(selected.inverted().inverted(), selected.clone());
            prop_assert!(selected.clone().then(selected.inverted()).is_empty());
        }
    }

    /// A model sends lines as it was shown them. Whatever encoding they were taken for, their bytes are those of the file.
    #[test]
    fn a_line_sent_as_it_was_shown_is_written_in_its_own_bytes(
        text in texts(1..30),
        at in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        more in 0_usize..3,
    ) {
        // Numbers make the lines unlike, and the white space at their ends none.
        let numbered = |(index, (text, end)): (usize, &Line)| (format!("{index}: {text}."), *end);
        let text = text.with(text.lines.iter().enumerate().map(numbered).collect());
        let (at, from) = (at.index(text.lines.len()), from.index(text.lines.len()));
        let end = text.lines[at].1;
        let more = if end.is_empty() { 0 } else { more };
        let bytes = text.lines().concat();
        let encoding = Encoding::of(&bytes).unwrap();
        let shown: Vec<String> = encoding.text(&bytes).lines().map(str::to_owned).collect();

        let mut lines = vec![EditLine::Remove(shown[at].clone()), EditLine::Add(format!("{} x", shown[from]))];
        lines.extend((0..more).map(|_| EditLine::Add(shown[from].clone())));
        let hunk = EditHunk { lines, ..EditHunk::default() };
        let edit = Edit::Update { hunks: vec![hunk], move_to: None };
        let patch = Patch { edits: vec![FileEdit { path: "a".into(), edit }] };
        let before = Some(FileState { bytes: bytes.clone().into(), executable: true, ..FileState::default() });
        let drafted = patch::draft(&patch, &|_| Ok((Path::new("/a").to_owned(), before.clone())));

        let copied = &text.lines[from].0;
        let mut wanted = text.lines.clone();
        wanted.splice(at..=at, std::iter::once((format!("{copied} x"), end)).chain((0..more).map(|_| (copied.clone(), end))));
        match drafted {
            Ok(draft) => {
                let after = draft.set.files[0].after.clone().unwrap();
                prop_assert_eq!(after.bytes, text.with(wanted).lines().concat(), "{}", encoding.name());
                prop_assert!(after.executable);
            }
            // Bytes that nobody could be shown can't be sent.
            Err(error) => {
                prop_assert_eq!(encoding, Encoding::Mixed, "{}", error);
                prop_assert!(error.message.contains("U+FFFD"), "{}", error);
            }
        }
    }
}
