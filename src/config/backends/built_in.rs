//! The backends that are there without a table, by the usual variables.
use super::{aws::surroundings, first_set};
use crate::{
    backend::Kind,
    config::{
        ConfigError, Environment, Source, document::Setting, google, holds::Holds, values::setting,
    },
};

const OLLAMA_PORT: &str = "11434";

/// The backends that need no table: one of each kind whose host is known by itself or by the usual variables.
pub(in crate::config) fn built_in(environment: &Environment) -> Result<Vec<Setting>, ConfigError> {
    let mut settings = Vec::new();
    let has_project = |kind: &Kind| {
        let variables = kind.project_variables();
        let is_named = || first_set(variables, environment).is_some();
        variables.is_empty() || is_named() || google::is_set_up(environment)
    };
    let is_known = |kind: &Kind| {
        let is_placed = kind.base_url().is_some() || address(*kind, environment).is_some();
        let is_at_aws =
            || kind == &Kind::Bedrock && surroundings(environment).region(None).is_some();
        is_placed && has_project(kind) || is_at_aws()
    };
    for kind in Kind::ALL.into_iter().filter(is_known) {
        let key = |key: &str| format!("backends.{}.{key}", kind.as_str());
        settings.push(setting(key("kind"), kind.as_str().into(), Source::Default));
        if let Some(variable) = usual_variable(kind, environment) {
            settings.push(setting(key("api_key_env"), variable.into(), Source::Default));
        }
        let Some((variable, address)) = address(kind, environment) else { continue };
        let source = Source::Variable(variable);
        let value = Holds::Url.read(address.into());
        let value =
            value.map_err(|reason| ConfigError::wrong(&source, &key("base_url"), reason))?;
        settings.push(setting(key("base_url"), value, source));
    }
    Ok(settings)
}

/// The variable that holds a kind's key: the usual one, unless only that of a token is set.
fn usual_variable(kind: Kind, environment: &Environment) -> Option<&'static str> {
    let is_set = |variable: &&str| environment.get(variable).is_some();
    let keys = || kind.key_variables().iter().copied();
    if let Some(express) = google::express_variable(kind, environment) {
        return Some(express);
    }
    keys().chain(kind.token_variable()).find(is_set).or(keys().next_back())
}

/// The address that the environment names for a kind, and the variable that does.
fn address(kind: Kind, environment: &Environment) -> Option<(&'static str, String)> {
    // Its variable holds something else than a base URL.
    if kind == Kind::Ollama {
        return environment.get("OLLAMA_HOST").map(|host| ("OLLAMA_HOST", ollama_url(host)));
    }
    let address = |variable| Some((variable, environment.get(variable)?.to_owned()));
    kind.base_url_variable().and_then(address).or_else(|| {
        let variable = kind.customer_variable()?;
        let (name, domain) = (environment.get(variable)?.trim(), kind.domains().first()?);
        Some((variable, format!("https://{name}.{domain}")))
    })
}

/// The base URL of what `OLLAMA_HOST` names, by Ollama's own rules: everything but the host may be missing.
fn ollama_url(host: &str) -> String {
    let (scheme, rest, port) = match host.trim().split_once("://") {
        Some(("https", rest)) => ("https", rest, "443"),
        Some(("http", rest)) => ("http", rest, "80"),
        Some((scheme, rest)) => (scheme, rest, OLLAMA_PORT),
        None => ("http", host.trim(), OLLAMA_PORT),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, given)) if !given.contains(']') => (host, given),
        Some(_) | None => (authority, port),
    };
    // Where it listens on all addresses, it is reached on this machine's own.
    let host = match host {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        host => host,
    };
    let path = path.trim_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    format!("{scheme}://{host}:{port}{slash}{path}/v1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_an_ollama_server_becomes_its_address() {
        for (host, url) in [
            ("127.0.0.1", "http://127.0.0.1:11434/v1"),
            ("0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
            (":8000", "http://127.0.0.1:8000/v1"),
            ("box.local:8000", "http://box.local:8000/v1"),
            ("http://box.local", "http://box.local:80/v1"),
            ("https://box.local/ollama/", "https://box.local:443/ollama/v1"),
            ("[::1]", "http://[::1]:11434/v1"),
            ("[::]:9", "http://[::1]:9/v1"),
        ] {
            assert_eq!(ollama_url(host), url, "{host}");
        }
    }
}
