//! How much of a context messages take, before anybody has counted.
use crate::protocol::{Image, Message, ReplyPart};

/// Bytes of text and code that come to a token, about: vendors' tokenizers give 3.5 to 4.5.
const BYTES_A_TOKEN: usize = 4;
/// What an image of a screen takes at most vendors, about.
const IMAGE_TOKENS: usize = 1_000;

/// The tokens that a message takes, about. Reasoning counts for nothing: it is not sent to another model.
pub fn estimate_tokens(message: &Message) -> u64 {
    let (bytes, images) = match message {
        Message::Prompt(prompt) => (prompt.text.len(), prompt.images.as_slice()),
        Message::Outcome { outcome, .. } => (outcome.text.len(), outcome.images.as_slice()),
        Message::Reply(reply) => (reply.parts.iter().map(bytes_of).sum(), [].as_slice()),
    };
    let images: &[Image] = images;
    u64::try_from(bytes / BYTES_A_TOKEN + images.len() * IMAGE_TOKENS).unwrap_or(u64::MAX)
}

fn bytes_of(part: &ReplyPart) -> usize {
    match part {
        ReplyPart::Text { text, .. } => text.len(),
        ReplyPart::Thought { .. } => 0,
        ReplyPart::Call { call, .. } => call.tool.len() + call.args.to_json().len(),
    }
}
