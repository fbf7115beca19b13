//! What models a server says it has.
use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;

use super::{BackendError, BackendSettings, Key, endpoint::Endpoint, host::host_of, http::Http};

/// Somebody looks at a list meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);
/// Gateways list hundreds of models; more than these are no list to choose from.
const LONGEST_LIST: usize = 4 * 1024 * 1024;

#[derive(Deserialize)]
struct List {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
}

/// Asks a server for the names of its models, as OpenAI and nearly everybody who speaks like it lists them.
///
/// # Errors
/// When it can't be asked, does not answer soon, or answers something else.
pub async fn list_models(settings: &BackendSettings) -> Result<Vec<String>, BackendError> {
    let backend = settings.name.clone();
    if let Key::Missing { wanted } = &settings.key {
        return Err(BackendError::NoKey { backend, wanted: wanted.clone() });
    }
    let host = host_of(settings.kind);
    let endpoint = Endpoint::new(settings, host)
        .map_err(|detail| BackendError::Settings { backend, detail })?;
    let url = endpoint.base.clone();
    let http = Http::new(endpoint, settings.timeouts);
    let answer =
        timeout(PATIENCE, http.get(host.models_path, LONGEST_LIST)).await.map_err(|_| {
            let (url, waited_for) = (url.clone(), "did not list its models");
            BackendError::Timeout { url, waited_for, setting: "first_byte", after: PATIENCE }
        })?;
    let (status, body) = answer.map_err(|fault| fault.on(&url, false))?;
    let wrong = |detail: String| BackendError::Malformed { url: url.clone(), detail };
    if status != 200 {
        return Err(wrong(format!("lists no models: it answered with status {status}")));
    }
    let list: List = serde_json::from_slice(&body)
        .map_err(|error| wrong(format!("answered with no list of models: {error}")))?;
    Ok(list.data.into_iter().map(|item| item.id).collect())
}
