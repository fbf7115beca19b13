//! `bowline cost`: what the requests of all kept sessions used and cost, by backend, model, day or session.
use std::cmp::Reverse;

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{CommandError, Exit, context::Context, output::Role, sum::Sum};
use crate::store::LedgerLine;

#[derive(Debug, Args)]
pub(super) struct CostArguments {
    /// What makes a row
    #[arg(long, value_name = "WHAT", default_value = "model")]
    by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Backend,
    Model,
    /// In this machine's time
    Day,
    Session,
}

pub(super) fn cost(arguments: &CostArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let ledger = cx.store()?.ledger()?;
    let rows = rows(arguments.by, &ledger.lines);
    if cx.options.json {
        for (name, sum) in &rows {
            cx.output.json(&as_json(arguments.by, name, sum))?;
        }
        return Ok(Exit::Finished);
    }
    if rows.is_empty() {
        cx.output.line("No session that is kept has asked a model yet.")?;
        return Ok(Exit::Finished);
    }
    cx.output.table(&table(arguments.by, &rows, &Sum::of(&ledger.lines)))?;
    let unpriced: usize = rows.iter().map(|(_, sum)| sum.unpriced).sum();
    if unpriced > 0 {
        let requests = if unpriced == 1 { "1 request" } else { &format!("{unpriced} requests") };
        let sentence = format!("The price of {requests} is not known: a `?` marks where.");
        cx.output.styled_line(Role::Faint, &sentence)?;
    }
    if ledger.unread > 0 {
        let sessions =
            if ledger.unread == 1 { "1 session" } else { &format!("{} sessions", ledger.unread) };
        let sentence = format!("{sessions} can't be read and left out of this.");
        cx.output.styled_line(Role::Faint, &sentence)?;
    }
    Ok(Exit::Finished)
}

/// The largest first, and days the latest first.
fn rows(by: By, lines: &[LedgerLine]) -> Vec<(String, Sum)> {
    let sums = Sum::of_each(lines, |line| by.name(line));
    let mut rows: Vec<(String, Sum)> = sums.into_iter().collect();
    match by {
        By::Day => rows.reverse(),
        By::Session => rows.sort_by_key(|(_, sum)| Reverse(sum.last)),
        By::Backend | By::Model => rows.sort_by(|(_, one), (_, other)| {
            other.usd.total_cmp(&one.usd).then(other.requests.cmp(&one.requests))
        }),
    }
    rows
}

impl By {
    fn name(self, line: &LedgerLine) -> String {
        let model = &line.request.model;
        match self {
            Self::Backend => model.backend.clone(),
            Self::Model => model.to_string(),
            Self::Day => line.at.to_zoned(TimeZone::system()).date().to_string(),
            Self::Session => line.session.clone(),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Backend => "backend",
            Self::Model => "model",
            Self::Day => "day",
            Self::Session => "session",
        }
    }
}

fn table(by: By, rows: &[(String, Sum)], all: &Sum) -> Vec<Vec<String>> {
    let head = ["REQUESTS", "FAILED", "RETRIES", "SENT", "CACHED", "OUT", "FIRST", "TOK/S", "COST"];
    let row = |name: &str, cells: Vec<String>| [vec![name.to_owned()], cells].concat();
    let mut table = vec![row(&by.as_str().to_uppercase(), head.map(str::to_owned).to_vec())];
    table.extend(rows.iter().map(|(name, sum)| row(name, cells(sum))));
    if rows.len() > 1 {
        table.push(row("all", cells(all)));
    }
    table
}

fn cells(sum: &Sum) -> Vec<String> {
    let unknown = || "-".to_owned();
    let money = match (sum.usd, sum.unpriced) {
        (_, unpriced) if unpriced == sum.requests => "?".to_owned(),
        (usd, 0) => format!("${usd:.4}"),
        (usd, _) => format!("${usd:.4}+?"),
    };
    vec![
        sum.requests.to_string(),
        sum.failed.to_string(),
        sum.retries.to_string(),
        sum.usage.sent().to_string(),
        sum.cache_share().map_or_else(unknown, |share| format!("{:.0}%", share * 100.0)),
        sum.usage.output.to_string(),
        sum.first_byte().map_or_else(unknown, |ms| format!("{ms} ms")),
        sum.tokens_per_second().map_or_else(unknown, |rate| format!("{rate:.0}")),
        money,
    ]
}

fn as_json(by: By, name: &str, sum: &Sum) -> Value {
    json!({
        by.as_str(): name,
        "requests": sum.requests,
        "failed": sum.failed,
        "retries": sum.retries,
        "usage": sum.usage,
        "cache_share": sum.cache_share(),
        "first_byte_ms": sum.first_byte(),
        "tokens_per_second": sum.tokens_per_second(),
        "cost_usd": sum.usd,
        "unpriced_requests": sum.unpriced,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Cost, RequestRecord, Usage};

    fn line(session: &str, at: &str, model: &str, usage: Usage, cost: Cost) -> LedgerLine {
        let request = RequestRecord {
            model: model.parse().unwrap(),
            usage,
            cost,
            retries: 1,
            first_byte_ms: Some(200),
            duration_ms: 1_200,
            error: (usage.output == 0).then(|| "refused".to_owned()),
        };
        LedgerLine { session: session.to_owned(), at: at.parse().unwrap(), request }
    }

    fn lines() -> Vec<LedgerLine> {
        let usage =
            |input, cache_read, output| Usage { input, cache_read, output, ..Usage::default() };
        vec![
            line("s1", "2026-11-24T12:00:00Z", "a/one", usage(100, 300, 50), Cost::Usd(0.25)),
            line("s1", "2026-11-25T12:00:00Z", "b/two", usage(10, 0, 30), Cost::Usd(0.5)),
            line("s2", "2026-11-25T12:00:01Z", "b/two", usage(10, 0, 0), Cost::Unknown),
            line("s2", "2026-11-25T12:00:02Z", "c/three", usage(10, 0, 5), Cost::Unknown),
        ]
    }

    #[test]
    fn requests_are_summed_up_by_what_was_asked_for() {
        let shown = |by| {
            let rows = rows(by, &lines());
            rows.iter().map(|(name, sum)| format!("{name} {}", sum.requests)).collect::<Vec<_>>()
        };
        assert_eq!(shown(By::Backend), ["b 2", "a 1", "c 1"]);
        assert_eq!(shown(By::Model), ["b/two 2", "a/one 1", "c/three 1"]);
        assert_eq!(shown(By::Session), ["s2 2", "s1 2"]);
        assert_eq!(shown(By::Day).len(), 2);
    }

    #[test]
    fn a_price_that_is_not_known_is_never_taken_for_nothing() {
        let rows = rows(By::Model, &lines());
        let told = |row: usize| cells(&rows[row].1).join(" ");
        assert_eq!(told(0), "2 1 2 20 0% 30 200 ms 15 $0.5000+?");
        assert_eq!(told(1), "1 0 1 400 75% 50 200 ms 50 $0.2500");
        assert_eq!(told(2), "1 0 1 10 0% 5 200 ms 5 ?");
        let table = table(By::Model, &rows, &Sum::of(&lines()));
        assert_eq!(table.last().unwrap().join(" "), "all 4 1 4 430 70% 85 200 ms 21 $0.7500+?");
        let json = as_json(By::Model, &rows[0].0, &rows[0].1);
        assert_eq!((&json["model"], &json["unpriced_requests"]), (&"b/two".into(), &1.into()));
    }
}
