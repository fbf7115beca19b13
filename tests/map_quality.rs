//! How well the map tells what belongs together, measured on real sources beside simpler orders. By hand.
//!
//! Of histories: `BOWLINE_HISTORY=/a/repository:/another BOWLINE_HISTORY_COMMITS=200 cargo test --release map_quality -- --ignored
//! --nocapture`. Of each commit its message and one of its files are given; asked is how many of its other files are among
//! the first twenty. Everything is as it was before the commit: the texts, the history.
//!
//! Of sources without one: `BOWLINE_SOURCES=/a/directory:/another` in its place. Of symbols that a few other files name, the
//! file that defines them is given; asked is how many of those files are among the first twenty.
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use bowline::{
    config::Environment,
    index::{About, FoundDefinition, Index, Need, Pattern, Question},
    outline::Reader,
    workspace::Workspace,
};
use git2::{Commit, Delta, DiffOptions, ObjectType, Repository, Sort, Tree, TreeWalkMode};

/// Files that are looked at.
const FIRST: usize = 20;
/// Commits of more files are of one kind of change everywhere.
const MOST_FILES: usize = 12;
/// Commits that the map looks back at.
const LATELY: usize = 200;

const ORDERS: [&str; 5] = ["map", "map without history", "alphabetical", "latest", "most named"];

#[derive(Debug, Default)]
struct Recall {
    asked: usize,
    /// Sums of shares, by order.
    found: [f64; ORDERS.len()],
}

#[test]
#[ignore = "measures real repositories, by hand"]
fn the_map_tells_what_else_a_commit_touches() {
    let environment = Environment::capture();
    let repositories = environment.get("BOWLINE_HISTORY").expect("repositories");
    let commits = environment.get("BOWLINE_HISTORY_COMMITS");
    let commits = commits.map_or(200, |count| count.parse().expect("a number"));
    for path in repositories.split(':') {
        let recall = measured(Path::new(path), commits);
        println!("{path}: {} questions", recall.asked);
        for (order, sum) in ORDERS.iter().zip(recall.found) {
            #[expect(clippy::cast_precision_loss, reason = "a count of commits")]
            let share = 100.0 * sum / recall.asked.max(1) as f64;
            println!("  {order:<20} {share:5.1} %");
        }
    }
}

#[test]
#[ignore = "measures real sources, by hand"]
fn the_map_tells_who_uses_a_symbol() {
    let environment = Environment::capture();
    let sources = environment.get("BOWLINE_SOURCES").expect("directories");
    for path in sources.split(':') {
        let recall = measured_users(Path::new(path));
        println!("{path}: {} questions", recall.asked);
        for (order, sum) in ["map", "alphabetical", "most named"].iter().zip(recall.found) {
            #[expect(clippy::cast_precision_loss, reason = "a count of symbols")]
            let share = 100.0 * sum / recall.asked.max(1) as f64;
            println!("  {order:<20} {share:5.1} %");
        }
    }
}

/// Users of a symbol: fewer are no test of an order, more are everywhere.
const USERS: std::ops::RangeInclusive<usize> = 2..=12;
/// Symbols that are asked about, evenly from all over the sources.
const SYMBOLS: usize = 150;

fn measured_users(path: &Path) -> Recall {
    let workspace = Workspace::open(path, &[]).expect("a directory");
    let mut index = Index::default();
    let to_the_end = || false;
    let root = workspace.target(workspace.root().to_owned());
    index.scan(&workspace, &root, Need::All, &to_the_end).expect("a scan");
    let question = |name: &str| Question {
        pattern: Pattern::new(name).expect("a name"),
        below: None,
        limit: usize::MAX,
    };
    let (definitions, _) = index.find_definitions(&question("*"));
    // Headings and keys are named by nobody, and operators are no patterns.
    let is_asked = |it: &&FoundDefinition| {
        let name = it.definition.last_name();
        let is_word = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        it.definition.kind.is_code() && is_word && name.len() > 3
    };
    let named: Vec<&FoundDefinition> = definitions.iter().filter(is_asked).collect();
    let mut recall = Recall::default();
    for found in named.iter().step_by((named.len() / (SYMBOLS * 4)).max(1)) {
        let name = found.definition.last_name();
        if index.find_definitions(&question(name)).0.len() > 1 {
            continue;
        }
        let (uses, _) = index.find_references(&workspace, &question(name), &to_the_end);
        let users: BTreeSet<PathBuf> =
            uses.into_iter().map(|it| it.path).filter(|it| *it != found.path).collect();
        if !USERS.contains(&users.len()) {
            continue;
        }
        let about =
            About { files: vec![found.path.clone()], words: name.to_owned(), lately: Vec::new() };
        let mut alphabetical = index.below(workspace.root());
        alphabetical.sort();
        let orders = [index.ranked_paths(&about), alphabetical, index.most_named()];
        recall.asked += 1;
        for (sum, order) in recall.found.iter_mut().zip(orders) {
            let first = order.iter().filter(|path| **path != found.path).take(FIRST);
            #[expect(clippy::cast_precision_loss, reason = "counts of files")]
            let share = first.filter(|it| users.contains(*it)).count() as f64 / users.len() as f64;
            *sum += share;
        }
        if recall.asked >= SYMBOLS {
            break;
        }
    }
    recall
}

fn measured(path: &Path, most: usize) -> Recall {
    let repository = Repository::open(path).expect("a repository");
    let mut walk = repository.revwalk().expect("a walk");
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE).expect("an order");
    walk.push_head().expect("a head");
    let ids: Vec<git2::Oid> = walk.flatten().collect();
    let first = ids.len().saturating_sub(most);
    let mut state = State::default();
    let mut recall = Recall::default();
    for (number, id) in ids.into_iter().enumerate() {
        let commit = repository.find_commit(id).expect("a commit");
        if commit.parent_count() != 1 {
            continue;
        }
        let before = commit.parent(0).expect("a parent").tree().expect("a tree");
        let changed = changed(&repository, &before, &commit);
        if number >= first {
            state.ask(&repository, &before, &commit, &changed, &mut recall);
        }
        state.lately.insert(0, changed.iter().map(|(path, _)| path.clone()).collect());
        for (path, _) in changed {
            state.latest.insert(path, number);
        }
    }
    recall
}

/// Files that a commit leaves, and whether they were there before.
fn changed(
    repository: &Repository,
    before: &Tree<'_>,
    commit: &Commit<'_>,
) -> Vec<(PathBuf, bool)> {
    let after = commit.tree().expect("a tree");
    let mut options = DiffOptions::new();
    let diff = repository.diff_tree_to_tree(Some(before), Some(&after), Some(&mut options));
    let diff = diff.expect("a difference");
    let left = diff.deltas().filter(|delta| delta.status() != Delta::Deleted);
    let path = |delta: git2::DiffDelta<'_>| {
        Some((delta.new_file().path()?.to_owned(), delta.status() != Delta::Added))
    };
    left.filter_map(path).collect()
}

/// What there was before the commit that is asked about.
#[derive(Default)]
struct State {
    index: Index,
    reader: Reader,
    blobs: HashMap<PathBuf, git2::Oid>,
    lately: Vec<Vec<PathBuf>>,
    /// The number of the last commit that changed a file.
    latest: BTreeMap<PathBuf, usize>,
}

impl State {
    fn ask(
        &mut self,
        repository: &Repository,
        before: &Tree<'_>,
        commit: &Commit<'_>,
        changed: &[(PathBuf, bool)],
        recall: &mut Recall,
    ) {
        let known: Vec<&PathBuf> =
            changed.iter().filter(|(_, was_there)| *was_there).map(|(path, _)| path).collect();
        if !(2..=MOST_FILES).contains(&known.len()) {
            return;
        }
        self.go_to(repository, before);
        let message = commit.message().unwrap_or_default().to_owned();
        // Each file in turn would count a large commit often: one, chosen by the commit itself.
        let given = known[usize::from(commit.id().as_bytes()[0]) % known.len()].clone();
        let wanted: BTreeSet<&PathBuf> = known.into_iter().filter(|it| **it != given).collect();
        let mut lately = self.lately.clone();
        lately.truncate(LATELY);
        lately.retain(|files| files.len() <= 40);
        let about = About { files: vec![given.clone()], words: message, lately };
        let orders = [
            self.index.ranked_paths(&about),
            self.index.ranked_paths(&About { lately: Vec::new(), ..about }),
            self.alphabetical(),
            self.latest_first(),
            self.index.most_named(),
        ];
        recall.asked += 1;
        for (sum, order) in recall.found.iter_mut().zip(orders) {
            let first = order.iter().filter(|path| **path != given).take(FIRST);
            let found = first.filter(|path| wanted.contains(path)).count();
            #[expect(clippy::cast_precision_loss, reason = "counts of files")]
            let share = found as f64 / wanted.len() as f64;
            *sum += share;
        }
    }

    fn alphabetical(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.blobs.keys().cloned().collect();
        paths.sort();
        paths
    }

    fn latest_first(&self) -> Vec<PathBuf> {
        let mut paths: Vec<(&PathBuf, &usize)> =
            self.latest.iter().filter(|(path, _)| self.blobs.contains_key(*path)).collect();
        paths.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        paths.into_iter().map(|(path, _)| path.clone()).collect()
    }

    /// Brings the index to the texts of a tree.
    fn go_to(&mut self, repository: &Repository, tree: &Tree<'_>) {
        let mut blobs = HashMap::new();
        tree.walk(TreeWalkMode::PreOrder, |directory, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                let name = entry.name().unwrap_or_default();
                blobs.insert(PathBuf::from(format!("{directory}{name}")), entry.id());
            }
            0
        })
        .expect("a walk");
        let gone: Vec<PathBuf> =
            self.blobs.keys().filter(|path| !blobs.contains_key(*path)).cloned().collect();
        for path in gone {
            self.index.put_text(&mut self.reader, &path, None);
        }
        for (path, id) in &blobs {
            if self.blobs.get(path) != Some(id) {
                let blob = repository.find_blob(*id).expect("a blob");
                self.index.put_text(&mut self.reader, path, Some(blob.content()));
            }
        }
        self.blobs = blobs;
    }
}
