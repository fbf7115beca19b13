//! What stands in the input as one character: a large paste, an image.
use std::path::PathBuf;

use crate::tui::text::clean_line;

/// A text that is longer, or has more lines, is pasted as a chip.
const MOST_BYTES: usize = 1024;
const MOST_LINES: usize = 10;
/// Each chip has a character of the last private plane. What comes in with such a character becomes a chip itself, so
/// that none is taken for another.
const FIRST_MARK: u32 = 0x10_0000;
const LAST_MARK: u32 = 0x10_fffd;
const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    pub content: Content,
    /// Such as `[paste 1: 1.0 MB, 20,000 lines]`.
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Paste(String),
    Image(PathBuf),
    /// From the clipboard; its file is gone with this program.
    PassingImage(PathBuf),
}

/// All chips that ever were: a chip that was deleted can come back by undo.
#[derive(Debug, Clone, Default)]
pub(super) struct Chips(Vec<Chip>);

/// A text with its chips put back into words, and the images that it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    pub text: String,
    /// In the order in which the text names them.
    pub images: Vec<PathBuf>,
}

pub(super) fn is_mark(character: char) -> bool {
    (FIRST_MARK..=LAST_MARK).contains(&u32::from(character))
}

pub(super) fn mark(index: usize) -> char {
    let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(FIRST_MARK);
    char::from_u32(number.min(LAST_MARK)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether a path names a picture, by its end.
pub(super) fn is_image(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(name, end)| {
        !name.is_empty() && IMAGES.iter().any(|image| end.eq_ignore_ascii_case(image))
    })
}

impl Chips {
    pub(super) fn get(&self, character: char) -> Option<&Chip> {
        let index = u32::from(character).checked_sub(FIRST_MARK)?;
        self.0.get(usize::try_from(index).ok()?)
    }

    /// What stands in the input for a text that came in at once: itself, or a chip.
    pub(super) fn take_in(&mut self, text: String) -> String {
        let is_large = text.len() > MOST_BYTES || text.lines().nth(MOST_LINES).is_some();
        if is_large || text.contains(is_mark) { self.add_paste(text) } else { text }
    }

    /// A text of others in which no character is taken for a chip.
    pub(super) fn take_in_marks(&mut self, text: String) -> String {
        if text.contains(is_mark) { self.add_paste(text) } else { text }
    }

    pub(super) fn add_image(&mut self, path: PathBuf) -> String {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let label = self.image_label(&clean_line(&name));
        self.add(Chip { content: Content::Image(path), label })
    }

    pub(super) fn add_passing_image(&mut self, path: PathBuf) -> String {
        let label = self.image_label("from the clipboard");
        self.add(Chip { content: Content::PassingImage(path), label })
    }

    fn image_label(&self, name: &str) -> String {
        let number = 1 + self.0.iter().filter(|chip| chip.content.image().is_some()).count();
        format!("[image {number}: {name}]")
    }

    fn add_paste(&mut self, text: String) -> String {
        let is_paste = |chip: &&Chip| matches!(chip.content, Content::Paste(_));
        let number = 1 + self.0.iter().filter(is_paste).count();
        let lines = text.lines().count();
        let unit = if lines == 1 { "line" } else { "lines" };
        let label = format!("[paste {number}: {}, {} {unit}]", size(text.len()), grouped(lines));
        self.add(Chip { content: Content::Paste(text), label })
    }

    fn add(&mut self, chip: Chip) -> String {
        let character = mark(self.0.len());
        if self.0.len() < (LAST_MARK - FIRST_MARK) as usize {
            self.0.push(chip);
        }
        character.to_string()
    }

    /// What is sent.
    pub(super) fn expand(&self, text: &str) -> Message {
        let mut message = Message::default();
        for character in text.chars() {
            let Some(chip) = self.get(character) else {
                message.text.push(character);
                continue;
            };
            message.text.push_str(chip.written_out());
            message.images.extend(chip.content.image().cloned());
        }
        message
    }

    /// A message with its images as chips again. What else was a chip is one where it is large.
    pub(super) fn fold_images(&self, message: &Message) -> String {
        let of_the_message = |chip: &Chip| match &chip.content {
            Content::Image(path) | Content::PassingImage(path) => message.images.contains(path),
            Content::Paste(text) => message.text.contains(text.as_str()),
        };
        let chips = self.0.iter().enumerate().filter(|(_, chip)| of_the_message(chip));
        let marks: String = chips.map(|(index, _)| mark(index)).collect();
        self.fold(&marks, &message.text)
    }

    /// What is kept for another day: small pastes in full; the labels of large ones, and of images that are gone by then.
    pub(super) fn abridge(&self, text: &str, most_bytes: usize) -> String {
        let mut kept = String::with_capacity(text.len());
        for character in text.chars() {
            match self.get(character).map(|chip| (&chip.content, &chip.label)) {
                None => kept.push(character),
                Some((Content::Image(path), _)) => kept.push_str(&format!("@{}", path.display())),
                Some((Content::Paste(text), _)) if text.len() <= most_bytes => kept.push_str(text),
                Some((Content::Paste(_) | Content::PassingImage(_), label)) => kept.push_str(label),
            }
        }
        kept
    }

    /// The chips of `before` put back into an edited text where what they stand for is still there.
    pub(super) fn fold(&self, before: &str, edited: &str) -> String {
        let mut folded = edited.to_owned();
        for character in before.chars() {
            let Some(whole) = self.get(character).map(Chip::written_out) else { continue };
            if let Some(at) = folded.find(whole) {
                folded.replace_range(at..at + whole.len(), character.encode_utf8(&mut [0; 4]));
            }
        }
        folded
    }
}

impl Chip {
    /// What it is in words: a paste itself, an image by its label.
    fn written_out(&self) -> &str {
        match &self.content {
            Content::Paste(text) => text,
            Content::Image(_) | Content::PassingImage(_) => &self.label,
        }
    }
}

impl Content {
    fn image(&self) -> Option<&PathBuf> {
        match self {
            Self::Image(path) | Self::PassingImage(path) => Some(path),
            Self::Paste(_) => None,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..999_950 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A number with commas between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_how_much_there_is() {
        for (text, label) in [
            ("x".repeat(1_050).as_str(), "[paste 1: 1.1 kB, 1 line]"),
            ("x\n".repeat(20_000).as_str(), "[paste 1: 40.0 kB, 20,000 lines]"),
            ("x".repeat(1_048_576).as_str(), "[paste 1: 1.0 MB, 1 line]"),
            ("x".repeat(999_960).as_str(), "[paste 1: 1.0 MB, 1 line]"),
            ("\n".repeat(11).as_str(), "[paste 1: 11 B, 11 lines]"),
        ] {
            let mut chips = Chips::default();
            chips.take_in(text.to_owned());
            assert_eq!(chips.get(mark(0)).unwrap().label, label);
        }
        assert_eq!([grouped(1), grouped(1234), grouped(1_234_567)], ["1", "1,234", "1,234,567"]);
        let mut chips = Chips::default();
        chips.add_image("/a/b\u{1b}[2J.png".into());
        assert_eq!(chips.get(mark(0)).unwrap().label, "[image 1: b\\u{1b}[2J.png]");
    }

    #[test]
    fn what_comes_in_is_a_chip_or_itself() {
        let mut chips = Chips::default();
        for (text, is_chip) in [
            ("short".to_owned(), false),
            ("a\n".repeat(10), false),
            ("a\n".repeat(11), true),
            ("a".repeat(1024), false),
            ("a".repeat(1025), true),
            ("icon \u{100001}".to_owned(), true),
        ] {
            let taken = chips.take_in(text.clone());
            assert_eq!(taken != text, is_chip, "{text:?}");
            assert_eq!(chips.expand(&taken).text, text);
        }
    }
}
