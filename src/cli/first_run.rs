//! What is asked before there is a session: whether a project's settings count, and which model answers.
use std::path::Path;

use super::{
    CommandError, Exit,
    args::RunOptions,
    models::{self, Going, Listed, Past},
};
use crate::{
    config::{self, Environment, Settings, Undecided},
    protocol::ModelRef,
    tui::{
        Face, Killed, Terminal,
        early::{Consent, Early, Ended, Given, Offer, Typist, ask, ask_by_line},
        overlay::Page,
        picker::Row,
    },
};

/// Where it is asked.
pub(super) enum Asker<'a> {
    /// The terminal is taken into use by the first question.
    Screen(&'a Face, &'a mut Option<Terminal>),
    Lines(Typist),
    /// Nobody is there to answer.
    Nobody,
}

/// How it goes on without a model.
pub(super) enum Next {
    GoOn,
    /// With this model, and what there is to say about it.
    Model(ModelRef, String),
    Demo,
    End(Exit),
}

/// Asks whether the settings that a project brings along may count, one file at a time, where the user has not said so.
/// An exit where the user had enough of the program.
pub(super) async fn ask_for_trust(
    directory: &Path,
    environment: &Environment,
    asker: &mut Asker<'_>,
) -> Result<Option<Exit>, CommandError> {
    if let Asker::Nobody = asker {
        return Ok(None);
    }
    for undecided in config::undecided(environment, directory)? {
        let mut page = consent(&undecided);
        let project = undecided.path.parent().and_then(Path::parent).unwrap_or(directory);
        match asked(&mut page, asker).await? {
            Ended::Answered(Given::Yes) => {
                config::trust(environment, project)?;
            }
            Ended::Answered(Given::Never) => config::decline(environment, project)?,
            Ended::Answered(Given::NotNow) => {}
            Ended::Left => return Ok(Some(Exit::Finished)),
            Ended::Killed(signal) => return Ok(Some(killed(signal))),
        }
    }
    Ok(None)
}

fn consent(undecided: &Undecided) -> Consent {
    let Undecided { path, settings, left_out } = undecided;
    let mut lines = vec![
        "This project brings settings of its own:".to_owned(),
        format!("  {}", path.display()),
        String::new(),
        "They count only if you trust the directory, and so do later changes of the file. It may tighten what you have \
         set, never loosen it, and names no program and no server. This would count:"
            .to_owned(),
        String::new(),
    ];
    lines.extend(settings.iter().map(|setting| format!("  {setting}")));
    if !left_out.is_empty() {
        lines.extend([String::new(), "These would not count even then:".to_owned()]);
        lines.extend(left_out.iter().map(|why| format!("  {why}")));
    }
    Consent::new(
        Page::of_text("Trust the settings of this project?", &lines),
        "trust the directory: the settings count, now and from now on".to_owned(),
        "do not, and do not ask again (`bowline config trust` changes that)".to_owned(),
        "not now: go on without them".to_owned(),
    )
}

/// Offers the models that can be had, where none is set and nothing else says which one it is.
pub(super) async fn ask_for_model(
    options: &RunOptions,
    settings: &Settings,
    environment: &Environment,
    asker: &mut Asker<'_>,
) -> Result<Next, CommandError> {
    let is_known = options.resume.is_some() || options.replay.is_some() || settings.model.is_some();
    if is_known || matches!(asker, Asker::Nobody) {
        return Ok(Next::GoOn);
    }
    loop {
        let listed = models::ask(settings).await;
        let found = reachable(settings, &listed);
        match asked(&mut offer(settings, &listed, &found), asker).await? {
            Ended::Answered(Some(row)) => match found.get(row) {
                Some(model) => return Ok(Next::Model(model.clone(), keep(model, environment))),
                None if row == found.len() => {}
                None => return Ok(Next::Demo),
            },
            Ended::Answered(None) | Ended::Left => return Ok(Next::End(Exit::Finished)),
            Ended::Killed(signal) => return Ok(Next::End(killed(signal))),
        }
    }
}

/// The models of servers that answer.
fn reachable(settings: &Settings, listed: &Listed) -> Vec<ModelRef> {
    let nothing_said = Going { from: None, context: 0 };
    let rows = models::rows(settings, listed, &Past::default(), &nothing_said);
    rows.into_iter().filter(|row| row.lacks.is_none()).map(|row| row.model).collect()
}

fn offer(settings: &Settings, listed: &Listed, found: &[ModelRef]) -> Offer {
    let wide = settings.backends.keys().map(String::len).max().unwrap_or_default();
    let mut lines = vec![
        "Bowline works with a model of your choice, and none is set so far. It has looked for:"
            .to_owned(),
        String::new(),
    ];
    lines.extend(settings.backends.values().map(|backend| {
        let state = match (models::missing(backend), listed.get(&backend.name)) {
            (Some(missing), _) => missing.replacen(&format!("{} ", backend.name), "", 1),
            (None, Some(Ok(names))) if names.is_empty() => "answers, and has no model".to_owned(),
            (None, Some(Ok(_))) => "answers".to_owned(),
            // What to do about it is plain here.
            (None, Some(Err(why))) => why.split(';').next().unwrap_or_default().to_owned(),
            (None, None) if models::wants_to_be_named(backend, settings) => {
                format!("is asked when it is named: `bowline models {}`", backend.name)
            }
            (None, None) => "has its key".to_owned(),
        };
        format!("  {:<wide$}  {state}", backend.name)
    }));
    lines.extend([
        String::new(),
        "Any other server is a [backends.NAME] table in config.toml: see `bowline config path` and the README."
            .to_owned(),
        String::new(),
    ]);
    let models = found.iter().map(|model| Row::new(model.to_string()).with("use this model"));
    let others = [
        Row::new("look again").with("after a server was started"),
        Row::new("demo").with("see it work with a recorded model: no key, no network"),
    ];
    let rows = models.chain(others).collect();
    Offer::new(Page::of_text("Welcome to Bowline", &lines), "Go on with:", rows)
}

/// Keeps the choice where there is no file of the user's yet. What came of it, for the user.
fn keep(model: &ModelRef, environment: &Environment) -> String {
    match config::keep_model(environment, model) {
        Ok(Some(path)) => format!("{model} answers from now on: written to {}", path.display()),
        Ok(None) => format!("to go on with it the next time: model = \"{model}\" in config.toml"),
        Err(error) => format!("{model} answers this time; that could not be kept: {error}"),
    }
}

async fn asked<P: Early>(
    page: &mut P,
    asker: &mut Asker<'_>,
) -> Result<Ended<P::Answer>, CommandError> {
    let unusable = |error| CommandError::failed(format!("the terminal can't be used: {error}"));
    match asker {
        Asker::Screen(face, terminal) => {
            let terminal = match terminal {
                Some(terminal) => terminal,
                None => {
                    let opened = Terminal::open(face.placement, face.is_mouse_captured);
                    terminal.insert(opened.map_err(unusable)?)
                }
            };
            ask(page, terminal, &face.look.theme, &face.keymap).await.map_err(unusable)
        }
        Asker::Lines(typist) => ask_by_line(page, typist).await.map_err(unusable),
        Asker::Nobody => Ok(Ended::Left),
    }
}

pub(super) fn killed(signal: Killed) -> Exit {
    match signal {
        Killed::Interrupt => Exit::Interrupted,
        Killed::Terminate | Killed::HangUp => Exit::Terminated,
    }
}
