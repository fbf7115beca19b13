//! Whoever signed in by `aws sso login`.
use bowline::backend::ProgramError;

use super::{Machine, NOON, PROCESS, at};
use crate::support::web::{Asked, Web};

fn portal(asked: &Asked) -> (u16, String) {
    match (asked.headers.get("x-amz-sso_bearer_token").map(String::as_str), asked.path.as_str()) {
        (Some("hidden-good"), "/federation/credentials?role_name=Dev&account_id=123") => {
            let end = (NOON + 3600) * 1000;
            let credentials = format!(
                r#"{{"accessKeyId":"ASIASSO","secretAccessKey":"hidden","sessionToken":"t","expiration":{end}}}"#
            );
            (200, format!(r#"{{"roleCredentials":{credentials}}}"#))
        }
        (Some("hidden-good"), _) => (403, String::new()),
        (Some("hidden-busy"), _) => (500, String::new()),
        _ => (401, String::new()),
    }
}

#[tokio::test]
async fn whoever_signed_in_is_known_by_the_token_that_is_kept() {
    let service = Web::start(portal).await;
    let profile = |name: &str, session: &str, role: &str| {
        format!(
            "[profile {name}]\nsso_session = {session}\nsso_account_id = 123\nsso_role_name = {role}\n\
             [sso-session {session}]\nsso_region = eu-west-1\nsso_start_url = https://corp.example/start\n"
        )
    };
    let config = [
        profile("good", "good", "Dev"),
        profile("other", "good", "Boss"),
        profile("busy", "busy", "Dev"),
        profile("refused", "refused", "Dev"),
        profile("ended", "ended", "Dev"),
        profile("new", "new", "Dev"),
        "[profile old]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\nsso_account_id = 123\nsso_role_name = Dev\n".into(),
        "[profile half]\nsso_session = nobody\n".into(),
        "[profile less]\nsso_session = good\nsso_role_name = Dev\n".into(),
    ]
    .concat();
    let kept = |token: &str, end: &str| {
        format!(r#"{{"accessToken":"hidden-{token}","expiresAt":"{end}","region":"eu-west-1"}}"#)
    };
    let machine = || {
        Machine::new()
            .variable("AWS_ENDPOINT_URL_SSO", &service.url())
            .file("config", &config)
            .file(&cache("good"), &kept("good", "2026-11-23T12:00:01Z"))
            .file(&cache("busy"), &kept("busy", "2026-11-23T13:00:00Z"))
            .file(&cache("refused"), &kept("refused", "2026-11-23T13:00:00Z"))
            .file(&cache("ended"), &kept("good", "2026-11-23T11:59:59Z"))
            .file(&cache("https://corp.example/start"), &kept("good", "2026-11-23T13:00:00UTC"))
            .file(&cache("new"), "no JSON")
    };
    for (machine, expected) in [
        (machine().profile("good"), "profile `good`, by IAM Identity Center as Dev in account 123"),
        (machine().profile("other"), "you may not be Boss in account 123 (HTTP 403)"),
        (machine().profile("busy"), "it answered with status 500; try again later"),
        (machine().profile("refused"), "run `aws sso login --profile refused`"),
        (machine().profile("ended"), "run `aws sso login --profile ended`"),
        (machine().profile("new"), "run `aws sso login --profile new`"),
        (
            machine()
                .profile("ended")
                .script("aws configure export-credentials --profile ended", Ok(PROCESS)),
            "profile `ended`, by `aws configure export-credentials` as access key ASIA…RAMS",
        ),
        (
            machine().profile("ended").script(
                "aws",
                Err(ProgramError::Failed("Token has expired and refresh failed".into())),
            ),
            "is not signed in, or no longer (aws configure export-credentials: Token has expired and refresh failed); run `aws sso login --profile ended`",
        ),
        (
            machine().profile("half"),
            "has no section [sso-session nobody]; run `aws configure sso --profile half`",
        ),
        (machine().profile("less"), "has no `sso_account_id`"),
    ] {
        let told = machine.told().await;
        assert!(told.contains(expected), "{told}\ndoes not say\n{expected}");
        assert!(!told.contains("hidden"), "{told}");
    }
    let about = machine().profile("good").find().await.unwrap();
    assert_eq!(about.expires, Some(at(NOON + 3600)));
}

/// Where a token is kept: by the SHA-1 of what it belongs to.
fn cache(key: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    let name: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sso/cache/{name}.json")
}
