//! Loose objects of git's object store, read, compared and written piece by piece.
//!
//! Not by libgit2, which never comes to an end of one that was cut short, and can only wait for the disk one by one.
use std::{
    ffi::OsStr,
    fs::{File, Permissions},
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::SystemTime,
};

use flate2::{Compression, bufread::ZlibDecoder, write::ZlibEncoder};

/// Bytes that are compared and written at a time.
const BLOCK: usize = 256 * 1024;
/// As git names its own, so that its clearing up finds what a killed process leaves.
const TEMPORARY: &str = "tmp_obj_";
/// Bytes. Of `blob`, a space, the length in decimal and a zero byte.
const LONGEST_HEADER: usize = 32;
/// How many times its own size a stream of zlib can become at most.
const DENSEST: u64 = 1032;

/// Whether a file holds the object of these bytes, undamaged.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    File::open(path).and_then(|file| is_object(&file, bytes)).unwrap_or_default()
}

/// As [`holds`]; and if so, its file is from now on as young as one that is just written.
pub(super) fn renew(path: &Path, bytes: &[u8]) -> bool {
    let is_held = holds(path, bytes);
    if is_held {
        // The lock is what keeps it from being pruned; that it is young guards it a second time.
        let _ = File::open(path).and_then(|file| file.set_modified(SystemTime::now()));
    }
    is_held
}

/// Whether a file has a name that unfinished objects have, ours or those of git and libgit2.
pub(super) fn is_temporary(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"tmp_obj")
}

/// The bytes of the blob that a file holds, in whole and by their own checksum; whether they are those of its name is for
/// the caller to see.
///
/// # Errors
/// Of the kind `NotFound` when there is no file, `InvalidData` when it holds no whole blob.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    // Few and large pieces: with each, the decoder looks after its window anew.
    let piece = usize::try_from(size).unwrap_or(BLOCK).min(BLOCK);
    let mut object = ZlibDecoder::new(BufReader::with_capacity(piece, file));
    let mut start = [0; LONGEST_HEADER];
    let started = fill(&mut object, &mut start).map_err(as_damage)?;
    let (length, begun) = header_of(&start[..started]).ok_or_else(damaged)?;
    if length > size.saturating_mul(DENSEST) {
        return Err(damaged());
    }
    let room = usize::try_from(length).map_err(|_| damaged())?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(room)?;
    bytes.extend_from_slice(begun);
    bytes.resize(room.max(begun.len()), 0);
    let read = begun.len() + fill(&mut object, &mut bytes[begun.len()..]).map_err(as_damage)?;
    // What is read beyond its length is a sign of damage; reading to the end holds the bytes against their checksum.
    let is_at_end = object.read(&mut [0]).map_err(as_damage)? == 0;
    if read == room && is_at_end { Ok(bytes) } else { Err(damaged()) }
}

/// Writes the object of these bytes in place of whatever the file holds. Its bytes are on the disk when this returns, its
/// name is when the directory is synced.
pub(super) fn write(path: &Path, bytes: &[u8], effort: Compression) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(directory)?;
    let output = BufWriter::with_capacity(BLOCK, file.as_file_mut());
    let mut encoder = ZlibEncoder::new(output, effort);
    encoder.write_all(&header(bytes))?;
    encoder.write_all(bytes)?;
    encoder.finish()?.flush()?;
    file.as_file().set_permissions(Permissions::from_mode(0o400))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// The length that a header promises, and what stands behind it.
fn header_of(start: &[u8]) -> Option<(u64, &[u8])> {
    let end = memchr::memchr(0, start)?;
    let digits = start[..end].strip_prefix(b"blob ")?;
    Some((str::from_utf8(digits).ok()?.parse().ok()?, &start[end + 1..]))
}

/// Reads until there is no room or no more; returns how much was read.
fn fill(from: &mut impl Read, mut room: &mut [u8]) -> io::Result<usize> {
    let whole = room.len();
    while !room.is_empty() {
        match from.read(room)? {
            0 => break,
            read => room = &mut room[read..],
        }
    }
    Ok(whole - room.len())
}

/// What a decoder says of bytes that are none of its own. Failures of the disk stay what they are.
fn as_damage(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            damaged()
        }
        _ => error,
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the object is damaged")
}

fn is_object(file: &File, bytes: &[u8]) -> io::Result<bool> {
    let mut found = ZlibDecoder::new(BufReader::new(file));
    let header = header(bytes);
    let mut block = vec![0; BLOCK];
    for expected in std::iter::once(&*header).chain(bytes.chunks(BLOCK)) {
        let part = &mut block[..expected.len()];
        found.read_exact(part)?;
        if part != expected {
            return Ok(false);
        }
    }
    // Reading to the end holds the bytes against their checksum.
    Ok(found.read(&mut block)? == 0)
}

/// What git hashes and stores in front of a blob.
pub(super) fn header(bytes: &[u8]) -> Vec<u8> {
    format!("blob {}\0", bytes.len()).into_bytes()
}
