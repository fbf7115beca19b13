//! What git says of the directory, with and without a repository.
use bowline::workspace::Workspace;
use git2::{Repository, RepositoryInitOptions, Signature};

use super::Tree;

fn init(tree: &Tree) -> Repository {
    let mut options = RepositoryInitOptions::new();
    Repository::init_opts(tree.root(), options.initial_head("trunk")).unwrap()
}

fn commit(repository: &Repository) -> git2::Oid {
    let tree = repository.treebuilder(None).unwrap().write().unwrap();
    let (tree, who) = (repository.find_tree(tree).unwrap(), Signature::now("A", "a@b.c").unwrap());
    repository.commit(Some("HEAD"), &who, &who, "first", &tree, &[]).unwrap()
}

#[test]
fn without_a_repository_there_is_none() {
    assert_eq!(Tree::new(&[("a", "")]).open().repository(), None);
}

#[test]
fn a_broken_repository_is_none() {
    let tree = Tree::new(&[(".git", "gitdir: /nowhere")]);
    assert_eq!(tree.open().repository(), None);
}

#[test]
fn branches_are_named_before_and_after_the_first_commit() {
    let tree = Tree::new(&[("sub/a", "")]);
    let repository = init(&tree);
    let found = tree.open().repository().unwrap();
    assert_eq!(found.root.canonicalize().unwrap(), tree.root());
    assert_eq!(
        (found.branch.as_deref(), found.is_unborn, found.is_bare),
        (Some("trunk"), true, false)
    );
    let id = commit(&repository);
    let found = Workspace::open(&tree.path("sub"), &[]).unwrap().repository().unwrap();
    assert_eq!((found.branch.as_deref(), found.is_unborn), (Some("trunk"), false));
    repository.set_head_detached(id).unwrap();
    let found = tree.open().repository().unwrap();
    assert_eq!((found.branch, found.is_unborn), (None, false));
}

#[test]
fn a_bare_repository_is_worked_in_beside_gits_own_files() {
    let tree = Tree::new(&[]);
    Repository::init_bare(tree.root()).unwrap();
    let workspace = tree.open();
    assert!(workspace.repository().unwrap().is_bare);
    workspace.apply(&tree.set(&[("notes.txt", None, Some("x"))])).unwrap();
    assert!(workspace.apply(&tree.set(&[("hooks/update", None, Some("#!"))])).is_err());
}

#[test]
fn writing_leaves_the_users_repository_alone() {
    let tree = Tree::new(&[("a.txt", "1\n2\n3\n")]);
    commit(&init(&tree));
    let own = |tree: &Tree| {
        let everything = tree.everything().into_iter();
        everything.filter(|(path, _)| path.starts_with(".git")).collect::<Vec<_>>()
    };
    let before = own(&tree);
    tree.open().apply(&tree.set(&[("a.txt", Some("1\n2\n3\n"), Some("1\ntwo\n3\n"))])).unwrap();
    assert_eq!(tree.text("a.txt").as_deref(), Some("1\ntwo\n3\n"));
    assert_eq!(own(&tree), before);
}
