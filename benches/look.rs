//! Walking and searching a tree beside ripgrep, and finding among its names what is typed:
//! `cargo bench --bench look -- TREE [PATTERN ...]`. Run by hand.
//!
//! Both are given the same tree and patterns in turn, once to warm up and then `ROUNDS` times; wall is the median, and CPU
//! is of all rounds. That `rg` has to be started is part of what it takes, and so is that it prints what it finds.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark stops, prints, and starts its rival"
)]
use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use bowline::{
    tui::picker::{Picker, Row},
    workspace::{Case, SearchQuery, Workspace},
};

const ROUNDS: usize = 7;
const NAMES: usize = 100_000;
const PATTERNS: [&str; 4] =
    ["fn poll_next", r"impl\s+\w+ for Box", "unlikely_to_be_anywhere", r"\bserde\b"];

#[derive(Default)]
struct Times {
    wall: Vec<Duration>,
    cpu: f64,
}

impl Times {
    fn median(&mut self) -> f64 {
        self.wall.sort_unstable();
        self.wall[self.wall.len() / 2].as_secs_f64()
    }
}

fn main() {
    let mut arguments = env::args().skip(1).filter(|it| it != "--bench");
    let Some(tree) = arguments.next() else {
        println!("give a directory: cargo bench --bench look -- TREE [PATTERN ...]");
        return;
    };
    let given: Vec<String> = arguments.collect();
    let patterns = match given.is_empty() {
        true => PATTERNS.map(str::to_owned).to_vec(),
        false => given,
    };
    let root = Path::new(&tree).canonicalize().unwrap();
    let workspace = Workspace::open(&root, &[]).unwrap();
    let place = workspace.locate(".").unwrap();
    let files = workspace.files(&place, &[], &|| false).unwrap().paths;
    let bytes: u64 = files.iter().filter_map(|file| file.metadata().ok()).map(|it| it.len()).sum();
    println!("{} files, {:.1} MB, {ROUNDS} rounds", files.len(), bytes as f64 / 1e6);
    println!(
        "{:32} {:>9} {:>9} {:>6} {:>9} {:>9} {:>6}",
        "", "wall s", "rg", "", "CPU s", "rg", ""
    );
    let rg = |arguments: &[&str]| {
        let mut rg = Command::new("rg");
        rg.arg("--hidden").args(arguments).current_dir(&root).stdout(Stdio::piped());
        rg.output().unwrap();
    };
    let walk = || drop(Workspace::open(&root, &[]).unwrap().files(&place, &[], &|| false));
    compare("walk", walk, || rg(&["--files"]));
    // What was written in the last two seconds is listed again each time.
    compare("list again", || drop(workspace.files(&place, &[], &|| false)), || rg(&["--files"]));
    watch(&root);
    for pattern in patterns {
        let query = SearchQuery {
            pattern: pattern.clone(),
            is_literal: false,
            case: Case::Exact,
            place: place.clone(),
            globs: Vec::new(),
            context: 0,
            limit: 100,
            time: Duration::MAX,
        };
        let search = || drop(workspace.search(&query, &|| false).unwrap());
        compare(&pattern, search, || rg(&["--line-number", &pattern]));
    }
    type_among(&files, &root);
}

/// What it takes to have the system tell of changes instead of looking at the directories each time.
#[cfg(target_os = "linux")]
fn watch(root: &Path) {
    use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
    let walk = ignore::WalkBuilder::new(root).hidden(false).build().flatten();
    let is_directory = |it: &ignore::DirEntry| it.file_type().is_some_and(|it| it.is_dir());
    let directories: Vec<PathBuf> =
        walk.filter(is_directory).map(ignore::DirEntry::into_path).collect();
    let events = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVE | WatchFlags::ONLYDIR;
    let (before, started) = (processor_time(Of::This), Instant::now());
    let watcher = init(CreateFlags::empty()).unwrap();
    let watched = directories.iter().filter(|it| add_watch(&watcher, *it, events).is_ok()).count();
    println!(
        "watching {watched} of {} directories begins in {:.3} s ({:.2} s of CPU)",
        directories.len(),
        started.elapsed().as_secs_f64(),
        processor_time(Of::This) - before
    );
}

#[cfg(not(target_os = "linux"))]
fn watch(_: &Path) {}

/// How long each key of a query takes on the screen's thread, among so many names.
fn type_among(files: &[PathBuf], root: &Path) {
    let below = |file: &PathBuf| file.strip_prefix(root).unwrap().display().to_string();
    let names: Vec<String> = files.iter().map(below).collect();
    let copies = NAMES.div_ceil(names.len().max(1));
    let name = |(copy, name): (usize, &String)| Row::new(format!("copy-{copy}/{name}"));
    let all = (0..copies).flat_map(|copy| names.iter().map(move |name| (copy, name)));
    let rows: Arc<[Row]> = all.take(NAMES).map(name).collect();
    println!("\nkeys among {} names: found, milliseconds", rows.len());
    for typed in ["srclibrs", "tests/mod", "Cargo", "zzqx"] {
        let mut picker = Picker::completing(Arc::clone(&rows));
        let keys = (1..=typed.len()).map(|end| {
            let started = Instant::now();
            picker.set_query(&typed[..end]);
            let taken = started.elapsed().as_secs_f64() * 1_000.0;
            format!("{} {} {taken:.1}", &typed[..end], picker.count())
        });
        println!("{}", keys.collect::<Vec<_>>().join("; "));
    }
}

fn compare(what: &str, ours: impl Fn(), theirs: impl Fn()) {
    ours();
    theirs();
    let (mut own, mut rival) = (Times::default(), Times::default());
    for _ in 0..ROUNDS {
        measure(&mut own, Of::This, &ours);
        measure(&mut rival, Of::Children, &theirs);
    }
    let (wall, rg) = (own.median(), rival.median());
    let (ratio, of_cpu) = (wall / rg, own.cpu / rival.cpu);
    println!(
        "{what:32} {wall:9.3} {rg:9.3} {ratio:6.2} {:9.2} {:9.2} {of_cpu:6.2}",
        own.cpu, rival.cpu
    );
}

fn measure(times: &mut Times, of: Of, work: &impl Fn()) {
    let (before, started) = (processor_time(of), Instant::now());
    work();
    times.wall.push(started.elapsed());
    times.cpu += processor_time(of) - before;
}

#[derive(Clone, Copy)]
enum Of {
    This,
    Children,
}

/// Seconds of this process or of those that it has waited for, by the system's clock ticks.
fn processor_time(of: Of) -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let behind_name = text.rsplit_once(')').unwrap().1;
    let fields: HashMap<usize, &str> = (3..).zip(behind_name.split_whitespace()).collect();
    let ticks = |field: usize| fields[&field].parse::<f64>().unwrap();
    let (user, system) = match of {
        Of::This => (14, 15),
        Of::Children => (16, 17),
    };
    (ticks(user) + ticks(system)) / 100.0
}
