//! OpenAI's Responses protocol, as OpenAI, Azure and several servers speak it.
mod decode;
mod encode;
mod items;

use std::{borrow::Cow, sync::Arc};

use crate::{
    protocol::{Message, Request},
    wire::{Decoder, Target, Wire, body},
};

use decode::ResponsesDecoder;
use encode::{Body, Input};

/// What errors call this protocol.
const PROTOCOL: &str = "Responses stream";

pub struct Responses;

impl Wire for Responses {
    fn name(&self) -> &'static str {
        "responses"
    }

    fn path(&self, _: &str) -> Cow<'static, str> {
        Cow::Borrowed("responses")
    }

    fn encode(&self, request: &Request, target: &Target) -> Vec<u8> {
        body::to_json(&Body { request, target })
    }

    fn encode_messages(&self, messages: &[Arc<Message>], target: &Target) -> Option<Vec<u8>> {
        Some(body::to_json(&Input { messages, target }))
    }

    fn decoder(&self, target: &Target) -> Box<dyn Decoder> {
        Box::new(ResponsesDecoder::new(target.origin.clone()))
    }
}
