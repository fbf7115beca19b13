//! `bowline demo`: the main job on a throw-away repository, with a recorded model; no key, no network.
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use git2::{Repository, Signature};
use serde_json::json;

use super::{
    args::{Color, HeadlessOptions, PromptSource, RunOptions},
    exit::{CommandError, Exit},
    run,
};
use crate::{
    backend::{Script, ScriptedReply},
    config::{Environment, Overrides, SandboxLevel},
    protocol::{Mode, Prompt},
};

const FILES: [(&str, &str); 2] =
    [("duration.sh", include_str!("demo/duration.sh")), ("test.sh", include_str!("demo/test.sh"))];
const PROMPT: &str = "The tests fail. Find out why and mend it.";

/// Makes the repository, plays the model through the real loop, and leaves everything to be looked at.
pub(super) fn demo(environment: &Environment, color: Color) -> Result<Exit, CommandError> {
    let directory = tempfile::Builder::new()
        .prefix("bowline-demo-")
        .tempdir()
        .map_err(|error| {
            CommandError::failed(format!("no temporary directory can be made: {error}"))
        })?
        .keep();
    let repository = directory.join("duration");
    make_repository(&repository).map_err(|error| {
        CommandError::failed(format!("{} can't be made: {error}", repository.display()))
    })?;
    let cassette = directory.join("model.cassette.jsonl");
    model().write(&cassette).map_err(CommandError::failed)?;

    let mut error = io::stderr();
    writeln!(error, "A repository with a failing test: {}\n> {PROMPT}\n", repository.display())?;
    let options = options(&repository, &cassette, color);
    let exit = run::headless_with(&options, environment, Some(Prompt::from(PROMPT)))?;
    let (repository, cassette) = (repository.display(), cassette.display());
    writeln!(
        error,
        "\nThe tools, the edits and the tests were real; the model was not asked: its replies came from
  {cassette}
Look at what it did, and take it back:
  git -C {repository} diff
  bowline undo --turn -C {repository}"
    )?;
    Ok(exit)
}

fn options(repository: &Path, cassette: &Path, color: Color) -> HeadlessOptions {
    let run = RunOptions {
        resume: None,
        images: Vec::new(),
        json: false,
        output_last_message: None,
        output_schema: None,
        worktree: false,
        ephemeral: false,
        record: None,
        replay: Some(cassette.to_owned()),
        add_dirs: Vec::new(),
        directory: Some(repository.to_owned()),
        overrides: Overrides {
            mode: Some(Mode::Auto),
            sandbox: Some(SandboxLevel::Off),
            ..Overrides::default()
        },
        color,
    };
    HeadlessOptions { prompt: PromptSource::Argument(PROMPT.to_owned()), run }
}

fn make_repository(path: &PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let repository = Repository::init(path)?;
    for (name, text) in FILES {
        fs::write(path.join(name), text)?;
    }
    let mut index = repository.index()?;
    for (name, _) in FILES {
        index.add_path(Path::new(name))?;
    }
    index.write()?;
    let tree = repository.find_tree(index.write_tree()?)?;
    let author = Signature::now("Bowline demo", "demo@localhost")?;
    repository.commit(
        Some("HEAD"),
        &author,
        &author,
        "A duration printer and its tests",
        &tree,
        &[],
    )?;
    Ok(())
}

/// What the model says: it looks, mends half of it, sees the test still fail, and mends the rest.
fn model() -> Script {
    Script::new()
        .reply(
            ScriptedReply::new()
                .text("I will look at the tests and at what they test.")
                .call("read", &json!({"path": "test.sh"}))
                .call("read", &json!({"path": "duration.sh"}))
                .call("search", &json!({"pattern": "minutes"})),
        )
        .reply(
            ScriptedReply::new()
                .text("`minutes` counts all minutes of the span, also those that are already counted as hours.")
                .call("edit", &json!({"patch": "*** Begin Patch\n*** Update File: duration.sh\n@@\n hours=$((seconds / 3600))\n-minutes=$((seconds / 60))\n+minutes=$((seconds / 60 % 60))\n*** End Patch"})),
        )
        .reply(ScriptedReply::new().call("run", &json!({"command": "sh test.sh"})))
        .reply(
            ScriptedReply::new()
                .text("The seconds have the same fault.")
                .call("edit", &json!({"path": "duration.sh", "old": "\"$minutes\" \"$seconds\"", "new": "\"$minutes\" \"$((seconds % 60))\""})),
        )
        .reply(ScriptedReply::new().call("run", &json!({"command": "sh test.sh"})))
        .text(
            "`duration.sh` printed all minutes and all seconds of a span instead of those left over from the hours and \
             minutes. Both are now taken modulo 60 (`duration.sh:5` and `:6`). I ran `sh test.sh`: all four tests pass.",
        )
}
