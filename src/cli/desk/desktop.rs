//! Programs of the user's desktop for the terminal's face: what tells of news, and what has the clipboard.
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::PoisonError,
    time::Duration,
};

use tokio::runtime::Handle;

use super::{
    super::{CommandError, input},
    ScreenDesk,
};
use crate::{
    process::{Allowance, Desktop, Held},
    tools,
    tui::{
        clipboard::Doubt,
        desk::{Answer, ClipboardImage, KeptCopy},
        notify::News,
    },
};

/// A notification that takes longer is none any more.
const TO_NOTIFY: Allowance = Allowance { time: Duration::from_secs(10), bytes: 1 << 20 };

impl ScreenDesk {
    pub(super) fn notify(&self, news: &News) -> Result<Answer, CommandError> {
        let Some((program, arguments)) = self.notifier.split_first() else {
            return Ok(Answer::Nothing);
        };
        let line = news.line();
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        arguments.push(&line);
        let desktop = self.desktop()?;
        let running = desktop.run(program, &arguments, TO_NOTIFY);
        Handle::current().block_on(running).map_err(|error| {
            CommandError::failed(format!("the program of `notify` did not work: {error}"))
        })?;
        Ok(Answer::Nothing)
    }

    /// Keeps what the terminal may not bring into the clipboard.
    pub(super) fn keep_copy(
        &self,
        text: &str,
        what: String,
        doubt: Doubt,
    ) -> Result<Answer, CommandError> {
        let path = self.place()?.store.keep_copy(text)?;
        Ok(Answer::CopyKept(KeptCopy { what, doubt, place: self.shown(&path) }))
    }

    /// The image in the clipboard, as a file.
    pub(super) fn clipboard_image(&self) -> Result<Answer, CommandError> {
        let desktop = self.desktop()?;
        let held = Handle::current().block_on(desktop.clipboard_image(tools::LARGEST_IMAGE));
        let bytes = match held.map_err(|error| CommandError::failed(error.to_string()))? {
            Held::File(path) => {
                // Whatever is wrong with it is better said now.
                input::read_image(&path)?;
                return Ok(Answer::ClipboardImage(ClipboardImage::Named(path)));
            }
            Held::Bytes(bytes) => bytes,
        };
        let media_type = tools::image_media_type(&bytes).ok_or_else(|| {
            CommandError::failed("what the clipboard holds is no PNG, JPEG, GIF or WebP image")
        })?;
        let extension = media_type.trim_start_matches("image/");
        let path = self.keep_pasted(&bytes, extension).map_err(|error| {
            CommandError::failed(format!("the pasted image can't be kept: {error}"))
        })?;
        Ok(Answer::ClipboardImage(ClipboardImage::Written(path)))
    }

    /// Writes a file that is gone with this program; once it is sent, the session has it.
    fn keep_pasted(&self, bytes: &[u8], extension: &str) -> io::Result<PathBuf> {
        let mut pasted = self.pasted.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = match &*pasted {
            Some(directory) => directory,
            None => {
                let private = fs::Permissions::from_mode(0o700);
                let mut builder = tempfile::Builder::new();
                pasted.insert(builder.prefix("bowline-").permissions(private).tempdir()?)
            }
        };
        let mut builder = tempfile::Builder::new();
        let suffix = format!(".{extension}");
        let mut file = builder.prefix("clipboard-").suffix(&suffix).tempfile_in(directory)?;
        file.write_all(bytes)?;
        let (_, path) = file.keep()?;
        Ok(path)
    }

    fn desktop(&self) -> Result<Desktop, CommandError> {
        let roots = self.place()?.workspace.roots().map(Path::to_owned).collect();
        Ok(Desktop { environment: self.environment.texts(), roots })
    }
}
