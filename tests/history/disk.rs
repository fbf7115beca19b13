//! The same through the tools and a workspace on a disk: planned, accepted, written, and read back.
use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
};

use bowline::protocol::Status;
use git2::{FileMode, ObjectType, Oid};
use serde_json::json;

use crate::tools::Bench;

use super::{
    commit::{Comparison, Tree, entry},
    edits::Call,
    hunks::{self, Style},
    name,
    sight::Told,
    state,
};

/// The tree that a patch leaves. Where a file comes to stand in the place of a folder, or a folder in that of a file, a
/// second patch follows the one that makes room.
pub(super) fn patched(comparison: &Comparison<'_>, style: Style) -> Result<Tree, String> {
    let bench = laid_out(comparison);
    for told in &comparison.told {
        if let Told::Rewrite { from, .. } = told {
            call(&bench, "read", &json!({ "path": from }).to_string())?;
        }
    }
    let deletions = comparison.told.partition_point(|told| matches!(told, Told::Delete { .. }));
    let is_in_the_way = comparison.told[deletions..].iter().any(|told| match told {
        Told::Add { path, .. } => comparison.is_in_the_way_of(path),
        Told::Delete { .. } | Told::Change { .. } | Told::Rewrite { .. } => false,
    });
    let (first, rest) = comparison.told.split_at(if is_in_the_way { deletions } else { 0 });
    for told in [first, rest].into_iter().filter(|told| !told.is_empty()) {
        let text = hunks::written(told, style);
        call(&bench, "edit", &json!({ "patch": text }).to_string())?;
    }
    Ok(read_back(comparison, &bench.root()))
}

/// The tree that calls leave, one after the other.
pub(super) fn called(comparison: &Comparison<'_>, calls: &[Call]) -> Result<Tree, String> {
    let bench = laid_out(comparison);
    for each in calls {
        if let Some(path) = &each.reads {
            call(&bench, "read", &json!({ "path": path }).to_string())?;
        }
        call(&bench, each.tool, &each.arguments)?;
    }
    Ok(read_back(comparison, &bench.root()))
}

fn call(bench: &Bench, tool: &str, arguments: &str) -> Result<(), String> {
    let outcome = bench.call(tool, arguments);
    match outcome.status == Status::Done {
        true => Ok(()),
        false => Err(format!("{tool} {arguments}\n{}", outcome.text)),
    }
}

/// A workspace with the parent's files.
fn laid_out(comparison: &Comparison<'_>) -> Bench {
    let bench = Bench::new(&[]);
    for (path, (id, mode)) in &comparison.parent {
        let path = bench.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match mode {
            FileMode::Commit => fs::create_dir_all(&path).unwrap(),
            FileMode::Link => {
                let target = comparison.bytes(*id);
                std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(&target), &path).unwrap();
            }
            mode => {
                fs::write(&path, comparison.bytes(*id)).unwrap();
                let bits = if *mode == FileMode::BlobExecutable { 0o755 } else { 0o644 };
                fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
            }
        }
    }
    bench
}

fn read_back(comparison: &Comparison<'_>, root: &Path) -> Tree {
    // A submodule is a directory here, and nothing but that.
    let is_module = |(_, mode): &(Oid, FileMode)| *mode == FileMode::Commit;
    let modules = comparison.parent.iter().filter(|(_, entry)| is_module(entry));
    let mut tree: Tree = modules.map(|(path, entry)| (path.clone(), *entry)).collect();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for found in fs::read_dir(folder).unwrap() {
            let path = found.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                folders.push(path);
                continue;
            }
            let entry = if metadata.is_symlink() {
                let target = fs::read_link(&path).unwrap();
                let id = Oid::hash_object(ObjectType::Blob, target.as_os_str().as_bytes()).unwrap();
                (id, FileMode::Link)
            } else {
                let is_executable = metadata.permissions().mode() & 0o100 != 0;
                entry(&state(&fs::read(&path).unwrap(), is_executable))
            };
            tree.insert(name(path.strip_prefix(root).unwrap()), entry);
        }
    }
    tree
}
