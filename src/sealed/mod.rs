//! Bytes that prove to be whole, and to be laid out as this version of the program does it: what is kept to be faster the
//! next time, and made again where it is anything else.
mod arrays;

use std::{
    fs,
    io::{self, Write},
    path::Path,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

pub use arrays::{Rest, Rows, RowsWriter};

/// Of one kind of files.
#[derive(Debug, Clone)]
pub struct Seal {
    magic: [u8; 8],
    version: [u8; 16],
}

/// Bytes before the body: the magic, the version and the body's hash.
pub const HEADER: usize = HASH + 32;
/// Where in it the hash stands.
const HASH: usize = 8 + 16;

impl Seal {
    /// `layout` is all that decides on what the bytes are and mean.
    pub fn new(magic: [u8; 8], layout: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in layout {
            hasher.update(part);
        }
        let mut version = [0; 16];
        hasher.finalize_xof().fill(&mut version);
        Self { magic, version }
    }

    pub fn put_on(&self, body: &impl Serialize) -> Result<Vec<u8>, postcard::Error> {
        let mut bytes = postcard::to_extend(body, vec![0; HEADER])?;
        if let Some((header, body)) = bytes.split_at_mut_checked(HEADER) {
            header.copy_from_slice(&self.header(blake3::hash(body)));
        }
        Ok(bytes)
    }

    /// Whether the bytes are as they were written.
    pub fn is_on(&self, bytes: &[u8]) -> bool {
        let Some((header, body)) = bytes.split_at_checked(HEADER) else { return false };
        header == self.header(blake3::hash(body))
    }

    /// `None` for what is not as it was written, or was laid out otherwise.
    pub fn take_off<'a, T: Deserialize<'a>>(&self, bytes: &'a [u8]) -> Option<T> {
        self.is_on(bytes).then(|| postcard::from_bytes(&bytes[HEADER..]).ok()).flatten()
    }

    fn header(&self, hash: blake3::Hash) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(&self.magic);
        header[8..HASH].copy_from_slice(&self.version);
        header[HASH..].copy_from_slice(hash.as_bytes());
        header
    }
}

/// Puts bytes at a path, so that they are there whole or not at all. The directory has to be there.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether nothing was put there for so long.
pub fn is_older(path: &Path, than: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| modified + than < SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_it_was_written_is_nothing() {
        let seal = Seal::new(*b"testseal", &[b"1"]);
        let bytes = seal.put_on(&vec![1_u8, 2, 3]).unwrap();
        assert_eq!(seal.take_off(&bytes), Some(vec![1_u8, 2, 3]));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(seal.take_off::<Vec<u8>>(&damaged), None, "{at}");
            assert_eq!(seal.take_off::<Vec<u8>>(&bytes[..at]), None, "{at}");
        }
        assert_eq!(Seal::new(*b"testseal", &[b"2"]).take_off::<Vec<u8>>(&bytes), None);
    }
}
