//! The terminal: a screen for one session.
//!
//! `update` turns a message into a new state and effects, `view` turns a state into cells; both are pure.
//! `terminal` alone reads from and writes to the terminal.
pub mod action;
pub mod composer;
pub mod keymap;
pub mod picker;
pub mod screen;
pub mod text;
pub mod theme;
pub mod transcript;
