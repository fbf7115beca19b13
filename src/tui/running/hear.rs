//! What comes from the terminal: keys, pastes, the wheel, focus and sizes.
use std::{io, time::Duration};

use crossterm::event::{Event as Input, KeyEventKind, MouseEventKind};
use tokio::time::Instant;

use super::Running;
use crate::tui::{arrows::Arrows, desk::Question, update::Msg};

/// Rows that the wheel scrolls by, where the mouse is ours.
const WHEEL: isize = 3;
/// The files of themes are looked at no more often, and only when somebody is there.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Running {
    /// Takes what is there already along, so that a burst is one frame.
    pub(super) async fn hear(&mut self, input: Input) -> io::Result<()> {
        let (mut is_resized, mut is_back) = (false, false);
        let mut arrows = Arrows::default();
        let mut next = Some(input);
        while let Some(input) = next {
            if let Some(msg) = arrows.take(&input) {
                self.is_urgent = true;
                self.tell(msg)?;
            }
            match input {
                Input::Key(key) if Arrows::is_one(&key) => {}
                // Of a storm of sizes only the last one counts.
                Input::Resize(..) => is_resized = true,
                Input::Key(key) if key.kind == KeyEventKind::Release => {}
                Input::Key(key) => {
                    self.is_urgent = true;
                    self.tell(Msg::Key(key))?;
                }
                Input::Paste(text) => {
                    self.is_urgent = true;
                    self.tell(Msg::Paste(text))?;
                }
                Input::FocusGained => {
                    is_back = true;
                    self.tell(Msg::Focus(true))?;
                }
                Input::FocusLost => self.tell(Msg::Focus(false))?,
                Input::Mouse(mouse) => {
                    let rows = match mouse.kind {
                        MouseEventKind::ScrollUp => -WHEEL,
                        MouseEventKind::ScrollDown => WHEEL,
                        _ => 0,
                    };
                    if rows != 0 {
                        self.tell(Msg::Wheel(rows))?;
                    }
                }
            }
            next = if self.is_over { None } else { self.terminal.ready().await.transpose()? };
        }
        if let Some(msg) = arrows.rest() {
            self.is_urgent = true;
            self.tell(msg)?;
        }
        if is_resized {
            self.terminal.measure()?;
            let (width, height) = self.terminal.size();
            self.tell(Msg::Resize(width, height))?;
        }
        // Whoever comes back may come from an editor.
        if is_back || self.themes_asked.elapsed() >= LOOK_AGAIN {
            self.themes_asked = Instant::now();
            self.ask(Question::Themes);
        }
        Ok(())
    }
}
