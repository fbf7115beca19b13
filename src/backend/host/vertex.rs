//! Google's Vertex AI: Gemini by generateContent, Claude by Messages, what others publish there by Chat Completions.
use std::borrow::Cow;

use url::Url;

use super::{Asked, Host, openai_chat::cautious};
use crate::{
    backend::{
        endpoint::PROJECT_OF_CREDENTIALS,
        settings::{BackendSettings, Key, KeyHeader, Kind, Place},
    },
    wire::{Gemini, Messages, Quirks, path_segment},
};

/// Where the location `global` is served, which stands for the others where no other address is given.
const GLOBAL: &str = "https://aiplatform.googleapis.com";
const PLACE: [&str; 2] = ["project", "location"];
/// In the order of Google's clients, and then of Anthropic's.
const PROJECT_VARIABLES: [&str; 2] = ["GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID"];
const LOCATION_VARIABLES: [&str; 2] = ["GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION"];
const NO_PROJECT: &str = "set `project` in the backend's table, or GOOGLE_CLOUD_PROJECT";
/// The version of Messages that is spoken here; the newest of Anthropic's own is no other for what is sent.
const MESSAGES_VERSION: &str = "vertex-2023-10-16";

/// Gemini, and the backend that the others belong to.
pub(super) static HOST: Host = Host {
    base_url: Some(GLOBAL),
    base_of: |url, settings| base_of(url, &settings.place, project(settings)?),
    place: &PLACE,
    project_variables: &PROJECT_VARIABLES,
    location_variables: &LOCATION_VARIABLES,
    path: path_of_gemini,
    base_url_variable: Some("GOOGLE_VERTEX_BASE_URL"),
    key_variables: &["GOOGLE_OAUTH_ACCESS_TOKEN"],
    express_variable: Some("GOOGLE_API_KEY"),
    wire: &Gemini,
    key_header: KeyHeader::Bearer,
    models_path: None,
    catalogue: Some("vertex"),
    quirks: || Quirks { call_ids: false, ..Quirks::default() },
    ..Host::CHAT
};

pub(super) static CLAUDE: Host = Host {
    base_of: base_of_others,
    place: &PLACE,
    project_variables: &PROJECT_VARIABLES,
    location_variables: &LOCATION_VARIABLES,
    path: path_of_claude,
    wire: &Messages,
    models_path: None,
    catalogue: Some("vertex_anthropic"),
    quirks: || Quirks { version_in_body: Some(MESSAGES_VERSION), ..Quirks::default() },
    ..Host::CHAT
};

pub(super) static CHAT: Host = Host {
    base_of: base_of_others,
    place: &PLACE,
    project_variables: &PROJECT_VARIABLES,
    location_variables: &LOCATION_VARIABLES,
    path: path_of_chat,
    models_path: None,
    quirks: cautious,
    ..Host::CHAT
};

/// Claude is known by its name, what others publish by `PUBLISHER/MODEL`, and all else is Gemini.
pub(super) fn kind_of(model: &str) -> Kind {
    match model {
        _ if model.starts_with("claude-") => Kind::VertexClaude,
        _ if model.contains('/') && !model.starts_with("models/") => Kind::VertexChat,
        _ => Kind::Vertex,
    }
}

/// Gemini alone is asked without a project.
fn base_of_others(url: &Url, settings: &BackendSettings) -> Result<String, String> {
    match project(settings)? {
        Asks::Project(_) => base_of(url, &settings.place, project(settings)?),
        Asks::Nobodys => {
            Err(format!("with a key of Google's APIs only Gemini is asked; {NO_PROJECT}"))
        }
    }
}

/// Whose project is asked.
#[derive(Debug, Clone, Copy)]
enum Asks<'a> {
    Project(&'a str),
    /// The key stands for one, which Google calls express mode.
    Nobodys,
}

fn project(settings: &BackendSettings) -> Result<Asks<'_>, String> {
    match (settings.place.project.as_deref(), &settings.key) {
        (Some(project), _) => Ok(Asks::Project(project)),
        (None, _) if settings.key_header == KeyHeader::XGoogApiKey => Ok(Asks::Nobodys),
        // Where they are found, one is.
        (None, Key::Sought(_)) => Ok(Asks::Project(PROJECT_OF_CREDENTIALS)),
        (None, Key::None | Key::Found { .. } | Key::Missing { .. }) => {
            Err(format!("no project is set; {NO_PROJECT}"))
        }
    }
}

/// A project's place, at the service of its location or at another address that serves it.
fn base_of(url: &Url, place: &Place, asks: Asks<'_>) -> Result<String, String> {
    let location = place.location.as_deref().unwrap_or("global");
    let project = match asks {
        Asks::Project(project) => Some(project),
        Asks::Nobodys => None,
    };
    for (setting, name) in [("project", project), ("location", Some(location))] {
        let Some(name) = name else { continue };
        if name.is_empty()
            || !name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.:".contains(&it))
        {
            let name = name.escape_debug();
            return Err(format!("{setting} is `{name}`: it holds letters, digits and hyphens"));
        }
    }
    let written = url.as_str().trim_end_matches('/');
    let service = if written == GLOBAL { service_of(location) } else { written.to_owned() };
    let is_versioned = ["/v1", "/v1beta1"].iter().any(|version| service.ends_with(version));
    let version = if is_versioned { "" } else { "/v1" };
    Ok(match project {
        Some(project) => {
            format!("{service}{version}/projects/{project}/locations/{location}")
        }
        None => format!("{service}{version}"),
    })
}

fn service_of(location: &str) -> String {
    match location {
        "global" => GLOBAL.to_owned(),
        "us" | "eu" => format!("https://aiplatform.{location}.rep.googleapis.com"),
        region => format!("https://{region}-aiplatform.googleapis.com"),
    }
}

fn path_of_gemini(asked: &Asked<'_>) -> Cow<'static, str> {
    format!("publishers/google/{}", asked.wire.path(asked.model)).into()
}

fn path_of_claude(asked: &Asked<'_>) -> Cow<'static, str> {
    format!("publishers/anthropic/models/{}:streamRawPredict", path_segment(asked.model)).into()
}

fn path_of_chat(asked: &Asked<'_>) -> Cow<'static, str> {
    format!("endpoints/openapi/{}", asked.wire.path(asked.model)).into()
}

#[cfg(test)]
mod tests {
    use super::{super::host_of, *};

    fn url(written: &str, asks: Asks<'_>, location: Option<&str>, model: &str) -> String {
        let place = Place { location: location.map(str::to_owned), ..Place::default() };
        let host = host_of(kind_of(model));
        match base_of(&Url::parse(written).unwrap(), &place, asks) {
            Ok(base) => {
                let asked = Asked { wire: host.wire, model, place: &place, base: &base };
                format!("{base}/{}", (host.path)(&asked))
            }
            Err(error) => error,
        }
    }

    #[test]
    fn models_are_asked_by_their_publisher_at_the_service_of_their_location() {
        let google = "publishers/google/models/gemini-4-argon:streamGenerateContent?alt=sse";
        for (location, model, expected) in [
            (None, "gemini-4-argon", format!("{GLOBAL}/v1/projects/p/locations/global/{google}")),
            (
                Some("eu"),
                "models/gemini-4-argon",
                format!("https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/{google}"),
            ),
            (
                Some("europe-west1"),
                "claude-haiku-4-5@20251001",
                "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1/publishers/anthropic/models/claude-haiku-4-5@20251001:streamRawPredict"
                    .to_owned(),
            ),
            (
                None,
                "meta/llama-maas",
                format!("{GLOBAL}/v1/projects/p/locations/global/endpoints/openapi/chat/completions"),
            ),
            (
                None,
                "claude-a/../b?c#d",
                format!(
                    "{GLOBAL}/v1/projects/p/locations/global/publishers/anthropic/models/claude-a%2F..%2Fb%3Fc%23d:streamRawPredict"
                ),
            ),
        ] {
            assert_eq!(url(GLOBAL, Asks::Project("p"), location, model), expected, "{model}");
        }
        let gateway =
            url("https://gw.example/g/v1beta1/", Asks::Project("a.b:c"), None, "claude-x");
        assert!(
            gateway.starts_with("https://gw.example/g/v1beta1/projects/a.b:c/locations/global/"),
            "{gateway}"
        );
        let express = url(GLOBAL, Asks::Nobodys, None, "gemini-4-argon");
        assert_eq!(express, format!("{GLOBAL}/v1/{google}"));
        let found = url(GLOBAL, Asks::Project(PROJECT_OF_CREDENTIALS), None, "gemini-4-argon");
        assert!(found.contains("/projects/-/locations/global/"), "{found}");
        for (project, location, expected) in [
            ("p/../q", None, "project is `p/../q`"),
            ("p", Some("evil.example/x"), "location is `evil.example/x`"),
            ("p", Some(""), "location is ``"),
        ] {
            let said = url(GLOBAL, Asks::Project(project), location, "gemini-4-argon");
            assert!(said.contains(expected), "{said}");
        }
    }
}
