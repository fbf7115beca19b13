//! Which command lines provably only read, and what.
use super::{
    grammars,
    programs::{Operands, PROGRAMS, Program},
    shell::{self, SimpleCommand, Word},
};

/// A path operand of a program that only reads, relative to the directory it runs in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathRead {
    /// Its last name may hold `*` and `?`: it stands for the files that match, each of which is read.
    pub path: String,
    pub reach: Reach,
}

/// How much is read where a path leads to a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Names alone, or nothing.
    Names,
    /// The files in it, also those that a link in it leads to.
    Files,
    /// All files below it whose names have one of the endings, such as `.rs`; without one, all.
    Below { endings: Vec<String>, sees_hidden: bool },
}

/// What a command line would read, when all it provably does is read: the path operands of every program in it.
/// `None` when that can't be proven.
pub fn paths_read(command: &str) -> Option<Vec<PathRead>> {
    let mut paths = Vec::new();
    for command in shell::simple_commands(command)? {
        paths.extend(paths_of(&command)?);
        paths.extend(command.input.map(|path| PathRead { path, reach: Reach::Names }));
    }
    paths.sort();
    paths.dedup();
    Some(paths)
}

fn paths_of(command: &SimpleCommand) -> Option<Vec<PathRead>> {
    let (name, words) = command.words.split_first()?;
    if name.is_glob {
        return None;
    }
    let paths = match program_name(&name.text)? {
        "find" => grammars::find(words),
        "sed" => grammars::sed(words),
        "test" => grammars::test(words),
        "[" => grammars::bracket(words),
        "printf" => grammars::printf(words),
        "echo" => grammars::echo(words),
        "command" => grammars::command(words),
        name => return table(PROGRAMS.iter().find(|program| program.name == name)?, words),
    };
    Some(paths?.into_iter().map(|path| PathRead { path, reach: Reach::Names }).collect())
}

/// A bare name is looked up in `PATH`, where no directory of the workspace stands; a path has to be the system's.
fn program_name(written: &str) -> Option<&str> {
    let bare = ["/bin/", "/usr/bin/"].into_iter().find_map(|place| written.strip_prefix(place));
    let name = bare.unwrap_or(written);
    (!name.contains('/')).then_some(name)
}

fn table(program: &Program, words: &[Word]) -> Option<Vec<PathRead>> {
    let arguments = read_arguments(program, words)?;
    let reach = reach(program, &arguments);
    let read = |path| PathRead { path, reach: reach.clone() };
    Some(operands_read(program, &arguments)?.into_iter().map(read).collect())
}

fn reach(program: &Program, arguments: &Arguments) -> Reach {
    match program.name {
        "diff" => Reach::Files,
        "rg" if !arguments.has_option("", &["--files"]) => {
            // A glob uncovers what it matches, hidden or not.
            let globs = arguments.values_of(&["g", "--glob", "--iglob"]);
            let globs: Vec<&str> = globs.filter(|glob| !glob.starts_with('!')).collect();
            Reach::Below { endings: endings(&globs), sees_hidden: !globs.is_empty() }
        }
        _ if program.operands == Operands::PatternThenFiles
            && arguments.has_option("r", &["--recursive"]) =>
        {
            // What is left out may stand first: files that no glob matches are read then.
            let leaves_out = arguments.has_option("", &["--exclude"]);
            let globs = arguments.values_of(&["--include"]).filter(|_| !leaves_out);
            let globs: Vec<&str> = globs.collect();
            Reach::Below { endings: endings(&globs), sees_hidden: true }
        }
        _ => Reach::Names,
    }
}

/// What the names end with that these globs match; none where one of them can't be told so.
fn endings(globs: &[&str]) -> Vec<String> {
    let ending = |glob: &&str| {
        let (_, extension) = glob.rsplit_once("*.")?;
        let is_plain = extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_plain.then(|| format!(".{extension}").to_ascii_lowercase())
    };
    globs.iter().map(ending).collect::<Option<_>>().unwrap_or_default()
}

fn operands_read(program: &Program, arguments: &Arguments) -> Option<Vec<String>> {
    let has_pattern = arguments.has_option("e", &["--regexp", "--files", "--type-list"]);
    let operands = match program.operands {
        Operands::PatternThenFiles | Operands::PatternThenPlaces if !has_pattern => {
            let (pattern, files) = arguments.operands.split_first()?;
            // Names of files would take the pattern's place.
            (!pattern.is_glob).then_some(files)?
        }
        _ => &arguments.operands[..],
    };
    if arguments.options.iter().any(|(name, value)| uncovers_hidden_files(name, value)) {
        return None;
    }
    let is_recursive = arguments.has_option("r", &["--recursive"]);
    match program.operands {
        // One glob may stand for two files.
        Operands::OneFile if operands.len() > 1 || operands.iter().any(|word| word.is_glob) => None,
        Operands::None if !operands.is_empty() => None,
        Operands::Format if operands.iter().any(|word| !word.text.starts_with('+')) => None,
        Operands::Text | Operands::Format | Operands::None => globs_among(operands),
        Operands::PatternThenFiles if is_recursive && operands.is_empty() => Some(here()),
        Operands::Places | Operands::PatternThenPlaces if operands.is_empty() => Some(here()),
        Operands::Files
        | Operands::OneFile
        | Operands::Places
        | Operands::PatternThenFiles
        | Operands::PatternThenPlaces => paths_among(operands),
    }
}

fn here() -> Vec<String> {
    vec![".".to_owned()]
}

struct Arguments<'a> {
    options: Vec<(&'a str, &'a str)>,
    operands: Vec<&'a Word>,
}

impl Arguments<'_> {
    fn has_option(&self, short: &str, long: &[&str]) -> bool {
        self.options.iter().any(|(name, _)| *name == short || long.contains(name))
    }

    fn values_of(&self, names: &[&str]) -> impl Iterator<Item = &str> {
        let named = self.options.iter().filter(|(name, _)| names.contains(name));
        named.map(|(_, value)| *value)
    }
}

fn read_arguments<'a>(program: &Program, words: &'a [Word]) -> Option<Arguments<'a>> {
    let mut arguments = Arguments { options: Vec::new(), operands: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        if text == "--" {
            arguments.operands.extend(words);
            break;
        }
        if !text.starts_with('-') || text == "-" {
            // Files whose names begin with a dash would be read as options.
            if text.starts_with(['*', '?']) && word.is_glob && !program.is_tame {
                return None;
            }
            arguments.operands.push(word);
            continue;
        }
        if word.is_glob {
            return None;
        }
        if let Some(digits) = text.strip_prefix('-')
            && program.takes_number
            && digits.bytes().all(|byte| byte.is_ascii_digit())
        {
            continue;
        }
        if text.starts_with("--") {
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => {
                    (program.long_valued.contains(&name)).then_some((name, value))?
                }
                None if program.long.contains(&text) => (text, ""),
                None if program.long_valued.contains(&text) => (text, literal(words.next()?)?),
                None => return None,
            };
            arguments.options.push((name, value));
            continue;
        }
        for (at, _) in text.char_indices().skip(1) {
            let (name, after) = (text.get(at..at + 1)?, &text[at + 1..]);
            if program.flags.contains(name) {
                arguments.options.push((name, ""));
                continue;
            }
            if !program.valued.contains(name) {
                return None;
            }
            let value = match after {
                "" => literal(words.next()?)?,
                joined => program.joins_values.then_some(joined)?,
            };
            arguments.options.push((name, value));
            break;
        }
    }
    Some(arguments)
}

fn literal(word: &Word) -> Option<&str> {
    (!word.is_glob).then_some(word.text.as_str())
}

/// A glob that ripgrep is given searches what it matches, hidden and ignored files too. One that takes away, or
/// asks for files of one extension, does no harm.
fn uncovers_hidden_files(option: &str, value: &str) -> bool {
    if !matches!(option, "g" | "--glob" | "--iglob") || value.starts_with('!') {
        return false;
    }
    let is_of_extension = value.rsplit_once("*.").is_some_and(|(directory, extension)| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric();
        let is_code = !matches!(extension, "env" | "pem" | "key" | "p12" | "pfx" | "kdbx" | "jks");
        let directories_show = !directory.starts_with('.') && !directory.contains("/.");
        directories_show && is_code && !extension.is_empty() && extension.bytes().all(is_plain)
    });
    !is_of_extension
}

/// Every operand as a path; standard input is none.
pub(super) fn paths_among<'a>(
    words: impl IntoIterator<Item = &'a &'a Word>,
) -> Option<Vec<String>> {
    let words = words.into_iter().filter(|word| word.text != "-");
    words.map(|word| path(word)).collect()
}

/// The operands that stand for names of files; the others are text.
pub(super) fn globs_among<'a>(
    words: impl IntoIterator<Item = &'a &'a Word>,
) -> Option<Vec<String>> {
    words.into_iter().filter(|word| word.is_glob).map(|word| path(word)).collect()
}

/// A path, in whose last name alone a glob may stand, and none that matches hidden files.
fn path(word: &Word) -> Option<String> {
    if word.text.is_empty() {
        return None;
    }
    if word.is_glob {
        let (directory, name) = match word.text.rsplit_once('/') {
            Some((directory, name)) => (directory, name),
            None => ("", word.text.as_str()),
        };
        if directory.contains(['*', '?']) || name.starts_with('.') {
            return None;
        }
    }
    Some(word.text.clone())
}
