//! Backends out of their keys.
mod aws;
mod built_in;
mod key;

use std::{collections::BTreeMap, time::Duration};

use serde_json::Map;
use toml::Value;

use super::{
    ConfigError, Environment, holds, kept_keys::KeptKeys, known_models, network, values::Values,
};
use crate::backend::{
    BackendSettings, Key, KeyHeader, Kind, Means, Network, Place, QuirkSettings, Timeouts,
};

pub(super) use built_in::built_in;
use key::Choice;
pub(super) use key::address_for_login;

/// How often a failed request is sent again, unless the user says otherwise.
const RETRIES: u32 = 4;

fn first_set(variables: &[&str], environment: &Environment) -> Option<String> {
    variables.iter().find_map(|variable| environment.get(variable)).map(str::to_owned)
}

/// The variables that hold the keys of backends.
pub(super) fn key_variables(values: &Values) -> Vec<&str> {
    let named = values
        .iter()
        .filter(|(key, _)| key.starts_with("backends.") && key.ends_with(".api_key_env"));
    named.filter_map(|(_, entry)| entry.value.as_str()).collect()
}

/// Every backend by its name, and what a person should know about them.
pub(super) fn assemble(
    values: &Values,
    environment: &Environment,
    kept: &KeptKeys,
    means: &Means,
) -> Result<(BTreeMap<String, BackendSettings>, Vec<String>), ConfigError> {
    let mut backends = BTreeMap::new();
    let mut notices = Vec::new();
    for (key, entry) in values.iter() {
        let Some((name, _)) = key.strip_prefix("backends.").and_then(|key| key.split_once('.'))
        else {
            continue;
        };
        if backends.contains_key(name) {
            continue;
        }
        let table = Table { values, name };
        let kind = table.text("kind").and_then(|kind| kind.parse::<Kind>().ok());
        let kind = kind.ok_or_else(|| {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            let reason = format!("is not set: {known}");
            ConfigError::wrong(&entry.source, &format!("backends.{name}.kind"), reason)
        })?;
        let Choice { key, notice, unsent } = table.key(kind, environment, kept, means);
        notices.extend(notice.or(unsent.clone()));
        let network = table.network(means.network().clone(), environment);
        let mut settings = table.settings(kind, key, network, environment);
        settings.unsent = unsent;
        if let Some(service) = kind.aws() {
            table.place_at_aws(&mut settings, service, environment, means);
        }
        backends.insert(name.to_owned(), settings);
    }
    Ok((backends, notices))
}

/// The keys of one backend.
struct Table<'a> {
    values: &'a Values,
    name: &'a str,
}

impl Table<'_> {
    fn settings(
        &self,
        kind: Kind,
        key: Key,
        network: Network,
        environment: &Environment,
    ) -> BackendSettings {
        let usual = Timeouts::default();
        let headers = self.value("headers").and_then(Value::as_table);
        let headers = headers.into_iter().flatten();
        let headers =
            headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        BackendSettings {
            name: self.name.to_owned(),
            kind,
            base_url: self.text("base_url").map(str::to_owned),
            place: self.place(kind, environment),
            key,
            unsent: None,
            key_header: self.key_header(kind),
            headers: headers.collect(),
            timeouts: Timeouts {
                connect: self.seconds("connect_timeout_seconds").unwrap_or(usual.connect),
                first_byte: self.seconds("first_byte_timeout_seconds").unwrap_or(usual.first_byte),
                silence: self.seconds("silence_timeout_seconds").unwrap_or(usual.silence),
            },
            network,
            retries: self.whole("retries").unwrap_or(RETRIES),
            quirks: self.quirks(),
            models: self
                .value("models")
                .and_then(|it| known_models::read(it).ok())
                .unwrap_or_default(),
        }
    }

    /// Whom a backend's own table trusts is trusted for its own requests alone.
    fn network(&self, mut network: Network, environment: &Environment) -> Network {
        let own = network::authorities(&self.dotted("ca_file"), self.values, environment);
        network.authorities.extend(own);
        network
    }

    /// Where at a cloud; the project and the location that hold for all of its programs hold here, too.
    fn place(&self, kind: Kind, environment: &Environment) -> Place {
        let text = |key: &str| self.text(key).map(str::to_owned);
        let usual = |variables| first_set(variables, environment);
        Place {
            project: text("project").or_else(|| usual(kind.project_variables())),
            location: text("location").or_else(|| usual(kind.location_variables())),
            region: text("region"),
            profile: text("profile"),
            api_version: text("api_version"),
        }
    }

    fn key_header(&self, kind: Kind) -> KeyHeader {
        let variable = self.text("api_key_env").unwrap_or_default();
        self.users_key_header().unwrap_or_else(|| kind.key_header(variable))
    }

    /// For a key that no variable holds.
    fn key_header_of_none(&self, kind: Kind) -> KeyHeader {
        self.users_key_header().unwrap_or_else(|| kind.key_header(""))
    }

    fn users_key_header(&self) -> Option<KeyHeader> {
        self.text("key_header").and_then(KeyHeader::named)
    }

    fn quirks(&self) -> QuirkSettings {
        let text = |key: &str| self.text(&format!("quirks.{key}")).map(str::to_owned);
        let is_set = |key: &str| self.value(&format!("quirks.{key}")).and_then(Value::as_bool);
        let extra_body = match self.value("quirks.extra_body").and_then(holds::json) {
            Some(serde_json::Value::Object(members)) => members,
            Some(_) | None => Map::new(),
        };
        QuirkSettings {
            max_tokens_field: text("max_tokens_field"),
            stream_usage: is_set("stream_usage"),
            parallel_calls: is_set("parallel_calls"),
            system_role: text("system_role"),
            echo_reasoning: text("echo_reasoning"),
            short_call_ids: is_set("short_call_ids"),
            images: is_set("images"),
            effort_field: text("effort_field"),
            extra_body,
        }
    }

    fn dotted(&self, key: &str) -> String {
        format!("backends.{}.{key}", self.name)
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(&self.dotted(key)).map(|entry| &entry.value)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.value(key)?.as_str()
    }

    fn whole(&self, key: &str) -> Option<u32> {
        self.value(key)?.as_integer()?.try_into().ok()
    }

    fn seconds(&self, key: &str) -> Option<Duration> {
        self.whole(key).map(|seconds| Duration::from_secs(seconds.into()))
    }
}
