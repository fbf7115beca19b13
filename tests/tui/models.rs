//! The list of models in a pseudo terminal, and a session that goes over to another one.
use super::pty::Pty;
use crate::{
    headless::{CHAT, Desk, KEY},
    support::{
        server::Answer,
        speech::{Protocol, Said},
    },
};

#[test]
fn a_model_is_chosen_from_the_list_or_by_its_name_and_a_new_session_keeps_it() {
    let desk = Desk::new([
        Answer::reply(Protocol::Chat, &[Said::Text("The first speaks.")]),
        Answer::reply(Protocol::Responses, &[Said::Text("The second speaks.")]),
        Answer::reply(Protocol::Responses, &[Said::Text("A new session.")]),
    ]);
    desk.server.offer(&["test", "offered"]);
    // Whoever runs on this machine is left alone.
    let own = ["ollama", "llamacpp", "lmstudio"]
        .map(|name| format!("[backends.{name}]\nbase_url = \"http://127.0.0.1:9/v1\"\n"));
    desk.configure(&format!("{}[backends.bare]\nkind = \"openai-chat\"\nbase_url = \"http://127.0.0.1:9/v1\"\napi_key_env = \"BARE_KEY\"\n", own.concat()));
    let mut pty = Pty::start(&desk.command(&["-m", CHAT, "begin now"]), 120, 30);
    pty.shows("The first speaks.");

    // What is wrong is said, and nothing changes.
    pty.send("/model nothing\r");
    pty.shows("write BACKEND/MODEL");
    pty.send("/model bare/m\r");
    pty.shows("bare needs a key: set BARE_KEY");

    pty.send("/model openai/second\r");
    let told = pty.shows("openai/second answers from here on, in place of gw/test.");
    assert!(told.contains("is in no cache there"), "{told}");
    pty.send("go on\r");
    pty.shows("The second speaks.");
    let requests = desk.server.requests();
    assert_eq!(
        (requests[1].path.as_str(), &requests[1].body["model"]),
        ("/v1/responses", &"second".into())
    );
    assert!(desk.body(1).contains("The first speaks."), "{}", desk.body(1));

    pty.send("/model\r");
    let listed = pty.shows("Model:");
    assert!(listed.contains("openai/second") && listed.contains("answers now"), "{listed}");
    pty.send("\u{1b}");
    pty.hides("answers now");
    pty.send("/clear\r");
    // Words may be hidden by a list that lies over them, too.
    pty.shows("is open");
    pty.hides("The second speaks.");
    pty.send("anew\r");
    pty.shows("A new session.");
    assert_eq!(desk.server.requests()[2].body["model"], "second");

    pty.send("\u{1b}o");
    pty.shows("Model:");
    pty.send("gw/off");
    pty.wait("the filter", |screen| !screen.contents().contains("answers now"));
    pty.send("\r");
    pty.shows("gw/offered answers from here on, in place of openai/second.");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();
}

#[test]
fn the_doctor_has_a_page_on_the_screen() {
    let desk = Desk::new([]);
    let mut command = desk.command(&["-m", CHAT]);
    command.env_remove("ANTHROPIC_API_KEY");
    let mut pty = Pty::start(&command, 120, 40);
    pty.shows(CHAT);
    pty.send("/doctor\r");
    let page = pty.shows("export ANTHROPIC_API_KEY=KEY");
    for expected in ["Backends", "anthropic lacks its key", "gw has what it needs", "from GW_KEY"] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(!page.contains(KEY), "{page}");
    pty.send("\u{1b}");
    pty.hides("anthropic lacks its key");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    assert_eq!(desk.server.requests().len(), 0);
}
