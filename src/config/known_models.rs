//! `[backends.NAME.models.MODEL]`: what the user knows of a model, which goes before what the catalogue knows.
use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use crate::{
    catalogue::{Amendment, Rates},
    protocol::{Effort, Thinking},
};

/// One of them, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    like: Option<String>,
    context: Option<u64>,
    max_output: Option<u64>,
    usd: Option<Usd>,
    tools: Option<bool>,
    images: Option<bool>,
    output_schema: Option<bool>,
    reasoning: Option<Reasoning>,
    efforts: Option<Vec<Effort>>,
}

/// Dollars for a million tokens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usd {
    input: f64,
    output: f64,
    cache_read: Option<f64>,
    cache_write: Option<f64>,
    cache_write_long: Option<f64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Reasoning {
    Never,
    OnRequest,
    Adaptive,
    Always,
}

/// # Errors
/// What it has to be.
pub(super) fn read(value: &Value) -> Result<BTreeMap<String, Amendment>, String> {
    let written: BTreeMap<String, Written> = value
        .clone()
        .try_into()
        .map_err(|error: toml::de::Error| format!("is wrong: {}", error.message()))?;
    written
        .into_iter()
        .map(|(name, written)| {
            let amendment = written.checked().map_err(|why| format!("of `{name}` {why}"))?;
            Ok((name, amendment))
        })
        .collect()
}

impl Written {
    fn checked(self) -> Result<Amendment, String> {
        let Self { like, context, max_output, usd, tools, images, output_schema, .. } = self;
        if [context, max_output].contains(&Some(0)) {
            return Err("has no room: context and max_output are numbers of tokens".to_owned());
        }
        let like = like.map(|name| name.parse().map_err(|error| format!("is wrong: {error}")));
        let thinking = self.reasoning.map(|reasoning| match reasoning {
            Reasoning::Never => Thinking::Unasked,
            Reasoning::OnRequest => Thinking::OnRequest,
            Reasoning::Adaptive => Thinking::Adaptive,
            Reasoning::Always => Thinking::Always,
        });
        Ok(Amendment {
            like: like.transpose()?,
            context,
            max_output,
            rates: usd.map(Usd::rates).transpose()?,
            tools,
            vision: images,
            output_schema,
            thinking,
            efforts: self.efforts,
        })
    }
}

impl Usd {
    /// Cached tokens whose price is not said cost what fresh ones do: too much said rather than too little.
    fn rates(self) -> Result<Rates, String> {
        let Self { input, output, .. } = self;
        let cache_write = self.cache_write.unwrap_or(input);
        let rates = Rates {
            input,
            output,
            cache_read: self.cache_read.unwrap_or(input),
            cache_write,
            cache_write_long: self.cache_write_long.unwrap_or(cache_write),
        };
        let Rates { cache_read, cache_write_long, .. } = rates;
        let all = [input, output, cache_read, cache_write, cache_write_long];
        match all.iter().all(|price| price.is_finite() && *price >= 0.0) {
            true => Ok(rates),
            false => {
                Err("has a price that is none: it is in dollars for a million tokens".to_owned())
            }
        }
    }
}
