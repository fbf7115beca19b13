//! Any change set shown as a unified diff and read back: it is the same change, or it is refused.
#![no_main]
use std::path::{Path, PathBuf};

use arbitrary::Arbitrary;
use bowline::{
    patch,
    protocol::{ChangeSet, FileChange, FileState},
};
use bowline_fuzz::{Edit, Line, Naming, check_laws, edited, state};
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
    /// Which lines end in CRLF, where the file is a new one.
    crlf: u64,
}

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
        // A note may say what stood in the way: a heading that some other line has, for one.
        Ok(draft) if case.is_numbered || draft.notes.is_empty() => {
            assert_eq!(sorted(draft.set), sorted(set), "{diff}");
        }
        Ok(_) => {}
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
        let (old, new) = match is_numbered {
            true => (Naming::Numbered("old"), Naming::Numbered("new")),
            false => (Naming::Bare, Naming::Bare),
        };
        let named = |(index, line): (usize, &Line<'_>)| old.named(index, line);
        let before: Option<Vec<String>> =
            self.before.as_ref().map(|lines| lines.iter().enumerate().map(named).collect());
        let after = self.edits.as_ref().map(|edits| {
            let mut after = edited(before.as_deref().unwrap_or_default(), edits, new);
            if before.is_none() {
                let ends_in_cr = |index: usize| self.crlf >> (index % 64) & 1 == 1;
                let lines = after.iter_mut().enumerate();
                lines.filter(|(index, _)| ends_in_cr(*index)).for_each(|(_, line)| line.push('\r'));
            }
            after
        });
        FileChange {
            path,
            before: before.map(|lines| joined(&lines, self.is_cut.0)),
            after: after.map(|lines| joined(&lines, self.is_cut.1)),
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
