//! `bowline [PROMPT]` and `bowline resume`: a session on the terminal's screen.
use std::{
    io::{self, IsTerminal},
    path::Path,
    sync::Arc,
};

use super::{
    CommandError, Exit,
    args::{Color, RunOptions, ScreenOptions},
    context::{runtime, working_directory},
    demo,
    desk::ScreenDesk,
    first_run::{self, Asker, Next},
    launch,
    output::Output,
};
use crate::{
    config::{self, Environment, ScreenKind, Settings},
    tui::{
        self, Ending, Face, Killed, Narrowing, Placement,
        clipboard::Clipboard,
        desk::Opened,
        early::Typist,
        notify::Teller,
        state::Look,
        theme::{Depth, Surroundings, Wish},
    },
};

pub(super) fn screen(
    options: &ScreenOptions,
    environment: &Environment,
) -> Result<Exit, CommandError> {
    let runtime = runtime()?;
    let shown = runtime.block_on(show(options, environment))?;
    // A blocking read that nobody waits for must not hold the program.
    runtime.shutdown_background();
    match shown {
        Shown::Session(ending) => farewell(&ending, &options.run, environment),
        Shown::Demo => demo::demo(environment, options.run.color),
        Shown::Nothing(exit) => Ok(exit),
    }
}

/// What came of it.
enum Shown {
    Session(Ending),
    /// The user would rather see one.
    Demo,
    /// The user left before there was a session.
    Nothing(Exit),
}

async fn show(options: &ScreenOptions, environment: &Environment) -> Result<Shown, CommandError> {
    let directory = working_directory(options.run.directory.as_deref())?;
    let config = config::load(environment, &directory, &options.run.overrides)?;
    // It looks at the themes' files before they are read, so that no change is missed.
    let mut desk =
        ScreenDesk::new(options.run.clone(), environment.clone(), &config.settings().notify);
    if is_plain(config.settings(), environment)? {
        let typist = Typist::find().map_err(|error| unspeakable(&error))?;
        let mut asker = typist.map_or(Asker::Nobody, Asker::Lines);
        return match begin(&directory, environment, &mut desk, &mut asker).await? {
            Begun::Nothing(shown) => Ok(shown),
            Begun::Session(opened) => {
                let ending = tui::run_plain(options.prompt.clone(), *opened, Arc::new(desk)).await;
                ending.map(Shown::Session).map_err(|error| unspeakable(&error))
            }
        };
    }
    let face = face(options, config.settings(), environment)?;
    let mut terminal = None;
    let mut asker = Asker::Screen(&face, &mut terminal);
    let opened = match begin(&directory, environment, &mut desk, &mut asker).await? {
        Begun::Nothing(shown) => return Ok(shown),
        Begun::Session(opened) => *opened,
    };
    let ending = tui::run(face, opened, Arc::new(desk), terminal).await;
    ending
        .map(Shown::Session)
        .map_err(|error| CommandError::failed(format!("the terminal can't be used: {error}")))
}

/// What the first questions led to.
enum Begun {
    Session(Box<Opened>),
    Nothing(Shown),
}

/// Asks what has to be known first, and opens the session.
async fn begin(
    directory: &Path,
    environment: &Environment,
    desk: &mut ScreenDesk,
    asker: &mut Asker<'_>,
) -> Result<Begun, CommandError> {
    if let Some(exit) = first_run::ask_for_trust(directory, environment, asker).await? {
        return Ok(Begun::Nothing(Shown::Nothing(exit)));
    }
    // More of it may count now.
    let config = config::load(environment, directory, &desk.options.overrides)?;
    let settings = config.settings();
    let chosen = match first_run::ask_for_model(&desk.options, settings, environment, asker).await?
    {
        Next::GoOn => None,
        Next::Model(model, notice) => {
            desk.options.overrides.model = Some(model.to_string());
            Some(notice)
        }
        Next::Demo => return Ok(Begun::Nothing(Shown::Demo)),
        Next::End(exit) => return Ok(Begun::Nothing(Shown::Nothing(exit))),
    };
    let mut opened = desk.open(launch::prepare(&desk.options, environment, None)?);
    opened.notices.extend(chosen);
    Ok(Begun::Session(Box::new(opened)))
}

fn unspeakable(error: &io::Error) -> CommandError {
    CommandError::failed(format!(
        "standard input can't be read, or standard output can't be written: {error}"
    ))
}

fn face(
    options: &ScreenOptions,
    settings: &Settings,
    environment: &Environment,
) -> Result<Face, CommandError> {
    let depth = Depth::pick(wish(options.run.color), &surroundings(environment));
    let themes = config::themes(environment)?;
    let theme = themes
        .theme(&settings.theme, depth)
        .map_err(|error| CommandError::usage(error.to_string()))?;
    let placement = match settings.screen {
        ScreenKind::Alternate => Placement::Alternate,
        ScreenKind::Inline | ScreenKind::Plain => {
            Placement::Inline(Narrowing::pick(&|name| environment.get(name)))
        }
    };
    Ok(Face {
        keymap: settings.keymap.clone(),
        editing: settings.editing_mode,
        look: Look { theme, name: settings.theme.clone(), themes, depth },
        placement,
        is_mouse_captured: settings.mouse && placement == Placement::Alternate,
        teller: Teller::pick(&settings.notify, &|name| environment.get(name)),
        clipboard: Clipboard::pick(&|name| environment.get(name)),
        prompt: options.prompt.clone(),
    })
}

/// What there is to say once the screen is gone.
fn farewell(
    ending: &Ending,
    options: &RunOptions,
    environment: &Environment,
) -> Result<Exit, CommandError> {
    // Nobody is left to read it where the terminal is gone.
    let is_seen = ending.killed != Some(Killed::HangUp);
    if ending.has_turns && is_seen && !options.ephemeral {
        let mut output = Output::standard(options.color, environment);
        let session = &ending.session;
        output.line(&format!("Session {session}; go on with: bowline resume {session}"))?;
        output.flush()?;
    }
    if ending.has_failed {
        return Err(CommandError::failed(
            "the agent ended with a fault of the program; the session is kept as far as it came",
        ));
    }
    Ok(ending.killed.map_or(Exit::Finished, first_run::killed))
}

/// Whether a session can be shown on a terminal.
pub(super) fn is_usable() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Whether plain lines are wanted, or are all that the terminal can show.
fn is_plain(settings: &Settings, environment: &Environment) -> Result<bool, CommandError> {
    if settings.screen == ScreenKind::Plain {
        return Ok(true);
    }
    if !is_usable() {
        return Err(CommandError::usage(
            "the screen needs a terminal on standard input and output: use -p PROMPT, or --plain",
        )
        .with_hint(
            "bowline -p 'what to do' takes one turn; bowline --plain reads prompts and answers by line",
        ));
    }
    Ok(environment.get("TERM").is_none_or(|term| term == "dumb"))
}

fn wish(color: Color) -> Wish {
    match color {
        Color::Auto => Wish::Auto,
        Color::Always => Wish::Always,
        Color::Never => Wish::Never,
    }
}

fn surroundings(environment: &Environment) -> Surroundings<'_> {
    Surroundings {
        term: environment.get("TERM"),
        colorterm: environment.get("COLORTERM"),
        term_program: environment.get("TERM_PROGRAM"),
        wt_session: environment.get("WT_SESSION"),
        no_color: environment.get("NO_COLOR"),
        clicolor: environment.get("CLICOLOR"),
        clicolor_force: environment.get("CLICOLOR_FORCE"),
        force_color: environment.get("FORCE_COLOR"),
    }
}
