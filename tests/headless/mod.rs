//! Whole turns of the built program, without a screen, against a scripted server over real HTTP.
mod azure;
mod backends;
mod commands_undone;
mod cost;
mod credentials;
mod exit_codes;
mod found_tokens;
mod git;
mod input;
mod isolated;
mod json_lines;
mod local;
mod main_job;
mod network;
mod prefix;
mod proposals;
mod pruning;
mod routes;
mod running;
mod sessions;
mod signals;
mod surroundings;
mod vertex;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    thread,
};

use bowline::backend::Kind;
use tokio::sync::oneshot;

use crate::{
    cli::{Bench, Ran},
    support::{
        server::{Answer, Server},
        speech::{Protocol, Said},
    },
};

pub(crate) const KEY: &str = "sk-canary-0123456789abcdef";
pub(crate) const CHAT: &str = "gw/test";
const RESPONSES: &str = "openai/test";
const MESSAGES: &str = "anthropic/test";
const GEMINI: &str = "gemini/test";
const CONVERSE: &str = "bedrock/anthropic.test";
const INVOKE: &str = "invoked/anthropic.test";
/// Every protocol, and a model that is reached by it.
const EVERY_WIRE: [(Protocol, &str); 6] = [
    (Protocol::Chat, CHAT),
    (Protocol::Responses, RESPONSES),
    (Protocol::Messages, MESSAGES),
    (Protocol::Gemini, GEMINI),
    (Protocol::Converse, CONVERSE),
    (Protocol::Invoke, INVOKE),
];
const FREE_HAND: [&str; 4] = ["--mode", "auto", "--sandbox", "off"];

/// A home, a workspace, and a server that every wire reaches.
pub(crate) struct Desk {
    pub(crate) bench: Bench,
    pub(crate) server: Server,
    _server_thread: oneshot::Sender<()>,
}

impl Desk {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<Answer> = answers.into_iter().collect();
        let (give, take) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let server = Server::start(answers).await;
                server.want_key(KEY);
                give.send(server).unwrap();
                let _ = stopped.await;
            });
        });
        let desk = Self { bench: Bench::new(), server: take.recv().unwrap(), _server_thread: stop };
        desk.configure("");
        desk
    }

    /// Writes the configuration again, with more of it.
    pub(crate) fn configure(&self, more: &str) {
        self.write_config("", more);
    }

    /// The same, with keys that stand before every table.
    pub(crate) fn configure_first(&self, keys: &str) {
        self.write_config(keys, "");
    }

    fn write_config(&self, keys: &str, more: &str) {
        let url = self.server.base_url();
        let aws = self.server.base_url_of(Kind::BedrockInvoke);
        self.bench.write_config(&format!(
            "{keys}\n[backends.openai]\nretries = 0\n[backends.anthropic]\nretries = 0\n[backends.gemini]\nretries = 0\n[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"{url}\"\n\
             api_key_env = \"GW_KEY\"\nretries = 0\n[backends.invoked]\nkind = \"bedrock-invoke\"\nbase_url = \"{aws}\"\n\
             api_key_env = \"GW_KEY\"\nretries = 0\n{more}"
        ));
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.bench.directory().join(path)
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bench.command(arguments);
        command.env("OPENAI_API_KEY", KEY).env("GW_KEY", KEY).env("PATH", "/usr/bin:/bin");
        command.env("OPENAI_BASE_URL", self.server.base_url());
        // Whether this machine has an identity is no matter of tests: nobody listens there.
        command.env("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9");
        command.env("ANTHROPIC_API_KEY", KEY).env("ANTHROPIC_BASE_URL", self.server.base_url());
        if arguments.contains(&CONVERSE) {
            let url = self.server.base_url_of(Kind::Bedrock);
            command.env("AWS_BEARER_TOKEN_BEDROCK", KEY);
            command.env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url);
        }
        command.env("GEMINI_API_KEY", KEY).env("GOOGLE_GEMINI_BASE_URL", self.server.base_url());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// Runs it and wants this exit code; the server must have had nothing to complain about.
    #[track_caller]
    fn ends(&self, arguments: &[&str], code: i32) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        self.is_content();
        ran
    }

    #[track_caller]
    pub(crate) fn is_content(&self) {
        assert_eq!(self.server.complaints(), [""; 0]);
    }

    /// The body of the n-th request, as text.
    pub(crate) fn body(&self, number: usize) -> String {
        self.server.requests()[number].body.to_string()
    }
}

/// A model to use and what it answers.
fn answers<const N: usize>(protocol: Protocol, replies: [&[Said<'_>]; N]) -> Vec<Answer> {
    replies.iter().map(|said| Answer::reply(protocol, said)).collect()
}

pub(crate) fn chat<const N: usize>(replies: [&[Said<'_>]; N]) -> Vec<Answer> {
    answers(Protocol::Chat, replies)
}

fn responses<const N: usize>(replies: [&[Said<'_>]; N]) -> Vec<Answer> {
    answers(Protocol::Responses, replies)
}

pub(crate) fn call<'a>(id: &'a str, tool: &'a str, arguments: &'a str) -> Said<'a> {
    Said::Call { id, tool, arguments }
}

/// Arguments for a turn with a free hand.
fn free<'a>(model: &'a str, prompt: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let line = ["-p", prompt, "-m", model];
    line.into_iter().chain(FREE_HAND).chain(more.iter().copied()).collect()
}

/// Every file below a directory with its bytes, by relative path.
fn snapshot(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                files.push((path, bytes));
            }
        }
    }
    files.sort();
    files
}
