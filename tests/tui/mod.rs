//! The terminal's face: its screen, its state, and the built program in a pseudo terminal.
mod approvals;
mod around;
mod compact;
mod editing;
mod first_run;
mod inline;
mod keeping;
mod models;
mod pty;
mod review;
mod screen;
mod scrollback;
mod session;
mod stage;
mod undo;
mod update;
mod view;
