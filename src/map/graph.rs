//! Which file names what another defines. Files come and go one by one; nothing is worked out anew for the others.
use super::{links::Links, standing::Standing, worth::worth};

/// Stands for a file, by its place among all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// Stands for a name, by its place among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

/// What a file does with names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileNames {
    /// Each once.
    pub defined: Box<[NameId]>,
    /// Each once, with how often.
    pub named: Box<[(NameId, u16)]>,
}

/// Files joined by names.
#[derive(Debug, Default)]
pub struct Graph {
    pub(super) files: Vec<FileNames>,
    /// How much each name says.
    pub(super) worths: Vec<f32>,
    pub(super) links: Links,
    /// Files that changed since the links were laid out; those of [`Graph::is_loose`] are not in the links.
    changes: usize,
    /// Whether so much has changed that the links are to be laid out anew.
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

    pub fn name_count(&self) -> usize {
        self.worths.len()
    }

    /// Sets what a file does with names; nothing of what it did before is left.
    pub fn put(&mut self, file: FileId, names: FileNames) {
        let at = file.0 as usize;
        if self.files.len() <= at {
            self.files.resize_with(at + 1, FileNames::default);
        }
        let before = std::mem::replace(&mut self.files[at], names);
        let now = &self.files[at];
        if before == *now {
            return;
        }
        let is_there = |names: &FileNames| !names.defined.is_empty() || !names.named.is_empty();
        self.count -= usize::from(is_there(&before));
        self.count += usize::from(is_there(now));
        self.standing.age();
        self.changes += 1;
        self.is_loose |= self.changes > FEW + self.files.len() / FRESH;
        if !self.is_loose {
            self.links.remove(file, &before);
            self.links.add(file, now);
        }
    }

    /// Joins the files that were put. To be called before anything is asked.
    pub fn join(&mut self) {
        if self.is_loose {
            self.links = Links::of(&self.files, self.worths.len());
            (self.changes, self.is_loose) = (0, false);
        }
    }

    pub fn definers(&self, name: NameId) -> &[FileId] {
        self.links.definers(name)
    }

    /// How much a name says by its text alone, from 0 to 2.
    pub fn worth(&self, name: NameId) -> f32 {
        self.worths.get(name.0 as usize).copied().unwrap_or_default()
    }

    /// Files by how often the names that they define stand in others, which says less than a rank.
    pub fn most_named(&mut self) -> Vec<FileId> {
        self.join();
        let ids = (0..self.files.len()).map(|at| FileId(u32::try_from(at).unwrap_or(u32::MAX)));
        let count = |file: FileId| -> u64 {
            let defined = self.files[file.0 as usize].defined.iter();
            let namers = defined.flat_map(|name| self.links.namers(*name));
            namers.filter(|(namer, _)| *namer != file).map(|(_, count)| u64::from(*count)).sum()
        };
        let mut counted: Vec<(u64, FileId)> = ids.map(|file| (count(file), file)).collect();
        counted.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        counted.into_iter().map(|(_, file)| file).collect()
    }

    /// How strongly a file that names it so often is joined by a name to each of those that define it.
    pub(super) fn strength(&self, name: NameId, count: u16) -> f32 {
        self.meaning(name) * often(count)
    }

    /// How much it says of one of those that define a name that another file has it at all.
    pub(super) fn meaning(&self, name: NameId) -> f32 {
        let definers = self.links.definers(name).len();
        if definers == 0 || definers > MOST_DEFINERS {
            return 0.0;
        }
        let namers = self.links.namers(name).len();
        let rare = (1.0 + as_share(self.count) / as_share(namers + 1)).ln();
        // The share of one of them, less for being one of many.
        self.worth(name) * rare / as_share(definers).powf(1.5)
    }

    /// The files that a file is joined to, with their shares of 1, the strongest first.
    pub(super) fn neighbours(&self, file: FileId) -> Vec<(FileId, f32)> {
        let Some(own) = self.files.get(file.0 as usize) else { return Vec::new() };
        let mut joined: Vec<(FileId, f32)> = Vec::new();
        for (name, count) in &own.named {
            let strength = self.strength(*name, *count);
            if strength > 0.0 {
                let definers = self.links.definers(*name);
                joined.extend(definers.iter().map(|definer| (*definer, strength)));
            }
        }
        for name in &own.defined {
            let namers = self.links.namers(*name);
            if namers.len() <= MOST_NAMERS {
                let meaning = WAY_BACK * self.meaning(*name);
                let strength = |count| meaning * often(count);
                joined.extend(namers.iter().map(|(namer, count)| (*namer, strength(*count))));
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
        let Some(own) = self.files.get(file.0 as usize) else { return Vec::new() };
        let call = |name: &NameId| {
            let meaning = self.meaning(*name);
            let others = self.links.namers(*name).iter().filter(|(other, _)| *other != file);
            let called = others.map(|(other, count)| rank(*other) * often(*count));
            (*name, meaning * called.sum::<f32>())
        };
        own.defined.iter().map(call).collect()
    }
}

/// The tenth time says less than the second.
pub(super) fn often(count: u16) -> f32 {
    1.0 + f32::from(count).ln()
}

#[expect(clippy::cast_precision_loss, reason = "counts of files are far below 2^24")]
pub(crate) fn as_share(count: usize) -> f32 {
    count as f32
}
