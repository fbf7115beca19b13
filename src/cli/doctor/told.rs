//! Tells findings: as lines for people, and as JSON.
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::output::Role,
    finding::{Advice, Finding, KeyFound, State, Timing},
    reach::Reach,
};
use crate::{
    backend::{About, Project, Tried},
    prompt::Notes,
};

pub(super) struct Line {
    pub(super) role: Role,
    pub(super) text: String,
}

pub(super) fn as_lines(findings: &[Finding]) -> Vec<Line> {
    let mut lines = Vec::new();
    for finding in findings {
        if !lines.is_empty() {
            lines.push(Line { role: Role::Plain, text: String::new() });
        }
        let current =
            if finding.is_current { ", and its model is the one that is set" } else { "" };
        let text = format!("{} {}{current}", finding.backend, word(finding));
        lines.push(Line { role: Role::Heading, text });
        let rows = rows(finding).into_iter().map(|(name, value)| format!("  {name:<10}  {value}"));
        lines.extend(rows.map(|text| Line { role: Role::Plain, text }));
    }
    lines
}

fn word(finding: &Finding) -> &'static str {
    match finding.state {
        State::Ready if finding.key.is_none() => "needs no key",
        State::Ready => "has what it needs",
        State::Answered(_) => "answers",
        State::NoKey(_) => "lacks its key",
        State::Wrong(_) => "can't be used as it is set",
        State::Failed { .. } => "does not answer as it should",
    }
}

fn rows(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    rows.push(("kind", finding.kind.to_owned()));
    if let Some((address, source)) = &finding.endpoint {
        rows.push(("endpoint", format!("{address} ({source})")));
    }
    let place = finding.place.set();
    // As wide as the other names.
    rows.extend(place.map(|(name, value)| (name.trim_start_matches("api_"), value.to_owned())));
    rows.extend(finding.model.iter().map(|model| ("model", model.clone())));
    rows.extend(finding.reach.iter().flat_map(Reach::rows));
    match (&finding.key, &finding.state) {
        (Some(KeyFound::InVariable(variable, header)), _) => {
            rows.push(("key", format!("from {variable}, sent as {}", header.as_str())));
        }
        (Some(KeyFound::Sought(name, None)), _) => {
            rows.push(("key", format!("{name}; it is looked for when it is first needed")));
        }
        (Some(KeyFound::Sought(_, Some(About { source, identity, expires, project }))), _) => {
            rows.push(("key", format!("from {source}")));
            rows.extend(identity.iter().map(|identity| ("as", identity.clone())));
            let told = |it: &Project| ("project", format!("{}, from {}", it.id, it.source));
            rows.extend(project.iter().map(told));
            rows.extend(expires.map(|expires| ("until", until(expires))));
        }
        (None, State::NoKey(Advice { missing, tried, next })) => {
            rows.push(("key", missing.clone()));
            rows.extend(tried.iter().map(|it| ("", format!("{}: {}", it.place, it.outcome))));
            rows.push(("next step", next.clone()));
        }
        (None, _) => rows.push(("key", "none is sent".to_owned())),
    }
    match &finding.state {
        State::Wrong(why) | State::Failed { why, .. } => rows.push(("problem", why.clone())),
        State::Answered(Timing { model, first_byte, whole, cost }) => {
            let cost = cost.usd().map_or(String::new(), |usd| format!(", ${usd:.6}"));
            let (first_byte, whole) = (milliseconds(*first_byte), milliseconds(*whole));
            rows.push((
                "probe",
                format!("{model}: first byte after {first_byte} ms, all after {whole} ms{cost}"),
            ));
        }
        State::Ready | State::NoKey(_) => {}
    }
    rows
}

pub(super) fn as_json(finding: &Finding) -> Value {
    let (mut missing, mut next, mut problem, mut probe) =
        (Value::Null, Value::Null, Value::Null, Value::Null);
    let (mut tried, mut about) = (Value::Null, None);
    let (key_source, key_header) = match &finding.key {
        None => (None, None),
        Some(KeyFound::InVariable(variable, header)) => (Some(variable), Some(header.as_str())),
        Some(KeyFound::Sought(name, found)) => {
            about = found.as_ref();
            (Some(about.map_or(name, |about| &about.source)), None)
        }
    };
    let state = match &finding.state {
        State::Ready => "ready",
        State::NoKey(advice) => {
            missing = json!(advice.missing);
            let place = |it: &Tried| json!({ "place": it.place, "outcome": it.outcome });
            tried = advice.tried.iter().map(place).collect();
            next = json!(advice.next);
            "no_key"
        }
        State::Wrong(why) => {
            problem = json!(why);
            "wrong"
        }
        State::Failed { why, .. } => {
            problem = json!(why);
            "failed"
        }
        State::Answered(Timing { model, first_byte, whole, cost }) => {
            probe = json!({ "model": model, "first_byte_ms": milliseconds(*first_byte),
                "duration_ms": milliseconds(*whole), "cost_usd": cost.usd() });
            "answered"
        }
    };
    json!({
        "backend": finding.backend,
        "kind": finding.kind,
        "state": state,
        "is_current": finding.is_current,
        "endpoint": finding.endpoint.as_ref().map(|(address, _)| address),
        "endpoint_source": finding.endpoint.as_ref().map(|(_, source)| source),
        "place": finding.place.set().collect::<std::collections::BTreeMap<_, _>>(),
        "model": finding.model,
        "network": finding.reach.as_ref().map(Reach::as_json),
        "key_source": key_source,
        "key_header": key_header,
        "identity": about.and_then(|about| about.identity.as_ref()),
        "project": about.and_then(|about| about.project.as_ref()).map(|project| &project.id),
        "expires": about.and_then(|about| about.expires).map(instant),
        "missing": missing,
        "tried": tried,
        "next_step": next,
        "problem": problem,
        "probe": probe,
    })
}

/// A line of its own behind those of the backends.
pub(super) fn notes_as_json(notes: &Notes) -> Value {
    let read = notes.seen.iter().map(|(file, bytes)| json!({ "file": file, "bytes": bytes }));
    json!({ "notes": { "read": read.collect::<Vec<_>>(), "cut_or_left_out": notes.cut } })
}

fn until(expires: SystemTime) -> String {
    let left = expires.duration_since(SystemTime::now()).unwrap_or_default().as_secs() / 60;
    format!("{}, for {left} min; it is renewed by itself", instant(expires))
}

/// To the second, in UTC.
fn instant(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn milliseconds(time: Duration) -> u128 {
    time.as_millis()
}
