//! Any change set shown as a unified diff and read back: it is the same change, or it is refused.
#![no_main]
use std::path::{Path, PathBuf};

use arbitrary::Arbitrary;
use bowline::{
    patch,
    protocol::{ChangeSet, FileChange, FileState},
};
use bowline_fuzz::{check_laws, state};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Case<'a> {
    files: Vec<File<'a>>,
    /// Every line says its number, so that no hunk is ambiguous.
    is_numbered: bool,
}

#[derive(Debug, Arbitrary)]
struct File<'a> {
    name: &'a str,
    before: Option<Vec<Line<'a>>>,
    edits: Option<Vec<Edit<'a>>>,
    is_cut: (bool, bool),
}

#[derive(Debug, Clone, Arbitrary)]
enum Line<'a> {
    Word(u8),
    Text(&'a str),
}

/// What becomes of the next line; lines beyond are kept.
#[derive(Debug, Arbitrary)]
enum Edit<'a> {
    Keep(u8),
    Remove,
    Add(Line<'a>),
}

const WORDS: [&str; 12] = [
    "",
    "a",
    "b",
    "-- a",
    "++ b",
    "@@ -1 +1 @@",
    "*** End Patch",
    "\\ No newline",
    "```",
    " ",
    "c",
    "\u{e9}",
];

fuzz_target!(|case: Case<'_>| {
    let mut set = ChangeSet::default();
    for file in &case.files {
        let change = file.change(case.is_numbered);
        if change.before != change.after && set.get(&change.path).is_none() {
            set.files.push(change);
        }
    }
    check_laws(&set);
    if set.is_empty() {
        return;
    }
    let diff = patch::unified(&set, &|path: &Path| path.display().to_string());
    let read = patch::parse(&diff);
    let resolve = |path: &str| {
        let path = PathBuf::from(path);
        let before = set.get(&path).and_then(|file| file.before.clone());
        Ok((path, before))
    };
    match read.and_then(|read| patch::draft(&read, &resolve)) {
        Ok(draft) if draft.notes.is_empty() => assert_eq!(sorted(draft.set), sorted(set), "{diff}"),
        Ok(draft) => assert!(!case.is_numbered, "{:?}\n{diff}", draft.notes),
        Err(error) => assert!(!case.is_numbered, "{error}\n{diff}"),
    }
});

fn sorted(mut set: ChangeSet) -> ChangeSet {
    set.files.sort_by(|a, b| a.path.cmp(&b.path));
    set
}

impl File<'_> {
    fn change(&self, is_numbered: bool) -> FileChange {
        let name: String =
            self.name.chars().filter(|letter| !matches!(letter, '\0' | '/')).collect();
        let path = Path::new("d").join(format!("f{name}"));
        let numbered = |(index, line): (usize, &Line<'_>)| match is_numbered {
            true => format!("{index} {}", line.text()),
            false => line.text(),
        };
        let before: Option<Vec<String>> =
            self.before.as_ref().map(|lines| lines.iter().enumerate().map(numbered).collect());
        let after = self
            .edits
            .as_ref()
            .map(|edits| edited(before.as_deref().unwrap_or_default(), edits, is_numbered));
        FileChange {
            path,
            before: before.map(|lines| joined(&lines, self.is_cut.0)),
            after: after.map(|lines| joined(&lines, self.is_cut.1)),
        }
    }
}

fn edited(before: &[String], edits: &[Edit<'_>], is_numbered: bool) -> Vec<String> {
    let mut after = Vec::new();
    let mut next = before.iter().cloned();
    for (index, edit) in edits.iter().enumerate() {
        match edit {
            Edit::Keep(count) => after.extend(next.by_ref().take(usize::from(*count))),
            Edit::Remove => drop(next.next()),
            Edit::Add(line) if is_numbered => after.push(format!("new {index} {}", line.text())),
            Edit::Add(line) => after.push(line.text()),
        }
    }
    after.extend(next);
    after
}

impl Line<'_> {
    fn text(&self) -> String {
        match self {
            Self::Word(number) => WORDS[usize::from(*number) % WORDS.len()].to_owned(),
            Self::Text(text) => text.replace(['\n', '\r', '\0'], ""),
        }
    }
}

fn joined(lines: &[String], is_cut: bool) -> FileState {
    let mut text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    if is_cut {
        text.pop();
    }
    state(text.as_bytes())
}
