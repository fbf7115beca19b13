//! The project's own files, and whether the user trusts them.
use std::{
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{ConfigError, Environment, Source, document::read_text, error::printable};

/// Directories whose own settings count, resolved.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    trusted: Vec<PathBuf>,
}

/// A project's file, and whether the user trusts the directory it stands in.
pub(super) struct ProjectFile {
    pub(super) path: PathBuf,
    pub(super) is_trusted: bool,
}

/// The files of a directory and of those above it, up to the repository's root. Each can only tighten, so that all
/// of them count: one that is not trusted does not hide one that is.
///
/// `.git` is only looked for, never read: what it says is the repository's word, not the user's.
pub(super) fn files(
    environment: &Environment,
    working_directory: &Path,
) -> Result<Vec<ProjectFile>, ConfigError> {
    let Ok(resolved) = resolve(working_directory) else { return Ok(Vec::new()) };
    let found: Vec<_> = directories(&resolved).filter(has_file).collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let trust = match trust_file(environment) {
        Ok(file) => read(&file)?,
        // Without a home nothing can have been trusted.
        Err(ConfigError::NoHome { .. }) => Trust::default(),
        Err(error) => return Err(error),
    };
    let file = |directory: &Path| ProjectFile {
        path: file_in(directory),
        is_trusted: trust.trusted.iter().any(|trusted| trusted == directory),
    };
    Ok(found.into_iter().map(file).collect())
}

fn has_file(directory: &&Path) -> bool {
    file_in(directory).symlink_metadata().is_ok()
}

fn file_in(directory: &Path) -> PathBuf {
    directory.join(".bowline/config.toml")
}

/// The directory and those above it up to the repository's root; outside a repository it stands alone.
fn directories(working_directory: &Path) -> impl Iterator<Item = &Path> {
    let is_root = |directory: &Path| directory.join(".git").symlink_metadata().is_ok();
    let above = working_directory.ancestors().position(is_root);
    working_directory.ancestors().take(above.map_or(1, |above| above + 1))
}

/// Lets the settings of the project that a directory belongs to count from now on. Returns the project's directory.
pub fn trust(environment: &Environment, working_directory: &Path) -> Result<PathBuf, ConfigError> {
    let resolved = resolve(working_directory)?;
    let project = project_directory(&resolved);
    let file = trust_file(environment)?;
    let mut trust = read(&file)?;
    if !trust.trusted.contains(&project) {
        trust.trusted.push(project.clone());
        write(&file, &trust)?;
    }
    Ok(project)
}

/// Whether the settings of the project that a directory belongs to count.
pub fn is_trusted(
    environment: &Environment,
    working_directory: &Path,
) -> Result<bool, ConfigError> {
    let project = project_directory(&resolve(working_directory)?);
    Ok(read(&trust_file(environment)?)?.trusted.contains(&project))
}

/// Where the nearest file of the project stands, or would stand.
fn project_directory(directory: &Path) -> PathBuf {
    let found = directories(directory).find(has_file);
    found.or_else(|| directories(directory).last()).unwrap_or(directory).to_owned()
}

fn resolve(directory: &Path) -> Result<PathBuf, ConfigError> {
    directory.canonicalize().map_err(|error| ConfigError::unreadable(directory, &error))
}

fn trust_file(environment: &Environment) -> Result<PathBuf, ConfigError> {
    Ok(environment.config_directory()?.join("trust.toml"))
}

fn read(file: &Path) -> Result<Trust, ConfigError> {
    let Some(text) = read_text(file)? else { return Ok(Trust::default()) };
    toml::from_str(&text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let line = 1 + text[..offset.min(text.len())].matches('\n').count();
        let source_of = Source::File { path: file.into(), line };
        ConfigError::Syntax { source_of, reason: printable(error.message()) }
    })
}

/// Writes beside it and renames, so that a crash leaves the old list or the new one.
fn write(file: &Path, trust: &Trust) -> Result<(), ConfigError> {
    let failed = ConfigError::unwritable(file);
    let directory = file.parent().unwrap_or(file);
    let text = toml::to_string(trust).map_err(|error| ConfigError::Unwritable {
        path: file.to_owned(),
        reason: error.to_string(),
    })?;
    make_private(directory).map_err(&failed)?;
    let mut temporary = tempfile::NamedTempFile::new_in(directory).map_err(&failed)?;
    temporary.write_all(text.as_bytes()).map_err(&failed)?;
    temporary.as_file().sync_all().map_err(&failed)?;
    temporary.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

fn make_private(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}
