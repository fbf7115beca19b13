//! Real history: each commit of a repository, told as a model would tell it, makes of its parent the commit's own tree.
//!
//! A commit's difference is written as `apply_patch` text in two styles, as a unified diff and as JSON calls, and each is applied to the
//! parent's files. The trees that come of it have to be the commit's: every file's bytes and mode, and no other file.
//! `BOWLINE_HISTORY=/a/repository:/another BOWLINE_HISTORY_COMMITS=300 cargo test history -- --ignored --nocapture`
//! does so for repositories of one's own.
mod commit;
mod diffs;
mod disk;
mod edits;
mod hunks;
mod sight;
mod tally;
mod throwaway;

use std::{collections::BTreeMap, path::Path};

use bowline::{
    patch::{self, Draft, Patch},
    protocol::FileState,
};
use git2::Repository;

use commit::{Comparison, Tree};
use hunks::Style;
use tally::Tally;

/// Every so many commits are written to a disk as well.
const ON_DISK: usize = 10;

#[test]
fn commits_of_every_kind_are_told_and_made_again() {
    let (_folder, repository, commits) = throwaway::repository();
    let tally = compared(&repository, usize::MAX, 1);
    println!("{tally}");
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    assert_eq!(tally.commits, commits);
    for kind in throwaway::ASIDE {
        assert!(tally.aside.contains_key(kind), "nothing was set aside as: {kind}");
    }
    for kind in throwaway::TOLD {
        assert!(tally.told.contains_key(kind), "nothing was told as: {kind}");
    }
}

#[test]
#[ignore = "needs BOWLINE_HISTORY, the paths of repositories"]
fn commits_of_real_repositories_are_told_and_made_again() {
    let paths = variable("BOWLINE_HISTORY").expect("BOWLINE_HISTORY: paths, with colons between");
    let most = variable("BOWLINE_HISTORY_COMMITS").map_or(300, |count| count.parse().unwrap());
    let mut failures = Vec::new();
    for path in paths.split(':') {
        let tally = compared(&Repository::open(path).unwrap(), most, ON_DISK);
        println!("{path}: {tally}");
        failures.extend(tally.failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[expect(clippy::disallowed_methods, reason = "a test's material, not the program's configuration")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Tells and makes again the last commits of a repository, which stays as it is.
fn compared(repository: &Repository, most: usize, on_disk: usize) -> Tally {
    let mut walk = repository.revwalk().unwrap();
    walk.set_sorting(git2::Sort::TOPOLOGICAL).unwrap();
    walk.push_head().unwrap();
    let mut tally = Tally::default();
    for (index, id) in walk.take(most).enumerate() {
        let commit = repository.find_commit(id.unwrap()).unwrap();
        let comparison = Comparison::of(repository, &commit);
        tally.count(&comparison);
        let id = commit.id().to_string();
        let mut check = |form: &str, made: Result<Tree, String>| {
            let differences =
                made.map_or_else(|error| vec![error], |made| comparison.differences(&made));
            tally.failures.extend(differences.iter().map(|what| format!("{id} as {form}: {what}")));
        };
        for style in [Style::Plain, Style::Anchored, Style::Diff] {
            let text = hunks::written(&comparison.told, style);
            check(style.name(), drafted(&comparison, &text));
        }
        let calls = edits::calls(&comparison.told);
        check("JSON edits", drafted_calls(&comparison, &calls));
        if index % on_disk == 0 {
            check("a patch on a disk", disk::patched(&comparison, Style::Plain));
            check("JSON edits on a disk", disk::called(&comparison, &calls));
            tally.on_disk += 1;
        }
    }
    tally
}

/// What the engine makes of a patch.
fn drafted(comparison: &Comparison<'_>, text: &str) -> Result<Tree, String> {
    let mut files = Files { comparison, changed: BTreeMap::new() };
    if !comparison.told.is_empty() {
        files.apply(&patch::parse(text).map_err(|error| format!("{error}\n{text}"))?)?;
    }
    Ok(files.tree())
}

/// What the engine makes of calls, one after the other.
fn drafted_calls(comparison: &Comparison<'_>, calls: &[edits::Call]) -> Result<Tree, String> {
    let mut files = Files { comparison, changed: BTreeMap::new() };
    for call in calls {
        files.apply(&Patch { edits: call.read()? })?;
    }
    Ok(files.tree())
}

/// The parent's files, and what has become of some of them.
struct Files<'a> {
    comparison: &'a Comparison<'a>,
    changed: BTreeMap<String, Option<FileState>>,
}

impl Files<'_> {
    fn apply(&mut self, patch: &Patch) -> Result<(), String> {
        let state = |path: &str| match self.changed.get(path) {
            Some(state) => state.clone(),
            None => self.comparison.parent_state(path),
        };
        let drafted = patch::draft(patch, &|path: &str| Ok((path.into(), state(path))));
        let Draft { set, notes, .. } = drafted.map_err(|error| error.to_string())?;
        // What is sent exactly is found exactly.
        let is_forgiven = |note: &&String| {
            ["but for", "was taken", "do not stand at the end", "as the hunks before it leave it"]
                .iter()
                .any(|what| note.contains(what))
        };
        let forgiven = notes.iter().find(is_forgiven);
        if let Some(note) = forgiven.filter(|_| !self.comparison.has_broken_bytes) {
            return Err(format!("it was forgiven: {note}"));
        }
        let changed = set.files.into_iter().map(|file| (name(&file.path), file.after));
        self.changed.extend(changed);
        Ok(())
    }

    fn tree(&self) -> Tree {
        let mut tree = self.comparison.parent.clone();
        for (path, state) in &self.changed {
            match state {
                Some(state) => tree.insert(path.clone(), commit::entry(state)),
                None => tree.remove(path),
            };
        }
        tree
    }
}

fn name(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn state(bytes: &[u8], executable: bool) -> FileState {
    FileState { bytes: bytes.to_vec().into(), executable, ..FileState::default() }
}
