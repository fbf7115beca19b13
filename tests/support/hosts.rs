//! The hosts that every test of hosts goes over: one of each kind that is reached in a way of its own.
use bowline::backend::{BackendSettings, Key, Kind, Network, Place, QuirkSettings, Timeouts};

use super::{server::Server, speech::Protocol};

pub(crate) struct Host {
    pub(crate) kind: Kind,
    pub(crate) protocol: Protocol,
    pub(crate) model: &'static str,
    /// Where requests to the model go.
    pub(crate) path: &'static str,
}

impl Host {
    /// A backend that asks it at the server, once, without a key.
    pub(crate) fn settings(&self, name: &str, server: &Server) -> BackendSettings {
        let settings = BackendSettings {
            name: name.to_owned(),
            kind: self.kind,
            base_url: Some(server.base_url_of(self.kind)),
            place: self.place(),
            key: Key::None,
            unsent: None,
            key_header: self.kind.key_header(""),
            headers: Vec::new(),
            timeouts: Timeouts::default(),
            network: Network::default(),
            retries: 0,
            quirks: QuirkSettings::default(),
            models: Default::default(),
        };
        settings.for_model(self.model)
    }

    fn place(&self) -> Place {
        let project = (self.kind == Kind::Vertex).then(|| "test-project".to_owned());
        Place { project, ..Place::default() }
    }

    /// What a configuration says of it beside its kind and its address.
    pub(crate) fn more_configuration(&self) -> String {
        let project = self.place().project;
        project.map_or(String::new(), |project| format!("project = \"{project}\"\n"))
    }
}

pub(crate) const HOSTS: [Host; 15] = [
    Host {
        kind: Kind::OpenaiChat,
        protocol: Protocol::Chat,
        model: "test",
        path: "/v1/chat/completions",
    },
    Host {
        kind: Kind::Openai,
        protocol: Protocol::Responses,
        model: "test",
        path: "/v1/responses",
    },
    Host {
        kind: Kind::Anthropic,
        protocol: Protocol::Messages,
        model: "test",
        path: "/v1/messages",
    },
    Host {
        kind: Kind::Gemini,
        protocol: Protocol::Gemini,
        model: "test",
        path: "/v1/models/test:streamGenerateContent?alt=sse",
    },
    Host {
        kind: Kind::Azure,
        protocol: Protocol::Responses,
        model: "test",
        path: "/openai/v1/responses",
    },
    Host {
        kind: Kind::AzureChat,
        protocol: Protocol::Chat,
        model: "test",
        path: "/openai/v1/chat/completions",
    },
    Host {
        kind: Kind::Foundry,
        protocol: Protocol::Messages,
        model: "test",
        path: "/anthropic/v1/messages",
    },
    Host {
        kind: Kind::Bedrock,
        protocol: Protocol::Converse,
        model: "anthropic.test",
        path: "/model/anthropic.test/converse-stream",
    },
    Host {
        kind: Kind::BedrockMessages,
        protocol: Protocol::Messages,
        model: "anthropic.test",
        path: "/bedrock/anthropic/v1/messages",
    },
    Host {
        kind: Kind::BedrockInvoke,
        protocol: Protocol::Invoke,
        model: "anthropic.test",
        path: "/model/anthropic.test/invoke-with-response-stream",
    },
    Host {
        kind: Kind::BedrockOpenai,
        protocol: Protocol::Responses,
        model: "openai.test",
        path: "/bedrock/openai/v1/responses",
    },
    Host {
        kind: Kind::BedrockChat,
        protocol: Protocol::Chat,
        model: "openai.test",
        path: "/bedrock/openai/v1/chat/completions",
    },
    Host {
        kind: Kind::Vertex,
        protocol: Protocol::Gemini,
        model: "gemini-test",
        path: "/v1/projects/test-project/locations/global/publishers/google/models/gemini-test:streamGenerateContent?alt=sse",
    },
    Host {
        kind: Kind::Vertex,
        protocol: Protocol::Messages,
        model: "claude-test",
        path: "/v1/projects/test-project/locations/global/publishers/anthropic/models/claude-test:streamRawPredict",
    },
    Host {
        kind: Kind::Vertex,
        protocol: Protocol::Chat,
        model: "meta/test",
        path: "/v1/projects/test-project/locations/global/endpoints/openapi/chat/completions",
    },
];
