//! How much a model is asked to reason: by a budget, by a level of effort, or not at all.
use std::sync::Arc;

use serde::Serialize;

use crate::{
    protocol::{Effort, Message, Origin, Reply, ReplyPart, Request, Thinking},
    wire::{
        Target,
        effort::{SMALLEST_BUDGET, nearest_level, tokens},
    },
};

pub(in crate::wire) struct Asked {
    pub(in crate::wire) thinking: Option<Member>,
    pub(in crate::wire) effort: Option<&'static str>,
}

/// The request's member `thinking`.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(in crate::wire) enum Member {
    /// Newer models keep their reasoning to themselves unless they are asked for a summary.
    Adaptive {
        display: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        block_binding: Option<BlockBinding>,
    },
    Enabled {
        budget_tokens: u32,
    },
    Disabled,
}

/// What becomes of reasoning that is bound to other words than it is sent back with.
#[derive(Debug, PartialEq, Serialize)]
pub(in crate::wire) struct BlockBinding {
    prefix_mismatch_behavior: &'static str,
}

/// Models that look whether all that stood before their reasoning still does, and can be told what to do.
const BOUND: [&str; 7] = [
    "claude-fable-5-1",
    "claude-fable-5-2",
    "claude-mythos-5-1",
    "claude-mythos-5-2",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
];

/// What to ask for. A model that nobody knows is asked for nothing: each spelling is refused by some.
pub(in crate::wire) fn ask(request: &Request, target: &Target, output_limit: u32) -> Asked {
    let abilities = &target.abilities;
    // The tools of a newer version of this program are not those that the reasoning of an old session is bound to.
    let is_bound = BOUND.iter().any(|name| request.model.contains(name));
    let block_binding = (is_bound && target.quirks.previews)
        .then_some(BlockBinding { prefix_mismatch_behavior: "drop_block" });
    let adaptive = Some(Member::Adaptive { display: "summarized", block_binding });
    let effort = request.effort.filter(|_| target.quirks.effort);
    let level = effort.and_then(|effort| nearest_level(effort, &abilities.efforts));
    let level = level.map(Effort::as_str);
    match (abilities.thinking, effort) {
        (Thinking::Unasked, _) | (Thinking::OnRequest, None | Some(Effort::None)) => {
            Asked { thinking: None, effort: None }
        }
        (Thinking::OnRequest, Some(effort)) => {
            let budget = budget(effort, output_limit);
            let budget = budget.filter(|_| begins_with_thought(request, &target.origin));
            let thinking = budget.map(|budget_tokens| Member::Enabled { budget_tokens });
            Asked { thinking, effort: None }
        }
        (Thinking::Adaptive, Some(Effort::None)) => {
            Asked { thinking: Some(Member::Disabled), effort: None }
        }
        (Thinking::Adaptive | Thinking::Always, _) => Asked { thinking: adaptive, effort: level },
    }
}

/// Tokens for reasoning, with room left for the answer. Absent where the limit has no room for any.
fn budget(effort: Effort, output_limit: u32) -> Option<u32> {
    let budget = tokens(effort)?.min(output_limit / 4 * 3);
    (budget >= SMALLEST_BUDGET).then_some(budget)
}

/// Models that reason by a budget refuse a round of calls that did not begin with reasoning of theirs.
fn begins_with_thought(request: &Request, origin: &Origin) -> bool {
    let is_prompt = |message: &&Arc<Message>| matches!(message.as_ref(), Message::Prompt(_));
    let since = request.messages.iter().rev().take_while(|message| !is_prompt(message));
    let first = since.filter_map(|message| match message.as_ref() {
        Message::Reply(reply) => Some(reply),
        Message::Prompt(_) | Message::Outcome { .. } => None,
    });
    first.last().is_none_or(|reply| leads_with_own_thought(reply, origin))
}

fn leads_with_own_thought(reply: &Reply, origin: &Origin) -> bool {
    match reply.parts.first() {
        Some(ReplyPart::Thought { native: Some(native), .. }) => {
            native.for_origin(origin).is_some()
        }
        Some(ReplyPart::Thought { .. } | ReplyPart::Text { .. } | ReplyPart::Call { .. })
        | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_leaves_room_for_the_answer() {
        for (effort, limit, expected) in [
            (Effort::Medium, 64_000, Some(8_192)),
            (Effort::Max, 64_000, Some(48_000)),
            (Effort::High, 8_000, Some(6_000)),
            (Effort::High, 1_365, None),
            (Effort::None, 64_000, None),
        ] {
            assert_eq!(budget(effort, limit), expected, "{effort:?} of {limit}");
        }
    }
}
