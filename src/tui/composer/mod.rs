//! The input: what the user writes to the model, before it is sent.
mod boundary;
mod buffer;
mod chips;
mod complete;
mod editor;
mod everywhere;
mod files;
mod kill_ring;
mod layout;
mod line;
mod mode;
mod popup;
mod press;
mod queue;
mod recall;
mod submit;
mod symbols;
mod vi;
mod view;

use std::{cell::RefCell, path::PathBuf, sync::Arc};

use url::Url;

use crate::tui::{
    action::{Action, Context},
    desk::ClipboardImage,
    picker::Row,
};
use chips::{Chips, is_image, is_mark};
use editor::clean;
use everywhere::Everywhere;
use files::Files;
use layout::Layout;
use popup::Popup;
use recall::Recall;
use symbols::Symbols;
use vi::Vi;

pub use chips::{Chip, Content, Message};
pub use editor::Editor;
pub use line::LineDrawn;
pub use mode::EditingMode;
pub use recall::{history_line, read_history};
pub use submit::{Submission, Submitted};
pub use vi::ViMode;
pub use view::Drawn;

/// The text that is written, what stands in it, and what was written before.
#[derive(Debug)]
pub struct Composer {
    editor: Editor,
    chips: Chips,
    recall: Recall,
    /// Where the keys are vi's.
    vi: Option<Vi>,
    popup: Option<Popup>,
    /// What `@` finds.
    files: Files,
    /// What `@!` finds: these and those that are ignored.
    all_files: Files,
    /// Which of them was chosen last, until somebody has noted it.
    picked: Option<String>,
    /// While one of them is chosen from.
    symbols: Option<Symbols>,
    /// What `@#` finds.
    everywhere: Everywhere,
    /// Messages for the turns after the one under way, as they stood in the input.
    queue: Vec<String>,
    is_busy: bool,
    /// Why nothing can be sent now.
    held: Option<&'static str>,
    /// The column that motions over rows keep to.
    goal: Option<usize>,
    drawn: RefCell<Drawing>,
}

/// The layout that was made last, and for what.
#[derive(Debug, Default)]
struct Drawing {
    layout: Layout,
    /// The text's revision and the width.
    of: Option<(u64, usize)>,
    width: usize,
    scroll: usize,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Nothing here wants it.
    Unused,
    Used,
    /// An action that is none of the input's.
    Ask(Action),
    Submit(Submitted),
    /// A message waits for the end of the turn; so it stands in the history's file.
    Queued(String),
    /// It can't be sent so, and stays.
    Refused(String),
}

const USUAL_WIDTH: usize = 80;
/// Bytes that are laid out anew at every key.
const MOST_IN_SIGHT: usize = 64 * 1024;

impl Composer {
    pub fn new(mode: EditingMode) -> Self {
        let mut composer = Self {
            editor: Editor::default(),
            chips: Chips::default(),
            recall: Recall::default(),
            vi: (mode == EditingMode::Vi).then(Vi::default),
            popup: None,
            files: Files::default(),
            all_files: Files::default(),
            picked: None,
            symbols: None,
            everywhere: Everywhere::default(),
            queue: Vec::new(),
            is_busy: false,
            held: None,
            goal: None,
            drawn: RefCell::new(Drawing { width: USUAL_WIDTH, ..Drawing::default() }),
        };
        composer.begin();
        composer
    }

    /// The text as it stands, a chip as one character.
    pub fn text(&self) -> &str {
        self.editor.text()
    }

    pub fn is_empty(&self) -> bool {
        self.editor.text().is_empty()
    }

    /// A byte of the text.
    pub fn caret(&self) -> usize {
        self.editor.caret()
    }

    /// What has the attention while the input has it, the nearest first.
    pub fn contexts(&self) -> &'static [Context] {
        if self.has_popup() {
            &[Context::Completion, Context::Composer, Context::Global]
        } else {
            &[Context::Composer, Context::Global]
        }
    }

    /// What keys do, where they are vi's.
    pub fn vi_mode(&self) -> Option<ViMode> {
        self.vi.as_ref().map(|vi| vi.mode(&self.editor))
    }

    /// Whether characters are typed; elsewhere they are commands.
    fn is_typing(&self) -> bool {
        self.vi_mode().is_none_or(|mode| mode == ViMode::Insert)
    }

    /// The bytes that are selected.
    fn selected(&self) -> Option<std::ops::Range<usize>> {
        self.vi.as_ref()?.selected(&self.editor)
    }

    /// The keys of a command of vi that is not whole yet.
    pub fn typed_command(&self) -> String {
        self.vi.as_ref().map_or_else(String::new, |vi| vi.typed().iter().collect())
    }

    /// While a turn is under way messages can be queued.
    pub fn set_busy(&mut self, is_busy: bool) {
        self.is_busy = is_busy;
    }

    /// While there is a reason what is sent stays in the input.
    pub fn set_held(&mut self, why: Option<&'static str>) {
        self.held = why;
    }

    /// The prompts of this project, the newest last.
    pub fn load_history(&mut self, prompts: impl IntoIterator<Item = String>) {
        // No mark of theirs is one of ours.
        let foreign = |prompt: String| prompt.replace(is_mark, "\u{fffd}");
        self.recall.load(prompts.into_iter().map(foreign));
    }

    /// The prompts to search in, the newest first, each once: the rows of a list, whose choice goes to
    /// [`Composer::recall`].
    pub fn history_rows(&self) -> Arc<[Row]> {
        let prompts = self.recall.newest_first();
        prompts.iter().map(|prompt| Row::new(self.chips.abridge(prompt, 0))).collect()
    }

    /// Puts the prompt of a row of [`Composer::history_rows`] in the place of what is there. Undo brings that back.
    pub fn recall(&mut self, row: usize) {
        if let Some(prompt) = self.recall.newest_first().get(row) {
            self.editor.set(prompt);
            self.changed();
        }
    }

    /// Puts a text in the place of what is there. Undo brings that back.
    pub fn set(&mut self, text: &str) {
        let taken = self.chips.take_in_marks(clean(text));
        self.editor.set(&taken);
        self.changed();
    }

    /// Empties it. What was there can be walked back to.
    pub fn clear(&mut self) {
        let text = self.editor.take();
        self.recall.add(&text);
        self.begin();
        self.changed();
    }

    /// Makes room for another text, such as an answer to a question; undo stays with the one that is set aside.
    pub fn set_aside(&mut self) -> Editor {
        let ring = self.editor.ring.clone();
        let draft = std::mem::replace(&mut self.editor, Editor { ring, ..Editor::default() });
        self.drawn.get_mut().of = None;
        self.begin();
        self.changed();
        draft
    }

    /// Puts what was set aside back in the place of what is there.
    pub fn bring_back(&mut self, draft: Editor) {
        self.editor = draft;
        self.drawn.get_mut().of = None;
        self.changed();
    }

    /// Puts back what could not be sent, before what has been written since.
    pub fn put_back(&mut self, message: &Message) {
        let mut text = self.chips.fold_images(message);
        if !self.editor.text().trim().is_empty() {
            text = format!("{text}\n\n{}", self.editor.text());
        }
        self.editor.set(&text);
        self.changed();
    }

    /// Text that was pasted. A path of an image becomes the image, as does one that was dropped on the window.
    pub fn paste(&mut self, text: &str) {
        let text = clean(text);
        let taken = match dropped_image(&text) {
            Some(path) => self.chips.add_image(path),
            None => self.chips.take_in(text),
        };
        self.editor.insert(&taken);
        self.changed();
    }

    pub fn attach_image(&mut self, image: ClipboardImage) {
        let chip = match image {
            ClipboardImage::Named(path) => self.chips.add_image(path),
            ClipboardImage::Written(path) => self.chips.add_passing_image(path),
        };
        self.editor.insert(&chip);
        self.changed();
    }

    /// The whole text for an editor, pastes written out.
    pub fn for_editor(&self) -> String {
        self.chips.expand(self.editor.text()).text
    }

    /// What stands in the input, as the history's file keeps it.
    pub fn draft(&self) -> Option<String> {
        let text = self.editor.text();
        (!text.trim().is_empty()).then(|| self.chips.abridge(text, recall::MOST_CHIP_BYTES))
    }

    /// What came back from the editor.
    pub fn edited(&mut self, text: &str) {
        let text = clean(text);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let folded = if text.contains(is_mark) {
            self.chips.take_in(text.to_owned())
        } else {
            self.chips.fold(self.editor.text(), text)
        };
        // What is too much to be looked at here is looked at there again.
        let folded = if folded.len() > MOST_IN_SIGHT { self.chips.take_in(folded) } else { folded };
        if folded != self.editor.text() {
            self.editor.set(&folded);
        }
        self.changed();
    }

    /// What stands at a character of the text, where it is a chip.
    pub fn chip(&self, character: char) -> Option<&Chip> {
        self.chips.get(character)
    }

    /// Begins a new text.
    fn begin(&mut self) {
        if let Some(vi) = &mut self.vi {
            vi.begin_insert(&mut self.editor);
        }
    }

    /// After the text or the caret changed.
    fn changed(&mut self) {
        self.goal = None;
        self.open_popup();
    }

    /// The layout for a width, made anew where the text or the width is another.
    fn lay_out(&self, width: usize) -> std::cell::RefMut<'_, Drawing> {
        let mut drawn = self.drawn.borrow_mut();
        let of = (self.editor.buffer.revision(), width);
        if drawn.of != Some(of) {
            drawn.layout = Layout::new(self.editor.text(), &self.chips, width);
            drawn.of = Some(of);
        }
        drawn.width = width;
        drawn
    }
}

/// The path of an image in a paste that is nothing else.
fn dropped_image(text: &str) -> Option<PathBuf> {
    let path = text.trim();
    if path.starts_with("file://") {
        let path = Url::parse(path).ok()?.to_file_path().ok()?;
        return is_image(path.to_str()?).then_some(path);
    }
    let quoted = |quote| path.strip_prefix(quote).and_then(|path| path.strip_suffix(quote));
    let path = match quoted('\'').or_else(|| quoted('"')) {
        Some(path) => path.to_owned(),
        None => without_backslashes(path),
    };
    (path.starts_with('/') && !path.contains('\n') && is_image(&path)).then(|| path.into())
}

/// As terminals write it: a backslash before each character that a shell would not take for itself.
fn without_backslashes(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

#[cfg(test)]
mod tests;
