//! A terminal that is closed ends the program, whatever the program does just then.
use std::{
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    thread,
    time::{Duration, Instant},
};

use super::pty::Started;
use crate::headless::{CHAT, Desk};

const PATIENCE: Duration = Duration::from_secs(20);
/// Which of the two comes first, the end of the keys or the signal, is chance.
const ROUNDS: usize = 6;

#[test]
fn a_terminal_that_is_closed_while_keys_come_ends_the_program() {
    let desk = Desk::new([]);
    for round in 0..ROUNDS {
        let program = desk.command(&["-m", CHAT]);
        let Started { mut main, terminal, mut child, .. } = Started::new(&program, 80, 24);
        drop(terminal);
        let mut shown = Vec::new();
        let mut read = |main: &mut std::fs::File| {
            let mut buffer = [0; 4096];
            let count = main.read(&mut buffer).unwrap();
            shown.extend_from_slice(&buffer[..count]);
            memchr::memmem::find(&shown, CHAT.as_bytes()).is_some()
        };
        while !read(&mut main) {}
        main.write_all("ab".repeat(1_500).as_bytes()).unwrap();
        // It has begun to read them.
        read(&mut main);
        drop(main);

        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() >= deadline {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("round {round}: it does not end");
            }
            thread::sleep(Duration::from_millis(5));
        };
        assert_eq!((status.code(), status.signal()), (Some(143), None), "round {round}");
    }
}
