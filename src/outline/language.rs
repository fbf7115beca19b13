//! What language a file is in, told by its name or by its first line, and what reads it.
use std::path::Path;

use tree_sitter::Language as Grammar;

use super::{Definition, table::LANGUAGES};

/// A row of the table.
pub(super) struct Language {
    /// Without the dot, in lower case.
    pub(super) extensions: &'static [&'static str],
    /// Whole names of files.
    pub(super) names: &'static [&'static str],
    /// Programs that a `#!` line names, without their version.
    pub(super) interpreters: &'static [&'static str],
    pub(super) judged: Judged,
    pub(super) reading: Reading,
}

/// What finds the names in a text.
pub(super) enum Reading {
    Grammar {
        grammar: fn() -> Grammar,
        /// The query that finds what a file defines.
        definitions: &'static str,
        /// The kinds of nodes that are a name, of this file or of another.
        names: &'static [&'static str],
    },
    /// Where no grammar is needed.
    Own(fn(&str) -> Vec<Definition>),
}

/// Which files a grammar is believed about when it says that they do not parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    Every,
    /// Only those that it could read before. Macros, templates, dialects and comments that tools allow are beyond it.
    ReadBefore,
}

/// Stands for the languages as this program reads them: another one may find other names in the same text.
pub fn version() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    for language in LANGUAGES {
        hasher.update(language.name().as_bytes());
        if let Reading::Grammar { grammar, definitions, names } = language.reading {
            let grammar = grammar();
            let size = [grammar.node_kind_count(), grammar.parse_state_count()];
            let size = size.map(usize::to_le_bytes).concat();
            hasher.update(definitions.as_bytes()).update(names.join(" ").as_bytes()).update(&size);
        }
    }
    *hasher.finalize().as_bytes()
}

impl Language {
    /// One that no other has.
    pub(super) fn name(&self) -> &'static str {
        self.extensions.first().copied().unwrap_or_default()
    }

    /// What parses it; none where it is read without a grammar.
    pub(super) fn grammar(&self) -> Option<Grammar> {
        match self.reading {
            Reading::Grammar { grammar, .. } => Some(grammar()),
            Reading::Own(_) => None,
        }
    }

    pub(super) fn of(path: &Path, text: &str) -> Option<&'static Self> {
        let name = path.file_name()?.to_str()?;
        let is_named = |name| LANGUAGES.iter().find(|language| language.names.contains(&name));
        is_named(name).or_else(|| match path.extension() {
            // Such as `Dockerfile.release`.
            Some(extension) => {
                by_extension(extension.to_str()?).or_else(|| is_named(path.file_stem()?.to_str()?))
            }
            None => by_interpreter(text.lines().next()?),
        })
    }
}

fn by_extension(extension: &str) -> Option<&'static Language> {
    let extension = extension.to_ascii_lowercase();
    LANGUAGES.iter().find(|language| language.extensions.contains(&extension.as_str()))
}

/// `#!/usr/bin/env -S python3.12 -u` is Python.
fn by_interpreter(line: &str) -> Option<&'static Language> {
    let mut words = line.strip_prefix("#!")?.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    }
    let name = program.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    LANGUAGES.iter().find(|language| language.interpreters.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_loads() {
        for language in LANGUAGES {
            let mut parser = tree_sitter::Parser::new();
            let Some(grammar) = language.grammar() else { continue };
            parser.set_language(&grammar).unwrap();
        }
    }

    #[test]
    fn a_language_is_told_by_name_or_first_line() {
        let check = |path: &str, text: &str, extension: Option<&str>| {
            let found = Language::of(Path::new(path), text);
            assert_eq!(found.map(|language| language.extensions[0]), extension, "{path}");
        };
        check("src/a.rs", "", Some("rs"));
        check("A.PY", "", Some("py"));
        check("Rakefile", "", Some("rb"));
        check("run", "#!/usr/bin/env -S python3.12 -u\n", Some("py"));
        check("run", "#!/bin/sh\n", Some("sh"));
        check("run", "#!/usr/bin/perl\n", None);
        check("run", "#!\n", None);
        check("run.txt", "#!/bin/sh\n", None);
        check("LICENSE", "Apache\n", None);
        check("Dockerfile", "", Some("dockerfile"));
        check("Dockerfile.release", "", Some("dockerfile"));
        check("release.Containerfile", "", Some("dockerfile"));
    }
}
