//! The address and the headers of a backend's requests, checked before anything is sent.
use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::{Host as UrlHost, Url};

use super::{
    host::Host,
    settings::{BackendSettings, Key},
};

/// Headers that carry a secret under their usual names.
const SECRET_HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "api-key", "x-api-key", "x-goog-api-key", "cookie"];
const NO_REGION: &str = "no region of AWS is named: set the backend's `region`, AWS_REGION, or the region of the profile in ~/.aws/config";
/// Headers that frame the request: another value would break it, or smuggle a second one.
const FRAMING_HEADERS: [&str; 8] = [
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "upgrade",
    "te",
    "accept-encoding",
];

/// Stands in a base URL for a project that only the credentials know.
pub(super) const PROJECT_OF_CREDENTIALS: &str = "-";

/// Where requests go and what they carry besides their body.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    /// The base URL without a slash at its end: the name of this place in messages and in history.
    pub(super) base: String,
    /// Stands behind each path.
    query: String,
    pub(super) headers: HeaderMap,
    pub(super) is_encrypted: bool,
    pub(super) is_loopback: bool,
    /// It is where the kind's vendor has its service.
    pub(super) is_vendors_own: bool,
}

impl Endpoint {
    /// # Errors
    /// A sentence that says which setting can't be used, and why.
    pub(super) fn new(settings: &BackendSettings, host: &Host) -> Result<Self, String> {
        let place = &settings.place;
        if let Some(unknown) =
            place.set().map(|(name, _)| name).find(|name| !host.place.contains(name))
        {
            return Err(format!("kind {} knows no {unknown}", settings.kind.as_str()));
        }
        let url = parse_base_url(settings, host)?;
        let base = with_version(&(host.base_of)(&url, settings)?, host.versions);
        let version = place.api_version.as_ref();
        let is_vendors_own = host.base_url == Some(base.as_str());
        let mut headers = headers(settings, host)?;
        if is_vendors_own {
            add_previews(&mut headers, host);
        }
        let endpoint = Self {
            is_encrypted: url.scheme() == "https",
            is_loopback: is_loopback(&url),
            is_vendors_own,
            query: version.map_or(String::new(), |version| format!("?api-version={version}")),
            base,
            headers,
        };
        endpoint.refuse_secrets_in_the_open(&settings.key)?;
        Ok(endpoint)
    }

    /// Where a path stands under the base URL, which may be one of the project that the credentials belong to.
    pub(super) fn url(&self, path: &str, project: Option<&str>) -> String {
        let base = match project {
            Some(project) => {
                let unknown = format!("/projects/{PROJECT_OF_CREDENTIALS}/");
                Cow::from(self.base.replacen(&unknown, &format!("/projects/{project}/"), 1))
            }
            None => Cow::from(&self.base),
        };
        format!("{base}/{path}{}", self.query)
    }

    fn refuse_secrets_in_the_open(&self, key: &Key) -> Result<(), String> {
        let has_key = match key {
            Key::Found { .. } | Key::Sought(_) => true,
            Key::None | Key::Missing { .. } => false,
        };
        let has_secret = has_key || SECRET_HEADERS.iter().any(|it| self.headers.contains_key(*it));
        if self.is_encrypted || self.is_loopback || !has_secret {
            return Ok(());
        }
        Err(format!(
            "a key would go to {} unencrypted, for everyone on the way to read; use https, or a backend without a key",
            self.base
        ))
    }
}

fn parse_base_url(settings: &BackendSettings, host: &Host) -> Result<Url, String> {
    let text = settings.base_url.as_deref().or(host.base_url);
    let text = text.ok_or_else(|| {
        if host.aws.is_some() {
            return NO_REGION.to_owned();
        }
        format!("kind {} needs a base_url, such as {}", settings.kind.as_str(), example(host))
    })?;
    // The text may hold a password: until it is known not to, messages don't show it.
    let url = Url::parse(text.trim()).map_err(|error| {
        format!("base_url is no URL ({error}); write it like {}", example(host))
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("base_url begins with `{}:`; it may be http or https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("base_url holds a user name or password; give the key by api_key_env".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("base_url may not hold `?` or `#`; write it like {}", example(host)));
    }
    Ok(url)
}

/// How a base URL is written.
fn example(host: &Host) -> String {
    match host.domains {
        [] => "http://127.0.0.1:8000/v1".to_owned(),
        [domain, ..] => format!("https://NAME.{domain}"),
    }
}

/// People write a base URL with the version of the API at its end, and without.
fn with_version(base: &str, versions: &[&str]) -> String {
    let is_named = base.rsplit('/').next().is_some_and(|last| versions.contains(&last));
    match versions.first() {
        Some(first) if !is_named => format!("{base}/{first}"),
        Some(_) | None => base.to_owned(),
    }
}

fn headers(settings: &BackendSettings, host: &Host) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (ACCEPT, HeaderValue::from_static("text/event-stream")),
    ]);
    for (name, value) in host.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in &settings.headers {
        let shown = name.escape_debug();
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("headers: `{shown}` is no name of a header"))?;
        if FRAMING_HEADERS.contains(&parsed.as_str()) {
            return Err(format!("headers: `{shown}` can't be set; the program sets it itself"));
        }
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| format!("headers: the value of `{shown}` holds a control character"))?;
        // Whatever the user puts in may be a secret.
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

/// Adds the previews that are asked for to those that the user asks for.
fn add_previews(headers: &mut HeaderMap, host: &Host) {
    for (name, own) in host.preview_headers {
        let users = headers.get(*name).and_then(|value| value.to_str().ok());
        let all = users.map_or_else(|| (*own).to_owned(), |users| format!("{own},{users}"));
        if let Ok(value) = HeaderValue::from_str(&all) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(UrlHost::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(UrlHost::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(UrlHost::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        backend::{
            Kind, Network, Place, QuirkSettings, Timeouts, host::host_of, settings::KeyHeader,
        },
        redact::Secret,
    };

    fn endpoint(
        base_url: &str,
        key: Option<&str>,
        header: (&str, &str),
    ) -> Result<Endpoint, String> {
        let key = key.map_or(Key::None, |key| Key::Found {
            secret: Secret::new(key.into()),
            source: "SOME_KEY".into(),
        });
        let mut settings = settings(Kind::OpenaiChat, base_url, key);
        settings.headers.push((header.0.into(), header.1.into()));
        Endpoint::new(&settings, host_of(settings.kind))
    }

    fn settings(kind: Kind, base_url: &str, key: Key) -> BackendSettings {
        BackendSettings {
            name: "test".into(),
            kind,
            base_url: (!base_url.is_empty()).then(|| base_url.to_owned()),
            place: Place::default(),
            key,
            unsent: None,
            key_header: KeyHeader::Bearer,
            headers: Vec::new(),
            timeouts: Timeouts::default(),
            network: Network::default(),
            retries: 0,
            quirks: QuirkSettings::default(),
            models: Default::default(),
        }
    }

    #[test]
    fn addresses_and_keys_are_checked_before_anything_is_sent() {
        let plain = ("x-team", "core");
        for (base_url, key, header, expected) in [
            (
                "https://gateway.example/v1",
                Some("k"),
                plain,
                "https://gateway.example/v1/chat/completions",
            ),
            (
                "https://gateway.example/v1/",
                None,
                plain,
                "https://gateway.example/v1/chat/completions",
            ),
            ("https://gateway.example", None, plain, "https://gateway.example/chat/completions"),
            ("http://127.0.0.1:1/v1", Some("k"), plain, "http://127.0.0.1:1/v1/chat/completions"),
            ("http://[::1]:1/v1", Some("k"), plain, "http://[::1]:1/v1/chat/completions"),
            ("http://localhost:1/v1", Some("k"), plain, "http://localhost:1/v1/chat/completions"),
            ("http://10.0.0.7/v1", None, plain, "http://10.0.0.7/v1/chat/completions"),
            ("http://10.0.0.7/v1", Some("k"), plain, "unencrypted"),
            ("http://10.0.0.7/v1", None, ("Api-Key", "k"), "unencrypted"),
            ("http://localhost.evil.example/v1", Some("k"), plain, "unencrypted"),
            ("https://me:hunter2@gateway.example/v1", None, plain, "holds a user name or password"),
            ("ftp://gateway.example", None, plain, "it may be http or https"),
            ("https://gateway.example/v1?a=b", None, plain, "may not hold `?`"),
            ("gateway", None, plain, "is no URL"),
            ("", None, plain, "needs a base_url"),
            ("https://gateway.example", None, ("bad name", "v"), "`bad name` is no name"),
            ("https://gateway.example", None, ("x-a", "b\r\nx-c: d"), "control character"),
            ("https://gateway.example", None, ("Host", "other"), "can't be set"),
        ] {
            let said = match endpoint(base_url, key, header) {
                Ok(endpoint) => endpoint.url(&host_of(Kind::OpenaiChat).wire.path("m"), None),
                Err(sentence) => sentence,
            };
            assert!(said.contains(expected), "{base_url}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn every_kind_is_reached_over_tls_or_on_this_machine() {
        for kind in Kind::ALL {
            let mut settings = settings(kind, "", Key::None);
            if !kind.project_variables().is_empty() {
                settings.place.project = Some("p".to_owned());
            }
            let endpoint = Endpoint::new(&settings, host_of(kind));
            match kind.base_url() {
                None => assert!(endpoint.is_err(), "{kind:?}"),
                Some(_) => assert!(endpoint.is_ok_and(|at| at.is_encrypted || at.is_loopback)),
            }
        }
    }

    #[test]
    fn previews_are_asked_for_at_the_vendors_own_service_alone() {
        for (base_url, expected) in [
            ("", true),
            ("https://api.anthropic.com/v1/", true),
            ("https://gateway.example", false),
        ] {
            let settings = settings(Kind::Anthropic, base_url, Key::None);
            let endpoint = Endpoint::new(&settings, host_of(Kind::Anthropic)).unwrap();
            assert_eq!(endpoint.is_vendors_own, expected, "{base_url}");
            assert_eq!(endpoint.headers.contains_key("anthropic-beta"), expected, "{base_url}");
        }
        let mut settings = settings(Kind::Anthropic, "", Key::None);
        settings.headers.push(("Anthropic-Beta".into(), "of-mine-2026-01-01".into()));
        let endpoint = Endpoint::new(&settings, host_of(Kind::Anthropic)).unwrap();
        let betas = endpoint.headers["anthropic-beta"].to_str().unwrap();
        assert_eq!(betas, "thinking-binding-controls-2026-08-01,of-mine-2026-01-01");
    }

    #[test]
    fn a_base_url_may_leave_out_the_version() {
        for (kind, base_url, expected) in [
            (Kind::Anthropic, "https://gw.example", "https://gw.example/v1/messages"),
            (Kind::Anthropic, "https://gw.example/v1/", "https://gw.example/v1/messages"),
            (Kind::Anthropic, "https://gw.example/v2", "https://gw.example/v2/v1/messages"),
            (Kind::Gemini, "https://gw.example", "https://gw.example/v1beta/models/m:"),
            (Kind::Gemini, "https://gw.example/g/", "https://gw.example/g/v1beta/models/m:"),
            (Kind::Gemini, "https://gw.example/v1", "https://gw.example/v1/models/m:"),
            (Kind::OpenaiChat, "https://gw.example", "https://gw.example/chat/completions"),
        ] {
            let host = host_of(kind);
            let endpoint = Endpoint::new(&settings(kind, base_url, Key::None), host).unwrap();
            let url = endpoint.url(&host.wire.path("m"), None);
            assert!(url.starts_with(expected), "{base_url}: {url}");
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let endpoint = endpoint("https://a.example", Some("k-123"), ("x-team", "t-456")).unwrap();
        let printed = format!("{endpoint:?}");
        assert!(!printed.contains("k-123") && !printed.contains("t-456"), "{printed}");
    }
}
