//! OpenAI itself, by the Responses protocol.
use super::Host;
use crate::{backend::settings::KeyHeader, wire::Responses};

pub(super) static HOST: Host = Host {
    base_url: Some("https://api.openai.com/v1"),
    base_url_variable: Some("OPENAI_BASE_URL"),
    key_variables: &["OPENAI_API_KEY"],
    wire: &Responses,
    key_header: KeyHeader::Bearer,
    catalogue: Some("openai"),
    default_model: Some("gpt-6.2-sol"),
    ..Host::PLAIN
};
