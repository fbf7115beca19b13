//! The main job: read, search, edit, run, edit, run, say so; then take it all back, and bring it back.
use std::path::Path;

use pretty_assertions::assert_eq;
use serde_json::Value;

use super::{CHAT, Desk, RESPONSES, answers, call, free, snapshot};
use crate::support::{
    hosts::{HOSTS, Host},
    speech::{Protocol, Said},
};

/// Bytes that an editor would be tempted to mend: CRLF, letters beyond ASCII, no end of line at the end.
const BEFORE: &str = "# jours par année\r\nplain = 365\r\nleap = 365\r\nend";
const AFTER: &str = "# jours par année\r\nplain = 365\r\nleap = 366\r\nend";
const CHECK: &str = "grep -q 'leap = 366' src/calendar.txt || { echo 'leap is wrong'; exit 1; }\n";

fn desk(protocol: Protocol) -> Desk {
    let look = [
        Said::Thought("Look first."),
        Said::Text("I look "),
        Said::Text("first."),
        call("c1", "read", r#"{"path":"src/calendar.txt"}"#),
        call("c2", "search", r#"{"pattern":"leap = \\d+"}"#),
    ];
    let edit = [call(
        "c3",
        "edit",
        r#"{"patch":"*** Begin Patch\n*** Update File: src/calendar.txt\n@@\n plain = 365\n-leap = 365\n+leap = 367\n*** Add File: notes/why.md\n+Leap years are longer.\n*** End Patch"}"#,
    )];
    let run = [call("c4", "run", r#"{"command":"sh check.sh"}"#)];
    let again = [call(
        "c5",
        "edit",
        r#"{"path":"src/calendar.txt","old":"leap = 367","new":"leap = 366"}"#,
    )];
    let rerun = [call("c6", "run", r#"{"command":"sh check.sh"}"#)];
    let done = [Said::Text("Leap years have 366 days.")];
    Desk::new(answers(protocol, [&look, &edit, &run, &again, &rerun, &done]))
        .file("src/calendar.txt", BEFORE)
        .file("check.sh", CHECK)
}

/// Does the job in a workspace as it is, and takes it back.
#[track_caller]
fn check_job(desk: &Desk, model: &str) {
    let ran = desk.ends(&free(model, "leap years are wrong", &[]), 0);
    assert_eq!(ran.stdout, "Leap years have 366 days.\n");
    for part in ["I look first.", "$ sh check.sh", "exit code 1", "+leap = 367", "6 requests"] {
        assert!(ran.stderr.contains(part), "{part} is not in {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("Leap years have 366 days."), "{}", ran.stderr);
    assert_eq!(desk.server.requests().len(), 6);
    for (request, part) in [(1, "leap = 365"), (3, "leap is wrong"), (3, "exit code 1")] {
        assert!(desk.body(request).contains(part), "{part}: {}", desk.body(request));
    }
    check_files(desk, AFTER, Some("Leap years are longer.\n"));

    desk.ends(&["undo", "--turn"], 0);
    check_files(desk, BEFORE, None);
    assert!(!desk.path("notes").exists());
    desk.ends(&["redo"], 0);
    check_files(desk, AFTER, Some("Leap years are longer.\n"));
}

#[track_caller]
fn check_files(desk: &Desk, calendar: &str, why: Option<&str>) {
    assert_eq!(desk.text("src/calendar.txt"), calendar);
    assert_eq!(std::fs::read_to_string(desk.path("notes/why.md")).ok().as_deref(), why);
    assert_eq!(desk.text("check.sh"), CHECK);
}

/// With a backend `of-test` that is the host.
fn desk_at(host: &Host) -> Desk {
    let desk = desk(host.protocol);
    desk.configure(&format!(
        "[backends.of-test]\nkind = \"{}\"\nbase_url = \"{}\"\napi_key_env = \"GW_KEY\"\n{}",
        host.kind.as_str(),
        desk.server.base_url_of(host.kind),
        host.more_configuration()
    ));
    desk
}

/// What differs from run to run, taken out.
fn comparable(mut event: Value) -> Value {
    const OF_THE_RUN: [&str; 4] = ["thread_id", "id", "change_set", "usage"];
    match &mut event {
        Value::Object(members) => {
            members.retain(|name, _| !OF_THE_RUN.contains(&name.as_str()));
            members.values_mut().for_each(|member| *member = comparable(member.take()));
        }
        Value::Array(list) => list.iter_mut().for_each(|item| *item = comparable(item.take())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    event
}

#[test]
fn one_conversation_has_the_same_events_on_every_host() {
    let mut first: Option<Vec<Value>> = None;
    for host in &HOSTS {
        let desk = desk_at(host);
        let model = format!("of-test/{}", host.model);
        let ran = desk.ends(&free(&model, "leap years are wrong", &["--json"]), 0);
        let directory = desk.bench.directory().canonicalize().unwrap();
        let said = ran.stdout.replace(directory.to_str().unwrap(), "HERE");
        let events = said.lines().map(|line| comparable(serde_json::from_str(line).unwrap()));
        let events: Vec<Value> = events.collect();
        check_files(&desk, AFTER, Some("Leap years are longer.\n"));
        let first = first.get_or_insert_with(|| events.clone());
        assert_eq!(events, *first, "{:?}", host.kind);
    }
    assert!(first.is_some_and(|events| events.len() > 12));
}

#[test]
fn it_is_done_on_every_host() {
    for host in &HOSTS {
        let desk = desk_at(host);
        check_job(&desk, &format!("of-test/{}", host.model));
        let requests = desk.server.requests();
        assert!(requests.iter().all(|request| request.path == host.path), "{:?}", host.kind);
    }
}

#[test]
fn it_is_done_in_a_repository_without_a_commit() {
    let desk = desk(Protocol::Responses);
    git2::Repository::init(desk.bench.directory()).unwrap();
    let before = snapshot(&desk.path(".git"));
    check_job(&desk, RESPONSES);
    assert_eq!(snapshot(&desk.path(".git")), before);
}

#[test]
fn the_index_and_the_history_of_a_repository_are_not_touched() {
    let desk = desk(Protocol::Chat).file("staged.txt", "staged\n");
    let repository = git2::Repository::init(desk.bench.directory()).unwrap();
    let mut index = repository.index().unwrap();
    index.add_path(Path::new("src/calendar.txt")).unwrap();
    index.add_path(Path::new("check.sh")).unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let author = git2::Signature::now("A Person", "person@example.com").unwrap();
    repository.commit(Some("HEAD"), &author, &author, "first", &tree, &[]).unwrap();
    // Staged and not committed: it has to stay so.
    index.add_path(Path::new("staged.txt")).unwrap();
    index.write().unwrap();
    let before = snapshot(&desk.path(".git"));
    check_job(&desk, CHAT);
    assert_eq!(snapshot(&desk.path(".git")), before);
}
