//! Programs that start another one: which of their words are theirs, and where the other one's begin.

/// A program that starts the one behind its own words.
struct Wrapper {
    names: &'static [&'static str],
    /// Short options whose value may be the next word.
    valued: &'static str,
    /// Long options whose value may be the next word.
    long_valued: &'static [&'static str],
    /// The number of words between the options and the command.
    operands: usize,
    /// The short option for the directory that the command runs in; the long one is `--chdir`.
    chdir: Option<char>,
}

const PLAIN: Wrapper =
    Wrapper { names: &[], valued: "", long_valued: &[], operands: 0, chdir: None };

const WRAPPERS: &[Wrapper] = &[
    // The shell's own words.
    Wrapper { names: &["if", "then", "elif", "else", "while", "until", "do", "!", "{"], ..PLAIN },
    Wrapper { names: &["time"], valued: "fo", long_valued: &["--format", "--output"], ..PLAIN },
    Wrapper { names: &["nohup", "setsid", "command", "builtin", "busybox", "unbuffer"], ..PLAIN },
    Wrapper {
        names: &["sudo"],
        valued: "ugpChrtTDRU",
        long_valued: &[
            "--user",
            "--group",
            "--prompt",
            "--close-from",
            "--host",
            "--role",
            "--type",
            "--command-timeout",
            "--chdir",
            "--chroot",
            "--other-user",
        ],
        chdir: Some('D'),
        ..PLAIN
    },
    Wrapper { names: &["doas"], valued: "uC", ..PLAIN },
    Wrapper {
        names: &["env"],
        valued: "uC",
        long_valued: &["--unset", "--chdir"],
        chdir: Some('C'),
        ..PLAIN
    },
    Wrapper {
        names: &["timeout"],
        valued: "ks",
        long_valued: &["--kill-after", "--signal"],
        operands: 1,
        ..PLAIN
    },
    Wrapper { names: &["nice"], valued: "n", long_valued: &["--adjustment"], ..PLAIN },
    Wrapper {
        names: &["ionice"],
        valued: "cnp",
        long_valued: &["--class", "--classdata", "--pid"],
        ..PLAIN
    },
    Wrapper {
        names: &["stdbuf"],
        valued: "ioe",
        long_valued: &["--input", "--output", "--error"],
        ..PLAIN
    },
    Wrapper {
        names: &["xargs"],
        valued: "adEILnPs",
        long_valued: &[
            "--arg-file",
            "--delimiter",
            "--max-args",
            "--max-procs",
            "--max-chars",
            "--process-slot-var",
        ],
        ..PLAIN
    },
    Wrapper { names: &["exec"], valued: "a", ..PLAIN },
    Wrapper { names: &["chroot"], long_valued: &["--userspec", "--groups"], operands: 1, ..PLAIN },
];

/// The words of the program that runs in the end.
pub(super) struct Unwrapped<'a, 'b> {
    pub(super) words: &'a [&'b str],
    /// It runs where a wrapper says, not where the wrapper runs.
    pub(super) is_elsewhere: bool,
}

/// Takes off assignments, the shell's own words and programs that start others.
pub(super) fn unwrapped<'a, 'b>(mut words: &'a [&'b str]) -> Unwrapped<'a, 'b> {
    let mut is_elsewhere = false;
    while let Some((first, rest)) = words.split_first() {
        let name = first.rsplit('/').next().unwrap_or(first);
        let wrapper = match WRAPPERS.iter().find(|wrapper| wrapper.names.contains(&name)) {
            Some(wrapper) => wrapper,
            None if is_assignment(first) => &PLAIN,
            None => break,
        };
        let after = skip_options(rest, wrapper.valued, wrapper.long_valued);
        let options = &rest[..rest.len() - after.len()];
        is_elsewhere |= options.iter().any(|option| wrapper.changes_directory(option));
        words = after.get(wrapper.operands..).unwrap_or_default();
    }
    Unwrapped { words, is_elsewhere }
}

impl Wrapper {
    fn changes_directory(&self, option: &str) -> bool {
        self.chdir.is_some_and(|letter| {
            option.starts_with("--chdir")
                || option.starts_with('-') && !option.starts_with("--") && option.contains(letter)
        })
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The words after the leading options.
pub(super) fn skip_options<'a, 'b>(
    mut words: &'a [&'b str],
    valued: &str,
    long_valued: &[&str],
) -> &'a [&'b str] {
    while let Some((first, rest)) = words.split_first() {
        if *first == "--" {
            return rest;
        }
        if !first.starts_with('-') {
            break;
        }
        let is_long = long_valued.iter().any(|long| is_short_of(first, long));
        let has_value = has_value_behind(first, valued) || is_long;
        words = if has_value { rest.get(1..).unwrap_or_default() } else { rest };
    }
    words
}

/// The words that are no options, wherever they stand.
pub(super) fn operands<'b>(words: &[&'b str], valued: &str) -> Vec<&'b str> {
    let mut operands = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == "--" {
            operands.extend(words);
            break;
        }
        if !word.starts_with('-') {
            operands.push(*word);
        } else if has_value_behind(word, valued) {
            words.next();
        }
    }
    operands
}

/// Whether the last of the short options in a word has its value in the next one. What stands behind one in the same
/// word is its value.
fn has_value_behind(word: &str, valued: &str) -> bool {
    let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else {
        return false;
    };
    letters.find(|letter| valued.contains(letter)) == letters.len().checked_sub(1)
        && !letters.is_empty()
}

/// The text that `env -S` takes apart into the words of a command, with the words behind it.
pub(super) fn split_string(words: &[&str]) -> Option<String> {
    let is_env = |word: &&str| word.rsplit('/').next() == Some("env");
    let behind = &words[words.iter().position(is_env)? + 1..];
    let at = behind.iter().position(|word| word.starts_with("-S") || is_split_string(word))?;
    let own = behind[at].strip_prefix("-S").or_else(|| Some(behind[at].split_once('=')?.1));
    Some([own.unwrap_or_default(), &behind[at + 1..].join(" ")].join(" "))
}

fn is_split_string(word: &str) -> bool {
    is_short_of(word.split_once('=').map_or(word, |(name, _)| name), "--split-string")
}

/// Whether a word is a long option, or its first letters, by which programs know it as well.
pub(super) fn is_short_of(word: &str, long: &str) -> bool {
    word.len() > 2 && long.starts_with(word)
}
