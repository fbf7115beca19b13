//! Owns the conversation: one turn at a time, commands heard all the while.
use std::{collections::VecDeque, pin::pin};

use tokio::sync::{mpsc, watch};

use super::{
    Conversation, Setup,
    journal::Journal,
    moving::{self, Served},
    turn::{self, Stop, Turn},
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
    let mut conversation = std::mem::replace(&mut setup.conversation, fresh);
    let (mode, _) = watch::channel(setup.mode);
    let (rules, _) = watch::channel(setup.rules.clone());
    let mut journal = Journal::new(setup.log.clone(), outbox.clone());
    let mut later = Later::default();
    while let Some(command) = inbox.recv().await {
        match command {
            Command::Prompt(prompt) => later.prompts.push_back(prompt),
            Command::SetMode(next) => set_mode(next, &mode, &journal).await,
            Command::UseModel(model) => later.served = moving::open(&setup, &model, &journal).await,
            Command::Permit(command) => permit(command, &rules, &journal).await,
            Command::Rename(title) => journal.record(Record::Title { title }).await,
            Command::Undo { reach, scope, merging } => {
                let asked = (reach, scope, merging);
                undo::undo(&setup, &mut conversation, &outbox, asked).await;
            }
            Command::Redo { merging } => {
                undo::redo(&setup, &mut conversation, &outbox, merging).await;
            }
            // These mean something only while a turn is running.
            Command::Decide { .. } | Command::Interrupt | Command::Steer(_) => {}
        }
        later.move_over(&mut setup, &conversation, &journal).await;
        while let Some(prompt) = later.prompts.pop_front() {
            let number = conversation.turns + 1;
            let stage =
                Stage { setup: &setup, number, outbox: &outbox, mode: &mode, rules: &rules };
            let is_open = stage
                .take_turn(prompt, &mut conversation, &mut journal, &mut inbox, &mut later)
                .await;
            if !is_open {
                return;
            }
            later.move_over(&mut setup, &conversation, &journal).await;
        }
    }
}

/// What comes after the turn under way.
#[derive(Default)]
struct Later {
    prompts: VecDeque<Prompt>,
    /// The model that answers then, if another does.
    served: Option<Served>,
}

impl Later {
    async fn move_over(
        &mut self,
        setup: &mut Setup,
        conversation: &Conversation,
        journal: &Journal,
    ) {
        if let Some(served) = self.served.take() {
            moving::move_to(served, setup, conversation, journal).await;
        }
    }
}

/// Where a turn is played.
struct Stage<'a> {
    setup: &'a Setup,
    number: u32,
    outbox: &'a mpsc::Sender<Event>,
    mode: &'a watch::Sender<Mode>,
    rules: &'a watch::Sender<Rules>,
}

impl Stage<'_> {
    /// Runs a turn while hearing commands that steer it. False once the face is gone.
    async fn take_turn(
        &self,
        prompt: Prompt,
        conversation: &mut Conversation,
        journal: &mut Journal,
        inbox: &mut mpsc::Receiver<Command>,
        later: &mut Later,
    ) -> bool {
        let stop = Stop::default();
        let (decide, decisions) = mpsc::channel(16);
        let (steer, steering) = mpsc::unbounded_channel();
        let (mode, rules) = (self.mode.subscribe(), self.rules.subscribe());
        let ears = Ears { decisions, steering, mode, rules };
        let side_journal = journal.clone();
        conversation.begin_turn(self.number);
        let turn =
            Turn::new(self.setup, self.number, ears, conversation, journal, self.outbox, &stop);
        let mut turn = pin!(turn::run(turn, prompt));
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
                    Some(Command::SetMode(next)) => set_mode(next, self.mode, &side_journal).await,
                    Some(Command::UseModel(model)) => {
                        self.use_next(&model, later, &side_journal).await;
                    }
                    Some(Command::Permit(command)) => permit(command, self.rules, &side_journal).await,
                    Some(Command::Rename(title)) => side_journal.record(Record::Title { title }).await,
                    Some(Command::Interrupt) => stop.interrupt(),
                    Some(Command::Undo { .. } | Command::Redo { .. }) => {
                        let _ = self.outbox.send(Event::Notice(undo::NOT_NOW.to_owned())).await;
                    }
                    None => {
                        is_open = false;
                        stop.interrupt();
                    }
                },
                () = &mut turn => return is_open,
            }
        }
    }
}

impl Stage<'_> {
    /// The turn goes on with the model it began with.
    async fn use_next(&self, model: &ModelRef, later: &mut Later, journal: &Journal) {
        let now = &self.setup.served.model;
        if model == now {
            later.served = None;
            return journal.tell(format!("{now} goes on answering.")).await;
        }
        if let Some(served) = moving::open(self.setup, model, journal).await {
            later.served = Some(served);
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
