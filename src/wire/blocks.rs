//! The blocks of an answer under way, where they come in pieces by index: put together, and given out in order.
use serde_json::Value;

use super::{
    Chunk,
    calls::{self, CallIds, Wrapping},
};
use crate::protocol::{Native, Origin, ReplyPart};

/// What a block holds, at its beginning and as it grows.
pub(super) enum Content {
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

/// What is added to a block.
#[derive(Clone, Copy)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Thinking(&'a str),
    /// All of it: a later one replaces it.
    Signature(&'a str),
    /// All of it.
    Redacted(&'a str),
    Arguments(&'a str),
}

/// Reasoning as it goes back to its vendor.
#[derive(Clone, Copy)]
pub(super) enum Reasoning<'a> {
    Open { text: &'a str, signature: &'a str },
    Redacted(&'a str),
}

/// Writes reasoning as its vendor does. Absent: it is not sent back.
pub(super) type AsNative = fn(Reasoning<'_>) -> Option<Value>;

struct Block {
    index: Option<u64>,
    content: Content,
    state: State,
}

enum State {
    Open,
    Done(Vec<ReplyPart>),
    Given,
}

pub(super) struct Blocks {
    origin: Origin,
    as_native: AsNative,
    list: Vec<Block>,
    pub(super) call_ids: CallIds,
    pub(super) has_calls: bool,
}

impl Blocks {
    pub(super) fn new(origin: Origin, as_native: AsNative) -> Self {
        let call_ids = CallIds::default();
        Self { origin, as_native, list: Vec::new(), call_ids, has_calls: false }
    }

    pub(super) fn begin(&mut self, index: Option<u64>, content: Content) -> Option<Chunk> {
        // Said twice, it is one block; at a place that is over, another one.
        if self.open_at(index).is_some() {
            return None;
        }
        let chunk = match &content {
            Content::Text(text) => shown(text, Chunk::Text),
            Content::Thinking { text, .. } => shown(text, Chunk::Thought),
            Content::Redacted(_) | Content::Call { .. } | Content::Foreign => None,
        };
        self.list.push(Block { index, content, state: State::Open });
        chunk
    }

    /// Takes a piece of a block and gives what there is to show for it.
    pub(super) fn grow(&mut self, index: Option<u64>, piece: Piece<'_>) -> Option<Chunk> {
        let at = self.open_at(index).or_else(|| self.begin_by(index, piece))?;
        match (&mut self.list[at].content, piece) {
            (Content::Text(text), Piece::Text(more)) => {
                text.push_str(more);
                shown(more, Chunk::Text)
            }
            (Content::Thinking { text, .. }, Piece::Thinking(more)) => {
                text.push_str(more);
                shown(more, Chunk::Thought)
            }
            (Content::Thinking { signature: kept, .. }, Piece::Signature(whole))
            | (Content::Redacted(kept), Piece::Redacted(whole)) => {
                whole.clone_into(kept);
                None
            }
            (Content::Call { tool, seen, .. }, Piece::Arguments(more)) => {
                seen.push_str(more);
                let (tool, bytes) = (tool.clone(), seen.len());
                (!more.is_empty()).then_some(Chunk::CallProgress { tool, bytes })
            }
            // Of another kind than the block it is said of.
            (
                Content::Text(_)
                | Content::Thinking { .. }
                | Content::Redacted(_)
                | Content::Call { .. }
                | Content::Foreign,
                _,
            ) => None,
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

    /// A block that nobody announced. A piece that comes after its block's end is none, and arguments need a call.
    fn begin_by(&mut self, index: Option<u64>, piece: Piece<'_>) -> Option<usize> {
        if self.list.iter().any(|block| block.index == index) {
            return None;
        }
        let content = match piece {
            Piece::Text(_) => Content::Text(String::new()),
            Piece::Thinking(_) | Piece::Signature(_) => {
                Content::Thinking { text: String::new(), signature: String::new() }
            }
            Piece::Redacted(_) => Content::Redacted(String::new()),
            Piece::Arguments(_) => return None,
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
        match content {
            Content::Text(text) if text.is_empty() => Vec::new(),
            Content::Text(text) => vec![ReplyPart::Text { text, native: None }],
            Content::Call { id, tool, seen, input } => self.calls(&id, &tool, &seen, &input),
            Content::Thinking { text, signature } => {
                if text.is_empty() && signature.is_empty() {
                    return Vec::new();
                }
                let native = self.native(Reasoning::Open { text: &text, signature: &signature });
                vec![ReplyPart::Thought { text, native }]
            }
            Content::Redacted(data) => {
                let native = self.native(Reasoning::Redacted(&data));
                vec![ReplyPart::Thought { text: String::new(), native }]
            }
            Content::Foreign => Vec::new(),
        }
    }

    fn native(&self, reasoning: Reasoning<'_>) -> Option<Native> {
        let payload = (self.as_native)(reasoning)?;
        Some(Native { origin: self.origin.clone(), payload })
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

fn shown(text: &str, as_chunk: fn(String) -> Chunk) -> Option<Chunk> {
    (!text.is_empty()).then(|| as_chunk(text.to_owned()))
}
