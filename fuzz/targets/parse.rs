//! Any text read as a patch, and what was read put against files that are made to fit it.
#![no_main]
use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use bowline::{
    patch::{self, Edit, EditHunk, EditLine, Patch},
    protocol::{ChangeSet, FileState},
};
use bowline_fuzz::{check_laws, check_only_hunks_differ, state};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Ok(read) = patch::parse(&text) else { return };
    assert!(!read.edits.is_empty());
    let files = files_that_fit(&read, bytes.len() % 2 == 0);
    let touched: RefCell<BTreeMap<PathBuf, usize>> = RefCell::default();
    let resolve = |path: &str| {
        let resolved = resolved(path).ok_or_else(|| "it is no name of a file".to_owned())?;
        *touched.borrow_mut().entry(resolved.clone()).or_default() += 1;
        let state = files.get(&resolved).cloned();
        Ok((resolved, state))
    };
    let Ok(draft) = patch::draft(&read, &resolve) else { return };
    check_laws(&draft.set);
    for file in &draft.set.files {
        assert_eq!(file.before.as_ref(), files.get(&file.path));
        if let (Some(before), Some(after)) = (&file.before, &file.after)
            && let Some(hunks) = hunks_alone(&read, &file.path)
        {
            check_only_hunks_differ(&before.bytes, &after.bytes, hunks);
        }
    }
    check_shown(&draft.set);
});

/// Whoever reads the diff of a change, reads a patch of the same files.
fn check_shown(set: &ChangeSet) {
    let shown = |path: &Path| path.display().to_string();
    let diff = patch::unified(set, &shown);
    if let Ok(read) = patch::parse(&diff) {
        assert_eq!(read.edits.len(), set.files.len(), "{diff}");
    }
}

/// The hunks of a file that is updated and nothing else.
fn hunks_alone<'a>(read: &'a Patch, path: &Path) -> Option<Vec<&'a EditHunk>> {
    let mut all = Vec::new();
    for edit in &read.edits {
        let is_here = |written: &str| resolved(written).as_deref() == Some(path);
        match &edit.edit {
            Edit::Update { hunks, move_to: None } if is_here(&edit.path) => all.extend(hunks),
            Edit::Update { move_to: Some(target), .. } if is_here(target) => return None,
            _ if is_here(&edit.path) => return None,
            _ => {}
        }
    }
    Some(all)
}

/// The lines that the hunks want, one file for each that is to be there.
fn files_that_fit(read: &Patch, has_crlf: bool) -> BTreeMap<PathBuf, FileState> {
    let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
    for edit in &read.edits {
        let Some(path) = resolved(&edit.path) else { continue };
        match &edit.edit {
            Edit::Update { hunks, .. } => {
                let text = texts.entry(path).or_insert_with(|| "first\n".to_owned());
                for hunk in hunks {
                    push_wanted(text, hunk);
                    text.push_str("}\n");
                }
            }
            Edit::Delete => drop(texts.entry(path).or_insert_with(|| "gone\n".to_owned())),
            Edit::Create { .. } | Edit::Overwrite { .. } | Edit::Replace { .. } => {}
        }
    }
    let ended = |text: String| if has_crlf { text.replace('\n', "\r\n") } else { text };
    texts.into_iter().map(|(path, text)| (path, state(ended(text).as_bytes()))).collect()
}

fn push_wanted(text: &mut String, hunk: &EditHunk) {
    let wanted = hunk.lines.iter().filter_map(|line| match line {
        EditLine::Keep(line) | EditLine::Remove(line) => Some(line),
        EditLine::Add(_) => None,
    });
    for line in hunk.anchors.iter().chain(wanted) {
        text.push_str(line);
        text.push('\n');
    }
}

fn resolved(path: &str) -> Option<PathBuf> {
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let is_name = !parts.is_empty() && !parts.contains(&"..") && !path.contains('\0');
    is_name.then(|| parts.iter().collect())
}
