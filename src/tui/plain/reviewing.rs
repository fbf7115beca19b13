//! Change sets as plain lines, and their hunks decided on one after the other by the words of `apply --interactive`.
use super::{Happened, Plain, Stop, Wanted};
use crate::tui::{
    desk::{Answer, Question, Reviewable, Subject},
    review::{Purpose, ReviewedFile, Step, Walk, help},
};

impl Plain {
    pub(super) async fn show_changes(&mut self) -> Result<(), Stop> {
        let question = Question::Hunks(Subject::Session);
        let Some(Answer::Hunks(reviewable)) = self.inquire(question).await? else { return Ok(()) };
        self.say(&reviewable.title)?;
        for (number, file) in reviewable.files.iter().enumerate() {
            self.say(&named(file))?;
            for hunk in reviewable.hunks.iter().filter(|hunk| hunk.file == number) {
                self.say(&hunk.to_string())?;
            }
        }
        Ok(())
    }

    /// Decides on what is proposed; what is passed over stays so.
    pub(super) async fn review_proposal(&mut self) -> Result<(), Stop> {
        let question = Question::Hunks(Subject::Proposal);
        let Some(Answer::Hunks(reviewable)) = self.inquire(question).await? else { return Ok(()) };
        self.say(&reviewable.title)?;
        let Some(walk) = self.review(&reviewable, Purpose::Proposal).await? else { return Ok(()) };
        let decided = walk.decided(Purpose::Proposal);
        let (selection, comments_on_open) = (decided.selection, decided.comments_on_open);
        let question = Question::Decide { selection, comments_on_open };
        match self.inquire(question).await? {
            Some(Answer::Done(sentence)) => self.say(&sentence)?,
            Some(Answer::Followed { sentence, report }) => {
                self.say(&sentence)?;
                self.say(&report)?;
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    /// Goes through the hunks; none where the user had enough of it.
    pub(super) async fn review(
        &mut self,
        reviewable: &Reviewable,
        purpose: Purpose,
    ) -> Result<Option<Walk>, Stop> {
        let mut walk = Walk::new(&reviewable.changes, reviewable.hunks.clone());
        let rest = match purpose {
            Purpose::Plan => "what is not accepted is rejected",
            Purpose::Proposal | Purpose::Look => "what is not decided on stays proposed",
        };
        self.say(&format!("{} hunks; {rest}", reviewable.hunks.len()))?;
        let mut shown_file = None;
        self.show_hunk(&walk, reviewable, &mut shown_file)?;
        loop {
            let question = question(&walk);
            let Some(line) = self.line(&question).await? else { return Ok(None) };
            let mut letters = line.trim().chars();
            let Some(key) = letters.next() else { continue };
            let words = letters.as_str().trim();
            let step = match walk.press(key) {
                Step::Edit => match self.edit_hunk(&walk, reviewable).await? {
                    Some(text) => walk.edited(text),
                    None => continue,
                },
                step => step,
            };
            match step {
                Step::Show => self.show_hunk(&walk, reviewable, &mut shown_file)?,
                Step::Say(words) => self.say(&words)?,
                Step::Help => self.say(&help(purpose))?,
                Step::Comment if !words.is_empty() => walk.comment(words),
                Step::Comment => {
                    let question = "words for the model about this hunk: ";
                    let Some(words) = self.line(question).await? else { return Ok(None) };
                    walk.comment(words.trim());
                }
                Step::Done if purpose == Purpose::Plan && !self.rejects_the_rest(&walk).await? => {}
                Step::Done | Step::Edit => return Ok(Some(walk)),
            }
        }
    }

    /// Whether what nobody has decided on may be rejected with what was; where nothing was decided, nothing is.
    async fn rejects_the_rest(&mut self, walk: &Walk) -> Result<bool, Stop> {
        let open = walk.open_hunks();
        if open == 0 || walk.reviews().is_empty() {
            return Ok(true);
        }
        let open = if open == 1 { "1 hunk is".to_owned() } else { format!("{open} hunks are") };
        let question = format!("{open} open and would be rejected; go on with that [y,n]? ");
        Ok(self.line(&question).await?.is_some_and(|line| line.trim() == "y"))
    }

    /// The answer to a question of a review. None for the end of the input, and for Ctrl-C, which decides nothing.
    pub(super) async fn line(&mut self, question: &str) -> Result<Option<String>, Stop> {
        self.ask(question)?;
        loop {
            match self.next(Wanted::Line).await? {
                Happened::Line(line) => return Ok(line),
                Happened::Interrupt => {
                    self.say("nothing was decided")?;
                    return Ok(None);
                }
                Happened::Event(event) => {
                    if self.take(&event)? {
                        self.ask(question)?;
                    }
                }
            }
        }
    }

    /// The current hunk, below its file's name where that is another than before.
    fn show_hunk(
        &mut self,
        walk: &Walk,
        reviewable: &Reviewable,
        shown_file: &mut Option<usize>,
    ) -> Result<(), Stop> {
        let Some(hunk) = walk.hunk() else { return Ok(()) };
        if shown_file.replace(hunk.file) != Some(hunk.file)
            && let Some(file) = reviewable.files.get(hunk.file)
        {
            self.say(&named(file))?;
        }
        self.say(&hunk.to_string())
    }

    /// What the user makes of the current hunk in an editor.
    async fn edit_hunk(
        &mut self,
        walk: &Walk,
        reviewable: &Reviewable,
    ) -> Result<Option<String>, Stop> {
        let Some(hunk) = walk.hunk().cloned() else { return Ok(None) };
        let mut unfit = None;
        loop {
            let (hunk, changes) = (Box::new(hunk.clone()), reviewable.changes.clone());
            let question = Question::EditHunk { hunk, changes, unfit };
            match self.inquire(question).await? {
                Some(Answer::EditedHunk(text)) => return Ok(text),
                Some(Answer::UnfitHunk(made)) => {
                    self.say(&made.why)?;
                    let again =
                        self.line("Edit it again (otherwise the edit is lost) [y,n]? ").await?;
                    if again.is_none_or(|line| line.trim() != "y") {
                        return Ok(None);
                    }
                    unfit = Some(made);
                }
                Some(_) | None => return Ok(None),
            }
        }
    }
}

fn question(walk: &Walk) -> String {
    let keys: Vec<String> = walk.keys().iter().map(char::to_string).collect();
    format!("({}) Write this hunk [{}]? ", walk.counter(), keys.join(","))
}

fn named(file: &ReviewedFile) -> String {
    format!("file {}, +{} -{}", file.shown, file.added, file.removed)
}
