//! Cells as text: what stands in them, and how it looks.
use std::collections::BTreeMap;

use ratatui::{
    buffer::Buffer,
    style::{Color, Style},
};
use unicode_width::UnicodeWidthStr;

/// The rows as they are read, without blanks at their ends.
pub(super) fn read(buffer: &Buffer) -> String {
    let rows = buffer.area.rows().map(|row| {
        let mut shown = String::new();
        let mut covered = 0;
        for position in row.positions() {
            let symbol = buffer[position].symbol();
            if covered == 0 {
                shown.push_str(symbol);
                covered = symbol.width();
            }
            covered = covered.saturating_sub(1);
        }
        shown.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// The rows, then a letter for the look of each cell, then what the letters mean.
pub(super) fn read_with_looks(buffer: &Buffer) -> String {
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut names = ('a'..='z').chain('A'..='Z');
    let mut rows = Vec::new();
    for row in buffer.area.rows() {
        let looks = row.positions().map(|position| {
            let look = look(buffer[position].style());
            *letters.entry(look).or_insert_with(|| names.next().unwrap_or('?'))
        });
        rows.push(looks.collect::<String>());
    }
    let mut legend: Vec<(char, String)> =
        letters.into_iter().map(|(look, it)| (it, look)).collect();
    legend.sort();
    let legend: Vec<String> =
        legend.iter().map(|(letter, look)| format!("{letter} {look}")).collect();
    format!("{}\n---\n{}\n---\n{}", read(buffer), rows.join("\n"), legend.join("\n"))
}

fn look(style: Style) -> String {
    let colour = |colour: Option<Color>| colour.map_or("-".to_owned(), |it| it.to_string());
    let modifiers = format!("{:?}", style.add_modifier);
    let modifiers = if style.add_modifier.is_empty() { "" } else { &modifiers };
    format!("{} on {} {modifiers}", colour(style.fg), colour(style.bg)).trim_end().to_owned()
}
