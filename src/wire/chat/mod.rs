//! The Chat Completions protocol, in the many ways in which servers speak it.
mod calls;
mod decode;
mod encode;
mod reasoning;

use std::{borrow::Cow, sync::Arc};

use crate::{
    protocol::{Message, Request},
    wire::{Decoder, Target, Wire, body},
};

use decode::ChatDecoder;
use encode::{Body, Messages};

/// What errors call this protocol.
const PROTOCOL: &str = "Chat Completions stream";

pub struct Chat;

impl Wire for Chat {
    fn name(&self) -> &'static str {
        "chat/completions"
    }

    fn path(&self, _: &str) -> Cow<'static, str> {
        Cow::Borrowed("chat/completions")
    }

    fn encode(&self, request: &Request, target: &Target) -> Vec<u8> {
        body::to_json(&Body { request, target })
    }

    fn encode_messages(&self, messages: &[Arc<Message>], target: &Target) -> Option<Vec<u8>> {
        Some(body::to_json(&Messages { system: "", messages, target }))
    }

    fn decoder(&self, target: &Target) -> Box<dyn Decoder> {
        Box::new(ChatDecoder::new(target.origin.clone()))
    }
}
