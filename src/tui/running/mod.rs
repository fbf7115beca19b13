//! The loop: what is typed and told goes into the state, what the state asks for is done, and frames are drawn.
mod drawing;
mod hear;

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use crossterm::event::Event as Input;
use rustix::io::Errno;
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{Instant, sleep_until, timeout},
};

use super::{
    Ending, Face,
    desk::{Answer, Desk, Opened, Question},
    notify::{News, Teller},
    signals::{Heard, Killed, Signals},
    state::State,
    terminal::Terminal,
    update::{Effect, Msg, begin, update},
};
use crate::{
    agent::Handle,
    protocol::{Command, Event as AgentEvent},
};

/// So long a turn may take to end once the program is told to.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(
    face: Face,
    opened: Opened,
    desk: Arc<dyn Desk>,
    terminal: Option<Terminal>,
) -> io::Result<Ending> {
    let signals = Signals::listen()?;
    let terminal = match terminal {
        Some(mut terminal) => {
            terminal.measure()?;
            terminal
        }
        None => Terminal::open(face.placement, face.is_mouse_captured)?,
    };
    let Opened { agent, session, past, prompts, notices } = opened;
    let now = std::time::Instant::now();
    let mut state = State::new(session, &past, face.keymap, face.editing, face.look, now);
    state.size = terminal.size();
    state.composer.load_history(prompts);
    state.is_mouse_captured = face.is_mouse_captured;
    state.placement = face.placement;
    state.clipboard = face.clipboard;
    for notice in &notices {
        state.transcript.push_notice(notice);
    }
    let (answers, answered) = mpsc::unbounded_channel();
    let mut running = Running {
        state,
        terminal,
        agent,
        desk,
        answers,
        outgoing: VecDeque::new(),
        teller: face.teller,
        started: Instant::now(),
        themes_asked: Instant::now(),
        drawn: None,
        is_stale: true,
        is_urgent: true,
        is_over: false,
        is_lent: false,
        has_turns: !past.is_empty(),
    };
    let effects = begin(&mut running.state, face.prompt);
    running.go(effects, signals, answered).await
}

struct Running {
    state: State,
    terminal: Terminal,
    agent: Handle,
    desk: Arc<dyn Desk>,
    answers: mpsc::UnboundedSender<Answered>,
    /// For the agent, which takes them when it can.
    outgoing: VecDeque<Command>,
    teller: Teller,
    started: Instant,
    themes_asked: Instant,
    drawn: Option<Instant>,
    /// The screen does not show the state any more.
    is_stale: bool,
    /// Somebody waits for it.
    is_urgent: bool,
    is_over: bool,
    /// Another program has the terminal.
    is_lent: bool,
    has_turns: bool,
}

struct Answered {
    question: Question,
    answer: Result<Answer, String>,
}

type Answers = mpsc::UnboundedReceiver<Answered>;

enum Happened {
    Heard(Heard),
    Input(Option<io::Result<Input>>),
    /// A command has gone to the agent.
    Sent,
    Answered(Answered),
    Agent(Option<AgentEvent>),
    FrameDue,
    TimePassed,
}

enum Ended {
    Left,
    /// The agent was gone before the user left.
    Failed,
    Killed(Killed),
}

impl Running {
    async fn go(
        mut self,
        first: Vec<Effect>,
        signals: Signals,
        answered: Answers,
    ) -> io::Result<Ending> {
        let ended = match self.attend(first, signals, answered).await {
            // A terminal that is gone fails before the signal is heard that says so.
            Err(error) if Errno::from_io_error(&error) == Some(Errno::IO) => {
                Ok(Ended::Killed(Killed::HangUp))
            }
            ended => ended,
        };
        if !matches!(ended, Ok(Ended::Left)) {
            self.keep_draft();
        }
        // A terminal that is gone keeps nothing.
        let _ = self.print_rest();
        let (session, has_turns) = (self.state.session.id.clone(), self.has_turns);
        // The turn under way ends well, whatever has ended this.
        self.end().await;
        let (has_failed, killed) = match ended? {
            Ended::Left => (false, None),
            Ended::Failed => (true, None),
            Ended::Killed(signal) => (false, Some(signal)),
        };
        Ok(Ending { session, has_turns, has_failed, killed })
    }

    async fn attend(
        &mut self,
        first: Vec<Effect>,
        mut signals: Signals,
        mut answered: Answers,
    ) -> io::Result<Ended> {
        self.carry_out(first)?;
        while !self.is_over {
            if !self.is_lent && self.terminal.recover()? {
                self.redraw_soon();
            }
            if self.is_stale && !self.is_lent && self.frame_at() <= Instant::now() {
                self.draw()?;
            }
            match self.next(&mut signals, &mut answered).await {
                // Meant for the program that has the terminal.
                Happened::Heard(Heard::Kill(Killed::Interrupt)) if self.is_lent => {}
                Happened::Heard(Heard::Kill(signal)) => return Ok(Ended::Killed(signal)),
                Happened::Heard(Heard::Continue) if self.is_lent => {}
                Happened::Heard(Heard::Continue) => {
                    self.terminal.go_on()?;
                    self.redraw_soon();
                }
                Happened::Input(Some(input)) => self.hear(input?).await?,
                // The terminal is gone; a signal would say so too.
                Happened::Input(None) => return Ok(Ended::Killed(Killed::HangUp)),
                Happened::Answered(answered) => self.answered(answered)?,
                Happened::Agent(Some(event)) => {
                    self.tell(Msg::Agent(event))?;
                    self.catch_up()?;
                }
                Happened::Agent(None) => return Ok(Ended::Failed),
                Happened::Sent | Happened::FrameDue => {}
                Happened::TimePassed => self.tell(Msg::Tick)?,
            }
        }
        Ok(Ended::Left)
    }

    /// Waits for whatever comes first; keys come before what the agent says.
    async fn next(&mut self, signals: &mut Signals, answered: &mut Answers) -> Happened {
        let frame_at = self.frame_at();
        let wakes_at = self.state.wakes_at().map(Instant::from_std);
        let is_due = self.is_stale && !self.is_lent;
        let is_lent = self.is_lent;
        let Self { terminal, agent, outgoing, .. } = self;
        tokio::select! {
            biased;
            heard = signals.next() => Happened::Heard(heard),
            // Before the keys: what one asks for is on its way before the next one leaves.
            permit = agent.commands.reserve(), if !outgoing.is_empty() => {
                // One that is gone says so by its events.
                let command = outgoing.pop_front();
                permit.ok().zip(command).into_iter().for_each(|(permit, it)| permit.send(it));
                Happened::Sent
            }
            input = terminal.next(), if !is_lent => Happened::Input(input),
            Some(answer) = answered.recv() => Happened::Answered(answer),
            event = agent.events.recv() => Happened::Agent(event),
            () = sleep_until(frame_at), if is_due => Happened::FrameDue,
            () = sleep_until(wakes_at.unwrap_or(frame_at)), if wakes_at.is_some() => {
                Happened::TimePassed
            }
        }
    }

    fn catch_up(&mut self) -> io::Result<()> {
        const AT_ONCE: usize = 256;
        for _ in 0..AT_ONCE {
            match self.agent.events.try_recv() {
                Ok(event) => self.tell(Msg::Agent(event))?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn tell(&mut self, msg: Msg) -> io::Result<()> {
        let effects = update(&mut self.state, msg, std::time::Instant::now());
        self.is_stale = true;
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Send(command) => {
                    self.has_turns |= matches!(command, Command::Prompt(_));
                    self.outgoing.push_back(command);
                }
                Effect::Ask(question) => {
                    if question.takes_terminal() {
                        self.is_lent = true;
                        self.terminal.leave();
                    }
                    self.ask(question);
                }
                Effect::Remember(text) => {
                    // At the end of the program nothing waits for work on other threads.
                    let _ = self.desk.answer(Question::Remember(text));
                }
                Effect::Title(title) => self.terminal.title(&title)?,
                Effect::Copy(text) => self.terminal.copy(&text)?,
                Effect::Notify(news) => self.notify(news)?,
                Effect::CaptureMouse(is_captured) => self.terminal.capture_mouse(is_captured)?,
                Effect::Suspend => {
                    self.terminal.suspend()?;
                    self.redraw_soon();
                }
                Effect::Redraw => self.redraw_soon(),
                Effect::Quit => self.is_over = true,
            }
        }
        Ok(())
    }

    fn notify(&mut self, news: News) -> io::Result<()> {
        match self.teller {
            // Another program has it.
            Teller::Terminal(_) if self.is_lent => Ok(()),
            Teller::Terminal(sign) => self.terminal.tell(&sign.bytes(&news)),
            Teller::Program => {
                self.ask(Question::Notify(news));
                Ok(())
            }
            Teller::Nobody => Ok(()),
        }
    }

    fn ask(&self, question: Question) {
        let (desk, answers) = (Arc::clone(&self.desk), self.answers.clone());
        spawn_blocking(move || {
            // A fault is an answer too: what waits for it must not wait for good.
            let answer = catch_unwind(AssertUnwindSafe(|| desk.answer(question.clone())))
                .unwrap_or_else(|_| Err("that failed by a fault of the program".to_owned()));
            // Nobody is left to hear it when the program is on its way out.
            let _ = answers.send(Answered { question, answer });
        });
    }

    fn answered(&mut self, answered: Answered) -> io::Result<()> {
        if answered.question.takes_terminal() {
            self.is_lent = false;
            self.terminal.enter()?;
            self.redraw_soon();
        }
        match answered.answer {
            Ok(Answer::Opened(opened)) => {
                let Opened { agent, session, past, prompts, notices } = *opened;
                self.state.composer.load_history(prompts);
                // The one before ends by itself once nobody has its commands; what waits is still for it.
                for command in self.outgoing.drain(..) {
                    let _ = self.agent.commands.try_send(command);
                }
                self.agent = agent;
                self.has_turns = !past.is_empty();
                self.tell(Msg::Opened { session: Box::new(session), past, notices })
            }
            Ok(Answer::Nothing) => Ok(()),
            Ok(answer) => self.tell(Msg::Desk(answer)),
            Err(sentence) => self.tell(Msg::Unanswered(Box::new(answered.question), sentence)),
        }
    }

    /// What was being written and nobody sent is found among the prompts.
    fn keep_draft(&self) {
        let draft = self.state.composer.for_editor();
        if !draft.trim().is_empty() {
            // Whatever becomes of it, the program ends.
            let _ = self.desk.answer(Question::Remember(draft));
        }
    }

    /// Has the turn under way end well: its commands stop, and the session is whole.
    async fn end(self) {
        let Self { terminal, agent, outgoing, .. } = self;
        drop(terminal);
        for command in outgoing {
            // A full channel is one that takes nothing any more.
            let _ = agent.commands.try_send(command);
        }
        wait_for_end(agent).await;
    }
}

/// Has the turn under way end well, whatever it is at.
pub(super) async fn wait_for_end(agent: Handle) {
    let Handle { commands, mut events } = agent;
    drop(commands);
    let _ = timeout(PATIENCE, async { while events.recv().await.is_some() {} }).await;
}
