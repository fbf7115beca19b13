//! Whole turns on Vertex AI, as its variables and a login with Google configure it.
use std::fs;

use bowline::backend::Kind;
use serde_json::json;

use super::{Desk, GEMINI, KEY, answers, call, free, snapshot};
use crate::{
    cli::Ran,
    support::{
        server::Answer,
        speech::{Protocol, Said},
        web::Web,
    },
};

const REFRESH: &str = "1//refresh-0123456789abcdef";

#[test]
fn a_login_lets_in_and_is_asked_when_it_is_needed_and_shown_nowhere() {
    let (tokens, _stop) = Web::beside(|asked| {
        match asked.form().get("refresh_token").is_some_and(|it| it == REFRESH) {
            true => (200, json!({ "access_token": KEY, "expires_in": 3599 })),
            false => (400, json!({ "error": "invalid_grant" })),
        }
    });
    let leak = call("c1", "run", r#"{"command":"cat leak; env"}"#);
    let mut script = answers(Protocol::Messages, [&[leak], &[Said::Text("Done.")]]);
    script.push(Answer::reply(Protocol::Gemini, &[Said::Text("Hi.")]));
    let desk = Desk::new(script).file("leak", KEY);
    let login = desk.bench.directory().parent().unwrap().join("adc.json");
    let content = json!({ "type": "authorized_user", "client_id": "c", "client_secret": "cl13nt-s3cret",
        "refresh_token": REFRESH, "token_uri": format!("{}/token", tokens.url()),
        "account": "ada@example.com", "quota_project_id": "payer" });
    fs::write(&login, content.to_string()).unwrap();
    let run = |arguments: &[&str], code: i32| {
        let mut command = desk.command(arguments);
        command.env("GOOGLE_CLOUD_PROJECT", "test-project");
        command.env("GOOGLE_VERTEX_BASE_URL", desk.server.base_url_of(Kind::Vertex));
        command.env("GOOGLE_APPLICATION_CREDENTIALS", &login);
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(ran.code, Some(code), "{ran:?}");
        for secret in [KEY, REFRESH, "cl13nt-s3cret"] {
            assert!(!format!("{ran:?}").contains(secret), "{ran:?}");
        }
        desk.is_content();
        ran
    };
    let ran = run(&free("vertex/claude-test", "go", &[]), 0);
    assert_eq!((ran.stdout.as_str(), tokens.asked().len()), ("Done.\n", 1));
    let requests = desk.server.requests();
    assert!(requests.iter().all(|it| it.headers["x-goog-user-project"] == "payer"));
    assert!(
        requests[1].path.ends_with("/publishers/anthropic/models/claude-test:streamRawPredict")
    );
    let told = desk.body(1);
    assert!(told.contains("[redacted]") && !told.contains(KEY), "{told}");
    for (path, bytes) in snapshot(&desk.bench.state_directory()) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(KEY) && !text.contains(REFRESH), "{}", path.display());
    }
    // Another backend's turn needs none.
    run(&["-p", "go", "-m", GEMINI], 0);
    assert_eq!(tokens.asked().len(), 1);

    let ran = run(&["doctor", "vertex"], 0);
    for expected in [
        "/projects/test-project/locations/global ($GOOGLE_VERTEX_BASE_URL)",
        "adc.json, a user's login",
        "ada@example.com",
        "it is renewed by itself",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    let content = content.to_string().replace(REFRESH, "1//revoked-0123456789abcdef");
    fs::write(&login, content).unwrap();
    let ran = run(&["-p", "go", "-m", "vertex/claude-test"], 3);
    assert!(ran.stderr.contains("run `gcloud auth application-default login`"), "{ran:?}");
}

#[test]
fn the_project_of_the_credentials_is_asked_and_told() {
    let (tokens, _stop) =
        Web::beside(|_| (200, json!({ "access_token": KEY, "expires_in": 3599 }).to_string()));
    let desk = Desk::new(answers(Protocol::Gemini, [&[Said::Text("Hi.")]]));
    let gcloud = desk.bench.directory().parent().unwrap().join("gcloud");
    fs::create_dir_all(gcloud.join("configurations")).unwrap();
    let content = json!({ "type": "authorized_user", "client_id": "c", "client_secret": "s",
        "refresh_token": REFRESH, "token_uri": format!("{}/token", tokens.url()) });
    let login = gcloud.join("application_default_credentials.json");
    fs::write(login, content.to_string()).unwrap();
    let configuration = gcloud.join("configurations/config_default");
    fs::write(&configuration, "[core]\nproject = test-project\n").unwrap();
    let run = |arguments: &[&str], code: i32| {
        let mut command = desk.command(arguments);
        command.env("GOOGLE_VERTEX_BASE_URL", desk.server.base_url_of(Kind::Vertex));
        command.env("CLOUDSDK_CONFIG", &gcloud);
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(ran.code, Some(code), "{ran:?}");
        desk.is_content();
        ran
    };
    assert_eq!(run(&["-p", "hi", "-m", "vertex/gemini-test"], 0).stdout, "Hi.\n");
    assert!(desk.server.requests()[0].path.starts_with("/v1/projects/test-project/locations/"));
    let told = run(&["doctor", "vertex"], 0).stdout;
    assert!(told.contains("test-project, from ") && told.contains("config_default"), "{told}");
    let told = run(&["doctor", "vertex", "--json"], 0).stdout;
    assert!(told.contains(r#""project":"test-project""#), "{told}");
    // With a project that is named nowhere, the next step is told.
    fs::remove_file(configuration).unwrap();
    let told = run(&["doctor", "vertex"], 3).stdout;
    assert!(
        told.contains("no project of Google Cloud") && told.contains("gcloud config set"),
        "{told}"
    );
}
