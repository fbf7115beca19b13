//! What is shown at a token endpoint, and the token that it gives.
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use reqwest::Request;
use serde::Deserialize;
use serde_json::json;
use url::{Url, form_urlencoded::Serializer};
use zeroize::Zeroizing;

use super::{Failure, SCOPE};
use crate::{
    backend::credentials::{Answered, Means, means::is_nearby},
    redact::{Secret, visible},
};

pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// So much of what a service says of a refusal is shown.
const MOST_SAID: usize = 300;
/// How long an impersonated account's token lasts, unless a file says otherwise.
const LIFETIME: u32 = 3600;

pub(super) struct Token {
    pub(super) secret: Secret,
    /// Absent: nobody knows an end of it.
    pub(super) expires: Option<SystemTime>,
}

/// How a client says who it is.
pub(super) enum Client<'a> {
    InForm,
    InHeader(&'a str, &'a Secret),
}

#[derive(Deserialize)]
pub(super) struct Given {
    access_token: Secret,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Impersonation {
    access_token: Secret,
    expire_time: Option<Timestamp>,
}

/// OAuth's words, or those of Google's other services.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: Refusal,
    error_description: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Refusal {
    Code(String),
    Status { message: String },
}

impl Default for Refusal {
    fn default() -> Self {
        Self::Code(String::new())
    }
}

impl Given {
    pub(super) fn token(self, now: SystemTime) -> Token {
        let expires = self.expires_in.and_then(|it| now.checked_add(Duration::from_secs(it)));
        Token { secret: self.access_token, expires }
    }
}

/// Asks a token endpoint with a form.
pub(super) async fn exchange(
    url: &str,
    form: &[(&str, &str)],
    client: Client<'_>,
    means: &Means,
) -> Result<Token, Failure> {
    let url = safe(url)?;
    let body = Zeroizing::new(Serializer::new(String::new()).extend_pairs(form).finish());
    let request = means.client(&url).map_err(Failure::passing)?.post(url);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = match client {
        Client::InForm => request,
        Client::InHeader(id, secret) => request.basic_auth(id, Some(secret.expose())),
    };
    let request = request.body(body.to_string()).build();
    let request = request.map_err(|error| Failure::lasting(error.to_string()))?;
    let given: Given = answer(request, means).await?;
    Ok(given.token(means.now()))
}

/// A token of a service account, by that of somebody who may have it.
pub(super) async fn impersonate(
    url: &str,
    by: &Token,
    delegates: &[String],
    lifetime: Option<u32>,
    means: &Means,
) -> Result<Token, Failure> {
    let url = safe(url)?;
    let lifetime = format!("{}s", lifetime.unwrap_or(LIFETIME));
    let mut body = json!({ "scope": [SCOPE], "lifetime": lifetime });
    if !delegates.is_empty() {
        body["delegates"] = json!(delegates);
    }
    let request = means.client(&url).map_err(Failure::passing)?.post(url);
    let request = request.header("content-type", "application/json");
    let request = request.bearer_auth(by.secret.expose()).body(body.to_string()).build();
    let request = request.map_err(|error| Failure::lasting(error.to_string()))?;
    let given: Impersonation = answer(request, means).await?;
    let expires = given.expire_time.map(SystemTime::from);
    Ok(Token { secret: given.access_token, expires })
}

/// The answer to a request, or why there is none.
async fn answer<T: for<'de> Deserialize<'de>>(
    request: Request,
    means: &Means,
) -> Result<T, Failure> {
    let host = request.url().host_str().unwrap_or_default().to_owned();
    let Answered { status, body } = means.ask(request, PATIENCE).await.map_err(Failure::passing)?;
    if status.is_success() {
        let wrong = || Failure::lasting(format!("{host} answered with something else"));
        return serde_json::from_slice(&body).map_err(|_| wrong());
    }
    let refused: Refused = serde_json::from_slice(&body).unwrap_or_default();
    let code = match refused.error {
        Refusal::Code(code) => code,
        Refusal::Status { message } => message,
    };
    let said = match (code.as_str(), refused.error_description.as_str()) {
        (code, "") => code.to_owned(),
        ("", description) => description.to_owned(),
        (code, description) => format!("{code}, {description}"),
    };
    let said: String = visible(&said).chars().take(MOST_SAID).collect();
    let colon = if said.is_empty() { "" } else { ": " };
    let why = format!("{host} refused it with status {}{colon}{said}", status.as_u16());
    Err(match status.is_server_error() || status.as_u16() == 429 {
        true => Failure::passing(why),
        false => Failure::lasting(why),
    })
}

/// An address that secrets may be sent to.
pub(super) fn safe(url: &str) -> Result<Url, Failure> {
    let url = Url::parse(url).map_err(|_| Failure::lasting("it holds an address that is none"))?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || (url.scheme() != "https" && !is_nearby(&url)) {
        let host = visible(url.host_str().unwrap_or_default()).into_owned();
        return Err(Failure::lasting(format!("it would send secrets to {host} in the open")));
    }
    Ok(url)
}
