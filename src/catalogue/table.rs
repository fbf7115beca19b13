//! The vendored table of models: one model a line, of which only the one asked for is parsed.
use std::collections::BTreeMap;

use serde::Deserialize;

use super::{LongPrices, ModelInfo, Prices, Rates, profiles};
use crate::protocol::{Effort, Thinking};

/// See `models.LICENSE` for where it comes from.
const TABLE: &str = include_str!("models.json");

/// Looks a model up in a vendor's group, such as `openai` or `azure`.
///
/// A model that stands there under no name of its own counts as the one whose name it begins with:
/// `gpt-6.2-sol-2026-11-17` is `gpt-6.2-sol`. On Bedrock it may also be asked by an inference profile or an ARN.
pub fn find(group: &str, model: &str) -> Option<ModelInfo> {
    if group != profiles::GROUP {
        return Some(row(group, model)?.info());
    }
    let name = profiles::without_arn(model);
    if let Some(row) = row(group, name) {
        return Some(row.info());
    }
    let (profile, model) = profiles::split(name)?;
    let row = row(group, model)?;
    let info = row.info();
    let prices = info.prices.and_then(|base| profiles::prices(base, profile, &row.profiles));
    Some(ModelInfo { prices, ..info })
}

fn row(group: &str, model: &str) -> Option<Row<'static>> {
    let mut best: Option<(&str, &str)> = None;
    for (id, line) in lines(group)? {
        let is_longer = best.is_none_or(|(found, _)| id.len() > found.len());
        if is_longer && is_variant(model, id) {
            best = Some((id, line));
        }
    }
    serde_json::from_str(best?.1.trim_end_matches(',')).ok()
}

/// The models of a group.
pub fn ids(group: &str) -> impl Iterator<Item = &'static str> {
    lines(group).into_iter().flatten().map(|(id, _)| id)
}

/// The parts of the table, by the vendors' names.
pub fn groups() -> impl Iterator<Item = &'static str> {
    let heads = TABLE.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix("\":["));
    heads.filter(|name| !name.starts_with('_'))
}

/// The day on which the table was made, as `2026-11-23`: prices are as old.
pub fn generated() -> &'static str {
    between(TABLE, "\"generated\": \"", "\"").unwrap_or_default()
}

fn is_variant(model: &str, id: &str) -> bool {
    model
        .strip_prefix(id)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '@', ':', '/']))
}

/// A group's models, as their id and their line.
fn lines(group: &str) -> Option<impl Iterator<Item = (&'static str, &'static str)>> {
    if group.starts_with('_') {
        return None;
    }
    let models = between(TABLE, &format!("\n\"{group}\":[\n"), "\n]")?;
    Some(models.lines().filter_map(|line| Some((between(line, "{\"id\":\"", "\"")?, line))))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let (inside, _) = rest.split_once(after)?;
    Some(inside)
}

/// A line of the table; its `_meta` explains the keys.
#[derive(Deserialize)]
struct Row<'a> {
    id: &'a str,
    ctx: u64,
    out: u64,
    usd: Option<Usd>,
    usd_long: Option<Usd>,
    #[serde(default)]
    f: &'a str,
    #[serde(default)]
    eff: Vec<Effort>,
    #[serde(default)]
    noeff: Vec<Effort>,
    end: Option<&'a str>,
    /// Inference profiles, and how many times the price each asks.
    #[serde(default, borrow)]
    profiles: BTreeMap<&'a str, f64>,
}

#[derive(Deserialize)]
struct Usd {
    above: Option<u64>,
    #[serde(rename = "in")]
    input: f64,
    out: f64,
    cr: Option<f64>,
    cw: Option<f64>,
    cw1h: Option<f64>,
    cw12h: Option<f64>,
}

impl Row<'_> {
    fn info(&self) -> ModelInfo {
        let claims = |flag: &str| self.f.split(' ').any(|claimed| claimed == flag);
        let refused_efforts: Vec<Effort> = self.noeff.clone();
        let thinking = match (claims("always_think"), claims("adaptive"), claims("reason")) {
            (true, _, _) => Thinking::Always,
            (false, true, _) => Thinking::Adaptive,
            (false, false, true) => Thinking::OnRequest,
            (false, false, false) => Thinking::Unasked,
        };
        let usual = [Effort::Low, Effort::Medium, Effort::High];
        let is_taken = |effort: &Effort| {
            (self.eff.contains(effort) || usual.contains(effort))
                && !refused_efforts.contains(effort)
        };
        ModelInfo {
            id: self.id.to_owned(),
            context: Some(self.ctx),
            max_output: Some(self.out),
            // A router has a fee of its own and charges what it routes to besides: that price is not known.
            prices: self
                .usd
                .as_ref()
                .filter(|usd| usd.out > 0.0)
                .map(|usd| prices(usd, self.usd_long.as_ref())),
            tools: claims("tools"),
            vision: claims("vision"),
            thinking,
            output_schema: claims("schema"),
            efforts: match thinking {
                Thinking::Unasked => Vec::new(),
                Thinking::OnRequest | Thinking::Adaptive | Thinking::Always => {
                    Effort::ALL.into_iter().filter(is_taken).collect()
                }
            },
            refused_efforts,
            retires: self.end.map(str::to_owned),
        }
    }
}

fn prices(usd: &Usd, long: Option<&Usd>) -> Prices {
    let long = long.and_then(|long| Some(LongPrices { above: long.above?, rates: rates(long) }));
    Prices { rates: rates(usd), long }
}

/// Cached tokens whose price is not known cost what fresh ones do: too much said rather than too little.
fn rates(usd: &Usd) -> Rates {
    let cache_write = usd.cw.unwrap_or(usd.input);
    Rates {
        input: usd.input,
        output: usd.out,
        cache_read: usd.cr.unwrap_or(usd.input),
        cache_write,
        cache_write_long: usd.cw1h.or(usd.cw12h).unwrap_or(cache_write),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn models_are_found_by_name_and_by_the_start_of_it() {
        let sol = find("openai", "gpt-6.2-sol").unwrap();
        let rates = Rates {
            input: 2.0,
            output: 10.0,
            cache_read: 0.1,
            cache_write: 2.5,
            cache_write_long: 5.0,
        };
        let long = Rates {
            input: 4.0,
            output: 15.0,
            cache_read: 0.2,
            cache_write: 5.0,
            cache_write_long: 5.0,
        };
        let expected = ModelInfo {
            id: "gpt-6.2-sol".into(),
            context: Some(922_000),
            max_output: Some(128_000),
            prices: Some(Prices { rates, long: Some(LongPrices { above: 272_000, rates: long }) }),
            tools: true,
            vision: true,
            thinking: Thinking::OnRequest,
            output_schema: true,
            efforts: vec![Effort::Low, Effort::Medium, Effort::High, Effort::Xhigh, Effort::Max],
            refused_efforts: vec![Effort::None, Effort::Minimal],
            retires: None,
        };
        assert_eq!(sol, expected);
        for (group, model, id) in [
            ("openai", "gpt-6.2-sol-2026-11-17", Some("gpt-6.2-sol")),
            ("openai", "gpt-4.1-2025-04-14", Some("gpt-4.1-2025-04-14")),
            ("openai", "gpt-4.1-mini", Some("gpt-4.1-mini")),
            ("openai", "gpt-6.2-solar", None),
            ("openai", "gpt-4", None),
            ("openai", "\"", None),
            ("openai", "", None),
            ("nobody", "gpt-6.2-sol", None),
            ("_meta", "source", None),
            ("anthropic", "claude-haiku-4-5@20251001", Some("claude-haiku-4-5")),
        ] {
            assert_eq!(find(group, model).map(|info| info.id).as_deref(), id, "{group}/{model}");
        }
        assert_eq!(find("openai", "gpt-4.1").unwrap().efforts, []);
        assert_eq!(generated(), "2026-11-23");
    }

    #[test]
    fn a_model_on_bedrock_is_known_by_each_of_its_names() {
        let long_name = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
        let arn =
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-5-5";
        let base_arn = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-5";
        let own_arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
        for (model, expected) in [
            ("anthropic.claude-opus-5-5", Some(Some((4.0, 0.2)))),
            ("global.anthropic.claude-opus-5-5", Some(Some((4.0, 0.2)))),
            ("us.anthropic.claude-opus-5-5", Some(Some((4.4, 0.22)))),
            ("us-gov.anthropic.claude-opus-5-5", Some(Some((4.8, 0.24)))),
            // Nobody knows what it costs there.
            ("mars.anthropic.claude-opus-5-5", Some(None)),
            (long_name, Some(Some((1.1, 0.11)))),
            (arn, Some(Some((4.4, 0.22)))),
            (base_arn, Some(Some((4.0, 0.2)))),
            (own_arn, None),
            ("us.", None),
            ("anthropic", None),
        ] {
            let rates = find("bedrock", model).map(|info| info.prices.map(|prices| prices.rates));
            let rounded = |price: f64| (price * 1e6).round() / 1e6;
            let found = rates
                .map(|rates| rates.map(|rates| (rounded(rates.input), rounded(rates.cache_read))));
            assert_eq!(found, expected, "{model}");
        }
        assert_eq!(find("anthropic", "us.claude-opus-5-5"), None);
    }

    #[test]
    fn every_line_of_the_table_is_sound() {
        let table: Value = serde_json::from_str(TABLE).unwrap();
        let named = table.as_object().unwrap().keys().filter(|key| *key != "_meta");
        assert!(named.eq(groups()));
        for group in groups() {
            let rows = table[group].as_array().unwrap();
            assert_eq!(ids(group).count(), rows.len(), "{group}: one model a line");
            for id in ids(group) {
                let info = find(group, id).unwrap_or_else(|| panic!("{group}/{id} is no model"));
                assert_eq!(info.id, id);
                assert!(
                    info.context >= Some(4096) && info.max_output >= Some(1024),
                    "{group}/{id}"
                );
                let clash = info.efforts.iter().any(|one| info.refused_efforts.contains(one));
                assert!(!clash, "{group}/{id}: an effort is taken and refused");
                let Some(prices) = info.prices else {
                    assert_eq!(id, "model-router", "{group}: no price");
                    continue;
                };
                let long = prices.long.map(|long| long.rates);
                for rates in [Some(prices.rates), long].into_iter().flatten() {
                    assert!(rates.input > 0.0 && rates.output >= rates.input, "{group}/{id}");
                    assert!(rates.cache_read <= rates.input, "{group}/{id}: cached is dearer");
                    assert!(rates.cache_write > 0.0, "{group}/{id}: written is free");
                    assert!(rates.cache_write_long >= rates.cache_write, "{group}/{id}");
                }
                if let Some(long) = prices.long {
                    assert!(
                        long.above > 100_000 && Some(long.above) <= info.context,
                        "{group}/{id}"
                    );
                    assert!(long.rates.input > prices.rates.input, "{group}/{id}");
                }
            }
        }
    }
}
