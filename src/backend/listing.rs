//! What models a server says it has.
use std::time::Duration;

use futures::try_join;
use reqwest::header::HeaderMap;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::timeout;

use super::{
    BackendError, BackendSettings,
    answer::Head,
    bedrock_models,
    credentials::{Admission, Gate},
    endpoint::Endpoint,
    host::host_of,
    http::Http,
    window,
};
use crate::{
    redact::Redactor,
    wire::{ErrorKind, ServiceError},
};

/// Somebody looks at a list meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);
/// Gateways list hundreds of models; more than these are no list to choose from.
const LONGEST_LIST: usize = 4 * 1024 * 1024;

/// A list as OpenAI and nearly everybody who speaks like it writes it, and as Google does.
#[derive(Deserialize)]
#[serde(untagged)]
enum List {
    Usual { data: Vec<Item> },
    Google { models: Vec<Resource> },
}

/// A model as its server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedModel {
    pub name: String,
    /// Tokens that its context takes, where the list says that.
    pub window: Option<u64>,
}

impl ListedModel {
    fn named(name: String) -> Self {
        Self { name, window: None }
    }
}

#[derive(Deserialize)]
struct Item {
    id: String,
    #[serde(default)]
    capabilities: Value,
    #[serde(flatten)]
    more: Value,
}

impl Item {
    /// Azure lists its embeddings, too, and what can't be asked any more.
    fn answers(&self) -> bool {
        self.capabilities["embeddings"] != true && self.capabilities["inference"] != false
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    name: String,
    supported_generation_methods: Option<Vec<String>>,
}

impl List {
    fn models(self) -> Vec<ListedModel> {
        match self {
            Self::Usual { data } => {
                data.into_iter().filter(Item::answers).map(ListedModel::from).collect()
            }
            Self::Google { models } => {
                let named = |it: Resource| ListedModel::named(it.id());
                models.into_iter().filter(Resource::is_for_text).map(named).collect()
            }
        }
    }
}

impl From<Item> for ListedModel {
    fn from(item: Item) -> Self {
        Self { window: window::listed(&item.more), name: item.id }
    }
}

impl Resource {
    /// Others make vectors, or pictures.
    fn is_for_text(&self) -> bool {
        let methods = self.supported_generation_methods.as_ref();
        methods.is_none_or(|methods| methods.iter().any(|method| method == "generateContent"))
    }

    fn id(self) -> String {
        self.name.strip_prefix("models/").map(str::to_owned).unwrap_or(self.name)
    }
}

/// Asks a server for its models.
///
/// # Errors
/// When it can't be asked, does not answer soon, or answers something else.
pub async fn list_models(settings: &BackendSettings) -> Result<Vec<ListedModel>, BackendError> {
    let backend = settings.name.clone();
    let gate = Gate::of(settings)?;
    let host = host_of(settings.kind);
    let Some(path) = host.models_path else {
        let detail = format!("kind {} has no list of its models", settings.kind.as_str());
        return Err(BackendError::Settings { backend, detail });
    };
    let mut endpoint = Endpoint::new(settings, host)
        .map_err(|detail| BackendError::Settings { backend, detail })?;
    if let Some(service) = host.aws {
        endpoint.base = service.lists_at(&endpoint.base);
    }
    // To find credentials may take its time; to list the models may not.
    let admission = gate.admit().await?;
    let asked =
        Asked { http: Http::new(endpoint, settings.timeouts, settings.network.clone()), admission };
    if let Some(service) = host.aws {
        let (models, profiles) = try_join!(asked.list(path), asked.list(bedrock_models::PROFILES))?;
        let mut names = bedrock_models::names(models, profiles);
        names.retain(|name| service.asks(name));
        return Ok(names.into_iter().map(ListedModel::named).collect());
    }
    let list: List = asked.list(path).await?;
    Ok(list.models())
}

/// A server that is asked, and what lets requests in.
struct Asked {
    http: Http,
    admission: Option<Admission>,
}

impl Asked {
    async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<T, BackendError> {
        let url = &self.http.endpoint.base;
        let list = self.http.get(path, LONGEST_LIST, self.admission.as_ref());
        let answer = timeout(PATIENCE, list).await.map_err(|_| {
            let (url, waited_for) = (url.clone(), "did not list its models");
            BackendError::Timeout { url, waited_for, setting: "first_byte", after: PATIENCE }
        })?;
        let (status, body) = answer.map_err(|fault| fault.on(url, false))?;
        let wrong = |detail: String| BackendError::Malformed { url: url.clone(), detail };
        self.tell_refusal(status, &body)?;
        if status != 200 {
            return Err(wrong(format!("lists no models: it answered with status {status}")));
        }
        serde_json::from_slice(&body)
            .map_err(|error| wrong(format!("answered with no list of models: {error}")))
    }

    /// What lets requests in may be what it does not like.
    fn tell_refusal(&self, status: u16, body: &[u8]) -> Result<(), BackendError> {
        let head = Head { status, headers: HeaderMap::new() };
        match head.refusal(body) {
            Ok(refusal) if refusal.kind == ErrorKind::Credentials => {
                // It may quote the key.
                let secrets = self.admission.iter().flat_map(Admission::secrets);
                let message = Redactor::new(secrets).redact(&refusal.message).into_owned();
                Err(BackendError::Service(ServiceError { message, ..refusal }))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
