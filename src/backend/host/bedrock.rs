//! AWS Bedrock: every model that it has by ConverseStream, and those of two makers by the protocols of these.
use std::borrow::Cow;

use url::Url;

use super::{Asked, Host};
use crate::{
    backend::{
        bedrock_models::MODELS,
        credentials::aws::{Scope, domain},
        settings::KeyHeader,
    },
    wire::{Chat, Converse, Messages, Quirks, Responses, path_segment},
};

const USUAL_REGION: &str = "us-east-1";

/// An address where models are asked.
#[derive(Debug, PartialEq, Eq)]
struct Service {
    /// What it begins with.
    label: &'static str,
    /// What signatures call it.
    signed_as: &'static str,
    /// The part of the catalogue that knows its models.
    catalogue: &'static str,
}

const RUNTIME: Service =
    Service { label: "bedrock-runtime", signed_as: "bedrock", catalogue: "bedrock" };
const MANTLE: Service =
    Service { label: "bedrock-mantle", signed_as: "bedrock-mantle", catalogue: "bedrock_mantle" };
/// Where OpenAI's protocol stands: for models of its own, and for all others, where those have a path of their own.
const OPENAI_PATHS: [&str; 2] = ["openai/v1", "v1"];
/// Where addresses of AWS are: the usual domain, that of China, and that of newer services.
const DOMAINS: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "api.aws"];

/// A service of AWS: it stands in many regions, each of which has an address of its own.
#[derive(Debug, Clone, Copy)]
pub struct AwsService {
    /// Whose models are asked, by what their names hold. Absent: everybody's.
    maker: Option<&'static str>,
}

const BEDROCK: AwsService = AwsService { maker: None };

pub(super) static HOST: Host = Host {
    place: &["region", "profile"],
    aws: Some(BEDROCK),
    base_url_variable: Some("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    key_variables: &["AWS_BEARER_TOKEN_BEDROCK"],
    wire: &Converse,
    key_header: KeyHeader::Bearer,
    headers: &[("accept", "application/vnd.amazon.eventstream")],
    models_path: Some(MODELS),
    catalogue: Some("bedrock"),
    // Which of them an account may ask depends on it and on its region.
    default_model: None,
    ..Host::PLAIN
};

/// Claude by Anthropic's own protocol.
pub(super) static MESSAGES: Host = Host {
    base_of: |url, _| Ok(completed(url, "anthropic/v1")),
    aws: Some(AwsService { maker: Some("anthropic.") }),
    base_url_variable: None,
    wire: &Messages,
    headers: &[("anthropic-version", "2023-06-01")],
    ..HOST
};

/// Claude by Anthropic's own protocol as InvokeModel passes it on: the model stands in the path, and each event in an
/// envelope of the binary event stream.
pub(super) static INVOKE: Host = Host {
    aws: Some(AwsService { maker: Some("anthropic.") }),
    path: path_of_invoke,
    base_url_variable: None,
    wire: &Messages,
    quirks: || Quirks {
        version_in_body: Some("bedrock-2023-05-31"),
        stream_in_body: false,
        ..Quirks::default()
    },
    ..HOST
};

/// Models of OpenAI by Responses; where more makers speak it, theirs, too.
pub(super) static OPENAI: Host = Host {
    base_of: |url, _| Ok(without_path(url)),
    path: path_of_openai,
    other_path: other_openai_path,
    aws: Some(AwsService { maker: Some("openai.") }),
    base_url_variable: None,
    wire: &Responses,
    headers: &[],
    ..HOST
};

/// The same by Chat Completions.
pub(super) static CHAT: Host = Host { wire: &Chat, ..OPENAI };

/// The API stands at a path of its own, which people may have written already.
fn completed(url: &Url, api: &str) -> String {
    let base = url.as_str().trim_end_matches('/');
    if base.ends_with(&format!("/{api}")) { base.to_owned() } else { format!("{base}/{api}") }
}

/// The path of OpenAI's protocol depends on the model, whatever people have written of it.
fn without_path(url: &Url) -> String {
    let base = url.as_str().trim_end_matches('/');
    let [own, others] = OPENAI_PATHS.map(|path| base.strip_suffix(&format!("/{path}")));
    own.or(others.filter(|_| is_mantle(base))).unwrap_or(base).to_owned()
}

fn path_of_invoke(asked: &Asked<'_>) -> Cow<'static, str> {
    format!("model/{}/invoke-with-response-stream", path_segment(asked.model)).into()
}

fn path_of_openai(asked: &Asked<'_>) -> Cow<'static, str> {
    let is_closed = asked.model.contains("openai.") && !asked.model.contains("openai.gpt-oss");
    let [own, others] = OPENAI_PATHS;
    let path = if is_closed || !is_mantle(asked.base) { own } else { others };
    format!("{path}/{}", asked.wire.path(asked.model)).into()
}

fn is_mantle(base: &str) -> bool {
    named(base).is_some_and(|(service, _)| service == MANTLE)
}

/// New models may stand at either.
fn other_openai_path(path: &str) -> Option<String> {
    let [own, others] = OPENAI_PATHS;
    match path.strip_prefix(own) {
        Some(request) => Some(format!("{others}{request}")),
        None => Some(format!("{own}{}", path.strip_prefix(others)?)),
    }
}

impl AwsService {
    /// Its address in a region. Absent: no region is called so.
    pub fn base_url(self, region: &str) -> Option<String> {
        let is_region =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || !region.bytes().all(is_region) {
            return None;
        }
        Some(format!("https://{}.{region}.{}", RUNTIME.label, domain(region)))
    }

    /// The region that one of its addresses names, also one of a private network.
    pub fn region_of(self, base_url: &str) -> Option<&str> {
        named(base_url).map(|(_, region)| region)
    }

    /// What a request to an address of it is signed for. A gateway in its place may stand in no region.
    pub fn scope(self, region: &str, base_url: &str) -> Scope {
        let region = if region.is_empty() { USUAL_REGION } else { region };
        let service = named(base_url).map_or(RUNTIME, |(service, _)| service);
        Scope { region: region.to_owned(), service: service.signed_as.to_owned() }
    }

    /// Where its models are listed: AWS has another address for that, and what stands in its place has not.
    pub fn lists_at(self, base_url: &str) -> String {
        if let Some((_, region)) = named(base_url) {
            return format!("https://bedrock.{region}.{}", domain(region));
        }
        let url = Url::parse(base_url);
        url.map_or_else(|_| base_url.to_owned(), |url| url.origin().ascii_serialization())
    }

    /// Whether it asks this model.
    pub fn asks(self, model: &str) -> bool {
        self.maker.is_none_or(|maker| model.contains(maker))
    }

    /// It is AWS's own, where the list prices of the catalogue hold.
    pub fn is_at(self, base_url: &str) -> bool {
        base_url.starts_with("https://") && named(base_url).is_some()
    }

    /// The part of the catalogue that knows the models at one of its addresses.
    pub(super) fn catalogue_at(self, base_url: &str) -> Option<&'static str> {
        named(base_url).map(|(service, _)| service.catalogue)
    }
}

/// The service and the region that an address of AWS names.
fn named(base_url: &str) -> Option<(Service, &str)> {
    let (_, rest) = base_url.split_once("://")?;
    let host = rest.split(['/', ':']).next()?;
    let is_below = |domain: &str| host.strip_suffix(domain).is_some_and(|it| it.ends_with('.'));
    if !DOMAINS.into_iter().any(is_below) {
        return None;
    }
    let mut labels = host.split('.');
    let service = labels.find_map(|label| {
        let label = label.strip_suffix("-fips").unwrap_or(label);
        [RUNTIME, MANTLE].into_iter().find(|service| service.label == label)
    })?;
    Some((service, labels.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_its_address_and_an_address_its_region() {
        for (region, expected) in [
            ("us-east-1", Some("https://bedrock-runtime.us-east-1.amazonaws.com")),
            ("us-gov-west-1", Some("https://bedrock-runtime.us-gov-west-1.amazonaws.com")),
            ("cn-north-1", Some("https://bedrock-runtime.cn-north-1.amazonaws.com.cn")),
            ("", None),
            ("evil.example/", None),
            ("US-EAST-1", None),
        ] {
            assert_eq!(BEDROCK.base_url(region).as_deref(), expected, "{region}");
        }
        for (base_url, expected) in [
            ("https://bedrock-runtime.eu-west-3.amazonaws.com", Some("eu-west-3")),
            ("https://bedrock-runtime-fips.us-east-2.amazonaws.com/", Some("us-east-2")),
            ("https://vpce-0a-b.bedrock-runtime.us-east-1.vpce.amazonaws.com", Some("us-east-1")),
            ("https://bedrock-runtime.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("https://bedrock-runtime.us-east-1.amazonaws.com.example", None),
            ("https://bedrock.us-east-1.amazonaws.com", None),
            ("http://127.0.0.1:8000", None),
        ] {
            assert_eq!(BEDROCK.region_of(base_url), expected, "{base_url}");
        }
        for (base_url, expected) in [
            (
                "https://bedrock-runtime-fips.us-east-2.amazonaws.com",
                "https://bedrock.us-east-2.amazonaws.com",
            ),
            (
                "https://bedrock-mantle.us-east-1.api.aws/openai/v1",
                "https://bedrock.us-east-1.amazonaws.com",
            ),
            (
                "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1",
                "https://bedrock.us-east-1.amazonaws.com",
            ),
            ("https://gw.example/bedrock-runtime", "https://gw.example"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ] {
            assert_eq!(BEDROCK.lists_at(base_url), expected);
        }
        for (base_url, expected) in [
            ("https://bedrock-runtime.us-east-1.amazonaws.com", ("bedrock", true)),
            ("https://bedrock-mantle.us-east-1.api.aws/openai/v1", ("bedrock-mantle", true)),
            ("http://bedrock-mantle.us-east-1.api.aws", ("bedrock-mantle", false)),
            ("https://gw.example", ("bedrock", false)),
        ] {
            let scope = BEDROCK.scope("us-east-1", base_url);
            assert_eq!((scope.service.as_str(), BEDROCK.is_at(base_url)), expected, "{base_url}");
        }
    }

    #[test]
    fn an_api_of_a_maker_stands_at_its_path() {
        let written = |url: &str| completed(&Url::parse(url).unwrap(), "anthropic/v1");
        let whole = "https://bedrock-runtime.us-east-1.amazonaws.com/anthropic/v1";
        assert_eq!(written("https://bedrock-runtime.us-east-1.amazonaws.com"), whole);
        assert_eq!(written(&format!("{whole}/")), whole);
        let claude = MESSAGES.aws.unwrap();
        assert!(
            claude.asks("us.anthropic.claude-opus-5-5") && !claude.asks("amazon.nova-pro-v1:0")
        );
    }

    #[test]
    fn the_path_of_openais_protocol_goes_by_the_model() {
        let runtime = "https://bedrock-runtime.us-east-1.amazonaws.com";
        let mantle = "https://bedrock-mantle.us-east-1.api.aws";
        for (written, model, expected) in [
            (runtime, "openai.gpt-6-sol", format!("{runtime}/openai/v1/responses")),
            (runtime, "openai.gpt-oss-120b", format!("{runtime}/openai/v1/responses")),
            (mantle, "openai.gpt-6-sol", format!("{mantle}/openai/v1/responses")),
            (mantle, "us.openai.gpt-7", format!("{mantle}/openai/v1/responses")),
            (mantle, "openai.gpt-oss-120b", format!("{mantle}/v1/responses")),
            (mantle, "deepseek.v3.1", format!("{mantle}/v1/responses")),
            ("http://127.0.0.1:1/v1", "any", "http://127.0.0.1:1/v1/openai/v1/responses".into()),
        ] {
            for end in ["", "/", "/openai/v1", "/openai/v1/"] {
                let base = without_path(&Url::parse(&format!("{written}{end}")).unwrap());
                let place = Default::default();
                let asked = Asked { wire: OPENAI.wire, model, place: &place, base: &base };
                let path = path_of_openai(&asked);
                assert_eq!(format!("{base}/{path}"), expected, "{written}{end} {model}");
                assert_eq!(
                    other_openai_path(&path).as_deref().and_then(other_openai_path),
                    Some(path.into_owned())
                );
            }
        }
        let url = Url::parse(&format!("{mantle}/v1")).unwrap();
        assert_eq!(without_path(&url), mantle);
    }
}
