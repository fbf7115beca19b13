//! What one edit makes of a file as it is today.
use std::borrow::Cow;

use super::{
    Edit, PatchError,
    encoding::Encoding,
    feed::LineEnd,
    messages, quote, replace,
    text::{Lacking, Text},
    update::{Means, Update},
};
use crate::protocol::FileState;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// `None`: the file is deleted. What is moved stands here as it will at its new path.
    pub after: Option<FileState>,
    /// For the model: what was matched otherwise than exactly.
    pub notes: Vec<String>,
}

/// What one edit makes of a file's bytes, with notes on what had to be forgiven. `path` is for messages.
pub fn locate(path: &str, before: Option<&FileState>, edit: &Edit) -> Result<Located, PatchError> {
    let name = quote::shown(path);
    let error = |what: String| PatchError::new(format!("{name}: {what}"));
    let missing = || {
        error(
            "there is no such file. Check the path, or create the file with `*** Add File:`."
                .into(),
        )
    };
    match (edit, before) {
        (Edit::Create { .. }, Some(_)) => Err(error(
            "the file exists already. Change it with `*** Update File:`, or delete it first if all of it is to be new."
                .into(),
        )),
        (Edit::Create { text }, None) => Ok(Located::new_file(text)),
        (Edit::Overwrite { text }, _) => overwritten(&name, before, text).map_err(error),
        (Edit::Delete, Some(_)) => Ok(Located { after: None, notes: Vec::new() }),
        (Edit::Delete | Edit::Update { .. } | Edit::Replace { .. }, None) => Err(missing()),
        (Edit::Replace { old, new, all }, Some(before)) => {
            let text = Text::read(&before.bytes).map_err(|reason| error(format!("{reason}.")))?;
            let made = replace::replaced(&text, old, new, *all).map_err(error)?;
            let mut located = Located::plain(FileState { bytes: made.bytes, ..before.clone() });
            if made.count > 1 {
                located.notes.push(format!("{name}: {} places were replaced.", made.count));
            }
            if made.is_rewritten {
                located.notes.push(format!("{name}: {}", messages::rewritten(text.encoding())));
            }
            Ok(located)
        }
        (Edit::Update { hunks, move_to }, Some(before)) if hunks.is_empty() && move_to.is_some() => {
            Ok(Located::plain(before.clone()))
        }
        (Edit::Update { hunks, move_to }, Some(before)) => {
            let text = Text::read(&before.bytes).map_err(|reason| error(format!("{reason}.")))?;
            let (bytes, notes) = Update::new(&name, text, Means::for_hunks(hunks.len())).made(hunks)?;
            if bytes == before.bytes && move_to.is_none() {
                return Err(error("the patch changes nothing: the file already reads as it would afterwards.".into()));
            }
            Ok(Located { after: Some(FileState { bytes, ..before.clone() }), notes })
        }
    }
}

impl Located {
    fn plain(after: FileState) -> Self {
        Self { after: Some(after), notes: Vec::new() }
    }

    fn new_file(text: &str) -> Self {
        Self::plain(FileState { bytes: text.to_owned().into(), ..FileState::default() })
    }
}

/// A whole file's new text keeps what the model was never shown of the old one: its encoding, its byte order mark and
/// its CRLF.
fn overwritten(name: &str, before: Option<&FileState>, text: &str) -> Result<Located, String> {
    let Some(before) = before else { return Ok(Located::new_file(text)) };
    // What was no text becomes text in UTF-8.
    let encoding = Encoding::of(&before.bytes).unwrap_or(Encoding::Utf8);
    let (feed, mark) = (encoding.feed(), encoding.mark_of(&before.bytes));
    let mut notes = Vec::new();
    let mut text = Cow::Borrowed(text);
    let mut ends = feed.lines(&before.bytes).map(|line| feed.line_end(line)).peekable();
    let had_crlf = ends.peek() == Some(&LineEnd::CrLf)
        && ends.all(|end| matches!(end, LineEnd::CrLf | LineEnd::Missing));
    if had_crlf && !text.contains('\r') {
        text = text.replace('\n', "\r\n").into();
        notes.push(format!("{name}: the lines end in CRLF as before."));
    }
    let own = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if !mark.is_empty() && own.len() == text.len() {
        notes.push(format!("{name}: the byte order mark was kept."));
    }
    let own = if mark.is_empty() { &text } else { own };
    let encoded = encoding.encode(own).map_err(|letter| {
        let line = own.lines().find(|line| line.contains(letter)).unwrap_or_default().to_owned();
        messages::lacking(encoding, &Lacking { letter, line })
    })?;
    if encoding.rewrites(own) {
        notes.push(format!("{name}: the text is written in {}, as before.", encoding.name()));
    }
    let bytes = [mark, &encoded].concat();
    if bytes == before.bytes {
        return Err("the file already holds exactly this text, so nothing would change.".into());
    }
    Ok(Located { after: Some(FileState { bytes: bytes.into(), ..before.clone() }), notes })
}
