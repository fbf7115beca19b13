//! A verb that was typed behind a slash.
use super::{Action, Arguments};

/// `/mode plan` as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slash {
    pub action: Action,
    /// What stands behind the word, without blanks around it; often empty.
    pub arguments: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownVerb {
    #[error("there is no /{word}{}", did_you_mean(*nearest))]
    Word { word: String, nearest: Option<&'static str> },
    #[error("/{word} takes nothing behind it")]
    NoArguments { word: &'static str },
    #[error("it is written {usage}")]
    ArgumentMissing { usage: String },
}

/// Reads a text that starts with a slash; `None` where it is no verb but words of a prompt, such as `/etc/hosts is
/// wrong`.
pub fn slash(text: &str) -> Option<Result<Slash, UnknownVerb>> {
    let typed = text.trim().strip_prefix('/')?;
    let (word, arguments) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let is_word = |c: char| c.is_ascii_alphabetic() || c == '-';
    if word.is_empty() || !word.chars().all(is_word) {
        return None;
    }
    let Some(action) = Action::all().find(|action| action.verb().slash == Some(word)) else {
        return Some(Err(UnknownVerb::Word { word: word.to_owned(), nearest: nearest(word) }));
    };
    let (verb, arguments) = (action.verb(), arguments.trim().to_owned());
    Some(match (verb.arguments, arguments.is_empty()) {
        (Arguments::None, false) => {
            Err(UnknownVerb::NoArguments { word: verb.slash.unwrap_or_default() })
        }
        (Arguments::Required(_), true) => {
            Err(UnknownVerb::ArgumentMissing { usage: verb.usage().unwrap_or_default() })
        }
        (Arguments::None | Arguments::Optional(_) | Arguments::Required(_), _) => {
            Ok(Slash { action, arguments })
        }
    })
}

/// The slash word that is most like what was typed, if one is like it at all.
fn nearest(typed: &str) -> Option<&'static str> {
    let words = Action::all().filter_map(|action| action.verb().slash);
    let scored = words.map(|word| (strsim::jaro_winkler(typed, word), word));
    scored
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |nearest| format!("; did you mean /{nearest}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, read: Option<Result<(Action, &str), &str>>) {
        let found = slash(text).map(|found| found.map_err(|error| error.to_string()));
        let read = read.map(|read| {
            let slash = |(action, arguments): (Action, &str)| Slash {
                action,
                arguments: arguments.to_owned(),
            };
            read.map(slash).map_err(str::to_owned)
        });
        assert_eq!(found, read, "{text}");
    }

    #[test]
    fn what_is_typed_behind_a_slash_is_a_verb_or_a_prompt() {
        check("/mode  plan ", Some(Ok((Action::Mode, "plan"))));
        check("/mode", Some(Ok((Action::Mode, ""))));
        check("/review", Some(Ok((Action::ReviewChanges, ""))));
        check("/rename a new\nname", Some(Ok((Action::Rename, "a new\nname"))));
        check("/rename", Some(Err("it is written /rename NAME")));
        check("/quit now", Some(Err("/quit takes nothing behind it")));
        check("/modle", Some(Err("there is no /modle; did you mean /mode?")));
        check("/zzz", Some(Err("there is no /zzz")));
        check("/etc/hosts is wrong", None);
        check("/ is full", None);
        check("mode plan", None);
    }
}
