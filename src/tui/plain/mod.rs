//! The session as plain lines, for terminals that can only print, for screen readers and for pipes: nothing is drawn, nothing
//! moves, and what was said stays as it is.
mod asking;
mod lines;
mod report;
mod reviewing;
mod verbs;

use std::{
    convert::Infallible,
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::io::Errno;
use tokio::task::spawn_blocking;

use super::{
    Ending,
    action::slash,
    approval::Approvals,
    desk::{Answer, Desk, Opened, Question, Session},
    running::wait_for_end,
    signals::{Heard, Killed, Signals},
    status::Status,
};
use crate::{
    agent::Handle,
    protocol::{Command, Event, Prompt, Said},
    redact::visible,
};
pub(super) use lines::Lines;
use report::{Report, output_lines};

/// Within this time a second Ctrl-C leaves.
const TWICE: Duration = Duration::from_secs(2);

pub(super) async fn run(
    prompt: Option<String>,
    opened: Opened,
    desk: Arc<dyn Desk>,
) -> io::Result<Ending> {
    let Opened { agent, session, past, prompts: _, notices } = opened;
    let mut plain = Plain {
        agent,
        desk,
        status: Status::new(&session),
        session,
        approvals: Approvals::default(),
        report: Report::default(),
        lines: Lines::open(),
        signals: Signals::listen()?,
        out: File::from(io::stdout().as_fd().try_clone_to_owned()?),
        is_asking: false,
        has_turns: !past.is_empty(),
        leaving: None,
    };
    let stop = match plain.go(prompt, &past, &notices).await {
        Ok(never) => match never {},
        Err(stop) => stop,
    };
    plain.end(stop).await
}

struct Plain {
    agent: Handle,
    desk: Arc<dyn Desk>,
    session: Session,
    status: Status,
    approvals: Approvals,
    report: Report,
    lines: Lines,
    signals: Signals,
    out: File,
    /// The line that was written last waits for an answer behind it.
    is_asking: bool,
    has_turns: bool,
    /// When Ctrl-C was pressed with nothing to stop.
    leaving: Option<Instant>,
}

/// Why it does not go on.
enum Stop {
    Left,
    /// The agent is gone.
    Failed,
    Killed(Killed),
    Unusable(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unusable(error)
    }
}

enum Happened {
    /// None where there are no more lines.
    Line(Option<String>),
    Event(Box<Event>),
    Interrupt,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Line,
    Nothing,
}

impl Plain {
    async fn go(
        &mut self,
        first: Option<String>,
        past: &[Said],
        notices: &[String],
    ) -> Result<Infallible, Stop> {
        let Session { model, mode, directory, sandbox, .. } = &self.session;
        let greeting = format!(
            "{model}, mode {mode}, in {directory}, {sandbox}. /help says what can be done."
        );
        self.say(&greeting)?;
        for notice in notices {
            self.say(&format!("notice: {notice}"))?;
        }
        self.say_last(past)?;
        if let Some(prompt) = first {
            self.remember(&prompt);
            self.turn(Prompt::from(prompt.as_str())).await?;
        }
        loop {
            let text = self.prompt().await?;
            match slash(&text) {
                _ if text.trim().is_empty() => {}
                Some(Ok(verb)) => self.verb(verb).await?,
                Some(Err(wrong)) => self.say(&wrong.to_string())?,
                None => {
                    self.remember(&text);
                    match text.strip_prefix('!') {
                        Some(command) => self.run_own(command.trim()).await?,
                        None => self.turn(Prompt::from(text.as_str())).await?,
                    }
                }
            }
        }
    }

    /// What the user wants done, which may take several lines.
    async fn prompt(&mut self) -> Result<String, Stop> {
        let mut text = String::new();
        self.ask("> ")?;
        loop {
            match self.next(Wanted::Line).await? {
                Happened::Line(None) if text.trim().is_empty() => return Err(Stop::Left),
                Happened::Line(None) => return Ok(text),
                Happened::Line(Some(line)) => {
                    self.leaving = None;
                    let Some(begun) = line.strip_suffix('\\') else { return Ok(text + &line) };
                    text.push_str(begun);
                    text.push('\n');
                    self.ask("... ")?;
                }
                Happened::Event(event) => {
                    if self.take(&event)? {
                        self.ask("> ")?;
                    }
                }
                Happened::Interrupt => {
                    let now = Instant::now();
                    if self.leaving.is_some_and(|at| now.saturating_duration_since(at) < TWICE) {
                        return Err(Stop::Left);
                    }
                    self.leaving = Some(now);
                    text.clear();
                    self.say("Ctrl-C once more leaves")?;
                    self.ask("> ")?;
                }
            }
        }
    }

    async fn turn(&mut self, prompt: Prompt) -> Result<(), Stop> {
        self.status.begin(Instant::now());
        self.has_turns = true;
        self.send(Command::Prompt(prompt))?;
        self.work().await
    }

    /// Until nothing is under way any more.
    async fn work(&mut self) -> Result<(), Stop> {
        while self.status.is_working() {
            match self.next(Wanted::Nothing).await? {
                Happened::Event(event) => {
                    self.take(&event)?;
                    if self.approvals.open().is_some() {
                        self.put_question().await?;
                    }
                }
                Happened::Interrupt => self.interrupt()?,
                Happened::Line(_) => {}
            }
        }
        Ok(())
    }

    fn interrupt(&mut self) -> Result<(), Stop> {
        self.say("stopping")?;
        self.status.stop(Instant::now());
        self.send(Command::Interrupt)
    }

    /// Waits for whatever comes first.
    async fn next(&mut self, wanted: Wanted) -> Result<Happened, Stop> {
        loop {
            let Self { signals, lines, agent, .. } = self;
            return tokio::select! {
                biased;
                heard = signals.next() => match heard {
                    Heard::Kill(Killed::Interrupt) => Ok(Happened::Interrupt),
                    Heard::Kill(signal) => Err(Stop::Killed(signal)),
                    Heard::Continue => continue,
                },
                event = agent.events.recv() => {
                    event.map(|event| Happened::Event(Box::new(event))).ok_or(Stop::Failed)
                }
                line = lines.next(), if wanted == Wanted::Line => {
                    let line = line?;
                    self.answered(line.as_deref())?;
                    Ok(Happened::Line(line))
                }
            };
        }
    }

    /// Takes up what the agent tells; whether anything was said about it.
    fn take(&mut self, event: &Event) -> Result<bool, Stop> {
        let now = Instant::now();
        self.status.take(event, now);
        self.approvals.take(event);
        let lines = self.report.take(event, now);
        lines.iter().try_for_each(|line| self.say(line))?;
        Ok(!lines.is_empty())
    }

    fn send(&mut self, command: Command) -> Result<(), Stop> {
        // It is never full: nothing is sent while the agent does not listen but an interrupt or a decision.
        self.agent.commands.try_send(command).map_err(|_| Stop::Failed)
    }

    /// Asks the rest of the program. What fails is said, and there is no answer then.
    async fn inquire(&mut self, question: Question) -> Result<Option<Answer>, Stop> {
        let (desk, asked) = (Arc::clone(&self.desk), question.clone());
        let mut answer = spawn_blocking(move || desk.answer(asked));
        let answer = loop {
            tokio::select! {
                answer = &mut answer => break answer,
                heard = self.signals.next() => match heard {
                    Heard::Kill(Killed::Interrupt) if matches!(question, Question::Run(_)) => {
                        let desk = Arc::clone(&self.desk);
                        // What came of it is the answer that is waited for.
                        drop(spawn_blocking(move || desk.answer(Question::StopCommands)));
                    }
                    // Meant for the program that has the terminal.
                    Heard::Kill(Killed::Interrupt) | Heard::Continue => {}
                    Heard::Kill(signal) => return Err(Stop::Killed(signal)),
                },
            }
        };
        match answer {
            Ok(Ok(answer)) => return Ok(Some(answer)),
            Ok(Err(sentence)) => self.say(&sentence)?,
            Err(_) => self.say("that failed by a fault of the program")?,
        }
        Ok(None)
    }

    fn remember(&self, text: &str) {
        // A history that can't be written is no reason to take no turn.
        let _ = self.desk.answer(Question::Remember(text.to_owned()));
    }

    async fn run_own(&mut self, command: &str) -> Result<(), Stop> {
        if let Some(Answer::Ran(ran)) = self.inquire(Question::Run(command.to_owned())).await? {
            output_lines(&ran.output).iter().try_for_each(|line| self.say(line))?;
            if !ran.end.is_empty() {
                self.say(&ran.end)?;
            }
        }
        Ok(())
    }

    /// Writes lines, behind a question that is not answered yet on lines of their own.
    fn say(&mut self, text: &str) -> Result<(), Stop> {
        let end = if std::mem::take(&mut self.is_asking) { "\n" } else { "" };
        Ok(self.out.write_all(format!("{end}{}\n", visible(text)).as_bytes())?)
    }

    fn ask(&mut self, question: &str) -> Result<(), Stop> {
        let end = if std::mem::replace(&mut self.is_asking, true) { "\n" } else { "" };
        Ok(self.out.write_all(format!("{end}{}", visible(question)).as_bytes())?)
    }

    /// A terminal has shown what was typed, and that Enter was pressed.
    fn answered(&mut self, line: Option<&str>) -> Result<(), Stop> {
        match line {
            Some(_) if self.lines.are_typed() => self.is_asking = false,
            Some(line) => {
                self.is_asking = false;
                self.say(line)?;
            }
            None if self.is_asking => {
                self.is_asking = false;
                self.say("")?;
            }
            None => {}
        }
        Ok(())
    }

    /// Has the turn under way end well.
    async fn end(self, stop: Stop) -> io::Result<Ending> {
        let Self { agent, session, has_turns, .. } = self;
        wait_for_end(agent).await;
        let (has_failed, killed) = match stop {
            Stop::Left => (false, None),
            Stop::Failed => (true, None),
            Stop::Killed(signal) => (false, Some(signal)),
            // A terminal that is gone, or a reader that has heard enough.
            Stop::Unusable(error)
                if matches!(Errno::from_io_error(&error), Some(Errno::IO | Errno::PIPE)) =>
            {
                (false, Some(Killed::HangUp))
            }
            Stop::Unusable(error) => return Err(error),
        };
        Ok(Ending { session: session.id, has_turns, has_failed, killed })
    }
}
