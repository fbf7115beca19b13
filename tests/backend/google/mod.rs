//! Google's Application Default Credentials: each type of file, their order, and how long a token lasts.
mod of_aws;
mod project;

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bowline::{
    backend::{
        About, BackendSettings, Credentials, CredentialsError, Google, GoogleSettings, Key, Kind,
        Means, ProgramError, Programs,
    },
    protocol::FailureKind,
    redact::Secret,
};
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{hello, open, request, run};
use crate::support::{
    hosts::HOSTS,
    server::{Answer, Server},
    web::{Asked, Web},
};

const TEST_KEY: &str = include_str!("../test_key.pem");
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const ACCOUNT: &str = "sa@p.iam.gserviceaccount.com";
const IMPERSONATE: &str =
    "/v1/projects/-/serviceAccounts/sa@p.iam.gserviceaccount.com:generateAccessToken";
const AUDIENCE: &str =
    "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/here";
const START: u64 = 1_700_000_000;

/// Google's services, each of which checks what it is shown, at a time that tests move.
struct Cloud {
    web: Web,
    time: Arc<AtomicU64>,
    directory: TempDir,
}

impl Cloud {
    async fn start() -> Self {
        let time = Arc::new(AtomicU64::new(START));
        let (given, clock) = (AtomicUsize::new(1), Arc::clone(&time));
        let web =
            Web::start(move |asked| answer(asked, &given, clock.load(Ordering::SeqCst))).await;
        Self { web, time, directory: TempDir::new().unwrap() }
    }

    fn clock(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static {
        let time = Arc::clone(&self.time);
        move || SystemTime::UNIX_EPOCH + Duration::from_secs(time.load(Ordering::SeqCst))
    }

    fn means(&self) -> Means {
        Means::default().with_clock(self.clock())
    }

    fn file(&self, name: &str, content: &Value) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, content.to_string()).unwrap();
        path
    }

    fn settings(&self, named: Option<&Value>) -> GoogleSettings {
        GoogleSettings {
            named: named.map(|content| self.file("named.json", content)),
            metadata_host: self.web.url().replace("http://", ""),
            ..GoogleSettings::default()
        }
    }

    async fn about(&self, settings: GoogleSettings) -> Result<About, CredentialsError> {
        Credentials::new(Google::new(settings), self.means()).about().await
    }

    fn user(&self) -> Value {
        json!({ "type": "authorized_user", "client_id": "client-1", "client_secret": "cl13nt-s3cret",
            "refresh_token": "1//refresh", "token_uri": self.url("/token"), "account": "ada@example.com",
            "quota_project_id": "payer", "universe_domain": "googleapis.com" })
    }

    fn account(&self) -> Value {
        json!({ "type": "service_account", "project_id": "p", "private_key_id": "key-1",
            "private_key": TEST_KEY, "client_email": ACCOUNT, "token_uri": self.url("/token") })
    }

    fn federated(&self, source: &Value) -> Value {
        json!({ "type": "external_account", "audience": AUDIENCE, "token_url": self.url("/sts/v1/token"),
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "credential_source": source,
            "service_account_impersonation_url": self.url(IMPERSONATE) })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.web.url())
    }
}

fn answer(asked: &Asked, given: &AtomicUsize, now: u64) -> (u16, Value) {
    let form = asked.form();
    let says = |name: &str, value: &str| form.get(name).is_some_and(|it| it == value);
    let header = |name: &str| asked.headers.get(name).map(String::as_str);
    let token = |of: &str| format!("ya29.{of}-{}", given.fetch_add(1, Ordering::SeqCst));
    let oauth = |of: &str| {
        (200, json!({ "access_token": token(of), "expires_in": 3599, "token_type": "Bearer" }))
    };
    let wrong =
        |code: &str, words: &str| (400, json!({ "error": code, "error_description": words }));
    let flavored = header("metadata-flavor") == Some("Google");
    let is_form = header("content-type") == Some("application/x-www-form-urlencoded");
    match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/token") if !is_form => wrong("invalid_request", "no form"),
        ("POST", "/token") if says("grant_type", "refresh_token") => {
            let is_client = says("client_id", "client-1") && says("client_secret", "cl13nt-s3cret");
            match is_client && says("refresh_token", "1//refresh") {
                true => oauth("user"),
                false => wrong("invalid_grant", "Token has been expired or revoked."),
            }
        }
        ("POST", "/token") if says("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer") => {
            let audience = format!("http://{}/token", header("host").unwrap_or_default());
            match check_assertion(form.get("assertion").map_or("", String::as_str), &audience, now)
            {
                Ok(()) => oauth("account"),
                Err(why) => wrong("invalid_grant", why),
            }
        }
        ("POST", "/sts/v1/token") => match check_exchange(asked) {
            Ok(()) => oauth("federated"),
            Err(why) => wrong("invalid_grant", &why),
        },
        ("POST", "/sts/v1/oauthtoken") => {
            let basic = format!("Basic {}", STANDARD.encode("client-2:w0rkf0rce"));
            let is_right = says("grant_type", "refresh_token")
                && says("refresh_token", "2//refresh")
                && header("authorization") == Some(&basic);
            if is_right { oauth("workforce") } else { wrong("invalid_client", "who are you") }
        }
        ("POST", IMPERSONATE) => {
            let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
            let by = header("authorization").unwrap_or_default();
            let is_right = body["scope"] == json!([SCOPE]) && body["lifetime"] == "3600s";
            if !is_right || !by.starts_with("Bearer ya29.") {
                let error = json!({ "code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED" });
                return (403, json!({ "error": error }));
            }
            (
                200,
                json!({ "accessToken": token("impersonated"), "expireTime": "2023-11-14T23:13:20Z" }),
            )
        }
        ("GET", "/computeMetadata/v1/instance/service-accounts/default/token") if flavored => {
            oauth("machine")
        }
        ("GET", "/computeMetadata/v1/instance/service-accounts/default/email") if flavored => {
            (200, json!(ACCOUNT))
        }
        ("GET", "/subject?for=us") if header("x-of-ours") == Some("yes") => {
            (200, json!({ "value": "eyJ.subject.sig" }))
        }
        _ => (404, json!({ "error": "not_found" })),
    }
}

/// Whether somebody whom Google believes vouches for an identity.
fn check_exchange(asked: &Asked) -> Result<(), String> {
    let form = asked.form();
    for (name, value) in [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("audience", AUDIENCE),
        ("scope", SCOPE),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ] {
        if form.get(name).is_none_or(|it| it != value) {
            return Err(format!("{name} is wrong"));
        }
    }
    match (form["subject_token_type"].as_str(), form["subject_token"].as_str()) {
        ("urn:ietf:params:oauth:token-type:jwt", "eyJ.subject.sig") => Ok(()),
        ("urn:ietf:params:aws:token-type:aws4_request", token) => of_aws::check(token, AUDIENCE),
        _ => Err("not this subject".to_owned()),
    }
}

/// By an independent look at the signature, and at what was signed.
fn check_assertion(assertion: &str, audience: &str, now: u64) -> Result<(), &'static str> {
    let (signed, signature) = assertion.rsplit_once('.').ok_or("no token")?;
    let (header, claims) = signed.split_once('.').ok_or("no token")?;
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap_or_default())
            .unwrap_or_default()
    };
    let body: String =
        TEST_KEY.lines().filter(|line| !line.contains(' ') && !line.starts_with('-')).collect();
    let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "the signature is no base64")?;
    public.verify(signed.as_bytes(), &signature).map_err(|_| "the signature is wrong")?;
    if read(header) != json!({ "alg": "RS256", "typ": "JWT", "kid": "key-1" }) {
        return Err("the header is wrong");
    }
    let claims = read(claims);
    if claims["iss"] != ACCOUNT || claims["scope"] != SCOPE || claims["aud"] != audience {
        return Err("the claims are wrong");
    }
    if claims["iat"] != now || claims["exp"] != now + 3600 {
        return Err("it is not of now");
    }
    Ok(())
}

/// A program that vouches, and what it was asked.
#[derive(Debug, Default)]
struct Vouching(Mutex<Vec<String>>);

impl Programs for Vouching {
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        _: Duration,
    ) -> BoxFuture<'a, Result<Secret, ProgramError>> {
        self.0.lock().unwrap().push(format!("{program} {}", arguments.join(" ")));
        let printed = json!({ "version": 1, "success": true, "token_type": "urn:ietf:params:oauth:token-type:jwt",
            "id_token": "eyJ.subject.sig", "expiration_time": START + 600 });
        async move { Ok(Secret::new(printed.to_string())) }.boxed()
    }
}

#[tokio::test]
async fn every_type_of_file_comes_to_a_token() {
    let google = Cloud::start().await;
    let subject = google.directory.path().join("subject.jwt");
    fs::write(&subject, "eyJ.subject.sig\n").unwrap();
    let of_url = json!({ "url": google.url("/subject?for=us"), "headers": { "x-of-ours": "yes" },
        "format": { "type": "json", "subject_token_field_name": "value" } });
    let mut alone = google.federated(&json!({ "file": subject }));
    alone.as_object_mut().unwrap().remove("service_account_impersonation_url");
    let workforce = json!({ "type": "external_account_authorized_user", "audience": AUDIENCE,
        "client_id": "client-2", "client_secret": "w0rkf0rce", "refresh_token": "2//refresh",
        "token_url": google.url("/sts/v1/oauthtoken") });
    let impersonated = json!({ "type": "impersonated_service_account",
        "service_account_impersonation_url": google.url(IMPERSONATE),
        "source_credentials": google.user(), "delegates": [] });
    for (file, kind, identity, lasts) in [
        (google.user(), "a user's login", Some("ada@example.com"), 3599),
        (google.account(), "the key of a service account", Some(ACCOUNT), 3599),
        (
            google.federated(&json!({ "file": subject })),
            "a federated identity",
            Some(ACCOUNT),
            3600,
        ),
        (google.federated(&of_url), "a federated identity", Some(ACCOUNT), 3600),
        (alone, "a federated identity", Some(AUDIENCE), 3599),
        (workforce, "the login of a workforce", None, 3599),
        (impersonated, "an impersonated service account", Some(ACCOUNT), 3600),
    ] {
        let about = google.about(google.settings(Some(&file))).await.unwrap();
        assert!(about.source.ends_with(&format!("named.json, {kind}")), "{about:?}");
        assert_eq!(about.identity.as_deref(), identity, "{about:?}");
        let expires = about.expires.unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(expires.as_secs(), START + lasts, "{about:?}");
    }
}

#[tokio::test]
async fn a_program_vouches_where_that_is_allowed() {
    let google = Cloud::start().await;
    let source =
        json!({ "executable": { "command": "/opt/vouch --for us", "timeout_millis": 5000 } });
    let settings = google.settings(Some(&google.federated(&source)));
    let refused = google.about(settings.clone()).await.unwrap_err().to_string();
    assert!(refused.contains("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1"), "{refused}");
    let vouching = Arc::new(Vouching::default());
    let programs: Arc<dyn Programs> = vouching.clone();
    let means = Means::new(programs).with_clock(google.clock());
    let settings = GoogleSettings { allows_programs: true, ..settings };
    let about = Credentials::new(Google::new(settings), means).about().await.unwrap();
    assert_eq!(about.identity.as_deref(), Some(ACCOUNT));
    let ran = vouching.0.lock().unwrap().join("\n");
    let audience = format!("env GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE={AUDIENCE} ");
    assert!(ran.starts_with(&audience) && ran.ends_with(" /opt/vouch --for us"), "{ran}");
}

#[tokio::test]
async fn the_first_place_that_has_something_is_the_only_one() {
    let google = Cloud::start().await;
    let gclouds = Some(google.file("gclouds.json", &google.user()));
    let both = GoogleSettings { gclouds, ..google.settings(Some(&google.account())) };
    assert_eq!(google.about(both.clone()).await.unwrap().identity.as_deref(), Some(ACCOUNT));
    let one = GoogleSettings { named: None, ..both.clone() };
    let identity = google.about(one).await.unwrap().identity;
    assert_eq!(identity.as_deref(), Some("ada@example.com"));
    let machine = google.about(google.settings(None)).await.unwrap();
    assert_eq!(machine.source, "the metadata server of this machine");
    assert!(machine.identity.is_some_and(|it| it.contains(ACCOUNT)));
    // A file that is broken is told, and not passed over.
    let gone = GoogleSettings { named: Some("/nowhere/key.json".into()), ..both.clone() };
    let told = google.about(gone).await.unwrap_err().to_string();
    assert!(told.contains("/nowhere/key.json") && told.contains("correct GOOGLE_APPL"), "{told}");
    let nothing = GoogleSettings {
        named: None,
        gclouds: Some("/nowhere/adc.json".into()),
        metadata_host: "127.0.0.1:9".to_owned(),
        ..both
    };
    let told = google.about(nothing).await.unwrap_err().to_string();
    for part in [
        "GOOGLE_APPLICATION_CREDENTIALS: it is not set",
        "/nowhere/adc.json: ",
        "the metadata server: 127.0.0.1",
        "run `gcloud auth application-default login`",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_without_its_secrets() {
    let google = Cloud::start().await;
    let with = |mut file: Value, member: &str, value: Value| {
        file[member] = value;
        file
    };
    let in_the_open = "http://oauth2.example/token";
    for (file, expected, next) in [
        (
            with(google.user(), "refresh_token", json!("1//revoked")),
            "invalid_grant, Token has been expired or revoked.",
            "gcloud auth application-default login",
        ),
        (with(google.user(), "token_uri", json!(in_the_open)), "oauth2.example in the open", ""),
        (with(google.account(), "private_key", json!("s3cret")), "private_key is no PEM", ""),
        (with(google.account(), "private_key_id", json!("key-2")), "the header is wrong", ""),
        (
            with(google.account(), "type", json!("of_tomorrow")),
            "no credentials of a known type",
            "",
        ),
        (
            google.federated(&json!({ "environment_id": "azure1" })),
            "vouched for by azure1, not by aws1",
            "",
        ),
        (google.federated(&json!({ "file": "/nowhere/jwt" })), "/nowhere/jwt can't be read", ""),
    ] {
        let told = google.about(google.settings(Some(&file))).await.unwrap_err().to_string();
        assert!(told.contains(expected) && told.contains(next), "{told}");
        for secret in ["1//re", "cl13nt", "s3cret", "PRIVATE KEY-"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

fn vertex(google: &Cloud, server: &Server) -> BackendSettings {
    let settings = google.settings(Some(&google.user()));
    let key = Key::Sought(Credentials::new(Google::new(settings), google.means()));
    let host = HOSTS.iter().find(|host| host.kind == Kind::Vertex).unwrap();
    BackendSettings { key, ..host.settings("test", server) }
}

#[tokio::test]
async fn one_token_serves_all_who_wait_until_it_ends_or_is_refused() {
    let google = Cloud::start().await;
    let host = HOSTS.iter().find(|host| host.kind == Kind::Vertex).unwrap();
    let error = json!({ "code": 401, "message": "Request had invalid authentication credentials.", "status": "UNAUTHENTICATED" });
    let refused = Answer::error(401, &json!({ "error": error }));
    let hello = || hello(host.protocol);
    let server =
        Server::start([hello(), hello(), hello(), hello(), refused.clone(), hello()]).await;
    let backend = open(&vertex(&google, &server));
    assert_eq!(google.web.asked().len(), 0, "nothing is looked for before it is needed");
    join_all((0..3).map(|_| run(&*backend, request()))).await;
    assert_eq!(google.web.asked().len(), 1, "one search serves all who wait");
    google.time.fetch_add(3500, Ordering::SeqCst);
    assert_eq!(run(&*backend, request()).await.text(), "Hello");
    assert_eq!(google.web.asked().len(), 2, "renewed before it ends");
    let ran = run(&*backend, request()).await;
    assert_eq!((ran.text().as_str(), ran.retries.len()), ("Hello", 1), "{ran:?}");
    let sent = server.requests();
    let tokens: Vec<&str> = sent.iter().map(|it| it.headers["authorization"].as_str()).collect();
    let expected = [1, 1, 1, 2, 2, 3].map(|number| format!("Bearer ya29.user-{number}"));
    assert_eq!(tokens, expected);
    assert_eq!(sent[4].body, sent[5].body);
    assert!(sent.iter().all(|it| it.headers["x-goog-user-project"] == "payer"));
}

#[tokio::test]
async fn a_login_that_has_ended_is_a_failure_of_credentials() {
    let google = Cloud::start().await;
    let server = Server::start([]).await;
    let usual = vertex(&google, &server);
    let mut revoked = google.user();
    revoked["refresh_token"] = json!("1//revoked");
    let settings = google.settings(Some(&revoked));
    let key = Key::Sought(Credentials::new(Google::new(settings), google.means()));
    let ran = run(&*open(&BackendSettings { key, ..usual }), request()).await;
    let error = ran.error.unwrap();
    assert_eq!(error.failure().kind, FailureKind::Credentials, "{error}");
    assert!(server.requests().is_empty());
}
