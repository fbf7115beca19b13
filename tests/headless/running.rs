//! The program while it runs: its lines as they come, signals to it, and processes that have to go.
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::cli::Ran;

/// Whatever takes longer than this has hung.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that was started, with its standard output read line by line.
pub(super) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
    stderr: thread::JoinHandle<String>,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        Self { child, lines, seen: Vec::new(), stderr }
    }

    /// Waits for a line with this part.
    #[track_caller]
    pub(super) fn wait_for_line(&mut self, part: &str) {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    let is_found = line.contains(part);
                    self.seen.push(line);
                    if is_found {
                        return;
                    }
                }
                Err(_) => panic!("no line with {part} after {:?}", self.seen),
            }
        }
    }

    pub(super) fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(id, signal).unwrap();
    }

    /// Waits for the end; it has to come within a few seconds.
    #[track_caller]
    pub(super) fn end(mut self) -> Ran {
        let started = Instant::now();
        let status = wait("the program ends", || self.child.try_wait().unwrap());
        assert!(started.elapsed() < Duration::from_secs(6), "it took {:?}", started.elapsed());
        self.seen.extend(self.lines.iter());
        let stdout = self.seen.iter().map(|line| format!("{line}\n")).collect();
        Ran { code: status.code(), stdout, stderr: self.stderr.join().unwrap() }
    }
}

/// Asks again and again until there is an answer.
#[track_caller]
pub(super) fn wait<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The numbers in a file, once there are so many.
#[track_caller]
pub(super) fn wait_for_numbers(path: &Path, count: usize) -> Vec<u32> {
    wait(&format!("{} holds {count} numbers", path.display()), || {
        let text = fs::read_to_string(path).ok().filter(|text| text.ends_with('\n'))?;
        let numbers: Vec<u32> = text.split_whitespace().map(|it| it.parse().unwrap()).collect();
        (numbers.len() == count).then_some(numbers)
    })
}

/// Whether a process is there and no zombie.
pub(super) fn is_alive(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// The objects of a stream of JSON lines, each checked for what holds of every stream: the first line, and that each
/// started item has exactly one end.
#[track_caller]
pub(super) fn events(stdout: &str) -> Vec<Value> {
    let events: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let before = types.iter().filter(|it| **it != "backend.switched").take(2);
    assert_eq!(before.collect::<Vec<_>>(), [&"thread.started", &"turn.started"]);
    assert!(matches!(types.last(), Some(&("turn.completed" | "turn.failed"))), "{types:?}");
    let turn_ends = types.iter().filter(|it| matches!(**it, "turn.completed" | "turn.failed"));
    assert_eq!(turn_ends.count(), 1);
    let mut open = Vec::new();
    let mut done = Vec::new();
    for event in &events {
        let item = &event["item"]["id"];
        match event["type"].as_str().unwrap() {
            "item.started" => open.push(item.clone()),
            "item.updated" => assert!(open.contains(item), "{event} updates nothing: {stdout}"),
            "item.completed" => {
                assert!(!done.contains(item), "{item} ends twice: {stdout}");
                open.retain(|id| id != item);
                done.push(item.clone());
            }
            _ => assert!(item.is_null(), "{event}"),
        }
    }
    assert!(open.is_empty(), "{open:?} never end: {stdout}");
    events
}

/// The items of a kind as they stood when they ended.
pub(super) fn completed<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let items = events.iter().filter(|event| event["type"] == "item.completed");
    items.map(|event| &event["item"]).filter(|item| item["type"] == kind).collect()
}
