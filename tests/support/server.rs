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
use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use bowline::backend::Kind;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use super::{
    sigv4,
    sigv4::Signer,
    speech::{Protocol, Said, frames},
    strict,
    strict_converse::Sealed,
    strict_gemini::{self, Signed},
    strict_messages::{self, Given},
};

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
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    steps: Vec<Step>,
}

/// Pieces of a body, in order. After the last one the body ends as it should.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// One piece on the line.
    Piece(Vec<u8>),
    Pause(Duration),
    /// The connection is closed in mid-answer.
    Cut,
    /// Nothing more ever comes.
    Hang,
}

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
    connections: usize,
    hung_up: usize,
}

impl Server {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = answers.into_iter().collect();
        let state = Arc::new(Mutex::new(State { answers, ..State::default() }));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state))).abort_handle();
        Self { address, state, accepting }
    }

    /// Refuses requests without this key by 401.
    pub(crate) fn want_key(&self, key: &str) {
        self.state.lock().unwrap().key = Some(key.to_owned());
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

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What a user writes of it for a backend of this kind.
    pub(crate) fn base_url_of(&self, kind: Kind) -> String {
        match kind {
            Kind::BedrockMessages | Kind::BedrockOpenai => {
                format!("http://{}/bedrock", self.address)
            }
            Kind::Azure
            | Kind::AzureChat
            | Kind::Foundry
            | Kind::Bedrock
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

impl Answer {
    /// A good reply, one event a piece.
    pub(crate) fn reply(protocol: Protocol, said: &[Said<'_>]) -> Self {
        Self::stream_of(protocol, frames(protocol, said).into_iter().map(Step::Piece))
    }

    /// A stream of server-sent events in these pieces.
    pub(crate) fn stream(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::new(200, "text/event-stream", steps)
    }

    /// A stream as this protocol has it.
    pub(crate) fn stream_of(protocol: Protocol, steps: impl IntoIterator<Item = Step>) -> Self {
        Self::new(200, protocol.media_type(), steps)
    }

    /// A refusal in JSON.
    pub(crate) fn error(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", [Step::Piece(body.to_string().into())])
    }

    pub(crate) fn page(status: u16, text: &str) -> Self {
        Self::new(status, "text/html; charset=utf-8", [Step::Piece(text.into())])
    }

    /// These steps with no head before them, as raw bytes; then the connection is closed.
    pub(crate) fn headless(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { status: None, headers: Vec::new(), steps: steps.into_iter().collect() }
    }

    pub(crate) fn new(
        status: u16,
        content_type: &str,
        steps: impl IntoIterator<Item = Step>,
    ) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: Some(status), headers, steps: steps.into_iter().collect() }
    }

    /// All that it says, whatever comes of it on the way.
    fn bytes(&self) -> Vec<u8> {
        let pieces = self.steps.iter().filter_map(|step| match step {
            Step::Piece(piece) => Some(piece.as_slice()),
            Step::Pause(_) | Step::Cut | Step::Hang => None,
        });
        pieces.collect::<Vec<_>>().concat()
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    // Dropped with this task, and all connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        state.lock().unwrap().connections += 1;
        connections.spawn(serve(stream, Arc::clone(&state)));
    }
}

/// Serves a connection until either side closes it.
async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let answer = choose_answer(&mut state.lock().unwrap(), request);
        match write_answer(&mut stream, answer).await? {
            AfterAnswer::Stay => {}
            AfterAnswer::Close => return Ok(()),
            AfterAnswer::Hang => {
                let _ = stream.read(&mut [0]).await;
                state.lock().unwrap().hung_up += 1;
                return Ok(());
            }
        }
    }
    Ok(())
}

pub(super) struct RawRequest {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

pub(super) async fn read_request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<RawRequest>> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while buffer.len() < head_end + length {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = buffer[head_end..head_end + length].to_vec();
    buffer.drain(..head_end + length);
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    Ok(Some(RawRequest { method, path, headers, body }))
}

/// Where local servers say what they are.
const OF_ITSELF: [&str; 3] = ["/api/ps", "/props", "/api/v0/models"];

fn choose_answer(state: &mut State, request: RawRequest) -> Answer {
    let RawRequest { method, path, headers, body } = request;
    let refusal = refuse_key(state, &path, &headers)
        .or_else(|| refuse_signature(state, &method, &path, &headers, &body));
    if method == "GET" && (OF_ITSELF.contains(&path.as_str()) || state.says.contains_key(&path)) {
        let answer = state.says.get(&path).map(|answer| Answer::error(200, answer));
        state.asked.push(path);
        let answer = answer.unwrap_or_else(|| refuse(404, "nothing is here", "not_found"));
        return refusal.unwrap_or(answer);
    }
    if method == "GET" && path.split('?').next().is_some_and(|path| path.ends_with("/models")) {
        return refusal.unwrap_or_else(|| list_models(state, &path));
    }
    if let ("GET", Some(list)) = (method.as_str(), list_as_aws_does(state, &path)) {
        return refusal.unwrap_or(list);
    }
    let body: Result<Value, _> = serde_json::from_slice(&body);
    let content_type = headers.get("content-type").cloned();
    let seen = body.as_ref().cloned().unwrap_or_default();
    state.requests.push(Seen { path: path.clone(), headers: headers.clone(), body: seen });
    if let Some(refusal) = refusal {
        return refusal;
    }
    let fault = match body {
        _ if method != "POST" => Some(format!("{method} is not POST")),
        _ if content_type.as_deref() != Some("application/json") => {
            Some(format!("the content type is {content_type:?}"))
        }
        Err(ref error) => Some(format!("the body is no JSON: {error}")),
        Ok(ref body) => {
            let checked = strict::check(&path, &headers, body)
                .and_then(|()| state.given.check(&path, body))
                .and_then(|()| state.signed.check(&path, body))
                .and_then(|()| state.sealed.check(&path, body))
                .and_then(|()| state.refuses.map_or(Ok(()), |check| check(body)));
            checked.err()
        }
    };
    if let Some(fault) = fault {
        state.complaints.push(fault.clone());
        return refuse(400, &fault, "invalid_request");
    }
    let Some(answer) = state.answers.pop_front() else {
        let fault = "there was one request more than there are answers";
        state.complaints.push(fault.to_owned());
        return refuse(500, fault, "no_answer").header("x-should-retry", "false");
    };
    if let Ok(body) = body {
        let said = answer.bytes();
        let text = String::from_utf8_lossy(&said);
        state.given.note(&path, &body, &text);
        state.signed.note(&path, &body, &text);
        state.sealed.note(&path, &body, &said);
    }
    answer
}

/// The key stands where its vendor wants it, and nowhere else.
fn refuse_key(state: &State, path: &str, headers: &BTreeMap<String, String>) -> Option<Answer> {
    let key = state.key.as_ref()?;
    let is_anthropics =
        path.starts_with("/v1/messages") || headers.contains_key("anthropic-version");
    let is_googles = strict_gemini::model(path).is_some() || path.contains("?pageSize=");
    let (wanted, value): (&[&str], _) = match (is_anthropics, is_googles) {
        _ if path.starts_with(strict::VERTEX) => (&["authorization"], format!("Bearer {key}")),
        _ if path.starts_with(strict::AZURE) => (&["api-key"], key.clone()),
        _ if path.starts_with(strict::BEDROCK) => (&["authorization"], format!("Bearer {key}")),
        _ if path.starts_with(strict_messages::FOUNDRY) => (&["x-api-key", "api-key"], key.clone()),
        (true, _) => (&["x-api-key"], key.clone()),
        (false, true) => (&["x-goog-api-key"], key.clone()),
        (false, false) => (&["authorization"], format!("Bearer {key}")),
    };
    let all = ["api-key", "x-api-key", "x-goog-api-key", "authorization"];
    let is_right = !path.contains(key)
        && all
            .iter()
            .all(|name| headers.get(*name) == Some(&value).filter(|_| wanted.contains(name)));
    (!is_right).then(|| refuse(401, "Incorrect API key provided", "invalid_api_key"))
}

fn refuse_signature(
    state: &State,
    method: &str,
    path: &str,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> Option<Answer> {
    let signed = sigv4::Signed { method, path, headers, body };
    let wrong = state.signer.as_ref()?.check(&signed, "bedrock").err()?;
    let refusal = Answer::error(403, &json!({ "message": wrong }));
    Some(refusal.header("x-amzn-errortype", "InvalidSignatureException"))
}

/// A list is no request of a conversation, and is not kept.
fn list_models(state: &State, path: &str) -> Answer {
    if path.contains("?pageSize=") {
        let model = |id: &String| {
            json!({ "name": format!("models/{id}"), "inputTokenLimit": 1_048_576,
                "supportedGenerationMethods": ["generateContent", "countTokens"] })
        };
        let vectors =
            json!({ "name": "models/vectors", "supportedGenerationMethods": ["embedContent"] });
        let models: Vec<Value> = state.models.iter().map(model).chain([vectors]).collect();
        return Answer::error(200, &json!({ "models": models }));
    }
    let capabilities =
        |id: &str| json!({ "inference": true, "embeddings": id.contains("embedding") });
    let model =
        |id: &String| json!({ "id": id, "object": "model", "capabilities": capabilities(id) });
    let models = state.models.iter().map(model);
    let list = json!({ "object": "list", "data": models.collect::<Vec<_>>() });
    Answer::error(200, &list)
}

/// The first model is asked by a profile alone.
fn list_as_aws_does(state: &State, path: &str) -> Option<Answer> {
    let model = |(place, id): (usize, &String)| {
        json!({ "modelId": id, "responseStreamingSupported": true, "modelLifecycle": { "status": "ACTIVE" },
            "inferenceTypesSupported": [if place == 0 { "INFERENCE_PROFILE" } else { "ON_DEMAND" }] })
    };
    let profile =
        |id: &String| json!({ "inferenceProfileId": format!("eu.{id}"), "status": "ACTIVE" });
    match path {
        "/foundation-models?byOutputModality=TEXT" => {
            let models: Vec<Value> = state.models.iter().enumerate().map(model).collect();
            Some(Answer::error(200, &json!({ "modelSummaries": models })))
        }
        "/inference-profiles?maxResults=1000&typeEquals=SYSTEM_DEFINED" => {
            let profiles: Vec<Value> = state.models.iter().take(1).map(profile).collect();
            Some(Answer::error(200, &json!({ "inferenceProfileSummaries": profiles })))
        }
        _ => None,
    }
}

fn refuse(status: u16, message: &str, code: &str) -> Answer {
    let error = json!({ "message": message, "type": "invalid_request_error", "code": code });
    Answer::error(status, &json!({ "error": error }))
}

pub(super) enum AfterAnswer {
    Stay,
    Close,
    /// Say nothing until the other side goes.
    Hang,
}

pub(super) async fn write_answer(
    stream: &mut TcpStream,
    answer: Answer,
) -> io::Result<AfterAnswer> {
    let has_head = answer.status.is_some();
    if let Some(status) = answer.status {
        let mut head = format!("HTTP/1.1 {status} Scripted\r\ntransfer-encoding: chunked\r\n");
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await?;
    }
    for step in answer.steps {
        match step {
            Step::Piece(piece) if !has_head => stream.write_all(&piece).await?,
            Step::Piece(piece) => {
                let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
                chunk.extend(piece);
                chunk.extend(b"\r\n");
                stream.write_all(&chunk).await?;
                tokio::task::yield_now().await;
            }
            Step::Pause(pause) => tokio::time::sleep(pause).await,
            Step::Cut => return Ok(AfterAnswer::Close),
            Step::Hang => return Ok(AfterAnswer::Hang),
        }
    }
    if !has_head {
        return Ok(AfterAnswer::Close);
    }
    stream.write_all(b"0\r\n\r\n").await?;
    Ok(AfterAnswer::Stay)
}
