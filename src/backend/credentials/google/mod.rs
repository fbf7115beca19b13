//! Google's Application Default Credentials: a file that is named, that of gcloud, or the machine's own account.
//!
//! Own code, because Google's crate makes HTTP clients of its own for each credential, without our rules for proxies and
//! redirects, reads the environment itself and renews by a clock that no test can move.
mod assertion;
mod exchange;
mod file;
mod metadata;
mod project;
mod subject;

use std::{
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use futures::{FutureExt, future::BoxFuture};
use reqwest::{Request, header::HeaderValue};
use tokio::fs;
use zeroize::Zeroizing;

use super::{
    About, CredentialsError, Found, InHeader, Means, Pass, Project, Source, Tried, Why,
    aws::Surroundings,
};
use crate::{
    backend::settings::KeyHeader,
    redact::{Secret, visible},
};

use exchange::Token;
use file::File;

pub use project::Gcloud;

/// What a token may be used for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// Who pays, and whose quota counts.
const QUOTA_PROJECT: &str = "x-goog-user-project";
const LOG_IN: &str = "run `gcloud auth application-default login`";

/// What the environment says of them.
#[derive(Debug, Clone, Default)]
pub struct GoogleSettings {
    /// The file that `GOOGLE_APPLICATION_CREDENTIALS` names.
    pub named: Option<PathBuf>,
    /// Where gcloud keeps those of its user.
    pub gclouds: Option<PathBuf>,
    /// What is set for gcloud itself.
    pub gcloud: Gcloud,
    /// What is asked is in no project that anybody has named, so one is looked for.
    pub wants_project: bool,
    /// Where the machine's metadata service is, such as `metadata.google.internal`.
    pub metadata_host: String,
    /// A project that pays in place of the file's own.
    pub quota_project: Option<String>,
    /// A file may name a program that gives the token of an identity.
    pub allows_programs: bool,
    /// Where AWS vouches for an identity.
    pub aws: Surroundings,
}

#[derive(Debug)]
pub struct Google(GoogleSettings);

/// A token in its header, and who pays.
#[derive(Debug)]
struct Bearer {
    token: InHeader,
    quota_project: Option<HeaderValue>,
}

/// What went wrong, and whether it may go right another time.
struct Failure {
    why: String,
    may_pass: bool,
}

impl Google {
    pub fn new(settings: GoogleSettings) -> Self {
        Self(settings)
    }

    /// The first place that has something is the only one: nobody becomes someone else because a file is broken.
    async fn find(&self, means: &Means) -> Result<Found, CredentialsError> {
        let Self(settings) = self;
        let mut tried = Vec::new();
        if let Some(path) = &settings.named {
            let text = read(path).await.map_err(|error| {
                let missing = format!("{} can't be read: {error}", shown(path));
                CredentialsError::new(missing, "correct GOOGLE_APPLICATION_CREDENTIALS")
            })?;
            return self.by_file(path, &text, means).await;
        }
        let unset = |place: &str, outcome: &str| Tried {
            place: place.to_owned(),
            outcome: outcome.to_owned(),
        };
        tried.push(unset("GOOGLE_APPLICATION_CREDENTIALS", "it is not set"));
        match &settings.gclouds {
            None => tried.push(unset("gcloud's file", "there is no home directory")),
            Some(path) => match read(path).await {
                Ok(text) => return self.by_file(path, &text, means).await,
                Err(error) => tried.push(unset(&shown(path), &error.to_string())),
            },
        }
        match metadata::token(&settings.metadata_host, means).await {
            Ok((token, identity)) => {
                let source = "the metadata server of this machine";
                let project = self.project(None, means).await?;
                self.found(&token, About { identity, project, ..About::of(source) }, None)
            }
            Err(failure) => {
                tried.push(unset("the metadata server", &failure.why));
                let next = format!("{LOG_IN}, or set GOOGLE_APPLICATION_CREDENTIALS");
                Err(CredentialsError {
                    tried,
                    may_pass: failure.may_pass,
                    ..CredentialsError::new("no credentials of Google were found", next)
                })
            }
        }
    }

    async fn by_file(
        &self,
        path: &Path,
        text: &[u8],
        means: &Means,
    ) -> Result<Found, CredentialsError> {
        let file = serde_json::from_slice::<File>(text).map_err(|error| {
            // The parser's words may quote a secret; its place in the file does not.
            let (line, column) = (error.line(), error.column());
            let missing = format!(
                "{} holds no credentials of a known type (line {line}, column {column})",
                shown(path)
            );
            CredentialsError::new(missing, LOG_IN)
        })?;
        let token = file.token(&self.0, means).await.map_err(|failure| CredentialsError {
            may_pass: failure.may_pass,
            ..CredentialsError::new(
                format!("no token came of {}: {}", shown(path), failure.why),
                if failure.may_pass { "try again" } else { file.next_step() },
            )
        })?;
        let source = format!("{}, {}", shown(path), file.type_name());
        let project = self.project(Some((path, &file)), means).await?;
        let about = About { identity: file.identity(), project, ..About::of(source) };
        self.found(&token, about, file.quota_project())
    }

    fn found(
        &self,
        token: &Token,
        about: About,
        quota_project: Option<&str>,
    ) -> Result<Found, CredentialsError> {
        let bearer = InHeader::new(KeyHeader::Bearer, &token.secret).ok_or_else(|| {
            let missing = format!("what {} gave is no token", about.source);
            CredentialsError::new(missing, LOG_IN)
        })?;
        let quota_project = self.0.quota_project.as_deref().or(quota_project);
        let quota_project = quota_project.and_then(|name| HeaderValue::from_str(name).ok());
        let pass = Bearer { token: bearer, quota_project };
        Ok(Found::new(pass, About { expires: token.expires, ..about }))
    }
}

impl Source for Google {
    fn name(&self) -> &str {
        "Google's Application Default Credentials"
    }

    fn find<'a>(
        &'a self,
        means: &'a Means,
        _: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>> {
        self.find(means).boxed()
    }
}

impl Pass for Bearer {
    fn sign(&self, request: &mut Request, now: SystemTime) -> Result<(), String> {
        self.token.sign(request, now)?;
        if let Some(project) = &self.quota_project {
            request.headers_mut().entry(QUOTA_PROJECT).or_insert_with(|| project.clone());
        }
        Ok(())
    }

    fn secrets(&self) -> Vec<Secret> {
        self.token.secrets()
    }
}

impl Failure {
    fn lasting(why: impl Into<String>) -> Self {
        Self { why: why.into(), may_pass: false }
    }

    fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), may_pass: true }
    }
}

async fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    fs::read(path).await.map(Zeroizing::new)
}

fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}
