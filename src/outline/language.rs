//! The languages that are known, one row each, and how a file's is told: by its name, or by its first line.
use std::path::Path;

use tree_sitter::Language as Grammar;

/// A row of the table.
pub(super) struct Language {
    /// Without the dot, in lower case.
    extensions: &'static [&'static str],
    /// Whole names of files.
    names: &'static [&'static str],
    /// Programs that a `#!` line names, without their version.
    interpreters: &'static [&'static str],
    pub(super) judged: Judged,
    pub(super) grammar: fn() -> Grammar,
    /// The query that finds what a file defines; empty where there is nothing of the kind.
    pub(super) definitions: &'static str,
}

/// Which files a grammar is believed about when it says that they do not parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    Every,
    /// Only those that it could read before. Macros, templates, dialects and comments that tools allow are beyond it.
    ReadBefore,
}

use Judged::{Every, ReadBefore};

const NO_DEFINITIONS: &str = "";

const LANGUAGES: &[Language] = &[
    row(
        &["sh", "bash"],
        &[".bashrc", ".bash_profile", ".bash_aliases", ".profile", "PKGBUILD"],
        &["sh", "bash", "dash"],
        ReadBefore,
        || tree_sitter_bash::LANGUAGE.into(),
        include_str!("queries/bash.scm"),
    ),
    row(
        &["c"],
        &[],
        &[],
        ReadBefore,
        || tree_sitter_c::LANGUAGE.into(),
        include_str!("queries/c.scm"),
    ),
    // A header may be of both; C++ reads nearly all of C.
    row(
        &["cc", "cpp", "cxx", "h", "hh", "hpp", "hxx"],
        &[],
        &[],
        ReadBefore,
        || tree_sitter_cpp::LANGUAGE.into(),
        include_str!("queries/cpp.scm"),
    ),
    row(&["css"], &[], &[], ReadBefore, || tree_sitter_css::LANGUAGE.into(), NO_DEFINITIONS),
    row(
        &["go"],
        &[],
        &[],
        Every,
        || tree_sitter_go::LANGUAGE.into(),
        include_str!("queries/go.scm"),
    ),
    row(
        &["html", "htm"],
        &[],
        &[],
        ReadBefore,
        || tree_sitter_html::LANGUAGE.into(),
        NO_DEFINITIONS,
    ),
    row(
        &["java"],
        &[],
        &[],
        Every,
        || tree_sitter_java::LANGUAGE.into(),
        include_str!("queries/java.scm"),
    ),
    row(
        &["js", "cjs", "mjs", "jsx"],
        &[],
        &["node"],
        Every,
        || tree_sitter_javascript::LANGUAGE.into(),
        include_str!("queries/javascript.scm"),
    ),
    row(
        &["json", "jsonc"],
        &["composer.lock", "flake.lock"],
        &[],
        ReadBefore,
        || tree_sitter_json::LANGUAGE.into(),
        NO_DEFINITIONS,
    ),
    row(
        &["php"],
        &[],
        &["php"],
        ReadBefore,
        || tree_sitter_php::LANGUAGE_PHP.into(),
        include_str!("queries/php.scm"),
    ),
    row(
        &["py", "pyi"],
        &["SConstruct", "wscript"],
        &["python"],
        Every,
        || tree_sitter_python::LANGUAGE.into(),
        include_str!("queries/python.scm"),
    ),
    row(
        &["rb", "gemspec", "rake"],
        &["Gemfile", "Podfile", "Rakefile", "Vagrantfile"],
        &["ruby"],
        ReadBefore,
        || tree_sitter_ruby::LANGUAGE.into(),
        include_str!("queries/ruby.scm"),
    ),
    row(
        &["rs"],
        &[],
        &[],
        Every,
        || tree_sitter_rust::LANGUAGE.into(),
        include_str!("queries/rust.scm"),
    ),
    row(
        &["toml"],
        &["Cargo.lock", "Pipfile", "poetry.lock"],
        &[],
        ReadBefore,
        || tree_sitter_toml_ng::LANGUAGE.into(),
        NO_DEFINITIONS,
    ),
    row(
        &["ts", "cts", "mts"],
        &[],
        &["deno"],
        Every,
        || tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        include_str!("queries/typescript.scm"),
    ),
    row(
        &["tsx"],
        &[],
        &[],
        Every,
        || tree_sitter_typescript::LANGUAGE_TSX.into(),
        include_str!("queries/typescript.scm"),
    ),
    row(
        &["yaml", "yml"],
        &[],
        &[],
        ReadBefore,
        || tree_sitter_yaml::LANGUAGE.into(),
        NO_DEFINITIONS,
    ),
];

const fn row(
    extensions: &'static [&'static str],
    names: &'static [&'static str],
    interpreters: &'static [&'static str],
    judged: Judged,
    grammar: fn() -> Grammar,
    definitions: &'static str,
) -> Language {
    Language { extensions, names, interpreters, judged, grammar, definitions }
}

impl Language {
    /// One that no other has.
    pub(super) fn name(&self) -> &'static str {
        self.extensions.first().copied().unwrap_or_default()
    }

    pub(super) fn of(path: &Path, text: &str) -> Option<&'static Self> {
        let name = path.file_name()?.to_str()?;
        let by_name = LANGUAGES.iter().find(|language| language.names.contains(&name));
        by_name.or_else(|| match path.extension() {
            Some(extension) => by_extension(extension.to_str()?),
            None => by_interpreter(text.lines().next()?),
        })
    }
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Language> {
    LANGUAGES.iter()
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
            parser.set_language(&(language.grammar)()).unwrap();
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
    }
}
