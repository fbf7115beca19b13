//! All integration tests, as one binary.
#![cfg(test)]

mod backend;
mod patch;
mod policy;
mod support;
mod wire;
