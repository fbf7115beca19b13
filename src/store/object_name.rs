//! The names of kept objects, and where in any bytes one may stand.
use std::io::{self, Read};

/// Hexadecimal digits of a name.
const DIGITS: usize = 40;
/// Bytes that are looked through at a time.
const BLOCK: usize = 256 * 1024;

/// A SHA-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ObjectName([u8; DIGITS / 2]);

impl ObjectName {
    /// From 40 hexadecimal digits and nothing else.
    pub(super) fn parse(digits: &[u8]) -> Option<Self> {
        if digits.len() != DIGITS {
            return None;
        }
        let mut name = [0; DIGITS / 2];
        for (byte, pair) in name.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Some(Self(name))
    }
}

/// Finds whatever may be the name of an object: each 40 hexadecimal digits in a row, also amidst more of them, whatever
/// stands around them. Nothing has to be understood for that, so that no damage and no other version hides a name.
pub(super) fn names_in(bytes: &[u8], mut found: impl FnMut(ObjectName)) {
    let mut rest = bytes;
    while let Some(window) = rest.get(..DIGITS) {
        // From behind: most windows of a text are passed over whole at the first look.
        let other = window.iter().rposition(|byte| !byte.is_ascii_hexdigit());
        let passed = match other {
            Some(other) => other + 1,
            None => {
                ObjectName::parse(window).into_iter().for_each(&mut found);
                1
            }
        };
        rest = &rest[passed..];
    }
}

/// As [`names_in`], to the end of a file of any size.
pub(super) fn names_in_file(
    mut file: impl Read,
    mut found: impl FnMut(ObjectName),
) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    let mut filled = 0;
    loop {
        let read = match file.read(&mut buffer[filled..]) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        filled += read;
        names_in(&buffer[..filled], &mut found);
        // A name may go on in the next piece.
        let left = filled.min(DIGITS - 1);
        buffer.copy_within(filled - left..filled, 0);
        filled = left;
    }
}

fn value(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "ce013625030ba8dba906f756967f9e9ca394464a";
    const TWO: &str = "E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391";

    /// A file that gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    #[track_caller]
    fn check(text: &[u8], wanted: &[&str]) {
        let wanted: Vec<_> =
            wanted.iter().map(|name| ObjectName::parse(name.as_bytes()).unwrap()).collect();
        let mut found = Vec::new();
        names_in(text, |name| found.push(name));
        assert_eq!(found, wanted, "{}", String::from_utf8_lossy(text));
        for step in [1, 7, 39, 40, 41, BLOCK] {
            let mut found = Vec::new();
            names_in_file(Slow(text, step), |name| {
                if found.last() != Some(&name) {
                    found.push(name);
                }
            })
            .unwrap();
            assert_eq!(found, wanted, "{step} bytes at a time");
        }
    }

    #[test]
    fn names_are_found_whatever_stands_around_them() {
        check(b"", &[]);
        check(ONE.as_bytes(), &[ONE]);
        check(&ONE.as_bytes()[1..], &[]);
        check(format!("{{\"blob\":\"{ONE}\"}}\n\0{TWO}").as_bytes(), &[ONE, TWO]);
        check(format!("{ONE}\u{0}\u{ff}{TWO}x").as_bytes(), &[ONE, TWO]);
        check(format!("{}g{}", &ONE[..20], &ONE[20..]).as_bytes(), &[]);
        // A digest of 64 digits may be a damaged line's name with others glued to it.
        let glued = format!("a{ONE}");
        check(glued.as_bytes(), &[&glued[..40], &glued[1..]]);
        let far = [&vec![b' '; BLOCK - 20][..], ONE.as_bytes(), &[b'.'; 100], TWO.as_bytes()];
        check(&far.concat(), &[ONE, TWO]);
    }
}
