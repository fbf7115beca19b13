//! A user's repository: not a byte below `.git` changes and nothing that it names is run, whatever is edited.
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use git2::{Repository, Signature};
use pretty_assertions::assert_eq;

use super::{CHAT, Desk, call, chat, free, snapshot};
use crate::support::speech::Said;

const FILE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";

const HOOKS: [&str; 9] = [
    "applypatch-msg",
    "fsmonitor-watchman",
    "post-checkout",
    "post-index-change",
    "post-rewrite",
    "pre-applypatch",
    "pre-commit",
    "prepare-commit-msg",
    "reference-transaction",
];

/// Commits all that is there, with something staged and something stashed beside it.
pub(super) fn commit_all(directory: &Path) -> Repository {
    let repository = Repository::init(directory).unwrap();
    let mut index = repository.index().unwrap();
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.write().unwrap();
    let tree = index.write_tree().unwrap();
    let who = Signature::now("A Person", "person@example.com").unwrap();
    let tree = repository.find_tree(tree).unwrap();
    repository.commit(Some("HEAD"), &who, &who, "first", &tree, &[]).unwrap();
    drop(tree);
    repository
}

/// Has everything run a program that leaves a marker, as far as a repository can say so.
fn booby_trap(desk: &Desk, repository: &Repository) -> PathBuf {
    let marker = desk.bench.state_directory().with_file_name("marker");
    let trap = desk.bench.state_directory().with_file_name("trap.sh");
    fs::write(&trap, format!("#!/bin/sh\necho \"$0 $*\" >> {}\n", marker.display())).unwrap();
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    let hooks = repository.path().join("hooks");
    for hook in HOOKS {
        fs::copy(&trap, hooks.join(hook)).unwrap();
    }
    let trap = trap.display().to_string();
    let mut config = repository.config().unwrap().open_level(git2::ConfigLevel::Local).unwrap();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshcommand",
        "core.alternaterefscommand",
        "diff.external",
        "diff.x.command",
        "diff.x.textconv",
        "merge.x.driver",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "credential.helper",
        "gpg.program",
        "uploadpack.packobjectshook",
    ] {
        config.set_str(key, &trap).unwrap();
    }
    config.set_bool("filter.x.required", true).unwrap();
    marker
}

#[test]
fn nothing_below_git_changes_and_nothing_it_names_is_run() {
    let edits = r#"{"edits":[{"path":"a.txt","old":"1\n2\n","new":"one\n2\n"},{"path":"a.txt","old":"12\n","new":"twelve\n"}]}"#;
    let write = r#"{"path":"sub/new.txt","content":"new\n"}"#;
    let turn: [&[Said<'_>]; 3] = [
        &[call("c1", "edit", edits)],
        &[call("c2", "write", write), call("c3", "read", r#"{"path":"sub/new.txt"}"#)],
        &[Said::Text("Done.")],
    ];
    let desk = Desk::new([chat(turn), chat(turn)].concat())
        .file("a.txt", FILE)
        .file(".gitattributes", "* filter=x diff=x merge=x text=auto\n");
    let mut repository = commit_all(desk.bench.directory().as_path());
    let who = Signature::now("A Person", "person@example.com").unwrap();
    fs::write(desk.path("b.txt"), "staged\n").unwrap();
    fs::write(desk.path("a.txt"), "stashed\n").unwrap();
    repository.stash_save(&who, "kept", None).unwrap();
    let mut index = repository.index().unwrap();
    index.add_path(Path::new("b.txt")).unwrap();
    index.write().unwrap();
    let marker = booby_trap(&desk, &repository);
    let before = snapshot(&desk.path(".git"));
    let check = |step: &str| {
        assert!(snapshot(&desk.path(".git")) == before, "{step} changed what is git's");
        let ran = fs::read_to_string(&marker).unwrap_or_default();
        assert_eq!(ran, "", "{step} ran a program of the repository's");
    };
    let files = || (desk.text("a.txt"), fs::read_to_string(desk.path("sub/new.txt")).ok());
    let edited = FILE.replacen("1\n", "one\n", 1).replace("12\n", "twelve\n");
    let old = (FILE.to_owned(), None);
    let new = (edited, Some("new\n".to_owned()));

    desk.ends(&free(CHAT, "spell", &[]), 0);
    check("an edit");
    assert_eq!(files(), new);
    desk.ends(&["undo", "--turn"], 0);
    check("undo");
    assert_eq!(files(), old);
    desk.ends(&["redo"], 0);
    check("redo");
    assert_eq!(files(), new);
    desk.ends(&["undo", "--turn"], 0);

    desk.ends(&["-p", "spell", "-m", CHAT, "--mode", "review"], 0);
    check("a proposal");
    assert_eq!(files(), old);
    desk.ends(&["diff"], 0);
    desk.ends(&["apply", "--hunks", "1"], 0);
    desk.ends(&["reject", "--hunks", "1"], 0);
    desk.ends(&["apply"], 0);
    check("the review");
    assert_eq!(files(), (FILE.replacen("1\n", "one\n", 1), Some("new\n".to_owned())));
}

#[test]
fn a_new_file_stands_as_git_would_check_it_out_and_stays_so() {
    let desk = Desk::new(chat([
        &[
            call("c1", "write", r#"{"path":"run.bat","content":"echo 1\necho 2\n"}"#),
            call("c2", "edit", r#"{"path":"run.bat","old":"echo 2","new":"echo two\necho 3"}"#),
        ],
        &[Said::Text("Done.")],
    ]))
    .file(".gitattributes", "*.bat eol=crlf\n");
    commit_all(desk.bench.directory().as_path());
    desk.ends(&free(CHAT, "write it", &[]), 0);
    assert_eq!(desk.text("run.bat"), "echo 1\r\necho two\r\necho 3\r\n");
    assert!(desk.body(1).contains("its lines end in CRLF"), "{}", desk.body(1));
}

#[test]
fn what_git_forbids_is_told_to_the_model_at_once() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let desk = Desk::new(chat([
        &[
            call("c1", "write", r#"{"path":"module/new.txt","content":"x\n"}"#),
            call("c2", "edit", r#"{"path":"large.bin","old":"size 12345","new":"size 1"}"#),
            call("c3", "read", r#"{"path":"away/gone.txt"}"#),
        ],
        &[Said::Text("I see.")],
    ]))
    .file("large.bin", pointer)
    .file("away/gone.txt", "gone\n")
    .file(".gitmodules", "[submodule \"m\"]\n\tpath = module\n\turl = ../m\n");
    let repository = commit_all(desk.bench.directory().as_path());
    let mut index = repository.index().unwrap();
    let mut entry = index.get_path(Path::new("away/gone.txt"), 0).unwrap();
    entry.flags_extended |= git2::IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
    index.add(&entry).unwrap();
    index.write().unwrap();
    fs::remove_dir_all(desk.path("away")).unwrap();
    desk.ends(&free(CHAT, "go", &[]), 0);
    let body = desk.body(1);
    for part in ["in the submodule `module`", "git lfs pull", "git update-index --no-skip-worktree"]
    {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(!desk.path("module").exists());
    assert_eq!(desk.text("large.bin"), pointer);
}

#[test]
fn a_repository_of_somebody_else_is_said_and_worked_in_as_files() {
    let desk = Desk::new(chat([
        &[call("c1", "write", r#"{"path":"a.txt","content":"a\n"}"#)],
        &[Said::Text("Done.")],
    ]));
    Repository::init(desk.bench.directory()).unwrap();
    let somebody = Some(65_534);
    let owned = desk.bench.directory().metadata().unwrap().uid();
    if owned != 0 || std::os::unix::fs::chown(desk.bench.directory(), somebody, None).is_err() {
        println!("skipped: only the superuser can give a directory away");
        return;
    }
    let ran = desk.ends(&free(CHAT, "go", &[]), 0);
    assert!(ran.stderr.contains("safe.directory"), "{ran:?}");
    assert_eq!(desk.text("a.txt"), "a\n");
}
