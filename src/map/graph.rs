//! Which file names what another defines. Files come and go one by one; nothing is worked out anew for the others.
use std::io;

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::{lists::Lists, standing::Standing, worth::worth};
use crate::sealed::{Rows, RowsWriter};

/// Stands for a file, by its place among all.
#[derive(
    Debug,
    Default,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
)]
#[repr(transparent)]
pub struct FileId(pub u32);

/// Stands for a name, by its place among all.
#[derive(
    Debug,
    Default,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    FromBytes,
    IntoBytes,
    Immutable,
)]
#[repr(transparent)]
pub struct NameId(pub u32);

/// What a file does with names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileNames {
    /// Each once.
    pub defined: Vec<NameId>,
    /// Each once.
    pub named: Vec<Named>,
}

/// A name that a file has of others.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub struct Named {
    pub name: NameId,
    pub count: Count,
}

/// A file that has a name of others.
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, Immutable,
)]
#[repr(C)]
pub(super) struct Namer {
    pub(super) file: FileId,
    pub(super) count: Count,
}

/// How often.
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, Immutable,
)]
#[repr(transparent)]
pub struct Count(u32);

/// Files joined by names.
#[derive(Debug, Default)]
pub struct Graph {
    /// By file.
    pub(super) defined: Lists<NameId>,
    pub(super) named: Lists<Named>,
    pub(super) file_count: usize,
    /// How much each name says.
    pub(super) worths: Vec<f32>,
    /// The same by name.
    pub(super) definers: Lists<FileId>,
    pub(super) namers: Lists<Namer>,
    /// Files that changed since all was laid out; when it [is loose](Graph::is_loose), they are not in the lists by name.
    changes: usize,
    /// Whether so much has changed that all is to be laid out anew.
    is_loose: bool,
    /// Files that define or name something.
    pub(super) count: usize,
    pub(super) standing: Standing,
}

/// What so many files define says nothing of any of them.
pub(super) const MOST_DEFINERS: usize = 32;
/// What so many files name does not lead back to them.
const MOST_NAMERS: usize = 256;
/// Of a file, the strongest.
const MOST_NEIGHBOURS: usize = 96;
/// One in so many files may have changed, and some more, before the links are laid out anew.
const FRESH: usize = 16;
const FEW: usize = 64;
/// A definition leads to those who use it less than they lead to it.
const WAY_BACK: f32 = 0.5;

impl Graph {
    /// Sets how much a name says. To be called for each, in their order, before a file has it.
    pub fn add_name(&mut self, text: &str) {
        self.worths.push(worth(text));
    }

    /// With those that do nothing with names.
    pub fn file_count(&self) -> usize {
        self.file_count
    }

    pub fn name_count(&self) -> usize {
        self.worths.len()
    }

    /// Sets what a file does with names; nothing of what it did before is left.
    pub fn put(&mut self, file: FileId, names: FileNames) {
        let at = file.0 as usize;
        self.file_count = self.file_count.max(at + 1);
        let was = (self.defined.get(at), self.named.get(at));
        if was == (&names.defined, &names.named) {
            return;
        }
        let is_there = !names.defined.is_empty() || !names.named.is_empty();
        self.count -= usize::from(!was.0.is_empty() || !was.1.is_empty());
        self.count += usize::from(is_there);
        self.standing.age();
        self.changes += 1;
        self.is_loose |= self.changes > FEW + self.file_count / FRESH;
        if !self.is_loose {
            for name in was.0 {
                self.definers.edit(name.0 as usize).retain(|other| *other != file);
            }
            for Named { name, .. } in was.1 {
                self.namers.edit(name.0 as usize).retain(|other| other.file != file);
            }
            for name in &names.defined {
                self.definers.edit(name.0 as usize).push(file);
            }
            for Named { name, count } in &names.named {
                self.namers.edit(name.0 as usize).push(Namer { file, count: *count });
            }
        }
        self.defined.put(at, names.defined);
        self.named.put(at, names.named);
    }

    /// Joins the files that were put. To be called before anything is asked.
    pub fn join(&mut self) {
        if self.is_loose {
            self.lay_out();
        }
    }

    fn lay_out(&mut self) {
        self.defined.lay_out(self.file_count);
        self.named.lay_out(self.file_count);
        let names = self.worths.len();
        self.definers = self.defined.turned(names, |name| name.0 as usize, |at, _| FileId::at(at));
        self.namers = self.named.turned(
            names,
            |named| named.name.0 as usize,
            |at, named| Namer { file: FileId::at(at), count: named.count },
        );
        (self.changes, self.is_loose) = (0, false);
    }

    /// With where each file stands, so that it is not to be worked out by whoever reads it.
    pub fn write(&mut self, rows: &mut RowsWriter) -> io::Result<()> {
        self.lay_out();
        self.stand_anew();
        rows.row(&[self.file_count as u64, self.count as u64])?;
        rows.row(&self.worths)?;
        self.defined.write(rows)?;
        self.named.write(rows)?;
        self.definers.write(rows)?;
        self.namers.write(rows)?;
        self.standing.write(rows)
    }

    pub fn read(rows: &mut Rows) -> Option<Self> {
        let [file_count, count] = rows.row::<u64>()?.try_into().ok()?;
        Some(Self {
            file_count: usize::try_from(file_count).ok()?,
            count: usize::try_from(count).ok()?,
            worths: rows.row()?,
            defined: Lists::read(rows)?,
            named: Lists::read(rows)?,
            definers: Lists::read(rows)?,
            namers: Lists::read(rows)?,
            standing: Standing::read(rows)?,
            changes: 0,
            is_loose: false,
        })
    }

    pub fn definers(&self, name: NameId) -> &[FileId] {
        self.definers.get(name.0 as usize)
    }

    pub(super) fn namers(&self, name: NameId) -> &[Namer] {
        self.namers.get(name.0 as usize)
    }

    /// How much a name says by its text alone, from 0 to 2.
    pub fn worth(&self, name: NameId) -> f32 {
        self.worths.get(name.0 as usize).copied().unwrap_or_default()
    }

    /// Files by how often the names that they define stand in others, which says less than a rank.
    pub fn most_named(&mut self) -> Vec<FileId> {
        self.join();
        let count = |at: usize| -> u64 {
            let namers = self.defined.get(at).iter().flat_map(|name| self.namers(*name));
            let others = namers.filter(|namer| namer.file != FileId::at(at));
            others.map(|namer| u64::from(namer.count.0)).sum()
        };
        let mut counted: Vec<(u64, FileId)> =
            (0..self.file_count).map(|at| (count(at), FileId::at(at))).collect();
        counted.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        counted.into_iter().map(|(_, file)| file).collect()
    }

    /// How strongly a file that names it so often is joined by a name to each of those that define it.
    pub(super) fn strength(&self, named: Named) -> f32 {
        self.meaning(named.name) * named.count.weight()
    }

    /// How much it says of one of those that define a name that another file has it at all.
    pub(super) fn meaning(&self, name: NameId) -> f32 {
        let definers = self.definers(name).len();
        if definers == 0 || definers > MOST_DEFINERS {
            return 0.0;
        }
        let namers = self.namers(name).len();
        let rare = (1.0 + as_share(self.count) / as_share(namers + 1)).ln();
        // The share of one of them, less for being one of many.
        self.worth(name) * rare / as_share(definers).powf(1.5)
    }

    /// The files that a file is joined to, with their shares of 1, the strongest first.
    pub(super) fn neighbours(&self, file: FileId) -> Vec<(FileId, f32)> {
        let at = file.0 as usize;
        let mut joined: Vec<(FileId, f32)> = Vec::new();
        for named in self.named.get(at) {
            let strength = self.strength(*named);
            if strength > 0.0 {
                let definers = self.definers(named.name);
                joined.extend(definers.iter().map(|definer| (*definer, strength)));
            }
        }
        for name in self.defined.get(at) {
            let namers = self.namers(*name);
            if namers.len() <= MOST_NAMERS {
                let meaning = WAY_BACK * self.meaning(*name);
                let strength = |namer: &Namer| meaning * namer.count.weight();
                joined.extend(namers.iter().map(|namer| (namer.file, strength(namer))));
            }
        }
        joined.sort_unstable_by_key(|(other, _)| *other);
        joined.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        joined.retain(|(other, strength)| *other != file && *strength > 0.0);
        joined.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        joined.truncate(MOST_NEIGHBOURS);
        let sum: f32 = joined.iter().map(|(_, strength)| strength).sum();
        joined.iter_mut().for_each(|(_, strength)| *strength /= sum);
        joined
    }

    /// How much each name that a file defines is called for, by files of these ranks.
    pub fn calls_for(&self, file: FileId, rank: impl Fn(FileId) -> f32) -> Vec<(NameId, f32)> {
        let call = |name: &NameId| {
            let meaning = self.meaning(*name);
            let others = self.namers(*name).iter().filter(|namer| namer.file != file);
            let called = others.map(|namer| rank(namer.file) * namer.count.weight());
            (*name, meaning * called.sum::<f32>())
        };
        self.defined.get(file.0 as usize).iter().map(call).collect()
    }
}

impl Count {
    /// The tenth time says less than the second.
    pub(super) fn weight(self) -> f32 {
        1.0 + f32::from(u16::try_from(self.0).unwrap_or(u16::MAX)).ln()
    }
}

impl From<u16> for Count {
    fn from(count: u16) -> Self {
        Self(count.into())
    }
}

impl FileId {
    pub fn at(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }
}

impl NameId {
    pub fn at(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of files are far below 2^24")]
pub(crate) fn as_share(count: usize) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sealed::Seal;

    const NAMES: u32 = 40;

    /// A file of few names, so that files share them.
    fn names() -> impl Strategy<Value = FileNames> {
        let defined = proptest::collection::btree_set(0..NAMES, 0..5);
        let named = proptest::collection::btree_map(0..NAMES, 1..9_u16, 0..9);
        let named_as =
            |(name, count): (u32, u16)| Named { name: NameId(name), count: count.into() };
        (defined, named).prop_map(move |(defined, named)| FileNames {
            defined: defined.into_iter().map(NameId).collect(),
            named: named.into_iter().map(named_as).collect(),
        })
    }

    fn graph(files: Vec<FileNames>) -> Graph {
        let mut graph = Graph::default();
        (0..NAMES).for_each(|number| graph.add_name(&format!("some_name_{number}")));
        files.into_iter().enumerate().for_each(|(at, names)| graph.put(FileId::at(at), names));
        graph
    }

    fn sorted<T: Copy + Ord>(list: &[T]) -> Vec<T> {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    }

    fn read_back(graph: &mut Graph) -> Graph {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("graph");
        let seal = || Seal::new(*b"testrows", &[]);
        let mut rows = RowsWriter::new(seal(), directory.path()).unwrap();
        graph.write(&mut rows).unwrap();
        rows.put(&path).unwrap();
        let mut rows = Rows::open(&path, seal()).unwrap();
        let read = Graph::read(&mut rows).unwrap();
        rows.end().unwrap();
        read
    }

    proptest! {
        /// However files came to be what they are, the graph is that of a first look at them.
        #[test]
        fn files_that_change_one_by_one_leave_the_graph_that_they_would_make_anew(
            first in proptest::collection::vec(names(), 1..120),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), names()), 0..120),
            asked_after in 1..9_usize,
            kept_after in 1..60_usize,
        ) {
            let mut files = first.clone();
            let mut changed = graph(first);
            for (number, (at, names)) in changes.into_iter().enumerate() {
                let at = at.index(files.len());
                files[at] = names.clone();
                changed.put(FileId::at(at), names);
                if number % asked_after == 0 {
                    changed.join();
                }
                if number % kept_after == kept_after - 1 {
                    changed = read_back(&mut changed);
                }
            }
            changed.join();
            let mut anew = graph(files.clone());
            anew.lay_out();
            prop_assert_eq!(changed.count, anew.count);
            for (at, names) in files.iter().enumerate() {
                prop_assert_eq!(changed.defined.get(at), names.defined.as_slice());
                prop_assert_eq!(changed.named.get(at), names.named.as_slice());
            }
            for name in (0..NAMES).map(NameId) {
                prop_assert_eq!(sorted(changed.definers(name)), sorted(anew.definers(name)));
                prop_assert_eq!(sorted(changed.namers(name)), sorted(anew.namers(name)));
            }
        }
    }
}
