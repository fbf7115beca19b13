//! What is sent first: small, and the same bytes for the whole session.
use serde_json::Value;

use super::{Desk, EVERY_WIRE, answers, call, free};
use crate::support::{speech::Said, strict_converse, strict_messages};

/// What stays, and the list that grows. Marks for a vendor's cache move on with its end and are no part of either.
fn parts(body: &Value) -> (String, Vec<String>) {
    let mut frame = body.clone();
    strict_messages::take_marks_out(&mut frame);
    strict_converse::take_marks_out(&mut frame);
    let mut lists = ["messages", "input", "contents"].map(|name| frame[name].take()).into_iter();
    let list = lists.find(|list| !list.is_null()).unwrap();
    let list = list.as_array().unwrap().iter().map(Value::to_string).collect();
    (frame.to_string(), list)
}

#[test]
fn requests_only_ever_grow_at_their_end() {
    for (protocol, model) in EVERY_WIRE {
        let desk = Desk::new(answers(
            protocol,
            [
                &[Said::Thought("Hm."), call("c1", "read", r#"{"path":"a.txt"}"#)],
                &[call("c2", "edit", r#"{"path":"a.txt","old":"a","new":"b"}"#)],
                &[Said::Text("Done.")],
                &[call("c3", "run", r#"{"command":"cat a.txt"}"#)],
                &[Said::Text("It is b.")],
            ],
        ))
        .file("a.txt", "a\n")
        .file("AGENTS.md", "Be kind.\n");
        desk.ends(&free(model, "mend a.txt", &[]), 0);
        // What the notes say by now is not what the conversation began with.
        std::fs::write(desk.path("AGENTS.md"), "Be quick.\n").unwrap();
        desk.ends(&free(model, "and now?", &["--resume", "last"]), 0);

        let requests = desk.server.requests();
        let all: Vec<_> = requests.iter().map(|request| parts(&request.body)).collect();
        assert_eq!(all.len(), 5);
        for pair in all.windows(2) {
            let [(frame, list), (next_frame, next_list)] = pair else { unreachable!() };
            assert_eq!(frame, next_frame);
            assert!(next_list.len() > list.len());
            assert_eq!(next_list[..list.len()], list[..]);
        }
        assert!(desk.body(4).contains("Be kind.") && !desk.body(4).contains("Be quick."));
    }
}

#[test]
fn the_first_request_is_small() {
    for (protocol, model) in EVERY_WIRE {
        let desk = Desk::new(answers(protocol, [&[Said::Text("Hi.")]]));
        desk.ends(&["-p", "hi", "-m", model], 0);
        let bytes = desk.body(0).len();
        assert!(bytes < 12_000, "{bytes} bytes over {protocol:?}");
        assert!(bytes / 4 < 3_000, "about {} tokens over {protocol:?}", bytes / 4);
    }
}
