//! A commit's files as a patch: hunks with so much context, or an anchor, that each has one place.
use std::{collections::HashMap, ops::Range};

use super::{
    diffs,
    sight::{Line, Span, Told},
};

/// How hunks say where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// By their lines, and by an anchor where those stand in several places.
    Plain,
    /// By an anchor wherever there is one.
    Anchored,
    /// As git writes them, in a diff of its own form.
    Diff,
}

impl Style {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "a patch",
            Self::Anchored => "a patch with anchors",
            Self::Diff => "a diff",
        }
    }
}

/// Lines of context at first, and by how many more at a time.
const CONTEXT: usize = 3;
const STEP: usize = 2;
/// Once so many lines of context do not tell, an anchor may.
const ENOUGH: usize = 5;

/// The patch of all files. What makes room for others stands first.
pub(super) fn written(told: &[Told], style: Style) -> String {
    match style {
        Style::Plain | Style::Anchored => written_as_patch(told, style),
        Style::Diff => diffs::written(told),
    }
}

fn written_as_patch(told: &[Told], style: Style) -> String {
    let mut patch = "*** Begin Patch\n".to_owned();
    for file in told {
        match file {
            Told::Delete { path } => patch += &format!("*** Delete File: {path}\n"),
            Told::Add { path, text } => add(&mut patch, path, text),
            Told::Rewrite { from, to, text, .. } => {
                patch += &format!("*** Delete File: {from}\n");
                add(&mut patch, to, text);
            }
            Told::Change { from, to, old, new, spans } => {
                patch += &format!("*** Update File: {from}\n");
                if from != to {
                    patch += &format!("*** Move to: {to}\n");
                }
                for hunk in &placed(old, spans, style) {
                    write(&mut patch, hunk, old, new);
                }
            }
        }
    }
    patch + "*** End Patch\n"
}

fn add(patch: &mut String, path: &str, text: &str) {
    *patch += &format!("*** Add File: {path}\n");
    for line in text.split_inclusive('\n') {
        *patch += &format!("+{}\n", line.strip_suffix('\n').unwrap_or(line));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        *patch += NO_NEWLINE;
    }
}

pub(super) const NO_NEWLINE: &str = "\\ No newline at end of file\n";

/// Changes and the lines of the old file that they are shown with.
pub(super) struct Hunk<'a> {
    pub(super) spans: &'a [Span],
    pub(super) lines: Range<usize>,
    pub(super) anchor: Option<usize>,
}

impl Hunk<'_> {
    /// What it is told with, from top to bottom: the sign, and the lines of the old or the new file that have it.
    pub(super) fn walk<'f>(
        &self,
        old: &'f [Line],
        new: &'f [Line],
        mut push: impl FnMut(char, &'f [Line]),
    ) {
        let mut next = self.lines.start;
        for span in self.spans {
            push(' ', &old[next..span.old.start]);
            push('-', &old[span.old.clone()]);
            push('+', &new[span.new.clone()]);
            next = span.old.end;
        }
        push(' ', &old[next..self.lines.end]);
    }
}

/// The changes as hunks of which each has one place.
pub(super) fn placed<'a>(old: &[Line], spans: &'a [Span], style: Style) -> Vec<Hunk<'a>> {
    let mut context = vec![CONTEXT; spans.len()];
    // What was found out of lines, since most hunks are settled long before the last one is.
    let mut known: HashMap<Range<usize>, (bool, Option<usize>)> = HashMap::new();
    loop {
        let mut hunks = grouped(old, spans, &context);
        let mut is_settled = true;
        let mut first = 0;
        for hunk in &mut hunks {
            let own = &mut context[first..first + hunk.spans.len()];
            first += hunk.spans.len();
            let widest = own.iter().copied().max().unwrap_or_default();
            let look = || (is_alone(old, &hunk.lines, style), anchor(old, &hunk.lines));
            let (is_alone, anchor) = *known.entry(hunk.lines.clone()).or_insert_with(look);
            if style == Style::Anchored && anchor.is_some() {
                hunk.anchor = anchor;
            } else if !is_alone {
                match anchor.filter(|_| widest > ENOUGH) {
                    Some(anchor) => hunk.anchor = Some(anchor),
                    None => {
                        own.fill(widest + STEP);
                        is_settled = false;
                    }
                }
            }
        }
        if is_settled {
            return hunks;
        }
    }
}

/// Hunks that would share lines are one.
fn grouped<'a>(old: &[Line], spans: &'a [Span], context: &[usize]) -> Vec<Hunk<'a>> {
    let around = |index: usize| {
        let Range { start, end } = spans[index].old;
        start.saturating_sub(context[index])..(end + context[index]).min(old.len())
    };
    let mut hunks: Vec<Hunk<'a>> = Vec::new();
    let mut first = 0;
    for index in 0..spans.len() {
        let lines = around(index);
        match hunks.last_mut().filter(|hunk| lines.start <= hunk.lines.end) {
            Some(hunk) => {
                hunk.spans = &spans[first..=index];
                hunk.lines = hunk.lines.start.min(lines.start)..hunk.lines.end.max(lines.end);
            }
            None => {
                first = index;
                hunks.push(Hunk { spans: &spans[index..=index], lines, anchor: None });
            }
        }
    }
    hunks
}

/// Whether the lines stand in the file once, or at its end, which a patch says then.
fn is_alone(old: &[Line], lines: &Range<usize>, style: Style) -> bool {
    let is_end_told = match style {
        Style::Plain | Style::Anchored => true,
        Style::Diff => old.is_empty(),
    };
    (is_end_told && lines.end == old.len()) || places(old, lines, 0) == 1
}

/// In how many places below a line the lines stand, white space at their ends left out of account.
fn places(old: &[Line], lines: &Range<usize>, first: usize) -> usize {
    if lines.is_empty() {
        return 0;
    }
    let is_broken = old[lines.clone()].iter().any(|line| line.text.contains('\u{fffd}'));
    let is_same = |(one, other): (&Line, &Line)| match is_broken {
        false => one.text == other.text,
        // Bytes that are not shown are only found by comparing loosely.
        true => one.text.trim() == other.text.trim(),
    };
    let windows = old[first..].windows(lines.len());
    windows.filter(|window| window.iter().zip(&old[lines.clone()]).all(is_same)).count()
}

/// The head of what the lines lie in, where it is like no other line and they stand below it once.
fn anchor(old: &[Line], lines: &Range<usize>) -> Option<usize> {
    let head = head(old, lines)?;
    let is_same = |line: &&Line| line.text.trim() == old[head].text.trim();
    let is_only = old.iter().filter(is_same).count() == 1;
    (is_only && !lines.is_empty() && places(old, lines, head) == 1).then_some(head)
}

/// The head of what the lines lie in, as git finds it.
pub(super) fn head(old: &[Line], lines: &Range<usize>) -> Option<usize> {
    let is_head = |text: &str| {
        let first = text.as_bytes().first();
        first.is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, b'_' | b'$'))
    };
    old[..lines.start].iter().rposition(|line| is_head(&line.text))
}

fn write(patch: &mut String, hunk: &Hunk<'_>, old: &[Line], new: &[Line]) {
    *patch += "@@";
    if let Some(anchor) = hunk.anchor {
        *patch += &format!(" {}", old[anchor].text);
    }
    *patch += "\n";
    let newline_changes = ends_bare(old) != ends_bare(new);
    hunk.walk(old, new, |sign, lines| {
        for line in lines {
            *patch += &format!("{sign}{}\n", line.text);
            if sign != ' ' && newline_changes && line.end.is_empty() {
                *patch += NO_NEWLINE;
            }
        }
    });
    if hunk.lines.end == old.len() {
        *patch += "*** End of File\n";
    }
}

fn ends_bare(file: &[Line]) -> bool {
    file.last().is_some_and(|line| line.end.is_empty())
}
