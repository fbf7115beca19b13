//! Tokens of Microsoft Entra ID, by the places where Microsoft's own clients look for them, in their order.
mod certificate;
mod endpoint;
mod managed;
mod programs;
mod token;

use std::{
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{FutureExt, future::BoxFuture};

use super::{CredentialsError, Found, Means, Source, Tried, Why};
use crate::{redact::Secret, wire::ServiceError};

use token::Token;

/// What the environment and the configuration say of it.
#[derive(Debug, Clone, Default)]
pub struct EntraSettings {
    pub tenant: Option<String>,
    pub client: Option<String>,
    pub client_secret: Option<Secret>,
    /// A client's certificate and its private key, in PEM.
    pub certificate: Option<PathBuf>,
    /// Whether the certificate is shown with those of its issuers.
    pub sends_chain: bool,
    pub federated_token_file: Option<PathBuf>,
    /// Where tokens are given out, such as `https://login.microsoftonline.com`.
    pub authority: String,
    /// Of App Service, Functions and others that have a service of their own.
    pub identity_endpoint: Option<String>,
    pub identity_header: Option<Secret>,
    /// Where the metadata service of a virtual machine is, such as `http://169.254.169.254`.
    pub metadata: String,
    /// `dev`, `prod`, or one place by the name of its class; as `AZURE_TOKEN_CREDENTIALS` has it.
    pub only: Option<String>,
    /// What the token is to be for, such as `https://ai.azure.com/.default`. The first counts, unless the service refuses
    /// it for its audience.
    pub scopes: Vec<String>,
    /// What to set for a key in place of all this.
    pub key_variable: String,
}

#[derive(Debug)]
pub struct Entra {
    settings: EntraSettings,
    scope: AtomicUsize,
    /// The place that had a token: from then on it is the only one, so that nobody becomes someone else unasked.
    place: OnceLock<Place>,
}

/// Where a token may be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    ClientSecret,
    ClientCertificate,
    WorkloadIdentity,
    ManagedIdentity,
    AzureCli,
    DeveloperCli,
}

/// Why a place gave none.
enum Passed {
    /// It is not set up: the next one is looked at.
    Over(String),
    /// It is set up, and does not work: that is told, and no other is looked at.
    Stop(CredentialsError),
}

impl Place {
    const ALL: [Self; 6] = [
        Self::ClientSecret,
        Self::ClientCertificate,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::DeveloperCli,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::ClientSecret => "client secret",
            Self::ClientCertificate => "client certificate",
            Self::WorkloadIdentity => "workload identity",
            Self::ManagedIdentity => "managed identity",
            Self::AzureCli => "az",
            Self::DeveloperCli => "azd",
        }
    }

    /// As `AZURE_TOKEN_CREDENTIALS` calls it.
    fn class(self) -> &'static str {
        match self {
            Self::ClientSecret | Self::ClientCertificate => "EnvironmentCredential",
            Self::WorkloadIdentity => "WorkloadIdentityCredential",
            Self::ManagedIdentity => "ManagedIdentityCredential",
            Self::AzureCli => "AzureCliCredential",
            Self::DeveloperCli => "AzureDeveloperCliCredential",
        }
    }

    fn is_of_developers(self) -> bool {
        match self {
            Self::ClientSecret
            | Self::ClientCertificate
            | Self::WorkloadIdentity
            | Self::ManagedIdentity => false,
            Self::AzureCli | Self::DeveloperCli => true,
        }
    }
}

impl Entra {
    pub fn new(settings: EntraSettings) -> Self {
        Self { settings, scope: AtomicUsize::new(0), place: OnceLock::new() }
    }

    async fn find(&self, means: &Means, why: &Why) -> Result<Found, CredentialsError> {
        if let Why::Refused(refusal) = why
            && is_of_audience(refusal)
        {
            self.scope.fetch_add(1, Ordering::Relaxed);
        }
        let scopes = &self.settings.scopes;
        let number = self.scope.load(Ordering::Relaxed) % scopes.len().max(1);
        let scope = scopes.get(number).map_or("", String::as_str);
        let mut tried = Vec::new();
        for place in self.places()? {
            match self.ask(place, scope, means).await {
                Ok(token) => {
                    let _ = self.place.set(place);
                    return token.found();
                }
                Err(Passed::Stop(error)) => return Err(CredentialsError { tried, ..error }),
                Err(Passed::Over(outcome)) => {
                    tried.push(Tried { place: place.name().to_owned(), outcome });
                }
            }
        }
        Err(self.none(tried))
    }

    fn places(&self) -> Result<Vec<Place>, CredentialsError> {
        if let Some(place) = self.place.get() {
            return Ok(vec![*place]);
        }
        let all = Place::ALL.into_iter();
        Ok(match self.settings.only.as_deref().map(str::trim) {
            None => all.collect(),
            Some(only) if only.eq_ignore_ascii_case("dev") => {
                all.filter(|place| place.is_of_developers()).collect()
            }
            Some(only) if only.eq_ignore_ascii_case("prod") => {
                all.filter(|place| !place.is_of_developers()).collect()
            }
            Some(only) => {
                let is_meant = |place: &Place| place.class().eq_ignore_ascii_case(only);
                let places: Vec<Place> = all.clone().filter(is_meant).collect();
                if places.is_empty() {
                    let mut known: Vec<_> = all.map(Place::class).collect();
                    known.dedup();
                    let next = format!("set it to dev, prod, {}", known.join(", "));
                    let missing = "AZURE_TOKEN_CREDENTIALS names nothing known here";
                    return Err(CredentialsError::new(missing, next));
                }
                places
            }
        })
    }

    async fn ask(&self, place: Place, scope: &str, means: &Means) -> Result<Token, Passed> {
        match place {
            Place::ClientSecret => endpoint::by_secret(&self.settings, scope, means).await,
            Place::ClientCertificate => {
                endpoint::by_certificate(&self.settings, scope, means).await
            }
            Place::WorkloadIdentity => endpoint::by_assertion(&self.settings, scope, means).await,
            Place::ManagedIdentity => managed::identity(&self.settings, scope, means).await,
            Place::AzureCli => programs::az(&self.settings, scope, means).await,
            Place::DeveloperCli => programs::azd(&self.settings, scope, means).await,
        }
    }

    fn none(&self, tried: Vec<Tried>) -> CredentialsError {
        let has = |place: Place| tried.iter().any(|it| it.place == place.name());
        let key = &self.settings.key_variable;
        let next = match (has(Place::AzureCli), has(Place::DeveloperCli)) {
            (true, _) => format!("run `az login`, or set {key}"),
            (false, true) => format!("run `azd auth login`, or set {key}"),
            (false, false) => format!("set AZURE_CLIENT_SECRET and what belongs to it, or {key}"),
        };
        let missing = "no token of Microsoft Entra ID was found";
        CredentialsError { tried, ..CredentialsError::new(missing, next) }
    }
}

impl Source for Entra {
    fn name(&self) -> &str {
        "Microsoft Entra ID"
    }

    fn find<'a>(
        &'a self,
        means: &'a Means,
        why: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>> {
        self.find(means, why).boxed()
    }
}

/// The token is right, but for another service.
fn is_of_audience(refusal: &ServiceError) -> bool {
    refusal.message.to_ascii_lowercase().contains("audience")
}

/// What a token is for, as older services name it.
fn resource(scope: &str) -> &str {
    scope.strip_suffix("/.default").unwrap_or(scope)
}
