//! A key or a token in a header, and the key that was known from the start.
use std::time::SystemTime;

use futures::future::{BoxFuture, FutureExt, ready};
use reqwest::{
    Request,
    header::{HeaderName, HeaderValue},
};
use zeroize::Zeroizing;

use super::{About, CredentialsError, Found, Means, Pass, Source, Why};
use crate::{backend::settings::KeyHeader, redact::Secret, wire::ServiceError};

/// Goes into a header of each request, unless the user has set that header.
#[derive(Debug)]
pub struct InHeader {
    header: KeyHeader,
    secret: Secret,
}

/// A key out of a variable or a file. It is what it is: a service that refuses it is asked no second time.
#[derive(Debug)]
pub(super) struct FixedKey {
    pub(super) header: KeyHeader,
    pub(super) secret: Secret,
    /// For people.
    pub(super) source: String,
}

impl InHeader {
    /// Space around the key does not count. Absent: it is empty or holds characters that no key has.
    pub fn new(header: KeyHeader, secret: &Secret) -> Option<Self> {
        let secret = Secret::new(secret.expose().trim().to_owned());
        let pass = Self { header, secret };
        (!pass.secret.expose().is_empty() && pass.value().is_some()).then_some(pass)
    }

    fn names(&self) -> &'static [&'static str] {
        match self.header {
            KeyHeader::Bearer => &["authorization"],
            KeyHeader::XApiKey => &["x-api-key"],
            KeyHeader::XGoogApiKey => &["x-goog-api-key"],
            KeyHeader::ApiKey => &["api-key"],
            KeyHeader::XApiKeyAndApiKey => &["x-api-key", "api-key"],
        }
    }

    fn value(&self) -> Option<HeaderValue> {
        let before = match self.header {
            KeyHeader::Bearer => "Bearer ",
            KeyHeader::XApiKey
            | KeyHeader::XGoogApiKey
            | KeyHeader::ApiKey
            | KeyHeader::XApiKeyAndApiKey => "",
        };
        let text = Zeroizing::new(format!("{before}{}", self.secret.expose()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl Pass for InHeader {
    fn sign(&self, request: &mut Request, _: SystemTime) -> Result<(), String> {
        let value = self.value().ok_or("the key holds characters that no key has")?;
        for name in self.names() {
            let name = HeaderName::from_static(name);
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        Ok(())
    }

    fn secrets(&self) -> Vec<Secret> {
        vec![self.secret.clone()]
    }
}

impl FixedKey {
    /// # Errors
    /// A sentence that says what is wrong with the key.
    pub(super) fn found(&self) -> Result<Found, String> {
        let pass = InHeader::new(self.header, &self.secret).ok_or_else(|| {
            let source = &self.source;
            format!("the key from {source} is empty or holds characters that no key has")
        })?;
        let about = About::of(&self.source);
        Ok(Found::new(pass, about))
    }
}

impl Source for FixedKey {
    fn name(&self) -> &str {
        &self.source
    }

    fn find<'a>(
        &'a self,
        _: &'a Means,
        _: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>> {
        let next = format!("correct {}", self.source);
        ready(self.found().map_err(|wrong| CredentialsError::new(wrong, next))).boxed()
    }

    fn is_renewed_after(&self, _: &ServiceError) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(header: KeyHeader, key: &str, own: Option<(&str, &str)>) -> Option<Vec<String>> {
        let pass = InHeader::new(header, &Secret::new(key.to_owned()))?;
        let mut request = Request::new(reqwest::Method::POST, "https://a.example".parse().unwrap());
        if let Some((name, value)) = own {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        pass.sign(&mut request, SystemTime::UNIX_EPOCH).unwrap();
        let printed = format!("{pass:?} {request:?}");
        assert!(!printed.contains("k-123"), "{printed}");
        let headers = request.headers().iter();
        Some(headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect())
    }

    #[test]
    fn a_key_goes_into_its_header_and_the_users_own_stays() {
        let own = Some(("Authorization", "mine"));
        for (header, key, own, expected) in [
            (KeyHeader::Bearer, "k-123", None, Some("authorization: Bearer k-123")),
            (KeyHeader::XApiKey, " k-123\n", None, Some("x-api-key: k-123")),
            (KeyHeader::XGoogApiKey, "k-123", None, Some("x-goog-api-key: k-123")),
            (KeyHeader::ApiKey, "k-123", None, Some("api-key: k-123")),
            (KeyHeader::Bearer, "k-123", own, Some("authorization: mine")),
            (KeyHeader::Bearer, "a\nb", None, None),
            (KeyHeader::Bearer, " ", None, None),
        ] {
            let expected = expected.map(|line| vec![line.to_owned()]);
            assert_eq!(sent(header, key, own), expected, "{header:?}");
        }
    }
}
