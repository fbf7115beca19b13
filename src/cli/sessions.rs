//! `bowline sessions`: lists, shows, removes and exports conversations; `prune` has a file of its own.
use clap::{Args, Subcommand, ValueEnum};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use super::{
    CommandError, Exit,
    context::{Context, worktree_directory},
    output::{Role, complain},
    prune::{PruneArguments, prune, size},
};
use crate::store::{SessionSummary, transcript};

#[derive(Debug, Args)]
pub(super) struct SessionsArguments {
    #[command(subcommand)]
    verb: SessionsVerb,
}

#[derive(Debug, Subcommand)]
enum SessionsVerb {
    /// List the sessions of this directory, the last used first
    List {
        /// The sessions of all directories
        #[arg(long)]
        all: bool,
    },
    /// Print a conversation, with turns that were taken back marked as such
    Show {
        /// Its id, the start of it, or `last`
        #[arg(value_name = "ID")]
        session: String,
    },
    /// Remove a session for good, with the kept bytes that it alone held, without asking
    Rm {
        /// Its id or the start of it
        #[arg(value_name = "ID")]
        session: String,
    },
    /// Remove kept bytes that no session names, and show what the rest comes to
    Prune(PruneArguments),
    /// Write a whole session to standard output
    Export {
        /// Its id, the start of it, or `last`
        #[arg(value_name = "ID")]
        session: String,
        #[arg(long, value_name = "FORMAT", default_value = "markdown")]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Markdown,
    /// Every record as it is kept, one JSON object a line
    Jsonl,
}

pub(super) fn sessions(
    arguments: SessionsArguments,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    match arguments.verb {
        SessionsVerb::List { all } => list(all, cx),
        SessionsVerb::Show { session } if cx.options.json => export(&session, Format::Jsonl, cx),
        SessionsVerb::Show { session } => export(&session, Format::Markdown, cx),
        SessionsVerb::Rm { session } => remove(&session, cx),
        SessionsVerb::Prune(arguments) => prune(&arguments, cx),
        SessionsVerb::Export { session, format } => export(&session, format, cx),
    }
}

fn list(is_everywhere: bool, cx: &mut Context) -> Result<Exit, CommandError> {
    let directory = cx.directory()?;
    let found = cx.store()?.list((!is_everywhere).then_some(directory.as_path()))?;
    if cx.options.json {
        for session in &found {
            cx.output.json(session)?;
        }
        return Ok(Exit::Finished);
    }
    if found.is_empty() {
        let place =
            if is_everywhere { String::new() } else { format!(" in {}", directory.display()) };
        cx.output.line(&format!("There are no sessions{place}."))?;
        if !is_everywhere {
            cx.output.styled_line(Role::Faint, "`--all` lists those of all directories.")?;
        }
        return Ok(Exit::Finished);
    }
    let mut rows = vec![["ID", "USED", "MODEL", "TURNS"].map(str::to_owned).to_vec()];
    rows[0].extend(is_everywhere.then(|| "WORKSPACE".to_owned()));
    rows[0].push("TITLE".to_owned());
    let short = id_length(&found);
    rows.extend(found.iter().map(|session| row(session, short, is_everywhere)));
    cx.output.table(&rows)?;
    Ok(Exit::Finished)
}

fn row(session: &SessionSummary, id_length: usize, has_workspace: bool) -> Vec<String> {
    let model = session.model.as_ref().map_or("?".to_owned(), ToString::to_string);
    let id = session.id.get(..id_length).unwrap_or(&session.id).to_owned();
    let mut cells = vec![id, local_time(session.updated), model, session.turns.to_string()];
    if has_workspace {
        let place = session.workspace.as_ref().map(|path| path.display().to_string());
        cells.push(place.unwrap_or_else(|| "?".to_owned()));
    }
    cells.push(session.title.clone());
    cells
}

/// As much of the ids as tells them apart: their beginnings are a time, so sessions of one day share some of it.
fn id_length(sessions: &[SessionSummary]) -> usize {
    const SHORTEST: usize = 8;
    const WHOLE: usize = 36;
    let mut ids: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
    ids.sort_unstable();
    let shared = ids.windows(2).map(|pair| {
        pair[0].bytes().zip(pair[1].bytes()).take_while(|(left, right)| left == right).count()
    });
    shared.max().map_or(SHORTEST, |shared| (shared + 1).clamp(SHORTEST, WHOLE))
}

pub(super) fn local_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Columns as wide as they have to be; the last one is cut at the terminal's edge.
fn remove(asked: &str, cx: &mut Context) -> Result<Exit, CommandError> {
    let store = cx.store()?;
    if asked == "last" {
        return Err(CommandError::usage(
            "`sessions rm` takes an id, so that nothing is removed by chance",
        )
        .with_hint("`bowline sessions list` shows them"));
    }
    let id = store.resolve(asked, &cx.directory()?)?;
    let removal = store.remove(&id)?;
    if cx.options.json {
        let left = removal.left.map(|error| error.to_string());
        cx.output.json(&json!({ "removed": id, "freed": removal.freed, "left": left }))?;
    } else {
        cx.output.line(&format!("Removed session {id}."))?;
        if removal.freed.objects > 0 {
            let freed = size(removal.freed.bytes);
            cx.output.line(&format!("Freed {freed} that no other session holds."))?;
        }
        if let Some(error) = removal.left {
            let sentence = format!("what it alone held stays for now: {error}");
            complain(&sentence, Some("`bowline sessions prune` removes it a day later"));
        }
        if worktree_directory(cx.environment, &id)?.exists() {
            cx.output.line(&format!("Its worktree stays: bowline worktree remove {id}"))?;
        }
    }
    Ok(Exit::Finished)
}

fn export(asked: &str, format: Format, cx: &mut Context) -> Result<Exit, CommandError> {
    let store = cx.store()?;
    let id = store.resolve(asked, &cx.directory()?)?;
    let records = store.read(&id)?;
    match format {
        Format::Markdown => cx.output.styled(Role::Plain, &transcript(&records))?,
        Format::Jsonl => {
            for record in &records {
                cx.output.json(record)?;
            }
        }
    }
    Ok(Exit::Finished)
}
