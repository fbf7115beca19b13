//! The index of a directory, brought up to date for a verb.
use super::{
    CommandError,
    context::{Context, Traces, open_workspace},
    output::complain,
};
use crate::{
    index::{Cache, Index, Need},
    parallel,
    protocol::Target,
    workspace::Workspace,
};

/// A directory and what is known of its files.
pub(super) struct Indexed {
    pub(super) workspace: Workspace,
    pub(super) index: Index,
}

/// The directory of `-C` or the current one, whose files below `path` have been looked at as far as there is need.
pub(super) fn indexed(
    path: &str,
    need: Need<'_>,
    cx: &Context,
) -> Result<(Indexed, Target), CommandError> {
    let workspace = open_workspace(&cx.directory()?, &[], cx.environment, Traces::None)?;
    let place = workspace.locate(path)?;
    // Without a home nothing is kept.
    let index = || match cx.environment.cache_directory() {
        Ok(directory) => Index::cached(Cache::of(&workspace, &directory)),
        Err(_) => Index::default(),
    };
    let to_the_end = || false;
    let list = || workspace.files(&place, &[], &to_the_end);
    let (files, mut index) = parallel::join(list, index);
    let scanned = index.scan_listed(&workspace, &place, files?, need, &to_the_end);
    for reason in &scanned.unreadable {
        complain(&format!("not looked through: {reason}"), None);
    }
    // Where it can't be kept it is made again the next time.
    let _ = index.save();
    Ok((Indexed { workspace, index }, place))
}
