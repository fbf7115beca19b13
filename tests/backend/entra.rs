//! Tokens of Microsoft Entra ID: each place they come from, their order, and how long they last.
use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bowline::{
    backend::{
        About, BackendSettings, Credentials, CredentialsError, Entra, EntraSettings, Key, Kind,
        Means, ProgramError, Programs,
    },
    protocol::FailureKind,
    redact::Secret,
};
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use serde_json::{Value, json};

use super::{at, hello, open, request, run};
use crate::support::{
    server::{Answer, Server},
    speech::Protocol,
    web::{Asked, Web},
};

const SECRET: &str = "cl13nt-s3cret~value";
const ASSERTION: &str = "header.of-the-workload.signature";
const AI: &str = "https://ai.azure.com/.default";
const COGNITIVE: &str = "https://cognitiveservices.azure.com/.default";
const START: u64 = 1_700_000_000;

/// A token of a client, with a number in it.
fn token(number: usize, claims: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.n{number}", part(r#"{"alg":"RS256"}"#), part(&claims.to_string()))
}

fn of_client() -> Value {
    json!({ "tid": "tenant-1", "appid": "client-1" })
}

/// Entra's token endpoint, the metadata service of a machine and that of an app; each checks what it is shown.
fn answer(asked: &Asked, given: &AtomicUsize) -> (u16, Value) {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let has = |name: &str, value: &str| query.contains(&(name.to_owned(), value.to_owned()));
    let is_for_us = has("resource", "https://ai.azure.com") && has("client_id", "client-1");
    let header = |name: &str| asked.headers.get(name).map(String::as_str);
    let access_token = || token(given.fetch_add(1, Ordering::SeqCst), &of_client());
    match (asked.method.as_str(), path) {
        ("POST", "/tenant-1/oauth2/v2.0/token") => {
            let form = asked.form();
            let says = |name: &str, value: &str| form.get(name).is_some_and(|it| it == value);
            let is_signed =
                says(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ) && form.get("client_assertion").is_some_and(|it| it.starts_with(ASSERTION));
            let is_right = says("client_secret", SECRET) || is_signed;
            let is_form = header("content-type") == Some("application/x-www-form-urlencoded");
            let scopes = says("scope", AI) || says("scope", COGNITIVE);
            if !is_form || !scopes || !says("grant_type", "client_credentials") {
                return (400, json!({ "error": "invalid_request" }));
            }
            if !says("client_id", "client-1") || !is_right {
                let said =
                    "AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2";
                return (401, json!({ "error": "invalid_client", "error_description": said }));
            }
            (
                200,
                json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": access_token() }),
            )
        }
        ("GET", "/metadata/identity/oauth2/token")
            if header("metadata") == Some("true")
                && has("api-version", "2018-02-01")
                && is_for_us =>
        {
            (
                200,
                json!({ "access_token": access_token(), "expires_in": "3599", "expires_on": (START + 3599).to_string() }),
            )
        }
        ("GET", "/msi/token")
            if header("x-identity-header") == Some("of-the-app")
                && has("api-version", "2019-08-01")
                && is_for_us =>
        {
            (
                200,
                json!({ "access_token": access_token(), "expires_on": (START + 3599).to_string() }),
            )
        }
        _ => {
            (400, json!({ "error": "invalid_request", "error_description": "Identity not found" }))
        }
    }
}

/// Programs as they would answer, and what they were asked.
#[derive(Debug, Default)]
struct Installed {
    az: Option<Result<String, &'static str>>,
    azd: Option<Result<String, &'static str>>,
    ran: Mutex<Vec<String>>,
}

impl Programs for Installed {
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        _: Duration,
    ) -> BoxFuture<'a, Result<Secret, ProgramError>> {
        self.ran.lock().unwrap().push(format!("{program} {}", arguments.join(" ")));
        let printed = match program {
            "az" => &self.az,
            "azd" => &self.azd,
            _ => &None,
        };
        let printed = match printed {
            None => Err(ProgramError::Missing),
            Some(Err(why)) => Err(ProgramError::Failed((*why).to_owned())),
            Some(Ok(text)) => Ok(Secret::new(text.clone())),
        };
        async { printed }.boxed()
    }
}

struct Cloud {
    web: Web,
    settings: EntraSettings,
    programs: Arc<Installed>,
    time: Arc<AtomicU64>,
}

impl Cloud {
    async fn new() -> Self {
        let given = AtomicUsize::new(0);
        let web = Web::start(move |asked| answer(asked, &given)).await;
        let settings = EntraSettings {
            tenant: Some("tenant-1".into()),
            client: Some("client-1".into()),
            authority: web.url(),
            // Nobody listens there.
            metadata: "http://127.0.0.1:9".into(),
            scopes: vec![AI.into(), COGNITIVE.into()],
            key_variable: "AZURE_OPENAI_API_KEY".into(),
            ..EntraSettings::default()
        };
        let time = Arc::new(AtomicU64::new(START));
        Self { web, settings, programs: Arc::default(), time }
    }

    fn credentials(&self) -> Credentials {
        let time = Arc::clone(&self.time);
        let programs: Arc<dyn Programs> = Arc::clone(&self.programs) as _;
        let means = Means::new(programs).with_clock(move || {
            SystemTime::UNIX_EPOCH + Duration::from_secs(time.load(Ordering::SeqCst))
        });
        Credentials::new(Entra::new(self.settings.clone()), means)
    }

    async fn about(&self) -> Result<About, CredentialsError> {
        self.credentials().about().await
    }
}

fn in_seconds(seconds: u64) -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(START + seconds))
}

#[tokio::test]
async fn each_place_gives_a_token_that_says_whom_it_is_for() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("{ASSERTION}\n")).unwrap();
    let of_ada = token(7, &json!({ "upn": "ada@example.com", "tid": "tenant-1" }));
    type Change<'a> = &'a dyn Fn(&mut Cloud);
    let secret: Change<'_> = &|it| it.settings.client_secret = Some(Secret::new(SECRET.into()));
    let workload: Change<'_> =
        &|it| it.settings.federated_token_file = Some(file.path().to_owned());
    let machine: Change<'_> = &|it| it.settings.metadata = it.web.url();
    let app: Change<'_> = &|it| {
        it.settings.identity_endpoint = Some(format!("{}/msi/token", it.web.url()));
        it.settings.identity_header = Some(Secret::new("of-the-app".into()));
    };
    let az: Change<'_> = &|it| {
        let printed = json!({ "accessToken": of_ada, "expires_on": START + 4000, "expiresOn": "2023-11-14 23:20:00.000000", "tenant": "t" });
        let az = Some(Ok(printed.to_string()));
        it.programs = Arc::new(Installed { az, ..Installed::default() });
    };
    let azd: Change<'_> = &|it| {
        let printed = json!({ "token": of_ada, "expiresOn": "2023-11-14T23:13:20Z" });
        let azd = Some(Ok(printed.to_string()));
        it.programs = Arc::new(Installed { azd, ..Installed::default() });
    };
    let client = "client client-1, tenant tenant-1";
    let ada = "ada@example.com, tenant tenant-1";
    for (change, source, identity, expires) in [
        (secret, "the client secret in AZURE_CLIENT_SECRET", client, 3599),
        (workload, "the workload's identity in /", client, 3599),
        (machine, "the virtual machine's managed identity", client, 3599),
        (app, "the app's managed identity", client, 3599),
        (az, "`az`", ada, 4000),
        (azd, "`azd`", ada, 3600),
    ] {
        let mut cloud = Cloud::new().await;
        change(&mut cloud);
        let about = cloud.about().await.unwrap_or_else(|error| panic!("{source}: {error}"));
        assert!(about.source.starts_with(source), "{about:?}");
        assert_eq!(about.identity.as_deref(), Some(identity), "{source}");
        assert_eq!(about.expires, in_seconds(expires), "{source}");
        assert!(!format!("{:?}", cloud.credentials()).contains(SECRET));
    }
    let mut cloud = Cloud::new().await;
    az(&mut cloud);
    cloud.about().await.unwrap();
    let ran = cloud.programs.ran.lock().unwrap().join("\n");
    let expected = "az account get-access-token --output json --resource https://ai.azure.com --tenant tenant-1";
    assert_eq!(ran, expected);
}

#[tokio::test]
async fn where_there_is_none_every_place_is_named_with_why() {
    let mut cloud = Cloud::new().await;
    let az = Some(Err("exit code 1: ERROR: Please run 'az login' to setup account."));
    cloud.programs = Arc::new(Installed { az, ..Installed::default() });
    let told = cloud.about().await.unwrap_err().to_string();
    for expected in [
        "no token of Microsoft Entra ID was found (",
        "client secret: AZURE_CLIENT_SECRET is not set; ",
        "workload identity: AZURE_FEDERATED_TOKEN_FILE is not set; ",
        "managed identity: none here: 127.0.0.1 can't be reached: ",
        "az: exit code 1: ERROR: Please run 'az login' to setup account.; ",
        "azd: it is not installed); run `az login`, or set AZURE_OPENAI_API_KEY",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }

    // What is set up and does not work is no reason to become somebody else.
    cloud.settings.client_secret = Some(Secret::new("wr0ng-s3cret~value".into()));
    let told = cloud.about().await.unwrap_err().to_string();
    assert_eq!(
        told,
        "Microsoft Entra ID gave no token for the client secret in AZURE_CLIENT_SECRET: AADSTS7000215: Invalid client secret \
         provided. (HTTP 401); check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
    );
    assert_eq!(cloud.programs.ran.lock().unwrap().len(), 2, "az and azd ran before alone");

    for (change, expected) in [
        (("tenant", None), "client secret: AZURE_TENANT_ID is not set"),
        (("tenant", Some("../common")), "AZURE_TENANT_ID is no name of a tenant"),
        (("authority", Some("http://10.0.0.7")), "AZURE_AUTHORITY_HOST is no address such as"),
        (
            ("only", Some("nobody")),
            "AZURE_TOKEN_CREDENTIALS names nothing known here; set it to dev",
        ),
        (
            ("only", Some("azuredeveloperclicredential")),
            "found (azd: it is not installed); run `azd",
        ),
        (("only", Some("prod")), "not set AZURE_CLIENT_SECRET"),
    ] {
        let mut cloud = Cloud::new().await;
        cloud.settings.client_secret = Some(Secret::new(SECRET.into()));
        let (name, value) = (change.0, change.1.map(str::to_owned));
        match name {
            "tenant" => cloud.settings.tenant = value,
            "authority" => cloud.settings.authority = value.unwrap(),
            _ => cloud.settings.only = value,
        }
        match cloud.about().await {
            Err(error) => assert!(error.to_string().contains(expected), "{error}"),
            Ok(about) => assert_eq!((name, about.source.contains("secret")), ("only", true)),
        }
    }
}

fn azure(server: &Server, credentials: Credentials) -> BackendSettings {
    BackendSettings { key: Key::Sought(credentials), ..at(Kind::Azure, server) }
}

fn tokens_seen(server: &Server) -> Vec<String> {
    let last = |header: &String| header.rsplit('.').next().unwrap_or_default().to_owned();
    server.requests().iter().map(|seen| last(&seen.headers["authorization"])).collect()
}

#[tokio::test]
async fn one_token_serves_all_until_it_ends_or_is_refused() {
    let expired = Answer::error(
        401,
        &json!({ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid or expired." }),
    );
    let answers = (0..6).map(|_| hello(Protocol::Responses));
    let rest = [hello(Protocol::Responses), expired, hello(Protocol::Responses)];
    let server = Server::start(answers.chain(rest)).await;
    let mut cloud = Cloud::new().await;
    cloud.settings.client_secret = Some(Secret::new(SECRET.into()));
    let backend = open(&azure(&server, cloud.credentials()));
    assert_eq!(cloud.web.asked().len(), 0, "nothing is asked for before it is needed");

    let all = join_all((0..6).map(|_| run(&*backend, request()))).await;
    assert!(all.iter().all(|ran| ran.text() == "Hello"), "{all:?}");
    assert_eq!(cloud.web.asked().len(), 1);

    cloud.time.fetch_add(3300, Ordering::SeqCst);
    assert_eq!(run(&*backend, request()).await.text(), "Hello");
    assert_eq!(cloud.web.asked().len(), 2, "it is renewed before it ends");

    let ran = run(&*backend, request()).await;
    assert_eq!((ran.text().as_str(), ran.retries.len()), ("Hello", 1));
    assert_eq!(cloud.web.asked().len(), 3);
    let seen = tokens_seen(&server);
    assert_eq!(seen[..6], ["n0"; 6]);
    assert_eq!(seen[6..], ["n1", "n1", "n2"]);
    assert!(server.requests().iter().all(|seen| !seen.headers.contains_key("api-key")));
}

#[tokio::test]
async fn a_token_for_the_wrong_audience_is_replaced_by_one_for_the_other() {
    let wrong = json!({ "error": { "code": "401", "message": "audience is incorrect (https://cognitiveservices.azure.com)" } });
    let server = Server::start([Answer::error(401, &wrong), hello(Protocol::Responses)]).await;
    let mut cloud = Cloud::new().await;
    cloud.settings.client_secret = Some(Secret::new(SECRET.into()));
    let backend = open(&azure(&server, cloud.credentials()));
    assert_eq!(run(&*backend, request()).await.text(), "Hello");
    let scopes: Vec<_> = cloud.web.asked().iter().map(|it| it.form()["scope"].clone()).collect();
    assert_eq!(scopes, [AI, COGNITIVE]);
}

#[tokio::test]
async fn the_workloads_file_is_read_each_time() {
    let server = Server::start([hello(Protocol::Responses), hello(Protocol::Responses)]).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut cloud = Cloud::new().await;
    cloud.settings.federated_token_file = Some(file.path().to_owned());
    let backend = open(&azure(&server, cloud.credentials()));
    for version in ["-1", "-2"] {
        fs::write(file.path(), format!("{ASSERTION}{version}")).unwrap();
        assert_eq!(run(&*backend, request()).await.text(), "Hello");
        cloud.time.fetch_add(3600, Ordering::SeqCst);
    }
    let shown: Vec<_> =
        cloud.web.asked().iter().map(|it| it.form()["client_assertion"].clone()).collect();
    assert_eq!(shown, [format!("{ASSERTION}-1"), format!("{ASSERTION}-2")]);
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again() {
    let server = Server::start([hello(Protocol::Responses)]).await;
    let busy = AtomicUsize::new(0);
    let web = Web::start(move |_| match busy.fetch_add(1, Ordering::SeqCst) {
        0 => (503, json!({ "error": "temporarily_unavailable" })),
        _ => (200, json!({ "access_token": token(0, &of_client()), "expires_in": 3599 })),
    })
    .await;
    let mut cloud = Cloud::new().await;
    cloud.settings.authority = web.url();
    cloud.settings.client_secret = Some(Secret::new(SECRET.into()));
    let settings = azure(&server, cloud.credentials());
    let once = BackendSettings { retries: 0, ..settings.clone() };
    let error = run(&*open(&once), request()).await.error.unwrap();
    assert_eq!(error.failure().kind, FailureKind::Credentials);
    assert!(error.failure().retryable, "{error}");
    assert_eq!(run(&*open(&settings), request()).await.text(), "Hello");
}
