//! OpenAI itself, by the Responses protocol.
use super::{Host, KeyHeader};
use crate::wire::{Quirks, Responses};

pub(super) static HOST: Host = Host {
    base_url: Some("https://api.openai.com/v1"),
    base_url_variable: Some("OPENAI_BASE_URL"),
    key_variable: Some("OPENAI_API_KEY"),
    wire: &Responses,
    key_header: KeyHeader::Bearer,
    quirks: Quirks::default,
};
