//! `bowline cost`: what the requests of all kept sessions used and cost, by backend, model, day or session.
use std::{cmp::Reverse, collections::BTreeMap};

use clap::{Args, ValueEnum};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{CommandError, Exit, context::Context, output::Role};
use crate::{
    protocol::{RequestRecord, Usage},
    store::LedgerLine,
};

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
            cx.output.json(&sum.as_json(arguments.by, name))?;
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
        let sentence = format!("The price of {unpriced} requests is not known; `+?` marks where.");
        cx.output.styled_line(Role::Faint, &sentence)?;
    }
    if ledger.unread > 0 {
        let sentence = format!("{} sessions can't be read and are left out.", ledger.unread);
        cx.output.styled_line(Role::Faint, &sentence)?;
    }
    Ok(Exit::Finished)
}

/// The largest first, and days the latest first.
fn rows(by: By, lines: &[LedgerLine]) -> Vec<(String, Sum)> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for line in lines {
        sums.entry(by.name(line)).or_default().add(line);
    }
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

/// What some requests came to.
#[derive(Debug, Default)]
struct Sum {
    requests: usize,
    failed: usize,
    retries: u64,
    usage: Usage,
    /// Of those whose price is known.
    usd: f64,
    unpriced: usize,
    first_bytes: Vec<u64>,
    /// Tokens that came, and the milliseconds that they took after the first byte.
    came: (u64, u64),
    last: Option<Timestamp>,
}

impl Sum {
    fn of(lines: &[LedgerLine]) -> Self {
        let mut sum = Self::default();
        lines.iter().for_each(|line| sum.add(line));
        sum
    }

    fn add(&mut self, line: &LedgerLine) {
        let RequestRecord { usage, cost, retries, first_byte_ms, duration_ms, error, .. } =
            &line.request;
        self.requests += 1;
        self.failed += usize::from(error.is_some());
        self.retries += u64::from(*retries);
        self.usage += *usage;
        match cost.usd() {
            Some(usd) => self.usd += usd,
            None => self.unpriced += 1,
        }
        if let Some(first) = first_byte_ms {
            self.first_bytes.push(*first);
            self.came.0 += usage.output;
            self.came.1 += duration_ms.saturating_sub(*first);
        }
        self.last = self.last.max(Some(line.at));
    }

    /// Of all that was sent, what the cache already had.
    fn cache_share(&self) -> Option<f64> {
        share(self.usage.cache_read, self.usage.sent())
    }

    fn tokens_per_second(&self) -> Option<f64> {
        let (tokens, milliseconds) = self.came;
        share(tokens, milliseconds).filter(|rate| *rate > 0.0).map(|rate| rate * 1000.0)
    }

    /// The median, in milliseconds.
    fn first_byte(&self) -> Option<u64> {
        let mut sorted = self.first_bytes.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }

    fn cells(&self) -> Vec<String> {
        let unknown = || "-".to_owned();
        let money = match (self.usd, self.unpriced) {
            (_, unpriced) if unpriced == self.requests => "?".to_owned(),
            (usd, 0) => format!("${usd:.4}"),
            (usd, _) => format!("${usd:.4}+?"),
        };
        vec![
            self.requests.to_string(),
            self.failed.to_string(),
            self.retries.to_string(),
            self.usage.sent().to_string(),
            self.cache_share().map_or_else(unknown, |share| format!("{:.0}%", share * 100.0)),
            self.usage.output.to_string(),
            self.first_byte().map_or_else(unknown, |ms| format!("{ms} ms")),
            self.tokens_per_second().map_or_else(unknown, |rate| format!("{rate:.0}")),
            money,
        ]
    }

    fn as_json(&self, by: By, name: &str) -> Value {
        json!({
            by.as_str(): name,
            "requests": self.requests,
            "failed": self.failed,
            "retries": self.retries,
            "usage": self.usage,
            "cache_share": self.cache_share(),
            "first_byte_ms": self.first_byte(),
            "tokens_per_second": self.tokens_per_second(),
            "cost_usd": self.usd,
            "unpriced_requests": self.unpriced,
        })
    }
}

fn table(by: By, rows: &[(String, Sum)], all: &Sum) -> Vec<Vec<String>> {
    let head = ["REQUESTS", "FAILED", "RETRIES", "SENT", "CACHED", "OUT", "FIRST", "TOK/S", "COST"];
    let row = |name: &str, cells: Vec<String>| [vec![name.to_owned()], cells].concat();
    let mut table = vec![row(&by.as_str().to_uppercase(), head.map(str::to_owned).to_vec())];
    table.extend(rows.iter().map(|(name, sum)| row(name, sum.cells())));
    if rows.len() > 1 {
        table.push(row("all", all.cells()));
    }
    table
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^53")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Cost;

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
        let cells = |row: usize| rows[row].1.cells().join(" ");
        assert_eq!(cells(0), "2 1 2 20 0% 30 200 ms 15 $0.5000+?");
        assert_eq!(cells(1), "1 0 1 400 75% 50 200 ms 50 $0.2500");
        assert_eq!(cells(2), "1 0 1 10 0% 5 200 ms 5 ?");
        let table = table(By::Model, &rows, &Sum::of(&lines()));
        assert_eq!(table.last().unwrap().join(" "), "all 4 1 4 430 70% 85 200 ms 21 $0.7500+?");
        let json = rows[0].1.as_json(By::Model, &rows[0].0);
        assert_eq!((&json["model"], &json["unpriced_requests"]), (&"b/two".into(), &1.into()));
    }
}
