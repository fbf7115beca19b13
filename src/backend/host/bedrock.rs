//! AWS Bedrock: every model that it has by ConverseStream, and those of two makers by the protocols of these.
use std::borrow::Cow;

use url::Url;

use super::Host;
use crate::{
    backend::{
        bedrock_models::MODELS,
        credentials::aws::{Scope, domain},
        settings::{KeyHeader, Place},
    },
    wire::{Converse, Messages, Quirks, Responses, Wire, path_segment},
};

const USUAL_REGION: &str = "us-east-1";

/// What addresses begin with where models are asked, and what signatures call that service.
const SERVICES: [(&str, &str); 2] =
    [("bedrock-runtime", "bedrock"), ("bedrock-mantle", "bedrock-mantle")];
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

/// Models of OpenAI by Responses.
pub(super) static OPENAI: Host = Host {
    base_of: |url, _| Ok(completed(url, "openai/v1")),
    aws: Some(AwsService { maker: Some("openai.") }),
    base_url_variable: None,
    wire: &Responses,
    headers: &[],
    ..HOST
};

/// The API stands at a path of its own, which people may have written already.
fn completed(url: &Url, api: &str) -> String {
    let base = url.as_str().trim_end_matches('/');
    if base.ends_with(&format!("/{api}")) { base.to_owned() } else { format!("{base}/{api}") }
}

fn path_of_invoke(_: &dyn Wire, model: &str, _: &Place) -> Cow<'static, str> {
    format!("model/{}/invoke-with-response-stream", path_segment(model)).into()
}

impl AwsService {
    /// Its address in a region. Absent: no region is called so.
    pub fn base_url(self, region: &str) -> Option<String> {
        let is_region =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || !region.bytes().all(is_region) {
            return None;
        }
        Some(format!("https://{}.{region}.{}", SERVICES[0].0, domain(region)))
    }

    /// The region that one of its addresses names, also one of a private network.
    pub fn region_of(self, base_url: &str) -> Option<&str> {
        named(base_url).map(|(_, region)| region)
    }

    /// What a request to an address of it is signed for. A gateway in its place may stand in no region.
    pub fn scope(self, region: &str, base_url: &str) -> Scope {
        let region = if region.is_empty() { USUAL_REGION } else { region };
        let (_, signed_as) = named(base_url).map_or(SERVICES[0], |(service, _)| service);
        Scope { region: region.to_owned(), service: signed_as.to_owned() }
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
        let is_runtime = named(base_url).is_some_and(|(service, _)| service == SERVICES[0]);
        base_url.starts_with("https://") && is_runtime
    }
}

type Service = (&'static str, &'static str);

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
        SERVICES.into_iter().find(|(name, _)| *name == label)
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
            ("https://bedrock-mantle.us-east-1.api.aws/openai/v1", ("bedrock-mantle", false)),
            ("https://gw.example", ("bedrock", false)),
        ] {
            let scope = BEDROCK.scope("us-east-1", base_url);
            assert_eq!((scope.service.as_str(), BEDROCK.is_at(base_url)), expected, "{base_url}");
        }
    }

    #[test]
    fn an_api_of_a_maker_stands_at_its_path() {
        let written = |url: &str| completed(&Url::parse(url).unwrap(), "openai/v1");
        let whole = "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1";
        assert_eq!(written("https://bedrock-runtime.us-east-1.amazonaws.com"), whole);
        assert_eq!(written(&format!("{whole}/")), whole);
        let claude = MESSAGES.aws.unwrap();
        assert!(
            claude.asks("us.anthropic.claude-opus-5-5") && !claude.asks("amazon.nova-pro-v1:0")
        );
    }
}
