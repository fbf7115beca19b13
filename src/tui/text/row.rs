//! Draws one row of a line into cells, and says which of them are a link.
use std::{ops::Range, sync::Arc};

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Paint, TextLine, graphemes, width, wrap};
use crate::tui::theme::{Role, Theme};

/// Cells that lead somewhere, for terminals that follow links (OSC 8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub row: u16,
    pub columns: Range<u16>,
    pub url: Arc<str>,
}

/// One row of a line: the part of the text that it shows, as [`super::rows`] gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPlace {
    pub start: usize,
    pub end: usize,
}

/// What a character can be made of at most, in bytes: marks beyond it are not drawn.
const LONGEST: usize = 64;

/// Draws a row into the first row of `area`. `marks` are parts of the line's text that show on top, such as what a search
/// found: in order and apart.
pub fn draw_row(
    line: &TextLine,
    place: RowPlace,
    marks: &[(Range<usize>, Role)],
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    links: &mut Vec<Link>,
) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let mut pen = Pen { x: area.x, area, buffer };
    if let Some(prefix) = &line.prefix {
        let shown = if place.start == 0 { &prefix.first } else { &prefix.rest };
        let columns = usize::from(area.width);
        let room = columns - wrap::text_room(width(shown), columns).min(columns);
        let style = theme.style(Role::Text).patch(theme.style(prefix.role));
        pen.write(shown, style, room);
    }
    let style_of = |paint: Paint| match paint {
        Paint::Role(role) => theme.style(role),
        Paint::Own(style) => theme.fit(style),
    };
    let plain = theme.style(Role::Text);
    for piece in pieces(line, place, marks) {
        let from = pen.x;
        let mut style = piece.span.map_or(plain, |span| plain.patch(style_of(span.paint)));
        style = piece.mark.map_or(style, |role| style.patch(theme.style(role)));
        pen.write(&line.text[piece.range], style, usize::from(area.width));
        let Some(url) = piece.span.and_then(|span| span.link.as_ref()) else { continue };
        match links.last_mut() {
            Some(last) if last.row == area.y && last.columns.end == from && last.url == *url => {
                last.columns.end = pen.x;
            }
            Some(_) | None if pen.x > from => {
                links.push(Link { row: area.y, columns: from..pen.x, url: Arc::clone(url) });
            }
            Some(_) | None => {}
        }
    }
}

struct Piece<'a> {
    range: Range<usize>,
    span: Option<&'a super::Span>,
    mark: Option<Role>,
}

/// The row's text cut wherever a span or a mark begins or ends.
fn pieces<'a>(
    line: &'a TextLine,
    place: RowPlace,
    marks: &[(Range<usize>, Role)],
) -> Vec<Piece<'a>> {
    let first = line.spans.partition_point(|span| span.range.end <= place.start);
    let mut spans = line.spans[first..].iter().peekable();
    let mut marks = marks.iter().filter(|(range, _)| range.end > place.start).peekable();
    let mut pieces = Vec::new();
    let mut at = place.start;
    while at < place.end {
        let mut end = place.end;
        let mut limit = |range: &Range<usize>| {
            let is_in = range.start <= at;
            end = end.min(if is_in { range.end } else { range.start });
            is_in
        };
        let span = spans.peek().copied().filter(|span| limit(&span.range));
        let mark = marks.peek().filter(|(range, _)| limit(range)).map(|(_, role)| *role);
        pieces.push(Piece { range: at..end, span, mark });
        at = end;
        while spans.next_if(|span| span.range.end <= at).is_some() {}
        while marks.next_if(|(range, _)| range.end <= at).is_some() {}
    }
    pieces
}

struct Pen<'a> {
    x: u16,
    area: Rect,
    buffer: &'a mut Buffer,
}

impl Pen<'_> {
    /// Writes what fits into so many columns and into the area.
    fn write(&mut self, text: &str, style: Style, room: usize) {
        let mut left = room.min(usize::from(self.area.right().saturating_sub(self.x)));
        for (_, grapheme, wide) in graphemes(text) {
            let shown = shortened(grapheme);
            if wide == 0 {
                self.add_to_last(shown);
                continue;
            }
            if wide > left {
                return;
            }
            left -= wide;
            let Some(cell) = self.buffer.cell_mut((self.x, self.area.y)) else { return };
            cell.set_symbol(shown).set_style(style);
            self.x += 1;
            for _ in 1..wide {
                if let Some(cell) = self.buffer.cell_mut((self.x, self.area.y)) {
                    cell.reset();
                    cell.set_style(style);
                }
                self.x += 1;
            }
        }
    }

    /// A mark that stands alone belongs to the character before it.
    fn add_to_last(&mut self, mark: &str) {
        if self.x == self.area.x {
            return;
        }
        if let Some(cell) = self.buffer.cell_mut((self.x - 1, self.area.y))
            && cell.symbol().len() + mark.len() <= LONGEST
        {
            let symbol = format!("{}{mark}", cell.symbol());
            cell.set_symbol(&symbol);
        }
    }
}

fn shortened(grapheme: &str) -> &str {
    &grapheme[..grapheme.floor_char_boundary(LONGEST)]
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;
    use crate::tui::text::{Prefix, Span, rows};

    #[test]
    fn rows_show_prefix_spans_marks_and_links() {
        let url: Arc<str> = "https://a.example/".into();
        let line = TextLine {
            text: "see 数据 here and there".to_owned(),
            spans: vec![
                Span { range: 4..10, paint: Paint::Role(Role::TextLink), link: Some(url.clone()) },
                Span { range: 11..15, paint: Paint::Role(Role::TextStrong), link: None },
            ],
            prefix: Some(Arc::new(Prefix {
                first: "• ".to_owned(),
                rest: "  ".to_owned(),
                role: Role::TextDim,
            })),
        };
        let area = Rect::new(0, 0, 9, 4);
        let mut buffer = Buffer::empty(area);
        let mut links = Vec::new();
        let marks = [(14..20, Role::MatchCurrent)];
        for (y, row) in (0..).zip(rows(&line, 9)) {
            let place = RowPlace { start: row.start, end: row.end };
            let area = Rect::new(0, y, 9, 1);
            draw_row(&line, place, &marks, area, &mut buffer, &Theme::plain(), &mut links);
        }
        let shown = |y: u16| (0..9).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        assert_eq!([shown(0), shown(1), shown(2)], ["• see 数  ", "  据  here", "  and    "]);
        assert_eq!(
            links,
            [Link { row: 0, columns: 6..8, url: url.clone() }, Link { row: 1, columns: 2..4, url },]
        );
        assert_eq!(buffer[(5, 1)].modifier, Modifier::BOLD);
        assert_eq!(buffer[(8, 1)].modifier, Modifier::BOLD | Modifier::REVERSED);
        assert_eq!(buffer[(2, 2)].modifier, Modifier::REVERSED);
        assert_eq!(buffer[(6, 2)].modifier, Modifier::empty());
    }

    #[test]
    fn a_character_of_endless_marks_is_cut() {
        let line = TextLine { text: format!("e{}x", "\u{301}".repeat(500)), ..TextLine::default() };
        let area = Rect::new(0, 0, 4, 1);
        let mut buffer = Buffer::empty(area);
        let place = RowPlace { start: 0, end: line.text.len() };
        draw_row(&line, place, &[], area, &mut buffer, &Theme::plain(), &mut Vec::new());
        assert!(buffer[(0, 0)].symbol().len() <= LONGEST);
        assert_eq!(buffer[(1, 0)].symbol(), "x");
    }
}
