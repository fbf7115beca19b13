//! What is found out about one backend without asking it.
use std::{sync::Arc, time::Duration};

use super::{super::Exit, probe, reach::Reach};
use crate::{
    backend::{
        self, About, BackendError, BackendSettings, CredentialsError, Key, KeyHeader, Place, Tried,
    },
    config::Settings,
    protocol::{Cost, ModelRef},
    redact::Redactor,
};

pub(super) struct Finding {
    pub(super) backend: String,
    pub(super) kind: &'static str,
    /// Its base URL, and where that was set.
    pub(super) endpoint: Option<(String, String)>,
    /// Where at a cloud, as far as it is set.
    pub(super) place: Place,
    /// Absent where it has no address.
    pub(super) reach: Option<Reach>,
    /// Absent where none was found.
    pub(super) key: Option<KeyFound>,
    /// The model that is set is its own.
    pub(super) is_current: bool,
    /// What a probe asks: the model that is set, else the kind's usual one.
    pub(super) model: Option<String>,
    pub(super) state: State,
}

/// What requests are let in by.
pub(super) enum KeyFound {
    /// The variable that it came from, and how it is sent.
    InVariable(String, KeyHeader),
    /// It is looked for when a request is to be sent: what it is called, and what there is to say of it once it was found.
    Sought(String, Option<About>),
}

pub(super) enum State {
    /// It has all it needs, as far as that can be seen from here.
    Ready,
    /// It answered a request.
    Answered(Timing),
    NoKey(Advice),
    /// A setting that no request can be made from: the sentence.
    Wrong(String),
    /// It was asked, and what came of it.
    Failed {
        why: String,
        exit: Exit,
    },
}

/// What is missing, and the next step.
pub(super) struct Advice {
    pub(super) missing: String,
    /// Where it was looked for, and why there was nothing.
    pub(super) tried: Vec<Tried>,
    pub(super) next: String,
}

pub(super) struct Timing {
    pub(super) model: String,
    pub(super) first_byte: Duration,
    pub(super) whole: Duration,
    pub(super) cost: Cost,
}

impl Finding {
    pub(super) fn new(
        backend: &BackendSettings,
        source_of_address: Option<String>,
        current: Option<&ModelRef>,
    ) -> Self {
        let written = || backend.base_url.as_deref().or(backend.kind.base_url()).map(str::to_owned);
        let address = backend::base_url(backend).or_else(written);
        let source = source_of_address.unwrap_or_else(|| "built in".to_owned());
        let current = current.filter(|model| model.backend == backend.name);
        let reach = Reach::of(backend);
        let state = match reach.as_ref().and_then(Reach::problem) {
            Some(problem) => State::Wrong(problem.to_owned()),
            None => state(backend),
        };
        Self {
            backend: backend.name.clone(),
            kind: backend.kind.as_str(),
            endpoint: address.map(|address| (address, source)),
            key: match &backend.key {
                Key::Found { source, .. } => {
                    Some(KeyFound::InVariable(source.clone(), backend.key_header))
                }
                Key::Sought(credentials) => {
                    Some(KeyFound::Sought(credentials.name().to_owned(), credentials.known()))
                }
                Key::None | Key::Missing { .. } => None,
            },
            is_current: current.is_some(),
            model: current
                .map(|model| model.model.clone())
                .or_else(|| backend.kind.default_model().map(str::to_owned)),
            place: backend.place.clone(),
            reach,
            state,
        }
    }

    /// Looks for its credentials, where that is still to be done.
    pub(super) async fn look_for_key(&mut self, settings: &Settings) {
        let (State::Ready, Some(backend)) = (&self.state, settings.backends.get(&self.backend))
        else {
            return;
        };
        let Key::Sought(credentials) = &backend.key else { return };
        match credentials.about().await {
            Ok(about) => {
                self.key = Some(KeyFound::Sought(credentials.name().to_owned(), Some(about)));
            }
            Err(CredentialsError { missing, tried, next, .. }) => {
                self.key = None;
                self.state = State::NoKey(Advice { missing, tried, next });
            }
        }
    }

    /// Asks the backend, if it has what it needs.
    pub(super) async fn probe(&mut self, settings: &Settings, redactor: Arc<Redactor>) {
        let (State::Ready, Some(backend)) = (&self.state, settings.backends.get(&self.backend))
        else {
            return;
        };
        self.state = probe::ask(backend, self.model.clone(), redactor).await;
    }
}

fn state(backend: &BackendSettings) -> State {
    match backend::open(backend, None, Arc::default()) {
        Ok(_) => State::Ready,
        Err(BackendError::NoKey { wanted, .. }) => State::NoKey(advice(backend, &wanted)),
        Err(BackendError::Settings { detail, .. }) => State::Wrong(detail),
        Err(other) => State::Wrong(other.to_string()),
    }
}

fn advice(backend: &BackendSettings, wanted: &str) -> Advice {
    if wanted.contains(' ') {
        let name = &backend.name;
        return Advice {
            missing: "no variable is named that holds its key".to_owned(),
            tried: Vec::new(),
            next: format!(
                "bowline login {name}, or set backends.{name}.api_key_env = \"VARIABLE\" in config.toml"
            ),
        };
    }
    let usual = backend.kind.key_variables();
    let others = usual.iter().copied().chain(backend.kind.token_variable());
    let others = others.filter(|other| usual.contains(&wanted) && *other != wanted);
    let nor: String = others.map(|other| format!(", and neither is {other}")).collect();
    Advice {
        missing: format!("{wanted} is not set{nor}"),
        tried: Vec::new(),
        next: format!("export {wanted}=KEY, or bowline login {}", backend.name),
    }
}
