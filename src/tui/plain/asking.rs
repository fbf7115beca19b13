//! What asks for leave, answered by a line that is typed. An empty line and the end of the input allow nothing.
use super::{Happened, Plain, Stop, Wanted};
use crate::{
    protocol::CallId,
    tui::{
        approval::{self, Approval, Subject},
        desk::{self, Question},
        review::Purpose,
    },
};

/// What a line says to a question.
#[derive(Debug, PartialEq, Eq)]
enum Reply<'a> {
    Once,
    Session,
    /// With words for the model.
    Deny(&'a str),
    Review,
    Unclear,
}

impl Plain {
    /// Puts the question that is open, until it is answered or needs no answer any more.
    pub(super) async fn put_question(&mut self) -> Result<(), Stop> {
        let Some(open) = self.approvals.open().cloned() else { return Ok(()) };
        for line in open.lines(&self.session.sandbox) {
            self.say(&line)?;
        }
        self.lines.forget_typed();
        while self.is_open(&open.call) {
            self.ask(choices(&open))?;
            match self.next(Wanted::Line).await? {
                Happened::Event(event) => {
                    self.take(&event)?;
                }
                Happened::Interrupt => return self.interrupt(),
                Happened::Line(None) => {
                    self.answer(approval::Answer::Deny, "nobody is there to be asked")?
                }
                Happened::Line(Some(line)) => match read(&line, &open) {
                    Reply::Once => self.answer(approval::Answer::Once, "")?,
                    Reply::Session => self.answer(approval::Answer::Session, "")?,
                    Reply::Deny(words) => self.answer(approval::Answer::Deny, words)?,
                    Reply::Review => self.review_plan(&open).await?,
                    Reply::Unclear => self.say("That is no answer, so nothing is done yet.")?,
                },
            }
        }
        Ok(())
    }

    fn is_open(&self, call: &CallId) -> bool {
        self.approvals.open().is_some_and(|open| open.call == *call)
    }

    fn answer(&mut self, answer: approval::Answer, words: &str) -> Result<(), Stop> {
        for command in self.approvals.answer(answer, words) {
            self.send(command)?;
        }
        Ok(())
    }

    /// The patch that waits, hunk by hunk; what is not accepted of it is rejected.
    async fn review_plan(&mut self, open: &Approval) -> Result<(), Stop> {
        let Subject::Patch { changes, .. } = &open.subject else { return Ok(()) };
        let question = Question::Hunks(desk::Subject::Plan(changes.clone()));
        let Some(desk::Answer::Hunks(reviewable)) = self.inquire(question).await? else {
            return Ok(());
        };
        let Some(walk) = self.review(&reviewable, Purpose::Plan).await? else { return Ok(()) };
        if walk.reviews().is_empty() {
            return self.say("Nothing was decided.");
        }
        let decision = walk.decided(Purpose::Plan).into_decision();
        match self.approvals.decide(decision) {
            Some(command) => self.send(command),
            None => Ok(()),
        }
    }
}

fn choices(open: &Approval) -> &'static str {
    match &open.subject {
        Subject::Command(_) => {
            "y (yes, once), s (yes, exactly this command in this directory for the rest of the session), n and words (no, because): "
        }
        Subject::Patch { .. } => {
            "y (yes, all of it), r (review it hunk by hunk), n and words (no, because): "
        }
        Subject::Other(_) => "y (yes, once), n and words (no, because): ",
    }
}

fn read<'a>(line: &'a str, open: &Approval) -> Reply<'a> {
    let line = line.trim();
    let (word, words) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match (word, words.trim()) {
        ("y" | "yes", "") => Reply::Once,
        ("s" | "session", "") if open.has_rule() => Reply::Session,
        ("r" | "review", "") if matches!(open.subject, Subject::Patch { .. }) => Reply::Review,
        ("n" | "no" | "n," | "no,", words) => Reply::Deny(words),
        _ => Reply::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{
        protocol::{Access, CommandLine, Event},
        tui::approval::Approvals,
    };

    fn asked(access: Vec<Access>) -> Approval {
        let mut approvals = Approvals::default();
        let (call, reason) = (CallId("c1".to_owned()), "commands ask".to_owned());
        approvals.take(&Event::ApprovalNeeded { call, reason, access });
        approvals.open().unwrap().clone()
    }

    #[test]
    fn only_a_clear_yes_allows() {
        let (text, directory) = ("touch a".to_owned(), PathBuf::from("/work"));
        let command = asked(vec![Access::Run(CommandLine { text, directory })]);
        let other = asked(Vec::new());
        for (line, of_command, of_other) in [
            ("y", Reply::Once, Reply::Once),
            (" yes ", Reply::Once, Reply::Once),
            ("s", Reply::Session, Reply::Unclear),
            ("n", Reply::Deny(""), Reply::Deny("")),
            ("no, use make", Reply::Deny("use make"), Reply::Deny("use make")),
            ("n use make", Reply::Deny("use make"), Reply::Deny("use make")),
            ("", Reply::Unclear, Reply::Unclear),
            ("yes but not now", Reply::Unclear, Reply::Unclear),
            ("Y", Reply::Unclear, Reply::Unclear),
            ("r", Reply::Unclear, Reply::Unclear),
            ("yy", Reply::Unclear, Reply::Unclear),
        ] {
            assert_eq!(read(line, &command), of_command, "{line}");
            assert_eq!(read(line, &other), of_other, "{line}");
        }
    }
}
