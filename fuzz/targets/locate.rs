//! Any bytes as a file, and hunks made of its lines, whole or a little wrong, put where they belong.
#![no_main]
use arbitrary::Arbitrary;
use bowline::patch::{self, Edit, EditHunk, EditLine};
use bowline_fuzz::{check_only_hunks_differ, lines, state};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Case<'a> {
    has_mark: bool,
    file: Vec<(Content<'a>, End)>,
    is_cut: bool,
    change: Change<'a>,
}

#[derive(Debug, Arbitrary)]
enum Change<'a> {
    Hunks(Vec<Piece<'a>>),
    Replace { start: u16, length: u16, new: Content<'a>, all: bool },
    Overwrite(Vec<(Content<'a>, End)>),
}

#[derive(Debug, Arbitrary)]
enum Content<'a> {
    Word(u8),
    Text(&'a str),
    Bytes(&'a [u8]),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum End {
    Lf,
    CrLf,
    Cr,
}

/// Lines of the file from `start` on, and what becomes of each.
#[derive(Debug, Arbitrary)]
struct Piece<'a> {
    anchors: Vec<(u16, Wrong)>,
    start: u16,
    lines: Vec<(Fate<'a>, Wrong)>,
    at_end_of_file: bool,
    final_newline: Option<bool>,
}

#[derive(Debug, Arbitrary)]
enum Fate<'a> {
    Keep,
    Remove,
    Add(Content<'a>),
    KeepAnother(Content<'a>),
}

/// What a model gets wrong about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Arbitrary)]
enum Wrong {
    Nothing,
    NothingEither,
    Indented,
    Tabbed,
    Trimmed,
    Trailing,
    Dashed,
}

const WORDS: [&str; 16] = [
    "",
    "a",
    "b",
    "}",
    "{",
    "fn a() {",
    "    b();",
    "\tb();",
    "  ",
    "else {",
    "# A",
    "[x]",
    "caf\u{e9}",
    "\u{2013} say \u{201c}a\u{201d}",
    "-- x",
    "@@",
];

fuzz_target!(|case: Case<'_>| {
    let mut file: Vec<u8> = if case.has_mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
    write_lines(&mut file, &case.file);
    if case.is_cut {
        file.pop();
    }
    match &case.change {
        Change::Hunks(pieces) => check_hunks(&file, pieces),
        Change::Replace { start, length, new, all } => {
            check_replacement(&file, *start, *length, &new.text(), *all);
        }
        Change::Overwrite(lines) => check_overwriting(&file, lines),
    }
});

fn check_hunks(file: &[u8], pieces: &[Piece<'_>]) {
    let shown = shown_lines(file);
    let hunks: Vec<EditHunk> = pieces.iter().map(|piece| piece.hunk(&shown)).collect();
    let before = state(file);
    let edit = Edit::Update { hunks, move_to: None };
    let located = patch::locate("a", Some(&before), &edit);
    let Edit::Update { hunks, .. } = edit else { return };
    if let Ok(located) = &located {
        let after = located.after.as_ref().expect("an update deletes nothing");
        assert_ne!(after.bytes, before.bytes, "nothing was changed");
        assert_eq!(after.executable, before.executable);
        check_only_hunks_differ(file, &after.bytes, &hunks);
    }
    let ([piece], [hunk]) = (pieces, hunks.as_slice()) else { return };
    if let Some(wanted) = piece.plainly_made(hunk, &shown, file) {
        match located {
            Ok(located) => {
                let after = located.after.expect("an update deletes nothing");
                assert_eq!(shown_lines(&after.bytes), wanted);
                assert!(located.notes.is_empty(), "{:?}", located.notes);
            }
            Err(error) => assert_eq!(shown, wanted, "{error}"),
        }
    }
}

/// Text that stands there once is replaced, and nothing else.
fn check_replacement(file: &[u8], start: u16, length: u16, new: &str, all: bool) {
    // A byte order mark is no part of the text.
    let text = String::from_utf8_lossy(file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file));
    let old: String =
        text.chars().skip(usize::from(start)).take(usize::from(length % 64)).collect();
    let edit = Edit::Replace { old: old.clone(), new: new.to_owned(), all };
    let located = patch::locate("a", Some(&state(file)), &edit);
    let is_plain = !file.contains(&b'\r') && !new.contains('\r') && !file.contains(&0);
    if let Ok(text) = std::str::from_utf8(file)
        && is_plain
        && !old.is_empty()
        && old != new
    {
        // Places that overlap count, too: which of them is meant is not known.
        let stands = |(at, _): &(usize, char)| text[*at..].starts_with(&old);
        let found = text.char_indices().filter(stands).count();
        match located {
            Ok(located) => {
                assert!(found == 1 || all, "{found} places");
                let after = located.after.expect("a replacement deletes nothing");
                assert_eq!(after.bytes, text.replace(&old, new).as_bytes());
            }
            Err(error) => assert!(found == 0 || (found > 1 && !all), "{error}"),
        }
    }
}

fn check_overwriting(file: &[u8], lines: &[(Content<'_>, End)]) {
    let mut text = Vec::new();
    write_lines(&mut text, lines);
    let text = String::from_utf8_lossy(&text).into_owned();
    let edit = Edit::Overwrite { text: text.clone() };
    if let Ok(located) = patch::locate("a", Some(&state(file)), &edit) {
        let after = located.after.expect("a new text deletes nothing");
        if located.notes.is_empty() {
            assert_eq!(after.bytes, text.as_bytes());
        }
    }
}

impl Piece<'_> {
    fn hunk(&self, shown: &[String]) -> EditHunk {
        let line = |index: usize| shown.get(index).cloned().unwrap_or_default();
        let mut next = usize::from(self.start) % (shown.len() + 1);
        let mut made = Vec::new();
        for (fate, wrong) in &self.lines {
            made.push(match fate {
                Fate::Keep => EditLine::Keep(wrong.made_of(&line(next))),
                Fate::Remove => EditLine::Remove(wrong.made_of(&line(next))),
                Fate::Add(content) => EditLine::Add(content.line()),
                Fate::KeepAnother(content) => EditLine::Keep(content.line()),
            });
            next += usize::from(matches!(fate, Fate::Keep | Fate::Remove));
        }
        let anchor = |(index, wrong): &(u16, Wrong)| {
            wrong.made_of(&line(usize::from(*index) % (shown.len() + 1)))
        };
        EditHunk {
            anchors: self.anchors.iter().map(anchor).collect(),
            lines: made,
            at_end_of_file: self.at_end_of_file,
            final_newline: self.final_newline,
            ..EditHunk::default()
        }
    }

    /// The lines after a hunk whose own lines stand in a UTF-8 file exactly once; there it has to be found.
    fn plainly_made(&self, hunk: &EditHunk, shown: &[String], file: &[u8]) -> Option<Vec<String>> {
        // Without a line feed at its end, a file has no place for an empty last line.
        let is_text =
            std::str::from_utf8(file).is_ok() && !file.contains(&0) && file.ends_with(b"\n");
        if !is_text
            || !hunk.anchors.is_empty()
            || hunk.at_end_of_file
            || hunk.final_newline.is_some()
        {
            return None;
        }
        let wanted: Vec<&String> = hunk
            .lines
            .iter()
            .filter_map(|line| match line {
                EditLine::Keep(line) | EditLine::Remove(line) => Some(line),
                EditLine::Add(_) => None,
            })
            .collect();
        let last = shown.len().checked_sub(wanted.len())?;
        let stands =
            |start: &usize| wanted.iter().copied().eq(&shown[*start..start + wanted.len()]);
        let found: Vec<usize> = (0..=last).filter(stands).collect();
        let [start] = found[..] else { return None };
        if wanted.is_empty() {
            return None;
        }
        let mut made = shown[..start].to_vec();
        for line in &hunk.lines {
            match line {
                EditLine::Keep(line) | EditLine::Add(line) => made.push(line.clone()),
                EditLine::Remove(_) => {}
            }
        }
        made.extend_from_slice(&shown[start + wanted.len()..]);
        Some(made)
    }
}

impl Content<'_> {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Word(number) => WORDS[usize::from(*number) % WORDS.len()].as_bytes().to_vec(),
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Bytes(bytes) => bytes.to_vec(),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// As a patch could hold it: one line without its end.
    fn line(&self) -> String {
        self.text().replace('\n', "").trim_end_matches('\r').to_owned()
    }
}

impl Wrong {
    fn made_of(self, line: &str) -> String {
        match self {
            Self::Nothing | Self::NothingEither => line.to_owned(),
            Self::Indented => format!("    {line}"),
            Self::Tabbed => line.replace("    ", "\t"),
            Self::Trimmed => line.trim().to_owned(),
            Self::Trailing => format!("{line}  "),
            Self::Dashed => line.replace('\u{2013}', "-").replace(['\u{201c}', '\u{201d}'], "\""),
        }
    }
}

fn write_lines(text: &mut Vec<u8>, lines: &[(Content<'_>, End)]) {
    for (content, end) in lines {
        text.extend_from_slice(&content.bytes());
        text.extend_from_slice(match end {
            End::Lf => b"\n",
            End::CrLf => b"\r\n",
            End::Cr => b"\r",
        });
    }
}

/// As a model sees them: without mark and line ends.
fn shown_lines(file: &[u8]) -> Vec<String> {
    let text = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let bare = |line: &[u8]| {
        let line =
            line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        String::from_utf8_lossy(line).into_owned()
    };
    lines(text).into_iter().map(bare).collect()
}
