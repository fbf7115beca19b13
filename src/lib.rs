//! Bowline: a coding agent for the terminal that ties itself to no model and no cloud.
//!
//! The groups below are layers, top to bottom: a module uses the layers above its own and nothing else.
//! Inside *hands* and inside *faces* none knows another. `tests/architecture.rs` holds the code to that, and
//! CONTRIBUTING.md is the map.

// Words: plain data that everything else is spoken in.
pub mod protocol;
