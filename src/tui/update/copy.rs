//! Copies: what the terminal is given, what a file keeps, and what is said of both.
use super::{Effect, State};
use crate::tui::{
    clipboard::Doubt,
    desk::{KeptCopy, Question},
    theme::Role,
};

/// Copies a text; `what` says in words what it is.
pub(super) fn copy(state: &mut State, what: String, text: String) -> Vec<Effect> {
    let Some(doubt) = state.clipboard.doubt(&text) else {
        state.say(Role::Notice, format!("copied {what}"));
        return vec![Effect::Copy(text)];
    };
    let asked = match doubt {
        Doubt::MayBeRefused => {
            state.say(Role::Notice, format!("copied {what}"));
            Some(Effect::Copy(text.clone()))
        }
        Doubt::IsRefused | Doubt::TooLarge => None,
    };
    let kept = Effect::Ask(Question::KeepCopy { text, what, doubt });
    asked.into_iter().chain([kept]).collect()
}

pub(super) fn say_kept(state: &mut State, copy: &KeptCopy) {
    let KeptCopy { what, doubt, place } = copy;
    let words = match doubt {
        Doubt::MayBeRefused => {
            format!("copied {what}, kept in {place} too: this terminal may take no copies")
        }
        Doubt::IsRefused => format!("kept {what} in {place}: this terminal takes no copies"),
        Doubt::TooLarge => format!("kept {what} in {place}: too much for a terminal's clipboard"),
    };
    state.say(Role::Notice, words);
}
