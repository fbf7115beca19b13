//! The image in the clipboard of the user's desktop, by the programs that desktops have for it.
//!
//! A library would hold a connection to the display and a C library or forty crates for what is done once a day; these
//! programs are there, or are named to be installed.
use std::{path::PathBuf, time::Duration};

use thiserror::Error;
use url::Url;

use super::{Allowance, Desktop, DesktopError};

/// What the clipboard holds of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    Bytes(Vec<u8>),
    /// A file that was copied where files are shown.
    File(PathBuf),
}

#[derive(Debug, Error)]
pub enum ClipboardError {
    #[error("there is no image in the clipboard")]
    NoImage,
    #[error(
        "no clipboard can be reached from here: paste the path of an image file instead, or write @ and its name"
    )]
    NoDesktop,
    #[error("reading the clipboard takes the program {0}")]
    NoProgram(&'static str),
    #[error("the clipboard can't be read: {0}")]
    Program(#[from] DesktopError),
}

/// A program that reads the clipboard, and how it is asked.
struct Reader {
    program: &'static str,
    /// What to install where it is missing.
    install: &'static str,
    /// Lists the types that there are, a line each.
    types: &'static [&'static str],
    /// Gives what is of the type that is written behind.
    content: &'static [&'static str],
}

const WAYLAND: Reader = Reader {
    program: "wl-paste",
    install: "`wl-paste`: install wl-clipboard",
    types: &["--list-types"],
    content: &["--no-newline", "--type"],
};
const X11: Reader = Reader {
    program: "xclip",
    install: "`xclip`: install it",
    types: &["-selection", "clipboard", "-o", "-t", "TARGETS"],
    content: &["-selection", "clipboard", "-o", "-t"],
};

/// The first that there is, is taken.
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const FILES: &str = "text/uri-list";

const TIME: Duration = Duration::from_secs(5);
/// Of the answers that are no image.
const MOST_WORDS: usize = 1 << 20;

impl Desktop {
    /// What the clipboard holds of an image, of so many bytes at most.
    ///
    /// # Errors
    /// When there is none, or nothing that could read it.
    pub async fn clipboard_image(&self, most: usize) -> Result<Held, ClipboardError> {
        if cfg!(target_os = "macos") {
            return self.macos_image(most).await;
        }
        let is_set = |name: &str| self.environment.iter().any(|(it, _)| it == name);
        let readers = [("WAYLAND_DISPLAY", WAYLAND), ("DISPLAY", X11)];
        let mut wanted = None;
        for (_, reader) in readers.into_iter().filter(|(name, _)| is_set(name)) {
            match self.read(&reader, most).await {
                // The other desktop's program may be there, and see the same clipboard.
                Err(ClipboardError::Program(DesktopError::Missing(_))) => {
                    wanted.get_or_insert(reader.install);
                }
                read => return read,
            }
        }
        Err(wanted.map_or(ClipboardError::NoDesktop, ClipboardError::NoProgram))
    }

    async fn read(&self, reader: &Reader, most: usize) -> Result<Held, ClipboardError> {
        let words = Allowance { time: TIME, bytes: MOST_WORDS };
        let types = match self.run(reader.program, reader.types, words).await {
            // So it says that the clipboard is empty.
            Err(DesktopError::Failed { .. }) => return Err(ClipboardError::NoImage),
            types => String::from_utf8_lossy(&types?).into_owned(),
        };
        let is_there = |wanted: &&str| types.lines().any(|line| line.trim() == *wanted);
        if let Some(image) = IMAGES.into_iter().find(is_there) {
            let arguments = [reader.content, &[image]].concat();
            let image = Allowance { time: TIME, bytes: most };
            return Ok(Held::Bytes(self.run(reader.program, &arguments, image).await?));
        }
        if !is_there(&FILES) {
            return Err(ClipboardError::NoImage);
        }
        let arguments = [reader.content, &[FILES]].concat();
        let files = self.run(reader.program, &arguments, words).await?;
        first_file(&String::from_utf8_lossy(&files)).ok_or(ClipboardError::NoImage)
    }

    async fn macos_image(&self, most: usize) -> Result<Held, ClipboardError> {
        const SCRIPT: &str = "the clipboard as «class PNGf»";
        // Each byte is two digits.
        let allowance = Allowance { time: TIME, bytes: 2 * most + MOST_WORDS };
        match self.run("osascript", &["-e", SCRIPT], allowance).await {
            Err(DesktopError::Failed { .. }) => Err(ClipboardError::NoImage),
            answer => {
                let answer = answer?;
                bytes_of_data(&answer).map(Held::Bytes).ok_or(ClipboardError::NoImage)
            }
        }
    }
}

/// The first file of a list of addresses.
fn first_file(list: &str) -> Option<Held> {
    let urls = list.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let path = urls.filter_map(|line| Url::parse(line).ok()?.to_file_path().ok()).next()?;
    Some(Held::File(path))
}

/// The bytes in what AppleScript writes for data: `«data PNGf89504E…»`.
fn bytes_of_data(answer: &[u8]) -> Option<Vec<u8>> {
    let start = memchr::memmem::find(answer, b"PNGf")? + 4;
    let digits = answer[start..].iter().map_while(|byte| char::from(*byte).to_digit(16));
    let digits: Vec<u32> = digits.collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().filter_map(|[high, low]| u8::try_from(high * 16 + low).ok());
    (rest.is_empty() && !pairs.is_empty()).then(|| bytes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_applescript_is_read() {
        let read = |text: &str| bytes_of_data(text.as_bytes());
        assert_eq!(read("«data PNGf89504E47»\n"), Some(vec![0x89, b'P', b'N', b'G']));
        assert_eq!(read("«data PNGf89504»\n"), None);
        assert_eq!(read("«data PNGf»\n"), None);
        assert_eq!(read("some text"), None);
    }

    #[test]
    fn a_copied_file_is_the_first_of_the_list() {
        let held = first_file("# two\r\nfile:///a%20b.png\r\nfile:///c.png\r\n");
        assert_eq!(held, Some(Held::File("/a b.png".into())));
        assert_eq!(first_file("https://example.com/a.png"), None);
    }
}
