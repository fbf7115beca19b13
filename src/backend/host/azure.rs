//! OpenAI's and others' models as they are deployed on Azure OpenAI and Microsoft Foundry, by the v1 API or a dated one.
use std::borrow::Cow;

use url::{Host as UrlHost, Url};

use super::{Asked, Host, openai_chat::cautious};
use crate::{
    backend::settings::{KeyHeader, Place},
    wire::{Chat, Responses, path_segment},
};

/// Where the resources of customers are.
const DOMAINS: [&str; 5] = [
    "openai.azure.com",
    "services.ai.azure.com",
    "cognitiveservices.azure.com",
    "openai.azure.us",
    "cognitiveservices.azure.us",
];

/// An API of a resource.
pub(super) struct Api {
    /// Where it stands at the resource, and where else: behind a gateway, or in a project.
    pub(super) path: &'static str,
    /// What is asked below it, which may stand in what a user copies.
    pub(super) requests: &'static [&'static str],
}

const V1: Api = Api { path: "openai/v1", requests: &["/responses", "/chat/completions"] };
/// What was there before, of which each request names the day.
const DATED: Api = Api { path: "openai", requests: &["/responses"] };
/// What both hosts know.
const PLACE: [&str; 1] = ["api_version"];

pub(super) static HOST: Host = Host {
    base_of: |url, settings| base_of(url, &settings.place),
    place: &PLACE,
    domains: &DOMAINS,
    base_url_variable: Some("AZURE_OPENAI_ENDPOINT"),
    key_variables: &["AZURE_OPENAI_API_KEY"],
    token_variable: Some("AZURE_OPENAI_AD_TOKEN"),
    wire: &Responses,
    key_header: KeyHeader::ApiKey,
    catalogue: Some("azure"),
    // A model is called as its customer has deployed it.
    default_model: None,
    ..Host::PLAIN
};

/// Which deployments speak Chat Completions alone is for the user to say; a table does.
pub(super) static CHAT: Host = Host {
    base_of: |url, settings| base_of(url, &settings.place),
    place: &PLACE,
    path: path_of_deployment,
    domains: &DOMAINS,
    key_variables: &["AZURE_OPENAI_API_KEY"],
    token_variable: Some("AZURE_OPENAI_AD_TOKEN"),
    wire: &Chat,
    key_header: KeyHeader::ApiKey,
    catalogue: Some("azure"),
    quirks: cautious,
    ..Host::CHAT
};

fn base_of(url: &Url, place: &Place) -> Result<String, String> {
    if let Some(version) = &place.api_version {
        if is_date(version) {
            return DATED.base_of(url, "/");
        }
        return Err(format!(
            "api_version is `{}`: it is a day such as 2025-04-01-preview, and the v1 API has none",
            version.escape_debug()
        ));
    }
    let project = project(url).map(|path| format!("/{path}/"));
    V1.base_of(url, project.as_deref().unwrap_or("/"))
}

impl Api {
    /// Takes the endpoint of a resource or of a project as the portal shows it, and whatever names the API in full.
    /// `at` is where the API of an endpoint stands.
    pub(super) fn base_of(&self, url: &Url, at: &str) -> Result<String, String> {
        let Self { path: api, requests } = self;
        let origin = url.origin().ascii_serialization();
        let path = url.path().trim_matches('/');
        let path = requests
            .iter()
            .find_map(|request| path.strip_suffix(request))
            .filter(|before| before.ends_with(api))
            .unwrap_or(path);
        if path == *api || path.ends_with(&format!("/{api}")) {
            return Ok(format!("{origin}/{path}"));
        }
        if !is_azures(url) {
            return Err(format!(
                "base_url {origin} is no address of Azure, such as https://NAME.{}; what stands before Azure is written in full, up to /{api}",
                DOMAINS[0]
            ));
        }
        let is_begun = path.is_empty() || api.strip_suffix("/v1") == Some(path);
        if !is_begun && project(url).is_none() {
            return Err(format!(
                "base_url {origin} goes on with a path that is not of its API; write {origin} alone, and the deployment as the model"
            ));
        }
        Ok(format!("{origin}{at}{api}"))
    }
}

/// The dated APIs have a path for each deployment where it speaks Chat Completions.
fn path_of_deployment(asked: &Asked<'_>) -> Cow<'static, str> {
    let path = asked.wire.path(asked.model);
    match asked.place.api_version {
        Some(_) => format!("deployments/{}/{path}", path_segment(asked.model)).into(),
        None => path,
    }
}

/// A day, and perhaps a word behind it.
fn is_date(version: &str) -> bool {
    let shape = |it: u8| if it.is_ascii_digit() { b'0' } else { it };
    let day: Vec<u8> = version.bytes().take(10).map(shape).collect();
    let rest = version.get(10..).unwrap_or_default();
    day == b"0000-00-00" && rest.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

/// The path of a project, where an endpoint is one's.
fn project(url: &Url) -> Option<&str> {
    let path = url.path().trim_matches('/');
    let name = path.strip_prefix("api/projects/")?;
    (!name.contains('/')).then_some(path)
}

/// A resource of a customer, or a server on this machine that stands in for one.
pub(super) fn is_azures(url: &Url) -> bool {
    match url.host() {
        Some(UrlHost::Domain(name)) => DOMAINS
            .iter()
            .any(|domain| name.strip_suffix(domain).is_some_and(|name| name.ends_with('.'))),
        Some(UrlHost::Ipv4(address)) => address.is_loopback(),
        Some(UrlHost::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_portal_shows_becomes_the_base_of_the_v1_api() {
        for (written, expected) in [
            ("https://NAME.openai.azure.com", "https://name.openai.azure.com/openai/v1"),
            ("https://name.openai.azure.com/", "https://name.openai.azure.com/openai/v1"),
            ("https://name.openai.azure.com/openai/", "https://name.openai.azure.com/openai/v1"),
            ("https://name.openai.azure.com/openai/v1", "https://name.openai.azure.com/openai/v1"),
            ("https://name.openai.azure.com/openai/v1/", "https://name.openai.azure.com/openai/v1"),
            (
                "https://name.openai.azure.com/openai/v1/responses",
                "https://name.openai.azure.com/openai/v1",
            ),
            (
                "https://name.openai.azure.com/openai/v1/chat/completions",
                "https://name.openai.azure.com/openai/v1",
            ),
            ("https://name.services.ai.azure.com", "https://name.services.ai.azure.com/openai/v1"),
            (
                "https://name.services.ai.azure.com/api/projects/mine",
                "https://name.services.ai.azure.com/api/projects/mine/openai/v1",
            ),
            (
                "https://name.services.ai.azure.com/api/projects/mine/openai/v1",
                "https://name.services.ai.azure.com/api/projects/mine/openai/v1",
            ),
            (
                "https://name.cognitiveservices.azure.com/",
                "https://name.cognitiveservices.azure.com/openai/v1",
            ),
            ("https://name.openai.azure.us", "https://name.openai.azure.us/openai/v1"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/openai/v1"),
            ("https://gateway.example/team/openai/v1/", "https://gateway.example/team/openai/v1"),
            ("https://gateway.example", "is no address of Azure"),
            ("https://openai.azure.com", "is no address of Azure"),
            ("https://name.openai.azure.com.example", "is no address of Azure"),
            ("https://nameopenai.azure.com", "is no address of Azure"),
            ("https://name.openai.azure.com/openai/deployments/gpt", "the deployment as the model"),
            ("https://name.services.ai.azure.com/models", "write https://name.services"),
            ("http://127.0.0.1:8000/v1", "write http://127.0.0.1:8000 alone"),
        ] {
            let said = base_of(&Url::parse(written).unwrap(), &Place::default());
            let said = said.unwrap_or_else(|error| error);
            let is_right =
                said == expected || !expected.starts_with("http") && said.contains(expected);
            assert!(is_right, "{written}: {said}");
        }
    }

    #[test]
    fn a_dated_api_stands_elsewhere() {
        let dated = "https://name.openai.azure.com/openai";
        for (written, version, expected) in [
            ("https://name.openai.azure.com", "2025-04-01-preview", dated),
            ("https://name.openai.azure.com/openai/", "2024-10-21", dated),
            ("https://gw.example/team/openai", "2024-10-21", "https://gw.example/team/openai"),
            ("https://name.openai.azure.com/openai/v1", "2024-10-21", "not of its API"),
            ("https://name.openai.azure.com", "preview", "the v1 API has none"),
            ("https://name.openai.azure.com", "2024-10-21&a=b", "the v1 API has none"),
        ] {
            let place = Place { api_version: Some(version.to_owned()), ..Place::default() };
            let said = base_of(&Url::parse(written).unwrap(), &place);
            let said = said.unwrap_or_else(|error| error);
            let is_right =
                said == expected || !expected.starts_with("http") && said.contains(expected);
            assert!(is_right, "{written}: {said}");
        }
    }
}
