//! `bowline diff`, `apply` and `reject`: the proposed changes, hunk by hunk.
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    CommandError, Exit, after_edit,
    change_sets::{Place, place},
    context::{Context, OpenSession},
    files,
    hunk_numbers::HunkNumbers,
    hunks, interactive,
    output::{Role, complain},
};
use crate::{
    patch::{self, FileStat, Reviewed},
    protocol::{ChangeSet, ChangeState, Selection},
    tools::Aftermath,
    workspace::Workspace,
};

#[derive(Debug, Args)]
pub(super) struct ReviewArguments {
    /// A session or change set, by its id or the start of it; else the latest proposal in this directory
    #[arg(value_name = "CHANGESET|SESSION")]
    asked: Option<String>,
    /// Only these hunks, by the numbers that `bowline diff` shows, such as 1,3-5
    #[arg(long, value_name = "NUMBERS")]
    hunks: Option<HunkNumbers>,
    /// Print the files with their hunk numbers and line counts only
    #[arg(long)]
    stat: bool,
}

#[derive(Debug, Args)]
pub(super) struct DecideArguments {
    #[command(flatten)]
    review: ReviewArguments,
    /// Words for the model about this decision; it reads them when the session goes on
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ApplyArguments {
    #[command(flatten)]
    decide: DecideArguments,
    /// Go through the hunks one by one, with the keys of `git add -p`
    #[arg(long, visible_alias = "patch", conflicts_with_all = ["hunks", "stat"])]
    interactive: bool,
}

/// What a review is about.
pub(super) struct Review {
    pub(super) session: OpenSession,
    place: Place,
    pub(super) changes: ChangeSet,
}

impl Review {
    /// What has become of what is reviewed: a change set's own state, else it is what is proposed.
    fn state(&self) -> ChangeState {
        let entries = self.session.changes.list();
        let own = entries.iter().find(|entry| Some(&entry.id) == self.place.set.as_ref());
        own.map_or(ChangeState::Proposed, |entry| entry.state)
    }

    /// The files that a decision wrote, with their counts.
    pub(super) fn written(&self, reviewed: &Reviewed) -> Vec<FileStat> {
        let workspace = &self.session.workspace;
        reviewed.stat(&self.changes, &|path| workspace.shown(path))
    }
}

/// Prints a diff that `git apply` takes; on a terminal with the numbers of its hunks.
pub(super) fn diff(arguments: &ReviewArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let Some(review) = find(arguments, cx)? else { return nothing_to_show(cx) };
    let changes = chosen(arguments, &review.changes)?;
    let workspace = &review.session.workspace;
    if cx.options.json {
        cx.output.json(&as_json(&review, &changes, review.state()))?;
    } else if arguments.stat {
        files::print_stat(&changes, workspace, &mut cx.output)?;
    } else if cx.output.is_terminal() {
        hunks::print_diff(&changes, workspace, &mut cx.output)?;
    } else {
        cx.output.raw(&patch::unified_bytes(&changes, &|path| files::in_diff(workspace, path)))?;
    }
    Ok(Exit::Finished)
}

pub(super) fn apply(arguments: &ApplyArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let DecideArguments { review: which, comment } = &arguments.decide;
    if arguments.interactive && cx.options.json {
        return Err(CommandError::usage(
            "--interactive asks a person and can't be used with --json",
        )
        .with_hint("--hunks 1,3-5 names what is to be written"));
    }
    let review = find_proposed(which, cx)?;
    check_whole(&review)?;
    if arguments.interactive {
        return interactive::apply(&review, comment.as_deref(), cx);
    }
    let (reviewed, set) = review.session.changes.decide_and_name(&selection(which))?;
    tell(&review, "apply", &reviewed, comment.as_deref())?;
    let aftermath = after_edit::run(&review.session, &reviewed, set.as_ref(), cx)?;
    let stats = review.written(&reviewed);
    report(&review, &reviewed.accepted, &stats, "applied", which.stat, aftermath.as_ref(), cx)
}

pub(super) fn reject(arguments: &DecideArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let DecideArguments { review: which, comment } = arguments;
    let review = find_proposed(which, cx)?;
    check_whole(&review)?;
    let reviewed = review.session.changes.reject(&selection(which))?;
    let dropped = chosen(which, &review.changes)?;
    tell(&review, "reject", &reviewed, comment.as_deref())?;
    let stats = files::stats(&dropped, &review.session.workspace);
    report(&review, &dropped, &stats, "rejected", which.stat, None, cx)
}

/// Has the model told, when the session goes on, what the user decided.
pub(super) fn tell(
    review: &Review,
    verb: &str,
    reviewed: &Reviewed,
    comment: Option<&str>,
) -> Result<(), CommandError> {
    let OpenSession { log, workspace, changes, .. } = &review.session;
    changes.tell(told(
        &review.changes,
        reviewed,
        workspace,
        &format!("bowline {verb}"),
        comment,
    ))?;
    Ok(log.sync()?)
}

/// The words for that; `by` is where they decided.
pub(super) fn told(
    proposal: &ChangeSet,
    reviewed: &Reviewed,
    workspace: &Workspace,
    by: &str,
    comment: Option<&str>,
) -> String {
    let told = patch::told(proposal, reviewed, &|path| workspace.shown(path));
    let comment = comment.map_or(String::new(), |words| format!("Their comment: {words}\n"));
    format!("The user decided on your proposed changes ({by}).\n{told}{comment}")
}

pub(super) fn left_over(review: &Review) -> usize {
    review.session.changes.proposal().map_or(0, |rest| patch::hunks(&rest).len())
}

fn find(arguments: &ReviewArguments, cx: &Context) -> Result<Option<Review>, CommandError> {
    let store = cx.store()?;
    let asked = arguments.asked.as_deref();
    let Some(mut place) = place(&store, &cx.directory()?, asked, ChangeState::Proposed)? else {
        return Ok(None);
    };
    let session = cx.open(&store, &place.session, place.inspected.take())?;
    let changes = match &place.set {
        None => session.changes.proposal(),
        Some(set) => Some(session.changes.load(set)?),
    };
    Ok(changes.map(|changes| Review { session, place, changes }))
}

/// For the verbs that need something to work on.
fn find_proposed(arguments: &ReviewArguments, cx: &Context) -> Result<Review, CommandError> {
    match find(arguments, cx)? {
        Some(review) => Ok(review),
        None => Err(CommandError::failed(nothing_proposed(cx)?)
            .with_hint("`bowline undo --list` shows what was applied")),
    }
}

/// A change set that was named has to be all that is proposed: the later ones build on the earlier ones.
fn check_whole(review: &Review) -> Result<(), CommandError> {
    let Some(asked) = &review.place.set else { return Ok(()) };
    let mut entries = review.session.changes.list();
    if let Some(entry) = entries.iter().find(|entry| entry.id == *asked)
        && entry.state != ChangeState::Proposed
    {
        let state = entry.state.as_str();
        return Err(CommandError::failed(format!("change set {asked} is not open: it is {state}")));
    }
    entries.retain(|entry| entry.state == ChangeState::Proposed && entry.id != *asked);
    if entries.is_empty() {
        return Ok(());
    }
    let sentence = format!(
        "change set {asked} is one of {} open ones of its session, which build on each other",
        entries.len() + 1
    );
    let hint = format!("name the session and pick hunks: bowline diff {}", review.place.session);
    Err(CommandError::failed(sentence).with_hint(hint))
}

fn selection(arguments: &ReviewArguments) -> Selection {
    match &arguments.hunks {
        Some(numbers) => Selection::Hunks(numbers.0.clone()),
        None => Selection::All,
    }
}

fn chosen(arguments: &ReviewArguments, changes: &ChangeSet) -> Result<ChangeSet, CommandError> {
    let Some(numbers) = &arguments.hunks else { return Ok(changes.clone()) };
    patch::select(changes, &numbers.0).map_err(|error| {
        CommandError::usage(error.to_string()).with_hint("`bowline diff --stat` shows the numbers")
    })
}

/// That there is nothing to show is no failure, as in `git diff`.
fn nothing_to_show(cx: &mut Context) -> Result<Exit, CommandError> {
    if cx.options.json {
        cx.output.json(
            &json!({ "session": null, "state": null, "files": [], "hunks": [], "diff": "" }),
        )?;
    } else {
        complain(&nothing_proposed(cx)?, None);
    }
    Ok(Exit::Finished)
}

fn nothing_proposed(cx: &Context) -> Result<String, CommandError> {
    Ok(format!("there are no proposed changes in {}", cx.directory()?.display()))
}

fn report(
    review: &Review,
    changes: &ChangeSet,
    stats: &[FileStat],
    done: &str,
    wants_stat: bool,
    aftermath: Option<&Aftermath>,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    let left = left_over(review);
    if cx.options.json {
        let mut value = as_json(review, changes, done);
        value["hunks_left"] = Value::from(left);
        value["after_edit"] = aftermath.map_or(Value::Null, Aftermath::as_json);
        cx.output.json(&value)?;
        return Ok(Exit::Finished);
    }
    let workspace = &review.session.workspace;
    if wants_stat {
        files::print_stat(changes, workspace, &mut cx.output)?;
    } else {
        files::print_files(changes, stats, done, &mut cx.output)?;
    }
    if left > 0 {
        let hunks = if left == 1 { "1 hunk stays" } else { &format!("{left} hunks stay") };
        cx.output.styled_line(Role::Faint, &format!("{hunks} proposed."))?;
    }
    after_edit::print(aftermath, &mut cx.output)?;
    Ok(Exit::Finished)
}

fn as_json(review: &Review, changes: &ChangeSet, state: impl Serialize) -> Value {
    let workspace = &review.session.workspace;
    let diff = patch::unified(changes, &|path| files::in_diff(workspace, path));
    json!({
        "session": review.place.session,
        "change_set": review.place.set,
        "state": state,
        "files": files::as_json(changes, workspace),
        "hunks": hunks::as_json(changes),
        "diff": diff,
    })
}
