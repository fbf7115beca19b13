//! How hard a model is to reason, as a level that it takes or as a number of tokens.
use crate::protocol::Effort;

/// The fewest tokens that are worth reasoning in.
pub(super) const SMALLEST_BUDGET: u32 = 1024;

/// The level itself where it is taken, else the next one below that is, else the lowest.
pub(super) fn nearest_level(wanted: Effort, taken: &[Effort]) -> Option<Effort> {
    let rank = |effort: &Effort| Effort::ALL.iter().position(|level| level == effort);
    let below = taken.iter().filter(|level| rank(level) <= rank(&wanted)).max_by_key(|it| rank(it));
    below.or_else(|| taken.iter().min_by_key(|level| rank(level))).copied()
}

/// As many tokens as a level stands for. Absent: it does not reason at all.
pub(super) fn tokens(effort: Effort) -> Option<u32> {
    Some(match effort {
        Effort::None => return None,
        Effort::Minimal => SMALLEST_BUDGET,
        Effort::Low => 4_096,
        Effort::Medium => 8_192,
        Effort::High => 16_384,
        Effort::Xhigh => 32_768,
        Effort::Max => u32::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_not_taken_becomes_the_next_one_below() {
        use Effort::{High, Low, Max, Medium, Minimal, None as Off, Xhigh};
        let old = [Low, Medium, High, Max];
        for (wanted, taken, expected) in [
            (High, &old[..], Some(High)),
            (Xhigh, &old, Some(High)),
            (Max, &old, Some(Max)),
            (Minimal, &old, Some(Low)),
            (Off, &old, Some(Low)),
            (Max, &[Low, Medium, High], Some(High)),
            (High, &[], None),
        ] {
            assert_eq!(nearest_level(wanted, taken), expected, "{wanted:?}");
        }
    }
}
