//! The programs that only read, with the options that leave it at that. An option that is not here asks.
//!
//! `git` is missing on purpose: even its reading commands run programs that a repository's own configuration
//! names (`core.fsmonitor`, filters, text converters, external diffs), and a command line doesn't show that.

/// A program, by the options and operands with which it only reads.
pub(super) struct Program {
    pub(super) name: &'static str,
    /// Short options without a value, which may stand together after one dash.
    pub(super) flags: &'static str,
    /// Short options whose value follows, in the next word or the same.
    pub(super) valued: &'static str,
    /// The value may stand in the same word. Where it may not, letters go on behind a short option that has one.
    pub(super) joins_values: bool,
    /// Long options without a value; written out, never shortened.
    pub(super) long: &'static [&'static str],
    /// Long options whose value follows after `=` or as the next word.
    pub(super) long_valued: &'static [&'static str],
    pub(super) operands: Operands,
    /// `-20` is a number of lines.
    pub(super) takes_number: bool,
    /// None of its options, listed here or not, does harm: a file name that begins with a dash is no danger.
    pub(super) is_tame: bool,
}

/// What the words are that are no options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operands {
    /// Files; without one, standard input is read.
    Files,
    /// Files or directories; without one, the current directory is read.
    Places,
    /// A pattern, then files; below directories where an option says so.
    PatternThenFiles,
    /// A pattern, then files or directories; without one, the current directory.
    PatternThenPlaces,
    /// At most one file: a second one would be written.
    OneFile,
    /// Text that is no path, or is not opened.
    Text,
    /// Text that has to begin with a `+`.
    Format,
    None,
}

const PLAIN: Program = Program {
    name: "",
    flags: "",
    valued: "",
    joins_values: true,
    long: &[],
    long_valued: &[],
    operands: Operands::Files,
    takes_number: false,
    is_tame: false,
};

const GREP: Program = Program {
    name: "grep",
    flags: "rnilLcvwxoEFGPhHsqaIb",
    valued: "emABC",
    long: &[
        "--recursive",
        "--line-number",
        "--ignore-case",
        "--files-with-matches",
        "--files-without-match",
        "--count",
        "--invert-match",
        "--word-regexp",
        "--line-regexp",
        "--only-matching",
        "--extended-regexp",
        "--fixed-strings",
        "--perl-regexp",
        "--no-filename",
        "--with-filename",
        "--quiet",
        "--no-messages",
        "--text",
        "--color",
        "--colour",
    ],
    long_valued: &[
        "--regexp",
        "--include",
        "--exclude",
        "--exclude-dir",
        "--max-count",
        "--after-context",
        "--before-context",
        "--context",
        "--color",
        "--colour",
    ],
    operands: Operands::PatternThenFiles,
    takes_number: true,
    ..PLAIN
};

/// Not `find`, `sed`, `test` and `printf`, whose words have a grammar of their own.
pub(super) const PROGRAMS: &[Program] = &[
    Program {
        name: "ls",
        flags: "aAbBcCdfFgGhHiklLmnNopqQrRsStuUvxX1Z",
        valued: "ITw",
        long: &[
            "--all",
            "--almost-all",
            "--author",
            "--color",
            "--directory",
            "--full-time",
            "--group-directories-first",
            "--human-readable",
            "--inode",
            "--no-group",
            "--numeric-uid-gid",
            "--recursive",
            "--reverse",
            "--size",
        ],
        long_valued: &[
            "--color",
            "--ignore",
            "--hide",
            "--sort",
            "--time",
            "--time-style",
            "--format",
        ],
        operands: Operands::Places,
        is_tame: true,
        ..PLAIN
    },
    Program { name: "cat", flags: "AbeEnstTuv", long: &["--number"], is_tame: true, ..PLAIN },
    Program {
        name: "head",
        flags: "qvz",
        valued: "nc",
        long: &["--quiet", "--verbose"],
        long_valued: &["--lines", "--bytes"],
        takes_number: true,
        is_tame: true,
        ..PLAIN
    },
    // Without `-f`, which never ends.
    Program {
        name: "tail",
        flags: "qvz",
        valued: "nc",
        long: &["--quiet", "--verbose"],
        long_valued: &["--lines", "--bytes"],
        takes_number: true,
        ..PLAIN
    },
    // Without `--files0-from`, here and below, which reads what a file names.
    Program {
        name: "wc",
        flags: "clmwL",
        long: &["--lines", "--words", "--bytes", "--chars", "--max-line-length"],
        ..PLAIN
    },
    GREP,
    Program { name: "egrep", ..GREP },
    Program { name: "fgrep", ..GREP },
    // Without `--pre`, `--hostname-bin` and `-z`, which start programs, and what uncovers hidden files.
    Program {
        name: "rg",
        flags: "nNiSsFclovwxHIqUPp",
        valued: "emABCtTgM",
        long: &[
            "--line-number",
            "--no-line-number",
            "--ignore-case",
            "--smart-case",
            "--case-sensitive",
            "--fixed-strings",
            "--count",
            "--count-matches",
            "--files-with-matches",
            "--files-without-match",
            "--only-matching",
            "--invert-match",
            "--word-regexp",
            "--line-regexp",
            "--with-filename",
            "--no-filename",
            "--quiet",
            "--multiline",
            "--pcre2",
            "--heading",
            "--no-heading",
            "--column",
            "--stats",
            "--json",
            "--trim",
            "--vimgrep",
            "--no-config",
            "--no-messages",
            "--files",
            "--type-list",
        ],
        long_valued: &[
            "--regexp",
            "--max-count",
            "--after-context",
            "--before-context",
            "--context",
            "--type",
            "--type-not",
            "--glob",
            "--iglob",
            "--max-columns",
            "--max-depth",
            "--color",
            "--sort",
            "--sortr",
        ],
        operands: Operands::PatternThenPlaces,
        ..PLAIN
    },
    // Without `-o`, `-T` and `--compress-program`.
    Program {
        name: "sort",
        flags: "bcCdfghiMmnrRsuVz",
        valued: "kt",
        long: &[
            "--unique",
            "--reverse",
            "--numeric-sort",
            "--human-numeric-sort",
            "--version-sort",
            "--stable",
        ],
        long_valued: &["--key", "--field-separator"],
        ..PLAIN
    },
    Program {
        name: "uniq",
        flags: "cdDiuz",
        valued: "fsw",
        long: &["--count", "--repeated", "--unique", "--ignore-case"],
        operands: Operands::OneFile,
        ..PLAIN
    },
    // Without `-r`, which follows symbolic links.
    Program {
        name: "diff",
        flags: "abBcdEiNpqstTuwyZ",
        valued: "CUW",
        // The value of the first two and of `--color` may be missing: the next word is a file then.
        long: &[
            "--unified",
            "--context",
            "--brief",
            "--color",
            "--ignore-all-space",
            "--side-by-side",
        ],
        long_valued: &["--unified", "--context", "--color", "--exclude", "--label", "--width"],
        ..PLAIN
    },
    Program { name: "cmp", flags: "bls", valued: "in", ..PLAIN },
    Program {
        name: "cut",
        flags: "nsz",
        valued: "bcdf",
        long: &["--complement", "--only-delimited"],
        long_valued: &["--delimiter", "--fields", "--characters", "--bytes", "--output-delimiter"],
        is_tame: true,
        ..PLAIN
    },
    Program {
        name: "tr",
        flags: "cCdst",
        long: &["--complement", "--delete", "--squeeze-repeats"],
        operands: Operands::Text,
        ..PLAIN
    },
    Program { name: "nl", flags: "p", valued: "bdfhilnsvw", is_tame: true, ..PLAIN },
    Program { name: "pwd", flags: "LP", operands: Operands::None, ..PLAIN },
    Program { name: "true", operands: Operands::Text, is_tame: true, ..PLAIN },
    Program { name: "false", operands: Operands::Text, is_tame: true, ..PLAIN },
    Program { name: "basename", flags: "az", valued: "s", operands: Operands::Text, ..PLAIN },
    Program { name: "dirname", flags: "z", operands: Operands::Text, ..PLAIN },
    Program { name: "which", flags: "a", operands: Operands::Text, ..PLAIN },
    Program { name: "realpath", flags: "emsqz", is_tame: true, ..PLAIN },
    Program {
        name: "stat",
        flags: "fLt",
        valued: "c",
        long_valued: &["--format", "--printf"],
        is_tame: true,
        ..PLAIN
    },
    // Without `-C`, which writes, and `-z`, which starts programs.
    Program {
        name: "file",
        flags: "bhikLNr",
        long: &["--brief", "--mime-type", "--mime"],
        ..PLAIN
    },
    // Without `-s`, and setting the clock by a bare operand.
    Program {
        name: "date",
        flags: "uR",
        valued: "d",
        long: &["--utc", "--iso-8601", "--rfc-email"],
        long_valued: &["--date", "--iso-8601", "--rfc-3339"],
        operands: Operands::Format,
        ..PLAIN
    },
    Program {
        name: "du",
        flags: "abchkmsSx0",
        valued: "dt",
        long: &["--human-readable", "--summarize", "--all", "--total", "--apparent-size"],
        long_valued: &["--max-depth", "--exclude"],
        operands: Operands::Places,
        ..PLAIN
    },
    // Without `-o` and `-R`, which write.
    Program {
        name: "tree",
        flags: "adfghinpqrstuvACDFNQSU",
        valued: "LIP",
        joins_values: false,
        long: &["--dirsfirst", "--noreport", "--gitignore"],
        operands: Operands::Places,
        ..PLAIN
    },
];
