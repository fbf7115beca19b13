//! All integration tests, as one binary.
#![cfg(test)]

mod backend;
mod changes;
mod patch;
mod policy;
mod process;
mod store;
mod support;
mod tools;
mod turn;
mod wire;
mod workspace;
