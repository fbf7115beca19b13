//! `bowline config`: what is set and where, whether it is right, and whether a directory's own is trusted.
use clap::{Args, Subcommand};
use serde_json::json;

use super::{CommandError, Exit, context::Context, output::Role};
use crate::config::{self, ConfigError};

#[derive(Debug, Args)]
pub(super) struct ConfigArguments {
    #[command(subcommand)]
    verb: ConfigVerb,
}

#[derive(Debug, Subcommand)]
enum ConfigVerb {
    /// Print every setting, its value and where it comes from
    Show,
    /// Print the path of the user's file
    Path,
    /// Check all files and settings, and say what is wrong
    Check,
    /// Let this directory's .bowline/config.toml count
    Trust,
}

pub(super) fn config(arguments: &ConfigArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    match arguments.verb {
        ConfigVerb::Show => show(cx),
        ConfigVerb::Path => path(cx),
        ConfigVerb::Check => check(cx),
        ConfigVerb::Trust => trust(cx),
    }
}

fn show(cx: &mut Context) -> Result<Exit, CommandError> {
    let config = cx.config()?;
    let values = config.show();
    if cx.options.json {
        for value in &values {
            let (key, source) = (&value.key, &value.source);
            cx.output.json(&json!({ "key": key, "value": value.value, "source": source }))?;
        }
        return Ok(Exit::Finished);
    }
    let width = values.iter().map(|it| it.key.len() + it.value.len() + 3).max().unwrap_or_default();
    for value in &values {
        let setting = format!("{} = {}", value.key, value.value);
        cx.output.styled(Role::Plain, &format!("{setting:<width$}  "))?;
        cx.output.styled_line(Role::Faint, &format!("# {}", value.source))?;
    }
    Ok(Exit::Finished)
}

fn path(cx: &mut Context) -> Result<Exit, CommandError> {
    let path = cx.environment.config_directory()?.join("config.toml");
    cx.output.line(&path.display().to_string())?;
    Ok(Exit::Finished)
}

fn check(cx: &mut Context) -> Result<Exit, CommandError> {
    let config = cx.config()?;
    if let Some(wrong) = config::themes(cx.environment)?.check().into_iter().next() {
        return Err(ConfigError::from(wrong).into());
    }
    if cx.options.json {
        cx.output.json(&json!({ "ok": true, "notices": config.notices() }))?;
        return Ok(Exit::Finished);
    }
    for notice in config.notices() {
        cx.output.line(notice)?;
    }
    cx.output.line("The configuration is right.")?;
    Ok(Exit::Finished)
}

fn trust(cx: &mut Context) -> Result<Exit, CommandError> {
    let project = config::trust(cx.environment, &cx.directory()?)?;
    if cx.options.json {
        cx.output.json(&json!({ "trusted": project }))?;
    } else {
        cx.output.line(&format!(
            "The settings in {} count from now on.",
            project.join(".bowline").display()
        ))?;
    }
    Ok(Exit::Finished)
}
