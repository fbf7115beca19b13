//! The calls of a Chat Completions stream: pieces that say more or less where they belong.
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    protocol::ToolCall,
    wire::{
        Chunk,
        calls::{self, CallIds, Wrapping},
        loose::Text,
    },
};

/// A piece of a call. Any of it may be missing.
#[derive(Deserialize)]
pub(super) struct Piece<'a> {
    index: Option<u64>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow)]
    function: Option<FunctionPiece<'a>>,
}

#[derive(Default, Deserialize)]
struct FunctionPiece<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

#[derive(Debug, Default)]
struct Slot {
    index: Option<u64>,
    id: String,
    tool: String,
    arguments: String,
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    slots: Vec<Slot>,
}

impl Calls {
    pub(super) fn push(&mut self, piece: Piece<'_>) -> Option<Chunk> {
        let function = piece.function.unwrap_or_default();
        let arguments = arguments_text(function.arguments);
        let at = self.place(piece.index, &piece.id, &function.name, &arguments);
        let slot = &mut self.slots[at];
        if slot.id.is_empty() {
            slot.id.push_str(&piece.id);
        }
        // A name may be said again with every piece; a few servers send it in pieces.
        if slot.tool != *function.name && slot.arguments.is_empty() {
            slot.tool.push_str(&function.name);
        }
        slot.arguments.push_str(&arguments);
        Some(Chunk::CallProgress { tool: slot.tool.clone(), bytes: slot.arguments.len() })
    }

    /// The calls as they stand, in their order.
    pub(super) fn finish(self, ids: &mut CallIds) -> Vec<ToolCall> {
        let unwrap =
            |slot: Slot| match calls::unwrap_parallel(ids, &slot.id, &slot.tool, &slot.arguments) {
                Wrapping::Bare(call) => vec![call],
                Wrapping::Parallel(calls) => calls,
            };
        // An empty piece that named nothing opened no call.
        let named = |slot: &Slot| !slot.tool.is_empty() || !slot.arguments.is_empty();
        self.slots.into_iter().filter(named).flat_map(unwrap).collect()
    }

    /// The slot a piece belongs to; a new one where it begins a call.
    fn place(&mut self, index: Option<u64>, id: &str, name: &str, arguments: &str) -> usize {
        let known = match index {
            Some(_) => self.slots.iter().rposition(|slot| slot.index == index),
            None if id.is_empty() => self.slots.len().checked_sub(1),
            None => self.slots.iter().rposition(|slot| slot.id == id),
        };
        if let Some(at) = known
            && !self.slots[at].is_followed_by(id, name, arguments)
        {
            return at;
        }
        self.slots.push(Slot { index, ..Slot::default() });
        self.slots.len() - 1
    }
}

impl Slot {
    /// Whether a piece that came for this slot is another call's: some servers give every call the same index.
    fn is_followed_by(&self, id: &str, name: &str, arguments: &str) -> bool {
        if !id.is_empty() {
            return !self.id.is_empty() && self.id != id;
        }
        !name.is_empty()
            && !arguments.is_empty()
            && !self.arguments.is_empty()
            && serde_json::from_str::<Map<String, Value>>(&self.arguments).is_ok()
    }
}

/// Arguments are text, or an object that was not made into text, or nothing.
fn arguments_text(raw: Option<&RawValue>) -> String {
    let Some(raw) = raw.map(RawValue::get) else { return String::new() };
    match serde_json::from_str::<String>(raw) {
        Ok(text) => text,
        Err(_) => raw.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces in, `id tool arguments` of each call out.
    fn check(pieces: &[&str], expected: &[&str]) {
        let mut calls = Calls::default();
        for piece in pieces {
            calls.push(serde_json::from_str(piece).unwrap());
        }
        let said: Vec<String> = calls
            .finish(&mut CallIds::default())
            .iter()
            .map(|call| format!("{} {} {}", call.id, call.tool, call.args.to_json()))
            .collect();
        assert_eq!(said, expected, "{pieces:?}");
    }

    #[test]
    fn pieces_find_their_call() {
        // The protocol as its vendor runs it, interleaved.
        check(
            &[
                r#"{"index":0,"id":"a","type":"function","function":{"name":"read","arguments":""}}"#,
                r#"{"index":1,"id":"b","type":"function","function":{"name":"ls","arguments":""}}"#,
                r#"{"index":0,"function":{"arguments":"{\"x\""}}"#,
                r#"{"index":1,"function":{"arguments":"{}"}}"#,
                r#"{"index":0,"function":{"arguments":":1}"}}"#,
            ],
            &[r#"a read {"x":1}"#, "b ls {}"],
        );
        // An empty name later means nothing; a repeated one neither; counting may start at 1.
        check(
            &[
                r#"{"index":1,"id":"a","function":{"name":"read","arguments":""}}"#,
                r#"{"index":1,"function":{"name":"","arguments":"{\"x\""}}"#,
                r#"{"index":1,"function":{"name":"read","arguments":":1}"}}"#,
            ],
            &[r#"a read {"x":1}"#],
        );
        // No index: a new id is a new call, none belongs to the last one.
        check(
            &[
                r#"{"id":"a","function":{"name":"read","arguments":"{\"x\":"}}"#,
                r#"{"function":{"arguments":"1}"}}"#,
                r#"{"id":"b","function":{"name":"ls"}}"#,
                r#"{"id":"b","function":{"arguments":"{}"}}"#,
            ],
            &[r#"a read {"x":1}"#, "b ls {}"],
        );
        // Every call at index 0.
        check(
            &[
                r#"{"index":0,"id":"a","function":{"name":"read","arguments":"{}"}}"#,
                r#"{"index":0,"id":"b","function":{"name":"read","arguments":"{}"}}"#,
            ],
            &["a read {}", "b read {}"],
        );
        // No index, no id, whole calls; arguments as an object, as null, and missing.
        check(
            &[
                r#"{"function":{"name":"read","arguments":{"x":1}}}"#,
                r#"{"function":{"name":"read","arguments":{"x":2}}}"#,
                r#"{"id":"n","function":{"name":"ls","arguments":null}}"#,
                r#"{"id":"m","function":{"name":"ls"}}"#,
            ],
            &[r#"call_0 read {"x":1}"#, r#"call_1 read {"x":2}"#, "n ls {}", "m ls {}"],
        );
        // A name in pieces; a piece that opens nothing.
        check(
            &[
                r#"{"index":0,"id":"a","function":{"name":"read_"}}"#,
                r#"{"index":0,"function":{"name":"file","arguments":"{}"}}"#,
                r#"{"index":1,"function":{}}"#,
            ],
            &["a read_file {}"],
        );
        check(
            &[r#"{"index":0,"id":"a","function":{"name":"read","arguments":"{\"x"}}"#],
            &[r#"a read {"invalid_json":"{\"x"}"#],
        );
    }
}
