//! Owns the conversation: one turn at a time, commands heard all the while.
use std::{collections::VecDeque, pin::pin};

use tokio::sync::{mpsc, watch};

use super::{
    Conversation, Setup, compact,
    journal::Journal,
    moving::{self, Served},
    route::{Answering, Route},
    stop::Stop,
    turn::{self, Turn},
    undo,
};
use crate::{
    policy::Rules,
    protocol::{CallId, Command, CommandLine, Decision, Event, Mode, ModelRef, Prompt, Record},
};

/// What a turn needs to hear while it runs.
pub(super) struct Ears {
    pub(super) decisions: mpsc::Receiver<(CallId, Decision)>,
    pub(super) steering: mpsc::UnboundedReceiver<String>,
    pub(super) mode: watch::Receiver<Mode>,
    pub(super) rules: watch::Receiver<Rules>,
}

pub(super) async fn run(
    mut setup: Setup,
    mut inbox: mpsc::Receiver<Command>,
    outbox: mpsc::Sender<Event>,
) {
    let fresh = Conversation::new(setup.mode);
    let mut talk = Talk {
        conversation: std::mem::replace(&mut setup.conversation, fresh),
        answering: Answering { served: setup.served.clone(), route: setup.route.take() },
        journal: Journal::new(setup.log.clone(), outbox.clone()),
    };
    let (mode, _) = watch::channel(setup.mode);
    let (rules, _) = watch::channel(setup.rules.clone());
    let stage = Stage { setup: &setup, outbox: &outbox, mode: &mode, rules: &rules };
    let mut later = Later::default();
    while let Some(command) = inbox.recv().await {
        match command {
            Command::Prompt(prompt) => later.prompts.push_back(prompt),
            Command::SetMode(next) => set_mode(next, &mode, &talk.journal).await,
            Command::UseModel(model) => {
                let now = &talk.answering.served.model;
                let served = moving::open(&setup, &model, now, &talk.journal).await;
                later.next = served.map(Next::Model);
            }
            Command::UseRoute(name) => later.use_route(&name, &setup, &talk.journal).await,
            Command::Permit(command) => permit(command, &rules, &talk.journal).await,
            Command::Rename(title) => talk.journal.record(Record::Title { title }).await,
            Command::Undo { reach, scope, merging } => {
                let asked = (reach, scope, merging);
                undo::undo(&setup, &mut talk.conversation, &outbox, asked).await;
            }
            Command::Redo { merging } => {
                undo::redo(&setup, &mut talk.conversation, &outbox, merging).await;
            }
            Command::Compact if compact::is_empty(&talk.conversation) => {
                talk.journal.tell(compact::NOTHING.to_owned()).await;
            }
            Command::Compact => {
                if !stage.sum_up(&mut talk, &mut inbox, &mut later).await {
                    return;
                }
            }
            // These mean something only while a turn is running.
            Command::Decide { .. } | Command::Interrupt | Command::Steer(_) => {}
        }
        later.move_over(&mut talk).await;
        while let Some(prompt) = later.prompts.pop_front() {
            if !stage.take_turn(prompt, &mut talk, &mut inbox, &mut later).await {
                return;
            }
            later.move_over(&mut talk).await;
        }
    }
}

/// What was said, who answers, and where it is kept.
pub(super) struct Talk {
    pub(super) conversation: Conversation,
    pub(super) answering: Answering,
    pub(super) journal: Journal,
}

/// What comes after the turn under way.
#[derive(Default)]
struct Later {
    prompts: VecDeque<Prompt>,
    /// Who answers then, if it is somebody else.
    next: Option<Next>,
}

enum Next {
    Model(Served),
    Route(Route),
}

impl Later {
    async fn move_over(&mut self, talk: &mut Talk) {
        match self.next.take() {
            None => {}
            Some(Next::Model(served)) => moving::move_to(served, talk).await,
            Some(Next::Route(route)) => talk.answering.route = Some(route),
        }
    }

    async fn use_route(&mut self, name: &str, setup: &Setup, journal: &Journal) {
        match setup.models.route(name) {
            Err(sentence) => journal.tell(sentence).await,
            Ok(route) => {
                let models: Vec<String> = route.models().map(ToString::to_string).collect();
                let models = models.join(", then ");
                journal
                    .tell(format!("From the next turn on the route {name} answers: {models}."))
                    .await;
                self.next = Some(Next::Route(route));
            }
        }
    }
}

/// Where a turn is played.
struct Stage<'a> {
    setup: &'a Setup,
    outbox: &'a mpsc::Sender<Event>,
    mode: &'a watch::Sender<Mode>,
    rules: &'a watch::Sender<Rules>,
}

/// What is under way is spoken to by this.
struct Line<'a> {
    stop: &'a Stop,
    decide: mpsc::Sender<(CallId, Decision)>,
    steer: mpsc::UnboundedSender<String>,
    /// The model that it began with.
    now: ModelRef,
    journal: Journal,
}

impl Stage<'_> {
    /// Runs a turn while hearing commands that steer it. False once the face is gone.
    async fn take_turn(
        &self,
        prompt: Prompt,
        talk: &mut Talk,
        inbox: &mut mpsc::Receiver<Command>,
        later: &mut Later,
    ) -> bool {
        let stop = Stop::default();
        let (ears, line) = self.connect(&stop, talk);
        let number = talk.conversation.turns + 1;
        talk.conversation.begin_turn(number);
        let turn = Turn::new(self.setup, number, ears, talk, self.outbox, &stop);
        let ((), is_open) = self.attend(turn::run(turn, prompt), line, inbox, later).await;
        is_open
    }

    /// Has the conversation summed up while hearing commands. False once the face is gone.
    async fn sum_up(
        &self,
        talk: &mut Talk,
        inbox: &mut mpsc::Receiver<Command>,
        later: &mut Later,
    ) -> bool {
        let stop = Stop::default();
        let (ears, line) = self.connect(&stop, talk);
        let number = talk.conversation.turns;
        let turn = Turn::new(self.setup, number, ears, talk, self.outbox, &stop);
        let ((), is_open) = self.attend(compact::run(turn), line, inbox, later).await;
        is_open
    }

    fn connect<'a>(&self, stop: &'a Stop, talk: &Talk) -> (Ears, Line<'a>) {
        let (decide, decisions) = mpsc::channel(16);
        let (steer, steering) = mpsc::unbounded_channel();
        let (mode, rules) = (self.mode.subscribe(), self.rules.subscribe());
        let (now, journal) = (talk.answering.served.model.clone(), talk.journal.clone());
        let line = Line { stop, decide, steer, now, journal };
        (Ears { decisions, steering, mode, rules }, line)
    }

    /// Hears commands until the work is done. Also tells whether the face is still there.
    async fn attend<T>(
        &self,
        work: impl Future<Output = T>,
        line: Line<'_>,
        inbox: &mut mpsc::Receiver<Command>,
        later: &mut Later,
    ) -> (T, bool) {
        let Line { stop, decide, steer, now, journal } = line;
        let mut work = pin!(work);
        let mut is_open = true;
        loop {
            tokio::select! {
                biased;
                command = inbox.recv(), if is_open => match command {
                    Some(Command::Prompt(prompt)) => later.prompts.push_back(prompt),
                    Some(Command::Decide { call, decision }) => {
                        // A turn that does not ask drops it: there is nothing to decide.
                        let _ = decide.try_send((call, decision));
                    }
                    Some(Command::Steer(text)) => {
                        let _ = steer.send(text);
                    }
                    Some(Command::SetMode(next)) => set_mode(next, self.mode, &journal).await,
                    Some(Command::UseModel(model)) => {
                        self.use_next(&model, &now, later, &journal).await;
                    }
                    Some(Command::UseRoute(name)) => {
                        later.use_route(&name, self.setup, &journal).await;
                    }
                    Some(Command::Permit(command)) => permit(command, self.rules, &journal).await,
                    Some(Command::Rename(title)) => journal.record(Record::Title { title }).await,
                    Some(Command::Interrupt) => stop.interrupt(),
                    Some(Command::Undo { .. } | Command::Redo { .. }) => {
                        journal.tell(undo::NOT_NOW.to_owned()).await;
                    }
                    Some(Command::Compact) => journal.tell(compact::NOT_NOW.to_owned()).await,
                    None => {
                        is_open = false;
                        stop.interrupt();
                    }
                },
                done = &mut work => return (done, is_open),
            }
        }
    }

    /// What is under way goes on with the model it began with.
    async fn use_next(
        &self,
        model: &ModelRef,
        now: &ModelRef,
        later: &mut Later,
        journal: &Journal,
    ) {
        if model == now {
            later.next = None;
            return journal.tell(format!("{now} goes on answering.")).await;
        }
        if let Some(served) = moving::open(self.setup, model, now, journal).await {
            later.next = Some(Next::Model(served));
            journal
                .tell(format!("{model} answers from the next turn on; this one ends with {now}."))
                .await;
        }
    }
}

async fn permit(command: CommandLine, rules: &watch::Sender<Rules>, journal: &Journal) {
    rules.send_modify(|rules| rules.permitted.push(command.clone()));
    journal.record(Record::Permit { command }).await;
}

async fn set_mode(next: Mode, mode: &watch::Sender<Mode>, journal: &Journal) {
    if mode.send_replace(next) != next {
        journal.record(Record::Mode { mode: next }).await;
    }
}
