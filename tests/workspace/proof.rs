//! What was chosen of a change set's hunks is what git makes of the same choice, or nothing is written.
use std::{cell::Cell, collections::BTreeSet, path::Path};

use bowline::{
    patch::{self, Reviewed, Unnamed},
    protocol::{ChangeSet, FileChange, FileState, Hunk, Selection},
    workspace::{Workspace, WorkspaceError},
};
use git2::{ApplyOptions, Diff, FileMode, Index, Odb, Repository};
use proptest::prelude::*;

/// How the bytes of a file are made of its text.
#[derive(Debug, Clone, Copy)]
enum Form {
    Plain,
    Latin1,
    Utf16Le,
    Utf16Be,
    /// With a NUL byte and without.
    Binary,
}

impl Form {
    const ALL: [Self; 5] = [Self::Plain, Self::Latin1, Self::Utf16Le, Self::Utf16Be, Self::Binary];

    fn bytes(self, text: &str) -> Vec<u8> {
        let marked = || format!("\u{feff}{text}");
        match self {
            Self::Plain => text.as_bytes().to_vec(),
            Self::Latin1 => encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
            Self::Utf16Le => marked().encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => marked().encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Binary => [text.as_bytes(), b"\0"].concat(),
        }
    }
}

type Texts = (Option<String>, Option<String>);

/// Lines of which many are equal, with both kinds of ends, and perhaps none at the end.
fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(&["a", "b", "", "caf\u{e9}", "-- x", "+"][..]);
    let end = prop_oneof![5 => Just("\n"), 1 => Just("\r\n")];
    (prop::collection::vec((line, end), 0..60), any::<bool>()).prop_map(|(lines, is_cut)| {
        let text: String = lines.iter().flat_map(|(line, end)| [*line, *end]).collect();
        if is_cut { text.trim_end().to_owned() } else { text }
    })
}

/// A text and what some edits make of it, so that there are hunks to choose from.
fn edited() -> impl Strategy<Value = Texts> {
    let edit =
        (any::<prop::sample::Index>(), 0_usize..3, prop::collection::vec("[ab]{1,2}\n", 0..3));
    (text(), prop::collection::vec(edit, 1..5)).prop_map(|(before, edits)| {
        let mut lines: Vec<String> = before.split_inclusive('\n').map(str::to_owned).collect();
        for (at, gone, new) in edits {
            let at = at.index(lines.len() + 1);
            lines.splice(at..(at + gone).min(lines.len()), new);
        }
        (Some(before), Some(lines.concat()))
    })
}

/// The mode stays, and what comes or goes is not empty: libgit2 reads a diff of that only with git's `index` line in it, which
/// `git apply` does without.
fn files() -> impl Strategy<Value = Vec<FileChange>> {
    let whole = || text().prop_filter("a line", |text| !text.is_empty());
    let texts = prop_oneof![
        6 => edited(),
        1 => whole().prop_map(|text| (None, Some(text))),
        1 => whole().prop_map(|text| (Some(text), None)),
    ];
    let file = (texts, prop::sample::select(&Form::ALL[..]), any::<bool>());
    prop::collection::vec(file, 1..12).prop_map(|files| {
        let file = |(index, ((before, after), form, executable)): (usize, (Texts, Form, bool))| {
            let state = |text: Option<String>| {
                text.map(|text| FileState {
                    bytes: form.bytes(&text).into(),
                    executable,
                    ..FileState::default()
                })
            };
            let path = format!("file-{index}").into();
            FileChange { path, before: state(before), after: state(after) }
        };
        let files = files.into_iter().enumerate().map(file);
        files.filter(|file| file.before != file.after).collect()
    })
}

/// Some of the hunks.
fn chosen(hunks: &[Hunk], seed: u64) -> BTreeSet<usize> {
    let numbers = hunks.iter().map(|hunk| hunk.number);
    numbers.filter(|number| seed >> (number % 64) & 1 == 1).collect()
}

/// The same, where of a file that is one piece to git the last hunk decides for all that have lines.
fn choosable(set: &ChangeSet, hunks: &[Hunk], seed: u64) -> BTreeSet<usize> {
    let mut chosen = chosen(hunks, seed);
    for index in (0..set.files.len()).filter(|index| is_one_piece(&set.files[*index])) {
        let own = || hunks.iter().filter(|hunk| hunk.file == index && !hunk.lines.is_empty());
        let Some(last) = own().next_back() else { continue };
        match chosen.contains(&last.number) {
            true => chosen.extend(own().map(|hunk| hunk.number)),
            false => chosen.retain(|number| own().all(|hunk| hunk.number != *number)),
        }
    }
    chosen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The whole set's diff, of which git takes files and hunks by its own callbacks, against the choice of the engine.
    #[test]
    fn git_makes_the_same_of_any_choice(files in files(), seed in any::<u64>()) {
        prop_assume!(!files.is_empty());
        let set = ChangeSet { files };
        let hunks = patch::hunks(&set);
        let chosen = choosable(&set, &hunks, seed);
        let selected = patch::select(&set, &chosen).unwrap();
        let (repository, index) = git_choice(&set, &chosen);
        for file in &set.files {
            let made = index.get_path(&file.path, 0).map(|entry| {
                repository.find_blob(entry.id).unwrap().content().to_vec()
            });
            // libgit2 removes what a tree's diff deletes without asking.
            let is_kept = file.after.is_none() && selected.get(&file.path).is_none();
            let wanted = selected.get(&file.path).map_or(&file.before, |file| &file.after);
            let wanted = wanted.as_ref().map(|state| state.bytes.to_vec());
            prop_assert_eq!(made, wanted.filter(|_| !is_kept), "{:?} of {:?}", &chosen, &hunks);
        }
    }

    #[test]
    fn a_choice_is_proven_and_another_in_its_place_is_refused(files in files(), seed in any::<u64>()) {
        prop_assume!(!files.is_empty());
        let set = ChangeSet { files };
        let hunks = patch::hunks(&set);
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::open(directory.path(), &[]).unwrap();
        let review = |seed| {
            let selection = Selection::Hunks(chosen(&hunks, seed));
            patch::review(&set, &selection, Unnamed::StayOpen).unwrap()
        };
        let reviewed = review(seed);
        if let Err(error) = workspace.prove_review(&set, &reviewed) {
            return Err(TestCaseError::fail(error.to_string()));
        }

        // As if hunks had other numbers: what would be written is not what was taken.
        let other = review(seed.rotate_left(1)).accepted;
        let written = |accepted: &ChangeSet, file: &FileChange| {
            let state = accepted.get(&file.path).map_or(&file.before, |file| &file.after).clone();
            state.map(|state| state.bytes)
        };
        let is_wrong = |(index, file): (usize, &FileChange)| {
            let has_lines = hunks.iter().any(|hunk| hunk.file == index && !hunk.lines.is_empty());
            let differs = written(&other, file) != written(&reviewed.accepted, file);
            file.before.is_some() && file.after.is_some() && has_lines && differs
        };
        let is_wrong = set.files.iter().enumerate().any(is_wrong);
        let reviewed = Reviewed { accepted: other, ..reviewed };
        let refused = workspace.prove_review(&set, &reviewed);
        prop_assert_eq!(matches!(refused, Err(WorkspaceError::Disagreement { .. })), is_wrong, "{:?}", refused);
    }
}

/// People may have been shown something that is not what is about to be written.
#[test]
fn a_seen_difference_that_does_not_make_the_bytes_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap().join("file");
    let workspace = Workspace::open(directory.path(), &[]).unwrap();
    let before: String = (10..40).map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, &before).unwrap();
    let set = |before: &str, after: &str| {
        let state =
            |text: &str| Some(FileState { bytes: text.to_owned().into(), ..FileState::default() });
        let file = FileChange { path: path.clone(), before: state(before), after: state(after) };
        ChangeSet { files: vec![file] }
    };
    let after = before.replace("20\n", "xx\n");
    let written = set(&before, &after);
    let apply = |shown: &ChangeSet| {
        let seen = patch::review(shown, &Selection::All, Unnamed::StayOpen).unwrap().seen;
        workspace.apply_once(&written, &seen, || Ok::<(), WorkspaceError>(()))
    };
    let others = [
        // The same line is shown with more or fewer beside it, another one, lines that are not there.
        (&before, &after.replace("xx\n", "xx\nxx\n")),
        (&before, &before.replace("20\n", "")),
        (&before, &before.replace("30\n", "xx\n")),
        (&before, &before.repeat(2)),
        (&before.repeat(3), &(before.repeat(2) + &after)),
        (&String::new(), &after),
    ];
    for (before, after) in others {
        let refused = apply(&set(before, after));
        assert!(
            matches!(refused, Err(WorkspaceError::Disagreement { .. })),
            "{after}: {refused:?}"
        );
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    apply(&written).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
}

/// What git makes of those hunks of the set's diff.
fn git_choice(set: &ChangeSet, chosen: &BTreeSet<usize>) -> (Repository, Index) {
    let odb = Odb::new().unwrap();
    odb.add_new_mempack_backend(1).unwrap();
    let repository = Repository::from_odb(odb).unwrap();
    let mut builder = repository.treebuilder(None).unwrap();
    for file in &set.files {
        if let Some(before) = &file.before {
            let blob = repository.blob(&before.bytes).unwrap();
            builder.insert(&file.path, blob, FileMode::Blob.into()).unwrap();
        }
    }
    let tree = builder.write().unwrap();
    drop(builder);
    let diff = patch::unified_bytes(set, &|path: &Path| path.display().to_string());
    let diff = Diff::from_buffer(&diff).unwrap();
    let all = patch::hunks(set);
    // Of each file whether it is taken whole, and which of its hunks are; those without lines are no hunks to git.
    let choices: Vec<(bool, Vec<bool>)> = (0..set.files.len())
        .map(|index| {
            let own = all.iter().filter(|hunk| hunk.file == index);
            let (text, rest): (Vec<&Hunk>, Vec<&Hunk>) =
                own.partition(|hunk| !hunk.lines.is_empty());
            let is_taken = |hunk: &&Hunk| chosen.contains(&hunk.number);
            let last = text.last().or(rest.last()).is_some_and(is_taken);
            (last, text.iter().map(is_taken).collect())
        })
        .collect();
    let (current, next) = (Cell::new(0), Cell::new(0));
    let mut options = ApplyOptions::new();
    options.delta_callback(|delta| {
        let delta = delta.unwrap();
        let path = delta.new_file().path().or(delta.old_file().path()).unwrap();
        let index = set.files.iter().position(|file| file.path == path).unwrap();
        current.set(index);
        next.set(0);
        !is_one_piece(&set.files[index]) || choices[index].0
    });
    options.hunk_callback(|_| {
        is_one_piece(&set.files[current.get()])
            || choices[current.get()].1[next.replace(next.get() + 1)]
    });
    let tree = repository.find_tree(tree).unwrap();
    let index = repository.apply_to_tree(&tree, &diff, Some(&mut options)).unwrap();
    drop(options);
    drop(tree);
    drop(diff);
    (repository, index)
}

/// Whether git takes a file whole or not at all.
fn is_one_piece(file: &FileChange) -> bool {
    let (Some(before), Some(after)) = (&file.before, &file.after) else { return true };
    [before, after].iter().any(|state| state.bytes.contains(&0))
}
