//! Arguments that come in pieces, each with its place: `$.recipe.steps[0]` is `"Boil"`, and then some more of it.
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{protocol::Arguments, wire::loose::Text};

/// A piece of the arguments.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Piece<'a> {
    #[serde(borrow, default)]
    json_path: Text<'a>,
    #[serde(borrow)]
    string_value: Option<Text<'a>>,
    number_value: Option<serde_json::Number>,
    bool_value: Option<bool>,
}

/// Arguments as far as they came.
pub(super) struct Pieces {
    object: Value,
    /// A piece that fits nowhere.
    stray: Option<String>,
    bytes: usize,
}

enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl Pieces {
    pub(super) fn new() -> Self {
        Self { object: Value::Object(Map::new()), stray: None, bytes: 0 }
    }

    /// Replaces what there is by the arguments as a whole.
    pub(super) fn set(&mut self, arguments: Arguments) {
        match arguments {
            Arguments::Object(object) => self.object = Value::Object(object),
            Arguments::Invalid(text) => self.stray = Some(text),
        }
    }

    pub(super) fn add(&mut self, piece: &Piece<'_>) {
        self.bytes += piece.string_value.as_ref().map_or(1, |text| text.len());
        if place(&mut self.object, &piece.json_path).is_none_or(|place| !piece.put(place)) {
            self.stray = Some(piece.json_path.to_string());
        }
    }

    /// How long they are so far.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn finish(self) -> Arguments {
        match (self.object, self.stray) {
            (Value::Object(object), None) => Arguments::Object(object),
            (_, Some(stray)) => Arguments::Invalid(stray),
            (other, None) => Arguments::Invalid(other.to_string()),
        }
    }
}

impl Piece<'_> {
    /// False where something of another kind stands already.
    fn put(&self, place: &mut Value) -> bool {
        let value = match (&self.string_value, &self.number_value, self.bool_value) {
            (Some(more), _, _) => {
                if let Value::String(text) = place {
                    text.push_str(more);
                    return true;
                }
                Value::String(more.to_string())
            }
            (None, Some(number), _) => Value::Number(number.clone()),
            (None, None, Some(bool)) => Value::Bool(bool),
            (None, None, None) => Value::Null,
        };
        let is_free = place.is_null();
        *place = value;
        is_free
    }
}

/// Where a path leads, with all that is missing on the way. Absent where it leads nowhere.
fn place<'a>(root: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let mut rest = path.strip_prefix('$')?;
    let mut at = root;
    while !rest.is_empty() {
        let (step, after) = next_step(rest)?;
        at = descend(at, &step)?;
        rest = after;
    }
    Some(at)
}

/// The first step of a path and what is left of it: `.name`, `['name']` or `[0]`.
fn next_step(path: &str) -> Option<(Step<'_>, &str)> {
    if let Some(rest) = path.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        return (!name.is_empty()).then_some((Step::Member(name), rest));
    }
    let inside = path.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(name) = inside.strip_prefix(quote) {
            let (name, rest) = name.split_once(quote)?;
            return Some((Step::Member(name), rest.strip_prefix(']')?));
        }
    }
    let (index, rest) = inside.split_once(']')?;
    Some((Step::Item(index.parse().ok()?), rest))
}

fn descend<'a>(value: &'a mut Value, step: &Step<'_>) -> Option<&'a mut Value> {
    match step {
        Step::Member(name) => {
            if value.is_null() {
                *value = Value::Object(Map::new());
            }
            Some(value.as_object_mut()?.entry(*name).or_insert(Value::Null))
        }
        Step::Item(index) => {
            if value.is_null() {
                *value = Value::Array(Vec::new());
            }
            let items = value.as_array_mut()?;
            // Items come in order; one far behind the last would only fill the memory.
            if *index == items.len() {
                items.push(Value::Null);
            }
            items.get_mut(*index)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces in, the arguments out.
    fn check(pieces: &[&str], expected: &str) {
        let mut arguments = Pieces::new();
        for piece in pieces {
            arguments.add(&serde_json::from_str(piece).unwrap());
        }
        assert_eq!(arguments.finish().to_json(), expected, "{pieces:?}");
    }

    #[test]
    fn pieces_find_their_place() {
        check(&[], "{}");
        check(
            &[
                r#"{"jsonPath":"$.r.steps[0]","stringValue":"Bo","willContinue":true}"#,
                r#"{"jsonPath":"$.r.steps[0]","stringValue":"il"}"#,
                r#"{"jsonPath":"$.r.steps[1]","stringValue":""}"#,
                r#"{"jsonPath":"$.r.n","numberValue":1.5}"#,
                r#"{"jsonPath":"$['odd name'].b","boolValue":true}"#,
                r#"{"jsonPath":"$.list[0][0].x","nullValue":"NULL_VALUE"}"#,
            ],
            r#"{"r":{"steps":["Boil",""],"n":1.5},"odd name":{"b":true},"list":[[{"x":null}]]}"#,
        );
    }

    #[test]
    fn a_piece_that_fits_nowhere_makes_the_arguments_invalid() {
        for path in ["", "a", "$.", "$.a[9999999999]", "$.a[7]", "$.a[-1]", "$[0]", "$x", "$['a"] {
            let piece = format!(r#"{{"jsonPath":{path:?},"stringValue":"x"}}"#);
            check(&[&piece], &format!(r#"{{"invalid_json":{path:?}}}"#));
        }
        let twice = r#"{"jsonPath":"$.a","numberValue":1}"#;
        check(&[twice, twice], r#"{"invalid_json":"$.a"}"#);
    }
}
