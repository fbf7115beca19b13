//! Review mode: edits are proposed, the model sees them, and the user decides hunk by hunk.
use super::{
    CHAT, Desk, RESPONSES, answers, call,
    running::{completed, events},
};
use crate::support::speech::{Protocol, Said};

const BEFORE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
const AFTER: &str = "one\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ntwelve\n";
const FIRST_ALONE: &str = "one\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";

fn desk(protocol: Protocol) -> Desk {
    let read = call("c1", "read", r#"{"path":"a.txt"}"#);
    let edits = r#"{"edits":[{"path":"a.txt","old":"1\n2\n","new":"one\n2\n"},{"path":"a.txt","old":"12\n","new":"twelve\n"}]}"#;
    Desk::new(answers(
        protocol,
        [
            &[read],
            &[call("c2", "edit", edits)],
            &[
                call("c3", "read", r#"{"path":"a.txt"}"#),
                call("c4", "search", r#"{"pattern":"twelve"}"#),
            ],
            &[call("c5", "write", r#"{"path":"new.txt","content":"new\n"}"#)],
            &[Said::Text("Proposed.")],
        ],
    ))
    .file("a.txt", BEFORE)
}

#[test]
fn edits_are_proposed_and_read_back_and_nothing_is_written() {
    for (protocol, model) in [(Protocol::Chat, CHAT), (Protocol::Responses, RESPONSES)] {
        let desk = desk(protocol);
        desk.configure("[[after_edit]]\nfiles = [\"new.*\"]\nrun = [\"cat\", \"{files}\"]\n");
        let ran = desk.ends(&["-p", "spell them out", "-m", model], 0);
        assert_eq!(ran.stdout, "Proposed.\n");
        for part in
            ["2 files proposed, nothing written", "bowline apply then runs `cat ", "+twelve"]
        {
            assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
        }
        assert_eq!(desk.text("a.txt"), BEFORE);
        assert!(!desk.path("new.txt").exists());
        let body = desk.body(3);
        assert!(body.contains("1\\tone") && body.contains("12\\ttwelve"), "{body}");
        assert!(
            body.contains("a.txt\\n12: twelve"),
            "a search does not see what is proposed: {body}"
        );

        let stat = desk.ends(&["diff", "--stat"], 0).stdout;
        assert!(stat.contains("a.txt") && stat.contains("new.txt"), "{stat}");
        let diff = desk.ends(&["diff"], 0).stdout;
        assert!(diff.contains("-12\n+twelve") && diff.contains("+new"), "{diff}");
        desk.ends(&["apply", "--hunks", "1"], 0);
        assert_eq!(desk.text("a.txt"), FIRST_ALONE);
        desk.ends(&["apply", "--hunks", "1"], 0);
        assert_eq!(desk.text("a.txt"), AFTER);
        desk.ends(&["reject"], 0);
        assert!(!desk.path("new.txt").exists());
        assert_eq!(desk.ends(&["diff"], 0).stdout, "");
        desk.ends(&["undo"], 0);
        assert_eq!(desk.text("a.txt"), FIRST_ALONE);
    }
}

#[test]
fn a_resumed_model_is_told_what_the_user_decided() {
    let chat = answers(
        Protocol::Chat,
        [
            &[call("c1", "read", r#"{"path":"a.txt"}"#)][..],
            &[call(
                "c2",
                "edit",
                r#"{"edits":[{"path":"a.txt","old":"1\n2\n","new":"one\n2\n"},{"path":"a.txt","old":"12\n","new":"twelve\n"}]}"#,
            )],
            &[Said::Text("Proposed.")],
            &[Said::Text("Noted.")],
            &[Said::Text("Nothing new.")],
        ],
    );
    let desk = Desk::new(chat).file("a.txt", BEFORE);
    desk.ends(&["-p", "spell them out", "-m", CHAT], 0);
    desk.ends(&["apply", "--hunks", "1"], 0);
    desk.ends(&["reject", "--comment", "Twelve stays a number."], 0);
    desk.ends(&["-p", "go on", "--resume", "last"], 0);
    let body = desk.body(3);
    for part in [
        "Written: hunk 1 of a.txt",
        "Still proposed: hunk 2",
        "Rejected by the user",
        "+twelve",
        "12\\t12",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(body.contains("Twelve stays a number.") && body.contains("go on"), "{body}");
    desk.ends(&["-p", "and now", "--resume", "last"], 0);
    let again = desk.body(4);
    assert_eq!(again.matches("Twelve stays a number.").count(), 1, "{again}");
    assert_eq!(again.matches("Since your last turn").count(), 1, "{again}");
}

#[test]
fn programs_are_told_of_proposals() {
    let desk = desk(Protocol::Responses);
    let ran = desk.ends(&["exec", "--json", "spell", "-m", RESPONSES, "--mode", "review"], 0);
    let events = events(&ran.stdout);
    let changes = completed(&events, "file_change");
    assert_eq!(changes.len(), 2);
    for change in changes {
        assert_eq!((&change["status"], &change["applied"]), (&"completed".into(), &false.into()));
    }
    let sets: Vec<_> = events.iter().filter(|event| event["type"] == "change_set").collect();
    assert_eq!(sets.len(), 2);
    assert!(sets.iter().all(|set| set["state"] == "proposed"), "{sets:?}");
    let asked = events.iter().filter(|event| event["type"] == "approval.requested");
    assert_eq!(asked.count(), 2);
}
