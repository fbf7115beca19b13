//! When a failed request is sent again, and after how long: the rules of the vendors' own clients.
use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use super::BackendError;

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_OWN_WAIT: Duration = Duration::from_secs(8);
/// A service that asks for more than this is not waited for: its words go to the user instead.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Up to this part of a wait is left off at random, so that clients do not come back all at once.
const JITTER: f64 = 0.25;

/// How long to wait before the request is sent again, or that it is not.
///
/// `failures` counts this one; `retries` is how often a request may be sent again.
pub(super) fn wait_before_retry(
    error: &BackendError,
    failures: u32,
    retries: u32,
) -> Option<Duration> {
    if failures > retries || !error.is_retryable() {
        return None;
    }
    // Servers give up idle connections without a word; a new one mostly works at once.
    if failures == 1 && matches!(error, BackendError::Cut { had_chunks: false, .. }) {
        return Some(Duration::ZERO);
    }
    match error.service().and_then(|service| service.retry_after) {
        Some(asked) if !asked.is_zero() => (asked <= LONGEST_WAIT).then_some(asked),
        // A time that is past by this clock, too: all at once would only add to the load.
        Some(_) | None => Some(own_wait(failures, random_fraction())),
    }
}

/// Doubles from the first to the longest, less some at random. `fraction` is in `0.0..1.0`.
fn own_wait(failures: u32, fraction: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let wait = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_OWN_WAIT);
    wait.mul_f64(1.0 - JITTER * fraction)
}

/// Randomness enough to spread clients: the standard library seeds each hasher anew.
fn random_fraction() -> f64 {
    let bits = RandomState::new().hash_one(0_u8);
    f64::from((bits >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ErrorKind, ServiceError};

    #[test]
    fn only_what_may_pass_is_tried_again() {
        use ErrorKind::{BadRequest, Other, Overloaded, Quota, RateLimited};
        let seconds = Duration::from_secs;
        for (kind, status, retry_after, should_retry, is_retried) in [
            (BadRequest, 400, None, None, false),
            (Quota, 429, None, None, false),
            (Overloaded, 408, None, None, true),
            (Other, 409, None, None, true),
            (RateLimited, 429, None, None, true),
            (Overloaded, 500, None, None, true),
            (Overloaded, 500, None, Some(false), false),
            (BadRequest, 400, None, Some(true), true),
            (RateLimited, 429, Some(seconds(0)), None, true),
            (RateLimited, 429, Some(seconds(60)), None, true),
            (RateLimited, 429, Some(seconds(61)), None, false),
            (RateLimited, 429, Some(seconds(121)), Some(true), false),
        ] {
            let error = BackendError::Service(ServiceError {
                kind,
                message: "no".into(),
                status: Some(status),
                code: None,
                request_id: None,
                retry_after,
                should_retry,
            });
            let wait = wait_before_retry(&error, 1, 4);
            assert_eq!(wait.is_some(), is_retried, "{error:?}");
            if let (Some(asked), Some(wait)) = (retry_after, wait) {
                assert!(if asked.is_zero() { wait > asked } else { wait == asked }, "{wait:?}");
            }
            assert_eq!(wait_before_retry(&error, 5, 4), None);
        }
    }

    #[test]
    fn a_connection_that_was_given_up_is_replaced_at_once_and_once() {
        let cut = |had_chunks| BackendError::Cut {
            url: "http://127.0.0.1".into(),
            detail: "closed".into(),
            had_chunks,
        };
        assert_eq!(wait_before_retry(&cut(false), 1, 4), Some(Duration::ZERO));
        assert_eq!(wait_before_retry(&cut(false), 1, 0), None);
        for (had_chunks, failures) in [(false, 2), (true, 1)] {
            let wait = wait_before_retry(&cut(had_chunks), failures, 4);
            assert!(wait.is_some_and(|wait| wait > Duration::ZERO), "{had_chunks} {failures}");
        }
    }

    #[test]
    fn own_waits_double_up_to_a_limit() {
        let waits: Vec<_> = (1..=6).map(|failures| own_wait(failures, 0.0).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 8000]);
        assert_eq!(own_wait(1, 1.0), Duration::from_millis(375));
        assert!((0.0..1.0).contains(&random_fraction()));
    }
}
