//! Notices when the model goes round in circles.
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::protocol::{Outcome, Status, ToolCall};

/// The same call with the same failure: after so many the turn stops.
const SAME_FAILURES: u32 = 3;
/// The same call with the same outcome, when it is no failure.
const SAME_OUTCOMES: u32 = 5;

/// Counts triples of call, arguments and outcome within a turn.
#[derive(Debug, Default)]
pub(super) struct LoopGuard {
    seen: HashMap<u64, u32>,
}

/// What a call and its outcome are, seen beside those before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turnabout {
    New,
    /// The same as before: the model is told so.
    Again(&'static str),
    /// Once too often: the turn stops with this sentence.
    Circle(String),
}

const SEEN_BEFORE: &str = "[You made this same call before, with this same outcome. Do not make it again: use what you have, try something else, or answer.]";

impl LoopGuard {
    /// Notes an outcome.
    pub(super) fn note(&mut self, call: &ToolCall, outcome: &Outcome) -> Turnabout {
        let count = self.seen.entry(fingerprint(call, outcome)).or_default();
        *count += 1;
        let (allowed, how) = match outcome.status {
            Status::Done => (SAME_OUTCOMES, "with the same outcome"),
            Status::Failed => (SAME_FAILURES, "and failed the same way"),
            Status::Denied => (SAME_FAILURES, "and was denied the same way"),
            Status::Interrupted => return Turnabout::New,
        };
        match *count {
            1 => Turnabout::New,
            count if count < allowed => Turnabout::Again(SEEN_BEFORE),
            count => {
                let tool = &call.tool;
                Turnabout::Circle(format!(
                    "The model made the same `{tool}` call {count} times {how}. Say what to do differently and go on."
                ))
            }
        }
    }

    /// The files have changed: the same call may now have another sense.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
    }
}

fn fingerprint(call: &ToolCall, outcome: &Outcome) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&call.tool, call.args.to_json(), outcome.status, &outcome.text).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Arguments, CallId};

    fn call(id: u32) -> ToolCall {
        ToolCall {
            id: CallId(id.to_string()),
            tool: "read".into(),
            args: Arguments::parse("{\"path\":\"a\"}"),
        }
    }

    #[test]
    fn the_third_identical_failure_stops_and_the_fifth_identical_success() {
        for (outcome, allowed) in [(Outcome::failed("no"), 3), (Outcome::done("yes"), 5)] {
            let mut guard = LoopGuard::default();
            assert_eq!(guard.note(&call(0), &outcome), Turnabout::New);
            for id in 2..allowed {
                assert!(matches!(guard.note(&call(id), &outcome), Turnabout::Again(_)));
            }
            assert!(matches!(guard.note(&call(9), &outcome), Turnabout::Circle(_)));
        }
    }

    #[test]
    fn another_outcome_or_a_changed_file_is_no_circle() {
        let mut guard = LoopGuard::default();
        for id in 0..20 {
            let outcome = Outcome::failed(id.to_string());
            assert_eq!(guard.note(&call(id), &outcome), Turnabout::New);
        }
        for id in 0..20 {
            guard.forget();
            assert_eq!(guard.note(&call(id), &Outcome::done("same")), Turnabout::New);
        }
    }
}
