//! `[[after_edit]]`: what the user has run after edits.
use std::time::Duration;

use serde::Deserialize;
use toml::Value;

use crate::tools::AfterEdit;

const USUAL_SECONDS: u64 = 60;
const MOST_SECONDS: u64 = 3_600;

/// One of them, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    files: Vec<String>,
    run: Vec<String>,
    timeout_seconds: Option<u64>,
}

/// # Errors
/// What it has to be.
pub(super) fn read(value: &Value) -> Result<Vec<AfterEdit>, String> {
    let written: Vec<Written> = value.clone().try_into().map_err(|error: toml::de::Error| {
        format!(
            "is wrong: {}; each has `files`, `run` and perhaps `timeout_seconds`",
            error.message()
        )
    })?;
    written.into_iter().map(Written::checked).collect()
}

impl Written {
    fn checked(self) -> Result<AfterEdit, String> {
        let Self { files, run, timeout_seconds } = self;
        let seconds = timeout_seconds.unwrap_or(USUAL_SECONDS);
        if !(1..=MOST_SECONDS).contains(&seconds) {
            return Err(format!(
                "has timeout_seconds {seconds}: it has to be from 1 to {MOST_SECONDS}"
            ));
        }
        if files.is_empty() {
            return Err("names no files: give globs such as \"*.rs\"".to_owned());
        }
        match run.first().map(String::as_str) {
            None | Some("") => {
                return Err("names no program: the first of `run` has to be one".to_owned());
            }
            // A relative path leads to a program of whatever project is worked on.
            Some(program) if program.contains('/') && !program.starts_with('/') => {
                return Err(format!(
                    "runs `{program}`: a program is given by its name or its absolute path"
                ));
            }
            Some(_) => {}
        }
        if run.iter().any(|word| word.contains('\0')) {
            return Err("holds a character that no argument can have".to_owned());
        }
        let rule = AfterEdit { files, run, timeout: Duration::from_secs(seconds) };
        match rule.globs() {
            Ok(_) => Ok(rule),
            Err(error) => Err(format!("has a glob that can't be read: {error}")),
        }
    }
}
