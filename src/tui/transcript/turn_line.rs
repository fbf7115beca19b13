//! Which turn it was and what it took: one row, that says less where there is less room.
use std::time::Duration;

use super::notice::{money, time, tokens};
use crate::{
    protocol::{Cost, Usage},
    tui::text::width,
};

/// Its parts in their order, each with how much it matters.
#[derive(Debug, Clone, Default)]
pub(in crate::tui) struct TurnLine(Vec<(u8, String)>);

const SEPARATOR: &str = " · ";

impl TurnLine {
    pub(in crate::tui) fn new(
        turn: Option<u32>,
        requests: u32,
        usage: Usage,
        cost: Cost,
        took: Option<Duration>,
    ) -> Self {
        let cached = match usage.cache_read {
            0 => String::new(),
            cached => format!(" ({} cached)", tokens(cached)),
        };
        let requests = match requests {
            0 => None,
            1 => Some("1 request".to_owned()),
            _ => Some(format!("{requests} requests")),
        };
        let mut parts = Self::past(turn).0;
        parts.extend(requests.map(|text| (1, text)));
        // Of a request that broke off nobody has said what it used.
        if usage != Usage::default() {
            parts.push((2, format!("{} tokens in{cached}", tokens(usage.sent()))));
            parts.push((3, format!("{} out", tokens(usage.output))));
            parts.extend(money(cost).map(|text| (4, text)));
        }
        parts.extend(took.map(|took| (5, time(took))));
        Self(parts)
    }

    /// Of an earlier life of the session.
    pub(in crate::tui) fn past(turn: Option<u32>) -> Self {
        Self(turn.iter().map(|turn| (6, format!("turn {turn}"))).collect())
    }

    pub(in crate::tui) fn whole(&self) -> String {
        let parts: Vec<&str> = self.0.iter().map(|(_, text)| text.as_str()).collect();
        parts.join(SEPARATOR)
    }

    /// In so many columns, without what matters least where it has no room.
    pub(in crate::tui) fn within(&self, columns: usize) -> String {
        let mut fitting = self.clone();
        while fitting.0.len() > 1 && width(&fitting.whole()) > columns {
            let least = fitting.0.iter().map(|(matters, _)| *matters).min();
            fitting.0.retain(|(matters, _)| Some(*matters) != least);
        }
        fitting.whole()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_matters_most() {
        let usage = Usage { input: 12_000, output: 340, cache_read: 3_000, ..Usage::default() };
        let took = Some(Duration::from_millis(3_400));
        let line = TurnLine::new(Some(12), 3, usage, Cost::Usd(0.0123), took);
        for (columns, shown) in [
            (
                100,
                "turn 12 · 3 requests · 15.0k tokens in (3.0k cached) · 340 out · $0.0123 · 3.4 s",
            ),
            (70, "turn 12 · 15.0k tokens in (3.0k cached) · 340 out · $0.0123 · 3.4 s"),
            (39, "turn 12 · 340 out · $0.0123 · 3.4 s"),
            (19, "turn 12 · 3.4 s"),
            (1, "turn 12"),
        ] {
            assert_eq!(line.within(columns), shown, "{columns}");
        }
    }

    #[test]
    fn what_was_used_is_left_out_where_nobody_knows_it() {
        let line = TurnLine::new(Some(2), 1, Usage::default(), Cost::ZERO, None);
        assert_eq!(line.whole(), "turn 2 · 1 request");
    }
}
