//! Which model answers: as it is set, by a route, or by what there is.
use std::collections::BTreeMap;

use toml::Value;

use super::{ConfigError, values::Values};
use crate::{
    backend::{BackendSettings, Kind},
    protocol::{ModelRef, ROUTE, did_you_mean, nearest},
};

/// What answers, and how that was found.
pub(super) struct Chosen {
    pub(super) model: Option<ModelRef>,
    /// The route that it is the first model of.
    pub(super) route: Option<String>,
    /// Where nobody has set one: how it came to be chosen, or what to set when there is none.
    pub(super) note: Option<String>,
}

/// The model that is set, or that the first backend with credentials is best known for.
pub(super) fn model(
    values: &Values,
    backends: &BTreeMap<String, BackendSettings>,
    routes: &BTreeMap<String, Vec<ModelRef>>,
) -> Result<Chosen, ConfigError> {
    if let Some(entry) = values.get("model") {
        let wrong = |reason: String| ConfigError::wrong(&entry.source, "model", reason);
        let text = entry.value.as_str().unwrap_or_default();
        if let Some(name) = text.strip_prefix(ROUTE) {
            let models = routes.get(name).ok_or_else(|| wrong(unknown_route(name, routes)))?;
            let route = Some(name.to_owned());
            return Ok(Chosen { model: models.first().cloned(), route, note: None });
        }
        let model = known_model(text, backends).map_err(wrong)?;
        return Ok(Chosen { model: Some(model), route: None, note: None });
    }
    // The vendors' own hosts before others that speak like them.
    let own = Kind::ALL.into_iter().filter_map(|kind| backends.get(kind.as_str()));
    for backend in own.chain(backends.values()) {
        if let (Some(model), Some(source)) = (backend.kind.default_model(), backend.key.source()) {
            let model = ModelRef { backend: backend.name.clone(), model: model.to_owned() };
            let note = format!("no model is set: using {model}, because {source} is set");
            return Ok(Chosen { model: Some(model), route: None, note: Some(note) });
        }
    }
    let notes = backends.values().find_map(note_of_deployments);
    if let Some(note) = notes.or_else(|| backends.values().find_map(note_of_choice)) {
        return Ok(Chosen { model: None, route: None, note: Some(note) });
    }
    let note = "no model is set and no backend has credentials: set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or choose the model of a server on \
                this machine by -m ollama/MODEL, -m llamacpp/MODEL or -m lmstudio/MODEL, or write \
                model = \"BACKEND/MODEL\" and a [backends.BACKEND] table into your config.toml; `bowline demo` shows how \
                it works without one";
    Ok(Chosen { model: None, route: None, note: Some(note.to_owned()) })
}

/// What to choose where the names of the models are the customer's own.
fn note_of_deployments(backend: &BackendSettings) -> Option<String> {
    let (Some(source), [_, ..]) = (backend.key.source(), backend.kind.domains()) else {
        return None;
    };
    let name = &backend.name;
    Some(format!(
        "no model is set: {name} lets in by {source}, and its models are called as you have deployed them; choose one by -m \
         {name}/DEPLOYMENT, or write model = \"{name}/DEPLOYMENT\" into your config.toml"
    ))
}

/// What to choose where credentials may be found, and no model of many is the usual one.
fn note_of_choice(backend: &BackendSettings) -> Option<String> {
    let source = backend.key.source().filter(|_| backend.kind.takes_google_tokens())?;
    let name = &backend.name;
    Some(format!(
        "no model is set: {name} lets in by {source}; choose one by -m {name}/MODEL, which `bowline models {name}` lists, or write \
         model = \"{name}/MODEL\" into your config.toml"
    ))
}

/// Each route with its models.
pub(super) fn routes(
    values: &Values,
    backends: &BTreeMap<String, BackendSettings>,
) -> Result<BTreeMap<String, Vec<ModelRef>>, ConfigError> {
    let mut routes = BTreeMap::new();
    for (key, entry) in values.iter() {
        let Some((name, "try")) = key.strip_prefix("routes.").and_then(|it| it.rsplit_once('.'))
        else {
            continue;
        };
        let texts = entry.value.as_array().into_iter().flatten().filter_map(Value::as_str);
        let models = texts.map(|text| known_model(text, backends)).collect::<Result<_, _>>();
        let models = models.map_err(|reason| ConfigError::wrong(&entry.source, key, reason))?;
        routes.insert(name.to_owned(), models);
    }
    Ok(routes)
}

/// A model whose backend there is.
fn known_model(
    text: &str,
    backends: &BTreeMap<String, BackendSettings>,
) -> Result<ModelRef, String> {
    let model = text.parse::<ModelRef>().map_err(|error| format!("is wrong: {error}"))?;
    if !backends.contains_key(&model.backend) {
        return Err(unknown_backend(&model.backend, backends));
    }
    Ok(model)
}

pub(crate) fn unknown_route(name: &str, routes: &BTreeMap<String, Vec<ModelRef>>) -> String {
    let known = || routes.keys().map(String::as_str);
    let meant = did_you_mean(nearest(name, known()).as_deref());
    match routes.len() {
        0 => format!(
            "names the route `{name}`, and there is none: write [routes.{name}] with try = [\"BACKEND/MODEL\", ...]"
        ),
        _ => format!(
            "names the route `{name}`, and there are {}{meant}",
            known().collect::<Vec<_>>().join(", ")
        ),
    }
}

fn unknown_backend(name: &str, backends: &BTreeMap<String, BackendSettings>) -> String {
    let known = || backends.keys().map(String::as_str);
    let meant = did_you_mean(nearest(name, known()).as_deref());
    let known = known().collect::<Vec<_>>().join(", ");
    let kind = name.parse::<Kind>().ok();
    let variable = kind.and_then(|kind| {
        let region = (kind == Kind::Bedrock).then_some("AWS_REGION");
        let project = kind.project_variables().first().copied();
        region.or(project).or(kind.customer_variable()).or(kind.base_url_variable())
    });
    let missing = variable.map_or(String::new(), |it| format!("; it is there when {it} is set"));
    format!("names the backend `{name}`, and there are {known}{meant}{missing}")
}
