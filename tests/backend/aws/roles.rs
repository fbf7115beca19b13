//! Roles that are taken on at a stand-in for AWS's token service, which looks at who signed.
use std::fs;

use super::{KEYS, Machine, PROCESS};
use crate::support::sigv4::{Signed, Signer};
use crate::support::web::{Asked, Web};

fn token_service(asked: &Asked) -> (u16, String) {
    let form = asked.body.clone();
    if form.contains("role%2Fforbidden") {
        let error = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>You may not</Message></Error></ErrorResponse>";
        return (403, error.into());
    }
    let role = if form.contains("role%2Fsecond") { "second" } else { "first" };
    let credentials = format!(
        "<Credentials><AccessKeyId>ASIA{role}</AccessKeyId><SecretAccessKey>hidden-{role}</SecretAccessKey>\
         <SessionToken>token-{role}</SessionToken><Expiration>2026-11-23T13:00:00Z</Expiration></Credentials>"
    );
    let user = format!(
        "<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/{role}/bowline</Arn></AssumedRoleUser>"
    );
    (200, format!("<R xmlns=\"x\"><Result>{user}{credentials}</Result></R>"))
}

const CONFIG: &str = "\
[profile worker]
role_arn = arn:aws:iam::1:role/second
source_profile = middle
external_id = x/y
[profile middle]
role_arn = arn:aws:iam::1:role/first
source_profile = base
[profile pod]
role_arn = arn:aws:iam::1:role/first
web_identity_token_file = ~/token
[profile named]
role_arn = arn:aws:iam::1:role/first
credential_source = Environment
[profile round]
role_arn = arn:aws:iam::1:role/first
source_profile = and-round
[profile and-round]
role_arn = arn:aws:iam::1:role/first
source_profile = round
[profile lost]
role_arn = arn:aws:iam::1:role/first
source_profile = nobody
[profile denied]
role_arn = arn:aws:iam::1:role/forbidden
source_profile = base
[profile coded]
role_arn = arn:aws:iam::1:role/first
source_profile = base
mfa_serial = arn:aws:iam::1:mfa/me
";

#[tokio::test]
async fn roles_are_taken_on_by_keys_by_other_roles_and_by_tokens() {
    let service = Web::start(token_service).await;
    let machine = || {
        let machine = Machine::new()
            .variable("AWS_ENDPOINT_URL_STS", &service.url())
            .file("config", CONFIG)
            .file("credentials", &format!("[base]\n{KEYS}"));
        fs::write(machine.home.path().join("token"), "hidden-token\n").unwrap();
        machine
    };
    let by_variables = machine().variable("AWS_ROLE_ARN", "arn:aws:iam::1:role/first");
    let token = by_variables.home.path().join("token");
    let by_variables =
        by_variables.variable("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap());
    for (machine, expected) in [
        (
            machine().profile("worker"),
            "profile `worker` as arn:aws:sts::1:assumed-role/second/bowline",
        ),
        (machine().profile("pod"), "profile `pod` as arn:aws:sts::1:assumed-role/first/bowline"),
        (by_variables, "AWS_WEB_IDENTITY_TOKEN_FILE as arn:aws:sts::1:assumed-role/first/bowline"),
        (machine().profile("named"), "takes its credentials from Environment: not set"),
        (machine().profile("round"), "takes its credentials from too many others"),
        (machine().profile("lost"), "from the profile `nobody`: there is no such profile"),
        (machine().profile("denied"), "could not be taken on: You may not (HTTP 403)"),
        (machine().profile("coded"), "asks for a code of MFA"),
        (
            machine().profile("coded").script("aws configure export-credentials", Ok(PROCESS)),
            "profile `coded`, by `aws configure export-credentials`",
        ),
    ] {
        let told = machine.told().await;
        assert!(told.contains(expected), "{told}\ndoes not say\n{expected}");
        assert!(!told.contains("hidden"), "{told}");
    }
    // The first role by the keys of the file, the second by what the first one gave; a token is enough by itself.
    let asked = service.asked();
    let signer = |id: &str, secret: &str, token: Option<&str>| Signer {
        id: id.into(),
        secret: secret.into(),
        token: token.map(str::to_owned),
    };
    let signers = [
        signer("AKIAFILEFILEFILE", "hidden", None),
        signer("ASIAfirst", "hidden-first", Some("token-first")),
    ];
    for (asked, signer) in asked.iter().zip(signers) {
        let Asked { method, path, headers, body } = asked;
        let signed = Signed { method, path, headers, body: body.as_bytes() };
        signer.check(&signed, "sts").unwrap();
        assert!(headers["authorization"].contains("/20261123/eu-central-1/sts/"), "{headers:?}");
    }
    let form = |number: usize| asked[number].body.clone();
    assert!(form(1).contains("&ExternalId=x%2Fy"), "{}", form(1));
    assert!(form(2).contains("WebIdentityToken=hidden-token"), "{}", form(2));
    assert!(!asked[2].headers.contains_key("authorization"));
}
