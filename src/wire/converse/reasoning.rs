//! How much a model is asked to reason: each maker has a spelling of its own, which Bedrock passes through.
use serde::Serialize;

use super::family::Family;
use crate::{
    protocol::{Effort, Request, Thinking},
    wire::{
        Target,
        effort::nearest_level,
        messages::thinking::{self, Asked, Member},
    },
};

/// The request's member `additionalModelRequestFields`.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Fields {
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(rename = "reasoningConfig", skip_serializing_if = "Option::is_none")]
    reasoning_config: Option<ReasoningConfig>,
}

#[derive(Debug, PartialEq, Serialize)]
struct OutputConfig {
    effort: &'static str,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasoningConfig {
    #[serde(rename = "type")]
    kind: &'static str,
    max_reasoning_effort: &'static str,
}

impl Fields {
    /// What to ask for. A model that nobody knows is asked for nothing: what one understands, another refuses.
    pub(super) fn of(request: &Request, target: &Target, family: Family, limit: u32) -> Self {
        let effort = request.effort.filter(|_| target.quirks.effort);
        let reasons = target.abilities.thinking != Thinking::Unasked;
        match family {
            Family::Claude => {
                let Asked { thinking, effort } = thinking::ask(request, target, limit);
                let output_config = effort.map(|effort| OutputConfig { effort });
                Self { thinking, output_config, ..Self::default() }
            }
            Family::Openai if reasons => {
                let level = effort.and_then(|it| nearest_level(it, &target.abilities.efforts));
                Self { reasoning_effort: level.map(Effort::as_str), ..Self::default() }
            }
            Family::Nova if reasons => Self {
                reasoning_config: effort.and_then(nova_level).map(|max_reasoning_effort| {
                    ReasoningConfig { kind: "enabled", max_reasoning_effort }
                }),
                ..Self::default()
            },
            Family::Openai | Family::Nova | Family::Unknown => Self::default(),
        }
    }

    /// At its highest effort Nova refuses to be told how long its reply may be.
    pub(super) fn allows_limit(&self) -> bool {
        self.reasoning_config.as_ref().is_none_or(|config| config.max_reasoning_effort != "high")
    }
}

/// Absent: it does not reason, as it does not unless it is asked.
fn nova_level(effort: Effort) -> Option<&'static str> {
    match effort {
        Effort::None => None,
        Effort::Minimal | Effort::Low => Some("low"),
        Effort::Medium => Some("medium"),
        Effort::High | Effort::Xhigh | Effort::Max => Some("high"),
    }
}
