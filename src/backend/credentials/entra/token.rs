//! A token as it is given out, and what can be read off it for people.
use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::Deserialize;

use crate::{
    backend::{
        credentials::{About, CredentialsError, Found, InHeader},
        settings::KeyHeader,
    },
    redact::{Secret, visible},
};

pub(super) struct Token {
    pub(super) secret: Secret,
    pub(super) expires: Option<SystemTime>,
    /// The variable, service or program that gave it.
    pub(super) source: String,
}

/// A time as one of the many services writes it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum When {
    Seconds(u64),
    Text(String),
}

/// What a token says of whom it is for. It is shown and decides nothing: the service alone can check it.
#[derive(Deserialize)]
struct Claims {
    tid: Option<String>,
    appid: Option<String>,
    upn: Option<String>,
    unique_name: Option<String>,
    preferred_username: Option<String>,
    oid: Option<String>,
}

impl Token {
    pub(super) fn found(self) -> Result<Found, CredentialsError> {
        let pass = InHeader::new(KeyHeader::Bearer, &self.secret).ok_or_else(|| {
            let missing = format!("the token from {} can't be sent", self.source);
            CredentialsError::new(missing, "look at what that gives")
        })?;
        let identity = identity(&self.secret);
        Ok(Found::new(pass, About { identity, expires: self.expires, ..About::of(self.source) }))
    }
}

impl When {
    /// In so many seconds.
    pub(super) fn from(&self, now: SystemTime) -> Option<SystemTime> {
        now.checked_add(Duration::from_secs(self.number()?))
    }

    /// Seconds since 1970, a time with its zone, or a time of this machine.
    pub(super) fn time(&self) -> Option<SystemTime> {
        if let Some(seconds) = self.number() {
            return SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        }
        let Self::Text(text) = self else { return None };
        let local = || {
            let local: DateTime = text.parse().ok()?;
            Some(local.to_zoned(TimeZone::system()).ok()?.timestamp())
        };
        text.parse::<Timestamp>().ok().or_else(local).map(SystemTime::from)
    }

    fn number(&self) -> Option<u64> {
        match self {
            Self::Seconds(seconds) => Some(*seconds),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

fn identity(token: &Secret) -> Option<String> {
    let payload = token.expose().split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    let user = claims.upn.or(claims.unique_name).or(claims.preferred_username);
    let whom = match (user, claims.appid, claims.oid) {
        (Some(user), ..) => user,
        (None, Some(client), _) => format!("client {client}"),
        (None, None, Some(object)) => format!("object {object}"),
        (None, None, None) => return None,
    };
    let tenant = claims.tid.map_or(String::new(), |tenant| format!(", tenant {tenant}"));
    Some(visible(&format!("{whom}{tenant}")).chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> Secret {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        Secret::new(format!("{}.{}.c2ln", part(r#"{"alg":"none"}"#), part(claims)))
    }

    #[test]
    fn whom_a_token_is_for_is_read_off_it() {
        for (claims, expected) in [
            (r#"{"tid":"t1","appid":"a1","oid":"o1"}"#, Some("client a1, tenant t1")),
            (
                r#"{"tid":"t1","appid":"a1","upn":"ada@example.com"}"#,
                Some("ada@example.com, tenant t1"),
            ),
            (r#"{"unique_name":"ada"}"#, Some("ada")),
            (r#"{"oid":"o1"}"#, Some("object o1")),
            (r#"{"iss":"x"}"#, None),
            ("[1]", None),
        ] {
            assert_eq!(identity(&jwt(claims)).as_deref(), expected, "{claims}");
        }
        let hidden = identity(&jwt("{\"upn\":\"a\\u001b[31mb\"}")).unwrap();
        assert!(!hidden.contains('\u{1b}'), "{hidden}");
        assert_eq!(identity(&Secret::new("opaque".into())), None);
    }

    #[test]
    fn times_are_read_as_each_service_writes_them() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        assert_eq!(When::Seconds(3599).from(now), at(4599));
        assert_eq!(When::Text("3599".into()).from(now), at(4599));
        assert_eq!(When::Seconds(1_700_000_000).time(), at(1_700_000_000));
        assert_eq!(When::Text("1700000000".into()).time(), at(1_700_000_000));
        assert_eq!(When::Text("2023-11-14T22:13:20Z".into()).time(), at(1_700_000_000));
        let local = When::Text("2023-11-14 22:13:20.000000".into()).time().unwrap();
        let day = Duration::from_secs(24 * 3600);
        assert!(
            local > at(1_700_000_000).unwrap() - day && local < at(1_700_000_000).unwrap() + day
        );
        assert_eq!(When::Text("soon".into()).time(), None);
        assert_eq!(When::Seconds(u64::MAX).from(now), None);
    }
}
