//! Which model a turn asks, and the backend it is served by.
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    args::RunOptions,
    exit::{CommandError, Exit},
};
use crate::{
    agent::{Models, Route, Served},
    backend::{self, Backend, BackendError, BackendSettings, Kind},
    catalogue::ModelInfo,
    config::{self, Settings},
    protocol::{FailureKind, ModelRef},
    redact::Redactor,
};

/// The model: what was asked for, else the session's own, else the configuration's. A cassette answers for any model.
pub(super) fn choose(
    options: &RunOptions,
    settings: &Settings,
    recorded: Option<&ModelRef>,
    notices: &mut Vec<String>,
) -> Result<ModelRef, CommandError> {
    let is_asked_for = options.overrides.model.is_some();
    match (recorded, &settings.model) {
        (Some(recorded), _) if !is_asked_for => return Ok(recorded.clone()),
        _ if options.replay.is_some() && !is_asked_for => {
            return Ok(ModelRef { backend: "replay".to_owned(), model: "recorded".to_owned() });
        }
        (_, Some(model)) => {
            notices.extend(settings.model_note.clone());
            return Ok(model.clone());
        }
        (_, None) => {}
    }
    let error = CommandError::usage("no model is configured");
    Err(match &settings.model_note {
        Some(note) => error.with_hint(note.clone()),
        None => error,
    })
}

/// The models that stand in for it: those of the route that was chosen, if it is one of them.
pub(super) fn route(model: &ModelRef, settings: &Settings) -> Option<Route> {
    let name = settings.route.as_ref()?;
    let models = settings.routes.get(name).filter(|models| models.contains(model))?;
    Some(Route::new(name.clone(), models.clone()))
}

/// Opens models as the options and the configuration have their backends, each backend once.
pub(super) struct Opener {
    replay: Option<PathBuf>,
    record: Option<PathBuf>,
    backends: BTreeMap<String, BackendSettings>,
    routes: BTreeMap<String, Vec<ModelRef>>,
    redactor: Arc<Redactor>,
    open: Mutex<Vec<Open>>,
}

/// A backend that is open.
struct Open {
    answers: Answers,
    backend: Arc<dyn Backend>,
}

/// For whom an open backend answers.
#[derive(PartialEq)]
enum Answers {
    /// A cassette does for every model.
    All,
    /// The models of a backend that are spoken to alike.
    Of { backend: String, kind: Kind, reads_images: bool },
}

impl Opener {
    pub(super) fn new(options: &RunOptions, settings: &Settings, redactor: Arc<Redactor>) -> Self {
        Self {
            replay: options.replay.clone(),
            record: options.record.clone(),
            backends: settings.backends.clone(),
            routes: settings.routes.clone(),
            redactor,
            open: Mutex::default(),
        }
    }

    /// The model, or the first of the route that can be opened; those before it are left out for now.
    pub(super) fn serve_first(
        &self,
        model: &ModelRef,
        route: Option<&mut Route>,
        notices: &mut Vec<String>,
    ) -> Result<Served, CommandError> {
        let Some(route) = route else { return self.serve(model) };
        let others: Vec<ModelRef> = route.models().filter(|it| *it != model).cloned().collect();
        let (mut asked, mut serving) = (model.clone(), self.serve(model));
        for other in others {
            let Err(error) = &serving else { break };
            notices.push(format!("{}; trying {other}", error.sentence()));
            route.leave_out(&asked);
            serving = self.serve(&other);
            asked = other;
        }
        serving
    }

    pub(super) fn serve(&self, model: &ModelRef) -> Result<Served, CommandError> {
        if let Some(cassette) = &self.replay {
            let backend = self.opened(Answers::All, || backend::replay(cassette))?;
            let model = model.clone();
            return Ok(Served { model, backend, prices: None, window: None, reads_images: true });
        }
        let Some(settings) = self.backends.get(&model.backend) else {
            let known: Vec<&str> = self.backends.keys().map(String::as_str).collect();
            return Err(CommandError::usage(format!("no backend is named `{}`", model.backend))
                .with_hint(format!("the configured ones are {}", known.join(", "))));
        };
        let info = known_of(settings, &model.model);
        let mut settings = settings.for_model(&model.model);
        // The user's word stands above the catalogue's.
        let reads_images =
            settings.quirks.images.unwrap_or(info.as_ref().is_none_or(|it| it.vision));
        settings.quirks.images = Some(reads_images);
        let answers =
            Answers::Of { backend: model.backend.clone(), kind: settings.kind, reads_images };
        let backend = self.opened(answers, || {
            backend::open(&settings, self.record.as_deref(), Arc::clone(&self.redactor))
        })?;
        Ok(Served {
            model: model.clone(),
            backend,
            window: info.as_ref().and_then(|info| info.context),
            prices: info.and_then(|info| info.prices),
            reads_images,
        })
    }

    /// The backend that is open already, else a new one.
    fn opened(
        &self,
        answers: Answers,
        open: impl FnOnce() -> Result<Arc<dyn Backend>, BackendError>,
    ) -> Result<Arc<dyn Backend>, CommandError> {
        let mut opened = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = opened.iter().find(|it| it.answers == answers) {
            return Ok(Arc::clone(&it.backend));
        }
        if self.record.is_some() && !opened.is_empty() {
            return Err(CommandError::usage(
                "a cassette holds the answers of one backend, and this run is recorded by --record",
            ));
        }
        let backend = open()?;
        opened.push(Open { answers, backend: Arc::clone(&backend) });
        Ok(backend)
    }
}

impl Models for Opener {
    fn open(&self, model: &ModelRef) -> Result<Served, String> {
        self.serve(model).map_err(|error| error.sentence())
    }

    fn route(&self, name: &str) -> Result<Route, String> {
        let models = self.routes.get(name).cloned();
        let unknown = || format!("/model {}", config::unknown_route(name, &self.routes));
        Ok(Route::new(name.to_owned(), models.ok_or_else(unknown)?))
    }
}

/// What the catalogue and the user know of a backend's model, by its name. At a gateway it is the same model, at a price
/// that the user may know.
pub(super) fn known_of(settings: &BackendSettings, model: &str) -> Option<ModelInfo> {
    let is_priced = has_list_prices(settings.kind, settings.base_url.as_deref());
    let factor = settings.place.price_factor();
    settings.known(model, |prices| is_priced.then(|| prices.times(factor)))
}

/// The prices of the catalogue hold at the vendor's own service alone.
fn has_list_prices(kind: Kind, base_url: Option<&str>) -> bool {
    let host = base_url.and_then(host_name).unwrap_or_default();
    let is_below = |domain: &&str| host.strip_suffix(*domain).is_some_and(|it| it.ends_with('.'));
    let is_at_aws = base_url.zip(kind.aws()).is_some_and(|(url, service)| service.is_at(url));
    catalogue_group(kind, base_url).is_some() || kind.domains().iter().any(is_below) || is_at_aws
}

/// The part of the catalogue that is the list of a backend's models: at the vendor's own service, the same for everyone.
pub(super) fn catalogue_group(kind: Kind, base_url: Option<&str>) -> Option<&'static str> {
    let group = kind.catalogue()?;
    let own = host_name(kind.base_url()?)?;
    let is_own = base_url.is_none_or(|url| host_name(url) == Some(own));
    is_own.then_some(group)
}

/// The host of an `https` URL.
fn host_name(url: &str) -> Option<&str> {
    url.strip_prefix("https://")?.split(['/', ':']).next()
}

impl From<BackendError> for CommandError {
    fn from(error: BackendError) -> Self {
        let exit = match &error {
            // Nothing has been played yet: the file that was named is no cassette, or can't be made one.
            BackendError::Cassette(_) => Exit::Usage,
            _ => exit_for(error.failure().kind),
        };
        Self::new(exit, error.to_string())
    }
}

/// The exit code that tells a failure's kind.
pub(super) fn exit_for(kind: FailureKind) -> Exit {
    match kind {
        FailureKind::Credentials => Exit::Credentials,
        FailureKind::Configuration => Exit::Usage,
        FailureKind::Unavailable => Exit::Unavailable,
        FailureKind::Refused | FailureKind::Internal => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Environment, Overrides};

    const CONFIG: &str = r#"
[backends.gw]
kind = "openai-chat"
base_url = "http://127.0.0.1:9/v1"
api_key_env = "GW_KEY"
[backends.azure]
kind = "azure"
base_url = "https://name.services.ai.azure.com"
api_key_env = "OPENAI_API_KEY"
[backends.before-azure]
kind = "azure-chat"
base_url = "https://gateway.example/openai/v1"
api_key_env = "OPENAI_API_KEY"
[backends.foundry]
kind = "foundry"
base_url = "https://name.services.ai.azure.com"
api_key_env = "OPENAI_API_KEY"
[backends.blind]
kind = "openai-chat"
base_url = "http://127.0.0.1:9/v1"
quirks = { images = false }
[backends.gw2]
kind = "openai-chat"
base_url = "http://127.0.0.1:9/v1"
[backends.gw2.models."v1.5/ours"]
like = "openai/gpt-6.2-sol"
images = false
[backends.gw2.models.priced]
context = 32_000
usd = { input = 1, output = 2.5 }
[backends.openai.models."gpt-6.1-sol"]
context = 100_000
[backends.claudes]
kind = "anthropic"
base_url = "http://127.0.0.1:9"
api_key_env = "ANTHROPIC_API_KEY"
"#;

    fn opener(directory: &std::path::Path, record: Option<PathBuf>) -> Opener {
        let config = directory.join("config.toml");
        std::fs::write(config, CONFIG).unwrap();
        let environment = Environment::from_pairs([
            ("BOWLINE_CONFIG_HOME", directory.as_os_str()),
            ("HOME", directory.as_os_str()),
            ("OPENAI_API_KEY", "k".as_ref()),
            ("ANTHROPIC_API_KEY", "k".as_ref()),
            ("GEMINI_API_KEY", "k".as_ref()),
        ]);
        let config = config::load(&environment, directory, &Overrides::default()).unwrap();
        let backends = config.settings().backends.clone();
        let (redactor, open) = (Arc::default(), Mutex::default());
        let routes = config.settings().routes.clone();
        Opener { replay: None, record, backends, routes, redactor, open }
    }

    #[test]
    fn a_model_comes_with_what_is_known_of_it_or_a_sentence_that_helps() {
        let directory = tempfile::TempDir::new().unwrap();
        let opener = opener(directory.path(), None);
        let told = |model: &str| match opener.open(&model.parse().unwrap()) {
            Ok(Served { window, prices, reads_images, .. }) => {
                format!("{window:?}, priced: {}, reads images: {reads_images}", prices.is_some())
            }
            Err(sentence) => sentence,
        };
        for (model, expected) in [
            ("openai/gpt-6.2-sol", "Some(922000), priced: true, reads images: true"),
            ("openai/of-tomorrow", "None, priced: false, reads images: true"),
            ("anthropic/claude-opus-5-5", "Some(1000000), priced: true, reads images: true"),
            ("claudes/claude-opus-5-5", "Some(1000000), priced: false, reads images: true"),
            ("azure/gpt-6-sol", "Some(922000), priced: true, reads images: true"),
            ("azure/gpt-6-sol-eu", "Some(922000), priced: true, reads images: true"),
            ("azure/our-model", "None, priced: false, reads images: true"),
            ("foundry/claude-opus-5-5-eu", "Some(1000000), priced: true, reads images: true"),
            ("before-azure/gpt-6-sol", "Some(922000), priced: false, reads images: true"),
            ("claudes/of-tomorrow", "None, priced: false, reads images: true"),
            ("gemini/gemini-4-argon", "Some(1048576), priced: true, reads images: true"),
            ("blind/any", "None, priced: false, reads images: false"),
            ("gw2/v1.5/ours", "Some(922000), priced: false, reads images: false"),
            ("gw2/priced", "Some(32000), priced: true, reads images: true"),
            ("gw2/any", "None, priced: false, reads images: true"),
            ("openai/gpt-6.1-sol", "Some(100000), priced: true, reads images: true"),
            ("gw/any", "gw needs a key: set GW_KEY, or run `bowline login gw`"),
            (
                "nobody/any",
                "no backend is named `nobody`; the configured ones are anthropic, azure, before-azure, blind, claudes, foundry, gemini, gw, gw2, llamacpp, lmstudio, ollama, openai",
            ),
        ] {
            assert_eq!(told(model), expected, "{model}");
        }
    }

    #[test]
    fn a_model_costs_what_it_costs_where_it_is() {
        let directory = tempfile::TempDir::new().unwrap();
        let tables = "[backends.all]\nkind = \"vertex\"\nproject = \"p\"\n[backends.eu]\nkind = \"vertex\"\nproject = \"p\"\nlocation = \"eu\"\n\
            [backends.gw]\nkind = \"vertex\"\nproject = \"p\"\nbase_url = \"https://gw.example\"";
        std::fs::write(directory.path().join("config.toml"), tables).unwrap();
        let environment = Environment::from_pairs([
            ("BOWLINE_CONFIG_HOME", directory.path().as_os_str()),
            ("HOME", directory.path().as_os_str()),
        ]);
        let config = config::load(&environment, directory.path(), &Overrides::default()).unwrap();
        let input = |backend: &str, model: &str| {
            let prices = known_of(&config.settings().backends[backend], model)?.prices?;
            Some((prices.rates.input * 100.0).round() / 100.0)
        };
        for (backend, model, expected) in [
            ("all", "claude-opus-5-5", Some(4.0)),
            ("all", "claude-opus-4-5@20251101", Some(5.0)),
            ("all", "gemini-3.1-pro-preview", Some(2.0)),
            ("eu", "claude-opus-5-5", Some(4.4)),
            ("eu", "gemini-3.1-pro-preview", Some(2.2)),
            ("all", "meta/llama-maas", None),
            ("gw", "claude-opus-5-5", None),
        ] {
            assert_eq!(input(backend, model), expected, "{backend}/{model}");
        }
    }

    #[test]
    fn each_address_of_bedrock_has_its_own_list() {
        let directory = tempfile::TempDir::new().unwrap();
        let table = |name: &str, host: &str| {
            format!(
                "[backends.{name}]\nkind = \"bedrock-messages\"\nregion = \"us-east-1\"\nbase_url = \"https://{host}\"\n"
            )
        };
        let tables = table("runtime", "bedrock-runtime.us-east-1.amazonaws.com")
            + &table("mantle", "bedrock-mantle.us-east-1.api.aws")
            + &table("gw", "gw.example");
        std::fs::write(directory.path().join("config.toml"), tables).unwrap();
        let environment = Environment::from_pairs([
            ("BOWLINE_CONFIG_HOME", directory.path().as_os_str()),
            ("HOME", directory.path().as_os_str()),
        ]);
        let config = config::load(&environment, directory.path(), &Overrides::default()).unwrap();
        let input = |backend: &str| {
            let model = "anthropic.claude-opus-5-5";
            let prices = known_of(&config.settings().backends[backend], model).unwrap().prices?;
            Some((prices.rates.input * 100.0).round() / 100.0)
        };
        assert_eq!(["runtime", "mantle", "gw"].map(input), [Some(4.0), Some(4.4), None]);
    }

    #[test]
    fn list_prices_hold_for_the_vendor_alone() {
        for (kind, base_url, expected) in [
            (Kind::Openai, None, Some("openai")),
            (Kind::Openai, Some("https://api.openai.com/v1"), Some("openai")),
            (Kind::Openai, Some("https://api.openai.com.example/v1"), None),
            (Kind::Openai, Some("http://api.openai.com/v1"), None),
            (Kind::Anthropic, None, Some("anthropic")),
            (Kind::Anthropic, Some("https://api.anthropic.com"), Some("anthropic")),
            (Kind::Anthropic, Some("https://gateway.example"), None),
            (Kind::Gemini, None, Some("gemini")),
            (Kind::Gemini, Some("https://generativelanguage.googleapis.com/v1"), Some("gemini")),
            (Kind::OpenaiChat, Some("https://api.openai.com/v1"), None),
            (Kind::Ollama, None, None),
        ] {
            assert_eq!(catalogue_group(kind, base_url), expected, "{kind:?} {base_url:?}");
        }
    }

    #[test]
    fn a_backend_is_opened_once_and_a_cassette_holds_one() {
        let directory = tempfile::TempDir::new().unwrap();
        let cassette = directory.path().join("cassette");
        let opener = opener(directory.path(), Some(cassette));
        let serve = |model: &str| opener.serve(&model.parse().unwrap());
        let (one, other) = (serve("openai/one").unwrap(), serve("openai/other").unwrap());
        assert!(Arc::ptr_eq(&one.backend, &other.backend));
        let refused = serve("blind/any").err().unwrap().sentence();
        assert!(refused.contains("--record"), "{refused}");
    }
}
