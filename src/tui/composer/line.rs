//! An editor on a line of its own: a filter, a search, a comment.
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::Editor;
use crate::tui::{
    text::{clean_line, graphemes, width},
    theme::{Role, Theme},
};

/// Where a line was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineDrawn {
    /// Where the terminal's caret belongs.
    pub caret: Position,
    /// The column behind the text, in the buffer.
    pub end: u16,
}

/// Characters that a pasted line may come to.
const MOST: usize = 4_000;

impl Editor {
    /// Puts in what came at once, as one line. Of what is too long for a line the end is left out.
    pub fn insert_line(&mut self, text: &str) {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let room = MOST.saturating_sub(self.text().chars().count());
        self.insert(&line.chars().take(room).collect::<String>());
    }

    /// Whether nothing more can be pasted into the line.
    pub fn is_full_line(&self) -> bool {
        self.text().chars().nth(MOST - 1).is_some()
    }

    /// Draws the text behind a title, in the first row of the area. Of a long text the part before the caret is what
    /// stays in sight. `None` where there is no room at all.
    pub fn view_line(
        &self,
        title: &str,
        area: Rect,
        cells: &mut Buffer,
        theme: &Theme,
    ) -> Option<LineDrawn> {
        let area = area.intersection(cells.area);
        let last = area.right().checked_sub(1).filter(|_| !area.is_empty())?;
        let title = format!("{} ", clean_line(title));
        // A cell is the caret's.
        let room = usize::from(area.width).saturating_sub(width(&title) + 1);
        let (head, tail) = self.text().split_at(self.caret());
        let head = clean_line(last_characters(head, room));
        let mut left = room;
        let mut start = head.len();
        for (at, _, wide) in graphemes(&head).rev() {
            if wide > left {
                break;
            }
            left -= wide;
            start = at;
        }
        let mut x = area.x;
        let mut draw = |text: &str, role| {
            let room = usize::from(area.right() - x);
            (x, _) = cells.set_stringn(x, area.y, text, room, theme.style(role));
            x
        };
        draw(&title, Role::Accent);
        let caret = draw(&head[start..], Role::Text).min(last);
        let end = draw(&clean_line(first_characters(tail, room)), Role::Text);
        Some(LineDrawn { caret: Position { x: caret, y: area.y }, end })
    }
}

/// As many characters as people see as can be in sight: of a long text the rest is not even looked at.
fn first_characters(text: &str, count: usize) -> &str {
    let end = graphemes(text).nth(count).map_or(text.len(), |(at, _, _)| at);
    &text[..end]
}

fn last_characters(text: &str, count: usize) -> &str {
    let before = count.checked_sub(1).and_then(|nth| graphemes(text).rev().nth(nth));
    let start = match (count, before) {
        (0, _) => text.len(),
        (_, Some((at, _, _))) => at,
        (_, None) => 0,
    };
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::Action;

    #[track_caller]
    fn check(text: &str, steps_back: usize, columns: u16, shown: &str, caret: u16) {
        let mut editor = Editor::default();
        editor.insert(text);
        for _ in 0..steps_back {
            editor.act(Action::CaretLeft);
        }
        let mut cells = Buffer::empty(Rect::new(0, 0, columns, 1));
        let drawn = editor.view_line("find", cells.area, &mut cells, &Theme::plain());
        let row: String = cells.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!((row.trim_end(), drawn.map(|drawn| drawn.caret.x)), (shown, Some(caret)));
    }

    #[test]
    fn what_stands_before_the_caret_stays_in_sight() {
        check("", 0, 12, "find", 5);
        check("abc", 0, 12, "find abc", 8);
        check("abcdefghij", 0, 12, "find efghij", 11);
        check("abcdefghij", 8, 12, "find abcdefg", 7);
        check("世界世界", 0, 12, "find 界 世 界", 11);
        check("a\u{202e}b", 0, 20, "find a\\u{202e}b", 15);
        check("abc", 0, 4, "find", 3);
        check("abcdefghij", 9, 9, "find abcd", 6);
        check(&"é".repeat(200_000), 0, 12, "find éééééé", 11);
    }
}
