//! The floor: commands that no mode runs unasked, or at all, whoever wrote them.
//!
//! A seat belt, not a wall: it reads the text of a command and goes by the letters of its paths. It keeps a careless
//! command from taking a home directory along. A command that means harm finds a way around it; what holds that one
//! is a sandbox, and the question before it runs.
use std::path::{Path, PathBuf};

use crate::protocol::{CommandLine, Verdict};

use super::{
    Rules,
    grammars::FIND_TESTS,
    lexical::{self, Position},
    scan, stricter,
    wrappers::{Unwrapped, is_short_of, operands, skip_options, split_string, unwrapped},
};

/// Devices that hold nothing.
const STREAMS: [&str; 4] = ["/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd"];
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
            if let Some(text) = split_string(&words) {
                verdict = stricter(verdict, self.judge_text(&text, directory.clone(), depth + 1));
            }
            let Unwrapped { words, is_elsewhere } = unwrapped(&words);
            if let [name @ ("cd" | "pushd"), operands @ ..] = words {
                let to = operands.iter().find(|word| !word.starts_with('-')).unwrap_or(&"~");
                let is_back = operands.contains(&"-") || *name == "pushd" && operands.is_empty();
                let went = lexical::resolve(to, directory.as_deref(), self.home);
                directory = went.filter(|_| !is_back);
                continue;
            }
            let place = directory.as_deref().filter(|_| !is_elsewhere);
            verdict = stricter(verdict, self.judge_words(words, place, depth));
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
                let at = arguments.iter().position(is_script);
                let behind = at.map_or(&[][..], |at| &arguments[at + 1..]);
                let script = skip_options(behind, "oO", &[]).first();
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
            scan::EMPTIES => self.judge_emptied(arguments, directory),
            "mv" => self.judge_move(arguments, directory),
            "rsync" if arguments.iter().any(|word| word.starts_with("--del")) => {
                judge(operands(arguments, "efTBM").last().map_or(&[][..], std::slice::from_ref))
            }
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
        let unknown = || {
            Verdict::Ask(format!("`{program} {word}`: where that leads shows only when it runs."))
        };
        let Some(path) = lexical::resolve(word, directory, self.home) else { return unknown() };
        match lexical::position(&path, self.roots, self.home) {
            Position::Inside | Position::Temporary if lexical::has_braces(word) => unknown(),
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

    /// What a redirection writes over. Where it leads is often told by the shell alone, and mostly to a file of its own.
    fn judge_emptied(&self, files: &[&str], directory: Option<&Path>) -> Verdict {
        let judge = |word: &&str| {
            let Some(path) = lexical::resolve(word, directory, self.home) else {
                return Verdict::Allow;
            };
            let is_device = path.starts_with("/dev");
            match lexical::position(&path, self.roots, self.home) {
                Position::Outside if STREAMS.iter().any(|it| path.starts_with(it)) => {
                    Verdict::Allow
                }
                Position::Outside if !is_device => {
                    Verdict::Ask(format!("`> {word}` writes over a file outside the workspace."))
                }
                _ => self.judge_operand(scan::EMPTIES, word, directory),
            }
        };
        files.iter().map(judge).fold(Verdict::Allow, stricter)
    }

    /// What is moved is gone from where it was; what it is moved into stays.
    fn judge_move(&self, arguments: &[&str], directory: Option<&Path>) -> Verdict {
        let mut operands = operands(arguments, "tS");
        operands.extend(target_directory(arguments));
        let Some((to, moved)) = operands.split_last() else { return Verdict::Allow };
        let into = lexical::resolve(to, directory, self.home);
        let is_into_whole = into
            .is_some_and(|into| lexical::position(&into, self.roots, self.home) == Position::Whole);
        let moved = self.judge_operands("mv", moved, directory);
        if is_into_whole { moved } else { stricter(moved, self.judge_operand("mv", to, directory)) }
    }

    /// `find PLACE... -delete` and `find PLACE... -exec rm`.
    fn judge_find(&self, arguments: &[&str], directory: Option<&Path>, depth: usize) -> Verdict {
        let arguments = skip_find_options(arguments);
        let is_place = |word: &&&str| !word.starts_with('-') && !word.starts_with(['(', '!']);
        let count = arguments.iter().take_while(is_place).count();
        let (places, expression) = arguments.split_at(count);
        let places = if places.is_empty() { &["."] } else { places };
        let starts = |word: &&str| matches!(*word, "-exec" | "-execdir" | "-ok" | "-okdir");
        let acts = |word: &&str| *word == "-delete" || starts(word);
        let tests = expression.split(acts).next().unwrap_or_default();
        let mut verdict = Verdict::Allow;
        let mut is_destructive = expression.contains(&"-delete");
        for started in expression.split(starts).skip(1) {
            let started = started.split(|word| *word == ";").next().unwrap_or_default();
            // What is found is judged by the places. It ends in `+` where a program is given many at once.
            let is_own = |word: &&&str| !word.starts_with("{}") && **word != "+";
            let words: Vec<&str> = started.iter().filter(is_own).copied().collect();
            let Unwrapped { words, is_elsewhere } = unwrapped(&words);
            let Some(program) = words.first() else { continue };
            is_destructive |= matches!(
                program.rsplit('/').next(),
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
            let place = directory.filter(|_| !is_elsewhere);
            verdict = stricter(verdict, self.judge_words(words, place, depth + 1));
        }
        if !is_destructive {
            return verdict;
        }
        let reaches = places.iter().map(|place| {
            match lexical::resolve(place, directory, self.home)
                .map(|path| lexical::position(&path, self.roots, self.home))
            {
                // What is looked for below the workspace is less than all of it.
                Some(Position::Whole) if select_some(tests) => Verdict::Allow,
                Some(_) | None => self.judge_operand("find", place, directory),
            }
        });
        reaches.fold(verdict, stricter)
    }
}

/// The value of `mv -t`.
fn target_directory<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let behind = |at: usize| arguments.get(at + 1).copied();
    arguments.iter().enumerate().find_map(|(at, word)| {
        if word.starts_with("--") {
            let (name, value) = word.split_once('=').map_or((*word, None), |(a, b)| (a, Some(b)));
            let is_target = is_short_of(name, "--target-directory");
            return is_target.then(|| value.or_else(|| behind(at))).flatten();
        }
        let (_, value) = word.strip_prefix('-')?.split_once('t')?;
        Some(value).filter(|value| !value.is_empty()).or_else(|| behind(at))
    })
}

/// The words behind the options that stand before the places.
fn skip_find_options<'a, 'b>(mut arguments: &'a [&'b str]) -> &'a [&'b str] {
    loop {
        arguments = match arguments {
            ["-D", _, rest @ ..] | ["-H" | "-L" | "-P", rest @ ..] => rest,
            [option, rest @ ..] if option.starts_with("-O") => rest,
            _ => return arguments,
        };
    }
}

/// Whether the tests of a `find`, as far as they stand before what it does, leave most files out, and the repository
/// with them.
fn select_some(tests: &[&str]) -> bool {
    const OTHERS: [&str; 6] = ["-lname", "-ilname", "-samefile", "-newer", "-empty", "-nouser"];
    let selects = |test: &&str| FIND_TESTS.contains(test) || OTHERS.contains(test);
    tests.iter().any(selects)
        && !tests.contains(&"*")
        && !tests.iter().flat_map(|test| test.split('/')).any(lexical::names_repository)
}

fn no_disk(program: &str) -> Verdict {
    Verdict::Deny(format!("`{program}` overwrites whole disks: no mode allows that."))
}

/// Commands of git that lose what is committed nowhere, or what others see.
fn judge_git(arguments: &[&str]) -> Verdict {
    const LONG_VALUED: [&str; 6] = [
        "--git-dir",
        "--work-tree",
        "--namespace",
        "--super-prefix",
        "--config-env",
        "--attr-source",
    ];
    let Some((verb, rest)) = skip_options(arguments, "cC", &LONG_VALUED).split_first() else {
        return Verdict::Allow;
    };
    let has = |wanted: &str| rest.contains(&wanted);
    let has_long = |wanted: &str| rest.iter().any(|word| is_short_of(word, wanted));
    let has_short = |letter: char| {
        rest.iter()
            .any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
    };
    let is_dry = has("--dry-run") || has_short('n');
    let is_forced = has_long("--force") || has_short('f');
    let deletes = has_long("--delete") || has_short('d');
    let loses_work = match *verb {
        "reset" => has_long("--hard") || has_long("--merge"),
        "clean" => is_forced && !is_dry,
        "checkout" => has("--") || has(".") || is_forced || is_checkout_of_files(rest),
        "restore" => {
            !(has("--staged") || has_short('S')) || has_long("--worktree") || has_short('W')
        }
        "switch" => is_forced || has_long("--discard-changes"),
        "rm" => is_forced && !is_dry && !has("--cached"),
        "stash" => has("drop") || has("clear"),
        // What another name is forced upon is found in the reflog alone.
        "branch" => is_forced || ['D', 'M', 'C'].into_iter().any(has_short),
        "worktree" => has("remove") && is_forced,
        "reflog" => has("expire") || has("delete"),
        "update-ref" => deletes,
        _ => false,
    };
    if loses_work {
        return Verdict::Ask(format!("`git {verb}` may lose work that is committed nowhere."));
    }
    let takes_away = |word: &&str| {
        word.starts_with("--force")
            || word.starts_with('+')
            || word.starts_with(':')
            || **word == *"--mirror"
    };
    if *verb == "push" && !is_dry && (rest.iter().any(takes_away) || is_forced || deletes) {
        return Verdict::Ask("This `git push` rewrites or deletes what others have.".to_owned());
    }
    Verdict::Allow
}

/// `git checkout` of files, not of a branch: behind what they are taken from, or with an ending as files have it.
fn is_checkout_of_files(arguments: &[&str]) -> bool {
    let makes_branch = |word: &&str| matches!(*word, "-b" | "-B" | "--orphan");
    if arguments.iter().any(makes_branch) {
        return false;
    }
    let operands = operands(arguments, "");
    // The `.2` of `v1.2` is none.
    let has_ending = |word: &&str| {
        let ending = Path::new(word).extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ending.starts_with(|first: char| first.is_ascii_alphabetic()))
    };
    operands.len() > 1 || operands.iter().any(|word| has_ending(word) || word.ends_with('/'))
}
