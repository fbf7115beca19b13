//! Real faults by the real file system, and other processes at the same files: nothing has changed then, and the error
//! says what failed, at which file, and what to try.
//!
//! What needs a small disk or fewer rights is done by this test binary again, in a mount namespace of its own or with
//! its capabilities dropped. Where the system does not allow that, the test says that it was skipped.
use std::{
    fs::{self, File},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bowline::{
    protocol::{ChangeSet, FileChange},
    workspace::{Fault, Workspace, WorkspaceError, arm},
};
use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::{Tree, state};

/// What the child does, and in which directory: `WHAT\tDIRECTORY`.
const CHILD: &str = "BOWLINE_FAULTS_CHILD";
const NAMES: [&str; 5] = ["a", "b", "c", "sub/d", "sub/e"];

/// Programs that start the program which follows, with something about the system changed.
const SMALL_DISK: [&str; 6] = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"];
const MOUNT: &str = r#"mount -t tmpfs -o size=512k none "$0"; exec "$@""#;
const FEWER_RIGHTS: [&str; 4] = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"];

#[expect(
    clippy::disallowed_methods,
    reason = "the system is changed by its own programs, for a child that is this one again"
)]
fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdin(Stdio::null());
    command
}

fn child_under(before: &[&str], what: &str, directory: &Path) -> Command {
    let this = std::env::current_exe().unwrap();
    let this = [this.to_str().unwrap(), "--exact", "workspace::faults::the_child", "--nocapture"];
    let mut child = command(&[before, &this[..]].concat());
    child.env(CHILD, format!("{what}\t{}", directory.display()));
    child
}

fn succeeds(mut command: Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Has a child do something under what `before` makes of the system, if that can be had.
#[track_caller]
fn run_under(before: &[&str], what: &str, directory: &Path) {
    if !succeeds(command(&[before, &["true"][..]].concat())) {
        println!("skipped: {what}: `{}` is not allowed here", before[0]);
        return;
    }
    let output = child_under(before, what, directory).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{what}\n{said}\n{errors}");
}

#[track_caller]
fn on_small_disk(what: &str) {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let before = [&SMALL_DISK[..], &[MOUNT, directory.to_str().unwrap()]].concat();
    run_under(&before, what, &directory);
}

#[track_caller]
fn with_fewer_rights(what: &str) {
    let directory = tempfile::tempdir().unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let before: &[&str] = if is_root { &FEWER_RIGHTS } else { &["env"] };
    run_under(before, what, &directory.path().canonicalize().unwrap());
}

/// What the child does; in a run of all tests, nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "a child is told by its environment what to do")]
fn the_child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let (what, directory) = told.split_once('\t').unwrap();
    let directory = Path::new(directory);
    match what {
        "full workspace" => full_workspace(directory),
        "full state" => full_state(directory),
        "read-only workspace" => read_only_workspace(directory),
        "read-only state" => read_only_state(directory),
        "permissions" => permissions(directory),
        "count up" => count_up(directory),
        "wait while writing" => wait_while_writing(directory),
        _ => panic!("{what}"),
    }
}

fn open(tree: &Tree) -> Workspace {
    journalling(&tree.root(), &tree.beside("state"))
}

fn journalling(root: &Path, state: &Path) -> Workspace {
    Workspace::open(root, &[]).unwrap().journalling(&state.join("journal"))
}

/// Applies a change set that has to fail, and checks that nothing is different then and what the error says.
#[track_caller]
fn refused(tree: &Tree, workspace: &Workspace, set: &ChangeSet, says: &[&str]) {
    let before = tree.everything();
    let error = workspace.apply(set).unwrap_err();
    let told = error.to_string();
    assert_eq!(tree.everything(), before, "{told}");
    assert!(!matches!(error, WorkspaceError::HalfWritten { .. }), "{told}");
    for says in says {
        assert!(told.contains(says), "{says:?} is not in {told:?}");
    }
    assert!(workspace.recover().is_empty(), "{told}");
    assert_eq!(tree.everything(), before, "{told}");
}

fn two_to_change(tree: &Tree, third: FileChange) -> ChangeSet {
    let mut set = tree.set(&[("a", Some("1"), Some("2")), ("gone", Some("x"), None)]);
    set.files.push(third);
    set
}

fn fill(directory: &Path) {
    let full = fs::write(directory.join("filling"), vec![b'x'; 1024 * 1024]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
}

fn make_read_only(directory: &Path) {
    let directory = directory.to_str().unwrap();
    assert!(succeeds(command(&["mount", "-o", "remount,ro", directory])));
}

const FULL: [&str; 2] = ["No space left", "free some space"];
const READ_ONLY: [&str; 2] = ["Read-only", "mount it for writing"];
const DENIED: [&str; 2] = ["Permission denied", "`ls -ld`"];

fn full_workspace(disk: &Path) {
    let tree = Tree::in_directory(disk, &[("a", "1"), ("gone", "x"), ("linked", "1")]);
    let elsewhere = tempfile::tempdir().unwrap();
    let workspace = journalling(&tree.root(), elsewhere.path());
    let large = "x".repeat(1024 * 1024);
    let new = two_to_change(&tree, tree.change("new/large", None, Some(&large)));
    refused(&tree, &workspace, &new, &[&["`new/large`"], &FULL[..]].concat());
    // A file of two names is written to in place, when the others are there already.
    fs::hard_link(tree.path("linked"), disk.join("other name")).unwrap();
    let grown = two_to_change(&tree, tree.change("linked", Some("1"), Some(&large)));
    refused(&tree, &workspace, &grown, &[&["`linked`"], &FULL[..]].concat());
    let small = tree.set(&[("a", Some("1"), Some("2"))]);
    workspace.apply(&small).unwrap();
}

fn full_state(disk: &Path) {
    let tree = Tree::new(&[("a", "1"), ("gone", "x")]);
    let workspace = journalling(&tree.root(), disk);
    workspace.apply(&tree.set(&[("b", None, Some("1"))])).unwrap();
    fill(disk);
    let set = two_to_change(&tree, tree.change("b", Some("1"), Some("2")));
    refused(&tree, &workspace, &set, &[&["the journal in"], &FULL[..]].concat());
    fs::remove_file(disk.join("filling")).unwrap();
    workspace.apply(&set).unwrap();
}

fn read_only_workspace(disk: &Path) {
    let tree = Tree::in_directory(disk, &[("a", "1"), ("gone", "x")]);
    let elsewhere = Tree::new(&[]);
    make_read_only(disk);
    let workspace = journalling(&tree.root(), &elsewhere.root());
    let set = two_to_change(&tree, tree.change("b", None, Some("2")));
    refused(&tree, &workspace, &set, &[&["`a`"], &READ_ONLY[..]].concat());
}

fn read_only_state(disk: &Path) {
    let tree = Tree::new(&[("a", "1"), ("gone", "x")]);
    make_read_only(disk);
    let workspace = journalling(&tree.root(), disk);
    let set = two_to_change(&tree, tree.change("b", None, Some("2")));
    refused(&tree, &workspace, &set, &[&["the journal in"], &READ_ONLY[..]].concat());
}

/// The last file of a change set is the one that can't be written.
fn permissions(_: &Path) {
    let files = [("a", "1"), ("gone", "x"), ("locked/f", "1"), ("linked", "1")];
    let tree = Tree::new(&files);
    let workspace = open(&tree);
    fs::hard_link(tree.path("linked"), tree.beside("other name")).unwrap();
    for (path, mode) in [("linked", 0o444), ("locked", 0o555)] {
        tree.set_mode(path, mode);
    }
    let cases = [
        tree.change("locked/f", Some("1"), Some("2")),
        tree.change("locked/f", Some("1"), None),
        tree.change("locked/new", None, Some("2")),
        tree.change("locked/deep/new", None, Some("2")),
        tree.change("linked", Some("1"), Some("2")),
    ];
    for case in cases {
        let path = format!("`{}`", case.path.strip_prefix(tree.root()).unwrap().display());
        let says = [&[path.as_str()], &DENIED[..]].concat();
        refused(&tree, &workspace, &two_to_change(&tree, case), &says);
    }
    fs::set_permissions(tree.beside("state/journal"), fs::Permissions::from_mode(0o500)).unwrap();
    let set = two_to_change(&tree, tree.change("b", None, Some("2")));
    refused(&tree, &workspace, &set, &[&["the journal in"], &DENIED[..]].concat());
    for path in [tree.path("locked"), tree.beside("state/journal")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    workspace.apply(&set).unwrap();
}

#[test]
fn a_full_disk_changes_nothing() {
    on_small_disk("full workspace");
    on_small_disk("full state");
}

#[test]
fn a_disk_that_is_mounted_read_only_changes_nothing() {
    on_small_disk("read-only workspace");
    on_small_disk("read-only state");
}

#[test]
fn a_file_that_may_not_be_written_changes_nothing() {
    with_fewer_rights("permissions");
}

#[test]
fn a_file_that_is_immutable_changes_nothing() {
    let tree = Tree::new(&[("a", "1"), ("gone", "x"), ("fixed", "1")]);
    let fixed = tree.path("fixed");
    let chattr = |flag| succeeds(command(&["chattr", flag, fixed.to_str().unwrap()]));
    if !chattr("+i") {
        println!("skipped: `chattr +i` is not allowed here");
        return;
    }
    let set = two_to_change(&tree, tree.change("fixed", Some("1"), Some("2")));
    let workspace = open(&tree);
    let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        refused(&tree, &workspace, &set, &["`fixed`", "not permitted", "`lsattr`"]);
    }));
    assert!(chattr("-i"));
    checked.unwrap();
    workspace.apply(&set).unwrap();
}

#[test]
fn a_directory_where_a_file_should_be_changes_nothing() {
    let tree = Tree::new(&[("a", "1"), ("gone", "x"), ("directory/f", "1")]);
    for before in [None, Some("1")] {
        let set = two_to_change(&tree, tree.change("directory", before, Some("2")));
        refused(&tree, &open(&tree), &set, &["`directory` is a directory", "Name another path"]);
    }
}

#[test]
fn owner_mode_attributes_and_names_of_a_file_are_kept() {
    let tree = Tree::new(&[("a", "1"), ("linked", "1")]);
    fs::hard_link(tree.path("linked"), tree.beside("other name")).unwrap();
    let names = ["a", "linked"].map(|name| tree.path(name));
    for path in &names {
        if chown(path, Some(12345), Some(54321)).is_err() {
            println!("skipped: only root may give files away; their owner stays the same one");
        }
        tree.set_mode(path.to_str().unwrap(), 0o640);
        let flags = rustix::fs::XattrFlags::empty();
        if rustix::fs::setxattr(path, "user.note", b"kept", flags).is_err() {
            println!("skipped: no attributes on this file system");
        }
    }
    let kept = || {
        names.each_ref().map(|path| {
            let it = path.metadata().unwrap();
            let mut value = [0; 16];
            let length = rustix::fs::getxattr(path, "user.note", &mut value[..]).unwrap_or(0);
            (it.uid(), it.gid(), it.mode(), it.nlink(), value[..length].to_vec())
        })
    };
    let before = kept();
    let set = tree.set(&[("a", Some("1"), Some("2")), ("linked", Some("1"), Some("2"))]);
    open(&tree).apply(&set).unwrap();
    assert_eq!(kept(), before);
    assert_eq!(fs::read(tree.beside("other name")).unwrap(), b"2");
}

fn workspace_of(directory: &Path) -> Workspace {
    journalling(&directory.join("work"), &directory.join("state"))
}

/// All files of what one writer leaves have the same text.
fn set_to(workspace: &Workspace, text: &str) -> ChangeSet {
    let paths = NAMES.iter().map(|name| workspace.root().join(name));
    let change = |path: std::path::PathBuf| {
        let before = workspace.on_disk(&path).unwrap();
        FileChange { path, before, after: Some(state(text)) }
    };
    ChangeSet { files: paths.map(change).collect() }
}

fn count_up(directory: &Path) {
    let workspace = workspace_of(directory);
    let mut count = 0;
    while count < 40 {
        let text = format!("{count} of {}", std::process::id());
        match workspace.apply(&set_to(&workspace, &text)) {
            Ok(()) => count += 1,
            Err(WorkspaceError::Changed { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn wait_while_writing(directory: &Path) {
    let workspace = workspace_of(directory);
    let set = set_to(&workspace, "2");
    arm(5, Fault::Wait);
    workspace.apply(&set).unwrap();
}

fn ground() -> (tempfile::TempDir, Workspace) {
    // In memory where the system has such a place: these tests are about processes, not about the disk.
    let memory = Path::new("/dev/shm");
    let directory = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    let directory = directory.unwrap();
    fs::create_dir(directory.path().join("work")).unwrap();
    let workspace = workspace_of(directory.path());
    workspace.apply(&set_to(&workspace, "1")).unwrap();
    (directory, workspace)
}

fn start(what: &str, directory: &Path) -> Child {
    child_under(&["env"], what, directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn of_two_processes_a_reader_with_the_lock_sees_no_mixture() {
    let (directory, workspace) = ground();
    let mut children = [0, 1].map(|_| start("count up", directory.path()));
    let lock = File::open(directory.path().join("state/journal/lock")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        lock.lock().unwrap();
        let texts = NAMES.map(|name| fs::read_to_string(workspace.root().join(name)).unwrap());
        lock.unlock().unwrap();
        assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        seen.insert(texts[0].clone());
    }
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    assert!(seen.len() > 1, "{seen:?}");
}

#[test]
fn who_waits_for_a_stopped_process_is_told_which_and_then_that_the_files_changed() {
    let (directory, workspace) = ground();
    let workspace = workspace.waiting_at_most(Duration::from_millis(50));
    let stale = set_to(&workspace, "3");
    let mut child = start("wait while writing", directory.path());
    let pid = Pid::from_child(&child);
    // Once it has signed the lock, it holds it until its input ends.
    let lock = directory.path().join("state/journal/lock");
    while fs::read_to_string(&lock).unwrap() != child.id().to_string() {
        assert!(child.try_wait().unwrap().is_none(), "the child ended before it wrote");
        std::thread::yield_now();
    }
    kill_process(pid, Signal::STOP).unwrap();
    let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(status.stopped());
    let error = workspace.apply(&stale).unwrap_err();
    let continued = kill_process(pid, Signal::CONT);
    let holder = format!("process {} has been writing", child.id());
    assert!(error.to_string().contains(&holder), "{error}");
    continued.unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let error = workspace.apply(&stale).unwrap_err();
    assert!(matches!(&error, WorkspaceError::Changed { files } if files.len() == 5), "{error}");
    assert_eq!(fs::read(workspace.root().join("a")).unwrap(), b"2");
    workspace.apply(&set_to(&workspace, "3")).unwrap();
}
