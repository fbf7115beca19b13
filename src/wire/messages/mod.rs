//! Anthropic's Messages protocol, as Anthropic and several clouds and servers speak it.
mod blocks;
mod conversation;
mod decode;
mod encode;
pub(super) mod thinking;
mod usage;

use std::{borrow::Cow, sync::Arc};

use crate::{
    protocol::{Message, Request},
    wire::{Decoder, Target, Wire, body},
};

use decode::MessagesDecoder;
use encode::Body;

/// What errors call this protocol.
const PROTOCOL: &str = "Messages stream";

pub struct Messages;

impl Wire for Messages {
    fn name(&self) -> &'static str {
        "v1/messages"
    }

    fn path(&self, _: &str) -> Cow<'static, str> {
        Cow::Borrowed("messages")
    }

    fn encode(&self, request: &Request, target: &Target) -> Vec<u8> {
        body::to_json(&Body { request, target })
    }

    /// Neighbours of one role become one message, and marks for the cache move on.
    fn encode_messages(&self, _: &[Arc<Message>], _: &Target) -> Option<Vec<u8>> {
        None
    }

    fn decoder(&self, target: &Target) -> Box<dyn Decoder> {
        Box::new(MessagesDecoder::new(target.origin.clone()))
    }
}
