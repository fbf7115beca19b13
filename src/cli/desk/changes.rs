//! Change sets for the terminal's face: looked at, decided on, taken back.
use std::{collections::HashSet, path::Path, sync::Arc};

use tokio::runtime::Handle;

use super::{
    super::{CommandError, files, review::told},
    Place, ScreenDesk,
};
use crate::{
    changes::{Entry, Restored, Undone},
    config,
    patch::{self, PatchError, Reviewed, Unnamed},
    process,
    protocol::{
        ChangeSet, ChangeSetId, ChangeState, Choice, Command, Hunk, HunkReview, Merging, Reach,
        Scope, Selection,
    },
    tools::{AfterEdits, Aftermath, Scene},
    tui::{
        desk::{Answer, Reviewable, Subject, Unfit},
        review::{self, Fate, Merge, Restore, RestoredFile},
    },
};

impl ScreenDesk {
    pub(super) fn hunks(&self, subject: Subject) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let (title, changes) = match &subject {
            Subject::Plan(changes) => ("Write this change?", Arc::clone(changes)),
            Subject::Proposal => {
                let proposal = place.changes.proposal();
                let proposal = proposal
                    .ok_or_else(|| CommandError::failed("there are no proposed changes"))?;
                ("Proposed changes", Arc::new(proposal))
            }
            Subject::Session => ("What this session has changed", Arc::new(place.all_changes()?)),
        };
        if changes.is_empty() {
            return Err(CommandError::failed("this session has changed nothing"));
        }
        let hunks = patch::hunks(&changes);
        let files = review::files(&changes, &hunks, &|path| place.workspace.shown(path));
        let title = title.to_owned();
        Ok(Answer::Hunks(Reviewable { subject, title, changes, files, hunks }))
    }

    /// Writes what was accepted of the proposed changes, all or nothing, and has the model told.
    pub(super) fn decide(
        &self,
        selection: &Selection,
        comments_on_open: &[(usize, String)],
    ) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let proposal = place
            .changes
            .proposal()
            .ok_or_else(|| CommandError::failed("there are no proposed changes"))?;
        let (reviewed, set) = place.changes.decide_and_name(selection)?;
        let comments = comments_on_open.iter();
        let comments: Vec<String> = comments
            .map(|(hunk, words)| format!("on hunk {hunk}, still proposed: {words}"))
            .collect();
        let comment = (!comments.is_empty()).then(|| comments.join("\n"));
        let words = told(&proposal, &reviewed, &place.workspace, "review", comment.as_deref());
        place.changes.tell(words)?;
        place.log.sync()?;
        let written = reviewed.accepted.files.len();
        let files = if written == 1 { "file" } else { "files" };
        let sentence = format!("{written} {files} written");
        let aftermath = set.and_then(|set| self.follow(&reviewed, &set, &place));
        let Some(aftermath) = aftermath else { return Ok(Answer::Done(sentence)) };
        place.changes.tell(aftermath.text())?;
        place.log.sync()?;
        Ok(Answer::Followed {
            sentence: format!("{sentence}, {}", aftermath.in_short()),
            report: aftermath.text(),
        })
    }

    /// Runs what the user has run after edits.
    fn follow(&self, reviewed: &Reviewed, set: &ChangeSetId, place: &Place) -> Option<Aftermath> {
        let root = place.workspace.root();
        let config = config::load(&self.environment, root, &self.options.overrides).ok()?;
        let scene = Scene {
            workspace: Arc::clone(&place.workspace),
            changes: Arc::clone(&place.changes),
            shell: Arc::clone(&place.shell),
            call: None,
            cancel: place.stop.clone(),
        };
        let after = AfterEdits::new(&config.settings().after_edit, Arc::default());
        Handle::current().block_on(after.follow_decision(reviewed, set, &scene))
    }

    pub(super) fn undo(
        &self,
        reach: Reach,
        scope: Scope,
        merging: Merging,
    ) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let undone = place.changes.preview_take_back(reach, &scope, merging)?;
        let title = match reach {
            Reach::Files => changes_of(&scope),
            Reach::Chat => "Leave the conversation; files stay".to_owned(),
            Reach::Both => "Leave the conversation, files too".to_owned(),
        };
        let restore = Box::new(place.restore(title, &undone, merging));
        Ok(Answer::Restore(restore, Command::Undo { reach, scope, merging }))
    }

    pub(super) fn redo(&self, merging: Merging) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let redone = place.changes.preview_redo(None, merging)?;
        let title = "Bring back what was undone".to_owned();
        let restore = Box::new(place.restore(title, &redone, merging));
        Ok(Answer::Restore(restore, Command::Redo { merging }))
    }

    /// The user's editor on one hunk; what comes of it has to fit the file. What does not is kept, to be gone on with.
    pub(super) fn edit_hunk(
        &self,
        hunk: &Hunk,
        changes: &ChangeSet,
        unfit: Option<&Unfit>,
    ) -> Result<Answer, CommandError> {
        let text = match unfit {
            Some(Unfit { text, why, .. }) => patch::for_editor_again(text, why),
            None => patch::for_editor(hunk),
        };
        let edited = process::edit(self.environment.editor(), "hunk.diff", &text)
            .map_err(|error| CommandError::failed(error.to_string()))?;
        Ok(match fitting(hunk, changes, &edited) {
            Ok(text) => Answer::EditedHunk(text),
            Err(error) => {
                Answer::UnfitHunk(Unfit { hunk: hunk.number, text: edited, why: error.message })
            }
        })
    }
}

/// The hunk's new side as it was edited, where the file takes it; `None` where nothing is left of the hunk.
fn fitting(hunk: &Hunk, changes: &ChangeSet, edited: &str) -> Result<Option<String>, PatchError> {
    let Some(text) = patch::by_hand(hunk, edited)? else { return Ok(None) };
    let choice = Choice::Edit { text: text.clone() };
    let edit = HunkReview { hunk: hunk.number, choice, comment: String::new() };
    patch::review(changes, &Selection::Each(vec![edit]), Unnamed::StayOpen)?;
    Ok(Some(text))
}

impl Place {
    /// Everything that was written, as one change; what was taken back drops out.
    fn all_changes(&self) -> Result<ChangeSet, CommandError> {
        let mut all = ChangeSet::default();
        let entries = self.changes.list();
        for entry in &entries {
            // What was undone was written, and its undo is a change of its own.
            if matches!(entry.state, ChangeState::Applied | ChangeState::Undone) {
                all = all.then(self.changes.load(&entry.id)?);
            }
        }
        // Where all of it was taken back, what is other than before is the user's own, merged with it.
        let own = entries.iter().filter(|entry| !entry.is_undo());
        let standing: HashSet<&Path> =
            own.flat_map(Entry::standing).map(|file| file.path.as_path()).collect();
        all.files.retain(|file| standing.contains(file.path.as_path()));
        Ok(all)
    }

    fn restore(&self, title: String, undone: &Undone, merging: Merging) -> Restore {
        let kind = |path: &Path| {
            let file = undone.written.get(path);
            let kind = file.map(|it| files::kind(it.before.as_ref(), it.after.as_ref()));
            kind.unwrap_or("restore").to_owned()
        };
        let files = undone.files.iter().map(|file| {
            let fate = match (&file.left, file.done) {
                (Some(conflict), _) => Fate::Conflict(conflict.to_string()),
                (None, Restored::Merged) => Fate::Merged,
                (None, Restored::Already) => Fate::AlreadySo,
                (None, Restored::Whole | Restored::Nothing) => Fate::Restored(kind(&file.path)),
            };
            RestoredFile { shown: self.workspace.shown(&file.path), fate }
        });
        let merge = match merging {
            Merging::On => Merge::Chosen,
            Merging::Off if undone.conflicts().any(|(_, it)| it.may_merge()) => Merge::Offered,
            Merging::Off => Merge::Needless,
        };
        Restore::new(title, files.collect(), &undone.turns, merge)
    }
}

fn changes_of(scope: &Scope) -> String {
    match scope {
        Scope::Last => "Take back the last change".to_owned(),
        Scope::LastTurn => "Take back the changes of the last turn".to_owned(),
        Scope::Turn(turn) => format!("Take back the changes of turn {turn}"),
        Scope::From(turn) => format!("Take back the changes from turn {turn} on"),
        Scope::All => "Take back all changes of this session".to_owned(),
        Scope::Set(set) => format!("Take back change set {set}"),
    }
}
