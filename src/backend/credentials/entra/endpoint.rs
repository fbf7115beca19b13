//! The token endpoint of Entra ID: a client shows its secret, or what another has signed for it.
use std::time::Duration;

use serde::Deserialize;
use tokio::fs;
use url::{Url, form_urlencoded::Serializer};
use zeroize::Zeroizing;

use super::{
    EntraSettings, Passed,
    token::{Token, When},
};
use crate::{
    backend::credentials::{Answered, CredentialsError, Means},
    redact::{Redactor, Secret, visible},
};

const PATIENCE: Duration = Duration::from_secs(30);
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// So much of what the service says of a refusal is shown.
const MOST_SAID: usize = 300;

#[derive(Deserialize)]
struct Given {
    access_token: Secret,
    expires_in: Option<When>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

/// What a client shows of itself.
struct Proof {
    field: &'static str,
    secret: Secret,
    /// For people.
    source: String,
    /// What to do where it is refused.
    next: String,
}

pub(super) async fn by_secret(
    settings: &EntraSettings,
    scope: &str,
    means: &Means,
) -> Result<Token, Passed> {
    let Some(secret) = &settings.client_secret else {
        let certificate = match settings.has_certificate {
            true => ", and a certificate (AZURE_CLIENT_CERTIFICATE_PATH) is not supported",
            false => "",
        };
        return Err(Passed::Over(format!("AZURE_CLIENT_SECRET is not set{certificate}")));
    };
    let proof = Proof {
        field: "client_secret",
        secret: secret.clone(),
        source: "the client secret in AZURE_CLIENT_SECRET".to_owned(),
        next: "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET".to_owned(),
    };
    ask(settings, scope, means, proof).await
}

/// The file is written anew by others, so it is read each time.
pub(super) async fn by_assertion(
    settings: &EntraSettings,
    scope: &str,
    means: &Means,
) -> Result<Token, Passed> {
    let Some(file) = &settings.federated_token_file else {
        return Err(Passed::Over("AZURE_FEDERATED_TOKEN_FILE is not set".to_owned()));
    };
    let shown = visible(&file.to_string_lossy()).into_owned();
    let assertion = fs::read_to_string(file).await.map(Zeroizing::new).map_err(|error| {
        let missing = format!("the workload's token {shown} can't be read: {error}");
        Passed::Stop(CredentialsError::new(missing, "check AZURE_FEDERATED_TOKEN_FILE"))
    })?;
    let proof = Proof {
        field: "client_assertion",
        secret: Secret::new(assertion.trim().to_owned()),
        source: format!("the workload's identity in {shown}"),
        next: "check AZURE_TENANT_ID, AZURE_CLIENT_ID and the federation of the workload"
            .to_owned(),
    };
    ask(settings, scope, means, proof).await
}

async fn ask(
    settings: &EntraSettings,
    scope: &str,
    means: &Means,
    proof: Proof,
) -> Result<Token, Passed> {
    let (Some(tenant), Some(client)) = (&settings.tenant, &settings.client) else {
        let unset = if settings.tenant.is_none() { "AZURE_TENANT_ID" } else { "AZURE_CLIENT_ID" };
        return Err(Passed::Over(format!("{unset} is not set")));
    };
    let failed = |why: &str| {
        let missing = format!("Microsoft Entra ID gave no token for {}: {why}", proof.source);
        CredentialsError::new(missing, proof.next.clone())
    };
    let url = address(&settings.authority, tenant).map_err(|why| Passed::Stop(failed(&why)))?;
    let may_pass = |why: String| Passed::Stop(CredentialsError { may_pass: true, ..failed(&why) });
    let request = means.client(&url).map_err(&may_pass)?.post(url);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(form(client, scope, &proof)).build();
    let request = request.map_err(|error| Passed::Stop(failed(&error.to_string())))?;
    let Answered { status, body } = means.ask(request, PATIENCE).await.map_err(&may_pass)?;
    if !status.is_success() {
        let why = refusal(status.as_u16(), &body, &proof.secret);
        return Err(match status.is_server_error() || status.as_u16() == 429 {
            true => may_pass(why),
            false => Passed::Stop(failed(&why)),
        });
    }
    let given: Given = serde_json::from_slice(&body)
        .map_err(|_| Passed::Stop(failed("it answered with something else")))?;
    Ok(Token {
        secret: given.access_token,
        expires: given.expires_in.and_then(|seconds| seconds.from(means.now())),
        source: proof.source.clone(),
    })
}

fn form(client: &str, scope: &str, proof: &Proof) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("client_id", client).append_pair("scope", scope);
    form.append_pair("grant_type", "client_credentials");
    if proof.field == "client_assertion" {
        form.append_pair("client_assertion_type", ASSERTION_TYPE);
    }
    form.append_pair(proof.field, proof.secret.expose());
    form.finish()
}

fn address(authority: &str, tenant: &str) -> Result<Url, String> {
    let wrong = || "AZURE_AUTHORITY_HOST is no address such as https://login.microsoftonline.com";
    let with_scheme = match authority.contains("://") {
        true => authority.to_owned(),
        false => format!("https://{authority}"),
    };
    let mut url = Url::parse(&with_scheme).map_err(|_| wrong())?;
    let is_safe = url.scheme() == "https" || crate::backend::endpoint::is_loopback(&url);
    if !is_safe || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong().to_owned());
    }
    if !tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
        return Err("AZURE_TENANT_ID is no name of a tenant".to_owned());
    }
    let mut path = url.path_segments_mut().map_err(|()| wrong())?;
    path.pop_if_empty().extend([tenant, "oauth2", "v2.0", "token"]);
    drop(path);
    Ok(url)
}

/// The service's words, as far as they are of use: behind them stand ids and the time.
fn refusal(status: u16, body: &[u8], secret: &Secret) -> String {
    let refused: Refused = serde_json::from_slice(body).unwrap_or_default();
    let described = refused.error_description.lines().next().unwrap_or_default();
    let described = described.split(" Trace ID:").next().unwrap_or_default();
    let said = if described.is_empty() { &refused.error } else { described };
    let said = Redactor::new([secret.clone()]).redact(said).into_owned();
    let said: String = visible(&said).chars().take(MOST_SAID).collect();
    if said.is_empty() { format!("HTTP {status}") } else { format!("{said} (HTTP {status})") }
}
