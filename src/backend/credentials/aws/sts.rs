//! Roles that are taken on, by keys or by a token, at AWS's Security Token Service.
use std::time::Duration;

use reqwest::{
    Method, Request,
    header::{CONTENT_TYPE, HeaderValue},
};
use url::{Url, form_urlencoded};

use super::{
    About, CredentialsError, Held, Keys, Scope,
    chain::{Look, Looked, Search},
    files::Section,
    given::time,
    sign::sign,
};

const PATIENCE: Duration = Duration::from_secs(15);
const VERSION: (&str, &str) = ("Version", "2011-06-15");
/// What the session is called in AWS's own records, unless somebody named it.
const SESSION: &str = "bowline";

impl Search<'_> {
    /// By variables, as in a pod of Kubernetes.
    pub(super) async fn of_web_identity(&self) -> Looked {
        let value = |name: &str| self.surroundings.get(name);
        let (Some(file), Some(role)) =
            (value("AWS_WEB_IDENTITY_TOKEN_FILE"), value("AWS_ROLE_ARN"))
        else {
            return Ok(Look::Nothing("it and AWS_ROLE_ARN are not both set".to_owned()));
        };
        let session = value("AWS_ROLE_SESSION_NAME").unwrap_or(SESSION);
        self.ask_by_token(role, file, session, "AWS_WEB_IDENTITY_TOKEN_FILE").await.map(Look::Found)
    }

    /// By a token that a profile names.
    pub(super) async fn assume_by_token(
        &self,
        role: &str,
        file: &str,
        profile: &Section,
        name: &str,
    ) -> Result<Held, CredentialsError> {
        let session = profile.get("role_session_name").unwrap_or(SESSION);
        self.ask_by_token(role, file, session, &format!("profile `{name}`")).await
    }

    async fn ask_by_token(
        &self,
        role: &str,
        file: &str,
        session: &str,
        source: &str,
    ) -> Result<Held, CredentialsError> {
        let path = self.surroundings.expanded(file);
        let token = std::fs::read_to_string(&path).map_err(|error| {
            CredentialsError::new(
                format!(
                    "the token for the role {role} of AWS can't be read: {}: {error}",
                    path.display()
                ),
                "see that the file is there, or unset AWS_WEB_IDENTITY_TOKEN_FILE",
            )
        })?;
        let token = zeroize::Zeroizing::new(token);
        let parameters = [
            ("Action", "AssumeRoleWithWebIdentity"),
            VERSION,
            ("RoleArn", role),
            ("RoleSessionName", session),
            ("WebIdentityToken", token.trim()),
        ];
        self.ask(&parameters, None, role, source).await
    }

    /// By the credentials of another.
    pub(super) async fn assume(
        &self,
        role: &str,
        profile: &Section,
        name: &str,
        by: &Held,
    ) -> Result<Held, CredentialsError> {
        let session = profile.get("role_session_name").unwrap_or(SESSION);
        let mut parameters = vec![
            ("Action", "AssumeRole"),
            VERSION,
            ("RoleArn", role),
            ("RoleSessionName", session),
        ];
        parameters.extend(profile.get("external_id").map(|id| ("ExternalId", id)));
        parameters.extend(profile.get("duration_seconds").map(|it| ("DurationSeconds", it)));
        self.ask(&parameters, Some(&by.keys), role, &format!("profile `{name}`")).await
    }

    async fn ask(
        &self,
        parameters: &[(&str, &str)],
        keys: Option<&Keys>,
        role: &str,
        source: &str,
    ) -> Result<Held, CredentialsError> {
        let failed = |how: String, may_pass: bool| CredentialsError {
            may_pass,
            ..CredentialsError::new(
                format!("the role {role} of AWS, named by {source}, could not be taken on: {how}"),
                "see that the role exists and trusts you",
            )
        };
        let base = self.surroundings.endpoint("sts", "AWS_ENDPOINT_URL_STS", self.region);
        let url = Url::parse(&format!("{base}/"))
            .map_err(|error| failed(format!("{base} is no address: {error}"), false))?;
        let mut request = Request::new(Method::POST, url);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        let body =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        *request.body_mut() = Some(body.into());
        if let Some(keys) = keys {
            let scope = Scope { region: self.region.to_owned(), service: "sts".to_owned() };
            sign(&mut request, keys, &scope, self.means.now())
                .map_err(|wrong| failed(wrong, false))?;
        }
        let answered = self.means.ask(request, PATIENCE).await.map_err(|it| failed(it, true))?;
        let text = String::from_utf8_lossy(&answered.body);
        if !answered.status.is_success() {
            let said = inside(&text, "Message").or_else(|| inside(&text, "Code"));
            let status = answered.status.as_u16();
            let said = crate::redact::visible(said.unwrap_or("it said no more")).into_owned();
            return Err(failed(format!("{said} (HTTP {status})"), status >= 500 || status == 429));
        }
        read(&text, source)
            .ok_or_else(|| failed("the answer holds no credentials".to_owned(), false))
    }
}

fn read(text: &str, source: &str) -> Option<Held> {
    let told = inside(text, "Credentials")?;
    let token = inside(told, "SessionToken");
    let keys = Keys::new(inside(told, "AccessKeyId")?, inside(told, "SecretAccessKey")?, token);
    let identity = inside(text, "AssumedRoleUser").and_then(|user| inside(user, "Arn"));
    let about = About {
        identity: identity.map(str::to_owned),
        expires: inside(told, "Expiration").and_then(time),
        ..About::of(source)
    };
    Some(Held { keys, about })
}

/// What stands inside of the first element of this name. What is looked for here is never escaped.
fn inside<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (inside, _) = rest.split_once(&format!("</{name}>"))?;
    Some(inside.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_out_of_its_xml() {
        let text = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
            <AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/x</Arn></AssumedRoleUser>
            <Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>a/b+c=</SecretAccessKey>
            <SessionToken>t</SessionToken><Expiration>1970-01-01T00:01:00Z</Expiration></Credentials>
            </AssumeRoleResult></AssumeRoleResponse>"#;
        let held = read(text, "profile `x`").unwrap_or_else(|| panic!("nothing"));
        assert_eq!((held.keys.id.as_str(), held.keys.secret.expose()), ("ASIA", "a/b+c="));
        assert_eq!(held.about.identity.as_deref(), Some("arn:aws:sts::1:assumed-role/r/x"));
        assert_eq!(held.about.expires, time("1970-01-01T00:01:00Z"));
        assert!(read("<Credentials><AccessKeyId>a</AccessKeyId></Credentials>", "").is_none());
    }
}
