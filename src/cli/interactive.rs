//! `bowline apply --interactive`: the hunks are shown one after the other, with the keys of `git add -p`.
use super::{
    CommandError, Exit, after_edit,
    context::Context,
    files, hunks,
    keyboard::{Answer, Keyboard},
    output::{Output, Role, complain},
    review::{Review, left_over, tell},
};
use crate::{
    patch::{self, Fate, Reviewed, Unnamed},
    process,
    protocol::{ChangeSetId, Choice, Hunk, HunkReview, Selection},
    tui::review::{Purpose, Step, Walk, help},
};

/// Somebody who goes through the hunks of a proposal.
struct Session<'a, 'b> {
    review: &'a Review,
    cx: &'a mut Context<'b>,
    keyboard: Keyboard,
    walk: Walk,
    count: usize,
    /// The file whose name was shown last.
    file: Option<usize>,
}

/// Asks about every hunk, then writes what was accepted as one change.
pub(super) fn apply(
    review: &Review,
    comment: Option<&str>,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    let keyboard = Keyboard::open().map_err(|error| unreadable(&error))?;
    let hunks = patch::hunks(&review.changes);
    let count = hunks.len();
    let walk = Walk::new(&review.changes, hunks);
    let mut session = Session { review, cx, keyboard, walk, count, file: None };
    if let Some(exit) = session.ask()? {
        session.cx.output.flush()?;
        complain("interrupted: nothing was written, and all stays proposed", None);
        return Ok(exit);
    }
    let walk = session.walk;
    let (reviewed, set) = decide(review, &walk)?;
    let comment = comments(&walk, comment);
    if !walk.reviews().is_empty() || comment.is_some() {
        tell(review, "apply --interactive", &reviewed, comment.as_deref())?;
    }
    let aftermath = after_edit::run(&review.session, &reviewed, set.as_ref(), cx)?;
    let exit = report(review, &reviewed, &mut cx.output)?;
    after_edit::print(aftermath.as_ref(), &mut cx.output)?;
    Ok(exit)
}

impl Session<'_, '_> {
    /// Goes through the hunks; an exit where the user had enough of the program.
    fn ask(&mut self) -> Result<Option<Exit>, CommandError> {
        self.show()?;
        loop {
            let key = match self.key(None)? {
                Answer::Given(key) => key,
                Answer::End => return Ok(None),
                Answer::Stop(exit) => return Ok(Some(exit)),
            };
            let next = match self.walk.press(key) {
                Step::Edit => match self.edit()? {
                    Answer::Given(Some(text)) => self.walk.edited(text),
                    Answer::Given(None) => continue,
                    Answer::End => return Ok(None),
                    Answer::Stop(exit) => return Ok(Some(exit)),
                },
                next => next,
            };
            match next {
                Step::Show => self.show()?,
                Step::Say(words) => self.faint(&words)?,
                Step::Help => self.faint(&help(Purpose::Proposal))?,
                Step::Comment => match self.words()? {
                    Answer::Given(words) => self.walk.comment(&words),
                    Answer::End => return Ok(None),
                    Answer::Stop(exit) => return Ok(Some(exit)),
                },
                Step::Done | Step::Edit => return Ok(None),
            }
        }
    }

    fn faint(&mut self, words: &str) -> Result<(), CommandError> {
        words.lines().try_for_each(|line| self.cx.output.styled_line(Role::Faint, line))?;
        Ok(())
    }

    /// The current hunk, below its file's name where that is another than before.
    fn show(&mut self) -> Result<(), CommandError> {
        let Some(hunk) = self.walk.hunk() else { return Ok(()) };
        let output = &mut self.cx.output;
        if self.file.replace(hunk.file) != Some(hunk.file)
            && let Some(file) = self.review.changes.files.get(hunk.file)
        {
            hunks::print_file(file, &self.review.session.workspace, output)?;
        }
        hunks::print_hunk(hunk, output)
    }

    /// Puts the question, or another one, and takes the key, which is shown then.
    fn key(&mut self, question: Option<&str>) -> Result<Answer<char>, CommandError> {
        let keys: Vec<String> = self.walk.keys().iter().map(char::to_string).collect();
        let number = self.walk.hunk().map_or(0, |hunk| hunk.number);
        let asked = match question {
            Some(question) => question.to_owned(),
            None => format!("({number}/{}) Write this hunk [{}]? ", self.count, keys.join(",")),
        };
        let output = &mut self.cx.output;
        output.styled(Role::Heading, &asked)?;
        output.flush()?;
        let answer = self.keyboard.key().map_err(|error| unreadable(&error))?;
        match &answer {
            Answer::Given(key) => output.line(&key.to_string())?,
            Answer::End | Answer::Stop(_) => output.line("")?,
        }
        Ok(answer)
    }

    fn words(&mut self) -> Result<Answer<String>, CommandError> {
        self.cx.output.styled(Role::Heading, "Words for the model about this hunk: ")?;
        self.cx.output.flush()?;
        self.keyboard.words().map_err(|error| unreadable(&error))
    }

    /// Has the current hunk edited until it can be read, or the user gives up.
    fn edit(&mut self) -> Result<Answer<Option<String>>, CommandError> {
        let Some(hunk) = self.walk.hunk().cloned() else { return Ok(Answer::Given(None)) };
        let mut text = patch::for_editor(&hunk);
        loop {
            let edited = process::edit(self.cx.environment.editor(), "hunk.diff", &text);
            self.keyboard.forget_interrupts();
            text = match edited {
                Ok(edited) => edited,
                Err(error) => {
                    complain(&error.to_string(), None);
                    return Ok(Answer::Given(None));
                }
            };
            let wrong = match patch::by_hand(&hunk, &text) {
                Ok(None) => {
                    self.cx.output.styled_line(Role::Faint, "Nothing was edited.")?;
                    return Ok(Answer::Given(None));
                }
                Ok(Some(new)) => match self.usable(&hunk, &new) {
                    Ok(()) => return Ok(Answer::Given(Some(new))),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            complain(&wrong.message, None);
            let question = "Edit it again (otherwise the edit is lost) [y,n]? ";
            match self.key(Some(question))? {
                Answer::Given('y') => {}
                Answer::Given(_) => return Ok(Answer::Given(None)),
                Answer::End => return Ok(Answer::End),
                Answer::Stop(exit) => return Ok(Answer::Stop(exit)),
            }
        }
    }

    /// Whether the file takes the text, in its encoding.
    fn usable(&self, hunk: &Hunk, new: &str) -> Result<(), patch::PatchError> {
        let choice = Choice::Edit { text: new.to_owned() };
        let edit = HunkReview { hunk: hunk.number, choice, comment: String::new() };
        let selection = Selection::Each(vec![edit]);
        patch::review(&self.review.changes, &selection, Unnamed::StayOpen).map(drop)
    }
}

/// Writes what was accepted, all or nothing.
fn decide(review: &Review, walk: &Walk) -> Result<(Reviewed, Option<ChangeSetId>), CommandError> {
    let reviews = walk.reviews();
    let selection = Selection::Each(reviews.clone());
    if reviews.is_empty() {
        let nothing_written = None;
        return patch::review(&review.changes, &selection, Unnamed::StayOpen)
            .map(|reviewed| (reviewed, nothing_written))
            .map_err(|error| CommandError::failed(error.message));
    }
    review.session.changes.decide_and_name(&selection).map_err(|error| {
        let numbers = |of: fn(&Choice) -> bool| {
            let chosen = reviews.iter().filter(|review| of(&review.choice));
            let numbers: Vec<String> = chosen.map(|review| review.hunk.to_string()).collect();
            if numbers.is_empty() { "none".to_owned() } else { numbers.join(",") }
        };
        let rejected = numbers(|choice| matches!(choice, Choice::Reject));
        let written = numbers(|choice| !matches!(choice, Choice::Reject));
        CommandError::from(error).with_hint(format!(
            "nothing was written and all stays proposed; you had decided to write: {written}, to reject: {rejected}"
        ))
    })
}

/// The user's words on all of it and on what stays proposed; those on decided hunks are told with these.
fn comments(walk: &Walk, comment: Option<&str>) -> Option<String> {
    let open = walk.comments_on_open();
    let open = open.iter().map(|(hunk, words)| format!("on hunk {hunk}, still proposed: {words}"));
    let all: Vec<String> = comment.map(str::to_owned).into_iter().chain(open).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

fn report(review: &Review, reviewed: &Reviewed, output: &mut Output) -> Result<Exit, CommandError> {
    files::print_files(&reviewed.accepted, &review.written(reviewed), "applied", output)?;
    let count = |of: fn(&Fate) -> bool| reviewed.hunks.iter().filter(|hunk| of(&hunk.fate)).count();
    let written = count(|fate| matches!(fate, Fate::Written | Fate::Edited(_)));
    let in_part = count(|fate| matches!(fate, Fate::InPart(lines) if !lines.is_empty()));
    let rejected = count(|fate| matches!(fate, Fate::Rejected));
    let hunks = if written == 1 { "hunk" } else { "hunks" };
    let mut line = format!("{written} {hunks} written");
    if in_part > 0 {
        line.push_str(&format!(", {in_part} in part"));
    }
    let left = left_over(review);
    output.line(&format!("{line}, {rejected} rejected, {left} left proposed."))?;
    Ok(Exit::Finished)
}

fn unreadable(error: &std::io::Error) -> CommandError {
    CommandError::failed(format!("standard input can't be read: {error}"))
}
