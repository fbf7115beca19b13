//! A key that a program of the user's prints: `api_key_command`.
use std::time::Duration;

use futures::{FutureExt, future::BoxFuture};

use super::{About, CredentialsError, Found, InHeader, Means, ProgramError, Source, Why};
use crate::{backend::settings::KeyHeader, redact::visible};

/// It may ask its user for a password, or for a touch of a device.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the program when a key is needed, and again when the service refuses it.
#[derive(Debug)]
pub struct KeyCommand {
    program: String,
    arguments: Vec<String>,
    header: KeyHeader,
    /// Arguments may be nobody's business.
    name: String,
}

impl KeyCommand {
    /// The program comes first, then its arguments. Absent: it names no program.
    pub fn new(words: &[String], header: KeyHeader) -> Option<Self> {
        let (program, arguments) = words.split_first()?;
        let name = format!("api_key_command (`{}`)", visible(program));
        Some(Self { program: program.clone(), arguments: arguments.to_vec(), header, name })
    }

    async fn run(&self, means: &Means) -> Result<Found, CredentialsError> {
        let failed = |why: String, next: String| {
            CredentialsError::new(format!("{} gave no key: {why}", self.name), next)
        };
        let by_hand = || format!("run `{}` by hand and see what it wants", visible(&self.program));
        let printed = means.run(&self.program, &self.arguments, PATIENCE).await;
        let printed = printed.map_err(|error| match error {
            ProgramError::Missing => {
                failed(error.to_string(), "install it, or write its whole path".to_owned())
            }
            ProgramError::Failed(_) | ProgramError::TimedOut(_) => {
                failed(error.to_string(), by_hand())
            }
        })?;
        let pass = InHeader::new(self.header, &printed).ok_or_else(|| {
            let lines = printed.expose().trim().lines().count();
            let why = match lines {
                0 => "it printed nothing".to_owned(),
                1 => "what it printed holds characters that no key has".to_owned(),
                lines => format!("it printed {lines} lines, and a key is one"),
            };
            failed(why, by_hand())
        })?;
        let about = About::of(&self.name);
        Ok(Found::new(pass, about))
    }
}

impl Source for KeyCommand {
    fn name(&self) -> &str {
        &self.name
    }

    fn find<'a>(
        &'a self,
        means: &'a Means,
        _: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>> {
        self.run(means).boxed()
    }
}
