//! Who vouches for a federated identity: a file, a service near by, or a program.
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    Failure, GoogleSettings,
    exchange::{PATIENCE, safe},
    read, shown,
};
use crate::{
    backend::credentials::{Answered, Means, aws},
    redact::{Secret, visible},
};

/// How long a program may take, unless the file says otherwise.
const USUAL_PATIENCE_MS: u64 = 30_000;

/// What is known of a cloud that vouches.
const AWS: &str = "aws1";
const IDENTITY_AT_AWS: &str =
    "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";

/// One of these is set.
#[derive(Deserialize)]
pub(super) struct Subject {
    file: Option<PathBuf>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    format: Format,
    executable: Option<Executable>,
    /// A cloud that vouches, and the version of how it does.
    environment_id: Option<String>,
    regional_cred_verification_url: Option<String>,
}

/// The token is the text, or a member of a JSON object.
#[derive(Default, Deserialize)]
struct Format {
    #[serde(rename = "type")]
    kind: Option<String>,
    subject_token_field_name: Option<String>,
}

#[derive(Deserialize)]
struct Executable {
    command: String,
    timeout_millis: Option<u64>,
    output_file: Option<PathBuf>,
}

/// What the token is for, which a program is told.
pub(super) struct Wanted<'a> {
    pub(super) audience: &'a str,
    pub(super) token_type: &'a str,
    pub(super) account: Option<&'a str>,
}

/// What a program prints.
#[derive(Deserialize)]
struct Printed {
    version: u32,
    success: bool,
    id_token: Option<String>,
    saml_response: Option<String>,
    expiration_time: Option<u64>,
    message: Option<String>,
}

impl Subject {
    pub(super) async fn token(
        &self,
        wanted: &Wanted<'_>,
        settings: &GoogleSettings,
        means: &Means,
    ) -> Result<Secret, Failure> {
        if let Some(environment) = &self.environment_id {
            return self.of_aws(environment, wanted, settings, means).await;
        }
        match (&self.file, &self.url, &self.executable) {
            // Somebody writes it anew, so it is read each time.
            (Some(path), _, _) => {
                let text = read(path).await.map_err(|error| {
                    Failure::lasting(format!("{} can't be read: {error}", shown(path)))
                })?;
                self.format.token(&text)
            }
            (None, Some(url), _) => self.ask(url, means).await,
            (None, None, Some(program)) if settings.allows_programs => {
                program.token(wanted, means).await
            }
            (None, None, Some(_)) => Err(Failure::lasting(
                "it wants to run a program, which GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 allows",
            )),
            (None, None, None) => {
                Err(Failure::lasting("its credential_source is of an unknown kind"))
            }
        }
    }

    /// By a request that Google sends to AWS: whoever has signed it is who AWS says.
    async fn of_aws(
        &self,
        environment: &str,
        wanted: &Wanted<'_>,
        settings: &GoogleSettings,
        means: &Means,
    ) -> Result<Secret, Failure> {
        if environment != AWS {
            let named = visible(environment);
            return Err(Failure::lasting(format!("it is vouched for by {named}, not by {AWS}")));
        }
        let url = self.regional_cred_verification_url.as_deref().unwrap_or(IDENTITY_AT_AWS);
        let vouched = aws::vouch(&settings.aws, url, wanted.audience, means).await;
        vouched.map_err(|error| Failure { may_pass: error.may_pass, why: error.to_string() })
    }

    async fn ask(&self, url: &str, means: &Means) -> Result<Secret, Failure> {
        let url = safe(url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut request = means.client(&url).map_err(Failure::passing)?.get(url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.build().map_err(|_| Failure::lasting("a header of it is none"))?;
        let Answered { status, body } =
            means.ask(request, PATIENCE).await.map_err(Failure::passing)?;
        match status.is_success() {
            true => self.format.token(&body),
            false => {
                Err(Failure::passing(format!("{host} answered with status {}", status.as_u16())))
            }
        }
    }
}

impl Format {
    fn token(&self, text: &[u8]) -> Result<Secret, Failure> {
        let none = || Failure::lasting("what vouches for it is no token of the format that is set");
        let token = match (self.kind.as_deref(), &self.subject_token_field_name) {
            (Some("json"), Some(member)) => {
                let object: Value = serde_json::from_slice(text).map_err(|_| none())?;
                object[member.as_str()].as_str().ok_or_else(none)?.to_owned()
            }
            (Some("json"), None) => return Err(none()),
            _ => std::str::from_utf8(text).map_err(|_| none())?.trim().to_owned(),
        };
        if token.is_empty() { Err(none()) } else { Ok(Secret::new(token)) }
    }
}

impl Executable {
    /// What it has left in its file counts as long as it lasts; then it is run.
    async fn token(&self, wanted: &Wanted<'_>, means: &Means) -> Result<Secret, Failure> {
        let kept = match &self.output_file {
            Some(path) => read(path).await.ok(),
            None => None,
        };
        if let Some(Ok(token)) = kept.map(|text| printed(&text, means.now())) {
            return Ok(token);
        }
        let mut command = self.command.split_whitespace().map(str::to_owned);
        let program = self.command.split_whitespace().next().unwrap_or_default();
        let failed = |why: String| Failure::lasting(format!("`{}` {why}", visible(program)));
        let arguments: Vec<String> =
            wanted.variables(self.output_file.as_deref()).chain(command.by_ref()).collect();
        let patience = Duration::from_millis(self.timeout_millis.unwrap_or(USUAL_PATIENCE_MS));
        let text = means.run("env", &arguments, patience).await;
        let text = text.map_err(|error| failed(format!("gave nothing: {error}")))?;
        printed(text.expose().as_bytes(), means.now()).map_err(failed)
    }
}

impl Wanted<'_> {
    /// What a program is told, as Google's own clients do.
    fn variables(&self, output: Option<&Path>) -> impl Iterator<Item = String> {
        let named = |name: &str, value: &str| format!("GOOGLE_EXTERNAL_ACCOUNT_{name}={value}");
        let mut all = vec![
            named("AUDIENCE", self.audience),
            named("TOKEN_TYPE", self.token_type),
            named("INTERACTIVE", "0"),
        ];
        all.extend(self.account.map(|account| named("IMPERSONATED_EMAIL", account)));
        all.extend(output.map(|path| named("OUTPUT_FILE", &path.to_string_lossy())));
        all.into_iter()
    }
}

/// The token in what a program printed.
fn printed(text: &[u8], now: SystemTime) -> Result<Secret, String> {
    let printed: Printed = serde_json::from_slice(text)
        .map_err(|_| "printed something else than Google's format".to_owned())?;
    if printed.version > 1 {
        return Err(format!("speaks version {} of Google's format", printed.version));
    }
    if !printed.success {
        let said = printed.message.unwrap_or_default();
        return Err(format!("failed: {}", visible(&said)));
    }
    let ends = printed.expiration_time.map(|at| SystemTime::UNIX_EPOCH + Duration::from_secs(at));
    if ends.is_some_and(|ends| ends <= now) {
        return Err("gave a token that has ended".to_owned());
    }
    let token = printed.id_token.or(printed.saml_response);
    token.map(Secret::new).ok_or_else(|| "gave no token".to_owned())
}
