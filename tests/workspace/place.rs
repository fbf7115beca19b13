//! Where paths lead.
use std::fs;

use bowline::{
    protocol::Place,
    workspace::{Workspace, WorkspaceError},
};

use super::Tree;

fn check(workspace: &Workspace, asked: &str, shown: &str, place: Place) {
    let target = workspace.locate(asked).unwrap();
    assert_eq!((target.shown.as_str(), target.place), (shown, place), "{asked}");
}

#[test]
fn paths_are_told_apart_by_where_they_lead() {
    let tree =
        Tree::new(&[("src/main.rs", ""), (".git/config", ""), ("sub/.git", "gitdir: ../.git")]);
    let outside = tree.beside("outside");
    fs::create_dir(&outside).unwrap();
    tree.link("out", &outside);
    tree.link("in", "src");
    tree.link("repo", ".git");
    tree.link("self", ".");
    let workspace = tree.open();
    let outside = outside.display();
    for (asked, shown, place) in [
        (".", ".", Place::Workspace),
        ("src/main.rs", "src/main.rs", Place::Workspace),
        ("./src/../src//main.rs", "src/main.rs", Place::Workspace),
        ("new/dir/file.rs", "new/dir/file.rs", Place::Workspace),
        ("in/new.rs", "src/new.rs", Place::Workspace),
        ("self/self/src/main.rs", "src/main.rs", Place::Workspace),
        ("out/file", &format!("{outside}/file"), Place::Outside),
        ("../outside/x", &format!("{outside}/x"), Place::Outside),
        ("/nowhere/at/all", "/nowhere/at/all", Place::Outside),
        (".git/config", ".git/config", Place::Protected),
        (".git", ".git", Place::Protected),
        (".GIT/config", ".GIT/config", Place::Protected),
        (".Git/hooks/pre-commit", ".Git/hooks/pre-commit", Place::Protected),
        ("sub/.git", "sub/.git", Place::Protected),
        ("deep/er/.git/hooks/x", "deep/er/.git/hooks/x", Place::Protected),
        ("repo/config", ".git/config", Place::Protected),
        ("src/../repo/hooks/x", ".git/hooks/x", Place::Protected),
        (".bowline/config.toml", ".bowline/config.toml", Place::Protected),
        ("sub/.BOWLINE/x", "sub/.BOWLINE/x", Place::Protected),
        (".bowlineignore", ".bowlineignore", Place::Protected),
        ("/etc/bowline/managed.toml", "/etc/bowline/managed.toml", Place::Protected),
        (".gitignore", ".gitignore", Place::Workspace),
        (".github/workflows/x.yml", ".github/workflows/x.yml", Place::Workspace),
        (".env", ".env", Place::Secret),
        ("in/.env.local", "src/.env.local", Place::Secret),
        (".env.example", ".env.example", Place::Workspace),
        ("a\u{1b}[2Jb\nc", "a\\u{1b}[2Jb\\u{a}c", Place::Workspace),
    ] {
        check(&workspace, asked, shown, place);
    }
}

#[test]
fn paths_that_lead_nowhere_are_refused_with_a_reason() {
    let tree = Tree::new(&[("file", "")]);
    tree.link("dangling", "nowhere");
    tree.link("a", "b");
    tree.link("b", "a");
    let workspace = tree.open();
    for (asked, says) in [
        ("", "empty"),
        ("a\0b", "NUL"),
        ("~", "not expanded"),
        ("~/x", "not expanded"),
        ("dangling", "leads nowhere"),
        ("dangling/x", "leads nowhere"),
        ("a", "in a circle"),
        ("a/x", "in a circle"),
        ("file/x", "not a directory"),
        ("file/x/y", "not a directory"),
    ] {
        let error = workspace.locate(asked).unwrap_err().to_string();
        assert!(error.contains(says), "{asked:?}: {error}");
    }
}

#[test]
fn a_repository_is_protected_by_its_layout_too() {
    let tree = Tree::new(&[
        ("store/HEAD", ""),
        ("store/objects/x", ""),
        ("store/refs/x", ""),
        ("plain/HEAD", ""),
    ]);
    let workspace = tree.open();
    for (asked, place) in [
        ("store/hooks/post-checkout", Place::Protected),
        ("store/config", Place::Protected),
        ("store/worktrees/x/HEAD", Place::Protected),
        ("store/notes.txt", Place::Workspace),
        ("plain/config", Place::Workspace),
        ("plain/HEAD", Place::Workspace),
    ] {
        check(&workspace, asked, asked, place);
    }
}

#[test]
fn added_and_protected_directories_count() {
    let tree = Tree::new(&[]);
    for name in ["added", "config"] {
        fs::create_dir(tree.beside(name)).unwrap();
    }
    let (added, config) = (tree.beside("added"), tree.beside("config"));
    let workspace = Workspace::open(&tree.root(), std::slice::from_ref(&added)).unwrap();
    let workspace = workspace.protecting(&[config.clone(), tree.path("own")]);
    let inside = added.join("x").display().to_string();
    check(&workspace, &inside, &inside, Place::Workspace);
    let settings = config.join("config.toml").display().to_string();
    check(&workspace, &settings, &settings, Place::Protected);
    check(&workspace, "own/x", "own/x", Place::Protected);
    let beside = format!("{}-not/x", added.display());
    check(&workspace, &beside, &beside, Place::Outside);
}

#[test]
fn only_a_directory_is_opened() {
    let tree = Tree::new(&[("file", "")]);
    for (path, says) in [("file", "not a directory"), ("nowhere", "No such file")] {
        let error = Workspace::open(&tree.path(path), &[]).unwrap_err();
        assert!(matches!(error, WorkspaceError::NoWorkspace { .. }));
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(Workspace::open(&tree.root(), &[tree.path("nowhere")]).is_err());
}
