//! An input as plain as can be.

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    pub text: String,
}
