//! What a model sees of a file and how it can say what becomes of it: by hunks, or only as a whole.
use std::ops::Range;

use bowline::patch::Encoding;
use git2::DiffOptions;

/// One line as it is shown, and how it ends: `\n`, `\r\n` or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) end: &'static str,
}

/// Lines that go, and those that come in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// A file's part of a commit, as it can be told.
#[derive(Debug)]
pub(super) enum Told {
    Add {
        path: String,
        text: String,
    },
    Delete {
        path: String,
    },
    /// `from` and `to` differ where the file is moved; there are no spans where it is moved as it is.
    Change {
        from: String,
        to: String,
        old: Vec<Line>,
        new: Vec<Line>,
        spans: Vec<Span>,
    },
    /// All of it is new text, since no hunk says what becomes of it.
    Rewrite {
        from: String,
        to: String,
        old: String,
        text: String,
        reason: &'static str,
    },
}

pub(super) const BINARY: &str = "binary";
pub(super) const OTHER_ENCODING: &str = "bytes that are no UTF-8 and new to their file";
pub(super) const NEW_ENCODING: &str = "the encoding changes";
pub(super) const NEW_MARK: &str = "a byte order mark comes or goes";
pub(super) const NEW_ENDS: &str = "the ends of lines change";

impl Told {
    pub(super) fn added(path: String, new: &[u8]) -> Result<Self, &'static str> {
        Encoding::of(new).map_err(|_| BINARY)?;
        let text = String::from_utf8(new.to_vec()).map_err(|_| OTHER_ENCODING)?;
        Ok(Self::Add { path, text })
    }

    pub(super) fn changed(
        (from, to): (String, String),
        old: &[u8],
        new: &[u8],
    ) -> Result<Self, &'static str> {
        if old == new {
            return Ok(Self::Change {
                from,
                to,
                old: Vec::new(),
                new: Vec::new(),
                spans: Vec::new(),
            });
        }
        let encoding = Encoding::of(old).map_err(|_| BINARY)?;
        Encoding::of(new).map_err(|_| BINARY)?;
        let rewrite = |reason| match String::from_utf8(new.to_vec()) {
            Ok(text) => {
                let (from, to, old) = (from.clone(), to.clone(), encoding.text(old).into_owned());
                Ok(Self::Rewrite { from, to, old, text, reason })
            }
            Err(_) => Err(OTHER_ENCODING),
        };
        let spans = spans(old, new);
        if !stays_in(encoding, new) {
            return rewrite(NEW_ENCODING);
        }
        if old.starts_with(MARK) != new.starts_with(MARK) {
            return rewrite(NEW_MARK);
        }
        let [old, new] = [old, new].map(|bytes| lines(&encoding.text(bytes)));
        let is_shown = |line: &Line| !line.text.contains(char::REPLACEMENT_CHARACTER);
        if !spans.iter().flat_map(|span| &new[span.new.clone()]).all(is_shown) {
            return Err(OTHER_ENCODING);
        }
        if !spans.iter().all(|span| ends_follow(&old, &new, span)) {
            return rewrite(NEW_ENDS);
        }
        Ok(Self::Change { from, to, old, new, spans })
    }

    /// How many hunks without context there are.
    pub(super) fn spans(&self) -> usize {
        match self {
            Self::Add { .. } | Self::Delete { .. } | Self::Rewrite { .. } => 0,
            Self::Change { spans, .. } => spans.len(),
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Add { .. } => "added",
            Self::Delete { .. } => "deleted",
            Self::Change { from, to, spans, .. } => match (from == to, spans.is_empty()) {
                (true, _) => "changed",
                (false, true) => "moved",
                (false, false) => "moved and changed",
            },
            Self::Rewrite { reason, .. } => reason,
        }
    }
}

const MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a text; a lone carriage return ends none.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let line = |line: &str| {
        let (text, end) = match (line.strip_suffix("\r\n"), line.strip_suffix('\n')) {
            (Some(text), _) => (text, "\r\n"),
            (None, Some(text)) => (text, "\n"),
            (None, None) => (line, ""),
        };
        Line { text: text.to_owned(), end }
    };
    text.split_inclusive('\n').map(line).collect()
}

/// What git finds to differ, without context.
fn spans(old: &[u8], new: &[u8]) -> Vec<Span> {
    let mut options = DiffOptions::new();
    options.context_lines(0).force_text(true);
    let patch = git2::Patch::from_buffers(old, None, new, None, Some(&mut options)).unwrap();
    let span = |index| {
        let (hunk, _) = patch.hunk(index).unwrap();
        let range = |start: u32, count: u32| {
            let start = if count == 0 { start } else { start - 1 } as usize;
            start..start + count as usize
        };
        Span {
            old: range(hunk.old_start(), hunk.old_lines()),
            new: range(hunk.new_start(), hunk.new_lines()),
        }
    };
    (0..patch.num_hunks()).map(span).collect()
}

/// Whether the new bytes are text in the encoding that the file had, and would not be taken for another.
fn stays_in(encoding: Encoding, new: &[u8]) -> bool {
    let is_utf8 = std::str::from_utf8(new).is_ok();
    match encoding {
        Encoding::Utf8 => is_utf8,
        Encoding::Utf16Le | Encoding::Utf16Be => false,
        Encoding::Legacy(encoding) => {
            let text = encoding.decode_without_bom_handling_and_without_replacement(new);
            !is_utf8 && text.is_some_and(|text| encoding.encode(&text).0 == new) || new.is_ascii()
        }
        Encoding::Mixed => !is_utf8 || new.is_ascii(),
    }
}

/// Whether each new line ends as the one in whose place it stands, or else as the one above: so it does where only its text
/// is said. The last one of a file may end or not.
fn ends_follow(old: &[Line], new: &[Line], span: &Span) -> bool {
    let above = old[..span.old.end].iter().rev().chain(&old[span.old.end..]);
    let near = above.map(|line| line.end).find(|end| !end.is_empty()).unwrap_or("\n");
    span.new.clone().enumerate().all(|(index, line)| {
        let replaced = old[span.old.clone()].get(index).map_or("", |line| line.end);
        let wanted = if replaced.is_empty() { near } else { replaced };
        let Line { text, end } = &new[line];
        // A carriage return before no line feed can't be told from a line end.
        !text.ends_with('\r') && (*end == wanted || end.is_empty())
    })
}
