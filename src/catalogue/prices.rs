//! List prices, and what a request cost by them.
use crate::protocol::{Cost, Usage};

const MILLION: f64 = 1_000_000.0;

/// List prices of one model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    pub rates: Rates,
    /// What long requests cost instead.
    pub long: Option<LongPrices>,
}

/// Rates of requests that send more than `above` tokens; they hold for the whole request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LongPrices {
    pub above: u64,
    pub rates: Rates,
}

/// US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    pub input: f64,
    pub output: f64,
    pub cache_read: f64,
    pub cache_write: f64,
    pub cache_write_long: f64,
}

impl Prices {
    /// What it costs where everything is so many times as dear.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let long = self.long.map(|it| LongPrices { rates: it.rates.times(factor), ..it });
        Self { rates: self.rates.times(factor), long }
    }

    pub fn cost(&self, usage: &Usage) -> Cost {
        let rates = match &self.long {
            Some(long) if usage.sent() > long.above => &long.rates,
            Some(_) | None => &self.rates,
        };
        let dollars = usage.input as f64 * rates.input
            + usage.cache_read as f64 * rates.cache_read
            + usage.cache_write as f64 * rates.cache_write
            + usage.cache_write_long as f64 * rates.cache_write_long
            + usage.output as f64 * rates.output;
        Cost::Usd(dollars / MILLION)
    }
}

impl Rates {
    fn times(self, factor: f64) -> Self {
        Self {
            input: self.input * factor,
            output: self.output * factor,
            cache_read: self.cache_read * factor,
            cache_write: self.cache_write * factor,
            cache_write_long: self.cache_write_long * factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_request_costs_more_as_a_whole() {
        let base = Rates {
            input: 2.0,
            output: 10.0,
            cache_read: 0.1,
            cache_write: 2.5,
            cache_write_long: 5.0,
        };
        let long = Rates {
            input: 4.0,
            output: 15.0,
            cache_read: 0.2,
            cache_write: 5.0,
            cache_write_long: 5.0,
        };
        let prices = Prices { rates: base, long: Some(LongPrices { above: 272_000, rates: long }) };
        let check = |input, cache_read, cache_write, expected: f64| {
            let usage = Usage {
                input,
                cache_read,
                cache_write,
                cache_write_long: 0,
                output: 100_000,
                reasoning: 90_000,
            };
            let cost = prices.cost(&usage).usd().unwrap();
            assert!((cost - expected).abs() < 1e-9, "{cost} is not {expected}");
        };
        check(72_000, 100_000, 100_000, 0.144 + 0.01 + 0.25 + 1.0);
        check(72_001, 100_000, 100_000, 0.288_004 + 0.02 + 0.5 + 1.5);
    }
}
