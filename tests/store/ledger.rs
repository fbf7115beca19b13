//! The requests of kept sessions are read, of all of them or of the latest alone.
use std::fs;

use bowline::{
    protocol::{Cost, Record, RequestRecord, Usage},
    store::{Ledger, Store, new_session_id},
};

use super::{header, place, prompt};

/// A session of one request, with the size of its file.
fn session(store: &Store, answered: u64) -> u64 {
    let log = store.create(header(&new_session_id(), "/w")).unwrap();
    log.append(&prompt("a \"type\":\"request\" that is none")).unwrap();
    let request = RequestRecord {
        model: "home/llama".parse().unwrap(),
        usage: Usage { output: answered, ..Usage::default() },
        cost: Cost::Unknown,
        retries: 0,
        first_byte_ms: Some(1),
        duration_ms: 2,
        error: None,
    };
    log.append(&Record::Request(request)).unwrap();
    log.sync().unwrap();
    let listed = store.list(None).unwrap();
    let path = &listed.iter().find(|it| it.id == log.id()).unwrap().path;
    fs::metadata(path).unwrap().len()
}

fn answered(ledger: &Ledger) -> Vec<u64> {
    ledger.lines.iter().map(|line| line.request.usage.output).collect()
}

#[test]
fn the_latest_sessions_are_read_up_to_a_size() {
    let place = place();
    let none = place.store.latest_ledger(u64::MAX).unwrap();
    assert_eq!(none, Ledger::default(), "nothing is there yet");

    let sizes = [11, 12, 13].map(|tokens| session(&place.store, tokens));
    let latest = sizes[2];
    assert_eq!(answered(&place.store.ledger().unwrap()), [13, 12, 11]);
    for (most_bytes, expected) in [
        (0, &[13][..]),
        (latest - 1, &[13]),
        // The next one begins within the bound, and counts as a whole.
        (latest, &[13, 12]),
        (latest + sizes[1] - 1, &[13, 12]),
        (u64::MAX, &[13, 12, 11]),
    ] {
        let ledger = place.store.latest_ledger(most_bytes).unwrap();
        assert_eq!(answered(&ledger), expected, "{most_bytes}");
    }
}
