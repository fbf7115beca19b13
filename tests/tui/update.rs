//! Keystrokes and events in, state and effects out.
use std::time::Duration;

use bowline::{
    protocol::{
        CallId, Command, Compaction, Cost, Decision, Event, Limit, Merging, Mode, Prompt, Reach,
        Scope, Selection, TurnEnd, Usage,
    },
    tui::{
        action::{Action, Arguments},
        desk::{Answer, FoundSymbols, Opening, PlacedSymbol, Question, Symbol},
        review::{Fate, Merge, Restore, RestoredFile},
        update::{Effect, Msg},
    },
};

use super::stage::{QUIET, Stage, asked, line, sent};

fn decide(decision: Decision) -> Command {
    Command::Decide { call: CallId("c1".to_owned()), decision }
}

fn once() -> Command {
    decide(Decision::Accept(Selection::All))
}

#[test]
fn no_key_that_was_pressed_before_a_question_was_seen_answers_it() {
    let mut stage = Stage::new();
    stage.begin();
    stage.ask("make");
    assert_eq!(sent(&stage.press("y")), [], "it was not drawn yet");
    stage.press("backspace");
    stage.draw(80, 24);
    assert_eq!(sent(&stage.press("y")), [], "it was drawn this instant");
    stage.press("backspace");
    stage.pass(QUIET - Duration::from_millis(1));
    assert_eq!(sent(&stage.press("y")), [], "keys were pressed since");
    stage.press("backspace");
    stage.pass(QUIET);
    assert_eq!(sent(&stage.press("enter")), [], "Enter is no answer");
    stage.pass(QUIET);
    assert_eq!(sent(&stage.press("y")), [once()]);
    assert_eq!(sent(&stage.press("y")), [], "it is answered");
}

#[test]
fn what_is_being_written_answers_nothing() {
    let mut stage = Stage::new();
    stage.begin();
    stage.ask("make");
    stage.draw(80, 24);
    stage.write("x");
    stage.pass(QUIET);
    assert!(stage.draw(80, 24).contains("send or clear what you write"));
    stage.write("ya");
    assert_eq!(stage.state.composer.text(), "xya");
    assert_eq!(sent(&stage.press("enter")), [Command::Steer("xya".to_owned())]);
    stage.pass(QUIET);
    assert_eq!(sent(&stage.press("y")), [once()]);
}

#[test]
fn a_question_is_answered_as_it_says() {
    let open = || {
        let mut stage = Stage::new();
        stage.begin();
        stage.ask("make all");
        stage.draw(80, 24);
        stage.pass(QUIET);
        stage
    };
    let no = |comment: &str| decide(Decision::Reject { comment: comment.to_owned() });
    assert_eq!(sent(&open().press("a")), [Command::Permit(line("make all")), once()]);
    assert_eq!(sent(&open().press("n")), [no("")]);
    for key in ["esc", "ctrl-c"] {
        assert_eq!(sent(&open().press(key)), [Command::Interrupt], "{key}");
    }
    let mut stage = open();
    stage.press("c");
    stage.write("use ninja y");
    assert_eq!(sent(&stage.press("enter")), [no("use ninja y")]);
    let mut stage = open();
    stage.press("c");
    stage.write("so");
    assert_eq!(stage.press("esc"), [], "the words are given up, and the question stays");
    assert!(stage.state.approvals.open().is_some() && stage.state.denial.is_none());
}

#[test]
fn a_patch_has_no_rule_and_is_looked_at_by_the_hunk() {
    let mut stage = Stage::new();
    stage.begin();
    stage.ask_for_patch();
    stage.draw(80, 24);
    stage.pass(QUIET);
    assert_eq!(stage.press("a"), []);
    let [Question::Hunks(_)] = asked(&stage.press("r"))[..] else { panic!("no hunks") };
    assert_eq!(sent(&stage.press("y")), [once()]);
}

#[test]
fn words_go_into_the_turn_or_wait_for_the_next() {
    let mut stage = Stage::new();
    stage.begin();
    stage.write("faster");
    assert_eq!(sent(&stage.press("enter")), [Command::Steer("faster".to_owned())]);
    stage.write("later");
    assert_eq!(stage.press("tab"), [Effect::Ask(Question::Remember("later".to_owned()))]);
    let shown = stage.draw(80, 24);
    assert!(shown.contains("at its next step: faster") && shown.contains("queued: later"));
    stage.hear(Event::Steered("faster".to_owned()));
    assert!(!stage.draw(80, 24).contains("at its next step"));
    let next = Command::Prompt(Prompt::from("later"));
    assert_eq!(sent(&stage.end(TurnEnd::Finished)), [next]);
}

#[test]
fn words_that_the_model_did_not_read_are_not_lost() {
    let mut stage = Stage::new();
    stage.begin();
    stage.write("unread");
    stage.press("enter");
    let said = Command::Prompt(Prompt::from("unread"));
    assert_eq!(sent(&stage.end(TurnEnd::Finished)), [said]);

    let mut stage = Stage::new();
    stage.begin();
    stage.write("unread");
    stage.press("enter");
    stage.write("draft");
    assert_eq!(sent(&stage.press("esc")), [Command::Interrupt]);
    assert_eq!(sent(&stage.end(TurnEnd::Interrupted)), []);
    assert_eq!(stage.state.composer.text(), "unread\n\ndraft");
}

#[test]
fn every_verb_does_something_however_it_is_asked_for() {
    for action in Action::all() {
        let verb = action.verb();
        let Some(word) = verb.slash else { continue };
        let mut stage = Stage::new();
        let words = match verb.arguments {
            Arguments::Required(_) => " words",
            Arguments::None | Arguments::Optional(_) => "",
        };
        stage.write(&format!("/{word}{words}"));
        stage.press("esc");
        let effects = stage.press("enter");
        let state = &stage.state;
        let is_shown = !state.overlays.is_empty() || state.word.is_some();
        assert!(!effects.is_empty() || is_shown, "/{word} does nothing");
        assert!(state.composer.is_empty(), "/{word} stays in the input");
    }
}

#[test]
fn verbs_take_their_words() {
    let check = |typed: &str, wanted: &[Question]| {
        let mut stage = Stage::new();
        stage.write(typed);
        stage.press("esc");
        assert_eq!(asked(&stage.press("enter")), wanted, "{typed}");
    };
    check("/mode plan", &[Question::Mode(Mode::Plan)]);
    check("/mode nonsense", &[]);
    check("/resume 0199", &[Question::Open(Opening::Resume("0199".to_owned()))]);
    check("/fork", &[Question::Open(Opening::Fork("0199aaaa".to_owned()))]);
    check("/clear", &[Question::Open(Opening::New)]);
    check("/export a.md", &[Question::Export(Some("a.md".into()))]);
    check("/copy all", &[Question::Conversation]);
    let undo = |reach, scope| Question::Undo { reach, scope, merging: Merging::Off };
    check("/undo", &[undo(Reach::Files, Scope::Last)]);
    check("/undo turn", &[undo(Reach::Files, Scope::LastTurn)]);
    check("/undo --files 3", &[undo(Reach::Files, Scope::Turn(3))]);
    check("/undo --chat", &[undo(Reach::Chat, Scope::Last)]);
    check("/undo 3 --both", &[undo(Reach::Both, Scope::Turn(3))]);
    check("/undo --both all", &[undo(Reach::Both, Scope::All)]);
    for wrong in ["nonsense", "--chat --both", "3 4", "--merge", "-1"] {
        check(&format!("/undo {wrong}"), &[]);
    }
}

#[test]
fn an_undo_is_shown_again_with_what_was_changed_since_merged() {
    let mut stage = Stage::new();
    let undo = |merging| Command::Undo { reach: Reach::Files, scope: Scope::Turn(2), merging };
    let restore = |merge| {
        let fate = Fate::Conflict("changed".to_owned());
        let file = RestoredFile { shown: "a.txt".to_owned(), fate };
        Box::new(Restore::new("Take back", vec![file], &[], merge))
    };
    stage.answer(Answer::Restore(restore(Merge::Offered), undo(Merging::Off)));
    let shown = stage.draw(80, 12);
    assert!(shown.contains("nothing can be done  [m] merge conflicts"), "{shown}");
    let ask = Question::Undo { reach: Reach::Files, scope: Scope::Turn(2), merging: Merging::On };
    assert_eq!(asked(&stage.press("m")), [ask]);
    stage.answer(Answer::Restore(restore(Merge::Chosen), undo(Merging::On)));
    assert_eq!(stage.state.overlays.len(), 1, "it takes the place of the other");
    let ask = Question::Undo { reach: Reach::Files, scope: Scope::Turn(2), merging: Merging::Off };
    assert_eq!(asked(&stage.press("m")), [ask]);
    assert_eq!(stage.press("esc"), []);
    assert!(stage.state.overlays.is_empty());
}

#[test]
fn a_summary_in_a_turn_is_not_its_end() {
    let compacted = || {
        let (usage, cost) = (Usage::default(), Cost::ZERO);
        let summary = "We read.".to_owned();
        Event::Compacted(Compaction { summary, before: 20_000, after: 900, usage, cost })
    };
    let mut stage = Stage::new();
    stage.begin();
    stage.write("and then");
    stage.press("tab");
    stage.hear(Event::Compacting);
    assert_eq!(sent(&stage.hear(compacted())), []);
    assert!(stage.state.status.is_working());
    assert_eq!(stage.state.status.context, 900);
    let next = Command::Prompt(Prompt::from("and then"));
    assert_eq!(sent(&stage.end(TurnEnd::Finished)), [next]);
    // Between turns it is all there was to do.
    let mut stage = Stage::new();
    stage.hear(Event::Compacting);
    assert!(stage.state.status.is_working());
    stage.hear(compacted());
    assert!(!stage.state.status.is_working());
}

#[test]
fn a_prompt_that_leaves_the_conversation_is_in_the_input_again() {
    let mut stage = Stage::new();
    stage.begin();
    stage.end(TurnEnd::Finished);
    stage.hear(Event::ChatUndone { turns: vec![1] });
    assert_eq!(stage.state.composer.text(), "begin");
    let mut stage = Stage::new();
    stage.begin();
    stage.end(TurnEnd::Finished);
    stage.write("mine");
    stage.hear(Event::ChatUndone { turns: vec![1] });
    assert_eq!(stage.state.composer.text(), "mine");
    assert!(stage.state.word.is_some());
}

#[test]
fn what_changes_sessions_waits_for_the_turn_to_end() {
    for typed in ["/clear", "/fork", "/undo", "/redo", "/resume 0199"] {
        let mut stage = Stage::new();
        stage.begin();
        stage.write(typed);
        stage.press("esc");
        assert_eq!(stage.press("enter"), [], "{typed}");
        assert!(stage.state.word.is_some(), "{typed}");
    }
}

#[test]
fn a_mode_is_what_the_configuration_allows() {
    let mut stage = Stage::new();
    assert_eq!(asked(&stage.press("shift-tab")), [Question::Mode(Mode::Edit)]);
    assert_eq!(stage.state.status.mode, Mode::Review);
    assert_eq!(sent(&stage.answer(Answer::Mode(Mode::Plan))), [Command::SetMode(Mode::Plan)]);
    assert_eq!(stage.state.status.mode, Mode::Plan);
}

#[test]
fn a_theme_is_seen_before_it_is_chosen_and_comes_back() {
    let mut stage = Stage::new();
    stage.state.look.depth = bowline::tui::theme::Depth::True;
    let before = stage.state.look.theme.clone();
    stage.write("/theme");
    stage.press("enter");
    stage.press("down");
    let marked = stage.state.look.theme.clone();
    assert_ne!(marked, before);
    stage.press("esc");
    assert_eq!(stage.state.look.theme, before);
    stage.write("/theme");
    stage.press("enter");
    stage.press("down enter");
    assert_eq!(stage.state.look.theme, marked);
}

#[test]
fn leaving_takes_two_presses_or_an_empty_input() {
    let mut stage = Stage::new();
    assert_eq!(stage.press("ctrl-c"), []);
    assert_eq!(stage.press("ctrl-c"), [Effect::Quit]);
    let mut stage = Stage::new();
    stage.press("ctrl-c");
    stage.pass(Duration::from_secs(3));
    assert_eq!(stage.press("ctrl-c"), []);
    let mut stage = Stage::new();
    stage.write("x");
    assert_eq!(stage.press("ctrl-d"), []);
    assert_eq!(stage.press("ctrl-c"), []);
    assert!(stage.state.composer.is_empty());
    assert_eq!(stage.press("ctrl-d"), [Effect::Quit]);
}

/// What somebody who looks elsewhere is told.
fn told(effects: &[Effect]) -> Vec<String> {
    let text = |effect: &Effect| match effect {
        Effect::Notify(news) => Some(news.line()),
        _ => None,
    };
    effects.iter().filter_map(text).collect()
}

#[test]
fn somebody_who_looks_elsewhere_is_told() {
    let mut stage = Stage::new();
    stage.begin();
    stage.tell(Msg::Focus(false));
    let command = "make\n\u{1b}]0;x";
    let access = vec![bowline::protocol::Access::Run(line(command))];
    let call = CallId("c1".to_owned());
    let asked = Event::ApprovalNeeded { call, reason: "It asks.".to_owned(), access };
    assert_eq!(told(&stage.hear(asked)), ["Bowline in ~/work: asks to run make"]);
    stage.hear(Event::TextDone("\nAll *done*.\n\nMore.".to_owned()));
    let ended = "Bowline in ~/work: has ended: All *done*.";
    assert_eq!(told(&stage.end(TurnEnd::Finished)), [ended]);
    stage.hear(Event::TurnStarted { number: 2 });
    let limit = Limit::Requests("The limit of 3 requests is reached.".to_owned());
    let stopped = "Bowline in ~/work: stopped: The limit of 3 requests is reached.";
    assert_eq!(told(&stage.end(TurnEnd::Limit(limit))), [stopped]);
    stage.hear(Event::TurnStarted { number: 3 });
    assert_eq!(told(&stage.end(TurnEnd::Interrupted)), [""; 0]);
    stage.tell(Msg::Focus(true));
    stage.begin();
    assert_eq!(told(&stage.end(TurnEnd::Finished)), [""; 0]);
}

#[test]
fn where_the_terminal_does_not_say_whether_it_is_looked_at_the_keys_do() {
    let mut stage = Stage::new();
    stage.begin();
    stage.pass(Duration::from_secs(19));
    assert_eq!(told(&stage.end(TurnEnd::Finished)).len(), 0);
    stage.begin();
    stage.pass(Duration::from_secs(20));
    assert_eq!(told(&stage.end(TurnEnd::Finished)).len(), 1);
    stage.tell(Msg::Focus(false));
    stage.begin();
    assert_eq!(told(&stage.end(TurnEnd::Finished)).len(), 0, "whoever writes is there");
}

#[test]
fn nothing_wakes_a_screen_that_waits_for_nothing() {
    let mut stage = Stage::new();
    stage.draw(80, 24);
    assert_eq!(stage.state.wakes_at(), None);
    stage.begin();
    assert!(stage.state.wakes_at().is_some());
    stage.end(TurnEnd::Finished);
    stage.pass(Duration::from_secs(10));
    assert_eq!(stage.state.wakes_at(), None);
}

#[test]
fn a_command_is_answered_once_all_of_it_was_seen() {
    let command = format!("make {}", "target ".repeat(60));
    for (width, height) in [(20, 5), (40, 9), (80, 10)] {
        let mut stage = Stage::new();
        stage.begin();
        stage.ask(&command);
        let mut pages = 0;
        loop {
            stage.draw(width, height);
            stage.pass(QUIET);
            if stage.draw(width, height).contains("[y]") {
                break;
            }
            assert_eq!(sent(&stage.press("y")), [], "{width}x{height}");
            stage.press("backspace pagedown");
            pages += 1;
            assert!(pages < 60, "{}", stage.draw(width, height));
        }
        assert_eq!(pages > 0, height < 10, "{width}x{height}");
        assert_eq!(sent(&stage.press("y")), [once()]);
    }
}

#[test]
fn what_ran_after_a_review_is_shown_with_what_was_written() {
    let mut stage = Stage::new();
    let effects = stage.answer(Answer::Followed {
        sentence: "1 file written, then cargo clippy (exit code 101)".to_owned(),
        report: "After the edit `cargo clippy` was run: exit code 101.\nwarning: unused".to_owned(),
    });
    assert_eq!(asked(&effects), [Question::Ground]);
    let shown = stage.draw(80, 24);
    for part in ["1 file written, then cargo clippy", "was run: exit code 101.", "warning: unused"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn what_is_defined_anywhere_is_asked_for_until_all_is_known() {
    let mut stage = Stage::new();
    let first = asked(&stage.press("@ #"));
    assert_eq!(first, [Question::Files, Question::FindSymbols(String::new())]);
    let found = |typed: &str, names: &[&str], is_all| {
        let symbol = |name: &&str| PlacedSymbol {
            path: "src/agent/turn.rs".to_owned(),
            symbol: Symbol {
                name: (*name).to_owned(),
                kind: "function",
                line: 12,
                parent: "Turn".to_owned(),
                signature: String::new(),
            },
        };
        let symbols = names.iter().map(symbol).collect();
        Answer::FoundSymbols(FoundSymbols { typed: typed.to_owned(), symbols, is_all })
    };
    stage.press("r");
    let again = stage.answer(found("", &[], true));
    assert_eq!(asked(&again), [Question::FindSymbols("r".to_owned())]);
    let again = stage.answer(found("r", &["run"], false));
    assert_eq!(asked(&again), [Question::FindSymbols("r".to_owned())]);
    assert_eq!(asked(&stage.answer(found("r", &["run", "rest"], true))), []);
    let shown = stage.draw(80, 24);
    for part in ["run", "rest", "function", "src/agent/turn.rs:12", "in Turn"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}
