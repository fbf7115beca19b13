//! A small HTTP server on loopback that answers by a script and looks at what it is asked as strictly as a vendor.
//!
//! ```ignore
//! let server = Server::start([
//!     Answer::reply(Protocol::Chat, &[Said::Call { id: "c1", tool: "read", arguments: r#"{"path":"a"}"# }]),
//!     Answer::reply(Protocol::Chat, &[Said::Text("Done.")]),
//! ]).await;
//! // ... run a program against server.base_url() ...
//! assert_eq!(server.complaints(), [""; 0]);
//! assert_eq!(server.requests().len(), 2);
//! ```
//! Each request takes the next answer; when there is none left it is refused with 500 and a complaint is kept. A
//! request that breaks the protocol (see [`super::strict`]) is refused with 400 in place of its answer, and a complaint
//! is kept. The server lives in the runtime that started it and ends when it is dropped.
mod answer;
mod judge;
mod line;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use bowline::backend::Kind;
use serde_json::Value;
use tokio::{net::TcpListener, task::AbortHandle};

use super::{
    sigv4::Signer, strict_converse::Sealed, strict_gemini::Signed, strict_messages::Given,
    strict_responses::Reasoned,
};

pub(crate) use answer::{Answer, Step};
pub(super) use line::{RawRequest, read_request, write_answer};

pub(crate) struct Server {
    address: std::net::SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: AbortHandle,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

/// What to answer. Without a status there is no head, only the steps.
/// Says what is wrong with a body.
pub(crate) type Refuses = fn(&Value) -> Result<(), String>;

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    key: Option<String>,
    /// What it refuses besides, as some vendor does.
    refuses: Option<Refuses>,
    signer: Option<Signer>,
    /// What it says it has.
    models: Vec<String>,
    /// What it says of itself, by paths of its own.
    says: BTreeMap<String, Value>,
    /// Paths that were asked for it since somebody looked.
    asked: Vec<String>,
    requests: Vec<Seen>,
    complaints: Vec<String>,
    given: Given,
    signed: Signed,
    sealed: Sealed,
    reasoned: Reasoned,
    connections: usize,
    hung_up: usize,
}

impl Server {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = answers.into_iter().collect();
        let state = Arc::new(Mutex::new(State { answers, ..State::default() }));
        let accepting = tokio::spawn(line::accept(listener, Arc::clone(&state))).abort_handle();
        Self { address, state, accepting }
    }

    /// Refuses requests without this key by 401.
    pub(crate) fn want_key(&self, key: &str) {
        self.state.lock().unwrap().key = Some(key.to_owned());
    }

    /// Wants no key any more.
    pub(crate) fn let_anyone_in(&self) {
        self.state.lock().unwrap().key = None;
    }

    /// Refuses requests that are not signed by this one for Bedrock.
    pub(crate) fn want_signature(&self, signer: Signer) {
        self.state.lock().unwrap().signer = Some(signer);
    }

    /// Refuses by 400 what this says is wrong with a body, besides all that is wrong everywhere.
    pub(crate) fn refuse(&self, check: Refuses) {
        self.state.lock().unwrap().refuses = Some(check);
    }

    /// Lists these models to whoever asks for them.
    pub(crate) fn offer(&self, models: &[&str]) {
        self.state.lock().unwrap().models = models.iter().map(|it| (*it).to_owned()).collect();
    }

    /// Answers so at a path that is asked for what a server says of itself.
    pub(crate) fn says(&self, path: &str, answer: Value) {
        self.state.lock().unwrap().says.insert(path.to_owned(), answer);
    }

    /// The paths that were asked for that, since this was asked last.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What a user writes of it for a backend of this kind.
    pub(crate) fn base_url_of(&self, kind: Kind) -> String {
        match kind {
            Kind::BedrockMessages | Kind::BedrockOpenai | Kind::BedrockChat => {
                format!("http://{}/bedrock", self.address)
            }
            Kind::Azure
            | Kind::AzureChat
            | Kind::Foundry
            | Kind::Bedrock
            | Kind::BedrockInvoke
            | Kind::Vertex
            | Kind::VertexClaude
            | Kind::VertexChat => format!("http://{}/", self.address),
            Kind::Openai
            | Kind::Anthropic
            | Kind::Gemini
            | Kind::OpenaiChat
            | Kind::Ollama
            | Kind::Llamacpp
            | Kind::Lmstudio => self.base_url(),
        }
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.state.lock().unwrap().requests.clone()
    }

    /// What was wrong with the requests. Empty: nothing.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.state.lock().unwrap().complaints.clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// How many clients went away while an answer hung.
    pub(crate) fn hung_up(&self) -> usize {
        self.state.lock().unwrap().hung_up
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
