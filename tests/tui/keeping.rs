//! Nothing that was written or decided is lost.
use bowline::{
    patch,
    protocol::{ChangeSet, Command, FileChange, FileState, Prompt, TurnEnd},
    tui::{
        composer::Message,
        desk::{Answer, Opening, Question, Reviewable, Subject},
        review,
        update::{Effect, Msg},
    },
};

use super::stage::{QUIET, Stage, asked, sent};

/// What is proposed: two changes of a file.
fn proposal() -> Answer {
    let state =
        |text: &str| Some(FileState { bytes: text.to_owned().into(), ..FileState::default() });
    let lines = |first: &str, last: &str| format!("{first}\n{}{last}\n", "same\n".repeat(20));
    let (before, after) = (state(&lines("one", "two")), state(&lines("ONE", "TWO")));
    let file = FileChange { path: "a.txt".into(), before, after };
    let changes = ChangeSet { files: vec![file] };
    let hunks = patch::hunks(&changes);
    let files = review::files(&changes, &hunks, &|path| path.display().to_string());
    let (subject, title) = (Subject::Proposal, "proposed".to_owned());
    Answer::Hunks(Reviewable { subject, title, changes: changes.into(), files, hunks })
}

#[test]
fn what_was_decided_in_a_review_is_not_lost_by_one_key() {
    for key in ["esc", "ctrl-c"] {
        let mut stage = Stage::new();
        stage.answer(proposal());
        stage.draw(80, 24);
        stage.press("y");
        assert_eq!(stage.press(key), [], "{key}");
        assert_eq!(stage.state.overlays.len(), 1, "{key}");
        assert!(stage.draw(80, 24).contains("would be lost"), "{key}");
        assert_eq!(stage.press(key), [], "{key}");
        assert!(stage.state.overlays.is_empty(), "{key}");
    }
}

#[test]
fn a_long_paste_into_a_line_is_cut_and_says_so() {
    let check = |stage: &mut Stage, label: &str| {
        stage.tell(Msg::Paste("short ä\nend".to_owned()));
        let shown = stage.draw(80, 24);
        assert!(shown.contains(&format!("{label} short ä end")), "{shown}");
        assert!(!shown.contains("too long"), "{shown}");
        stage.tell(Msg::Paste("größe ".repeat(20_000)));
        stage.tell(Msg::Paste("more".to_owned()));
        let shown = stage.draw(80, 24);
        assert!(shown.contains("cut: too long for a line"), "{shown}");
    };
    let mut stage = Stage::new();
    stage.press("ctrl-s");
    check(&mut stage, "search:");
    assert_eq!(stage.state.search.unwrap().text().chars().count(), 4_000);
    let mut stage = Stage::new();
    stage.begin();
    stage.ask("make");
    stage.draw(80, 24);
    stage.pass(QUIET);
    stage.press("c");
    check(&mut stage, "no, because:");
    let mut stage = Stage::new();
    stage.answer(proposal());
    stage.press("/");
    check(&mut stage, "Search:");
}

#[test]
fn what_is_sent_while_another_session_opens_stays_in_the_input() {
    let opened = |stage: &mut Stage| {
        let session = Box::new(stage.state.session.clone());
        stage.tell(Msg::Opened { session, past: Vec::new(), notices: Vec::new() });
    };
    let failed = |stage: &mut Stage| {
        let question = Question::Open(Opening::New);
        stage.tell(Msg::Unanswered(Box::new(question), "there is no place".to_owned()));
    };
    let check = |typed: &str, end: &dyn Fn(&mut Stage)| {
        let mut stage = Stage::new();
        stage.write(typed);
        stage.press("esc enter");
        for words in ["go on", "!make", "/compact", "/clear"] {
            stage.write(words);
            assert_eq!(stage.press("esc enter"), [], "{typed}, {words}");
            assert_eq!(stage.state.composer.text(), words, "{typed}");
            assert!(stage.draw(80, 24).contains("another session is being opened"), "{typed}");
            stage.press("ctrl-u");
        }
        stage.write("/init");
        assert_eq!(sent(&stage.press("enter")), [], "{typed}");
        stage.press("ctrl-u");
        stage.write("go on");
        end(&mut stage);
        let prompt = Command::Prompt(Prompt::from("go on"));
        assert_eq!(sent(&stage.press("enter")), [prompt], "{typed}");
    };
    for typed in ["/clear", "/fork", "/resume 0199"] {
        check(typed, &opened);
        check(typed, &failed);
    }
}

#[test]
fn a_message_with_an_image_that_cannot_be_read_is_not_lost() {
    let mut stage = Stage::new();
    stage.tell(Msg::Paste("/shots/a.png".to_owned()));
    stage.write(" like this");
    let [_, Question::Load(message)] = &asked(&stage.press("enter"))[..] else { panic!() };
    assert_eq!(message.images, [std::path::Path::new("/shots/a.png")]);
    stage.write("more");
    assert_eq!(stage.press("enter"), [], "the order of what is said stays");
    let failed = Msg::Unanswered(Box::new(Question::Load(message.clone())), "no file".to_owned());
    assert_eq!(stage.tell(failed), []);
    let shown = stage.draw(80, 24);
    assert!(shown.contains("[image 1: a.png] like this") && shown.contains("no file"), "{shown}");
    let text = format!("{}\n\nmore", message.text);
    let again = Message { text, images: message.images.clone() };
    assert!(asked(&stage.press("enter")).contains(&Question::Load(again)));
}

#[test]
fn a_message_with_an_image_waits_for_the_turn_to_end() {
    let mut stage = Stage::new();
    stage.begin();
    stage.tell(Msg::Paste("/shots/a.png".to_owned()));
    assert_eq!(stage.press("enter"), [Effect::Ask(Question::Remember("@/shots/a.png".to_owned()))]);
    assert!(stage.draw(80, 24).contains("queued: @/shots/a.png"));
    stage.press("esc");
    let effects = stage.end(TurnEnd::Interrupted);
    assert!(!asked(&effects).iter().any(|it| matches!(it, Question::Load(_))), "{effects:?}");
    stage.begin();
    let effects = stage.end(TurnEnd::Finished);
    assert!(asked(&effects).iter().any(|it| matches!(it, Question::Load(_))), "{effects:?}");
}
