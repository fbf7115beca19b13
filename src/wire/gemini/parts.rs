//! The parts of an answer under way: runs of text are put together, and signatures stay where they came.
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    CONTINUATION, SIGNATURE,
    arguments::{Piece, Pieces},
};
use crate::{
    protocol::{Arguments, Native, Origin, ReplyPart, ToolCall},
    wire::{Chunk, calls::CallIds, loose::Text},
};

/// A part as it comes. What means nothing here is left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    thought: Option<bool>,
    #[serde(borrow, default)]
    thought_signature: Text<'a>,
    #[serde(borrow)]
    function_call: Option<FunctionCall<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionCall<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    #[serde(borrow)]
    partial_args: Option<Vec<Piece<'a>>>,
    will_continue: Option<bool>,
}

/// What is being written.
enum Open {
    Text { text: String, signed: Vec<Signed> },
    Thought(String),
    Call { id: String, tool: String, signature: String, arguments: Pieces },
}

/// A stretch of a text that came with a signature. It may not be put together with its neighbours when it goes back.
#[derive(Debug, PartialEq, serde::Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signed {
    /// In bytes of the text.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) thought_signature: String,
}

/// What is kept of a text beside its words.
#[derive(Debug, PartialEq, serde::Serialize, Deserialize)]
pub(super) struct SignedText {
    pub(super) signed: Vec<Signed>,
}

pub(super) struct Parts {
    origin: Origin,
    open: Option<Open>,
    pub(super) call_ids: CallIds,
    pub(super) has_calls: bool,
}

impl Parts {
    pub(super) fn new(origin: Origin) -> Self {
        Self { origin, open: None, call_ids: CallIds::default(), has_calls: false }
    }

    pub(super) fn take(&mut self, part: Part<'_>, chunks: &mut Vec<Chunk>) {
        let signature = &*part.thought_signature;
        match (part.function_call, part.text) {
            (Some(call), _) => self.call(call, signature, chunks),
            (None, Some(text)) if part.thought == Some(true) => {
                self.think(&text, signature, chunks);
            }
            (None, Some(text)) => self.say(&text, signature, chunks),
            (None, None) if !signature.is_empty() => self.say("", signature, chunks),
            (None, None) => {}
        }
    }

    /// Ends what is open: something else begins, or the answer is over.
    pub(super) fn finish(&mut self, chunks: &mut Vec<Chunk>) {
        match self.open.take() {
            None => {}
            Some(Open::Text { text, signed }) => chunks.extend(self.text(text, signed)),
            Some(Open::Thought(text)) => {
                chunks.push(Chunk::Part(ReplyPart::Thought { text, native: None }));
            }
            Some(Open::Call { id, tool, signature, arguments }) => {
                self.has_calls = true;
                let id = self.call_ids.claim(&id);
                let call = ToolCall { id, tool, args: arguments.finish() };
                let payload = (!signature.is_empty()).then(|| json!({ SIGNATURE: signature }));
                let native = payload.map(|payload| self.native(payload));
                chunks.push(Chunk::Part(ReplyPart::Call { call, native }));
            }
        }
    }

    /// Keeps what the vendor wants to see when the answer is gone on with.
    pub(super) fn keep_continuation(&self, token: &str) -> Chunk {
        self.wordless(json!({ CONTINUATION: token }))
    }

    fn say(&mut self, more: &str, signature: &str, chunks: &mut Vec<Chunk>) {
        if more.is_empty() && signature.is_empty() {
            return;
        }
        if !matches!(self.open, Some(Open::Text { .. })) {
            self.finish(chunks);
        }
        let begun = self.open.get_or_insert(Open::Text { text: String::new(), signed: Vec::new() });
        if let Open::Text { text, signed } = begun {
            let from = text.len();
            text.push_str(more);
            if !signature.is_empty() {
                let (to, thought_signature) = (text.len(), signature.to_owned());
                signed.push(Signed { from, to, thought_signature });
            }
        }
        if !more.is_empty() {
            chunks.push(Chunk::Text(more.to_owned()));
        }
    }

    fn think(&mut self, more: &str, signature: &str, chunks: &mut Vec<Chunk>) {
        if !more.is_empty() {
            chunks.push(Chunk::Thought(more.to_owned()));
        }
        if !signature.is_empty() {
            self.finish(chunks);
            let payload = json!({ "text": more, "thought": true, SIGNATURE: signature });
            let native = Some(self.native(payload));
            chunks.push(Chunk::Part(ReplyPart::Thought { text: more.to_owned(), native }));
            return;
        }
        match &mut self.open {
            Some(Open::Thought(text)) => text.push_str(more),
            _ if more.is_empty() => {}
            Some(Open::Text { .. } | Open::Call { .. }) | None => {
                self.finish(chunks);
                self.open = Some(Open::Thought(more.to_owned()));
            }
        }
    }

    /// A call comes whole, or its beginning comes and then pieces of its arguments, which name nothing.
    fn call(&mut self, call: FunctionCall<'_>, signature: &str, chunks: &mut Vec<Chunk>) {
        let goes_on = call.name.is_empty() && matches!(self.open, Some(Open::Call { .. }));
        if !goes_on {
            if call.name.is_empty() {
                return;
            }
            self.finish(chunks);
            self.open = Some(Open::Call {
                id: call.id.into_string(),
                tool: call.name.into_string(),
                signature: signature.to_owned(),
                arguments: Pieces::new(),
            });
        }
        if let Some(Open::Call { tool, arguments, .. }) = &mut self.open {
            if let Some(args) = call.args {
                arguments.set(Arguments::parse(args.get()));
            }
            for piece in call.partial_args.into_iter().flatten() {
                arguments.add(&piece);
                let (tool, bytes) = (tool.clone(), arguments.bytes());
                chunks.push(Chunk::CallProgress { tool, bytes });
            }
        }
        if call.will_continue != Some(true) {
            self.finish(chunks);
        }
    }

    fn text(&self, text: String, signed: Vec<Signed>) -> Vec<Chunk> {
        if text.is_empty() {
            let parts = signed.into_iter();
            return parts
                .map(|it| self.wordless(json!({ "text": "", SIGNATURE: it.thought_signature })))
                .collect();
        }
        let payload = (!signed.is_empty()).then(|| json!(SignedText { signed }));
        let native = payload.map(|payload| self.native(payload));
        vec![Chunk::Part(ReplyPart::Text { text, native })]
    }

    /// What the vendor wants back and nobody reads.
    fn wordless(&self, payload: Value) -> Chunk {
        let native = Some(self.native(payload));
        Chunk::Part(ReplyPart::Thought { text: String::new(), native })
    }

    fn native(&self, payload: Value) -> Native {
        Native { origin: self.origin.clone(), payload }
    }
}
