//! The floor: commands that no mode runs unasked, or at all, whoever wrote them.
//!
//! A seat belt, not a wall: it reads the text of a command and goes by the letters of its paths. It keeps a careless
//! command from taking a home directory along. A command that means harm finds a way around it; what holds that one
//! is a sandbox, and the question before it runs.
use std::path::{Path, PathBuf};

use crate::protocol::{CommandLine, Verdict};

use super::{
    Rules,
    lexical::{self, Position},
    scan, stricter,
};

/// A shell in a shell in a shell: no honest command goes deeper.
const DEEPEST: usize = 6;

/// What the floor says of a command, in every mode.
pub(super) fn judge(rules: &Rules, command: &CommandLine) -> Verdict {
    let roots = match rules.roots.as_slice() {
        [] => std::slice::from_ref(&command.directory),
        roots => roots,
    };
    let floor = Floor { roots, home: rules.home.as_deref() };
    floor.judge_text(&command.text, Some(command.directory.clone()), 0)
}

struct Floor<'a> {
    roots: &'a [PathBuf],
    home: Option<&'a Path>,
}

impl Floor<'_> {
    /// `directory` is where the text runs, `None` once that can't be told.
    fn judge_text(&self, text: &str, mut directory: Option<PathBuf>, depth: usize) -> Verdict {
        if depth > DEEPEST {
            return Verdict::Ask("This command hides others too deep to be read.".to_owned());
        }
        let mut verdict = Verdict::Allow;
        for words in scan::commands(text) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let words = unwrapped(&words);
            if let [name @ ("cd" | "pushd"), operands @ ..] = words {
                let to = operands.iter().find(|word| !word.starts_with('-')).unwrap_or(&"~");
                let is_back = operands.contains(&"-") || *name == "pushd" && operands.is_empty();
                let went = lexical::resolve(to, directory.as_deref(), self.home);
                directory = went.filter(|_| !is_back);
                continue;
            }
            verdict = stricter(verdict, self.judge_words(words, directory.as_deref(), depth));
        }
        verdict
    }

    fn judge_words(&self, words: &[&str], directory: Option<&Path>, depth: usize) -> Verdict {
        let Some((program, arguments)) = words.split_first() else { return Verdict::Allow };
        let program = program.rsplit_once('/').map_or(*program, |(_, name)| name);
        let judge = |operands: &[&str]| self.judge_operands(program, operands, directory);
        match program {
            "bash" | "sh" | "zsh" | "dash" | "ksh" => {
                let is_script = |word: &&str| {
                    word.starts_with('-') && !word.starts_with("--") && word.contains('c')
                };
                let script = arguments.iter().skip_while(|word| !is_script(word)).nth(1);
                script.map_or(Verdict::Allow, |script| {
                    self.judge_text(script, directory.map(Path::to_owned), depth + 1)
                })
            }
            "eval" => {
                self.judge_text(&arguments.join(" "), directory.map(Path::to_owned), depth + 1)
            }
            // A mode or an owner among the operands reads as a name in the directory: no harm.
            "rm" | "rmdir" | "unlink" | "shred" | "chmod" | "chown" | "chgrp" => {
                judge(&operands(arguments, ""))
            }
            "truncate" => judge(&operands(arguments, "sr")),
            "mv" => self.judge_move(&operands(arguments, "tS"), directory),
            "dd" => {
                let to: Vec<_> =
                    arguments.iter().filter_map(|word| word.strip_prefix("of=")).collect();
                judge(&to)
            }
            "find" => self.judge_find(arguments, directory, depth),
            "git" => judge_git(arguments),
            "wipefs" | "blkdiscard" | "fdisk" | "sfdisk" | "parted" | "mkswap" => no_disk(program),
            _ if program == "mkfs" || program.starts_with("mkfs.") => no_disk(program),
            _ => Verdict::Allow,
        }
    }

    fn judge_operands(
        &self,
        program: &str,
        operands: &[&str],
        directory: Option<&Path>,
    ) -> Verdict {
        let judge = |word: &&str| self.judge_operand(program, word, directory);
        operands.iter().map(judge).fold(Verdict::Allow, stricter)
    }

    fn judge_operand(&self, program: &str, word: &str, directory: Option<&Path>) -> Verdict {
        let Some(path) = lexical::resolve(word, directory, self.home) else {
            return Verdict::Ask(format!(
                "`{program} {word}`: where that leads shows only when it runs."
            ));
        };
        match lexical::position(&path, self.roots) {
            Position::Inside | Position::Temporary => Verdict::Allow,
            Position::Whole => {
                Verdict::Ask(format!("`{program} {word}` reaches the whole workspace."))
            }
            Position::InsideRepository => {
                Verdict::Ask(format!("`{program} {word}` reaches into the repository's own files."))
            }
            Position::Repository => Verdict::Deny(format!(
                "`{program} {word}` would take the repository's history: no mode allows that."
            )),
            Position::Outside => Verdict::Deny(format!(
                "`{program} {word}` reaches outside the workspace: no mode allows that."
            )),
        }
    }

    /// What is moved is gone from where it was; what it is moved into stays.
    fn judge_move(&self, operands: &[&str], directory: Option<&Path>) -> Verdict {
        let Some((to, moved)) = operands.split_last() else { return Verdict::Allow };
        let into = lexical::resolve(to, directory, self.home);
        let is_into_whole =
            into.is_some_and(|into| lexical::position(&into, self.roots) == Position::Whole);
        let moved = self.judge_operands("mv", moved, directory);
        if is_into_whole { moved } else { stricter(moved, self.judge_operand("mv", to, directory)) }
    }

    /// `find PLACE... -delete` and `find PLACE... -exec rm`.
    fn judge_find(&self, arguments: &[&str], directory: Option<&Path>, depth: usize) -> Verdict {
        let is_place = |word: &&&str| !word.starts_with('-') && !word.starts_with(['(', '!']);
        let count = arguments.iter().take_while(is_place).count();
        let (places, tests) = arguments.split_at(count);
        let starts = |word: &&str| matches!(*word, "-exec" | "-execdir" | "-ok" | "-okdir");
        let started = tests.split(starts).skip(1).map(unwrapped).filter(|words| !words.is_empty());
        let mut verdict = Verdict::Allow;
        let mut is_destructive = tests.contains(&"-delete");
        for words in started {
            is_destructive |= matches!(
                words[0].rsplit('/').next(),
                Some(
                    "rm" | "rmdir"
                        | "unlink"
                        | "shred"
                        | "truncate"
                        | "mv"
                        | "chmod"
                        | "chown"
                        | "chgrp"
                )
            );
            if matches!(words[0], "bash" | "sh" | "zsh" | "dash" | "ksh" | "git") {
                verdict = stricter(verdict, self.judge_words(words, directory, depth + 1));
            }
        }
        if !is_destructive {
            return verdict;
        }
        let reaches = places.iter().map(|place| {
            match lexical::resolve(place, directory, self.home)
                .map(|path| lexical::position(&path, self.roots))
            {
                // What is looked for below the workspace is less than all of it.
                Some(Position::Whole) => Verdict::Allow,
                Some(_) | None => self.judge_operand("find", place, directory),
            }
        });
        reaches.fold(verdict, stricter)
    }
}

fn no_disk(program: &str) -> Verdict {
    Verdict::Deny(format!("`{program}` overwrites whole disks: no mode allows that."))
}

/// Commands of git that lose what is committed nowhere, or what others see.
fn judge_git(arguments: &[&str]) -> Verdict {
    let Some((verb, rest)) = skip_options(arguments, "cC").split_first() else {
        return Verdict::Allow;
    };
    let has = |wanted: &str| rest.contains(&wanted);
    let has_short = |letter: char| {
        rest.iter()
            .any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
    };
    let is_dry = has("--dry-run") || has_short('n');
    let loses_work = match *verb {
        "reset" => has("--hard") || has("--merge"),
        "clean" => (has("--force") || has_short('f')) && !is_dry,
        "checkout" => has("--") || has(".") || has("--force") || has_short('f'),
        "restore" => !has("--staged") || has("--worktree"),
        "switch" => has("--force") || has("--discard-changes") || has_short('f'),
        "stash" => has("drop") || has("clear"),
        "branch" => has_short('D'),
        _ => false,
    };
    if loses_work {
        return Verdict::Ask(format!("`git {verb}` may lose work that is committed nowhere."));
    }
    let is_forced =
        |word: &&str| word.starts_with("--force") || word.starts_with('+') || **word == *"--mirror";
    if *verb == "push" && !is_dry && (rest.iter().any(is_forced) || has_short('f')) {
        return Verdict::Ask("`git push` with force rewrites what others have.".to_owned());
    }
    Verdict::Allow
}

/// The words of the program that runs in the end, behind assignments, the shell's own words and programs that start
/// others.
fn unwrapped<'a, 'b>(mut words: &'a [&'b str]) -> &'a [&'b str] {
    while let Some((first, rest)) = words.split_first() {
        let name = first.rsplit('/').next().unwrap_or(first);
        // The short options that have a value, and the number of words before the command.
        let (valued, operands) = match name {
            "if" | "then" | "elif" | "else" | "while" | "until" | "do" | "!" | "{" | "time" => {
                ("", 0)
            }
            "nohup" | "setsid" | "command" | "builtin" | "busybox" | "unbuffer" => ("", 0),
            "sudo" => ("ugpChrtTDR", 0),
            "doas" => ("uC", 0),
            "env" => ("uC", 0),
            "timeout" => ("ks", 1),
            "nice" => ("n", 0),
            "ionice" => ("cnp", 0),
            "stdbuf" => ("ioe", 0),
            "xargs" => ("adEILnPs", 0),
            "exec" => ("a", 0),
            "chroot" => ("", 1),
            _ if is_assignment(first) => ("", 0),
            _ => break,
        };
        words = skip_options(rest, valued).get(operands..).unwrap_or_default();
    }
    words
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// The words after the leading options.
fn skip_options<'a, 'b>(mut words: &'a [&'b str], valued: &str) -> &'a [&'b str] {
    while let Some((first, rest)) = words.split_first() {
        if *first == "--" {
            return rest;
        }
        if !first.starts_with('-') {
            break;
        }
        words =
            if has_value_behind(first, valued) { rest.get(1..).unwrap_or_default() } else { rest };
    }
    words
}

/// The words that are no options, wherever they stand.
fn operands<'b>(words: &[&'b str], valued: &str) -> Vec<&'b str> {
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

fn has_value_behind(word: &str, valued: &str) -> bool {
    let is_short = word.len() == 2 && word.starts_with('-');
    is_short && word.ends_with(|letter| valued.contains(letter))
}
