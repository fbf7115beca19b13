//! Lists and pages over the session: how they open, and what keys do there.
use std::sync::Arc;

use super::{Effect, State, act, pages, press, review, sessions, themes};
use crate::{
    protocol::{Command, Merging, Mode, ModelRef, ROUTE},
    tui::{
        action::{Action, Arguments, Context},
        desk::{ModelList, ModelRow, Opening, Question},
        keymap::Key,
        overlay::{Choices, Choosing, Overlay},
        picker::{Picked, Picker, Row},
        review::Next,
        status::tokens,
    },
};

pub(super) fn press(state: &mut State, key: Key, actions: &[Action]) -> Vec<Effect> {
    if let Some(effects) = sessions::press(state, key, actions) {
        return effects;
    }
    match state.overlays.last_mut() {
        Some(Overlay::Choosing(choosing)) => {
            let picked = choosing.picker.press(key, actions);
            match picked {
                Picked::Used => {
                    themes::show_marked(state);
                    sessions::look_at_marked(state)
                }
                Picked::Chosen(row) => choose(state, row),
                Picked::Refused(why) => act::complain(state, &why),
                Picked::Unused => close_or_go_on(state, actions),
            }
        }
        Some(Overlay::Page(page)) => match actions.first() {
            Some(action) if page.act(*action) => Vec::new(),
            Some(_) | None => close_or_go_on(state, actions),
        },
        Some(Overlay::Reviewing(_)) => review::press(state, key, actions),
        Some(Overlay::Restoring(restoring)) => {
            for action in actions {
                match restoring.restore.press(*action) {
                    Next::Confirmed => {
                        let command = restoring.command.clone();
                        state.overlays.pop();
                        return vec![Effect::Send(command)];
                    }
                    Next::Leave => {
                        state.overlays.pop();
                        return Vec::new();
                    }
                    Next::Merge => {
                        return with_other_merging(&restoring.command)
                            .map(Effect::Ask)
                            .into_iter()
                            .collect();
                    }
                    Next::Pass => {}
                    Next::Show | Next::Ask { .. } | Next::Edit(_) | Next::Decided(_) => {
                        return Vec::new();
                    }
                }
            }
            close_or_go_on(state, actions)
        }
        None => Vec::new(),
    }
}

/// What an undo or a redo would do if files were merged that are not, or not merged that are.
pub(in crate::tui) fn with_other_merging(command: &Command) -> Option<Question> {
    let other = |merging: &Merging| match merging {
        Merging::Off => Merging::On,
        Merging::On => Merging::Off,
    };
    match command {
        Command::Undo { reach, scope, merging } => {
            let (reach, scope) = (*reach, scope.clone());
            Some(Question::Undo { reach, scope, merging: other(merging) })
        }
        Command::Redo { merging } => Some(Question::Redo { merging: other(merging) }),
        Command::Prompt(_)
        | Command::Decide { .. }
        | Command::Steer(_)
        | Command::Interrupt
        | Command::SetMode(_)
        | Command::UseModel(_)
        | Command::UseRoute(_)
        | Command::Permit(_)
        | Command::Rename(_)
        | Command::Compact => None,
    }
}

/// What makes sense wherever one is.
pub(super) fn close_or_go_on(state: &mut State, actions: &[Action]) -> Vec<Effect> {
    for action in actions {
        match action {
            Action::Help if matches!(state.overlays.last(), Some(Overlay::Reviewing(_))) => {
                return pages::review_keys(state);
            }
            Action::Help if !matches!(state.overlays.last(), Some(Overlay::Page(_))) => {
                return press::first(state, &[Action::Help]);
            }
            Action::Cancel | Action::Interrupt | Action::Compose | Action::Help => {
                close(state);
                return Vec::new();
            }
            Action::Suspend | Action::Redraw | Action::ToggleMouse | Action::Quit => {
                return press::first(state, &[*action]);
            }
            _ => {}
        }
    }
    Vec::new()
}

fn close(state: &mut State) {
    if let Some(Overlay::Choosing(choosing)) = state.overlays.pop()
        && let Choices::Themes { before, .. } = choosing.choices
    {
        state.look.theme = *before;
    }
}

pub(super) fn choosing(
    state: &mut State,
    title: &str,
    rows: Vec<Row>,
    choices: Choices,
) -> Vec<Effect> {
    let picker = Picker::new(title, rows.into());
    state.overlays.push(Overlay::Choosing(Box::new(Choosing { picker, choices })));
    Vec::new()
}

pub(super) fn palette(state: &mut State) -> Vec<Effect> {
    let context = if state.is_reading { Context::Transcript } else { Context::Composer };
    let verbs = state.keymap.palette(context);
    let rows = verbs.iter().map(|verb| {
        let name = verb.usage.clone().unwrap_or_else(|| verb.name.to_owned());
        Row::new(name).with(verb.help).with(verb.keys.clone())
    });
    let rows = rows.collect();
    choosing(state, "Do:", rows, Choices::Verbs(verbs.iter().map(|verb| verb.action).collect()))
}

pub(super) fn modes(state: &mut State) -> Vec<Effect> {
    let rows = Mode::ALL.map(|mode| Row::new(mode.as_str()).with(explained(mode)));
    choosing(state, "Mode:", rows.to_vec(), Choices::Modes(Mode::ALL.to_vec()));
    let place = Mode::ALL.iter().position(|mode| *mode == state.status.mode);
    mark(state, place);
    Vec::new()
}

pub(super) fn models(state: &mut State, list: &ModelList) {
    let mut group: Arc<str> = Arc::from("routes");
    let routes = list.routes.iter().map(|it| {
        let row = Row::new(format!("{ROUTE}{}", it.name)).in_group(&group);
        row.across(it.models.iter().map(ModelRef::to_string).collect::<Vec<_>>().join(", then "))
    });
    let mut rows: Vec<Row> = routes.collect();
    rows.extend(list.models.iter().map(|it| {
        if *group != *it.model.backend {
            group = Arc::from(it.model.backend.as_str());
        }
        let row = details(it).into_iter().fold(Row::new(it.model.to_string()), Row::with);
        let row = row.in_group(&group);
        match &it.lacks {
            Some(lacks) => row.disabled(lacks.clone()),
            None => row,
        }
    }));
    let routes = list.routes.iter().map(|it| Command::UseRoute(it.name.clone()));
    let models = list.models.iter().map(|it| Command::UseModel(it.model.clone()));
    choosing(state, "Model:", rows, Choices::Models(routes.chain(models).collect()));
    let current = list.models.iter().position(|it| it.is_current);
    mark(state, current.map(|at| list.routes.len() + at));
}

/// Its context, its prices, what going over to it costs, and how fast it has been.
fn details(row: &ModelRow) -> [String; 5] {
    let window = row.window.map_or(String::new(), |window| format!("{} context", tokens(window)));
    let price = row
        .price
        .map_or(String::new(), |(sent, answered)| format!("${sent} in, ${answered} out, for 1M"));
    let switching = match row.switching.usd() {
        _ if row.is_current => "answers now".to_owned(),
        Some(usd) if usd > 0.0 => format!("${usd:.4} to go over"),
        Some(_) | None => String::new(),
    };
    let rate = row.tokens_per_second.map_or(String::new(), |rate| format!("{rate:.0} tokens/s"));
    // The number comes first: it is what stays where the column is cut.
    let first_byte = row.first_byte.map_or(String::new(), |time| match time.as_millis() {
        short @ ..1_000 => format!("{short} ms to first byte"),
        _ => format!("{:.1} s to first byte", time.as_secs_f64()),
    });
    [window, price, switching, rate, first_byte]
}

pub(super) fn prompts(state: &mut State) -> Vec<Effect> {
    let picker = Picker::new("Prompt:", state.composer.history_rows());
    let choosing = Choosing { picker, choices: Choices::Prompts };
    state.overlays.push(Overlay::Choosing(Box::new(choosing)));
    Vec::new()
}

pub(super) fn mark(state: &mut State, row: Option<usize>) {
    if let (Some(Overlay::Choosing(choosing)), Some(row)) = (state.overlays.last_mut(), row) {
        choosing.picker.mark(row);
    }
}

fn choose(state: &mut State, row: usize) -> Vec<Effect> {
    let Some(Overlay::Choosing(choosing)) = state.overlays.pop() else { return Vec::new() };
    match choosing.choices {
        Choices::Verbs(verbs) => match verbs.get(row) {
            Some(action) => begin(state, *action),
            None => Vec::new(),
        },
        Choices::Models(commands) => {
            let current = Command::UseModel(state.status.model.clone());
            let chosen = commands.get(row).filter(|command| **command != current);
            chosen.cloned().map(Effect::Send).into_iter().collect()
        }
        Choices::Modes(modes) => {
            modes.get(row).map(|mode| Effect::Ask(Question::Mode(*mode))).into_iter().collect()
        }
        Choices::Themes { names, .. } => match names.get(row) {
            Some(name) => themes::set(state, name),
            None => Vec::new(),
        },
        Choices::Sessions(list) => match list.rows.get(row) {
            Some(row) => act::open(state, Opening::Resume(row.id.clone())),
            None => Vec::new(),
        },
        Choices::Prompts => {
            state.composer.recall(row);
            Vec::new()
        }
    }
}

/// Does a verb, or begins it in the input where it wants words.
fn begin(state: &mut State, action: Action) -> Vec<Effect> {
    let verb = action.verb();
    if let (Arguments::Required(_), Some(word)) = (verb.arguments, verb.slash) {
        state.composer.set(&format!("/{word} "));
        return Vec::new();
    }
    press::first(state, &[action])
}

fn explained(mode: Mode) -> &'static str {
    match mode {
        Mode::Plan => "nothing is written; commands only where they provably only read",
        Mode::Review => "each change is shown first; other commands than reading ones ask",
        Mode::Edit => "changes are written at once; other commands than reading ones ask",
        Mode::Auto => "changes are written at once, and commands run with --sandbox off",
    }
}
