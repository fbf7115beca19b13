//! Copies: into the clipboard by the terminal, or into a file where it may not take them.
use bowline::{
    protocol::{Event, TurnEnd},
    tui::{
        clipboard::{Clipboard, Doubt},
        desk::{Answer, KeptCopy, Question},
        update::Effect,
    },
};

use super::stage::{Stage, asked};

#[test]
fn a_copy_that_the_terminal_may_not_take_is_kept_in_a_file() {
    let check = |clipboard, said: &str, wanted: (bool, Option<Doubt>), words: &str| {
        let mut stage = Stage::new();
        stage.state.clipboard = clipboard;
        stage.begin();
        stage.hear(Event::Text(said.to_owned()));
        stage.hear(Event::TextDone(said.to_owned()));
        stage.end(TurnEnd::Finished);
        stage.write("/copy");
        stage.press("esc");
        let effects = stage.press("enter");
        let sent = effects.iter().any(|effect| *effect == Effect::Copy(said.to_owned()));
        let kept = asked(&effects).into_iter().find_map(|question| match question {
            Question::KeepCopy { text, what, doubt } => Some((text, what, doubt)),
            _ => None,
        });
        assert_eq!((sent, kept.as_ref().map(|(_, _, doubt)| *doubt)), wanted, "{clipboard:?}");
        if let Some((text, what, doubt)) = kept {
            assert_eq!(text, said);
            stage.answer(Answer::CopyKept(KeptCopy { what, doubt, place: "~/c.txt".to_owned() }));
        }
        let shown = stage.draw(80, 12);
        assert!(shown.contains(words), "{shown}");
    };
    let large = "x".repeat(80_000);
    check(Clipboard::Open, "a\n\nb", (true, None), "copied 3 lines");
    check(
        Clipboard::Doubtful,
        "a\n\nb",
        (true, Some(Doubt::MayBeRefused)),
        "copied 3 lines, kept in ~/c.txt too: this terminal may take no copies",
    );
    check(
        Clipboard::Closed,
        "a",
        (false, Some(Doubt::IsRefused)),
        "kept 1 line in ~/c.txt: this terminal takes no copies",
    );
    check(
        Clipboard::Open,
        &large,
        (false, Some(Doubt::TooLarge)),
        "kept 1 line in ~/c.txt: too much for a terminal's clipboard",
    );
}
