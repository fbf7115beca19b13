//! What the user has run after edits, for what had been proposed and is written by hand.
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{
    CommandError,
    context::{Context, OpenSession, runtime},
    launch,
    output::Output,
};
use crate::{
    patch::Reviewed,
    protocol::ChangeSetId,
    redact::Redactor,
    tools::{AfterEdits, Aftermath, Scene},
};

/// Runs them for what a decision wrote, and has the model told. Ctrl-C ends the programs; what they changed by then is recorded.
pub(super) fn run(
    session: &OpenSession,
    reviewed: &Reviewed,
    set: Option<&ChangeSetId>,
    cx: &Context,
) -> Result<Option<Aftermath>, CommandError> {
    let config = cx.config()?;
    let settings = config.settings();
    let Some(set) = set.filter(|_| !settings.after_edit.is_empty()) else { return Ok(None) };
    let redactor = Arc::new(Redactor::new(config.secrets()));
    let scene = Scene {
        workspace: Arc::clone(&session.workspace),
        changes: Arc::clone(&session.changes),
        shell: Arc::new(launch::shell(settings, cx.environment, &session.workspace, redactor)),
        call: None,
        cancel: CancellationToken::new(),
    };
    let after = AfterEdits::new(&settings.after_edit, Arc::default());
    let aftermath = runtime()?.block_on(async {
        let mut running = std::pin::pin!(after.follow_decision(reviewed, set, &scene));
        tokio::select! {
            aftermath = &mut running => aftermath,
            _ = tokio::signal::ctrl_c() => {
                scene.cancel.cancel();
                running.await
            }
        }
    });
    if let Some(aftermath) = &aftermath {
        session.changes.tell(aftermath.text())?;
        session.log.sync()?;
    }
    Ok(aftermath)
}

/// Shows it to a person.
pub(super) fn print(
    aftermath: Option<&Aftermath>,
    output: &mut Output,
) -> Result<(), CommandError> {
    let Some(aftermath) = aftermath else { return Ok(()) };
    aftermath.text().lines().try_for_each(|line| output.line(line))?;
    Ok(())
}
