//! Configuration: which value counts, where it came from, and what is said of a wrong one.
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use bowline::{
    backend::{Key, KeyHeader, Kind},
    config::{
        Config, ConfigError, Environment, Overrides, SandboxLevel, ScreenKind, Settings,
        ThemeFiles, decline, is_trusted, keep_model, load, trust, undecided,
    },
    protocol::{Effort, Mode},
    tui::{
        action::{Action, Context},
        composer::EditingMode,
        notify::{Form, Notify},
    },
};
use pretty_assertions::assert_eq;
use tempfile::TempDir;

/// A home, a repository in it, and an administrator's file.
struct Machine {
    root: TempDir,
    variables: Vec<(String, String)>,
    overrides: Overrides,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let machine = Self { root, variables: Vec::new(), overrides: Overrides::default() };
        fs::create_dir_all(machine.path("projects/repo/.git")).unwrap();
        fs::create_dir_all(machine.path("projects/repo/src/deep")).unwrap();
        machine
    }

    fn path(&self, below: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(below)
    }

    fn write(self, below: &str, text: &str) -> Self {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn user(self, text: &str) -> Self {
        self.write(".config/bowline/config.toml", text)
    }

    fn project(self, text: &str) -> Self {
        let machine = self.write("projects/repo/.bowline/config.toml", text);
        trust(&machine.environment(), &machine.path("projects/repo")).unwrap();
        machine
    }

    fn managed(self, text: &str) -> Self {
        self.write("etc/managed.toml", text)
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn assign(mut self, assignment: &str) -> Self {
        self.overrides.assignments.push(assignment.to_owned());
        self
    }

    fn profile(mut self, name: &str) -> Self {
        self.overrides.profile = Some(name.to_owned());
        self
    }

    fn environment(&self) -> Environment {
        let home = ("HOME".to_owned(), self.path("").display().to_string());
        let pairs = self.variables.iter().cloned().chain([home]);
        Environment::from_pairs(pairs).with_managed_file(self.path("etc/managed.toml"))
    }

    fn load(&self) -> Result<Config, ConfigError> {
        load(&self.environment(), &self.path("projects/repo/src/deep"), &self.overrides)
    }

    fn settings(&self) -> Settings {
        self.load().unwrap().settings().clone()
    }

    /// An error's text, with the machine's directory as `/`.
    fn error(&self) -> String {
        let error = self.load().unwrap_err().to_string();
        error.replace(
            &format!("{}/", self.path("").display().to_string().trim_end_matches('/')),
            "/",
        )
    }

    /// A shown value and its source.
    fn shown(&self, key: &str) -> Option<(String, String)> {
        let shown = self.load().unwrap().show().into_iter().find(|shown| shown.key == key)?;
        let root = format!("{}/", self.path("").display().to_string().trim_end_matches('/'));
        Some((shown.value, shown.source.replace(&root, "/")))
    }
}

const USER: &str = "/.config/bowline/config.toml";
const PROJECT: &str = "/projects/repo/.bowline/config.toml";

#[test]
fn without_files_the_defaults_count() {
    let machine = Machine::new();
    let settings = machine.settings();
    assert_eq!((settings.mode, settings.sandbox), (Mode::Review, SandboxLevel::WorkspaceWrite));
    assert_eq!(settings.notes, ["AGENTS.md", "CLAUDE.md", "GEMINI.md"]);
    assert_eq!(settings.compact_at, Some(90));
    let off = Machine::new().assign("compact_at_percent=0").settings();
    assert_eq!(off.compact_at, None);
    assert_eq!(settings.run.timeout, Duration::from_secs(120));
    assert_eq!(settings.run.output_limit_bytes, 32_768);
    assert_eq!((settings.limits.max_requests, settings.effort), (None, None));
    assert_eq!(settings.theme, "harbour");
    let names: Vec<_> = settings.backends.keys().map(String::as_str).collect();
    assert_eq!(names, ["anthropic", "gemini", "llamacpp", "lmstudio", "ollama", "openai"]);
    assert!(machine.load().unwrap().files().is_empty());
    assert!(machine.load().unwrap().notices().is_empty());
}

#[test]
fn later_layers_win_and_each_value_knows_its_source() {
    let user = "\nmode = \"edit\"\n[limits]\nmax_requests = 9\n[profiles.fast]\nmode = \"auto\"\n";
    let shown = |machine: &Machine, value: &str, source: &str| {
        let expected = Some((value.to_owned(), source.to_owned()));
        assert_eq!(machine.shown("mode"), expected);
    };
    let machine = Machine::new();
    shown(&machine, "\"review\"", "default");
    let machine = machine.user(user);
    shown(&machine, "\"edit\"", &format!("{USER}:2"));
    let machine = machine.project("# ours\nmode = \"review\"");
    shown(&machine, "\"review\"", &format!("{PROJECT}:2"));
    let machine = machine.profile("fast");
    shown(&machine, "\"auto\"", &format!("{USER}:6"));
    let machine = machine.assign("mode=edit");
    shown(&machine, "\"edit\"", "-c");
    let mut machine = machine;
    machine.overrides.mode = Some(Mode::Auto);
    shown(&machine, "\"auto\"", "--mode");
    let machine = machine.managed("mode = \"review\"");
    shown(&machine, "\"review\"", "/etc/managed.toml:1");
    assert_eq!(machine.settings().limits.max_requests, Some(9));
}

#[test]
fn everything_the_registry_knows_reaches_the_settings() {
    let machine = Machine::new().variable("GW", "sk-gateway").user(
        r#"
        model = "gw/meta/llama"
        sandbox = "off"
        theme = "nord"
        effort = "xhigh"
        max_output_tokens = 4000
        compact_at_percent = 70
        notes = ["AGENTS.md", "NOTES"]
        [limits]
        max_cost_usd = 5
        timeout_seconds = 60
        [tools.run]
        timeout_seconds = 30
        output_limit_bytes = 2000
        shell = "/bin/bash"
        env_keep = ["JAVA_OPTS"]
        [backends.gw]
        kind = "openai-chat"
        base_url = "http://127.0.0.1:8080/v1"
        api_key_env = "GW"
        headers = { x-team = "core" }
        connect_timeout_seconds = 1
        first_byte_timeout_seconds = 2
        silence_timeout_seconds = 3
        retries = 0
        quirks = { images = false, system_role = "developer", extra_body = { top_k = 4, deep = { x = [1.5, true] } } }
        [backends.openai]
        retries = 7
        "#,
    );
    let settings = machine.settings();
    assert_eq!(settings.model.unwrap().to_string(), "gw/meta/llama");
    assert_eq!(settings.model_note, None);
    assert_eq!((settings.sandbox, settings.effort), (SandboxLevel::Off, Some(Effort::Xhigh)));
    assert_eq!((settings.max_output_tokens, settings.compact_at), (Some(4000), Some(70)));
    assert_eq!(settings.notes, ["AGENTS.md", "NOTES"]);
    assert_eq!(settings.limits.max_cost_usd, Some(5.0));
    assert_eq!(settings.limits.timeout, Some(Duration::from_secs(60)));
    assert_eq!(settings.run.shell.as_deref(), Some("/bin/bash"));
    assert_eq!((settings.run.output_limit_bytes, settings.run.env_keep.len()), (2000, 1));
    let gateway = &settings.backends["gw"];
    assert_eq!((gateway.kind, gateway.retries), (Kind::OpenaiChat, 0));
    assert_eq!(gateway.base_url.as_deref(), Some("http://127.0.0.1:8080/v1"));
    assert_eq!(gateway.headers, [("x-team".to_owned(), "core".to_owned())]);
    let waits = [gateway.timeouts.connect, gateway.timeouts.first_byte, gateway.timeouts.silence];
    assert_eq!(waits.map(|wait| wait.as_secs()), [1, 2, 3]);
    assert_eq!((gateway.quirks.images, gateway.quirks.stream_usage), (Some(false), None));
    assert_eq!(gateway.quirks.system_role.as_deref(), Some("developer"));
    let body = serde_json::to_string(&gateway.quirks.extra_body).unwrap();
    assert_eq!(body, r#"{"top_k":4,"deep":{"x":[1.5,true]}}"#);
    assert_eq!(settings.backends["openai"].retries, 7);
}

#[test]
fn a_wrong_file_is_refused_with_key_file_line_and_what_was_meant() {
    for (text, said) in [
        ("modle = \"a/b\"", "1: `modle` is not a known key; did you mean `model`?"),
        (
            "\n[limits]\nmax_cost = 1",
            "3: `limits.max_cost` is not a known key; did you mean `limits.max_cost_usd`?",
        ),
        (
            "[backends.gw]\nkind='ollama'\nbase-url='x'",
            "3: `backends.gw.base-url` is not a known key; did you mean `backends.gw.base_url`?",
        ),
        ("qqq = 1", "1: `qqq` is not a known key"),
        ("\"a\\u001b[2J\" = 1", "1: `a\\u{1b}[2J` is not a known key"),
        (
            "[profiles.x]\nmod = 1",
            "2: `profiles.x.mod` is not a known key; did you mean `profiles.x.mode`?",
        ),
        ("mode = 3", "1: `mode` is of type integer: it has to be a text"),
        ("mode = \"yolo\"", "1: `mode` is wrong: `yolo` is not a mode: plan, review, edit or auto"),
        ("[profiles.x]\nmode = \"yolo\"", "2: `profiles.x.mode` is wrong: `yolo` is not a mode"),
        ("model = \"gpt\"", "1: `model` is wrong: `gpt` is not a model: write BACKEND/MODEL"),
        (
            "model = \"route:x\"",
            "1: `model` names the route `x`, and there is none: write [routes.x] with try =",
        ),
        (
            "model = \"route:sonet\"\n[routes.sonnet]\ntry = [\"openai/a\"]",
            "1: `model` names the route `sonet`, and there are sonnet; did you mean `sonnet`?",
        ),
        ("[routes.x]\ntry = []", "2: `routes.x.try` is empty: it has to name the models"),
        ("[routes.x]\ntry = [\"gpt\"]", "2: `routes.x.try` is wrong: `gpt` is not a model"),
        ("[routes.x]\ntry = [\"opnai/x\"]", "2: `routes.x.try` names the backend `opnai`"),
        (
            "[routes.x]\ntry = [\"openai/x\", \"openai/x\"]",
            "2: `routes.x.try` names openai/x twice",
        ),
        (
            "[routes.x]\ntyr = []",
            "2: `routes.x.tyr` is not a known key; did you mean `routes.x.try`?",
        ),
        ("model = \"opnai/x\"", "did you mean `openai`?"),
        ("limits = 3", "1: `limits` has to be a table"),
        ("limits.max_cost_usd = -1", "1: `limits.max_cost_usd` is -1: it has to be a sum"),
        ("limits.max_cost_usd = nan", "1: `limits.max_cost_usd` is NaN"),
        ("limits.max_requests = 0", "1: `limits.max_requests` is 0: it has to be from 1 to"),
        ("limits.max_requests = 1.5", "has to be a whole number"),
        ("limits.max_requests = 99999999999999999999", "`limits.max_requests`"),
        ("notes = [\"../x\"]", "1: `notes` holds `../x`: it has to be a file name, no path"),
        ("tools.run.env_keep = [\"A=B\"]", "has to be the name of an environment variable"),
        ("tools.run.shell = \"bash\"", "has to be the absolute path of bash"),
        ("[backends.b]\nregion = 1", "2: `backends.b.region` is of type integer"),
        (
            "[backends.b]\nkind = \"cohere\"",
            "`cohere` is not a kind of backend: openai, anthropic, gemini, azure, azure-chat, foundry, bedrock, bedrock-messages, bedrock-invoke, bedrock-openai, bedrock-chat, vertex, vertex-claude, vertex-chat, openai-chat",
        ),
        (
            "[backends.b]\nretries = 1",
            "2: `backends.b.kind` is not set: openai, anthropic, gemini, azure, azure-chat, foundry, bedrock, bedrock-messages, bedrock-invoke, bedrock-openai, bedrock-chat, vertex, vertex-claude, vertex-chat, openai-chat",
        ),
        ("[backends.\"a.b\"]\nretries = 1", "is no name: it may hold letters, digits, - and _"),
        (
            "[backends.b]\nkind='ollama'\nbase_url = \"ftp://x\"",
            "3: `backends.b.base_url` is no address",
        ),
        ("[backends.b]\nbase_url = \"https://me:pw@x/v1\"", "holds a user name or password"),
        ("[backends.b]\nheaders = { a = 1 }", "`backends.b.headers` is of type integer"),
        ("[backends.b]\nquirks.extra_body = { a = 2020-01-01 }", "what JSON can't say"),
        ("a = \nmode = \"x\"", "1: this is no TOML: "),
        ("mode = \"edit\"\nmode = \"auto\"", "2: this is no TOML: "),
    ] {
        let error = Machine::new().user(text).error();
        assert!(error.starts_with(&format!("{USER}:")), "{text}: {error}");
        assert!(error.contains(said), "{text}: {error}");
        assert!(!error.contains("pw@"), "{error}");
        assert!(!error.chars().any(char::is_control), "{error:?}");
    }
}

#[test]
fn what_is_said_of_a_model_is_checked() {
    for (text, said) in [
        (
            "[backends.b.models.m]\nlike = \"gpt-9\"",
            "`backends.b.models` of `m` is wrong: `gpt-9` is no",
        ),
        (
            "[backends.b.models.m]\ncontxt = 1",
            "`backends.b.models` is wrong: unknown field `contxt`",
        ),
        ("[backends.b.models.m]\ncontext = 0", "of `m` has no room"),
        (
            "[backends.b.models.m]\nusd = { input = 1.0, output = -1.0 }",
            "of `m` has a price that is none",
        ),
        (
            "[backends.b.models.m]\nreasoning = \"much\"",
            "`backends.b.models` is wrong: unknown variant `much`",
        ),
    ] {
        let error = Machine::new().user(text).error();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn files_that_are_none_are_refused() {
    let machine = Machine::new();
    fs::create_dir_all(machine.path(".config/bowline/config.toml")).unwrap();
    assert_eq!(machine.error(), format!("cannot read {USER}: it is not a regular file"));
    let machine = Machine::new().user(&"#".repeat(1024 * 1024 + 1));
    assert_eq!(machine.error(), format!("cannot read {USER}: it is larger than 1 MiB"));
    let machine = Machine::new();
    fs::create_dir_all(machine.path(".config/bowline")).unwrap();
    fs::write(machine.path(".config/bowline/config.toml"), b"theme = \"\xff\"").unwrap();
    assert!(machine.error().starts_with(&format!("cannot read {USER}: ")));
}

/// A key that holds any text.
const ECHO: &str = "backends.ollama.quirks.echo_reasoning";

#[test]
fn assignments_take_toml_and_bare_words() {
    for (assignment, key, value) in [
        ("mode=edit", "mode", "\"edit\""),
        ("mode = \"edit\"", "mode", "\"edit\""),
        ("limits.max_cost_usd=2", "limits.max_cost_usd", "2.0"),
        ("model=ollama/qwen3:8b", "model", "\"ollama/qwen3:8b\""),
        ("theme=nord", "theme", "\"nord\""),
        (&format!("{ECHO}=1984"), ECHO, "\"1984\""),
        (&format!("{ECHO}=a = b"), ECHO, "\"a = b\""),
        (&format!("{ECHO}="), ECHO, "\"\""),
        ("notes=[\"A.md\"]", "notes", "[\"A.md\"]"),
        (
            "backends.ollama.quirks.extra_body={a=1}",
            "backends.ollama.quirks.extra_body",
            "{ a = 1 }",
        ),
    ] {
        let machine = Machine::new().assign(assignment);
        assert_eq!(machine.shown(key), Some((value.to_owned(), "-c".to_owned())), "{assignment}");
    }
    for (assignment, said) in [
        ("mode", "-c: `mode` has to be written like key=value"),
        ("mod=edit", "-c: `mod` is not a known key; did you mean `mode`?"),
        ("mode=yolo", "-c: `mode` is wrong: `yolo` is not a mode"),
        ("limits.max_requests=many", "-c: `limits.max_requests` is of type string"),
        ("profiles.x.mode=edit", "-c: `profiles` can't be set here"),
        ("routes=1", "-c: `routes` has to be a table"),
        ("=1", "-c: this is no TOML"),
    ] {
        let error = Machine::new().assign(assignment).error();
        assert!(error.starts_with(said), "{assignment}: {error}");
    }
}

#[test]
fn options_are_checked_like_files() {
    let mut machine = Machine::new();
    machine.overrides.max_cost_usd = Some(f64::NAN);
    assert!(machine.error().starts_with("--max-cost: `limits.max_cost_usd` is NaN"));
    machine.overrides = Overrides { model: Some("opnai/x".to_owned()), ..Overrides::default() };
    assert!(machine.error().starts_with("--model: `model` names the backend `opnai`"));
    machine.overrides = Overrides { timeout_seconds: Some(u64::MAX), ..Overrides::default() };
    assert!(machine.error().starts_with("--timeout: `limits.timeout_seconds` is"));
    machine.overrides = Overrides {
        sandbox: Some(SandboxLevel::Off),
        max_requests: Some(3),
        timeout_seconds: Some(4),
        max_cost_usd: Some(0.5),
        ..Overrides::default()
    };
    let settings = machine.settings();
    assert_eq!(settings.sandbox, SandboxLevel::Off);
    assert_eq!(settings.limits.max_requests, Some(3));
    assert_eq!(settings.limits.max_cost_usd, Some(0.5));
    assert_eq!(settings.limits.timeout, Some(Duration::from_secs(4)));
}

#[test]
fn a_profile_that_is_not_there_is_an_error() {
    let machine = Machine::new().user("[profiles.work]\n").profile("wrk");
    assert_eq!(
        machine.error(),
        "there is no [profiles.wrk] in your config.toml; did you mean `work`?"
    );
    assert!(machine.profile("work").load().is_ok());
}

#[test]
fn a_project_tightens_and_never_loosens() {
    let modes = Mode::ALL.map(|mode| format!("mode = \"{mode}\""));
    let levels = SandboxLevel::ALL.map(|level| format!("sandbox = \"{level}\""));
    let limits = [1, 5, 9].map(|limit| format!("limits.max_requests = {limit}"));
    let costs = [1, 5, 9].map(|limit| format!("limits.max_cost_usd = {limit}"));
    let waits = [1, 120, 500].map(|limit| format!("tools.run.timeout_seconds = {limit}"));
    let tokens = [1, 5, 9].map(|limit| format!("max_output_tokens = {limit}"));
    // In each list the stricter stands first.
    let lists: [&[String]; 6] = [&modes, &levels, &limits, &costs, &waits, &tokens];
    for list in lists {
        let key = list[0].split(' ').next().unwrap();
        for (user, users) in list.iter().enumerate() {
            for (project, projects) in list.iter().enumerate() {
                let machine = Machine::new().user(users).project(projects);
                let (value, source) = machine.shown(key).unwrap();
                let (text, file) = if project < user { (projects, PROJECT) } else { (users, USER) };
                let expected = text.split(" = ").nth(1).unwrap();
                assert_eq!(value.trim_end_matches(".0"), expected, "{users} then {projects}");
                assert_eq!(source, format!("{file}:1"), "{users} then {projects}");
                let notices = machine.load().unwrap().notices().len();
                assert_eq!(notices, usize::from(project > user), "{users} then {projects}");
            }
        }
        // Against nothing but the default, a limit is stricter than none.
        let machine = Machine::new().project(&list[0]);
        assert_eq!(machine.shown(key).unwrap().1, format!("{PROJECT}:1"));
    }
}

#[test]
fn a_project_sets_nothing_else() {
    for (text, key) in [
        ("model = \"ollama/x\"", "model"),
        ("theme = \"x\"", "theme"),
        ("effort = \"low\"", "effort"),
        ("notes = [\"X\"]", "notes"),
        ("store.max_bytes = 1", "store.max_bytes"),
        ("tools.run.shell = \"/repo/bash\"", "tools.run.shell"),
        ("tools.run.env_keep = [\"OPENAI_API_KEY\"]", "tools.run.env_keep"),
        ("backends.openai.base_url = \"http://127.0.0.1:1/v1\"", "backends.openai.base_url"),
        ("backends.openai.api_key_env = \"X\"", "backends.openai.api_key_env"),
        ("backends.openai.api_key_command = [\"x\"]", "backends.openai.api_key_command"),
        ("backends.openai.headers = { a = \"b\" }", "backends.openai.headers"),
        ("backends.openai.retries = 1", "backends.openai.retries"),
        ("backends.ollama.quirks.images = true", "backends.ollama.quirks.images"),
        ("[profiles.x]\nmode = \"auto\"", "profiles"),
    ] {
        let error = Machine::new().project(text).error();
        assert!(error.starts_with(PROJECT), "{error}");
        assert!(error.contains(&format!("`{key}` may not be set here")), "{error}");
    }
}

#[test]
fn an_untrusted_project_is_not_read_at_all() {
    // Broken, and a pipe: reading either would show.
    let machine = Machine::new().write("projects/repo/.bowline/config.toml", "mode = [");
    let config = machine.load().unwrap();
    let [notice] = config.notices() else { panic!("{:?}", config.notices()) };
    assert!(
        notice.contains("is not trusted; to use it, run there: bowline config trust"),
        "{notice}"
    );
    assert!(config.files().is_empty());

    let environment = machine.environment();
    assert!(!is_trusted(&environment, &machine.path("projects/repo/src")).unwrap());
    let trusted = trust(&environment, &machine.path("projects/repo/src")).unwrap();
    assert_eq!(trusted, machine.path("projects/repo"));
    assert!(is_trusted(&environment, &machine.path("projects/repo/src/deep")).unwrap());
    assert!(machine.error().starts_with(&format!("{PROJECT}:1: this is no TOML")));
    let file = machine.path(".config/bowline/trust.toml");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    let before = fs::read_to_string(&file).unwrap();
    trust(&environment, &machine.path("projects/repo")).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
}

#[test]
fn only_what_would_change_something_waits_for_the_users_word() {
    for (user, project, expected) in [
        ("", "mode = \"plan\"", Some("mode = \"plan\" | ")),
        ("mode = \"plan\"", "mode = \"plan\"", None),
        ("mode = \"plan\"", "mode = \"edit\"", None),
        (
            "",
            "limits.max_requests = 3\nsandbox = \"off\"",
            Some("limits.max_requests = 3 | sandbox"),
        ),
        // What can't be used is no matter of trust.
        ("", "mode = [", None),
        ("", "theme = \"harbour\"", None),
        ("", "", None),
    ] {
        let machine =
            Machine::new().user(user).write("projects/repo/.bowline/config.toml", project);
        let below = machine.path("projects/repo/src/deep");
        let found = undecided(&machine.environment(), &below).unwrap();
        let told = found.first().map(|it| {
            let left_out: String =
                it.left_out.iter().filter_map(|why| why.split('`').nth(1)).collect();
            format!("{} | {left_out}", it.settings.join(", "))
        });
        assert_eq!(told.as_deref(), expected, "{project}");
        assert!(
            found.iter().all(|it| it.path == machine.path("projects/repo/.bowline/config.toml"))
        );

        decline(&machine.environment(), &below).unwrap();
        assert_eq!(undecided(&machine.environment(), &below).unwrap(), []);
        assert_eq!(machine.load().unwrap().notices().len(), 1, "{project}");
        trust(&machine.environment(), &below).unwrap();
        assert!(is_trusted(&machine.environment(), &below).unwrap());
        let file = fs::read_to_string(machine.path(".config/bowline/trust.toml")).unwrap();
        assert!(!file.contains("declined"), "{file}");
    }
}

#[test]
fn a_choice_begins_the_users_file_and_changes_none_that_is_there() {
    let model = "ollama/it\"s".parse().unwrap();
    let machine = Machine::new();
    let file = machine.path(".config/bowline/config.toml");
    assert_eq!(keep_model(&machine.environment(), &model).unwrap(), Some(file.clone()));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(machine.settings().model, Some(model.clone()));
    let other = "ollama/other".parse().unwrap();
    assert_eq!(keep_model(&machine.environment(), &other).unwrap(), None);
    assert_eq!(machine.settings().model, Some(model));
}

#[test]
fn trust_goes_by_the_directory_and_not_by_what_git_says() {
    let machine = Machine::new().project("mode = \"plan\"");
    // Another clone that says it belongs to the trusted repository.
    let evil = machine.path("projects/evil");
    fs::create_dir_all(evil.join(".bowline")).unwrap();
    fs::write(evil.join(".bowline/config.toml"), "mode = \"plan\"").unwrap();
    let pointer = format!("gitdir: {}", machine.path("projects/repo/.git").display());
    fs::write(evil.join(".git"), pointer).unwrap();
    let environment = machine.environment();
    let config = load(&environment, &evil, &Overrides::default()).unwrap();
    assert_eq!((config.settings().mode, config.notices().len()), (Mode::Review, 1));
    // A link to the trusted one is the trusted one.
    let link = machine.path("link");
    std::os::unix::fs::symlink(machine.path("projects/repo"), &link).unwrap();
    let config = load(&environment, &link.join("src"), &Overrides::default()).unwrap();
    assert_eq!(config.settings().mode, Mode::Plan);
}

#[test]
fn an_untrusted_file_does_not_hide_a_trusted_one() {
    let machine = Machine::new()
        .project("mode = \"plan\"")
        .write("projects/repo/src/.bowline/config.toml", "limits.max_requests = 1");
    let config = machine.load().unwrap();
    assert_eq!((config.settings().mode, config.notices().len()), (Mode::Plan, 1));
    assert_eq!(config.settings().limits.max_requests, None);
}

#[test]
fn above_the_repository_nothing_is_looked_for() {
    let machine = Machine::new().write("projects/.bowline/config.toml", "mode = \"plan\"");
    assert!(machine.load().unwrap().notices().is_empty());
    // Outside a repository the directory stands alone.
    let environment = machine.environment();
    fs::create_dir_all(machine.path("projects/plain/deep")).unwrap();
    let at = |below| load(&environment, &machine.path(below), &Overrides::default()).unwrap();
    assert!(at("projects/plain/deep").notices().is_empty());
    assert_eq!(at("projects").notices().len(), 1);
}

#[test]
fn an_administrator_is_not_overruled() {
    for (managed, user, key, value) in [
        ("mode = \"edit\"", "mode = \"auto\"", "mode", "\"edit\""),
        ("mode = \"edit\"", "mode = \"plan\"", "mode", "\"plan\""),
        ("mode = \"edit\"", "", "mode", "\"edit\""),
        ("sandbox = \"workspace-write\"", "sandbox = \"off\"", "sandbox", "\"workspace-write\""),
        ("limits.max_cost_usd = 5", "limits.max_cost_usd = 9", "limits.max_cost_usd", "5.0"),
        ("limits.max_cost_usd = 5", "limits.max_cost_usd = 2", "limits.max_cost_usd", "2.0"),
        ("theme = \"nord\"", "theme = \"dracula\"", "theme", "\"nord\""),
    ] {
        let machine = Machine::new().managed(managed).user(user);
        assert_eq!(machine.shown(key).unwrap().0, value, "{managed} over {user}");
        // As an option it is overruled as well.
        if let Some((key, value)) = user.split_once(" = ") {
            let assigned = Machine::new().managed(managed).assign(&format!("{key}={value}"));
            assert_eq!(assigned.shown(key).unwrap().0, machine.shown(key).unwrap().0);
        }
    }
    let notices = Machine::new().managed("mode = \"edit\"").assign("mode=auto").load().unwrap();
    assert!(
        notices.notices()[0].contains("managed.toml:1: `mode` is set for everyone here, so -c")
    );
    let error = Machine::new().managed("mod = 1").error();
    assert!(error.starts_with("/etc/managed.toml:1: `mod` is not a known key"), "{error}");
}

/// The key that a backend has, and where it came from.
fn key(machine: &Machine, name: &str) -> String {
    match &machine.settings().backends[name].key {
        Key::None => "none".to_owned(),
        Key::Found { secret, source } => format!("{} from {source}", secret.expose()),
        Key::Sought(credentials) => format!("sought: {}", credentials.name()),
        Key::Missing { wanted } => format!("wants {wanted}"),
    }
}

#[test]
fn a_command_gives_the_key_where_no_variable_does() {
    let sought = "sought: api_key_command (`pass`)";
    for (more, name, expected) in [
        ("", "openai", "sk-own from OPENAI_API_KEY"),
        ("base_url = \"https://elsewhere/v1\"", "openai", sought),
        ("api_key_env = \"NOT_SET\"", "openai", sought),
        ("", "ollama", sought),
    ] {
        let user = format!("[backends.{name}]\napi_key_command = [\"pass\", \"show\"]\n{more}");
        let machine = Machine::new().variable("OPENAI_API_KEY", "sk-own").user(&user);
        assert_eq!(key(&machine, name), expected, "{user}");
        let notices = machine.load().unwrap().notices().join("\n");
        assert_eq!(notices.contains("is not run"), expected != sought, "{notices}");
    }
    for (command, expected) in [
        ("\"pass show\"", "2: `backends.b.api_key_command` is of type string: it has to be a list"),
        ("[]", "names no program"),
        ("[\"./key\"]", "names its program by a relative path: it has to be a name or an"),
    ] {
        let user = format!("[backends.b]\napi_key_command = {command}");
        let error = Machine::new().user(&user).error();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_key_goes_where_it_was_meant_to_go() {
    let with_key = || Machine::new().variable("OPENAI_API_KEY", "sk-own\n").variable("GW", "sk-gw");
    for (user, name, expected) in [
        ("", "openai", "sk-own from OPENAI_API_KEY"),
        ("", "ollama", "none"),
        ("[backends.openai]\nbase_url = \"https://elsewhere/v1\"", "openai", "none"),
        (
            "[backends.openai]\nbase_url = \"https://elsewhere/v1\"\napi_key_env = \"OPENAI_API_KEY\"",
            "openai",
            "sk-own from OPENAI_API_KEY",
        ),
        ("[backends.openai]\nkind = \"openai-chat\"", "openai", "none"),
        ("[backends.openai]\napi_key_env = \"GW\"", "openai", "sk-gw from GW"),
        ("[backends.openai]\napi_key_env = \"NOT_SET\"", "openai", "wants NOT_SET"),
        ("[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"http://x/v1\"", "gw", "none"),
        (
            "[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"http://x/v1\"\napi_key_env = \"GW\"",
            "gw",
            "sk-gw from GW",
        ),
        (
            "[backends.gw]\nkind = \"openai\"",
            "gw",
            "wants the variable that backends.gw.api_key_env names",
        ),
        ("[backends.gw]\nkind = \"ollama\"\napi_key_env = \"GW\"", "gw", "sk-gw from GW"),
    ] {
        assert_eq!(key(&with_key().user(user), name), expected, "{user}");
    }
    let moved = with_key().variable("OPENAI_BASE_URL", "https://gateway/v1");
    assert_eq!(moved.settings().backends["openai"].base_url.as_deref(), Some("https://gateway/v1"));
    assert_eq!(key(&moved, "openai"), "sk-own from OPENAI_API_KEY");
    assert_eq!(key(&Machine::new(), "openai"), "wants OPENAI_API_KEY");
    for (variables, expected, header) in [
        (&["ANTHROPIC_API_KEY"][..], "sk from ANTHROPIC_API_KEY", KeyHeader::XApiKey),
        (&["ANTHROPIC_AUTH_TOKEN"], "sk from ANTHROPIC_AUTH_TOKEN", KeyHeader::Bearer),
        (
            &["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"],
            "sk from ANTHROPIC_API_KEY",
            KeyHeader::XApiKey,
        ),
        (&[], "wants ANTHROPIC_API_KEY", KeyHeader::XApiKey),
    ] {
        let machine = || variables.iter().fold(Machine::new(), |it, name| it.variable(name, "sk"));
        assert_eq!(key(&machine(), "anthropic"), expected);
        assert_eq!(machine().settings().backends["anthropic"].key_header, header, "{variables:?}");
        let bearer = machine().user("[backends.anthropic]\nkey_header = \"bearer\"");
        assert_eq!(bearer.settings().backends["anthropic"].key_header, KeyHeader::Bearer);
    }
    for (variables, expected) in [
        (&["GEMINI_API_KEY"][..], "sk from GEMINI_API_KEY"),
        (&["GOOGLE_API_KEY"], "sk from GOOGLE_API_KEY"),
        (&["GEMINI_API_KEY", "GOOGLE_API_KEY"], "sk from GOOGLE_API_KEY"),
        (&[], "wants GEMINI_API_KEY"),
    ] {
        let machine = || variables.iter().fold(Machine::new(), |it, name| it.variable(name, "sk"));
        assert_eq!(key(&machine(), "gemini"), expected);
        let header = machine().settings().backends["gemini"].key_header;
        assert_eq!(header, KeyHeader::XGoogApiKey, "{variables:?}");
        let moved = machine().variable("GOOGLE_GEMINI_BASE_URL", "https://gateway");
        assert_eq!(key(&moved, "gemini"), expected);
        let elsewhere = machine().user("[backends.gemini]\nbase_url = \"https://elsewhere\"");
        assert_eq!(key(&elsewhere, "gemini"), "none");
    }
    let held_back = with_key().user("[backends.openai]\nbase_url = \"https://elsewhere/v1\"");
    assert!(held_back.load().unwrap().notices()[0].contains("OPENAI_API_KEY is not sent to"));
}

const ENTRA: &str = "sought: Microsoft Entra ID";

#[test]
fn azure_is_there_when_its_endpoint_is_known() {
    let azure = || Machine::new().variable("AZURE_OPENAI_ENDPOINT", "https://x.openai.azure.com/");
    assert_eq!(key(&azure(), "azure"), ENTRA);
    assert_eq!(azure().settings().backends["azure"].key_header, KeyHeader::ApiKey);
    let azure = |variable| azure().variable(variable, "sk");
    assert_eq!(key(&azure("AZURE_OPENAI_API_KEY"), "azure"), "sk from AZURE_OPENAI_API_KEY");
    assert_eq!(key(&azure("AZURE_OPENAI_AD_TOKEN"), "azure"), "sk from AZURE_OPENAI_AD_TOKEN");
    let token = azure("AZURE_OPENAI_AD_TOKEN").settings();
    assert_eq!(token.backends["azure"].key_header, KeyHeader::Bearer);
    let elsewhere = azure("AZURE_OPENAI_API_KEY")
        .user("[backends.azure]\nbase_url = \"https://elsewhere/openai/v1\"");
    assert_eq!(key(&elsewhere, "azure"), "none");
    let chat =
        "[backends.deepseek]\nkind = \"azure-chat\"\nbase_url = \"https://x.openai.azure.com\"";
    assert_eq!(key(&azure("AZURE_OPENAI_API_KEY").user(chat), "deepseek"), ENTRA);
    // A token goes to Azure, or where it was made for.
    for (table, expected) in [
        ("base_url = \"https://elsewhere/openai/v1\"", "none"),
        ("base_url = \"https://elsewhere/openai/v1\"\nscope = \"api://gw/.default\"", ENTRA),
        ("api_key_env = \"NOT_SET\"", "wants NOT_SET"),
        ("api_key_command = [\"pass\"]", "sought: api_key_command (`pass`)"),
    ] {
        let machine = Machine::new()
            .variable("AZURE_OPENAI_ENDPOINT", "https://x.openai.azure.com/")
            .user(&format!("[backends.azure]\n{table}"));
        assert_eq!(key(&machine, "azure"), expected, "{table}");
    }
}

#[test]
fn foundry_is_there_when_its_resource_is_known() {
    for (variable, value, address, without_key) in [
        ("ANTHROPIC_FOUNDRY_RESOURCE", "x", "https://x.services.ai.azure.com", ENTRA),
        (
            "ANTHROPIC_FOUNDRY_BASE_URL",
            "https://gw/anthropic",
            "https://gw/anthropic",
            "wants ANTHROPIC_FOUNDRY_API_KEY",
        ),
    ] {
        let foundry = Machine::new().variable(variable, value);
        assert_eq!(key(&foundry, "foundry"), without_key);
        let foundry = foundry.variable("ANTHROPIC_FOUNDRY_API_KEY", "sk");
        assert_eq!(key(&foundry, "foundry"), "sk from ANTHROPIC_FOUNDRY_API_KEY");
        let shown = foundry.shown("backends.foundry.base_url").unwrap();
        assert_eq!(shown, (format!("\"{address}\""), format!("${variable}")));
    }
}

#[test]
fn where_at_a_cloud_stands_in_a_backends_table() {
    let table = "[backends.old]\nkind = \"azure\"\nbase_url = \"https://x.openai.azure.com\"\napi_version = \"2024-10-21\"";
    let settings = Machine::new().user(table).settings();
    assert_eq!(settings.backends["old"].place.api_version.as_deref(), Some("2024-10-21"));
    assert!(!settings.backends.contains_key("vertex"));
    let unknown = Machine::new().user("model = \"vertex/gemini-4-argon\"").error();
    assert!(unknown.contains("it is there when GOOGLE_CLOUD_PROJECT is set"), "{unknown}");
    for (variables, place) in [
        (&[("ANTHROPIC_VERTEX_PROJECT_ID", "a")][..], (Some("a"), None)),
        (&[("ANTHROPIC_VERTEX_PROJECT_ID", "a"), ("GOOGLE_CLOUD_PROJECT", "g")], (Some("g"), None)),
        (
            &[("GOOGLE_CLOUD_PROJECT", "g"), ("CLOUD_ML_REGION", "us-east5")],
            (Some("g"), Some("us-east5")),
        ),
    ] {
        let machine =
            variables.iter().fold(Machine::new(), |it, (name, value)| it.variable(name, value));
        let table = "[backends.eu]\nkind = \"vertex\"\nlocation = \"eu\"";
        let backends = machine.user(table).settings().backends;
        let placed = |name: &str| {
            let place = &backends[name].place;
            (place.project.as_deref(), place.location.as_deref())
        };
        assert_eq!((placed("vertex"), placed("eu")), (place, (place.0, Some("eu"))));
    }
}

#[test]
fn bedrock_is_there_when_a_region_is_known() {
    let runtime = |region: &str| format!("https://bedrock-runtime.{region}.amazonaws.com");
    let chain = "sought: the credentials of AWS";
    let key_of_service = "sk from AWS_BEARER_TOKEN_BEDROCK";
    let machine = Machine::new;
    let with_file = || {
        machine().write(
            ".aws/config",
            "[default]\nregion = eu-west-3\n[profile work]\nregion = us-west-2\n",
        )
    };
    let work = "[backends.bedrock]\nprofile = \"work\"\n";
    for (machine, address, expected) in [
        (machine().variable("AWS_REGION", "us-east-2"), runtime("us-east-2"), chain),
        (machine().variable("AWS_DEFAULT_REGION", "us-east-2"), runtime("us-east-2"), chain),
        (with_file(), runtime("eu-west-3"), chain),
        (with_file().variable("AWS_REGION", "us-east-2"), runtime("us-east-2"), chain),
        (with_file().variable("AWS_PROFILE", "work"), runtime("us-west-2"), chain),
        (with_file().variable("AWS_REGION", "us-east-2").user(work), runtime("us-west-2"), chain),
        (
            with_file().variable("AWS_BEARER_TOKEN_BEDROCK", "sk"),
            runtime("eu-west-3"),
            key_of_service,
        ),
        // Whoever chooses a profile means it.
        (
            with_file().variable("AWS_BEARER_TOKEN_BEDROCK", "sk").user(work),
            runtime("us-west-2"),
            chain,
        ),
        (
            machine().user("[backends.bedrock]\nkind = \"bedrock\"\nregion = \"cn-north-1\""),
            format!("{}.cn", runtime("cn-north-1")),
            chain,
        ),
        (
            with_file().user("[backends.bedrock]\nbase_url = \"https://gw.example\""),
            "https://gw.example".to_owned(),
            chain,
        ),
        (
            machine().variable("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://gw.example"),
            "https://gw.example".to_owned(),
            chain,
        ),
    ] {
        let settings = machine.settings();
        let bedrock = &settings.backends["bedrock"];
        assert_eq!(
            (bedrock.base_url.as_ref(), key(&machine, "bedrock").as_str()),
            (Some(&address), expected)
        );
    }
    let another = machine()
        .variable("AWS_BEARER_TOKEN_BEDROCK", "sk")
        .user("[backends.eu]\nkind = \"bedrock\"\nregion = \"eu-central-1\"");
    assert_eq!(key(&another, "eu"), key_of_service);
    let elsewhere = machine()
        .variable("AWS_BEARER_TOKEN_BEDROCK", "sk")
        .user("[backends.eu]\nkind = \"bedrock\"\nbase_url = \"https://gw.example\"");
    assert_eq!(key(&elsewhere, "eu"), chain);
    assert!(!machine().settings().backends.contains_key("bedrock"));
    for (name, expected) in [("evil.example/#", "no region of AWS"), ("", "no region of AWS")] {
        let machine =
            machine().user(&format!("[backends.eu]\nkind = \"bedrock\"\nregion = \"{name}\""));
        let opened =
            bowline::backend::open(&machine.settings().backends["eu"], None, Default::default());
        let error = opened.err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn vertex_goes_by_googles_credentials_where_google_is() {
    let vertex = || Machine::new().variable("GOOGLE_CLOUD_PROJECT", "p");
    let sought = "sought: Google's Application Default Credentials";
    assert_eq!(key(&vertex(), "vertex"), sought);
    let token = vertex().variable("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.token");
    assert_eq!(key(&token, "vertex"), "ya29.token from GOOGLE_OAUTH_ACCESS_TOKEN");
    let at = |url: &str| {
        vertex().user(&format!("[backends.v]\nkind = \"vertex\"\nbase_url = \"{url}\""))
    };
    assert_eq!(key(&at("https://us-east5-aiplatform.googleapis.com"), "v"), sought);
    let elsewhere = key(&at("https://googleapis.com.example"), "v");
    assert!(elsewhere.starts_with("wants the variable that"), "{elsewhere}");
    let gateway = vertex().variable("GOOGLE_VERTEX_BASE_URL", "https://gw.example");
    assert_eq!(key(&gateway, "vertex"), sought);
    let own = vertex().user("[backends.vertex]\napi_key_env = \"MINE\"");
    assert_eq!(key(&own, "vertex"), "wants MINE");
    // Without a project, where the credentials may know one; a key of Google's APIs counts where that is wanted.
    let file = || Machine::new().variable("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/adc.json");
    assert_eq!(key(&file(), "vertex"), sought);
    let express = || file().variable("GOOGLE_API_KEY", "AIza");
    assert_eq!(key(&express(), "vertex"), sought);
    let wanted = || express().variable("GOOGLE_GENAI_USE_VERTEXAI", "true");
    assert_eq!(key(&wanted(), "vertex"), "AIza from GOOGLE_API_KEY");
    let header = wanted().settings().backends["vertex"].key_header;
    assert_eq!(header.as_str(), "x-goog-api-key");
    assert_eq!(key(&wanted().variable("GOOGLE_CLOUD_PROJECT", "p"), "vertex"), sought);
}

#[test]
fn the_usual_variables_configure_the_usual_backends() {
    let machine = Machine::new().variable("OLLAMA_HOST", "0.0.0.0:9999");
    let shown = machine.shown("backends.ollama.base_url").unwrap();
    assert_eq!(shown, ("\"http://127.0.0.1:9999/v1\"".to_owned(), "$OLLAMA_HOST".to_owned()));
    let error = Machine::new().variable("OPENAI_BASE_URL", "nonsense").error();
    assert!(
        error.starts_with("$OPENAI_BASE_URL: `backends.openai.base_url` is no address"),
        "{error}"
    );
}

#[test]
fn without_a_model_the_first_backend_with_a_key_gives_one() {
    let machine = Machine::new();
    let settings = machine.settings();
    assert_eq!(settings.model, None);
    assert!(
        settings
            .model_note
            .unwrap()
            .contains("set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or choose")
    );
    let machine = machine
        .variable("OPENAI_API_KEY", "sk-own")
        .variable("A", "sk-a")
        .user("[backends.a]\nkind = \"openai\"\napi_key_env = \"A\"");
    let settings = machine.settings();
    assert_eq!(settings.model.unwrap().to_string(), "openai/gpt-6.2-sol");
    let note = settings.model_note.unwrap();
    assert!(note.contains("using openai/gpt-6.2-sol, because OPENAI_API_KEY is set"), "{note}");
    assert_eq!(machine.shown("model").unwrap().1, "default");
    let azure = Machine::new()
        .variable("AZURE_OPENAI_ENDPOINT", "https://x.openai.azure.com")
        .variable("AZURE_OPENAI_API_KEY", "sk");
    let settings = azure.settings();
    assert_eq!(settings.model, None, "nobody knows what was deployed");
    let note = settings.model_note.unwrap();
    assert!(
        note.contains("azure lets in by AZURE_OPENAI_API_KEY")
            && note.contains("-m azure/DEPLOYMENT")
    );
    let error = Machine::new().assign("model=azure/gpt").error();
    assert!(error.contains("it is there when AZURE_OPENAI_ENDPOINT is set"), "{error}");
    let error = Machine::new().assign("model=bedrock/some.model").error();
    assert!(error.ends_with("it is there when AWS_REGION is set"), "{error}");
    let other = Machine::new().variable("ANTHROPIC_AUTH_TOKEN", "sk-other").settings();
    assert_eq!(other.model.unwrap().to_string(), "anthropic/claude-sonnet-5-5");
    let google = Machine::new().variable("GOOGLE_API_KEY", "k-other").settings();
    assert_eq!(google.model.unwrap().to_string(), "gemini/gemini-4-argon");
}

#[test]
fn secrets_are_known_and_never_shown() {
    let machine = Machine::new()
        .variable("OPENAI_API_KEY", "sk-canary-openai")
        .variable("GEMINI_API_KEY", "canary-gemini")
        .variable("GW", "canary-gateway")
        .variable("LC_ODD", "ghp_canary7hJ2kL9mN4pQ8rS3tU6vW1xY5zA0bC2")
        .variable("AWS_REGION", "eu-central-1")
        .assign("backends.gw.headers={authorization=\"Bearer canary-header\", x-team=\"core\"}")
        .user("[backends.gw]\nkind='openai-chat'\nbase_url='http://x/v1'\napi_key_env='GW'\nquirks.extra_body={k='canary-gateway'}");
    let config = machine.load().unwrap();
    let secrets = config.secrets();
    let mut secrets: Vec<_> = secrets.iter().map(bowline::redact::Secret::expose).collect();
    secrets.sort_unstable();
    assert_eq!(
        secrets,
        [
            "Bearer canary-header",
            "canary-gateway",
            "canary-gemini",
            "ghp_canary7hJ2kL9mN4pQ8rS3tU6vW1xY5zA0bC2",
            "sk-canary-openai"
        ]
    );
    let shown = format!("{:?}", config.show());
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("x-team"), "{shown}");
    let debugged = format!("{:?}", machine.environment());
    assert!(!debugged.contains("canary"), "{debugged}");
}

#[test]
fn directories_follow_the_variables() {
    let directories = |pairs: &[(&str, &str)]| {
        let environment = Environment::from_pairs(pairs.iter().copied());
        let found = [
            environment.config_directory(),
            environment.state_directory(),
            environment.cache_directory(),
        ];
        found.map(|found| {
            found.map_or_else(|error| error.to_string(), |path| path.display().to_string())
        })
    };
    let below_home =
        ["/h/.config/bowline", "/h/.local/state/bowline", "/h/.cache/bowline"].map(str::to_owned);
    assert_eq!(directories(&[("HOME", "/h")]), below_home);
    assert_eq!(directories(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "relative")]), below_home);
    assert_eq!(
        directories(&[
            ("XDG_CONFIG_HOME", "/c"),
            ("XDG_STATE_HOME", "/s"),
            ("BOWLINE_CACHE_HOME", "/b")
        ]),
        ["/c/bowline", "/s/bowline", "/b"].map(str::to_owned)
    );
    let [config, state, _] = directories(&[("BOWLINE_CONFIG_HOME", ".bowline")]);
    assert_eq!(config, "BOWLINE_CONFIG_HOME is `.bowline`: it has to be an absolute path");
    assert_eq!(state, "there is no home directory: set HOME, XDG_STATE_HOME or BOWLINE_STATE_HOME");
    // Without a home the defaults still count, and nothing is trusted.
    let machine = Machine::new().project("mode = \"plan\"");
    let nowhere = Environment::from_pairs::<&str, &str>([]);
    let config = load(&nowhere, &machine.path("projects/repo"), &Overrides::default()).unwrap();
    assert_eq!((config.settings().mode, config.notices().len()), (Mode::Review, 1));
}

#[test]
fn the_users_keys_are_bound_in_all_layers() {
    let machine = Machine::new().user(
        "editing_mode = \"vi\"\n[keys]\npalette = [\"f5\", \"ctrl-x p\"]\n[keys.review]\naccept-hunk = \"+\"\n\
         [profiles.mine.keys]\npalette = \"f6\"\n",
    );
    let keys = |machine: &Machine, context, action| {
        let settings = machine.settings();
        settings.keymap.keys(context, action).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(keys(&machine, Context::Global, Action::Palette), ["f5", "ctrl-x p"]);
    assert_eq!(keys(&machine, Context::Review, Action::AcceptHunk), ["+"]);
    assert_eq!(keys(&machine, Context::Review, Action::RejectHunk), ["n"]);
    assert_eq!(machine.settings().editing_mode, EditingMode::Vi);
    let shown = machine.shown("keys.review.accept-hunk");
    assert_eq!(shown, Some(("\"+\"".to_owned(), format!("{USER}:5"))));
    let machine = machine.profile("mine");
    assert_eq!(keys(&machine, Context::Global, Action::Palette), ["f6"]);
    let machine = machine.assign("keys.palette=none");
    assert_eq!(keys(&machine, Context::Global, Action::Palette), [""; 0]);
}

#[test]
fn the_keys_that_readme_binds_can_be_bound() {
    let readme = include_str!("../README.md");
    let start = readme.find("[keys]\n").unwrap();
    let length = readme[start..].find("```").unwrap();
    let machine = Machine::new().user(&readme[start..start + length]);
    let keymap = machine.settings().keymap;
    assert_eq!(keymap.keys(Context::Review, Action::Last)[0].to_string(), "g g");
}

#[test]
fn what_is_wrong_with_keys_is_told_with_its_line() {
    for (text, error) in [
        (
            "[keys]\npallete = \"f5\"",
            "2: `keys.pallete` is not a known key; did you mean `keys.palette`?",
        ),
        (
            "[keys.revew]\nquit = \"f5\"",
            "1: `keys.revew` is not a known key; did you mean `keys.review`?",
        ),
        ("keys = 1", "1: `keys` has to be a table"),
        ("[keys]\nreview = \"f5\"", "2: `keys.review` has to be a table"),
        (
            "[keys]\nquit = 1",
            "2: `keys.quit` is of type integer: it has to be a key, a list of keys, or \"none\"",
        ),
        (
            "[keys]\nquit = \"ctl-k\"",
            "2: `keys.quit` is wrong: `ctl-k` is no key: keys are written like ctrl-k, alt-enter, f1, space, ? or g g",
        ),
        (
            "[keys.review]\n\naccept-hunk = \"n\"",
            "3: `keys.review.accept-hunk` gives `n` to `accept-hunk`, and in review it belongs to `reject-hunk`: give that \
             another key, or \"none\"",
        ),
        (
            "[keys]\nquit = \"f7\"\ncost = \"f7\"",
            "3: `keys.cost` gives `f7` to `cost`, and in global it belongs to `quit`: give that another key, or \"none\"",
        ),
        (
            "[keys.composer]\nquit = \"q\"",
            "2: `keys.composer.quit` gives `q` to `quit` in composer, where it is text to be typed",
        ),
        ("editing_mode = \"ed\"", "1: `editing_mode` is `ed`: it has to be emacs, vi"),
    ] {
        let machine = Machine::new().user(text);
        assert_eq!(machine.error(), format!("{USER}:{error}"));
    }
    let error = Machine::new().project("[keys]\nquit = \"f7\"").error();
    assert_eq!(
        error,
        format!(
            "{PROJECT}:2: `keys.quit` may not be set here; it belongs into the user's own config.toml"
        )
    );
}

#[test]
fn programs_after_edits_are_the_users_alone() {
    let text = "[[after_edit]]\nfiles = [\"*.rs\"]\nrun = [\"cargo\", \"fmt\"]\n\
                [[after_edit]]\nfiles = [\"*.js\", \"web/**\"]\nrun = [\"/opt/lint\", \"{files}\"]\ntimeout_seconds = 5\n";
    let rules = Machine::new().user(text).settings().after_edit;
    let told: Vec<_> =
        rules.iter().map(|rule| (rule.run[0].as_str(), rule.timeout.as_secs())).collect();
    assert_eq!(told, [("cargo", 60), ("/opt/lint", 5)]);
    let one = |files: &str, run: &str| format!("after_edit = [{{ files = {files}, run = {run} }}]");
    for (text, error) in [
        ("after_edit = 1".to_owned(), "is wrong: "),
        ("after_edit = [{ files = [\"*\"] }]".to_owned(), "missing field `run`"),
        (
            "after_edit = [{ files = [\"*\"], run = [\"x\"], on = 1 }]".to_owned(),
            "unknown field `on`",
        ),
        (one("[]", "[\"x\"]"), "names no files"),
        (one("[\"*\"]", "[]"), "names no program"),
        (one("[\"*\"]", "[\"./fmt\"]"), "by its name or its absolute path"),
        (one("[\"[\"]", "[\"x\"]"), "a glob that can't be read"),
    ] {
        let found = Machine::new().user(&text).error();
        assert!(
            found.starts_with(&format!("{USER}:1: `after_edit` ")) && found.contains(error),
            "{found}"
        );
    }
    let error = Machine::new().project(&one("[\"*\"]", "[\"x\"]")).error();
    assert!(error.contains("after_edit"), "{error}");
}

#[test]
fn notifications_have_a_name_or_a_program_of_the_users() {
    let notify = |text: &str| Machine::new().user(text).settings().notify;
    assert_eq!(notify(""), Notify::Auto);
    assert_eq!(notify("notify = \"osc777\""), Notify::Form(Form::Osc777));
    let program = Notify::Program(vec!["notify-send".to_owned(), "-a".to_owned(), "x".to_owned()]);
    assert_eq!(notify("notify = [\"notify-send\", \"-a\", \"x\"]"), program);
    for (text, error) in [
        ("notify = \"loud\"", "is `loud`: it has to be auto, osc9, osc777, osc99, bell, off"),
        ("notify = []", "names no program: the first of the list has to be one"),
        ("notify = [1]", "is of type integer: it has to be a text"),
    ] {
        assert_eq!(Machine::new().user(text).error(), format!("{USER}:1: `notify` {error}"));
    }
    let error = Machine::new().project("notify = [\"./evil\"]").error();
    assert!(error.contains("`notify` may not be set here"), "{error}");
}

#[test]
fn what_becomes_of_a_theme_file_is_seen() {
    let machine = Machine::new();
    let look = || ThemeFiles::look(&machine.environment());
    let path = machine.path(".config/bowline/themes/mine.toml");
    let absent = look();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path.with_extension("txt"), "no theme").unwrap();
    assert_eq!(look(), absent);
    fs::write(&path, "inherits = \"nord\"").unwrap();
    let made = look();
    assert_ne!(made, absent);
    assert_eq!(look(), made);
    // As an editor saves it: another file of the same size in its place.
    fs::write(path.with_extension("new"), "inherits = \"nrod\"").unwrap();
    fs::rename(path.with_extension("new"), &path).unwrap();
    let saved = look();
    assert_ne!(saved, made);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("nowhere.toml", &path).unwrap();
    let linked = look();
    assert_ne!(linked, saved);
    fs::write(path.with_file_name("nowhere.toml"), "").unwrap();
    assert_ne!(look(), linked);
}

#[test]
fn below_rows_of_other_programs_the_theme_is_the_terminals_own() {
    let machine = Machine::new().user("screen = \"inline\"");
    assert_eq!(machine.settings().theme, "terminal");
    let machine = Machine::new().user("screen = \"inline\"\ntheme = \"nord\"");
    assert_eq!(machine.settings().theme, "nord");
    let mut machine = Machine::new();
    assert_eq!(machine.settings().screen, ScreenKind::Alternate);
    machine.overrides = Overrides { screen: Some(ScreenKind::Inline), ..Overrides::default() };
    assert_eq!(machine.settings().screen, ScreenKind::Inline);
}

#[test]
fn a_theme_is_built_in_or_a_file_of_the_users() {
    let mine = "inherits = \"nord\"\n[palette]\naccent = \"#f00\"\n";
    let machine = Machine::new().user("theme = \"mine\"");
    let wanted = format!("{USER}:1: `theme` is `mine`: there is no such theme");
    assert_eq!(machine.error(), wanted);
    let machine = machine.write(".config/bowline/themes/mine.toml", mine);
    let machine = machine.write(".config/bowline/themes/notes.txt", "none");
    assert_eq!(machine.settings().theme, "mine");
    let themes = bowline::config::themes(&machine.environment()).unwrap();
    assert_eq!(themes.check(), []);
    assert!(themes.is_known("mine") && !themes.is_known("notes"));
    let machine = machine.user("\ntheme = \"harbor\"");
    let wanted =
        format!("{USER}:2: `theme` is `harbor`: there is no such theme; did you mean `harbour`?");
    assert_eq!(machine.error(), wanted);
}
