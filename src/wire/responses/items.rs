//! The items of an answer under way: put together by place, given out in order.
use serde_json::{Map, Value, json};

use crate::{
    protocol::{Native, Origin, ReplyPart},
    wire::{
        Chunk,
        calls::{self, CallIds, Wrapping},
    },
};

/// An item's place: by index, or where a server gives none, by id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) index: Option<u64>,
    pub(super) id: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Reasoning,
    Call,
    /// An item that means nothing here.
    Foreign,
}

impl Kind {
    fn of(item: &Value) -> Self {
        match item["type"].as_str() {
            Some("message") => Self::Message,
            Some("reasoning") => Self::Reasoning,
            Some("function_call") => Self::Call,
            Some(_) | None => Self::Foreign,
        }
    }
}

#[derive(Debug)]
struct Item {
    index: u64,
    id: String,
    call_id: String,
    kind: Kind,
    tool: String,
    /// What came as deltas: text, reasoning or arguments.
    seen: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Open,
    Done(Vec<ReplyPart>),
    Given,
}

pub(super) struct Items {
    origin: Origin,
    /// In the order of their indexes.
    list: Vec<Item>,
    pub(super) call_ids: CallIds,
    pub(super) refusal: String,
    pub(super) has_calls: bool,
}

impl Items {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            origin,
            list: Vec::new(),
            call_ids: CallIds::default(),
            refusal: String::new(),
            has_calls: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn add(&mut self, index: Option<u64>, item: &Value) {
        let place = Place { index, id: id_of(item) };
        let is_open = |at: &usize| matches!(self.list[*at].state, State::Open);
        // A server that counts wrongly begins another item at a place that is taken: it comes after the first.
        let at = self
            .find(place)
            .filter(is_open)
            .unwrap_or_else(|| self.insert(index, place.id, Kind::of(item)));
        let slot = &mut self.list[at];
        slot.kind = Kind::of(item);
        slot.call_id = text_at(item, "call_id").to_owned();
        slot.tool = text_at(item, "name").to_owned();
    }

    /// Takes a piece of an item and gives what there is to show for it.
    pub(super) fn grow(&mut self, place: Place<'_>, kind: Kind, piece: &str) -> Option<Chunk> {
        let at = self
            .find(place)
            .or_else(|| self.last_open(kind).filter(|_| place.index.is_none()))
            .unwrap_or_else(|| self.insert(place.index, place.id, kind));
        let item = &mut self.list[at];
        if !matches!(item.state, State::Open) || piece.is_empty() {
            return None;
        }
        item.seen.push_str(piece);
        match kind {
            Kind::Message => Some(Chunk::Text(piece.to_owned())),
            Kind::Reasoning => Some(Chunk::Thought(piece.to_owned())),
            Kind::Call => {
                Some(Chunk::CallProgress { tool: item.tool.clone(), bytes: item.seen.len() })
            }
            Kind::Foreign => None,
        }
    }

    /// Another summary begins: it is shown apart from the one before.
    pub(super) fn begin_summary(&mut self, place: Place<'_>) -> Option<Chunk> {
        let is_first = self.find(place).is_none_or(|at| self.list[at].seen.is_empty());
        if is_first { None } else { self.grow(place, Kind::Reasoning, "\n\n") }
    }

    /// Takes an item that is complete.
    pub(super) fn finish(&mut self, index: Option<u64>, item: &Value) -> Vec<Chunk> {
        let kind = Kind::of(item);
        let place = Place { index, id: id_of(item) };
        let at = self
            .find(place)
            .or_else(|| self.last_open(kind).filter(|_| index.is_none()))
            .unwrap_or_else(|| self.insert(index, place.id, kind));
        if !matches!(self.list[at].state, State::Open) {
            return Vec::new();
        }
        let mut chunks = Vec::new();
        let is_complete = text_at(item, "status") != "incomplete";
        let native =
            |payload: Value| is_complete.then(|| Native { origin: self.origin.clone(), payload });
        let seen = &self.list[at].seen;
        let parts = match kind {
            Kind::Message => {
                let text = content_texts(item, "output_text", "text");
                let refusal = content_texts(item, "refusal", "refusal");
                if !refusal.is_empty() {
                    self.refusal = refusal;
                }
                chunks.extend(unseen(&text, seen).map(Chunk::Text));
                of_text(text, native(message_payload(item)))
            }
            Kind::Reasoning => {
                let text = thought_text(item);
                chunks.extend(unseen(&text, seen).map(Chunk::Thought));
                let native = reasoning_payload(item).and_then(native);
                of_thought(text, native)
            }
            Kind::Call => {
                let native = native(id_payload(item));
                let arguments = match &item["arguments"] {
                    Value::Null => seen.clone(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                self.call_parts(text_at(item, "call_id"), text_at(item, "name"), &arguments, native)
            }
            Kind::Foreign => Vec::new(),
        };
        self.list[at].state = State::Done(parts);
        chunks.extend(self.give());
        chunks
    }

    /// The answer is over: items that were never completed are made of what was seen of them.
    pub(super) fn finish_all(&mut self) -> Vec<Chunk> {
        for at in 0..self.list.len() {
            let item = &mut self.list[at];
            if !matches!(item.state, State::Open) {
                continue;
            }
            let seen = std::mem::take(&mut item.seen);
            let parts = match item.kind {
                Kind::Message => of_text(seen, None),
                Kind::Reasoning => of_thought(seen, None),
                Kind::Call => {
                    let (id, tool) = (item.call_id.clone(), item.tool.clone());
                    self.call_parts(&id, &tool, &seen, None)
                }
                Kind::Foreign => Vec::new(),
            };
            self.list[at].state = State::Done(parts);
        }
        self.give()
    }

    fn call_parts(
        &mut self,
        id: &str,
        tool: &str,
        arguments: &str,
        native: Option<Native>,
    ) -> Vec<ReplyPart> {
        self.has_calls = true;
        match calls::unwrap_parallel(&mut self.call_ids, id, tool, arguments) {
            Wrapping::Bare(call) => vec![ReplyPart::Call { call, native }],
            Wrapping::Parallel(calls) => {
                calls.into_iter().map(|call| ReplyPart::Call { call, native: None }).collect()
            }
        }
    }

    /// The parts that are complete and that nothing earlier still holds back.
    fn give(&mut self) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for item in &mut self.list {
            match std::mem::replace(&mut item.state, State::Given) {
                State::Done(parts) => chunks.extend(parts.into_iter().map(Chunk::Part)),
                State::Given => {}
                State::Open => {
                    item.state = State::Open;
                    break;
                }
            }
        }
        chunks
    }

    fn find(&self, place: Place<'_>) -> Option<usize> {
        match place.index {
            Some(index) => self.list.iter().rposition(|item| item.index == index),
            None if place.id.is_empty() => None,
            None => {
                self.list.iter().rposition(|item| item.id == place.id || item.call_id == place.id)
            }
        }
    }

    fn last_open(&self, kind: Kind) -> Option<usize> {
        self.list.iter().rposition(|item| item.kind == kind && matches!(item.state, State::Open))
    }

    fn insert(&mut self, index: Option<u64>, id: &str, kind: Kind) -> usize {
        let next = self.list.last().map_or(0, |item| item.index.saturating_add(1));
        let index = index.unwrap_or(next);
        let at = self.list.partition_point(|item| item.index <= index);
        let item = Item {
            index,
            id: id.to_owned(),
            call_id: String::new(),
            kind,
            tool: String::new(),
            seen: String::new(),
            state: State::Open,
        };
        self.list.insert(at, item);
        at
    }
}

fn of_text(text: String, native: Option<Native>) -> Vec<ReplyPart> {
    if text.is_empty() { Vec::new() } else { vec![ReplyPart::Text { text, native }] }
}

fn of_thought(text: String, native: Option<Native>) -> Vec<ReplyPart> {
    if text.is_empty() && native.is_none() {
        return Vec::new();
    }
    vec![ReplyPart::Thought { text, native }]
}

fn text_at<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}

/// Some servers name a call by its `call_id` alone.
fn id_of(item: &Value) -> &str {
    item["id"].as_str().unwrap_or_else(|| text_at(item, "call_id"))
}

/// The rest of a text whose beginning was shown already.
fn unseen(text: &str, seen: &str) -> Option<String> {
    text.strip_prefix(seen).filter(|rest| !rest.is_empty()).map(str::to_owned)
}

/// The texts of an item's content parts of one kind, joined.
fn content_texts(item: &Value, kind: &str, member: &str) -> String {
    let parts = item["content"].as_array().map_or(&[][..], Vec::as_slice);
    parts.iter().filter(|part| part["type"] == kind).map(|part| text_at(part, member)).collect()
}

fn thought_text(item: &Value) -> String {
    let summaries = item["summary"].as_array().map_or(&[][..], Vec::as_slice);
    let summary =
        summaries.iter().map(|summary| text_at(summary, "text")).collect::<Vec<_>>().join("\n\n");
    if summary.is_empty() { content_texts(item, "reasoning_text", "text") } else { summary }
}

fn id_payload(item: &Value) -> Value {
    pick(item, &["id"])
}

fn message_payload(item: &Value) -> Value {
    pick(item, &["id", "phase"])
}

/// What goes back of a reasoning item. One that holds a summary alone is not taken back by any server.
fn reasoning_payload(item: &Value) -> Option<Value> {
    let is_encrypted = !text_at(item, "encrypted_content").is_empty();
    let is_open = !content_texts(item, "reasoning_text", "text").is_empty();
    if !is_encrypted && !is_open {
        return None;
    }
    let mut payload =
        pick(item, &["type", "id", "summary", "content", "encrypted_content", "status"]);
    if payload["summary"].is_null() {
        payload["summary"] = json!([]);
    }
    Some(payload)
}

fn pick(item: &Value, names: &[&str]) -> Value {
    let member = |name: &&str| match &item[*name] {
        Value::Null => None,
        value => Some(((*name).to_owned(), value.clone())),
    };
    Value::Object(names.iter().filter_map(member).collect::<Map<_, _>>())
}
