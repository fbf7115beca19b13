//! Any bytes as text: what is read is written back as the same bytes, and an edit leaves all others alone.
#![no_main]
use std::path::Path;

use arbitrary::Arbitrary;
use bowline::{
    patch::{self, Edit, EditHunk, EditLine, Encoding},
    protocol::{ChangeSet, FileChange},
};
use bowline_fuzz::{check_laws, state};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Case<'a> {
    form: Form,
    has_mark: bool,
    lines: Vec<(Content<'a>, End)>,
    is_cut: bool,
    /// The line that is changed, and what is put behind it.
    at: u16,
    more: Content<'a>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Form {
    Utf8,
    Utf16Le,
    Utf16Be,
    Legacy(u8),
}

#[derive(Debug, Arbitrary)]
enum Content<'a> {
    Text(&'a str),
    /// Out of characters that the encodings below have.
    Letters(&'a [u8]),
    /// Whatever they are in the form.
    Bytes(&'a [u8]),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum End {
    Lf,
    CrLf,
    Cr,
}

const LEGACY: [&encoding_rs::Encoding; 12] = [
    encoding_rs::WINDOWS_1252,
    encoding_rs::WINDOWS_1251,
    encoding_rs::WINDOWS_1250,
    encoding_rs::KOI8_U,
    encoding_rs::SHIFT_JIS,
    encoding_rs::EUC_JP,
    encoding_rs::EUC_KR,
    encoding_rs::GBK,
    encoding_rs::GB18030,
    encoding_rs::BIG5,
    encoding_rs::WINDOWS_1255,
    encoding_rs::IBM866,
];

const LETTERS: [char; 24] = [
    'a', 'b', ' ', '\t', '{', '\\', 'é', 'ü', 'ß', '€', 'п', 'р', 'и', 'ř', 'ž', 'こ', '表', 'ソ',
    '这', '是', '漢', '안', '\u{10a}', '\u{a0a}',
];

fuzz_target!(|case: Case<'_>| {
    let mut bytes = if case.has_mark { case.form.bytes("\u{feff}").to_vec() } else { Vec::new() };
    for (content, end) in &case.lines {
        bytes.extend(content.bytes(case.form));
        bytes.extend(case.form.bytes(end.text()));
    }
    if case.is_cut {
        bytes.pop();
    }
    let encoding = Encoding::of(&bytes);
    assert_eq!(encoding, Encoding::of(&bytes.clone()), "the same bytes are in one encoding");
    let Ok(encoding) = encoding else { return };
    let text = encoding.text(&bytes).into_owned();
    check_round_trip(&bytes, encoding, &text);
    check_edit(&bytes, encoding, usize::from(case.at), &case.more.text());
});

/// The whole text written over the file is the file.
fn check_round_trip(bytes: &[u8], encoding: Encoding, text: &str) {
    let is_lossy = encoding == Encoding::Mixed;
    // A second mark is taken for the one that the text was shown without.
    if is_lossy || text.starts_with('\u{feff}') {
        return;
    }
    let overwritten =
        patch::locate("a", Some(&state(bytes)), &Edit::Overwrite { text: text.to_owned() });
    let refused = overwritten.expect_err("nothing would change");
    assert!(refused.message.contains("already holds exactly this text"), "{refused}");
}

/// A line sent as it was shown, with more behind it: the bytes of all others stay, and so does its line end.
fn check_edit(bytes: &[u8], encoding: Encoding, at: usize, more: &str) {
    let lines = lines_of(bytes, encoding);
    let Some(index) = at.checked_rem(lines.len()) else { return };
    let shown: Vec<String> = lines.iter().map(|line| line.shown(encoding)).collect();
    let wanted = EditLine::Remove(shown[index].clone());
    let added = format!("{}{more}", shown[index]);
    let hunk =
        EditHunk { lines: vec![wanted, EditLine::Add(added.clone())], ..EditHunk::default() };
    let edit = Edit::Update { hunks: vec![hunk], move_to: None };
    let before = state(bytes);
    let Ok(located) = patch::locate("a", Some(&before), &edit) else { return };
    let after = located.after.expect("an update deletes nothing");
    let is_made_of = |line: &Line<'_>| {
        let head = &bytes[..line.start];
        let tail = &bytes[line.start + line.content.len()..];
        after.bytes.len() >= head.len() + tail.len()
            && after.bytes.starts_with(head)
            && after.bytes.ends_with(tail)
    };
    assert!(lines.iter().any(is_made_of), "bytes outside of the line have changed");
    if encoding != Encoding::Mixed
        && located.notes.iter().all(|note| note.contains("is written in"))
    {
        let line = &lines[index];
        assert!(is_made_of(line), "another line has changed");
        let tail = bytes.len() - line.start - line.content.len();
        let made = &after.bytes[line.start..after.bytes.len() - tail];
        assert_eq!(made, encoded(encoding, &added), "the line is not what was sent");
    }
    let change =
        FileChange { path: Path::new("/a").to_owned(), before: Some(before), after: Some(after) };
    check_laws(&ChangeSet { files: vec![change] });
}

struct Line<'a> {
    /// Its first byte in the file.
    start: usize,
    /// Without mark and line end.
    content: &'a [u8],
}

impl Line<'_> {
    fn shown(&self, encoding: Encoding) -> String {
        decoded(encoding, self.content)
    }
}

/// Split the plain way.
fn lines_of(bytes: &[u8], encoding: Encoding) -> Vec<Line<'_>> {
    let (width, feed, carriage, mark): (usize, &[u8], &[u8], &[u8]) = match encoding {
        Encoding::Utf16Le => (2, b"\n\0", b"\r\0", b"\xff\xfe"),
        Encoding::Utf16Be => (2, b"\0\n", b"\0\r", b"\xfe\xff"),
        Encoding::Utf8 | Encoding::Mixed => (1, b"\n", b"\r", b"\xef\xbb\xbf"),
        Encoding::Legacy(_) => (1, b"\n", b"\r", b""),
    };
    let mut start = if bytes.starts_with(mark) { mark.len() } else { 0 };
    let mut lines = Vec::new();
    let mut at = start;
    while at < bytes.len() {
        let unit = &bytes[at..(at + width).min(bytes.len())];
        if unit == feed {
            let line = &bytes[start..at];
            let is_crlf = line.len() % width == 0 && line.ends_with(carriage);
            let content = if is_crlf { &line[..line.len() - width] } else { line };
            lines.push(Line { start, content });
            start = at + width;
        }
        at += width;
    }
    if start < bytes.len() {
        lines.push(Line { start, content: &bytes[start..] });
    }
    lines
}

fn decoded(encoding: Encoding, bytes: &[u8]) -> String {
    let units = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).expect("UTF-16 from end to end")
    };
    match encoding {
        Encoding::Utf8 => String::from_utf8(bytes.to_vec()).expect("UTF-8 from end to end"),
        Encoding::Mixed => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Utf16Le => units(u16::from_le_bytes),
        Encoding::Utf16Be => units(u16::from_be_bytes),
        Encoding::Legacy(legacy) => {
            let text = legacy.decode_without_bom_handling_and_without_replacement(bytes);
            text.expect("text from end to end").into_owned()
        }
    }
}

fn encoded(encoding: Encoding, text: &str) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 | Encoding::Mixed => text.as_bytes().to_vec(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Legacy(legacy) => legacy.encode(text).0.into_owned(),
    }
}

impl Form {
    /// Characters that it lacks come as others.
    fn bytes(self, text: &str) -> Bytes {
        encoded(
            match self {
                Self::Utf8 => Encoding::Utf8,
                Self::Utf16Le => Encoding::Utf16Le,
                Self::Utf16Be => Encoding::Utf16Be,
                Self::Legacy(number) => {
                    Encoding::Legacy(LEGACY[usize::from(number) % LEGACY.len()])
                }
            },
            text,
        )
        .into()
    }
}

impl Content<'_> {
    fn bytes(&self, form: Form) -> Vec<u8> {
        match self {
            Self::Text(_) | Self::Letters(_) => form.bytes(&self.text()).to_vec(),
            Self::Bytes(bytes) => bytes.to_vec(),
        }
    }

    fn text(&self) -> String {
        let text = match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Letters(letters) => {
                letters.iter().map(|letter| LETTERS[usize::from(*letter) % LETTERS.len()]).collect()
            }
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        };
        // A line of a patch has no line end in it.
        text.replace('\n', "").trim_end_matches('\r').to_owned()
    }
}

impl End {
    fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}
