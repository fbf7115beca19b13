//! The input: what the user writes to the model, before it is sent.
mod mode;

pub use mode::EditingMode;
