//! What the index keeps between runs, and that nothing on the disk can make it wrong.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, SystemTime},
};

use bowline::{
    index::{Cache, Index, Need, Pattern, Question},
    outline::Reader,
    workspace::Workspace,
};
use tempfile::TempDir;

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
    assert_eq!((segments.len(), files(&kept(&bench), "snapshot").len()), (1, 1));
    assert_eq!(answer(&bench).stdout, first.stdout);
    assert_eq!(files(&kept(&bench), "tags"), segments, "nothing new, nothing written");
    let changed = bench.directory().join("src/shape_7.rs");
    fs::write(changed, "pub fn shape_7() {}\n\npub fn shape_new() {}\n").unwrap();
    fs::remove_file(bench.directory().join("src/shape_8.rs")).unwrap();
    let ran = answer(&bench);
    assert!(ran.stdout.contains("shape_new") && !ran.stdout.contains("\"shape_8\""), "{ran:?}");
    assert_eq!((files(&kept(&bench), "tags").len(), files(&kept(&bench), "changes").len()), (2, 1));
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
        for snapshot in files(&kept(&bench), "snapshot") {
            fs::write(snapshot, b"nonsense").unwrap();
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

/// All fixtures of languages, and what is written oddly.
fn odd_files() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outline");
    for entry in fs::read_dir(fixtures).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
    }
    for (path, text) in [
        ("area.rs", "pub fn AREA() {}\npub fn Area_Of() {}\nfn use_it() { area(); scalar(); }\n"),
        (
            "kelvin.py",
            "def \u{212a}elvin():\n    pass\n\ndef MA\u{1e9e}E():\n    return ma\u{df}e\n",
        ),
        ("wide.cpp", "struct A {\n  bool operator  ()(int);\n  A operator+\n(A);\n};\n"),
        ("marked.md", "# The **shape** of `ar`ea &amp; more\n\nScalar\n"),
        ("keys.json", "{\"a\\u0062c\": {\"sh\\u0061pe\": 1}, \"shape area\": 2}\n"),
        ("run", "#!/bin/sh\nshape_run() {\n  area\n}\n"),
    ] {
        fs::write(directory.path().join(path), text).unwrap();
    }
    fs::write(directory.path().join("bytes.rs"), b"fn shape_\xff() {}\nfn area_\xc3() {}\n")
        .unwrap();
    directory
}

/// Some of the names that are there, each in one of the forms that people write, and odd patterns.
fn questions(directory: &Path) -> Vec<String> {
    let odd = ["*", "[ab]*", "*{area,shape}*", "**/area", r"\*a*", "nowhere", "ſ", "ß", "maße"];
    let mut asked: Vec<String> = odd.map(str::to_owned).into();
    let mut reader = Reader::default();
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let Ok(outline) = reader.read(&path, &text) else { continue };
        names.extend(outline.definitions.into_iter().map(|it| it.name));
        names.extend(outline.references.into_iter().map(|it| it.name));
    }
    for (number, name) in names.into_iter().enumerate().step_by(25) {
        let middle: String = name.chars().skip(1).take(4).collect();
        asked.push(match number % 6 {
            0 => name,
            1 => name.to_lowercase(),
            2 => name.to_uppercase(),
            3 => middle,
            4 => format!("*{middle}?*"),
            _ => format!("Shape::{name}"),
        });
    }
    asked
}

#[test]
fn a_question_is_answered_alike_whether_all_files_are_known_or_none_is() {
    let directory = odd_files();
    let workspace = Workspace::open(directory.path(), &[]).unwrap();
    let place = workspace.target(workspace.root().to_owned());
    let to_the_end = || false;
    let caches = tempfile::tempdir().unwrap();
    let mut all = Index::default();
    let files = all.scan(&workspace, &place, Need::All, &to_the_end).unwrap().files;
    let mut grown = Index::cached(Cache::of(&workspace, caches.path()));
    let (mut fewest, mut answers) = (files, 0);
    for asked in questions(directory.path()) {
        let Ok(pattern) = Pattern::new(&asked) else { continue };
        let question = Question { pattern, below: None, limit: 10_000 };
        let needs = [Need::Definitions(&question.pattern), Need::References(&question.pattern)];
        for (need, is_first) in needs.into_iter().zip([true, false]) {
            let mut new = Index::default();
            for index in [&mut new, &mut grown] {
                index.scan(&workspace, &place, need, &to_the_end).unwrap();
                if is_first {
                    let found = index.find_definitions(&question);
                    assert_eq!(found, all.find_definitions(&question), "{asked}");
                    answers += found.0.len();
                } else {
                    let find =
                        |it: &mut Index| it.find_references(&workspace, &question, &to_the_end);
                    assert_eq!(find(index), find(&mut all), "{asked}");
                }
            }
            fewest = fewest.min(new.file_count());
        }
    }
    assert!(
        answers > 200 && fewest < files * 2 / 3,
        "{answers} answers, {fewest} of {files} files"
    );
    grown.save().unwrap();
    assert!(Cache::of(&workspace, caches.path()).size() > 0, "what was read is kept");
}

/// What is beside one question is read for the next, and what was known does not outlive its text.
#[test]
fn files_beside_a_question_are_looked_at_when_they_are_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(directory.path(), &[]).unwrap();
    let place = workspace.target(workspace.root().to_owned());
    let mut index = Index::default();
    let mut check = |name: &str, found: usize, known: usize| {
        let question = Question { pattern: Pattern::new(name).unwrap(), below: None, limit: 9 };
        let need = Need::Definitions(&question.pattern);
        index.scan(&workspace, &place, need, &|| false).unwrap();
        assert_eq!(index.find_definitions(&question).0.len(), found, "{name}");
        assert_eq!(index.file_count(), known, "{name}");
    };
    fs::write(directory.path().join("a.rs"), "fn first() {}\n").unwrap();
    fs::write(directory.path().join("b.rs"), "fn second() {}\nfn FIRST_OF() {}\n").unwrap();
    check("first", 1, 1);
    check("first_", 1, 2);
    fs::write(directory.path().join("a.rs"), "fn changed() {}\n").unwrap();
    check("first", 1, 2);
    fs::remove_file(directory.path().join("a.rs")).unwrap();
    check("changed", 0, 1);
}

#[test]
fn what_is_typed_is_completed_by_all_names_the_best_first() {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "a.rs",
            "pub struct Turn;\nimpl Turn {\n    pub fn run(&self) {}\n}\npub fn run_turn() {}\n",
        ),
        ("b.py", "def rerun():\n    pass\nclass RunTurn:\n    pass\n"),
        ("c.md", "# run\n\n## Other\n"),
    ] {
        fs::write(directory.path().join(path), text).unwrap();
    }
    let workspace = Workspace::open(directory.path(), &[]).unwrap();
    let root = workspace.locate(".").unwrap();
    let mut index = Index::default();
    index.scan(&workspace, &root, Need::All, &|| false).unwrap();
    let mut check = |typed: &str, limit: usize, wanted: &[&str]| {
        let found = index.complete(typed, limit);
        let found: Vec<String> = found
            .iter()
            .map(|it| {
                let names = it.parents.iter().chain([&it.definition.name]);
                let names: Vec<&str> = names.map(String::as_str).collect();
                format!("{} {}", workspace.shown(&it.path), names.join("::"))
            })
            .collect();
        assert_eq!(found, wanted, "{typed}");
    };
    let all = ["a.rs Turn::run", "b.py RunTurn", "a.rs run_turn", "c.md run", "b.py rerun"];
    check("run", 10, &all);
    check("run", 1, &all[..1]);
    check("RT", 10, &["b.py RunTurn"]);
    check("rturn", 10, &["a.rs run_turn", "b.py RunTurn"]);
    check("!run", 10, &[]);
    check(" ", 10, &[]);
    check("run", 0, &[]);
}
