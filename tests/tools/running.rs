//! `run`.
use bowline::{
    policy,
    protocol::{Access, Decision, Facts, Mode, Place, Preview, Status, Verdict},
};

use super::*;

fn command(text: &str) -> String {
    serde_json::json!({ "command": text }).to_string()
}

#[test]
fn a_command_gives_its_output_and_how_it_ended() {
    let bench = Bench::new(&[("a.txt", b"one\n"), ("src/b.txt", b"two\n")]);
    for (args, text, status, exit_code) in [
        (command("cat a.txt"), "one\n", Status::Done, Some(0)),
        (command("true"), "(no output)\n", Status::Done, Some(0)),
        (command("echo no; exit 3"), "no\n[exit code 3]", Status::Failed, Some(3)),
        (command("printf x; printf y >&2"), "xy\n", Status::Done, Some(0)),
        (r#"{"command":"cat b.txt","directory":"src"}"#.to_owned(), "two\n", Status::Done, Some(0)),
    ] {
        let outcome = bench.call("run", &args);
        assert_eq!((outcome.text.as_str(), outcome.status), (text, status), "{args}");
        let Facts::Command { exit_code: code, whole, .. } = outcome.facts else { panic!("{args}") };
        assert_eq!((code, whole), (exit_code, None));
    }
    assert!(bench.progress.lock().unwrap().contains("one\n"));
}

#[test]
fn signals_and_time_outs_are_told() {
    let bench = Bench::new(&[]);
    let outcome = bench.call("run", &command("kill -9 $$"));
    assert_eq!(outcome.status, Status::Failed);
    assert!(outcome.text.contains("[ended by signal 9]"), "{}", outcome.text);

    let outcome = bench.call("run", r#"{"command":"echo begun; exec sleep 60","timeout":1}"#);
    assert_eq!(outcome.status, Status::Interrupted);
    assert!(
        outcome.text.starts_with("begun\n[stopped: it was not done after 1 s"),
        "{}",
        outcome.text
    );

    bench.cx.cancel.cancel();
    let outcome = bench.call("run", &command("exec sleep 60"));
    assert_eq!(outcome.status, Status::Interrupted);
    assert!(outcome.text.contains("[interrupted before its end]"), "{}", outcome.text);
}

#[test]
fn a_long_output_is_cut_in_the_middle_and_kept_whole() {
    let bench = Bench::new(&[]);
    let outcome = bench.call("run", &command("echo first; seq 100000; echo last"));
    assert_eq!(outcome.status, Status::Done);
    assert!(outcome.text.len() <= 50_000, "{}", outcome.text.len());
    assert!(outcome.text.starts_with("first\n1\n2\n") && outcome.text.contains("100000\nlast\n"));
    assert!(
        outcome.text.contains(" bytes cut …\n") && outcome.text.contains("[cut in its middle"),
        "{}",
        &outcome.text[outcome.text.len() - 200..]
    );
    let Facts::Command { whole: Some(whole), .. } = outcome.facts else { panic!("kept") };
    let whole = bench.cx.log.get_blob(&whole).unwrap();
    assert!(whole.starts_with(b"first\n1\n") && whole.ends_with(b"100000\nlast\n"));
}

#[test]
fn a_plan_shows_the_command_and_names_what_it_reads() {
    let bench = Bench::new(&[("a.txt", b""), ("src/b.txt", b"")]);
    fs::write(bench.directory.path().join("beside"), "no").unwrap();
    for (args, reads) in [
        (command("cat a.txt"), vec![("a.txt", Place::Workspace)]),
        (command("touch x"), vec![]),
        (
            r#"{"command":"cat b.txt ../a.txt","directory":"src"}"#.to_owned(),
            vec![("a.txt", Place::Workspace), ("src/b.txt", Place::Workspace)],
        ),
        (command("cat .env"), vec![(".env", Place::Secret)]),
    ] {
        let plan = bench.plan("run", &args).unwrap();
        assert!(matches!(&plan.preview, Preview::Command(text) if args.contains(text)));
        let Some((Access::Run(line), rest)) = plan.access.split_first() else { panic!("{args}") };
        assert!(args.contains(&line.text));
        let mut found: Vec<(&str, Place)> = rest
            .iter()
            .map(|access| match access {
                Access::Read(target) => (target.shown.as_str(), target.place),
                Access::Write(_) | Access::Run(_) => panic!("{access:?}"),
            })
            .collect();
        found.sort();
        assert_eq!(found, reads, "{args}");
    }
    let plan = bench.plan("run", &command("cat ../beside")).unwrap();
    assert!(
        matches!(&plan.access[..], [_, Access::Read(target)] if target.place == Place::Outside)
    );
    // A link is followed before the `..` behind it.
    let away = bench.directory.path().join("away/deep");
    fs::create_dir_all(&away).unwrap();
    fs::write(bench.directory.path().join("away/a.txt"), "no").unwrap();
    std::os::unix::fs::symlink(&away, bench.root().join("link")).unwrap();
    let plan = bench.plan("run", &command("cat link/../a.txt")).unwrap();
    assert!(
        matches!(&plan.access[..], [_, Access::Read(target)] if target.place == Place::Outside)
    );

    std::os::unix::fs::symlink(&away, bench.root().join("zzz")).unwrap();
    fs::write(bench.root().join("server.key"), "secret").unwrap();
    for (glob, place) in [("ls z*", Place::Outside), ("cat *.key", Place::Secret)] {
        let plan = bench.plan("run", &command(glob)).unwrap();
        let touches =
            |access: &Access| matches!(access, Access::Read(target) if target.place == place);
        assert!(plan.access.iter().any(touches), "{glob}: {:?}", plan.access);
    }

    let plan = bench.plan("run", &command("echo \u{202e}hidden")).unwrap();
    assert_eq!(plan.preview, Preview::Command("echo \u{202e}hidden".to_owned()));
}

#[test]
fn what_a_command_reads_behind_a_glob_or_in_a_directory_is_looked_at() {
    let bench = Bench::new(&[
        ("a.txt", b""),
        ("src/a.rs", b""),
        ("src/[x].txt", b""),
        ("deep/down/.env", b""),
        ("keys/server.pem", b""),
        ("hidden/plan.txt", b""),
        (".bowlineignore", b"hidden/plan.txt\n"),
        ("ours/.bowline/config.toml", b""),
        ("uncovered/.rgignore", b"!.env\n"),
        ("uncovered/.env", b""),
        ("plain/.git/HEAD", b"x"),
        (
            "plain/.git/config",
            b"[remote \"origin\"]\nurl = https://host/a@b\nurl = ssh://git@host/a\n",
        ),
        ("token/.git/config", b"[remote \"origin\"]\nurl = https://token@host/a\n"),
        ("header/.git/config", b"[http]\nextraHeader = Authorization: basic eA\n"),
        ("helper/.git/modules/a/config", b"[credential]\nhelper = store\n"),
    ]);
    let outside = bench.directory.path().join("outside");
    fs::create_dir_all(outside.join("deep")).unwrap();
    fs::write(outside.join("b.txt"), "no").unwrap();
    fs::create_dir(bench.root().join("links")).unwrap();
    std::os::unix::fs::symlink(outside.join("b.txt"), bench.root().join("links/b.txt")).unwrap();
    std::os::unix::fs::symlink(outside.join("deep"), bench.root().join("links/up")).unwrap();
    for (text, is_free) in [
        ("cat *.txt", true),
        ("cat src/*", true),
        ("ls *", true),
        ("ls links/*", false),
        ("ls keys", true),
        ("grep -rn x src", true),
        ("rg x src deep", true),
        ("rg --files", true),
        ("grep -rn --include='*.rs' x .", true),
        ("rg -g '*.rs' x", true),
        ("diff a.txt src/a.rs", true),
        ("cat links/*", false),
        ("cat links/?.txt", false),
        ("head -n 1 l*/b.txt", true),
        ("cat links/up/../*.txt", false),
        ("cat keys/*", false),
        ("cat hidden/plan.txt", false),
        ("cat hidden/*", false),
        ("grep -r x .", false),
        ("grep -r x", false),
        ("grep -rn x d*", false),
        ("grep -rn --include='*.rs' --include='.e*' x .", false),
        ("grep -rn --include='*' x .", false),
        ("grep -rn --exclude=zzz --include='*.rs' x .", false),
        ("grep -rn --include='*.rs' --exclude=zzz x .", false),
        ("grep -rn --include='*.txt' x hidden", false),
        ("grep -rn --include='*.txt' x src", true),
        ("rg x hidden", false),
        ("rg -g '*.rs' x hidden", true),
        ("grep -rn x ours", true),
        ("rg x ours", true),
        ("grep -rn x plain", true),
        ("grep -rn --include='*.rs' x token", true),
        ("grep -rn x token", false),
        ("grep -rn x header", false),
        ("grep -rn x helper", false),
        ("rg x token", true),
        ("rg x uncovered", false),
        ("rg x", false),
        ("rg x keys", false),
        ("rg -g '*.local' -g '*.rs' x", true),
        ("diff -N . src", false),
    ] {
        let plan = bench.plan("run", &command(text)).unwrap();
        let verdict = policy::judge(&policy::Rules::default(), Mode::Review, &plan.access);
        let is_proven = policy::paths_read(text).is_some();
        let expected = is_free && is_proven;
        assert_eq!(verdict == Verdict::Allow, expected, "{text}: {:?}", plan.access);
        assert_eq!(is_proven, !text.contains("l*/b"), "{text}");
    }
    fs::write(bench.root().join(".env.local"), "").unwrap();
    let plan = bench.plan("run", &command("rg -g '*.local' x")).unwrap();
    let is_secret =
        |access: &Access| matches!(access, Access::Read(target) if target.place == Place::Secret);
    assert!(plan.access.iter().any(is_secret), "{:?}", plan.access);
}

#[test]
fn a_command_that_makes_no_sense_is_not_run() {
    let bench = Bench::new(&[("a.txt", b"")]);
    for (args, words) in [
        (r#"{"command":"  "}"#, "`command` of `run` is empty"),
        (r#"{"command":"touch x\u0000"}"#, "NUL"),
        (r#"{"command":"touch x","timeout":0}"#, "1 to 3600 seconds"),
        (r#"{"command":"touch x","timeout":3601}"#, "1 to 3600 seconds"),
        (r#"{"command":"touch x","directory":"a.txt"}"#, "has to be a directory in the workspace"),
        (r#"{"command":"touch x","directory":"none"}"#, "has to be a directory in the workspace"),
        (r#"{"command":"touch x","directory":".."}"#, "has to be a directory in the workspace"),
        (r#"{"command":"touch x","directory":"/"}"#, "has to be a directory in the workspace"),
    ] {
        bench.check_failure("run", args, &[words]);
    }
    let outcome = bench.decide("run", &command("touch x"), Decision::Propose);
    assert_eq!(outcome.status, Status::Denied);
    assert!(!bench.root().join("x").exists());
}
