//! The blocks of an answer under way: put together by index, given out in order.
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    protocol::{Native, Origin, ReplyPart},
    wire::{
        Chunk,
        calls::{self, CallIds, Wrapping},
        loose::Text,
    },
};

/// A piece of a block, of which one member says what it adds.
#[derive(Default, Deserialize)]
pub(super) struct Piece<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow, default)]
    signature: Text<'a>,
    #[serde(borrow, default)]
    partial_json: Text<'a>,
}

/// The beginning of a block.
#[derive(Default, Deserialize)]
pub(super) struct Beginning<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow, default)]
    signature: Text<'a>,
    #[serde(borrow, default)]
    data: Text<'a>,
    #[serde(default)]
    input: Value,
}

struct Block {
    index: Option<u64>,
    content: Content,
    state: State,
}

enum Content {
    Text(String),
    Thinking {
        text: String,
        signature: String,
    },
    Redacted(String),
    Call {
        id: String,
        tool: String,
        /// The arguments, as far as they came in pieces.
        seen: String,
        /// What stood in the beginning, where nearly everybody leaves it empty.
        input: Value,
    },
    /// A block that means nothing here.
    Foreign,
}

enum State {
    Open,
    Done(Vec<ReplyPart>),
    Given,
}

pub(super) struct Blocks {
    origin: Origin,
    list: Vec<Block>,
    pub(super) call_ids: CallIds,
    pub(super) has_calls: bool,
}

impl Blocks {
    pub(super) fn new(origin: Origin) -> Self {
        Self { origin, list: Vec::new(), call_ids: CallIds::default(), has_calls: false }
    }

    pub(super) fn begin(&mut self, index: Option<u64>, beginning: Beginning<'_>) -> Option<Chunk> {
        // Said twice, it is one block; at a place that is over, another one.
        if self.open_at(index).is_some() {
            return None;
        }
        let content = Content::of(beginning);
        let chunk = match &content {
            Content::Text(text) => shown(text, Chunk::Text),
            Content::Thinking { text, .. } => shown(text, Chunk::Thought),
            Content::Redacted(_) | Content::Call { .. } | Content::Foreign => None,
        };
        self.list.push(Block { index, content, state: State::Open });
        chunk
    }

    /// Takes a piece of a block and gives what there is to show for it.
    pub(super) fn grow(&mut self, index: Option<u64>, piece: &Piece<'_>) -> Option<Chunk> {
        let at = self.open_at(index).or_else(|| self.begin_by(index, &piece.kind))?;
        match (&mut self.list[at].content, &*piece.kind) {
            (Content::Text(text), "text_delta") => {
                text.push_str(&piece.text);
                shown(&piece.text, Chunk::Text)
            }
            (Content::Thinking { text, .. }, "thinking_delta") => {
                text.push_str(&piece.thinking);
                shown(&piece.thinking, Chunk::Thought)
            }
            (Content::Thinking { signature, .. }, "signature_delta") => {
                signature.clear();
                signature.push_str(&piece.signature);
                None
            }
            (Content::Call { tool, seen, .. }, "input_json_delta") => {
                seen.push_str(&piece.partial_json);
                let (tool, bytes) = (tool.clone(), seen.len());
                (!piece.partial_json.is_empty()).then_some(Chunk::CallProgress { tool, bytes })
            }
            _ => None,
        }
    }

    pub(super) fn finish(&mut self, index: Option<u64>) -> Vec<Chunk> {
        if let Some(at) = self.open_at(index) {
            self.complete(at);
        }
        self.give()
    }

    /// The answer is over, and with it every block.
    pub(super) fn finish_all(&mut self) -> Vec<Chunk> {
        for at in 0..self.list.len() {
            if matches!(self.list[at].state, State::Open) {
                self.complete(at);
            }
        }
        self.give()
    }

    fn open_at(&self, index: Option<u64>) -> Option<usize> {
        self.list
            .iter()
            .rposition(|block| block.index == index && matches!(block.state, State::Open))
    }

    /// A block that nobody announced. A piece that comes after its block's end is none.
    fn begin_by(&mut self, index: Option<u64>, piece: &str) -> Option<usize> {
        if self.list.iter().any(|block| block.index == index) {
            return None;
        }
        let content = match piece {
            "text_delta" => Content::Text(String::new()),
            "thinking_delta" => Content::Thinking { text: String::new(), signature: String::new() },
            _ => return None,
        };
        self.list.push(Block { index, content, state: State::Open });
        Some(self.list.len() - 1)
    }

    fn complete(&mut self, at: usize) {
        let content = std::mem::replace(&mut self.list[at].content, Content::Foreign);
        let parts = self.parts(content);
        self.list[at].state = State::Done(parts);
    }

    fn parts(&mut self, content: Content) -> Vec<ReplyPart> {
        let (text, payload) = match content {
            Content::Text(text) if text.is_empty() => return Vec::new(),
            Content::Text(text) => return vec![ReplyPart::Text { text, native: None }],
            Content::Call { id, tool, seen, input } => {
                return self.calls(&id, &tool, &seen, &input);
            }
            Content::Foreign => return Vec::new(),
            Content::Thinking { text, signature } if text.is_empty() && signature.is_empty() => {
                return Vec::new();
            }
            Content::Thinking { text, signature } => {
                let payload =
                    json!({ "type": "thinking", "thinking": text, "signature": signature });
                (text, payload)
            }
            Content::Redacted(data) => {
                (String::new(), json!({ "type": "redacted_thinking", "data": data }))
            }
        };
        let native = Native { origin: self.origin.clone(), payload };
        vec![ReplyPart::Thought { text, native: Some(native) }]
    }

    fn calls(&mut self, id: &str, tool: &str, seen: &str, input: &Value) -> Vec<ReplyPart> {
        self.has_calls = true;
        let arguments = match input {
            Value::Object(members) if seen.is_empty() && !members.is_empty() => input.to_string(),
            _ => seen.to_owned(),
        };
        let calls = match calls::unwrap_parallel(&mut self.call_ids, id, tool, &arguments) {
            Wrapping::Bare(call) => vec![call],
            Wrapping::Parallel(calls) => calls,
        };
        calls.into_iter().map(|call| ReplyPart::Call { call, native: None }).collect()
    }

    /// The parts that are complete and that nothing earlier still holds back.
    fn give(&mut self) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for block in &mut self.list {
            match std::mem::replace(&mut block.state, State::Given) {
                State::Done(parts) => chunks.extend(parts.into_iter().map(Chunk::Part)),
                State::Given => {}
                State::Open => {
                    block.state = State::Open;
                    break;
                }
            }
        }
        chunks
    }
}

impl Content {
    fn of(block: Beginning<'_>) -> Self {
        match &*block.kind {
            "text" => Self::Text(block.text.into_string()),
            "thinking" => Self::Thinking {
                text: block.thinking.into_string(),
                signature: block.signature.into_string(),
            },
            "redacted_thinking" => Self::Redacted(block.data.into_string()),
            "tool_use" => Self::Call {
                id: block.id.into_string(),
                tool: block.name.into_string(),
                seen: String::new(),
                input: block.input,
            },
            _ => Self::Foreign,
        }
    }
}

fn shown(text: &str, as_chunk: fn(String) -> Chunk) -> Option<Chunk> {
    (!text.is_empty()).then(|| as_chunk(text.to_owned()))
}
