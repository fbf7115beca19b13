//! Reading, listing and searching: ignore files, secrets, proposals, limits.
use std::{fs, os::unix::net::UnixListener, time::Duration};

use bowline::{
    protocol::Place,
    workspace::{
        Case, EntryKind, Found, FoundLine, ListQuery, SearchQuery, UserGit, Workspace,
        WorkspaceError,
    },
};
use pretty_assertions::assert_eq;
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{Tree, state};

fn listed(workspace: &Workspace, directory: &str, depth: usize, globs: &[&str]) -> Vec<String> {
    let query = ListQuery {
        directory: workspace.locate(directory).unwrap(),
        depth,
        globs: globs.iter().map(|&glob| glob.to_owned()).collect(),
        limit: 100,
    };
    let entries = workspace.list(&query).unwrap().entries.into_iter();
    entries
        .map(|entry| match entry.kind {
            EntryKind::File { bytes } => format!("{} {bytes}", entry.shown),
            EntryKind::Directory => format!("{}/", entry.shown),
            EntryKind::Symlink { to } => format!("{} -> {to}", entry.shown),
            EntryKind::Other => format!("{} ?", entry.shown),
        })
        .collect()
}

fn query(workspace: &Workspace, place: &str, pattern: &str) -> SearchQuery {
    SearchQuery {
        pattern: pattern.to_owned(),
        is_literal: false,
        case: Case::Exact,
        place: workspace.locate(place).unwrap(),
        globs: Vec::new(),
        context: 0,
        limit: 100,
        time: Duration::MAX,
    }
}

/// `path:number:text` of the matches, `path-number-text` of the context.
fn lines(found: &Found) -> Vec<String> {
    let mut shown = Vec::new();
    for file in &found.files {
        for line in &file.lines {
            let sign = if line.is_match { ':' } else { '-' };
            shown.push(format!("{}{sign}{}{sign}{}", file.shown, line.number, line.text));
        }
    }
    shown
}

fn found(workspace: &Workspace, query: &SearchQuery) -> Vec<String> {
    lines(&workspace.search(query, &|| false).unwrap())
}

#[test]
fn what_is_no_regular_file_is_named_and_not_opened() {
    let tree = Tree::new(&[("directory/x", "")]);
    mknodat(CWD, tree.path("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    let _socket = UnixListener::bind(tree.path("socket")).unwrap();
    let workspace = tree.open();
    for (path, kind) in [
        ("directory", "a directory"),
        ("pipe", "a named pipe"),
        ("socket", "a socket"),
        ("/dev/null", "a device"),
    ] {
        let error = workspace.read(&workspace.locate(path).unwrap()).unwrap_err().to_string();
        assert!(error.contains(kind), "{path}: {error}");
    }
    assert_eq!(workspace.read(&workspace.locate("nothing").unwrap()).unwrap(), None);
}

#[test]
fn reads_show_what_is_proposed() {
    let tree = Tree::new(&[("a", "1"), ("b", "#!1")]);
    tree.set_mode("b", 0o755);
    let workspace = tree.open();
    let read = |path| workspace.read(&workspace.locate(path).unwrap()).unwrap();
    assert_eq!((read("a"), read("b"), read("c")), (Some(state("1")), Some(state("#!1")), None));
    workspace.set_proposed(tree.set(&[("a", Some("1"), Some("2")), ("c", None, Some("3"))]));
    assert_eq!((read("a"), read("c")), (Some(state("2")), Some(state("3"))));
    assert_eq!(tree.text("a").as_deref(), Some("1"));
    workspace.set_proposed(tree.set(&[("a", Some("1"), None)]));
    assert_eq!((read("a"), read("c")), (None, None));
}

#[test]
fn hidden_files_are_refused_with_a_reason() {
    let tree = Tree::new(&[
        (".bowlineignore", "/private/\n*.sql\n!open.sql\n"),
        (".ignore", "!private/\n!*.sql\n"),
        ("private/x", "hit"),
        ("a.sql", "hit"),
        ("open.sql", "hit"),
        ("sub/.bowlineignore", "b\n"),
        ("sub/b", "hit"),
        ("b", "hit"),
    ]);
    let workspace = tree.open();
    for (path, is_hidden) in [
        ("private/x", true),
        ("private", true),
        ("private/new", true),
        ("a.sql", true),
        ("open.sql", false),
        ("sub/b", true),
        ("b", false),
        (".bowlineignore", false),
    ] {
        let target = workspace.locate(path).unwrap();
        assert_eq!(workspace.is_ignored(&target), is_hidden, "{path}");
        if is_hidden {
            let error = workspace.read(&target).unwrap_err();
            assert!(matches!(error, WorkspaceError::Hidden(_)), "{error}");
        }
    }
    assert_eq!(found(&workspace, &query(&workspace, ".", "hit")), ["b:1:hit", "open.sql:1:hit"]);
    assert!(workspace.search(&query(&workspace, "private", "hit"), &|| false).is_err());
    assert!(workspace.search(&query(&workspace, "a.sql", "hit"), &|| false).is_err());
    assert!(!listed(&workspace, ".", 9, &[]).iter().any(|entry| entry.contains("private")));
}

#[test]
fn lists_honour_ignore_files_from_the_repository_down() {
    let tree = Tree::new(&[
        ("../.gitignore", "*"),
        (".gitignore", "target/\n*.log\n"),
        (".git/HEAD", ""),
        (".hidden", "12"),
        ("src/a.rs", "123"),
        ("src/.gitignore", "made.rs"),
        ("src/made.rs", ""),
        ("src/deep/b.rs", ""),
        ("x.log", ""),
        ("target/debug/x.log", ""),
        ("target/debug/y", ""),
    ]);
    tree.link("link", "src");
    let all = tree.open();
    let from_below = Workspace::open(&tree.path("src"), &[]).unwrap();
    let top = [".gitignore 14", ".hidden 2", "link -> src", "src/"];
    assert_eq!(listed(&all, ".", 1, &[]), top);
    let sources = ["src/.gitignore 7", "src/a.rs 3", "src/deep/", "src/deep/b.rs 0"];
    assert_eq!(listed(&all, "src", 2, &[]), sources);
    assert_eq!(listed(&from_below, ".", 2, &["*.rs"]), ["a.rs 3", "deep/b.rs 0"]);
    assert_eq!(listed(&all, ".", 9, &["*.rs", "!deep/"]), ["src/a.rs 3"]);
    // Asked for by name, what git ignores is there.
    assert_eq!(listed(&all, "target/debug", 1, &[]), ["target/debug/x.log 0", "target/debug/y 0"]);
}

#[test]
fn lists_are_cut_at_their_limit_and_show_proposals() {
    let tree = Tree::new(&[("a", ""), ("b", ""), ("c", ""), (".gitignore", "*.tmp")]);
    let workspace = tree.open();
    workspace.set_proposed(tree.set(&[
        ("b", Some(""), None),
        ("c", Some(""), Some("123")),
        ("new/deep/d", None, Some("1")),
        ("e.tmp", None, Some("1")),
    ]));
    let entries = [".gitignore 5", "a 0", "c 3", "new/", "new/deep/", "new/deep/d 1"];
    assert_eq!(listed(&workspace, ".", 9, &[]), entries);
    assert_eq!(listed(&workspace, "new", 1, &[]), ["new/deep/"]);
    let directory = workspace.locate(".").unwrap();
    let query = ListQuery { directory, depth: 1, globs: Vec::new(), limit: 2 };
    let listing = workspace.list(&query).unwrap();
    assert_eq!((listing.entries.len(), listing.omitted), (2, 2));
}

#[test]
fn directories_that_can_not_be_listed_are_named() {
    let tree = Tree::new(&[("file", ""), (".git/HEAD", "")]);
    let workspace = tree.open();
    for (path, says) in [("file", "not a directory"), ("no", "no `no`"), (".git", "git")] {
        let directory = workspace.locate(path).unwrap();
        let query = ListQuery { directory, depth: 1, globs: Vec::new(), limit: 9 };
        let error = workspace.list(&query).unwrap_err().to_string();
        assert!(error.contains(says), "{path}: {error}");
    }
}

#[test]
fn searches_find_lines_with_context() {
    let tree = Tree::new(&[
        ("a.txt", "one\ntwo\r\nthree\nTwo\nfive"),
        ("b/c.rs", "fn two() {}\n"),
        ("b/d.rs", "a.b\naxb\n"),
    ]);
    let workspace = tree.open();
    let base = query(&workspace, ".", "two");
    assert_eq!(found(&workspace, &base), ["b/c.rs:1:fn two() {}", "a.txt:2:two"]);
    let insensitive = SearchQuery { case: Case::Ignored, ..base.clone() };
    assert_eq!(found(&workspace, &insensitive).len(), 3);
    let anchored = SearchQuery { pattern: "^two$".to_owned(), ..base.clone() };
    assert_eq!(found(&workspace, &anchored), ["a.txt:2:two"]);
    let context = SearchQuery { context: 1, ..anchored };
    assert_eq!(found(&workspace, &context), ["a.txt-1-one", "a.txt:2:two", "a.txt-3-three"]);
    let globs = SearchQuery { globs: vec!["*.rs".to_owned()], ..base.clone() };
    assert_eq!(found(&workspace, &globs), ["b/c.rs:1:fn two() {}"]);
    let literal = SearchQuery { pattern: "a.b".to_owned(), is_literal: true, ..base.clone() };
    assert_eq!(found(&workspace, &literal), ["b/d.rs:1:a.b"]);
    let one_file = SearchQuery { place: workspace.locate("a.txt").unwrap(), ..base };
    assert_eq!(found(&workspace, &one_file), ["a.txt:2:two"]);
}

#[test]
fn searches_leave_out_secrets_binaries_and_git() {
    let tree = Tree::new(&[
        (".env", "hit"),
        ("id_rsa", "hit"),
        (".git/config", "hit"),
        ("sub/.git", "hit"),
        ("bin", "hit\n\0\nhit\n"),
        (".gitignore", "ignored"),
        ("ignored", "hit"),
        (".hidden", "hit"),
    ]);
    tree.link("link", ".env");
    fs::File::create(tree.path("large")).unwrap().set_len(11 * 1024 * 1024).unwrap();
    let workspace = tree.open();
    workspace.set_proposed(tree.set(&[("bin2", None, Some("hit\n\0"))]));
    let result = workspace.search(&query(&workspace, ".", "hit"), &|| false).unwrap();
    assert_eq!(lines(&result), [".hidden:1:hit"]);
    assert_eq!(result.unreadable.len(), 1);
    assert!(result.unreadable[0].contains("`large`"), "{:?}", result.unreadable);
    assert_eq!(workspace.locate("link").unwrap().place, Place::Secret);
    for place in [".env", "link", ".git", ".git/config", "nowhere"] {
        assert!(workspace.search(&query(&workspace, place, "hit"), &|| false).is_err(), "{place}");
    }
}

#[test]
fn searches_see_what_is_proposed() {
    let tree = Tree::new(&[("a", "hit"), ("b", "hit"), ("c", "miss")]);
    let workspace = tree.open();
    workspace.set_proposed(tree.set(&[
        ("a", Some("hit"), Some("none")),
        ("b", Some("hit"), None),
        ("c", Some("miss"), Some("hit now")),
        ("new/d", None, Some("hit too")),
    ]));
    let hits = ["c:1:hit now", "new/d:1:hit too"];
    assert_eq!(found(&workspace, &query(&workspace, ".", "hit")), hits);
    assert_eq!(found(&workspace, &query(&workspace, "new", "hit")), hits[1..]);
    assert_eq!(found(&workspace, &query(&workspace, "new/d", "hit")), hits[1..]);
}

/// How many lines of each file are shown, and how many match.
fn counts(found: &Found) -> Vec<(&str, usize, usize)> {
    let shown = |lines: &[FoundLine]| lines.iter().filter(|line| line.is_match).count();
    found.files.iter().map(|it| (it.shown.as_str(), shown(&it.lines), it.matches)).collect()
}

#[test]
fn a_limit_gives_the_first_matches_each_time_and_counts_the_rest() {
    let tree = Tree::new(&[]);
    for number in 0..60 {
        tree.write(&format!("{number:02}"), "hit\nx\ny\nhit\n");
    }
    let workspace = tree.open();
    let limited = SearchQuery { limit: 5, context: 1, ..query(&workspace, ".", "hit") };
    let expected = [
        "00:1:hit", "00-2-x", "00-3-y", "00:4:hit", "01:1:hit", "01-2-x", "01-3-y", "01:4:hit",
        "02:1:hit", "02-2-x",
    ];
    for _ in 0..20 {
        let result = workspace.search(&limited, &|| false).unwrap();
        assert_eq!(lines(&result), expected);
        assert_eq!(counts(&result)[2..4], [("02", 1, 2), ("03", 0, 2)]);
        assert_eq!((result.files.len(), result.partial), (60, None));
    }
    let counted = SearchQuery { limit: 0, ..limited.clone() };
    let result = workspace.search(&counted, &|| false).unwrap();
    assert_eq!(counts(&result)[59], ("59", 0, 2));
    let exact = SearchQuery { limit: 120, ..limited };
    assert_eq!(found(&workspace, &exact).len(), 240);
}

#[test]
fn more_lines_than_are_kept_are_counted_the_same_each_time() {
    let tree = Tree::new(&[]);
    for number in 0..60 {
        tree.write(&format!("{number:02}"), &"hit\n".repeat(100));
    }
    let workspace = tree.open();
    let limited = SearchQuery { limit: 1_000, ..query(&workspace, ".", "hit") };
    let first = workspace.search(&limited, &|| false).unwrap();
    assert_eq!(counts(&first)[..2], [("00", 50, 100), ("01", 50, 100)]);
    assert_eq!(counts(&first)[59], ("59", 0, 100));
    for _ in 0..10 {
        assert_eq!(workspace.search(&limited, &|| false).unwrap(), first);
    }
}

#[test]
fn files_share_the_room_and_definitions_come_first() {
    let uses = "    frobnicate();\n".repeat(50);
    let tree = Tree::new(&[
        ("a.rs", &format!("fn a() {{\n{uses}}}\n")),
        ("b.py", "frobnicate()\n"),
        ("z.rs", &format!("fn z() {{\n{uses}}}\n\n#[inline]\nfn frobnicate() {{}}\n")),
        ("z.txt", "fn frobnicate() {}\n"),
    ]);
    let workspace = tree.open();
    let limited = SearchQuery { limit: 10, ..query(&workspace, ".", "frobnicate") };
    let result = workspace.search(&limited, &|| false).unwrap();
    let shares = [("z.rs", 4, 51), ("a.rs", 4, 50), ("b.py", 1, 1), ("z.txt", 1, 1)];
    assert_eq!(counts(&result), shares);
    let last = result.files[0].lines.last().unwrap();
    assert_eq!((last.number, last.text.as_str()), (55, "fn frobnicate() {}"));
    // Found in a part of a name too, and not where it is no name.
    for (pattern, first) in [("frob", "z.rs"), ("frobnicate\\(", "a.rs")] {
        let part = SearchQuery { pattern: pattern.to_owned(), ..limited.clone() };
        let result = workspace.search(&part, &|| false).unwrap();
        assert_eq!(result.files[0].shown, first, "{pattern}");
    }
}

#[test]
fn patterns_go_over_line_ends_where_they_say_so() {
    let tree = Tree::new(&[("a", "one\ntwo\nthree\n"), ("b", "one two\r\n")]);
    let workspace = tree.open();
    for (pattern, is_literal, wanted) in [
        (r"one\s+two", false, &["b:1:one two"][..]),
        (r"one\ntwo", false, &["a:1:one", "a:2:two"]),
        ("(?s)two.*ee$", false, &["a:2:two", "a:3:three"]),
        ("one\ntwo", true, &["a:1:one", "a:2:two"]),
        (r"one\ntwo", true, &[]),
        (r"\n\n", false, &[]),
    ] {
        let pattern = pattern.to_owned();
        let query = SearchQuery { pattern, is_literal, ..query(&workspace, ".", "x") };
        assert_eq!(found(&workspace, &query), wanted, "{}", query.pattern);
    }
}

#[test]
fn a_search_ends_with_its_time_and_says_how_far_it_got() {
    let tree = Tree::new(&[("a", "hit"), ("b", "hit")]);
    let workspace = tree.open();
    let base = query(&workspace, ".", "hit");
    let at_once = SearchQuery { time: Duration::ZERO, ..base.clone() };
    let partial = workspace.search(&at_once, &|| false).unwrap().partial.unwrap();
    assert!(partial.has_more && partial.searched == 0, "{partial:?}");
    assert!(workspace.search(&base, &|| true).unwrap().partial.is_some());
    assert_eq!(workspace.search(&base, &|| false).unwrap().partial, None);
}

#[test]
fn what_systems_of_version_control_keep_is_left_out_at_any_depth() {
    let kept = [".git/a", ".hg/a", "sub/.jj/a", "sub/.svn/a", ".bzr/a", "sub/.git/a"];
    let tree = Tree::new(&kept.map(|path| (path, "hit")));
    tree.write("sub/.github/a", "hit");
    let workspace = tree.open();
    let query = query(&workspace, ".", "hit");
    assert_eq!(found(&workspace, &query), ["sub/.github/a:1:hit"]);
    assert_eq!(listed(&workspace, ".", 9, &[]), ["sub/", "sub/.github/", "sub/.github/a 3"]);
}

#[test]
fn each_repository_has_its_own_rules_and_the_users_count_in_all() {
    let tree = Tree::new(&[
        (".git/info/exclude", "excluded\n"),
        (".gitignore", "*.log\nvendor/left/\n"),
        (".ignore", "ignored\n"),
        ("a.log", "hit"),
        ("excluded", "hit"),
        ("ignored", "hit"),
        ("kept.swp", "hit"),
        ("notes.todo", "hit"),
        ("vendor/left/a", "hit"),
        ("vendor/own/.git/HEAD", ""),
        ("vendor/own/.gitignore", "*.swp\n!kept.swp\n"),
        ("vendor/own/a.log", "hit"),
        ("vendor/own/a.swp", "hit"),
        ("vendor/own/kept.swp", "hit"),
        ("vendor/own/a.todo", "hit"),
        ("module/.git", "gitdir: ../.git/modules/module\n"),
        ("module/a.log", "hit"),
    ]);
    let excludes = tree.beside("excludes");
    fs::write(&excludes, "*.todo\n*.swp\n").unwrap();
    let user = UserGit { usual_excludes: Some(excludes), ..UserGit::default() };
    let workspace = tree.open().honouring(&user);
    let query = query(&workspace, ".", "hit");
    let hits = ["module/a.log:1:hit", "vendor/own/a.log:1:hit", "vendor/own/kept.swp:1:hit"];
    assert_eq!(found(&workspace, &query), hits);
    // Without the user's own, what only they leave out is there.
    let more = found(&tree.open(), &query);
    assert_eq!(more[..3], ["kept.swp:1:hit", "module/a.log:1:hit", "notes.todo:1:hit"]);
}

#[test]
fn links_that_go_in_circles_are_walked_past() {
    let tree = Tree::new(&[("a/b/file", "hit")]);
    tree.link("a/b/up", "../..");
    tree.link("a/self", "self");
    let workspace = tree.open();
    assert_eq!(found(&workspace, &query(&workspace, ".", "hit")), ["a/b/file:1:hit"]);
    let entries = ["a/", "a/b/", "a/b/file 3", "a/b/up -> ../..", "a/self -> self"];
    assert_eq!(listed(&workspace, ".", 9, &[]), entries);
}

#[test]
fn long_lines_are_cut() {
    let tree = Tree::new(&[("a", &"é".repeat(5000))]);
    let workspace = tree.open();
    let result = workspace.search(&query(&workspace, ".", "é"), &|| false).unwrap();
    assert_eq!(result.files[0].lines[0].text.chars().count(), 401);
}

#[test]
fn broken_patterns_are_named() {
    let tree = Tree::new(&[("a", "")]);
    let workspace = tree.open();
    let base = query(&workspace, ".", "foo(");
    let error = workspace.search(&base, &|| false).unwrap_err().to_string();
    assert!(error.contains("`foo(`") && error.contains("`literal`"), "{error}");
    let empty = SearchQuery { pattern: String::new(), ..base.clone() };
    assert!(workspace.search(&empty, &|| false).is_err());
    let globs = SearchQuery { pattern: "x".to_owned(), globs: vec!["[".to_owned()], ..base };
    let error = workspace.search(&globs, &|| false).unwrap_err().to_string();
    assert!(error.contains("`[`"), "{error}");
}

#[test]
fn what_was_written_the_moment_before_is_found() {
    let tree = Tree::new(&[("a/first", "needle")]);
    let workspace = tree.open();
    let files = |workspace: &Workspace| {
        let place = workspace.locate(".").unwrap();
        workspace.files(&place, &[], &|| false).unwrap().paths
    };
    assert_eq!(files(&workspace).len(), 1);
    for number in 0..200 {
        tree.write(&format!("a/{number}"), "needle");
        assert_eq!(files(&workspace).len(), number + 2, "{number}");
    }
    tree.write(".gitignore", "a/1*\n");
    assert_eq!(files(&workspace), files(&tree.open()));
    fs::remove_dir_all(tree.path("a")).unwrap();
    assert_eq!(files(&workspace).to_vec(), [tree.path(".gitignore")]);
}

#[test]
fn ignored_files_are_listed_for_those_who_ask_for_them() {
    let tree = Tree::new(&[
        (".gitignore", "target/\n"),
        ("a.rs", ""),
        ("target/b.log", ""),
        ("target/.env", ""),
        (".bowlineignore", "hidden\n"),
        ("hidden", ""),
        (".git/HEAD", ""),
    ]);
    let workspace = tree.open();
    let listed = |most| {
        let files = workspace.files_and_ignored(most, &|| false);
        let shown: Vec<String> = files.paths.iter().map(|path| workspace.shown(path)).collect();
        (shown, files.is_cut)
    };
    let all = [".bowlineignore", ".gitignore", "a.rs", "target/b.log"];
    assert_eq!(listed(10), (all.map(str::to_owned).to_vec(), false));
    let (some, is_cut) = listed(2);
    assert_eq!((some.len(), is_cut), (2, true));
    assert!(workspace.files_and_ignored(10, &|| true).is_cut);
}
