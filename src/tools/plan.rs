//! `plan`: the model's to-do list, shown to the user.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::protocol::{Facts, Outcome, PlanStep, StepState, ToolSpec};

use super::{Plan, Tool, ToolContext, ToolError, arguments, length};

const MOST_STEPS: usize = 50;
const LONGEST_STEP: usize = 500;

pub(super) struct Steps;

#[derive(Debug, Deserialize)]
struct Asked {
    steps: Vec<PlanStep>,
}

impl Tool for Steps {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "plan".to_owned(),
            description: include_str!("plan.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {"steps": {"type": "array", "items": {
                    "type": "object",
                    "properties": {
                        "step": {"type": "string"},
                        "state": {"type": "string", "enum": ["pending", "in_progress", "completed"]},
                    },
                    "required": ["step", "state"],
                }}},
                "required": ["steps"],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, _: &ToolContext) -> Result<Plan, ToolError> {
        let Asked { steps } = arguments::decode(args)?;
        if let Some(wrong) = objection(&steps) {
            return Err(ToolError::Arguments(wrong));
        }
        let done = steps.iter().filter(|step| step.state == StepState::Completed).count();
        let summary = format!("{done} of {} done", length::counted(steps.len(), "step"));
        let line = format!("plan: {summary}");
        let outcome = Outcome::done(format!("Shown: {summary}.")).with_facts(Facts::Plan { steps });
        Ok(Plan::looking(Vec::new(), line, move || outcome))
    }
}

fn objection(steps: &[PlanStep]) -> Option<String> {
    if steps.len() > MOST_STEPS {
        return Some(format!("`steps` of `plan` has {}; {MOST_STEPS} are the most.", steps.len()));
    }
    let at = |wrong: &dyn Fn(&PlanStep) -> bool| steps.iter().position(wrong);
    if let Some(at) = at(&|step| step.step.trim().is_empty()) {
        return Some(format!("`steps[{at}].step` of `plan` is empty."));
    }
    let at = at(&|step| step.step.chars().count() > LONGEST_STEP)?;
    Some(format!("`steps[{at}].step` of `plan` is longer than {LONGEST_STEP} characters."))
}
