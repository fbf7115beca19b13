//! vi's keys: two modes, and commands of a count, an operator and what it is applied to.
mod command;
mod motion;

use std::ops::Range;

use crossterm::event::{KeyCode, KeyModifiers};

use super::{
    boundary::{after, before, line_end, line_start, line_text},
    buffer::Kind,
    chips::is_mark,
    editor::Editor,
    kill_ring::Cut,
};
use crate::tui::{action::Action, keymap::Key};
use command::{Command, Find, Motion, Operator, Parsed, Place, REDO, Target, Verb, What, parse};
use motion::{Reach, ReachKind, end_of_words, object, reach};

/// What vi remembers between keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Vi {
    is_normal: bool,
    /// The keys of a command that is not whole yet.
    typed: Vec<char>,
    last_find: Option<Find>,
    /// The strokes of the change that is going on, and of the last whole one.
    recording: Vec<Stroke>,
    last_change: Vec<Stroke>,
    is_replaying: bool,
}

/// A key and what the map of keys makes of it.
pub(super) type Stroke = (Key, Vec<Action>);

/// What came of a key in normal mode.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ran {
    Used,
    /// The key is no command of vi.
    Unused,
    /// So many rows up or down, where the rows are known.
    Rows {
        action: Action,
        times: usize,
    },
    Ask(Action),
    /// These strokes again.
    Replay(Vec<Stroke>),
}

impl Vi {
    pub(super) fn is_normal(&self) -> bool {
        self.is_normal
    }

    /// The keys of a command that is not whole yet.
    pub(super) fn typed(&self) -> &[char] {
        &self.typed
    }

    /// From normal mode, or from a text that was sent, to one to be written.
    pub(super) fn begin_insert(&mut self, editor: &mut Editor) {
        self.is_normal = false;
        self.typed.clear();
        editor.buffer.begin_session();
    }

    pub(super) fn leave_insert(&mut self, editor: &mut Editor) {
        self.is_normal = true;
        editor.buffer.end_session();
        let (text, at) = (editor.text(), editor.caret());
        if at > line_start(text, at) {
            editor.buffer.move_to(before(text, at));
        }
        self.end_recording();
    }

    /// Keeps a stroke of insert mode, for `.` to do it again.
    pub(super) fn record(&mut self, stroke: Stroke) {
        if !self.is_replaying && !self.recording.is_empty() {
            self.recording.push(stroke);
        }
    }

    pub(super) fn set_replaying(&mut self, is_replaying: bool) {
        self.is_replaying = is_replaying;
    }

    /// A key in normal mode.
    pub(super) fn press(&mut self, editor: &mut Editor, stroke: Stroke) -> Ran {
        let Some(character) = self.character(stroke.0) else {
            let was_begun = !self.typed.is_empty();
            self.typed.clear();
            self.recording.clear();
            return if was_begun && stroke.0.code == KeyCode::Esc {
                Ran::Used
            } else {
                Ran::Unused
            };
        };
        self.typed.push(character);
        if !self.is_replaying {
            self.recording.push(stroke);
        }
        let command = match parse(&self.typed) {
            Parsed::Begun => return Ran::Used,
            Parsed::Whole(command) => command,
            Parsed::Nothing => {
                self.typed.clear();
                self.recording.clear();
                return Ran::Used;
            }
        };
        self.typed.clear();
        let revision = editor.buffer.revision();
        let ran = self.run(editor, command);
        if self.is_normal {
            keep_on_text(editor);
            let is_change = !matches!(command.verb, Verb::Undo | Verb::Redo);
            if is_change && editor.buffer.revision() != revision {
                self.end_recording();
            } else if !self.is_replaying {
                self.recording.clear();
            }
        }
        ran
    }

    fn character(&self, key: Key) -> Option<char> {
        match (key.character(), key.code, key.modifiers) {
            (Some(character), ..) => Some(character).filter(|it| !is_mark(*it)),
            (None, KeyCode::Char('r'), KeyModifiers::CONTROL) if self.typed.is_empty() => {
                Some(REDO)
            }
            (None, KeyCode::Left | KeyCode::Backspace, KeyModifiers::NONE) => Some('h'),
            (None, KeyCode::Right, KeyModifiers::NONE) => Some('l'),
            (None, KeyCode::Up, KeyModifiers::NONE) => Some('k'),
            (None, KeyCode::Down, KeyModifiers::NONE) => Some('j'),
            (None, KeyCode::Home, KeyModifiers::NONE) => Some('0'),
            (None, KeyCode::End, KeyModifiers::NONE) => Some('$'),
            (None, KeyCode::Delete, KeyModifiers::NONE) => Some('x'),
            (None, ..) => None,
        }
    }

    fn end_recording(&mut self) {
        let strokes = std::mem::take(&mut self.recording);
        if !self.is_replaying && !strokes.is_empty() {
            self.last_change = strokes;
        }
    }

    fn run(&mut self, editor: &mut Editor, command: Command) -> Ran {
        let times = command.count.unwrap_or(1);
        match command.verb {
            Verb::Move(Motion::Up) => return Ran::Rows { action: Action::CaretUp, times },
            Verb::Move(Motion::Down) => return Ran::Rows { action: Action::CaretDown, times },
            Verb::Move(motion) => {
                if let Some(reach) = self.reach(editor, motion, command.count) {
                    editor.buffer.move_to(reach.to);
                }
            }
            Verb::Operate(operator, target) => {
                if let Some(area) = self.area(editor, operator, target, command.count) {
                    self.operate(editor, operator, &area);
                }
            }
            Verb::Insert(place) => self.insert_at(editor, place),
            Verb::Put { is_before } => put(editor, is_before, times),
            Verb::Replace(character) => replace(editor, character, times),
            Verb::SwapCase => swap_case(editor, times),
            Verb::JoinLines => join_lines(editor, times),
            Verb::Undo => {
                for _ in 0..times {
                    editor.buffer.undo();
                }
            }
            Verb::Redo => {
                for _ in 0..times {
                    editor.buffer.redo();
                }
            }
            Verb::Repeat if self.is_replaying => {}
            Verb::Repeat => return Ran::Replay(self.last_change.clone()),
            Verb::Editor => return Ran::Ask(Action::Editor),
            Verb::SearchHistory => return Ran::Ask(Action::SearchHistory),
        }
        Ran::Used
    }

    fn reach(&mut self, editor: &Editor, motion: Motion, count: Option<usize>) -> Option<Reach> {
        if let Motion::Find(find) = motion {
            self.last_find = Some(find);
        }
        reach(editor.text(), editor.caret(), motion, count, self.last_find)
    }

    /// What an operator is applied to.
    fn area(
        &mut self,
        editor: &Editor,
        operator: Operator,
        target: Target,
        count: Option<usize>,
    ) -> Option<Area> {
        let (text, at) = (editor.text(), editor.caret());
        let times = count.unwrap_or(1);
        let is_blank = text[at..].chars().next().is_none_or(char::is_whitespace);
        match target {
            Target::Lines => {
                let below = Motion::Down;
                let last = match times {
                    1 => at,
                    _ => self.reach(editor, below, Some(times - 1)).map_or(text.len(), |it| it.to),
                };
                Some(Area::lines(text, at, last))
            }
            Target::Object(it) => {
                let is_lines = it.what == What::Paragraph;
                object(text, at, it).map(|range| Area { range, is_lines })
            }
            Target::Motion(Motion::Word { is_big })
                if operator == Operator::Change && !is_blank =>
            {
                let range = at..end_of_words(text, at, is_big, times);
                Some(Area { range, is_lines: false })
            }
            Target::Motion(motion) => {
                let reach = self.reach(editor, motion, count)?;
                let (start, end) = (at.min(reach.to), at.max(reach.to));
                let end = match (reach.kind, motion) {
                    (ReachKind::Lines, _) => return Some(Area::lines(text, start, end)),
                    (ReachKind::Inclusive, _) => after(text, end),
                    // Words end with their line; the blanks of the next one stay.
                    (ReachKind::Exclusive, Motion::Word { .. }) => {
                        without_next_line(text, start, end)
                    }
                    (ReachKind::Exclusive, _) => end,
                };
                Some(Area { range: start..end, is_lines: false })
            }
        }
    }

    fn operate(&mut self, editor: &mut Editor, operator: Operator, area: &Area) {
        let Area { range, is_lines } = area.clone();
        let text = editor.text()[range.clone()].to_owned();
        editor.ring.push(Cut { text, is_lines });
        match operator {
            Operator::Yank if is_lines => {}
            Operator::Yank => editor.buffer.move_to(range.start),
            Operator::Delete if is_lines => {
                let text = editor.text();
                // With the line feed behind the lines, or the one before them at the end of the text.
                let range = if range.end < text.len() {
                    range.start..range.end + 1
                } else {
                    range.start.saturating_sub(1)..range.end
                };
                editor.buffer.replace(range, "", Kind::Whole);
                editor.buffer.move_to(line_text(editor.text(), editor.caret()));
            }
            Operator::Delete => editor.buffer.replace(range, "", Kind::Whole),
            Operator::Change => {
                self.begin_insert(editor);
                editor.buffer.move_to(range.start);
                editor.buffer.replace(range, "", Kind::Whole);
            }
        }
    }

    fn insert_at(&mut self, editor: &mut Editor, place: Place) {
        self.begin_insert(editor);
        let (text, at) = (editor.text(), editor.caret());
        let (start, end) = (line_start(text, at), line_end(text, at));
        match place {
            Place::Here => {}
            Place::Behind => editor.buffer.move_to(if at < end { after(text, at) } else { at }),
            Place::LineText => editor.buffer.move_to(line_text(text, at)),
            Place::LineEnd => editor.buffer.move_to(end),
            Place::LineBelow => editor.buffer.replace(end..end, "\n", Kind::Whole),
            Place::LineAbove => {
                editor.buffer.replace(start..start, "\n", Kind::Whole);
                editor.buffer.move_to(start);
            }
        }
    }
}

#[derive(Debug, Clone)]
struct Area {
    range: Range<usize>,
    /// Whole lines, without the line feed behind the last.
    is_lines: bool,
}

impl Area {
    fn lines(text: &str, from: usize, to: usize) -> Self {
        Self { range: line_start(text, from)..line_end(text, to), is_lines: true }
    }
}

fn without_next_line(text: &str, start: usize, end: usize) -> usize {
    match text[start..end].rfind('\n') {
        Some(feed) if text[start + feed..end].trim().is_empty() => {
            let line = start + text[start..end].find('\n').unwrap_or(feed);
            line.max(start)
        }
        Some(_) | None => end,
    }
}

/// In normal mode the caret stands on a character, not behind the last of its line.
pub(super) fn keep_on_text(editor: &mut Editor) {
    let (text, at) = (editor.text(), editor.caret());
    if at == line_end(text, at) && at > line_start(text, at) {
        editor.buffer.move_to(before(text, at));
    }
}

fn put(editor: &mut Editor, is_before: bool, times: usize) {
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

fn replace(editor: &mut Editor, character: char, times: usize) {
    let Some(range) = characters(editor, times) else { return };
    if range.1 < times {
        return;
    }
    let text = character.to_string().repeat(times);
    editor.buffer.replace(range.0, &text, Kind::Whole);
    editor.buffer.move_to(editor.buffer.before());
}

fn swap_case(editor: &mut Editor, times: usize) {
    let Some((range, _)) = characters(editor, times) else { return };
    let swap = |c: char| -> String {
        if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() }
    };
    let text: String = editor.text()[range.clone()].chars().map(swap).collect();
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

fn join_lines(editor: &mut Editor, times: usize) {
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
