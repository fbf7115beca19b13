//! What is asked before there is a session: the pages themselves, and the built program in a pseudo terminal.
use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use bowline::tui::{
    early::{Consent, Early, Given},
    keymap::{KeySequence, Keymap, Pending, Pressed},
    overlay::Page,
    screen::Canvas,
    theme::Theme,
};
use pretty_assertions::assert_eq;

use super::pty::Pty;
use crate::{
    headless::{CHAT, Desk},
    support::{
        server::Answer,
        speech::{Protocol, Said},
    },
};

const TRUST: &str = "Trust the settings of this project?";

/// Presses keys with a time between them; what the last one came to.
fn given(page: &mut Consent, keys: &str, apart: Duration, height: u16) -> Option<Given> {
    let (keymap, mut now, mut given) = (Keymap::built_in(), Instant::now(), None);
    let keys: KeySequence = keys.parse().unwrap();
    for key in keys.keys() {
        page.view(&Theme::plain(), &mut Canvas::new(40, height));
        page.shown(now);
        now += apart;
        let actions = match keymap.press(&mut Pending::default(), page.contexts(), *key) {
            Pressed::Actions(actions) => actions,
            Pressed::Waiting | Pressed::Broken | Pressed::Unbound => Vec::new(),
        };
        given = page.press(*key, &actions, now);
    }
    given
}

#[test]
fn nothing_is_trusted_by_a_key_that_was_meant_for_something_else_or_before_all_of_it_was_seen() {
    let lines: Vec<String> = (0..20).map(|line| format!("line {line}")).collect();
    let page = || {
        let [yes, never, not_now] = ["yes", "never", "not now"].map(str::to_owned);
        Consent::new(Page::of_text("It?", &lines), yes, never, not_now)
    };
    let (slow, fast) = (Duration::from_secs(1), Duration::from_millis(50));
    for (keys, apart, height, expected) in [
        ("y", slow, 40, Some(Given::Yes)),
        ("y", fast, 40, None),
        ("y y", fast, 40, None),
        ("y", slow, 12, None),
        ("pagedown y", slow, 12, None),
        ("pagedown pagedown pagedown pagedown y", slow, 12, Some(Given::Yes)),
        ("end y", slow, 12, Some(Given::Yes)),
        ("n", slow, 12, Some(Given::Never)),
        ("n", fast, 12, None),
        ("esc", slow, 12, Some(Given::NotNow)),
        ("enter", slow, 40, None),
        ("space", slow, 40, None),
        ("x", slow, 40, None),
    ] {
        assert_eq!(given(&mut page(), keys, apart, height), expected, "{keys} {apart:?} {height}");
    }
}

#[test]
fn a_projects_settings_count_once_they_are_trusted_and_a_no_is_remembered() {
    let project = "mode = \"plan\"\nsandbox = \"off\"\n";
    let desk = Desk::new([]).file(".bowline/config.toml", project);
    let start = || Pty::start(&desk.command(&["-m", CHAT]), 120, 24);
    let leave = |mut pty: Pty| {
        pty.send("\u{4}");
        assert_eq!(pty.ends().0, Some(0));
    };

    // What was typed for the shell answers nothing; Ctrl-C leaves at once.
    let mut pty = start();
    pty.send("y");
    let shown = pty.shows(TRUST);
    assert!(shown.contains("mode = \"plan\"") && shown.contains("never loosen it"), "{shown}");
    pty.send("\u{3}");
    assert_eq!(pty.ends().0, Some(0));
    let trust = desk.bench.config_directory().join("trust.toml");
    assert!(!trust.exists());

    // Esc is for this time.
    let pty = start();
    pty.shows(TRUST);
    answer(&pty, "\u{1b}");
    pty.shows("is not used, because its directory is not trusted");
    leave(pty);
    assert!(!trust.exists());

    let pty = start();
    pty.shows(TRUST);
    answer(&pty, "n");
    pty.shows("is not used, because its directory is not trusted");
    leave(pty);
    assert!(fs::read_to_string(&trust).unwrap().contains("declined"));
    let pty = start();
    pty.shows("is not used, because its directory is not trusted");
    leave(pty);

    fs::remove_file(&trust).unwrap();
    let pty = start();
    pty.shows(TRUST);
    answer(&pty, "y");
    pty.shows("plan");
    pty.hides(TRUST);
    leave(pty);
    let pty = start();
    pty.shows("gw/test");
    assert!(!pty.screen().contains("is not used"), "{}", pty.screen());
    leave(pty);
}

/// Sends a key until the question is gone: one that comes too soon after it was drawn counts for nothing.
fn answer(pty: &Pty, key: &str) {
    while pty.screen().contains(TRUST) {
        pty.send(key);
        pty.settles(Duration::from_millis(600), |screen| !screen.contents().contains(TRUST));
    }
}

/// Nothing says which model it is, and one server answers.
fn without_a_model(arguments: &[&str]) -> (Desk, Command) {
    let desk = Desk::new([Answer::reply(Protocol::Chat, &[Said::Text("Here I am.")])]);
    desk.server.offer(&["small", "large"]);
    // Whoever runs on this machine is left alone.
    let own = ["ollama", "llamacpp", "lmstudio"]
        .map(|name| format!("[backends.{name}]\nbase_url = \"http://127.0.0.1:9/v1\"\n"));
    desk.configure(&own.concat());
    let mut command = desk.command(arguments);
    command.env("OPENAI_API_KEY", "").env("OPENAI_BASE_URL", "").env("ANTHROPIC_API_KEY", "");
    command.env("GEMINI_API_KEY", "").env("TMPDIR", desk.path(""));
    (desk, command)
}

#[test]
fn without_a_model_those_that_can_be_had_are_offered() {
    let (desk, command) = without_a_model(&["who is there?"]);
    let mut pty = Pty::start(&command, 120, 30);
    let shown = pty.shows("Welcome to Bowline");
    for expected in [
        "needs a key: set OPENAI_API_KEY",
        "can't connect to http://127.0.0.1:9/v1",
        "gw/small",
        "gw/large",
        "look again",
        "demo",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    desk.server.offer(&["small", "large", "larger"]);
    pty.send("again\r");
    pty.shows("gw/larger");
    pty.send("larger\r");
    let shown = pty.shows("Here I am.");
    assert!(shown.contains("model = \"gw/larger\" in config.toml"), "{shown}");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    assert_eq!(desk.server.requests()[0].body["model"], "larger");

    let mut pty = Pty::start(&command, 120, 30);
    pty.shows("Welcome to Bowline");
    pty.send("\u{1b}");
    assert_eq!(pty.ends().0, Some(0));

    let mut pty = Pty::start(&command, 120, 30);
    pty.shows("Welcome to Bowline");
    pty.send("recorded\r");
    pty.shows("all four tests pass");
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();
}

#[test]
fn lines_are_asked_whether_a_project_is_trusted() {
    let desk = Desk::new([]).file(".bowline/config.toml", "mode = \"plan\"\n");
    let mut command = desk.command(&["-m", CHAT]);
    command.env("TERM", "dumb");
    let trust = desk.bench.config_directory().join("trust.toml");
    let start = || Pty::start(&command, 120, 40);
    let leave = |mut pty: Pty| {
        pty.wait("the prompt", |screen| screen.contents().trim_end().ends_with("\n>"));
        pty.send("\u{4}");
        assert_eq!(pty.ends().0, Some(0));
    };

    // An answer is a line that says so; Ctrl-C and the end of the input leave.
    for end in ["\u{3}", "\u{4}"] {
        let mut pty = start();
        let shown = pty.shows("y, n or an empty line:");
        assert!(shown.contains(TRUST) && shown.contains("mode = \"plan\""), "{shown}");
        pty.send("perhaps\r");
        pty.shows("That is no answer");
        pty.send(end);
        assert_eq!(pty.ends().0, Some(0));
        assert!(!trust.exists());
    }

    for (line, shown, kept) in [
        ("", "is not used, because its directory is not trusted", ""),
        ("n", "is not used, because its directory is not trusted", "declined"),
    ] {
        let pty = start();
        pty.shows("y, n or an empty line:");
        pty.send(&format!("{line}\r"));
        pty.shows(shown);
        leave(pty);
        assert!(fs::read_to_string(&trust).unwrap_or_default().contains(kept));
        assert_eq!(trust.exists(), !kept.is_empty());
    }
    fs::remove_file(&trust).unwrap();

    let pty = start();
    pty.shows("y, n or an empty line:");
    pty.send("y\r");
    pty.shows("mode plan");
    leave(pty);
    let pty = start();
    assert!(!pty.shows("mode plan").contains(TRUST));
    leave(pty);
}

#[test]
fn lines_are_offered_the_models_that_can_be_had() {
    let (desk, mut command) = without_a_model(&["who is there?"]);
    command.env("TERM", "dumb");
    let asks = |pty: &Pty| {
        let is_asked = |screen: &vt100::Screen| screen.contents().trim_end().ends_with("to leave:");
        pty.wait("the question", is_asked)
    };
    let mut pty = Pty::start(&command, 120, 40);
    let shown = asks(&pty);
    for expected in ["needs a key: set OPENAI_API_KEY", "1: gw/", "look again", "demo"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    desk.server.offer(&["small", "large", "larger"]);
    pty.send("look again\r");
    pty.shows("3: gw/larger");
    asks(&pty);
    pty.send("99\r");
    pty.shows("That is no answer");
    asks(&pty);
    pty.send("gw/larger\r");
    let shown = pty.shows("Here I am.");
    assert!(shown.contains("model = \"gw/larger\" in config.toml"), "{shown}");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    assert_eq!(desk.server.requests()[0].body["model"], "larger");

    let mut pty = Pty::start(&command, 120, 40);
    asks(&pty);
    pty.send("\r");
    assert_eq!(pty.ends().0, Some(0));

    let mut pty = Pty::start(&command, 120, 60);
    asks(&pty);
    pty.send("demo\r");
    pty.shows("all four tests pass");
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();
}

#[test]
fn lines_of_a_pipe_answer_no_first_question() {
    let desk = Desk::new([Answer::reply(Protocol::Chat, &[Said::Text("Here I am.")])])
        .file(".bowline/config.toml", "mode = \"plan\"\n");
    let mut command = desk.command(&["-m", CHAT, "--plain"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("> y\n") && said.contains("Here I am."), "{said}");
    assert!(!desk.bench.config_directory().join("trust.toml").exists());
}
