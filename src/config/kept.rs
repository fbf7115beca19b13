//! What the program writes into the user's own file: only where there is none yet.
use std::{
    fs::OpenOptions,
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use toml::Value;

use super::{ConfigError, Environment, project::make_private};
use crate::protocol::ModelRef;

/// Begins the user's file with the model that was chosen. Where it is, unless there was one already: what somebody
/// wrote is not written to.
///
/// # Errors
/// When it can't be written.
pub fn keep_model(
    environment: &Environment,
    model: &ModelRef,
) -> Result<Option<PathBuf>, ConfigError> {
    let directory = environment.config_directory()?;
    make_private(&directory).map_err(ConfigError::unwritable(&directory))?;
    let path = directory.join("config.toml");
    let text = format!("model = {}\n", Value::String(model.to_string()));
    match create(&path, &text) {
        Ok(()) => Ok(Some(path)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(ConfigError::unwritable(&path)(error)),
    }
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
