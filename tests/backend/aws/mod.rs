//! Credentials of AWS: every place where they may be, in their order, against stand-ins for AWS's own services.
mod chain;
mod nearby;
mod roles;
mod sso;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use bowline::{
    backend::{
        About, Aws, Credentials, CredentialsError, Means, ProgramError, Programs, Scope,
        Surroundings,
    },
    redact::Secret,
};
use futures::{FutureExt, future::BoxFuture};
use tempfile::TempDir;

/// 2026-11-23T12:00:00Z.
const NOON: u64 = 1_795_435_200;

/// Programs that write this to standard output, by the start of their line.
#[derive(Debug, Default)]
struct Scripts(Vec<(&'static str, Result<&'static str, ProgramError>)>);

impl Programs for Scripts {
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        _: Duration,
    ) -> BoxFuture<'a, Result<Secret, ProgramError>> {
        let line = format!("{program} {}", arguments.join(" "));
        let script = self.0.iter().find(|(start, _)| line.starts_with(start));
        let written = script.map_or(Err(ProgramError::Missing), |(_, written)| written.clone());
        async move { written.map(|text| Secret::new(text.to_owned())) }.boxed()
    }
}

/// A home directory and variables of its own.
struct Machine {
    home: TempDir,
    variables: Vec<(String, String)>,
    scripts: Scripts,
    profile: Option<&'static str>,
}

impl Machine {
    /// It is no machine of AWS.
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join(".aws/sso/cache")).unwrap();
        Self { home, variables: Vec::new(), scripts: Scripts::default(), profile: None }
            .variable("AWS_EC2_METADATA_DISABLED", "true")
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.home.path().join(".aws").join(name), text).unwrap();
        self
    }

    fn script(mut self, start: &'static str, written: Result<&'static str, ProgramError>) -> Self {
        self.scripts.0.push((start, written));
        self
    }

    fn profile(mut self, name: &'static str) -> Self {
        self.profile = Some(name);
        self
    }

    async fn find(self) -> Result<About, CredentialsError> {
        self.find_at([NOON]).await.remove(0)
    }

    /// What its credentials are at each of these times, of which none is before the other.
    async fn find_at(
        self,
        times: impl IntoIterator<Item = u64>,
    ) -> Vec<Result<About, CredentialsError>> {
        let home = self.home.path().to_owned();
        let surroundings = Surroundings::new(self.variables, Some(home));
        let scope = Scope { region: "eu-central-1".into(), service: "bedrock".into() };
        let chain = Aws::new(surroundings, self.profile.map(str::to_owned), scope);
        let time = Arc::new(AtomicU64::new(NOON));
        let clock = Arc::clone(&time);
        let means =
            Means::new(Arc::new(self.scripts)).with_clock(move || at(clock.load(Ordering::SeqCst)));
        let credentials = Credentials::new(chain, means);
        let mut found = Vec::new();
        for now in times {
            time.store(now, Ordering::SeqCst);
            found.push(credentials.about().await);
        }
        let printed = format!("{credentials:?}");
        assert!(!printed.contains("hidden"), "{printed}");
        found
    }

    /// Source and identity of what was found, or the sentence of why there is nothing.
    async fn told(self) -> String {
        match self.find().await {
            Ok(about) => format!("{} as {}", about.source, about.identity.unwrap_or_default()),
            Err(error) => error.to_string(),
        }
    }
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

const KEYS: &str = "aws_access_key_id = AKIAFILEFILEFILE\naws_secret_access_key = hidden\n";
const PROCESS: &str = r#"{"Version":1,"AccessKeyId":"ASIAPROGRAMS","SecretAccessKey":"hidden","SessionToken":"t","Expiration":"2026-11-23T13:00:00Z"}"#;
