//! `read`: a file's lines with their numbers, or an image.
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    patch::Encoding,
    protocol::{Access, Image, Outcome, Target, ToolSpec},
    workspace::{Workspace, WorkspaceError},
};

use super::{Plan, Tool, ToolContext, ToolError, arguments, length, names, seen::SeenFiles};

const MOST_LINES: usize = 2_000;
const MOST_CHARACTERS: usize = 2_000;
/// Bytes. Larger images are not shown to a model.
pub const LARGEST_IMAGE: usize = 5 * 1024 * 1024;
/// Room for the remarks behind the lines.
const REMARKS: usize = 1_000;
/// A file with a NUL byte in its beginning is taken for binary, as git does.
const LOOKED_AT: usize = 8_000;

pub(super) struct Read {
    pub(super) seen: SeenFiles,
}

#[derive(Debug, Deserialize)]
struct Asked {
    path: String,
    offset: Option<usize>,
    limit: Option<usize>,
}

impl Tool for Read {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "read".to_owned(),
            description: include_str!("read.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "offset": {"type": "integer", "description": "first line, from 1"},
                    "limit": {"type": "integer", "description": "most lines; default 2000"},
                },
                "required": ["path"],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let asked: Asked = arguments::decode(args)?;
        let target = cx.workspace.locate(&asked.path).map_err(ToolError::failed)?;
        let first = asked.offset.unwrap_or(1).max(1);
        let most = asked.limit.unwrap_or(MOST_LINES).clamp(1, MOST_LINES);
        let line = match (asked.offset, asked.limit) {
            (None, None) => format!("read {}", target.shown),
            (_, Some(_)) => {
                format!("read {}:{first}-{}", target.shown, first.saturating_add(most - 1))
            }
            (Some(_), None) => format!("read {}:{first}-", target.shown),
        };
        let (workspace, seen) = (cx.workspace.clone(), self.seen.clone());
        let access = vec![Access::Read(target.clone())];
        Ok(Plan::looking(access, line, move || read(&workspace, &target, first, most, &seen)))
    }
}

fn read(
    workspace: &Workspace,
    target: &Target,
    first: usize,
    most: usize,
    seen: &SeenFiles,
) -> Outcome {
    let shown = &target.shown;
    if target.path.is_dir() {
        return Outcome::failed(format!("`{shown}` is a directory: use `list`."));
    }
    let state = match workspace.read(target) {
        Ok(Some(state)) => state,
        Ok(None) => return Outcome::failed(missing(workspace, target)),
        Err(error) => return Outcome::failed(error.to_string()),
    };
    let bytes = &state.bytes;
    shown_as(shown, bytes, first, most).with_seen(seen.note(target, bytes))
}

fn shown_as(shown: &str, bytes: &[u8], first: usize, most: usize) -> Outcome {
    if let Some(media_type) = image_media_type(bytes) {
        return image(shown, media_type, bytes);
    }
    let Some((encoding, remark)) = readable_as(bytes) else {
        let (kind, size) = (kind_of(bytes), length::size(bytes.len()));
        return Outcome::failed(format!(
            "`{shown}` is {kind} ({size}), not text; it is not shown."
        ));
    };
    match numbered(&encoding.text(bytes), first, most) {
        Ok(text) => Outcome::done(format!("{text}{remark}")),
        Err(lines) => Outcome::failed(format!(
            "`{shown}` has {}; line {first} is past its end.",
            length::counted(lines, "line")
        )),
    }
}

/// A file that git knows and a sparse checkout leaves out is not missing.
fn missing(workspace: &Workspace, target: &Target) -> String {
    match workspace.git_rules().require_here(&target.path) {
        Err(left_out @ WorkspaceError::LeftOut { .. }) => left_out.to_string(),
        Ok(()) | Err(_) => names::nothing_there(workspace, target),
    }
}

/// A file's text as `read` shows it, where all of it is at most so many bytes long.
pub(super) fn whole(bytes: &[u8], longest: usize) -> Option<String> {
    let (encoding, remark) = readable_as(bytes).filter(|_| bytes.len() <= longest)?;
    let text = encoding.text(bytes);
    let is_cut = text.lines().count() > MOST_LINES
        || text.lines().any(|line| line.chars().count() > MOST_CHARACTERS);
    let numbered = numbered(&text, 1, MOST_LINES).ok().filter(|_| !is_cut)?;
    Some(format!("{numbered}{remark}"))
}

/// The encoding that a file is shown in, with what has to be said of it; `None` where it is no text.
fn readable_as(bytes: &[u8]) -> Option<(Encoding, String)> {
    let Ok(encoding) = Encoding::of(bytes) else {
        let is_text = !bytes[..bytes.len().min(LOOKED_AT)].contains(&0);
        let remark = "[holds NUL bytes further on, so it can't be edited]\n".to_owned();
        return is_text.then_some((Encoding::Mixed, remark));
    };
    let remark = match encoding {
        Encoding::Utf8 => String::new(),
        Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Legacy(_) => {
            format!("[encoded in {}; edits keep it]\n", encoding.name())
        }
        Encoding::Mixed => "[not valid UTF-8: � stands for bytes that can't be shown]\n".to_owned(),
    };
    Some((encoding, remark))
}

/// The lines from `first` on with what has to be said about them, or how many lines there are when that is too far.
fn numbered(text: &str, first: usize, most: usize) -> Result<String, usize> {
    if text.is_empty() {
        return Ok("(the file is empty)\n".to_owned());
    }
    let lines = text.lines().count();
    if first > lines {
        return Err(lines);
    }
    let mut output = String::new();
    let mut next = first;
    let mut is_cut_within = false;
    for line in text.lines().skip(first - 1).take(most) {
        let cut = length::start_of(line, MOST_CHARACTERS);
        let is_whole = cut == line;
        let entry = if is_whole { format!("{next}\t{line}\n") } else { remarked(next, line, &cut) };
        if output.len() + entry.len() > length::OUTCOME - REMARKS {
            break;
        }
        is_cut_within |= !is_whole;
        output.push_str(&entry);
        next += 1;
    }
    let last = next - 1;
    if last < lines {
        output
            .push_str(&format!("[lines {first}-{last} of {lines}; read on with offset {next}]\n"));
    } else if first > 1 {
        output.push_str(&format!("[lines {first}-{last} of {lines}]\n"));
    }
    if is_cut_within {
        output.push_str(&format!(
            "[lines longer than {MOST_CHARACTERS} characters were cut; `run` can print parts of them]\n"
        ));
    }
    if text.contains("\r\n") {
        output.push_str("[line ends are CRLF]\n");
    }
    if last == lines && !text.ends_with('\n') {
        output.push_str("[no newline at the end of the file]\n");
    }
    Ok(output)
}

fn remarked(number: usize, line: &str, cut: &str) -> String {
    let more = line.chars().count() - MOST_CHARACTERS;
    format!("{number}\t{cut}[{more} more characters]\n")
}

fn image(shown: &str, media_type: &str, bytes: &[u8]) -> Outcome {
    let size_shown = length::size(bytes.len());
    if bytes.len() > LARGEST_IMAGE {
        return Outcome::failed(format!(
            "`{shown}` is an image of {size_shown}; more than {} can't be shown. Make a smaller one.",
            length::size(LARGEST_IMAGE)
        ));
    }
    let image = Image { media_type: media_type.to_owned(), base64: STANDARD.encode(bytes) };
    Outcome::done(format!("{shown}: {media_type}, {size_shown}")).with_images(vec![image])
}

/// The type of an image that models can see, told by its first bytes.
pub fn image_media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// What a file that is no text seems to be.
fn kind_of(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x7f, b'E', b'L', b'F', ..] => "a program or library (ELF)",
        [b'P', b'K', 3 | 5, 4 | 6, ..] => "a zip archive",
        [0x1f, 0x8b, ..] => "gzip data",
        [b'%', b'P', b'D', b'F', ..] => "a PDF document",
        [b'S', b'Q', b'L', b'i', b't', b'e', ..] => "an SQLite database",
        _ => "a binary file",
    }
}
