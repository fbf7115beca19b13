//! The body of a ConverseStream request.
use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{
    conversation::{CACHE_POINT, Mark, Message as Turned},
    family::Family,
    reasoning::Fields,
};
use crate::{
    protocol::{Message, Reply, Request, ToolSpec},
    wire::{Target, body, calls, turns::turns},
};

/// What a reply may have unless the user wants more: so many tokens are taken off an account's quota while it is made.
const USUAL_OUTPUT: u32 = body::USUAL_OUTPUT;

pub(super) struct Body<'a> {
    pub(super) request: &'a Request,
    pub(super) target: &'a Target,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { request, target } = self;
        let family = Family::of(&request.model);
        let mut body = body::Body::start(serializer, &target.quirks.extra_body)?;
        let limit = output_limit(request, target, family);
        let fields = Fields::of(request, target, family, limit.unwrap_or(USUAL_OUTPUT));
        if let Some(max_tokens) = limit.filter(|_| fields.allows_limit()) {
            body.member("inferenceConfig", &InferenceConfig { max_tokens })?;
        }
        if fields != Fields::default() {
            body.member("additionalModelRequestFields", &fields)?;
        }
        if let Some(schema) = request.output_schema.as_deref().filter(|it| is_taken(it, target)) {
            body.member("outputConfig", &output_config(schema))?;
        }
        let tools = tools(request, family);
        if !tools.is_empty() {
            body.member("toolConfig", &ToolConfig { tools })?;
        }
        if !request.system.trim().is_empty() {
            let mark = family.takes_cache_points().then_some(Item::Mark(CACHE_POINT));
            let system = [Item::Text { text: &request.system }].into_iter().chain(mark);
            body.member("system", &system.collect::<Vec<_>>())?;
        }
        let turns = turns(&request.messages, target).into_iter();
        let messages: Vec<_> = turns.map(|turn| Turned::of(turn, family)).collect();
        body.end_with("messages", &messages)
    }
}

/// Absent: nobody knows what the model can say, and it is left to Bedrock.
fn output_limit(request: &Request, target: &Target, family: Family) -> Option<u32> {
    let known = target.abilities.max_output.or((family == Family::Claude).then_some(USUAL_OUTPUT));
    let wanted = request.max_output_tokens.unwrap_or(USUAL_OUTPUT);
    known.map(|most| most.min(wanted)).or(request.max_output_tokens)
}

fn is_taken(schema: &Value, target: &Target) -> bool {
    target.abilities.output_schema && body::is_strict(schema)
}

/// The schema stands in it as text.
fn output_config(schema: &Value) -> Value {
    let structure = json!({ "jsonSchema": { "name": "output", "schema": schema.to_string() } });
    json!({ "textFormat": { "type": "json_schema", "structure": structure } })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InferenceConfig {
    max_tokens: u32,
}

#[derive(Serialize)]
struct ToolConfig<'a> {
    tools: Vec<Item<'a>>,
}

/// A part of what comes before the conversation.
#[derive(Serialize)]
#[serde(untagged)]
enum Item<'a> {
    Text {
        text: &'a str,
    },
    #[serde(rename_all = "camelCase")]
    Tool {
        tool_spec: Tool<'a>,
    },
    Mark(Mark),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tool<'a> {
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    input_schema: Schema<'a>,
}

#[derive(Serialize)]
struct Schema<'a> {
    json: Cow<'a, Value>,
}

/// Whether they may be called can't be said; but where the conversation holds calls, tools have to be there.
fn tools(request: &Request, family: Family) -> Vec<Item<'_>> {
    let mut tools: Vec<Item<'_>> = request.tools.iter().map(Item::of).collect();
    if tools.is_empty() {
        tools.extend(called(&request.messages).into_iter().map(Item::of_called));
    }
    if !tools.is_empty() && family.takes_cache_point_of_tools() {
        tools.push(Item::Mark(CACHE_POINT));
    }
    tools
}

/// The tools that the conversation calls, as calls name them.
fn called(messages: &[Arc<Message>]) -> BTreeSet<Cow<'_, str>> {
    let replies = messages.iter().filter_map(|message| match message.as_ref() {
        Message::Reply(reply) => Some(reply),
        Message::Prompt(_) | Message::Outcome { .. } => None,
    });
    replies.flat_map(Reply::calls).map(|call| calls::outgoing_name(&call.tool)).collect()
}

impl<'a> Item<'a> {
    fn of(tool: &'a ToolSpec) -> Self {
        let ToolSpec { name, description, schema } = tool;
        let input_schema = Schema { json: Cow::Borrowed(schema) };
        Self::Tool { tool_spec: Tool { name: Cow::Borrowed(name), description, input_schema } }
    }

    fn of_called(name: Cow<'a, str>) -> Self {
        let input_schema = Schema { json: Cow::Owned(json!({ "type": "object" })) };
        Self::Tool { tool_spec: Tool { name, description: "", input_schema } }
    }
}
