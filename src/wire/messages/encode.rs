//! The body of a Messages request.
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    conversation::{CacheControl, EPHEMERAL, Message},
    thinking,
};
use crate::{
    protocol::{Request, ToolSpec, ToolUse},
    wire::{Target, body, turns::turns},
};

pub(super) struct Body<'a> {
    pub(super) request: &'a Request,
    pub(super) target: &'a Target,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { request, target } = self;
        let mut body = body::Body::start(serializer, &target.quirks.extra_body)?;
        let limit = body::output_limit(request, target).unwrap_or(body::USUAL_OUTPUT);
        let asked = thinking::ask(request, target, limit);
        match target.quirks.version_in_body {
            Some(version) => body.member("anthropic_version", version)?,
            None => body.member("model", &request.model)?,
        }
        body.member("max_tokens", &limit)?;
        if target.quirks.stream_in_body {
            body.member("stream", &true)?;
        }
        if let Some(thinking) = &asked.thinking {
            body.member("thinking", thinking)?;
        }
        let schema = request.output_schema.as_deref();
        let schema =
            schema.filter(|schema| target.abilities.output_schema && body::is_strict(schema));
        if asked.effort.is_some() || schema.is_some() {
            let format = schema.map(|schema| Format { kind: "json_schema", schema });
            body.member("output_config", &OutputConfig { effort: asked.effort, format })?;
        }
        if !request.tools.is_empty() {
            if request.tool_use == ToolUse::Forbidden {
                body.member("tool_choice", &ToolChoice { kind: "none" })?;
            }
            body.member("tools", &Tools(&request.tools))?;
        }
        if !request.system.trim().is_empty() {
            let text = &*request.system;
            body.member("system", &[SystemBlock { kind: "text", text, cache_control: EPHEMERAL }])?;
        }
        let messages = turns(&request.messages, target).into_iter().map(Message::of);
        body.end_with("messages", &messages.collect::<Vec<_>>())
    }
}

#[derive(Serialize)]
struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    schema: &'a Value,
}

#[derive(Serialize)]
struct ToolChoice {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct SystemBlock<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    cache_control: CacheControl,
}

/// The tools, the last of them marked: they are the same in every directory, and cached apart from the system prompt.
struct Tools<'a>(&'a [ToolSpec]);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let last = self.0.len().saturating_sub(1);
        serializer.collect_seq(self.0.iter().enumerate().map(|(place, tool)| Tool {
            name: &tool.name,
            description: &tool.description,
            input_schema: &tool.schema,
            cache_control: (place == last).then_some(EPHEMERAL),
        }))
    }
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    description: &'a str,
    input_schema: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}
