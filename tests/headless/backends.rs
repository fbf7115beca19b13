//! What `bowline models` and `bowline doctor` say of backends.
use serde_json::{Value, json};

use super::{CHAT, Desk, KEY, MESSAGES, RESPONSES};
use crate::{
    cli::Ran,
    support::{
        server::{Answer, Step},
        speech::{Protocol, Said},
    },
};

/// Servers on this machine that do not run, whoever else is started here.
const NOBODY: &str = "[backends.ollama]\nbase_url = \"http://127.0.0.1:9/v1\"\n[backends.llamacpp]\nbase_url = \"http://127.0.0.1:9/v1\"\n[backends.lmstudio]\nbase_url = \"http://127.0.0.1:9/v1\"\n";

fn desk(answers: impl IntoIterator<Item = Answer>) -> Desk {
    let desk = Desk::new(answers);
    desk.configure(NOBODY);
    desk
}

/// Runs it without these variables, and wants this exit code.
#[track_caller]
fn ends(desk: &Desk, arguments: &[&str], without: &[&str], code: i32) -> Ran {
    let mut command = desk.command(arguments);
    for variable in without {
        command.env_remove(variable);
    }
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
    assert!(!format!("{ran:?}").contains(KEY), "{ran:?}");
    ran
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn models_are_listed_with_what_is_known_of_them() {
    let desk = desk([]);
    desk.server.offer(&["small", "large"]);
    let moved = ["OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL"];
    let ran = ends(&desk, &["models"], &moved, 0);
    for expected in [
        "MODEL",
        "anthropic/claude-opus-5-5",
        "1M",
        "openai/gpt-6.2-sol",
        "gemini/gemini-4-argon",
        "gw/small",
        "US dollars for a million tokens",
        "can't connect to http://127.0.0.1:9/v1",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    assert!(!ran.stdout.contains("claude-haiku-4-5-20251001"), "{ran:?}");

    let found = lines(&ends(&desk, &["models", "anthropic", "--json", "-m", MESSAGES], &moved, 0));
    let named = |name: &str| found.iter().find(|row| row["model"] == name).unwrap();
    let opus = named("anthropic/claude-opus-5-5");
    assert_eq!(
        (&opus["context"], &opus["usd_per_million"]["cache_read"]),
        (&1_000_000.into(), &0.2.into())
    );
    assert_eq!(
        (opus["is_current"].as_bool(), named(MESSAGES)["is_current"].as_bool()),
        (Some(false), Some(true))
    );
    assert_eq!(named(MESSAGES)["context"], Value::Null);

    // Programs hear of every backend, and what each lacks.
    let without = [&moved[..], &["GEMINI_API_KEY"]].concat();
    let all = lines(&ends(&desk, &["models", "--json"], &without, 0));
    let told = |backend: &str| {
        let of_backend = |row: &&Value| row["model"].as_str().unwrap().starts_with(backend);
        let row = all.iter().find(of_backend).unwrap_or_else(|| panic!("{backend}: {all:?}"));
        (row["is_reachable"].as_bool(), row["lacks"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(told("anthropic/"), (Some(true), String::new()));
    let (is_reachable, lacks) = told("gemini/");
    assert!(is_reachable == Some(false) && lacks.contains("GEMINI_API_KEY"), "{lacks}");

    // Whose prices are not known is asked itself; whoever lacks a key is passed over, and named.
    let ran = ends(&desk, &["models"], &["GW_KEY"], 0);
    assert!(ran.stdout.contains("anthropic/large"), "{ran:?}");
    assert!(ran.stdout.contains("gemini/large") && !ran.stdout.contains("vectors"), "{ran:?}");
    assert!(!ran.stdout.contains("gw/small") && ran.stdout.contains("set GW_KEY"), "{ran:?}");
}

#[test]
fn a_model_that_has_answered_is_listed_with_its_speed() {
    let usage = Said::Usage { sent: 10, cached: 0, output: 24 };
    let desk = desk([Answer::reply(Protocol::Chat, &[Said::Text("Yes."), usage])]);
    desk.server.offer(&["test", "other"]);
    ends(&desk, &["-p", "one", "-m", CHAT], &[], 0);
    let found = lines(&ends(&desk, &["models", "gw", "--json"], &[], 0));
    let first_byte = |name: &str| {
        found.iter().find(|row| row["model"] == name).unwrap()["first_byte_ms"].as_u64()
    };
    assert!(first_byte(CHAT).is_some(), "{found:?}");
    assert_eq!(first_byte("gw/other"), None);
    let table = ends(&desk, &["models", "gw"], &[], 0).stdout;
    let line = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line(CHAT).contains(" ms"), "{table}");
    assert!(line("MODEL").contains("FIRST") && !line("gw/other").contains(" ms"), "{table}");
}

#[test]
fn models_that_can_not_be_listed_have_their_exit_codes() {
    let desk = desk([]);
    let ran = ends(&desk, &["models", "gx"], &[], 2);
    assert!(ran.stderr.contains("the configured ones are anthropic, gemini, gw"), "{ran:?}");
    assert!(ends(&desk, &["models", "gw"], &["GW_KEY"], 3).stderr.contains("set GW_KEY"));
    assert!(ends(&desk, &["models", "ollama"], &[], 4).stderr.contains("can't connect"));
}

#[test]
fn the_doctor_names_what_is_missing_and_the_next_step() {
    let desk = desk([]);
    let keys =
        ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GW_KEY", "ANTHROPIC_BASE_URL"];
    let ran = ends(&desk, &["doctor"], &keys, 3);
    for expected in [
        "anthropic lacks its key",
        "https://api.anthropic.com/v1 (built in)",
        "ANTHROPIC_API_KEY is not set, and neither is ANTHROPIC_AUTH_TOKEN",
        "export ANTHROPIC_API_KEY=KEY",
        "GEMINI_API_KEY is not set, and neither is GOOGLE_API_KEY",
        "export GW_KEY=KEY",
        "($OPENAI_BASE_URL)",
        "config.toml:",
        "no model is set and no backend has credentials",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    let found = lines(&ends(&desk, &["doctor", "--json", "-m", MESSAGES], &[], 0));
    let of = |name: &str| found.iter().find(|row| row["backend"] == name).unwrap();
    let anthropic = of("anthropic");
    for (member, expected) in [
        ("state", "ready"),
        ("key_source", "ANTHROPIC_API_KEY"),
        ("key_header", "x-api-key"),
        ("endpoint_source", "$ANTHROPIC_BASE_URL"),
    ] {
        assert_eq!(anthropic[member], expected, "{anthropic}");
    }
    assert_eq!((&anthropic["is_current"], &of("gw")["is_current"]), (&true.into(), &false.into()));
    assert_eq!(
        (&of("ollama")["state"], &of("ollama")["key_source"]),
        (&"ready".into(), &Value::Null)
    );
    assert_eq!(desk.server.requests().len(), 0, "nothing was asked");
    let notes = &found.last().unwrap()["notes"];
    assert_eq!(notes, &json!({ "read": [], "cut_or_left_out": [] }));
    let desk = desk.file("AGENTS.md", "Be brief. @.env").file(".env", "KEY=1");
    let found = lines(&ends(&desk, &["doctor", "--json", "-m", MESSAGES], &[], 0));
    let left_out = "AGENTS.md includes `@.env`, which is not read: it holds secrets by its name";
    let read = json!([{ "file": "AGENTS.md", "bytes": 15 }]);
    let wanted = json!({ "notes": { "read": read, "cut_or_left_out": [left_out] } });
    assert_eq!(found.last(), Some(&wanted));
    assert_eq!(lines(&ends(&desk, &["doctor", "gw", "--json"], &[], 0)).len(), 1);

    // What nobody asked about decides nothing.
    ends(&desk, &["doctor", "-m", CHAT], &["OPENAI_API_KEY"], 0);
    ends(&desk, &["doctor", "openai", "-m", CHAT], &["OPENAI_API_KEY"], 3);
    let wrong = ["doctor", "gw", "-c", "backends.gw.base_url=\"http://10.0.0.7/v1\""];
    assert!(ends(&desk, &wrong, &[], 2).stdout.contains("unencrypted"));
    assert!(ends(&desk, &["doctor", "gx"], &[], 2).stderr.contains("no backend is named `gx`"));
}

#[test]
fn a_probe_sends_the_smallest_request_and_says_how_long_it_took() {
    for (protocol, model) in super::EVERY_WIRE {
        let desk = desk([Answer::reply(protocol, &[Said::Text("ok")])]);
        let (backend, name) = model.split_once('/').unwrap();
        let found =
            lines(&ends(&desk, &["doctor", backend, "--probe", "--json", "-m", model], &[], 0));
        let probe = &found[0]["probe"];
        assert_eq!((&found[0]["state"], &probe["model"]), (&"answered".into(), &name.into()));
        assert!(probe["first_byte_ms"].as_u64() <= probe["duration_ms"].as_u64(), "{probe}");
        assert!(desk.body(0).len() < 500, "{}", desk.body(0));
        desk.is_content();
    }
    let desk = desk([Answer::reply(Protocol::Chat, &[Said::Text("ok")])]);
    desk.server.offer(&["first", "second"]);
    let ran = ends(&desk, &["doctor", "gw", "--probe"], &[], 0);
    assert!(
        ran.stdout.contains("gw answers") && ran.stdout.contains("first: first byte after"),
        "{ran:?}"
    );
}

#[test]
fn a_probe_that_fails_says_why_by_its_exit_code() {
    let overloaded = || Answer::new(529, "application/json", [Step::Piece(b"{}".to_vec())]);
    let desk = desk([overloaded()]);
    let ran = ends(&desk, &["doctor", "anthropic", "--probe"], &[], 4);
    assert!(ran.stdout.contains("anthropic does not answer as it should"), "{ran:?}");
    let mut command = desk.command(&["doctor", "openai", "--probe", "-m", RESPONSES]);
    let ran = Ran::from(command.env("OPENAI_API_KEY", "sk-wrong").output().unwrap());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stdout.contains("the key came from OPENAI_API_KEY"), "{ran:?}");
    assert!(!ran.stdout.contains("sk-wrong"), "{ran:?}");
    ends(&desk, &["doctor", "ollama", "--probe"], &[], 4);
}
