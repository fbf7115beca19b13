//! What vi's commands do to the text.
use std::ops::Range;

use super::command::Case;
use crate::tui::composer::{
    boundary::{after, line_end, line_start, line_text},
    buffer::Kind,
    editor::Editor,
};

/// Which way lines are shifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    In,
    Out,
}

/// What a line is shifted by.
const STEP: &str = "    ";

pub(super) fn put(editor: &mut Editor, is_before: bool, times: usize) {
    let Some(cut) = editor.ring.get(0).cloned() else { return };
    let (text, at) = (editor.text(), editor.caret());
    if !cut.is_lines {
        let end = line_end(text, at);
        let place = if is_before || at == end { at } else { after(text, at) };
        editor.buffer.replace(place..place, &cut.text.repeat(times), Kind::Whole);
        editor.buffer.move_to(editor.buffer.before());
        return;
    }
    let lines = format!("{}\n", cut.text).repeat(times);
    let start = if is_before {
        let start = line_start(text, at);
        editor.buffer.replace(start..start, &lines, Kind::Whole);
        start
    } else {
        let end = line_end(text, at);
        let lines = format!("\n{}", lines.strip_suffix('\n').unwrap_or(&lines));
        editor.buffer.replace(end..end, &lines, Kind::Whole);
        end + 1
    };
    editor.buffer.move_to(line_text(editor.text(), start));
}

pub(super) fn replace(editor: &mut Editor, character: char, times: usize) {
    let Some(range) = characters(editor, times) else { return };
    if range.1 < times {
        return;
    }
    let text = character.to_string().repeat(times);
    editor.buffer.replace(range.0, &text, Kind::Whole);
    editor.buffer.move_to(editor.buffer.before());
}

pub(super) fn swap_case(editor: &mut Editor, times: usize) {
    let Some((range, _)) = characters(editor, times) else { return };
    let text = recased(&editor.text()[range.clone()], Case::Swapped);
    editor.buffer.replace(range, &text, Kind::Whole);
}

/// So many characters from the caret on, or as many as the line has, and how many these are.
fn characters(editor: &Editor, times: usize) -> Option<(Range<usize>, usize)> {
    let (text, at) = (editor.text(), editor.caret());
    let end = line_end(text, at);
    let (mut to, mut count) = (at, 0);
    while to < end && count < times {
        to = after(text, to);
        count += 1;
    }
    (count > 0).then_some((at..to, count))
}

pub(super) fn join_lines(editor: &mut Editor, times: usize) {
    editor.buffer.begin_session();
    // Two lines are joined once, three twice.
    for _ in 0..times.saturating_sub(1).max(1) {
        let text = editor.text();
        let end = line_end(text, editor.caret());
        if end == text.len() {
            break;
        }
        let next = line_text(text, end + 1);
        let is_bare =
            text[..end].ends_with([' ', '\n']) || end == 0 || next == line_end(text, end + 1);
        editor.buffer.replace(end..next, if is_bare { "" } else { " " }, Kind::Whole);
        editor.buffer.move_to(end);
    }
    editor.buffer.end_session();
}

/// Shifts the lines that a range touches; an empty one has nothing to be shifted.
pub(super) fn shift(editor: &mut Editor, range: Range<usize>, direction: Shift, times: usize) {
    let text = editor.text();
    let lines = line_start(text, range.start)..line_end(text, range.end.max(range.start));
    let shifted = |line: &str| match direction {
        Shift::In if line.is_empty() => String::new(),
        Shift::In => format!("{}{line}", STEP.repeat(times)),
        Shift::Out => (0..times).fold(line, |line, _| without_step(line)).to_owned(),
    };
    let shifted: Vec<String> = text[lines.clone()].split('\n').map(shifted).collect();
    let start = lines.start;
    editor.buffer.replace(lines, &shifted.join("\n"), Kind::Whole);
    editor.buffer.move_to(line_text(editor.text(), start));
}

/// A tab, or as many blanks as a step has at most.
fn without_step(line: &str) -> &str {
    if let Some(rest) = line.strip_prefix('\t') {
        return rest;
    }
    let blanks = line.bytes().take(STEP.len()).take_while(|byte| *byte == b' ').count();
    &line[blanks..]
}

pub(super) fn recase(editor: &mut Editor, range: Range<usize>, case: Case) {
    let start = range.start;
    let text = recased(&editor.text()[range.clone()], case);
    editor.buffer.replace(range, &text, Kind::Whole);
    editor.buffer.move_to(start);
}

fn recased(text: &str, case: Case) -> String {
    let swapped = |c: char| -> String {
        if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() }
    };
    match case {
        Case::Upper => text.to_uppercase(),
        Case::Lower => text.to_lowercase(),
        Case::Swapped => text.chars().map(swapped).collect(),
    }
}
