//! The user's verbs, whichever way they were asked for.
use std::time::Duration;

use super::{Effect, State, over, pages, read, review, send, themes};
use crate::{
    protocol::{Command, Merging, Mode, Prompt, Reach, Scope},
    tui::{
        action::{Action, Slash},
        approval::Answer,
        composer::Editor,
        desk::{Opening, Question, Subject},
        theme::Role,
    },
};

/// Within this time a second press leaves.
const TWICE: Duration = Duration::from_secs(2);

/// For `/init`.
pub(in crate::tui) const INIT: &str = "Look at this project and write AGENTS.md at its root, for coding agents that work on it: what the \
project is, how it is laid out, how it is built, tested and linted (the exact commands), and the conventions that are \
visible in the code. Keep it under 60 lines. If there is an AGENTS.md already, improve it where it is wrong or lacking.";

/// A verb that was typed, with what stands behind it.
pub(super) fn verb(state: &mut State, verb: &Slash) -> Vec<Effect> {
    let words = verb.arguments.as_str();
    match verb.action {
        Action::Model if !words.is_empty() => match Command::use_model(words) {
            Ok(command) => vec![Effect::Send(command)],
            Err(wrong) => complain(state, &wrong),
        },
        Action::Mode if !words.is_empty() => match words.parse() {
            Ok(mode) => vec![Effect::Ask(Question::Mode(mode))],
            Err(wrong) => complain(state, &wrong),
        },
        Action::Theme if !words.is_empty() => themes::set(state, words),
        Action::Undo => match what_to_undo(words) {
            Some((reach, scope)) => undo(state, reach, scope),
            None => complain(state, "it is written /undo [turn|all|N [--chat|--both]]"),
        },
        Action::Resume if !words.is_empty() => open(state, Opening::Resume(words.to_owned())),
        Action::Fork if !words.is_empty() => open(state, Opening::Fork(words.to_owned())),
        Action::Rename => {
            let name = words.split_whitespace().collect::<Vec<_>>().join(" ");
            state.session.title = Some(name.clone());
            state.say(Role::Notice, format!("this session is now named {name}"));
            vec![Effect::Send(Command::Rename(name.clone())), Effect::Title(name)]
        }
        Action::Map => vec![Effect::Ask(Question::Map(words.to_owned()))],
        Action::Export => {
            let path = (!words.is_empty()).then(|| words.into());
            vec![Effect::Ask(Question::Export(path))]
        }
        Action::Copy => match words {
            "" | "answer" => act(state, Action::CopyAnswer).unwrap_or_default(),
            "code" => act(state, Action::CopyCode).unwrap_or_default(),
            "all" => vec![Effect::Ask(Question::Conversation)],
            _ => complain(state, "it is written /copy [answer|code|all]"),
        },
        // Whoever writes it out means it.
        Action::Quit => vec![Effect::Quit],
        action => act(state, action).unwrap_or_default(),
    }
}

/// `None` where there is nothing to do: the key is somebody else's then.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    Some(match action {
        Action::Help => pages::help(state),
        Action::Keys => pages::keys(state),
        Action::Cost => pages::cost(state),
        Action::Context => vec![Effect::Ask(Question::Context { window: state.status.window })],
        Action::Doctor => vec![Effect::Ask(Question::Doctor)],
        Action::Map => vec![Effect::Ask(Question::Map(String::new()))],
        Action::Palette => over::palette(state),
        Action::Model => {
            let (current, context) = (state.status.model.clone(), state.status.context);
            vec![Effect::Ask(Question::Models { current, context })]
        }
        Action::Mode => over::modes(state),
        Action::NextMode => vec![Effect::Ask(Question::Mode(next_mode(state.status.mode)))],
        Action::Theme => themes::open(state),
        Action::SearchHistory => over::prompts(state),
        Action::Diff => vec![Effect::Ask(Question::Hunks(Subject::Session))],
        Action::ReviewChanges => review::ask(state),
        Action::Undo => undo(state, Reach::Files, Scope::Last),
        Action::Redo => between_turns(state, |_| {
            vec![Effect::Ask(Question::Redo { merging: Merging::default() })]
        }),
        Action::Compact => between_turns(state, |_| vec![Effect::Send(Command::Compact)]),
        Action::Clear => open(state, Opening::New),
        Action::Resume => vec![Effect::Ask(Question::Sessions)],
        Action::Fork => {
            let id = state.session.id.clone();
            open(state, Opening::Fork(id))
        }
        Action::Rename => type_verb(state, "/rename "),
        Action::Export => vec![Effect::Ask(Question::Export(None))],
        Action::Copy => return act(state, Action::CopyAnswer),
        Action::PasteImage => vec![Effect::Ask(Question::ClipboardImage)],
        Action::Editor => vec![Effect::Ask(Question::Edit(state.composer.for_editor()))],
        Action::Init => match state.held {
            Some(why) => complain(state, why),
            None => send::prompt(state, Prompt::from(INIT)),
        },
        Action::Send => match state.denial.take() {
            Some(words) => answer(state, Answer::Deny, words.text()),
            None => return None,
        },
        Action::AllowOnce => allow(state, Answer::Once),
        Action::AllowSession => {
            let has_rule = state.approvals.open()?.has_rule();
            if has_rule { allow(state, Answer::Session) } else { Vec::new() }
        }
        Action::Deny => answer(state, Answer::Deny, ""),
        Action::DenyWithWords => {
            state.denial = Some(Editor::default());
            Vec::new()
        }
        Action::Cancel => cancel(state),
        Action::Interrupt => interrupt(state),
        Action::Suspend => vec![Effect::Suspend],
        Action::Redraw => vec![Effect::Redraw],
        Action::ToggleMouse => {
            state.is_mouse_captured = !state.is_mouse_captured;
            let words = if state.is_mouse_captured {
                "the wheel acts here; hold shift to select text"
            } else {
                "the mouse is the terminal's"
            };
            state.say(Role::Notice, words);
            vec![Effect::CaptureMouse(state.is_mouse_captured)]
        }
        Action::Quit => quit(state),
        action => return read::act(state, action),
    })
}

pub(super) fn complain(state: &mut State, words: &str) -> Vec<Effect> {
    state.say(Role::Warning, words);
    Vec::new()
}

/// What can't be done while a turn runs.
pub(super) fn between_turns(
    state: &mut State,
    done: impl FnOnce(&mut State) -> Vec<Effect>,
) -> Vec<Effect> {
    if state.status.is_working() {
        return complain(state, "not while a turn runs: stop it first, or wait for its end");
    }
    if let Some(why) = state.held {
        return complain(state, why);
    }
    done(state)
}

pub(super) fn open(state: &mut State, opening: Opening) -> Vec<Effect> {
    between_turns(state, |state| {
        state.held = Some("another session is being opened: send it in a moment");
        vec![Effect::Ask(Question::Open(opening))]
    })
}

fn undo(state: &mut State, reach: Reach, scope: Scope) -> Vec<Effect> {
    let merging = Merging::default();
    between_turns(state, |_| vec![Effect::Ask(Question::Undo { reach, scope, merging })])
}

/// Words as the command line takes them, in any order.
pub(in crate::tui) fn what_to_undo(words: &str) -> Option<(Reach, Scope)> {
    let (mut reach, mut scope) = (None, None);
    for word in words.split_whitespace() {
        let is_first = match word {
            "--files" => reach.replace(Reach::Files).is_none(),
            "--chat" => reach.replace(Reach::Chat).is_none(),
            "--both" => reach.replace(Reach::Both).is_none(),
            "turn" => scope.replace(Scope::LastTurn).is_none(),
            "all" | "--all" => scope.replace(Scope::All).is_none(),
            number => scope.replace(Scope::Turn(number.parse().ok()?)).is_none(),
        };
        if !is_first {
            return None;
        }
    }
    Some((reach.unwrap_or_default(), scope.unwrap_or(Scope::Last)))
}

/// A verb that wants words is begun in the input.
fn type_verb(state: &mut State, text: &str) -> Vec<Effect> {
    state.composer.set(text);
    Vec::new()
}

/// Nobody allows what was not shown.
fn allow(state: &mut State, allowed: Answer) -> Vec<Effect> {
    if state.approvals.open().is_some_and(|open| !open.is_seen_whole()) {
        return complain(state, "look at all of it first, down to its end");
    }
    answer(state, allowed, "")
}

fn answer(state: &mut State, answer: Answer, words: &str) -> Vec<Effect> {
    let commands = state.approvals.answer(answer, words.trim());
    commands.into_iter().map(Effect::Send).collect()
}

/// Closes what is open, else stops what runs.
fn cancel(state: &mut State) -> Vec<Effect> {
    if state.denial.take().is_some() {
        return Vec::new();
    }
    if state.search.take().is_some() {
        state.transcript.clear_search();
        return Vec::new();
    }
    if state.status.is_working() {
        return stop(state);
    }
    if state.commands > 0 {
        return vec![Effect::Ask(Question::StopCommands)];
    }
    if state.is_reading {
        state.is_reading = false;
        state.transcript.clear_focus();
    }
    Vec::new()
}

fn interrupt(state: &mut State) -> Vec<Effect> {
    if state.status.is_working() {
        return stop(state);
    }
    if state.commands > 0 {
        return vec![Effect::Ask(Question::StopCommands)];
    }
    if state.search.is_some() || state.is_reading {
        return cancel(state);
    }
    if !state.composer.is_empty() {
        state.composer.clear();
        return Vec::new();
    }
    if is_second(state) {
        return vec![Effect::Quit];
    }
    once_more(state, "once more to leave")
}

/// Leaves at once where nothing is lost by it.
fn quit(state: &mut State) -> Vec<Effect> {
    let draft = state.composer.draft();
    if !is_second(state) {
        if state.status.is_working() {
            return once_more(state, "a turn runs: once more to leave");
        }
        if draft.is_some() {
            return once_more(state, "what you write is not sent: once more to leave");
        }
    }
    // It is found again among the prompts.
    draft.map(Effect::Remember).into_iter().chain([Effect::Quit]).collect()
}

fn is_second(state: &State) -> bool {
    state.leaving.is_some_and(|at| state.now.saturating_duration_since(at) < TWICE)
}

fn once_more(state: &mut State, words: &str) -> Vec<Effect> {
    state.leaving = Some(state.now);
    state.say(Role::Notice, words);
    Vec::new()
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
