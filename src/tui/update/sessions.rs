//! The list of sessions: looked at, gone on with, forked and named.
use super::{Effect, State, act};
use crate::tui::{
    action::Action,
    composer::Editor,
    desk::{Opening, Question, SessionPreview, SessionRow},
    keymap::Key,
    overlay::{Choices, Choosing, Overlay, SessionList},
    picker::{Picker, Row},
};

/// Opens the list, or puts what it holds now into one that is open.
pub(super) fn open(state: &mut State, sessions: Vec<SessionRow>) -> Vec<Effect> {
    let current = state.session.id.clone();
    // Where nothing was ever said there is nothing to go on with.
    let is_wanted = |it: &SessionRow| it.id != current && (it.turns > 0 || !it.title.is_empty());
    let rows: Vec<SessionRow> = sessions.into_iter().filter(is_wanted).collect();
    let shown: Vec<Row> = rows.iter().map(row).collect();
    match state.overlays.last_mut() {
        Some(Overlay::Choosing(choosing)) if matches!(choosing.choices, Choices::Sessions(_)) => {
            let marked = choosing.picker.marked();
            if let Choices::Sessions(list) = &mut choosing.choices {
                list.rows = rows;
            }
            choosing.picker.set_rows(shown.into());
            // The name may be what has changed.
            marked.into_iter().for_each(|row| choosing.picker.mark(row));
        }
        Some(_) | None => {
            let picker = Picker::new("Go on with:", shown.into()).with_preview();
            let choices = Choices::Sessions(SessionList { rows, ..SessionList::default() });
            state.overlays.push(Overlay::Choosing(Box::new(Choosing { picker, choices })));
        }
    }
    look_at_marked(state)
}

/// Asks what was said in the marked session, once.
pub(super) fn look_at_marked(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Choosing(choosing)) = state.overlays.last_mut() else { return Vec::new() };
    let Some(id) = marked(choosing).map(|row| row.id.clone()) else { return Vec::new() };
    let Choices::Sessions(list) = &mut choosing.choices else { return Vec::new() };
    if list.previews.contains_key(&id) {
        return Vec::new();
    }
    list.previews.insert(id.clone(), None);
    vec![Effect::Ask(Question::SessionPreview(id))]
}

pub(super) fn take_preview(state: &mut State, preview: SessionPreview) {
    if let Some(Overlay::Choosing(choosing)) = state.overlays.last_mut()
        && let Choices::Sessions(list) = &mut choosing.choices
    {
        list.previews.insert(preview.id.clone(), Some(preview));
    }
}

/// What a key does in this list alone. `None` where it is a key of any list.
pub(super) fn press(state: &mut State, key: Key, actions: &[Action]) -> Option<Vec<Effect>> {
    let Some(Overlay::Choosing(choosing)) = state.overlays.last_mut() else { return None };
    let marked = marked(choosing).cloned();
    let Choices::Sessions(list) = &mut choosing.choices else { return None };
    if let Some((id, name)) = &mut list.naming {
        let effects = match actions.first() {
            Some(Action::Send) => {
                let (id, title) = (id.clone(), name.text().trim().to_owned());
                let named = Effect::Ask(Question::NameSession { id, title: title.clone() });
                list.naming = None;
                if title.is_empty() { Vec::new() } else { vec![named] }
            }
            Some(Action::Cancel | Action::Interrupt) => {
                list.naming = None;
                Vec::new()
            }
            Some(_) | None => {
                name.press(key, actions);
                Vec::new()
            }
        };
        return Some(effects);
    }
    let marked = marked?;
    match actions.first() {
        Some(Action::Rename) => {
            let mut name = Editor::default();
            name.insert_line(&marked.title);
            list.naming = Some((marked.id, name));
            Some(Vec::new())
        }
        Some(Action::Fork) => {
            state.overlays.pop();
            Some(act::open(state, Opening::Fork(marked.id)))
        }
        Some(_) | None => None,
    }
}

fn marked(choosing: &Choosing) -> Option<&SessionRow> {
    let Choices::Sessions(list) = &choosing.choices else { return None };
    list.rows.get(choosing.picker.marked()?)
}

fn row(it: &SessionRow) -> Row {
    let turns = format!("{} turn{}", it.turns, if it.turns == 1 { "" } else { "s" });
    let title = if it.title.is_empty() { "(no words)" } else { &it.title };
    Row::new(title).with(&it.used).with(turns).with(&it.model)
}
