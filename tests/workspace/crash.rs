//! A process that is killed while it writes: whoever opens the workspace next finds every file old or new, the change
//! set wholly one of both, and nothing left over.
//!
//! The child is this test binary again, told by an environment variable what to do. It is killed at the n-th
//! failpoint, for every n there is, and by its parent at any moment.
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use bowline::{
    protocol::{ChangeSet, FileChange, FileState},
    workspace::{Fault, Workspace, WorkspaceError, arm, disarm},
};

/// Which directory the child works in, and its seed: `DIRECTORY\tSEED`.
const CHILD: &str = "BOWLINE_CRASH_CHILD";
const NAMES: [&str; 7] = ["a", "b", "linked", "sub/c", "sub/d", "new/deep/e", "way"];

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A workspace, its journal, and a second name for one of its files, in memory where the system has such a place.
struct Ground {
    directory: tempfile::TempDir,
}

type Files = Vec<(PathBuf, Option<FileState>)>;

impl Ground {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let directory = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let ground = Self { directory: directory.unwrap() };
        fs::create_dir(root(ground.path())).unwrap();
        ground
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }
}

fn root(directory: &Path) -> PathBuf {
    directory.join("work")
}

fn open(directory: &Path) -> Workspace {
    Workspace::open(&root(directory), &[]).unwrap().journalling(&directory.join("state/journal"))
}

fn files(workspace: &Workspace) -> Files {
    let paths = NAMES.iter().map(|name| workspace.root().join(name));
    paths.map(|path| (path.clone(), workspace.on_disk(&path).unwrap())).collect()
}

/// What the change set of a mark leaves: some files are there and some are not, and each tells which set wrote it.
fn layout(root: &Path, mark: u64) -> Files {
    let mut numbers = Numbers(mark);
    let mut state = |name: &str| {
        let text = format!("{mark} ").repeat(1 + numbers.below(60) as usize);
        let (executable, is_there) = (numbers.below(4) == 0, numbers.below(4) > 0);
        (is_there || name == "a").then(|| FileState {
            bytes: text.into(),
            executable,
            ..FileState::default()
        })
    };
    NAMES.iter().map(|name| (root.join(name), state(name))).collect()
}

/// Makes files, edits them, and takes them away.
fn set_of(workspace: &Workspace, mark: u64) -> ChangeSet {
    let changes = files(workspace).into_iter().zip(layout(workspace.root(), mark));
    let changes = changes.map(|((path, before), (_, after))| FileChange { path, before, after });
    ChangeSet { files: changes.filter(|change| change.before != change.after).collect() }
}

/// A file of two names is written to in place.
fn link_again(directory: &Path) {
    let (name, other) = (root(directory).join("linked"), directory.join("other name"));
    let _ = fs::remove_file(&other);
    if name.exists() {
        fs::hard_link(name, other).unwrap();
    }
}

#[track_caller]
fn require_clean(directory: &Path, told: &str) {
    let mut left = vec![root(directory)];
    while let Some(inside) = left.pop() {
        for entry in fs::read_dir(&inside).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            assert!(!name.starts_with(".bowline-"), "left over: {name}: {told}");
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            }
        }
    }
    let journal = directory.join("state/journal");
    let names = fs::read_dir(&journal).into_iter().flatten().flatten();
    let names: Vec<_> = names.map(|entry| entry.file_name()).filter(|it| it != "lock").collect();
    assert!(names.is_empty(), "left in the journal: {names:?}: {told}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the process that is killed is this one, started again"
)]
fn child(directory: &Path, seed: u64, what: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "workspace::crash::the_child", "--nocapture", "--quiet"]);
    command.env(CHILD, format!("{}\t{seed}\t{what}", directory.display()));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// What the child does; in a run of all tests, nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "a child is told by its environment what to do")]
fn the_child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let mut told = told.split('\t');
    let directory = PathBuf::from(told.next().unwrap());
    let seed: u64 = told.next().unwrap().parse().unwrap();
    let what = told.next().unwrap();
    let workspace = open(&directory);
    if let Some(nth) = what.strip_prefix("recover ") {
        arm(nth.parse().unwrap(), Fault::Kill);
        workspace.recover();
        return;
    }
    if let Some(nth) = what.strip_prefix("apply ") {
        let set = set_of(&workspace, seed);
        arm(nth.parse().unwrap(), Fault::Kill);
        workspace.apply(&set).unwrap();
        return;
    }
    // One change set after the other, until somebody puts an end to it.
    for mark in seed.. {
        workspace.apply(&set_of(&workspace, mark)).unwrap();
        println!("applied");
        std::io::stdout().flush().unwrap();
    }
}

/// Kills a child at each failpoint of one change set, and others at each of what ends that. Returns the kills.
fn kill_everywhere(seed: u64, is_killed_in_recovery: bool) -> usize {
    let mut kills = 0;
    for nth in 1.. {
        let ground = Ground::new();
        let directory = ground.path();
        let workspace = open(directory);
        workspace.apply(&set_of(&workspace, seed)).unwrap();
        link_again(directory);
        let (old, new) = (layout(workspace.root(), seed), layout(workspace.root(), seed + 1));
        let told = format!("seed {seed}, killed at {nth}");
        if !is_killed(&mut child(directory, seed + 1, &format!("apply {nth}"))) {
            assert_eq!(files(&workspace), new, "{told}");
            require_clean(directory, &told);
            return kills;
        }
        kills += 1;
        let mut at = 1 + nth % 3;
        while is_killed_in_recovery && is_killed(&mut child(directory, 0, &format!("recover {at}")))
        {
            kills += 1;
            at += 3;
        }
        let notices = workspace.recover();
        let found = files(&workspace);
        assert!(found == old || found == new, "torn: {told}\n{notices:?}\n{found:?}");
        require_clean(directory, &told);
        assert!(workspace.recover().is_empty(), "{told}");
        // And the next change set finds nothing in its way.
        workspace.apply(&set_of(&workspace, seed + 2)).unwrap();
    }
    kills
}

fn is_killed(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success() || status.signal() == Some(9), "{status}");
    !status.success()
}

/// Has a child apply one change set after the other, kills it in the middle of one, and looks. Returns the kills.
fn kill_at_random(seed: u64, count: usize) -> usize {
    let ground = Ground::new();
    let directory = ground.path();
    let workspace = open(directory);
    let mut numbers = Numbers(seed);
    for kill in 0..count {
        let told = format!("seed {seed}, kill {kill}");
        link_again(directory);
        let seed = numbers.next();
        let mut child = child(directory, seed, "go on").spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Past its start, so that it is killed while it writes.
        lines.find(|line| line.as_ref().is_ok_and(|line| line == "applied")).unwrap().unwrap();
        let until = Instant::now() + Duration::from_micros(numbers.below(8000));
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let notices = workspace.recover();
        require_clean(directory, &told);
        let found = files(&workspace);
        let text = String::from_utf8(found[0].1.as_ref().unwrap().bytes.to_vec()).unwrap();
        let mark: u64 = text.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(found, layout(workspace.root(), mark), "torn: {told}\n{notices:?}");
    }
    count
}

#[test]
fn a_kill_at_any_failpoint_leaves_nothing_torn() {
    let kills: usize = thread::scope(|scope| {
        let halves = [1u64, 100].map(|first| {
            scope.spawn(move || -> usize {
                (first..first + 4).map(|seed| kill_everywhere(seed * 10, seed % 2 == 0)).sum()
            })
        });
        halves.map(|half| half.join().unwrap()).into_iter().sum()
    });
    assert!(kills >= 700, "{kills}");
}

#[test]
fn a_kill_at_any_moment_leaves_nothing_torn() {
    assert_eq!(kill_at_random(1_000_000, 300), 300);
}

/// `cargo test -- --ignored`: takes minutes.
#[test]
#[ignore = "20,000 kills take minutes"]
fn twenty_thousand_kills_leave_nothing_torn() {
    let started = Instant::now();
    let work = |half: u64| {
        let random = kill_at_random((half + 1) << 40, 6000);
        let everywhere = (1u64..).scan(0, |kills, seed| {
            let is_enough = *kills >= 4000;
            *kills += if is_enough { 0 } else { kill_everywhere((half << 30) + seed * 10, true) };
            (!is_enough).then_some(*kills)
        });
        (random, everywhere.last().unwrap_or(0))
    };
    let kills = thread::scope(|scope| {
        let halves = [1, 2].map(|half| scope.spawn(move || work(half)));
        halves.map(|half| half.join().unwrap())
    });
    println!("random, at failpoints: {kills:?} in {} s", started.elapsed().as_secs());
    assert!(kills.iter().map(|(random, everywhere)| random + everywhere).sum::<usize>() >= 20_000);
}

/// A workspace in which change set 7 is written, and change set 8, which is to be written next.
fn at_seven_before_eight() -> (Ground, Workspace, ChangeSet) {
    let ground = Ground::new();
    let workspace = open(ground.path());
    workspace.apply(&set_of(&workspace, 7)).unwrap();
    link_again(ground.path());
    let set = set_of(&workspace, 8);
    (ground, workspace, set)
}

/// Makes each failpoint in turn fail: nothing has changed then, or all has, and the error says which.
#[test]
fn a_failure_at_any_failpoint_changes_nothing() {
    use rustix::io::Errno;
    for errno in [Errno::NOSPC, Errno::IO, Errno::ACCESS, Errno::ROFS, Errno::INVAL] {
        for nth in 1.. {
            let (_ground, workspace, set) = at_seven_before_eight();
            arm(nth, Fault::Fail(errno.raw_os_error()));
            let applied = workspace.apply(&set);
            let reached = disarm();
            let told = format!("{errno:?} at {nth}: {applied:?}");
            let expected = layout(workspace.root(), if applied.is_ok() { 8 } else { 7 });
            assert_eq!(files(&workspace), expected, "{told}");
            assert!(!matches!(applied, Err(WorkspaceError::HalfWritten { .. })), "{told}");
            // What could not be removed is removed at the next start, which finds nothing to tell of.
            workspace.recover();
            assert_eq!(files(&workspace), expected, "{told}");
            if reached < nth {
                break;
            }
        }
    }
}

/// Of two file systems neither waits for the other: what was dropped on the one is synced before the other forgets it.
#[test]
fn a_journal_on_another_file_system_costs_one_more_sync() {
    use std::os::unix::fs::MetadataExt;
    let [here, elsewhere] = [Path::new("/dev/shm"), &std::env::temp_dir()]
        .map(|place| place.is_dir().then(|| tempfile::tempdir_in(place).unwrap()));
    let device = |place: &tempfile::TempDir| place.path().metadata().unwrap().dev();
    let (Some(here), Some(elsewhere)) = (here, elsewhere) else { return };
    if device(&here) == device(&elsewhere) {
        println!("skipped: there is one file system for all");
        return;
    }
    let reached = [here.path(), elsewhere.path()].map(|state| {
        let ground = tempfile::tempdir_in(here.path()).unwrap();
        fs::create_dir(root(ground.path())).unwrap();
        let workspace = Workspace::open(&root(ground.path()), &[]).unwrap();
        let workspace = workspace.journalling(&state.join("journal"));
        let state =
            |text: &str| Some(FileState { bytes: text.to_owned().into(), ..FileState::default() });
        let change = |before, after| ChangeSet {
            files: vec![FileChange { path: workspace.root().join("a"), before, after }],
        };
        workspace.apply(&change(None, state("1"))).unwrap();
        arm(usize::MAX, Fault::Kill);
        workspace.apply(&change(state("1"), state("2"))).unwrap();
        disarm()
    });
    assert_eq!(reached[1], reached[0] + 1);
}

/// The disk goes for good in the middle: what could not be taken back is ended by the next start.
#[test]
fn a_disk_that_goes_away_is_ended_when_it_is_back() {
    for nth in 1.. {
        let (_ground, workspace, set) = at_seven_before_eight();
        arm(nth, Fault::FailFromHere(rustix::io::Errno::IO.raw_os_error()));
        let applied = workspace.apply(&set);
        let reached = disarm();
        workspace.recover();
        let (old, new) = (layout(workspace.root(), 7), layout(workspace.root(), 8));
        let found = files(&workspace);
        let told = format!("at {nth}: {applied:?}");
        match applied {
            Ok(()) => assert_eq!(found, new, "{told}"),
            Err(WorkspaceError::HalfWritten { .. }) => {
                assert!(found == old || found == new, "{told}");
            }
            Err(_) => assert_eq!(found, old, "{told}"),
        }
        if reached < nth {
            break;
        }
    }
}

/// What somebody writes between the kill and the next start stays.
#[test]
fn an_edit_after_the_kill_is_kept() {
    for nth in (1..).step_by(2) {
        let ground = Ground::new();
        let workspace = open(ground.path());
        workspace.apply(&set_of(&workspace, 7)).unwrap();
        if !is_killed(&mut child(ground.path(), 8, &format!("apply {nth}"))) {
            break;
        }
        let path = workspace.root().join("a");
        fs::write(&path, "mine").unwrap();
        workspace.recover();
        assert_eq!(fs::read(&path).unwrap(), b"mine", "{nth}");
        let found = &files(&workspace)[1..];
        let [old, new] = [7, 8].map(|mark| layout(workspace.root(), mark));
        assert!(found == &old[1..] || found == &new[1..], "killed at {nth}: {found:?}");
    }
}
