//! The status line, and the line above the input that says what is waited for. Both say less where there is less room.
use std::time::{Duration, Instant};

use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;

use super::{Awaited, Spent, Status};
use crate::{
    protocol::{Cost, Mode},
    redact::visible,
    tui::theme::{Role, Theme},
};

const SEPARATOR: &str = " · ";

/// A piece of the line. The least important ones go first where there is no room.
struct Piece {
    importance: u8,
    text: String,
    role: Role,
}

fn piece(importance: u8, role: Role, text: impl Into<String>) -> Piece {
    Piece { importance, text: text.into(), role }
}

/// `note` stands first, such as the mode of vi.
pub fn view(status: &Status, note: &str, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    buffer.set_style(area, theme.style(Role::Status));
    let mode = if status.mode == Mode::Auto { Role::Warning } else { Role::StatusMode };
    let mut pieces = vec![
        piece(8, Role::Accent, note),
        piece(9, mode, status.mode.as_str()),
        piece(7, Role::Status, visible(&status.model.to_string())),
        piece(8, Role::Status, context(status)),
    ];
    let cost = spent(status.turn, status.session);
    pieces.extend(cost.map(|text| piece(6, Role::Status, text)));
    if status.ground.proposed > 0 {
        pieces.push(piece(6, Role::Notice, count(status.ground.proposed, "proposed file")));
    }
    if let Some(branch) = &status.ground.branch {
        pieces.push(piece(4, Role::Status, visible(branch)));
    }
    pieces.push(piece(3, Role::Status, visible(&status.directory)));
    pieces.push(piece(2, Role::Status, status.sandbox.as_str()));
    pieces.retain(|piece| !piece.text.is_empty());
    let room = usize::from(area.width).saturating_sub(2);
    fit(&mut pieces, room);
    line(
        &pieces,
        Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area },
        theme,
        buffer,
    );
}

/// What is waited for; `hint` says how it is stopped.
pub fn activity(
    status: &Status,
    now: Instant,
    hint: &str,
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let Some((awaited, since)) = status.awaited(now) else { return };
    let (role, text) = match awaited {
        Awaited::Connection => {
            (Role::CallRunning, format!("connecting to {}", status.model.backend))
        }
        Awaited::Answer => (Role::CallRunning, format!("waiting for {}", status.model)),
        Awaited::Summary => (Role::CallRunning, "summing up the conversation".to_owned()),
        Awaited::Begun => (Role::CallRunning, "the answer begins".to_owned()),
        Awaited::Thinking => (Role::CallRunning, "thinking".to_owned()),
        Awaited::Writing => (Role::CallRunning, "writing".to_owned()),
        Awaited::Call(name) => (Role::CallRunning, name.clone()),
        Awaited::Decision => (Role::Warning, "waiting for you".to_owned()),
        Awaited::Stop => (Role::Warning, "stopping".to_owned()),
        Awaited::Retry(retry) => {
            let left = retry.wait.saturating_sub(since).as_secs_f64().ceil();
            let text =
                format!("retry {} of {} in {left} s: {}", retry.attempt, retry.of, retry.reason);
            (Role::Warning, text)
        }
    };
    let text = visible(&text).replace(['\n', '\t'], " ");
    let time = match awaited {
        Awaited::Retry(_) => String::new(),
        _ => seconds(since),
    };
    let whole = status.turn_time(now).filter(|whole| whole.as_secs() > since.as_secs());
    let mut pieces = vec![piece(9, role, format!("• {text}")), piece(8, Role::TextDim, time)];
    pieces.extend(whole.map(|whole| piece(3, Role::TextDim, format!("turn {}", seconds(whole)))));
    pieces.push(piece(5, Role::TextDim, hint));
    pieces.retain(|piece| !piece.text.is_empty());
    let room = usize::from(area.width).saturating_sub(1);
    // A long command leaves room for the rest.
    let others: usize = pieces[1..].iter().map(|it| it.text.width() + SEPARATOR.width()).sum();
    let most = room.saturating_sub(others).max(room / 2);
    pieces[0].text = cut(&pieces[0].text, most);
    fit(&mut pieces, room);
    line(&pieces, area, theme, buffer);
}

/// Such as `7 s` or `2 min 5 s`.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn context(status: &Status) -> String {
    match (status.context, status.window) {
        (0, _) => String::new(),
        (used, Some(window)) if window > 0 => {
            format!("{} of {} ({} %)", tokens(used), tokens(window), used * 100 / window)
        }
        (used, _) => format!("{} tokens", tokens(used)),
    }
}

fn spent(turn: Spent, session: Spent) -> Option<String> {
    let shown = |cost: Cost| cost.usd().filter(|usd| *usd > 0.0).map(|usd| format!("${usd:.4}"));
    match (shown(turn.cost), shown(session.cost)) {
        (Some(turn), Some(session)) if turn != session => Some(format!("{turn} of {session}")),
        (_, Some(session)) => Some(session),
        (_, None) => None,
    }
}

/// Such as `12k`.
pub fn tokens(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..10_000 => format!("{}.{}k", count / 1_000, count % 1_000 / 100),
        10_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}.{}M", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn fit(pieces: &mut Vec<Piece>, room: usize) {
    let width = |pieces: &[Piece]| {
        pieces.iter().map(|piece| piece.text.width() + SEPARATOR.width()).sum::<usize>()
    };
    while pieces.len() > 1 && width(pieces) > room + SEPARATOR.width() {
        let least = pieces.iter().enumerate().min_by_key(|(_, piece)| piece.importance);
        let Some((place, _)) = least else { return };
        pieces.remove(place);
    }
}

fn line(pieces: &[Piece], area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let mut x = area.x;
    for (number, Piece { text, role, .. }) in pieces.iter().enumerate() {
        let room = |x: u16| usize::from(area.right().saturating_sub(x));
        if number > 0 {
            (x, _) = buffer.set_stringn(x, area.y, SEPARATOR, room(x), theme.style(Role::TextDim));
        }
        (x, _) = buffer.set_stringn(x, area.y, text, room(x), theme.style(*role));
    }
}

/// At most so wide, with a sign where something is left out.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if kept.width() + 1 > room {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}
