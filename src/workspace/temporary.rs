//! Temporary names beside the files they stand for.
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

const PREFIX: &str = ".bowline-";
const ENDING: &str = ".tmp";

/// A name in a directory that nothing has yet.
pub(super) fn unused_name(directory: &Path) -> PathBuf {
    directory.join(format!("{PREFIX}{}{ENDING}", uuid::Uuid::now_v7().simple()))
}

/// Whether a file name is one that this module makes up.
pub(super) fn is_leftover(name: &OsStr) -> bool {
    let inner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(ENDING));
    inner.is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
