//! Credentials of IAM Identity Center, by the token that `aws sso login` keeps.
use std::{
    fmt::Write,
    time::{Duration, SystemTime},
};

use reqwest::{Method, Request, header::HeaderValue};
use serde::Deserialize;
use sha1::{Digest, Sha1};
use url::Url;

use super::{
    About, CredentialsError, Held, Keys,
    chain::Search,
    files::Section,
    given::{NEEDS_SSO, time},
};
use crate::backend::credentials::Answered;

const PATIENCE: Duration = Duration::from_secs(15);

/// What is kept of somebody who signed in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    access_token: String,
    expires_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    role_credentials: RoleCredentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleCredentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// In milliseconds since 1970.
    expiration: u64,
}

/// Where a profile signs in, and as what.
struct SignIn<'a> {
    /// What the kept token is filed under.
    key: &'a str,
    region: &'a str,
    account: &'a str,
    role: &'a str,
}

impl Search<'_> {
    /// A token that has ended is renewed by AWS's own program, which keeps the new one for all others.
    pub(super) async fn of_sso(
        &self,
        profile: &Section,
        name: &str,
    ) -> Result<Held, CredentialsError> {
        let sign_in = self.sign_in(profile).map_err(|missing| {
            CredentialsError::new(
                format!("the profile `{name}` of AWS has no {missing}"),
                format!("run `aws configure sso --profile {name}`"),
            )
        })?;
        let Some(token) = self.kept_token(sign_in.key) else {
            return self.by_program(name, NEEDS_SSO).await;
        };
        let refused = |how: String| CredentialsError {
            may_pass: true,
            ..CredentialsError::new(
                format!(
                    "IAM Identity Center gave no credentials for the profile `{name}` of AWS: {how}"
                ),
                "try again later",
            )
        };
        let answered = self.ask_portal(&sign_in, &token).await.map_err(refused)?;
        match answered.status.as_u16() {
            200 => {}
            401 => return self.by_program(name, NEEDS_SSO).await,
            status @ (403 | 404) => {
                let SignIn { account, role, .. } = sign_in;
                return Err(CredentialsError::new(
                    format!("you may not be {role} in account {account} (HTTP {status})"),
                    format!(
                        "correct `sso_role_name` and `sso_account_id` of the profile `{name}`, or ask for the role"
                    ),
                ));
            }
            status => return Err(refused(format!("it answered with status {status}"))),
        }
        let answer: Answer = serde_json::from_slice(&answered.body)
            .map_err(|_| refused("it answered with what are no credentials".to_owned()))?;
        let told = answer.role_credentials;
        let SignIn { account, role, .. } = sign_in;
        Ok(Held {
            keys: Keys::new(
                &told.access_key_id,
                &told.secret_access_key,
                Some(&told.session_token),
            ),
            about: About {
                identity: Some(format!("{role} in account {account}")),
                expires: Some(SystemTime::UNIX_EPOCH + Duration::from_millis(told.expiration)),
                ..About::of(format!("profile `{name}`, by IAM Identity Center"))
            },
        })
    }

    /// What it consists of stands in the profile, or in a session that the profile names. An error: what is missing.
    fn sign_in<'a>(&'a self, profile: &'a Section) -> Result<SignIn<'a>, String> {
        let name = profile.get("sso_session");
        let session = name.map(|name| {
            self.files.sso_session(name).ok_or_else(|| format!("section [sso-session {name}]"))
        });
        let session = session.transpose()?.unwrap_or(profile);
        let value =
            |section: &'a Section, key: &str| section.get(key).ok_or_else(|| format!("`{key}`"));
        Ok(SignIn {
            key: name.map_or_else(|| value(session, "sso_start_url"), Ok)?,
            region: value(session, "sso_region")?,
            account: value(profile, "sso_account_id")?,
            role: value(profile, "sso_role_name")?,
        })
    }

    fn kept_token(&self, key: &str) -> Option<HeaderValue> {
        let mut name = String::new();
        for byte in Sha1::digest(key.as_bytes()) {
            let _ = write!(name, "{byte:02x}");
        }
        let path = self.surroundings.below_aws(&format!("sso/cache/{name}.json"));
        let kept: Kept = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        time(&kept.expires_at).filter(|end| *end > self.means.now())?;
        let mut token = HeaderValue::from_str(&kept.access_token).ok()?;
        token.set_sensitive(true);
        Some(token)
    }

    async fn ask_portal(
        &self,
        sign_in: &SignIn<'_>,
        token: &HeaderValue,
    ) -> Result<Answered, String> {
        let SignIn { region, account, role, .. } = sign_in;
        let base = self.surroundings.endpoint("portal.sso", "AWS_ENDPOINT_URL_SSO", region);
        let query = [("role_name", role), ("account_id", account)];
        let url = Url::parse_with_params(&format!("{base}/federation/credentials"), query);
        let url = url.map_err(|error| format!("{base} is no address: {error}"))?;
        let mut request = Request::new(Method::GET, url);
        request.headers_mut().insert("x-amz-sso_bearer_token", token.clone());
        self.means.ask(request, PATIENCE).await
    }
}
