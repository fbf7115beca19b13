//! What the index keeps between runs, and that nothing on the disk can make it wrong.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, SystemTime},
};

use crate::cli::{Bench, Ran};

const QUESTION: [&str; 3] = ["symbols", "shape_*", "--json"];

/// Files of some size, so that there is something to keep.
fn project() -> Bench {
    let bench = Bench::new();
    for number in 0..40 {
        let path = bench.directory().join(format!("src/shape_{number}.rs"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let uses = format!("    shape_{}();\n", (number + 1) % 40);
        fs::write(&path, format!("pub fn shape_{number}() {{\n{uses}}}\n")).unwrap();
        // Else it would be too young to be known by its stamp.
        let an_hour_ago = SystemTime::now() - Duration::from_secs(3_600);
        fs::File::options().write(true).open(path).unwrap().set_modified(an_hour_ago).unwrap();
    }
    bench
}

/// The directory that holds what is kept of the project.
fn kept(bench: &Bench) -> PathBuf {
    let symbols = bench.directory().parent().unwrap().join("cache/symbols");
    let mut directories = fs::read_dir(symbols).unwrap();
    directories.next().unwrap().unwrap().path()
}

fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == ending));
    paths
}

/// Runs the question, which is answered the same whatever is kept.
#[track_caller]
fn answer(bench: &Bench) -> Ran {
    let ran = bench.run(&QUESTION);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(ran.stdout.lines().count(), 40, "{ran:?}");
    ran
}

#[test]
fn what_was_read_is_kept_and_what_changed_is_read_again() {
    let bench = project();
    let first = answer(&bench);
    let segments = files(&kept(&bench), "tags");
    assert_eq!((segments.len(), files(&kept(&bench), "stamps").len()), (1, 1));
    assert_eq!(answer(&bench).stdout, first.stdout);
    assert_eq!(files(&kept(&bench), "tags"), segments, "nothing new, nothing written");
    let changed = bench.directory().join("src/shape_7.rs");
    fs::write(changed, "pub fn shape_7() {}\n\npub fn shape_new() {}\n").unwrap();
    fs::remove_file(bench.directory().join("src/shape_8.rs")).unwrap();
    let ran = answer(&bench);
    assert!(ran.stdout.contains("shape_new") && !ran.stdout.contains("\"shape_8\""), "{ran:?}");
    assert_eq!(files(&kept(&bench), "tags").len(), 2);
}

#[test]
fn many_small_files_become_one() {
    let bench = project();
    for number in 0..20 {
        answer(&bench);
        let path = bench.directory().join("src/other.rs");
        fs::write(path, format!("fn other_{number}() {{}}\n")).unwrap();
    }
    assert!(files(&kept(&bench), "tags").len() <= 9);
}

/// The same content, the same cache: two worktrees, a file that is there twice.
#[test]
fn all_worktrees_of_a_repository_share_what_is_kept() {
    let bench = project();
    let main = bench.directory();
    let repository = git2::Repository::init(&main).unwrap();
    let author = git2::Signature::now("a", "a@example.com").unwrap();
    let mut tree = repository.index().unwrap();
    tree.add_all(["."], git2::IndexAddOption::DEFAULT, None).unwrap();
    let tree = repository.find_tree(tree.write_tree().unwrap()).unwrap();
    repository.commit(Some("HEAD"), &author, &author, "a", &tree, &[]).unwrap();
    answer(&bench);
    let segments = files(&kept(&bench), "tags");
    let other = main.parent().unwrap().join("other");
    repository.worktree("other", &other, None).unwrap();
    let ran = bench.run(&["-C", other.to_str().unwrap(), "symbols", "shape_*", "--json"]);
    assert_eq!(ran.stdout.lines().count(), 40, "{ran:?}");
    assert_eq!(files(&kept(&bench), "tags"), segments, "nothing was read anew");
}

#[test]
fn a_damaged_file_is_dropped_and_made_again() {
    let bench = project();
    let whole = answer(&bench);
    let path = files(&kept(&bench), "tags").remove(0);
    let bytes = fs::read(&path).unwrap();
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    // The magic, the version, the hash, the body.
    let places = [0, 9, 30, 60, bytes.len() / 2, bytes.len() - 1];
    let cut = [0, 1, 40, 56, bytes.len() - 1].map(|length| bytes[..length].to_vec());
    for damaged in places.into_iter().map(flipped).chain(cut) {
        fs::write(&path, damaged).unwrap();
        for stamps in files(&kept(&bench), "stamps") {
            fs::write(stamps, b"nonsense").unwrap();
        }
        assert_eq!(answer(&bench).stdout, whole.stdout);
        assert_eq!(fs::read(&path).unwrap(), bytes, "it is made again");
    }
}

#[test]
fn several_processes_at_once_do_not_disturb_each_other() {
    let bench = project();
    let whole = answer(&bench).stdout;
    fs::remove_dir_all(kept(&bench)).unwrap();
    let started: Vec<Child> = (0..6).map(|_| start(&bench)).collect();
    for child in started {
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!((ran.code, &ran.stdout), (Some(0), &whole), "{ran:?}");
    }
    assert_eq!(answer(&bench).stdout, whole);
}

#[test]
fn a_process_that_is_killed_leaves_nothing_that_counts() {
    let bench = project();
    let whole = answer(&bench).stdout;
    for _ in 0..10 {
        fs::remove_dir_all(kept(&bench)).unwrap();
        let mut child = start(&bench);
        // Somewhere between its start and its end: as far as it comes while another one runs.
        answer(&bench);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(answer(&bench).stdout, whole);
    }
}

#[test]
fn without_room_on_the_disk_there_is_an_answer_all_the_same() {
    let bench = project();
    let mut shell =
        bench.command_of("/bin/sh", &["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]);
    shell.arg(env!("CARGO_BIN_EXE_bowline")).args(QUESTION);
    let ran = Ran::from(shell.output().unwrap());
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 40), "{ran:?}");
    assert_eq!(files(&kept(&bench), "tags"), Vec::<PathBuf>::new());
    // And where a file is in the way of the directory.
    let mut command = bench.command(&QUESTION);
    let in_the_way = bench.directory().join("src/shape_1.rs/cache");
    let ran = Ran::from(command.env("BOWLINE_CACHE_HOME", in_the_way).output().unwrap());
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 40), "{ran:?}");
}

fn start(bench: &Bench) -> Child {
    let mut command = bench.command(&QUESTION);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}
