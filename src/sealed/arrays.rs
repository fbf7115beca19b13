//! Long rows of numbers under one seal, which are read as they lie: nothing is taken apart and put together again.
//!
//! Behind them may follow what is read piece by piece, and so has to prove by itself that it is whole.
use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
    mem::size_of,
    path::Path,
};

use tempfile::NamedTempFile;
use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::{HASH, HEADER, Seal};

/// Writes rows, and then the rest.
pub struct RowsWriter {
    file: BufWriter<NamedTempFile>,
    hasher: blake3::Hasher,
    seal: Seal,
    /// Bytes that were written.
    length: u64,
}

/// Reads rows in the order in which they were written. None of them is to be believed before [`Rows::end`] has said so.
pub struct Rows {
    file: File,
    hasher: blake3::Hasher,
    seal: Seal,
    header: [u8; HEADER],
    at: u64,
    length: u64,
}

/// What follows the rows, in a file that stays what it is when another takes its place.
#[derive(Debug)]
pub struct Rest {
    pub file: File,
    /// Where it begins.
    pub start: u64,
    /// Of the rows.
    pub hash: [u8; 32],
}

/// Bytes that are hashed while they are still near the processor.
const AT_A_TIME: usize = 128 << 10;

impl RowsWriter {
    /// Of a file that will lie in this directory.
    pub fn new(seal: Seal, directory: &Path) -> io::Result<Self> {
        let mut file = BufWriter::new(NamedTempFile::new_in(directory)?);
        file.write_all(&[0; HEADER])?;
        Ok(Self { file, hasher: blake3::Hasher::new(), seal, length: HEADER as u64 })
    }

    pub fn row<T: IntoBytes + Immutable>(&mut self, row: &[T]) -> io::Result<()> {
        for bytes in [(row.len() as u64).as_bytes(), row.as_bytes()] {
            self.hasher.update(bytes);
            self.file.write_all(bytes)?;
            self.length += bytes.len() as u64;
        }
        Ok(())
    }

    /// A piece of the rest.
    pub fn rest(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)
    }

    /// Puts the file at a path of its directory, so that it is there whole or not at all.
    pub fn put(self, path: &Path) -> io::Result<Rest> {
        let hash = self.hasher.finalize();
        let mut file = self.file.into_inner()?;
        file.rewind()?;
        file.write_all(&self.seal.header(hash))?;
        let file = file.persist(path).map_err(|error| error.error)?;
        Ok(Rest { file, start: self.length, hash: *hash.as_bytes() })
    }
}

impl Rows {
    /// `None` where the file can't be read, or was laid out otherwise.
    pub fn open(path: &Path, seal: Seal) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        let is_ours = header[..HASH] == seal.header(blake3::hash(b""))[..HASH];
        is_ours.then_some(())?;
        let hasher = blake3::Hasher::new();
        Some(Self { file, hasher, seal, header, at: HEADER as u64, length })
    }

    /// `None` where there is no such row.
    pub fn row<T: FromBytes + IntoBytes>(&mut self) -> Option<Vec<T>> {
        let mut count = 0_u64;
        self.read(count.as_mut_bytes())?;
        // A file that is damaged may ask for any memory.
        let left = self.length.saturating_sub(self.at);
        let bytes = count.checked_mul(size_of::<T>() as u64).filter(|bytes| *bytes <= left);
        bytes?;
        let mut row = T::new_vec_zeroed(usize::try_from(count).ok()?).ok()?;
        self.read(row.as_mut_bytes())?;
        Some(row)
    }

    /// `None` where the rows are not as they were written.
    pub fn end(self) -> Option<Rest> {
        let hash = self.hasher.finalize();
        let is_whole = self.header == self.seal.header(hash);
        is_whole.then(|| Rest { file: self.file, start: self.at, hash: *hash.as_bytes() })
    }

    fn read(&mut self, bytes: &mut [u8]) -> Option<()> {
        for part in bytes.chunks_mut(AT_A_TIME) {
            self.file.read_exact(part).ok()?;
            self.hasher.update(part);
        }
        self.at += bytes.len() as u64;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn rows_that_are_not_as_they_were_written_are_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rows");
        let seal = || Seal::new(*b"testrows", &[b"1"]);
        let mut writer = RowsWriter::new(seal(), directory.path()).unwrap();
        writer.row(&[1_u32, 2, 3]).unwrap();
        writer.row::<u64>(&[]).unwrap();
        writer.row(b"letters").unwrap();
        writer.rest(b"the rest").unwrap();
        let length = usize::try_from(writer.put(&path).unwrap().start).unwrap();
        let read = |seal: Seal| {
            let mut rows = Rows::open(&path, seal)?;
            let read = (rows.row::<u32>()?, rows.row::<u64>()?, rows.row::<u8>()?);
            rows.end().map(|rest| (read, usize::try_from(rest.start).unwrap()))
        };
        let whole = (vec![1, 2, 3], Vec::new(), b"letters".to_vec());
        assert_eq!(read(seal()), Some((whole.clone(), length)));
        let bytes = fs::read(&path).unwrap();
        assert_eq!(&bytes[length..], b"the rest");
        for at in 0..length {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(read(seal()), None, "{at}");
            fs::write(&path, &bytes[..at]).unwrap();
            assert_eq!(read(seal()), None, "{at}");
        }
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read(Seal::new(*b"testrows", &[b"2"])), None);
        assert!(read(seal()).is_some());
    }
}
