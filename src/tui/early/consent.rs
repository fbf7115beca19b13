//! Whether something of somebody else's may count: all of it is seen first, and one key says so.
use std::time::{Duration, Instant};

use ratatui::layout::Rect;

use super::{Early, Spoken};
use crate::tui::{
    action::{Action, Context},
    keymap::Key,
    overlay::Page,
    screen::Canvas,
    text::cut,
    theme::{Role, Theme},
    view::{clear, draw_lines, draw_title},
};

/// Keys that come sooner were typed for something else.
const QUIET: Duration = Duration::from_millis(400);

pub struct Consent {
    page: Page,
    /// Keys with what they say.
    answers: [(&'static str, Given, String); 3],
    is_seen_whole: bool,
    /// Since when it is on the screen, undisturbed.
    quiet_since: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Yes,
    /// And that is all there is to be said about it.
    Never,
    NotNow,
}

impl Consent {
    pub fn new(page: Page, yes: String, never: String, not_now: String) -> Self {
        let answers =
            [("y", Given::Yes, yes), ("n", Given::Never, never), ("esc", Given::NotNow, not_now)];
        Self { page, answers, is_seen_whole: false, quiet_since: None }
    }

    fn is_open(&self, now: Instant) -> bool {
        let quiet = self.quiet_since.map(|since| now.saturating_duration_since(since));
        quiet.is_some_and(|quiet| quiet >= QUIET)
    }
}

impl Early for Consent {
    type Answer = Given;

    fn contexts(&self) -> &'static [Context] {
        &[Context::Transcript, Context::Global]
    }

    fn press(&mut self, key: Key, actions: &[Action], now: Instant) -> Option<Given> {
        let given = match (key.character(), actions.first()) {
            (Some('y' | 'Y'), _) => Given::Yes,
            (Some('n' | 'N'), _) => Given::Never,
            (_, Some(Action::Cancel | Action::Compose)) => Given::NotNow,
            (_, Some(action)) => {
                self.page.act(*action);
                return None;
            }
            (_, None) => return None,
        };
        let may_be_given = self.is_open(now) && (given != Given::Yes || self.is_seen_whole);
        if !may_be_given {
            self.quiet_since = Some(now);
        }
        may_be_given.then_some(given)
    }

    fn paste(&mut self, _text: &str) {
        self.quiet_since = None;
    }

    fn view(&mut self, theme: &Theme, canvas: &mut Canvas) {
        let area = canvas.buffer.area;
        clear(area, theme, canvas);
        draw_title(&self.page.title, area, theme, canvas);
        let bottom = area.height.saturating_sub(1).min(5);
        let lines = Rect { y: area.y + 1, height: area.height.saturating_sub(1 + bottom), ..area };
        self.is_seen_whole |= draw_lines(&mut self.page, lines, theme, canvas);
        let columns = usize::from(area.width);
        let mut y = area.bottom() - bottom;
        let note = if self.is_seen_whole {
            ""
        } else {
            "There is more of it: pagedown. It can be trusted once its end was shown."
        };
        canvas.buffer.set_stringn(area.x, y, note, columns, theme.style(Role::Warning));
        y += 1;
        for (key, _, says) in &self.answers {
            if y >= area.bottom() {
                break;
            }
            let says = cut(&format!("  {key:<4}{says}"), columns);
            canvas.buffer.set_stringn(area.x, y, says, columns, theme.style(Role::Text));
            let wide = key.len();
            let style = theme.style(Role::Accent);
            canvas.buffer.set_stringn(area.x + 2, y, *key, wide.min(columns), style);
            y += 1;
        }
    }

    fn shown(&mut self, now: Instant) {
        self.quiet_since.get_or_insert(now);
    }

    fn spoken(&self) -> Spoken {
        let mut lines = self.page.spoken();
        let spoken = |key| if key == "esc" { "an empty line" } else { key };
        let answers = self.answers.iter().map(|(key, _, says)| format!("{}: {says}", spoken(key)));
        lines.extend(answers);
        Spoken { lines, question: "y, n or an empty line: ".to_owned() }
    }

    fn hear(&mut self, line: &str) -> Option<Given> {
        match line.to_lowercase().as_str() {
            "y" | "yes" => Some(Given::Yes),
            "n" | "no" => Some(Given::Never),
            "" => Some(Given::NotNow),
            _ => None,
        }
    }
}
