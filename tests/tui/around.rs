//! What the screen has to do with the rest of the desktop: files of themes, notifications, the clipboard.
use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use super::{pty::Pty, session::start};
use crate::{
    headless::{CHAT, Desk, chat},
    support::{
        server::{Answer, Step},
        speech::{Protocol, Said, events},
    },
};

const QUIT: &str = "\u{4}";

#[test]
fn a_theme_that_is_saved_is_seen_at_once() {
    let desk = Desk::new(chat([]));
    let config = desk.bench.write_config("theme = \"mine\"\n[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"http://127.0.0.1:9/v1\"\n");
    let theme = config.with_file_name("themes/mine.toml");
    fs::create_dir_all(theme.parent().unwrap()).unwrap();
    let save = |colour: &str| {
        fs::write(
            theme.with_extension("new"),
            format!("[roles]\ntext = {{ bg = \"{colour}\" }}\n"),
        )
        .unwrap();
        fs::rename(theme.with_extension("new"), &theme).unwrap();
    };
    let is_on = |colour: u8| {
        move |screen: &vt100::Screen| {
            screen.cell(10, 10).is_some_and(|cell| cell.bgcolor() == vt100::Color::Idx(colour))
        }
    };
    const FOCUS: &str = "\u{1b}[I";
    save("17");
    let mut pty = start(&desk, &[], 100, 24);
    pty.wait("the first ground", is_on(17));
    save("18");
    pty.send(FOCUS);
    pty.wait("the next ground", is_on(18));
    save("dark");
    pty.send(FOCUS);
    pty.shows("themes/mine.toml:2: `dark` is no colour");
    pty.wait("the ground that was good", is_on(18));
    save("19");
    pty.send(FOCUS);
    pty.wait("the last ground", is_on(19));
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn whoever_looks_elsewhere_is_told_by_the_bell_or_a_program() {
    const BLUR: &str = "\u{1b}[O";
    let answer = |said: &str| {
        let steps = events(Protocol::Chat, &[Said::Text(said)]);
        let steps = steps.into_iter().map(|event| Step::Piece(event.into()));
        // Time to look elsewhere.
        Answer::stream([Step::Pause(Duration::from_millis(300))].into_iter().chain(steps))
    };
    let desk = Desk::new([answer("All done."), answer("Again.")]);
    let told = desk.path("told");
    let mut pty = start(&desk, &["-c", "notify=bell"], 100, 24);
    pty.shows(CHAT);
    pty.send("go\r");
    pty.send(BLUR);
    pty.rings();
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));

    let script =
        format!("env >{0}.env; printf '%s|' \"$@\" >{0}.new; mv {0}.new {0}", told.display());
    desk.configure_first(&format!("notify = {:?}", ["sh", "-c", &script, "sh", "first"]));
    let mut pty = start(&desk, &[], 100, 24);
    pty.shows(CHAT);
    pty.send("go\r");
    pty.send(BLUR);
    pty.shows("Again.");
    pty.until("the program ran", || told.exists());
    let words = desk.text("told");
    assert!(words.starts_with("first|Bowline in "), "{words}");
    assert!(words.ends_with("has ended: Again.|"), "{words}");
    let environment = desk.text("told.env");
    assert!(environment.contains("PATH=") && !environment.contains(crate::headless::KEY));
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn an_image_in_the_clipboard_is_pasted_and_sent() {
    const PASTE: &str = "\u{16}";
    let desk = Desk::new(chat([&[Said::Text("A knot.")]]));
    let programs = tempfile::tempdir().unwrap();
    let xclip = programs.path().join("xclip");
    let script = "#!/bin/sh\ncase \"$5\" in TARGETS) echo image/png;; *) printf '\\211PNG\\r\\n\\032\\nknot';; esac";
    fs::write(&xclip, script).unwrap();
    fs::set_permissions(&xclip, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = desk.command(&["-m", CHAT]);
    command
        .env("DISPLAY", ":0")
        .env("PATH", format!("{}:/usr/bin:/bin", programs.path().display()));
    let mut pty = Pty::start(&command, 100, 24);
    pty.shows(CHAT);
    pty.send("what is ");
    pty.send(PASTE);
    pty.shows("what is [image 1: from the clipboard]");
    // As some terminals paste what is no text.
    pty.send("\u{1b}[200~\u{1b}[201~");
    pty.shows("[image 2: from the clipboard]");
    pty.send("\r");
    pty.shows("A knot.");
    let body = desk.body(0);
    assert_eq!(body.matches("data:image/png;base64,iVBORw0KGgprbm90").count(), 2, "{body}");
    fs::write(&xclip, "#!/bin/sh\nexit 1").unwrap();
    pty.send(PASTE);
    pty.shows("there is no image in the clipboard");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();
}

#[test]
fn a_copy_goes_into_the_clipboard_or_into_a_file() {
    const SENT: &[u8] = b"\x1b]52;c;QSBrbm90Lg==\x1b\\";
    for (program, is_sent) in [("WezTerm", true), ("Apple_Terminal", false)] {
        let desk = Desk::new(chat([&[Said::Text("A knot.")]]));
        let mut command = desk.command(&["-m", CHAT]);
        command.env("TERM_PROGRAM", program);
        let mut pty = Pty::start(&command, 120, 24);
        pty.shows(CHAT);
        pty.send("what is it?\r");
        pty.shows("A knot.");
        pty.send("/copy answer\r");
        pty.shows(if is_sent { "copied 1 line" } else { "kept 1 line in " });
        assert_eq!(memchr::memmem::find(&pty.bytes(), SENT).is_some(), is_sent, "{program}");
        let file = desk.bench.state_directory().join("copied.txt");
        assert_eq!(fs::read_to_string(&file).ok(), (!is_sent).then(|| "A knot.".to_owned()));
        pty.send(QUIT);
        assert_eq!(pty.ends().0, Some(0));
    }
}

#[test]
fn what_a_file_defines_is_named_in_the_prompt() {
    let desk = Desk::new(chat([&[Said::Text("I see.")]]))
        .file("src/door.rs", "struct Door;\n\nimpl Door {\n    fn open(&self) {}\n}\n");
    let mut pty = start(&desk, &[], 100, 24);
    pty.shows(CHAT);
    pty.send("why does @doo");
    pty.shows("src/door.rs");
    pty.send("#op");
    pty.shows("fn open(&self)");
    pty.send("\r");
    pty.shows("why does src/door.rs:4 method open of Door");
    pty.send("hang?\r");
    pty.shows("I see.");
    assert!(desk.body(0).contains("why does src/door.rs:4 method open of Door hang?"));
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}
