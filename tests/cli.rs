//! The built program from the outside: help, usage errors, exit codes, and verbs where there is nothing to do.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A home of its own for the program, and a directory to work in.
pub(crate) struct Bench {
    home: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let bench = Self { home };
        fs::create_dir(bench.directory()).expect("a directory to work in");
        bench
    }

    /// Where the program is started, resolved.
    pub(crate) fn directory(&self) -> PathBuf {
        self.home.path().canonicalize().expect("it was just made").join("work")
    }

    pub(crate) fn state_directory(&self) -> PathBuf {
        self.home.path().join("state")
    }

    pub(crate) fn config_directory(&self) -> PathBuf {
        self.home.path().join("config")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_bowline"), arguments)
    }

    #[expect(clippy::disallowed_methods, reason = "a test of the built program has to start it")]
    pub(crate) fn command_of(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home.path()).args(arguments);
        for (name, folder) in [("CONFIG", "config"), ("STATE", "state"), ("CACHE", "cache")] {
            command.env(format!("BOWLINE_{name}_HOME"), self.home.path().join(folder));
        }
        command.current_dir(self.directory()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the program starts"))
    }

    pub(crate) fn write_config(&self, text: &str) -> PathBuf {
        let path = self.home.path().join("config/config.toml");
        fs::create_dir_all(path.parent().expect("it has one")).expect("a config directory");
        fs::write(&path, text).expect("a config file");
        path
    }
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// Runs a line where nothing is yet, and looks for parts of what it says.
#[track_caller]
fn check(arguments: &[&str], code: i32, stdout: &[&str], stderr: &[&str]) {
    check_in(&Bench::new(), arguments, code, stdout, stderr);
}

#[track_caller]
fn check_in(bench: &Bench, arguments: &[&str], code: i32, stdout: &[&str], stderr: &[&str]) {
    let ran = bench.run(arguments);
    assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
    for (text, parts) in [(&ran.stdout, stdout), (&ran.stderr, stderr)] {
        assert_eq!(text.is_empty(), parts.is_empty(), "{arguments:?}: {ran:?}");
        for part in parts {
            assert!(text.contains(part), "{arguments:?} does not say {part:?}: {ran:?}");
        }
    }
}

const VERBS: [&str; 20] = [
    "login",
    "logout",
    "exec",
    "resume",
    "fork",
    "sessions",
    "diff",
    "apply",
    "reject",
    "undo",
    "redo",
    "policy",
    "map",
    "outline",
    "symbols",
    "config",
    "demo",
    "worktree",
    "completions",
    "man",
];

#[test]
fn help_and_version_are_answers() {
    let bench = Bench::new();
    for option in ["--version", "-V"] {
        assert_eq!(bench.run(&[option]).stdout, format!("bowline {}\n", env!("CARGO_PKG_VERSION")));
    }
    let help = bench.run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    for part in VERBS.into_iter().chain(["Exit codes:", "Environment:", "130, 143", "NO_COLOR"]) {
        assert!(help.stdout.contains(part), "{part}");
    }
    for verb in VERBS {
        check_in(&bench, &[verb, "--help"], 0, &["Usage: bowline", verb], &[]);
    }
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_wrong() {
    for (arguments, part) in [
        (&[][..], "use -p PROMPT"),
        (&["fix the parser"], "use -p PROMPT"),
        (&["udno"], "did you mean `bowline undo`?"),
        (&["--nonsense"], "--nonsense"),
        (&["undo", "--turn", "x"], "invalid value 'x'"),
        (&["-p", ""], "the prompt is empty"),
        (&["sessions"], "list"),
        (&["sessions", "rm", "last"], "takes an id"),
        (&["completions", "tcsh"], "tcsh"),
        (&["policy", "check", "--", " "], "the command line is empty"),
        (&["apply", "--hunks", "5-3"], "`5-3` runs backwards: write 3-5"),
        (&["apply", "--hunks", "0"], "numbered from 1"),
        (&["reject", "--hunks", "1,x"], "`x` is no number or range"),
        (&["--color", "sometimes", "diff"], "sometimes"),
        (&["-C", "/no/such/place", "diff"], "can't work in /no/such/place"),
        (&["-C", "/dev/null", "diff"], "not a directory"),
    ] {
        check(arguments, 2, &[], &[part]);
    }
}

#[test]
fn errors_are_one_sentence_and_a_hint() {
    let ran = Bench::new().run(&["fix it"]);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let [error, hint] = lines[..] else { panic!("{lines:?}") };
    assert!(error.starts_with("bowline: ") && hint.starts_with("hint: "), "{lines:?}");
}

#[test]
fn control_characters_of_a_name_do_not_reach_the_terminal() {
    let ran = Bench::new().run(&["-C", "/no/\u{1b}[31msuch", "diff"]);
    assert!(ran.stderr.contains("\\u{1b}") && !ran.stderr.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn a_wrong_configuration_is_named_with_its_place_and_the_nearest_key() {
    let bench = Bench::new();
    let path = bench.write_config("mode = \"edit\"\nmodle = \"openai/x\"\n");
    let place = format!("{}:2", path.display());
    for arguments in [&["config", "check"][..], &["config", "show"], &["diff"]] {
        check_in(&bench, arguments, 2, &[], &["bowline: ", &place, "modle", "`model`"]);
    }
    bench.write_config("mode = \"yolo\"\n");
    check_in(&bench, &["config", "check"], 2, &[], &["yolo"]);
    bench.write_config("mode = \n");
    check_in(&bench, &["config", "check"], 2, &[], &["config.toml:1"]);
    let path = bench.write_config("");
    let themes = path.parent().unwrap().join("themes");
    fs::create_dir(&themes).unwrap();
    fs::write(themes.join("mine.toml"), "[roles]\n\"text.dmi\" = \"red\"\n").unwrap();
    check_in(
        &bench,
        &["config", "check"],
        2,
        &[],
        &["themes/mine.toml:2: `text.dmi`", "`text.dim`"],
    );
    check_in(&bench, &["config", "show"], 0, &["theme = "], &[]);
}

#[test]
fn the_configuration_is_shown_with_its_sources() {
    let bench = Bench::new();
    let path = bench.write_config("mode = \"edit\"\n");
    check_in(&bench, &["config", "path"], 0, &[&path.display().to_string()], &[]);
    check_in(&bench, &["config", "check"], 0, &["right"], &[]);
    let source = path.display().to_string();
    check_in(&bench, &["config", "show"], 0, &["mode = \"edit\"", &source, "default"], &[]);
    let shown = bench.run(&["config", "show", "--json", "--mode", "plan"]);
    let mode = shown.stdout.lines().find(|line| line.contains(r#""key":"mode""#));
    assert!(mode.is_some_and(|line| line.contains("plan") && line.contains("--mode")), "{shown:?}");
}

#[test]
fn relative_state_directories_are_refused() {
    let bench = Bench::new();
    let output = bench.command(&["sessions", "list"]).env("BOWLINE_STATE_HOME", "here").output();
    let ran = Ran::from(output.expect("the program starts"));
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("BOWLINE_STATE_HOME"), "{ran:?}");
}

/// What a verb says where no session has ever been.
#[track_caller]
fn check_nothing_there(bench: &Bench) {
    let place = bench.directory().display().to_string();
    check_in(bench, &["sessions", "list"], 0, &["no sessions", &place], &[]);
    check_in(bench, &["sessions", "list", "--all"], 0, &["There are no sessions."], &[]);
    check_in(bench, &["sessions", "list", "--json"], 0, &[], &[]);
    check_in(bench, &["sessions", "show", "last"], 2, &[], &["no session in"]);
    check_in(bench, &["sessions", "export", "0199aaaa"], 2, &[], &["no session 0199aaaa"]);
    check_in(bench, &["fork", "0199aaaa"], 2, &[], &["no session 0199aaaa"]);
    check_in(bench, &["diff"], 0, &[], &["no proposed changes in", &place]);
    check_in(bench, &["diff", "--json"], 0, &[r#""files":[]"#], &[]);
    check_in(bench, &["diff", "0199aaaa"], 2, &[], &["no session and no change set 0199aaaa"]);
    check_in(bench, &["apply"], 1, &[], &["no proposed changes in", &place]);
    check_in(bench, &["reject", "--hunks", "1"], 1, &[], &["no proposed changes in", &place]);
    check_in(bench, &["undo"], 1, &[], &["nothing to undo in", &place]);
    check_in(bench, &["undo", "--list"], 0, &["nothing to undo"], &[]);
    check_in(bench, &["redo"], 1, &[], &["nothing to redo in", &place]);
    check_in(bench, &["redo", "--list", "--json"], 0, &[], &[]);
    assert!(!bench.state_directory().exists(), "looking made something on disk");
}

#[test]
fn where_nothing_is_yet_that_is_said() {
    let empty = Bench::new();
    check_nothing_there(&empty);
    let repository = Bench::new();
    git2::Repository::init(repository.directory()).unwrap();
    check_nothing_there(&repository);
    let bare = Bench::new();
    git2::Repository::init_bare(bare.directory()).unwrap();
    check_nothing_there(&bare);
}

#[test]
fn the_policy_is_told_without_running_anything() {
    let bench = Bench::new();
    check_in(&bench, &["policy", "check", "--", "ls"], 0, &["allow", "review"], &[]);
    let touch = ["policy", "check", "--json", "--", "touch made"];
    check_in(&bench, &touch, 0, &[r#""verdict":"ask""#, r#""reason":""#], &[]);
    assert!(!bench.directory().join("made").exists());
    check_in(&bench, &["policy", "check", "--mode", "plan", "touch x"], 0, &["deny"], &[]);
}

#[test]
fn completions_and_the_manual_are_made_from_the_command_line_itself() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        check(&["completions", shell], 0, &["sessions", "output-last-message"], &[]);
    }
    check(&["man"], 0, &[".TH bowline", "Exit codes", ".TH bowline-sessions-export"], &[]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::new();
    let mut command = bench.command(&["man"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_program_works_below_a_directory_given_by_name() {
    let bench = Bench::new();
    fs::create_dir(bench.directory().join("inner")).unwrap();
    let inner = Path::new("inner");
    let place = bench.directory().join(inner).display().to_string();
    check_in(&bench, &["-C", "inner", "sessions", "list"], 0, &[&place], &[]);
}
