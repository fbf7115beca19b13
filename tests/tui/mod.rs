//! The terminal's face: its screen, its state, and the built program in a pseudo terminal.
mod approvals;
mod around;
mod compact;
mod copying;
mod editing;
mod fault;
mod first_run;
mod hang_up;
mod inline;
mod keeping;
mod lists;
mod login;
mod looks;
mod models;
mod plain;
mod pty;
mod review;
mod screen;
mod scrollback;
mod session;
mod smallest;
mod stage;
mod status;
mod undo;
mod update;
mod view;
mod walk;

use crate::headless::Desk;
use pty::Pty;

/// A shell in a terminal, in which the program is `"$BIN"`.
fn in_a_shell(desk: &Desk) -> Pty {
    let program = desk.command(&[]);
    let mut shell = desk.bench.command_of("/bin/bash", &["--norc", "--noprofile", "-i"]);
    for (name, value) in program.get_envs() {
        shell.env(name, value.unwrap());
    }
    shell.env("PS1", "shell> ").env("BIN", env!("CARGO_BIN_EXE_bowline"));
    let pty = Pty::start(&shell, 80, 24);
    pty.shows("shell>");
    pty
}
