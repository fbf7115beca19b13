//! A repository with commits of every kind, made for one test.
use git2::{FileMode, Repository, Signature, build::TreeUpdateBuilder};
use tempfile::TempDir;

use super::{commit, sight};

/// What has to have been told.
pub(super) const TOLD: [&str; 8] = [
    "added",
    "deleted",
    "changed",
    "moved",
    "moved and changed",
    sight::NEW_ENDS,
    sight::NEW_MARK,
    sight::NEW_ENCODING,
];

/// What has to have been set aside.
pub(super) const ASIDE: [&str; 7] = [
    sight::BINARY,
    sight::OTHER_ENCODING,
    commit::LINK,
    commit::SUBMODULE,
    commit::MODE,
    commit::NAME,
    commit::TOO_LARGE,
];

pub(super) fn repository() -> (TempDir, Repository, usize) {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init(folder.path()).unwrap();
    let commits = commits();
    for files in &commits {
        add(&repository, files);
    }
    (folder, repository, commits.len())
}

/// Files that are put there or, where there is nothing to put, removed.
type Files = Vec<(&'static str, Option<(Vec<u8>, FileMode)>)>;

fn add(repository: &Repository, files: &Files) {
    let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
    let empty = || repository.find_tree(repository.treebuilder(None).unwrap().write().unwrap());
    let before = parent.as_ref().map_or_else(|| empty().unwrap(), |parent| parent.tree().unwrap());
    // What goes makes room for what comes.
    let (come, gone): (Vec<_>, Vec<_>) = files.iter().partition(|(_, file)| file.is_some());
    let mut tree = before;
    for step in [gone, come] {
        let mut update = TreeUpdateBuilder::new();
        for (path, file) in step {
            match file {
                // A submodule stands at some commit or other.
                Some((_, FileMode::Commit)) => {
                    update.upsert(*path, parent.as_ref().unwrap().id(), FileMode::Commit)
                }
                Some((bytes, mode)) => update.upsert(*path, repository.blob(bytes).unwrap(), *mode),
                None => update.remove(*path),
            };
        }
        tree = repository.find_tree(update.create_updated(repository, &tree).unwrap()).unwrap();
    }
    let author = Signature::now("A", "a@example.org").unwrap();
    let parents: Vec<_> = parent.iter().collect();
    repository.commit(Some("HEAD"), &author, &author, "", &tree, &parents).unwrap();
}

fn text(text: impl Into<Vec<u8>>) -> Option<(Vec<u8>, FileMode)> {
    Some((text.into(), FileMode::Blob))
}

fn executable(text: impl Into<Vec<u8>>) -> Option<(Vec<u8>, FileMode)> {
    Some((text.into(), FileMode::BlobExecutable))
}

/// Functions with bodies that are all alike.
fn functions(names: &[&str]) -> String {
    let function = |name: &&str| {
        format!("fn {name}() {{\n    let a = 1;\n\n    let b = 2;\n\n    call(a, b);\n}}\n\n")
    };
    names.iter().map(function).collect()
}

fn numbers(last: usize, end: &str) -> String {
    (1..=last).map(|number| format!("line {number}{end}")).collect()
}

/// UTF-8, and an end that is none.
fn broken(end: &[u8]) -> Vec<u8> {
    ["gr\u{fc}n\n".repeat(9).as_bytes(), end].concat()
}

/// What each commit changes.
fn commits() -> Vec<Files> {
    [first_and_second(), edges(), names_and_modes(), ends_and_encodings(), untold()].concat()
}

/// Files of many kinds, and a change of most.
fn first_and_second() -> Vec<Files> {
    let (alike, crlf) = (functions(&["one", "two", "three"]), numbers(30, "\r\n"));
    let second = |new: &str| {
        let (head, body) = alike.split_once("fn two").unwrap();
        format!("{head}fn two{}", body.replacen("    let b = 2;\n", new, 1))
    };
    let patch = "*** Begin Patch\n*** Update File: a\n@@ fn f\n a\n-b\n+c\n*** End of File\n*** End Patch\n";
    let more =
        numbers(60, "\n").replace("line 5\n", "line 5.0\nline 5.5\n").replace("line 44\n", "");
    let other = patch.replace("@@ fn f\n a\n", "@@ fn f\n@@ fn g\n a\n a\n").replace("+c", "+d");
    vec![
        vec![
            ("numbers", text(numbers(60, "\n"))),
            ("alike.rs", text(&*alike)),
            ("crlf", text(&*crlf)),
            ("bare", text("a\nb")),
            ("empty", text("")),
            ("equal", text("x\n".repeat(9))),
            ("latin", text(b"caf\xe9 un\ncaf\xe9 deux\ncaf\xe9 trois\n")),
            ("broken", text(broken(b"caf\xe9\nlast\n"))),
            ("sub/run.sh", executable("#!/bin/sh\necho one\n")),
            ("patch.txt", text(patch)),
            ("mark", text("\u{feff}a\nb\n")),
            ("blank", text("a\n\n\n")),
            ("link", Some((b"numbers".to_vec(), FileMode::Link))),
            ("bytes", text(b"a\0b")),
            ("large", text("large\n".repeat(500_000))),
            (" odd ", text("odd\n")),
        ],
        vec![
            ("numbers", text(more.replace("line 60\n", "end\n"))),
            ("alike.rs", text(second("    let b = 3;\n"))),
            ("equal", text("x\n".repeat(8))),
            ("crlf", text(crlf.replace("line 7\r\n", "seven\r\nseven and a half\r\n"))),
            ("latin", text(b"caf\xe9 un\nth\xe9 deux\ncaf\xe9 trois\n")),
            ("patch.txt", text(other)),
        ],
    ]
}

/// Where a blank line, or one that looks like a part of a patch, is all that tells two places apart; and the ends of files.
fn edges() -> Vec<Files> {
    vec![
        vec![
            ("large", None),
            ("blanks", text("h\nk\nk\nk\nold\ny\ny\nz\nh\nk\nk\nk\nold\ny\ny\n\nend\n")),
            ("signs", text("@@ w\np\nq\nold\nr\ns\nt\n@@ x\np\nq\nold\nr\ns\nt\n@@ y\n")),
        ],
        vec![
            ("blanks", text("h\nk\nk\nk\nold\ny\ny\nz\nh\nk\nk\nk\nnew\ny\ny\n\nend\n")),
            ("signs", text("@@ w\np\nq\nold\nr\ns\nt\n@@ x\np\nq\nnew\nr\ns\nt\n@@ y\n")),
        ],
        vec![
            ("bare", text("a\nb\n")),
            ("blank", text("a\n\n\n\n")),
            ("empty", text("no longer")),
            ("numbers", text(numbers(61, "\n").trim_end())),
            ("mark", text("\u{feff}new\nb\n")),
            ("broken", text(broken(b"caf\xe9\nlast line\n"))),
        ],
        vec![("bare", text("a")), ("empty", text("")), ("equal", text(""))],
    ]
}

/// Moves and modes, a file where a folder was, and a folder where a file was.
fn names_and_modes() -> Vec<Files> {
    vec![
        vec![("sub/run.sh", None), ("bin/run", executable("#!/bin/sh\necho one\n"))],
        vec![("bin/run", None), ("bin/walk", executable("#!/bin/sh\necho one\necho two\n"))],
        vec![
            ("bin/walk", text("#!/bin/sh\necho one\necho two\n")),
            ("bin/new", executable("new\n")),
        ],
        vec![
            ("bytes", None),
            ("moved bytes", text(b"a\0b")),
            ("latin", None),
            ("moved/latin", text(b"caf\xe9 un\nth\xe9 deux\ncaf\xe9 trois\n")),
        ],
        vec![("bin/new", None), ("bin/walk", None), ("bin", text("a file\n"))],
        vec![("bin", None), ("bin/again", text("a\n\nb\n\n"))],
    ]
}

/// What no hunk can say, and files with both kinds of ends.
fn ends_and_encodings() -> Vec<Files> {
    let mixed = numbers(20, "\n") + &numbers(30, "\r\n");
    let changed = mixed.replace("line 9\n", "nine\n").replace("line 12\r\n", "twelve\r\ntwo\r\n");
    vec![
        vec![("crlf", text(numbers(30, "\n")))],
        vec![("numbers", text(numbers(61, "\r\n")))],
        vec![("numbers", executable(numbers(61, "\n")))],
        vec![("numbers", executable(numbers(61, "\r\n")))],
        vec![("mark", text("new\nb\n")), ("moved/latin", text("caf\u{e9} un\nth\u{e9} deux\n"))],
        vec![("mixed", text(&*mixed))],
        vec![("mixed", text(changed))],
        vec![("mixed", text(mixed))],
    ]
}

/// What nobody can tell, and nothing at all.
fn untold() -> Vec<Files> {
    vec![
        vec![
            ("link", Some((b"alike.rs".to_vec(), FileMode::Link))),
            ("module", Some((Vec::new(), FileMode::Commit))),
            ("bytes", text(b"a\0c")),
            ("broken", text(broken(b"th\xe9\nlast line\n"))),
        ],
        vec![("link", text("no link\n")), ("empty", None), ("blank", None)],
        Vec::new(),
    ]
}
