//! Google's generateContent protocol, as the Gemini API speaks it.
mod arguments;
mod contents;
mod decode;
mod encode;
mod models;
mod outgoing;
mod parts;
mod thinking;
mod usage;

use std::{borrow::Cow, sync::Arc};

use crate::{
    protocol::{Message, Request},
    wire::{Decoder, Target, Wire, body},
};

use decode::GeminiDecoder;
use encode::Body;

/// What errors call this protocol.
const PROTOCOL: &str = "generateContent stream";
/// The member that binds a part to the reasoning behind it.
const SIGNATURE: &str = "thoughtSignature";
/// The member by which a reply that was cut short is gone on with.
const CONTINUATION: &str = "continuationToken";

pub struct Gemini;

impl Wire for Gemini {
    fn name(&self) -> &'static str {
        "generateContent"
    }

    fn path(&self, model: &str) -> Cow<'static, str> {
        Cow::Owned(format!("{}:streamGenerateContent?alt=sse", models::resource(model)))
    }

    fn encode(&self, request: &Request, target: &Target) -> Vec<u8> {
        body::to_json(&Body { request, target })
    }

    /// Neighbours of one role become one content.
    fn encode_messages(&self, _: &[Arc<Message>], _: &Target) -> Option<Vec<u8>> {
        None
    }

    fn decoder(&self, target: &Target) -> Box<dyn Decoder> {
        Box::new(GeminiDecoder::new(target.origin.clone()))
    }
}
