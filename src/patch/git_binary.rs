//! What git takes for binary, as the part of a diff that `git apply` takes: `GIT binary patch`, forwards and back.
use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use sha1::{Digest, Sha1};

use super::hunks::bytes_of;
use crate::protocol::{FileChange, FileState};

const DIGITS: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
const LONGEST_LINE: usize = 52;

/// The lines below a file's `diff --git` and its modes. `mode` is the one that both versions have.
pub(super) fn write(diff: &mut Vec<u8>, file: &FileChange, mode: Option<&str>) {
    let mode = mode.map(|mode| format!(" {mode}")).unwrap_or_default();
    let (old, new) = (object_id(&file.before), object_id(&file.after));
    diff.extend_from_slice(format!("index {old}..{new}{mode}\nGIT binary patch\n").as_bytes());
    write_literal(diff, bytes_of(&file.after));
    write_literal(diff, bytes_of(&file.before));
}

/// The name that git has for the bytes. It applies no binary patch without, and holds the bytes against it.
fn object_id(state: &Option<FileState>) -> String {
    let Some(state) = state else { return "0".repeat(40) };
    let mut object = format!("blob {}\0", state.bytes.len()).into_bytes();
    object.extend_from_slice(&state.bytes);
    let id = Sha1::digest(&object);
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_literal(diff: &mut Vec<u8>, bytes: &[u8]) {
    diff.extend_from_slice(format!("literal {}\n", bytes.len()).as_bytes());
    for line in compressed(bytes).chunks(LONGEST_LINE) {
        diff.push(length_sign(line.len()));
        for group in line.chunks(4) {
            diff.extend_from_slice(&in_base_85(group));
        }
        diff.push(b'\n');
    }
    diff.push(b'\n');
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; an incomplete stream would be refused by its reader.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// `A` to `Z` for 1 to 26 bytes, `a` to `z` for 27 to 52.
fn length_sign(length: usize) -> u8 {
    let length = u8::try_from(length).unwrap_or_default();
    if length <= 26 { b'A' + length.saturating_sub(1) } else { b'a' + (length - 27) }
}

/// Four bytes, or the last ones filled up with zeros, as five digits.
fn in_base_85(group: &[u8]) -> [u8; 5] {
    let mut bytes = [0; 4];
    bytes[..group.len()].copy_from_slice(group);
    let mut value = u32::from_be_bytes(bytes);
    let mut digits = [0; 5];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(value % 85) as usize];
        value /= 85;
    }
    digits
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn names_are_those_that_git_gives() {
        let check = |bytes: &'static [u8], wanted: &str| {
            let state = FileState {
                bytes: Bytes::from_static(bytes),
                executable: false,
                ..FileState::default()
            };
            assert_eq!(object_id(&Some(state)), wanted);
        };
        check(b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        check(b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn digits_are_those_that_git_writes() {
        assert_eq!(in_base_85(b"\x78\x9c\x03\x00"), *b"c$@<O");
        assert_eq!(in_base_85(b"\xff\xff\xff\xff"), *b"|NsC0");
        assert_eq!(length_sign(1), b'A');
        assert_eq!(length_sign(26), b'Z');
        assert_eq!(length_sign(27), b'a');
        assert_eq!(length_sign(52), b'z');
    }
}
