//! Lines of the program's own: notices, warnings, errors, and what a turn took.
use std::time::Duration;

use super::entry::{one_role, with_prefix};
use crate::{
    protocol::{ChangeState, Cost, Retry, TurnEnd, Usage},
    tui::{
        text::{TextLine, clean_line},
        theme::Role,
    },
};

#[derive(Debug)]
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) kind: NoticeKind,
    /// What comes next takes its place.
    pub(super) is_passing: bool,
    pub(super) version: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeKind {
    Notice,
    Warning,
    Error,
    TurnEnd,
}

impl Notice {
    pub(super) fn new(kind: NoticeKind, text: String) -> Self {
        Self { text, kind, is_passing: false, version: 0 }
    }

    pub(super) fn retry(retry: &Retry) -> Self {
        Self { is_passing: true, ..Self::new(NoticeKind::Warning, retry.sentence()) }
    }

    pub(super) fn lines(&self) -> Vec<TextLine> {
        let (sign, role) = match self.kind {
            NoticeKind::Notice => ("· ", Role::Notice),
            NoticeKind::Warning => ("! ", Role::Warning),
            NoticeKind::Error => ("✗ ", Role::Error),
            NoticeKind::TurnEnd => ("", Role::TextDim),
        };
        let lines = self.text.lines().map(|line| one_role(clean_line(line), role)).collect();
        if sign.is_empty() { lines } else { with_prefix(lines, sign, "  ", role) }
    }
}

/// What became of changes, where that is news: what a call changes stands in its own line.
pub(in crate::tui) fn changes_line(state: ChangeState, files: &[String]) -> Option<String> {
    let verb = match state {
        ChangeState::Undone => "taken back",
        ChangeState::Rejected => "rejected",
        ChangeState::Proposed
        | ChangeState::Applying
        | ChangeState::Applied
        | ChangeState::Failed
        | ChangeState::Superseded => return None,
    };
    Some(format!("{verb}: {}", files.join(", ")))
}

/// How a turn ended, when that is worth a word.
pub(super) fn end_notice(end: &TurnEnd) -> Option<Notice> {
    let (kind, text) = match end {
        TurnEnd::Finished => return None,
        TurnEnd::Interrupted => (NoticeKind::Warning, "interrupted"),
        TurnEnd::Limit(limit) => (NoticeKind::Warning, limit.sentence()),
        TurnEnd::Failed(failure) => (NoticeKind::Error, failure.message.as_str()),
    };
    Some(Notice::new(kind, text.to_owned()))
}

/// Which turn it was and what it took, in one line.
pub(in crate::tui) fn turn_line(
    turn: Option<u32>,
    requests: u32,
    usage: Usage,
    cost: Cost,
    took: Option<Duration>,
) -> String {
    let mut parts: Vec<String> = turn.iter().map(|turn| format!("turn {turn}")).collect();
    match requests {
        0 => {}
        1 => parts.push("1 request".to_owned()),
        _ => parts.push(format!("{requests} requests")),
    }
    let cached = match usage.cache_read {
        0 => String::new(),
        cached => format!(" ({} cached)", tokens(cached)),
    };
    parts.push(format!("{} tokens in{cached}", tokens(usage.sent())));
    parts.push(format!("{} out", tokens(usage.output)));
    parts.extend(money(cost));
    parts.extend(took.map(time));
    parts.join(" · ")
}

/// `840`, `12.3k`, `1.20M`.
pub(super) fn tokens(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let amount = count as f64;
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{:.1}k", amount / 1_000.0),
        _ => format!("{:.2}M", amount / 1_000_000.0),
    }
}

/// None where the price is not known.
pub(super) fn money(cost: Cost) -> Option<String> {
    cost.usd().map(|usd| format!("${usd:.4}"))
}

pub(in crate::tui) fn time(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}
