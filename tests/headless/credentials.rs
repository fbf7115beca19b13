//! Keys that are not in a variable: where they are found, and where they never appear.
use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use bowline::backend::Kind;

use super::{CHAT, Desk, KEY, call, chat, free, snapshot};
use crate::{
    cli::Ran,
    support::{
        server::Answer,
        speech::{Protocol, Said},
    },
};

/// Printed where the service takes another.
const STALE: &str = "sk-stale-fedcba9876543210";

/// A program beside the workspace, written in shell.
fn program(desk: &Desk, name: &str, lines: &str) -> PathBuf {
    let path = desk.bench.directory().parent().unwrap().join("bin").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}

/// The one backend has its key by a command, another by a variable.
fn with_command(desk: &Desk, command: &[&str]) {
    let url = desk.server.base_url();
    desk.bench.write_config(&format!(
        "[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"{url}\"\nretries = 0\napi_key_command = {command:?}\n\
         [backends.other]\nkind = \"openai-chat\"\nbase_url = \"{url}\"\napi_key_env = \"GW_KEY\"\n"
    ));
}

fn run(desk: &Desk, arguments: &[&str]) -> Ran {
    let ran = Ran::from(desk.command(arguments).output().unwrap());
    assert!(!format!("{ran:?}").contains(KEY), "{ran:?}");
    assert!(!format!("{ran:?}").contains(STALE), "{ran:?}");
    ran
}

#[test]
fn a_limit_of_time_does_not_wait_for_a_key_that_nobody_gives() {
    let desk = Desk::new([]);
    with_command(&desk, &["/bin/sleep", "40"]);
    let started = Instant::now();
    let ran = run(&desk, &["-p", "go", "-m", CHAT, "--timeout", "1"]);
    assert_eq!(ran.code, Some(5), "{ran:?}");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

/// Neither in sessions nor anywhere else that the program keeps things.
#[track_caller]
fn keeps_no_key(desk: &Desk) {
    for (path, bytes) in snapshot(&desk.bench.state_directory()) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(KEY) && !text.contains(STALE), "{}: {text}", path.display());
    }
}

#[test]
fn a_command_gives_the_key_and_is_asked_again_when_that_is_refused() {
    let look = call("c1", "run", r#"{"command":"cat leak"}"#);
    let desk = Desk::new(chat([&[look], &[Said::Text("Done.")]]));
    let desk = desk.file("leak", &format!("{KEY} and {STALE}"));
    let seen = desk.bench.directory().parent().unwrap().join("seen");
    let lines = format!(
        "env > {seen}; pwd >> {seen}; if [ -e {seen}.once ]; then echo '{KEY}'; else : > {seen}.once; echo '{STALE}'; fi; echo \"$1\" > {seen}.argument",
        seen = seen.display()
    );
    let key = program(&desk, "key", &lines);
    with_command(&desk, &[key.to_str().unwrap(), "a; touch b"]);
    let ran = run(&desk, &free(CHAT, "go", &[]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Done.\n"), "{ran:?}");
    assert!(ran.stderr.contains("it is sent again with new credentials"), "{ran:?}");
    let told = desk.body(2);
    assert!(told.contains("[redacted] and [redacted]") && !told.contains(STALE), "{told}");
    let keys: Vec<_> =
        desk.server.requests().iter().map(|it| it.headers["authorization"].clone()).collect();
    let (stale, right) = (format!("Bearer {STALE}"), format!("Bearer {KEY}"));
    assert_eq!(keys, [&stale, &right, &right].map(String::as_str));
    let surroundings = fs::read_to_string(&seen).unwrap();
    assert!(!surroundings.contains("canary"), "{surroundings}");
    assert!(surroundings.contains("HOME=") && surroundings.ends_with("\n/\n"), "{surroundings}");
    assert_eq!(fs::read_to_string(format!("{}.argument", seen.display())).unwrap(), "a; touch b\n");
    keeps_no_key(&desk);
}

#[test]
fn a_command_that_gives_no_key_is_told_with_its_own_words() {
    let desk = Desk::new([]);
    for (lines, expected) in [
        (
            r"printf 'gpg: \033[31mno secret key\n%0500d' 1 | sed s/0*// >&2; exit 2",
            "gw: api_key_command (`",
        ),
        ("echo gpg: no pinentry >&2; exit 2", "gave no key: exit code 2: gpg: no pinentry; run `"),
        ("exit 0", "gave no key: it printed nothing"),
        ("echo one; echo two", "it printed 2 lines, and a key is one"),
        ("kill -9 $$", "signal 9"),
        ("head -c 70000 /dev/zero | tr '\\0' x", "gave more than 65 kB"),
    ] {
        let key = program(&desk, "key", lines);
        with_command(&desk, &[key.to_str().unwrap()]);
        let ran = run(&desk, &["-p", "go", "-m", CHAT]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(
            ran.stderr.contains(expected) && !ran.stderr.contains('\u{1b}'),
            "{lines}: {ran:?}"
        );
    }
    with_command(&desk, &["no-such-program"]);
    let ran = run(&desk, &["-p", "go", "-m", CHAT]);
    assert!(ran.stderr.contains("it was not found; install it"), "{ran:?}");
    assert_eq!(desk.server.requests().len(), 0);
}

/// A repository may bring a program of the name along.
#[test]
fn the_command_is_not_looked_up_in_the_workspace() {
    let desk = Desk::new([]).file("pass", "#!/bin/sh\ntouch ran; echo key");
    fs::set_permissions(desk.path("pass"), fs::Permissions::from_mode(0o700)).unwrap();
    with_command(&desk, &["pass"]);
    let mut command = desk.command(&["-p", "go", "-m", CHAT]);
    command.env("PATH", format!("{}:.:/nowhere", desk.bench.directory().display()));
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("it was not found") && !desk.path("ran").exists(), "{ran:?}");
}

/// Azure without a key, as `az` lets in.
#[test]
fn the_doctor_says_whose_token_it_is_and_a_turn_goes_by_it() {
    let desk = Desk::new([Answer::reply(Protocol::Responses, &[Said::Text("Done.")])]);
    let log = desk.bench.directory().parent().unwrap().join("az.log");
    // {"upn":"ada@example.com","tid":"t-1"}
    let token =
        "eyJhbGciOiJub25lIn0.eyJ1cG4iOiJhZGFAZXhhbXBsZS5jb20iLCJ0aWQiOiJ0LTEifQ.c2lnbmF0dXJl";
    let lines = format!(
        "echo \"$*\" >> {log}; env >> {log}; echo '{{\"accessToken\":\"{token}\",\"expires_on\":4102444800}}'",
        log = log.display()
    );
    let bin = program(&desk, "az", &lines).parent().unwrap().to_owned();
    let command = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command.env("AZURE_OPENAI_ENDPOINT", desk.server.base_url_of(Kind::Azure));
        command.env("AZURE_TENANT_ID", "t-1").env("AZURE_CLIENT_SECRET", KEY);
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        let ran = Ran::from(command.output().unwrap());
        assert!(!format!("{ran:?}").contains("c2lnbmF0dXJl"), "{ran:?}");
        ran
    };
    let ran = command(&["doctor", "azure"]);
    for expected in ["from `az`", "ada@example.com, tenant t-1", "2100-01-01T00:00:00Z"] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    let ran = command(&["doctor", "azure", "--json"]);
    assert!(ran.stdout.contains(r#""identity":"ada@example.com, tenant t-1""#), "{ran:?}");
    // Another backend's turn needs none.
    fs::remove_file(&log).unwrap();
    command(&["-p", "go", "-m", "gemini/none"]);
    assert!(!log.exists());

    let ran = command(&["-p", "go", "-m", "azure/ours"]);
    let sent = desk.server.requests();
    let sent = &sent.last().unwrap().headers["authorization"];
    assert_eq!(sent, &format!("Bearer {token}"), "{ran:?}");
    let told = fs::read_to_string(&log).unwrap();
    let line =
        "account get-access-token --output json --resource https://ai.azure.com --tenant t-1\n";
    assert!(told.starts_with(line) && !told.contains("canary"), "{told}");
    for (path, bytes) in snapshot(&desk.bench.state_directory()) {
        assert!(!String::from_utf8_lossy(&bytes).contains(token), "{}", path.display());
    }
}

/// A login through a pipe.
fn log_in(desk: &Desk, arguments: &[&str], typed: &str, variable: Option<&str>) -> Ran {
    let mut command = desk.command(arguments);
    command
        .env_remove("GW_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(variable) = variable {
        command.env("GW_KEY", variable);
    }
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    let told = format!("{ran:?}");
    assert!(!told.contains(KEY) && !told.contains(STALE), "{ran:?}");
    ran
}

fn without_variable(desk: &Desk, arguments: &[&str]) -> Ran {
    Ran::from(desk.command(arguments).env_remove("GW_KEY").output().unwrap())
}

#[test]
fn a_login_keeps_a_key_that_works_and_a_logout_forgets_it() {
    let desk = Desk::new(chat([&[Said::Text("Done.")]]));
    desk.server.offer(&["m"]);
    let file = desk.bench.state_directory().join("credentials.json");
    let ran = without_variable(&desk, &["-p", "go", "-m", CHAT]);
    assert!(ran.stderr.contains("set GW_KEY, or run `bowline login gw`"), "{ran:?}");

    let ran = log_in(&desk, &["login", "gw"], &format!("{STALE}\n"), None);
    assert!(ran.code == Some(3) && ran.stderr.contains("nothing is kept"), "{ran:?}");
    for (typed, expected) in
        [("", "no key was given"), ("\n", "that is no key"), ("a\u{1}b", "that is no key")]
    {
        let ran = log_in(&desk, &["login", "gw"], typed, None);
        assert!(ran.code == Some(2) && ran.stderr.contains(expected), "{ran:?}");
    }
    let ran = without_variable(&desk, &["login", "gx"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("no backend is named `gx`"), "{ran:?}");
    assert!(!file.exists());

    let ran = log_in(&desk, &["login", "gw"], &format!("  {KEY}\r\n"), None);
    assert!(ran.code == Some(0) && ran.stdout.contains("; it was accepted."), "{ran:?}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let ran = without_variable(&desk, &["-p", "go", "-m", CHAT]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Done.\n"), "{ran:?}");
    let ran = without_variable(&desk, &["doctor", "gw"]);
    assert!(ran.stdout.contains("from `bowline login` (/"), "{ran:?}");

    // A variable goes before it, and that is told.
    let ran = log_in(&desk, &["login", "gw", "--no-check"], STALE, Some(KEY));
    let told = "backend `gw` has its key from GW_KEY, and the one of `bowline login` is not used";
    assert!(ran.stdout.contains(told), "{ran:?}");

    let ran = without_variable(&desk, &["logout", "gw"]);
    assert!(ran.code == Some(0) && !file.exists(), "{ran:?}");
    let ran = without_variable(&desk, &["logout", "gw"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("no key is kept for `gw`"), "{ran:?}");
}

#[test]
fn a_kept_key_goes_nowhere_else_and_is_not_read_where_others_can() {
    let desk = Desk::new([]);
    for (name, key) in [("gw", KEY), ("openai", STALE)] {
        log_in(&desk, &["login", name, "--no-check"], key, None);
    }
    let elsewhere = "backends.gw.base_url=\"http://127.0.0.1:9/v1\"";
    let ran = without_variable(&desk, &["doctor", "gw", "-c", elsewhere]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let here = desk.server.base_url();
    let told = format!(
        "the key that is kept for backend `gw` was given for another address, {here}, and is not sent to http://127.0.0.1:9/v1; \
         `bowline login gw` keeps one for it"
    );
    assert!(ran.stdout.contains(&told), "{ran:?}");
    // A turn that fails for it says so, with and without a variable that could hold the key.
    let ran = without_variable(&desk, &["-p", "go", "-m", CHAT, "-c", elsewhere]);
    assert!(
        ran.code == Some(3) && ran.stderr.contains("gw needs a key: set GW_KEY, or run"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains(&told), "{ran:?}");
    desk.bench.write_config(&format!(
        "[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"{here}/\"\nretries = 0\n\
         [backends.new]\nkind = \"openai-chat\"\nbase_url = \"{here}\"\nretries = 0\n"
    ));
    let told = format!(
        "no key was sent: the key that is kept for backend `gw` was given for another address, {here}, and"
    );
    let ran = without_variable(&desk, &["-p", "go", "-m", CHAT]);
    assert!(ran.code == Some(3) && ran.stderr.contains(&told), "{ran:?}");
    let ran = without_variable(&desk, &["-p", "go", "-m", "new/test"]);
    let told = "no key was sent: name its variable in backends.new.api_key_env, or run `bowline login new`";
    assert!(ran.code == Some(3) && ran.stderr.contains(told), "{ran:?}");
    desk.configure("");

    let file = desk.bench.state_directory().join("credentials.json");
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let ran = without_variable(&desk, &["doctor", "gw"]);
        assert!(
            ran.code == Some(3) && ran.stdout.contains("run `chmod 600 /"),
            "{mode:o}: {ran:?}"
        );
        let ran = log_in(&desk, &["login", "gw", "--no-check"], KEY, None);
        assert!(ran.code != Some(0) && ran.stderr.contains("others may read"), "{ran:?}");
    }
    // One that is forgotten leaves the other.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    without_variable(&desk, &["logout", "gw"]);
    let left = fs::read_to_string(&file).unwrap();
    assert!(left.contains(STALE) && !left.contains(KEY), "{left}");
}
