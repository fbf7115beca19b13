//! Lets backends run the programs that know keys, which only `process` starts.
use std::{path::Path, time::Duration};

use futures::{FutureExt, future::BoxFuture};

use super::Environment;
use crate::{
    backend::{ProgramError, Programs},
    process::{DesktopError, KeyPrograms},
    redact::{Secret, visible},
};

#[derive(Debug)]
pub(super) struct UsersPrograms(KeyPrograms);

impl UsersPrograms {
    /// They get the user's environment without the variables that hold keys of backends.
    pub(super) fn new(environment: &Environment, keys: &[&str], working_directory: &Path) -> Self {
        let mut environment = environment.texts();
        environment.retain(|(name, _)| !keys.contains(&name.as_str()));
        Self(KeyPrograms { environment, roots: vec![working_directory.to_owned()] })
    }
}

impl Programs for UsersPrograms {
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        patience: Duration,
    ) -> BoxFuture<'a, Result<Secret, ProgramError>> {
        let told = |error| match error {
            DesktopError::Missing(_) => ProgramError::Missing,
            DesktopError::TimedOut { limit, .. } => ProgramError::TimedOut(limit),
            DesktopError::Failed { how, .. } => ProgramError::Failed(how),
            other @ (DesktopError::TooMuch { .. } | DesktopError::Start { .. }) => {
                ProgramError::Failed(visible(&other.to_string()).into_owned())
            }
        };
        async move { self.0.run(program, arguments, patience).await.map_err(told) }.boxed()
    }
}
