//! A conversation summed up by its own model: what it is asked, what it finds in place of the rest, and what stays as it was.
use std::sync::Arc;

use super::{estimate_tokens, explain};
use crate::protocol::{Image, Message, Mode, Outcome, PlanStep, Prompt, StepState};

/// What a model is asked, without tools.
pub const ASK_FOR_SUMMARY: &str = include_str!("summary.md");

/// Tokens of the last turn that stay as they were, at most.
const MOST_KEPT: u64 = 8_000;
/// Bytes that are left of the start and of the end of a long outcome.
const SHORT_HALF: usize = 1_000;

/// What goes on word by word, whatever the summary says of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Carried {
    /// What the turn under way was asked for; nothing between turns.
    pub prompts: Vec<Prompt>,
    /// The model's own list, where something of it is left to do.
    pub plan: Vec<PlanStep>,
}

/// What stands at the start of the conversation from then on. What a mode lets the model do was told in what is gone.
pub fn as_summary(text: &str, mode: Mode, carried: &Carried) -> Prompt {
    let mut text = format!(
        "[Your own summary of the conversation so far. Nothing else of what came before is known to you any more, and \
         files may have changed since: read again what you rely on.]\n{}\n\n[{}]",
        text.trim(),
        explain(mode)
    );
    let is_open = |step: &PlanStep| step.state != StepState::Completed;
    if carried.plan.iter().any(is_open) {
        text.push_str("\n\n[Your list of steps, as you sent it last:]");
        for PlanStep { step, state } in &carried.plan {
            let mark = match state {
                StepState::Pending => "[ ]",
                StepState::InProgress => "[>]",
                StepState::Completed => "[x]",
            };
            text.push_str(&format!("\n{mark} {step}"));
        }
    }
    if !carried.prompts.is_empty() {
        text.push_str("\n\n[What you work on now, in the user's own words. Go on with it:]");
        carried.prompts.iter().for_each(|prompt| text.push_str(&format!("\n{}", prompt.text)));
    }
    let images = carried.prompts.iter().flat_map(|prompt| &prompt.images);
    let images: Vec<Image> = images.cloned().collect();
    Prompt { text, images }
}

/// An outcome without its middle and its images, for a conversation that is too long to be summed up as it is.
pub fn in_short(outcome: &Outcome) -> Outcome {
    let Outcome { status, text, .. } = outcome;
    let start = text.floor_char_boundary(SHORT_HALF);
    let end = text.ceil_char_boundary(text.len().saturating_sub(SHORT_HALF)).max(start);
    let left_out = end - start;
    let text = match left_out {
        0 => text.clone(),
        _ => format!("{}\n[{left_out} bytes are left out here]\n{}", &text[..start], &text[end..]),
    };
    Outcome { status: *status, ..Outcome::done(text) }
}

/// How many messages at the end of the last turn stay as they are: so many that they fit, and no outcome without its
/// call. `window` is the model's context, where that is known.
pub fn kept_tail(last_turn: &[Arc<Message>], window: Option<u64>) -> usize {
    let most = window.map_or(MOST_KEPT, |window| MOST_KEPT.min(window / 8));
    let mut taken = 0;
    let fits = last_turn.iter().rev().take_while(|message| {
        taken += estimate_tokens(message);
        taken <= most
    });
    let fitting = fits.count();
    let tail = &last_turn[last_turn.len() - fitting..];
    let is_outcome = |message: &&Arc<Message>| matches!(message.as_ref(), Message::Outcome { .. });
    fitting - tail.iter().take_while(is_outcome).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Arguments, CallId, Outcome, Reply, ReplyPart, StopReason, ToolCall};

    fn prompt(bytes: usize) -> Arc<Message> {
        Arc::new(Message::Prompt("p".repeat(bytes).as_str().into()))
    }

    fn reply(calls: &[&str]) -> Arc<Message> {
        let text = ReplyPart::Text { text: "t".repeat(400), native: None };
        let call = |id: &&str| ToolCall {
            id: CallId((*id).to_owned()),
            tool: "read".to_owned(),
            args: Arguments::parse(""),
        };
        let calls = calls.iter().map(|id| ReplyPart::Call { call: call(id), native: None });
        let parts = [text].into_iter().chain(calls).collect();
        Arc::new(Message::Reply(Reply { parts, stop: StopReason::End }))
    }

    fn outcome(id: &str, bytes: usize) -> Arc<Message> {
        let (call, outcome) = (CallId(id.to_owned()), Outcome::done("o".repeat(bytes)));
        Arc::new(Message::Outcome { call, outcome })
    }

    #[test]
    fn what_fits_of_the_last_turn_stays_and_no_outcome_loses_its_call() {
        let turn = |first: usize| {
            let round = [reply(&["a", "b"]), outcome("a", first), outcome("b", 4_000)];
            [prompt(400)].into_iter().chain(round).chain([reply(&[])]).collect::<Vec<_>>()
        };
        for (name, turn, window, expected) in [
            ("nothing was said", vec![], None, 0),
            ("all of it fits", turn(400), None, 5),
            ("the round does not fit", turn(40_000), None, 1),
            ("a small context", turn(400), Some(4_000), 1),
            ("the first outcome alone is too much", turn(28_000), None, 1),
            ("the answer alone is too much", vec![prompt(40_000)], None, 0),
        ] {
            assert_eq!(kept_tail(&turn, window), expected, "{name}");
        }
    }

    #[test]
    fn an_outcome_in_short_has_its_start_and_its_end() {
        let long = format!("{}ä{}", "s".repeat(999), "e".repeat(5_000));
        for (text, expected) in [
            (String::new(), String::new()),
            ("s".repeat(2_000), "s".repeat(2_000)),
            (
                long,
                format!(
                    "{}\n[4002 bytes are left out here]\n{}",
                    "s".repeat(999),
                    "e".repeat(1_000)
                ),
            ),
        ] {
            let short = in_short(&Outcome::failed(text));
            assert_eq!(short, Outcome::failed(expected));
        }
    }

    #[test]
    fn a_summary_names_itself_and_tells_the_mode_and_what_goes_on() {
        let Prompt { text, .. } = as_summary("\nAll is well.\n", Mode::Plan, &Carried::default());
        assert!(
            text.starts_with("[Your own summary")
                && text.contains("\nAll is well.\n\n[Mode: plan."),
            "{text}"
        );
        let step = |step: &str, state| PlanStep { step: step.to_owned(), state };
        let done = vec![step("look", StepState::Completed)];
        let carried = Carried { plan: done.clone(), ..Carried::default() };
        assert_eq!(as_summary("All is well.", Mode::Plan, &carried).text, text);
        let image = Image { media_type: "image/png".to_owned(), base64: "AAAA".to_owned() };
        let prompt = Prompt { text: "mend it".to_owned(), images: vec![image.clone()] };
        let plan = [done, vec![step("mend", StepState::InProgress)]].concat();
        let carried = Carried { prompts: vec![prompt, "and this".into()], plan };
        let Prompt { text, images } = as_summary("All is well.", Mode::Plan, &carried);
        assert!(text.contains(":]\n[x] look\n[>] mend\n\n["), "{text}");
        assert!(text.ends_with(":]\nmend it\nand this"), "{text}");
        assert_eq!(images, [image]);
    }
}
