//! The keys that the user binds in `[keys]`, as the terminal's map of keys.
use super::{ConfigError, Source, holds::key_sequences, keys::BINDINGS, values::Values};
use crate::tui::{
    action::{Action, Context},
    keymap::{Keymap, Rebinding},
};

/// # Errors
/// When a key would do two things in one place, named with both and the line of the later one.
pub(super) fn keymap(values: &Values) -> Result<Keymap, ConfigError> {
    let mut written: Vec<(&str, &Source, Rebinding)> = Vec::new();
    for (key, entry) in values.iter() {
        let Some((context, action)) = binding(key) else { continue };
        let keys = key_sequences(&entry.value)
            .map_err(|reason| ConfigError::wrong(&entry.source, key, reason))?;
        written.push((key, &entry.source, Rebinding { context, action, keys }));
    }
    // Of two that don't go together, the one that was written later is to blame.
    written.sort_by_key(|(_, source, _)| match source {
        Source::Default | Source::Variable(_) => 0,
        Source::File { line, .. } => *line,
        Source::Assignment | Source::Flag(_) => usize::MAX,
    });
    let rebindings: Vec<Rebinding> = written.iter().map(|(.., it)| it.clone()).collect();
    Keymap::new(&rebindings).map_err(|error| match written.get(error.at()) {
        Some((key, source, _)) => ConfigError::wrong(source, key, error.to_string()),
        None => ConfigError::wrong(&Source::Default, BINDINGS, error.to_string()),
    })
}

/// What `keys.palette` and `keys.review.accept-hunk` stand for.
fn binding(dotted: &str) -> Option<(Option<Context>, Action)> {
    let names = dotted.strip_prefix(BINDINGS)?.strip_prefix('.')?;
    Some(match names.split_once('.') {
        Some((context, action)) => (Some(Context::named(context)?), Action::named(action)?),
        None => (None, Action::named(names)?),
    })
}
