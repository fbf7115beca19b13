//! Large bytes as loose objects of git's object store, written and read piece by piece.
//!
//! They are not compressed: that would take longer than all else that is done to change a file.
use std::{
    fs::{File, Permissions},
    io::{self, BufWriter, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

use super::private_files::sync_directory;

/// Bytes that are compared and written at a time.
const BLOCK: usize = 256 * 1024;
/// As git names its own, so that its clearing up finds what a killed process leaves.
const TEMPORARY: &str = "tmp_obj_";

/// Whether a file holds the object of these bytes, undamaged.
pub(super) fn holds(path: &Path, bytes: &[u8]) -> bool {
    File::open(path).and_then(|file| is_object(&file, bytes)).unwrap_or_default()
}

/// Writes the object of these bytes in place of whatever the file holds. On the disk when this returns.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(directory)?;
    let output = BufWriter::with_capacity(BLOCK, file.as_file_mut());
    let mut encoder = ZlibEncoder::new(output, Compression::none());
    encoder.write_all(&header(bytes))?;
    encoder.write_all(bytes)?;
    encoder.finish()?.flush()?;
    file.as_file().set_permissions(Permissions::from_mode(0o400))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_directory(directory)
}

fn is_object(file: &File, bytes: &[u8]) -> io::Result<bool> {
    let mut found = ZlibDecoder::new(file);
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

fn header(bytes: &[u8]) -> Vec<u8> {
    format!("blob {}\0", bytes.len()).into_bytes()
}
