//! The layers laid over each other: for each key the value that counts, and where it came from.
use std::collections::BTreeMap;

use toml::Value;

use super::{ConfigError, Source, document::Setting, keys};

#[derive(Debug, Clone, Default)]
pub(super) struct Values(BTreeMap<String, Entry>);

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) source: Source,
}

impl Values {
    /// What is built into the program.
    pub(super) fn defaults() -> Self {
        let mut values = Self::default();
        for key in &keys::KEYS {
            if let Some(default) = key.default {
                values.set(setting(key.path, default(), Source::Default));
            }
        }
        values
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.get(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// Lays a value over what is there.
    pub(super) fn set(&mut self, setting: Setting) {
        self.0.insert(setting.key, Entry { value: setting.value, source: setting.source });
    }

    /// Lays a project's value over what is there, if it is stricter. Else says that it does not count.
    ///
    /// # Errors
    /// When the key is none of a project's business.
    pub(super) fn tighten(&mut self, setting: Setting) -> Result<Option<String>, ConfigError> {
        let strictness = keys::of(&setting.key).and_then(|key| key.strictness);
        let Some(strictness) = strictness else {
            return Err(ConfigError::NotForProjects {
                source_of: setting.source,
                key: setting.key,
            });
        };
        match self.get(&setting.key) {
            Some(current) if !strictness.is_stricter(&setting.value, &current.value) => {
                let is_looser = current.value != setting.value;
                Ok(is_looser.then(|| {
                    let Setting { key, value, source } = &setting;
                    format!(
                        "{source}: `{key}` = {value} does not count: a project may tighten what is set ({}, {}), never loosen it",
                        current.value, current.source
                    )
                }))
            }
            Some(_) | None => {
                self.set(setting);
                Ok(None)
            }
        }
    }

    /// Lays an administrator's value over what is there, unless that is stricter by choice. Says whom it overrules.
    pub(super) fn rule(&mut self, setting: Setting) -> Option<String> {
        let strictness = keys::of(&setting.key).and_then(|key| key.strictness);
        let current = self.get(&setting.key).filter(|entry| entry.source != Source::Default);
        let Some(current) = current.filter(|entry| entry.value != setting.value) else {
            self.set(setting);
            return None;
        };
        if strictness.is_some_and(|order| order.is_stricter(&current.value, &setting.value)) {
            return None;
        }
        let Setting { key, source, .. } = &setting;
        let notice = format!(
            "{source}: `{key}` is set for everyone here, so {} does not count",
            current.source
        );
        self.set(setting);
        Some(notice)
    }
}

/// A setting that the program itself makes.
pub(super) fn setting(key: impl Into<String>, value: Value, source: Source) -> Setting {
    Setting { key: key.into(), value, source }
}
