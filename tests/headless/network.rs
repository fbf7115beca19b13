//! Proxies and certificates as a user sets them up: each request goes that way, those for credentials too, and the doctor tells.
use std::process::Command;

use bowline::backend::Kind;
use serde_json::{Value, json};

use super::{CHAT, Desk, KEY, chat};
use crate::{
    cli::Ran,
    support::{
        server::Answer,
        speech::{Protocol, Said},
        tls::{Authority, Front, ProxyStandIn},
        web::Web,
    },
};

const NOW: (i32, i32) = (2020, 2999);
const PASSWORD: &str = "pr0xy-passw0rd";
/// `me` and the password.
const LEAVE: &str = "Basic bWU6cHIweHktcGFzc3cwcmQ=";
/// No name of this kind can be looked up, so that who does not go through the proxy gets nowhere.
const GATEWAY: &str = "gateway.invalid";

fn ran(command: &mut Command) -> Ran {
    let ran = Ran::from(command.output().unwrap());
    let told = format!("{ran:?}");
    assert!(!told.contains(PASSWORD) && !told.contains("bWU6c"), "{told}");
    ran
}

/// A model and what lets in there, both beyond a proxy and behind certificates of the same authority.
struct Company {
    desk: Desk,
    authority: Authority,
    proxy: ProxyStandIn,
    login: Web,
    _fronts: [Front; 2],
}

impl Company {
    async fn new(answers: Vec<Answer>, wants: Option<&'static str>) -> Self {
        let (desk, authority) = (Desk::new(answers), Authority::new("The Company"));
        let login = Web::start(|_| {
            (200, json!({ "access_token": KEY, "expires_in": 3599, "token_type": "Bearer" }))
        })
        .await;
        let model = Front::before(desk.server.address(), authority.issue(GATEWAY, NOW)).await;
        let entra = Front::before(login.address(), authority.issue("login.invalid", NOW)).await;
        let hosts = [("gateway.invalid:443", model.address), ("login.invalid:443", entra.address)];
        let proxy = ProxyStandIn::start(hosts, wants).await;
        let company = Self { desk, authority, proxy, login, _fronts: [model, entra] };
        company.configure("[network]\nca_file = ");
        company
    }

    /// `file`: where the authority's is named.
    fn configure(&self, file: &str) {
        let path = self.authority.path().display();
        self.desk.bench.write_config(&format!(
            "[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"https://{GATEWAY}/v1\"\napi_key_env = \"GW_KEY\"\nretries = 0\n\
             [backends.azure]\nkind = \"azure\"\nbase_url = \"https://{GATEWAY}/team/openai/v1\"\nscope = \"api://gateway/.default\"\nretries = 0\n\
             {file}\"{path}\"\n"
        ));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.desk.command(arguments);
        command.env("HTTPS_PROXY", format!("http://me:{PASSWORD}@{}", self.proxy.address()));
        command.env("AZURE_AUTHORITY_HOST", "https://login.invalid");
        command.env("AZURE_TENANT_ID", "t-1").env("AZURE_CLIENT_ID", "c-1");
        command.env("AZURE_CLIENT_SECRET", "cl13nt-s3cret~value");
        command
    }
}

/// The program runs on a thread of its own, beside the servers.
async fn beside(mut command: Command) -> Ran {
    tokio::task::spawn_blocking(move || ran(&mut command)).await.unwrap()
}

#[tokio::test]
async fn requests_and_those_for_credentials_go_through_the_proxy_and_trust_the_file() {
    let answers = [
        Answer::reply(Protocol::Chat, &[Said::Text("Done.")]),
        Answer::reply(Protocol::Responses, &[Said::Text("Done.")]),
    ];
    let company = Company::new(answers.into(), Some(LEAVE)).await;
    for (model, asked) in [
        (CHAT, &["gateway.invalid:443"][..]),
        ("azure/ours", &["gateway.invalid:443", "login.invalid:443"][..]),
    ] {
        let ran = beside(company.command(&["-p", "go", "-m", model])).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Done.\n"), "{ran:?}");
        assert_eq!(Vec::from_iter(company.proxy.asked()), asked);
    }
    company.desk.is_content();
    assert_eq!(company.login.asked().len(), 1);

    // Whom a backend's own table trusts is not trusted where its credentials come from.
    company.configure("ca_file = ");
    let ran = beside(company.command(&["-p", "go", "-m", "azure/ours"])).await;
    let told = "login.invalid: its certificate was issued by nobody whom this machine trusts";
    assert!(ran.code == Some(3) && ran.stderr.contains(told), "{ran:?}");
    assert_eq!(company.login.asked().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    for (wants, address, expected) in [
        (Some("Basic of-somebody-else"), None, "it wants a user name and a password"),
        (None, Some("127.0.0.1:9"), "Connection refused"),
    ] {
        let company = Company::new(Vec::new(), wants).await;
        let mut command = company.command(&["-p", "go", "-m", CHAT]);
        if let Some(address) = address {
            command.env("HTTPS_PROXY", address);
        }
        let ran = beside(command).await;
        assert_eq!(ran.code, Some(4), "{ran:?}");
        for expected in [expected, "the proxy http://127.0.0.1:", "(HTTPS_PROXY) is on the way: "] {
            assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
        }
    }
}

#[tokio::test]
async fn the_doctor_tells_of_proxies_and_certificates() {
    let company = Company::new(chat([&[Said::Text("ok")]]), None).await;
    let proxy = format!("http://{}", company.proxy.address());
    let file = company.authority.path().display().to_string();
    let ran = beside(company.command(&["doctor", "gw", "--probe", "-m", CHAT])).await;
    let lines = [
        format!("  proxy       {proxy} (HTTPS_PROXY)\n"),
        format!("  trusts      1 certificate of {file} (network.ca_file), too\n"),
        "first byte after ".to_owned(),
    ];
    for expected in lines {
        assert!(ran.stdout.contains(&expected), "{expected}: {ran:?}");
    }
    let ran = beside(company.command(&["doctor", "gw", "--json"])).await;
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let expected = json!({
        "proxy": proxy,
        "proxy_source": "HTTPS_PROXY",
        "proxy_passed_by": null,
        "trust_in_place_of_system": null,
        "ca_files": [{ "path": file, "setting": "network.ca_file", "certificates": 1 }],
    });
    assert_eq!(told["network"], expected);

    let here = company.desk.server.base_url_of(Kind::Openai);
    for (variable, value, expected, code) in [
        ("NO_PROXY", "10.0.0.0/8, .invalid", "proxy       none: NO_PROXY names it", 0),
        ("HTTPS_PROXY", "ftp://me:pr0xy-passw0rd@h", "HTTPS_PROXY is no address of a proxy", 0),
        (
            "SSL_CERT_FILE",
            "/its/own.pem",
            "/its/own.pem (SSL_CERT_FILE), in place of the system's",
            0,
        ),
    ] {
        let mut command = company.command(&["doctor", "gw"]);
        let ran = beside({
            command.env(variable, value);
            command
        })
        .await;
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    let local = format!("backends.gw.base_url=\"{}\"", here.replace("http:", "https:"));
    let ran = beside(company.command(&["doctor", "gw", "-c", &local])).await;
    assert!(ran.stdout.contains("proxy       none: it is on this machine"), "{ran:?}");
    let missing = ["doctor", "gw", "-c", "backends.gw.ca_file=\"~/none.pem\""];
    let ran = beside(company.command(&missing)).await;
    assert!(
        ran.code == Some(2) && ran.stdout.contains("none.pem (backends.gw.ca_file) can't be read"),
        "{ran:?}"
    );
    let ran = beside(company.command(&["doctor", "-c", "network.ca_file=\"certs/ca.pem\""])).await;
    assert!(
        ran.code == Some(2) && ran.stderr.contains("it has to begin with / or with ~/"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn the_variable_of_the_systems_certificates_counts() {
    let company = Company::new(chat([&[Said::Text("Done.")]]), None).await;
    company.configure("# ");
    let mut command = company.command(&["-p", "go", "-m", CHAT]);
    command.env("SSL_CERT_FILE", company.authority.path());
    let ran = beside(command).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Done.\n"), "{ran:?}");
    let ran = beside(company.command(&["-p", "go", "-m", CHAT])).await;
    let told = "its certificate was issued by nobody whom this machine trusts";
    assert!(ran.code == Some(4) && ran.stderr.contains(told), "{ran:?}");
}
