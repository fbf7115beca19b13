//! Whole turns on Azure, as its variables configure it.
use std::process::Command;

use bowline::backend::Kind;
use serde_json::{Value, json};

use super::{CHAT, Desk, KEY, running::events};
use crate::{
    cli::Ran,
    support::{
        server::Answer,
        speech::{Protocol, Said},
    },
};

const DEPLOYMENT: &str = "azure/gpt-6-sol-of-ours";

/// With a resource whose key this is.
fn command(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = desk.command(arguments);
    command.env("AZURE_OPENAI_ENDPOINT", desk.server.base_url_of(Kind::Azure));
    command.env("AZURE_OPENAI_API_KEY", KEY);
    command
}

#[track_caller]
fn ends(desk: &Desk, mut command: Command, code: i32) -> Ran {
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(code), "{command:?}: {ran:?}");
    assert!(!format!("{ran:?}").contains(KEY), "{ran:?}");
    desk.is_content();
    ran
}

#[test]
fn a_turn_on_azure_edits_a_file_and_shows_no_key() {
    let arguments = json!({ "path": "a.txt", "content": "new\n" }).to_string();
    let call = Said::Call { id: "call_1", tool: "write", arguments: &arguments };
    let desk = Desk::new([
        Answer::reply(Protocol::Responses, &[Said::Thought("Hm."), call]),
        Answer::reply(Protocol::Responses, &[Said::Text("Written.")]),
    ]);
    let ran = ends(&desk, command(&desk, &["-p", "go", "-m", DEPLOYMENT, "--mode", "edit"]), 0);
    assert_eq!((ran.stdout.as_str(), desk.text("a.txt").as_str()), ("Written.\n", "new\n"));
    let requests = desk.server.requests();
    assert_eq!((requests.len(), requests[1].path.as_str()), (2, "/openai/v1/responses"));
    assert_eq!(requests[1].body["model"], "gpt-6-sol-of-ours");
}

#[test]
fn a_deployment_that_is_not_there_is_told_with_what_to_do() {
    let error = json!({ "error": { "code": "DeploymentNotFound", "message": "The API deployment does not exist." } });
    let desk = Desk::new([Answer::error(404, &error)]);
    let ran = ends(&desk, command(&desk, &["-p", "go", "-m", "azure/none"]), 2);
    assert!(ran.stderr.contains("by the name of its deployment"), "{ran:?}");
    let mut unchosen = command(&desk, &["-p", "go"]);
    for other in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"] {
        unchosen.env_remove(other);
    }
    let ran = ends(&desk, unchosen, 2);
    assert!(ran.stderr.contains("choose one by -m azure/DEPLOYMENT"), "{ran:?}");
}

#[test]
fn a_route_goes_on_from_azure_and_to_azure() {
    for (route, switched) in
        [([DEPLOYMENT, CHAT], Protocol::Chat), ([CHAT, DEPLOYMENT], Protocol::Responses)]
    {
        let no_room = json!({ "error": { "code": "429", "message": "no room" } });
        let desk = Desk::new([
            Answer::error(429, &no_room),
            Answer::reply(switched, &[Said::Text("Done.")]),
        ]);
        desk.configure(&format!(
            "[backends.azure]\nretries = 0\n[routes.both]\ntry = {}\n",
            json!(route)
        ));
        let arguments = ["-p", "go", "--route", "both", "--json"];
        let ran = ends(&desk, command(&desk, &arguments), 0);
        let told = events(&ran.stdout);
        let moves = told.iter().filter(|event| event["type"] == "backend.switched");
        let moves: Vec<_> = moves.map(|it| (&it["from"], &it["to"])).collect();
        assert_eq!(moves, [(&json!(route[0]), &json!(route[1]))]);
    }
}

#[test]
fn the_doctor_and_the_list_of_models_know_azure() {
    let desk = Desk::new([Answer::reply(Protocol::Responses, &[Said::Text("ok")])]);
    desk.server.offer(&["gpt-6-sol", "text-embedding-3-large"]);
    let ran = ends(&desk, command(&desk, &["models", "azure"]), 0);
    for expected in ["azure/gpt-6-sol", "922k", "one answers by the name of its deployment"] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    assert!(!ran.stdout.contains("embedding"), "{ran:?}");

    let foundry = |arguments: &[&str]| {
        let mut command = command(&desk, arguments);
        command.env("ANTHROPIC_FOUNDRY_RESOURCE", "ours").env("ANTHROPIC_FOUNDRY_API_KEY", KEY);
        command
    };
    let ran = ends(&desk, foundry(&["models", "foundry"]), 0);
    for expected in ["foundry/claude-sonnet-5-5", "one answers by the name of its deployment"] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    let ran = ends(&desk, foundry(&["doctor", "foundry"]), 0);
    for expected in [
        "https://ours.services.ai.azure.com/anthropic/v1 ($ANTHROPIC_FOUNDRY_RESOURCE)",
        "from ANTHROPIC_FOUNDRY_API_KEY, sent as x-api-key and api-key",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }

    let mut without = command(&desk, &["doctor", "azure"]);
    without.env_remove("AZURE_OPENAI_API_KEY");
    let ran = ends(&desk, without, 3);
    for expected in [
        "($AZURE_OPENAI_ENDPOINT)",
        "azure lacks its key",
        "no token of Microsoft Entra ID was found",
        "client secret: AZURE_CLIENT_SECRET is not set",
        "run `az login`, or set AZURE_OPENAI_API_KEY",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    let mut wrong = command(&desk, &["doctor", "azure"]);
    wrong.env("AZURE_OPENAI_ENDPOINT", "https://name.azure.example");
    let ran = ends(&desk, wrong, 2);
    assert!(ran.stdout.contains("is no address of Azure"), "{ran:?}");

    let ran = ends(&desk, command(&desk, &["doctor", "azure", "--probe"]), 2);
    assert!(ran.stdout.contains("name it by -m azure/DEPLOYMENT"), "{ran:?}");
    let probe = ["doctor", "azure", "--probe", "--json", "-m", DEPLOYMENT];
    let ran = ends(&desk, command(&desk, &probe), 0);
    let found: Value = serde_json::from_str(ran.stdout.trim()).unwrap();
    assert_eq!((&found["state"], &found["key_header"]), (&"answered".into(), &"api-key".into()));
}
