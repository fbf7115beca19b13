//! The programs whose words have a grammar of their own, as far as they only read.
use super::{
    reading::{globs_among, paths_among},
    shell::Word,
};

/// The tests of `find` that take a value and by it leave most files out.
pub(super) const FIND_TESTS: [&str; 22] = [
    "-name",
    "-iname",
    "-path",
    "-ipath",
    "-wholename",
    "-iwholename",
    "-regex",
    "-iregex",
    "-size",
    "-perm",
    "-user",
    "-group",
    "-uid",
    "-gid",
    "-links",
    "-inum",
    "-mtime",
    "-mmin",
    "-atime",
    "-amin",
    "-ctime",
    "-cmin",
];

/// `find PLACE... TEST...`, with the tests and actions that print.
pub(super) fn find(words: &[Word]) -> Option<Vec<String>> {
    const ALONE: [&str; 26] = [
        "!",
        "-not",
        "-a",
        "-and",
        "-o",
        "-or",
        "-print",
        "-print0",
        "-ls",
        "-prune",
        "-quit",
        "-empty",
        "-depth",
        "-xdev",
        "-mount",
        "-daystart",
        "-readable",
        "-writable",
        "-executable",
        "-true",
        "-false",
        "-nouser",
        "-nogroup",
        "-noleaf",
        "-ignore_readdir_race",
        "-noignore_readdir_race",
    ];
    const OTHERS_VALUED: [&str; 5] = ["-regextype", "-type", "-maxdepth", "-mindepth", "-printf"];
    let is_place = |word: &&Word| !word.text.starts_with('-') && word.text != "!";
    let places: Vec<&Word> = words.iter().take_while(is_place).collect();
    let mut tests = words[places.len()..].iter();
    while let Some(test) = tests.next() {
        let test = test.text.as_str();
        if FIND_TESTS.contains(&test) || OTHERS_VALUED.contains(&test) {
            // Names of files in the value's place could add an action.
            tests.next().filter(|value| !value.is_glob)?;
        } else if !ALONE.contains(&test) {
            return None;
        }
    }
    if places.iter().any(|place| place.text.starts_with(['*', '?'])) {
        return None;
    }
    if places.is_empty() { Some(vec![".".to_owned()]) } else { paths_among(&places) }
}

/// `sed -n 'Np' FILE...`: lines by number, nothing else.
pub(super) fn sed(words: &[Word]) -> Option<Vec<String>> {
    let (option, words) = words.split_first()?;
    let (script, files) = words.split_first()?;
    let prints = |part: &str| {
        let (from, to) =
            part.strip_suffix('p')?.split_once(',').unwrap_or((&part[..part.len() - 1], "1"));
        let is_line = |address: &str| is_number(address) || address == "$";
        (is_line(from) && is_line(to)).then_some(())
    };
    let is_option = |word: &Word| word.text.starts_with('-') || word.text.starts_with(['*', '?']);
    let only_prints = matches!(option.text.as_str(), "-n" | "--quiet" | "--silent")
        && script.text.split(';').all(|part| prints(part.trim()).is_some())
        && !files.iter().any(is_option);
    only_prints.then(|| paths_among(&files.iter().collect::<Vec<_>>()))?
}

/// `[ ... ]`.
pub(super) fn bracket(words: &[Word]) -> Option<Vec<String>> {
    let (last, words) = words.split_last()?;
    (last.text == "]").then(|| test(words))?
}

/// `test`, with the operators that look at files, text and whole numbers. `-v` and `-R` would expand their operand.
pub(super) fn test(words: &[Word]) -> Option<Vec<String>> {
    const OF_FILE: [&str; 16] = [
        "-e", "-f", "-d", "-r", "-w", "-x", "-s", "-L", "-h", "-b", "-c", "-p", "-S", "-g", "-u",
        "-k",
    ];
    if words.iter().any(|word| word.is_glob) {
        return None;
    }
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let condition = words.strip_prefix(&["!"]).unwrap_or(&words);
    match condition {
        [operator, file] if OF_FILE.contains(operator) && !file.is_empty() => {
            Some(vec![(*file).to_owned()])
        }
        ["-n" | "-z", _] | [_, "=" | "==" | "!=", _] => Some(Vec::new()),
        [left, "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge", right] => {
            (is_number(left) && is_number(right)).then(Vec::new)
        }
        [left, "-nt" | "-ot" | "-ef", right] => Some(vec![(*left).to_owned(), (*right).to_owned()]),
        _ => None,
    }
}

/// `printf FORMAT TEXT...`, with conversions that store nothing.
pub(super) fn printf(words: &[Word]) -> Option<Vec<String>> {
    let (format, texts) = words.split_first()?;
    if format.is_glob || format.text.starts_with('-') || texts.iter().any(|text| text.is_glob) {
        return None;
    }
    let mut parts = format.text.split('%').skip(1);
    while let Some(part) = parts.next() {
        if part.is_empty() {
            // `%%`; what follows it is text.
            parts.next()?;
            continue;
        }
        let conversion =
            part.trim_start_matches(|next: char| next.is_ascii_digit() || "-+ #.".contains(next));
        conversion
            .starts_with(['s', 'd', 'i', 'u', 'x', 'X', 'o', 'c', 'f', 'e', 'g', 'b', 'q'])
            .then_some(())?;
    }
    Some(Vec::new())
}

/// `echo`: every word is text, but a glob looks into a directory.
pub(super) fn echo(words: &[Word]) -> Option<Vec<String>> {
    globs_among(&words.iter().collect::<Vec<_>>())
}

/// `command -v NAME...`: where a program is. Without `-v` it runs.
pub(super) fn command(words: &[Word]) -> Option<Vec<String>> {
    let (option, names) = words.split_first()?;
    let only_looks = option.text == "-v"
        && !names.is_empty()
        && !names.iter().any(|name| name.is_glob || name.text.starts_with('-'));
    only_looks.then(Vec::new)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
