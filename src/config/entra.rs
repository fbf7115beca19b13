//! Microsoft Entra ID as the usual variables set it up, for the backends that take its tokens.
use url::Url;

use super::Environment;
use crate::{
    backend::{EntraSettings, Kind},
    redact::Secret,
};

const AUTHORITY: &str = "https://login.microsoftonline.com";
const AUTHORITY_OF_THE_US_GOVERNMENT: &str = "https://login.microsoftonline.us";
const METADATA: &str = "http://169.254.169.254";

/// Absent where the kind or the host takes no tokens. A token is as good as a key and goes to Azure alone, or where the
/// user has named the scope it is for.
pub(super) fn settings(
    kind: Kind,
    base_url: Option<&str>,
    scope: Option<&str>,
    environment: &Environment,
) -> Option<EntraSettings> {
    let url = Url::parse(base_url?).ok()?;
    if !kind.takes_entra_tokens() || (scope.is_none() && !Kind::is_at_azure(&url)) {
        return None;
    }
    let text = |name: &str| environment.get(name).map(str::to_owned);
    let secret = |name: &str| text(name).map(Secret::new);
    let is_of_the_us = url.host_str().is_some_and(|host| host.ends_with(".us"));
    let authority = if is_of_the_us { AUTHORITY_OF_THE_US_GOVERNMENT } else { AUTHORITY };
    Some(EntraSettings {
        tenant: text("AZURE_TENANT_ID"),
        client: text("AZURE_CLIENT_ID"),
        client_secret: secret("AZURE_CLIENT_SECRET"),
        certificate: text("AZURE_CLIENT_CERTIFICATE_PATH").map(Into::into),
        sends_chain: text("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
            .is_some_and(|it| it == "1" || it.eq_ignore_ascii_case("true")),
        federated_token_file: text("AZURE_FEDERATED_TOKEN_FILE").map(Into::into),
        authority: text("AZURE_AUTHORITY_HOST").unwrap_or_else(|| authority.to_owned()),
        identity_endpoint: text("IDENTITY_ENDPOINT"),
        identity_header: secret("IDENTITY_HEADER"),
        // The name that Microsoft's own clients know for another address of that service.
        metadata: text("AZURE_POD_IDENTITY_AUTHORITY_HOST")
            .map_or_else(|| METADATA.to_owned(), |host| host.trim_end_matches('/').to_owned()),
        only: text("AZURE_TOKEN_CREDENTIALS"),
        scopes: scopes(scope, is_of_the_us),
        key_variable: kind.key_variables().last().copied().unwrap_or_default().to_owned(),
    })
}

fn scopes(users: Option<&str>, is_of_the_us: bool) -> Vec<String> {
    let known: &[&str] = match (users, is_of_the_us) {
        (Some(users), _) => &[users],
        (None, true) => &["https://cognitiveservices.azure.us/.default"],
        // Which of them a resource takes depends on its age.
        (None, false) => {
            &["https://ai.azure.com/.default", "https://cognitiveservices.azure.com/.default"]
        }
    };
    known.iter().map(|scope| (*scope).to_owned()).collect()
}
