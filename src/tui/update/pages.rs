//! Pages to be read: what can be done, every key, what was used.
use std::sync::Arc;

use super::{Effect, State};
use crate::tui::{
    action::Context,
    overlay::{Overlay, Page},
    status::{Spent, Status, tokens},
    text::{Paint, Prefix, Span, TextLine, width},
    theme::Role,
};

/// What most people look for first.
pub(super) fn help(state: &mut State) -> Vec<Effect> {
    let mut lines = vec![
        plain(
            "Write what you want and press Enter. While the agent works, Enter says it to the running turn,",
        ),
        plain(
            "Tab keeps it for the next one. `@` names a file, `/` a verb, `!` runs a command of your own.",
        ),
        plain(
            "`@file#` lists what a file defines, `@#name` finds it anywhere; `@!` finds ignored files, too.",
        ),
        plain(""),
    ];
    for group in state.keymap.help() {
        let is_wanted = matches!(
            group.context,
            Context::Global | Context::Transcript | Context::Review | Context::Approval
        );
        if is_wanted {
            rows(group.title, &group.rows, &mut lines);
        }
    }
    open(state, "Help", lines)
}

pub(super) fn keys(state: &mut State) -> Vec<Effect> {
    let mut lines = Vec::new();
    for group in state.keymap.help() {
        rows(group.title, &group.rows, &mut lines);
    }
    open(state, "Keys", lines)
}

/// What can be done in a review.
pub(super) fn review_keys(state: &mut State) -> Vec<Effect> {
    let mut lines = Vec::new();
    for group in state.keymap.help() {
        if group.context == Context::Review {
            rows(group.title, &group.rows, &mut lines);
        }
    }
    open(state, "Keys of a review", lines)
}

pub(super) fn cost(state: &mut State) -> Vec<Effect> {
    let lines = cost_lines(&state.status);
    open(state, "Cost", lines)
}

/// What turn and session have used.
pub(in crate::tui) fn cost_lines(status: &Status) -> Vec<TextLine> {
    let mut lines = Vec::new();
    for (title, spent) in [("This turn", status.turn), ("This session", status.session)] {
        lines.push(heading(title));
        lines.extend(spent_lines(spent));
        lines.push(plain(""));
    }
    lines
}

fn spent_lines(spent: Spent) -> Vec<TextLine> {
    let usage = spent.usage;
    let cost = match spent.cost.usd() {
        Some(usd) => format!("${usd:.4}"),
        None => "not known for this model".to_owned(),
    };
    let line = |name: &str, value: &str| plain(&format!("  {name:<24}{value:>12}"));
    vec![
        line("sent, not cached", &tokens(usage.input)),
        line("sent, from the cache", &tokens(usage.cache_read)),
        line("written to the cache", &tokens(usage.written())),
        line("answered", &tokens(usage.output)),
        line("  of it reasoning", &tokens(usage.reasoning)),
        line("cost", &cost),
    ]
}

fn rows(title: &str, rows: &[crate::tui::keymap::HelpRow], lines: &mut Vec<TextLine>) {
    lines.push(heading(title));
    let name = |row: &crate::tui::keymap::HelpRow| match (&row.usage, row.keys.is_empty()) {
        (Some(usage), true) => usage.clone(),
        (Some(usage), false) => format!("{usage}  {}", row.keys),
        (None, _) => row.keys.clone(),
    };
    let wide = rows.iter().map(|row| width(&name(row))).max().unwrap_or_default().min(34);
    for row in rows {
        let first = format!("  {:<wide$}  ", name(row));
        // Help that takes several rows stays in its column.
        let rest = " ".repeat(wide + 4);
        let prefix = Some(Arc::new(Prefix { first, rest, role: Role::Accent }));
        lines.push(TextLine { text: row.help.to_owned(), prefix, ..TextLine::default() });
    }
    lines.push(plain(""));
}

pub(super) fn open(state: &mut State, title: &str, lines: Vec<TextLine>) -> Vec<Effect> {
    state.overlays.push(Overlay::Page(Page::new(title, lines)));
    Vec::new()
}

pub(super) fn heading(text: &str) -> TextLine {
    let range = 0..text.len();
    let spans = vec![Span { range, paint: Paint::Role(Role::TextHeading), link: None }];
    TextLine { text: text.to_owned(), spans, prefix: None }
}

pub(super) fn plain(text: &str) -> TextLine {
    TextLine { text: text.to_owned(), ..TextLine::default() }
}
