//! The output of a command in bounded memory: its beginning, its end, and most of it whole.

/// Keeps what a command writes.
pub(super) struct Output {
    shown_limit: usize,
    whole_limit: usize,
    /// What came first, up to `whole_limit`.
    whole: Vec<u8>,
    /// The last of what came after that.
    rest: Vec<u8>,
    total: usize,
}

/// Bytes.
const LONGEST_KEY: usize = 4096;
/// Room for the line that says how much is missing.
const CUT_LINE: usize = 40;

impl Output {
    pub(super) fn new(shown_limit: usize, whole_limit: usize) -> Self {
        let whole_limit = whole_limit.max(shown_limit);
        Self { shown_limit, whole_limit, whole: Vec::new(), rest: Vec::new(), total: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.total = self.total.saturating_add(bytes.len());
        let room = self.whole_limit - self.whole.len();
        let (first, rest) = bytes.split_at(bytes.len().min(room));
        self.whole.extend_from_slice(first);
        self.rest.extend_from_slice(rest);
        if self.rest.len() > self.shown_limit.saturating_mul(2) {
            self.rest.drain(..self.rest.len() - self.shown_limit);
        }
    }

    /// What to show, and where that is cut, the whole.
    pub(super) fn finish(self) -> (String, Option<Vec<u8>>) {
        let room = self.shown_limit.saturating_sub(CUT_LINE);
        if self.total <= self.shown_limit {
            let text = String::from_utf8_lossy(&self.whole);
            if text.len() <= self.shown_limit {
                return (text.into_owned(), None);
            }
        }
        let mut shown = self.cut(room / 2);
        if shown.len() > self.shown_limit {
            // Each byte that is no text takes three.
            shown = self.cut(room / 6);
        }
        (shown, Some(self.whole))
    }

    /// At most `half` bytes from either end, whole lines where lines are short.
    fn cut(&self, half: usize) -> String {
        let head = &self.whole[..half.min(self.whole.len())];
        let head = match head.iter().rposition(|byte| *byte == b'\n') {
            Some(at) if at + 1 >= half / 2 => &head[..=at],
            _ => without_torn_word(head),
        };
        let missing = half.saturating_sub(self.rest.len()).min(self.whole.len());
        let mut tail = self.whole[self.whole.len() - missing..].to_vec();
        tail.extend_from_slice(&self.rest[self.rest.len().saturating_sub(half)..]);
        let tail = match tail.iter().position(|byte| *byte == b'\n') {
            Some(at) if at < half / 2 => &tail[at + 1..],
            _ => {
                let tail = without_torn_start(&tail);
                &tail[word_length(tail.iter())..]
            }
        };
        let cut = self.total.saturating_sub(head.len() + tail.len());
        let mut shown = String::from_utf8_lossy(head).into_owned();
        if !shown.is_empty() && !shown.ends_with('\n') {
            shown.push('\n');
        }
        shown.push_str(&format!("… {cut} bytes cut …\n"));
        shown.push_str(&String::from_utf8_lossy(tail));
        shown
    }
}

/// The bytes without a character at their end that goes on after it.
pub(super) fn without_torn_end(bytes: &[u8]) -> &[u8] {
    let last = bytes.iter().rev().take(4).position(|byte| !is_continuation(*byte));
    let Some(behind) = last else { return bytes };
    let needed = match bytes[bytes.len() - 1 - behind] {
        0xc2..=0xdf => 1,
        0xe0..=0xef => 2,
        0xf0..=0xf4 => 3,
        _ => 0,
    };
    if needed > behind { &bytes[..bytes.len() - 1 - behind] } else { bytes }
}

/// Half a word may be half a key, which nobody would know for one.
fn without_torn_word(bytes: &[u8]) -> &[u8] {
    let bytes = without_torn_end(bytes);
    &bytes[..bytes.len() - word_length(bytes.iter().rev())]
}

/// Bytes until the first that stands in no key; none where they are too many for one.
fn word_length<'a>(mut bytes: impl Iterator<Item = &'a u8>) -> usize {
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`,;<>(){}[]&|".contains(byte);
    bytes.by_ref().take(LONGEST_KEY).position(is_between).unwrap_or(0)
}

fn without_torn_start(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().take(3).take_while(|byte| is_continuation(**byte)).count();
    &bytes[start..]
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(pieces: &[&[u8]]) -> (String, Option<Vec<u8>>) {
        let mut output = Output::new(100, 200);
        pieces.iter().for_each(|piece| output.push(piece));
        output.finish()
    }

    #[test]
    fn short_output_is_shown_whole() {
        assert_eq!(finish(&[]), (String::new(), None));
        assert_eq!(finish(&[b"a\n", b"b"]), ("a\nb".to_owned(), None));
        assert_eq!(finish(&[b"a\xffb"]), ("a\u{fffd}b".to_owned(), None));
        assert_eq!(finish(&[&[b'x'; 100]]), ("x".repeat(100), None));
    }

    #[test]
    fn long_output_is_cut_in_the_middle() {
        let lines: Vec<u8> =
            (0..1000).flat_map(|line| format!("line {line}\n").into_bytes()).collect();
        let (shown, whole) = finish(&lines.chunks(7).collect::<Vec<_>>());
        assert!(shown.len() <= 100, "{shown}");
        assert!(shown.starts_with("line 0\nline 1\n"), "{shown}");
        assert!(shown.ends_with("line 998\nline 999\n"), "{shown}");
        let kept: usize =
            shown.lines().filter(|line| line.starts_with("line")).map(|line| line.len() + 1).sum();
        assert!(shown.contains(&format!("\n… {} bytes cut …\n", lines.len() - kept)), "{shown}");
        assert_eq!(whole.unwrap(), lines[..200]);
    }

    #[test]
    fn no_key_is_shown_in_half() {
        for shift in 0..17 {
            let text = "x".repeat(shift) + &" canary0123456789".repeat(100);
            let (shown, _) = finish(&[text.as_bytes()]);
            let parts = shown.split_whitespace().filter(|word| word.contains(['y', '9']));
            let whole = parts.filter(|word| *word != "bytes");
            assert!(whole.clone().count() > 0, "{shown}");
            assert!(whole.clone().all(|word| word == "canary0123456789"), "{shown}");
        }
    }

    #[test]
    fn characters_are_not_torn() {
        for shift in 0..4 {
            let text = "x".repeat(shift) + &"数".repeat(100);
            let (shown, whole) = finish(&[text.as_bytes()]);
            assert!(!shown.contains('\u{fffd}') && shown.len() <= 100, "{shown}");
            assert_eq!(whole.unwrap(), text.as_bytes()[..200]);
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_within_the_limit() {
        let (shown, whole) = finish(&[&[0xff; 90]]);
        assert!(shown.len() <= 100 && shown.contains("bytes cut"), "{shown}");
        assert_eq!(whole.unwrap(), [0xff; 90]);
    }
}
