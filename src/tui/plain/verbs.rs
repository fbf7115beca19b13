//! Verbs behind a slash that need no screen.
use std::time::Instant;

use super::{Happened, Plain, Stop, Wanted};
use crate::{
    protocol::{Command, Event, Merging, Message, Mode, ModelRef, Prompt, ROUTE, ReplyPart, Said},
    tui::{
        action::{Action, Slash},
        desk::{Answer, ModelRow, Opened, Opening, Question, RouteRow},
        review::{Merge, Restore},
        status::Status,
        text::TextLine,
        update::{INIT, context_lines, cost_lines, what_to_undo, with_other_merging},
    },
};

/// In the order in which they are listed.
const SPOKEN: [Action; 19] = [
    Action::Help,
    Action::Model,
    Action::Mode,
    Action::Diff,
    Action::ReviewChanges,
    Action::Undo,
    Action::Redo,
    Action::Context,
    Action::Cost,
    Action::Doctor,
    Action::Map,
    Action::Compact,
    Action::Clear,
    Action::Resume,
    Action::Fork,
    Action::Rename,
    Action::Export,
    Action::Init,
    Action::Quit,
];

impl Plain {
    pub(super) async fn verb(&mut self, verb: Slash) -> Result<(), Stop> {
        let words = verb.arguments.as_str();
        match verb.action {
            Action::Help => self.help(),
            Action::Quit => Err(Stop::Left),
            Action::Model if words.is_empty() => self.list_models().await,
            Action::Model => match Command::use_model(words) {
                Ok(command) => self.send(command),
                Err(wrong) => self.say(&wrong),
            },
            Action::Mode if words.is_empty() => self.say(&format!(
                "the mode is {}; /mode plan, review, edit or auto",
                self.status.mode
            )),
            Action::Mode => match words.parse() {
                Ok(mode) => self.set_mode(mode).await,
                Err(wrong) => self.say(&wrong),
            },
            Action::Diff => self.show_changes().await,
            Action::ReviewChanges => self.review_proposal().await,
            Action::Undo => match what_to_undo(words) {
                Some((reach, scope)) => {
                    let merging = Merging::default();
                    self.restore(Question::Undo { reach, scope, merging }).await
                }
                None => self.say("it is written /undo [turn|all|N [--chat|--both]]"),
            },
            Action::Redo => self.restore(Question::Redo { merging: Merging::default() }).await,
            Action::Context => self.say_context().await,
            Action::Cost => self.say_all(&cost_lines(&self.status)),
            Action::Doctor => self.say_page(Question::Doctor).await,
            Action::Map => self.say_page(Question::Map(words.to_owned())).await,
            Action::Compact => {
                self.status.begin(Instant::now());
                self.send(Command::Compact)?;
                self.work().await
            }
            Action::Clear => self.open(Opening::New).await,
            Action::Resume if words.is_empty() => self.list_sessions().await,
            Action::Resume => self.open(Opening::Resume(words.to_owned())).await,
            Action::Fork if words.is_empty() => {
                self.open(Opening::Fork(self.session.id.clone())).await
            }
            Action::Fork => self.open(Opening::Fork(words.to_owned())).await,
            Action::Rename => self.send(Command::Rename(words.to_owned())),
            Action::Export => {
                let path = (!words.is_empty()).then(|| words.into());
                self.tell_what_was_done(Question::Export(path)).await
            }
            Action::Init => self.turn(Prompt::from(INIT)).await,
            action => {
                let word = action.verb().slash.unwrap_or_default();
                self.say(&format!("/{word} needs the full screen: start bowline without --plain"))
            }
        }
    }

    fn help(&mut self) -> Result<(), Stop> {
        self.say("A line is a prompt. A backslash at its end goes on in the next line; ! at its start runs a command of your own.")?;
        self.say(
            "Ctrl-C stops the turn, and twice at the prompt leaves, as the end of the input does.",
        )?;
        for verb in SPOKEN.map(Action::verb) {
            let usage = verb.usage().unwrap_or_default();
            self.say(&format!("{usage}: {}", verb.help))?;
        }
        Ok(())
    }

    fn say_all(&mut self, lines: &[TextLine]) -> Result<(), Stop> {
        lines.iter().try_for_each(|line| self.say(&line.text))
    }

    async fn say_context(&mut self) -> Result<(), Stop> {
        let question = Question::Context { window: self.status.window };
        let Some(Answer::Context(account)) = self.inquire(question).await? else { return Ok(()) };
        for line in context_lines(&self.status.model, &account) {
            // The numbers say what the bars behind them draw.
            self.say(line.text.trim_end_matches(['█', ' ']))?;
        }
        Ok(())
    }

    async fn say_page(&mut self, question: Question) -> Result<(), Stop> {
        let Some(Answer::Page(_, lines)) = self.inquire(question).await? else { return Ok(()) };
        lines.iter().try_for_each(|line| self.say(line))
    }

    async fn list_models(&mut self) -> Result<(), Stop> {
        let (current, context) = (self.status.model.clone(), self.status.context);
        let question = Question::Models { current, context };
        let Some(Answer::Models(list)) = self.inquire(question).await? else { return Ok(()) };
        for RouteRow { name, models } in &list.routes {
            let models: Vec<_> = models.iter().map(ModelRef::to_string).collect();
            self.say(&format!("{ROUTE}{name}: {}", models.join(", then ")))?;
        }
        list.models.iter().try_for_each(|model| self.say(&told(model)))?;
        self.say("/model BACKEND/MODEL goes over to another")
    }

    async fn set_mode(&mut self, mode: Mode) -> Result<(), Stop> {
        let Some(Answer::Mode(mode)) = self.inquire(Question::Mode(mode)).await? else {
            return Ok(());
        };
        if mode != self.status.mode {
            self.status.mode = mode;
            self.send(Command::SetMode(mode))?;
        }
        self.say(&format!("the mode is {mode}"))
    }

    /// Says what an undo or a redo would do, and does it after a yes.
    async fn restore(&mut self, question: Question) -> Result<(), Stop> {
        let mut question = Some(question);
        while let Some(asked) = question.take() {
            let Some(Answer::Restore(restore, command)) = self.inquire(asked).await? else {
                return Ok(());
            };
            restore.lines().iter().try_for_each(|line| self.say(line))?;
            if !restore.does_something() && restore.merge == Merge::Needless {
                return self.say("nothing can be done");
            }
            let Some(line) = self.line(choices(&restore)).await? else { return Ok(()) };
            match line.trim() {
                "y" | "yes" if restore.does_something() => {
                    self.send(command)?;
                    return self.await_restored().await;
                }
                "m" | "merge" if restore.merge != Merge::Needless => {
                    question = with_other_merging(&command);
                }
                _ => return self.say("left as it is"),
            }
        }
        Ok(())
    }

    /// Until the agent tells what came of it.
    async fn await_restored(&mut self) -> Result<(), Stop> {
        loop {
            let event = match self.next(Wanted::Nothing).await? {
                Happened::Event(event) => event,
                Happened::Interrupt => return Ok(()),
                Happened::Line(_) => continue,
            };
            let was_told = self.take(&event)?;
            let is_outcome = matches!(
                *event,
                Event::ChangeSet { .. }
                    | Event::ChatUndone { .. }
                    | Event::ChatRedone { .. }
                    | Event::Notice(_)
            );
            match (is_outcome, was_told) {
                (true, true) => return Ok(()),
                (true, false) => return self.say("done"),
                (false, _) => {}
            }
        }
    }

    async fn list_sessions(&mut self) -> Result<(), Stop> {
        let Some(Answer::Sessions(sessions)) = self.inquire(Question::Sessions).await? else {
            return Ok(());
        };
        for row in sessions {
            let id: String = row.id.chars().take(13).collect();
            self.say(&format!("{id}, {}, {} turns: {}", row.used, row.turns, row.title))?;
        }
        self.say("/resume ID goes on with one of them")
    }

    async fn open(&mut self, opening: Opening) -> Result<(), Stop> {
        let Some(Answer::Opened(opened)) = self.inquire(Question::Open(opening)).await? else {
            return Ok(());
        };
        let Opened { agent, session, past, prompts: _, notices } = *opened;
        // The one before ends by itself once nobody has its commands.
        self.agent = agent;
        self.status = Status::new(&session);
        self.session = session;
        self.has_turns = !past.is_empty();
        let id: String = self.session.id.chars().take(13).collect();
        self.say(&format!("session {id} is open"))?;
        notices.iter().try_for_each(|notice| self.say(&format!("notice: {notice}")))?;
        self.say_last(&past)
    }

    /// What was said last in a session that is gone on with.
    pub(super) fn say_last(&mut self, past: &[Said]) -> Result<(), Stop> {
        let is_prompt = |said: &Said| matches!(*said.message, Message::Prompt(_));
        let from = past.iter().rposition(is_prompt).unwrap_or(past.len());
        for said in &past[from..] {
            match &*said.message {
                Message::Prompt(prompt) => self.say(&format!("you: {}", prompt.text))?,
                Message::Reply(reply) => {
                    for part in &reply.parts {
                        if let ReplyPart::Text { text, .. } = part {
                            self.say(text.trim())?;
                        }
                    }
                }
                Message::Outcome { .. } => {}
            }
        }
        Ok(())
    }

    async fn tell_what_was_done(&mut self, question: Question) -> Result<(), Stop> {
        match self.inquire(question).await? {
            Some(Answer::Done(sentence)) => self.say(&sentence),
            Some(_) | None => Ok(()),
        }
    }
}

fn choices(restore: &Restore) -> &'static str {
    match (restore.does_something(), restore.merge) {
        (true, Merge::Needless) => "y (do it), n (leave it): ",
        (true, Merge::Offered) => "y (do it), m (merge conflicts), n (leave it): ",
        (true, Merge::Chosen) => "y (do it), m (merge nothing), n (leave it): ",
        (false, _) => "m (merge conflicts), n (leave it): ",
    }
}

fn told(row: &ModelRow) -> String {
    let current = if row.is_current { ", in use" } else { "" };
    let lacks = row.lacks.as_ref().map_or(String::new(), |lacks| format!(": {lacks}"));
    format!("{}{current}{lacks}", row.model)
}
