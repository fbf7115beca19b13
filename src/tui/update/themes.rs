//! The theme in use: chosen from a list, which shows the marked one at once, and followed when its file changes.
use super::{Effect, State, act, over};
use crate::tui::{
    overlay::{Choices, Choosing, Overlay},
    picker::Row,
    theme::{Role, Theme, Themes},
};

pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let (names, rows) = listed(&state.look.themes);
    let place = names.iter().position(|name| *name == state.look.name);
    let before = Box::new(state.look.theme.clone());
    over::choosing(state, "Theme:", rows, Choices::Themes { names, before });
    over::mark(state, place);
    Vec::new()
}

pub(super) fn set(state: &mut State, name: &str) -> Vec<Effect> {
    match state.look.themes.theme(name, state.look.depth) {
        Ok(theme) => {
            state.look.theme = theme;
            name.clone_into(&mut state.look.name);
            let told = format!("to keep it: theme = \"{name}\" in config.toml");
            state.say(Role::Notice, told);
            Vec::new()
        }
        Err(wrong) => act::complain(state, &wrong.to_string()),
    }
}

/// What is marked in the list is what the screen looks like; one that is wrong says what is wrong.
pub(super) fn show_marked(state: &mut State) {
    let Some(Overlay::Choosing(choosing)) = state.overlays.last() else { return };
    let Choices::Themes { names, .. } = &choosing.choices else { return };
    let Some(name) = choosing.picker.marked().and_then(|row| names.get(row)) else { return };
    match state.look.themes.theme(name, state.look.depth) {
        Ok(theme) => state.look.theme = theme,
        Err(wrong) => state.say(Role::Warning, wrong.to_string()),
    }
}

/// The user's files have changed. Where the theme in use is wrong now, the screen keeps the look that it has.
pub(super) fn reload(state: &mut State, themes: Themes) {
    state.look.themes = themes;
    match state.look.themes.theme(&state.look.name, state.look.depth) {
        Ok(theme) => keep(state, theme),
        Err(wrong) => {
            let told = format!("{wrong}; until that is mended the colours stay as they were");
            state.transcript.push_notice(&told);
        }
    }
    let (now, rows) = listed(&state.look.themes);
    if let Some(Choosing { picker, choices: Choices::Themes { names, .. } }) = choosing(state) {
        *names = now;
        picker.set_rows(rows.into());
        show_marked(state);
    }
}

/// The theme in use; while another is looked at, it is the one that comes back.
fn keep(state: &mut State, theme: Theme) {
    match choosing(state) {
        Some(Choosing { choices: Choices::Themes { before, .. }, .. }) => **before = theme,
        Some(_) | None => state.look.theme = theme,
    }
}

fn choosing(state: &mut State) -> Option<&mut Choosing> {
    match state.overlays.last_mut() {
        Some(Overlay::Choosing(choosing)) => Some(choosing),
        Some(Overlay::Page(_) | Overlay::Reviewing(_) | Overlay::Restoring(_)) | None => None,
    }
}

fn listed(themes: &Themes) -> (Vec<String>, Vec<Row>) {
    let names: Vec<String> = themes.names().map(str::to_owned).collect();
    let rows = names.iter().map(Row::new).collect();
    (names, rows)
}
