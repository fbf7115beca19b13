//! A backend made of its parts: a wire, who answers, and how often a failed request is sent again.
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture, stream::BoxStream};

use super::{
    Backend, BackendError, BackendSettings, Place, Progress,
    answer::Answer,
    cassette::{Header, Player, Recorder, Script, Tape},
    credentials::{Admission, Gate},
    departure::Departing,
    endpoint::Endpoint,
    error::Fault,
    host::{Asked, host_of, path_of_wire, quirks_at},
    http::Http,
    quirks::overlay,
    reply, window,
};
use crate::{
    protocol::{Message, Origin, Request},
    redact::Redactor,
    wire::{
        Abilities, Chat, Converse, Encoder, ErrorKind, Gemini, Messages, Quirks, Responses,
        ServiceError, Target, Wire,
    },
};

/// Cheap to clone; each reply under way holds one.
#[derive(Clone)]
pub(super) struct Service(Arc<Parts>);

struct Parts {
    wire: &'static dyn Wire,
    path: fn(&Asked<'_>) -> Cow<'static, str>,
    other_path: fn(&str) -> Option<String>,
    /// Models that are asked at the other path.
    elsewhere: Mutex<HashSet<String>>,
    place: Place,
    encoder: Mutex<Encoder>,
    /// The start of a conversation whose reasoning the service does not take back.
    unbound: Mutex<Option<Unbound>>,
    line: Line,
    kind: String,
    /// The base URL: where errors happened, and where native payloads belong.
    base: String,
    quirks: Quirks,
    /// What the catalogue and the user know of the models. Absent: nobody asks.
    settings: Option<BackendSettings>,
    retries: u32,
    redactor: Arc<Redactor>,
    recorder: Option<Arc<Recorder>>,
    gate: Gate,
    /// Who says how much context a model has, and how often each model was asked after in vain.
    window: window::Source,
    asked_in_vain: Mutex<HashMap<String, u32>>,
    /// What was asked, for whoever wrote the answers.
    requests: Option<Arc<Mutex<Vec<Request>>>>,
}

/// So many messages of a conversation are sent without their reasoning.
struct Unbound {
    conversation: Arc<str>,
    messages: usize,
}

/// So often a server is asked for the context of a model that it does not say: it may load the model meanwhile.
const ASKED_IN_VAIN: u32 = 3;

/// Who answers.
enum Line {
    Http(Box<Http>),
    Cassette(Player),
}

impl Service {
    pub(super) fn open(
        settings: &BackendSettings,
        record: Option<&Path>,
        redactor: Arc<Redactor>,
    ) -> Result<Self, BackendError> {
        let backend = settings.name.clone();
        let wrong = |detail| BackendError::Settings { backend: backend.clone(), detail };
        let host = host_of(settings.kind);
        let endpoint = Endpoint::new(settings, host).map_err(wrong)?;
        let of_host = (host.quirks)();
        let of_host = overlay(of_host, &quirks_at(settings.kind, &endpoint.base)).map_err(wrong)?;
        let quirks = overlay(of_host, &settings.quirks).map_err(wrong)?;
        let previews = endpoint.is_vendors_own && !host.preview_headers.is_empty();
        let quirks = Quirks { previews, ..quirks };
        let gate = Gate::of(settings)?;
        let base_url = Some(endpoint.base.clone());
        let known = BackendSettings { base_url, ..settings.clone() };
        let kind = settings.kind.as_str();
        let header = Header::new(host.wire.name(), kind, &endpoint.base, settings.retries);
        let recorder = record
            .map(|path| Recorder::create(path, &header, Arc::clone(&redactor)))
            .transpose()
            .map_err(BackendError::Cassette)?;
        Ok(Self(Arc::new(Parts {
            wire: host.wire,
            path: host.path,
            other_path: host.other_path,
            elsewhere: Mutex::default(),
            place: settings.place.clone(),
            encoder: Mutex::new(Encoder::new(host.wire)),
            unbound: Mutex::default(),
            kind: kind.to_owned(),
            base: endpoint.base.clone(),
            line: Line::Http(Box::new(Http::new(
                endpoint,
                settings.timeouts,
                settings.network.clone(),
            ))),
            quirks,
            settings: Some(known),
            retries: settings.retries,
            redactor,
            recorder: recorder.map(Arc::new),
            gate,
            window: window::Source::of(settings.kind),
            asked_in_vain: Mutex::default(),
            requests: None,
        })))
    }

    pub(super) fn replay(cassette: &Path) -> Result<Self, BackendError> {
        let player = Player::open(cassette).map_err(BackendError::Cassette)?;
        Self::play(player, None)
    }

    pub(super) fn replay_script(script: Script) -> Result<Self, BackendError> {
        let (player, requests) = script.into_player();
        Self::play(player, Some(requests))
    }

    fn play(
        player: Player,
        requests: Option<Arc<Mutex<Vec<Request>>>>,
    ) -> Result<Self, BackendError> {
        let header = player.header.clone();
        let known: [&'static dyn Wire; 5] = [&Responses, &Chat, &Messages, &Gemini, &Converse];
        let wire = known.into_iter().find(|wire| wire.name() == header.wire);
        let wire = wire.ok_or_else(|| {
            let wire = header.wire.escape_debug();
            BackendError::Cassette(format!(
                "the cassette was recorded from an unknown wire, {wire}"
            ))
        })?;
        Ok(Self(Arc::new(Parts {
            wire,
            path: path_of_wire,
            other_path: |_| None,
            elsewhere: Mutex::default(),
            place: Place::default(),
            encoder: Mutex::new(Encoder::new(wire)),
            unbound: Mutex::default(),
            line: Line::Cassette(player),
            kind: header.kind,
            base: header.endpoint,
            quirks: Quirks::default(),
            settings: None,
            retries: header.retries,
            redactor: Arc::default(),
            recorder: None,
            gate: Gate::open(),
            window: window::Source::Nowhere,
            asked_in_vain: Mutex::default(),
            requests,
        })))
    }

    pub(super) fn wire(&self) -> &'static dyn Wire {
        self.0.wire
    }

    pub(super) fn retries(&self) -> u32 {
        self.0.retries
    }

    /// A cassette is played as fast as it goes, its waits between attempts too.
    pub(super) fn waits(&self) -> bool {
        match self.0.line {
            Line::Http(_) => true,
            Line::Cassette(_) => false,
        }
    }

    pub(super) fn target(&self, request: &Request) -> Target {
        let origin = Origin {
            kind: self.0.kind.clone(),
            endpoint: self.0.base.clone(),
            model: request.model.clone(),
        };
        let settings = self.0.settings.as_ref();
        let abilities = settings.and_then(|it| known_abilities(it, &request.model));
        Target { origin, quirks: self.0.quirks.clone(), abilities: abilities.unwrap_or_default() }
    }

    /// From here on the conversation is sent without the reasoning that it holds so far. False: it holds none.
    pub(super) fn unbind(&self, request: &Request) -> bool {
        let (conversation, messages) = (Arc::clone(&request.cache_key), request.messages.len());
        let known = self.unbound_messages(request);
        let is_bound = request.messages[known..].iter().any(|message| match message.as_ref() {
            Message::Reply(reply) => *reply != reply.unbound(),
            Message::Prompt(_) | Message::Outcome { .. } => false,
        });
        let mut unbound = self.0.unbound.lock().unwrap_or_else(PoisonError::into_inner);
        *unbound = Some(Unbound { conversation, messages });
        is_bound
    }

    fn unbound_messages(&self, request: &Request) -> usize {
        let unbound = self.0.unbound.lock().unwrap_or_else(PoisonError::into_inner);
        let its_own = unbound.as_ref().filter(|it| it.conversation == request.cache_key);
        its_own.map_or(0, |it| it.messages.min(request.messages.len()))
    }

    pub(super) fn encode(&self, request: Request, target: Target) -> Bytes {
        let request = match self.unbound_messages(&request) {
            0 => request,
            count => request.unbound(count),
        };
        self.0.encoder.lock().unwrap_or_else(PoisonError::into_inner).encode(request, target)
    }

    /// Keeps a request for whoever wrote the answers.
    pub(super) fn note(&self, request: &Request) {
        if let Some(requests) = &self.0.requests {
            requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        }
    }

    pub(super) fn start_tape(
        &self,
        target: &Target,
        body: &[u8],
    ) -> Result<Option<Tape>, BackendError> {
        match (&self.0.recorder, &self.0.line) {
            (Some(recorder), Line::Http(http)) => {
                recorder.check().map_err(BackendError::Cassette)?;
                Ok(Some(Tape::start(
                    Arc::clone(recorder),
                    &http.endpoint,
                    &self.path(target),
                    body,
                )))
            }
            (None, _) | (_, Line::Cassette(_)) => Ok(None),
        }
    }

    /// Lets a request in. What it is let in by is written down nowhere from then on.
    pub(super) async fn admit(&self) -> Result<Option<Admission>, BackendError> {
        let admission = self.0.gate.admit().await?;
        self.0.redactor.learn(admission.iter().flat_map(Admission::secrets));
        Ok(admission)
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Outlives whoever began it, who may look at other things on the way.
    pub(super) async fn send(
        self,
        target: Target,
        body: Bytes,
        admission: Option<Admission>,
        departing: Departing,
    ) -> Result<Answer, Fault> {
        match &self.0.line {
            Line::Http(http) => {
                http.send(&self.path(&target), body, admission.as_ref(), departing).await
            }
            Line::Cassette(player) => player.answer(),
        }
    }

    async fn ask_for_window(&self, model: &str) -> Option<u64> {
        let Line::Http(http) = &self.0.line else { return None };
        if self.0.window == window::Source::Nowhere {
            return None;
        }
        let in_vain = || self.0.asked_in_vain.lock().unwrap_or_else(PoisonError::into_inner);
        let times = in_vain().get(model).copied().unwrap_or_default();
        if times >= ASKED_IN_VAIN {
            return None;
        }
        // Who can't be asked at all says so when it is asked for a reply.
        let tokens = match self.admit().await {
            Ok(admission) => window::ask(http, self.0.window, model, admission.as_ref()).await,
            Err(_) => None,
        };
        if tokens.is_none() {
            in_vain().insert(model.to_owned(), times + 1);
        }
        tokens
    }

    fn path(&self, target: &Target) -> Cow<'static, str> {
        let Parts { wire, place, base, .. } = &*self.0;
        let model = &target.origin.model;
        let path = (self.0.path)(&Asked { wire: *wire, model, place, base });
        let elsewhere = self.0.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        let other = elsewhere.contains(model).then(|| (self.0.other_path)(&path)).flatten();
        other.map_or(path, Cow::Owned)
    }

    /// From here on the model is asked at the other path. Absent: there is none.
    pub(super) fn go_elsewhere(&self, target: &Target) -> Option<String> {
        let other = (self.0.other_path)(&self.path(target))?;
        let mut elsewhere = self.0.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        let model = &target.origin.model;
        if !elsewhere.remove(model) {
            elsewhere.insert(model.clone());
        }
        Some(other)
    }

    // A service may quote the key it refuses, so what it says goes through the redactor.

    pub(super) fn error_of_fault(&self, mut fault: Fault, had_chunks: bool) -> BackendError {
        if let Fault::Malformed { detail } = &mut fault {
            *detail = self.0.redactor.redact(detail).into_owned();
        }
        fault.on(&self.0.base, had_chunks)
    }

    pub(super) fn error_of_refusal(
        &self,
        mut refusal: ServiceError,
        admission: Option<&Admission>,
    ) -> BackendError {
        refusal.message = self.0.redactor.redact(&refusal.message).into_owned();
        let advice = match admission {
            _ if refusal.kind != ErrorKind::Credentials => None,
            Some(_) if refusal.advice().is_some() => None,
            Some(admission) => Some(format!(
                "the key came from {}: check that it is valid and may use this model",
                admission.source()
            )),
            None => {
                let next = self.0.gate.next_without_key();
                next.map(|next| format!("no key was sent: {next}"))
            }
        };
        match advice {
            Some(advice) => BackendError::KeyRefused { service: refusal, advice },
            None => BackendError::Service(refusal),
        }
    }
}

fn known_abilities(settings: &BackendSettings, model: &str) -> Option<Abilities> {
    let info = settings.known(model, |_| None)?;
    Some(Abilities {
        max_output: info.max_output.and_then(|most| u32::try_from(most).ok()),
        thinking: info.thinking,
        efforts: info.efforts,
        output_schema: info.output_schema,
    })
}

impl Backend for Service {
    fn reply(&self, request: Request) -> BoxStream<'static, Result<Progress, BackendError>> {
        reply::stream(self.clone(), request)
    }

    fn window<'a>(&'a self, model: &'a str) -> BoxFuture<'a, Option<u64>> {
        self.ask_for_window(model).boxed()
    }

    fn room_advice(&self) -> Option<&'static str> {
        self.0.window.advice()
    }
}
