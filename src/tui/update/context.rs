//! The page that tells what fills the model's context.
use super::{
    State,
    pages::{self, heading, plain},
};
use crate::{
    agent::{Account, Part},
    protocol::ModelRef,
    tui::{
        status::tokens,
        text::{TextLine, clean_line},
        transcript::described,
    },
};

/// Columns of a bar that is full.
const BAR: u64 = 24;

pub(super) fn open(state: &mut State, account: &Account) {
    let lines = lines(&state.status.model, account);
    pages::open(state, "Context", lines);
}

pub(in crate::tui) fn lines(model: &ModelRef, account: &Account) -> Vec<TextLine> {
    let mut lines = vec![heading(&format!("The context of {model}"))];
    lines.extend(room(account).iter().map(|line| plain(line)));
    lines.extend([plain(""), heading("What fills it, about")]);
    let all: u64 = account.parts.iter().map(|(_, tokens)| tokens).sum();
    let parts = account.parts.iter().filter(|(_, tokens)| *tokens > 0);
    lines.extend(parts.map(|(part, tokens)| bar(name(*part), *tokens, all)));
    if !account.largest.is_empty() {
        lines.extend([plain(""), heading("The largest calls, with what came of them")]);
        lines.extend(account.largest.iter().map(|large| {
            let turn = large.turn.map_or(String::new(), |turn| format!("  (turn {turn})"));
            let call = clean_line(&described(&large.call));
            plain(&format!("  {:>7}  {call}{turn}", tokens(large.tokens)))
        }));
    }
    lines.extend([plain(""), plain(&summary(account)), plain(&cached(account))]);
    lines
}

fn room(account: &Account) -> Vec<String> {
    let next = account.next;
    let Some(window) = account.window else {
        let known = "how many the model takes is not known";
        return vec![format!("  {} tokens with the next request; {known}", tokens(next))];
    };
    let usable = window.saturating_sub(account.reserve);
    let percent = next.saturating_mul(100).checked_div(usable).unwrap_or(100);
    let from = match account.compacts_at {
        Some(from) => format!("is summed up by itself from {} on", tokens(from)),
        None => "is never summed up by itself".to_owned(),
    };
    vec![
        format!(
            "  {} of {} tokens with the next request ({percent} %)",
            tokens(next),
            tokens(usable)
        ),
        format!(
            "  {} in all; {} stay free for the answer",
            tokens(window),
            tokens(account.reserve)
        ),
        format!("  {from} (compact_at_percent)"),
    ]
}

fn summary(account: &Account) -> String {
    let (next, after) = (account.next, account.after_summary);
    if after >= next {
        return "  /compact would free nothing now.".to_owned();
    }
    format!("  /compact would free about {} and leave {}.", tokens(next - after), tokens(after))
}

fn cached(account: &Account) -> String {
    let Some((cached, turn)) = account.cached else {
        return "  Nothing of the last request is said to have come from a cache.".to_owned();
    };
    let end = match turn {
        Some(turn) => format!("up to somewhere in turn {turn}"),
        None => "none of the conversation".to_owned(),
    };
    format!("  {} of the last request came from the cache: {end}.", tokens(cached))
}

fn bar(name: &str, part: u64, all: u64) -> TextLine {
    let columns = (part * BAR).div_ceil(all.max(1)).min(BAR);
    let bar = "█".repeat(usize::try_from(columns).unwrap_or_default());
    plain(&format!("  {name:<20}{:>7}  {bar}", tokens(part)))
}

fn name(part: Part) -> &'static str {
    match part {
        Part::System => "system prompt",
        Part::Notes => "project notes",
        Part::Tools => "tools",
        Part::Summary => "summary",
        Part::Prompts => "prompts",
        Part::Replies => "replies",
        Part::Outcomes => "outcomes of calls",
    }
}
