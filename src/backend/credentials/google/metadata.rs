//! The metadata service of a machine at Google, which gives out tokens of the account that the machine runs as.
use std::time::Duration;

use super::{
    Failure,
    exchange::{Given, Token},
};
use crate::{
    backend::credentials::{Answered, Means},
    redact::visible,
};

const TOKEN: &str = "instance/service-accounts/default/token";
const EMAIL: &str = "instance/service-accounts/default/email";
const PROJECT: &str = "project/project-id";
/// Where there is one, it is near.
const PATIENCE: Duration = Duration::from_secs(3);

/// The project that the machine belongs to.
pub(super) async fn project(host: &str, means: &Means) -> Result<String, Failure> {
    let answered = ask(host, PROJECT, means).await?;
    let id = std::str::from_utf8(&answered.body).ok().filter(|_| answered.status.is_success());
    let id = id.map(|id| visible(id.trim()).into_owned());
    id.ok_or_else(|| Failure::lasting(format!("{host} names none")))
}

/// A token, and whose it is.
pub(super) async fn token(host: &str, means: &Means) -> Result<(Token, Option<String>), Failure> {
    let answered = ask(host, TOKEN, means).await?;
    if !answered.status.is_success() {
        let why = format!("{host} answered with status {}", answered.status.as_u16());
        return Err(match answered.status.is_server_error() {
            true => Failure::passing(why),
            false => Failure::lasting(why),
        });
    }
    let given: Given = serde_json::from_slice(&answered.body)
        .map_err(|_| Failure::lasting(format!("{host} answered with something else")))?;
    let email = ask(host, EMAIL, means).await.ok().filter(|it| it.status.is_success());
    let email =
        email.and_then(|it| Some(visible(std::str::from_utf8(&it.body).ok()?.trim()).into_owned()));
    Ok((given.token(means.now()), email))
}

async fn ask(host: &str, what: &str, means: &Means) -> Result<Answered, Failure> {
    let url = format!("http://{host}/computeMetadata/v1/{what}");
    let url = url.parse().map_err(|_| Failure::lasting("GCE_METADATA_HOST is no host"))?;
    let request = means.client(&url).map_err(Failure::lasting)?.get(url);
    // Who can't set a header, such as a page in a browser, gets none.
    let request = request.header("metadata-flavor", "Google").build();
    let request = request.map_err(|error| Failure::lasting(error.to_string()))?;
    means.ask(request, PATIENCE).await.map_err(Failure::lasting)
}
