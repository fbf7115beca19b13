//! Lines of the program's own: notices, warnings, errors, and what a turn took.
use std::time::Duration;

use super::{
    entry::{one_role, with_prefix},
    turn_line::TurnLine,
};
use crate::{
    protocol::{ChangeState, Cost, Retry, TurnEnd},
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

#[derive(Debug)]
pub(super) enum NoticeKind {
    Notice,
    Warning,
    Error,
    TurnEnd(TurnLine),
}

impl Notice {
    pub(super) fn new(kind: NoticeKind, text: String) -> Self {
        Self { text, kind, is_passing: false, version: 0 }
    }

    pub(super) fn of_turn(line: TurnLine) -> Self {
        let text = line.whole();
        Self::new(NoticeKind::TurnEnd(line), text)
    }

    pub(super) fn retry(retry: &Retry) -> Self {
        Self { is_passing: true, ..Self::new(NoticeKind::Warning, retry.sentence()) }
    }

    pub(super) fn lines(&self, columns: usize) -> Vec<TextLine> {
        let (sign, role) = match &self.kind {
            NoticeKind::Notice => ("· ", Role::Notice),
            NoticeKind::Warning => ("! ", Role::Warning),
            NoticeKind::Error => ("✗ ", Role::Error),
            NoticeKind::TurnEnd(line) => {
                return vec![one_role(line.within(columns), Role::TextDim)];
            }
        };
        let lines = self.text.lines().map(|line| one_role(clean_line(line), role)).collect();
        with_prefix(lines, sign, "  ", role)
    }
}

/// When something is told of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Moment {
    InATurn,
    BetweenTurns,
}

/// What became of changes, where that is news: what a call changes stands in its own line.
pub(in crate::tui) fn changes_line(
    state: ChangeState,
    files: &[String],
    moment: Moment,
) -> Option<String> {
    let verb = match (state, moment) {
        (ChangeState::Undone, _) => "taken back",
        (ChangeState::Rejected, _) => "rejected",
        // Between turns nothing but a redo writes.
        (ChangeState::Applied, Moment::BetweenTurns) => "brought back",
        (
            ChangeState::Proposed
            | ChangeState::Applying
            | ChangeState::Applied
            | ChangeState::Failed
            | ChangeState::Superseded,
            _,
        ) => return None,
    };
    if files.is_empty() {
        return None;
    }
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
