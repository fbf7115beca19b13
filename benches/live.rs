//! What a map costs in a session that goes on, when one file of a large tree has changed:
//! `cargo bench --bench live -- TREE`. Run by hand, on a tree that may be written to; what is kept of it goes to a temporary
//! directory.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark stops and prints")]
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bowline::{
    index::{About, Cache, Index, Need},
    workspace::Workspace,
};

const BUDGET: usize = 2_000;
const ROUNDS: usize = 5;

fn main() {
    let tree = env::args().skip(1).find(|word| !word.starts_with('-'));
    let tree = PathBuf::from(tree.expect("a directory with many files"));
    let caches = tempfile::tempdir().expect("a directory");
    let workspace = Workspace::open(&tree, &[]).expect("a workspace");
    let mut index = Index::cached(Cache::of(&workspace, caches.path()));
    let first = timed(|| ask(&mut index, &workspace));
    println!("{} files, the first time: {} ms", index.file_count(), first.as_millis());
    let file = file_of_usual_size(&index, workspace.root());
    let text = fs::read(&file).expect("a file");
    for round in 0..ROUNDS {
        let added = format!("\npub fn added_in_round_{round}() {{}}\n");
        fs::write(&file, [text.as_slice(), added.as_bytes()].concat()).expect("a change");
        let scan = timed(|| scan(&mut index, &workspace));
        let keep = timed(|| index.save().expect("a cache"));
        let draw = timed(|| draw(&mut index, &workspace));
        let all = scan + keep + draw;
        println!(
            "one file changed: {} ms CPU ({} to look, {} to keep, {} to draw)",
            all.as_millis(),
            scan.as_millis(),
            keep.as_millis(),
            draw.as_millis()
        );
    }
    fs::write(&file, text).expect("the file as it was");
}

fn ask(index: &mut Index, workspace: &Workspace) {
    scan(index, workspace);
    index.save().expect("a cache");
    draw(index, workspace);
}

fn scan(index: &mut Index, workspace: &Workspace) {
    let root = workspace.target(workspace.root().to_owned());
    index.scan(workspace, &root, Need::All, &|| false).expect("a scan");
}

fn draw(index: &mut Index, workspace: &Workspace) {
    let drawn = index.draw(workspace, &About::default(), BUDGET);
    assert!(!drawn.map.files.is_empty(), "an empty map");
}

fn file_of_usual_size(index: &Index, root: &Path) -> PathBuf {
    let size = |path: &PathBuf| fs::metadata(path).map_or(0, |it| it.len());
    let is_usual = |path: &PathBuf| {
        path.extension().is_some_and(|it| it == "rs") && (10_000..50_000).contains(&size(path))
    };
    index.below(root).into_iter().find(is_usual).expect("a Rust file of usual size")
}

/// In CPU time of all threads, by the system's clock ticks.
fn timed(work: impl FnOnce()) -> Duration {
    let before = cpu_time();
    work();
    cpu_time() - before
}

fn cpu_time() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").expect("Linux");
    let behind_name = text.rsplit(')').next().unwrap_or_default();
    let fields = behind_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(10 * ticks)
}
