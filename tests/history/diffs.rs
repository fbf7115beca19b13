//! A commit's files as a unified diff, as git writes it and as a model pastes it in place of a patch.
use super::{
    hunks::{Hunk, NO_NEWLINE, Style, head, placed},
    sight::{Line, Span, Told, lines},
};

/// Bytes of a heading.
const LONGEST: usize = 80;

pub(super) fn written(told: &[Told]) -> String {
    let mut diff = String::new();
    for file in told {
        match file {
            Told::Delete { path } => delete(&mut diff, path),
            Told::Add { path, text } => add(&mut diff, path, text),
            Told::Rewrite { from, to, text, .. } => {
                delete(&mut diff, from);
                add(&mut diff, to, text);
            }
            Told::Change { from, to, old, new, spans } => {
                diff += &format!("diff --git a/{from} b/{to}\n");
                if from != to {
                    diff += &format!("similarity index 90%\nrename from {from}\nrename to {to}\n");
                }
                if !spans.is_empty() {
                    diff += "index 1111111..2222222 100644\n";
                    names(&mut diff, &format!("a/{from}"), &format!("b/{to}"));
                }
                for hunk in &placed(old, spans, Style::Diff) {
                    write(&mut diff, hunk, old, new);
                }
            }
        }
    }
    diff
}

/// Without its lines, as `git diff --irreversible-delete` leaves them out.
fn delete(diff: &mut String, path: &str) {
    *diff += &format!(
        "diff --git a/{path} b/{path}\ndeleted file mode 100644\nindex 1111111..0000000\n"
    );
}

fn add(diff: &mut String, path: &str, text: &str) {
    *diff +=
        &format!("diff --git a/{path} b/{path}\nnew file mode 100644\nindex 0000000..1111111\n");
    let new = lines(text);
    if new.is_empty() {
        return;
    }
    names(diff, "/dev/null", &format!("b/{path}"));
    let spans = [Span { old: 0..0, new: 0..new.len() }];
    write(diff, &Hunk { spans: &spans, lines: 0..0, anchor: None }, &[], &new);
}

/// A name with a space in it ends in a tab.
fn names(diff: &mut String, old: &str, new: &str) {
    let ended = |name: &str| if name.contains(' ') { format!("{name}\t") } else { name.to_owned() };
    *diff += &format!("--- {}\n+++ {}\n", ended(old), ended(new));
}

fn write(diff: &mut String, hunk: &Hunk<'_>, old: &[Line], new: &[Line]) {
    let added: usize = hunk.spans.iter().map(|span| span.new.len()).sum();
    let removed: usize = hunk.spans.iter().map(|span| span.old.len()).sum();
    // What stands above the first span is the same in both, with what the hunks before have shifted it by.
    let above = hunk.spans[0].old.start - hunk.lines.start;
    let start = hunk.spans[0].new.start - above;
    let range = |start: usize, count: usize| match count {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        _ => format!("{},{count}", start + 1),
    };
    let (of, to) = (
        range(hunk.lines.start, hunk.lines.len()),
        range(start, hunk.lines.len() + added - removed),
    );
    *diff += &format!("@@ -{of} +{to} @@");
    if let Some(head) = hunk.anchor.or_else(|| head(old, &hunk.lines)) {
        let text = &old[head].text;
        *diff += &format!(" {}", &text[..text.floor_char_boundary(LONGEST)]);
    }
    *diff += "\n";
    hunk.walk(old, new, |sign, lines| {
        for Line { text, end } in lines {
            *diff += &format!("{sign}{text}{}\n", end.trim_end_matches('\n'));
            if end.is_empty() {
                *diff += NO_NEWLINE;
            }
        }
    });
}
