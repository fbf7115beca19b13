//! Each text once, and a number for it.
use std::{
    ffi::OsStr,
    hash::{BuildHasher, Hasher},
    io,
    os::unix::ffi::OsStrExt,
    path::Path,
};

use foldhash::fast::{FixedState, RandomState};

use crate::{
    map::NameId,
    sealed::{Rows, RowsWriter},
};

/// There are a million of them in a large repository: so none has memory of its own, and all are read from the disk as
/// they lie.
#[derive(Debug)]
pub(super) struct Numbered {
    /// All of them, one behind the other.
    bytes: Vec<u8>,
    /// Where each begins, and where the last one ends.
    starts: Vec<u32>,
    /// Where a number stands: at its text's hash, or at the next free place.
    slots: Vec<u32>,
    /// Of the hash, and not to be guessed by those whose texts these are.
    seed: u64,
}

/// The names in files.
#[derive(Debug, Default)]
pub(super) struct Names(Numbered);

/// The paths of files.
#[derive(Debug, Default)]
pub(super) struct Paths(Numbered);

const FREE: u32 = u32::MAX;
const FEWEST_SLOTS: usize = 64;

impl Default for Numbered {
    fn default() -> Self {
        let seed = RandomState::default().build_hasher().finish();
        Self { bytes: Vec::new(), starts: vec![0], slots: vec![FREE; FEWEST_SLOTS], seed }
    }
}

impl Numbered {
    /// The number of a text, which is a new one if the text is new.
    fn number(&mut self, text: &[u8]) -> u32 {
        let slot = match self.slot(text) {
            Ok(number) => return number,
            Err(slot) => slot,
        };
        let number = u32::try_from(self.len()).unwrap_or(FREE);
        self.bytes.extend_from_slice(text);
        // There is less text than 32 bits can count: a file's names are shorter than the file, and most are another's too.
        self.starts.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        self.slots[slot] = number;
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn known(&self, text: &[u8]) -> Option<u32> {
        self.slot(text).ok()
    }

    fn text(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let (Some(start), Some(end)) = (self.starts.get(at), self.starts.get(at + 1)) else {
            return &[];
        };
        self.bytes.get(*start as usize..*end as usize).unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of a text, or the free slot where it would stand.
    fn slot(&self, text: &[u8]) -> Result<u32, usize> {
        let mut slot = self.home(text);
        loop {
            match self.slots[slot] {
                FREE => return Err(slot),
                number if self.text(number) == text => return Ok(number),
                _ => slot = (slot + 1) % self.slots.len(),
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is less than the number of slots")]
    fn home(&self, text: &[u8]) -> usize {
        (FixedState::with_seed(self.seed).hash_one(text) % self.slots.len() as u64) as usize
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; self.slots.len() * 2];
        for number in 0..u32::try_from(self.len()).unwrap_or(FREE) {
            if let Err(slot) = self.slot(self.text(number)) {
                self.slots[slot] = number;
            }
        }
    }

    fn write(&self, rows: &mut RowsWriter) -> io::Result<()> {
        rows.row(&self.bytes)?;
        rows.row(&self.starts)?;
        rows.row(&self.slots)?;
        rows.row(&[self.seed, self.probe()])
    }

    fn read(rows: &mut Rows) -> Option<Self> {
        let (bytes, starts, slots) = (rows.row()?, rows.row()?, rows.row()?);
        let [seed, probe] = rows.row::<u64>()?.try_into().ok()?;
        let read = Self { bytes, starts, slots, seed };
        // Who looks for a text comes to an end at a free slot.
        let is_in_order = !read.starts.is_empty() && read.slots.contains(&FREE);
        (is_in_order && read.probe() == probe).then_some(read)
    }

    /// Tells whether a text has the hash that it had for whoever wrote them.
    fn probe(&self) -> u64 {
        FixedState::with_seed(self.seed).hash_one(&b"a text of some length"[..])
    }
}

impl Names {
    pub(super) fn id(&mut self, text: &str) -> NameId {
        NameId(self.0.number(text.as_bytes()))
    }

    pub(super) fn known(&self, text: &str) -> Option<NameId> {
        self.0.known(text.as_bytes()).map(NameId)
    }

    pub(super) fn text(&self, id: NameId) -> &str {
        std::str::from_utf8(self.0.text(id.0)).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn write(&self, rows: &mut RowsWriter) -> io::Result<()> {
        self.0.write(rows)
    }

    pub(super) fn read(rows: &mut Rows) -> Option<Self> {
        Numbered::read(rows).map(Self)
    }
}

impl Paths {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn place(&mut self, path: &Path) -> usize {
        self.0.number(path.as_os_str().as_bytes()) as usize
    }

    pub(super) fn known(&self, path: &Path) -> Option<usize> {
        self.0.known(path.as_os_str().as_bytes()).map(|number| number as usize)
    }

    pub(super) fn path(&self, place: usize) -> &Path {
        let bytes = u32::try_from(place).map_or(&[][..], |number| self.0.text(number));
        Path::new(OsStr::from_bytes(bytes))
    }

    pub(super) fn write(&self, rows: &mut RowsWriter) -> io::Result<()> {
        self.0.write(rows)
    }

    pub(super) fn read(rows: &mut Rows) -> Option<Self> {
        Numbered::read(rows).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::Seal;

    #[test]
    fn a_text_has_one_number_and_a_number_one_text() {
        let mut names = Names::default();
        let texts: Vec<String> = (0..2_000).map(|number| format!("näme_{number}")).collect();
        let ids: Vec<NameId> = texts.iter().map(|text| names.id(text)).collect();
        let empty = names.id("");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("names");
        let seal = || Seal::new(*b"testrows", &[]);
        let mut rows = RowsWriter::new(seal(), directory.path()).unwrap();
        names.write(&mut rows).unwrap();
        rows.put(&path).unwrap();
        let read = Names::read(&mut Rows::open(&path, seal()).unwrap()).unwrap();
        for mut names in [names, read] {
            for (text, id) in texts.iter().zip(&ids) {
                assert_eq!((names.id(text), names.known(text)), (*id, Some(*id)));
                assert_eq!(names.text(*id), text);
            }
            assert_eq!((names.text(empty), names.known("")), ("", Some(empty)));
            assert_eq!(
                (names.len(), names.known("other"), names.text(NameId(9_999))),
                (2_001, None, "")
            );
            assert_eq!((names.id("other"), names.len()), (NameId(2_001), 2_002));
        }
    }
}
