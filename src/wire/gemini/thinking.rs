//! How much a model is asked to reason: newer ones by a level, older ones by a number of tokens.
use serde::Serialize;

use crate::{
    protocol::{Effort, Request, Thinking},
    wire::{
        Target,
        effort::{nearest_level, tokens},
    },
};

/// Asks a model to reason as much as it sees fit.
const AS_IT_SEES_FIT: i64 = -1;

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThinkingConfig {
    /// Summaries of the reasoning come with the reply.
    include_thoughts: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_budget: Option<i64>,
}

/// What a model that reasons by tokens takes.
struct Budget {
    /// How its name begins.
    model: &'static str,
    least: u32,
    most: u32,
    can_be_off: bool,
    /// It reasons though nobody asks it to.
    is_usual: bool,
}

/// The first that fits counts.
const BUDGETS: [Budget; 3] = [
    Budget {
        model: "gemini-2.5-flash-lite",
        least: 512,
        most: 24_576,
        can_be_off: true,
        is_usual: false,
    },
    Budget { model: "gemini-2.5-flash", least: 1, most: 24_576, can_be_off: true, is_usual: true },
    Budget { model: "gemini-2.5-pro", least: 128, most: 32_768, can_be_off: false, is_usual: true },
];

/// What to ask for. A model that nobody knows is asked for nothing: what one understands, another refuses.
pub(super) fn ask(request: &Request, target: &Target) -> Option<ThinkingConfig> {
    match target.abilities.thinking {
        Thinking::Unasked => return None,
        Thinking::OnRequest | Thinking::Adaptive | Thinking::Always => {}
    }
    let effort = request.effort.filter(|_| target.quirks.effort);
    match BUDGETS.iter().find(|budget| request.model.contains(budget.model)) {
        Some(budget) => budget.ask(effort),
        None => {
            let level = effort.and_then(|it| nearest_level(it, &target.abilities.efforts));
            let thinking_level = level.map(level_name);
            Some(ThinkingConfig { include_thoughts: true, thinking_level, thinking_budget: None })
        }
    }
}

impl Budget {
    fn ask(&self, effort: Option<Effort>) -> Option<ThinkingConfig> {
        let budget = match (effort, effort.and_then(tokens)) {
            (None, _) if self.is_usual => AS_IT_SEES_FIT,
            (None, _) => return None,
            (Some(_), None) if self.can_be_off => 0,
            (Some(_), None) => self.least.into(),
            (Some(_), Some(tokens)) => tokens.clamp(self.least, self.most).into(),
        };
        // Where there are no thoughts, it is an error to ask for them.
        Some(ThinkingConfig {
            include_thoughts: budget != 0,
            thinking_level: None,
            thinking_budget: Some(budget),
        })
    }
}

fn level_name(effort: Effort) -> &'static str {
    match effort {
        Effort::None | Effort::Minimal => "MINIMAL",
        Effort::Low => "LOW",
        Effort::Medium => "MEDIUM",
        Effort::High => "HIGH",
        Effort::Xhigh | Effort::Max => "XHIGH",
    }
}
