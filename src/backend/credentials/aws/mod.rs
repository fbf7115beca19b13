//! Credentials of AWS: looked for where AWS's own programs look, in their order, and put onto requests as signatures.
mod chain;
mod files;
mod given;
mod identity;
mod nearby;
mod sign;
mod sso;
mod sts;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use futures::{FutureExt, future::BoxFuture};
use reqwest::Request;

use super::{About, CredentialsError, Found, Means, Pass, Source, Tried, Why};
use crate::{redact::Secret, wire::ServiceError};

use files::Files;

pub(super) use identity::vouch;

/// Without a name, somebody's profile is this one.
const DEFAULT_PROFILE: &str = "default";

/// What AWS's own programs go by: the variables that begin with `AWS_`, and files below the home directory.
#[derive(Clone, Default)]
pub struct Surroundings {
    variables: BTreeMap<String, Secret>,
    home: Option<PathBuf>,
}

/// What a signature is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Such as `eu-central-1`.
    pub region: String,
    /// Such as `bedrock`.
    pub service: String,
}

/// Finds whatever credentials AWS's own programs would find.
#[derive(Debug)]
pub struct Aws {
    surroundings: Surroundings,
    /// The user's choice, which goes before all else.
    profile: Option<String>,
    scope: Scope,
}

/// What requests are signed with.
#[derive(Debug)]
struct Keys {
    id: String,
    secret: Secret,
    session_token: Option<Secret>,
}

/// Keys, and what there is to say of them.
struct Held {
    keys: Keys,
    about: About,
}

#[derive(Debug)]
struct Signature {
    keys: Keys,
    scope: Scope,
}

impl Surroundings {
    /// Of all variables those of AWS are kept.
    pub fn new(
        variables: impl IntoIterator<Item = (String, String)>,
        home: Option<PathBuf>,
    ) -> Self {
        let variables = variables.into_iter();
        let aws = variables.filter(|(name, value)| name.starts_with("AWS_") && !value.is_empty());
        Self { variables: aws.map(|(name, value)| (name, Secret::new(value))).collect(), home }
    }

    /// The region that variables or a profile name.
    pub fn region(&self, profile: Option<&str>) -> Option<String> {
        let of_variable =
            ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|it| self.get(it));
        if let (None, Some(region)) = (profile, of_variable) {
            return Some(region.to_owned());
        }
        let files = Files::read(self);
        let of_profile = files.profile(profile.unwrap_or_else(|| self.profile()))?.get("region");
        of_profile.or(of_variable).map(str::to_owned)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.expose().trim()).filter(|it| !it.is_empty())
    }

    fn profile(&self) -> &str {
        let names = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
        names.into_iter().find_map(|name| self.get(name)).unwrap_or(DEFAULT_PROFILE)
    }

    /// A path below `~/.aws`.
    fn below_aws(&self, path: &str) -> PathBuf {
        // Without a home directory nothing stands there.
        let home = self.home.as_deref().unwrap_or(Path::new("/nowhere"));
        home.join(".aws").join(path)
    }

    /// A path in which `~` may stand for the home directory.
    fn expanded(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            (Some(_) | None, _) => path.into(),
        }
    }

    /// Where a service of AWS is reached: at the address that a variable names, else at its own in the region.
    fn endpoint(&self, service: &str, variable: &str, region: &str) -> String {
        let named = self.get(variable).or_else(|| self.get("AWS_ENDPOINT_URL"));
        named.map_or_else(
            || format!("https://{service}.{region}.{}", domain(region)),
            |url| url.trim_end_matches('/').to_owned(),
        )
    }
}

/// The domain of AWS in a part of the world.
pub(in crate::backend) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

impl Aws {
    pub fn new(surroundings: Surroundings, profile: Option<String>, scope: Scope) -> Self {
        Self { surroundings, profile, scope }
    }
}

impl Source for Aws {
    fn name(&self) -> &str {
        "the credentials of AWS"
    }

    fn find<'a>(
        &'a self,
        means: &'a Means,
        _: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>> {
        let search = chain::Search {
            surroundings: &self.surroundings,
            files: Files::read(&self.surroundings),
            means,
            region: &self.scope.region,
        };
        async move {
            let Held { keys, about } = search.find(self.profile.as_deref()).await?;
            Ok(Found::new(Signature { keys, scope: self.scope.clone() }, about))
        }
        .boxed()
    }

    fn is_renewed_after(&self, refusal: &ServiceError) -> bool {
        const STALE: [&str; 4] = [
            "ExpiredToken",
            "ExpiredTokenException",
            "UnrecognizedClientException",
            "InvalidClientTokenId",
        ];
        let has_expired =
            refusal.message.contains("security token included in the request is expired");
        refusal.status == Some(401)
            || has_expired
            || refusal.code.as_deref().is_some_and(|code| STALE.contains(&code))
    }
}

impl Pass for Signature {
    fn sign(&self, request: &mut Request, now: SystemTime) -> Result<(), String> {
        sign::sign(request, &self.keys, &self.scope, now)
    }

    fn secrets(&self) -> Vec<Secret> {
        let Keys { secret, session_token, .. } = &self.keys;
        [secret].into_iter().chain(session_token).cloned().collect()
    }
}

impl Keys {
    fn new(id: &str, secret: &str, session_token: Option<&str>) -> Self {
        let session_token = session_token.filter(|token| !token.is_empty());
        Self {
            id: id.to_owned(),
            secret: Secret::new(secret.to_owned()),
            session_token: session_token.map(|token| Secret::new(token.to_owned())),
        }
    }

    /// Which key it is, for people: enough to tell it from another.
    fn name(&self) -> String {
        let start: String = self.id.chars().take(4).collect();
        let rest = self.id.chars().count().saturating_sub(4);
        let end: String = self.id.chars().skip(rest.max(4)).collect();
        format!("access key {start}…{end}")
    }
}

/// Names alone: values may be secrets.
impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.variables.keys()).finish()
    }
}
