//! Tells of output while it comes, in pieces of bounded size, and no faster than anybody could read.
use std::time::{Duration, Instant};

use super::output::without_torn_end;

const WINDOW: Duration = Duration::from_millis(100);
/// Bytes to tell of in each window; the rest is skipped.
const MOST: usize = 64 * 1024;
const PIECE: usize = 8 * 1024;

pub(super) struct Progress<'a> {
    tell: &'a mut (dyn FnMut(&str) + Send),
    /// The beginning of a character whose end has not come yet.
    torn: Vec<u8>,
    window: Instant,
    told: usize,
    skipped: usize,
}

impl<'a> Progress<'a> {
    pub(super) fn new(tell: &'a mut (dyn FnMut(&str) + Send)) -> Self {
        Self { tell, torn: Vec::new(), window: Instant::now(), told: 0, skipped: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.told >= MOST && self.window.elapsed() < WINDOW {
            self.skipped = self.skipped.saturating_add(bytes.len());
            self.torn.clear();
            return;
        }
        if self.told >= MOST {
            (self.window, self.told) = (Instant::now(), 0);
        }
        if self.skipped > 0 {
            (self.tell)(&format!("\n… {} bytes skipped …\n", self.skipped));
            self.skipped = 0;
        }
        self.told += bytes.len();
        let mut pending = std::mem::take(&mut self.torn);
        pending.extend_from_slice(bytes);
        let mut rest = pending.as_slice();
        while !rest.is_empty() {
            let piece = without_torn_end(&rest[..rest.len().min(PIECE)]);
            if piece.is_empty() {
                break;
            }
            (self.tell)(&String::from_utf8_lossy(piece));
            rest = &rest[piece.len()..];
        }
        self.torn = rest.to_vec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_come_whole_and_pieces_stay_small() {
        let text = "größe 数 ✓ ".repeat(2000);
        for size in [1, 2, 3, 5, 20_000] {
            let mut pieces: Vec<String> = Vec::new();
            let mut tell = |piece: &str| pieces.push(piece.to_owned());
            let mut progress = Progress::new(&mut tell);
            text.as_bytes().chunks(size).for_each(|bytes| progress.push(bytes));
            assert_eq!(pieces.concat(), text);
            assert!(pieces.iter().all(|piece| piece.len() <= PIECE));
        }
    }

    #[test]
    fn a_flood_is_not_told_whole() {
        let mut told = 0;
        let mut tell = |piece: &str| told += piece.len();
        let mut progress = Progress::new(&mut tell);
        (0..1000).for_each(|_| progress.push(&[b'y'; 16 * 1024]));
        assert!(told < 8 << 20, "{told}");
    }
}
