//! Which key does what: the table's keys, with those of the user's configuration in their place.
mod key;
mod rows;

use std::collections::BTreeMap;

use crate::tui::action::{Action, Context};

pub use key::{Key, KeySequence, NoKey};
pub use rows::{HelpGroup, HelpRow, PaletteRow, markdown};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: BTreeMap<(Context, Action), Vec<KeySequence>>,
}

/// Keys that the user gave to an action. None at all takes its keys away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebinding {
    /// `None` is wherever the action has keys.
    pub context: Option<Context>,
    pub action: Action,
    pub keys: Vec<KeySequence>,
}

/// What is wrong with the user's keys. `at` is the place of the rebinding among those that were given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    #[error(
        "gives `{key}` to `{action}`, and in {} it belongs to `{other}`: give that another key, or \"none\"",
        context.name()
    )]
    Conflict { at: usize, context: Context, key: KeySequence, action: Action, other: Action },
    #[error("gives `{key}` to `{action}` in {}, where it is text to be typed", context.name())]
    TypedCharacter { at: usize, context: Context, key: KeySequence, action: Action },
    #[error("binds `{action}` in {}: it works in {}", context.name(), context_names(*action))]
    WrongContext { at: usize, context: Context, action: Action },
}

/// The start of a sequence, kept between two keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending(Vec<Key>);

/// What a key comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    /// The nearest context's first. One that has nothing to do there leaves the key to the next.
    Actions(Vec<Action>),
    /// It begins a sequence, or goes on with one.
    Waiting,
    /// It ends a sequence that leads nowhere, and does nothing else.
    Broken,
    /// It is no key of the map: where text is typed, it types.
    Unbound,
}

impl Keymap {
    /// The table's own keys.
    pub fn built_in() -> Self {
        let mut bindings = BTreeMap::new();
        for action in Action::all() {
            for (context, keys) in action.verb().keys {
                let keys = keys.iter().filter_map(|key| key.parse().ok()).collect();
                bindings.insert((*context, action), keys);
            }
        }
        Self { bindings }
    }

    /// # Errors
    /// When a key would do two things in one place, or a key or an action makes no sense in its place.
    pub fn new(rebindings: &[Rebinding]) -> Result<Self, KeymapError> {
        let mut keymap = Self::built_in();
        let mut given = BTreeMap::new();
        let places = rebindings.iter().enumerate();
        // What is said of one context counts over what is said of all.
        let (general, particular): (Vec<_>, Vec<_>) =
            places.partition(|(_, rebinding)| rebinding.context.is_none());
        for (at, rebinding) in general.into_iter().chain(particular) {
            let action = rebinding.action;
            let contexts = match rebinding.context {
                Some(context) if !action.verb().works_in(context) => {
                    return Err(KeymapError::WrongContext { at, context, action });
                }
                Some(context) => vec![context],
                None => action.verb().contexts(),
            };
            for context in contexts {
                let typed = rebinding.keys.iter().find(|keys| types(context, keys));
                if let Some(key) = typed.cloned() {
                    return Err(KeymapError::TypedCharacter { at, context, key, action });
                }
                keymap.bindings.insert((context, action), rebinding.keys.clone());
                given.insert((context, action), at);
            }
        }
        keymap.conflict(&given).map_or(Ok(keymap), Err)
    }

    /// What a key does where these contexts have the attention, the nearest first.
    pub fn press(&self, pending: &mut Pending, contexts: &[Context], key: Key) -> Pressed {
        pending.0.push(key);
        let mut actions = Vec::new();
        for context in contexts {
            for (action, keys) in self.in_context(*context) {
                if keys.keys() == pending.0 {
                    actions.push(action);
                } else if actions.is_empty() && keys.keys().starts_with(&pending.0) {
                    return Pressed::Waiting;
                }
            }
        }
        let was_waiting = pending.0.len() > 1;
        pending.0.clear();
        match (actions.is_empty(), was_waiting) {
            (false, _) => Pressed::Actions(actions),
            (true, true) => Pressed::Broken,
            (true, false) => Pressed::Unbound,
        }
    }

    /// The keys of an action in a context.
    pub fn keys(&self, context: Context, action: Action) -> &[KeySequence] {
        self.bindings.get(&(context, action)).map_or(&[], Vec::as_slice)
    }

    /// The key to name where one has room, for a hint such as `ctrl-k palette`.
    pub fn first_key(&self, contexts: &[Context], action: Action) -> Option<&KeySequence> {
        contexts.iter().find_map(|context| self.keys(*context, action).first())
    }

    fn in_context(&self, context: Context) -> impl Iterator<Item = (Action, &KeySequence)> {
        let bindings = self.bindings.iter().filter(move |((it, _), _)| *it == context);
        bindings.flat_map(|((_, action), keys)| keys.iter().map(|keys| (*action, keys)))
    }

    /// Two actions of one context of which one has the other's key, or the start of it.
    fn conflict(&self, given: &BTreeMap<(Context, Action), usize>) -> Option<KeymapError> {
        for context in Context::ALL {
            let bound: Vec<_> = self.in_context(context).collect();
            for (at, (one, keys)) in bound.iter().enumerate() {
                for (two, others) in &bound[at + 1..] {
                    let is_start = keys.keys().starts_with(others.keys())
                        || others.keys().starts_with(keys.keys());
                    if !is_start || one == two {
                        continue;
                    }
                    let place = |action: Action| given.get(&(context, action)).copied();
                    // The blame is on what the user wrote, and there on the later line.
                    let (action, key, other) = if place(*one) > place(*two) {
                        (*one, *keys, *two)
                    } else {
                        (*two, *others, *one)
                    };
                    let (at, key) = (place(action).unwrap_or_default(), key.clone());
                    return Some(KeymapError::Conflict { at, context, key, action, other });
                }
            }
        }
        None
    }
}

impl KeymapError {
    /// The place of the rebinding to blame among those that were given.
    pub fn at(&self) -> usize {
        match self {
            Self::Conflict { at, .. }
            | Self::TypedCharacter { at, .. }
            | Self::WrongContext { at, .. } => *at,
        }
    }
}

impl Pending {
    /// The keys so far, to be shown while more are awaited; empty when none are.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn types(context: Context, keys: &KeySequence) -> bool {
    context.takes_text() && keys.keys().first().is_some_and(|key| key.character().is_some())
}

fn context_names(action: Action) -> String {
    let names: Vec<&str> = action.verb().contexts().into_iter().map(Context::name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use Context::{Completion, Composer, Global, Picker, Review, Transcript};

    use super::*;

    fn rebinding(context: Option<Context>, action: Action, keys: &[&str]) -> Rebinding {
        let keys = keys.iter().map(|key| key.parse().unwrap()).collect();
        Rebinding { context, action, keys }
    }

    #[test]
    fn every_key_of_the_table_is_one_and_none_means_two_things() {
        for action in Action::all() {
            for (context, keys) in action.verb().keys {
                for key in *keys {
                    let read = key.parse::<KeySequence>().unwrap();
                    assert_eq!(read.to_string(), *key, "{action}");
                    assert!(!types(*context, &read), "{action}: {key}");
                }
            }
        }
        assert_eq!(Keymap::new(&[]), Ok(Keymap::built_in()));
    }

    #[track_caller]
    fn press(keymap: &Keymap, contexts: &[Context], keys: &str, pressed: &Pressed) {
        let mut pending = Pending::default();
        let mut last = Pressed::Unbound;
        for key in keys.parse::<KeySequence>().unwrap().keys() {
            last = keymap.press(&mut pending, contexts, *key);
        }
        assert_eq!(last, *pressed, "{keys} in {contexts:?}");
        assert_eq!(pending.keys().is_empty(), last != Pressed::Waiting);
    }

    #[test]
    fn the_nearest_context_comes_first_and_sequences_wait() {
        let keymap = Keymap::built_in();
        let actions = |actions: &[Action]| Pressed::Actions(actions.to_vec());
        let composer = [Composer, Global];
        press(&keymap, &composer, "ctrl-k", &actions(&[Action::KillLine, Action::Palette]));
        press(&keymap, &composer, "ctrl-d", &actions(&[Action::DeleteForward, Action::Quit]));
        press(&keymap, &composer, "ctrl-x", &Pressed::Waiting);
        press(&keymap, &composer, "ctrl-x ctrl-e", &actions(&[Action::Editor]));
        press(&keymap, &composer, "ctrl-x esc", &Pressed::Broken);
        press(&keymap, &composer, "x", &Pressed::Unbound);
        press(&keymap, &[Review, Global], "y", &actions(&[Action::AcceptHunk]));
        press(&keymap, &[Review, Global], "ctrl-k", &actions(&[Action::Palette]));
        press(&keymap, &[Transcript, Global], "g", &Pressed::Waiting);
        press(&keymap, &[Transcript, Global], "g g", &actions(&[Action::First]));
        let popup = [Completion, Composer, Global];
        press(&keymap, &popup, "up", &actions(&[Action::Up, Action::CaretUp]));
    }

    #[test]
    fn esc_and_enter_allow_nothing() {
        let keymap = Keymap::built_in();
        let cancel = Pressed::Actions(vec![Action::Cancel]);
        for context in Context::ALL {
            press(&keymap, &[context, Global][usize::from(context == Global)..], "esc", &cancel);
        }
        press(&keymap, &[Context::Approval, Global], "enter", &Pressed::Unbound);
        press(&keymap, &[Review, Global], "enter", &Pressed::Unbound);
    }

    #[test]
    fn the_users_keys_take_the_place_of_the_tables() {
        let keymap = Keymap::new(&[
            rebinding(Some(Review), Action::AcceptHunk, &["+", "ctrl-y"]),
            rebinding(Some(Review), Action::Up, &["up"]),
            rebinding(None, Action::Palette, &["f5"]),
            rebinding(Some(Review), Action::RejectHunk, &[]),
            rebinding(None, Action::Cost, &["alt-4"]),
        ])
        .unwrap();
        let actions = |action| Pressed::Actions(vec![action]);
        press(&keymap, &[Review, Global], "+", &actions(Action::AcceptHunk));
        press(&keymap, &[Review, Global], "ctrl-y", &actions(Action::AcceptHunk));
        press(&keymap, &[Review, Global], "y", &Pressed::Unbound);
        press(&keymap, &[Review, Global], "n", &Pressed::Unbound);
        press(&keymap, &[Review, Global], "f5", &actions(Action::Palette));
        press(&keymap, &[Review, Global], "ctrl-k", &Pressed::Unbound);
        press(&keymap, &[Composer, Global], "alt-4", &actions(Action::Cost));
        let key = keymap.first_key(&[Composer, Global], Action::Palette);
        assert_eq!(key.map(ToString::to_string).as_deref(), Some("f5"));
    }

    #[track_caller]
    fn wrong(rebindings: &[Rebinding], at: usize, message: &str) {
        let error = Keymap::new(rebindings).unwrap_err();
        assert_eq!((error.at(), error.to_string().as_str()), (at, message));
    }

    #[test]
    fn what_cannot_be_is_an_error_that_names_both() {
        wrong(
            &[rebinding(None, Action::Cost, &["f9"]), rebinding(None, Action::Palette, &["f9"])],
            1,
            "gives `f9` to `palette`, and in global it belongs to `cost`: give that another key, or \"none\"",
        );
        wrong(
            &[rebinding(Some(Review), Action::AcceptHunk, &["n"])],
            0,
            "gives `n` to `accept-hunk`, and in review it belongs to `reject-hunk`: give that another key, or \"none\"",
        );
        wrong(
            &[rebinding(Some(Transcript), Action::CopyCode, &["g"])],
            0,
            "gives `g` to `copy-code`, and in transcript it belongs to `first`: give that another key, or \"none\"",
        );
        wrong(
            &[rebinding(Some(Composer), Action::Send, &["x"])],
            0,
            "gives `x` to `send` in composer, where it is text to be typed",
        );
        wrong(
            &[rebinding(Some(Picker), Action::AcceptHunk, &["f3"])],
            0,
            "binds `accept-hunk` in picker: it works in review",
        );
    }
}
