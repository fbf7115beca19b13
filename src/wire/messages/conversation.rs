//! The turns of a conversation, as this protocol writes them: a role and blocks.
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    protocol::{Arguments, Image},
    wire::turns::{Content, Role, Turn},
};

/// Tells the cache that what ends here comes again.
#[derive(Serialize)]
pub(super) struct CacheControl {
    #[serde(rename = "type")]
    kind: &'static str,
}

pub(super) const EPHEMERAL: CacheControl = CacheControl { kind: "ephemeral" };

#[derive(Serialize)]
pub(super) struct Message<'a> {
    role: Role,
    content: Blocks<'a>,
}

impl<'a> Message<'a> {
    pub(super) fn of(turn: Turn<'a>) -> Self {
        Self { role: turn.role, content: Blocks(turn) }
    }
}

/// The blocks of a turn; its mark stands in the last of them.
struct Blocks<'a>(Turn<'a>);

impl Serialize for Blocks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Turn { content, is_marked, .. } = &self.0;
        let last = content.len().saturating_sub(1);
        serializer.collect_seq(
            content
                .iter()
                .enumerate()
                .map(|(place, content)| Block { content, is_marked: *is_marked && place == last }),
        )
    }
}

struct Block<'a> {
    content: &'a Content<'a>,
    is_marked: bool,
}

impl Serialize for Block<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Content::Native(payload) = self.content {
            return payload.serialize(serializer);
        }
        let mut block = serializer.serialize_map(None)?;
        write(self.content, &mut block)?;
        if self.is_marked {
            block.serialize_entry("cache_control", &EPHEMERAL)?;
        }
        block.end()
    }
}

fn write<M: SerializeMap>(content: &Content<'_>, block: &mut M) -> Result<(), M::Error> {
    match content {
        Content::Text(text) => {
            block.serialize_entry("type", "text")?;
            block.serialize_entry("text", text)
        }
        Content::Image(image) => {
            block.serialize_entry("type", "image")?;
            block.serialize_entry("source", &Source::of(image))
        }
        Content::Call { id, tool, args } => {
            block.serialize_entry("type", "tool_use")?;
            block.serialize_entry("id", id)?;
            block.serialize_entry("name", tool)?;
            match args {
                Arguments::Object(object) => block.serialize_entry("input", object),
                Arguments::Invalid(_) => block.serialize_entry("input", &args.to_object()),
            }
        }
        Content::Outcome { id, told, is_error } => {
            block.serialize_entry("type", "tool_result")?;
            block.serialize_entry("tool_use_id", id)?;
            match &told[..] {
                [] => {}
                [Content::Text(text)] => block.serialize_entry("content", text)?,
                told => block.serialize_entry("content", &Inside(told))?,
            }
            if *is_error {
                block.serialize_entry("is_error", &true)?;
            }
            Ok(())
        }
        Content::Native(_) => Ok(()),
    }
}

/// The blocks of an outcome with images.
struct Inside<'a>(&'a [Content<'a>]);

impl Serialize for Inside<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|content| Block { content, is_marked: false }))
    }
}

#[derive(Serialize)]
struct Source<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    media_type: &'a str,
    data: &'a str,
}

impl<'a> Source<'a> {
    fn of(image: &'a Image) -> Self {
        Self { kind: "base64", media_type: &image.media_type, data: &image.base64 }
    }
}
