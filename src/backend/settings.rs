//! What a backend has to be told.
use std::{collections::BTreeMap, str::FromStr, time::Duration};

use serde_json::{Map, Value};

use super::{credentials::Credentials, network::Network};
use crate::{
    catalogue::{Amendment, ModelInfo, Prices},
    redact::Secret,
};

/// A configured place that serves models.
#[derive(Debug, Clone)]
pub struct BackendSettings {
    pub name: String,
    pub kind: Kind,
    /// Else the kind's own.
    pub base_url: Option<String>,
    pub place: Place,
    pub key: Key,
    /// Which other key there is that goes elsewhere alone, and what to do about it.
    pub unsent: Option<String>,
    pub key_header: KeyHeader,
    /// Sent with each request, after our own.
    pub headers: Vec<(String, String)>,
    pub timeouts: Timeouts,
    pub network: Network,
    /// How often a failed request is sent again.
    pub retries: u32,
    pub quirks: QuirkSettings,
    /// What the user says of its models, by their names.
    pub models: BTreeMap<String, Amendment>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Openai,
    Anthropic,
    Gemini,
    /// Azure OpenAI, or Microsoft Foundry.
    Azure,
    /// The same, for deployments that speak Chat Completions alone.
    AzureChat,
    /// Claude in Microsoft Foundry.
    Foundry,
    /// AWS Bedrock.
    Bedrock,
    /// The same, for Claude by Anthropic's Messages.
    BedrockMessages,
    /// The same, for Claude by InvokeModel.
    BedrockInvoke,
    /// The same, for OpenAI's models by Responses.
    BedrockOpenai,
    /// The same, by Chat Completions.
    BedrockChat,
    /// Google's Vertex AI; to each model it is one of these three.
    Vertex,
    VertexClaude,
    VertexChat,
    OpenaiChat,
    Ollama,
    Llamacpp,
    Lmstudio,
}

/// Where at a cloud, as far as no base URL says it. Each kind knows some of these, and wants no others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// A project of Google Cloud.
    pub project: Option<String>,
    /// A region of Google Cloud, a group of them, or `global`.
    pub location: Option<String>,
    /// A region of AWS.
    pub region: Option<String>,
    /// Whose credentials of AWS are used, by the name of a profile in its own files.
    pub profile: Option<String>,
    /// Which of Azure's dated APIs is spoken, in place of the one without a date.
    pub api_version: Option<String>,
}

/// How a request carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyHeader {
    /// `Authorization: Bearer KEY`
    Bearer,
    /// `x-api-key: KEY`
    XApiKey,
    /// `x-goog-api-key: KEY`
    XGoogApiKey,
    /// `api-key: KEY`
    ApiKey,
    /// Both of `x-api-key: KEY` and `api-key: KEY`.
    XApiKeyAndApiKey,
}

/// Where a key came from, or where it was looked for.
#[derive(Debug, Clone)]
pub enum Key {
    /// The service wants none.
    None,
    /// `source` names the variable or file, for people.
    Found { secret: Secret, source: String },
    /// It is looked for when a request is to be sent.
    Sought(Credentials),
    /// `wanted` names the variable that would hold it.
    Missing { wanted: String },
}

/// Three separate waits. A comment on the line is a sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    /// From the request's end to the answer's head.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub silence: Duration,
}

/// What the user says of a server, over what its kind says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuirkSettings {
    pub max_tokens_field: Option<String>,
    pub stream_usage: Option<bool>,
    pub parallel_calls: Option<bool>,
    pub system_role: Option<String>,
    pub echo_reasoning: Option<String>,
    pub short_call_ids: Option<bool>,
    pub images: Option<bool>,
    /// `reasoning_effort`, `reasoning` (an object with the effort in it), or `none`.
    pub effort_field: Option<String>,
    pub extra_body: Map<String, Value>,
}

impl BackendSettings {
    /// The same for one of its models, which may be spoken to in another way.
    #[must_use]
    pub fn for_model(&self, model: &str) -> Self {
        let base_url = self.base_url.clone().or(self.kind.base_url().map(str::to_owned));
        Self { kind: self.kind.for_model(model), base_url, ..self.clone() }
    }

    /// What is known of one of its models. `as_priced` says what of the list prices holds there.
    pub fn known(
        &self,
        model: &str,
        as_priced: impl FnOnce(Prices) -> Option<Prices>,
    ) -> Option<ModelInfo> {
        let amendment = self.models.get(model);
        let group = self.kind.for_model(model).catalogue_at(self.base_url.as_deref());
        let listed = Amendment::listed(amendment, group, model);
        let listed =
            listed.map(|info| ModelInfo { prices: info.prices.and_then(as_priced), ..info });
        match amendment {
            Some(amendment) => Some(amendment.over(model, listed)),
            None => listed,
        }
    }
}

impl Place {
    /// How many times the list price is asked there: Google's regions and groups of them cost a tenth more.
    pub fn price_factor(&self) -> f64 {
        match self.location.as_deref() {
            None | Some("global") => 1.0,
            Some(_) => 1.1,
        }
    }

    /// What is set of it, by the names of the settings.
    pub fn set(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self { project, location, region, profile, api_version } = self;
        let all = [
            ("project", project),
            ("location", location),
            ("region", region),
            ("profile", profile),
            ("api_version", api_version),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

impl Key {
    /// Where it came from or comes from.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::Found { source, .. } => Some(source),
            Self::Sought(credentials) => Some(credentials.name()),
            Self::None | Self::Missing { .. } => None,
        }
    }
}

impl Kind {
    pub const ALL: [Self; 18] = [
        Self::Openai,
        Self::Anthropic,
        Self::Gemini,
        Self::Azure,
        Self::AzureChat,
        Self::Foundry,
        Self::Bedrock,
        Self::BedrockMessages,
        Self::BedrockInvoke,
        Self::BedrockOpenai,
        Self::BedrockChat,
        Self::Vertex,
        Self::VertexClaude,
        Self::VertexChat,
        Self::OpenaiChat,
        Self::Ollama,
        Self::Llamacpp,
        Self::Lmstudio,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Azure => "azure",
            Self::AzureChat => "azure-chat",
            Self::Foundry => "foundry",
            Self::Bedrock => "bedrock",
            Self::BedrockMessages => "bedrock-messages",
            Self::BedrockInvoke => "bedrock-invoke",
            Self::BedrockOpenai => "bedrock-openai",
            Self::BedrockChat => "bedrock-chat",
            Self::Vertex => "vertex",
            Self::VertexClaude => "vertex-claude",
            Self::VertexChat => "vertex-chat",
            Self::OpenaiChat => "openai-chat",
            Self::Ollama => "ollama",
            Self::Llamacpp => "llamacpp",
            Self::Lmstudio => "lmstudio",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| {
            let known: Vec<_> = Self::ALL.into_iter().map(Self::as_str).collect();
            format!("`{text}` is not a kind of backend: {}", known.join(", "))
        })
    }
}

impl KeyHeader {
    /// Those that a user may choose.
    pub const CHOICES: [Self; 4] = [Self::Bearer, Self::XApiKey, Self::ApiKey, Self::XGoogApiKey];

    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::XApiKey => "x-api-key",
            Self::XGoogApiKey => "x-goog-api-key",
            Self::ApiKey => "api-key",
            Self::XApiKeyAndApiKey => "x-api-key and api-key",
        }
    }

    pub fn named(text: &str) -> Option<Self> {
        Self::CHOICES.into_iter().find(|header| header.as_str() == text)
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(300),
            silence: Duration::from_secs(120),
        }
    }
}
