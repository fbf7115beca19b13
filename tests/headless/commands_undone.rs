//! What commands changed is undone like any edit, untracked files that they deleted above all.
use std::{fs, os::unix::fs::PermissionsExt};

use super::{CHAT, Desk, call, chat, free, snapshot};
use crate::support::speech::Said;

fn desk(command: &str) -> Desk {
    let arguments = serde_json::json!({ "command": command }).to_string();
    Desk::new(chat([&[call("c1", "run", &arguments)], &[Said::Text("Done.")]]))
        .file("notes.txt", "untracked\n")
        .file("sub/deep.txt", "deep\n")
        .file("a.txt", "1\n")
        .file("kept.log", "ignored\n")
        .file(".ignore", "*.log\n")
}

#[track_caller]
fn check(command: &str, code: i32) {
    for in_repository in [false, true] {
        let desk = desk(command);
        if in_repository {
            commit(&desk, "a.txt");
        }
        let files = || {
            let files = snapshot(&desk.bench.directory()).into_iter();
            files.filter(|(path, _)| !path.starts_with(desk.path(".git"))).collect::<Vec<_>>()
        };
        let before = files();
        desk.ends(&free(CHAT, "go", &[]), code);
        let after = files();
        assert_ne!(before, after, "{command}");
        let said = desk.ends(&["undo"], 0).stdout;
        assert!(said.contains("undone"), "{said}");
        assert_eq!(files(), before, "{command}, repository: {in_repository}");
        desk.ends(&["redo"], 0);
        assert_eq!(files(), after, "{command}");
    }
}

fn commit(desk: &Desk, path: &str) {
    let repository = git2::Repository::init(desk.bench.directory()).unwrap();
    let mut index = repository.index().unwrap();
    index.add_path(std::path::Path::new(path)).unwrap();
    index.write().unwrap();
}

#[test]
fn what_a_command_deleted_made_moved_and_rewrote_is_undone_and_redone() {
    check("rm notes.txt a.txt", 0);
    check("rm -r sub && echo new > new.txt", 0);
    check("mv notes.txt moved.txt; echo 2 > a.txt", 0);
    check("chmod +x a.txt; echo more >> notes.txt; exit 3", 0);
    check("rm notes.txt && ln -s a.txt other; rm other", 0);
}

#[test]
fn an_untracked_file_comes_back_with_its_permissions() {
    for command in ["rm notes.txt", "mv notes.txt sub/", "rm notes.txt && echo x > notes.txt"] {
        let desk = desk(command);
        let permissions = fs::Permissions::from_mode(0o600);
        fs::set_permissions(desk.path("notes.txt"), permissions).unwrap();
        desk.ends(&free(CHAT, "go", &[]), 0);
        desk.ends(&["undo"], 0);
        assert_eq!(desk.text("notes.txt"), "untracked\n");
        let found = desk.path("notes.txt").metadata().unwrap().permissions().mode();
        assert_eq!(found & 0o777, 0o600, "{command}");
    }
}

#[test]
fn programs_and_people_are_told_of_what_a_command_changed() {
    let desk = desk("rm notes.txt");
    let ran = desk.ends(&free(CHAT, "go", &["--json"]), 0);
    let events = super::running::events(&ran.stdout);
    let items = super::running::completed(&events, "file_change");
    assert_eq!(items[0]["changes"][0]["kind"], "delete", "{items:?}");
    let set = items[0]["change_set"].as_str().unwrap();
    assert!(events.iter().any(|it| it["type"] == "change_set" && it["id"] == set));
    desk.ends(&["undo", set], 0);
    assert_eq!(desk.text("notes.txt"), "untracked\n");
}

#[test]
fn a_command_that_is_stopped_is_covered_and_a_link_that_is_lost_is_named() {
    let arguments = r#"{"command":"rm notes.txt link; ln -s a.txt link; sleep 30","timeout":1}"#;
    let desk = Desk::new(chat([&[call("c1", "run", arguments)], &[Said::Text("Stopped.")]]))
        .file("notes.txt", "untracked\n");
    std::os::unix::fs::symlink("b.txt", desk.path("link")).unwrap();
    let said = desk.ends(&free(CHAT, "go", &[]), 0).stderr;
    assert!(
        said.contains("Undo can't bring back what the command did to link: links are"),
        "{said}"
    );
    desk.ends(&["undo"], 0);
    assert_eq!(desk.text("notes.txt"), "untracked\n");
    assert_eq!(fs::read_link(desk.path("link")).unwrap().to_str(), Some("a.txt"));
}

#[test]
fn what_git_keeps_in_another_form_is_not_taken_for_the_file() {
    let desk = desk("rm a.txt").file(".gitattributes", "a.txt filter=swap\n");
    let file = fs::File::open(desk.path("a.txt")).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    commit(&desk, "a.txt");
    let repository = git2::Repository::open(desk.bench.directory()).unwrap();
    let mut index = repository.index().unwrap();
    let mut entry = index.get_path(std::path::Path::new("a.txt"), 0).unwrap();
    // As a filter that changes bytes and keeps their number would have left it.
    entry.id = repository.blob(b"2\n").unwrap();
    index.add(&entry).unwrap();
    index.write().unwrap();
    let said = desk.ends(&free(CHAT, "go", &[]), 0).stderr;
    assert!(said.contains("to a.txt: git keeps it in another form"), "{said}");
    assert!(!desk.path("a.txt").exists());
}
