//! The tools as the agent uses them: a call is planned in a temporary workspace, decided on and run.
mod after_edit;
mod changing;
mod finding;
mod reading;
mod running;
mod stale;
mod syntax;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use bowline::{
    changes::Changes,
    process::{Shell, ShellSettings},
    protocol::{
        Arguments, CallId, Decision, Mode, Outcome, Record, Selection, SessionHeader, Status,
        ToolCall,
    },
    store::{Store, new_session_id},
    tools::{AfterEdit, FILES, Plan, ToolContext, ToolError, ToolSettings, Toolbox},
    workspace::Workspace,
};
use tokio_util::sync::CancellationToken;

/// A workspace with files, a directory beside it, and the tools of one session.
pub(crate) struct Bench {
    directory: tempfile::TempDir,
    toolbox: Toolbox,
    cx: ToolContext,
    progress: Arc<Mutex<String>>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        let run_timeout = Duration::from_secs(30);
        Self::with(files, |_| ToolSettings { run_timeout, ..ToolSettings::default() })
    }

    /// With a cache, beside the workspace.
    fn keeping(files: &[(&str, &[u8])]) -> Self {
        let caches = |directory: &Path| Some(directory.join("cache"));
        Self::with(files, |beside| ToolSettings { caches: caches(beside), ..Default::default() })
    }

    fn with_after_edit(files: &[(&str, &[u8])], after_edit: &[AfterEdit]) -> Self {
        let after_edit = || after_edit.to_vec();
        Self::with(files, |_| ToolSettings { after_edit: after_edit(), ..Default::default() })
    }

    fn with(files: &[(&str, &[u8])], settings: impl Fn(&Path) -> ToolSettings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("workspace");
        fs::create_dir(&root).unwrap();
        for (path, bytes) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let workspace = Arc::new(Workspace::open(&root, &[]).unwrap());
        let log = Arc::new(Store::ephemeral().create(header(&root)).unwrap());
        let changes = Arc::new(Changes::resume(workspace.clone(), log.clone(), []).unwrap());
        changes.start_turn(1);
        let progress = Arc::new(Mutex::new(String::new()));
        let shared = progress.clone();
        let cx = ToolContext {
            call: CallId("call-1".to_owned()),
            workspace,
            changes,
            shell: Arc::new(shell()),
            log,
            progress: Arc::new(move |piece| shared.lock().unwrap().push_str(&piece)),
            cancel: CancellationToken::new(),
        };
        let settings = settings(directory.path());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { directory, toolbox: Toolbox::new(&settings), cx, progress, runtime }
    }

    fn plan(&self, tool: &str, args: &str) -> Result<Plan, ToolError> {
        let id = self.cx.call.clone();
        let call = ToolCall { id, tool: tool.to_owned(), args: Arguments::parse(args) };
        self.toolbox.plan(&call, &self.cx)
    }

    pub(crate) fn call(&self, tool: &str, args: &str) -> Outcome {
        self.decide(tool, args, Decision::Accept(Selection::All))
    }

    /// As the agent does it: what can't be planned is told to the model.
    fn decide(&self, tool: &str, args: &str, decision: Decision) -> Outcome {
        match self.plan(tool, args) {
            Ok(plan) => self.runtime.block_on((plan.run)(decision)),
            Err(error) => Outcome::failed(error.to_string()),
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join("workspace")
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8(fs::read(self.root().join(path)).unwrap()).unwrap()
    }

    /// Every file of the workspace and of what lies beside it.
    fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.directory.path(), &mut files);
        files
    }

    /// A call that has to fail with these words and to leave every file as it is.
    fn check_failure(&self, tool: &str, args: &str, words: &[&str]) {
        let before = self.everything();
        let outcome = self.call(tool, args);
        assert_ne!(outcome.status, Status::Done, "{tool} {args}\n{}", outcome.text);
        for words in words {
            assert!(outcome.text.contains(words), "{tool} {args}: {words}\n{}", outcome.text);
        }
        assert_eq!(self.everything(), before, "{tool} {args}");
    }

    /// A call that has to succeed with exactly this text.
    fn check_text(&self, tool: &str, args: &str, text: &str) {
        let outcome = self.call(tool, args);
        assert_eq!(outcome.text, text, "{tool} {args}");
        assert_eq!(outcome.status, Status::Done, "{tool} {args}");
    }
}

fn collect(directory: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            collect(&path, files);
        } else if kind.is_file() {
            let is_small = fs::metadata(&path).unwrap().len() < 1_000_000;
            let bytes = is_small.then(|| fs::read(&path).unwrap_or_default());
            files.insert(path, bytes.unwrap_or_default());
        }
    }
}

fn header(root: &Path) -> SessionHeader {
    SessionHeader {
        version: 1,
        id: new_session_id(),
        program: "test".to_owned(),
        workspace: root.to_owned(),
        model: "test/test".parse().unwrap(),
        mode: Mode::default(),
        system: String::new(),
        parent: None,
    }
}

#[test]
fn calls_that_can_not_be_understood_are_answered_and_do_nothing() {
    let bench = Bench::new(&[("a.txt", b"one\n")]);
    for (tool, args, words) in [
        (
            "raed",
            "{}",
            &[
                "no tool `raed`",
                "read, list, search, outline, symbols, map, edit, write, run, plan",
                "Did you mean `read`?",
            ][..],
        ),
        ("", "{}", &["no tool ``"]),
        ("bash", r#"{"command":"ls"}"#, &["Did you mean `run`?"]),
        (
            "read",
            "{\"path\":\"a.t",
            &["break off before their end", "They begin: {\"path\":\"a.t", "one JSON object"],
        ),
        ("read", "[\"a.txt\"]", &["are JSON, but no object"]),
        ("read", "{}", &["`read` needs `path`", "`offset` (integer, optional)"]),
        ("read", r#"{"path":["a.txt"]}"#, &["`path` of `read` has to be a text"]),
        (
            "read",
            r#"{"path":"a.txt","offset":"x"}"#,
            &["`offset` of `read` has to be a whole number"],
        ),
        (
            "read",
            r#"{"file_path":"a.txt"}"#,
            &["`read` has no `file_path`", "Did you mean `path`?"],
        ),
        ("write", r#"{"path":"a.txt","content":{}}"#, &["`content` of `write` has to be a text"]),
        ("edit", r#"{"edits":[{"path":"a.txt"}]}"#, &["`edit` needs `edits[0].old`"]),
        ("run", r#"{"command":["ls"]}"#, &["`command` of `run` has to be a text"]),
        (
            "plan",
            r#"{"steps":[{"step":"x","state":"done"}]}"#,
            &["pending, in_progress, completed"],
        ),
    ] {
        bench.check_failure(tool, args, words);
    }
}

fn shell() -> Shell {
    let environment = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("OPENAI_API_KEY", "sk-canary")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Shell::new(ShellSettings { environment: environment.into(), ..ShellSettings::default() })
}
