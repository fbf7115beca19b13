//! The inner loops of the transcript: an answer that streams, scrolling and search through 100,000 lines. What they allocate at
//! most is in the figures.
#![allow(missing_docs, reason = "benchmarks")]
#![allow(clippy::unwrap_used, reason = "a benchmark that fails has nothing to tell")]

use std::time::Instant;

use bowline::{
    protocol::{Arguments, CallId, Event, Outcome, Preview, Prompt, ToolCall},
    tui::{
        theme::Theme,
        transcript::{Motion, Transcript},
    },
};
use divan::{AllocProfiler, Bencher, black_box, counter::ItemsCount};
use ratatui::{buffer::Buffer, layout::Rect};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const COLUMNS: u16 = 200;
const ROWS: u16 = 48;
const LINES: usize = 100_000;
const DELTAS: usize = 5_000;

fn main() {
    divan::main();
}

fn frame(transcript: &mut Transcript, buffer: &mut Buffer, theme: &Theme) {
    buffer.reset();
    transcript.fit(COLUMNS, ROWS, Instant::now());
    black_box(transcript.draw(buffer.area, buffer, theme));
}

fn buffer() -> Buffer {
    Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS))
}

/// About 25 kB of an answer: prose, lists, a table and code.
fn answer() -> String {
    let part = "## What happens\n\nThe reader asks the **store** for a page, and the store looks into `cache.rs` before it \
        reads the file. When two readers ask at the same time, one of them waits.\n\n- The first finds nothing.\n- The \
        second finds what the first has left, see [the notes](https://notes.example/store).\n\n\
        | case | before | after |\n|---|--:|--:|\n| one reader | 12 ms | 3 ms |\n| many readers | 90 ms | 4 ms |\n\n\
        ```rust\npub fn page(&self, number: u64) -> Result<Arc<Page>, StoreError> {\n    if let Some(page) = \
        self.cache.get(&number) {\n        return Ok(Arc::clone(page));\n    }\n    // Nobody else reads it now.\n    let \
        bytes = self.file.read_at(number * PAGE, PAGE)?;\n    self.cache.insert(number, Arc::new(Page::parse(&bytes)?))\n\
        }\n```\n\n";
    part.repeat(25_000 / part.len() + 1)[..25_000].to_owned()
}

/// A conversation of so many lines of source: prompts, answers, calls.
fn conversation(lines: usize) -> Transcript {
    let (text, now) = (answer(), Instant::now());
    let mut transcript = Transcript::new();
    let rounds = lines / (text.lines().count() + 32);
    for round in 0..rounds {
        transcript.push_prompt(&Prompt::from("And then?"));
        transcript.event(&Event::TextDone(text.clone()), now);
        for number in 0..10 {
            let id = CallId(format!("{round}-{number}"));
            let args = Arguments::parse(r#"{"path":"src/store/cache.rs"}"#);
            let call = ToolCall { id: id.clone(), tool: "read".into(), args };
            let preview = Preview::Line("read src/store/cache.rs".into());
            transcript.event(&Event::CallPlanned { call, preview }, now);
            let outcome = Outcome::done("a line of the file\nand another\n");
            transcript.event(&Event::CallFinished { call: id, outcome }, now);
        }
    }
    transcript
}

/// The whole of a stream, with a frame for each eight deltas: of all sorts, and as one long piece of code.
#[divan::bench(args = ["answer", "code"], sample_count = 10)]
fn stream_5_000_deltas(bencher: Bencher<'_, '_>, name: &str) {
    let (theme, mut buffer) = (Theme::plain(), buffer());
    let line = "    let page = self.cache.get(&number).map(Arc::clone); // found\n";
    let text = match name {
        "answer" => answer(),
        _ => format!("```rust\n{}", line.repeat(25_000 / line.len() + 1)),
    };
    let deltas: Vec<&str> = (0..DELTAS).map(|at| &text[at * 5..at * 5 + 5]).collect();
    bencher.counter(ItemsCount::new(DELTAS)).bench_local(|| {
        let mut transcript = conversation(1_000);
        for deltas in deltas.chunks(8) {
            for delta in deltas {
                transcript.push_text(delta);
            }
            frame(&mut transcript, &mut buffer, &theme);
        }
        transcript
    });
}

#[divan::bench(sample_count = 3)]
fn take_up_100_000_lines() -> Transcript {
    let mut transcript = conversation(LINES);
    frame(&mut transcript, &mut buffer(), &Theme::plain());
    transcript
}

const MOTIONS: [&str; 4] = ["row up", "page up", "page down", "top and end"];

/// One frame after each motion, all over the transcript.
#[divan::bench(args = MOTIONS, sample_count = 500)]
fn scroll_100_000_lines(bencher: Bencher<'_, '_>, name: &str) {
    let (theme, mut buffer, mut transcript) = (Theme::plain(), buffer(), conversation(LINES));
    frame(&mut transcript, &mut buffer, &theme);
    if name == "page down" {
        transcript.scroll(Motion::Top);
        frame(&mut transcript, &mut buffer, &theme);
    }
    bencher.bench_local(|| {
        let motion = match name {
            "row up" => Motion::Rows(-3),
            "page up" => Motion::PageUp,
            "page down" => Motion::PageDown,
            _ if transcript.is_at_end() => Motion::Top,
            _ => Motion::End,
        };
        transcript.scroll(motion);
        frame(&mut transcript, &mut buffer, &theme);
    });
}

#[divan::bench(sample_count = 5)]
fn search_100_000_lines(bencher: Bencher<'_, '_>) {
    let mut transcript = conversation(LINES);
    frame(&mut transcript, &mut buffer(), &Theme::plain());
    bencher.bench_local(|| {
        transcript.search("one of them waits");
        transcript.search_status()
    });
}
