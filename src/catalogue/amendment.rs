//! What a user says of a model, laid over what the table says of it: the user's word wins.
use std::str::FromStr;

use super::{ModelInfo, Prices, Rates, find, groups};
use crate::protocol::{Effort, Thinking};

/// Whatever is absent is as the table has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Amendment {
    pub like: Option<Likeness>,
    pub context: Option<u64>,
    pub max_output: Option<u64>,
    pub rates: Option<Rates>,
    pub tools: Option<bool>,
    pub vision: Option<bool>,
    pub output_schema: Option<bool>,
    pub thinking: Option<Thinking>,
    pub efforts: Option<Vec<Effort>>,
}

/// A model of the table that another one is, under a name of its customer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    group: String,
    model: String,
}

impl Amendment {
    /// What the table says of a model that is called so in one of its groups, or of the one that it is like.
    pub fn listed(amendment: Option<&Self>, group: Option<&str>, model: &str) -> Option<ModelInfo> {
        match amendment.and_then(|it| it.like.as_ref()) {
            Some(Likeness { group, model }) => find(group, model),
            None => find(group?, model),
        }
    }

    /// What is known of the model, also where the table knows nothing.
    pub fn over(&self, model: &str, listed: Option<ModelInfo>) -> ModelInfo {
        let known = listed.unwrap_or_else(|| unknown(model));
        let prices = self.rates.map(|rates| Prices { rates, long: None });
        ModelInfo {
            context: self.context.or(known.context),
            max_output: self.max_output.or(known.max_output),
            prices: prices.or(known.prices),
            tools: self.tools.unwrap_or(known.tools),
            vision: self.vision.unwrap_or(known.vision),
            output_schema: self.output_schema.unwrap_or(known.output_schema),
            thinking: self.thinking.unwrap_or(known.thinking),
            efforts: self.efforts.clone().unwrap_or(known.efforts),
            refused_efforts: match self.efforts {
                Some(_) => Vec::new(),
                None => known.refused_efforts,
            },
            ..known
        }
    }
}

/// It is tried with everything that harms nobody.
fn unknown(model: &str) -> ModelInfo {
    ModelInfo {
        id: model.to_owned(),
        context: None,
        max_output: None,
        prices: None,
        tools: true,
        vision: true,
        thinking: Thinking::default(),
        output_schema: false,
        efforts: Vec::new(),
        refused_efforts: Vec::new(),
        retires: None,
    }
}

impl FromStr for Likeness {
    type Err = String;

    /// Such as `openai/gpt-6.2-sol`.
    fn from_str(text: &str) -> Result<Self, String> {
        let known = text.split_once('/').filter(|(group, model)| find(group, model).is_some());
        let (group, model) = known.ok_or_else(|| {
            let groups: Vec<&str> = groups().collect();
            format!(
                "`{text}` is no model of the catalogue: write GROUP/MODEL, where GROUP is one of {}",
                groups.join(", ")
            )
        })?;
        Ok(Self { group: group.to_owned(), model: model.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_word_wins_and_the_rest_is_as_it_was() {
        let like = || Some("openai/gpt-6.2-sol".parse().unwrap());
        let listed = find("openai", "gpt-6.2-sol").unwrap();
        let told = |amendment: &Amendment, group: Option<&str>, model: &str| {
            amendment.over(model, Amendment::listed(Some(amendment), group, model))
        };
        let alias = Amendment { like: like(), ..Amendment::default() };
        assert_eq!(told(&alias, Some("azure"), "ours"), listed);
        let less = Amendment { context: Some(32_000), vision: Some(false), ..Amendment::default() };
        let amended = told(&less, Some("openai"), "gpt-6.2-sol");
        let expected = ModelInfo { context: Some(32_000), vision: false, ..listed.clone() };
        assert_eq!(amended, expected);
        let rates = Rates {
            input: 1.0,
            output: 2.0,
            cache_read: 1.0,
            cache_write: 1.0,
            cache_write_long: 1.0,
        };
        let efforts = Some(vec![Effort::None, Effort::High]);
        let priced = Amendment { rates: Some(rates), efforts, ..alias };
        let amended = told(&priced, None, "ours");
        assert_eq!(amended.prices, Some(Prices { rates, long: None }));
        assert_eq!((amended.refused_efforts.len(), amended.context), (0, listed.context));
        let nobodys = told(&less, None, "of-tomorrow");
        assert_eq!(
            (nobodys.id.as_str(), nobodys.tools, nobodys.prices),
            ("of-tomorrow", true, None)
        );
        for wrong in ["gpt-6.2-sol", "openai/gpt-9", "nobody/gpt-6.2-sol"] {
            let error = wrong.parse::<Likeness>().unwrap_err();
            assert!(error.contains("one of anthropic, azure, bedrock"), "{error}");
        }
    }
}
