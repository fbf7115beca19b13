//! The types of credentials that a file may hold, and how each of them comes to a token.
use serde::Deserialize;

use super::{
    Failure, GoogleSettings, LOG_IN, SCOPE,
    assertion::assertion,
    exchange::{Client, Token, exchange, impersonate},
    subject::{Subject, Wanted},
};
use crate::{
    backend::credentials::Means,
    redact::{Secret, visible},
};

const TOKENS: &str = "https://oauth2.googleapis.com/token";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum File {
    AuthorizedUser(User),
    ServiceAccount(Account),
    ExternalAccount(Box<External>),
    ExternalAccountAuthorizedUser(ExternalUser),
    ImpersonatedServiceAccount(Impersonated),
}

/// Someone who has logged in.
#[derive(Deserialize)]
pub(super) struct User {
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
    token_uri: Option<String>,
    account: Option<String>,
    quota_project_id: Option<String>,
}

/// A key of an account that belongs to a program.
#[derive(Deserialize)]
pub(super) struct Account {
    pub(super) client_email: String,
    pub(super) private_key_id: Option<String>,
    pub(super) private_key: Secret,
    token_uri: Option<String>,
    project_id: Option<String>,
    quota_project_id: Option<String>,
}

/// An identity that somebody else vouches for: workload identity federation.
#[derive(Deserialize)]
pub(super) struct External {
    audience: String,
    subject_token_type: String,
    token_url: String,
    service_account_impersonation_url: Option<String>,
    #[serde(default)]
    service_account_impersonation: Lifetime,
    credential_source: Subject,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    workforce_pool_user_project: Option<String>,
    quota_project_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct Lifetime {
    token_lifetime_seconds: Option<u32>,
}

/// Someone of a workforce who has logged in elsewhere.
#[derive(Deserialize)]
pub(super) struct ExternalUser {
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
    token_url: String,
    quota_project_id: Option<String>,
}

/// One account by means of another.
#[derive(Deserialize)]
pub(super) struct Impersonated {
    service_account_impersonation_url: String,
    source_credentials: Box<File>,
    #[serde(default)]
    delegates: Vec<String>,
    quota_project_id: Option<String>,
}

impl File {
    pub(super) async fn token(
        &self,
        settings: &GoogleSettings,
        means: &Means,
    ) -> Result<Token, Failure> {
        match self {
            Self::AuthorizedUser(user) => user.token(means).await,
            Self::ServiceAccount(account) => account.token(means).await,
            Self::ExternalAccount(external) => external.token(settings, means).await,
            Self::ExternalAccountAuthorizedUser(user) => user.token(means).await,
            Self::ImpersonatedServiceAccount(account) => {
                let source = Box::pin(account.source_credentials.token(settings, means)).await?;
                let url = &account.service_account_impersonation_url;
                impersonate(url, &source, &account.delegates, None, means).await
            }
        }
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::AuthorizedUser(_) => "a user's login",
            Self::ServiceAccount(_) => "the key of a service account",
            Self::ExternalAccount(_) => "a federated identity",
            Self::ExternalAccountAuthorizedUser(_) => "the login of a workforce",
            Self::ImpersonatedServiceAccount(_) => "an impersonated service account",
        }
    }

    /// As whom they let in, where the file says so.
    pub(super) fn identity(&self) -> Option<String> {
        let name = match self {
            Self::AuthorizedUser(user) => user.account.as_deref().filter(|it| !it.is_empty()),
            Self::ServiceAccount(account) => Some(account.client_email.as_str()),
            Self::ExternalAccount(external) => {
                let url = external.service_account_impersonation_url.as_deref();
                url.and_then(impersonated).or(Some(external.audience.as_str()))
            }
            Self::ExternalAccountAuthorizedUser(_) => None,
            Self::ImpersonatedServiceAccount(account) => {
                impersonated(&account.service_account_impersonation_url)
            }
        };
        name.map(|name| visible(name).into_owned())
    }

    /// That it belongs to, where the file says so.
    pub(super) fn project(&self) -> Option<&str> {
        match self {
            Self::ServiceAccount(account) => account.project_id.as_deref(),
            Self::ImpersonatedServiceAccount(account) => account.source_credentials.project(),
            Self::AuthorizedUser(_)
            | Self::ExternalAccount(_)
            | Self::ExternalAccountAuthorizedUser(_) => None,
        }
    }

    pub(super) fn quota_project(&self) -> Option<&str> {
        let project = match self {
            Self::AuthorizedUser(user) => &user.quota_project_id,
            Self::ServiceAccount(account) => &account.quota_project_id,
            Self::ExternalAccount(external) => &external.quota_project_id,
            Self::ExternalAccountAuthorizedUser(user) => &user.quota_project_id,
            Self::ImpersonatedServiceAccount(account) => {
                let of_source = || account.source_credentials.quota_project();
                return account.quota_project_id.as_deref().or_else(of_source);
            }
        };
        project.as_deref()
    }

    /// What to do where they give no token.
    pub(super) fn next_step(&self) -> &'static str {
        match self {
            Self::AuthorizedUser(_) => LOG_IN,
            Self::ServiceAccount(_) => "check that the account is there and its key still counts",
            Self::ExternalAccount(_) => "check the pool, its provider and what vouches for you",
            Self::ExternalAccountAuthorizedUser(_) => {
                "run `gcloud auth application-default login` with the workforce's login file"
            }
            Self::ImpersonatedServiceAccount(_) => {
                "check that you hold the role Service Account Token Creator on the account"
            }
        }
    }
}

impl User {
    async fn token(&self, means: &Means) -> Result<Token, Failure> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose()),
            ("refresh_token", self.refresh_token.expose()),
        ];
        let url = self.token_uri.as_deref().unwrap_or(TOKENS);
        exchange(url, &form, Client::InForm, means).await
    }
}

impl ExternalUser {
    async fn token(&self, means: &Means) -> Result<Token, Failure> {
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", self.refresh_token.expose())];
        let client = Client::InHeader(&self.client_id, &self.client_secret);
        exchange(&self.token_url, &form, client, means).await
    }
}

impl Account {
    async fn token(&self, means: &Means) -> Result<Token, Failure> {
        let url = self.token_uri.as_deref().unwrap_or(TOKENS);
        let assertion = assertion(self, url, means.now()).map_err(Failure::lasting)?;
        let form = [("grant_type", JWT_BEARER), ("assertion", assertion.expose())];
        exchange(url, &form, Client::InForm, means).await
    }
}

impl External {
    async fn token(&self, settings: &GoogleSettings, means: &Means) -> Result<Token, Failure> {
        let wanted = Wanted {
            audience: &self.audience,
            token_type: &self.subject_token_type,
            account: self.service_account_impersonation_url.as_deref().and_then(impersonated),
        };
        let subject = self.credential_source.token(&wanted, settings, means).await?;
        let mut form = vec![
            ("grant_type", EXCHANGE),
            ("audience", &self.audience),
            ("scope", SCOPE),
            ("requested_token_type", ACCESS_TOKEN),
            ("subject_token_type", &self.subject_token_type),
            ("subject_token", subject.expose()),
        ];
        let project = self.workforce_pool_user_project.as_ref();
        let options = project.map(|it| serde_json::json!({ "userProject": it }).to_string());
        if let (Some(options), None) = (&options, &self.client_id) {
            form.push(("options", options));
        }
        let client = match (&self.client_id, &self.client_secret) {
            (Some(id), Some(secret)) => Client::InHeader(id, secret),
            (_, _) => Client::InForm,
        };
        let token = exchange(&self.token_url, &form, client, means).await?;
        match &self.service_account_impersonation_url {
            Some(url) => {
                let lifetime = self.service_account_impersonation.token_lifetime_seconds;
                impersonate(url, &token, &[], lifetime, means).await
            }
            None => Ok(token),
        }
    }
}

/// The account whose tokens an address gives.
fn impersonated(url: &str) -> Option<&str> {
    let (_, name) = url.rsplit_once('/')?;
    name.strip_suffix(":generateAccessToken")
}
