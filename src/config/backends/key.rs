//! Which key a backend gets, of those that a variable, a command, a login and a cloud have for it.
use toml::Value;
use url::Url;

use super::Table;
use crate::{
    backend::{Credentials, Entra, Google, Key, KeyCommand, Kind, Means},
    config::{
        Environment, Source, entra, google,
        kept_keys::{KeptKey, KeptKeys},
        keyring_key::KeyringKey,
    },
    keyring::Item,
    redact::Secret,
};

const PASSED_OVER: &str = "the one of `bowline login` is not used";

/// The key of a backend.
pub(super) struct Choice {
    pub(super) key: Key,
    /// What a person should know of it.
    pub(super) notice: Option<String>,
    /// Which other there is that was not meant for this address, where none is known to be had.
    pub(super) unsent: Option<String>,
}

impl Choice {
    fn plain(key: Key) -> Self {
        Self { key, notice: None, unsent: None }
    }
}

impl Table<'_> {
    /// Of several the first counts: the key of a variable, that of a command, that of a login, a token of the cloud.
    pub(super) fn key(
        &self,
        kind: Kind,
        environment: &Environment,
        kept: &KeptKeys,
        means: &Means,
    ) -> Choice {
        let (of_variable, held_back) = self.key_of_variable(kind, environment);
        let command = self.key_command(kind);
        let (of_login, kept_elsewhere) = self.key_of_login(kind, environment, kept, means);
        let (chosen, passed_over) = match (of_variable, command, of_login) {
            (found @ Key::Found { .. }, None, None) => return Choice::plain(found),
            (found @ Key::Found { .. }, Some(_), _) => (found, "its api_key_command is not run"),
            (found @ Key::Found { .. }, None, Some(_)) => (found, PASSED_OVER),
            (_, Some(command), of_login) => {
                let sought = Key::Sought(Credentials::new(command, means.clone()));
                if of_login.is_none() {
                    return Choice::plain(sought);
                }
                (sought, PASSED_OVER)
            }
            (_, None, Some(found)) => return Choice::plain(found),
            (none, None, None) => {
                let tokens = self.tokens_of_cloud(kind, environment, means);
                let unsent = kept_elsewhere.or(held_back.filter(|_| tokens.is_none()));
                return Choice { key: tokens.map_or(none, Key::Sought), notice: None, unsent };
            }
        };
        let source = chosen.source().unwrap_or_default();
        let notice =
            format!("backend `{}` has its key from {source}, and {passed_over}", self.name);
        Choice { key: chosen, notice: Some(notice), unsent: None }
    }

    /// The key that is kept for this backend, or a notice where it was meant for another address.
    fn key_of_login(
        &self,
        kind: Kind,
        environment: &Environment,
        kept: &KeptKeys,
        means: &Means,
    ) -> (Option<Key>, Option<String>) {
        let Some(KeptKey { key, address }) = kept.get(self.name) else { return (None, None) };
        let here = address_for_login(self.text("base_url"), kind);
        if here != address.as_str() {
            let name = self.name;
            let notice = format!(
                "the key that is kept for backend `{name}` was given for another address, {address}, and is not sent to {here}; \
                 `bowline login {name}` keeps one for it"
            );
            return (None, Some(notice));
        }
        let Some(key) = key else {
            let item = Item { backend: self.name.to_owned(), address: address.clone() };
            let keyring = environment.keyring().cloned();
            let key = KeyringKey { keyring, item, header: self.key_header(kind) };
            return (Some(Key::Sought(Credentials::new(key, means.clone()))), None);
        };
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
            let wants_project = self.place(kind, environment).project.is_none();
            let google = Google::new(google::settings(environment, wants_project));
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
        let others = [kind.token_variable(), kind.express_variable()];
        let is_own_variable =
            kind.key_variables().contains(&variable) || others.contains(&Some(variable));
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
}

/// The address that a kept key is for: as it is configured, else the kind's own.
pub(in crate::config) fn address_for_login(base_url: Option<&str>, kind: Kind) -> &str {
    base_url.or(kind.base_url()).unwrap_or_default()
}
