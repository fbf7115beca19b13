//! What git demands of an edit: submodules, sparse checkouts, files that only stand for others, and new files.
use std::{fs, path::Path};

use bowline::{
    patch::{Checkout, LineEnds},
    protocol::FileChange,
    workspace::{Workspace, WorkspaceError},
};
use git2::{Index, IndexEntry, IndexEntryExtendedFlag, IndexTime, Oid, Repository};
use pretty_assertions::assert_eq;

use super::{Tree, state};

const GITLINK: u32 = 0o160_000;
const FILE: u32 = 0o100_644;
const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";

fn add(index: &mut Index, path: &str, mode: u32, extended: IndexEntryExtendedFlag) {
    let time = IndexTime::new(0, 0);
    let id = Oid::from_str("ce013625030ba8dba906f756967f9e9ca394464a").unwrap();
    index
        .add(&IndexEntry {
            ctime: time,
            mtime: time,
            dev: 0,
            ino: 0,
            mode,
            uid: 0,
            gid: 0,
            file_size: 0,
            id,
            flags: 0,
            flags_extended: extended.bits(),
            path: path.as_bytes().to_vec(),
        })
        .unwrap();
}

/// Checks that an edit is refused when it is planned and, whatever was planned, when it is written.
#[track_caller]
fn refused(workspace: &Workspace, change: FileChange) -> WorkspaceError {
    let planned = workspace.git_rules().require_here(&change.path).and_then(|()| {
        change
            .before
            .as_ref()
            .map_or(Ok(()), |before| workspace.git_rules().require_itself(&change.path, before))
    });
    let set = bowline::protocol::ChangeSet { files: vec![change] };
    let written = workspace.apply(&set).unwrap_err();
    assert_eq!(planned.unwrap_err().to_string(), written.to_string());
    written
}

#[test]
fn what_is_in_a_submodule_is_left_alone() {
    let tree = Tree::new(&[
        ("module/a.txt", "1"),
        ("module/deep/b.txt", "1"),
        (".gitmodules", "[submodule \"m\"]\n\tpath = listed\n\turl = ../m\n"),
        ("listed/c.txt", "1"),
        ("nested/d.txt", "1"),
        ("beside.txt", "1"),
    ]);
    let repository = Repository::init(tree.root()).unwrap();
    Repository::init(tree.path("module")).unwrap();
    Repository::init(tree.path("nested")).unwrap();
    let mut index = repository.index().unwrap();
    add(&mut index, "module", GITLINK, IndexEntryExtendedFlag::empty());
    add(&mut index, "absent", GITLINK, IndexEntryExtendedFlag::empty());
    index.write().unwrap();
    let workspace = tree.open();
    for (path, before, submodule) in [
        ("module/a.txt", Some("1"), "module"),
        ("module/deep/b.txt", Some("1"), "module"),
        ("module/new/c.txt", None, "module"),
        ("listed/c.txt", Some("1"), "listed"),
        ("absent/e.txt", None, "absent"),
    ] {
        let error = refused(&workspace, tree.change(path, before, Some("2")));
        let WorkspaceError::InSubmodule { submodule: found, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(found, submodule, "{path}");
        assert!(error.to_string().contains(&format!("--add-dir {submodule}")), "{error}");
    }
    // A repository that is no submodule is a directory like any other.
    let free = [("nested/d.txt", Some("1"), Some("2")), ("beside.txt", Some("1"), Some("2"))];
    workspace.apply(&tree.set(&free)).unwrap();

    let change = [("module/a.txt", Some("1"), Some("2")), ("module/deep/b.txt", Some("1"), None)];
    let added = Workspace::open(&tree.root(), &[tree.path("module")]).unwrap();
    added.apply(&tree.set(&change)).unwrap();
    added.apply(&tree.set(&change).inverted()).unwrap();
    for inside in ["module", "module/deep"] {
        let own = Workspace::open(&tree.path(inside), &[]).unwrap();
        own.apply(&tree.set(&change[1..])).unwrap();
        own.apply(&tree.set(&change[1..]).inverted()).unwrap();
    }
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_neither_made_nor_missing() {
    let tree = Tree::new(&[("kept/here.txt", "1")]);
    let repository = Repository::init(tree.root()).unwrap();
    repository.blob(b"hello\n").unwrap();
    let mut index = repository.index().unwrap();
    let skipped = IndexEntryExtendedFlag::SKIP_WORKTREE;
    add(&mut index, "away/a.txt", FILE, skipped);
    add(&mut index, "kept/here.txt", FILE, skipped);
    add(&mut index, "removed.txt", FILE, IndexEntryExtendedFlag::empty());
    index.write().unwrap();
    let workspace = tree.open();
    let error = refused(&workspace, tree.change("away/a.txt", None, Some("2")));
    assert!(
        error.to_string().contains("git update-index --no-skip-worktree away/a.txt"),
        "{error}"
    );
    repository.config().unwrap().set_bool("core.sparseCheckout", true).unwrap();
    let error = refused(&workspace, tree.change("away/a.txt", None, Some("2")));
    assert!(error.to_string().contains("`git sparse-checkout add away`"), "{error}");
    workspace
        .apply(&tree.set(&[
            ("away/new.txt", None, Some("not git's")),
            ("kept/here.txt", Some("1"), Some("2")),
            ("removed.txt", None, Some("made again")),
        ]))
        .unwrap();
}

#[test]
fn an_index_that_is_not_understood_leaves_out_directories() {
    let tree = Tree::new(&[("kept/here.txt", "1")]);
    let repository = Repository::init(tree.root()).unwrap();
    repository.config().unwrap().set_bool("core.sparseCheckout", true).unwrap();
    // An extension whose name starts in lower case has to be understood: `sdir` tells of a sparse index.
    let mut index = b"DIRC\0\0\0\x02\0\0\0\0sdir\0\0\0\0".to_vec();
    let hash = Oid::hash_object(git2::ObjectType::Blob, b"").unwrap();
    index.extend(hash.as_bytes());
    fs::write(tree.path(".git/index"), index).unwrap();
    let workspace = tree.open();
    let error = refused(&workspace, tree.change("away/a.txt", None, Some("2")));
    assert!(matches!(error, WorkspaceError::LeftOut { .. }), "{error}");
    workspace.apply(&tree.set(&[("kept/new.txt", None, Some("2"))])).unwrap();
}

#[test]
fn what_only_stands_for_a_file_is_not_edited() {
    let locked = "\0GITCRYPT\0secret";
    let tree = Tree::new(&[("large.bin", POINTER), ("locked.txt", locked)]);
    fs::write(tree.path(".gitattributes"), "*.bin filter=lfs\n*.psd filter=lfs -text\n").unwrap();
    Repository::init(tree.root()).unwrap();
    let workspace = tree.open();
    let error = refused(&workspace, tree.change("large.bin", Some(POINTER), Some("2")));
    assert!(error.to_string().contains("`git lfs pull`"), "{error}");
    let error = refused(&workspace, tree.change("locked.txt", Some(locked), Some("2")));
    assert!(error.to_string().contains("`git-crypt unlock`"), "{error}");
    // A file that git has smudged is what it is, and a pointer can be removed.
    tree.write("drawing.psd", "the drawing itself\n");
    workspace
        .apply(&tree.set(&[
            ("drawing.psd", Some("the drawing itself\n"), Some("another\n")),
            ("large.bin", Some(POINTER), None),
        ]))
        .unwrap();
}

#[track_caller]
fn check_checkout(tree: &Tree, path: &str, line_ends: LineEnds, encoding: Option<&str>) {
    let encoding = encoding.map(str::to_owned);
    let found = tree.open().git_rules().checkout(&tree.path(path));
    assert_eq!(found, Checkout { line_ends, encoding }, "{path}");
}

#[test]
fn a_new_file_is_checked_out_by_its_attributes() {
    use LineEnds::{AsTheyAre, Crlf, CrlfIfText};
    let attributes = "*.bat eol=crlf\n*.sh text eol=lf\n*.txt text\n*.png binary\n\
                      *.reg text eol=crlf working-tree-encoding=UTF-16LE-BOM\n";
    let tree =
        Tree::new(&[(".gitattributes", attributes), ("sub/.gitattributes", "*.bat -text\n")]);
    check_checkout(&tree, "a.bat", AsTheyAre, None);
    let repository = Repository::init(tree.root()).unwrap();
    let mut config = repository.config().unwrap().open_level(git2::ConfigLevel::Local).unwrap();
    for (key, value) in [("core.autocrlf", "false"), ("core.eol", "lf")] {
        config.set_str(key, value).unwrap();
    }
    check_checkout(&tree, "a.bat", Crlf, None);
    check_checkout(&tree, "sub/a.bat", AsTheyAre, None);
    check_checkout(&tree, "new/dir/a.bat", Crlf, None);
    check_checkout(&tree, "a.reg", Crlf, Some("UTF-16LE-BOM"));
    check_checkout(&tree, "a.txt", AsTheyAre, None);
    config.set_str("core.eol", "crlf").unwrap();
    check_checkout(&tree, "a.txt", Crlf, None);
    check_checkout(&tree, "a.rs", AsTheyAre, None);
    config.set_str("core.autocrlf", "true").unwrap();
    check_checkout(&tree, "a.rs", CrlfIfText, None);
    check_checkout(&tree, "a.sh", AsTheyAre, None);
    check_checkout(&tree, "a.png", AsTheyAre, None);
    config.set_str("core.autocrlf", "input").unwrap();
    check_checkout(&tree, "a.txt", AsTheyAre, None);
}

#[test]
fn a_linked_worktree_has_the_rules_of_its_repository() {
    let tree = Tree::new(&[("main/a.txt", "1")]);
    let main = Repository::init(tree.path("main")).unwrap();
    let (empty, who) = (
        main.treebuilder(None).unwrap().write().unwrap(),
        git2::Signature::now("A", "a@b.c").unwrap(),
    );
    let empty = main.find_tree(empty).unwrap();
    main.commit(Some("HEAD"), &who, &who, "first", &empty, &[]).unwrap();
    main.worktree("linked", &tree.path("linked"), None).unwrap();
    main.config().unwrap().set_str("core.autocrlf", "true").unwrap();
    main.blob(b"hello\n").unwrap();
    let mut index = Repository::open(tree.path("linked")).unwrap().index().unwrap();
    add(&mut index, "away.txt", FILE, IndexEntryExtendedFlag::SKIP_WORKTREE);
    index.write().unwrap();
    let linked = Workspace::open(&tree.path("linked"), &[]).unwrap();
    let rules = linked.git_rules();
    assert_eq!(rules.checkout(&tree.path("linked/b.txt")).line_ends, LineEnds::CrlfIfText);
    refused(&linked, tree.change("linked/away.txt", None, Some("2")));
    assert_eq!(linked.repository().unwrap().branch.as_deref(), Some("linked"));
}

#[test]
fn a_repository_that_claims_another_tree_rules_nothing() {
    let tree = Tree::new(&[("a.txt", "1"), ("elsewhere/x", "")]);
    let repository = Repository::init(tree.root()).unwrap();
    let elsewhere = tree.path("elsewhere").display().to_string();
    repository.config().unwrap().set_str("core.worktree", &elsewhere).unwrap();
    repository.config().unwrap().set_str("core.autocrlf", "true").unwrap();
    check_checkout(&tree, "b.txt", LineEnds::AsTheyAre, None);
    // Pointers that lead nowhere, to a file, or round in a circle end in "no repository", not in a fault.
    for (path, text) in
        [("spoof/.git", "gitdir: ../spoof/.git\n"), ("far/.git", "gitdir: /dev/null\n")]
    {
        tree.write(path, text);
        let directory = Path::new(path).parent().unwrap();
        let new = directory.join("new.txt").display().to_string();
        tree.open().apply(&tree.set(&[(&new, None, Some("x"))])).unwrap();
    }
    tree.write("common/.git/HEAD", "ref: refs/heads/main\n");
    tree.write("common/.git/commondir", "/etc\n");
    tree.open().apply(&tree.set(&[("common/new.txt", None, Some("x"))])).unwrap();
    assert_eq!(tree.open().on_disk(&tree.path("common/new.txt")).unwrap(), Some(state("x")));
}
