//! vi's visual mode: what is selected, and what is done with it.
use super::{
    Area, Editor, Ran, Vi, ViMode,
    change::join_lines,
    command::{Command, Extent, Motion, Object, Operator, Parsed, What},
    motion::{column, line_beside, object},
    selecting::{Replaced, Selecting, parse_selecting},
};
use crate::tui::composer::{
    boundary::{after, before, line_end, line_start, line_text},
    buffer::Kind,
    kill_ring::Cut,
};

/// From the anchor to the caret, both with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visual {
    anchor: usize,
    extent: Extent,
    /// The column that motions over lines keep to.
    goal: Option<usize>,
    /// Of the text that it was made in.
    revision: u64,
}

impl Visual {
    pub(super) fn new(editor: &Editor, extent: Extent) -> Self {
        Self { anchor: editor.caret(), extent, goal: None, revision: editor.buffer.revision() }
    }

    pub(super) fn mode(&self) -> ViMode {
        match self.extent {
            Extent::Characters => ViMode::Visual,
            Extent::Lines => ViMode::VisualLine,
        }
    }

    /// Whether the text is still the one that it was made in.
    pub(super) fn holds(&self, editor: &Editor) -> bool {
        self.revision == editor.buffer.revision()
    }

    pub(super) fn area(&self, editor: &Editor) -> Area {
        let (text, at) = (editor.text(), editor.caret());
        let (start, last) = (self.anchor.min(at), self.anchor.max(at));
        match self.extent {
            Extent::Lines => Area::lines(text, start, last),
            Extent::Characters => Area { range: start..after(text, last), is_lines: false },
        }
    }
}

impl Vi {
    /// A key while something is selected.
    pub(super) fn press_visual(&mut self, editor: &mut Editor, visual: Visual) -> Ran {
        let command = match parse_selecting(&self.typed) {
            Parsed::Begun => return Ran::Used,
            Parsed::Whole(command) => command,
            Parsed::Nothing => {
                self.typed.clear();
                return Ran::Used;
            }
        };
        self.typed.clear();
        let revision = editor.buffer.revision();
        self.visual = self.select(editor, visual, command);
        self.done(editor, editor.buffer.revision() != revision);
        Ran::Used
    }

    /// What is selected then.
    fn select(
        &mut self,
        editor: &mut Editor,
        visual: Visual,
        command: Command<Selecting>,
    ) -> Option<Visual> {
        let times = command.count.unwrap_or(1);
        match command.verb {
            Selecting::Move(motion @ (Motion::Up | Motion::Down)) => {
                let (text, at) = (editor.text(), editor.caret());
                let column = visual.goal.unwrap_or_else(|| column(text, at));
                if let Some(to) = line_beside(text, at, motion, times, column) {
                    editor.buffer.move_to(on_text(text, to));
                }
                return Some(Visual { goal: Some(column), ..visual });
            }
            Selecting::Move(motion) => {
                if let Some(reach) = self.reach(editor, motion, command.count) {
                    editor.buffer.move_to(on_text(editor.text(), reach.to));
                }
            }
            Selecting::Object(it) => return Some(with_object(editor, visual, it)),
            Selecting::Select(extent) if extent == visual.extent => return None,
            Selecting::Select(extent) => return Some(Visual { extent, ..visual }),
            Selecting::OtherEnd => {
                let anchor = editor.caret();
                editor.buffer.move_to(visual.anchor);
                return Some(Visual { anchor, ..visual });
            }
            Selecting::Operate(operator, extent) => {
                let area = match extent {
                    // These shift lines and cut nothing out of them.
                    _ if matches!(operator, Operator::Indent | Operator::Outdent) => {
                        visual.area(editor)
                    }
                    Extent::Lines => Visual { extent, ..visual }.area(editor),
                    Extent::Characters => visual.area(editor),
                };
                // That is where the caret comes back to when it is undone.
                editor.buffer.move_to(area.range.start);
                self.operate(editor, operator, &area, times);
                return None;
            }
            Selecting::Put(replaced) => {
                put_over(editor, &visual.area(editor), replaced, times);
                return None;
            }
            Selecting::Replace(character) => {
                replace_all(editor, &visual.area(editor), character);
                return None;
            }
            Selecting::JoinLines => {
                let area = visual.area(editor);
                let lines = 1 + editor.text()[area.range.clone()].matches('\n').count();
                editor.buffer.move_to(area.range.start);
                join_lines(editor, lines);
                return None;
            }
        }
        Some(Visual { goal: None, ..visual })
    }
}

/// The end of a line is its last character.
fn on_text(text: &str, to: usize) -> usize {
    if to == line_end(text, to) && to > line_start(text, to) { before(text, to) } else { to }
}

/// Where one character is selected, the object is; else it is added.
fn with_object(editor: &mut Editor, visual: Visual, it: Object) -> Visual {
    let at = editor.caret();
    let Some(range) = object(editor.text(), at, it).filter(|range| !range.is_empty()) else {
        return visual;
    };
    let extent = if it.what == What::Paragraph { Extent::Lines } else { visual.extent };
    let last = before(editor.text(), range.end);
    let (anchor, to) = if visual.anchor == at {
        (range.start, last)
    } else if visual.anchor < at {
        (visual.anchor, last.max(at))
    } else {
        (visual.anchor, range.start.min(at))
    };
    editor.buffer.move_to(to);
    Visual { anchor, extent, ..visual }
}

fn put_over(editor: &mut Editor, area: &Area, replaced: Replaced, times: usize) {
    let Some(cut) = editor.ring.get(0).cloned() else { return };
    let Area { range, is_lines } = area.clone();
    if replaced == Replaced::IsCut {
        let text = editor.text()[range.clone()].to_owned();
        editor.ring.push(Cut { text, is_lines });
    }
    let start = range.start;
    let lines = vec![cut.text.as_str(); times].join("\n");
    let text = match (cut.is_lines, is_lines) {
        (true, true) => lines,
        // Lines stand on lines of their own.
        (true, false) => format!("\n{lines}\n"),
        (false, _) => cut.text.repeat(times),
    };
    editor.buffer.move_to(start);
    editor.buffer.replace(range, &text, Kind::Whole);
    let to = match (cut.is_lines, is_lines) {
        (true, false) => line_text(editor.text(), start + 1),
        (_, true) => line_text(editor.text(), start),
        (false, false) => editor.buffer.before(),
    };
    editor.buffer.move_to(to);
}

/// Puts a character in the place of each that is selected; lines stay lines.
fn replace_all(editor: &mut Editor, area: &Area, character: char) {
    let text = editor.text();
    let mut replaced = String::new();
    let mut at = area.range.start;
    while at < area.range.end {
        replaced.push(if text[at..].starts_with('\n') { '\n' } else { character });
        at = after(text, at);
    }
    editor.buffer.move_to(area.range.start);
    editor.buffer.replace(area.range.clone(), &replaced, Kind::Whole);
    editor.buffer.move_to(area.range.start);
}
