//! The question on the screen: exactly what would happen, why it is asked, and what can be answered.
use std::time::Instant;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Approval, Shown, Subject,
    rows::{Break, Row, Rows, folded},
};
use crate::{
    protocol::CommandLine,
    redact::visible,
    tui::{
        text::width as columns_of,
        theme::{Role, Theme},
    },
};

/// With fewer rows than these only what would be done has a place of its own.
const WITH_PLACE: usize = 8;

/// How many rows it would take.
pub fn height(approval: &Approval, sandbox: &str, keys: &Keys, width: u16) -> usize {
    let width = usize::from(width);
    let [allow, deny] = answers(approval, keys, width);
    1 + Rows::new(approval, sandbox, width).len() + allow.len() + deny.len()
}

/// What is pressed for each answer, as shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Why no key answers, where keys belong to something else.
    pub taken: Option<String>,
    pub once: String,
    pub session: String,
    pub deny: String,
    pub words: String,
    pub review: String,
    pub stop: String,
    /// What shows more of it.
    pub down: String,
}

/// Draws it, and notes how much of it has been seen: a command is allowed once all of it was.
pub fn view(
    approval: &mut Approval,
    now: Instant,
    (sandbox, keys): (&str, &Keys),
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let said = Rows::new(approval, sandbox, width);
    let answers = answers(approval, keys, width);
    let is_whole = 1 + said.len() + answers.iter().map(Vec::len).sum::<usize>() <= height;
    let rows = if is_whole {
        let rule = (Role::BorderFocused, "─".repeat(width));
        approval.shown = Shown { is_drawn: true, is_whole: true, ..approval.shown };
        let Rows { title, files: _, what, place, why } = said;
        let [allow, deny] = answers;
        let allow = offered(approval, allow, now);
        [vec![rule], title, what, place, why, allow, deny].concat()
    } else {
        tight(approval, now, said, keys, (width, height))
    };
    for (y, (role, text)) in (area.y..area.bottom()).zip(rows) {
        buffer.set_stringn(area.x, y, text, width, theme.style(role));
    }
}

/// Where there is too little room: the title, the directory and what can be pressed stay, and the rest scrolls between them.
fn tight(
    approval: &mut Approval,
    now: Instant,
    said: Rows,
    keys: &Keys,
    (width, height): (usize, usize),
) -> Vec<Row> {
    let needs_all = matches!(approval.subject, Subject::Command(_));
    let Rows { title, files, what, place, why } = said;
    let mut title = title.into_iter();
    let mut head: Vec<Row> = title.next().into_iter().collect();
    let mut body: Vec<Row> = title.chain(files).chain(what).collect();
    // A long directory is read to its end as the command is.
    if height >= WITH_PLACE && place.len() == 1 {
        head.extend(place);
    } else {
        body.extend(place);
    }
    let needed = if needs_all { body.len() } else { 0 };
    body.extend(why);
    let [allow, mut deny] = short_answers(approval, keys, width);
    deny.truncate(height.saturating_sub(head.len() + 1));
    let foot = (allow.len() + deny.len()).min(height.saturating_sub(head.len() + 1));
    let room = height.saturating_sub(head.len() + foot);

    let shown = &mut approval.shown;
    if shown.columns != width {
        *shown = Shown { is_whole: shown.is_whole, columns: width, ..Shown::default() };
    }
    let most = body.len().saturating_sub(room);
    let first = shown.scroll.min(most);
    // Until all was seen, the place of what allows it says how to see more.
    let is_marked_below = !shown.is_whole && foot > deny.len();
    let is_cut = first < most;
    let visible_rows = room - usize::from(is_cut && !is_marked_below && room > 1);
    if first <= shown.rows {
        shown.rows = shown.rows.max(first + visible_rows);
    }
    *shown = Shown {
        is_drawn: room > 0,
        scroll: first,
        page: visible_rows,
        is_whole: shown.is_whole || shown.rows >= needed,
        ..*shown
    };
    let left = body.len() - (first + visible_rows).min(body.len());
    let mark = || (Role::Warning, more(left, &keys.down, width));
    let is_offered = shown.is_whole;

    let mut rows = head;
    rows.extend(body.into_iter().skip(first).take(visible_rows));
    if visible_rows < room && is_cut {
        rows.push(mark());
    }
    let above_deny = height.saturating_sub(deny.len());
    if is_offered {
        rows.extend(offered(approval, allow, now));
    } else if foot > deny.len() {
        rows.push(mark());
    }
    // To deny it, and to stop, is offered whatever stands above.
    rows.truncate(above_deny);
    rows.extend(deny);
    rows
}

fn more(rows: usize, down: &str, width: usize) -> String {
    let long = format!("… {rows} more rows: {down}");
    if columns_of(&long) <= width { long } else { format!("… {rows} more: {down}") }
}

/// What can't be pressed yet is not offered, and its place stays.
fn offered(approval: &Approval, allow: Vec<Row>, now: Instant) -> Vec<Row> {
    if approval.may_be_answered(now) {
        return allow;
    }
    allow.iter().map(|_| (Role::Text, String::new())).collect()
}

/// What allows it and what denies it.
fn answers(approval: &Approval, keys: &Keys, width: usize) -> [Vec<Row>; 2] {
    if let Some(taken) = &keys.taken {
        return [Vec::new(), in_rows(Role::Warning, std::slice::from_ref(taken), width)];
    }
    let mut allow = vec![format!("[{}] yes, once", keys.once)];
    match &approval.subject {
        Subject::Command(command) => allow.push(rule(command, keys, width)),
        Subject::Patch { .. } => allow.push(format!("[{}] look at each hunk", keys.review)),
        Subject::Other(_) => {}
    }
    let deny = [
        format!("[{}] no   [{}] no, with words for the model", keys.deny, keys.words),
        format!("[{}] stop the turn", keys.stop),
    ];
    [in_rows(Role::Accent, &allow, width), in_rows(Role::Accent, &deny, width)]
}

/// A command that is short is repeated in its rule. A long one stands above already, and would push itself off the screen.
fn rule(command: &CommandLine, keys: &Keys, width: usize) -> String {
    let text = visible(&command.text).replace('\n', "\\n");
    let place = command.directory.display().to_string();
    let said = |what: &str| {
        let place = visible(&place);
        format!("[{}] yes, and exactly {what} in {place} for the rest of the session", keys.session)
    };
    let whole = said(&format!("`{text}`"));
    if columns_of(&whole) <= 2 * width { whole } else { said("this command") }
}

/// All answers where there is little room. The rule of the one for the session is the command as it stands above.
fn short_answers(approval: &Approval, keys: &Keys, width: usize) -> [Vec<Row>; 2] {
    let Keys { once, session, deny, words, review, stop, .. } = keys;
    if let Some(taken) = &keys.taken {
        return [Vec::new(), in_rows(Role::Warning, std::slice::from_ref(taken), width)];
    }
    let (more, short) = match &approval.subject {
        Subject::Command(_) => {
            (format!(" [{session}] yes, this session"), format!(" [{session}] session"))
        }
        Subject::Patch { .. } => (format!(" [{review}] hunks"), format!(" [{review}] hunks")),
        Subject::Other(_) => (String::new(), String::new()),
    };
    let fitting = |texts: [String; 2]| {
        let [long, short] = texts;
        if columns_of(&long) <= width { long } else { short }
    };
    let allow = fitting([format!("[{once}] yes{more}"), format!("[{once}] yes{short}")]);
    let no = format!("[{deny}] no [{words}] no, and why [{stop}] stop");
    let no = fitting([no, format!("[{deny}] no [{stop}] stop")]);
    [in_rows(Role::Accent, &[allow], width), in_rows(Role::Accent, &[no], width)]
}

fn in_rows(role: Role, texts: &[String], width: usize) -> Vec<Row> {
    texts
        .iter()
        .flat_map(|text| folded(text, width, Break::BehindBlanks))
        .map(|row| (role, row))
        .collect()
}
