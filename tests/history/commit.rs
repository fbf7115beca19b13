//! One commit: its parent's tree, what of its difference can be told, and the tree that has to come of that.
use std::{collections::BTreeMap, path::Path};

use bowline::protocol::FileState;
use git2::{
    Commit, Delta, Diff, DiffDelta, DiffFindOptions, DiffOptions, FileMode, ObjectType, Oid,
    Repository, TreeWalkMode, TreeWalkResult,
};

use super::{
    sight::{self, Told},
    state,
};

/// Every path with the object and the mode that stand there.
pub(super) type Tree = BTreeMap<String, (Oid, FileMode)>;

pub(super) struct Comparison<'r> {
    repository: &'r Repository,
    pub(super) parent: Tree,
    /// The commit's tree, but for what was set aside.
    wanted: Tree,
    /// What makes room for others stands first.
    pub(super) told: Vec<Told>,
    /// Why a file, or something of it, could not be told.
    pub(super) aside: Vec<&'static str>,
    /// Some file holds bytes that can't be shown, so that its lines are found by comparing loosely.
    pub(super) has_broken_bytes: bool,
}

pub(super) const LINK: &str = "symbolic link";
pub(super) const SUBMODULE: &str = "submodule";
pub(super) const MODE: &str = "only the mode, the content was compared";
pub(super) const NAME: &str = "a name with characters that no patch holds";
pub(super) const TOO_LARGE: &str = "larger than 2 MiB";
const LARGEST: usize = 2 << 20;
/// As git, in whose beginning a NUL byte stands is binary.
const LOOKED_AT: usize = 8_000;

impl<'r> Comparison<'r> {
    /// Against the first parent, or against nothing.
    pub(super) fn of(repository: &'r Repository, commit: &Commit<'_>) -> Self {
        let (before, after) =
            (commit.parent(0).ok().map(|parent| parent.tree().unwrap()), commit.tree().unwrap());
        let mut options = DiffOptions::new();
        options.include_typechange(true);
        let mut diff: Diff<'_> = repository
            .diff_tree_to_tree(before.as_ref(), Some(&after), Some(&mut options))
            .unwrap();
        diff.find_similar(Some(DiffFindOptions::new().renames(true))).unwrap();
        let parent = before.as_ref().map(tree).unwrap_or_default();
        let wanted = tree(&after);
        let (told, aside, has_broken_bytes) = Default::default();
        let mut comparison = Self { repository, parent, wanted, told, aside, has_broken_bytes };
        for delta in diff.deltas() {
            comparison.take(&delta);
        }
        comparison.told.sort_by_key(|told| match told {
            Told::Delete { .. } => 0,
            Told::Change { .. } => 1,
            Told::Rewrite { .. } | Told::Add { .. } => 2,
        });
        comparison
    }

    /// Where a tree differs from the one that was wanted.
    pub(super) fn differences(&self, made: &Tree) -> Vec<String> {
        let paths = made.keys().chain(self.wanted.keys().filter(|path| !made.contains_key(*path)));
        let differs = |path: &&String| made.get(*path) != self.wanted.get(*path);
        let said = |path: &String| {
            let [made, wanted] = [made.get(path), self.wanted.get(path)];
            format!("{path}: made {made:?}, wanted {wanted:?}")
        };
        paths.filter(differs).map(said).collect()
    }

    /// A file of the parent.
    pub(super) fn parent_state(&self, path: &str) -> Option<FileState> {
        let (id, mode) = self.parent.get(path)?;
        Some(state(&self.bytes(*id), *mode == FileMode::BlobExecutable))
    }

    /// Whether the parent has a file where a path needs a folder, or a folder where it needs a file.
    pub(super) fn is_in_the_way_of(&self, path: &str) -> bool {
        let is_below = |below: &str, above: &str| Path::new(below).starts_with(above);
        self.parent.keys().any(|known| is_below(known, path) || is_below(path, known))
    }

    pub(super) fn bytes(&self, id: Oid) -> Vec<u8> {
        self.repository.find_blob(id).unwrap().content().to_vec()
    }

    /// Takes a file's difference as one that is told, or takes it out of what is wanted.
    fn take(&mut self, delta: &DiffDelta<'_>) {
        let path = |file: git2::DiffFile<'_>| {
            String::from_utf8_lossy(file.path_bytes().unwrap()).into_owned()
        };
        let (from, to) = (path(delta.old_file()), path(delta.new_file()));
        let told = self.told(delta, &from, &to);
        let kept = self.parent.get(&from).copied();
        match told {
            Ok(Some(told)) => {
                let mode = match delta.status() {
                    Delta::Added => Some(FileMode::Blob),
                    _ => kept.map(|(_, mode)| mode),
                };
                if let (Some((_, wanted)), Some(mode)) = (self.wanted.get_mut(&to), mode)
                    && *wanted != mode
                {
                    *wanted = mode;
                    self.aside.push(MODE);
                }
                if let Told::Change { old, .. } = &told {
                    self.has_broken_bytes |=
                        old.iter().any(|line| line.text.contains(char::REPLACEMENT_CHARACTER));
                }
                self.told.push(told);
            }
            Ok(None) => {
                self.aside.push(MODE);
                self.wanted.extend(kept.map(|kept| (to, kept)));
            }
            Err(reason) => {
                self.aside.push(reason);
                self.wanted.remove(&to);
                self.wanted.extend(kept.map(|kept| (from, kept)));
            }
        }
    }

    /// `None` where there is nothing to tell but the mode.
    fn told(
        &self,
        delta: &DiffDelta<'_>,
        from: &str,
        to: &str,
    ) -> Result<Option<Told>, &'static str> {
        let files = [delta.old_file(), delta.new_file()];
        let modes = files.iter().map(git2::DiffFile::mode);
        for mode in modes {
            match mode {
                FileMode::Link => return Err(LINK),
                FileMode::Commit => return Err(SUBMODULE),
                FileMode::Unreadable
                | FileMode::Tree
                | FileMode::Blob
                | FileMode::BlobGroupWritable
                | FileMode::BlobExecutable => {}
            }
        }
        if [from, to].into_iter().any(is_odd) {
            return Err(NAME);
        }
        let bytes = |file: git2::DiffFile<'_>| {
            if file.exists() { self.bytes(file.id()) } else { Vec::new() }
        };
        let [old, new] = files.map(bytes);
        if old.len().max(new.len()) > LARGEST {
            return Err(TOO_LARGE);
        }
        let is_binary = |bytes: &[u8]| bytes[..bytes.len().min(LOOKED_AT)].contains(&0);
        let told = match delta.status() {
            Delta::Deleted => Ok(Told::Delete { path: from.to_owned() }),
            Delta::Renamed if old == new => {
                Told::changed((from.to_owned(), to.to_owned()), &old, &new)
            }
            _ if is_binary(&old) || is_binary(&new) => Err(sight::BINARY),
            Delta::Added => Told::added(to.to_owned(), &new),
            Delta::Modified if old == new => return Ok(None),
            Delta::Modified | Delta::Renamed => {
                Told::changed((from.to_owned(), to.to_owned()), &old, &new)
            }
            other => panic!("{other:?}"),
        };
        told.map(Some)
    }
}

/// What stands at a path once a file is written.
pub(super) fn entry(file: &FileState) -> (Oid, FileMode) {
    let id = Oid::hash_object(ObjectType::Blob, &file.bytes).unwrap();
    (id, if file.executable { FileMode::BlobExecutable } else { FileMode::Blob })
}

fn is_odd(path: &str) -> bool {
    let is_edge = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`');
    path.contains(|letter: char| letter.is_control() || letter == char::REPLACEMENT_CHARACTER)
        || path.starts_with(is_edge)
        || path.ends_with(is_edge)
}

fn tree(tree: &git2::Tree<'_>) -> Tree {
    let mut found = Tree::new();
    tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
        let mode = match entry.filemode() {
            0o100_755 => FileMode::BlobExecutable,
            0o120_000 => FileMode::Link,
            0o160_000 => FileMode::Commit,
            _ => FileMode::Blob,
        };
        if entry.kind() != Some(ObjectType::Tree) {
            let name = String::from_utf8_lossy(entry.name_bytes());
            found.insert(format!("{folder}{name}"), (entry.id(), mode));
        }
        TreeWalkResult::Ok
    })
    .unwrap();
    found
}
