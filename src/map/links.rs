//! Who defines and who names each name: laid out in one piece for all files, and beside it what has changed since.
use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::graph::{FileId, FileNames, NameId};

/// The files of each name. Those of a million names have no memory of their own.
#[derive(Debug, Default)]
pub(super) struct Links {
    definers: Lists<FileId>,
    namers: Lists<(FileId, u16)>,
    changed: HashMap<NameId, Changed, RandomState>,
}

/// A list for each name, one behind the other.
#[derive(Debug, Default)]
struct Lists<T> {
    /// Where the list of each name begins, and where the last one ends.
    starts: Vec<u32>,
    all: Vec<T>,
}

#[derive(Debug, Default)]
struct Changed {
    definers: Vec<FileId>,
    namers: Vec<(FileId, u16)>,
}

impl Links {
    pub(super) fn of(files: &[FileNames], names: usize) -> Self {
        fn defined(file: &FileNames) -> impl Iterator<Item = (NameId, ())> {
            file.defined.iter().map(|name| (*name, ()))
        }
        fn named(file: &FileNames) -> impl Iterator<Item = (NameId, u16)> {
            file.named.iter().copied()
        }
        Self {
            definers: Lists::of(files, names, defined, |file, ()| file),
            namers: Lists::of(files, names, named, |file, count| (file, count)),
            changed: HashMap::default(),
        }
    }

    pub(super) fn definers(&self, name: NameId) -> &[FileId] {
        match self.changed.get(&name) {
            Some(changed) => &changed.definers,
            None => self.definers.get(name),
        }
    }

    pub(super) fn namers(&self, name: NameId) -> &[(FileId, u16)] {
        match self.changed.get(&name) {
            Some(changed) => &changed.namers,
            None => self.namers.get(name),
        }
    }

    pub(super) fn remove(&mut self, file: FileId, names: &FileNames) {
        for name in &names.defined {
            self.changed(*name).definers.retain(|other| *other != file);
        }
        for (name, _) in &names.named {
            self.changed(*name).namers.retain(|(other, _)| *other != file);
        }
    }

    pub(super) fn add(&mut self, file: FileId, names: &FileNames) {
        for name in &names.defined {
            self.changed(*name).definers.push(file);
        }
        for (name, count) in &names.named {
            self.changed(*name).namers.push((file, *count));
        }
    }

    fn changed(&mut self, name: NameId) -> &mut Changed {
        let Self { definers, namers, changed } = self;
        changed.entry(name).or_insert_with(|| Changed {
            definers: definers.get(name).to_vec(),
            namers: namers.get(name).to_vec(),
        })
    }
}

impl<T: Copy + Default> Lists<T> {
    /// `pairs` are the names of a file with what is to be known of each, from which `entry` is made.
    fn of<'a, X, I: Iterator<Item = (NameId, X)>>(
        files: &'a [FileNames],
        names: usize,
        pairs: impl Fn(&'a FileNames) -> I,
        entry: impl Fn(FileId, X) -> T,
    ) -> Self {
        let mut starts = vec![0_u32; names + 1];
        for (name, _) in files.iter().flat_map(&pairs) {
            starts[name.0 as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let length = starts.last().copied().unwrap_or_default() as usize;
        let mut all = vec![T::default(); length];
        let mut next = starts.clone();
        for (at, file) in files.iter().enumerate() {
            let id = FileId(u32::try_from(at).unwrap_or(u32::MAX));
            for (name, known) in pairs(file) {
                let place = &mut next[name.0 as usize];
                all[*place as usize] = entry(id, known);
                *place += 1;
            }
        }
        Self { starts, all }
    }

    fn get(&self, name: NameId) -> &[T] {
        let at = name.0 as usize;
        let (Some(start), Some(end)) = (self.starts.get(at), self.starts.get(at + 1)) else {
            return &[];
        };
        self.all.get(*start as usize..*end as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::graph::Graph;
    use super::*;

    /// A file of few names, so that files share them.
    fn names() -> impl Strategy<Value = FileNames> {
        let defined = proptest::collection::btree_set(0..40_u32, 0..5);
        let named = proptest::collection::btree_map(0..40_u32, 1..9_u16, 0..9);
        (defined, named).prop_map(|(defined, named)| FileNames {
            defined: defined.into_iter().map(NameId).collect(),
            named: named.into_iter().map(|(name, count)| (NameId(name), count)).collect(),
        })
    }

    fn graph() -> Graph {
        let mut graph = Graph::default();
        (0..40).for_each(|number| graph.add_name(&format!("some_name_{number}")));
        graph
    }

    proptest! {
        /// However files came to be what they are, the graph is that of a first look at them.
        #[test]
        fn files_that_change_one_by_one_leave_the_graph_that_they_would_make_anew(
            first in proptest::collection::vec(names(), 1..120),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), names()), 0..120),
            asked_after in 1..9_usize,
        ) {
            let id = |at: usize| FileId(u32::try_from(at).unwrap());
            let mut files = first.clone();
            let mut changed = graph();
            first.into_iter().enumerate().for_each(|(at, names)| changed.put(id(at), names));
            for (number, (at, names)) in changes.into_iter().enumerate() {
                let at = at.index(files.len());
                files[at] = names.clone();
                changed.put(id(at), names);
                if number % asked_after == 0 {
                    changed.join();
                }
            }
            changed.join();
            let anew = Links::of(&files, 40);
            for name in (0..40).map(NameId) {
                let sorted = |definers: &[FileId]| {
                    let mut definers = definers.to_vec();
                    definers.sort_unstable();
                    definers
                };
                prop_assert_eq!(sorted(changed.definers(name)), sorted(anew.definers(name)));
                let mut namers = changed.links.namers(name).to_vec();
                namers.sort_unstable();
                prop_assert_eq!(namers.as_slice(), anew.namers(name));
            }
        }
    }
}
