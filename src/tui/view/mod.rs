//! The state as cells. Pure: the same state gives the same cells.
mod inline;
mod over;
mod places;
mod sessions;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    action::{Action, Context},
    approval::{self, Keys},
    composer::{Editor, ViMode},
    picker::Prompting,
    screen::Canvas,
    state::{State, Word},
    status,
    text::{clean_line, cut, width},
    theme::{Role, Theme},
    transcript::Extent,
};

pub use inline::{below, printed};
pub(in crate::tui) use over::{clear, draw_lines, draw_title};
use places::Places;

/// Lays out and draws one frame that is all of the terminal. Nothing but where lists are scrolled to changes in the state.
pub fn view(state: &mut State, canvas: &mut Canvas) {
    begin(state, canvas);
    if over::covers(state, canvas) {
        over::say_what_waits(state, canvas);
        over::say_word(state, canvas);
        return;
    }
    let places = places::places(state);
    state.transcript.show(Extent::Whole);
    state.transcript.fit(places.transcript.width, places.transcript.height, state.now);
    let list = (places.input.y / 2).clamp(1, LIST);
    draw(state, places, list, canvas);
    over::view(state, places.status, canvas);
}

/// Rows of the list that helps with what is being typed.
const LIST: u16 = 12;

fn begin(state: &mut State, canvas: &mut Canvas) {
    let area = canvas.buffer.area;
    canvas.buffer.set_style(area, state.look.theme.style(Role::Text));
    if let Some(open) = state.approvals.open_mut() {
        open.hide();
    }
}

/// Draws the session, the transcript being fitted; the list that helps with what is typed takes so many rows at most.
fn draw(state: &mut State, places: Places, list: u16, canvas: &mut Canvas) {
    let theme = &state.look.theme;
    let buffer = &mut canvas.buffer;
    canvas.links = state.transcript.draw(places.transcript, buffer, theme);
    let label = scrolled(state);
    let (free, corner) = beside_label(&label, places);
    activity(state, free, buffer);
    draw_label(&label, corner, &state.look.theme, buffer);
    waiting(state, places.waiting, buffer);
    question(state, places.question, buffer);
    canvas.cursor = input(state, places.input, buffer);
    let theme = &state.look.theme;
    if !places.status.is_empty() {
        let note = state.composer.vi_mode().map_or("", ViMode::name);
        status::view(&state.status, note, places.status, theme, buffer);
    }
    popup(state, places.input, list, canvas);
}

/// What is going on, or a word about the last key.
fn activity(state: &State, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &state.look.theme;
    if let Some(word) = &state.word {
        draw_word(word, area, theme, buffer);
        return;
    }
    let typed: Vec<String> = state.pending.keys().iter().map(ToString::to_string).collect();
    let typed = format!("{}{}", typed.join(" "), state.composer.typed_command());
    if !typed.is_empty() {
        let columns = usize::from(area.width);
        let style = theme.style(Role::TextDim);
        buffer.set_stringn(area.x, area.y, format!("{typed} …"), columns, style);
        return;
    }
    let hint = format!("{} stops", key(state, Context::Global, Action::Cancel));
    status::activity(&state.status, state.now, &hint, area, theme, buffer);
}

fn draw_word(word: &Word, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let columns = usize::from(area.width);
    let text = cut(&clean_line(&word.text), columns);
    buffer.set_stringn(area.x, area.y, text, columns, theme.style(word.role));
}

/// That there is more below what is seen.
fn scrolled(state: &State) -> String {
    if state.transcript.is_at_end() {
        return String::new();
    }
    let key = key(state, Context::Global, Action::Last);
    format!(" {} %, {key} to the end ", state.transcript.percent())
}

/// The row of what is going on, and the corner of it for the label. Without that row it is the transcript's last one, some
/// of which is covered then.
fn beside_label(label: &str, places: Places) -> (Rect, Rect) {
    let Places { activity, transcript, .. } = places;
    let columns = u16::try_from(width(label)).unwrap_or(u16::MAX);
    if columns <= activity.width / 2 && !activity.is_empty() {
        let free = Rect { width: activity.width - columns, ..activity };
        return (free, Rect { x: free.right(), width: columns, ..activity });
    }
    if columns >= transcript.width || transcript.height < 2 {
        return (activity, Rect::default());
    }
    let (x, y) = (transcript.right() - columns, transcript.bottom() - 1);
    (activity, Rect { x, y, width: columns, height: 1 })
}

fn draw_label(label: &str, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    if !area.is_empty() {
        let columns = usize::from(area.width);
        buffer.set_stringn(area.x, area.y, label, columns, theme.style(Role::StatusMode));
    }
}

/// What the user has said and the model has not read.
fn waiting(state: &State, area: Rect, buffer: &mut Buffer) {
    let queued = state.composer.queue_height().min(area.height);
    let steered = area.height - queued;
    let columns = usize::from(area.width);
    let style = state.look.theme.style(Role::TextDim);
    for (y, text) in (area.y..area.y + steered).zip(&state.steered) {
        let text = format!("  at its next step: {}", clean_line(text));
        buffer.set_stringn(area.x, y, cut(&text, columns), columns, style);
    }
    let queue = Rect { y: area.y + steered, height: queued, ..area };
    state.composer.view_queue(queue, buffer, &state.look.theme);
}

/// What asks for leave.
fn question(state: &mut State, area: Rect, buffer: &mut Buffer) {
    let keys = keys(state);
    let is_covered = !state.overlays.is_empty() || state.composer.popup().is_some();
    let State { approvals, session, look, now, .. } = state;
    let Some(open) = approvals.open_mut().filter(|_| !area.is_empty()) else { return };
    // What a list is drawn over has not been seen.
    let mut covered = is_covered.then(|| open.clone());
    let open = covered.as_mut().unwrap_or(open);
    approval::view(open, *now, (&session.sandbox, &keys), area, &look.theme, buffer);
}

/// What is written; gives the caret's place.
fn input(state: &State, area: Rect, buffer: &mut Buffer) -> Option<Position> {
    let theme = &state.look.theme;
    if let Some(words) = &state.denial {
        return line("no, because:", words, "", area, theme, buffer);
    }
    if let Some(words) = &state.search {
        let found = state.transcript.search_status();
        let found = found.map_or(String::new(), |it| format!("{} of {}", it.current, it.count));
        return line("search:", words, &found, area, theme, buffer);
    }
    let placeholder = if state.transcript.is_empty() {
        "what is to be done? / for verbs, @ for files, f1 for help"
    } else {
        ""
    };
    let caret = state.composer.view(area, buffer, theme, placeholder).caret;
    caret.filter(|_| !state.is_reading)
}

/// One line of words behind a label; `after` stands at its right end.
fn line(
    label: &str,
    words: &Editor,
    after: &str,
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    let after = if words.is_full_line() { "cut: too long for a line" } else { after };
    let after = cut(after, usize::from(area.width / 2));
    let taken = u16::try_from(width(&after)).unwrap_or(u16::MAX).min(area.width);
    let start = area.right() - taken;
    let style = theme.style(Role::TextDim);
    buffer.set_stringn(start, area.y, &after, usize::from(taken), style);
    let gap = u16::from(taken > 0);
    let line = Rect { width: area.width.saturating_sub(taken + gap), ..area };
    words.view_line(label, line, buffer, theme).map(|drawn| drawn.caret)
}

/// The list that helps with what is being typed, above the input.
fn popup(state: &mut State, input: Rect, most: u16, canvas: &mut Canvas) {
    let height = popup_height(state).min(most);
    let State { composer, look, .. } = state;
    if let Some(picker) = composer.popup().filter(|_| height > 0) {
        let y = input.y.saturating_sub(height);
        let area = Rect { y, height: input.y - y, ..input };
        over::clear(area, &look.theme, canvas);
        picker.view(area, &mut canvas.buffer, &look.theme, Prompting::Elsewhere);
    }
}

/// Rows that the list would take; none where nothing is typed that it helps with.
fn popup_height(state: &mut State) -> u16 {
    let is_typing = state.denial.is_none() && state.search.is_none();
    let picker = state.composer.popup().filter(|_| is_typing);
    picker.map_or(0, |picker| picker.wanted_height(Prompting::Elsewhere))
}

fn keys(state: &State) -> Keys {
    let key = |action| key(state, Context::Approval, action);
    Keys {
        taken: taken(state),
        once: key(Action::AllowOnce),
        session: key(Action::AllowSession),
        deny: key(Action::Deny),
        words: key(Action::DenyWithWords),
        review: key(Action::ReviewChanges),
        stop: key(Action::Cancel),
        down: key(Action::PageDown),
    }
}

/// Why no key answers what is open: the keys belong to something else.
fn taken(state: &State) -> Option<String> {
    if state.search.is_some() {
        let key = key(state, Context::Search, Action::Cancel);
        return Some(format!("[{key}] end the search, and then answer"));
    }
    if state.is_reading {
        let key = key(state, Context::Transcript, Action::Compose);
        return Some(format!("[{key}] stop reading, and then answer"));
    }
    let is_writing = !state.composer.is_empty();
    is_writing.then(|| "send or clear what you write, and then answer".to_owned())
}

fn key(state: &State, context: Context, action: Action) -> String {
    let key = state.keymap.first_key(&[context, Context::Global], action);
    key.map_or_else(|| action.name().to_owned(), ToString::to_string)
}
