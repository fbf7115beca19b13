//! Credentials that a container or a machine of AWS has of itself.
use std::{net::IpAddr, time::Duration};

use reqwest::{Method, Request, header::HeaderValue};
use url::{Host, Url};

use super::{
    CredentialsError, Held, Means,
    chain::{Look, Looked, Search},
    given::Told,
};
use crate::backend::{credentials::Answered, endpoint::is_loopback};

const CONTAINER: &str = "http://169.254.170.2";
/// Where containers are told their credentials over plain HTTP.
const CONTAINERS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
const MACHINE: &str = "http://169.254.169.254";
/// They answer at once where they are.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a token for a machine's metadata is asked to hold, in seconds.
const TOKEN_SECONDS: &str = "21600";

impl Search<'_> {
    /// Of a task of ECS, a pod of EKS, or whoever speaks as these do.
    pub(super) async fn of_container(&self) -> Looked {
        let relative = self.surroundings.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        let full = self.surroundings.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        let address = match (relative, full) {
            (Some(path), _) => format!("{CONTAINER}{path}"),
            (None, Some(full)) => full.to_owned(),
            (None, None) => return Ok(Look::Nothing("no container names any".to_owned())),
        };
        let failed = |how: String| {
            CredentialsError::new(
                format!("the container's credentials of AWS can't be had: {how}"),
                "look at AWS_CONTAINER_CREDENTIALS_FULL_URI and at the role of the task or pod",
            )
        };
        let url = Url::parse(&address).ok().filter(is_a_containers);
        let url = url.ok_or_else(|| {
            failed(
                "its address is neither https nor one of this machine or of a container".to_owned(),
            )
        })?;
        let mut request = Request::new(Method::GET, url);
        if let Some(token) = self.container_token().map_err(failed)? {
            request.headers_mut().insert(reqwest::header::AUTHORIZATION, token);
        }
        let answered = self.means.ask(request, PATIENCE).await;
        let answered = answered.map_err(|error| passing(failed(error)))?;
        let held = told(&answered, format!("the container's service at {address}"));
        held.map(Look::Found).map_err(failed)
    }

    fn container_token(&self) -> Result<Option<HeaderValue>, String> {
        let file = self.surroundings.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        let token = match file {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| format!("the file with its token, {file}: {error}"))?,
            None => match self.surroundings.get("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
                Some(token) => token.to_owned(),
                None => return Ok(None),
            },
        };
        let mut value = HeaderValue::from_str(token.trim())
            .map_err(|_| "its token holds characters that none has".to_owned())?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// Of a machine of EC2, by the second version of its metadata service. Elsewhere nobody answers.
    pub(super) async fn of_machine(&self) -> Looked {
        match self.role_of_machine().await {
            Ok(look) => Ok(look),
            Err(how) => Ok(Look::Nothing(how)),
        }
    }

    /// Where it stands.
    ///
    /// # Errors
    /// Why that can't be told.
    pub(super) async fn region_of_machine(&self) -> Result<String, String> {
        let answered = self.machine().await?.get("meta-data/placement/region").await?;
        let region = String::from_utf8_lossy(&answered.body).trim().to_owned();
        let is_region = region.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        match answered.status.is_success() && is_region && !region.is_empty() {
            true => Ok(region),
            false => Err("its metadata service names no region".to_owned()),
        }
    }

    async fn role_of_machine(&self) -> Result<Look, String> {
        const ROLES: &str = "meta-data/iam/security-credentials/";
        let machine = self.machine().await?;
        let roles = machine.get(ROLES).await?;
        let role = String::from_utf8_lossy(&roles.body);
        let role = role.lines().next().unwrap_or_default().trim().to_owned();
        if !roles.status.is_success() || role.is_empty() {
            return Ok(Look::Nothing("this machine has no role".to_owned()));
        }
        let answered = machine.get(&format!("{ROLES}{role}")).await?;
        let source = format!("the metadata service of this machine at {}", machine.base);
        let mut held = told(&answered, source)?;
        held.about.identity = Some(format!("role {role}"));
        Ok(Look::Found(held))
    }

    /// Its metadata service, which lets in whoever can ask for a token.
    async fn machine(&self) -> Result<Machine<'_>, String> {
        let is_off = self.surroundings.get("AWS_EC2_METADATA_DISABLED");
        if is_off.is_some_and(|it| it.eq_ignore_ascii_case("true")) {
            return Err("AWS_EC2_METADATA_DISABLED is set".to_owned());
        }
        let base = self.surroundings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(MACHINE);
        let base = base.trim_end_matches('/');
        let mut request = Request::new(Method::PUT, below(base, "api/token")?);
        let seconds = HeaderValue::from_static(TOKEN_SECONDS);
        request.headers_mut().insert("x-aws-ec2-metadata-token-ttl-seconds", seconds);
        let token = self.means.ask(request, PATIENCE).await?;
        if !token.status.is_success() {
            return Err(format!(
                "its metadata service gave no token (HTTP {})",
                token.status.as_u16()
            ));
        }
        let mut token = HeaderValue::from_bytes(token.body.trim_ascii())
            .map_err(|_| "its metadata service gave what is no token".to_owned())?;
        token.set_sensitive(true);
        Ok(Machine { base, token, means: self.means })
    }
}

/// The metadata service of a machine of EC2.
struct Machine<'a> {
    base: &'a str,
    token: HeaderValue,
    means: &'a Means,
}

impl Machine<'_> {
    async fn get(&self, path: &str) -> Result<Answered, String> {
        let mut request = Request::new(Method::GET, below(self.base, path)?);
        request.headers_mut().insert("x-aws-ec2-metadata-token", self.token.clone());
        self.means.ask(request, PATIENCE).await
    }
}

fn below(base: &str, path: &str) -> Result<Url, String> {
    Url::parse(&format!("{base}/latest/{path}")).map_err(|error| format!("{base}: {error}"))
}

/// A service that tells credentials, over a way that nobody else reads.
fn is_a_containers(url: &Url) -> bool {
    let is_known = |address: IpAddr| CONTAINERS.iter().any(|it| it.parse() == Ok(address));
    let is_near = match url.host() {
        Some(Host::Ipv4(address)) => is_known(address.into()),
        Some(Host::Ipv6(address)) => is_known(address.into()),
        Some(Host::Domain(_)) | None => false,
    };
    url.scheme() == "https" || url.scheme() == "http" && (is_near || is_loopback(url))
}

fn told(answered: &Answered, source: String) -> Result<Held, String> {
    if !answered.status.is_success() {
        return Err(format!("it answered with status {}", answered.status.as_u16()));
    }
    let told: Told = serde_json::from_slice(&answered.body)
        .map_err(|_| "it answered with what are no credentials".to_owned())?;
    Ok(told.held(source))
}

fn passing(error: CredentialsError) -> CredentialsError {
    CredentialsError { may_pass: true, ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_containers_token_goes_to_nobody_else() {
        for (url, expected) in [
            ("http://169.254.170.2/v2/credentials", true),
            ("http://169.254.170.23/v1/credentials", true),
            ("http://[fd00:ec2::23]/v1/credentials", true),
            ("http://127.0.0.1:8080/x", true),
            ("http://localhost/x", true),
            ("https://vault.example/x", true),
            ("http://vault.example/x", false),
            ("http://169.254.169.254/x", false),
            ("http://localhost.example/x", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_a_containers(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
