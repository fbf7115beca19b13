//! AWS Signature Version 4: what a request says that shows who sends it, without the secret itself.
use std::{fmt::Write, time::SystemTime};

use jiff::Timestamp;
use reqwest::{
    Request,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use ring::{
    digest::{SHA256, digest},
    hmac,
};
use url::Url;

use super::{Keys, Scope};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
/// For whom at Google a request is signed.
pub(super) const TARGET: HeaderName = HeaderName::from_static("x-goog-cloud-target-resource");

/// Signs a request as it is: its method, its address, its body, and of its headers those that say what it is.
///
/// # Errors
/// A sentence, when the keys hold characters that no header may.
pub(super) fn sign(
    request: &mut Request,
    keys: &Keys,
    scope: &Scope,
    now: SystemTime,
) -> Result<(), String> {
    let now = Timestamp::try_from(now).unwrap_or_default();
    let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let headers = request.headers_mut();
    headers.insert(DATE, HeaderValue::from_str(&time).map_err(|_| wrong("a date"))?);
    headers.remove(TOKEN);
    if let Some(token) = &keys.session_token {
        headers.insert(TOKEN, secret_value(token.expose()).ok_or_else(|| wrong("a token"))?);
    }
    let authorization = authorization(request, keys, scope, &time);
    let value = secret_value(&authorization).ok_or_else(|| wrong("an access key"))?;
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}

fn wrong(what: &str) -> String {
    format!("the credentials of AWS hold {what} with characters that it can't have")
}

fn secret_value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn authorization(request: &Request, keys: &Keys, scope: &Scope, time: &str) -> String {
    let Canonical { text, signed } = canonical(request);
    let day = time.get(..8).unwrap_or_default();
    let Scope { region, service } = scope;
    let place = format!("{day}/{region}/{service}/aws4_request");
    let to_sign =
        format!("{ALGORITHM}\n{time}\n{place}\n{}", hex(digest(&SHA256, text.as_bytes()).as_ref()));
    let secret = zeroize::Zeroizing::new(format!("AWS4{}", keys.secret.expose()));
    let steps = [day, region, service, "aws4_request", &to_sign];
    let first = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut key = first;
    let mut signature = String::new();
    for step in steps {
        let tag = hmac::sign(&key, step.as_bytes());
        signature = hex(tag.as_ref());
        key = hmac::Key::new(hmac::HMAC_SHA256, tag.as_ref());
    }
    let id = &keys.id;
    format!("{ALGORITHM} Credential={id}/{place}, SignedHeaders={signed}, Signature={signature}")
}

/// A request in the one form that both sides sign, and the names of the headers in it.
struct Canonical {
    text: String,
    signed: String,
}

fn canonical(request: &Request) -> Canonical {
    let url = request.url();
    let mut text = format!("{}\n{}\n{}\n", request.method(), path(url), query(url));
    let host = host(url);
    let value = |name: &HeaderName| request.headers().get(name).and_then(|it| it.to_str().ok());
    // In the order of their names.
    let headers = [
        ("content-type", value(&CONTENT_TYPE)),
        ("host", Some(host.as_str())),
        ("x-amz-date", value(&DATE)),
        ("x-amz-security-token", value(&TOKEN)),
        ("x-goog-cloud-target-resource", value(&TARGET)),
    ];
    let mut signed = Vec::new();
    for (name, value) in headers.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        let _ = writeln!(text, "{name}:{}", value.trim());
        signed.push(name);
    }
    let signed = signed.join(";");
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
    let _ = write!(text, "\n{signed}\n{}", hex(digest(&SHA256, body).as_ref()));
    Canonical { text, signed }
}

/// As it goes out, and encoded once more.
fn path(url: &Url) -> String {
    match url.path() {
        "" => "/".to_owned(),
        path => encoded(path, b"/"),
    }
}

/// By name, each part encoded anew.
fn query(url: &Url) -> String {
    let pairs = url.query_pairs();
    let mut pairs: Vec<(String, String)> =
        pairs.map(|(name, value)| (encoded(&name, b""), encoded(&value, b""))).collect();
    pairs.sort();
    let pairs: Vec<String> =
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// With its port, where that is not the usual one.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Percent-encoded but for letters, digits, `-_.~` and what is kept.
pub(super) fn encoded(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::redact::Secret;

    /// 2026-11-23T12:00:00Z.
    const NOON: u64 = 1_795_435_200;

    fn signed(url: &str, body: Option<&'static str>, token: Option<&str>) -> Request {
        let method = if body.is_some() { reqwest::Method::POST } else { reqwest::Method::GET };
        let mut request = Request::new(method, url.parse().unwrap());
        if let Some(body) = body {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, json);
            *request.body_mut() = Some(body.into());
        }
        let keys = Keys {
            id: "AKIDEXAMPLE".into(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into()),
            session_token: token.map(|token| Secret::new(token.into())),
        };
        let service = if url.contains("mantle") { "bedrock-mantle" } else { "bedrock" };
        let scope = Scope { region: "us-east-1".into(), service: service.into() };
        sign(&mut request, &keys, &scope, UNIX_EPOCH + Duration::from_secs(NOON)).unwrap();
        request
    }

    /// Signatures that AWS's own signer makes of the same requests.
    #[test]
    fn requests_are_signed_as_aws_signs_them() {
        const BODY: &str = r#"{"messages":[{"role":"user","content":[{"text":"héllo"}]}]}"#;
        const RUNTIME: &str = "https://bedrock-runtime.us-east-1.amazonaws.com";
        let token = "FwoGZXIvYXdzEXAMPLETOKEN//////////";
        for (url, body, token, headers, signature) in [
            (
                format!("{RUNTIME}/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream"),
                Some(BODY),
                None,
                "content-type;host;x-amz-date",
                "8ee5e455fb30ebe614008626e6371b45222e83ef02b579b3bf883b301e2cc661",
            ),
            (
                format!("{RUNTIME}/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/converse-stream"),
                Some(BODY),
                None,
                "content-type;host;x-amz-date",
                "75ee6962ac62ce929d74236d74883ffe0a9cc51c3bea3b182e94bd332a141973",
            ),
            (
                format!("{RUNTIME}/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc123def456/converse-stream"),
                Some(BODY),
                None,
                "content-type;host;x-amz-date",
                "2e46eaea7a27061ad79d84e2d96700b3f2c84b7c0062672dee7e26f1229db47f",
            ),
            (
                format!("{RUNTIME}/model/global.anthropic.claude-opus-4-8/converse-stream"),
                Some(BODY),
                None,
                "content-type;host;x-amz-date",
                "32f344a2ee9dba531f1b4e70e86dc243ae967fd60ad3903d806245d86b2f0ff3",
            ),
            (
                format!("{RUNTIME}/openai/v1/responses"),
                Some(BODY),
                None,
                "content-type;host;x-amz-date",
                "f55f3dedab078267d59f673324ab5f4e8b66c4c46cb9f5d24df58154ce6b029c",
            ),
            (
                "https://bedrock-mantle.us-east-1.api.aws/openai/v1/responses".to_owned(),
                Some(BODY),
                None,
                "content-type;host;x-amz-date",
                "9e1caf4410c054248e3563b8ee87da8b7e3ff879c8024b91fa2865b5b099abd0",
            ),
            (
                format!("{RUNTIME}/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream"),
                Some(BODY),
                Some(token),
                "content-type;host;x-amz-date;x-amz-security-token",
                "26ee8b2f25b2a0106f05fadecbee2f62a0e0603a7f391ce676a678688ab45c74",
            ),
            (
                "https://bedrock-mantle.us-east-1.api.aws/anthropic/v1/messages".to_owned(),
                Some(BODY),
                None,
                "content-type;host;x-amz-date",
                "10fd0ef7a14255a38d73318d18fa43483697db77e7679080ff430a17c90deb27",
            ),
            (
                "https://bedrock.us-east-1.amazonaws.com/inference-profiles?typeEquals=SYSTEM_DEFINED&maxResults=100"
                    .to_owned(),
                None,
                None,
                "host;x-amz-date",
                "8244f32c80397eab46c9af8cf294241fdc66b64f327c3c507b7d909c9f7046a9",
            ),
        ] {
            let request = signed(&url, body, token);
            let authorization = request.headers()[AUTHORIZATION].to_str().unwrap();
            assert!(authorization.contains(&format!("SignedHeaders={headers}, ")), "{url}");
            assert!(authorization.ends_with(signature), "{url}: {authorization}");
            assert!(!format!("{request:?}").contains(signature), "it is shown");
        }
    }

    /// A request and its signature, as AWS's own signer wrote them down.
    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        method: String,
        url: String,
        service: String,
        region: String,
        access_key: String,
        secret_key: String,
        session_token: Option<String>,
        timestamp: String,
        body: String,
        authorization: String,
        canonical_request: String,
        headers: std::collections::BTreeMap<String, String>,
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test's material, not the configuration")]
    fn every_vector_is_signed_as_it_is_written_down() {
        let Some(folder) = std::env::var_os("BOWLINE_CONFORMANCE_DIR") else {
            eprintln!("skipped: BOWLINE_CONFORMANCE_DIR is not set");
            return;
        };
        let path = std::path::PathBuf::from(folder).join("sigv4_vectors.json");
        let vectors: Vec<Vector> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert!(vectors.len() >= 9, "{}", vectors.len());
        for vector in vectors {
            let method = vector.method.parse().unwrap();
            let mut request = Request::new(method, vector.url.parse().unwrap());
            if let Some(kind) = vector.headers.get("Content-Type") {
                request.headers_mut().insert(CONTENT_TYPE, kind.parse().unwrap());
            }
            *request.body_mut() = (!vector.body.is_empty()).then(|| vector.body.into());
            let keys = Keys {
                id: vector.access_key,
                secret: Secret::new(vector.secret_key),
                session_token: vector.session_token.map(Secret::new),
            };
            let scope = Scope { region: vector.region, service: vector.service };
            let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", &vector.timestamp);
            let time = time.unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            sign(&mut request, &keys, &scope, time.into()).unwrap();
            assert_eq!(canonical(&request).text, vector.canonical_request, "{}", vector.name);
            let written = request.headers()[AUTHORIZATION].to_str().unwrap();
            assert_eq!(written, vector.authorization, "{}", vector.name);
        }
    }

    #[test]
    fn a_port_of_its_own_is_signed_and_a_stale_token_is_not() {
        let mut request = signed("http://127.0.0.1:8080", None, Some("old"));
        assert!(canonical(&request).text.contains("\nhost:127.0.0.1:8080\n"));
        let keys = Keys { id: "A".into(), secret: Secret::new("b".into()), session_token: None };
        let scope = Scope { region: "r".into(), service: "s".into() };
        sign(&mut request, &keys, &scope, UNIX_EPOCH).unwrap();
        assert!(!request.headers().contains_key("x-amz-security-token"));
        let bad = Keys { session_token: Some(Secret::new("a\nb".into())), ..keys };
        let error = sign(&mut request, &bad, &scope, UNIX_EPOCH).unwrap_err();
        assert!(error.contains("a token"), "{error}");
    }
}
