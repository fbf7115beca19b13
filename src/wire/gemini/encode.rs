//! The body of a generateContent request.
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{CONTINUATION, contents, models, outgoing::Text, thinking, thinking::ThinkingConfig};
use crate::{
    protocol::{Request, ToolSpec, ToolUse},
    wire::{Target, body},
};

pub(super) struct Body<'a> {
    pub(super) request: &'a Request,
    pub(super) target: &'a Target,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { request, target } = self;
        let mut body = body::Body::start(serializer, &target.quirks.extra_body)?;
        let generation = GenerationConfig::of(request, target);
        if generation != GenerationConfig::default() {
            body.member("generationConfig", &generation)?;
        }
        if !request.tools.is_empty() {
            if request.tool_use == ToolUse::Forbidden {
                let function_calling_config = FunctionCallingConfig { mode: "NONE" };
                body.member("toolConfig", &ToolConfig { function_calling_config })?;
            }
            body.member("tools", &[Tool { function_declarations: Declarations(&request.tools) }])?;
        }
        if !request.system.trim().is_empty() {
            let instruction = SystemInstruction { parts: [Text { text: &request.system }] };
            body.member("systemInstruction", &instruction)?;
        }
        let (messages, continuation) = contents::settled(&request.messages, &target.origin);
        if let Some(token) = continuation {
            body.member(CONTINUATION, token)?;
        }
        body.end_with("contents", &contents::contents(messages, target))
    }
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig<'a> {
    /// Reasoning counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_config: Option<ThinkingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_json_schema: Option<&'a Value>,
}

impl<'a> GenerationConfig<'a> {
    fn of(request: &'a Request, target: &Target) -> Self {
        let is_taken = target.abilities.output_schema
            && (request.tools.is_empty() || !models::is_older(&request.model));
        let schema = request.output_schema.as_deref().filter(|_| is_taken);
        let limit = request.max_output_tokens.and_then(|_| body::output_limit(request, target));
        Self {
            max_output_tokens: limit,
            thinking_config: thinking::ask(request, target),
            response_mime_type: schema.map(|_| "application/json"),
            response_json_schema: schema,
        }
    }
}

#[derive(Serialize)]
struct SystemInstruction<'a> {
    parts: [Text<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolConfig {
    function_calling_config: FunctionCallingConfig,
}

#[derive(Serialize)]
struct FunctionCallingConfig {
    mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tool<'a> {
    function_declarations: Declarations<'a>,
}

struct Declarations<'a>(&'a [ToolSpec]);

impl Serialize for Declarations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|tool| Declaration {
            name: &tool.name,
            description: &tool.description,
            parameters_json_schema: &tool.schema,
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Declaration<'a> {
    name: &'a str,
    description: &'a str,
    parameters_json_schema: &'a Value,
}
