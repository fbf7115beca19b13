//! `bowline login` and `logout`: a key is asked for, tried, and kept in the keyring, or in a file that its owner alone can read.
use std::io;

use clap::Args;

use super::{
    CommandError, Exit,
    context::{Context, runtime},
    keyboard::{Answer, Keyboard},
    model::exit_for,
};
use crate::{
    backend::{self, BackendSettings, InHeader, Key},
    config::{self, Config, KeepIn},
    redact::Secret,
};

#[derive(Debug, Args)]
pub(super) struct LoginArguments {
    /// The backend that the key is for
    #[arg(value_name = "BACKEND")]
    backend: String,
    /// Keep the key without asking the backend for its models first
    #[arg(long)]
    no_check: bool,
    /// Keep the key in a file that you alone can read, also where there is a keyring
    #[arg(long)]
    file: bool,
}

#[derive(Debug, Args)]
pub(super) struct LogoutArguments {
    /// The backend whose key is forgotten
    #[arg(value_name = "BACKEND")]
    backend: String,
}

pub(super) fn login(arguments: &LoginArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let config = cx.config()?;
    let name = &arguments.backend;
    let backend = find(&config, name)?;
    let address = config.address_for_login(name).unwrap_or_default().to_owned();
    let key = match ask(name, &address)? {
        Answer::Given(key) => key,
        Answer::End => return Err(CommandError::usage("no key was given; nothing is kept")),
        Answer::Stop(exit) => return Ok(exit),
    };
    if InHeader::new(backend.key_header, &key).is_none() {
        let sentence = "that is no key: it is empty or holds characters that no key has";
        return Err(CommandError::usage(sentence).with_hint("nothing is kept"));
    }
    let key = Secret::new(key.expose().trim().to_owned());
    let checked = if arguments.no_check { None } else { Some(check(backend, &key)?) };
    let keep_in = if arguments.file { KeepIn::File } else { KeepIn::Keyring };
    let kept = config::keep_key(cx.environment, name, key, &address, keep_in)?;
    let checked = checked.map_or(String::new(), |checked| format!("; {checked}"));
    cx.output.line(&format!("The key for {name} is kept in {}{checked}.", kept.place))?;
    if let Some(why) = kept.no_keyring {
        cx.output
            .line(&format!("You alone can read that file. It is not in the keyring: {why}."))?;
    }
    // With the key in place, the configuration knows what goes before it.
    for notice in
        cx.config_by_now()?.notices().iter().filter(|notice| notice.contains("bowline login"))
    {
        cx.output.line(notice)?;
    }
    Ok(Exit::Finished)
}

pub(super) fn logout(arguments: &LogoutArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let name = &arguments.backend;
    match config::forget_key(cx.environment, name)? {
        Some(place) => {
            cx.output.line(&format!("The key for {name} is no longer in {place}."))?;
            Ok(Exit::Finished)
        }
        None => Err(CommandError::failed(format!("no key is kept for `{name}`"))
            .with_hint("`bowline doctor` says where each backend has its key from")),
    }
}

fn find<'a>(config: &'a Config, name: &str) -> Result<&'a BackendSettings, CommandError> {
    let backends = &config.settings().backends;
    backends.get(name).ok_or_else(|| {
        let known: Vec<&str> = backends.keys().map(String::as_str).collect();
        CommandError::usage(format!("no backend is named `{name}`"))
            .with_hint(format!("the configured ones are {}", known.join(", ")))
    })
}

fn ask(name: &str, address: &str) -> Result<Answer<Secret>, CommandError> {
    let unreadable =
        |error: io::Error| CommandError::failed(format!("the key can't be read: {error}"));
    let at = if address.is_empty() { String::new() } else { format!(" at {address}") };
    let question = format!("Key for {name}{at} (it is not shown): ");
    let answer = Keyboard::open().and_then(|mut keyboard| keyboard.secret(&question));
    answer.map_err(unreadable)
}

/// The cheapest thing to ask of it. What there is to say of it.
fn check(backend: &BackendSettings, key: &Secret) -> Result<String, CommandError> {
    if !backend.kind.lists_models() {
        return Ok("it can't be checked without asking a model, and was not".to_owned());
    }
    let key = Key::Found { secret: key.clone(), source: "this login".to_owned() };
    let with_key = BackendSettings { key, ..backend.clone() };
    match runtime()?.block_on(backend::list_models(&with_key)) {
        Ok(_) => Ok("it was accepted".to_owned()),
        Err(error) => Err(CommandError::new(exit_for(error.failure().kind), error.to_string())
            .with_hint("nothing is kept; --no-check keeps a key as it is")),
    }
}
