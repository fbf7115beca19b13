//! Tokens that nobody knew when the program began: wherever they come from, they appear nowhere but on the requests they let in.
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use bowline::backend::Kind;
use serde_json::json;

use super::{CHAT, Desk, answers, call, free, snapshot};
use crate::{
    cli::Ran,
    support::{
        server::Answer,
        sigv4::Signer,
        speech::{Protocol, Said},
        web::{Asked, Web},
    },
};

/// Of no shape that would give them away.
const TOKEN: &str = "found.at.run-time_7f3a91c0de";
const HIDDEN: &str = "hidden+behind/it_5b21e8aa07";

/// Where a token comes from, and which model it lets in to.
struct Case {
    name: &'static str,
    protocol: Protocol,
    model: &'static str,
    /// What is secret besides, and known to be.
    behind: &'static str,
    /// Variables, and what stands in the configuration.
    variables: fn(&Desk, &Web, &Path) -> Vec<(&'static str, String)>,
    config: fn(&Desk, &Path) -> String,
}

const CASES: [Case; 4] = [
    Case {
        name: "api_key_command",
        protocol: Protocol::Chat,
        model: CHAT,
        behind: "",
        variables: |_, _, _| Vec::new(),
        config: |desk, beside| {
            let program = beside.join("key");
            fs::write(&program, format!("#!/bin/sh\necho {TOKEN}\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
            let (url, program) = (desk.server.base_url(), program.display());
            format!(
                "[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"{url}\"\nretries = 0\napi_key_command = [\"{program}\"]\n"
            )
        },
    },
    Case {
        name: "Entra ID",
        protocol: Protocol::Responses,
        model: "azure/ours",
        behind: HIDDEN,
        variables: |_, web, _| {
            vec![
                ("AZURE_AUTHORITY_HOST", web.url()),
                ("AZURE_TENANT_ID", "t-1".to_owned()),
                ("AZURE_CLIENT_ID", "c-1".to_owned()),
                ("AZURE_CLIENT_SECRET", HIDDEN.to_owned()),
            ]
        },
        config: |desk, _| {
            let url = desk.server.base_url_of(Kind::Azure);
            format!(
                "[backends.azure]\nkind = \"azure\"\nbase_url = \"{url}team/openai/v1\"\nscope = \"api://us/.default\"\nretries = 0\n"
            )
        },
    },
    Case {
        name: "application default credentials",
        protocol: Protocol::Messages,
        model: "vertex/claude-test",
        behind: "",
        variables: |desk, web, beside| {
            let file = beside.join("adc.json");
            let content = json!({ "type": "authorized_user", "client_id": "c", "client_secret": HIDDEN,
                "refresh_token": HIDDEN, "token_uri": format!("{}/token", web.url()) });
            fs::write(&file, content.to_string()).unwrap();
            vec![
                ("GOOGLE_CLOUD_PROJECT", "test-project".to_owned()),
                ("GOOGLE_VERTEX_BASE_URL", desk.server.base_url_of(Kind::Vertex)),
                ("GOOGLE_APPLICATION_CREDENTIALS", file.display().to_string()),
            ]
        },
        config: |_, _| "[backends.vertex]\nretries = 0\n".to_owned(),
    },
    Case {
        name: "STS",
        protocol: Protocol::Converse,
        model: "eu/anthropic.test",
        behind: HIDDEN,
        variables: |_, web, beside| {
            let file = beside.join("web-identity");
            fs::write(&file, HIDDEN).unwrap();
            vec![
                ("AWS_ROLE_ARN", "arn:aws:iam::1:role/first".to_owned()),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", file.display().to_string()),
                ("AWS_ENDPOINT_URL_STS", web.url()),
                ("AWS_REGION", "eu-central-1".to_owned()),
            ]
        },
        config: |desk, _| {
            let url = desk.server.base_url_of(Kind::Bedrock);
            format!("[backends.eu]\nkind = \"bedrock\"\nbase_url = \"{url}\"\nretries = 0\n")
        },
    },
];

/// A service of tokens, by each of their protocols.
fn give(asked: &Asked) -> (u16, String) {
    if asked.form().get("Action").is_some_and(|it| it == "AssumeRoleWithWebIdentity") {
        let xml = format!(
            "<R xmlns=\"x\"><Result><AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/first/bowline</Arn></AssumedRoleUser>\
             <Credentials><AccessKeyId>ASIAFIRST</AccessKeyId><SecretAccessKey>{HIDDEN}</SecretAccessKey>\
             <SessionToken>{TOKEN}</SessionToken><Expiration>2999-11-23T13:00:00Z</Expiration></Credentials></Result></R>"
        );
        return (200, xml);
    }
    (200, json!({ "access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer" }).to_string())
}

#[track_caller]
fn holds_none(what: &str, told: &str) {
    for secret in [TOKEN, HIDDEN] {
        assert!(!told.contains(secret), "{what}: {told}");
    }
}

fn check(case: &Case) {
    let look = call("c1", "run", r#"{"command":"cat leak; env"}"#);
    let mut script = answers(case.protocol, [&[look], &[Said::Text("Done.")], &[Said::Text("ok")]]);
    let quoted = format!("who is {TOKEN}?");
    script.push(Answer::error(400, &json!({ "error": { "message": quoted, "type": "invalid_request_error" }, "message": quoted })));
    let desk = Desk::new(script).file("leak", &format!("{TOKEN} {}\n", case.behind));
    if case.protocol == Protocol::Converse {
        let (id, secret) = ("ASIAFIRST".to_owned(), HIDDEN.to_owned());
        desk.server.let_anyone_in();
        desk.server.want_signature(Signer { id, secret, token: Some(TOKEN.to_owned()) });
    } else {
        desk.server.want_key(TOKEN);
    }
    let (web, _stop) = Web::beside(give);
    let beside: PathBuf = desk.bench.directory().parent().unwrap().join("beside");
    fs::create_dir(&beside).unwrap();
    desk.bench.write_config(&(case.config)(&desk, &beside));
    let variables = (case.variables)(&desk, &web, &beside);
    let run = |arguments: &[&str], code: i32| {
        let mut command = desk.command(arguments);
        let ran = Ran::from(command.envs(variables.clone()).output().unwrap());
        assert_eq!(ran.code, Some(code), "{}: {ran:?}", case.name);
        holds_none(case.name, &format!("{ran:?}"));
        ran
    };
    let cassette = beside.join("cassette.jsonl");
    let name = case.model.split('/').next().unwrap();
    run(&["doctor", name], 0);
    run(&["doctor", name, "--json"], 0);
    run(&free(case.model, "go", &["--json", "--record", cassette.to_str().unwrap()]), 0);
    // What a command saw and printed: not in its environment, and not told to the model.
    let told = desk.body(1);
    assert!(told.contains("[redacted]") && told.contains("PATH="), "{}: {told}", case.name);
    holds_none(case.name, &told);
    holds_none(case.name, &fs::read_to_string(&cassette).unwrap());
    run(&["doctor", name, "--probe", "-m", case.model], 0);
    run(&free(case.model, "again", &[]), 1);
    for (path, bytes) in snapshot(&desk.bench.state_directory()) {
        holds_none(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
    }
    desk.is_content();
}

#[test]
fn a_token_that_was_found_is_nowhere_but_on_its_requests() {
    CASES.iter().for_each(check);
}
