//! The registry of keys: what each is called, what it holds, its default, and whether a project may tighten it.
//!
//! Reading, checking, suggestions and `config show` all go by this table.
use toml::Value;

use super::{
    holds::{Holds, Strictness},
    settings::{SandboxLevel, ScreenKind},
};
use crate::{
    protocol::{Mode, likeness, most_like, nearest},
    tui::{
        action::{Action, Context},
        composer::EditingMode,
    },
};

pub(super) struct Key {
    /// Dotted. A `*` stands for a name the user chooses.
    pub(super) path: &'static str,
    pub(super) holds: Holds,
    pub(super) default: Option<fn() -> Value>,
    /// What makes one value stricter than another. A key without it is none of a project's business.
    pub(super) strictness: Option<Strictness>,
}

/// What stands at a path.
pub(super) enum Found {
    Key(&'static Key),
    /// Keys stand below it.
    Table,
    Nothing,
}

const fn key(path: &'static str, holds: Holds) -> Key {
    Key { path, holds, default: None, strictness: None }
}

const fn with_default(path: &'static str, holds: Holds, default: fn() -> Value) -> Key {
    Key { path, holds, default: Some(default), strictness: None }
}

const fn limit(path: &'static str, holds: Holds) -> Key {
    Key { path, holds, default: None, strictness: Some(Strictness::Lower) }
}

const DAY: i64 = 24 * 60 * 60;
const SECONDS: Holds = Holds::Whole { least: 1, most: DAY };

#[rustfmt::skip]
pub(super) static KEYS: [Key; 54] = [
    key("model", Holds::Model),
    Key { path: "mode", holds: Holds::Mode, default: Some(|| Mode::default().as_str().into()), strictness: Some(Strictness::Mode) },
    Key { path: "sandbox", holds: Holds::Sandbox, default: Some(|| SandboxLevel::default().as_str().into()), strictness: Some(Strictness::Sandbox) },
    key("theme", Holds::Text),
    with_default("screen", Holds::OneOf(&ScreenKind::NAMES), || ScreenKind::default().as_str().into()),
    with_default("notify", Holds::Notify, || "auto".into()),
    with_default("mouse", Holds::Bool, || false.into()),
    with_default("editing_mode", Holds::EditingMode, || EditingMode::default().as_str().into()),
    key("effort", Holds::Effort),
    limit("max_output_tokens", Holds::Whole { least: 1, most: u32::MAX as i64 }),
    with_default("compact_at_percent", Holds::Whole { least: 0, most: 99 }, || 90.into()),
    with_default("notes", Holds::FileNames, || vec!["AGENTS.md", "CLAUDE.md", "GEMINI.md"].into()),
    key("after_edit", Holds::AfterEdit),
    limit("limits.max_cost_usd", Holds::Dollars),
    limit("limits.max_requests", Holds::Whole { least: 1, most: u32::MAX as i64 }),
    limit("limits.timeout_seconds", SECONDS),
    Key { path: "tools.run.timeout_seconds", holds: SECONDS, default: Some(|| 120.into()), strictness: Some(Strictness::Lower) },
    Key { path: "tools.run.output_limit_bytes", holds: Holds::Whole { least: 1_000, most: 10_000_000 }, default: Some(|| 32_768.into()), strictness: Some(Strictness::Lower) },
    key("tools.run.shell", Holds::Shell),
    with_default("tools.run.env_keep", Holds::VariableNames, || Value::Array(Vec::new())),
    with_default("worktree.max_bytes", Holds::Whole { least: 1, most: i64::MAX }, || (2_i64 << 30).into()),
    with_default("worktree.max_files", Holds::Whole { least: 1, most: i64::MAX }, || 200_000.into()),
    with_default("store.max_bytes", Holds::Whole { least: 1, most: i64::MAX }, || (2_i64 << 30).into()),
    key("network.ca_file", Holds::FilePath),
    key("keys.*", Holds::KeyNames),
    key("keys.*.*", Holds::KeyNames),
    key("backends.*.kind", Holds::Kind),
    key("backends.*.base_url", Holds::Url),
    key("backends.*.project", Holds::Text),
    key("backends.*.location", Holds::Text),
    key("backends.*.api_version", Holds::Text),
    key("backends.*.api_key_env", Holds::VariableName),
    key("backends.*.api_key_command", Holds::Program),
    key("backends.*.scope", Holds::Text),
    key("backends.*.key_header", Holds::OneOf(&["bearer", "x-api-key", "api-key", "x-goog-api-key"])),
    key("backends.*.headers", Holds::Headers),
    key("backends.*.ca_file", Holds::FilePath),
    key("backends.*.connect_timeout_seconds", SECONDS),
    key("backends.*.first_byte_timeout_seconds", SECONDS),
    key("backends.*.silence_timeout_seconds", SECONDS),
    key("backends.*.retries", Holds::Whole { least: 0, most: 20 }),
    key("backends.*.quirks.max_tokens_field", Holds::OneOf(&["max_tokens", "max_completion_tokens"])),
    key("backends.*.quirks.stream_usage", Holds::Bool),
    key("backends.*.quirks.parallel_calls", Holds::Bool),
    key("backends.*.quirks.system_role", Holds::OneOf(&["system", "developer"])),
    key("backends.*.quirks.echo_reasoning", Holds::Text),
    key("backends.*.quirks.short_call_ids", Holds::Bool),
    key("backends.*.quirks.images", Holds::Bool),
    key("backends.*.quirks.effort_field", Holds::OneOf(&["reasoning_effort", "reasoning", "none"])),
    key("backends.*.quirks.extra_body", Holds::Json),
    key("backends.*.models", Holds::KnownModels),
    key("backends.*.region", Holds::Text),
    key("backends.*.profile", Holds::Text),
    key("routes.*.try", Holds::Models),
];

pub(super) const PROFILES: &str = "profiles";
/// The table of the terminal's keys: actions with their keys, and a table for each context.
pub(super) const BINDINGS: &str = "keys";

pub(super) fn look_up(path: &[&str]) -> Found {
    match path {
        [] | [PROFILES] | [PROFILES, _] => return Found::Table,
        [PROFILES, _, PROFILES, ..] => return Found::Nothing,
        [PROFILES, _, rest @ ..] => return look_up(rest),
        [BINDINGS, name] if Context::named(name).is_some() => return Found::Table,
        [BINDINGS, names @ ..] if !names_a_binding(names) => return Found::Nothing,
        [..] => {}
    }
    let mut found = Found::Nothing;
    for key in &KEYS {
        let mut pattern = key.path.split('.');
        let is_below = path.iter().all(|name| pattern.next().is_some_and(|part| fits(part, name)));
        match (is_below, pattern.next()) {
            (true, None) => return Found::Key(key),
            (true, Some(_)) => found = Found::Table,
            (false, _) => {}
        }
    }
    found
}

pub(super) fn of(dotted: &str) -> Option<&'static Key> {
    match look_up(&dotted.split('.').collect::<Vec<_>>()) {
        Found::Key(key) => Some(key),
        Found::Table | Found::Nothing => None,
    }
}

/// Whether what stands below `keys` is an action, or one in a context.
fn names_a_binding(names: &[&str]) -> bool {
    match names {
        [] => true,
        [action] => Action::named(action).is_some(),
        [context, action] => Context::named(context).is_some() && Action::named(action).is_some(),
        [..] => false,
    }
}

/// Whether a segment of a path is a name that the user chooses.
pub(super) fn is_chosen_name(path: &[&str]) -> bool {
    matches!(path, ["backends" | "routes" | PROFILES, _] | [PROFILES, _, "backends" | "routes", _])
}

/// The known key that an unknown one was most likely meant to be.
pub(super) fn nearest_key(path: &[&str]) -> Option<String> {
    let (profile, path) = match path {
        [PROFILES, name, rest @ ..] => (format!("{PROFILES}.{name}."), rest),
        path => (String::new(), path),
    };
    if let [BINDINGS, names @ ..] = path {
        return Some(profile + &nearest_binding(names)?);
    }
    let is_meant = |key: &&Key| !matches!(key.holds, Holds::KeyNames);
    let known = KEYS.iter().filter(is_meant).map(|key| key.path);
    let scored = known.chain([PROFILES, BINDINGS]).map(|known| {
        // Names the user chose stay as they are.
        let parts = known.split('.').enumerate();
        let parts = parts.map(|(at, part)| match (part, path.get(at)) {
            ("*", Some(name)) => name,
            ("*", None) => "NAME",
            (part, _) => part,
        });
        let known = parts.collect::<Vec<_>>().join(".");
        let whole = likeness(&path.join("."), &known);
        // It may be right, and stand in the wrong table.
        let last = |dotted: &str| dotted.rsplit('.').next().unwrap_or_default().to_owned();
        let end = likeness(path.last().unwrap_or(&""), &last(&known));
        (whole.max(end * ELSEWHERE), known)
    });
    most_like(scored).map(|key| profile + &key)
}

fn nearest_binding(names: &[&str]) -> Option<String> {
    let actions = || Action::all().map(Action::name);
    let contexts = || Context::ALL.into_iter().map(Context::name);
    match names {
        [context, action] => {
            let context = nearest(context, contexts())?;
            Some(format!("{BINDINGS}.{context}.{}", nearest(action, actions())?))
        }
        [.., name] => Some(format!("{BINDINGS}.{}", nearest(name, actions().chain(contexts()))?)),
        [] => None,
    }
}

/// How much a likeness counts that is the last name's alone.
const ELSEWHERE: f64 = 0.97;

fn fits(pattern: &str, name: &str) -> bool {
    pattern == "*" || pattern == name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_key() {
        for key in &KEYS {
            if let Some(default) = key.default {
                assert!(key.holds.read(default()).is_ok(), "{}", key.path);
            }
        }
    }

    #[test]
    fn the_nearest_key_is_the_one_that_was_meant() {
        for (written, meant) in [
            ("modle", Some("model")),
            ("limits.max_cost", Some("limits.max_cost_usd")),
            ("max_cost_usd", Some("limits.max_cost_usd")),
            ("backends.gw.base-url", Some("backends.gw.base_url")),
            ("backends.gw.quirks.image", Some("backends.gw.quirks.images")),
            ("store.max_byte", Some("store.max_bytes")),
            ("base_url", Some("backends.NAME.base_url")),
            ("profiles.work.mod", Some("profiles.work.mode")),
            ("profile", Some("profiles")),
            ("limit", Some("limits.max_cost_usd")),
            ("keys.pallete", Some("keys.palette")),
            ("keys.revew", Some("keys.review")),
            ("keys.review.acept-hunk", Some("keys.review.accept-hunk")),
            ("profiles.work.keys.quitt", Some("profiles.work.keys.quit")),
            ("zzz", None),
        ] {
            let path: Vec<_> = written.split('.').collect();
            assert_eq!(nearest_key(&path).as_deref(), meant, "{written}");
        }
    }
}
