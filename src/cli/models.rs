//! The models that can be chosen: what is known of each, what it lacks, and what going over to it costs.
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::future::join_all;

use super::{
    model::{catalogue_group, known_of},
    sum::Sum,
};
use crate::{
    backend::{self, BackendSettings, Key, ListedModel},
    catalogue,
    config::Settings,
    protocol::{Cost, ModelRef, Usage},
    store::Store,
    tui::desk::ModelRow,
};

/// The conversation that would go over.
pub(super) struct Going<'a> {
    /// The model that answers now, if one does.
    pub(super) from: Option<&'a ModelRef>,
    /// Tokens that the conversation takes.
    pub(super) context: u64,
}

/// What sessions tell of models.
#[derive(Default)]
pub(super) struct Past {
    /// Those that they end with.
    pub(super) used: Vec<ModelRef>,
    pub(super) sums: Sums,
}

/// What the latest requests of each model came to.
pub(super) type Sums = BTreeMap<ModelRef, Sum>;

/// What of the sessions is read while somebody waits for a list.
const MOST_BYTES: u64 = 64 << 20;

/// Sessions that can't be read are no reason to list no models.
pub(super) fn latest_sums(store: &Store) -> Sums {
    let ledger = store.latest_ledger(MOST_BYTES).unwrap_or_default();
    Sum::of_each(&ledger.lines, |line| line.request.model.clone())
}

/// What servers say of their models, by the names of the backends; a sentence where one could not be asked.
pub(super) type Listed = BTreeMap<String, Result<Vec<ListedModel>, String>>;

/// Asks every server whose models no catalogue knows and that lacks nothing, all at the same time. Those that want to be
/// named are left out.
pub(super) async fn ask(settings: &Settings) -> Listed {
    let backends = settings.backends.values();
    ask_each(backends.filter(|backend| !wants_to_be_named(backend, settings))).await
}

/// To look for the credentials of AWS may start programs and ask machines: not for a backend that nobody chose.
pub(super) fn wants_to_be_named(backend: &BackendSettings, settings: &Settings) -> bool {
    let is_chosen = settings.model.as_ref().is_some_and(|model| model.backend == backend.name);
    let is_sought = matches!(backend.key, Key::Sought(_)) && backend.kind.aws().is_some();
    is_sought && !is_chosen
}

/// The same of these backends alone.
pub(super) async fn ask_each(backends: impl Iterator<Item = &BackendSettings>) -> Listed {
    let is_asked = |backend: &&BackendSettings| {
        let is_known = groups_of(backend).next().is_some();
        missing(backend).is_none() && backend.kind.lists_models() && !is_known
    };
    let asked = backends.filter(is_asked).map(async |backend| {
        let models = backend::list_models(backend).await.map_err(|error| error.to_string());
        (backend.name.clone(), models)
    });
    join_all(asked).await.into_iter().collect()
}

/// Every model that is known by name, backend by backend: of the catalogue, of the servers themselves, of the
/// configuration, and those that were used. Backends that lack their credentials come last.
pub(super) fn rows(
    settings: &Settings,
    listed: &Listed,
    past: &Past,
    going: &Going<'_>,
) -> Vec<ModelRow> {
    let mut backends: Vec<&BackendSettings> = settings.backends.values().collect();
    backends.sort_by_key(|backend| missing(backend).is_some());
    let named: Vec<&ModelRef> = past.used.iter().chain(&settings.model).chain(going.from).collect();
    let of_backend = |backend: &&BackendSettings| {
        let unreachable = listed.get(&backend.name).and_then(|known| known.as_ref().err());
        let row = |name| {
            let row = row(backend, name, window_of(backend, name, listed), past, going);
            let lacks =
                row.lacks.clone().or_else(|| unreachable.filter(|_| !row.is_current).cloned());
            ModelRow { lacks, ..row }
        };
        names(backend, listed, &named).into_iter().map(row).collect::<Vec<_>>()
    };
    backends.iter().flat_map(of_backend).collect()
}

/// A backend's models: those of the catalogue, of its server, of its table, and those that are `named` elsewhere.
pub(super) fn names<'a>(
    backend: &'a BackendSettings,
    listed: &'a Listed,
    named: &[&'a ModelRef],
) -> Vec<&'a str> {
    let of_catalogue = groups_of(backend).flat_map(catalogue::ids);
    let mut names: Vec<&str> = of_catalogue.filter(|id| !is_dated(id)).collect();
    let of_server = listed.get(&backend.name).and_then(|known| known.as_ref().ok());
    names.extend(of_server.into_iter().flatten().map(|model| model.name.as_str()));
    let amended = backend.models.keys().map(String::as_str);
    let unlisted: Vec<&str> = amended.filter(|name| !names.contains(name)).collect();
    names.extend(unlisted);
    let own = named.iter().filter(|model| model.backend == backend.name);
    let own: BTreeSet<&str> = own.map(|model| model.model.as_str()).collect();
    let unknown: Vec<&str> = own.into_iter().filter(|name| !names.contains(name)).collect();
    names.extend(unknown);
    names
}

/// The parts of the catalogue that stand for a list of a backend's models.
fn groups_of(backend: &BackendSettings) -> impl Iterator<Item = &'static str> {
    let kind = backend.kind;
    let is_vendors = catalogue_group(kind, backend.base_url.as_deref()).is_some();
    kind.catalogues().filter(move |_| is_vendors || !kind.lists_models())
}

/// As the catalogue has it, else as the server says.
pub(super) fn window_of(backend: &BackendSettings, name: &str, listed: &Listed) -> Option<u64> {
    let of_server = || {
        let models = listed.get(&backend.name)?.as_ref().ok()?;
        models.iter().find(|model| model.name == name)?.window
    };
    known_of(backend, name).and_then(|info| info.context).or_else(of_server)
}

fn row(
    backend: &BackendSettings,
    name: &str,
    window: Option<u64>,
    past: &Past,
    going: &Going<'_>,
) -> ModelRow {
    let info = known_of(backend, name);
    let model = ModelRef { backend: backend.name.clone(), model: name.to_owned() };
    let prices = info.and_then(|info| info.prices);
    let sent_anew = Usage { input: going.context, ..Usage::default() };
    let is_current = Some(&model) == going.from;
    let too_long = window.filter(|window| going.context > *window && !is_current);
    let too_long = too_long.map(|window| {
        format!("the conversation takes {} tokens, and it has room for {window}", going.context)
    });
    let sum = past.sums.get(&model);
    ModelRow {
        window,
        price: prices.map(|prices| (prices.rates.input, prices.rates.output)),
        switching: match is_current {
            true => Cost::ZERO,
            false => prices.map_or(Cost::Unknown, |prices| prices.cost(&sent_anew)),
        },
        tokens_per_second: sum.and_then(Sum::tokens_per_second),
        first_byte: sum.and_then(Sum::first_byte).map(Duration::from_millis),
        lacks: missing(backend).or(too_long),
        is_current,
        model,
    }
}

/// Why a backend can't be asked at all.
pub(super) fn missing(backend: &BackendSettings) -> Option<String> {
    match &backend.key {
        Key::None | Key::Found { .. } | Key::Sought(_) => None,
        Key::Missing { wanted } => Some(format!(
            "{name} needs a key: set {wanted} and start again, or run `bowline login {name}`",
            name = backend.name
        )),
    }
}

/// A name that ends in its day, such as `gpt-5-2025-08-07` or `claude-haiku-4-5-20251001`, is the model of the name
/// without it as it was then.
fn is_dated(id: &str) -> bool {
    let ends_like = |day: &str| {
        let end = id.get(id.len().saturating_sub(day.len())..).unwrap_or_default();
        let fits = |(pattern, byte): (u8, u8)| match pattern {
            b'-' | b'@' => byte == pattern,
            _ => byte.is_ascii_digit(),
        };
        end.len() == day.len() && day.bytes().zip(end.bytes()).all(fits)
    };
    ends_like("-2025-08-07") || ends_like("-20250807") || ends_like("@20250807")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{self, Environment, Overrides},
        protocol::RequestRecord,
        store::LedgerLine,
    };

    const CONFIG: &str = r#"
model = "home/llama"
[backends.home]
kind = "openai-chat"
base_url = "http://127.0.0.1:9/v1"
[backends.gw]
kind = "openai-chat"
base_url = "http://127.0.0.1:9/v1"
api_key_env = "GW_KEY"
"#;

    fn listed(context: u64, has_key: bool) -> Vec<ModelRow> {
        let directory = tempfile::TempDir::new().unwrap();
        std::fs::write(directory.path().join("config.toml"), CONFIG).unwrap();
        let place = directory.path().as_os_str();
        let mut variables = vec![("BOWLINE_CONFIG_HOME", place), ("HOME", place)];
        variables.extend(has_key.then_some(("OPENAI_API_KEY", "k".as_ref())));
        let environment = Environment::from_pairs(variables);
        let config = config::load(&environment, directory.path(), &Overrides::default()).unwrap();
        let used = ["gw/old", "home/llama", "ollama/old", "gone/model"]
            .map(|model| model.parse().unwrap());
        let from = "openai/gpt-6.2-sol".parse().unwrap();
        let model = |name: &str, window| ListedModel { name: name.to_owned(), window };
        let home = vec![model("llama", None), model("qwen", Some(32_768))];
        let listed = [("home", Ok(home)), ("ollama", Err("it does not run".to_owned()))];
        let listed = listed.map(|(name, models)| (name.to_owned(), models)).into();
        let past = Past { used: used.into(), sums: seen() };
        rows(config.settings(), &listed, &past, &Going { from: Some(&from), context })
    }

    /// Three answers of one model, and a request of another that nothing came of.
    fn seen() -> Sums {
        let line = |model: &str, first_byte_ms, output| LedgerLine {
            session: "s".to_owned(),
            at: "2026-11-25T12:00:00Z".parse().unwrap(),
            request: RequestRecord {
                model: model.parse().unwrap(),
                usage: Usage { output, ..Usage::default() },
                cost: Cost::Unknown,
                retries: 0,
                first_byte_ms,
                duration_ms: 2_000,
                error: None,
            },
        };
        let lines = [
            line("home/llama", Some(900), 11),
            line("home/llama", Some(500), 15),
            line("home/llama", Some(600), 14),
            line("home/qwen", None, 0),
        ];
        Sum::of_each(&lines, |line| line.request.model.clone())
    }

    fn told(row: &ModelRow) -> String {
        let lacks = row.lacks.as_deref().unwrap_or("nothing");
        let ModelRow { window, price, is_current, .. } = row;
        let switching = row.switching.usd();
        format!("{window:?} {price:?} {switching:?} current: {is_current} lacks {lacks}")
    }

    #[test]
    fn what_is_known_of_each_model_and_what_it_lacks() {
        let rows = listed(500_000, true);
        for (model, expected) in [
            (
                "openai/gpt-6.2-sol",
                "Some(922000) Some((2.0, 10.0)) Some(0.0) current: true lacks nothing",
            ),
            // A long request costs more as a whole.
            (
                "openai/gpt-6.1-sol",
                "Some(922000) Some((2.0, 10.0)) Some(2.0) current: false lacks nothing",
            ),
            (
                "openai/o3",
                "Some(200000) Some((2.0, 8.0)) Some(1.0) current: false lacks the conversation takes 500000 tokens, and it has room for 200000",
            ),
            ("home/llama", "None None None current: false lacks nothing"),
            (
                "home/qwen",
                "Some(32768) None None current: false lacks the conversation takes 500000 tokens, and it has room for 32768",
            ),
            ("ollama/old", "None None None current: false lacks it does not run"),
            (
                "gw/old",
                "None None None current: false lacks gw needs a key: set GW_KEY and start again, or run `bowline login gw`",
            ),
        ] {
            let found: Vec<String> =
                rows.iter().filter(|row| row.model.to_string() == model).map(told).collect();
            assert_eq!(found, [expected], "{model}");
        }
        assert_eq!(rows.last().unwrap().model.backend, "gw", "what can't be used comes last");
        assert!(rows.iter().all(|row| !is_dated(&row.model.model)));
        assert_eq!(rows.iter().filter(|row| row.is_current).count(), 1);
    }

    #[test]
    fn a_model_comes_with_the_speed_that_was_seen() {
        let rows = listed(0, true);
        let seen = |model: &str| {
            let row = rows.iter().find(|row| row.model.to_string() == model).unwrap();
            (row.tokens_per_second, row.first_byte)
        };
        assert_eq!(seen("home/llama"), (Some(10.0), Some(Duration::from_millis(600))));
        assert_eq!(seen("home/qwen"), (None, None));
        assert_eq!(seen("openai/o3"), (None, None));
    }

    #[test]
    fn without_its_key_every_model_of_a_backend_says_so() {
        let rows = listed(0, false);
        let (vendors, home): (Vec<_>, Vec<_>) = rows
            .iter()
            .filter(|row| row.model.backend != "gw")
            .partition(|it| ["openai", "anthropic", "gemini"].contains(&it.model.backend.as_str()));
        assert!(vendors.len() > 20 && vendors.iter().all(|row| row.lacks.is_some()));
        assert!(home.iter().all(|row| row.lacks.is_none() || row.model.backend == "ollama"));
    }

    #[test]
    fn names_with_a_day_are_told_apart() {
        for (id, expected) in [
            ("gpt-5-2025-08-07", true),
            ("claude-haiku-4-5-20251001", true),
            ("claude-haiku-4-5@20251001", true),
            ("claude-haiku-4-5", false),
            ("gpt-5", false),
            ("o3", false),
            ("gpt-4.1-mini", false),
            ("é-2025-08-07", true),
            ("x2025-08-07", false),
        ] {
            assert_eq!(is_dated(id), expected, "{id}");
        }
    }
}
