//! Which of the lines that match are shown where there is no room for all: what defines comes before what uses.
use std::path::Path;

use grep_matcher::Matcher;
use grep_regex::RegexMatcher;

use super::{
    super::{FileMatches, SearchQuery},
    lines::Lines,
};
use crate::{
    outline::{Definition, Reader},
    parallel::{self, Kept},
};

/// Files and bytes that are looked at for definitions: what takes a tenth of a second.
const MOST_FILES: usize = 40;
const MOST_BYTES: usize = 1 << 20;
/// Matching lines of a file that are shown before the next one has its turn.
const FEWEST: usize = 3;

/// A file with its lines that match.
type Hits<'a> = (&'a Path, Lines);

/// For each file the lines at which something is defined whose name is what was looked for.
pub(super) fn defining(
    files: &[Hits<'_>],
    matcher: &RegexMatcher,
    text: &(dyn Fn(&Path) -> Option<String> + Sync),
) -> Vec<Vec<u64>> {
    let mut defining = vec![Vec::new(); files.len()];
    let (mut bytes, mut asked) = (0, Vec::new());
    let likely = (0..files.len()).filter(|at| has_name(&files[*at].1, matcher)).take(MOST_FILES);
    for at in likely {
        let Some(text) = text(files[at].0) else { continue };
        bytes += text.len();
        if bytes > MOST_BYTES {
            break;
        }
        asked.push((at, text));
    }
    let found =
        parallel::compute_with(&Kept::default(), &asked, |reader: &mut Reader, (at, text)| {
            let (path, hits) = &files[*at];
            (*at, lines_of(&reader.definitions(path, text), hits, matcher))
        });
    found.into_iter().for_each(|(at, lines)| defining[at] = lines);
    defining
}

/// Whether a word of its lines could be the name of what was looked for.
fn has_name(hits: &Lines, matcher: &RegexMatcher) -> bool {
    let matching = hits.lines.iter().filter(|line| line.is_match);
    matching.flat_map(|line| names(&line.text)).any(|name| is_found(name, matcher))
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    text.split(move |it| !is_part(it)).filter(|name| !name.is_empty())
}

fn is_found(name: &str, matcher: &RegexMatcher) -> bool {
    matcher.is_match(name.as_bytes()).unwrap_or_default()
}

/// A definition begins above its name where there are words before that, such as those of an attribute.
fn lines_of(definitions: &[Definition], hits: &Lines, matcher: &RegexMatcher) -> Vec<u64> {
    let wanted =
        definitions.iter().filter(|it| it.kind.is_code() && is_found(it.last_name(), matcher));
    let line_of = |it: &Definition| {
        let lines = it.lines.start as u64..it.lines.end as u64;
        let matching = hits.lines.iter().filter(|line| line.is_match);
        let mut own = matching.filter(|line| lines.contains(&line.number));
        Some(own.find(|line| names(&line.text).any(|name| name == it.last_name()))?.number)
    };
    wanted.filter_map(line_of).collect()
}

/// All files, those that define before the others, with as many of their lines as there is room for.
pub(super) fn shared_out(
    mut files: Vec<Hits<'_>>,
    defining: &[Vec<u64>],
    query: &SearchQuery,
    shown: &dyn Fn(&Path) -> String,
) -> Vec<FileMatches> {
    let first_of = |at: usize| defining.get(at).map(Vec::as_slice).unwrap_or_default();
    let kept = files.iter().filter(|(_, hits)| !hits.lines.is_empty());
    let matches: Vec<usize> = kept.map(|(_, hits)| hits.matches).collect();
    let each = share(&matches, query.limit);
    let mut room = query.limit;
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|at| first_of(*at).is_empty());
    let file = |at: usize| {
        let (path, hits) = &mut files[at];
        let (shown, matches) = (shown(path), hits.matches);
        let most = each.min(room);
        let lines = std::mem::replace(hits, Lines::counting());
        let lines = lines.best(most, first_of(at), query.context);
        room -= lines.iter().filter(|line| line.is_match).count();
        FileMatches { shown, lines, matches }
    };
    order.into_iter().map(file).collect()
}

/// How many lines of each file are shown: as many as there is room for, where each has the same.
fn share(matches: &[usize], limit: usize) -> usize {
    let shown = |each: usize| matches.iter().map(|own| each.min(*own)).sum::<usize>();
    let (mut fits, mut over) = (0, limit + 1);
    while over - fits > 1 {
        let middle = fits + (over - fits) / 2;
        match shown(middle) <= limit {
            true => fits = middle,
            false => over = middle,
        }
    }
    fits.max(FEWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_share_the_room() {
        for (matches, limit, each) in [
            (&[1, 2, 3][..], 100, 100),
            (&[500], 100, 100),
            (&[500, 500], 100, 50),
            (&[2, 500, 500], 100, 49),
            (&[9, 9, 9, 9], 8, FEWEST),
            (&[], 5, 5),
        ] {
            assert_eq!(share(matches, limit), each, "{matches:?}");
        }
    }
}
