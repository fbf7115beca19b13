//! Bowline: a coding agent for the terminal that ties itself to no model and no cloud.
//!
//! The groups below are layers, top to bottom: a module uses the layers above its own and nothing else.
//! Inside *hands* and inside *faces* none knows another. `tests/architecture.rs` holds the code to that, and
//! CONTRIBUTING.md is the map.

// Words: plain data that everything else is spoken in.
pub mod protocol;

// Effort: much done at a time.
pub mod parallel;

// Seals: what is kept proves to be whole.
pub mod sealed;

// Thought: pure functions, text in and data out.
pub mod catalogue;
pub mod map;
pub mod outline;
pub mod patch;
pub mod policy;
pub mod prompt;
pub mod redact;
pub mod wire;

// Patience: waiting for others.
pub mod file_lock;

// Hands: each hides one thing outside the program.
pub mod backend;
pub mod keyring;
pub mod process;
pub mod store;
pub mod workspace;

// Index: what the files of a workspace define and name, read once and kept.
pub mod index;

// Changes: what joins the files to the record of them, so that a change can be undone.
pub mod changes;

// Tools: what the model may ask for.
pub mod tools;

// Agent: the loop that joins them.
pub mod agent;

// Faces: what shows the agent to someone. They see `protocol`, `redact` and `agent` alone.
pub mod headless;
pub mod tui;

// Wiring: files, environment and flags, poured into each module's own settings.
pub mod config;

// Command line: one file a verb.
pub mod cli;
