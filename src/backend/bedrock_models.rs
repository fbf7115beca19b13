//! What models Bedrock lets an account ask: those that are asked by their own names, and inference profiles of others.
use std::collections::BTreeSet;

use serde::Deserialize;

/// Where they are listed, under the address of what manages Bedrock.
pub(super) const MODELS: &str = "foundation-models?byOutputModality=TEXT";
pub(super) const PROFILES: &str = "inference-profiles?maxResults=1000&typeEquals=SYSTEM_DEFINED";

const ACTIVE: &str = "ACTIVE";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Models {
    model_summaries: Vec<Model>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Model {
    model_id: String,
    response_streaming_supported: Option<bool>,
    #[serde(default)]
    inference_types_supported: Vec<String>,
    model_lifecycle: Option<Lifecycle>,
}

#[derive(Deserialize)]
struct Lifecycle {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profiles {
    inference_profile_summaries: Vec<Profile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    inference_profile_id: String,
    status: Option<String>,
}

/// The names that can be asked: profiles of models that answer in a stream of text, and such models themselves.
pub(super) fn names(models: Models, profiles: Profiles) -> Vec<String> {
    let answering: Vec<Model> = models.model_summaries.into_iter().filter(Model::answers).collect();
    let known: BTreeSet<&str> = answering.iter().map(|model| model.model_id.as_str()).collect();
    let is_of_known = |profile: &Profile| {
        let model = profile.inference_profile_id.split_once('.').map(|(_, model)| model);
        profile.status.as_deref().is_none_or(|status| status == ACTIVE)
            && model.is_some_and(|model| known.contains(model))
    };
    let profiles = profiles.inference_profile_summaries.into_iter().filter(is_of_known);
    let mut names: Vec<String> = profiles.map(|profile| profile.inference_profile_id).collect();
    names.extend(answering.into_iter().filter(Model::is_asked_by_name).map(|model| model.model_id));
    names.sort();
    names.dedup();
    names
}

impl Model {
    fn answers(&self) -> bool {
        self.response_streaming_supported != Some(false)
            && self.model_lifecycle.as_ref().is_none_or(|lifecycle| lifecycle.status == ACTIVE)
    }

    /// Others are asked by a profile alone, or by capacity that somebody has bought.
    fn is_asked_by_name(&self) -> bool {
        self.inference_types_supported.iter().any(|kind| kind == "ON_DEMAND")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_can_be_asked_is_listed() {
        let model = |id: &str, streams: bool, by: &str, status: &str| {
            json!({ "modelId": id, "responseStreamingSupported": streams, "inferenceTypesSupported": [by],
                "modelLifecycle": { "status": status }, "outputModalities": ["TEXT"] })
        };
        let models = json!({ "modelSummaries": [
            model("amazon.nova-pro-v1:0", true, "ON_DEMAND", "ACTIVE"),
            model("amazon.nova-pro-v1:0:300k", true, "PROVISIONED", "ACTIVE"),
            model("anthropic.claude-opus-5-5", true, "INFERENCE_PROFILE", "ACTIVE"),
            model("anthropic.claude-v2", true, "ON_DEMAND", "LEGACY"),
            model("cohere.rerank", false, "ON_DEMAND", "ACTIVE"),
            { "modelId": "new.model" },
        ]});
        let profile = |id: &str, status: &str| json!({ "inferenceProfileId": id, "status": status, "type": "SYSTEM_DEFINED" });
        let profiles = json!({ "inferenceProfileSummaries": [
            profile("us.anthropic.claude-opus-5-5", "ACTIVE"),
            profile("global.anthropic.claude-opus-5-5", "ACTIVE"),
            profile("eu.anthropic.claude-opus-5-5", "DISABLED"),
            profile("us.stability.picture-v1:0", "ACTIVE"),
        ]});
        let read = |models, profiles| {
            names(
                serde_json::from_value(models).unwrap(),
                serde_json::from_value(profiles).unwrap(),
            )
        };
        assert_eq!(
            read(models, profiles),
            [
                "amazon.nova-pro-v1:0",
                "global.anthropic.claude-opus-5-5",
                "us.anthropic.claude-opus-5-5"
            ]
        );
    }
}
