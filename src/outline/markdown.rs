//! The headings of a Markdown document, each with what stands below it.
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Definition, Kind, definitions::nested};

/// In the order of the text. A heading reaches to the next one of its level or above.
pub(super) fn headings(text: &str) -> Vec<Definition> {
    let mut found: Vec<(u8, Definition)> = Vec::new();
    let mut open: Option<(u8, usize, String)> = None;
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TABLES;
    for (event, bytes) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                open = Some((level as u8, bytes.start, String::new()));
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, _, title)) = &mut open {
                    title.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((level, start, title)) = open.take() {
                    found.push((level, heading(level, start..text.len(), &title)));
                }
            }
            _ => {}
        }
    }
    end_each(&mut found, text);
    nested(found.into_iter().map(|(_, heading)| heading).collect())
}

fn heading(level: u8, bytes: std::ops::Range<usize>, title: &str) -> Definition {
    let name = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let signature = format!("{} {name}", "#".repeat(usize::from(level)));
    Definition { kind: Kind::Heading, name, signature, parent: None, lines: 0..0, bytes }
}

fn end_each(found: &mut [(u8, Definition)], text: &str) {
    let feeds: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line_of = |byte: usize| feeds.partition_point(|feed| *feed < byte) + 1;
    for at in 0..found.len() {
        let level = found[at].0;
        let next = found[at + 1..].iter().find(|(other, _)| *other <= level);
        let end = next.map_or(text.len(), |(_, next)| next.bytes.start);
        let heading = &mut found[at].1;
        heading.bytes.end = end;
        heading.lines = line_of(heading.bytes.start)..line_of(end.saturating_sub(1)) + 1;
    }
}
