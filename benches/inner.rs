//! Measures the inner loops: `cargo bench`, or `cargo bench -- encode` for those that have it in their name.
#![expect(clippy::unwrap_used, reason = "a benchmark that can't be set up has nothing to tell")]

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::{Command as Program, Stdio},
    sync::Arc,
    time::Duration,
};

use bowline::{
    patch::{Edit, EditHunk, EditLine, locate, unified_bytes},
    policy::{PathRead, paths_read},
    protocol::{
        Arguments, CallId, ChangeSet, FileChange, FileState, Message, Native, Origin, Outcome,
        Reply, ReplyPart, Request, StopReason, ToolCall, ToolSpec, ToolUse,
    },
    tui::{
        action::Action,
        composer::{Composer, EditingMode},
        picker::{Picker, Prompting, Row},
        theme::Theme,
    },
    wire::{Abilities, Chat, Encoder, Gemini, Messages, Quirks, Responses, Target, Wire},
    workspace::{Case, SearchQuery, Workspace},
};
use divan::{Bencher, counter::BytesCount};
use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::json;
use tempfile::TempDir;

const WIRES: [&str; 4] = ["responses", "chat", "messages", "gemini"];
const ROUNDS: usize = 1_000;

fn main() {
    divan::main();
}

fn wire_named(name: &str) -> &'static dyn Wire {
    match name {
        "responses" => &Responses,
        "messages" => &Messages,
        "gemini" => &Gemini,
        _ => &Chat,
    }
}

fn target() -> Target {
    let origin = Origin { kind: "openai".into(), endpoint: "e".into(), model: "m".into() };
    Target { origin, quirks: Quirks::default(), abilities: Abilities::default() }
}

/// A conversation of tool rounds, as it is asked again after each.
struct Conversation(Vec<Arc<Message>>);

impl Conversation {
    fn new() -> Self {
        let mut messages = vec![Arc::new(Message::Prompt("Find out why the test fails.".into()))];
        messages.extend((1..ROUNDS).flat_map(tool_round).map(Arc::new));
        Self(messages)
    }

    /// The n-th request, from 1.
    fn request(&self, number: usize) -> Request {
        Request {
            model: "m".into(),
            system: "You are a coding agent. ".repeat(100).into(),
            tools: Arc::new([ToolSpec {
                name: "read".into(),
                description: "Reads a file".into(),
                schema: json!({"type": "object", "properties": {"path": {"type": "string"}}}),
            }]),
            messages: self.0[..2 * number - 1].to_vec(),
            effort: None,
            max_output_tokens: None,
            output_schema: None,
            cache_key: "k".into(),
            tool_use: ToolUse::Free,
        }
    }
}

fn tool_round(number: usize) -> [Message; 2] {
    let id = CallId(format!("call_{number}"));
    let args = Arguments::parse(&format!(r#"{{"path":"src/module_{number}/mod.rs"}}"#));
    let payload = json!({"type": "reasoning", "id": format!("rs_{number}"), "summary": [], "encrypted_content": "gAAAAABp".repeat(64)});
    let thought = Some(Native { origin: target().origin, payload });
    let own = Some(Native { origin: target().origin, payload: json!({"id": "fc_1"}) });
    let call = ToolCall { id: id.clone(), tool: "read".into(), args };
    let parts = vec![
        ReplyPart::Thought { text: String::new(), native: thought },
        ReplyPart::Call { call, native: own },
    ];
    let contents = "    let value = source.next().ok_or(\"nothing\")?;\n".repeat(20);
    [
        Message::Reply(Reply { parts, stop: StopReason::Calls }),
        Message::Outcome { call: id, outcome: Outcome::done(contents) },
    ]
}

#[divan::bench(args = WIRES)]
fn encode_request_1000_afresh(bencher: Bencher<'_, '_>, name: &str) {
    let (request, wire, target) = (Conversation::new().request(ROUNDS), wire_named(name), target());
    bencher
        .counter(BytesCount::new(wire.encode(&request, &target).len()))
        .bench_local(|| wire.encode(&request, &target));
}

#[divan::bench(args = WIRES)]
fn encode_request_1000_after_999(bencher: Bencher<'_, '_>, name: &str) {
    let conversation = Conversation::new();
    let [first, before, last] = [ROUNDS - 2, ROUNDS - 1, ROUNDS].map(|n| conversation.request(n));
    bencher
        .with_inputs(|| {
            let mut encoder = Encoder::new(wire_named(name));
            for request in [&first, &before] {
                encoder.encode(request.clone(), target());
            }
            (encoder, last.clone(), target())
        })
        .bench_local_values(|(mut encoder, request, target)| {
            let body = encoder.encode(request, target);
            (encoder, body)
        });
}

/// A file of 1 MB, and a hunk that changes a line near its end.
struct Located {
    text: String,
    context: [String; 3],
    hunk: EditHunk,
}

impl Located {
    fn new(indent: &str) -> Self {
        let line = |number: usize| format!("    let value_{number} = source.read({number})?;");
        let lines: Vec<String> = (0..25_000).map(line).collect();
        let context = [22_000, 22_001, 22_002].map(line);
        let written = |line: &str| format!("{indent}{}", line.trim_start());
        let [above, changed, below] = context.each_ref().map(|line| written(line));
        let added = written("let value = source.read_all()?;");
        let hunk = EditHunk {
            lines: vec![
                EditLine::Keep(above),
                EditLine::Remove(changed),
                EditLine::Add(added),
                EditLine::Keep(below),
            ],
            ..EditHunk::default()
        };
        Self { text: lines.join("\n") + "\n", context, hunk }
    }
}

/// What is no exact match takes a second look at every line.
#[divan::bench(args = ["exact", "indented otherwise"])]
fn locate_a_hunk_in_1_mb(bencher: Bencher<'_, '_>, how: &str) {
    let Located { text, hunk, .. } = Located::new(if how == "exact" { "    " } else { "\t" });
    let edit = Edit::Update { hunks: vec![hunk], move_to: None };
    let bytes = text.into_bytes().into();
    let before = FileState { bytes, executable: false, ..FileState::default() };
    bencher
        .counter(BytesCount::new(before.bytes.len()))
        .bench_local(|| locate("src/a.rs", Some(&before), &edit).unwrap());
}

/// What a search for the bytes alone costs, and the new text.
#[divan::bench]
fn locate_beside_replacing_exact_text(bencher: Bencher<'_, '_>) {
    let Located { text, context, .. } = Located::new("    ");
    let (old, new) = (context.join("\n"), [&*context[0], "new", &*context[2]].join("\n"));
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| text.replacen(&old, &new, 1));
}

/// What comparing with the new text line by line costs.
#[divan::bench]
fn locate_beside_similar(bencher: Bencher<'_, '_>) {
    let Located { text, context, .. } = Located::new("    ");
    let after = text.replacen(&context[1], "new", 1);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| similar::TextDiff::from_lines(&text, &after).ops().len());
}

#[divan::bench(args = [
    "ls -la",
    "git log --oneline -20 -- src",
    "grep -rn 'fn main' src | head -20 && wc -l src/*.rs",
    "cargo test --locked 2>&1 | tail -40",
    "sort -u words.txt > out.txt",
])]
fn policy_paths_read(command: &str) -> Option<Vec<PathRead>> {
    paths_read(black_box(command))
}

/// A change set, and the directory with the files that it starts from.
struct Written {
    directory: PathBuf,
    set: ChangeSet,
}

/// So many hunks in each of so many files of so many lines.
type Shape = (usize, usize, usize);

const SHAPES: [Shape; 2] = [(50, 4, 1_000), (1, 1, 1_200_000)];

impl Written {
    /// In a directory of its own that stays: ext4 looks at every inode that was freed within seconds before it takes one.
    fn new(all: &Path, (files, hunks, lines): Shape) -> Self {
        let directory = tempfile::tempdir_in(all).unwrap().keep().canonicalize().unwrap();
        let root = directory.join("work");
        fs::create_dir(&root).unwrap();
        let state = |text: String| FileState { bytes: text.into(), ..FileState::default() };
        let change = |file| {
            let path = root.join(format!("file_{file}.rs"));
            let line = |number| format!("pub static VALUE_{file}_{number}: u8 = next();\n");
            let before: Vec<String> = (0..lines).map(line).collect();
            let mut after = before.clone();
            for hunk in 1..=hunks {
                let at = hunk * lines / (hunks + 1);
                after[at] = after[at].replace("next", "last");
            }
            fs::write(&path, before.concat()).unwrap();
            let (before, after) = (state(before.concat()), state(after.concat()));
            FileChange { path, before: Some(before), after: Some(after) }
        };
        let set = ChangeSet { files: (0..files).map(change).collect() };
        Self { directory, set }
    }

    fn root(&self) -> PathBuf {
        self.directory.join("work")
    }
}

/// All or nothing, proven by git, journalled and synced.
#[divan::bench(args = SHAPES, sample_count = 10, sample_size = 1)]
fn write_changes(bencher: Bencher<'_, '_>, shape: Shape) {
    let all = tempfile::tempdir().unwrap();
    bencher.with_inputs(|| Written::new(all.path(), shape)).bench_local_values(|written| {
        let journal = written.directory.join("journal");
        let workspace = Workspace::open(&written.root(), &[]).unwrap().journalling(&journal);
        workspace.apply(&written.set).unwrap();
        written
    });
}

/// The same by git, which syncs nothing; to start it is part of it.
#[divan::bench(args = SHAPES, sample_count = 10, sample_size = 1)]
fn write_changes_beside_git_apply(bencher: Bencher<'_, '_>, shape: Shape) {
    let all = tempfile::tempdir().unwrap();
    let with_diff = || {
        let written = Written::new(all.path(), shape);
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let diff = written.directory.join("change.diff");
        fs::write(diff, unified_bytes(&written.set, &name)).unwrap();
        written
    };
    bencher.with_inputs(with_diff).bench_local_values(|written| {
        let mut git = program("git apply ../change.diff");
        assert!(git.current_dir(written.root()).status().unwrap().success());
        written
    });
}

/// 2,000 files of about 4 kB; a line in each hundredth is looked for.
fn tree() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for number in 0..2_000 {
        let folder = root.path().join(format!("module_{}", number % 50));
        fs::create_dir_all(&folder).unwrap();
        let mut text = "    let value = source.next().ok_or(\"nothing\")?;\n".repeat(80);
        if number % 100 == 0 {
            text.push_str("fn needle_in_the_haystack() {}\n");
        }
        fs::write(folder.join(format!("file_{number}.rs")), text).unwrap();
    }
    root
}

const PATTERN: &str = r"fn needle_\w+";

#[divan::bench]
fn search_2000_files(bencher: Bencher<'_, '_>) {
    let tree = tree();
    let workspace = Workspace::open(tree.path(), &[]).unwrap();
    let query = SearchQuery {
        pattern: PATTERN.into(),
        is_literal: false,
        case: Case::Exact,
        place: workspace.locate(".").unwrap(),
        globs: Vec::new(),
        context: 0,
        limit: 100,
        time: Duration::MAX,
    };
    bencher.bench_local(|| {
        let found = workspace.search(&query, &|| false).unwrap();
        assert_eq!(found.files.len(), 20);
    });
}

/// The same by other programs; to start them is part of it.
#[divan::bench(args = rivals())]
fn search_2000_files_beside(bencher: Bencher<'_, '_>, rival: &str) {
    let tree = tree();
    bencher.bench_local(|| {
        let found = program(rival).arg(PATTERN).arg(tree.path()).status().unwrap();
        assert!(found.success());
    });
}

/// Those of the programs that this machine has.
fn rivals() -> impl Iterator<Item = &'static str> {
    let is_there = |rival: &&str| program(rival).arg("--version").status().is_ok();
    ["rg -n", "grep -rnE"].into_iter().filter(is_there)
}

fn program(command: &str) -> Program {
    let mut words = command.split(' ');
    #[expect(clippy::disallowed_methods, reason = "a rival, not a part of this program")]
    let mut program = Program::new(words.next().unwrap_or_default());
    program.args(words).stdout(Stdio::null());
    program
}

/// What a key in the filter of a long list of files costs, and the frame after it.
#[divan::bench(args = ["m", "main", "src mod", "zzzzz"])]
fn filter_100_000_files(bencher: Bencher<'_, '_>, query: &str) {
    let names = ["main", "mod", "lib", "parser", "view", "state", "update"];
    let path = |at: usize| {
        let (one, two) = (names[at % 7], names[at / 7 % 7]);
        Row::new(format!("crates/{one}/src/{two}/part_{at}.rs"))
    };
    let mut picker = Picker::new("files", (0..100_000).map(path).collect());
    let (area, theme) = (Rect::new(0, 0, 200, 50), Theme::plain());
    let mut cells = Buffer::empty(area);
    bencher.bench_local(|| {
        picker.set_query("");
        picker.set_query(black_box(query));
        picker.view(area, &mut cells, &theme, Prompting::OwnLine)
    });
}

/// A frame of the input, and a key in it, with a paste of 1 MB.
#[divan::bench]
fn type_beside_a_paste_of_1_mb(bencher: Bencher<'_, '_>) {
    let mut composer = Composer::new(EditingMode::Emacs);
    composer.paste(&"0123456789 0123456789\n".repeat(48_000));
    let (area, theme) = (Rect::new(0, 0, 200, 16), Theme::plain());
    let mut cells = Buffer::empty(area);
    bencher.bench_local(|| {
        composer.act(Action::NewLine);
        composer.act(Action::DeleteBackward);
        composer.view(area, &mut cells, &theme, "")
    });
}
