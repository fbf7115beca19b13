//! What requests of the kept sessions came to: how many, what they used and cost, how fast the answers came.
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    protocol::{RequestRecord, Usage},
    store::LedgerLine,
};

/// What some requests came to.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) requests: usize,
    pub(super) failed: usize,
    pub(super) retries: u64,
    pub(super) usage: Usage,
    /// Of those whose price is known.
    pub(super) usd: f64,
    pub(super) unpriced: usize,
    first_bytes: Vec<u64>,
    /// Tokens that came, and the milliseconds that they took after the first byte.
    came: (u64, u64),
    pub(super) last: Option<Timestamp>,
}

impl Sum {
    pub(super) fn of(lines: &[LedgerLine]) -> Self {
        let mut sum = Self::default();
        lines.iter().for_each(|line| sum.add(line));
        sum
    }

    /// The requests that have the same name, summed up.
    pub(super) fn of_each<N: Ord>(
        lines: &[LedgerLine],
        name: impl Fn(&LedgerLine) -> N,
    ) -> BTreeMap<N, Self> {
        let mut sums: BTreeMap<N, Self> = BTreeMap::new();
        for line in lines {
            sums.entry(name(line)).or_default().add(line);
        }
        sums
    }

    /// Of all that was sent, what the cache already had.
    pub(super) fn cache_share(&self) -> Option<f64> {
        share(self.usage.cache_read, self.usage.sent())
    }

    pub(super) fn tokens_per_second(&self) -> Option<f64> {
        let (tokens, milliseconds) = self.came;
        share(tokens, milliseconds).filter(|rate| *rate > 0.0).map(|rate| rate * 1000.0)
    }

    /// The median, in milliseconds.
    pub(super) fn first_byte(&self) -> Option<u64> {
        let mut sorted = self.first_bytes.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
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
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^53")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
