//! The ready values, as the modules that use them want them.
use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use toml::Value;

use super::{
    ConfigError, after_edit, bindings,
    chosen::{self, Chosen},
    values::Values,
};
use crate::{
    backend::BackendSettings,
    protocol::{Effort, Mode, ModelRef},
    tools::AfterEdit,
    tui::{composer::EditingMode, keymap::Keymap, notify::Notify},
    workspace::CopyBudget,
};

#[derive(Debug, Clone)]
pub struct Settings {
    /// Absent when none is set and no backend has credentials.
    pub model: Option<ModelRef>,
    /// The route that the model is the first one of, when a route was chosen.
    pub route: Option<String>,
    /// Models that stand in for each other, in their order, by the name of the route.
    pub routes: BTreeMap<String, Vec<ModelRef>>,
    /// How the model came to be chosen when nobody set it, or what to set when there is none.
    pub model_note: Option<String>,
    pub mode: Mode,
    pub sandbox: SandboxLevel,
    pub screen: ScreenKind,
    pub theme: String,
    /// The terminal's keys, the user's own among them.
    pub keymap: Keymap,
    pub editing_mode: EditingMode,
    /// How somebody who looks elsewhere is told that the screen wants something.
    pub notify: Notify,
    /// The mouse is the screen's and not the terminal's.
    pub mouse: bool,
    pub limits: Limits,
    pub effort: Option<Effort>,
    pub max_output_tokens: Option<u32>,
    /// The share of the model's context from which on a conversation is summed up by itself, in percent.
    pub compact_at: Option<u8>,
    pub backends: BTreeMap<String, BackendSettings>,
    pub run: RunSettings,
    /// What is run after edits, in its order.
    pub after_edit: Vec<AfterEdit>,
    pub worktree: CopyBudget,
    /// What the kept bytes of all sessions may come to before the user is told.
    pub store_max_bytes: u64,
    /// Names of the file that holds notes for the model: of those in one directory the first one does.
    pub notes: Vec<String>,
}

/// How a session is shown on a terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ScreenKind {
    /// On a screen of its own.
    #[default]
    Alternate,
    /// Below what it has printed into the terminal's own scrollback.
    Inline,
    /// As lines that are printed, nothing being drawn.
    Plain,
}

impl ScreenKind {
    pub(super) const NAMES: [&str; 3] = ["alternate", "inline", "plain"];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alternate => "alternate",
            Self::Inline => "inline",
            Self::Plain => "plain",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Alternate, Self::Inline, Self::Plain].into_iter().find(|kind| kind.as_str() == name)
    }

    /// The theme where nobody has chosen one: among rows of other programs it has their colours.
    fn theme(self) -> &'static str {
        match self {
            Self::Alternate => "harbour",
            Self::Inline | Self::Plain => "terminal",
        }
    }
}

/// What a turn may use.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    pub max_cost_usd: Option<f64>,
    pub max_requests: Option<u32>,
    pub timeout: Option<Duration>,
}

/// How commands of the model run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSettings {
    pub timeout: Duration,
    pub output_limit_bytes: usize,
    /// Else the system's own.
    pub shell: Option<String>,
    /// Variables that commands get beside the usual ones.
    pub env_keep: Vec<String>,
}

/// How far commands are confined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SandboxLevel {
    ReadOnly,
    #[default]
    WorkspaceWrite,
    Off,
}

impl Settings {
    pub(super) fn new(
        values: &Values,
        backends: BTreeMap<String, BackendSettings>,
    ) -> Result<Self, ConfigError> {
        let routes = chosen::routes(values, &backends)?;
        let Chosen { model, route, note: model_note } = chosen::model(values, &backends, &routes)?;
        let text = |key: &str| value(values, key)?.as_str().map(str::to_owned);
        let texts = |key: &str| texts(values, key);
        let effort = text("effort");
        let screen = text("screen").and_then(|kind| ScreenKind::named(&kind)).unwrap_or_default();
        let editing_mode = text("editing_mode").and_then(|mode| EditingMode::named(&mode));
        Ok(Self {
            model,
            route,
            routes,
            model_note,
            mode: text("mode").and_then(|mode| mode.parse().ok()).unwrap_or_default(),
            sandbox: text("sandbox").and_then(|level| level.parse().ok()).unwrap_or_default(),
            screen,
            theme: text("theme").unwrap_or_else(|| screen.theme().to_owned()),
            keymap: bindings::keymap(values)?,
            editing_mode: editing_mode.unwrap_or_default(),
            notify: notify(values),
            mouse: value(values, "mouse").and_then(Value::as_bool).unwrap_or_default(),
            limits: Limits {
                max_cost_usd: value(values, "limits.max_cost_usd").and_then(Value::as_float),
                max_requests: whole(values, "limits.max_requests"),
                timeout: whole(values, "limits.timeout_seconds").map(Duration::from_secs),
            },
            effort: Effort::ALL.into_iter().find(|known| effort.as_deref() == Some(known.as_str())),
            max_output_tokens: whole(values, "max_output_tokens"),
            compact_at: whole(values, "compact_at_percent").filter(|percent| *percent > 0),
            backends,
            run: RunSettings {
                timeout: Duration::from_secs(
                    whole(values, "tools.run.timeout_seconds").unwrap_or_default(),
                ),
                output_limit_bytes: whole(values, "tools.run.output_limit_bytes")
                    .unwrap_or_default(),
                shell: text("tools.run.shell"),
                env_keep: texts("tools.run.env_keep"),
            },
            after_edit: value(values, "after_edit")
                .and_then(|value| after_edit::read(value).ok())
                .unwrap_or_default(),
            worktree: CopyBudget {
                bytes: whole(values, "worktree.max_bytes").unwrap_or_default(),
                files: whole(values, "worktree.max_files").unwrap_or_default(),
            },
            store_max_bytes: whole(values, "store.max_bytes").unwrap_or_default(),
            notes: texts("notes"),
        })
    }
}

fn value<'a>(values: &'a Values, key: &str) -> Option<&'a Value> {
    values.get(key).map(|entry| &entry.value)
}

fn texts(values: &Values, key: &str) -> Vec<String> {
    let items = value(values, key).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A name, or a program with its arguments.
fn notify(values: &Values) -> Notify {
    let name = value(values, "notify").and_then(Value::as_str);
    match name.and_then(Notify::named) {
        Some(notify) => notify,
        None => Notify::Program(texts(values, "notify")),
    }
}

fn whole<T: TryFrom<i64>>(values: &Values, key: &str) -> Option<T> {
    value(values, key)?.as_integer()?.try_into().ok()
}

impl SandboxLevel {
    pub const ALL: [Self; 3] = [Self::ReadOnly, Self::WorkspaceWrite, Self::Off];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::WorkspaceWrite => "workspace-write",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for SandboxLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SandboxLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| {
            format!("`{text}` is not a sandbox level: read-only, workspace-write or off")
        })
    }
}
