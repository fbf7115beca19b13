//! What a request used and what it cost.
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Tokens in disjoint buckets: `input`, `cache_read`, `cache_write` and `cache_write_long` add up to what was sent.
/// `output` is all that is billed as output; `reasoning` is the part of it that was reasoning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub input: u64,
    pub cache_read: u64,
    /// Written to the cache for its usual time, some minutes.
    pub cache_write: u64,
    /// Written to the cache for hours, which costs more.
    #[serde(default)]
    pub cache_write_long: u64,
    pub output: u64,
    pub reasoning: u64,
}

impl Usage {
    /// Tokens of the context window that are taken once this request is answered.
    pub fn context(&self) -> u64 {
        self.sent() + self.output
    }

    /// What came on top of what there was.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self {
            input: self.input.saturating_sub(before.input),
            cache_read: self.cache_read.saturating_sub(before.cache_read),
            cache_write: self.cache_write.saturating_sub(before.cache_write),
            cache_write_long: self.cache_write_long.saturating_sub(before.cache_write_long),
            output: self.output.saturating_sub(before.output),
            reasoning: self.reasoning.saturating_sub(before.reasoning),
        }
    }

    /// All tokens that were sent, cached or not.
    pub fn sent(&self) -> u64 {
        self.input + self.cache_read + self.written()
    }

    /// All tokens that were written to the cache.
    pub fn written(&self) -> u64 {
        self.cache_write + self.cache_write_long
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.cache_read += other.cache_read;
        self.cache_write += other.cache_write;
        self.cache_write_long += other.cache_write_long;
        self.output += other.output;
        self.reasoning += other.reasoning;
    }
}

/// Money in US dollars. Unknown is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    Usd(f64),
    Unknown,
}

impl Cost {
    pub const ZERO: Self = Self::Usd(0.0);

    /// What came on top of what there was; unknown where one of the two is.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        match (self, before) {
            (Self::Usd(now), Self::Usd(before)) => Self::Usd(now - before),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
        }
    }

    pub fn usd(self) -> Option<f64> {
        match self {
            Self::Usd(usd) => Some(usd),
            Self::Unknown => None,
        }
    }
}

impl AddAssign for Cost {
    /// What is known stays known only as long as every part of it is.
    fn add_assign(&mut self, other: Self) {
        *self = match (*self, other) {
            (Self::Usd(a), Self::Usd(b)) => Self::Usd(a + b),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
        };
    }
}

/// Why a reply ended, as far as the vendor said. Whether there are calls is read from the reply itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    End,
    Calls,
    /// The output limit cut it: a call at its end is incomplete.
    Length,
    ContextFull,
    /// The vendor or the model refused; with the vendor's words where there are any.
    Refused(String),
    /// The vendor asks for the same request again, to go on.
    GoOn,
    /// The model wrote a call the vendor could not read.
    BrokenCall(String),
    /// The user or a limit stopped it in mid-reply.
    Interrupted,
}
