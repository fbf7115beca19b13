//! What runs without asking, and what never does.
use std::path::{Path, PathBuf};

use bowline::{
    policy::{Rules, judge, paths_read},
    protocol::{Access, CommandLine, Mode, Place, Target, Verdict},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Allow,
    Ask,
    Deny,
}
use Answer::{Allow, Ask, Deny};

fn answer(verdict: &Verdict) -> Answer {
    match verdict {
        Verdict::Allow => Allow,
        Verdict::Ask(_) => Ask,
        Verdict::Deny(_) => Deny,
    }
}

fn rules() -> Rules {
    Rules {
        sandbox_off: true,
        roots: vec![PathBuf::from("/projects/tree"), PathBuf::from("/projects/added")],
        home: Some(PathBuf::from("/home/me")),
        permitted: Vec::new(),
    }
}

fn run(text: &str) -> Access {
    Access::Run(command(text))
}

fn command(text: &str) -> CommandLine {
    CommandLine { text: text.to_owned(), directory: PathBuf::from("/projects/tree") }
}

#[test]
fn what_the_user_permits_runs_as_it_is_written_and_no_further() {
    let permitted = ["make", "cat ../x", "rm -rf /"].map(command).to_vec();
    let rules = Rules { permitted, ..rules() };
    let elsewhere = CommandLine { directory: PathBuf::from("/projects/added"), ..command("make") };
    for (mode, run, wanted) in [
        (Mode::Review, run("make"), Allow),
        (Mode::Edit, run("make"), Allow),
        (Mode::Plan, run("make"), Deny),
        (Mode::Review, run("make all"), Ask),
        (Mode::Review, Access::Run(elsewhere), Ask),
        (Mode::Review, run("rm -rf /"), Deny),
        (Mode::Auto, run("rm -rf /"), Deny),
    ] {
        assert_eq!(
            answer(&judge(&rules, mode, std::slice::from_ref(&run))),
            wanted,
            "{mode}: {run:?}"
        );
    }
    let mut access = vec![run("cat ../x")];
    access.extend(reads("cat ../x"));
    assert_eq!(answer(&judge(&rules, Mode::Review, &access)), Allow);
    access[0] = run("cat ../x ../y");
    assert_eq!(answer(&judge(&rules, Mode::Review, &access)), Ask);
}

/// The reads that come with a command, placed by their letters as a workspace would place them.
fn reads(text: &str) -> Vec<Access> {
    let target = |shown: String| {
        let is_secret = shown.split('/').any(|name| name.starts_with(".en") || name == ".ssh");
        let place = match () {
            () if is_secret => Place::Secret,
            () if shown.starts_with('/') || shown.contains("..") => Place::Outside,
            () => Place::Workspace,
        };
        Access::Read(Target { path: Path::new("/projects/tree").join(&shown), shown, place })
    };
    paths_read(text).unwrap_or_default().into_iter().map(|read| target(read.path)).collect()
}

/// In mode `review`, does this command run without asking?
fn check_reading(text: &str, expected: Answer) {
    let mut access = vec![run(text)];
    access.extend(reads(text));
    let verdict = judge(&rules(), Mode::Review, &access);
    let found = if answer(&verdict) == Allow { Allow } else { Ask };
    assert_eq!(found, expected, "{text:?}: {verdict:?} after {:?}", paths_read(text));
}

#[test]
fn commands_that_only_read_run_in_every_mode() {
    for text in [
        "ls -la src",
        "/bin/ls",
        "cat 'file with space.txt'",
        "head -n 20 README.md",
        "head -20 README.md",
        "grep -rn TODO src 2>/dev/null",
        "grep -rn --include='*.rs' 'fn main' .",
        "rg -n foo -- *",
        "rg -n 'foo.*bar' -g '*.rs' -C 3 src",
        "rg --files src | wc -l",
        "find . -name '*.rs' -type f",
        "find src -maxdepth 2 -not -path './target/*' | sort | head -5",
        "sed -n '1,40p' f",
        "sed -n '10p;20,$p' f",
        "sort -u a | uniq -c | head -5",
        "diff -u a b",
        "wc -l src/*.rs",
        "test -f Cargo.toml && echo yes",
        "[ -d src ] || echo none",
        "command -v rg",
        "which cargo",
        "tr a-z A-Z < a.txt",
        "ls\npwd",
        "cut -d: -f1 names.txt | sort",
        "printf '%s %d%%\\n' a 3",
        "date +%Y-%m-%d",
        "cat < /dev/null; cat </dev/null",
        "stat -c %s Cargo.toml; file src/lib.rs; du -sh src",
        "tail -n +5 größe.txt",
        "tree -aI target -L 2 src",
        "ls *; cat *.toml; wc -l -- *",
        "true; true; echo a b=c",
    ] {
        check_reading(text, Allow);
        for mode in Mode::ALL {
            assert_eq!(judge(&rules(), mode, &[run(text)]), Verdict::Allow, "{text}");
        }
    }
    let sixty = "true; ".repeat(60) + "true";
    check_reading(&sixty, Allow);
}

/// Each of these would write, start a program or read elsewhere, or can be taken for something that does.
const ASKING: &[&str] = &[
    // Programs that are not the system's, or that start others.
    "./ls",
    "node_modules/.bin/ls",
    "/proc/self/root/usr/bin/touch P",
    "env touch P",
    "env",
    "timeout 5 touch P",
    "nice touch P",
    "setsid touch P",
    "l\u{455}",
    "xargs touch < f",
    "command touch P",
    "/usr/bin/env ls",
    "awk 'BEGIN{system(\"touch P\")}'",
    "man -P ./x ls",
    "less f",
    "vim -c q",
    "make -n",
    "cargo check",
    "rustc --version",
    "jq -n env",
    "nslookup secret.evil",
    "docker ps",
    "gh auth token",
    "busybox touch P",
    "tar cf - --checkpoint-action=exec=x .",
    "xxd a F",
    // Redirections and jobs.
    "ls > out",
    "ls >| out",
    "ls &> out",
    ">out",
    "ls >> out",
    "cat < /dev/tcp/127.0.0.1/9",
    "ls & touch P",
    "ls\ntouch P",
    "ls <<< x",
    "cat <<E\nx\nE",
    "ls 2>out",
    "ls >/dev/null2",
    // Expansion and quoting.
    "echo $(touch P)",
    "echo `touch P`",
    "cat <(touch P)",
    "{touch,P}",
    "t\\ouch P",
    "to''uch P",
    "$'\\x74ouch' P",
    "ls() { touch P; }; ls",
    "hash -p ./x ls; ls",
    "echo \"$(touch P)\"",
    "echo $HOME",
    "${a=\"$\"}${b=\"$a(touch P)\"}${b@P}",
    "echo $[ x='a[$(touch P)]', x ]",
    "[[ 'a[$(touch P)]' -eq 0 ]]",
    "[ 'a[$(touch P)]' -eq 0 ]",
    "test -v 'a[$(touch P)]'",
    "printf -v 'a[$(touch P)]' x",
    "printf '%n' 'a[$(touch P)]'",
    "find . {-exec,touch,P,\\;}",
    "find . -e\\xec touch P \\;",
    "ls && (",
    "ls &&",
    "ls 'a",
    "cat README.md \u{202e}…",
    "ls \u{200b}",
    // The environment.
    "export PATH=.:$PATH; ls",
    "LD_PRELOAD=./x.so ls",
    "BASH_ENV=./x bash -c ls",
    "RIPGREP_CONFIG_PATH=rc rg foo",
    // Options that write or start programs.
    "find . -name x -exec touch P \\;",
    "find . -delete",
    "find . -fprint F",
    "find . -fls F",
    "find . -ok rm ';'",
    "find . -name *",
    "find * -type f",
    "sed -n 'w F' f",
    "sed '1e cmd' f",
    "sed 's/a/b/w F' f",
    "sed -n 1p -ewF",
    "sed -n -i 1p f",
    "sed -n '$,/x/e touch Pp' f",
    "sed -n '$,/x/w Fp' f",
    "sed -n '$,1e touch Pp' f",
    "sed -n '1,$e touch Pp' f",
    "uniq a*",
    "uniq src/?",
    "diff --context /etc/passwd a",
    "diff --context .env a",
    "sed -i -n 1p f",
    "sed -n '1p;w F' f",
    "sed -n p -- *",
    "rg --pre ./x foo",
    "rg -nz foo",
    "rg foo *",
    "rg --hostname-bin x foo",
    "rg -uu foo",
    "rg --hidden foo",
    "rg -g '.env' KEY",
    "rg -g '*env' KEY",
    "rg -g '*' KEY",
    "sort -o F a",
    "sort --outp=F a",
    "sort --compress-program=./x a",
    "sort -uoF a",
    "sort *",
    "uniq a F",
    "uniq -- a F",
    "tree -o F",
    "tree -R",
    "tree -Io x F",
    "tree -Po x F",
    "tree -LR 2 F",
    "tail -f f",
    "grep -f /etc/passwd x",
    "grep -R foo .",
    "wc --files0-from=F",
    "date -s x",
    "date 01010000",
    "file -C",
    "cat *[ab]",
    "cat */x",
    "cat .en*",
    "grep * f",
    "diff -r a b",
    "command -v",
    "tr -z a b c > d",
    // Places that are not the workspace's, or secret.
    "cat .env",
    "cat ~/.ssh/id_rsa",
    "cat /proc/$PPID/environ",
    "cat /etc/passwd",
    "ls ..",
    "ls -la /",
    "cat < ../x",
    "test -f /etc/shadow",
    "cat src/../../x",
    "cat '.ssh/id'",
    "wc -l /etc/*",
    // Everything that writes.
    "rm -rf .",
    "cp a b",
    "dd of=F",
    "tee F",
    "touch P",
    "true; touch P",
    // git, whose own configuration starts programs.
    "git status --short",
    "git log --oneline -5",
    "git diff --stat",
    "git show HEAD:README.md",
    "git -c core.fsmonitor=./x status",
    "git -C /tmp/evil status",
    "cd sub && git status",
    "git diff --output=F",
    "git log -1 --format=%G?",
    "git log --show-signature",
    "git log -p --ext-diff",
    "git grep -O./x foo",
    "git ls-remote --upload-pa=./x .",
    "git branch new",
    "git stash",
    "git config -l",
    "git credential fill",
];

#[test]
fn everything_that_is_not_proven_to_read_asks() {
    for text in ASKING {
        check_reading(text, Ask);
    }
    check_reading(&format!("ls{}; touch P", " ".repeat(400)), Ask);
    check_reading(&("true; ".repeat(60) + "touch P"), Ask);
}

#[test]
fn what_is_read_is_named() {
    for (text, paths) in [
        ("ls", vec!["."]),
        ("ls -I '*.o' a b", vec!["a", "b"]),
        ("grep -e x -f1", vec![]),
        ("grep x a.txt - b.txt", vec!["a.txt", "b.txt"]),
        ("grep -e x a.txt", vec!["a.txt"]),
        ("grep -r x", vec!["."]),
        ("cat a | grep x", vec!["a"]),
        ("rg x", vec!["."]),
        ("rg --files", vec!["."]),
        ("head -n 3 a -- -b", vec!["-b", "a"]),
        ("wc -l src/*.rs < in", vec!["in", "src/*.rs"]),
        ("find a b -name c", vec!["a", "b"]),
        ("sed -n 5p a b", vec!["a", "b"]),
        ("[ a -nt b ]", vec!["a", "b"]),
        ("test -n a", vec![]),
        ("echo a *", vec!["*"]),
        ("tr a b", vec![]),
    ] {
        let expected = if text.contains("-f1") { None } else { Some(paths) };
        let found = paths_read(text);
        let found: Option<Vec<&str>> =
            found.as_ref().map(|paths| paths.iter().map(|read| read.path.as_str()).collect());
        assert_eq!(found, expected, "{text}");
    }
}

/// As on machines that test, where all lies among temporary files.
#[test]
fn a_home_and_what_is_around_the_workspace_are_no_temporary_files() {
    let rules = Rules {
        roots: vec![PathBuf::from("/tmp/job/tree")],
        home: Some(PathBuf::from("/tmp/job/home")),
        ..rules()
    };
    for (text, expected) in [
        ("rm -rf ~", Deny),
        ("rm -rf ~/notes", Deny),
        ("rm -rf $HOME/*", Deny),
        ("rm -rf ..", Deny),
        ("find .. -delete", Deny),
        ("rm -rf /tmp/job", Deny),
        ("rm -rf /tmp/other target", Allow),
    ] {
        let line = CommandLine { text: text.to_owned(), directory: PathBuf::from("/tmp/job/tree") };
        let verdict = judge(&rules, Mode::Auto, &[Access::Run(line)]);
        assert_eq!(answer(&verdict), expected, "{text}: {verdict:?}");
    }
}

/// What mode `auto` does without a sandbox.
const FLOOR: &[(&str, Answer)] = &[
    ("rm -rf target", Allow),
    ("rm -f src/a.rs /tmp/x /dev/null", Allow),
    ("rm -rf ./build/* && cargo build 2>&1 | tee log", Allow),
    ("cd src && rm a.rs", Allow),
    ("mv a b; mv src/* .; chmod -R u+x scripts; chmod -x run", Allow),
    ("rm -rf /projects/added/x", Allow),
    ("dd if=/dev/zero of=disk.img count=1", Allow),
    ("echo 'rm -rf /' \"rm -rf ~\"", Allow),
    ("git commit -m 'rm -rf ~ is gone'", Allow),
    ("find . -name '*.o' -delete", Allow),
    ("find . -name '*.o' | xargs rm -f", Allow),
    ("rm -rf /", Deny),
    ("rm -rf /*", Deny),
    ("rm -rf ~", Deny),
    ("rm -rf ~/Documents", Deny),
    ("rm -rf \"$HOME\"", Deny),
    ("rm -rf ${HOME}/x", Deny),
    ("rm -rf ~root", Deny),
    ("rm -rf ..", Deny),
    ("rm -rf ../other", Deny),
    ("rm -rf src/../../x", Deny),
    ("cd .. && rm -rf x", Deny),
    ("cd && rm -rf x", Deny),
    ("/bin/rm -rf /usr/lib", Deny),
    ("\\rm -rf /usr/lib", Deny),
    ("sudo rm -rf /etc", Deny),
    ("sudo -u me env A=b timeout -k 3 5 nice -n 5 rm -rf /etc", Deny),
    ("A=b rm -rf /etc", Deny),
    ("ls | xargs -n 1 rm -rf /etc", Deny),
    ("bash -c 'rm -rf ~'", Deny),
    ("bash -lc \"cd / && rm -rf home\"", Deny),
    ("sh -c \"bash -c 'rm -rf /etc'\"", Deny),
    ("eval rm -rf /etc", Deny),
    ("echo $(rm -rf /etc)", Deny),
    ("echo \"x `rm -rf /etc` y\"; ls", Deny),
    ("echo \"$(pwd)\"; rm -rf /etc", Deny),
    ("for f in a b; do rm -rf /etc/$f; done", Deny),
    ("if true; then rm -rf /etc; fi", Deny),
    ("(rm -rf /etc)", Deny),
    ("ls & rm -rf /etc", Deny),
    ("find / -name x -delete", Deny),
    ("find ~ -exec rm {} +", Deny),
    ("find -L ~ -delete", Deny),
    ("find -O3 ~ -delete", Deny),
    ("find -D tree ~ -delete", Deny),
    ("find . -maxdepth 0 -exec rm -rf ~ \\;", Deny),
    ("find . -exec /bin/sh -c 'rm -rf ~' \\;", Deny),
    ("find . -delete", Ask),
    ("find -delete", Ask),
    ("find . -mindepth 1 -delete", Ask),
    ("find . -delete -name '*.o'", Ask),
    ("find . -name '*' -delete", Ask),
    ("find . -type f -exec rm {} +", Ask),
    ("find . -name .git -exec rm -rf {} +", Ask),
    ("find . -path './.g*/x' -delete", Ask),
    ("find src -delete", Allow),
    ("cd src && find -type f -delete", Allow),
    ("find . -mtime +7 -delete", Allow),
    ("find . -name '*.txt' -exec mv {} {}.old \\; -exec mv {}.old kept/{} \\;", Allow),
    ("find . -type f -exec grep -l x {} +", Allow),
    ("timeout --signal KILL 5 rm -rf ~", Deny),
    ("nice --adjustment 5 rm -rf ~", Deny),
    ("sudo --user root rm -rf ~", Deny),
    ("env -C / rm -rf home", Ask),
    ("env --chdir=/ rm -rf home", Ask),
    ("env --chdir / rm -rf home", Ask),
    ("env -C src -u A rm -rf ~", Deny),
    ("env -u C rm -rf target", Allow),
    ("bash -c -e 'rm -rf ~'", Deny),
    ("bash -c -o pipefail 'rm -rf ~'", Deny),
    ("mv ~/notes .", Deny),
    ("mv a /etc/a", Deny),
    ("chmod -R 777 /", Deny),
    ("chown me:me /etc/passwd", Deny),
    ("truncate -s 0 /var/log/syslog", Deny),
    ("shred -u ~/.ssh/id_rsa", Deny),
    ("dd if=/dev/zero of=/dev/sda", Deny),
    ("mkfs.ext4 /dev/sda1", Deny),
    ("mv -t /etc a b", Deny),
    ("mv -ft/etc a", Deny),
    ("mv --target-directory=/etc a", Deny),
    ("mv --target /etc a", Deny),
    ("mv -t src a b", Allow),
    ("env -S 'rm -rf ~'", Deny),
    ("sudo env -S\"rm -rf\" ~", Deny),
    ("env --split-string='rm -rf /etc' x", Deny),
    ("env -S 'A=b cargo test'", Allow),
    ("time -f %e rm -rf ~", Deny),
    ("time -p cargo test", Allow),
    ("sudo -nu root rm -rf ~", Deny),
    ("sudo -uroot rm -rf ~", Deny),
    ("nice --adj 5 rm -rf ~", Deny),
    ("rsync -a --delete src/ ~/backup", Deny),
    ("rsync -a --delete src/ target/copy", Allow),
    ("rsync -a src/ ~/backup", Allow),
    ("echo x > ~/.bashrc", Ask),
    ("> /etc/hosts", Ask),
    ("echo x >~/a 2>&1", Ask),
    ("cat a >| ../b", Ask),
    ("cat a >/dev/sda", Deny),
    ("cat a > .git/config", Ask),
    ("cat a > out.txt 2> /tmp/log 2>&1 > /dev/null; echo >&2; echo > /dev/stderr", Allow),
    ("cat a >> ~/notes; cat < ~/notes > $out", Allow),
    ("rm -rf .git", Deny),
    ("rm -rf .*", Deny),
    ("rm -rf .git*", Deny),
    ("rm -rf .g*", Deny),
    ("rm -rf .??*", Deny),
    ("rm -rf .gi[st]", Deny),
    ("rm -rf .c* *.git", Allow),
    ("rm -rf ./{a,../../etc}", Ask),
    ("rm -rf build/${name}", Allow),
    ("rm -rf /tmp", Deny),
    ("# don't\nrm -rf ~", Deny),
    ("echo $(# it's\nls); rm -rf ~", Deny),
    ("cat <<E\nit's\nE\nrm -rf ~", Deny),
    ("cat <<E\n6\" wide\nE\nrm -rf ~", Deny),
    ("cat >a <<'E'\nit's\nE\nrm -rf ~; echo 'x'", Deny),
    ("bash <<E\nrm -rf ~\nE", Deny),
    ("git commit -m \"$(cat <<'E'\nDon't\nE\n)\" && git push --force", Ask),
    ("git commit -m \"$(cat <<'E'\nDon't\nE\n)\" && git push", Allow),
    ("# Let's start over\ngit reset --hard", Ask),
    ("git commit -m \"x\" # it's\ngit push --force", Ask),
    ("ls # rm -rf ~", Allow),
    ("echo a#b 'c # d' $#", Allow),
    ("rm -rf .", Ask),
    ("rm -rf *", Ask),
    ("rm -rf /projects/tree", Ask),
    ("rm -f .git/index.lock", Ask),
    ("rm -rf \"$dir\"", Ask),
    ("rm -rf $(cat list)", Ask),
    ("cd $x && rm a", Ask),
    ("cd - && rm a", Ask),
    ("git reset --hard", Ask),
    ("git -C sub -c a=b reset --hard HEAD~1", Ask),
    ("git --git-dir .git reset --hard", Ask),
    ("git reset --har", Ask),
    ("git reset HEAD~1", Allow),
    ("git clean -fdx", Ask),
    ("git clean --forc -d", Ask),
    ("git clean -nfd", Allow),
    ("git checkout -- .", Ask),
    ("git checkout HEAD src/main.rs", Ask),
    ("git checkout HEAD~1 src", Ask),
    ("git checkout src/main.rs", Ask),
    ("git checkout main", Allow),
    ("git checkout v1.2", Allow),
    ("git checkout -b topic origin/main", Allow),
    ("git checkout -b topic", Allow),
    ("git restore src", Ask),
    ("git restore --staged src", Allow),
    ("git stash drop", Ask),
    ("git checkout src/", Ask),
    ("git restore --staged -W src", Ask),
    ("git restore -S src", Allow),
    ("git branch -f main HEAD~3", Ask),
    ("git branch -M main", Ask),
    ("git branch -m topic", Allow),
    ("git branch -D topic", Ask),
    ("git branch -d -f topic", Ask),
    ("git branch --delete --force topic", Ask),
    ("git branch -d topic", Allow),
    ("git rm -rf .", Ask),
    ("git rm -rf --cached .", Allow),
    ("git worktree remove --force x", Ask),
    ("git worktree remove x", Allow),
    ("git reflog expire --expire=now --all", Ask),
    ("git reflog delete HEAD@{1}", Ask),
    ("git reflog", Allow),
    ("git update-ref -d HEAD", Ask),
    ("git push", Allow),
    ("git push --force-with-lease", Ask),
    ("git push -f origin main", Ask),
    ("git push origin +main", Ask),
    ("git push origin :main", Ask),
    ("git push --delete origin main", Ask),
    ("git push -u origin topic:main", Allow),
    ("timeout 60 git push --force", Ask),
];

#[test]
fn the_floor_holds_in_mode_auto_without_a_sandbox() {
    for (text, expected) in FLOOR {
        let verdict = judge(&rules(), Mode::Auto, &[run(text)]);
        assert_eq!(answer(&verdict), *expected, "{text}: {verdict:?}");
    }
}

#[test]
fn what_has_other_programs_run_something_is_written_with_leave_alone() {
    let write = |shown: &str| {
        let path = PathBuf::from("/projects/tree").join(shown);
        Access::Write(Target { path, shown: shown.to_owned(), place: Place::Workspace })
    };
    let asks = [
        ".vscode/tasks.json",
        "app/.husky/pre-commit",
        ".envrc",
        ".MCP.json",
        ".gitmodules",
        ".claude/settings.json",
    ];
    let free = ["src/vscode/a.ts", "envrc", "a.mcp.json", ".github/workflows/a.yml", "AGENTS.md"];
    for (shown, expected) in asks.map(|it| (it, Ask)).into_iter().chain(free.map(|it| (it, Allow)))
    {
        for mode in [Mode::Edit, Mode::Auto] {
            let verdict = judge(&rules(), mode, &[write(shown)]);
            assert_eq!(answer(&verdict), expected, "{shown}: {verdict:?}");
        }
        assert_eq!(answer(&judge(&rules(), Mode::Plan, &[write(shown)])), Deny, "{shown}");
    }
}

#[test]
fn a_mode_decides_what_no_rule_did() {
    let target = |place| Target { path: PathBuf::from("/x"), shown: "x".to_owned(), place };
    let read = |place| Access::Read(target(place));
    let write = |place| Access::Write(target(place));
    for (access, expected) in [
        (read(Place::Workspace), [Allow, Allow, Allow, Allow]),
        (read(Place::Outside), [Ask, Ask, Ask, Ask]),
        (read(Place::Secret), [Ask, Ask, Ask, Ask]),
        (read(Place::Protected), [Ask, Ask, Ask, Ask]),
        (write(Place::Workspace), [Deny, Ask, Allow, Allow]),
        (write(Place::Outside), [Deny, Ask, Ask, Ask]),
        (write(Place::Secret), [Deny, Ask, Ask, Ask]),
        (write(Place::Protected), [Deny, Deny, Deny, Deny]),
        (run("ls"), [Allow, Allow, Allow, Allow]),
        (run("cargo test"), [Deny, Ask, Ask, Allow]),
        (run("rm -rf /"), [Deny, Deny, Deny, Deny]),
        (run("git reset --hard"), [Deny, Ask, Ask, Ask]),
    ] {
        for (mode, expected) in Mode::ALL.into_iter().zip(expected) {
            let verdict = judge(&rules(), mode, std::slice::from_ref(&access));
            assert_eq!(answer(&verdict), expected, "{mode} {access:?}: {verdict:?}");
        }
    }
}

#[test]
fn the_strictest_access_decides() {
    let ask = run("cargo test");
    let deny = run("rm -rf /");
    let allow = run("ls");
    for (access, expected) in [
        (vec![], Allow),
        (vec![allow.clone()], Allow),
        (vec![allow.clone(), ask.clone(), allow.clone()], Ask),
        (vec![ask, deny, allow], Deny),
    ] {
        let verdict = judge(&rules(), Mode::Review, &access);
        assert_eq!(answer(&verdict), expected, "{access:?}");
    }
}

#[test]
fn without_a_sandbox_mode_auto_asks_for_commands() {
    let rules = Rules { sandbox_off: false, ..rules() };
    let Verdict::Ask(reason) = judge(&rules, Mode::Auto, &[run("cargo test")]) else {
        panic!("it has to ask");
    };
    assert!(reason.contains("--sandbox off"), "{reason}");
    assert_eq!(judge(&rules, Mode::Auto, &[run("ls")]), Verdict::Allow);
}
