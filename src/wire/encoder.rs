//! Encodes the requests of a conversation one after another: each is the last one and what was said since.
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::{Target, Wire};
use crate::protocol::{Message, Request};

/// What every body ends with: its list of messages comes last.
const END: &[u8] = b"]}";

/// Gives what [`Wire::encode`] gives. For a request that continues the last one, only the new messages are encoded.
pub struct Encoder {
    wire: &'static dyn Wire,
    last: Option<Encoded>,
}

struct Encoded {
    request: Request,
    target: Target,
    body: Bytes,
}

impl Encoder {
    pub fn new(wire: &'static dyn Wire) -> Self {
        Self { wire, last: None }
    }

    pub fn encode(&mut self, request: Request, target: Target) -> Bytes {
        let body = match self.last.take() {
            Some(last) if last.is_continued_by(&request, &target) => {
                self.extend(last, &request, &target)
            }
            Some(_) | None => None,
        };
        let body = body.unwrap_or_else(|| self.wire.encode(&request, &target).into());
        self.last = Some(Encoded { request, target, body: body.clone() });
        body
    }

    /// Absent where the wire has to encode the whole conversation.
    fn extend(&self, last: Encoded, request: &Request, target: &Target) -> Option<Bytes> {
        let added = &request.messages[last.request.messages.len()..];
        if added.is_empty() {
            return Some(last.body);
        }
        Some(extended(last.body, &self.wire.encode_messages(added, target)?))
    }
}

impl Encoded {
    /// The other request differs in nothing but messages that were added.
    fn is_continued_by(&self, other: &Request, target: &Target) -> bool {
        let Request {
            model,
            system,
            tools,
            messages,
            effort,
            max_output_tokens,
            output_schema,
            cache_key,
            tool_use,
        } = &self.request;
        let Some((known, added)) = other.messages.split_at_checked(messages.len()) else {
            return false;
        };
        self.target == *target
            && *model == other.model
            && *system == other.system
            && *tools == other.tools
            && *effort == other.effort
            && *max_output_tokens == other.max_output_tokens
            && *output_schema == other.output_schema
            && *cache_key == other.cache_key
            && *tool_use == other.tool_use
            && !is_within_round(added)
            && known.iter().zip(messages).all(|(one, other)| Arc::ptr_eq(one, other))
    }
}

/// The outcomes of a round may share an item at its end, so its bytes are settled only when it is over.
fn is_within_round(added: &[Arc<Message>]) -> bool {
    matches!(added.first().map(Arc::as_ref), Some(Message::Outcome { .. }))
}

/// The body with a JSON array's items added to its list. Nothing is copied when nobody holds the body any more.
fn extended(body: Bytes, array: &[u8]) -> Bytes {
    let items = array.strip_prefix(b"[").and_then(|items| items.strip_suffix(b"]"));
    let items = items.unwrap_or_default();
    if items.is_empty() {
        return body;
    }
    let mut body = body.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&*shared));
    body.truncate(body.len() - END.len());
    if !body.ends_with(b"[") {
        body.extend_from_slice(b",");
    }
    body.extend_from_slice(items);
    body.extend_from_slice(END);
    body.freeze()
}

#[cfg(test)]
mod tests {
    use std::{
        borrow::Cow,
        sync::{Mutex, PoisonError},
    };

    use super::*;
    use crate::{
        protocol::{CallId, Origin, Outcome, ToolUse},
        wire::{Abilities, Decoder, Quirks, Responses},
    };

    /// Speaks Responses and notes how many messages it encodes.
    #[derive(Default)]
    struct Counting(Mutex<Vec<usize>>);

    impl Counting {
        fn note(&self, messages: &[Arc<Message>]) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(messages.len());
        }
    }

    impl Wire for Counting {
        fn name(&self) -> &'static str {
            Responses.name()
        }

        fn path(&self, model: &str) -> Cow<'static, str> {
            Responses.path(model)
        }

        fn encode(&self, request: &Request, target: &Target) -> Vec<u8> {
            self.note(&request.messages);
            Responses.encode(request, target)
        }

        fn encode_messages(&self, messages: &[Arc<Message>], target: &Target) -> Option<Vec<u8>> {
            self.note(messages);
            Responses.encode_messages(messages, target)
        }

        fn decoder(&self, target: &Target) -> Box<dyn Decoder> {
            Responses.decoder(target)
        }
    }

    #[test]
    fn only_what_was_added_is_encoded() {
        let prompt = || Arc::new(Message::Prompt("go".into()));
        let outcome = Message::Outcome { call: CallId("a".into()), outcome: Outcome::done("") };
        let start = Request {
            model: "m".into(),
            system: "s".into(),
            tools: Arc::default(),
            messages: vec![prompt(), prompt()],
            effort: None,
            max_output_tokens: None,
            output_schema: None,
            cache_key: "k".into(),
            tool_use: ToolUse::Free,
        };
        let with = |change: &dyn Fn(&mut Request)| {
            let mut request = start.clone();
            request.messages.push(prompt());
            change(&mut request);
            request
        };
        let cases: [(&str, Option<usize>, Request); 7] = [
            ("sent again", None, start.clone()),
            ("one more", Some(1), with(&|_| {})),
            (
                "an outcome",
                Some(3),
                with(&|request| request.messages[2] = Arc::new(outcome.clone())),
            ),
            (
                "an equal message that is another",
                Some(3),
                with(&|request| request.messages[0] = prompt()),
            ),
            ("shorter", Some(1), with(&|request| request.messages.truncate(1))),
            ("another model", Some(3), with(&|request| request.model = "n".into())),
            ("an equal system prompt", Some(1), with(&|request| request.system = "s".into())),
        ];
        let origin = Origin { kind: "k".into(), endpoint: "e".into(), model: "m".into() };
        let target = Target { origin, quirks: Quirks::default(), abilities: Abilities::default() };
        for (name, expected, next) in cases {
            let counting: &'static Counting = Box::leak(Box::default());
            let mut encoder = Encoder::new(counting);
            encoder.encode(start.clone(), target.clone());
            assert_eq!(
                encoder.encode(next.clone(), target.clone()),
                Responses.encode(&next, &target)
            );
            let encoded: Vec<usize> = [2].into_iter().chain(expected).collect();
            assert_eq!(*counting.0.lock().unwrap(), encoded, "{name}");
        }
    }
}
