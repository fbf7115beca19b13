//! ConverseStream, the protocol of AWS Bedrock for every model that it has.
mod conversation;
mod decode;
mod encode;
mod family;
mod reasoning;
mod usage;

use std::{borrow::Cow, sync::Arc};

use crate::{
    protocol::{Message, Request},
    wire::{Decoder, Target, Wire, body, path_segment},
};

use decode::ConverseDecoder;
use encode::Body;

/// What errors call this protocol.
const PROTOCOL: &str = "ConverseStream";

pub struct Converse;

impl Wire for Converse {
    fn name(&self) -> &'static str {
        "converse-stream"
    }

    /// The name of a model may be an ARN, with colons and slashes.
    fn path(&self, model: &str) -> Cow<'static, str> {
        Cow::Owned(format!("model/{}/converse-stream", path_segment(model)))
    }

    fn encode(&self, request: &Request, target: &Target) -> Vec<u8> {
        body::to_json(&Body { request, target })
    }

    /// Neighbours of one role become one message, and marks for the cache move on.
    fn encode_messages(&self, _: &[Arc<Message>], _: &Target) -> Option<Vec<u8>> {
        None
    }

    fn decoder(&self, target: &Target) -> Box<dyn Decoder> {
        Box::new(ConverseDecoder::new(target.origin.clone()))
    }
}
