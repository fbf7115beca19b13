//! Backends out of their keys, and which key goes to which of them.
use std::{collections::BTreeMap, time::Duration};

use serde_json::Map;
use toml::Value;
use url::Url;

use super::{
    ConfigError, Environment, Source,
    document::Setting,
    entra, google, holds,
    kept_keys::{KeptKey, KeptKeys},
    values::{Values, setting},
};
use crate::{
    backend::{
        Aws, AwsService, BackendSettings, Credentials, Entra, Google, Key, KeyCommand, KeyHeader,
        Kind, Means, Place, QuirkSettings, Surroundings, Timeouts,
    },
    redact::Secret,
};

/// How often a failed request is sent again, unless the user says otherwise.
const RETRIES: u32 = 4;
const PASSED_OVER: &str = "the one of `bowline login` is not used";
const OLLAMA_PORT: &str = "11434";

/// The backends that need no table: one of each kind whose host is known by itself or by the usual variables.
pub(super) fn built_in(environment: &Environment) -> Result<Vec<Setting>, ConfigError> {
    let mut settings = Vec::new();
    let has_project = |kind: &Kind| {
        let variables = kind.project_variables();
        variables.is_empty() || first_set(variables, environment).is_some()
    };
    let is_known = |kind: &Kind| {
        let is_placed = kind.base_url().is_some() || address(*kind, environment).is_some();
        let is_at_aws =
            || kind == &Kind::Bedrock && surroundings(environment).region(None).is_some();
        is_placed && has_project(kind) || is_at_aws()
    };
    for kind in Kind::ALL.into_iter().filter(is_known) {
        let key = |key: &str| format!("backends.{}.{key}", kind.as_str());
        settings.push(setting(key("kind"), kind.as_str().into(), Source::Default));
        if let Some(variable) = usual_variable(kind, environment) {
            settings.push(setting(key("api_key_env"), variable.into(), Source::Default));
        }
        let Some((variable, address)) = address(kind, environment) else { continue };
        let source = Source::Variable(variable);
        let value = holds::Holds::Url.read(address.into());
        let value =
            value.map_err(|reason| ConfigError::wrong(&source, &key("base_url"), reason))?;
        settings.push(setting(key("base_url"), value, source));
    }
    Ok(settings)
}

/// What AWS's own programs would go by here.
fn surroundings(environment: &Environment) -> Surroundings {
    Surroundings::new(environment.texts(), environment.home())
}

fn first_set(variables: &[&str], environment: &Environment) -> Option<String> {
    variables.iter().find_map(|variable| environment.get(variable)).map(str::to_owned)
}

/// The variable that holds a kind's key: the usual one, unless only that of a token is set.
fn usual_variable(kind: Kind, environment: &Environment) -> Option<&'static str> {
    let is_set = |variable: &&str| environment.get(variable).is_some();
    let keys = || kind.key_variables().iter().copied();
    keys().chain(kind.token_variable()).find(is_set).or(keys().next_back())
}

/// The address that the environment names for a kind, and the variable that does.
fn address(kind: Kind, environment: &Environment) -> Option<(&'static str, String)> {
    // Its variable holds something else than a base URL.
    if kind == Kind::Ollama {
        return environment.get("OLLAMA_HOST").map(|host| ("OLLAMA_HOST", ollama_url(host)));
    }
    let address = |variable| Some((variable, environment.get(variable)?.to_owned()));
    kind.base_url_variable().and_then(address).or_else(|| {
        let variable = kind.customer_variable()?;
        let (name, domain) = (environment.get(variable)?.trim(), kind.domains().first()?);
        Some((variable, format!("https://{name}.{domain}")))
    })
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
        let (key, notice) = table.key(kind, environment, kept, means);
        notices.extend(notice);
        let mut settings = table.settings(kind, key, environment);
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
    fn settings(&self, kind: Kind, key: Key, environment: &Environment) -> BackendSettings {
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
            key_header: self.key_header(kind),
            headers: headers.collect(),
            timeouts: Timeouts {
                connect: self.seconds("connect_timeout_seconds").unwrap_or(usual.connect),
                first_byte: self.seconds("first_byte_timeout_seconds").unwrap_or(usual.first_byte),
                silence: self.seconds("silence_timeout_seconds").unwrap_or(usual.silence),
            },
            retries: self.whole("retries").unwrap_or(RETRIES),
            quirks: self.quirks(),
        }
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

    /// The address of a service of AWS in its region, and the credentials of AWS where no key of the service is set.
    fn place_at_aws(
        &self,
        settings: &mut BackendSettings,
        service: AwsService,
        environment: &Environment,
        means: &Means,
    ) {
        let (surroundings, profile) =
            (surroundings(environment), settings.place.profile.as_deref());
        let region = settings.place.region.clone();
        let named = || settings.base_url.as_deref().and_then(|url| service.region_of(url));
        let region = region.or_else(|| named().map(str::to_owned));
        let region = region.or_else(|| surroundings.region(profile)).unwrap_or_default();
        let is_at_aws = settings.base_url.is_none();
        if is_at_aws {
            settings.base_url = service.base_url(&region);
        }
        // As in AWS's own programs, a key of the service goes before all other credentials, unless a profile is chosen.
        let usual = settings.kind.key_variables().iter().filter(|_| is_at_aws);
        let usual = usual.copied().find_map(|name| Some((name, environment.get(name)?.trim())));
        match (&settings.key, usual) {
            (_, _) if profile.is_some() => {}
            (Key::Found { .. } | Key::Sought(_), _) => return,
            (Key::None | Key::Missing { .. }, Some((source, key))) => {
                let (secret, source) = (Secret::new(key.to_owned()), source.to_owned());
                settings.key = Key::Found { secret, source };
                return;
            }
            (Key::None | Key::Missing { .. }, None) => {}
        }
        let profile = profile.map(str::to_owned);
        let address = settings.base_url.as_deref().unwrap_or_default();
        let chain = Aws::new(surroundings, profile, service.scope(&region, address));
        settings.key = Key::Sought(Credentials::new(chain, means.clone()));
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

    /// The key for this backend, and what a person should know of it. Of several the first counts: that of a variable,
    /// that of a command, that of a login, a token of the cloud.
    fn key(
        &self,
        kind: Kind,
        environment: &Environment,
        kept: &KeptKeys,
        means: &Means,
    ) -> (Key, Option<String>) {
        let (of_variable, notice) = self.key_of_variable(kind, environment);
        let command = self.key_command(kind);
        let (of_login, notice_of_login) = self.key_of_login(kind, kept);
        let (chosen, passed_over) = match (of_variable, command, of_login) {
            (found @ Key::Found { .. }, None, None) => return (found, notice),
            (found @ Key::Found { .. }, Some(_), _) => (found, "its api_key_command is not run"),
            (found @ Key::Found { .. }, None, Some(_)) => (found, PASSED_OVER),
            (_, Some(command), of_login) => {
                let sought = Key::Sought(Credentials::new(command, means.clone()));
                if of_login.is_none() {
                    return (sought, None);
                }
                (sought, PASSED_OVER)
            }
            (_, None, Some(found)) => return (found, None),
            (none, None, None) => {
                return match self.tokens_of_cloud(kind, environment, means) {
                    Some(tokens) => (Key::Sought(tokens), notice_of_login),
                    None => (none, notice_of_login.or(notice)),
                };
            }
        };
        let source = chosen.source().unwrap_or_default();
        let notice =
            format!("backend `{}` has its key from {source}, and {passed_over}", self.name);
        (chosen, Some(notice))
    }

    /// The key that is kept for this backend, or a notice where it was meant for another address.
    fn key_of_login(&self, kind: Kind, kept: &KeptKeys) -> (Option<Key>, Option<String>) {
        let Some(KeptKey { key, address }) = kept.get(self.name) else { return (None, None) };
        let here = address_for_login(self.text("base_url"), kind);
        if here != address.as_str() {
            let name = self.name;
            let notice = format!(
                "the key that is kept for backend `{name}` was given for another address, and is not sent to {here}; \
                 `bowline login {name}` keeps one for it"
            );
            return (None, Some(notice));
        }
        let source = format!("`bowline login` ({})", kept.path.display());
        (Some(Key::Found { secret: key.clone(), source }), None)
    }

    /// Whoever names a variable of their own for the key wants no other.
    fn tokens_of_cloud(
        &self,
        kind: Kind,
        environment: &Environment,
        means: &Means,
    ) -> Option<Credentials> {
        let named = self.values.get(&self.dotted("api_key_env"));
        if named.is_some_and(|entry| entry.source != Source::Default) {
            return None;
        }
        if kind.takes_google_tokens() {
            let google = Google::new(google::settings(environment));
            return self.is_at_google().then(|| Credentials::new(google, means.clone()));
        }
        let (base_url, scope) = (self.text("base_url"), self.text("scope"));
        let entra = entra::settings(kind, base_url, scope, environment)?;
        Some(Credentials::new(Entra::new(entra), means.clone()))
    }

    /// A token is as good as a key: it goes to Google alone, or where the environment says that Google is.
    fn is_at_google(&self) -> bool {
        let Some(entry) = self.values.get(&self.dotted("base_url")) else { return true };
        let url = entry.value.as_str().and_then(|url| Url::parse(url).ok());
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        match entry.source {
            Source::Variable(_) => true,
            Source::Default | Source::File { .. } | Source::Assignment | Source::Flag(_) => {
                host.ends_with(".googleapis.com")
            }
        }
    }

    fn key_command(&self, kind: Kind) -> Option<KeyCommand> {
        let words = self.value("api_key_command").and_then(Value::as_array)?;
        let words = words.iter().filter_map(|word| word.as_str().map(str::to_owned));
        KeyCommand::new(&words.collect::<Vec<_>>(), self.key_header_of_none(kind))
    }

    /// The key that a variable holds, and a notice where it is held back.
    ///
    /// A key goes where it was meant to go. A vendor's usual variable is meant for the vendor's own host, or for the
    /// one that the same environment names; to any other host goes only the key that its table names.
    fn key_of_variable(&self, kind: Kind, environment: &Environment) -> (Key, Option<String>) {
        let wants_key = !kind.key_variables().is_empty();
        let Some(entry) = self.values.get(&self.dotted("api_key_env")) else {
            let wanted = format!("the variable that {} names", self.dotted("api_key_env"));
            return (if wants_key { Key::Missing { wanted } } else { Key::None }, None);
        };
        let variable = entry.value.as_str().unwrap_or_default();
        let found = environment.get(variable).map(str::trim).filter(|value| !value.is_empty());
        let address = self.values.get(&self.dotted("base_url")).map(|entry| &entry.source);
        let is_own_host = matches!(address, None | Some(Source::Default | Source::Variable(_)));
        let is_own_variable =
            kind.key_variables().contains(&variable) || kind.token_variable() == Some(variable);
        if entry.source == Source::Default && !(is_own_host && is_own_variable) {
            let notice = found.map(|_| {
                let (name, key) = (self.name, self.dotted("api_key_env"));
                format!("{variable} is not sent to backend `{name}`, which it is not meant for; to send it there set {key} = \"{variable}\"")
            });
            return (Key::None, notice);
        }
        let key = match found {
            Some(value) => {
                Key::Found { secret: Secret::new(value.to_owned()), source: variable.to_owned() }
            }
            None => Key::Missing { wanted: variable.to_owned() },
        };
        (key, None)
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

/// The address that a kept key is for: as it is configured, else the kind's own.
pub(super) fn address_for_login(base_url: Option<&str>, kind: Kind) -> &str {
    base_url.or(kind.base_url()).unwrap_or_default()
}

/// The base URL of what `OLLAMA_HOST` names, by Ollama's own rules: everything but the host may be missing.
fn ollama_url(host: &str) -> String {
    let (scheme, rest, port) = match host.trim().split_once("://") {
        Some(("https", rest)) => ("https", rest, "443"),
        Some(("http", rest)) => ("http", rest, "80"),
        Some((scheme, rest)) => (scheme, rest, OLLAMA_PORT),
        None => ("http", host.trim(), OLLAMA_PORT),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, given)) if !given.contains(']') => (host, given),
        Some(_) | None => (authority, port),
    };
    // Where it listens on all addresses, it is reached on this machine's own.
    let host = match host {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        host => host,
    };
    let path = path.trim_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    format!("{scheme}://{host}:{port}{slash}{path}/v1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_an_ollama_server_becomes_its_address() {
        for (host, url) in [
            ("127.0.0.1", "http://127.0.0.1:11434/v1"),
            ("0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
            (":8000", "http://127.0.0.1:8000/v1"),
            ("box.local:8000", "http://box.local:8000/v1"),
            ("http://box.local", "http://box.local:80/v1"),
            ("https://box.local/ollama/", "https://box.local:443/ollama/v1"),
            ("[::1]", "http://[::1]:11434/v1"),
            ("[::]:9", "http://[::1]:9/v1"),
        ] {
            assert_eq!(ollama_url(host), url, "{host}");
        }
    }
}
