//! Lists over the session: themes that follow their files, sessions that are looked at, named and forked.
use std::time::Duration;

use bowline::{
    protocol::{Command, Cost, ModelRef, Usage},
    tui::{
        desk::{
            Answer, ModelList, ModelRow, Opening, Question, RouteRow, SessionPreview, SessionRow,
        },
        theme::{Role, Themes},
        update::{Effect, Msg},
    },
};
use ratatui::style::Color;

use super::stage::{Stage, asked};

/// A stage in true colour with a theme of the user's in use.
fn in_my_theme(text: &str) -> Stage {
    let mut stage = Stage::new();
    stage.state.look.depth = bowline::tui::theme::Depth::True;
    stage.state.look.name = "mine".to_owned();
    stage.answer(Answer::Themes(users(&[("mine", text)])));
    stage
}

fn users(themes: &[(&str, &str)]) -> Themes {
    Themes::with_users(themes.iter().map(|(name, text)| ((*name).into(), (*text).into())))
}

#[test]
fn a_theme_is_followed_when_its_file_changes() {
    let accent = |stage: &Stage| stage.state.look.theme.style(Role::Accent).fg;
    let mut stage = in_my_theme("inherits = \"base\"");
    assert_eq!(accent(&stage), None, "what it inherits is not there");
    let red = users(&[("base", "[roles]\naccent = \"red\""), ("mine", "inherits = \"base\"")]);
    stage.answer(Answer::Themes(red));
    assert_eq!(accent(&stage), Some(Color::Red), "it is what the inherited one says");
    let broken = users(&[("base", "[roles]\n\naccent = \"rde\""), ("mine", "inherits = \"base\"")]);
    stage.answer(Answer::Themes(broken));
    assert_eq!(accent(&stage), Some(Color::Red), "the last good one stays");
    let shown = stage.draw(100, 24);
    assert!(shown.contains("themes/base.toml:3: `rde` is no colour"), "{shown}");
    stage.answer(Answer::Themes(users(&[("mine", "[roles]\naccent = \"blue\"")])));
    assert_eq!(accent(&stage), Some(Color::Blue));
}

#[test]
fn the_list_of_themes_follows_the_files_too() {
    let accent = |stage: &Stage| stage.state.look.theme.style(Role::Accent).fg;
    let (red, blue) = ("[roles]\naccent = \"red\"", "[roles]\naccent = \"blue\"");
    let mut stage = in_my_theme(red);
    stage.write("/theme");
    stage.press("enter");
    stage.answer(Answer::Themes(users(&[("mine", red), ("other", red)])));
    assert!(stage.draw(80, 40).contains("other"));
    stage.press("down");
    stage
        .answer(Answer::Themes(users(&[("mine", blue), ("other", "[roles]\naccent = \"green\"")])));
    assert_eq!(accent(&stage), Some(Color::Green), "the marked one is shown as it is now");
    stage.answer(Answer::Themes(users(&[("mine", blue), ("other", "[roles]\n\"acent\" = 1")])));
    assert_eq!(accent(&stage), Some(Color::Green));
    let shown = stage.draw(80, 40);
    assert!(shown.contains("themes/other.toml:2: `acent` is not a known role"), "{shown}");
    stage.press("esc");
    assert_eq!(accent(&stage), Some(Color::Blue), "what comes back is as its file is now");
}

fn listed(titles: [&str; 2]) -> Answer {
    let row = |(id, title): (&str, &str)| SessionRow {
        id: id.to_owned(),
        title: title.to_owned(),
        used: "2026-01-02 03:04".to_owned(),
        model: "gw/test".to_owned(),
        turns: 2,
    };
    let rows = ["s1", "0199aaaa", "s2"].into_iter().zip([titles[0], "this one", titles[1]]);
    let silent = SessionRow { turns: 0, ..row(("s3", "")) };
    Answer::Sessions(rows.map(row).chain([silent]).collect())
}

#[test]
fn the_list_of_sessions_shows_what_was_said_in_the_marked_one() {
    let mut stage = Stage::new();
    let seen = |id: &str| Question::SessionPreview(id.to_owned());
    assert_eq!(asked(&stage.answer(listed(["one", "two"]))), [seen("s1")]);
    let (usage, cost) = (Usage { input: 1200, output: 34, ..Usage::default() }, Cost::Usd(0.5));
    let (first, last) = ("first\n\u{1b}[2Jwords".to_owned(), Some("last words".to_owned()));
    stage.answer(Answer::SessionPreview(SessionPreview {
        id: "s1".to_owned(),
        first,
        last,
        usage,
        cost,
    }));
    for (width, height) in [(120, 30), (80, 40)] {
        let shown = stage.draw(width, height);
        for part in ["1.2k sent, 34 answered · $0.5000", "\\u{1b}[2Jwords", "last words"] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        assert!(shown.contains("f2 renames, f5 forks") && !shown.contains("this one"), "{shown}");
    }
    assert!(!stage.draw(80, 20).contains("last words"), "there is no room for it");
    assert_eq!(asked(&stage.press("down")), [seen("s2")]);
    assert_eq!(asked(&stage.press("up")), [], "it is there");
}

#[test]
fn sessions_are_named_and_forked_in_their_list() {
    let mut stage = Stage::new();
    stage.answer(listed(["one", "two"]));
    stage.press("down f2");
    assert!(stage.draw(100, 24).contains("Name: two"));
    assert_eq!(stage.press("esc"), []);
    stage.press("f2 ctrl-u");
    stage.tell(Msg::Paste("a\nname".to_owned()));
    let named = Question::NameSession { id: "s2".to_owned(), title: "a name".to_owned() };
    assert_eq!(asked(&stage.press("enter")), [named]);
    stage.answer(listed(["one", "a name"]));
    assert_eq!(stage.state.overlays.len(), 1);
    let shown = stage.draw(100, 24);
    assert!(shown.contains("› a name") && !shown.contains("two"), "{shown}");
    let fork = Question::Open(Opening::Fork("s2".to_owned()));
    assert_eq!(asked(&stage.press("f5")), [fork]);
    assert!(stage.state.overlays.is_empty());
    // Elsewhere these keys do nothing.
    stage.write("/mode");
    stage.press("enter");
    assert_eq!(stage.press("f2 f5"), []);
}

fn model(name: &str, rate: Option<f64>, first_byte: Option<u64>) -> ModelRow {
    ModelRow {
        model: name.parse::<ModelRef>().unwrap(),
        is_current: false,
        window: Some(32_768),
        price: None,
        switching: Cost::Unknown,
        tokens_per_second: rate,
        first_byte: first_byte.map(Duration::from_millis),
        lacks: None,
    }
}

#[test]
fn routes_stand_above_the_models_and_are_chosen_as_they_are() {
    let mut stage = Stage::new();
    let models = ["home/quick", "away/large"].map(|name| name.parse().unwrap());
    let routes = vec![RouteRow { name: "safe".to_owned(), models: models.to_vec() }];
    let current = ModelRow { is_current: true, ..model("home/quick", None, None) };
    let models = vec![current, model("away/large", None, None)];
    stage.answer(Answer::Models(ModelList { routes, models }));
    let shown = stage.draw(80, 20);
    assert!(shown.contains("  route:safe  home/quick, then away/large"), "{shown}");
    assert!(shown.contains("› home/quick  32k context"), "{shown}");
    let effects = stage.press("up enter");
    assert!(
        matches!(&effects[..], [Effect::Send(Command::UseRoute(name))] if name == "safe"),
        "{effects:?}"
    );
}

#[test]
fn the_speed_that_was_seen_stands_beside_a_model_where_there_is_room() {
    let mut stage = Stage::new();
    let models = vec![
        model("home/quick", Some(71.6), Some(85)),
        model("home/slow", Some(4.2), Some(2_340)),
        model("home/unseen", None, None),
    ];
    stage.answer(Answer::Models(ModelList { routes: Vec::new(), models }));
    let lines = |stage: &mut Stage, width| {
        let shown = stage.draw(width, 20);
        let lines = shown.lines().filter(|line| line.contains("context"));
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(
        lines(&mut stage, 80),
        [
            "› home/quick 32k context 72 tokens/s 85 ms to first byte",
            "home/slow 32k context 4 tokens/s 2.3 s to first byte",
            "home/unseen 32k context",
        ]
    );
    // The last columns give way first, and what they begin with stays.
    assert_eq!(
        lines(&mut stage, 54)[..2],
        [
            "› home/quick 32k context 72 tokens/s 85 ms to…",
            "home/slow 32k context 4 tokens/s 2.3 s to…",
        ]
    );
    assert_eq!(
        lines(&mut stage, 50),
        [
            "› home/quick 32k context 72 tokens/s",
            "home/slow 32k context 4 tokens/s",
            "home/unseen 32k context",
        ]
    );
}
