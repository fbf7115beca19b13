//! How long a service asks to wait, in each of the ways it may say so.
use std::time::{Duration, SystemTime};

use jiff::fmt::rfc2822;

/// `retry-after-ms` first, then `retry-after` as seconds, then as an HTTP date.
pub(super) fn from_headers(
    milliseconds: Option<&str>,
    retry_after: Option<&str>,
    now: SystemTime,
) -> Option<Duration> {
    let milliseconds = milliseconds.and_then(|text| text.trim().parse::<f64>().ok());
    if let Some(wait) = milliseconds.and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok()) {
        return Some(wait);
    }
    let text = retry_after?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = SystemTime::from(rfc2822::parse(text).ok()?.timestamp());
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

/// The wait until a time as RFC 3339 writes it.
pub(super) fn until(time: &str, now: SystemTime) -> Option<Duration> {
    let time = SystemTime::from(time.trim().parse::<jiff::Timestamp>().ok()?);
    Some(time.duration_since(now).unwrap_or(Duration::ZERO))
}

/// The wait in a sentence such as "Please try again in 1.2s."
pub(super) fn from_message(message: &str) -> Option<Duration> {
    let text = message.to_ascii_lowercase();
    let (_, rest) = text.split_once("try again in ")?;
    from_words(rest)
}

/// The duration a text starts with: `250ms`, `1.2s`, `6m0s`, `20 seconds`.
pub(super) fn from_words(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut wait = None;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let Ok(amount) = rest[..end].parse::<f64>() else { return wait };
        let unit = rest[end..].trim_start();
        let letters = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
        let seconds = match &unit[..letters] {
            "ms" | "milliseconds" => amount / 1000.0,
            "s" | "sec" | "second" | "seconds" => amount,
            "m" | "min" | "minute" | "minutes" => amount * 60.0,
            "h" | "hour" | "hours" => amount * 3600.0,
            _ => return wait,
        };
        let more = Duration::try_from_secs_f64(seconds).ok()?;
        wait = Some(wait.unwrap_or(Duration::ZERO).checked_add(more)?);
        rest = &unit[letters..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_from_headers() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_770);
        for (milliseconds, retry_after, expected) in [
            (Some("250.5"), Some("9"), Some(Duration::from_micros(250_500))),
            (Some("soon"), Some("9"), Some(Duration::from_secs(9))),
            (None, Some("0.5"), Some(Duration::from_millis(500))),
            (None, Some("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(7))),
            (None, Some("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO)),
            (None, Some("-3"), None),
            (None, Some("NaN"), None),
            (None, Some("later"), None),
            (None, None, None),
        ] {
            assert_eq!(from_headers(milliseconds, retry_after, now), expected, "{retry_after:?}");
        }
    }

    #[test]
    fn waits_are_read_from_sentences() {
        for (text, expected) in [
            ("Rate limit reached. Please try again in 1.2s. Visit", Some(1200)),
            ("please try again in 250ms", Some(250)),
            ("Try again in 6m0s.", Some(360_000)),
            ("try again in 20 seconds", Some(20_000)),
            ("try again in 1h2m", Some(3_720_000)),
            ("try again in a moment", None),
            ("try again in 5 apples", None),
            ("no", None),
        ] {
            assert_eq!(from_message(text), expected.map(Duration::from_millis), "{text}");
        }
    }
}
