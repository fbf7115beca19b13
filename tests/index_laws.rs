//! That an index which was kept by processes before knows what one knows that has just read everything.
use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bowline::{
    index::{About, Cache, Index, Need, Pattern, Question},
    workspace::Workspace,
};
use proptest::prelude::*;
use tempfile::TempDir;

const FILES: usize = 90;
const TO_THE_END: fn() -> bool = || false;

/// What somebody does between two processes.
#[derive(Debug, Clone)]
enum Step {
    /// Gives a file this of some texts. What is young may change once more without a new time.
    Write {
        file: usize,
        text: u8,
        is_young: bool,
    },
    /// As somebody does who changes to another branch.
    WriteAll(u8),
    Touch(usize),
    Remove(usize),
    /// As a process that was just started.
    Ask(Asked),
    /// As a session that goes on beside the others.
    AskOn(Asked),
    /// Deletes of what is kept the texts, the snapshot or its changes.
    Lose(&'static str),
}

#[derive(Debug, Clone, Copy)]
enum Asked {
    Map,
    Definitions,
    References,
    Names,
}

fn step() -> impl Strategy<Value = Step> {
    let (file, text) = (0..FILES, 0..6_u8);
    let asked = || {
        prop_oneof![
            Just(Asked::Map),
            Just(Asked::Definitions),
            Just(Asked::References),
            Just(Asked::Names)
        ]
    };
    prop_oneof![
        5 => (file.clone(), text.clone(), any::<bool>())
            .prop_map(|(file, text, is_young)| Step::Write { file, text, is_young }),
        1 => text.prop_map(Step::WriteAll),
        1 => file.clone().prop_map(Step::Touch),
        2 => file.prop_map(Step::Remove),
        5 => asked().prop_map(Step::Ask),
        3 => asked().prop_map(Step::AskOn),
        1 => prop_oneof![Just("tags"), Just("snapshot"), Just("changes")].prop_map(Step::Lose),
    ]
}

struct Project {
    directory: TempDir,
    caches: TempDir,
    session: Option<Index>,
    /// Seconds that each new file is younger than the one before.
    age: u64,
}

impl Project {
    fn new() -> Self {
        let (directory, caches) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut project = Self { directory, caches, session: None, age: 1_000_000 };
        (0..FILES).for_each(|file| project.write(file, 0));
        project
    }

    fn path(&self, file: usize) -> PathBuf {
        let name = match file {
            13 => OsString::from_vec(b"file_\xe9.rs".to_vec()),
            _ => format!("file_{file}.rs").into(),
        };
        self.directory.path().join(format!("of_{}", file % 7)).join(name)
    }

    fn write(&mut self, file: usize, text: u8) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let next = (file + 1) % FILES;
        let text = match text {
            // The same in all files.
            0 => "pub fn shared_by_all() { other_name() }\n".to_owned(),
            text => format!("pub fn made_{file}_{text}() {{\n    made_{next}_{text}();\n}}\n"),
        };
        fs::write(&path, text).unwrap();
        self.settle(&path);
    }

    /// Makes a file old enough to be known by its time.
    fn settle(&mut self, path: &Path) {
        self.age -= 1;
        let then = SystemTime::now() - Duration::from_secs(self.age);
        fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Write { file, text, is_young } => {
                self.write(file, text);
                if is_young {
                    let file = fs::File::options().write(true).open(self.path(file)).unwrap();
                    file.set_modified(SystemTime::now()).unwrap();
                }
            }
            Step::WriteAll(text) => (0..FILES).for_each(|file| self.write(file, text)),
            Step::Touch(file) if self.path(file).exists() => self.settle(&self.path(file)),
            Step::Touch(_) => {}
            Step::Remove(file) => drop(fs::remove_file(self.path(file))),
            Step::Ask(asked) => self.ask(asked),
            Step::AskOn(asked) => {
                let mut session = self.session.take().unwrap_or_else(|| self.cached());
                self.ask_of(&mut session, asked);
                self.session = Some(session);
            }
            Step::Lose(what) => {
                self.kept(what).iter().for_each(|path| fs::remove_file(path).unwrap())
            }
        }
    }

    fn kept(&self, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for directory in fs::read_dir(self.caches.path().join("symbols")).into_iter().flatten() {
            let files = fs::read_dir(directory.unwrap().path()).unwrap();
            found.extend(files.map(|file| file.unwrap().path()));
        }
        found.retain(|path| path.extension().is_some_and(|it| it == ending));
        found
    }

    fn workspace(&self) -> Workspace {
        Workspace::open(self.directory.path(), &[]).unwrap()
    }

    fn cached(&self) -> Index {
        Index::cached(Cache::of(&self.workspace(), self.caches.path()))
    }

    fn ask(&self, asked: Asked) {
        self.ask_of(&mut self.cached(), asked);
    }

    /// Asks an index, and one that knows nothing before.
    fn ask_of(&self, kept: &mut Index, asked: Asked) {
        let workspace = self.workspace();
        let root = workspace.target(workspace.root().to_owned());
        let mut new = Index::default();
        new.scan(&workspace, &root, Need::All, &TO_THE_END).unwrap();
        let ask = |name: &str| Question {
            pattern: Pattern::new(name).unwrap(),
            below: None,
            limit: 1_000,
        };
        match asked {
            Asked::Map => {
                kept.scan(&workspace, &root, Need::All, &TO_THE_END).unwrap();
                let ranked = |index: &mut Index| {
                    let mut paths = index.ranked_paths(&About::default());
                    paths.sort_unstable();
                    paths
                };
                assert_eq!(ranked(kept), ranked(&mut new));
                let drawn = |index: &mut Index| {
                    let about = About { files: vec![self.path(3)], ..About::default() };
                    let drawn = index.draw(&workspace, &about, 100_000);
                    let mut lines: Vec<String> =
                        drawn.map.text.lines().map(str::to_owned).collect();
                    lines.sort_unstable();
                    (lines, drawn.known)
                };
                assert_eq!(drawn(kept), drawn(&mut new));
            }
            Asked::Definitions => {
                let question = ask("made_*");
                let need = Need::Definitions(&question.pattern);
                kept.scan(&workspace, &root, need, &TO_THE_END).unwrap();
                assert!(kept.find_definitions(&question) == new.find_definitions(&question));
            }
            Asked::References => {
                let question = ask("made_4_1");
                let need = Need::References(&question.pattern);
                kept.scan(&workspace, &root, need, &TO_THE_END).unwrap();
                let find =
                    |index: &mut Index| index.find_references(&workspace, &question, &TO_THE_END);
                assert_eq!(find(kept), find(&mut new));
            }
            Asked::Names => {
                kept.scan(&workspace, &root, Need::Names, &TO_THE_END).unwrap();
                assert_eq!(kept.complete("made_1", 1_000), new.complete("made_1", 1_000));
            }
        }
        kept.save().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_index_that_was_kept_knows_what_a_new_one_knows(
        steps in proptest::collection::vec(step(), 1..24),
    ) {
        let mut project = Project::new();
        project.ask(Asked::Map);
        steps.iter().for_each(|step| project.take(step));
        project.ask(Asked::Map);
        project.ask(Asked::Definitions);
    }
}

/// Whatever becomes of it: names, graph and outlines lie there as they are, and each has to prove itself.
#[test]
fn a_damaged_snapshot_is_dropped_and_made_again() {
    let mut project = Project::new();
    (0..FILES).for_each(|file| project.write(file, 1));
    project.ask(Asked::Map);
    project.write(7, 2);
    project.ask(Asked::Map);
    let [snapshot] = project.kept("snapshot").try_into().unwrap();
    let [changes] = project.kept("changes").try_into().unwrap();
    let kept = [snapshot, changes].map(|path| (fs::read(&path).unwrap(), path));
    for damaged in 0..kept.len() {
        for part in 0..40 {
            for is_cut in [false, true] {
                kept.iter().for_each(|(whole, path)| fs::write(path, whole).unwrap());
                let (whole, path) = &kept[damaged];
                let mut bytes = whole.clone();
                match is_cut {
                    true => bytes.truncate(whole.len() * part / 40),
                    false => bytes[(whole.len() - 1) * part / 39] ^= 1,
                }
                fs::write(path, bytes).unwrap();
                project.ask(Asked::Map);
            }
        }
    }
}

/// Those of worktrees that are long gone would fill the disk.
#[test]
fn few_worktrees_of_a_repository_have_a_snapshot() {
    let caches = tempfile::tempdir().unwrap();
    let repository = tempfile::tempdir().unwrap();
    let main = git2::Repository::init(repository.path()).unwrap();
    let author = git2::Signature::now("a", "a@example.com").unwrap();
    fs::write(repository.path().join("a.rs"), "pub fn first() {}\n").unwrap();
    let mut tree = main.index().unwrap();
    tree.add_path(Path::new("a.rs")).unwrap();
    let tree = main.find_tree(tree.write_tree().unwrap()).unwrap();
    main.commit(Some("HEAD"), &author, &author, "a", &tree, &[]).unwrap();
    let worktrees = tempfile::tempdir().unwrap();
    for number in 0..7 {
        let name = format!("worktree_{number}");
        main.worktree(&name, &worktrees.path().join(&name), None).unwrap();
        let workspace = Workspace::open(&worktrees.path().join(&name), &[]).unwrap();
        let root = workspace.target(workspace.root().to_owned());
        let mut index = Index::cached(Cache::of(&workspace, caches.path()));
        index.scan(&workspace, &root, Need::All, &TO_THE_END).unwrap();
        index.save().unwrap();
    }
    let kept = fs::read_dir(caches.path().join("symbols")).unwrap().next().unwrap().unwrap().path();
    let kept = fs::read_dir(kept).unwrap().map(|file| file.unwrap().path());
    let ends = |path: &PathBuf| path.extension().is_some_and(|it| it == "snapshot");
    assert_eq!(kept.filter(ends).count(), 4);
}
