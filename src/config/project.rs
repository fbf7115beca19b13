//! The project's own files, and whether the user trusts them.
use std::{
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{ConfigError, Environment, Source, document::read_text, error::printable};

/// What the user has said of directories, resolved.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    /// Their own settings count.
    trusted: Vec<PathBuf>,
    /// Theirs do not, and nobody wants to be asked again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    declined: Vec<PathBuf>,
}

/// A project's file, and what the user has said of the directory it stands in.
pub(super) struct ProjectFile {
    pub(super) path: PathBuf,
    pub(super) standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Trusted,
    Declined,
    Undecided,
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
        standing: trust.standing(directory),
    };
    Ok(found.into_iter().map(file).collect())
}

impl Trust {
    fn standing(&self, directory: &Path) -> Standing {
        let holds = |directories: &[PathBuf]| directories.iter().any(|it| it == directory);
        match (holds(&self.trusted), holds(&self.declined)) {
            (true, _) => Standing::Trusted,
            (false, true) => Standing::Declined,
            (false, false) => Standing::Undecided,
        }
    }
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
    let project = project_directory(&resolve(working_directory)?);
    note(environment, &project, Standing::Trusted)?;
    Ok(project)
}

/// Leaves the settings of the project that a directory belongs to out, without being asked for them again.
pub fn decline(environment: &Environment, working_directory: &Path) -> Result<(), ConfigError> {
    let project = project_directory(&resolve(working_directory)?);
    note(environment, &project, Standing::Declined)
}

/// Keeps what the user says of a directory, in place of what was said before.
fn note(environment: &Environment, directory: &Path, said: Standing) -> Result<(), ConfigError> {
    let file = trust_file(environment)?;
    let mut trust = read(&file)?;
    if trust.standing(directory) == said {
        return Ok(());
    }
    trust.trusted.retain(|it| it != directory);
    trust.declined.retain(|it| it != directory);
    match said {
        Standing::Trusted => trust.trusted.push(directory.to_owned()),
        Standing::Declined => trust.declined.push(directory.to_owned()),
        Standing::Undecided => {}
    }
    write(&file, &trust)
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

pub(super) fn make_private(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}
