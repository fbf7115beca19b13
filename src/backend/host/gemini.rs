//! Google's Gemini API by a key, and whoever speaks generateContent as it does.
use super::Host;
use crate::{backend::settings::KeyHeader, wire::Gemini};

pub(super) static HOST: Host = Host {
    base_url: Some("https://generativelanguage.googleapis.com/v1beta"),
    // Models that are not settled yet are served by the first alone.
    versions: &["v1beta", "v1", "v1alpha", "v1beta1"],
    base_url_variable: Some("GOOGLE_GEMINI_BASE_URL"),
    // In the order of the vendor's own clients.
    key_variables: &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
    wire: &Gemini,
    key_header: KeyHeader::XGoogApiKey,
    models_path: Some("models?pageSize=1000"),
    catalogue: Some("gemini"),
    default_model: Some("gemini-4-argon"),
    ..Host::PLAIN
};
