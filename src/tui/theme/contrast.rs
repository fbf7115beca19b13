//! How well themes can be read, for the tests: contrast as the Web Content Accessibility Guidelines measure it, and colours
//! as people see them who tell fewer of them apart.
use ratatui::style::{Color, Style};

use super::{Depth, Role, Theme, Themes, colour};

/// What is read word by word has at least this contrast, also on a row that is chosen and on added and removed lines.
const TEXT: f64 = 4.5;
/// What is only looked at, or is meant to stand back.
const FAINT: f64 = 3.0;

fn is_faint(role: Role) -> bool {
    matches!(
        role,
        Role::TextDim
            | Role::TextStruck
            | Role::TextQuote
            | Role::Thought
            | Role::Border
            | Role::DiffNumber
            | Role::SyntaxComment
    )
}

/// Relative luminance.
fn luminance(colour: Color) -> f64 {
    let (red, green, blue) = match colour {
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(index) if index >= 16 => colour::indexed(index),
        colour => panic!("{colour:?} has no luminance of its own"),
    };
    let [red, green, blue] = [red, green, blue].map(colour::linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Every role on every background that it may stand on: its own, else that of the text, the status line, a chosen row,
/// an added and a removed line.
fn pairs(theme: &Theme) -> Vec<(Role, Role, Style)> {
    let below = [Role::Text, Role::Status, Role::Selection, Role::DiffAdded, Role::DiffRemoved];
    let mut pairs = Vec::new();
    for role in Role::ALL {
        for ground in below {
            let own = theme.style(role);
            let style = theme.style(Role::Text).patch(theme.style(ground)).patch(own);
            pairs.push((role, ground, style));
            if own.bg.is_some() {
                break;
            }
        }
    }
    pairs
}

fn built_in(depth: Depth) -> impl Iterator<Item = (String, Theme)> {
    let themes = Themes::default();
    let names: Vec<String> = themes.names().map(str::to_owned).collect();
    names.into_iter().map(move |name| {
        let theme = themes.theme(&name, depth).unwrap();
        (name, theme)
    })
}

#[track_caller]
fn check(depth: Depth, allowance: f64) {
    let mut wrong = Vec::new();
    for (name, theme) in built_in(depth).filter(|(name, _)| name != "terminal") {
        let more = if name.starts_with("high-contrast") { 1.5 } else { 0.0 };
        for (role, ground, style) in pairs(&theme) {
            let wanted = if is_faint(role) { FAINT + more } else { TEXT + more };
            let is = contrast(style.fg.unwrap(), style.bg.unwrap());
            if is < wanted * allowance {
                wrong.push(format!("{name}: {} on {} has {is:.2}", role.name(), ground.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_built_in_theme_can_be_read() {
    check(Depth::True, 1.0);
    // The nearest of 256 colours is some way off.
    check(Depth::Indexed, 0.8);
}

#[test]
fn what_differs_in_meaning_differs_in_looks() {
    let groups: [&[Role]; 4] = [
        &[Role::Text, Role::TextDim, Role::TextLink, Role::TextHeading, Role::TextCode],
        &[
            Role::Text,
            Role::DiffAdded,
            Role::DiffAddedWord,
            Role::DiffRemoved,
            Role::DiffRemovedWord,
        ],
        &[
            Role::Text,
            Role::Selection,
            Role::Match,
            Role::MatchCurrent,
            Role::Status,
            Role::StatusMode,
        ],
        &[Role::Notice, Role::Warning, Role::Error, Role::Success],
    ];
    for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
        for (name, theme) in built_in(depth) {
            for (group, role) in
                groups.iter().flat_map(|group| group.iter().map(move |role| (group, *role)))
            {
                let alike = group.iter().filter(|other| theme.style(**other) == theme.style(role));
                assert_eq!(alike.count(), 1, "{name} at {depth:?}: {}", role.name());
            }
        }
    }
}

#[test]
fn sixteen_colours_are_enough_for_every_theme() {
    for (name, theme) in built_in(Depth::Sixteen) {
        let has = Role::ALL.iter().all(|role| Depth::Sixteen.has(theme.style(*role)));
        assert!(has, "{name}");
    }
}

#[test]
fn added_and_removed_differ_for_everyone_in_the_themes_made_for_it() {
    for (name, theme) in built_in(Depth::True).filter(|(name, _)| name.starts_with("colour-blind"))
    {
        for sight in [PROTANOPIA, DEUTERANOPIA, TRITANOPIA] {
            let seen = |colour: Option<Color>| seen(colour.unwrap(), &sight);
            let (added, removed) = (theme.style(Role::DiffAdded), theme.style(Role::DiffRemoved));
            assert!(distance(seen(added.fg), seen(removed.fg)) > 0.1, "{name}");
            let (added, removed) =
                (theme.style(Role::DiffAddedWord), theme.style(Role::DiffRemovedWord));
            assert!(distance(seen(added.bg), seen(removed.bg)) > 0.05, "{name}");
        }
    }
    // The measure tells: red and green of the same lightness are one to many.
    let (red, green) = (Color::Rgb(0xc0, 0x50, 0x40), Color::Rgb(0x60, 0x80, 0x30));
    assert!(distance(seen(red, &DEUTERANOPIA), seen(green, &DEUTERANOPIA)) < 0.1);
}

/// Machado, Oliveira and Fernandes (2009), at full severity, for linear light.
const PROTANOPIA: [[f64; 3]; 3] = [
    [0.152_286, 1.052_583, -0.204_868],
    [0.114_503, 0.786_281, 0.099_216],
    [-0.003_882, -0.048_116, 1.051_998],
];
const DEUTERANOPIA: [[f64; 3]; 3] = [
    [0.367_322, 0.860_646, -0.227_968],
    [0.280_085, 0.672_501, 0.047_413],
    [-0.011_820, 0.042_940, 0.968_881],
];
const TRITANOPIA: [[f64; 3]; 3] = [
    [1.255_528, -0.076_749, -0.178_779],
    [-0.078_411, 0.930_809, 0.147_602],
    [0.004_733, 0.691_367, 0.303_900],
];

/// A colour as it is seen, as light.
fn seen(colour: Color, sight: &[[f64; 3]; 3]) -> [f64; 3] {
    let Color::Rgb(red, green, blue) = colour else { panic!("{colour:?} is not seen by itself") };
    let light = [red, green, blue].map(colour::linear);
    sight.map(|row| {
        row.iter().zip(light).map(|(weight, channel)| weight * channel).sum::<f64>().clamp(0.0, 1.0)
    })
}

fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    colour::Oklab::of_light(one).distance(colour::Oklab::of_light(other)).sqrt()
}
