//! Change sets on the screen: a patch that waits, what is proposed, what the session has changed.
use std::sync::Arc;

use super::{Effect, State, act, over};
use crate::{
    protocol::{CallId, ChangeSet, Hunk},
    tui::{
        action::Action,
        approval,
        composer::Editor,
        desk::{Question, Reviewable, Subject, Unfit},
        keymap::Key,
        overlay::{Overlay, Reviewing},
        review::{Decided, Next, Purpose, Review},
    },
};

/// Asks for the hunks of the patch that waits, else of what is proposed.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let subject = match state.approvals.open().map(|open| &open.subject) {
        Some(approval::Subject::Patch { changes, .. }) => Subject::Plan(changes.clone()),
        Some(_) | None => Subject::Proposal,
    };
    vec![Effect::Ask(Question::Hunks(subject))]
}

pub(super) fn open(state: &mut State, reviewable: Reviewable) {
    let Reviewable { subject, title, changes, files, hunks } = reviewable;
    let purpose = match &subject {
        Subject::Plan(_) => Purpose::Plan,
        Subject::Proposal => Purpose::Proposal,
        Subject::Session => Purpose::Look,
    };
    let call = match &subject {
        Subject::Plan(plan) => match waiting(state, plan) {
            Some(call) if !is_reviewed(state, &call) => Some(call),
            // It was decided on meanwhile, or was asked for twice.
            Some(_) | None => return,
        },
        Subject::Proposal | Subject::Session => None,
    };
    let review = Review::new(title, purpose, files, hunks);
    let reviewing = Reviewing { review, subject, changes, call, question: None, unfit: None };
    state.overlays.push(Overlay::Reviewing(Box::new(reviewing)));
}

/// The call that waits for leave to write exactly this.
fn waiting(state: &State, plan: &Arc<ChangeSet>) -> Option<CallId> {
    let open = state.approvals.open()?;
    let approval::Subject::Patch { changes, .. } = &open.subject else { return None };
    Arc::ptr_eq(changes, plan).then(|| open.call.clone())
}

fn is_reviewed(state: &State, call: &CallId) -> bool {
    let is_of_call =
        |it: &Overlay| matches!(it, Overlay::Reviewing(it) if it.call.as_ref() == Some(call));
    state.overlays.iter().any(is_of_call)
}

pub(super) fn press(state: &mut State, key: Key, actions: &[Action]) -> Vec<Effect> {
    let Some(Overlay::Reviewing(reviewing)) = state.overlays.last_mut() else { return Vec::new() };
    if reviewing.question.is_some() {
        return in_words(state, key, actions);
    }
    for action in actions {
        // What stops everything else leaves here, and not without a word about what was decided.
        let action = if *action == Action::Interrupt { Action::Cancel } else { *action };
        match reviewing.review.press(action) {
            Next::Pass => {}
            next => return follow(state, next),
        }
    }
    over::close_or_go_on(state, actions)
}

/// What the user made of a hunk in an editor.
pub(super) fn edited(state: &mut State, text: Option<String>) -> Vec<Effect> {
    let Some(Overlay::Reviewing(reviewing)) = state.overlays.last_mut() else { return Vec::new() };
    reviewing.unfit = None;
    let next = reviewing.review.edited(text);
    follow(state, next)
}

/// It can't be taken, and nothing of it is lost.
pub(super) fn unfit(state: &mut State, unfit: Unfit) -> Vec<Effect> {
    let Some(Overlay::Reviewing(reviewing)) = state.overlays.last_mut() else { return Vec::new() };
    let why = unfit.why.trim_end().to_owned();
    reviewing.unfit = Some(unfit);
    act::complain(state, &format!("{why} Edit it again to go on with your text."))
}

fn in_words(state: &mut State, key: Key, actions: &[Action]) -> Vec<Effect> {
    let Some(Overlay::Reviewing(reviewing)) = state.overlays.last_mut() else { return Vec::new() };
    let Some((_, words)) = &mut reviewing.question else { return Vec::new() };
    if words.press(key, actions) {
        return Vec::new();
    }
    let is_done = actions.contains(&Action::Send);
    let is_left = actions.contains(&Action::Cancel) || actions.contains(&Action::Interrupt);
    if !is_done && !is_left {
        return Vec::new();
    }
    let Some((question, words)) = reviewing.question.take() else { return Vec::new() };
    let next = reviewing.review.answer(&question, is_done.then_some(words.text()));
    follow(state, next)
}

fn follow(state: &mut State, next: Next) -> Vec<Effect> {
    let Some(Overlay::Reviewing(reviewing)) = state.overlays.last_mut() else { return Vec::new() };
    match next {
        Next::Show | Next::Pass | Next::Confirmed | Next::Merge => Vec::new(),
        Next::Ask { question, given } => {
            let mut words = Editor::default();
            words.set(&given);
            reviewing.question = Some((question, words));
            Vec::new()
        }
        Next::Edit(hunk) => edit(reviewing, hunk),
        Next::Leave => {
            state.overlays.pop();
            Vec::new()
        }
        Next::Decided(decided) => decide(state, *decided),
    }
}

fn edit(reviewing: &Reviewing, hunk: Box<Hunk>) -> Vec<Effect> {
    let changes = reviewing.changes.clone();
    let unfit = reviewing.unfit.clone().filter(|unfit| unfit.hunk == hunk.number);
    vec![Effect::Ask(Question::EditHunk { hunk, changes, unfit })]
}

fn decide(state: &mut State, decided: Decided) -> Vec<Effect> {
    let Some(Overlay::Reviewing(reviewing)) = state.overlays.pop() else { return Vec::new() };
    if let Some(call) = &reviewing.call {
        if state.approvals.open().is_none_or(|open| open.call != *call) {
            return Vec::new();
        }
        let decision = decided.into_decision();
        return state.approvals.decide(decision).map(Effect::Send).into_iter().collect();
    }
    let Decided { selection, comments_on_open } = decided;
    vec![Effect::Ask(Question::Decide { selection, comments_on_open })]
}
