//! A part as it is sent, with the signature that it came with.
use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{
    SIGNATURE,
    parts::{Signed, SignedText},
};
use crate::{
    protocol::{Arguments, Image, Outcome, Status, ToolCall},
    wire::calls,
};

/// Says of a call that another model made it, or this program: there is no signature to send back.
const NOT_SIGNED: &str = "skip_thought_signature_validator";

pub(super) enum Part<'a> {
    Text {
        text: &'a str,
        signature: Option<Cow<'a, str>>,
    },
    Image(&'a Image),
    Call {
        id: Option<Cow<'a, str>>,
        call: &'a ToolCall,
        signature: Option<&'a str>,
    },
    Response {
        id: Option<Cow<'a, str>>,
        tool: &'a str,
        outcome: &'a Outcome,
    },
    /// As the vendor made it.
    Native(&'a Value),
}

/// A part that is nothing but text.
#[derive(Serialize)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
}

pub(super) fn plain(text: &str) -> Part<'_> {
    Part::Text { text, signature: None }
}

/// A text in the pieces that its signatures hold apart. Absent where they are not of this text.
pub(super) fn signed<'a>(text: &'a str, payload: &'a Value) -> Option<Vec<Part<'a>>> {
    let SignedText { signed } = SignedText::deserialize(payload).ok()?;
    let mut parts = Vec::new();
    let mut end = 0;
    for Signed { from, to, thought_signature } in signed {
        let before = text.get(end..from)?;
        parts.extend((!before.is_empty()).then_some(plain(before)));
        let signature = Some(Cow::Owned(thought_signature));
        parts.push(Part::Text { text: text.get(from..to)?, signature });
        end = to;
    }
    let rest = text.get(end..)?;
    parts.extend((!rest.is_empty()).then_some(plain(rest)));
    Some(parts)
}

/// The first call of a reply has to have a signature; where none of its calls has one, it says why.
pub(super) fn excuse(parts: &mut [Part<'_>]) {
    let mut calls = parts.iter_mut().filter_map(|part| match part {
        Part::Call { signature, .. } => Some(signature),
        Part::Text { .. } | Part::Image(_) | Part::Response { .. } | Part::Native(_) => None,
    });
    if let Some(first) = calls.next()
        && first.is_none()
        && calls.all(|signature| signature.is_none())
    {
        *first = Some(NOT_SIGNED);
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Native(payload) = self {
            return payload.serialize(serializer);
        }
        let mut part = serializer.serialize_map(None)?;
        self.write(&mut part)?;
        part.end()
    }
}

impl Part<'_> {
    fn write<M: SerializeMap>(&self, part: &mut M) -> Result<(), M::Error> {
        let signature = match self {
            Self::Text { text, signature } => {
                part.serialize_entry("text", text)?;
                signature.as_deref()
            }
            Self::Image(image) => {
                part.serialize_entry("inlineData", &Blob::of(image))?;
                None
            }
            Self::Call { id, call, signature } => {
                part.serialize_entry("functionCall", &FunctionCall::of(id.as_deref(), call))?;
                *signature
            }
            Self::Response { id, tool, outcome } => {
                let response = FunctionResponse::of(id.as_deref(), tool, outcome);
                part.serialize_entry("functionResponse", &response)?;
                None
            }
            Self::Native(_) => None,
        };
        match signature {
            Some(signature) => part.serialize_entry(SIGNATURE, signature),
            None => Ok(()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Blob<'a> {
    mime_type: &'a str,
    data: &'a str,
}

impl<'a> Blob<'a> {
    fn of(image: &'a Image) -> Self {
        Self { mime_type: &image.media_type, data: &image.base64 }
    }
}

#[derive(Serialize)]
struct FunctionCall<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: Cow<'a, str>,
    args: Cow<'a, serde_json::Map<String, Value>>,
}

impl<'a> FunctionCall<'a> {
    fn of(id: Option<&'a str>, call: &'a ToolCall) -> Self {
        let args = match &call.args {
            Arguments::Object(object) => Cow::Borrowed(object),
            Arguments::Invalid(_) => Cow::Owned(call.args.to_object()),
        };
        Self { id, name: calls::outgoing_identifier(&call.tool), args }
    }
}

#[derive(Serialize)]
struct FunctionResponse<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    name: Cow<'a, str>,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Response<'a> {
    Output(&'a str),
    Error(&'a str),
}

impl<'a> FunctionResponse<'a> {
    fn of(id: Option<&'a str>, tool: &'a str, outcome: &'a Outcome) -> Self {
        let response = match outcome.status {
            Status::Done => Response::Output(&outcome.text),
            Status::Failed | Status::Denied | Status::Interrupted => Response::Error(&outcome.text),
        };
        Self { id, name: calls::outgoing_identifier(tool), response }
    }
}
