//! What a key may hold, checked where it is read, and which of two values is the stricter one.
use toml::Value;
use url::Url;

use super::{after_edit, known_models, settings::SandboxLevel};
use crate::{
    backend::Kind,
    protocol::{Effort, Mode, ModelRef, ROUTE},
    tui::{composer::EditingMode, keymap::KeySequence, notify::Notify},
};

pub(super) enum Holds {
    Text,
    Bool,
    Whole {
        least: i64,
        most: i64,
    },
    /// A sum of money, not negative.
    Dollars,
    OneOf(&'static [&'static str]),
    /// A name of these, or a program with its arguments.
    Notify,
    /// A program with its arguments, which is started in no directory of the user's.
    Program,
    Model,
    /// A list of them.
    Models,
    Mode,
    Sandbox,
    Effort,
    EditingMode,
    /// A key of the terminal, a list of them, or `"none"`.
    KeyNames,
    Kind,
    Url,
    /// The path of a shell that the policy understands.
    Shell,
    VariableName,
    VariableNames,
    FileNames,
    /// The path of a file, absolute or from the home directory on.
    FilePath,
    /// Tables of files and programs.
    AfterEdit,
    /// Tables of what is known of models, by their names.
    KnownModels,
    /// A table of texts.
    Headers,
    /// Any table that JSON can say.
    Json,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Strictness {
    /// What allows less without asking.
    Mode,
    /// What confines more.
    Sandbox,
    /// The lower number.
    Lower,
}

/// What is proven to only read in these can do more in others.
const SHELLS: [&str; 3] = ["/bash", "/dash", "/sh"];

impl Holds {
    /// The value as it is kept.
    ///
    /// # Errors
    /// What it has to be, such as `has to be a whole number`.
    pub(super) fn read(&self, value: Value) -> Result<Value, String> {
        match self {
            Self::Text => text(&value).map(drop)?,
            Self::Bool => {
                value.as_bool().ok_or_else(|| expected("true or false", &value))?;
            }
            Self::Whole { least, most } => {
                let whole = value.as_integer().ok_or_else(|| expected("a whole number", &value))?;
                if !(*least..=*most).contains(&whole) {
                    return Err(format!("is {whole}: it has to be from {least} to {most}"));
                }
            }
            Self::Dollars => return dollars(&value),
            Self::OneOf(known) => one_of(known, &value)?,
            Self::Notify => match &value {
                Value::Array(_) => program(&texts(&value)?)?,
                _ => one_of(&Notify::NAMES, &value)?,
            },
            Self::Program => {
                let words = texts(&value)?;
                program(&words)?;
                if words.first().is_some_and(|it| it.contains('/') && !it.starts_with('/')) {
                    return Err("names its program by a relative path: it has to be a name or an absolute path".to_owned());
                }
            }
            Self::Model => model(text(&value)?)?,
            Self::Models => models(&texts(&value)?)?,
            Self::Mode => parsed::<Mode>(&value)?,
            Self::Sandbox => parsed::<SandboxLevel>(&value)?,
            Self::Effort => one_of(&Effort::ALL.map(Effort::as_str), &value)?,
            Self::EditingMode => one_of(&EditingMode::ALL.map(EditingMode::as_str), &value)?,
            Self::KeyNames => key_sequences(&value).map(drop)?,
            Self::Kind => parsed::<Kind>(&value)?,
            Self::Url => url(text(&value)?)?,
            Self::Shell => {
                let path = text(&value)?;
                let is_known = SHELLS.iter().any(|shell| path.ends_with(shell));
                if !path.starts_with('/') || !is_known {
                    return Err(expected("the absolute path of bash, dash or sh", &value));
                }
            }
            Self::VariableName => variable_name(text(&value)?)?,
            Self::VariableNames => texts(&value)?.into_iter().try_for_each(variable_name)?,
            Self::FileNames => texts(&value)?.into_iter().try_for_each(file_name)?,
            Self::FilePath => file_path(text(&value)?)?,
            Self::AfterEdit => after_edit::read(&value).map(drop)?,
            Self::KnownModels => known_models::read(&value).map(drop)?,
            Self::Headers => {
                let headers = value.as_table().ok_or_else(|| expected("a table", &value))?;
                headers.values().try_for_each(|header| text(header).map(drop))?;
            }
            Self::Json => {
                value.as_table().ok_or_else(|| expected("a table", &value))?;
                json(&value)
                    .ok_or("holds what JSON can't say: a date, or a number that is none")?;
            }
        }
        Ok(value)
    }
}

impl Strictness {
    /// Whether the first value allows less than the second, both as their key holds them.
    pub(super) fn is_stricter(self, new: &Value, old: &Value) -> bool {
        match self {
            Self::Mode => named::<Mode>(new) < named::<Mode>(old),
            Self::Sandbox => named::<SandboxLevel>(new) < named::<SandboxLevel>(old),
            Self::Lower => match (number(new), number(old)) {
                (Some(new), Some(old)) => new < old,
                (_, None) | (None, _) => false,
            },
        }
    }
}

/// A table as JSON. `None` where JSON has no word for something in it.
pub(super) fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::String(text) => text.as_str().into(),
        Value::Integer(whole) => (*whole).into(),
        Value::Float(number) => serde_json::Number::from_f64(*number)?.into(),
        Value::Boolean(is_true) => (*is_true).into(),
        Value::Datetime(_) => return None,
        Value::Array(items) => items.iter().map(json).collect::<Option<Vec<_>>>()?.into(),
        Value::Table(members) => {
            let members = members.iter().map(|(name, value)| Some((name.clone(), json(value)?)));
            serde_json::Value::Object(members.collect::<Option<_>>()?)
        }
    })
}

/// The keys that `"ctrl-k"`, `["ctrl-k", "g g"]` or `"none"` stands for.
///
/// # Errors
/// What it has to be.
pub(super) fn key_sequences(value: &Value) -> Result<Vec<KeySequence>, String> {
    let names = match value {
        Value::String(name) if name == "none" => Vec::new(),
        Value::String(name) => vec![name.as_str()],
        Value::Array(_) => texts(value)?,
        _ => return Err(expected("a key, a list of keys, or \"none\"", value)),
    };
    let read = |name: &str| name.parse().map_err(|error| format!("is wrong: {error}"));
    names.into_iter().map(read).collect()
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| expected("a text", value))
}

fn texts(value: &Value) -> Result<Vec<&str>, String> {
    let items = value.as_array().ok_or_else(|| expected("a list of texts", value))?;
    items.iter().map(text).collect()
}

fn expected(what: &str, value: &Value) -> String {
    format!("is of type {}: it has to be {what}", value.type_str())
}

fn one_of(known: &[&str], value: &Value) -> Result<(), String> {
    let text = text(value)?;
    let is_known = known.contains(&text);
    is_known.then_some(()).ok_or_else(|| format!("is `{text}`: it has to be {}", known.join(", ")))
}

fn parsed<T: std::str::FromStr<Err = String>>(value: &Value) -> Result<(), String> {
    text(value)?.parse::<T>().map(drop).map_err(|error| format!("is wrong: {error}"))
}

fn program(words: &[&str]) -> Result<(), String> {
    match words {
        [] | ["", ..] => Err("names no program: the first of the list has to be one".to_owned()),
        [..] if words.iter().any(|word| word.contains('\0')) => {
            Err("holds a character that no argument can have".to_owned())
        }
        [..] => Ok(()),
    }
}

fn dollars(value: &Value) -> Result<Value, String> {
    let number = number(value).ok_or_else(|| expected("a number", value))?;
    if !number.is_finite() || number < 0.0 {
        return Err(format!("is {number}: it has to be a sum in dollars, not below 0"));
    }
    Ok(Value::Float(number))
}

#[expect(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

fn model(text: &str) -> Result<(), String> {
    if text.starts_with(ROUTE) {
        return Ok(());
    }
    text.parse::<ModelRef>().map(drop).map_err(|error| format!("is wrong: {error}"))
}

fn models(all: &[&str]) -> Result<(), String> {
    if all.is_empty() {
        return Err("is empty: it has to name the models, the first choice first".to_owned());
    }
    for (place, text) in all.iter().enumerate() {
        text.parse::<ModelRef>().map_err(|error| format!("is wrong: {error}"))?;
        if all[..place].contains(text) {
            return Err(format!("names {text} twice"));
        }
    }
    Ok(())
}

/// What else an address has to be, its backend says when it is opened.
fn url(text: &str) -> Result<(), String> {
    // Its text may hold a password, so no message shows it.
    let wrong = "is no address of an API: write it like https://example.com/v1";
    let url = Url::parse(text).map_err(|_| wrong)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong.to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password: name the key's variable in api_key_env".into());
    }
    Ok(())
}

fn variable_name(text: &str) -> Result<(), String> {
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    // What stands here by mistake is often the key itself, so it is not shown.
    is_name.then_some(()).ok_or_else(|| {
        "has to be the name of an environment variable: letters, digits and _".to_owned()
    })
}

fn file_name(text: &str) -> Result<(), String> {
    let is_name =
        !text.is_empty() && !text.contains(['/', '\\', '\0']) && text != "." && text != "..";
    is_name
        .then_some(())
        .ok_or_else(|| format!("holds `{text}`: it has to be a file name, no path"))
}

/// A relative one would lead into whatever repository the program is started in.
fn file_path(text: &str) -> Result<(), String> {
    let is_path = (text.starts_with('/') || text.starts_with("~/")) && !text.contains('\0');
    is_path
        .then_some(())
        .ok_or_else(|| "is no path of a file: it has to begin with / or with ~/".to_owned())
}

fn named<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}
