//! Places where things are missing or broken: what happens is said, and nothing is lost.
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::Stdio,
};

use super::{CHAT, Desk, RESPONSES, call, chat, free, responses, running::Running};
use crate::{
    cli::Ran,
    support::{server::Answer, speech::Said},
};

fn hi() -> Vec<Answer> {
    chat([&[Said::Text("Hi.")]])
}

#[test]
fn a_state_directory_that_cannot_be_written_is_said_before_anything_is_sent() {
    let desk = Desk::new(hi());
    // A file stands where the directory should be: that stops a superuser too.
    fs::write(desk.bench.state_directory(), "").unwrap();
    let ran = desk.ends(&["-p", "hi", "-m", CHAT], 1);
    let state = desk.bench.state_directory();
    assert!(ran.stderr.contains(state.to_str().unwrap()), "{ran:?}");
    assert!(ran.stderr.contains("--ephemeral"), "{ran:?}");
    assert_eq!(desk.server.requests().len(), 0);
    assert_eq!(desk.ends(&["-p", "hi", "-m", CHAT, "--ephemeral"], 0).stdout, "Hi.\n");
}

#[test]
fn a_home_is_needed_only_where_something_is_kept() {
    let run = |desk: &Desk, more: &[&str]| {
        let mut command = desk.command(&[&["-p", "hi", "-m", RESPONSES], more].concat());
        command.env_remove("HOME").env_remove("BOWLINE_CONFIG_HOME");
        Ran::from(command.env_remove("BOWLINE_STATE_HOME").output().unwrap())
    };
    let desk = Desk::new(responses([&[Said::Text("Hi.")]]));
    let ran = run(&desk, &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("BOWLINE_STATE_HOME"), "{ran:?}");
    let ran = run(&desk, &["--ephemeral"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Hi.\n"), "{}", ran.stderr);
}

#[test]
fn a_reader_that_goes_away_interrupts_the_turn() {
    let wait_for_file = r#"{"command":"until test -e go; do sleep 0.01; done"}"#;
    // The next request may have gone out before it is known.
    let whole: &[Said] = &[Said::Text("Whole.")];
    let desk = Desk::new(chat([&[call("c1", "run", wait_for_file)], whole, whole]));
    let mut command = desk.command(&free(CHAT, "go", &["--json"]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("in_progress")));
    drop(lines);
    fs::write(desk.path("go"), "").unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(1), "a broken turn is told as a good one: {ran:?}");
    assert!(ran.stderr.contains("nobody reads what happens"), "{ran:?}");
    desk.ends(&free(CHAT, "go on", &["--resume", "last"]), 0);
}

#[test]
fn without_a_reader_no_turn_begins() {
    let desk = Desk::new([]);
    let (_, closed) = std::io::pipe().unwrap();
    let mut command = desk.command(&["-p", "go", "-m", CHAT, "--json"]);
    let ran = Ran::from(command.stdout(closed).output().unwrap());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(desk.server.requests().len(), 0);
}

#[test]
fn a_reader_that_goes_away_loses_no_work() {
    let desk = Desk::new(chat([
        &[call("c1", "write", r#"{"path":"made.txt","content":"made\n"}"#)],
        &[Said::Text("Made.")],
    ]));
    let mut command = desk.command(&free(CHAT, "go", &["-o", "answer.txt"]));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    child.wait_with_output().unwrap();
    assert_eq!((desk.text("made.txt"), desk.text("answer.txt")), ("made\n".into(), "Made.".into()));
    assert!(desk.ends(&["sessions", "show", "last"], 0).stdout.contains("Made."));
}

#[test]
fn a_terminal_that_can_do_nothing_gets_plain_text() {
    let desk =
        Desk::new(chat([&[Said::Thought("\u{1b}[31mred"), Said::Text("a\u{1b}]0;b\u{7}c")]]));
    let mut command = desk.command(&["-p", "hi", "-m", CHAT]);
    let ran = Ran::from(command.env("TERM", "dumb").output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
    // To a pipe the answer goes as it is.
    assert_eq!(ran.stdout, "a\u{1b}]0;b\u{7}c\n");
}

#[test]
fn a_workspace_that_is_none_is_refused() {
    let desk = Desk::new(hi()).file("file.txt", "");
    let ran = desk.ends(&["-p", "hi", "-m", CHAT, "-C", "file.txt"], 2);
    assert!(ran.stderr.contains("not a directory"), "{ran:?}");

    let gone = desk.path("gone");
    fs::create_dir(&gone).unwrap();
    let mut shell = in_shell(&desk, "cd gone && rmdir ../gone && exec \"$0\" -p hi -m gw/test");
    let ran = Ran::from(shell.output().unwrap());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("current directory"), "{ran:?}");
    assert_eq!(desk.server.requests().len(), 0);
}

/// A shell with the environment of the program, which it has as `$0`.
#[expect(clippy::disallowed_methods, reason = "a test of the built program has to start it")]
fn in_shell(desk: &Desk, line: &str) -> std::process::Command {
    let mut shell = std::process::Command::new("/bin/sh");
    shell.env_clear().current_dir(desk.bench.directory()).stdin(Stdio::null());
    let program = desk.command(&[]);
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.arg("-c").arg(line).arg(program.get_program());
    shell
}

#[test]
fn it_works_in_a_bare_repository_and_in_a_directory_that_is_read_only() {
    let desk = Desk::new(hi());
    git2::Repository::init_bare(desk.bench.directory()).unwrap();
    assert_eq!(desk.ends(&["-p", "hi", "-m", CHAT], 0).stdout, "Hi.\n");

    let desk = Desk::new(chat([
        &[call("c1", "write", r#"{"path":"made.txt","content":"made\n"}"#)],
        &[Said::Text("It can't be written.")],
    ]));
    fs::set_permissions(desk.bench.directory(), fs::Permissions::from_mode(0o555)).unwrap();
    desk.ends(&free(CHAT, "go", &[]), 0);
    fs::set_permissions(desk.bench.directory(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_command_does_not_see_the_keys_and_reads_no_input() {
    let desk = Desk::new(chat([
        &[call("c1", "run", r#"{"command":"env; cat"}"#)],
        &[Said::Text("Done.")],
    ]));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(writer);
    let mut command = desk.command(&free(CHAT, "go", &[]));
    command.stdin(reader);
    let ran = Running::start(command).end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let body = desk.body(1);
    assert!(
        body.contains("PATH=") && !body.contains("canary") && !body.contains("GW_KEY"),
        "{body}"
    );
}
