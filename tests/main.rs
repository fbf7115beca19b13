//! All integration tests, as one binary.
#![cfg(test)]

mod account;
mod architecture;
mod backend;
mod changes;
mod cli;
mod compact;
mod compact_in_turn;
mod config;
mod desktop;
mod headless;
mod history;
mod index;
mod index_laws;
mod interactive;
mod map;
mod map_quality;
mod moving;
mod outline;
mod patch;
mod patch_bounds;
mod patch_laws;
mod policy;
mod process;
mod review;
mod rewind;
mod source_paths;
mod stops;
mod store;
mod support;
mod symbols;
mod tools;
mod tui;
mod turn;
mod wire;
mod workspace;
