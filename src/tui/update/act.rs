//! The user's verbs.
use std::time::Duration;

use super::{Effect, State, read, send};
use crate::{
    protocol::{Command, Mode},
    tui::{action::Action, approval::Answer, desk::Question},
};

/// Within this time a second press leaves.
const TWICE: Duration = Duration::from_secs(2);

/// `None` where there is nothing to do: the key is somebody else's then.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Send => Some(match state.denial.take() {
            Some(draft) => {
                let words = std::mem::replace(&mut state.composer, draft).text;
                answer(state, Answer::Deny, &words)
            }
            None => send::send(state),
        }),
        Action::Queue => send::queue(state).then(Vec::new),
        Action::DeleteBackward => {
            state.composer.text.pop()?;
            Some(Vec::new())
        }
        Action::NewLine => {
            state.composer.text.push('\n');
            Some(Vec::new())
        }
        Action::AllowOnce => Some(answer(state, Answer::Once, "")),
        Action::AllowSession => {
            let has_rule = state.approvals.open()?.has_rule();
            Some(if has_rule { answer(state, Answer::Session, "") } else { Vec::new() })
        }
        Action::Deny => Some(answer(state, Answer::Deny, "")),
        Action::DenyWithWords => {
            state.denial = Some(std::mem::take(&mut state.composer));
            Some(Vec::new())
        }
        Action::Cancel => Some(cancel(state)),
        Action::Interrupt => Some(interrupt(state)),
        Action::NextMode => Some(vec![Effect::Ask(Question::Mode(next_mode(state.status.mode)))]),
        Action::Suspend => Some(vec![Effect::Suspend]),
        Action::Redraw => Some(vec![Effect::Redraw]),
        Action::Quit if state.composer.text.is_empty() => Some(vec![Effect::Quit]),
        action => read::act(state, action),
    }
}

fn answer(state: &mut State, answer: Answer, words: &str) -> Vec<Effect> {
    let commands = state.approvals.answer(answer, words.trim());
    commands.into_iter().map(Effect::Send).collect()
}

/// Closes what is open, else stops the turn.
fn cancel(state: &mut State) -> Vec<Effect> {
    if let Some(draft) = state.denial.take() {
        state.composer = draft;
        return Vec::new();
    }
    if state.status.is_working() { stop(state) } else { Vec::new() }
}

fn interrupt(state: &mut State) -> Vec<Effect> {
    if state.status.is_working() {
        return stop(state);
    }
    if !state.composer.text.is_empty() {
        state.composer.text.clear();
        return Vec::new();
    }
    let is_second = state.leaving.is_some_and(|at| state.now.saturating_duration_since(at) < TWICE);
    state.leaving = Some(state.now);
    if is_second { vec![Effect::Quit] } else { Vec::new() }
}

fn stop(state: &mut State) -> Vec<Effect> {
    state.status.stop(state.now);
    vec![Effect::Send(Command::Interrupt)]
}

fn next_mode(mode: Mode) -> Mode {
    match mode {
        Mode::Plan => Mode::Review,
        Mode::Review => Mode::Edit,
        Mode::Edit => Mode::Auto,
        Mode::Auto => Mode::Plan,
    }
}
