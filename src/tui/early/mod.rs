//! What is asked before there is a session, on the whole screen or by lines: a page with its answers, until one is given.
mod by_line;
mod consent;
mod offer;

use std::{io, time::Instant};

use crossterm::event::{Event as Input, KeyEventKind};
use rustix::io::Errno;

use super::{
    action::{Action, Context},
    keymap::{Key, Keymap, Pending, Pressed},
    screen::Canvas,
    signals::{Heard, Killed, Signals},
    terminal::Terminal,
    theme::Theme,
};

pub use by_line::{Spoken, Typist, ask_by_line};
pub use consent::{Consent, Given};
pub use offer::Offer;

/// A page that asks.
pub trait Early {
    type Answer;

    /// Where its keys are bound, the nearest first.
    fn contexts(&self) -> &'static [Context];

    /// A key, and what the map of keys makes of it. The answer, once it is one.
    fn press(&mut self, key: Key, actions: &[Action], now: Instant) -> Option<Self::Answer>;

    fn paste(&mut self, text: &str);

    fn view(&mut self, theme: &Theme, canvas: &mut Canvas);

    /// What was drawn last is on the screen.
    fn shown(&mut self, now: Instant);

    fn spoken(&self) -> Spoken;

    /// A line that was typed. The answer, if it is one.
    fn hear(&mut self, line: &str) -> Option<Self::Answer>;
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended<T> {
    Answered(T),
    /// The user wants none of it, nor the program.
    Left,
    Killed(Killed),
}

/// Shows a page until it is answered.
///
/// # Errors
/// When the terminal can't be read or written.
pub async fn ask<P: Early>(
    page: &mut P,
    terminal: &mut Terminal,
    theme: &Theme,
    keymap: &Keymap,
) -> io::Result<Ended<P::Answer>> {
    match attend(page, terminal, theme, keymap).await {
        // A terminal that is gone fails before the signal is heard that says so.
        Err(error) if Errno::from_io_error(&error) == Some(Errno::IO) => {
            Ok(Ended::Killed(Killed::HangUp))
        }
        ended => ended,
    }
}

async fn attend<P: Early>(
    page: &mut P,
    terminal: &mut Terminal,
    theme: &Theme,
    keymap: &Keymap,
) -> io::Result<Ended<P::Answer>> {
    let mut signals = Signals::listen()?;
    let mut pending = Pending::default();
    loop {
        terminal.draw(|canvas| page.view(theme, canvas))?;
        page.shown(Instant::now());
        let input = tokio::select! {
            biased;
            heard = signals.next() => match heard {
                Heard::Kill(signal) => return Ok(Ended::Killed(signal)),
                Heard::Continue => {
                    terminal.go_on()?;
                    terminal.forget();
                    continue;
                }
            },
            input = terminal.next() => input,
        };
        let key: Key = match input.transpose()? {
            None => return Ok(Ended::Killed(Killed::HangUp)),
            Some(Input::Key(key)) if key.kind != KeyEventKind::Release => key.into(),
            Some(Input::Resize(..)) => {
                terminal.measure()?;
                continue;
            }
            Some(Input::Paste(text)) => {
                page.paste(&text);
                continue;
            }
            Some(Input::Key(_) | Input::FocusGained | Input::FocusLost | Input::Mouse(_)) => {
                continue;
            }
        };
        let actions = match keymap.press(&mut pending, page.contexts(), key) {
            Pressed::Actions(actions) => actions,
            Pressed::Unbound => Vec::new(),
            Pressed::Waiting | Pressed::Broken => continue,
        };
        match actions.first() {
            Some(Action::Interrupt | Action::Quit) => return Ok(Ended::Left),
            Some(Action::Suspend) => {
                terminal.suspend()?;
                terminal.forget();
            }
            Some(Action::Redraw) => terminal.forget(),
            Some(_) | None => {
                if let Some(answer) = page.press(key, &actions, Instant::now()) {
                    return Ok(Ended::Answered(answer));
                }
            }
        }
    }
}
