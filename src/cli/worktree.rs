//! `bowline worktree`: the copies that isolated turns worked in.
use std::{fs, path::Path};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    CommandError, Exit,
    context::{Context, worktrees},
};
use crate::{store::StoreError, workspace::Isolated};

#[derive(Debug, Args)]
pub(super) struct WorktreeArguments {
    #[command(subcommand)]
    verb: WorktreeVerb,
}

#[derive(Debug, Subcommand)]
enum WorktreeVerb {
    /// List the worktrees, and in how much each differs from your files
    List,
    /// Remove a worktree that holds nothing but what your files hold
    Remove {
        /// Its session's id, or the start of it
        #[arg(value_name = "ID")]
        session: String,
        /// Also where files differ from yours, which are lost then
        #[arg(long)]
        force: bool,
    },
}

pub(super) fn worktree(
    arguments: WorktreeArguments,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    match arguments.verb {
        WorktreeVerb::List => list(cx),
        WorktreeVerb::Remove { session, force } => remove(&session, force, cx),
    }
}

fn list(cx: &mut Context) -> Result<Exit, CommandError> {
    let place = worktrees(cx.environment)?;
    let sessions = sessions(&place);
    if sessions.is_empty() && !cx.options.json {
        cx.output.line("There are no worktrees.")?;
    }
    for session in sessions {
        let copy = Isolated::open(&place.join(&session));
        let different = copy.as_ref().map(changed_files).transpose()?;
        if cx.options.json {
            cx.output.json(&json!({
                "session": session,
                "path": copy.as_ref().map(Isolated::root),
                "workspace": copy.as_ref().map(Isolated::workspace),
                "differing_files": different,
            }))?;
            continue;
        }
        let state = match different {
            None => "never finished".to_owned(),
            Some(0) => "nothing differs from your files".to_owned(),
            Some(count) => differing(count),
        };
        let of = copy.map(|copy| format!(", of {}", copy.workspace().display()));
        cx.output.line(&format!("{session}  {state}{}", of.unwrap_or_default()))?;
    }
    Ok(Exit::Finished)
}

fn remove(asked: &str, is_forced: bool, cx: &mut Context) -> Result<Exit, CommandError> {
    let place = worktrees(cx.environment)?;
    let mut found = sessions(&place);
    found.retain(|session| session.starts_with(asked));
    let [session] = found.as_slice() else {
        let many = if found.is_empty() { "no worktree" } else { "more than one worktree" };
        return Err(CommandError::usage(format!("there is {many} of a session {asked}"))
            .with_hint("`bowline worktree list` shows those there are"));
    };
    // Held until it is gone: nobody may be working in it.
    let _held = match cx.store()?.open(session) {
        Ok(held) => Some(held),
        Err(StoreError::NoSession { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let directory = place.join(session);
    let different = match Isolated::open(&directory) {
        Some(copy) => changed_files(&copy)?,
        None => 0,
    };
    if different > 0 && !is_forced {
        let files = differing(different);
        return Err(CommandError::failed(format!("{files} in the worktree of session {session}"))
            .with_hint("`--force` removes it with them; what is proposed stays proposed"));
    }
    fs::remove_dir_all(&directory).map_err(|error| {
        CommandError::failed(format!("{} can't be removed: {error}", directory.display()))
    })?;
    if cx.options.json {
        cx.output.json(&json!({ "removed": session }))?;
    } else {
        cx.output.line(&format!("Removed the worktree of session {session}."))?;
    }
    Ok(Exit::Finished)
}

fn changed_files(copy: &Isolated) -> Result<usize, CommandError> {
    let different = copy.held_alone()?;
    Ok(different.set.files.len() + different.left.len())
}

fn differing(files: usize) -> String {
    match files {
        1 => "1 file differs from yours".to_owned(),
        files => format!("{files} files differ from yours"),
    }
}

fn sessions(place: &Path) -> Vec<String> {
    let entries = place.read_dir().into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}
