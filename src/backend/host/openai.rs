//! OpenAI itself, by the Responses protocol.
use super::{Host, as_written, path_of_wire};
use crate::{
    backend::settings::KeyHeader,
    wire::{Quirks, Responses},
};

pub(super) static HOST: Host = Host {
    base_url: Some("https://api.openai.com/v1"),
    aws: None,
    versions: &[],
    base_of: as_written,
    place: &[],
    project_variables: &[],
    location_variables: &[],
    path: path_of_wire,
    domains: &[],
    base_url_variable: Some("OPENAI_BASE_URL"),
    customer_variable: None,
    key_variables: &["OPENAI_API_KEY"],
    token_variable: None,
    wire: &Responses,
    key_header: KeyHeader::Bearer,
    headers: &[],
    preview_headers: &[],
    models_path: Some("models"),
    catalogue: Some("openai"),
    default_model: Some("gpt-6.2-sol"),
    quirks: Quirks::default,
};
