//! Two sides made of one text, and their merge: nothing is lost, nothing is invented, and either side may come first.
#![no_main]
use std::collections::BTreeSet;

use arbitrary::Arbitrary;
use bowline::patch::{MergeRefused, merge, merge_states};
use bowline_fuzz::{Edit, Line, Naming, edited, lines, state};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Case<'a> {
    Script(Script<'a>),
    Bytes([&'a [u8]; 3]),
    /// Whether there is a file, and whether it can be executed.
    States([(Option<&'a [u8]>, bool); 3]),
}

#[derive(Debug, Arbitrary)]
struct Script<'a> {
    base: Vec<Line<'a>>,
    ours: Vec<Edit<'a>>,
    theirs: Vec<Edit<'a>>,
    kind: Kind,
    is_cut: [bool; 3],
}

#[derive(Debug, Arbitrary)]
enum Kind {
    /// There are many ways to read what a side did.
    Alike,
    /// Every line is of its own, so that there is one.
    Numbered,
}

fuzz_target!(|case: Case<'_>| {
    match case {
        Case::Script(script) => check_script(&script),
        Case::Bytes([base, ours, theirs]) => check_any(base, ours, theirs),
        Case::States(states) => check_states(&states),
    }
});

fn check_script(script: &Script<'_>) {
    let [of_base, of_ours, of_theirs] = match script.kind {
        Kind::Alike => [Naming::Bare; 3],
        Kind::Numbered => ["base", "ours", "theirs"].map(Naming::Numbered),
    };
    let named = |(index, line): (usize, &Line<'_>)| of_base.named(index, line);
    let base: Vec<String> = script.base.iter().enumerate().map(named).collect();
    let ours = edited(&base, &script.ours, of_ours);
    let theirs = edited(&base, &script.theirs, of_theirs);
    let [base, ours, theirs] =
        [(base, script.is_cut[0]), (ours, script.is_cut[1]), (theirs, script.is_cut[2])]
            .map(joined);
    check_any(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
    check_in_utf_16([&base, &ours, &theirs]);
    match script.kind {
        Kind::Alike => {}
        Kind::Numbered => check_numbered(base.as_bytes(), ours.as_bytes(), theirs.as_bytes()),
    }
}

/// What holds of any three texts.
fn check_any(base: &[u8], ours: &[u8], theirs: &[u8]) {
    for side in [ours, theirs] {
        assert_eq!(merge(base, base, side).expect("ours is the base"), side);
        assert_eq!(merge(base, side, base).expect("theirs is the base"), side);
        assert_eq!(merge(base, side, side).expect("the sides are equal"), side);
    }
    let (one, other) = (merge(base, ours, theirs), merge(base, theirs, ours));
    match (&one, &other) {
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (Err(MergeRefused::Overlap(place)), Err(MergeRefused::Overlap(mirrored))) => {
            assert!(place.start >= 1 && place.end <= lines(ours).len() + 1 || ours.contains(&0));
            assert!(
                mirrored.start >= 1 && mirrored.end <= lines(theirs).len() + 1 || ours.contains(&0)
            );
        }
        (Err(MergeRefused::NotText), Err(MergeRefused::NotText)) => {}
        _ => panic!("{one:?}, and the other way round {other:?}"),
    }
    if let Ok(merged) = one
        && !base.contains(&0)
        && ![ours, theirs].contains(&base)
    {
        let all: BTreeSet<&[u8]> = [base, ours, theirs].into_iter().flat_map(lines).collect();
        assert!(
            lines(&merged).iter().all(|line| all.contains(line)),
            "a line is of none of the three"
        );
    }
}

/// Where every line is of its own, both changes are in the merge to the line, and only what touches is refused.
fn check_numbered(base: &[u8], ours: &[u8], theirs: &[u8]) {
    let [base_lines, our_lines, their_lines] = [base, ours, theirs].map(lines);
    let merged = match merge(base, ours, theirs) {
        Ok(merged) => merged,
        Err(_) => {
            let touched = touched_gaps(&base_lines, &our_lines);
            let both = touched.intersection(&touched_gaps(&base_lines, &their_lines)).count();
            return assert!(both > 0, "refused, and nothing touches");
        }
    };
    let merged = lines(&merged);
    let [in_base, in_ours, in_theirs] = [&base_lines, &our_lines, &their_lines]
        .map(|text| text.iter().copied().collect::<BTreeSet<&[u8]>>());
    let stays = |line: &&[u8]| match in_base.contains(line) {
        true => in_ours.contains(line) && in_theirs.contains(line),
        false => true,
    };
    let wanted: BTreeSet<&[u8]> = [&base_lines, &our_lines, &their_lines]
        .into_iter()
        .flatten()
        .copied()
        .filter(stays)
        .collect();
    let found: BTreeSet<&[u8]> = merged.iter().copied().collect();
    assert_eq!(found.len(), merged.len(), "a line stands there twice");
    assert_eq!(found, wanted, "a change is lost, or there is another");
    for side in [&our_lines, &their_lines] {
        let kept: Vec<&[u8]> = side.iter().copied().filter(stays).collect();
        let of_side: BTreeSet<&[u8]> = kept.iter().copied().collect();
        let order: Vec<&[u8]> =
            merged.iter().copied().filter(|line| of_side.contains(line)).collect();
        assert_eq!(order, kept, "lines stand in another order");
    }
}

/// The places between the lines of the base at which a side has changed something.
fn touched_gaps(base: &[&[u8]], side: &[&[u8]]) -> BTreeSet<usize> {
    let kept: BTreeSet<&[u8]> = side.iter().copied().collect();
    let mut gaps = BTreeSet::new();
    for (index, line) in base.iter().enumerate() {
        if !kept.contains(line) {
            gaps.extend([index, index + 1]);
        }
    }
    let mut gap = 0;
    for line in side {
        match base.iter().position(|other| other == line) {
            Some(index) => gap = index + 1,
            None => drop(gaps.insert(gap)),
        }
    }
    gaps
}

/// In units of two bytes the same lines are merged.
fn check_in_utf_16(texts: [&String; 3]) {
    // What is short or rich in other characters is not taken for UTF-16 without a mark.
    let is_plain = |text: &&String| text.is_ascii() && text.len() > 1 && !text.chars().any(is_odd);
    if !texts.iter().all(is_plain) {
        return;
    }
    let merged = merge(texts[0].as_bytes(), texts[1].as_bytes(), texts[2].as_bytes());
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
        let [base, ours, theirs] = texts.map(|text| wide(text));
        let wanted = merged.clone().map(|merged| wide(&String::from_utf8_lossy(&merged)));
        assert_eq!(merge(&base, &ours, &theirs).map(|merged| merged.to_vec()), wanted);
    }
}

fn is_odd(letter: char) -> bool {
    letter.is_control() && letter != '\n'
}

fn check_states(states: &[(Option<&[u8]>, bool); 3]) {
    let of = |(bytes, executable): &(Option<&[u8]>, bool)| {
        bytes.map(|bytes| bowline::protocol::FileState { executable: *executable, ..state(bytes) })
    };
    let [base, ours, theirs] = states.each_ref().map(of);
    let (base, ours, theirs) = (base.as_ref(), ours.as_ref(), theirs.as_ref());
    assert_eq!(merge_states(base, base, theirs), Ok(theirs.cloned()));
    assert_eq!(merge_states(base, ours, base), Ok(ours.cloned()));
    let (one, other) = (merge_states(base, ours, theirs), merge_states(base, theirs, ours));
    assert_eq!(one.clone().ok(), other.ok());
    if let (Ok(Some(merged)), Some(base), Some(ours), Some(theirs)) = (one, base, ours, theirs) {
        let changed = [ours, theirs].iter().any(|side| side.executable != base.executable);
        assert_eq!(merged.executable != base.executable, changed);
    }
}

fn joined((lines, is_cut): (Vec<String>, bool)) -> String {
    let mut text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    if is_cut {
        text.pop();
    }
    text
}
