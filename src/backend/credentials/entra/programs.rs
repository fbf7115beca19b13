//! Microsoft's command-line programs, which hold the login of a person: `az` and `azd`.
use std::time::Duration;

use serde::Deserialize;

use super::{
    EntraSettings, Passed, resource,
    token::{Token, When},
};
use crate::{
    backend::credentials::{Means, ProgramError},
    redact::Secret,
};

/// `az` takes seconds to start, and may renew its own login.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct OfAz {
    #[serde(rename = "accessToken")]
    token: Secret,
    /// Seconds since 1970; older versions have none.
    expires_on: Option<When>,
    /// A time of this machine.
    #[serde(rename = "expiresOn")]
    local: Option<When>,
}

#[derive(Deserialize)]
struct OfAzd {
    token: Secret,
    #[serde(rename = "expiresOn")]
    expires: Option<When>,
}

pub(super) async fn az(
    settings: &EntraSettings,
    scope: &str,
    means: &Means,
) -> Result<Token, Passed> {
    let line = ["account", "get-access-token", "--output", "json", "--resource", resource(scope)];
    let mut arguments = line.map(str::to_owned).to_vec();
    if let Some(tenant) = &settings.tenant {
        arguments.extend(["--tenant".to_owned(), tenant.clone()]);
    }
    let printed = run("az", &arguments, means).await?;
    let given: OfAz = serde_json::from_str(printed.expose()).map_err(|_| strange())?;
    let expires = given.expires_on.and_then(|when| when.time());
    Ok(Token {
        secret: given.token,
        expires: expires.or_else(|| given.local?.time()),
        source: "`az`".to_owned(),
    })
}

pub(super) async fn azd(
    settings: &EntraSettings,
    scope: &str,
    means: &Means,
) -> Result<Token, Passed> {
    let line = ["auth", "token", "--output", "json", "--no-prompt", "--scope", scope];
    let mut arguments = line.map(str::to_owned).to_vec();
    if let Some(tenant) = &settings.tenant {
        arguments.extend(["--tenant-id".to_owned(), tenant.clone()]);
    }
    let printed = run("azd", &arguments, means).await?;
    let given: OfAzd = serde_json::from_str(printed.expose()).map_err(|_| strange())?;
    Ok(Token {
        secret: given.token,
        expires: given.expires.and_then(|when| when.time()),
        source: "`azd`".to_owned(),
    })
}

async fn run(program: &str, arguments: &[String], means: &Means) -> Result<Secret, Passed> {
    means.run(program, arguments, PATIENCE).await.map_err(|error| {
        Passed::Over(match error {
            ProgramError::Missing => "it is not installed".to_owned(),
            ProgramError::Failed(_) | ProgramError::TimedOut(_) => error.to_string(),
        })
    })
}

fn strange() -> Passed {
    Passed::Over("what it printed holds no token".to_owned())
}
