//! `bowline cost` reads what every kept session has asked of models.
use serde_json::Value;

use super::{CHAT, Desk, RESPONSES};
use crate::support::{
    server::Answer,
    speech::{Protocol, Said},
};

fn rows(desk: &Desk, by: &str) -> Vec<Value> {
    let ran = desk.ends(&["cost", "--by", by, "--json"], 0);
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn requests_count_once_whoever_holds_them() {
    let usage = Said::Usage { sent: 1_000, cached: 400, output: 24 };
    let desk = Desk::new([
        Answer::reply(Protocol::Responses, &[Said::Text("One."), usage]),
        Answer::reply(Protocol::Chat, &[Said::Text("Two."), usage]),
        Answer::reply(Protocol::Chat, &[Said::Text("Three."), usage]),
    ]);
    let ran = desk.ends(&["cost"], 0);
    assert!(ran.stdout.contains("has asked a model yet"), "{ran:?}");

    desk.ends(&["-p", "one", "-m", RESPONSES], 0);
    desk.ends(&["-p", "two", "--resume", "last", "-m", CHAT], 0);
    let fork = desk.ends(&["fork", "last"], 0).stdout;
    desk.ends(&["-p", "three", "--resume", fork.trim(), "-m", CHAT], 0);

    let by_model = rows(&desk, "model");
    let counts: Vec<_> = by_model.iter().map(|row| (&row["model"], &row["requests"])).collect();
    assert_eq!(counts, [(&CHAT.into(), &2.into()), (&RESPONSES.into(), &1.into())]);
    assert_eq!(by_model[0]["usage"]["cache_read"], 800);
    assert_eq!(by_model[0]["cache_share"], 0.4);
    assert_eq!(by_model[0]["unpriced_requests"], 2);
    let by_session = rows(&desk, "session");
    let sessions: Vec<_> = by_session.iter().map(|row| &row["requests"]).collect();
    assert_eq!(sessions, [&Value::from(1), &Value::from(2)]);
    assert_eq!(by_session[0]["session"], fork.trim());
    assert_eq!(
        rows(&desk, "day").iter().map(|row| row["requests"].as_u64().unwrap()).sum::<u64>(),
        3
    );

    let table = desk.ends(&["cost", "--by", "backend"], 0).stdout;
    assert!(table.contains("BACKEND") && table.contains("all") && table.contains("?"), "{table}");
}
