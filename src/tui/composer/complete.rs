//! The list that helps with what is being typed, and what comes of a choice from it.
use std::{ops::Range, sync::Arc};

use super::{
    Composer, Reply,
    buffer::Kind,
    chips::is_image,
    popup::{Popup, PopupKind, verb_rows, verbs, wanted},
    submit::Submission,
    symbols::Symbols,
};
use crate::tui::{
    action::{Action, Arguments, Slash},
    picker::{Picked, Picker, Row},
};

impl Composer {
    /// Whether a list is open that has something to choose.
    pub fn has_popup(&self) -> bool {
        self.popup.as_ref().is_some_and(|popup| !popup.picker.is_empty())
    }

    /// The list that is open, to be drawn above the input.
    pub fn popup(&mut self) -> Option<&mut Picker> {
        self.popup.as_mut().map(|popup| &mut popup.picker).filter(|picker| !picker.is_empty())
    }

    /// Whether the files of the workspace are to be listed, told once. Those that were listed before are offered meanwhile.
    pub fn wants_files(&mut self) -> bool {
        let is_open = |popup: &Popup| matches!(popup.kind, PopupKind::Files | PopupKind::Symbols);
        self.popup.as_ref().is_some_and(is_open) && self.files.ask()
    }

    /// The same of all files, those that are ignored too.
    pub fn wants_all_files(&mut self) -> bool {
        let is_open = |popup: &Popup| popup.kind == PopupKind::Ignored;
        self.popup.as_ref().is_some_and(is_open) && self.all_files.ask()
    }

    pub fn set_all_files(&mut self, rows: Arc<[Row]>) {
        self.all_files.set(Arc::clone(&rows));
        if let Some(popup) = self.popup.as_mut().filter(|it| it.kind == PopupKind::Ignored)
            && !popup.is_closed
        {
            popup.picker.set_rows(rows);
        }
    }

    /// Paths below the workspace, in the order in which they are offered.
    pub fn set_files(&mut self, rows: Arc<[Row]>) {
        self.files.set(Arc::clone(&rows));
        match &mut self.popup {
            Some(popup) if popup.kind == PopupKind::Files => {
                if !popup.is_closed {
                    popup.picker.set_rows(rows);
                }
            }
            Some(_) | None => {
                self.popup = None;
                self.open_popup();
            }
        }
    }

    /// The files can't be listed now; that is tried again when the list is opened anew.
    pub fn lack_files(&mut self) {
        self.files.give_up();
    }

    pub fn lack_all_files(&mut self) {
        self.all_files.give_up();
    }

    /// Files may have come or gone: they are listed again when they are wanted.
    pub fn forget_files(&mut self) {
        self.files.age();
        self.all_files.age();
        self.everywhere.age();
    }

    /// The file that was chosen last, told once.
    pub fn take_picked(&mut self) -> Option<String> {
        self.picked.take()
    }

    /// Opens, closes or filters the list by what stands at the caret.
    pub(super) fn open_popup(&mut self) {
        let is_typing = self.is_typing();
        let found = wanted(self.editor.text(), self.editor.caret()).filter(|_| is_typing);
        let Some((kind, range)) = found else {
            self.popup = None;
            self.symbols = None;
            return;
        };
        let range = if kind == PopupKind::Symbols { self.name_file(range) } else { range };
        let start = range.start + kind.sign();
        let word = &self.editor.text()[start..self.editor.caret().max(start)];
        let word = match (kind, word.split_once('#')) {
            (PopupKind::Symbols, Some((path, name))) => {
                if self.symbols.as_ref().is_none_or(|it| it.path != path) {
                    self.symbols = Some(Symbols::of(path));
                    self.popup = None;
                }
                name
            }
            (PopupKind::Everywhere, _) => {
                self.everywhere.look_for(word);
                word
            }
            (PopupKind::Symbols | PopupKind::Files | PopupKind::Ignored | PopupKind::Verbs, _) => {
                word
            }
        };
        let mut popup = match self.popup.take() {
            Some(popup) if popup.kind == kind && popup.range.start == range.start => popup,
            Some(_) | None => {
                let rows = match kind {
                    PopupKind::Verbs => verb_rows(),
                    PopupKind::Files => {
                        self.files.age();
                        self.files.rows().cloned().unwrap_or_else(|| Arc::new([]))
                    }
                    PopupKind::Ignored => {
                        self.all_files.age();
                        self.all_files.rows().cloned().unwrap_or_else(|| Arc::new([]))
                    }
                    PopupKind::Everywhere => {
                        self.everywhere.age();
                        Arc::clone(&self.everywhere.rows)
                    }
                    PopupKind::Symbols => {
                        let symbols = self.symbols.as_ref();
                        symbols
                            .map_or_else(|| Arc::new([]) as Arc<[Row]>, |it| Arc::clone(&it.rows))
                    }
                };
                Popup {
                    kind,
                    range: range.clone(),
                    picker: Picker::completing(rows),
                    is_closed: false,
                }
            }
        };
        popup.range = range;
        if !popup.is_closed {
            popup.picker.set_query(word);
        }
        self.popup = Some(popup);
    }

    /// Where a `#` was typed behind a part of a name, the file that is marked for it takes its place.
    fn name_file(&mut self, range: Range<usize>) -> Range<usize> {
        let (text, caret) = (self.editor.text(), self.editor.caret());
        let typed = &text[range.start + 1..caret];
        let Some((part, name)) = typed.split_once('#') else { return range };
        let Some(path) = self.meant_file(part).filter(|path| path != part) else { return range };
        let (start, name) = (range.start + 1, name.len());
        let end = range.end - part.len() + path.len();
        self.editor.buffer.replace(start..start + part.len(), &path, Kind::Typing);
        self.editor.buffer.move_to(start + path.len() + 1 + name);
        range.start..end
    }

    /// The file of this name, else the one that is marked for it, else the likeliest.
    fn meant_file(&self, part: &str) -> Option<String> {
        let files = self.files.rows().filter(|_| !part.is_empty())?;
        if files.iter().any(|row| row.label == part) {
            return Some(part.to_owned());
        }
        let label = |picker: &Picker| Some(picker.rows().get(picker.marked()?)?.label.clone());
        let open = self.popup.as_ref().filter(|it| it.kind == PopupKind::Files);
        match open {
            // The user wants no help with it.
            Some(popup) if popup.is_closed => None,
            Some(popup) if popup.picker.query() == part => label(&popup.picker),
            Some(_) | None => {
                let mut picker = Picker::completing(Arc::clone(files));
                picker.set_query(part);
                label(&picker)
            }
        }
    }

    pub(super) fn press_popup(&mut self, actions: &[Action]) -> Reply {
        for action in actions {
            let Some(popup) = &mut self.popup else { return Reply::Unused };
            match action {
                Action::Cancel => {
                    popup.close();
                    return Reply::Used;
                }
                Action::Choose | Action::Complete => return self.choose(*action),
                Action::Up | Action::Down | Action::PageUp | Action::PageDown => {
                    popup.picker.act(*action);
                    return Reply::Used;
                }
                _ => {}
            }
        }
        Reply::Unused
    }

    fn choose(&mut self, action: Action) -> Reply {
        let Some(popup) = &mut self.popup else { return Reply::Unused };
        let row = match popup.picker.act(Action::Choose) {
            Picked::Chosen(row) => row,
            Picked::Refused(reason) => return Reply::Refused(reason),
            Picked::Unused | Picked::Used => return Reply::Used,
        };
        let range = popup.range.clone();
        let label = popup.picker.rows()[row].label.clone();
        if popup.kind.is_of_files() && action == Action::Choose && popup.picker.query() == label {
            // It stands there already: Enter is for sending.
            popup.close();
            return Reply::Unused;
        }
        if popup.kind.is_of_files() {
            self.picked = Some(label.clone());
        }
        match popup.kind {
            PopupKind::Verbs => {
                let Some(verb) = verbs().nth(row).map(Action::verb) else { return Reply::Used };
                let is_ready = !matches!(verb.arguments, Arguments::Required(_));
                if action == Action::Choose && is_ready && self.text().len() == range.end {
                    let slash = Slash { action: verb.action, arguments: String::new() };
                    return self.submit(Submission::Verb(slash));
                }
                let text = format!("/{} ", verb.slash.unwrap_or_default());
                self.editor.buffer.replace(range, &text, Kind::Whole);
            }
            PopupKind::Symbols => {
                let text = self.symbols.as_ref().and_then(|it| it.texts.get(row)).cloned();
                self.editor.buffer.replace(range, &text.unwrap_or(label), Kind::Whole);
            }
            PopupKind::Everywhere => {
                let text = self.everywhere.texts.get(row).cloned();
                self.editor.buffer.replace(range, &text.unwrap_or(label), Kind::Whole);
            }
            PopupKind::Files | PopupKind::Ignored if is_image(&label) => {
                let chip = self.chips.add_image(label.into());
                self.editor.buffer.replace(range, &format!("{chip} "), Kind::Whole);
            }
            PopupKind::Files | PopupKind::Ignored => {
                self.editor.buffer.replace(range, &format!("@{label} "), Kind::Whole);
            }
        }
        self.changed();
        Reply::Used
    }
}
