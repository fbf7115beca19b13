//! `bowline models`: what can be chosen, with its context, its prices, its speed so far and what it can.
use clap::Args;
use serde_json::{Value, json};

use super::{
    CommandError, Exit,
    context::{Context, runtime},
    model::known_of,
    models::{self, Listed},
    output::Role,
    sum::Sum,
};
use crate::{
    backend::BackendSettings,
    catalogue::{self, ModelInfo, Rates},
    config::Settings,
    protocol::{Effort, ModelRef},
};

#[derive(Debug, Args)]
pub(super) struct ModelsArguments {
    /// List those of this backend alone, also where it lacks its key
    #[arg(value_name = "BACKEND")]
    backend: Option<String>,
}

struct Choice<'a> {
    model: ModelRef,
    info: Option<ModelInfo>,
    window: Option<u64>,
    /// Why it can't be asked.
    lacks: Option<String>,
    /// What its latest requests came to.
    sum: Option<&'a Sum>,
}

pub(super) fn list_models(
    arguments: &ModelsArguments,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    let config = cx.config()?;
    let settings = config.settings();
    let backends = chosen(arguments.backend.as_deref(), settings)?;
    let listed = runtime()?.block_on(async {
        match arguments.backend {
            Some(_) => models::ask_each(backends.iter().copied()).await,
            None => models::ask(settings).await,
        }
    });
    let sums = cx.store().map(|store| models::latest_sums(&store)).unwrap_or_default();
    let named: Vec<&ModelRef> = settings.model.iter().collect();
    let of_backend = |backend: &&BackendSettings| -> Vec<Choice<'_>> {
        let choice = |name: &str| {
            let model = ModelRef { backend: backend.name.clone(), model: name.to_owned() };
            let window = models::window_of(backend, name, &listed);
            let lacks = lack(backend, &listed);
            Choice { info: known_of(backend, name), window, lacks, sum: sums.get(&model), model }
        };
        models::names(backend, &listed, &named).into_iter().map(choice).collect()
    };
    // People look at what they can choose, and programs at what they like.
    let is_shown = |backend: &BackendSettings| {
        arguments.backend.is_some() || cx.options.json || models::missing(backend).is_none()
    };
    let choices: Vec<Choice<'_>> =
        backends.iter().filter(|it| is_shown(it)).flat_map(of_backend).collect();
    if let (Some(_), [backend], []) = (&arguments.backend, &backends[..], &choices[..]) {
        return Err(why_none(backend, &listed));
    }
    if cx.options.json {
        for choice in &choices {
            cx.output.json(&as_json(choice, settings.model.as_ref()))?;
        }
        return Ok(Exit::Finished);
    }
    if !choices.is_empty() {
        cx.output.table(&table(&choices))?;
        cx.output.line("")?;
        let note = format!(
            "Prices are list prices of {} in US dollars for a million tokens.",
            catalogue::generated()
        );
        cx.output.styled_line(Role::Faint, &note)?;
    }
    for backend in backends {
        let is_listed = match listed.get(&backend.name) {
            Some(known) => known.is_ok(),
            None => !backend.kind.lists_models() && is_shown(backend),
        };
        if is_listed && !backend.kind.domains().is_empty() {
            let name = &backend.name;
            let note = format!(
                "Of {name} these are the models that may be deployed; one answers by the name of its deployment: {name}/DEPLOYMENT."
            );
            cx.output.styled_line(Role::Faint, &note)?;
        }
        if !listed.contains_key(&backend.name) && models::wants_to_be_named(backend, settings) {
            let name = &backend.name;
            let note = format!("What {name} has is listed by `bowline models {name}`.");
            cx.output.styled_line(Role::Faint, &note)?;
        }
        if let Some(lack) = lack(backend, &listed) {
            cx.output.styled_line(Role::Faint, &lack)?;
        }
    }
    Ok(Exit::Finished)
}

/// Why a backend can't be asked, as far as that is known.
fn lack(backend: &BackendSettings, listed: &Listed) -> Option<String> {
    let unreachable = || listed.get(&backend.name)?.as_ref().err().cloned();
    models::missing(backend).or_else(unreachable)
}

fn chosen<'a>(
    name: Option<&str>,
    settings: &'a Settings,
) -> Result<Vec<&'a BackendSettings>, CommandError> {
    let Some(name) = name else { return Ok(settings.backends.values().collect()) };
    let backend = settings.backends.get(name).ok_or_else(|| {
        let known: Vec<&str> = settings.backends.keys().map(String::as_str).collect();
        CommandError::usage(format!("no backend is named `{name}`"))
            .with_hint(format!("the configured ones are {}", known.join(", ")))
    })?;
    Ok(vec![backend])
}

fn why_none(backend: &BackendSettings, listed: &Listed) -> CommandError {
    match (models::missing(backend), listed.get(&backend.name)) {
        (Some(missing), _) => CommandError::new(Exit::Credentials, missing),
        (None, Some(Err(why))) => CommandError::new(Exit::Unavailable, why.clone()),
        (None, Some(Ok(_)) | None) => {
            CommandError::new(Exit::Unavailable, format!("{} has no models", backend.name))
        }
    }
}

fn table(choices: &[Choice<'_>]) -> Vec<Vec<String>> {
    let head = ["MODEL", "CONTEXT", "OUTPUT", "IN", "CACHED", "OUT", "FIRST", "TOK/S", "CAN"]
        .map(str::to_owned);
    let row = |choice: &Choice<'_>| {
        let (info, sum) = (choice.info.as_ref(), choice.sum);
        let unknown = || "?".to_owned();
        let size = |tokens: Option<u64>| tokens.map_or_else(unknown, in_short);
        let rates = info.and_then(|info| info.prices).map(|prices| prices.rates);
        let price =
            |of: fn(&Rates) -> f64| rates.as_ref().map_or_else(unknown, |it| of(it).to_string());
        let unseen = || "-".to_owned();
        let (first, rate) = (sum.and_then(Sum::first_byte), sum.and_then(Sum::tokens_per_second));
        let mark = if choice.lacks.is_some() { " (not reachable)" } else { "" };
        vec![
            format!("{}{mark}", choice.model),
            size(choice.window),
            size(info.and_then(|info| info.max_output)),
            price(|rates| rates.input),
            price(|rates| rates.cache_read),
            price(|rates| rates.output),
            first.map_or_else(unseen, |ms| format!("{ms} ms")),
            rate.map_or_else(unseen, |rate| format!("{rate:.0}")),
            info.map_or_else(unknown, abilities),
        ]
    };
    let rows: Vec<Vec<String>> = choices.iter().map(row).collect();
    [head.to_vec()].into_iter().chain(rows).collect()
}

fn in_short(tokens: u64) -> String {
    match tokens {
        1_000_000.. if tokens.is_multiple_of(1_000_000) => format!("{}M", tokens / 1_000_000),
        1_000.. => format!("{}k", tokens / 1_000),
        _ => tokens.to_string(),
    }
}

fn abilities(info: &ModelInfo) -> String {
    let effort = match &info.efforts[..] {
        [] => None,
        [only] => Some(format!("effort {}", only.as_str())),
        [first, .., last] => Some(format!("effort {}-{}", first.as_str(), last.as_str())),
    };
    let claims = [(info.tools, "tools"), (info.vision, "images"), (info.output_schema, "schema")];
    let claims =
        claims.into_iter().filter(|(claimed, _)| *claimed).map(|(_, name)| name.to_owned());
    let retires = info.retires.as_ref().map(|day| format!("until {day}"));
    claims.chain(effort).chain(retires).collect::<Vec<_>>().join(", ")
}

fn as_json(choice: &Choice<'_>, current: Option<&ModelRef>) -> Value {
    let info = choice.info.as_ref();
    let rates = |rates: &Rates| {
        json!({ "input": rates.input, "output": rates.output, "cache_read": rates.cache_read,
            "cache_write": rates.cache_write, "cache_write_long": rates.cache_write_long })
    };
    let prices = info.and_then(|info| info.prices);
    let efforts =
        info.map(|info| info.efforts.iter().copied().map(Effort::as_str).collect::<Vec<_>>());
    json!({
        "model": choice.model,
        "is_current": current == Some(&choice.model),
        "is_reachable": choice.lacks.is_none(),
        "lacks": choice.lacks,
        "context": choice.window,
        "max_output": info.and_then(|info| info.max_output),
        "usd_per_million": prices.map(|prices| rates(&prices.rates)),
        "usd_per_million_long": prices.and_then(|prices| prices.long).map(|long| {
            json!({ "above": long.above, "rates": rates(&long.rates) })
        }),
        "first_byte_ms": choice.sum.and_then(Sum::first_byte),
        "tokens_per_second": choice.sum.and_then(Sum::tokens_per_second),
        "tools": info.map(|info| info.tools),
        "images": info.map(|info| info.vision),
        "output_schema": info.map(|info| info.output_schema),
        "efforts": efforts,
        "retires": info.and_then(|info| info.retires.as_ref()),
    })
}
