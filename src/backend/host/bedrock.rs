//! Every model that AWS Bedrock has, by ConverseStream at its runtime.
use super::{Host, as_written, path_of_wire};
use crate::{
    backend::{bedrock_models::MODELS, credentials::aws::Scope, settings::KeyHeader},
    wire::{Converse, Quirks},
};

const USUAL_REGION: &str = "us-east-1";

/// A service of AWS: it stands in many regions, each of which has an address of its own.
#[derive(Debug, Clone, Copy)]
pub struct AwsService {
    /// What its addresses begin with.
    name: &'static str,
    /// What signatures call it.
    signed_as: &'static str,
    /// Where its addresses are: the usual domain, and that of China.
    domains: [&'static str; 2],
}

pub(super) const RUNTIME: AwsService = AwsService {
    name: "bedrock-runtime",
    signed_as: "bedrock",
    domains: ["amazonaws.com", "amazonaws.com.cn"],
};

pub(super) static HOST: Host = Host {
    base_url: None,
    base_of: as_written,
    place: &["region", "profile"],
    project_variables: &[],
    location_variables: &[],
    path: path_of_wire,
    domains: &[],
    aws: Some(RUNTIME),
    versions: &[],
    base_url_variable: Some("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    customer_variable: None,
    key_variables: &["AWS_BEARER_TOKEN_BEDROCK"],
    token_variable: None,
    wire: &Converse,
    key_header: KeyHeader::Bearer,
    headers: &[("accept", "application/vnd.amazon.eventstream")],
    preview_headers: &[],
    models_path: Some(MODELS),
    catalogue: Some("bedrock"),
    // Which of them an account may ask depends on it and on its region.
    default_model: None,
    quirks: Quirks::default,
};

impl AwsService {
    /// Its address in a region. Absent: no region is called so.
    pub fn base_url(self, region: &str) -> Option<String> {
        let is_region =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || !region.bytes().all(is_region) {
            return None;
        }
        let [usual, of_china] = self.domains;
        let domain = if region.starts_with("cn-") { of_china } else { usual };
        Some(format!("https://{}.{region}.{domain}", self.name))
    }

    /// The region that one of its addresses names, also one of a private network.
    pub fn region_of(self, base_url: &str) -> Option<&str> {
        let (_, rest) = base_url.split_once("://")?;
        let host = rest.split(['/', ':']).next()?;
        if !self
            .domains
            .iter()
            .any(|domain| host.strip_suffix(domain).is_some_and(|it| it.ends_with('.')))
        {
            return None;
        }
        let mut labels = host.split('.');
        labels.find(|label| label.strip_suffix("-fips").unwrap_or(label) == self.name)?;
        labels.next()
    }

    /// What a request to it in a region is signed for. A gateway in its place may stand in none.
    pub fn scope(self, region: &str) -> Scope {
        let region = if region.is_empty() { USUAL_REGION } else { region };
        Scope { region: region.to_owned(), service: self.signed_as.to_owned() }
    }

    /// Where its models are listed: AWS has another address for that, and what stands in its place has not.
    pub fn lists_at(self, base_url: &str) -> String {
        match self.region_of(base_url) {
            Some(_) => base_url.replace(self.name, "bedrock"),
            None => base_url.to_owned(),
        }
    }

    /// It is AWS's own, where the list prices of the catalogue hold.
    pub fn is_at(self, base_url: &str) -> bool {
        base_url.starts_with("https://") && self.region_of(base_url).is_some()
    }
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
            assert_eq!(RUNTIME.base_url(region).as_deref(), expected, "{region}");
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
            assert_eq!(RUNTIME.region_of(base_url), expected, "{base_url}");
        }
        for (base_url, expected) in [
            (
                "https://bedrock-runtime-fips.us-east-2.amazonaws.com",
                "https://bedrock-fips.us-east-2.amazonaws.com",
            ),
            ("https://gw.example/bedrock-runtime", "https://gw.example/bedrock-runtime"),
        ] {
            assert_eq!(RUNTIME.lists_at(base_url), expected);
        }
    }
}
