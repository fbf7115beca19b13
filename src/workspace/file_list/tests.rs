//! A list that was kept says what a walk would say, whatever was done to the files in between.
use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::Workspace;

/// Something that is done to the files; where it can't be done, nothing is.
#[derive(Debug, Clone)]
enum Deed {
    Write(&'static str, &'static str),
    Link(&'static str, &'static str),
    Remove(&'static str, &'static str),
    MakeDirectory(&'static str),
    RemoveDirectory(&'static str),
    Move(&'static str, &'static str),
    Ignore(&'static str, &'static str, &'static str),
    BeginRepository(&'static str),
    EndRepository(&'static str),
    Exclude(&'static str, &'static str),
    ExcludeEverywhere(&'static str),
}

const DIRECTORIES: [&str; 6] = [".", "a", "a/b", "a/b/c", "d", ".."];
const NAMES: [&str; 4] = ["x", "y.rs", ".hidden", ".env"];
const RULES: [&str; 4] = [".gitignore", ".ignore", ".bowlineignore", ".gitignore"];
const PATTERNS: [&str; 7] = ["x\n", "/a\n", "b/\n", "!x\n", "*\n!y.rs\n", "*.rs\n", ""];

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let directory = || prop::sample::select(&DIRECTORIES[..]);
    let inner = || prop::sample::select(&DIRECTORIES[1..5]);
    let name = || prop::sample::select(&NAMES[..]);
    let pattern = || prop::sample::select(&PATTERNS[..]);
    let deed = prop_oneof![
        5 => (directory(), name()).prop_map(|(at, name)| Deed::Write(at, name)),
        1 => (directory(), name()).prop_map(|(at, name)| Deed::Link(at, name)),
        2 => (directory(), name()).prop_map(|(at, name)| Deed::Remove(at, name)),
        3 => inner().prop_map(Deed::MakeDirectory),
        1 => inner().prop_map(Deed::RemoveDirectory),
        2 => (inner(), inner()).prop_map(|(from, to)| Deed::Move(from, to)),
        3 => (directory(), prop::sample::select(&RULES[..]), pattern())
            .prop_map(|(at, rules, pattern)| Deed::Ignore(at, rules, pattern)),
        1 => directory().prop_map(Deed::BeginRepository),
        1 => directory().prop_map(Deed::EndRepository),
        1 => (directory(), pattern()).prop_map(|(at, pattern)| Deed::Exclude(at, pattern)),
        1 => pattern().prop_map(Deed::ExcludeEverywhere),
    ];
    prop::collection::vec(deed, 1..40)
}

impl Deed {
    fn do_to(&self, root: &Path) {
        let done = match self {
            Self::Write(at, name) => fs::write(root.join(at).join(name), name),
            Self::Link(at, name) => symlink("nowhere", root.join(at).join(name)),
            Self::Remove(at, name) => fs::remove_file(root.join(at).join(name)),
            Self::MakeDirectory(at) => fs::create_dir_all(root.join(at)),
            Self::RemoveDirectory(at) => fs::remove_dir_all(root.join(at)),
            Self::Move(from, to) => fs::rename(root.join(from), root.join(to)),
            Self::Ignore(at, rules, "") => fs::remove_file(root.join(at).join(rules)),
            Self::Ignore(at, rules, pattern) => fs::write(root.join(at).join(rules), pattern),
            Self::BeginRepository(at) => fs::create_dir_all(root.join(at).join(".git/info")),
            Self::EndRepository(at) => fs::remove_dir_all(root.join(at).join(".git")),
            Self::Exclude(at, pattern) => {
                fs::write(root.join(at).join(".git/info/exclude"), pattern)
            }
            Self::ExcludeEverywhere(pattern) => fs::write(root.join("../excludes"), pattern),
        };
        // Such as to make something in a directory that is not there.
        let _ = done;
    }
}

/// A workspace whose list is kept, on directories whose times tell at once.
struct Kept {
    directory: TempDir,
    workspace: Workspace,
}

impl Kept {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("around/work")).unwrap();
        let mut workspace = open(directory.path());
        workspace.lists.telling.settling = Duration::ZERO;
        Self { directory, workspace }
    }

    fn root(&self) -> PathBuf {
        self.workspace.root().to_owned()
    }

    /// Until the system's clock for files has gone on, so that what is done now bears another time than what was done.
    fn let_time_pass(&self) {
        let probe = self.directory.path().join("probe");
        let now = || {
            fs::write(&probe, "").unwrap();
            let metadata = fs::metadata(&probe).unwrap();
            (metadata.ctime(), metadata.ctime_nsec())
        };
        let before = now();
        while now() == before {}
    }
}

/// A process after others, which finds what they have put away, and puts away what it has listed.
fn reopen(directory: &Path) -> Workspace {
    let mut workspace = open(directory).keeping_lists(&directory.join("shelf"));
    workspace.lists.telling.settling = Duration::ZERO;
    workspace.lists.shelf.as_mut().unwrap().fewest = 0;
    workspace
}

fn open(directory: &Path) -> Workspace {
    let mut workspace = Workspace::open(&directory.join("around/work"), &[]).unwrap();
    workspace.excludes = Some(directory.join("around/excludes"));
    workspace
}

/// All that is said of the files below a directory.
fn said(workspace: &Workspace, directory: &str) -> Result<[Vec<PathBuf>; 2], String> {
    let place = workspace.target(workspace.root().join(directory));
    let files = workspace.files(&place, &[], &|| false).map_err(|error| error.to_string())?;
    let others = match directory {
        "" => workspace.listed(workspace.root(), usize::MAX, &|| false).known.others.clone(),
        _ => Vec::new(),
    };
    Ok([files.paths.to_vec(), others])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_kept_list_says_what_a_walk_says(deeds in deeds(), sparse in any::<bool>()) {
        let kept = Kept::new();
        for (number, deed) in deeds.iter().enumerate() {
            kept.let_time_pass();
            deed.do_to(&kept.root());
            kept.let_time_pass();
            if sparse && number % 3 > 0 {
                continue;
            }
            let later = reopen(kept.directory.path());
            for place in ["a/b", "", "a", "d"] {
                let fresh = open(kept.directory.path());
                for workspace in [&kept.workspace, &later] {
                    prop_assert_eq!(
                        said(workspace, place), said(&fresh, place),
                        "in {:?} after {:?}", place, &deeds[..=number]
                    );
                }
            }
        }
    }
}

#[test]
fn what_has_not_changed_is_not_listed_again() {
    let kept = Kept::new();
    let root = kept.root();
    let look = || kept.workspace.listed(&root, usize::MAX, &|| false).known;
    for directory in ["a", "b", "b/c"] {
        fs::create_dir(root.join(directory)).unwrap();
        fs::write(root.join(directory).join("x"), "").unwrap();
    }
    kept.let_time_pass();
    let first = look();
    assert!(Arc::ptr_eq(&first, &look()), "nothing has changed");
    // Neither what stands in a file, nor what is ignored, is a matter of the list.
    fs::write(root.join("a/x"), "more").unwrap();
    assert!(Arc::ptr_eq(&first, &look()), "a file has other bytes");
    fs::write(root.join("a/y"), "").unwrap();
    let second = look();
    assert_eq!((first.files.len(), second.files.len()), (3, 4));
    let has_other_stamp = |path: &&str| {
        let stamp = |known: &super::Known| known.directories[&root.join(path)].stamp;
        stamp(&first) != stamp(&second)
    };
    let listed: Vec<&str> = ["a", "b", "b/c"].into_iter().filter(has_other_stamp).collect();
    assert_eq!(listed, ["a"]);
}

#[test]
fn the_next_process_finds_what_was_listed() {
    let kept = Kept::new();
    let (directory, root) = (kept.directory.path(), kept.root());
    fs::create_dir(root.join("a")).unwrap();
    fs::write(root.join("a/x"), "").unwrap();
    kept.let_time_pass();
    let listed = |workspace: &Workspace| {
        let known = workspace.listed(&root, usize::MAX, &|| false).known;
        let was_there = workspace.lists.shelf.as_ref().unwrap().has(&root, &known);
        (known.files.len(), was_there)
    };
    assert_eq!(listed(&reopen(directory)), (1, false));
    assert_eq!(listed(&reopen(directory)), (1, true));
    // Another ignore file for all repositories is another list.
    let mut elsewhere = reopen(directory);
    elsewhere.excludes = None;
    assert_eq!(listed(&elsewhere), (1, false));
    drop(elsewhere);
    fs::write(root.join("a/y"), "").unwrap();
    kept.let_time_pass();
    assert_eq!(listed(&reopen(directory)), (2, false));
    let shelf = directory.join("shelf");
    let lists: Vec<PathBuf> =
        fs::read_dir(&shelf).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [list] = lists.as_slice() else { panic!("{lists:?}") };
    let mut bytes = fs::read(list).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(list, bytes).unwrap();
    assert_eq!(listed(&reopen(directory)), (2, false), "damage is not believed");
    assert_eq!(listed(&reopen(directory)), (2, true));
    // Few files are listed as fast as they are read.
    let few = open(directory).keeping_lists(&directory.join("other"));
    few.listed(&root, usize::MAX, &|| false);
    drop(few);
    assert!(!directory.join("other").exists());
}

#[test]
fn what_was_ended_first_is_not_kept() {
    let kept = Kept::new();
    for name in ["x", "y", "z"] {
        fs::write(kept.root().join(name), "").unwrap();
    }
    kept.let_time_pass();
    let cut = kept.workspace.listed(&kept.root(), 2, &|| false);
    assert_eq!((cut.is_cut, cut.known.files.len()), (true, 2));
    let over = kept.workspace.listed(&kept.root(), usize::MAX, &|| true);
    assert_eq!((over.is_cut, over.known.files.len()), (true, 0));
    let whole = kept.workspace.listed(&kept.root(), usize::MAX, &|| false);
    assert_eq!((whole.is_cut, whole.known.files.len()), (false, 3));
}

#[test]
fn an_ignore_file_that_comes_while_its_directory_is_read_is_found_the_next_time() {
    let kept = Kept::new();
    let root = kept.root();
    fs::create_dir(root.join("a")).unwrap();
    fs::write(root.join("a/x"), "").unwrap();
    kept.let_time_pass();
    let shown = AtomicUsize::new(0);
    // The second that is shown is the directory below the root, whose ignore files have been read by then.
    let ignore_the_file = || {
        if shown.fetch_add(1, Ordering::Relaxed) == 1 {
            kept.let_time_pass();
            fs::write(root.join("a/.ignore"), "x\n").unwrap();
            kept.let_time_pass();
        }
        false
    };
    kept.workspace.listed(&root, usize::MAX, &ignore_the_file);
    let again = kept.workspace.listed(&root, usize::MAX, &|| false).known;
    assert_eq!(again.files.to_vec(), [root.join("a/.ignore")]);
}
