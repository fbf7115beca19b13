//! What the model is told about the place of a hunk: what was forgiven, or why there is none and what to send instead.
use super::{
    EditHunk,
    encoding::{self, Encoding},
    nearest, quote,
    search::{self, Miss, Pass, Place, Remark},
    text::{Lacking, Text},
};

/// What had to be forgiven, in parts of a sentence; nothing where the lines stand as they were sent.
pub(super) fn notes(place: &Place) -> Vec<String> {
    let line = place.start + 1;
    let forgiven = match place.pass {
        Pass::Exact => None,
        Pass::TrailingSpace => Some("white space at line ends"),
        Pass::SurroundingSpace => Some("white space around the lines"),
        Pass::Folded => Some("white space and Unicode punctuation that looks like ASCII"),
    };
    let forgiven = forgiven.map(|what| format!("matched at line {line} but for {what}"));
    let remark = place.remark.as_ref().map(|remark| match remark {
        Remark::NotAtEnd => {
            format!("its lines do not stand at the end of the file; they were found at line {line} and changed there")
        }
        Remark::OutsideBlock(anchor) => {
            let anchor = anchor + 1;
            format!("its lines stand at line {line}, outside the block that its anchor in line {anchor} heads")
        }
        Remark::ByOrder(found) => {
            let found = line_numbers(found);
            format!("its lines stand at lines {found}; line {line} was taken, the only one below the hunk before")
        }
    });
    forgiven.into_iter().chain(remark).collect()
}

/// Why a hunk has no place in the text.
pub(super) fn complaint(text: &Text, hunk: &EditHunk, miss: &Miss) -> String {
    match miss {
        Miss::Nowhere => {
            let wanted = search::wanted_lines(hunk);
            let report = nearest::report(text, &wanted);
            let hint = match wanted.iter().any(|line| matches!(line.trim(), "..." | "…")) {
                true => "\nA line of `...` stands for no lines but itself: send those that are meant, or a hunk for each part.",
                false => "",
            };
            format!("its lines stand nowhere in the file.\n{report}{hint}")
        }
        Miss::Ambiguous(lines) => format!(
            "its lines stand in {} places, starting at lines {}. Send more context lines, or an `@@` line with something that \
             stands above the right place only, such as the head of its function.",
            lines.len(),
            line_numbers(lines)
        ),
        Miss::NoSuchAnchor(anchor) => format!(
            "its anchor stands nowhere in the file.\n{}\nLeave the `@@` line empty if the hunk's own lines are unique.",
            nearest::report(text, &[anchor])
        ),
        Miss::AmbiguousAnchor(lines) => format!(
            "its anchor stands in lines {}, and a hunk of added lines alone goes below one anchor. Send the whole line, a \
             further `@@` line above it, or context lines.",
            line_numbers(lines)
        ),
        Miss::AboveAnchor { found, anchor } => format!(
            "its lines stand at line {}, but not below its anchor in line {}. Send the anchor that stands above the lines that \
             are meant, or leave it out.",
            line_numbers(found),
            anchor + 1
        ),
        Miss::TooCostly => "it was given up to look for its lines: too many lines of the file are like those of the patch. Send fewer \
             hunks at once, each with lines that stand nowhere else."
            .to_owned(),
        Miss::NeedsAnchor => "it only adds lines and does not say where. Send a line that stands there as context (with a space \
             in front), an `@@` line with the line to put them below, or `*** End of File` under the hunk to put them at the end."
            .to_owned(),
    }
}

/// That a character can't be written in the file's encoding.
pub(super) fn lacking(file: Encoding, lacking: &Lacking) -> String {
    let (letter, line) = (encoding::named(lacking.letter), quote::shown(&lacking.line));
    if lacking.letter == char::REPLACEMENT_CHARACTER {
        return format!(
            "{letter} stands for bytes that could not be shown, and can't be written back, in `{line}`. Leave that part of the \
             line out of the change, or send the character that is meant."
        );
    }
    let name = file.name();
    format!(
        "{letter} can't be written: the file is in {name}, which does not have it, in `{line}`. Send the line without it, or \
         convert the file to UTF-8 first, as `iconv -f {name} -t UTF-8` does."
    )
}

/// That added text is other bytes in the file than it was sent as.
pub(super) fn rewritten(file: Encoding) -> String {
    format!("what was added is written in {}, as the file is.", file.name())
}

fn line_numbers(lines: &[usize]) -> String {
    let numbers: Vec<usize> = lines.iter().map(|line| line + 1).collect();
    quote::numbers(&numbers)
}
