//! What machines and containers of AWS have of themselves.
use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{Machine, NOON, at};
use crate::support::web::{Asked, Web};

const TOLD: &str = r#"{"Code":"Success","AccessKeyId":"ASIATOLD","SecretAccessKey":"hidden","Token":"t","Expiration":"2026-11-23T18:00:00Z"}"#;

const HOUR: u64 = 3600;

fn machines_service(asked: &Asked) -> (u16, String) {
    let has_token =
        asked.headers.get("x-aws-ec2-metadata-token").is_some_and(|it| it == "metadata-token");
    match (asked.method.as_str(), asked.path.as_str()) {
        ("PUT", "/latest/api/token")
            if asked.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600" =>
        {
            (200, "metadata-token".into())
        }
        ("GET", "/latest/meta-data/iam/security-credentials/") if has_token => {
            (200, "workers\n".into())
        }
        ("GET", "/latest/meta-data/iam/security-credentials/workers") if has_token => {
            (200, TOLD.into())
        }
        _ => (401, String::new()),
    }
}

fn at_machine(service: &Web) -> Machine {
    Machine::new()
        .variable("AWS_EC2_METADATA_DISABLED", "false")
        .variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", &service.url())
}

#[tokio::test]
async fn a_machine_and_a_container_have_credentials_of_themselves() {
    let machines = Web::start(machines_service).await;
    let without_role = Web::start(|asked| match asked.method.as_str() {
        "PUT" => (200, "t".into()),
        _ => (404, String::new()),
    })
    .await;
    let containers = Web::start(|asked| {
        let is_right = asked.headers.get("authorization").is_some_and(|it| it == "hidden-token");
        if is_right { (200, TOLD.into()) } else { (403, String::new()) }
    })
    .await;
    let in_container = || {
        Machine::new().variable(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &format!("{}/v1/credentials", containers.url()),
        )
    };
    let about = at_machine(&machines).find().await.unwrap();
    assert_eq!(about.identity.as_deref(), Some("role workers"));
    assert_eq!(about.expires, Some(at(NOON + 6 * HOUR)));
    assert_eq!(machines.asked().len(), 3);

    let token = in_container();
    let file = token.home.path().join("token");
    fs::write(&file, "hidden-token\n").unwrap();
    let with_file =
        token.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap());
    for (machine, expected) in [
        (at_machine(&without_role), "this machine's role (IMDS): this machine has no role"),
        (
            in_container().variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hidden-token"),
            "/v1/credentials as access key ASIA…TOLD",
        ),
        (with_file, "/v1/credentials as access key ASIA…TOLD"),
        (in_container(), "it answered with status 403; look at"),
        (
            in_container().variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/token"),
            "the file with its token, /nowhere/token: No such file",
        ),
    ] {
        let told = machine.told().await;
        assert!(told.contains(expected), "{told}\ndoes not say\n{expected}");
        assert!(!told.contains("hidden"), "{told}");
    }
}

#[tokio::test]
async fn what_a_machine_gave_is_asked_for_again_before_it_ends_and_after() {
    let given = AtomicUsize::new(0);
    let machines = Web::start(move |asked| match machines_service(asked) {
        (200, told) if told == TOLD => {
            let ends = ["T13:00", "T14:00", "T23:00"][given.fetch_add(1, Ordering::SeqCst)];
            (200, told.replace("T18:00", ends))
        }
        other => other,
    })
    .await;
    let half_past_twelve = NOON + HOUR / 2;
    let almost_one = NOON + HOUR - 1;
    let five = NOON + 5 * HOUR;
    let found = at_machine(&machines).find_at([NOON, half_past_twelve, almost_one, five]).await;
    let ends = found.into_iter().map(|about| about.unwrap().expires.unwrap());
    let expected = [1, 1, 2, 11].map(|hours| at(NOON + hours * HOUR));
    assert_eq!(ends.collect::<Vec<_>>(), expected);
}
