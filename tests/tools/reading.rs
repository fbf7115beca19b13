//! `read`, `list` and `search`.
use std::os::unix::fs::{PermissionsExt, symlink};

use bowline::protocol::{Access, Decision, Place, Preview, Selection, Status};

use super::*;

#[test]
fn a_file_is_read_with_numbers_and_what_is_peculiar_is_said() {
    let bench = Bench::new(&[
        ("plain", b"one\ntwo\n"),
        ("open", b"one\ntwo"),
        ("dos", b"one\r\ntwo\r\n"),
        ("marked", b"\xef\xbb\xbfone\n"),
        ("latin", b"caf\xe9\n"),
        ("wide", b"\xff\xfea\0\n\0"),
        ("unmarked", b"\0a\0 \0=\0 \x011\0\r\0\n"),
        ("mixed", b"gr\xc3\xbcn, caf\xe9\n"),
        ("japanese", b"\x93\xfa\x96{\x8c\xea\x82\xcc\x83e\x83X\x83g\n"),
        ("empty", b""),
        ("five", b"1\n2\n3\n4\n5\n"),
    ]);
    for (args, text) in [
        (r#"{"path":"plain"}"#, "1\tone\n2\ttwo\n"),
        (r#"{"path":"./plain"}"#, "1\tone\n2\ttwo\n"),
        (r#"{"path":"open"}"#, "1\tone\n2\ttwo\n[no newline at the end of the file]\n"),
        (r#"{"path":"dos"}"#, "1\tone\n2\ttwo\n[line ends are CRLF]\n"),
        (r#"{"path":"marked"}"#, "1\tone\n"),
        (r#"{"path":"latin"}"#, "1\tcaf\u{e9}\n[encoded in windows-1252; edits keep it]\n"),
        (
            r#"{"path":"mixed"}"#,
            "1\tgr\u{fc}n, caf\u{fffd}\n[not valid UTF-8: \u{fffd} stands for bytes that can't be shown]\n",
        ),
        (
            r#"{"path":"japanese"}"#,
            "1\t\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{30c6}\u{30b9}\u{30c8}\n[encoded in Shift_JIS; edits keep it]\n",
        ),
        (r#"{"path":"wide"}"#, "1\ta\n[encoded in UTF-16 (little-endian); edits keep it]\n"),
        (
            r#"{"path":"unmarked"}"#,
            "1\ta = \u{131}\n[line ends are CRLF]\n[encoded in UTF-16 (big-endian); edits keep it]\n",
        ),
        (r#"{"path":"empty"}"#, "(the file is empty)\n"),
        (r#"{"path":"five","limit":2}"#, "1\t1\n2\t2\n[lines 1-2 of 5; read on with offset 3]\n"),
        (
            r#"{"path":"five","offset":2,"limit":2}"#,
            "2\t2\n3\t3\n[lines 2-3 of 5; read on with offset 4]\n",
        ),
        (r#"{"path":"five","offset":4}"#, "4\t4\n5\t5\n[lines 4-5 of 5]\n"),
        (
            r#"{"path":"five","offset":0,"limit":0}"#,
            "1\t1\n[lines 1-1 of 5; read on with offset 2]\n",
        ),
    ] {
        bench.check_text("read", args, text);
    }
}

#[test]
fn part_of_a_large_file_is_read_and_a_search_names_it() {
    let lines: String = (1..=1_000_000).map(|line| format!("line {line:>6}\n")).collect();
    let bench = Bench::new(&[("large", lines.as_bytes()), ("small", b"line 500000\n")]);
    bench.check_text(
        "read",
        r#"{"path":"large","offset":500000,"limit":1}"#,
        "500000\tline 500000\n[lines 500000-500000 of 1000000; read on with offset 500001]\n",
    );
    let outcome = bench.call("search", r#"{"pattern":"line 500000"}"#);
    let told = ["small", "`large` has 12000001 bytes; files over 10485760 are not searched"];
    for part in told {
        assert!(outcome.text.contains(part), "{part}: {}", outcome.text);
    }
}

#[test]
fn what_can_not_be_read_is_said_in_a_sentence() {
    let bench = Bench::new(&[
        ("src/main.rs", b"fn main() {}\n"),
        ("five", b"1\n2\n3\n4\n5\n"),
        ("program", b"\x7fELF\0\0\0\0"),
        ("archive", b"PK\x03\x04\0\0"),
        ("zeros", &[0; 20_000]),
        ("locked", b"secret\n"),
    ]);
    fs::write(
        bench.root().join("big.png"),
        [b"\x89PNG\r\n\x1a\n".as_slice(), &[1; 6 << 20]].concat(),
    )
    .unwrap();
    fs::File::create(bench.root().join("huge")).unwrap().set_len(1 << 33).unwrap();
    symlink("nowhere", bench.root().join("dangling")).unwrap();
    for (args, words) in [
        (r#"{"path":"src"}"#, &["`src` is a directory", "`list`"][..]),
        (r#"{"path":"src/mian.rs"}"#, &["no `src/mian.rs`", "`src/main.rs`"]),
        (r#"{"path":"zzz/qqq"}"#, &["no `zzz/qqq`", "`list`"]),
        (r#"{"path":"five","offset":6}"#, &["`five` has 5 lines", "line 6 is past its end"]),
        (r#"{"path":"program"}"#, &["ELF", "8 bytes"]),
        (r#"{"path":"archive"}"#, &["zip", "6 bytes"]),
        (r#"{"path":"zeros"}"#, &["a binary file (20 kB)"]),
        (r#"{"path":"big.png"}"#, &["image", "6.3 MB", "5.2 MB"]),
        (r#"{"path":"huge"}"#, &["huge"]),
        (r#"{"path":"dangling"}"#, &["nowhere"]),
        (r#"{"path":"a\u0000b"}"#, &[]),
        (r#"{"path":""}"#, &[]),
    ] {
        bench.check_failure("read", args, words);
    }
    fs::set_permissions(bench.root().join("locked"), fs::Permissions::from_mode(0o000)).unwrap();
    // An administrator reads everything.
    if fs::read(bench.root().join("locked")).is_err() {
        bench.check_failure("read", r#"{"path":"locked"}"#, &["locked"]);
    }
}

#[test]
fn long_files_and_long_lines_are_cut_and_it_is_said_how_to_go_on() {
    let many: String = (1..=3_000).map(|number| format!("{number}\n")).collect();
    let wide: String = (1..=100).map(|_| "x".repeat(1_000) + "\n").collect();
    let long = format!("{}\nshort\n{}\n", "é".repeat(5_000), "€".repeat(2_001));
    let bench = Bench::new(&[
        ("many", many.as_bytes()),
        ("wide", wide.as_bytes()),
        ("long", long.as_bytes()),
    ]);

    let text = bench.call("read", r#"{"path":"many"}"#).text;
    assert!(text.ends_with("2000\t2000\n[lines 1-2000 of 3000; read on with offset 2001]\n"));
    let text = bench.call("read", r#"{"path":"many","limit":99999}"#).text;
    assert!(text.contains("offset 2001"));

    let text = bench.call("read", r#"{"path":"wide"}"#).text;
    assert!(
        text.len() <= 50_000 && text.contains("of 100; read on with offset 49]"),
        "{}",
        text.len()
    );

    let text = bench.call("read", r#"{"path":"long"}"#).text;
    assert!(text.contains("é…[3000 more characters]\n2\tshort\n"), "{text}");
    assert!(text.contains("€…[1 more characters]\n"), "{text}");
    assert!(text.contains("[lines longer than 2000 characters were cut"));
}

#[test]
fn an_image_is_shown_and_not_dumped() {
    for (bytes, media_type) in [
        (&b"\x89PNG\r\n\x1a\n\0\0"[..], "image/png"),
        (b"\xff\xd8\xff\xe0\0", "image/jpeg"),
        (b"GIF89a\0", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    ] {
        let bench = Bench::new(&[("picture", bytes)]);
        let outcome = bench.call("read", r#"{"path":"picture"}"#);
        assert_eq!(outcome.status, Status::Done);
        assert_eq!(outcome.text, format!("picture: {media_type}, {} bytes", bytes.len()));
        let [image] = outcome.images.as_slice() else { panic!("one image") };
        assert_eq!(image.media_type, media_type);
        assert!(!image.base64.is_empty());
    }
}

#[test]
fn a_plan_says_what_it_would_read_before_it_does() {
    let bench = Bench::new(&[("src/a.rs", b"one\n"), ("b", b"")]);
    fs::write(bench.directory.path().join("beside"), "no").unwrap();
    for (tool, args, line, place) in [
        ("read", r#"{"path":"src/a.rs"}"#, "read src/a.rs", Place::Workspace),
        ("read", r#"{"path":"src/a.rs","offset":5}"#, "read src/a.rs:5-", Place::Workspace),
        (
            "read",
            r#"{"path":"src/a.rs","offset":5,"limit":3}"#,
            "read src/a.rs:5-7",
            Place::Workspace,
        ),
        ("list", r#"{"path":"src","globs":["*.rs"]}"#, "list src (*.rs)", Place::Workspace),
        ("search", r#"{"pattern":"x","path":"src"}"#, "search `x` in src", Place::Workspace),
        ("read", r#"{"path":".env"}"#, "read .env", Place::Secret),
    ] {
        let plan = bench.plan(tool, args).unwrap();
        assert_eq!(plan.preview, Preview::Line(line.to_owned()));
        let [Access::Read(target)] = plan.access.as_slice() else { panic!("{:?}", plan.access) };
        assert_eq!(target.place, place, "{args}");
    }
    let plan = bench.plan("read", r#"{"path":"../beside"}"#).unwrap();
    assert!(matches!(&plan.access[..], [Access::Read(target)] if target.place == Place::Outside));
}

#[test]
fn a_missing_file_outside_does_not_tell_its_neighbours() {
    let bench = Bench::new(&[]);
    fs::write(bench.directory.path().join("beside"), "no").unwrap();
    let text = bench.call("read", r#"{"path":"../besides"}"#).text;
    assert!(text.contains("There is no") && !text.contains("beside`"), "{text}");
}

#[test]
fn a_directory_is_listed_compactly() {
    let big = vec![b'x'; 123_456];
    let bench = Bench::new(&[
        ("Cargo.toml", b""),
        ("src/lib.rs", b""),
        ("src/deep/er/x.rs", b""),
        ("data.bin", &big),
        (".gitignore", b"target\n"),
        ("target/out", b""),
    ]);
    symlink("Cargo.toml", bench.root().join("link")).unwrap();
    let text = bench.call("list", "{}").text;
    for line in
        ["Cargo.toml\n", "data.bin (123 kB)\n", "link -> ", "src/\n", "src/deep/\n", "src/lib.rs\n"]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
    for absent in ["target", "src/deep/er"] {
        assert!(!text.contains(absent), "{absent}\n{text}");
    }
    let text = bench.call("list", r#"{"depth":9,"globs":"*.rs"}"#).text;
    assert!(text.contains("src/deep/er/x.rs\n") && !text.contains("Cargo.toml"), "{text}");
    let text = bench.call("list", r#"{"path":"src","globs":["*.py"]}"#).text;
    assert!(text.contains("Nothing in `src` (*.py)") && text.contains("ignored files"), "{text}");

    bench.check_failure("list", r#"{"path":"Cargo.toml"}"#, &["is a file: use `read`"]);
    bench.check_failure("list", r#"{"path":"srcs"}"#, &["no `srcs`", "`src/`"]);
    bench.check_failure("list", r#"{"globs":["[z-a"]}"#, &["[z-a"]);
}

#[test]
fn a_long_listing_says_how_much_is_missing() {
    let names: Vec<String> = (0..600).map(|number| format!("file{number:03}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let text = Bench::new(&files).call("list", "{}").text;
    assert_eq!(text.lines().count(), 501);
    assert!(text.ends_with("[100 more left out: list a directory below, or give globs]\n"));
}

#[test]
fn matches_are_given_by_file_and_line() {
    let bench = Bench::new(&[
        ("a.rs", b"one\ntwo\nthree\nfour\nfive\nsix\none\n"),
        ("src/b.rs", b"fn two() {}\n"),
        ("src/c.py", b"two(1.5)\n"),
    ]);
    for (args, text) in [
        (
            r#"{"pattern":"tw[o]"}"#,
            "src/b.rs\n1: fn two() {}\n\na.rs\n2: two\n\nsrc/c.py\n1: two(1.5)\n",
        ),
        (r#"{"pattern":"TWO","ignore_case":true,"globs":["*.py"]}"#, "src/c.py\n1: two(1.5)\n"),
        (r#"{"pattern":"two(1.5)","literal":true}"#, "src/c.py\n1: two(1.5)\n"),
        (r#"{"pattern":"two","path":"src/b.rs"}"#, "src/b.rs\n1: fn two() {}\n"),
        (
            r#"{"pattern":"one","path":"a.rs","context":1}"#,
            "a.rs\n1: one\n2- two\n--\n6- six\n7: one\n",
        ),
        (r#"{"pattern":"o","path":"a.rs","limit":1}"#, "a.rs\n1: one\n[3 more here]\n"),
        (
            r#"{"pattern":"two","limit":1}"#,
            "src/b.rs\n1: fn two() {}\n\n[also in a.rs (1), src/c.py (1): narrow the search, raise `limit`, or give `count`]\n",
        ),
        (
            r#"{"pattern":"o","count":true}"#,
            "a.rs: 4\nsrc/b.rs: 1\nsrc/c.py: 1\n[6 lines in 3 files]\n",
        ),
        (
            r#"{"pattern":"TWO","path":"a.rs"}"#,
            "Nothing matches `TWO` in `a.rs`; with case ignored:\na.rs\n2: two\n",
        ),
        (
            r#"{"pattern":"seven","path":"src","globs":["*.rs"]}"#,
            "Nothing matches `seven` in `src` (*.rs), nor with case ignored; ignored files are not searched.\n",
        ),
    ] {
        bench.check_text("search", args, text);
    }
    bench.check_failure("search", r#"{"pattern":"tw(o"}"#, &["tw(o"]);
    bench.check_failure("search", r#"{"pattern":""}"#, &["`pattern` of `search` is empty"]);
    bench.check_failure("search", r#"{"pattern":"x","path":"scr"}"#, &["no `scr`", "`src/`"]);
}

#[test]
fn a_search_with_very_much_to_say_is_cut_and_says_so() {
    let lines: String = (0..2_000).map(|_| "needle ".repeat(30) + "\n").collect();
    let bench = Bench::new(&[("hay", lines.as_bytes())]);
    let text = bench.call("search", r#"{"pattern":"needle","limit":1000}"#).text;
    assert!(text.len() <= 50_000);
    assert!(text.contains("more bytes were cut here"), "{}", &text[text.len() - 300..]);
}

#[test]
fn a_cancelled_search_says_that_it_was() {
    let bench = Bench::new(&[("a", b"x\n")]);
    bench.cx.cancel.cancel();
    let outcome = bench.decide("search", r#"{"pattern":"x"}"#, Decision::Accept(Selection::All));
    assert_eq!(outcome.status, Status::Interrupted);
}
