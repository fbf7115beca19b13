//! Claude as it is deployed in Microsoft Foundry, by Anthropic's Messages.
use url::Url;

use super::{Host, azure::Api};
use crate::{backend::settings::KeyHeader, wire::Messages};

const V1: Api = Api { path: "anthropic/v1", requests: &["/messages"] };

pub(super) static HOST: Host = Host {
    base_of: |url, _| base_of(url),
    domains: &["services.ai.azure.com"],
    base_url_variable: Some("ANTHROPIC_FOUNDRY_BASE_URL"),
    customer_variable: Some("ANTHROPIC_FOUNDRY_RESOURCE"),
    key_variables: &["ANTHROPIC_FOUNDRY_API_KEY"],
    wire: &Messages,
    // As the vendor's own client sends it.
    key_header: KeyHeader::XApiKeyAndApiKey,
    headers: &[("anthropic-version", "2023-06-01")],
    // Whether the previews of Anthropic's own service are known here, nobody says; what is not known is refused.
    models_path: None,
    catalogue: Some("foundry_anthropic"),
    // A model is called as its customer has deployed it.
    default_model: None,
    ..Host::PLAIN
};

/// The API stands at the resource, also where the endpoint is that of a project.
fn base_of(url: &Url) -> Result<String, String> {
    V1.base_of(url, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_portal_shows_becomes_the_base_of_messages() {
        let whole = "https://name.services.ai.azure.com/anthropic/v1";
        for (written, expected) in [
            ("https://name.services.ai.azure.com", whole),
            ("https://name.services.ai.azure.com/anthropic/", whole),
            ("https://name.services.ai.azure.com/anthropic/v1", whole),
            ("https://name.services.ai.azure.com/anthropic/v1/messages", whole),
            ("https://name.services.ai.azure.com/api/projects/mine", whole),
            ("https://gw.example/team/anthropic/v1", "https://gw.example/team/anthropic/v1"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/anthropic/v1"),
            ("https://gw.example", "is no address of Azure"),
            ("https://name.services.ai.azure.com/openai/v1", "not of its API"),
        ] {
            let said = base_of(&Url::parse(written).unwrap());
            let said = said.unwrap_or_else(|error| error);
            let is_right =
                said == expected || !expected.starts_with("http") && said.contains(expected);
            assert!(is_right, "{written}: {said}");
        }
    }
}
