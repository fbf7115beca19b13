//! The token endpoint of Entra ID: a client shows its secret, or what another has signed for it.
use std::time::Duration;

use serde::Deserialize;
use tokio::fs;
use url::{Url, form_urlencoded::Serializer};
use zeroize::Zeroizing;

use super::{
    EntraSettings, Passed,
    certificate::{self, Signing},
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

/// As whom an application is known, and where.
struct Registration<'a> {
    tenant: &'a str,
    client: &'a str,
}

pub(super) async fn by_secret(
    settings: &EntraSettings,
    scope: &str,
    means: &Means,
) -> Result<Token, Passed> {
    let Some(secret) = &settings.client_secret else {
        return Err(Passed::Over("AZURE_CLIENT_SECRET is not set".to_owned()));
    };
    let proof = Proof {
        field: "client_secret",
        secret: secret.clone(),
        source: "the client secret in AZURE_CLIENT_SECRET".to_owned(),
        next: "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET".to_owned(),
    };
    ask(settings, scope, means, proof).await
}

/// The file is read each time: certificates are renewed.
pub(super) async fn by_certificate(
    settings: &EntraSettings,
    scope: &str,
    means: &Means,
) -> Result<Token, Passed> {
    let Some(file) = &settings.certificate else {
        return Err(Passed::Over("AZURE_CLIENT_CERTIFICATE_PATH is not set".to_owned()));
    };
    let Registration { tenant, client } = registration(settings)?;
    let shown = visible(&file.to_string_lossy()).into_owned();
    let wrong = |why: &str| {
        let missing = format!("the client certificate {shown} {why}");
        let next = "make it one PEM file of the certificate and its RSA key without a password: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem";
        Passed::Stop(CredentialsError::new(missing, next))
    };
    let pem = fs::read(file).await.map(Zeroizing::new);
    let pem = pem.map_err(|error| wrong(&format!("can't be read: {error}")))?;
    let pem = std::str::from_utf8(&pem).map_err(|_| wrong("is no PEM"))?;
    let audience = address(&settings.authority, tenant)
        .map_err(|why| Passed::Stop(CredentialsError::new(why, "correct it")))?;
    let signing = Signing {
        client,
        audience: audience.as_str(),
        now: means.now(),
        with_chain: settings.sends_chain,
    };
    let proof = Proof {
        field: "client_assertion",
        secret: certificate::assertion(pem, &signing).map_err(|why| wrong(&why))?,
        source: format!("the client certificate {shown}"),
        next: "check AZURE_TENANT_ID, AZURE_CLIENT_ID, and that the application knows this certificate"
            .to_owned(),
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
    let Registration { tenant, client } = registration(settings)?;
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

fn registration(settings: &EntraSettings) -> Result<Registration<'_>, Passed> {
    match (&settings.tenant, &settings.client) {
        (Some(tenant), Some(client)) => Ok(Registration { tenant, client }),
        (None, _) => Err(Passed::Over("AZURE_TENANT_ID is not set".to_owned())),
        (Some(_), None) => Err(Passed::Over("AZURE_CLIENT_ID is not set".to_owned())),
    }
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
