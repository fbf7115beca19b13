//! All integration tests, as one binary.
#![cfg(test)]

mod policy;
mod wire;
