//! All integration tests, as one binary.
#![cfg(test)]

mod patch;
mod policy;
mod wire;
