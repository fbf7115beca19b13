//! `bowline doctor`: of each backend where it is, which credentials it has, what is missing, and what to do next.
mod finding;
mod probe;
mod reach;
mod told;

use std::{path::Path, sync::Arc};

use clap::Args;
use futures::future::join_all;

use super::{
    CommandError, Exit,
    context::{Context, runtime},
    notes,
};
use crate::{
    config::{Config, Environment, Settings},
    prompt::Notes,
    redact::Redactor,
    workspace::Workspace,
};

use finding::{Finding, State};

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// Look at this backend alone; the exit code is about it
    #[arg(value_name = "BACKEND")]
    backend: Option<String>,
    /// Send each backend that can be used the smallest request there is, and say how long it takes
    #[arg(long)]
    probe: bool,
}

pub(super) fn doctor(arguments: &DoctorArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let config = cx.config()?;
    let settings = config.settings();
    let mut findings = examine(&config);
    if let Some(name) = &arguments.backend {
        findings.retain(|finding| finding.backend == *name);
        if findings.is_empty() {
            let known: Vec<&str> = settings.backends.keys().map(String::as_str).collect();
            return Err(CommandError::usage(format!("no backend is named `{name}`"))
                .with_hint(format!("the configured ones are {}", known.join(", "))));
        }
    }
    let redactor = Arc::new(Redactor::new(config.secrets()));
    let looks = findings.iter_mut().map(async |finding| {
        finding.look_for_key(settings).await;
        if arguments.probe {
            finding.probe(settings, Arc::clone(&redactor)).await;
        }
    });
    runtime()?.block_on(join_all(looks));
    if cx.options.json {
        for finding in &findings {
            cx.output.json(&told::as_json(finding))?;
        }
        if arguments.backend.is_none() {
            let notes = notes_of(settings, cx.environment, &cx.directory()?).unwrap_or_default();
            cx.output.json(&told::notes_as_json(&notes))?;
        }
    } else {
        for line in told::as_lines(&findings) {
            cx.output.styled_line(line.role, &line.text)?;
        }
        for notice in config.notices().iter().chain(&settings.model_note) {
            cx.output.line("")?;
            cx.output.line(notice)?;
        }
        if arguments.backend.is_none() {
            let directory = cx.directory()?;
            for line in of_notes(settings, cx.environment, &directory) {
                cx.output.line(&line)?;
            }
        }
    }
    Ok(verdict(&findings, settings, arguments.backend.is_some()))
}

/// The same for a screen, where nothing is sent and nothing looked for.
pub(super) fn report(config: &Config, environment: &Environment, directory: &Path) -> Vec<String> {
    let lines = told::as_lines(&examine(config)).into_iter().map(|line| line.text);
    let settings = config.settings();
    let notices = config.notices().iter().chain(&settings.model_note);
    let notices = notices.flat_map(|notice| [String::new(), notice.clone()]);
    lines.chain(notices).chain(of_notes(settings, environment, directory)).collect()
}

/// Which notes a conversation that begins here is given, and what of them it is not. A session's copy of the tree has its own.
fn of_notes(settings: &Settings, environment: &Environment, directory: &Path) -> Vec<String> {
    let Some(notes) = notes_of(settings, environment, directory) else { return Vec::new() };
    if notes.seen.is_empty() && notes.cut.is_empty() {
        return Vec::new();
    }
    let file = |(shown, bytes): &(String, usize)| format!("  {shown}, {bytes} bytes");
    let head = "notes for the model at the start of a conversation here:".to_owned();
    let none = notes.seen.is_empty().then(|| "  none".to_owned());
    let seen = notes.seen.iter().map(file).chain(none);
    let cut = notes.cut.iter().map(|cut| format!("  ! {cut}"));
    [String::new(), head].into_iter().chain(seen).chain(cut).collect()
}

/// `None` where no session could begin either.
fn notes_of(settings: &Settings, environment: &Environment, directory: &Path) -> Option<Notes> {
    let workspace = Workspace::open(directory, &[]).ok()?;
    Some(notes::fitted(&workspace, settings, environment))
}

fn examine(config: &Config) -> Vec<Finding> {
    let sources = config.show();
    let source_of = |key: &str| {
        let shown = sources.iter().find(|shown| shown.key == key);
        shown.map(|shown| shown.source.clone())
    };
    let backends = config.settings().backends.values();
    let findings = backends.map(|backend| {
        let source = source_of(&format!("backends.{}.base_url", backend.name));
        Finding::new(backend, source, config.settings().model.as_ref())
    });
    findings.collect()
}

/// The exit code: what would come of a turn with the backend that was asked about, else with the model that is set.
fn verdict(findings: &[Finding], settings: &Settings, is_about_one: bool) -> Exit {
    let matters = |finding: &&Finding| is_about_one || finding.is_current;
    match findings.iter().find(matters) {
        Some(finding) => match &finding.state {
            State::Ready | State::Answered(_) => Exit::Finished,
            State::NoKey(_) => Exit::Credentials,
            State::Wrong(_) => Exit::Usage,
            State::Failed { exit, .. } => *exit,
        },
        None if settings.model.is_none() => Exit::Credentials,
        None => Exit::Finished,
    }
}
