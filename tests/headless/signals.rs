//! SIGINT and SIGTERM: the turn ends soon and whole, what it started is gone, and the session goes on.
use std::io::Write;

use rustix::process::Signal;
use serde_json::Value;

use super::{
    CHAT, Desk, RESPONSES, call, free,
    running::{Running, completed, events, is_alive, wait, wait_for_numbers},
};
use crate::support::{
    server::{Answer, Step},
    speech::{self, Protocol, Said},
};

const SIGNALS: [(Signal, i32); 2] = [(Signal::INT, 130), (Signal::TERM, 143)];
const WIRES: [(Protocol, &str); 2] = [(Protocol::Chat, CHAT), (Protocol::Responses, RESPONSES)];

fn is_interrupted(events: &[Value]) -> bool {
    let last = events.last().unwrap();
    last["type"] == "turn.failed" && last["error"]["code"] == "interrupted"
}

#[test]
fn a_running_command_goes_with_all_its_children() {
    // The second child ignores what can be ignored.
    let sleepers = r#"{"command":"echo begun; sleep 100 & echo $! > pids; sh -c 'trap \"\" INT TERM; echo $$ >> pids; while :; do sleep 100; done' & wait"}"#;
    for ((signal, code), (protocol, model)) in SIGNALS.into_iter().zip(WIRES) {
        let said = [call("c1", "run", sleepers), call("c2", "read", r#"{"path":"pids"}"#)];
        let desk = Desk::new([
            Answer::reply(protocol, &said),
            Answer::reply(protocol, &[Said::Text("Gone on.")]),
        ]);
        let mut running = Running::start(desk.command(&free(model, "go", &["--json"])));
        running.wait_for_line("in_progress");
        let children = wait_for_numbers(&desk.path("pids"), 2);
        assert!(children.iter().all(|child| is_alive(*child)));
        running.signal(signal);
        let ran = running.end();
        assert_eq!(ran.code, Some(code), "{ran:?}");
        for child in children {
            wait("a child is gone", || (!is_alive(child)).then_some(()));
        }
        let events = events(&ran.stdout);
        assert!(is_interrupted(&events), "{ran:?}");
        let command = completed(&events, "command_execution")[0];
        assert_eq!(command["status"], "failed");
        assert_eq!(command["aggregated_output"], "begun\n");

        desk.ends(&free(model, "go on", &["--resume", "last"]), 0);
        let body = desk.body(1);
        for part in ["sleep 100", "begun", "interrupted before its end", "Not run", "go on"] {
            assert!(body.contains(part), "{part} is not in {body}");
        }
    }
}

#[test]
fn a_silent_model_is_not_waited_for() {
    for ((signal, code), (protocol, model)) in SIGNALS.into_iter().zip(WIRES) {
        let begun = speech::events(protocol, &[Said::Text("I begin")]);
        let mut steps: Vec<Step> =
            begun.into_iter().map(|event| Step::Piece(event.into())).collect();
        steps.truncate(steps.len() - 3);
        steps.push(Step::Hang);
        let desk = Desk::new([
            Answer::reply(protocol, &[call("c1", "read", r#"{"path":"a.txt"}"#)]),
            Answer::stream(steps),
            Answer::reply(protocol, &[Said::Text("Gone on.")]),
        ])
        .file("a.txt", "a\n");
        let mut running = Running::start(desk.command(&free(model, "go", &["--json"])));
        running.wait_for_line("item.completed");
        wait("the second request", || (desk.server.requests().len() == 2).then_some(()));
        running.signal(signal);
        let ran = running.end();
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(is_interrupted(&events(&ran.stdout)), "{ran:?}");
        wait("the server sees it go", || (desk.server.hung_up() == 1).then_some(()));
        desk.ends(&free(model, "go on", &["--resume", "last"]), 0);
        assert_eq!(desk.server.requests().len(), 3);
    }
}

#[test]
fn a_person_is_told_how_it_ended() {
    let desk = Desk::new([Answer::stream([Step::Hang])]);
    let running = Running::start(desk.command(&["-p", "go", "-m", CHAT]));
    wait("the request", || (desk.server.requests().len() == 1).then_some(()));
    running.signal(Signal::INT);
    let ran = running.end();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(130), ""), "{ran:?}");
    assert!(ran.stderr.contains("interrupted"), "{ran:?}");
}

#[test]
fn a_wait_for_standard_input_can_be_ended() {
    for (signal, code) in SIGNALS {
        let desk = Desk::new([]);
        let mut command = desk.command(&["-p", "-", "-m", CHAT, "--json"]);
        let (reader, mut writer) = std::io::pipe().unwrap();
        command.stdin(reader);
        let running = Running::start(command);
        writer.write_all(b"x").unwrap();
        // It listens for signals before it reads.
        let is_read = || rustix::io::ioctl_fionread(&writer).unwrap() == 0;
        wait("it reads", || is_read().then_some(()));
        running.signal(signal);
        let ran = running.end();
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.stdout.contains("\"type\":\"error\""), "{ran:?}");
    }
}
