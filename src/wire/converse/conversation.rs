//! The turns of a conversation, as this protocol writes them: a role and blocks, each an object with one member.
use serde::{Serialize, Serializer, ser::SerializeSeq};
use serde_json::{Map, Value};

use super::family::Family;
use crate::{
    protocol::{Arguments, Image},
    wire::turns::{Content, Role, Turn},
};

/// Stands where a tool said nothing: an outcome without content is refused.
const SAID_NOTHING: &str = "(no output)";

/// Tells the cache that what stands before it comes again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Mark {
    CachePoint {
        #[serde(rename = "type")]
        kind: &'static str,
    },
}

pub(super) const CACHE_POINT: Mark = Mark::CachePoint { kind: "default" };

#[derive(Serialize)]
pub(super) struct Message<'a> {
    role: Role,
    content: Blocks<'a>,
}

impl<'a> Message<'a> {
    pub(super) fn of(turn: Turn<'a>, family: Family) -> Self {
        Self { role: turn.role, content: Blocks { turn, family } }
    }
}

/// The blocks of a turn, and behind them its mark.
struct Blocks<'a> {
    turn: Turn<'a>,
    family: Family,
}

impl Serialize for Blocks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut blocks = serializer.serialize_seq(None)?;
        for content in &self.turn.content {
            blocks.serialize_element(&Block::of(content, self.family))?;
        }
        if self.turn.is_marked && self.family.takes_cache_points() {
            blocks.serialize_element(&CACHE_POINT)?;
        }
        blocks.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Block<'a> {
    Text(&'a str),
    Image(Picture<'a>),
    ToolUse(ToolUse<'a>),
    ToolResult(ToolResult<'a>),
    #[serde(untagged)]
    Native(&'a Value),
}

#[derive(Serialize)]
struct Picture<'a> {
    /// `png`, `jpeg`, `gif` or `webp`.
    format: &'a str,
    source: Source<'a>,
}

#[derive(Serialize)]
struct Source<'a> {
    bytes: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolUse<'a> {
    tool_use_id: &'a str,
    name: &'a str,
    input: Input<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Input<'a> {
    Said(&'a Map<String, Value>),
    MadeUp(Map<String, Value>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolResult<'a> {
    tool_use_id: &'a str,
    content: Vec<Block<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

impl<'a> Block<'a> {
    fn of(content: &'a Content<'a>, family: Family) -> Self {
        match content {
            Content::Text(text) => Self::Text(text),
            Content::Image(image) => Self::Image(Picture::of(image)),
            Content::Call { id, tool, args } => Self::ToolUse(ToolUse {
                tool_use_id: id,
                name: tool,
                input: match args {
                    Arguments::Object(object) => Input::Said(object),
                    Arguments::Invalid(_) => Input::MadeUp(args.to_object()),
                },
            }),
            Content::Outcome { id, told, is_error } => {
                let mut content: Vec<Block<'a>> =
                    told.iter().map(|inside| Block::of(inside, family)).collect();
                if content.is_empty() {
                    content.push(Self::Text(SAID_NOTHING));
                }
                let status = (*is_error && family.takes_status()).then_some("error");
                Self::ToolResult(ToolResult { tool_use_id: id, content, status })
            }
            Content::Native(payload) => Self::Native(payload),
        }
    }
}

impl<'a> Picture<'a> {
    fn of(image: &'a Image) -> Self {
        let format = image.media_type.strip_prefix("image/").unwrap_or(&image.media_type);
        Self { format, source: Source { bytes: &image.base64 } }
    }
}
