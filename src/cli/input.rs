//! What comes in beside the command line: standard input, images, schemas.
use std::{
    fs,
    io::{self, IsTerminal, Read, Write},
    path::Path,
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::sync::oneshot;

use super::exit::CommandError;
use crate::{agent, protocol::Image, tools};

/// More than this of standard input is no prompt.
const STDIN_LIMIT: u64 = 10 * 1024 * 1024;
/// After this time somebody is told what is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// All of standard input; `None` when it is a terminal or closed.
///
/// Read by a thread of its own, which a program on its way out does not wait for.
pub(super) async fn read_stdin() -> Result<Option<String>, CommandError> {
    if io::stdin().is_terminal() {
        return Ok(None);
    }
    let (sender, mut receiver) = oneshot::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().take(STDIN_LIMIT + 1).read_to_end(&mut bytes);
        // Nobody is left to tell when the program is on its way out.
        let _ = sender.send(read.map(|_| bytes));
    });
    let read = match tokio::time::timeout(PATIENCE, &mut receiver).await {
        Ok(read) => read,
        Err(_) => {
            let told = "reading standard input to its end (close it with `< /dev/null`)";
            writeln!(io::stderr(), "{told}")?;
            receiver.await
        }
    };
    // A thread that ended without a word has read nothing.
    let read = read.unwrap_or_else(|_| Ok(Vec::new()));
    let bytes = match read {
        Ok(bytes) => bytes,
        // Closed before the program began.
        Err(error) if error.raw_os_error() == Some(9) => return Ok(None),
        Err(error) => {
            return Err(CommandError::failed(format!("standard input can't be read: {error}")));
        }
    };
    if bytes.len() as u64 > STDIN_LIMIT {
        return Err(CommandError::usage(format!(
            "standard input is longer than {STDIN_LIMIT} bytes"
        ))
        .with_hint("put it into a file of the workspace and name the file in the prompt"));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// An image for the prompt.
pub(super) fn read_image(path: &Path) -> Result<Image, CommandError> {
    let shown = path.display();
    let length = fs::metadata(path)
        .map_err(|error| CommandError::usage(format!("the image {shown} can't be read: {error}")))?
        .len();
    if length > tools::LARGEST_IMAGE as u64 {
        return Err(CommandError::usage(format!(
            "the image {shown} has {length} bytes; at most {} are sent",
            tools::LARGEST_IMAGE
        )));
    }
    let bytes = fs::read(path).map_err(|error| {
        CommandError::usage(format!("the image {shown} can't be read: {error}"))
    })?;
    let media_type = tools::image_media_type(&bytes).ok_or_else(|| {
        CommandError::usage(format!("{shown} is no PNG, JPEG, GIF or WebP image"))
    })?;
    Ok(Image { media_type: media_type.to_owned(), base64: STANDARD.encode(&bytes) })
}

/// A JSON Schema for the last message.
pub(super) fn read_schema(path: &Path) -> Result<Value, CommandError> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        CommandError::usage(format!("the schema {shown} can't be read: {error}"))
    })?;
    let schema: Value = serde_json::from_str(&text)
        .map_err(|error| CommandError::usage(format!("the schema {shown} is not JSON: {error}")))?;
    agent::usable_schema(&schema).map_err(|error| {
        CommandError::usage(format!("{shown} is no usable JSON Schema: {error}"))
    })?;
    Ok(schema)
}
