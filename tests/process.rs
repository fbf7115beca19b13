//! Commands: what they get, what they leave, and that nothing of them is left.
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bowline::{
    process::{Exit, Finished, Shell, ShellSettings},
    protocol::CommandLine,
    redact::{Redactor, Secret},
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_millis(300);

fn settings() -> ShellSettings {
    let environment = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", "/nowhere")];
    ShellSettings {
        environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        grace: GRACE,
        ..ShellSettings::default()
    }
}

fn line(text: &str, directory: &Path) -> CommandLine {
    CommandLine { text: text.to_owned(), directory: directory.to_owned() }
}

async fn run_with(
    settings: ShellSettings,
    text: &str,
    directory: &Path,
    timeout: Duration,
) -> Finished {
    let shell = Shell::new(settings);
    let cancel = CancellationToken::new();
    shell.run(&line(text, directory), timeout, &cancel, &mut |_| {}).await.unwrap()
}

async fn run(text: &str) -> Finished {
    run_with(settings(), text, &std::env::temp_dir(), LONG).await
}

/// Commands that would outlive a careless end. Each writes the ids of its processes to a file named `ids`.
const SURVIVORS: [&str; 7] = [
    "echo $$ >>ids; sleep 1000",
    "trap '' TERM; echo $$ >>ids; while :; do sleep 1000 & echo $! >>ids; wait; done",
    "setsid sh -c 'echo $$ >>ids; sleep 1000'; true",
    "(setsid sh -c 'trap \"\" TERM HUP; echo $$ >>ids; sleep 1000 & echo $! >>ids; wait; wait' >/dev/null 2>&1 &); sleep 1000",
    "(sh -c 'sh -c \"echo \\$\\$ >>ids; exec sleep 1000\" &' &); sleep 1000",
    "nohup sleep 1000 & echo $! >>ids; wait",
    "sleep 1000 | cat & for i in 1 2 3; do sh -c 'echo $$ >>ids; exec setsid sleep 1000' & done; wait",
];

/// Nothing of the processes is left, not even an exit status to wait for.
fn check_all_gone(directory: &Path) {
    let ids = std::fs::read_to_string(directory.join("ids")).unwrap();
    assert!(!ids.is_empty());
    for id in ids.lines() {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"));
        assert!(stat.is_err(), "left behind: {stat:?}");
    }
}

async fn ids_written(directory: &Path) {
    let deadline = Instant::now() + LONG;
    while std::fs::read(directory.join("ids")).map_or(0, |ids| ids.len()) == 0 {
        assert!(Instant::now() < deadline, "the command did not start");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_command_ends_as_it_says() {
    for (text, exit, output) in [
        ("echo hi", Exit::Code(0), "hi\n"),
        ("exit 3", Exit::Code(3), ""),
        ("kill -9 $$", Exit::Signal(9), ""),
        ("echo a; echo b >&2; echo c", Exit::Code(0), "a\nb\nc\n"),
        ("cat; echo end", Exit::Code(0), "end\n"),
        ("printf 'a\\377b'", Exit::Code(0), "a\u{fffd}b"),
        ("no-such-program-at-all 2>/dev/null", Exit::Code(127), ""),
    ] {
        let finished = run(text).await;
        assert_eq!(finished.exit, exit, "{text}");
        assert_eq!((finished.output.as_str(), finished.whole), (output, None), "{text}");
    }
}

#[tokio::test]
async fn a_command_runs_where_it_is_told() {
    let directory = TempDir::new().unwrap();
    let place = directory.path().canonicalize().unwrap();
    let finished = run_with(settings(), "pwd -P; echo $PWD", &place, LONG).await;
    let shown = place.display();
    assert_eq!(finished.output, format!("{shown}\n{shown}\n"));

    let missing = place.join("missing");
    let shell = Shell::new(settings());
    let error = shell
        .run(&line("true", &missing), LONG, &CancellationToken::new(), &mut |_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains(&missing.display().to_string()), "{error}");
}

#[tokio::test]
async fn secrets_and_programs_of_the_workspace_stay_out() {
    let root = TempDir::new().unwrap();
    let startup = root.path().join("startup");
    std::fs::write(&startup, "echo started").unwrap();
    let fake = root.path().join("ls");
    std::fs::write(&fake, "#!/bin/sh\necho fake").unwrap();
    std::fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let environment = [
        ("PATH", format!("{}:.:/usr/bin:/bin", root.path().display())),
        ("HOME", root.path().display().to_string()),
        ("OPENAI_API_KEY", "value-of-a-key".to_owned()),
        ("MY_SETTING", "kept-setting".to_owned()),
        ("BASH_ENV", startup.display().to_string()),
        ("ENV", startup.display().to_string()),
    ];
    let settings = ShellSettings {
        environment: environment.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        keep: ["MY_SETTING", "OPENAI_API_KEY", "BASH_ENV", "ENV"].map(ToOwned::to_owned).to_vec(),
        roots: vec![root.path().to_owned()],
        ..settings()
    };
    let finished = run_with(settings, "env; ls", root.path(), LONG).await;
    let output = finished.output;
    for absent in ["value-of-a-key", "started", "fake"] {
        assert!(!output.contains(absent), "{absent} in {output}");
    }
    for present in
        ["MY_SETTING=kept-setting", "GIT_TERMINAL_PROMPT=0", "EDITOR=false", "PATH=/usr/bin:/bin\n"]
    {
        assert!(output.contains(present), "{present} not in {output}");
    }
}

#[tokio::test]
async fn long_output_is_cut_and_kept() {
    let settings = ShellSettings { output_limit: 1000, whole_limit: 100_000, ..settings() };
    let finished = run_with(settings, "seq 1 10000", &std::env::temp_dir(), LONG).await;
    let all: String = (1..=10_000).map(|number| format!("{number}\n")).collect();
    assert!(finished.output.len() <= 1000, "{}", finished.output.len());
    assert!(finished.output.starts_with("1\n2\n") && finished.output.ends_with("\n9999\n10000\n"));
    assert!(finished.output.contains("bytes cut"));
    assert_eq!(finished.whole.unwrap(), all.as_bytes());
}

#[tokio::test]
async fn output_is_told_while_it_comes() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().to_owned();
    let mut told = String::new();
    let shell = Shell::new(settings());
    // The command goes on only once its first output was seen.
    let text = "echo first; until [ -e seen ]; do sleep 0.01; done; echo second";
    let finished = shell
        .run(&line(text, directory.path()), LONG, &CancellationToken::new(), &mut |piece| {
            told.push_str(piece);
            std::fs::write(path.join("seen"), "").unwrap();
        })
        .await
        .unwrap();
    assert_eq!((finished.exit, told.as_str()), (Exit::Code(0), "first\nsecond\n"));
    assert_eq!(told, finished.output);
}

#[tokio::test]
async fn a_flood_of_output_ends_in_time() {
    let started = Instant::now();
    let timeout = Duration::from_millis(500);
    let finished = run_with(settings(), "yes", &std::env::temp_dir(), timeout).await;
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(finished.output.len() <= 30_000 && finished.whole.unwrap().len() <= 16 << 20);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_time_out_ends_everything() {
    for text in SURVIVORS {
        let directory = TempDir::new().unwrap();
        let finished =
            run_with(settings(), text, directory.path(), Duration::from_millis(400)).await;
        assert_eq!(finished.exit, Exit::TimedOut, "{text}");
        assert!(finished.duration < Duration::from_secs(20), "{text}: {:?}", finished.duration);
        check_all_gone(directory.path());
    }
}

#[tokio::test]
async fn an_interrupt_ends_everything() {
    for text in SURVIVORS {
        let directory = TempDir::new().unwrap();
        let cancel = CancellationToken::new();
        let shell = Shell::new(settings());
        let line = line(text, directory.path());
        let mut ignore = |_: &str| {};
        let run = shell.run(&line, LONG, &cancel, &mut ignore);
        let interrupt = async {
            ids_written(directory.path()).await;
            cancel.cancel();
        };
        let (finished, ()) = tokio::join!(run, interrupt);
        assert_eq!(finished.unwrap().exit, Exit::Interrupted, "{text}");
        check_all_gone(directory.path());
    }
}

#[tokio::test]
async fn a_command_that_was_cancelled_before_does_not_start() {
    let directory = TempDir::new().unwrap();
    let cancel = CancellationToken::new();
    cancel.cancel();
    let shell = Shell::new(settings());
    let finished =
        shell.run(&line("touch x", directory.path()), LONG, &cancel, &mut |_| {}).await.unwrap();
    assert_eq!(finished.exit, Exit::Interrupted);
    assert!(!directory.path().join("x").exists());
}

#[tokio::test]
async fn whoever_stops_waiting_leaves_nothing_behind() {
    for text in SURVIVORS {
        let directory = TempDir::new().unwrap();
        let cancel = CancellationToken::new();
        let shell = Shell::new(settings());
        let line = line(text, directory.path());
        let mut ignore = |_: &str| {};
        tokio::select! {
            biased;
            _ = shell.run(&line, LONG, &cancel, &mut ignore) => panic!("it runs on"),
            () = ids_written(directory.path()) => {}
        }
        check_all_gone(directory.path());
    }
}

#[tokio::test]
async fn what_a_command_leaves_behind_ends_with_it() {
    for text in [
        "sleep 1000 & echo $! >ids",
        "(trap '' TERM; sleep 1000) & echo $! >ids",
        "setsid sleep 1000 & echo $! >ids",
        "setsid -f sh -c 'echo $$ >ids; exec sleep 1000' >/dev/null 2>&1; until [ -s ids ]; do :; done",
        "(setsid sh -c 'trap \"\" TERM; echo $$ >ids; sleep 1000; sleep 1000' &); until [ -s ids ]; do :; done",
        "sh -c '(true; exec true) & echo $! >ids' & wait",
    ] {
        let directory = TempDir::new().unwrap();
        let started = Instant::now();
        let finished = run_with(settings(), text, directory.path(), LONG).await;
        assert_eq!(finished.exit, Exit::Code(0), "{text}");
        assert!(started.elapsed() < Duration::from_secs(10), "{text}: {:?}", started.elapsed());
        check_all_gone(directory.path());
    }
}

#[tokio::test]
async fn what_ends_by_itself_is_let() {
    let directory = TempDir::new().unwrap();
    let text = "echo a > >(sleep 0.02; cat >late; echo $(cat late) told)";
    let settings = ShellSettings { program: "/bin/bash".into(), ..settings() };
    if !settings.program.exists() {
        println!("skipped: there is no bash");
        return;
    }
    let finished = run_with(settings, text, directory.path(), LONG).await;
    assert_eq!((finished.exit, finished.output.as_str()), (Exit::Code(0), "a told\n"));
}

#[tokio::test]
async fn what_takes_off_its_mark_ends_with_the_last_command() {
    let directory = TempDir::new().unwrap();
    let text = "env -i /usr/bin/setsid -f /bin/sh -c 'echo $$ >ids; exec sleep 1000'; until [ -s ids ]; do :; done";
    run_with(settings(), text, directory.path(), LONG).await;
    // Other tests run commands at the same time: the last of them ends it.
    let id = std::fs::read_to_string(directory.path().join("ids")).unwrap();
    let deadline = Instant::now() + LONG;
    while Path::new(&format!("/proc/{}", id.trim())).exists() {
        assert!(Instant::now() < deadline, "left behind");
        run("true").await;
    }
}

#[tokio::test]
async fn commands_side_by_side_leave_each_other_alone() {
    let one = run("sleep 0.3; echo one");
    let other = run("for i in 1 2 3 4 5; do (setsid true &); done; sleep 1000 & echo other");
    let (one, other) = tokio::join!(one, other);
    assert_eq!((one.exit, one.output.as_str()), (Exit::Code(0), "one\n"));
    assert_eq!((other.exit, other.output.as_str()), (Exit::Code(0), "other\n"));
}

#[tokio::test]
async fn secrets_of_this_process_are_taken_out_of_what_a_command_prints() {
    let secret = Secret::new("canary-0123456789".to_owned());
    let redactor = Arc::new(Redactor::new([secret]));
    let settings = ShellSettings { redactor, output_limit: 1000, ..settings() };
    let text = "for i in $(seq 50); do echo canary-0123456789 is not for the model; done";
    let finished = run_with(settings, text, &std::env::temp_dir(), LONG).await;
    assert!(finished.output.contains("[redacted] is not"), "{}", finished.output);
    assert!(!finished.output.contains("canary-0123456789"), "{}", finished.output);
    let whole = String::from_utf8(finished.whole.unwrap()).unwrap();
    assert!(!whole.contains("canary-0123456789"), "{whole}");
}
