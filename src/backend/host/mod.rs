//! The hosts: one file each, and the table that finds them.
mod anthropic;
mod azure;
mod bedrock;
mod foundry;
mod gemini;
mod llamacpp;
mod lmstudio;
mod ollama;
mod openai;
mod openai_chat;
mod services;
mod vertex;

use std::borrow::Cow;

use url::Url;

use super::settings::{BackendSettings, KeyHeader, Kind, Place, QuirkSettings};
use crate::wire::{Chat, Quirks, Wire};

pub use bedrock::AwsService;
pub use services::service_quirks;

/// Where and how a service is spoken to.
pub(super) struct Host {
    /// Absent where only the user knows it.
    pub(super) base_url: Option<&'static str>,
    /// What a base URL may end in; one that ends in none of these is completed by the first. None: it is as it is.
    pub(super) versions: &'static [&'static str],
    /// Makes the base URL out of what users know of it, which is a URL without credentials or a query.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it, and how it is written.
    pub(super) base_of: fn(&Url, &BackendSettings) -> Result<String, String>,
    /// What of a [`Place`] it knows.
    pub(super) place: &'static [&'static str],
    /// Variables that hold a project of the cloud, without which it can't be asked. The first that is set counts.
    pub(super) project_variables: &'static [&'static str],
    pub(super) location_variables: &'static [&'static str],
    /// Where a model is asked under the base URL.
    pub(super) path: fn(&Asked<'_>) -> Cow<'static, str>,
    /// Where the same is asked under the base URL, where the service says that a model is not served at this path.
    /// Absent: nowhere.
    pub(super) other_path: fn(&str) -> Option<String>,
    /// Each customer has a name of its own below these, where the list prices of the catalogue hold.
    pub(super) domains: &'static [&'static str],
    /// It is a service of AWS, reached in the customer's region.
    pub(super) aws: Option<AwsService>,
    /// Variables that configure the host by its usual name.
    pub(super) base_url_variable: Option<&'static str>,
    /// One that names the customer below the first of the domains, where none holds a base URL.
    pub(super) customer_variable: Option<&'static str>,
    /// Those that hold a key. The first that is set counts; the last is the usual one, named where none is set.
    pub(super) key_variables: &'static [&'static str],
    /// A variable that holds a bearer token in place of a key.
    pub(super) token_variable: Option<&'static str>,
    /// One that holds a key of Google's APIs in place of a token: it stands for its project, too.
    pub(super) express_variable: Option<&'static str>,
    pub(super) wire: &'static dyn Wire,
    pub(super) key_header: KeyHeader,
    /// What each request says besides, as names and values.
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// Said besides where the vendor's own service is asked, for [`Quirks::previews`].
    pub(super) preview_headers: &'static [(&'static str, &'static str)],
    /// Where models are listed, under the base URL. Absent: nowhere.
    pub(super) models_path: Option<&'static str>,
    /// The part of the catalogue that knows its models by their names.
    pub(super) catalogue: Option<&'static str>,
    /// What is asked when nobody chose a model.
    pub(super) default_model: Option<&'static str>,
    pub(super) quirks: fn() -> Quirks,
}

/// What is asked, and where: what a path is made of.
pub(super) struct Asked<'a> {
    pub(super) wire: &'a dyn Wire,
    pub(super) model: &'a str,
    pub(super) place: &'a Place,
    /// The base URL.
    pub(super) base: &'a str,
}

impl Host {
    /// One base URL and no key, spoken to as OpenAI has it, with nothing of its own.
    const PLAIN: Self = Self {
        base_url: None,
        versions: &[],
        base_of: as_written,
        place: &[],
        project_variables: &[],
        location_variables: &[],
        path: path_of_wire,
        other_path: |_| None,
        domains: &[],
        aws: None,
        base_url_variable: None,
        customer_variable: None,
        key_variables: &[],
        token_variable: None,
        express_variable: None,
        wire: &Chat,
        key_header: KeyHeader::Bearer,
        headers: &[],
        preview_headers: &[],
        models_path: Some("models"),
        catalogue: None,
        default_model: None,
        quirks: Quirks::default,
    };

    /// Whoever speaks Chat Completions and is like no other.
    const CHAT: Self = Self { quirks: openai_chat::cautious, ..Self::PLAIN };
}

/// Whoever has one base URL, and it is known as that.
fn as_written(url: &Url, _: &BackendSettings) -> Result<String, String> {
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whoever is asked where the vendor of the wire is.
pub(super) fn path_of_wire(asked: &Asked<'_>) -> Cow<'static, str> {
    asked.wire.path(asked.model)
}

/// The table. A new host is a file and a line.
pub(super) fn host_of(kind: Kind) -> &'static Host {
    match kind {
        Kind::Openai => &openai::HOST,
        Kind::Anthropic => &anthropic::HOST,
        Kind::Gemini => &gemini::HOST,
        Kind::Azure => &azure::HOST,
        Kind::AzureChat => &azure::CHAT,
        Kind::Foundry => &foundry::HOST,
        Kind::Bedrock => &bedrock::HOST,
        Kind::BedrockMessages => &bedrock::MESSAGES,
        Kind::BedrockInvoke => &bedrock::INVOKE,
        Kind::BedrockOpenai => &bedrock::OPENAI,
        Kind::BedrockChat => &bedrock::CHAT,
        Kind::Vertex => &vertex::HOST,
        Kind::VertexClaude => &vertex::CLAUDE,
        Kind::VertexChat => &vertex::CHAT,
        Kind::OpenaiChat => &openai_chat::HOST,
        Kind::Ollama => &ollama::HOST,
        Kind::Llamacpp => &llamacpp::HOST,
        Kind::Lmstudio => &lmstudio::HOST,
    }
}

/// What is known of the service at an address beside what its kind says: the kind that is for everybody has many.
pub(super) fn quirks_at(kind: Kind, base: &str) -> QuirkSettings {
    if kind == Kind::OpenaiChat {
        service_quirks(base).unwrap_or_default()
    } else {
        QuirkSettings::default()
    }
}

impl Kind {
    /// What it is to one of its models: a cloud may speak to some of them in another way.
    pub fn for_model(self, model: &str) -> Self {
        if self == Self::Vertex { vertex::kind_of(model) } else { self }
    }

    /// Where it is reached unless the user says otherwise.
    pub fn base_url(self) -> Option<&'static str> {
        host_of(self).base_url
    }

    /// Each customer has a name of its own below these, where the list prices of the catalogue hold.
    pub fn domains(self) -> &'static [&'static str] {
        host_of(self).domains
    }

    /// The service of AWS that it is.
    pub fn aws(self) -> Option<AwsService> {
        host_of(self).aws
    }

    /// The variable that names another base URL, by the vendor's own custom.
    pub fn base_url_variable(self) -> Option<&'static str> {
        host_of(self).base_url_variable
    }

    /// The variables that may hold a project, without which it can't be asked. None: it knows no projects.
    pub fn project_variables(self) -> &'static [&'static str] {
        host_of(self).project_variables
    }

    /// The variables that may hold its location.
    pub fn location_variables(self) -> &'static [&'static str] {
        host_of(self).location_variables
    }

    /// The variable that names the customer in place of a base URL, by the vendor's own custom.
    pub fn customer_variable(self) -> Option<&'static str> {
        host_of(self).customer_variable
    }

    /// The variables that may hold the key, by the vendor's own custom: the first that is set counts, and the last is the
    /// usual one. None: it wants no key.
    pub fn key_variables(self) -> &'static [&'static str] {
        host_of(self).key_variables
    }

    /// The variable that holds a bearer token in place of a key.
    pub fn token_variable(self) -> Option<&'static str> {
        host_of(self).token_variable
    }

    /// The variable that holds a key of Google's APIs in place of a token.
    pub fn express_variable(self) -> Option<&'static str> {
        host_of(self).express_variable
    }

    /// How a request carries the key that a variable holds, unless the user says otherwise.
    pub fn key_header(self, variable: &str) -> KeyHeader {
        match Some(variable) {
            it if it == self.token_variable() => KeyHeader::Bearer,
            it if it == self.express_variable() => KeyHeader::XGoogApiKey,
            _ => host_of(self).key_header,
        }
    }

    /// The model to ask when nobody chose one.
    pub fn default_model(self) -> Option<&'static str> {
        host_of(self).default_model
    }

    /// It can be asked for the names of its models.
    pub fn lists_models(self) -> bool {
        host_of(self).models_path.is_some()
    }

    /// Whether tokens of Microsoft Entra ID let in there.
    pub fn takes_entra_tokens(self) -> bool {
        match self {
            Self::Azure | Self::AzureChat | Self::Foundry => true,
            Self::Openai
            | Self::Anthropic
            | Self::Gemini
            | Self::OpenaiChat
            | Self::Ollama
            | Self::Llamacpp
            | Self::Lmstudio
            | Self::Bedrock
            | Self::BedrockMessages
            | Self::BedrockInvoke
            | Self::BedrockOpenai
            | Self::BedrockChat
            | Self::Vertex
            | Self::VertexClaude
            | Self::VertexChat => false,
        }
    }

    /// Whether tokens of Google let in there.
    pub fn takes_google_tokens(self) -> bool {
        !self.project_variables().is_empty()
    }

    /// Whether an address is that of a customer of Azure, or of a server on this machine that stands in for one.
    pub fn is_at_azure(url: &Url) -> bool {
        azure::is_azures(url)
    }

    /// The parts of the catalogue that know its models, whatever it is to each of them.
    pub fn catalogues(self) -> impl Iterator<Item = &'static str> {
        let forms = if self == Self::Vertex { vec![self, Self::VertexClaude] } else { vec![self] };
        forms.into_iter().filter_map(Self::catalogue)
    }

    /// The part of the catalogue that knows its models.
    pub fn catalogue(self) -> Option<&'static str> {
        host_of(self).catalogue
    }

    /// The same for an address of its own, where other models may be than at the usual one.
    pub fn catalogue_at(self, base_url: Option<&str>) -> Option<&'static str> {
        let at_aws = base_url.zip(self.aws()).and_then(|(url, service)| service.catalogue_at(url));
        at_aws.or(self.catalogue())
    }
}
