//! vi's keys: its modes, and commands of a count, an operator and what it is applied to.
mod change;
mod command;
mod motion;
mod selecting;
mod visual;

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
use change::{Shift, join_lines, put, recase, replace, shift, swap_case};
use command::{Command, Find, Motion, Operator, Parsed, Place, REDO, Target, Verb, What, parse};
use motion::{Reach, ReachKind, end_of_words, object, reach};
use visual::Visual;

/// What vi remembers between keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Vi {
    is_normal: bool,
    /// While something is selected.
    visual: Option<Visual>,
    /// The keys of a command that is not whole yet.
    typed: Vec<char>,
    last_find: Option<Find>,
    /// The strokes of the change that is going on, and of the last whole one.
    recording: Vec<Stroke>,
    last_change: Vec<Stroke>,
    is_replaying: bool,
}

/// What keys do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViMode {
    Insert,
    Normal,
    Visual,
    VisualLine,
}

impl ViMode {
    /// As vi shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Normal => "NORMAL",
            Self::Visual => "VISUAL",
            Self::VisualLine => "V-LINE",
        }
    }
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
    pub(super) fn mode(&self, editor: &Editor) -> ViMode {
        match self.visual.filter(|visual| visual.holds(editor)) {
            _ if !self.is_normal => ViMode::Insert,
            None => ViMode::Normal,
            Some(visual) => visual.mode(),
        }
    }

    /// The bytes that are selected.
    pub(super) fn selected(&self, editor: &Editor) -> Option<Range<usize>> {
        let visual = self.visual.filter(|visual| self.is_normal && visual.holds(editor))?;
        Some(visual.area(editor).range)
    }

    /// The keys of a command that is not whole yet.
    pub(super) fn typed(&self) -> &[char] {
        &self.typed
    }

    /// From normal mode, or from a text that was sent, to one to be written.
    pub(super) fn begin_insert(&mut self, editor: &mut Editor) {
        self.is_normal = false;
        self.visual = None;
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
        // Somebody else has put another text there.
        self.visual = self.visual.filter(|visual| visual.holds(editor));
        let Some(character) = self.character(stroke.0) else {
            let was_begun = !self.typed.is_empty() || self.visual.is_some();
            self.typed.clear();
            self.visual = None;
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
        if let Some(visual) = self.visual {
            return self.press_visual(editor, visual);
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
        let is_change = !matches!(command.verb, Verb::Undo | Verb::Redo);
        self.done(editor, is_change && editor.buffer.revision() != revision);
        ran
    }

    /// After a whole command.
    fn done(&mut self, editor: &mut Editor, has_changed: bool) {
        if !self.is_normal || self.visual.is_some() {
            return;
        }
        keep_on_text(editor);
        if has_changed {
            self.end_recording();
        } else if !self.is_replaying {
            self.recording.clear();
        }
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
                    self.operate(editor, operator, &area, ONCE);
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
            Verb::Select(extent) => self.visual = Some(Visual::new(editor, extent)),
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

    /// `times` is for what can be done more than once to the same text.
    fn operate(&mut self, editor: &mut Editor, operator: Operator, area: &Area, times: usize) {
        let Area { range, is_lines } = area.clone();
        if matches!(operator, Operator::Delete | Operator::Change | Operator::Yank) {
            let text = editor.text()[range.clone()].to_owned();
            editor.ring.push(Cut { text, is_lines });
        }
        match operator {
            Operator::Indent => shift(editor, range, Shift::In, times),
            Operator::Outdent => shift(editor, range, Shift::Out, times),
            Operator::Recase(case) => recase(editor, range, case),
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

const ONCE: usize = 1;

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
