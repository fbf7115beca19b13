//! Names of models on Bedrock: their own, those of inference profiles, which serve them from a part of the world at a
//! price of their own, and ARNs of either.
use std::collections::BTreeMap;

use super::Prices;

/// The part of the table whose models are asked by such names.
pub(super) const GROUP: &str = "bedrock";

/// The name without what an ARN has before it. An application's own profile does not say whose model it is.
pub(super) fn without_arn(name: &str) -> &str {
    match name.rsplit_once('/') {
        Some((arn, last)) if arn.starts_with("arn:") => last,
        Some(_) | None => name,
    }
}

/// A profile and its model, such as `us` and `anthropic.claude-opus-5-5`.
pub(super) fn split(name: &str) -> Option<(&str, &str)> {
    name.split_once('.')
}

/// What a model costs by a profile. Absent: the table does not know this one.
pub(super) fn prices(base: Prices, profile: &str, factors: &BTreeMap<&str, f64>) -> Option<Prices> {
    let factor = *factors.get(profile)?;
    Some(base.times(factor))
}
