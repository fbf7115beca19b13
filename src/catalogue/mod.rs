//! What is known of models: how much they read and write, what they can, what they cost.
mod amendment;
mod prices;
mod profiles;
mod table;

use crate::protocol::{Effort, Thinking};

pub use amendment::{Amendment, Likeness};
pub use prices::{LongPrices, Prices, Rates};
pub use table::{find, generated, groups, ids};

/// A model as the catalogue knows it. An ability that is not claimed may still be there.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// The catalogue's own name; shorter than the one asked for where that carries a date or a variant.
    pub id: String,
    /// The most tokens a request may send, where that is known.
    pub context: Option<u64>,
    /// The most tokens a reply may have, where that is known.
    pub max_output: Option<u64>,
    pub prices: Option<Prices>,
    pub tools: bool,
    pub vision: bool,
    pub thinking: Thinking,
    /// Output that follows a JSON Schema.
    pub output_schema: bool,
    /// Levels known to be taken.
    pub efforts: Vec<Effort>,
    /// Levels known to be refused.
    pub refused_efforts: Vec<Effort>,
    /// The day it is switched off, as `2026-12-24`.
    pub retires: Option<String>,
}
