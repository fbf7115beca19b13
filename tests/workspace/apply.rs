//! Writing is all or nothing, and never over what somebody else has written.
use std::{
    fs,
    os::unix::fs::{FileExt, MetadataExt},
    thread,
};

use bowline::{
    protocol::ChangeSet,
    workspace::{LARGEST_FILE, Workspace, WorkspaceError},
};
use pretty_assertions::assert_eq;

use super::Tree;

/// Applies a change set that has to fail, and checks that nothing at all is different then.
fn refused(tree: &Tree, set: &ChangeSet) -> WorkspaceError {
    let before = tree.everything();
    let error = tree.open().apply(set).unwrap_err();
    assert_eq!(tree.everything(), before, "{error}");
    error
}

#[test]
fn a_change_set_creates_modifies_and_removes() {
    let tree = Tree::new(&[("a.txt", "1\n2\n"), ("gone/old.txt", "x"), ("gone/also/y", "y")]);
    let set = tree.set(&[
        ("a.txt", Some("1\n2\n"), Some("1\n2\nthree")),
        ("new/dir/b.txt", None, Some("b\n")),
        ("new/dir/c.txt", None, Some("c")),
        ("run.sh", None, Some("#!/bin/sh\n")),
        ("gone/old.txt", Some("x"), None),
        ("gone/also/y", Some("y"), None),
    ]);
    let workspace = tree.open();
    workspace.apply(&set).unwrap();
    let expected = [
        ("a.txt", "1\n2\nthree"),
        ("new/", ""),
        ("new/dir/", ""),
        ("new/dir/b.txt", "b\n"),
        ("new/dir/c.txt", "c"),
        ("run.sh", "#!/bin/sh\n"),
    ];
    let expected = expected.map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(tree.everything(), expected);
    assert_ne!(tree.mode("run.sh") & 0o111, 0);
    workspace.apply(&set.inverted()).unwrap();
    let paths: Vec<String> = tree.everything().into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["a.txt", "gone/", "gone/also/", "gone/also/y", "gone/old.txt"]);
}

#[test]
fn bytes_of_all_kinds_are_written_as_they_are() {
    let cases: [(&[u8], &[u8]); 9] = [
        (b"a\r\nb\r\n", b"a\r\nB\r\n"),
        (b"a\r\nb\nc\r", b"a\nb\nc\r\n"),
        (b"\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n"),
        (b"no end", b"no end\n"),
        (b"", b"text\n"),
        (b"text\n", b""),
        (b"caf\xe9\n", b"caf\xe9s\n"),
        (b"\xff\xfea\0\n\0", b"\xff\xfeb\0\n\0"),
        (b"a\0b", b"a\0c"),
    ];
    for (before, after) in cases {
        let tree = Tree::new(&[]);
        fs::write(tree.path("f"), before).unwrap();
        let mut set = tree.set(&[("f", Some(""), Some(""))]);
        let bytes = |bytes: &'static [u8]| bytes.into();
        set.files[0].before.as_mut().unwrap().bytes = bytes(before);
        set.files[0].after.as_mut().unwrap().bytes = bytes(after);
        tree.open().apply(&set).unwrap();
        assert_eq!(fs::read(tree.path("f")).unwrap(), after);
    }
}

#[test]
fn every_file_that_changed_is_named_and_nothing_is_written() {
    let tree = Tree::new(&[("a", "other"), ("b", "1"), ("c", "there"), ("d", "#!1")]);
    let set = tree.set(&[
        ("a", Some("1"), Some("2")),
        ("b", Some("1"), Some("2")),
        ("c", None, Some("2")),
        ("d", Some("#!1"), Some("2")),
        ("e", Some("1"), None),
    ]);
    let WorkspaceError::Changed { files } = refused(&tree, &set) else { panic!() };
    assert_eq!(files, ["a", "c", "d", "e"]);
}

#[test]
fn a_failure_in_the_middle_takes_everything_back() {
    let tree = Tree::new(&[("a", "1"), ("gone/x", "x"), ("way", "a file")]);
    let set = tree.set(&[
        ("a", Some("1"), Some("2")),
        ("gone/x", Some("x"), None),
        ("new/b", None, Some("b")),
        ("way/inside", None, Some("can't be")),
    ]);
    let error = refused(&tree, &set);
    assert!(matches!(error, WorkspaceError::NotADirectory { .. }), "{error}");
}

#[test]
fn a_file_makes_room_for_a_directory_of_its_name() {
    let tree = Tree::new(&[("way", "a file")]);
    let set = tree.set(&[("way", Some("a file"), None), ("way/inside", None, Some("x"))]);
    tree.open().apply(&set).unwrap();
    assert_eq!(tree.text("way/inside").as_deref(), Some("x"));
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let tree = Tree::new(&[("directory/x", ""), ("file", "1")]);
    tree.link("link", "file");
    let error = refused(&tree, &tree.set(&[("directory", None, Some("x"))]));
    assert!(matches!(error, WorkspaceError::NotAFile { kind: "a directory", .. }), "{error}");
    let error = refused(&tree, &tree.set(&[("link", Some("1"), Some("2"))]));
    assert!(matches!(error, WorkspaceError::Moved(_)), "{error}");
}

#[test]
fn nothing_is_written_outside_or_into_what_is_protected() {
    let tree = Tree::new(&[(".git/config", ""), ("in/x", "")]);
    fs::create_dir(tree.beside("outside")).unwrap();
    tree.link("out", tree.beside("outside"));
    let up = tree.path("../outside/x").display().to_string();
    for path in [
        ".git/hooks/pre-commit",
        "sub/.git/config",
        ".GIT/x",
        ".bowline/config.toml",
        ".bowlineignore",
        "out/x",
        "/tmp/bowline-is-never-here",
        &up,
    ] {
        let error =
            refused(&tree, &tree.set(&[("in/y", None, Some("y")), (path, None, Some("x"))]));
        assert!(
            matches!(error, WorkspaceError::Refused { .. } | WorkspaceError::Moved(_)),
            "{path}: {error}"
        );
    }
    assert!(tree.beside("outside").read_dir().unwrap().next().is_none());
    let twice = tree.set(&[("y", None, Some("1")), ("y", None, Some("2"))]);
    assert!(matches!(refused(&tree, &twice), WorkspaceError::Refused { .. }));
}

#[test]
fn added_directories_are_written_to() {
    let tree = Tree::new(&[]);
    let added = tree.beside("added");
    fs::create_dir(&added).unwrap();
    let workspace = Workspace::open(&tree.root(), std::slice::from_ref(&added)).unwrap();
    let path = added.join("sub/x").display().to_string();
    let set = tree.set(&[(&path, None, Some("x"))]);
    workspace.apply(&set).unwrap();
    assert_eq!(fs::read(added.join("sub/x")).unwrap(), b"x");
    workspace.apply(&set.inverted()).unwrap();
    assert!(added.is_dir() && !added.join("sub").exists());
}

#[test]
fn a_directory_swapped_for_a_link_is_noticed() {
    let tree = Tree::new(&[("sub/x", "1")]);
    let workspace = tree.open();
    let set = ChangeSet {
        files: vec![bowline::protocol::FileChange {
            path: workspace.locate("sub/x").unwrap().path,
            ..tree.change("sub/x", Some("1"), Some("2"))
        }],
    };
    fs::rename(tree.path("sub"), tree.beside("moved")).unwrap();
    tree.link("sub", tree.beside("moved"));
    let error = workspace.apply(&set).unwrap_err();
    assert!(matches!(error, WorkspaceError::Moved(_)), "{error}");
    assert_eq!(fs::read(tree.beside("moved/x")).unwrap(), b"1");
}

#[test]
fn modes_stay_but_for_the_executable_bit() {
    for (mode, before, after, expected) in [
        (0o640, "1", "2", 0o640),
        (0o600, "1", "#!2", 0o700),
        (0o644, "1", "#!2", 0o755),
        (0o755, "#!1", "2", 0o644),
        (0o710, "#!1", "#!2", 0o710),
        (0o444, "1", "2", 0o444),
    ] {
        let tree = Tree::new(&[("f", before)]);
        tree.set_mode("f", mode);
        tree.open().apply(&tree.set(&[("f", Some(before), Some(after))])).unwrap();
        assert_eq!(tree.mode("f"), expected, "{mode:o} {before} {after}");
    }
}

#[test]
fn a_file_of_several_names_keeps_them() {
    let tree = Tree::new(&[("a", "first"), ("new", "")]);
    fs::hard_link(tree.path("a"), tree.path("b")).unwrap();
    let workspace = tree.open();
    workspace.apply(&tree.set(&[("a", Some("first"), Some("2"))])).unwrap();
    assert_eq!(tree.text("b").as_deref(), Some("2"));
    assert_eq!(tree.path("b").metadata().unwrap().nlink(), 2);
    // And is put back with the others.
    let set = tree.set(&[("a", Some("2"), Some("longer")), ("new/x", None, Some("can't be"))]);
    refused(&tree, &set);
}

#[test]
fn of_two_writers_none_loses_anything() {
    let tree = Tree::new(&[("count", "0")]);
    let count_up = || {
        let workspace = tree.open();
        let mut counted = 0;
        while counted < 100 {
            let now = tree.text("count").unwrap();
            let next = (now.parse::<u32>().unwrap() + 1).to_string();
            match workspace.apply(&tree.set(&[("count", Some(&now), Some(&next))])) {
                Ok(()) => counted += 1,
                Err(WorkspaceError::Changed { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(count_up);
        scope.spawn(count_up);
    });
    assert_eq!(tree.everything(), [("count".to_owned(), "200".to_owned())]);
}

#[test]
fn leftovers_of_a_killed_process_are_swept_and_nothing_else() {
    let leftover = format!("sub/.bowline-{}.tmp", "0".repeat(32));
    let tree = Tree::new(&[(&leftover, "x"), ("sub/.bowline-notes.tmp", "mine"), ("sub/f", "1")]);
    tree.open().sweep(&tree.set(&[("sub/deeper/f", None, Some("2"))]));
    let names: Vec<String> = tree.everything().into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, ["sub/", "sub/.bowline-notes.tmp", "sub/f"]);
}

#[test]
fn large_files_are_refused() {
    let tree = Tree::new(&[]);
    let file = fs::File::create(tree.path("sparse")).unwrap();
    file.write_at(b"x", LARGEST_FILE).unwrap();
    let workspace = tree.open();
    let target = workspace.locate("sparse").unwrap();
    assert!(matches!(workspace.read(&target), Err(WorkspaceError::TooLarge { .. })));
    let large = "x".repeat(usize::try_from(LARGEST_FILE).unwrap() + 1);
    let error = workspace.apply(&tree.set(&[("new", None, Some(&large))])).unwrap_err();
    assert!(matches!(error, WorkspaceError::TooLarge { .. }), "{error}");
}
