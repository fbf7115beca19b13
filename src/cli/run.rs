//! One turn without a screen: from the options to the exit code.
use std::{
    fs,
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use super::{
    args::{HeadlessOptions, PromptSource},
    context::runtime,
    exit::{CommandError, Exit},
    input,
    launch::{self, Launch},
    model, output,
    prune::tell_of_excess,
};
use crate::{
    agent,
    config::Environment,
    headless::{self, Colour, Ending, JsonLines, Progress, Report, Unattended},
    protocol::{Event, Mode, Prompt, TurnEnd},
    redact::visible,
    store::Store,
    workspace::Isolated,
};

/// Takes the turn that the options describe.
pub(super) fn headless(
    options: &HeadlessOptions,
    environment: &Environment,
) -> Result<Exit, CommandError> {
    headless_with(options, environment, None)
}

/// As [`headless`]; with a prompt, standard input is left alone.
pub(super) fn headless_with(
    options: &HeadlessOptions,
    environment: &Environment,
    prompt: Option<Prompt>,
) -> Result<Exit, CommandError> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(take_turn(options, environment, prompt));
    // Unlike a list that is cut by `head`, a turn that nobody reads has not done what was asked.
    let outcome = outcome.map_err(|error| match error {
        CommandError::ReaderGone => CommandError::failed("nobody reads what the turn would say"),
        told @ CommandError::Told { .. } => told,
    });
    // A blocking read that nobody waits for must not hold the program.
    runtime.shutdown_background();
    if let (true, Err(CommandError::Told { sentence, .. })) = (options.run.json, &outcome) {
        // A reader of JSON lines gets a last event on every way out; one that has gone can't be told.
        let line = serde_json::json!({"type": "error", "message": sentence});
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
    outcome
}

async fn take_turn(
    options: &HeadlessOptions,
    environment: &Environment,
    prompt: Option<Prompt>,
) -> Result<Exit, CommandError> {
    let mut signals = Signals::listen()?;
    let prompt = match prompt {
        Some(prompt) => prompt,
        None => tokio::select! {
            prompt = read_prompt(options) => prompt?,
            _ = signals.interrupts.recv() => {
                let exit = interrupted_by(signals.caught.load(Ordering::Relaxed));
                return Err(CommandError::new(exit, "interrupted before the turn began"));
            }
        },
    };
    let schema = options.run.output_schema.as_deref().map(input::read_schema).transpose()?;
    let launch = launch::prepare(&options.run, environment, schema)?;
    let patches = match launch.setup.mode {
        Mode::Review => Unattended::Propose,
        Mode::Plan | Mode::Edit | Mode::Auto => Unattended::Deny,
    };
    let changes = Arc::clone(&launch.setup.changes);
    let (copy, session) = (launch.setup.copy.clone(), launch.setup.log.id().to_owned());
    let after_edits = launch.setup.tools.after_edits().clone();
    let root = launch.setup.workspace.root().to_owned();
    let (store, store_max_bytes) = (launch.store.clone(), launch.store_max_bytes);
    let mut screen = Screen::open(options, environment, &launch)?;
    if let Some(switch) = launch.switch {
        screen.report().event(&Event::BackendSwitched(switch))?;
    }
    let agent = agent::start(launch.setup);
    let Signals { interrupts, caught } = signals;
    let ending = headless::run(agent, prompt, patches, interrupts, screen.report()).await;
    let ending = ending.map_err(|error| {
        CommandError::failed(format!("nobody reads what happens, so the turn was stopped: {error}"))
    })?;
    screen.finish(&ending, options)?;
    if !options.run.json
        && let Some(proposal) = changes.proposal()
    {
        let files = proposal.files.len();
        let plural = if files == 1 { "" } else { "s" };
        writeln!(
            io::stderr(),
            "{files} file{plural} proposed, nothing written: bowline diff · bowline apply · bowline reject"
        )?;
        if let Some(named) = after_edits.named(&proposal, &root) {
            writeln!(io::stderr(), "bowline apply then runs {named}")?;
        }
    }
    if let Some(copy) = copy {
        leave(&copy, &session)?;
    }
    if ending.end != TurnEnd::Interrupted && store.is_pruning_due() {
        prune(store, store_max_bytes).await;
    }
    Ok(exit_of(&ending, caught.load(Ordering::Relaxed)))
}

/// A copy in which nothing is different is of no use to anybody.
fn leave(copy: &Isolated, session: &str) -> Result<(), CommandError> {
    let different = copy.differences()?;
    if different.set.is_empty() && different.left.is_empty() {
        copy.remove()?;
        writeln!(io::stderr(), "nothing differs in the worktree: removed")?;
        return Ok(());
    }
    let tree = copy.root();
    writeln!(io::stderr(), "worktree: {} · bowline worktree remove {session}", tree.display())?;
    Ok(())
}

/// Once a day, when all is said and done. Whatever becomes of it, the turn has ended as it has.
async fn prune(store: Store, max_bytes: u64) {
    let Ok(mut signals) = Signals::listen() else { return };
    let pruning = tokio::task::spawn_blocking(move || store.prune_if_due(max_bytes));
    let pruned = tokio::select! {
        pruned = pruning => pruned,
        // It may be cut short at any instant.
        _ = signals.interrupts.recv() => return,
    };
    // A standard error that is gone can't be told.
    let _ = match pruned {
        Ok(Ok(None)) | Err(_) => Ok(()),
        Ok(Ok(Some(pruned))) => {
            tell_of_excess(&pruned, max_bytes, |line| writeln!(io::stderr(), "{}", visible(line)))
        }
        Ok(Err(error)) => {
            let sentence = format!("kept bytes were not pruned: {error}");
            writeln!(io::stderr(), "{}", visible(&sentence))
        }
    };
}

async fn read_prompt(options: &HeadlessOptions) -> Result<Prompt, CommandError> {
    let piped = input::read_stdin().await?;
    let text = match &options.prompt {
        PromptSource::Stdin => piped.unwrap_or_default(),
        PromptSource::Argument(text) => match piped {
            Some(piped) if !piped.trim().is_empty() => format!("{text}\n\n{piped}"),
            Some(_) | None => text.clone(),
        },
    };
    if text.trim().is_empty() {
        return Err(CommandError::usage("the prompt is empty")
            .with_hint("write it behind -p, or pipe it in with `-p -`"));
    }
    let images =
        options.run.images.iter().map(|path| input::read_image(path)).collect::<Result<_, _>>()?;
    Ok(Prompt { text, images })
}

/// Where the turn is shown.
enum Screen {
    Json(JsonLines<io::Stdout>),
    /// `answer_is_shown`: the person has seen the answer as it came, on the same terminal.
    Text {
        progress: Progress<io::Stderr>,
        answer_is_shown: bool,
    },
}

impl Screen {
    fn open(
        options: &HeadlessOptions,
        environment: &Environment,
        launch: &Launch,
    ) -> Result<Self, CommandError> {
        if options.run.json {
            let root = launch.setup.workspace.root().to_owned();
            let lines = JsonLines::start(
                io::stdout(),
                root,
                launch.setup.log.id(),
                launch.setup.copy.as_ref().map(|_| launch.setup.workspace.root()),
            )?;
            return Ok(Self::Json(lines.noticing(launch.notices.clone())));
        }
        let is_terminal = io::stderr().is_terminal();
        let has_colour = output::wants_colour(options.run.color, is_terminal, environment);
        let mut error = io::stderr();
        let (setup, version) = (&launch.setup, env!("CARGO_PKG_VERSION"));
        let session = setup.log.id();
        writeln!(
            error,
            "bowline {version} · {} · {} · session {session}",
            setup.served.model, setup.mode
        )?;
        if setup.copy.is_some() {
            writeln!(error, "worktree: {}", setup.workspace.root().display())?;
        }
        for notice in &launch.notices {
            writeln!(error, "{}", visible(notice))?;
        }
        let progress = Progress::new(error, if has_colour { Colour::On } else { Colour::Off });
        Ok(if is_terminal {
            Self::Text { progress: progress.live(), answer_is_shown: io::stdout().is_terminal() }
        } else {
            Self::Text { progress, answer_is_shown: false }
        })
    }

    fn report(&mut self) -> &mut dyn Report {
        match self {
            Self::Json(lines) => lines,
            Self::Text { progress, .. } => progress,
        }
    }

    fn finish(self, ending: &Ending, options: &HeadlessOptions) -> Result<(), CommandError> {
        if let Some(path) = &options.run.output_last_message {
            fs::write(path, &ending.answer).map_err(|error| {
                CommandError::failed(format!("{} could not be written: {error}", path.display()))
            })?;
        }
        match self {
            Self::Text { answer_is_shown: false, .. } if !ending.answer.is_empty() => {
                let mut out = io::stdout().lock();
                let line_end = if ending.answer.ends_with('\n') { "" } else { "\n" };
                if out.is_terminal() {
                    write!(out, "{}{line_end}", visible(&ending.answer))?;
                } else {
                    write!(out, "{}{line_end}", ending.answer)?;
                }
                out.flush()?;
                Ok(())
            }
            Self::Json(_) | Self::Text { .. } => Ok(()),
        }
    }
}

fn exit_of(ending: &Ending, signal: i32) -> Exit {
    match &ending.end {
        TurnEnd::Interrupted => interrupted_by(signal),
        TurnEnd::Limit(_) => Exit::Limit,
        TurnEnd::Failed(failure) => model::exit_for(failure.kind),
        TurnEnd::Finished if ending.was_denied => Exit::Denied,
        TurnEnd::Finished => Exit::Finished,
    }
}

fn interrupted_by(signal: i32) -> Exit {
    if matches!(signal, SIGTERM | SIGHUP) { Exit::Terminated } else { Exit::Interrupted }
}

const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

/// Signals that ask the turn to stop.
struct Signals {
    interrupts: mpsc::Receiver<()>,
    /// The last one that came; 0 for none.
    caught: Arc<AtomicI32>,
}

impl Signals {
    fn listen() -> Result<Self, CommandError> {
        let (sender, interrupts) = mpsc::channel(4);
        let caught = Arc::new(AtomicI32::new(0));
        for number in [SIGHUP, SIGINT, SIGTERM] {
            let mut stream = signal(SignalKind::from_raw(number)).map_err(|error| {
                CommandError::failed(format!("signals can't be heard: {error}"))
            })?;
            let (sender, caught) = (sender.clone(), Arc::clone(&caught));
            tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    caught.store(number, Ordering::Relaxed);
                    // A full channel holds interrupts enough.
                    let _ = sender.try_send(());
                }
            });
        }
        Ok(Self { interrupts, caught })
    }
}
