//! The identity that Azure gives to what runs there: a virtual machine, App Service, Functions, Container Apps.
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::{
    EntraSettings, Passed, resource,
    token::{Token, When},
};
use crate::{
    backend::credentials::{Answered, CredentialsError, Means},
    redact::{Secret, visible},
};

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Given {
    access_token: Secret,
    expires_on: Option<When>,
    expires_in: Option<When>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: serde_json::Value,
    error_description: String,
    message: String,
}

/// A service that gives out tokens of the identity.
struct Service {
    url: Url,
    header: (&'static str, Secret),
    source: &'static str,
    /// The environment says that it is there.
    is_certain: bool,
}

pub(super) async fn identity(
    settings: &EntraSettings,
    scope: &str,
    means: &Means,
) -> Result<Token, Passed> {
    let service = service(settings, scope)?;
    let over = |why: String| match service.is_certain {
        true => {
            let missing = format!("{} gave no token: {why}", service.source);
            let next = "check that the app has an identity, and that AZURE_CLIENT_ID names it";
            Passed::Stop(CredentialsError::new(missing, next))
        }
        false => Passed::Over(why),
    };
    let (name, value) = &service.header;
    let request = means.client(&service.url).map_err(&over)?.get(service.url.clone());
    let request = request.header(*name, value.expose()).build();
    let request = request.map_err(|_| over("IDENTITY_HEADER can't be sent".to_owned()))?;
    let Answered { status, body } =
        means.ask(request, PATIENCE).await.map_err(|why| over(format!("none here: {why}")))?;
    if !status.is_success() {
        return Err(over(refusal(status.as_u16(), &body)));
    }
    let given: Given = serde_json::from_slice(&body)
        .map_err(|_| over("what answers there gives out no tokens".to_owned()))?;
    let expires = given.expires_on.and_then(|when| when.time());
    let expires = expires.or_else(|| given.expires_in?.from(means.now()));
    Ok(Token { secret: given.access_token, expires, source: service.source.to_owned() })
}

fn service(settings: &EntraSettings, scope: &str) -> Result<Service, Passed> {
    let wrong = |variable: &str| Passed::Over(format!("{variable} is no address"));
    let mut service = match (&settings.identity_endpoint, &settings.identity_header) {
        (Some(endpoint), Some(header)) => {
            let mut url = Url::parse(endpoint).map_err(|_| wrong("IDENTITY_ENDPOINT"))?;
            url.query_pairs_mut().append_pair("api-version", "2019-08-01");
            let header = ("x-identity-header", header.clone());
            Service { url, header, source: "the app's managed identity", is_certain: true }
        }
        (_, _) => {
            let address = format!("{}/metadata/identity/oauth2/token", settings.metadata);
            let mut url =
                Url::parse(&address).map_err(|_| wrong("AZURE_POD_IDENTITY_AUTHORITY_HOST"))?;
            url.query_pairs_mut().append_pair("api-version", "2018-02-01");
            // No page of the web can send this header.
            let header = ("metadata", Secret::new("true".to_owned()));
            let source = "the virtual machine's managed identity";
            Service { url, header, source, is_certain: false }
        }
    };
    let mut query = service.url.query_pairs_mut();
    query.append_pair("resource", resource(scope));
    if let Some(client) = &settings.client {
        query.append_pair("client_id", client);
    }
    drop(query);
    Ok(service)
}

fn refusal(status: u16, body: &[u8]) -> String {
    let refused: Refused = serde_json::from_slice(body).unwrap_or_default();
    let error = refused.error.as_str().unwrap_or_default();
    let said = [&refused.error_description, &refused.message, error];
    let said = said.into_iter().find(|said| !said.is_empty()).unwrap_or_default();
    let said: String = visible(said).chars().take(200).collect();
    if said.is_empty() { format!("HTTP {status}") } else { format!("{said} (HTTP {status})") }
}
