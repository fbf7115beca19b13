//! Keys, and what they do to the input.
use crossterm::event::KeyCode;

use super::{
    Composer, Reply,
    chips::is_mark,
    vi::{Ran, Stroke, Vi, ViMode, keep_on_text},
};
use crate::tui::{action::Action, keymap::Key};

impl Composer {
    /// A key and what the map of keys makes of it, nearest first. One that has no action types.
    pub fn press(&mut self, key: Key, actions: &[Action]) -> Reply {
        if self.has_popup() {
            let reply = self.press_popup(actions);
            if reply != Reply::Unused {
                return reply;
            }
        }
        if self.vi.is_some() {
            let reply = self.press_vi((key, actions.to_vec()));
            if reply != Reply::Unused {
                return reply;
            }
        }
        for action in actions {
            let reply = self.act(*action);
            if reply != Reply::Unused {
                return reply;
            }
        }
        let types = self.is_typing() && actions.is_empty();
        let Some(character) = key.character().filter(|_| types) else { return Reply::Unused };
        self.type_character(character);
        Reply::Used
    }

    fn type_character(&mut self, character: char) {
        if is_mark(character) {
            let chip = self.chips.take_in(character.to_string());
            self.editor.insert(&chip);
        } else {
            self.editor.type_character(character);
        }
        self.changed();
    }

    /// Does an action; `Unused` where there is nothing to do for it here and another place may have more.
    pub fn act(&mut self, action: Action) -> Reply {
        match action {
            Action::CaretUp => self.up(),
            Action::CaretDown => self.down(),
            Action::HistoryPrevious => self.older(),
            Action::HistoryNext => self.newer(),
            Action::NewLine => self.new_line(),
            Action::Send => self.send(),
            Action::Queue => self.queue(),
            Action::EditQueued => self.edit_queued(),
            action if self.editor.act(action) => {
                self.changed();
                Reply::Used
            }
            Action::DeleteForward | Action::KillLine | Action::Choose | Action::Complete => {
                Reply::Unused
            }
            action if is_of_the_input(action) => Reply::Used,
            action => Reply::Ask(action),
        }
    }

    fn new_line(&mut self) -> Reply {
        self.type_character('\n');
        Reply::Used
    }

    /// A row up; on the first one, or while prompts are walked through, the prompt before.
    fn up(&mut self) -> Reply {
        let row = self.caret_row();
        if row == 0 || self.recall.shows(self.text()) {
            if self.is_empty() && self.edit_queued() == Reply::Used {
                return Reply::Used;
            }
            return self.older();
        }
        self.go_to_row(row - 1)
    }

    fn down(&mut self) -> Reply {
        let row = self.caret_row();
        let rows = self.lay_out_last().layout.rows().len();
        if row + 1 >= rows || self.recall.shows(self.text()) {
            return self.newer();
        }
        self.go_to_row(row + 1)
    }

    fn caret_row(&self) -> usize {
        let drawn = self.lay_out_last();
        drawn.layout.place(self.text(), &self.chips, self.caret()).0
    }

    fn go_to_row(&mut self, row: usize) -> Reply {
        let (column, to) = {
            let drawn = self.lay_out_last();
            let (_, column) = drawn.layout.place(self.text(), &self.chips, self.caret());
            let column = self.goal.unwrap_or(column);
            (column, drawn.layout.at(self.text(), &self.chips, row, column))
        };
        self.editor.move_to(to);
        self.open_popup();
        self.goal = Some(column);
        Reply::Used
    }

    fn lay_out_last(&self) -> std::cell::RefMut<'_, super::Drawing> {
        let width = self.drawn.borrow().width;
        self.lay_out(width)
    }

    fn older(&mut self) -> Reply {
        let found = self.recall.older(self.editor.text());
        self.show(found)
    }

    fn newer(&mut self) -> Reply {
        let found = self.recall.newer(self.editor.text());
        self.show(found)
    }

    fn show(&mut self, found: Option<std::sync::Arc<str>>) -> Reply {
        if let Some(text) = found {
            self.editor.set(&text);
            self.changed();
            self.popup = None;
        }
        Reply::Used
    }

    fn press_vi(&mut self, stroke: Stroke) -> Reply {
        let Some(mut vi) = self.vi.take() else { return Reply::Unused };
        let reply = self.press_vi_with(&mut vi, stroke);
        self.vi = Some(vi);
        match reply {
            ViReply::Reply(reply) => reply,
            ViReply::Replay(strokes) => self.replay(&strokes),
            ViReply::Act { action, times } => {
                for _ in 0..times {
                    self.act(action);
                }
                keep_on_text(&mut self.editor);
                Reply::Used
            }
        }
    }

    fn press_vi_with(&mut self, vi: &mut Vi, stroke: Stroke) -> ViReply {
        let is_escape = stroke.0.code == KeyCode::Esc && stroke.0.modifiers.is_empty();
        if vi.mode(&self.editor) == ViMode::Insert {
            vi.record(stroke);
            if !is_escape {
                return ViReply::Reply(Reply::Unused);
            }
            vi.leave_insert(&mut self.editor);
            self.changed();
            return ViReply::Reply(Reply::Used);
        }
        match vi.press(&mut self.editor, stroke) {
            Ran::Unused => ViReply::Reply(Reply::Unused),
            Ran::Used => {
                self.goal = None;
                self.popup = None;
                ViReply::Reply(Reply::Used)
            }
            Ran::Ask(action) => ViReply::Reply(Reply::Ask(action)),
            Ran::Rows { action, times } => ViReply::Act { action, times },
            Ran::Replay(strokes) => ViReply::Replay(strokes),
        }
    }

    fn replay(&mut self, strokes: &[Stroke]) -> Reply {
        self.set_replaying(true);
        for (key, actions) in strokes {
            self.press(*key, actions);
        }
        self.set_replaying(false);
        Reply::Used
    }

    fn set_replaying(&mut self, is_replaying: bool) {
        if let Some(vi) = &mut self.vi {
            vi.set_replaying(is_replaying);
        }
    }
}

enum ViReply {
    Reply(Reply),
    Act { action: Action, times: usize },
    Replay(Vec<Stroke>),
}

/// Whether an action has no other place than the input, so that nobody else is to be asked.
fn is_of_the_input(action: Action) -> bool {
    (Action::CaretLeft..=Action::RedoEdit).contains(&action)
}
