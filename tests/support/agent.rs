//! A session in a temporary workspace, driven by a scripted model.
use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use bowline::{
    agent::{self, Conversation, Handle, Limits, Models, Route, Served, Setup},
    backend::{self, BackendSettings, QuirkSettings, Script},
    catalogue::Prices,
    changes::Changes,
    policy::Rules,
    process::{Shell, ShellSettings},
    protocol::{
        Command, Decision, Event, Message, Mode, ModelRef, Prompt, Record, Request, SessionHeader,
        Stamped,
    },
    redact::Redactor,
    store::{self, SessionLog, Store},
    tools::Toolbox,
    workspace::Workspace,
};
use tempfile::TempDir;

use super::{
    hosts::{HOSTS, Host},
    server::Server,
    speech::Protocol,
};

/// A workspace with a session in it.
pub(crate) struct Session {
    pub(crate) handle: Handle,
    pub(crate) script: Script,
    pub(crate) root: PathBuf,
    pub(crate) store: Store,
    pub(crate) id: String,
    _directory: TempDir,
}

/// What a session is made of, before it starts.
pub(crate) struct Stage {
    pub(crate) script: Script,
    pub(crate) mode: Mode,
    pub(crate) limits: Limits,
    pub(crate) compact_at: Option<u8>,
    /// Of the scripted model.
    pub(crate) window: Option<u64>,
    pub(crate) prices: Option<Prices>,
    pub(crate) output_schema: Option<serde_json::Value>,
    pub(crate) files: Vec<(&'static str, &'static str)>,
    /// The model that answers first, in place of the script.
    pub(crate) served: Option<Served>,
    /// Models that may be gone over to.
    pub(crate) others: Vec<Served>,
    /// Models that stand in for each other, by their names.
    pub(crate) route: Vec<&'static str>,
}

impl Stage {
    pub(crate) fn new(mode: Mode, script: Script) -> Self {
        Self {
            script,
            mode,
            limits: Limits::default(),
            compact_at: Some(90),
            window: None,
            prices: None,
            output_schema: None,
            files: Vec::new(),
            served: None,
            others: Vec::new(),
            route: Vec::new(),
        }
    }

    pub(crate) fn file(mut self, path: &'static str, text: &'static str) -> Self {
        self.files.push((path, text));
        self
    }

    /// Starts the session. Commands of the model run unconfined.
    pub(crate) fn start(self) -> Session {
        let directory = TempDir::new().unwrap();
        let root = directory.path().canonicalize().unwrap().join("work");
        fs::create_dir(&root).unwrap();
        for (path, text) in &self.files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let store = Store::new(&directory.path().join("state"), Arc::new(Redactor::default()));
        let id = store::new_session_id();
        let log = store.create(header(&id, &root, self.mode)).unwrap();
        let workspace = Arc::new(Workspace::open(&root, &[]).unwrap());
        let setup = setup(&self, workspace, log);
        Session {
            handle: agent::start(setup),
            script: self.script,
            root,
            store,
            id,
            _directory: directory,
        }
    }
}

fn setup(stage: &Stage, workspace: Arc<Workspace>, log: SessionLog) -> Setup {
    let log = Arc::new(log);
    let changes = Changes::resume(Arc::clone(&workspace), Arc::clone(&log), []).unwrap();
    Setup {
        served: stage.served.clone().unwrap_or_else(|| Served {
            prices: stage.prices,
            window: stage.window,
            ..scripted(&model().to_string(), stage.script.clone())
        }),
        route: route(&stage.route),
        models: Arc::new(Known(stage.others.clone())),
        effort: None,
        max_output_tokens: None,
        output_schema: stage.output_schema.clone().map(Arc::new),
        system: Arc::from("You are a test."),
        tools: Toolbox::standard(),
        shell: Arc::new(Shell::new(ShellSettings {
            environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
            ..ShellSettings::default()
        })),
        rules: Rules {
            sandbox_off: true,
            roots: vec![workspace.root().to_owned()],
            ..Rules::default()
        },
        workspace,
        log,
        changes: Arc::new(changes),
        copy: None,
        mode: stage.mode,
        limits: stage.limits,
        compact_at: stage.compact_at,
        conversation: Conversation::new(stage.mode),
    }
}

fn route(names: &[&str]) -> Option<Route> {
    let models = || names.iter().map(|name| name.parse().unwrap()).collect();
    (!names.is_empty()).then(|| Route::new("test".to_owned(), models()))
}

/// The models that a session may go over to.
struct Known(Vec<Served>);

impl Models for Known {
    fn open(&self, model: &ModelRef) -> Result<Served, String> {
        let found = self.0.iter().find(|served| served.model == *model).cloned();
        found.ok_or_else(|| format!("no backend is named `{}`; set it up", model.backend))
    }

    fn route(&self, name: &str) -> Result<Route, String> {
        let models = self.0.iter().map(|served| served.model.clone()).collect();
        (name == "known").then(|| Route::new(name.to_owned(), models)).ok_or("no route".to_owned())
    }
}

/// A model that answers by a script.
pub(crate) fn scripted(model: &str, script: Script) -> Served {
    Served {
        model: model.parse().unwrap(),
        backend: backend::replay_script(script).unwrap(),
        prices: None,
        window: None,
        reads_images: true,
    }
}

/// A model behind a server of the tests.
pub(crate) fn served(protocol: Protocol, server: &Server, quirks: QuirkSettings) -> Served {
    let usual = HOSTS.iter().find(|host| host.protocol == protocol).unwrap();
    served_at(usual.kind.as_str(), usual, server, quirks)
}

/// The model of a host, behind a backend of this name.
pub(crate) fn served_at(name: &str, host: &Host, server: &Server, quirks: QuirkSettings) -> Served {
    let settings = BackendSettings { quirks, ..host.settings(name, server) };
    Served {
        model: format!("{name}/{}", host.model).parse().unwrap(),
        backend: backend::open(&settings, None, Arc::default()).unwrap(),
        prices: None,
        window: None,
        reads_images: true,
    }
}

pub(crate) fn model() -> ModelRef {
    "script/test".parse().unwrap()
}

fn header(id: &str, root: &std::path::Path, mode: Mode) -> SessionHeader {
    SessionHeader {
        version: store::FORMAT_VERSION,
        id: id.to_owned(),
        program: "test".to_owned(),
        workspace: root.to_owned(),
        model: model(),
        mode,
        system: "You are a test.".to_owned(),
        parent: None,
    }
}

impl Session {
    pub(crate) async fn send(&self, command: Command) {
        self.handle.commands.send(command).await.unwrap();
    }

    pub(crate) async fn prompt(&self, text: &str) {
        self.send(Command::Prompt(Prompt::from(text))).await;
    }

    /// The next event; a turn that says nothing for long has hung.
    pub(crate) async fn next(&mut self) -> Event {
        let event = tokio::time::timeout(Duration::from_secs(60), self.handle.events.recv()).await;
        event.expect("the agent says nothing").expect("the agent is gone")
    }

    /// All events up to the turn's end; what is asked is answered with `decision`.
    pub(crate) async fn turn(&mut self, decision: Decision) -> Vec<Event> {
        let mut seen = Vec::new();
        loop {
            let event = self.next().await;
            if let Event::ApprovalNeeded { call, .. } = &event {
                self.send(Command::Decide { call: call.clone(), decision: decision.clone() }).await;
            }
            let is_last = matches!(event, Event::TurnEnded { .. });
            seen.push(event);
            if is_last {
                return seen;
            }
        }
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        let records = self.store.read(&self.id).unwrap();
        records.into_iter().map(|Stamped { record, .. }| record).collect()
    }
}

/// Whatever was asked of the model: before each prompt and each reply every call has exactly one outcome.
pub(crate) fn check_requests(requests: &[Request]) {
    for request in requests {
        let mut open = Vec::new();
        for message in &request.messages {
            match message.as_ref() {
                Message::Prompt(_) => {
                    assert!(open.is_empty(), "a prompt stands before the outcomes of {open:?}")
                }
                Message::Reply(reply) => {
                    assert!(open.is_empty(), "a reply stands before the outcomes of {open:?}");
                    open = reply.calls().map(|call| call.id.clone()).collect();
                }
                Message::Outcome { call, .. } => {
                    let place =
                        open.iter().position(|id| id == call).expect("an outcome of no open call");
                    open.remove(place);
                }
            }
        }
        assert!(open.is_empty(), "a request goes out while {open:?} have no outcome");
    }
}
