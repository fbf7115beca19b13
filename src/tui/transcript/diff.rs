//! A unified diff as lines.
use super::entry::one_role;
use crate::tui::{
    text::{DiffPart, TextLine, clean_line, diff_parts},
    theme::Role,
};

pub(super) fn diff_lines(diff: &str) -> Vec<TextLine> {
    let parts = diff_parts(diff).into_iter();
    parts.map(|(part, line)| one_role(clean_line(&line), role(part))).collect()
}

fn role(part: DiffPart) -> Role {
    match part {
        DiffPart::Header => Role::DiffHeader,
        DiffPart::Hunk => Role::DiffNumber,
        DiffPart::Added => Role::DiffAdded,
        DiffPart::Removed => Role::DiffRemoved,
        DiffPart::Context => Role::Text,
        DiffPart::Note => Role::TextDim,
    }
}
