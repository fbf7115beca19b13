//! How much of a model's context a conversation may take before it is summed up.

/// Tokens that are left for the answer where nobody says how long it may be, and the most that are.
const ANSWER: u64 = 32_000;

/// A context of known size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// All of it, in tokens.
    pub window: u64,
    /// Kept free for the answer; never more than a quarter.
    pub reserve: u64,
}

impl Room {
    pub fn new(window: u64, max_output_tokens: Option<u32>) -> Self {
        let answer = max_output_tokens.map_or(ANSWER, |most| ANSWER.min(most.into()));
        Self { window, reserve: answer.min(window / 4) }
    }

    /// What requests may take.
    pub fn usable(self) -> u64 {
        self.window - self.reserve
    }

    /// So many percent of what requests may take.
    pub fn share(self, percent: u8) -> u64 {
        self.usable() / 100 * u64::from(percent) + self.usable() % 100 * u64::from(percent) / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_room_in_every_context() {
        for (window, output, usable, share) in [
            (200_000, None, 168_000, 151_200),
            (200_000, Some(64_000), 168_000, 151_200),
            (200_000, Some(4_000), 196_000, 176_400),
            (8_000, None, 6_000, 5_400),
            (0, None, 0, 0),
            (u64::MAX, Some(1), u64::MAX - 1, u64::MAX / 10 * 9 + 3),
        ] {
            let room = Room::new(window, output);
            assert_eq!((room.usable(), room.share(90)), (usable, share), "{window} {output:?}");
        }
    }
}
