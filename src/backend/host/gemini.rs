//! Google's Gemini API by a key, and whoever speaks generateContent as it does.
use super::{Host, as_written, path_of_wire};
use crate::{
    backend::settings::KeyHeader,
    wire::{Gemini, Quirks},
};

pub(super) static HOST: Host = Host {
    base_url: Some("https://generativelanguage.googleapis.com/v1beta"),
    base_of: as_written,
    place: &[],
    project_variables: &[],
    location_variables: &[],
    path: path_of_wire,
    domains: &[],
    aws: None,
    // Models that are not settled yet are served by the first alone.
    versions: &["v1beta", "v1", "v1alpha", "v1beta1"],
    base_url_variable: Some("GOOGLE_GEMINI_BASE_URL"),
    customer_variable: None,
    // In the order of the vendor's own clients.
    key_variables: &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
    token_variable: None,
    wire: &Gemini,
    key_header: KeyHeader::XGoogApiKey,
    headers: &[],
    preview_headers: &[],
    models_path: Some("models?pageSize=1000"),
    catalogue: Some("gemini"),
    default_model: Some("gemini-4-argon"),
    quirks: Quirks::default,
};
