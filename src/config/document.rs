//! TOML text to checked settings, each with the line it stands on.
use std::{collections::BTreeMap, fs, io, path::Path, sync::Arc};

use serde::Deserialize;
use toml::{
    Spanned, Value,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    ConfigError, Source,
    error::printable,
    holds::Holds,
    keys::{self, Found, PROFILES},
};

/// A key and its value, both known to be right.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// Dotted.
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) source: Source,
}

#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) settings: Vec<Setting>,
    pub(super) profiles: BTreeMap<String, Vec<Setting>>,
}

/// A configuration file is far smaller.
const FILE_LIMIT: u64 = 1024 * 1024;

/// Reads a file; `None` when there is none.
pub(super) fn read_file(path: &Path) -> Result<Option<Document>, ConfigError> {
    let Some(text) = read_text(path)? else { return Ok(None) };
    let path: Arc<Path> = path.into();
    let at = |line| Source::File { path: Arc::clone(&path), line };
    read(&text, &at).map(Some)
}

/// The text of a regular file of a sane size; `None` when there is none.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, ConfigError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) => return Err(ConfigError::unreadable(path, &error)),
    };
    if !metadata.is_file() {
        return Err(ConfigError::unreadable(path, &"it is not a regular file"));
    }
    if metadata.len() > FILE_LIMIT {
        return Err(ConfigError::unreadable(path, &"it is larger than 1 MiB"));
    }
    fs::read_to_string(path).map(Some).map_err(|error| ConfigError::unreadable(path, &error))
}

pub(super) fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Reads `key=value` as `-c` takes it: a TOML value, or bare words.
pub(super) fn read_assignment(text: &str) -> Result<Vec<Setting>, ConfigError> {
    let source = Source::Assignment;
    let Some((key, value)) = text.split_once('=') else {
        return Err(ConfigError::wrong(&source, text, "has to be written like key=value"));
    };
    let at = |_line| Source::Assignment;
    let is_text = matches!(
        keys::of(key.trim()).map(|key| &key.holds),
        Some(Holds::Text | Holds::Shell | Holds::VariableName | Holds::KeyNames)
    );
    let document = match read(text, &at) {
        Err(ConfigError::Syntax { .. }) => read(&quoted(key, value), &at)?,
        // A theme named 1984 is a text all the same.
        Err(ConfigError::WrongValue { .. }) if is_text => read(&quoted(key, value), &at)?,
        read => read?,
    };
    if !document.profiles.is_empty() {
        let reason = "can't be set here: choose one by --profile";
        return Err(ConfigError::wrong(&source, PROFILES, reason));
    }
    Ok(document.settings)
}

fn quoted(key: &str, value: &str) -> String {
    format!("{key}={}", Value::String(value.trim().to_owned()))
}

/// The position of a value becomes its source by `at`, which gets the line.
pub(super) fn read(text: &str, at: &dyn Fn(usize) -> Source) -> Result<Document, ConfigError> {
    let line_of = |offset: usize| 1 + text[..offset.min(text.len())].matches('\n').count();
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(span.start));
        ConfigError::Syntax { source_of: at(line), reason: printable(error.message()) }
    })?;
    let mut reader = Reader { at: &|offset| at(line_of(offset)), document: Document::default() };
    reader.read_table(&mut Vec::new(), table.into_inner())?;
    Ok(reader.document)
}

struct Reader<'a> {
    at: &'a dyn Fn(usize) -> Source,
    document: Document,
}

impl Reader<'_> {
    fn read_table(
        &mut self,
        path: &mut Vec<String>,
        table: DeTable<'_>,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let source = (self.at)(name.span().start);
            path.push(name.into_inner().into_owned());
            self.read_value(path, value, source)?;
            path.pop();
        }
        Ok(())
    }

    fn read_value(
        &mut self,
        path: &mut Vec<String>,
        value: Spanned<DeValue<'_>>,
        source: Source,
    ) -> Result<(), ConfigError> {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let dotted = names.join(".");
        if keys::is_chosen_name(&names) && !is_plain_name(names[names.len() - 1]) {
            let reason = "is no name: it may hold letters, digits, - and _";
            return Err(ConfigError::wrong(&source, &dotted, reason));
        }
        match keys::look_up(&names) {
            Found::Key(key) => {
                let value = Value::deserialize(ValueDeserializer::from(value));
                let value = value.map_err(|error| error.message().to_owned());
                let value = value.and_then(|value| key.holds.read(value));
                let value = value.map_err(|reason| ConfigError::wrong(&source, &dotted, reason))?;
                self.keep(&names, Setting { key: dotted, value, source });
                Ok(())
            }
            Found::Table => {
                if let [PROFILES, name] = names[..] {
                    self.document.profiles.entry(name.to_owned()).or_default();
                }
                match value.into_inner() {
                    DeValue::Table(table) => self.read_table(path, table),
                    _ => Err(ConfigError::wrong(&source, &dotted, "has to be a table")),
                }
            }
            Found::Nothing => Err(ConfigError::UnknownKey {
                nearest: keys::nearest_key(&names),
                key: printable(&dotted),
                source_of: source,
            }),
        }
    }

    fn keep(&mut self, path: &[&str], setting: Setting) {
        match path {
            [PROFILES, name, rest @ ..] => {
                let profile = self.document.profiles.entry((*name).to_owned()).or_default();
                profile.push(Setting { key: rest.join("."), ..setting });
            }
            [..] => self.document.settings.push(setting),
        }
    }
}

/// It becomes part of dotted keys and of `BACKEND/MODEL`.
fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(is_plain)
}
