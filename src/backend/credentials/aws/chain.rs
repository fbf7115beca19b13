//! The order in which credentials of AWS are looked for.
use futures::{FutureExt, future::BoxFuture};

use super::{
    About, CredentialsError, DEFAULT_PROFILE, Files, Held, Keys, Means, Surroundings, Tried,
    files::Section,
    given::{NEEDS_CODE, NEEDS_LOGIN},
};

/// Profiles may name each other in a circle.
const MOST_PROFILES: usize = 8;

/// One search through all places.
pub(super) struct Search<'a> {
    pub(super) surroundings: &'a Surroundings,
    pub(super) files: Files,
    pub(super) means: &'a Means,
    pub(super) region: &'a str,
}

/// What comes of a look at one place. An error: there is something, and it does not work.
pub(super) type Looked = Result<Look, CredentialsError>;

pub(super) enum Look {
    Found(Held),
    /// Why there is nothing.
    Nothing(String),
}

impl Search<'_> {
    /// A chosen profile is asked alone. Else the first place that has any counts.
    pub(super) async fn find(&self, chosen: Option<&str>) -> Result<Held, CredentialsError> {
        let mut tried = Vec::new();
        let mut note = |place: &str, look: Look| match look {
            Look::Found(held) => Some(held),
            Look::Nothing(outcome) => {
                tried.push(Tried { place: place.to_owned(), outcome });
                None
            }
        };
        if chosen.is_none() {
            let look = self.of_variables();
            if let Some(held) = note("AWS_ACCESS_KEY_ID", look) {
                return Ok(held);
            }
        }
        let name = chosen.unwrap_or_else(|| self.surroundings.profile());
        let is_asked_for = chosen.is_some() || name != DEFAULT_PROFILE;
        let look = self.of_profile(name, 0).await?;
        if let Some(held) = note(&self.place_of(name), look) {
            return Ok(held);
        }
        if is_asked_for {
            return Err(CredentialsError {
                tried,
                ..CredentialsError::new(
                    format!("the profile `{name}` of AWS holds no credentials"),
                    format!(
                        "choose another profile, or run `aws configure --profile {name}` or `aws configure sso --profile {name}`"
                    ),
                )
            });
        }
        let look = self.of_web_identity().await?;
        if let Some(held) = note("AWS_WEB_IDENTITY_TOKEN_FILE", look) {
            return Ok(held);
        }
        let look = self.of_container().await?;
        if let Some(held) = note("the container's credentials", look) {
            return Ok(held);
        }
        let look = self.of_machine().await?;
        if let Some(held) = note("this machine's role (IMDS)", look) {
            return Ok(held);
        }
        let next = "run `aws configure sso` or `aws configure`, or set AWS_BEARER_TOKEN_BEDROCK, or the backend's `profile`";
        Err(CredentialsError {
            tried,
            ..CredentialsError::new("no credentials of AWS were found", next)
        })
    }

    fn place_of(&self, profile: &str) -> String {
        let [config, credentials] = &self.files.places;
        format!("profile `{profile}` in {} and {}", config.display(), credentials.display())
    }

    /// `depth` counts the profiles that led to this one.
    fn of_profile<'b>(&'b self, name: &'b str, depth: usize) -> BoxFuture<'b, Looked> {
        async move {
            let Some(profile) = self.files.profile(name) else {
                return Ok(Look::Nothing("there is no such profile".to_owned()));
            };
            // Where another profile takes its credentials from this one, keys of its own go before a role.
            let is_end = depth > 0 && profile.get("aws_access_key_id").is_some();
            match profile.get("role_arn").filter(|_| !is_end) {
                Some(role) => self.of_role(role, profile, name, depth).await.map(Look::Found),
                None => self.of_own(profile, name).await,
            }
        }
        .boxed()
    }

    async fn of_role(
        &self,
        role: &str,
        profile: &Section,
        name: &str,
        depth: usize,
    ) -> Result<Held, CredentialsError> {
        if profile.get("mfa_serial").is_some() {
            return self.by_program(name, NEEDS_CODE).await;
        }
        if let Some(file) = profile.get("web_identity_token_file") {
            return self.assume_by_token(role, file, profile, name).await;
        }
        let by = self.of_source(profile, name, depth).await?;
        self.assume(role, profile, name, &by).await
    }

    /// The credentials by which a profile takes on its role.
    async fn of_source(
        &self,
        profile: &Section,
        name: &str,
        depth: usize,
    ) -> Result<Held, CredentialsError> {
        if let Some(source) = profile.get("credential_source") {
            return self.of_named_source(name, source).await;
        }
        let source = profile.get("source_profile").ok_or_else(|| {
            CredentialsError::new(
                format!("the profile `{name}` of AWS names a role and not by whom it is taken on"),
                "add `source_profile` or `credential_source` to it",
            )
        })?;
        if depth == MOST_PROFILES {
            return Err(CredentialsError::new(
                format!("the profile `{name}` of AWS takes its credentials from too many others"),
                "see that no `source_profile` leads in a circle",
            ));
        }
        let look = match source == name {
            true => self.of_own(profile, name).await?,
            false => self.of_profile(source, depth + 1).await?,
        };
        match look {
            Look::Found(held) => Ok(held),
            Look::Nothing(outcome) => Err(CredentialsError::new(
                format!(
                    "the profile `{name}` of AWS takes its credentials from the profile `{source}`: {outcome}"
                ),
                format!("correct its `source_profile` in {}", self.files.places[0].display()),
            )),
        }
    }

    /// What a profile has without another.
    async fn of_own(&self, profile: &Section, name: &str) -> Looked {
        if profile.get("sso_session").or(profile.get("sso_start_url")).is_some() {
            return self.of_sso(profile, name).await.map(Look::Found);
        }
        if let Some(held) = self.of_keys(profile, name) {
            return Ok(Look::Found(held));
        }
        if let Some(command) = profile.get("credential_process") {
            return self.of_process(command, name).await.map(Look::Found);
        }
        if profile.get("login_session").is_some() {
            return self.by_program(name, NEEDS_LOGIN).await.map(Look::Found);
        }
        Ok(Look::Nothing("it names no credentials".to_owned()))
    }

    fn of_keys(&self, profile: &Section, name: &str) -> Option<Held> {
        let (id, secret) =
            (profile.get("aws_access_key_id")?, profile.get("aws_secret_access_key")?);
        let keys = Keys::new(id, secret, profile.get("aws_session_token"));
        let identity = Some(keys.name());
        let about = About { identity, ..About::of(self.place_of(name)) };
        Some(Held { keys, about })
    }

    async fn of_named_source(&self, profile: &str, source: &str) -> Result<Held, CredentialsError> {
        let look = match source {
            "Environment" => self.of_variables(),
            "EcsContainer" => self.of_container().await?,
            "Ec2InstanceMetadata" => self.of_machine().await?,
            _ => Look::Nothing("there is no such source".to_owned()),
        };
        match look {
            Look::Found(held) => Ok(held),
            Look::Nothing(outcome) => Err(CredentialsError::new(
                format!(
                    "the profile `{profile}` of AWS takes its credentials from {source}: {outcome}"
                ),
                "correct its `credential_source`",
            )),
        }
    }
}
