//! Which files the tests and checks that fail are about: the map of the session starts from them.
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anstream::adapter::strip_str;

use crate::{
    protocol::{Access, CallId, CommandLine, Facts, Outcome, Place, Record, Status},
    workspace::Workspace,
};

/// Commands whose failures are remembered, and files of each.
const MOST_COMMANDS: usize = 4;
const MOST_FILES: usize = 12;
/// A name that more files bear says nothing.
const MOST_NAMESAKES: usize = 3;
/// Words that stand before a file or a package whose tests have failed.
const VERDICTS: [&str; 4] = ["FAIL", "FAILED", "ERROR", "✕"];
/// What stands around a path, as in `(src/a.test.js:5:3)`, `File "a.py", line 3` or `[src/a.rs:1]`.
const AROUND: &[char] = &['(', ')', '[', ']', '<', '>', '"', '\'', '`', ',', ';'];

/// What failed last. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Failing(Arc<Mutex<Vec<Failure>>>);

/// A command that has failed, and its output, without colours.
type Failure = (CommandLine, String);

impl Failing {
    /// Takes up what an earlier process has recorded of commands.
    pub(super) fn take_up<'a>(&self, records: impl IntoIterator<Item = &'a Record>) {
        let mut commands: HashMap<&CallId, &CommandLine> = HashMap::new();
        for record in records {
            if let Record::Plan { call, access, .. } = record
                && let Some(Access::Run(command)) = access.first()
            {
                commands.insert(call, command);
            } else if let Record::Outcome { call, outcome } = record
                && let Some(command) = commands.remove(call)
            {
                self.note_outcome(command, outcome);
            }
        }
    }

    /// Takes up what came of a command.
    pub(super) fn note_outcome(&self, command: &CommandLine, outcome: &Outcome) {
        let Facts::Command { output, .. } = &outcome.facts else { return };
        match outcome.status {
            Status::Done => self.forget(command),
            Status::Failed => self.note(command, output),
            Status::Denied | Status::Interrupted => {}
        }
    }

    /// Takes up what a command printed that has failed.
    pub(super) fn note(&self, command: &CommandLine, output: &str) {
        let output = strip_str(output).to_string();
        self.forget(command);
        let mut commands = self.lock();
        if named(&output) != Named::default() {
            commands.push((command.clone(), output));
        }
        let too_many = commands.len().saturating_sub(MOST_COMMANDS);
        commands.drain(..too_many);
    }

    /// It passes by now, so it is about no file any more.
    pub(super) fn forget(&self, command: &CommandLine) {
        self.lock().retain(|(known, _)| known != command);
    }

    /// The files of the workspace that the outputs name.
    pub(super) fn paths(&self, workspace: &Workspace) -> Vec<PathBuf> {
        let commands = self.lock().clone();
        commands.iter().flat_map(|(command, output)| files(command, output, workspace)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The files of the workspace that an output names, in the order in which it does.
fn files(command: &CommandLine, output: &str, workspace: &Workspace) -> Vec<PathBuf> {
    let named = named(output);
    let mut files: Vec<PathBuf> = Vec::new();
    let mut all = None;
    for path in &named.paths {
        let found = match standing(path, &command.directory, workspace) {
            Some(file) => vec![file],
            None => {
                let all = all.get_or_insert_with(|| listed(workspace));
                namesakes(path, &named.packages, all)
            }
        };
        files.extend(found.into_iter().filter(|file| !files.contains(file)).collect::<Vec<_>>());
        if files.len() >= MOST_FILES {
            files.truncate(MOST_FILES);
            break;
        }
    }
    files
}

/// The file at a path that a program printed: from where it ran, or from the top.
fn standing(path: &str, directory: &Path, workspace: &Workspace) -> Option<PathBuf> {
    let located = [directory, workspace.root()].into_iter().find_map(|from| {
        let target = workspace.locate(from.join(path).to_str()?).ok()?;
        (target.place == Place::Workspace && target.path.is_file()).then_some(target)
    })?;
    (!workspace.is_ignored(&located)).then_some(located.path)
}

fn listed(workspace: &Workspace) -> Arc<[PathBuf]> {
    let root = workspace.target(workspace.root().to_owned());
    workspace.files(&root, &[], &|| false).map(|files| files.paths).unwrap_or_default()
}

/// Files that a shortened path may stand for, as that of a Java class or of a Go file beside its package's name.
fn namesakes(path: &str, packages: &[&str], all: &[PathBuf]) -> Vec<PathBuf> {
    let path = Path::new(path);
    if path.is_absolute() {
        return Vec::new();
    }
    let is_namesake = |file: &&PathBuf| file.ends_with(path);
    let mut found: Vec<PathBuf> = all.iter().filter(is_namesake).cloned().collect();
    let is_in_package = |file: &PathBuf| {
        let directory = file.parent().and_then(Path::file_name);
        packages.iter().any(|package| Path::new(package).file_name() == directory)
    };
    if found.len() > 1 && found.iter().any(is_in_package) {
        found.retain(is_in_package);
    }
    if found.len() > MOST_NAMESAKES { Vec::new() } else { found }
}

/// What an output names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named<'a> {
    paths: Vec<&'a str>,
    packages: Vec<&'a str>,
}

/// Paths with a line behind them, and what stands behind a verdict. Programs differ little in that.
fn named(output: &str) -> Named<'_> {
    let mut named = Named::default();
    for line in output.lines() {
        let mut last = "";
        for word in line.split(|it: char| it.is_whitespace() || AROUND.contains(&it)) {
            let path = word.strip_prefix("./").unwrap_or(word);
            if VERDICTS.contains(&last) && !path.is_empty() {
                // `tests/test_a.py::test_x`; `src/a.test.ts`; `example.com/shop/cart`.
                let path = path.split("::").next().unwrap_or(path).trim_end_matches(':');
                match has_extension(path) {
                    true => named.add(path),
                    false => named.packages.push(path),
                }
            } else if let Some(path) = before_line(path, line) {
                named.add(path);
            }
            if !word.is_empty() {
                last = word;
            }
        }
    }
    named
}

impl<'a> Named<'a> {
    fn add(&mut self, path: &'a str) {
        if !self.paths.contains(&path) {
            self.paths.push(path);
        }
    }
}

/// The path of `src/a.rs:10:5`, of `a.py` in a line that goes on with `line 3`, and of `src/a.ts` before `(3,5)`.
fn before_line<'a>(word: &'a str, line: &str) -> Option<&'a str> {
    if let Some((path, rest)) = word.split_once(':') {
        let is_number = rest.starts_with(|it: char| it.is_ascii_digit()) || rest == "line";
        return Some(path).filter(|path| is_number && has_extension(path));
    }
    if !has_extension(word) {
        return None;
    }
    let at = line.find(word)?;
    let behind = line[at + word.len()..].trim_start_matches(['"', ',', '(', ' ']);
    let behind = behind.strip_prefix("line ").or_else(|| line[at + word.len()..].strip_prefix('('));
    behind.filter(|behind| behind.starts_with(|it: char| it.is_ascii_digit())).map(|_| word)
}

/// Whether it looks like a file's name: `a.rs`, and neither `1.5` nor `e.g.`.
fn has_extension(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_short = (1..=10).contains(&extension.len());
    !stem.is_empty()
        && is_short
        && extension.starts_with(|it: char| it.is_ascii_alphabetic())
        && extension.chars().all(|it| it.is_ascii_alphanumeric() || it == '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, paths: &[&str], packages: &[&str]) {
        let output = strip_str(output).to_string();
        let named = named(&output);
        assert_eq!((named.paths.as_slice(), named.packages.as_slice()), (paths, packages));
    }

    #[test]
    fn each_runner_says_in_its_own_way_where_a_test_fails() {
        check(
            "test index::tests::finds ... FAILED\nthread 'x' panicked at src/index.rs:10:5:\nassertion `left == right` failed\n",
            &["src/index.rs"],
            &[],
        );
        check("error[E0308]: mismatched\n  --> src/a/b.rs:7:9\n   |\n", &["src/a/b.rs"], &[]);
        check(
            "    def test_x():\n>       assert f() == 2\ntests/test_a.py:12: AssertionError\nFAILED tests/test_b.py::test_y - assert 1 == 2\n1 failed in 0.12s\n",
            &["tests/test_a.py", "tests/test_b.py"],
            &[],
        );
        check("Traceback:\n  File \"lib/run.py\", line 3, in <module>\n", &["lib/run.py"], &[]);
        check(
            "--- FAIL: TestTotal (0.00s)\n    cart_test.go:12: got 3\nFAIL\texample.com/shop/cart\t0.01s\n",
            &["cart_test.go"],
            &["example.com/shop/cart"],
        );
        check(
            "FAIL src/sum.test.js\n  ● adds\n    at Object.<anonymous> (src/sum.test.js:5:3)\n    at fn (./src/sum.js:2:1)\n",
            &["src/sum.test.js", "src/sum.js"],
            &[],
        );
        check(
            "java.lang.AssertionError\n\tat shop.CartTest.total(CartTest.java:31)\n",
            &["CartTest.java"],
            &[],
        );
        check(
            "\x1b[31mFAILED\x1b[0m \x1b[1m\x1b[94mtests/test_a.py\x1b[0m::test_x\n\x1b[94m--> \x1b[0msrc/a.rs\x1b[1m:7:9\x1b[0m\n",
            &["tests/test_a.py", "src/a.rs"],
            &[],
        );
        check("src/a.ts(3,5): error TS2322: Type\n", &["src/a.ts"], &[]);
        check("   at Shop.Total() in src/Cart.cs:line 12\n", &["src/Cart.cs"], &[]);
        check("rspec ./spec/cart_spec.rb:12 # adds\n", &["spec/cart_spec.rb"], &[]);
        check("took 1.5s, version 2.0.1 at 12:30, e.g. a.rs\n", &[], &[]);
        check("", &[], &[]);
    }
}
