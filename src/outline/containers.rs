//! The stages of a container file, each with what is done in it.
use super::{Definition, Kind};

/// In the order of the text. A stage without a name goes by the image that it starts from.
pub(super) fn stages(text: &str) -> Vec<Definition> {
    let mut found: Vec<Definition> = Vec::new();
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if let Some((name, signature)) = stage(line) {
            let (lines, bytes) = (number + 1..number + 2, at..at + line.len());
            found.push(Definition {
                kind: Kind::Stage,
                name,
                signature,
                parent: None,
                lines,
                bytes,
            });
        }
        at += line.len();
        if let Some(last) = found.last_mut() {
            (last.lines.end, last.bytes.end) = (number + 2, at);
        }
    }
    found
}

/// `FROM --platform=linux/amd64 rust:1.95 AS build` is `build`.
fn stage(line: &str) -> Option<(String, String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    if !first.eq_ignore_ascii_case("from") {
        return None;
    }
    let named: Vec<&str> = rest.iter().copied().filter(|word| !word.starts_with("--")).collect();
    let name = match named[..] {
        [_, r#as, name, ..] if r#as.eq_ignore_ascii_case("as") => name,
        [image, ..] => image,
        [] => return None,
    };
    Some((name.to_owned(), words.join(" ")))
}
