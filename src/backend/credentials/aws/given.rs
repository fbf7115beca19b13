//! Credentials that somebody has set, and those that programs give.
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    About, CredentialsError, Held, Keys, Tried,
    chain::{Look, Search},
};
use crate::{backend::credentials::ProgramError, redact::Secret};

/// A program may go to another service, and somebody may have to touch a key.
const PATIENCE: Duration = Duration::from_secs(60);

/// Credentials in JSON, as programs, containers and machines tell them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Told {
    access_key_id: String,
    secret_access_key: String,
    #[serde(alias = "Token")]
    session_token: Option<String>,
    expiration: Option<String>,
    role_arn: Option<String>,
    account_id: Option<String>,
}

impl Told {
    pub(super) fn held(self, source: String) -> Held {
        let keys =
            Keys::new(&self.access_key_id, &self.secret_access_key, self.session_token.as_deref());
        let of_account = self.account_id.map(|account| format!("account {account}"));
        let identity = self.role_arn.or(of_account).or_else(|| Some(keys.name()));
        let expires = self.expiration.as_deref().and_then(time);
        Held { keys, about: About { identity, expires, ..About::of(source) } }
    }
}

/// A time as RFC 3339 writes it.
pub(super) fn time(text: &str) -> Option<SystemTime> {
    text.parse::<Timestamp>().ok().map(SystemTime::from)
}

impl Search<'_> {
    pub(super) fn of_variables(&self) -> Look {
        let value = |name: &str| self.surroundings.get(name);
        match (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                let keys = Keys::new(id, secret, value("AWS_SESSION_TOKEN"));
                let identity = Some(keys.name());
                let expires = value("AWS_CREDENTIAL_EXPIRATION").and_then(time);
                let about = About { identity, expires, ..About::of("AWS_ACCESS_KEY_ID") };
                Look::Found(Held { keys, about })
            }
            (Some(_), None) => Look::Nothing("AWS_SECRET_ACCESS_KEY is not set".to_owned()),
            (None, Some(_)) => Look::Nothing("only AWS_SECRET_ACCESS_KEY is set".to_owned()),
            (None, None) => Look::Nothing("not set".to_owned()),
        }
    }

    /// The program that a profile names, as a shell takes it.
    pub(super) async fn of_process(
        &self,
        command: &str,
        profile: &str,
    ) -> Result<Held, CredentialsError> {
        let arguments = ["-c".to_owned(), command.to_owned()];
        let told = self.means.run("sh", &arguments, PATIENCE).await;
        let failed = |how: String| CredentialsError {
            tried: vec![Tried { place: "credential_process".to_owned(), outcome: how }],
            ..CredentialsError::new(
                format!("the program of the profile `{profile}` gave no credentials of AWS"),
                format!(
                    "run its `credential_process` by hand; it stands in {}",
                    self.files.places[0].display()
                ),
            )
        };
        let told = told.map_err(|error| failed(error.to_string()))?;
        read(&told, format!("credential_process of profile `{profile}`")).map_err(failed)
    }

    /// AWS's own program knows every kind of profile, and keeps what has to be kept.
    pub(super) async fn by_program(
        &self,
        profile: &str,
        why: &str,
    ) -> Result<Held, CredentialsError> {
        let arguments =
            ["configure", "export-credentials", "--profile", profile, "--format", "process"]
                .map(str::to_owned);
        let told = self.means.run("aws", &arguments, PATIENCE).await;
        let failed = |how: String, next: String| CredentialsError {
            tried: vec![Tried {
                place: "aws configure export-credentials".to_owned(),
                outcome: how,
            }],
            ..CredentialsError::new(format!("the profile `{profile}` of AWS {why}"), next)
        };
        let next = match why {
            NEEDS_SSO => format!("run `aws sso login --profile {profile}`"),
            NEEDS_LOGIN => format!("run `aws login --profile {profile}`"),
            _ => format!(
                "run `aws sts get-caller-identity --profile {profile}`, and then this again"
            ),
        };
        match told {
            Ok(told) => {
                let source = format!("profile `{profile}`, by `aws configure export-credentials`");
                read(&told, source).map_err(|wrong| failed(wrong, next))
            }
            Err(ProgramError::Missing) => {
                let next = format!(
                    "{next}; for this kind of profile the program `aws` has to be installed"
                );
                Err(failed("it was not found".to_owned(), next))
            }
            Err(error) => Err(failed(error.to_string(), next)),
        }
    }
}

/// Why a profile is left to AWS's own program.
pub(super) const NEEDS_SSO: &str = "is not signed in, or no longer";
pub(super) const NEEDS_LOGIN: &str = "is signed in by `aws login`, or no longer";
pub(super) const NEEDS_CODE: &str = "asks for a code of MFA";

fn read(told: &Secret, source: String) -> Result<Held, String> {
    let told: Told = serde_json::from_str(told.expose())
        .map_err(|_| "it did not write credentials as JSON".to_owned())?;
    Ok(told.held(source))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn credentials_in_json_are_read_in_every_spelling() {
        for (json, identity, token, expires) in [
            (
                r#"{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"s"}"#,
                "access key AKIA…MPLE",
                None,
                None,
            ),
            (
                r#"{"AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"t","Expiration":"1970-01-01T00:01:00Z","RoleArn":"arn:aws:iam::1:role/x"}"#,
                "arn:aws:iam::1:role/x",
                Some("t"),
                Some(60),
            ),
            (
                r#"{"AccessKeyId":"ASIA","SecretAccessKey":"s","SessionToken":"","Expiration":"1970-01-01T01:01:00+01:00","AccountId":"1"}"#,
                "account 1",
                None,
                Some(60),
            ),
        ] {
            let told = Secret::new(json.to_owned());
            let held = read(&told, "here".into()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(held.about.identity.as_deref(), Some(identity));
            let found = held.keys.session_token.as_ref().map(Secret::expose);
            assert_eq!(found, token);
            let ends =
                held.about.expires.map(|at| at.duration_since(UNIX_EPOCH).unwrap().as_secs());
            assert_eq!(ends, expires);
        }
        assert!(read(&Secret::new("{}".into()), String::new()).is_err());
    }
}
