//! Asking the index: where something is defined, and where it is named.
use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::{Index, sieve::Sieve, tags::Tags};
use crate::{
    map::NameId,
    outline::{Definition, Reader, ReferenceKind},
    parallel,
    workspace::Workspace,
};

/// What to look for.
#[derive(Debug, Clone)]
pub struct Question {
    pub pattern: Pattern,
    /// Files below this alone, or this file; none for all.
    pub below: Option<PathBuf>,
    /// At most so many.
    pub limit: usize,
}

/// Which files have to be known for an answer.
#[derive(Debug, Clone, Copy)]
pub enum Need<'a> {
    /// All, for a map.
    All,
    /// All, with the names in each at hand.
    Names,
    /// Those that define what has such a name.
    Definitions(&'a Pattern),
    /// Those that name it.
    References(&'a Pattern),
}

/// Names, as people write them.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// What the name has to belong to: `Shape` of `Shape::area` and `Shape.area`.
    parent: Option<String>,
    name: Match,
}

#[derive(Debug, Clone)]
enum Match {
    Glob(globset::GlobMatcher),
    Word(String),
}

/// How near a name comes to a word, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    Same,
    SameLetters,
    Start,
    Inside,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDefinition {
    pub path: PathBuf,
    pub definition: Definition,
    /// What it belongs to, the outermost first.
    pub parents: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundReference {
    pub path: PathBuf,
    pub kind: ReferenceKind,
    /// From 1.
    pub line: usize,
    /// The line itself, without the space around it.
    pub text: String,
    /// The innermost definition that it stands in, as `Shape::area`.
    pub inside: Option<String>,
}

/// Found things, with how many there are beyond the limit.
type Capped<T> = (Vec<T>, usize);

/// Characters.
const LONGEST_LINE: usize = 200;

impl Pattern {
    /// `area`, `Shape::area`, `Shape.area` or a glob such as `*_area`. A word in small letters is also found in other
    /// letters and inside of names, where nothing has just that name.
    ///
    /// # Errors
    /// When it is empty or no glob; a sentence for whoever wrote it.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let at = text.rfind([':', '.']).filter(|at| text.len() > at + 1);
        let (parent, name) = match at {
            Some(at) => (Some(text[..at].trim_end_matches(':')), &text[at + 1..]),
            None => (None, text),
        };
        let parent = parent.filter(|parent| !parent.is_empty());
        let parent = parent.and_then(|it| it.rsplit([':', '.']).next()).map(str::to_owned);
        if name.is_empty() {
            return Err("the name to look for is empty".to_owned());
        }
        let name = match name.contains(['*', '?', '[']) {
            false => Match::Word(name.to_owned()),
            true => {
                let glob = GlobBuilder::new(name).build();
                let glob = glob.map_err(|error| format!("`{name}` is no pattern: {error}"))?;
                Match::Glob(glob.compile_matcher())
            }
        };
        Ok(Self { parent, name })
    }

    /// What a file has to hold that has such a name.
    fn sieve(&self) -> Option<Sieve> {
        match &self.name {
            Match::Glob(glob) => Sieve::of_glob(glob.glob().glob()),
            Match::Word(word) if has_capitals(word) => Sieve::of_word(word),
            Match::Word(word) => Sieve::of_small_letters(word),
        }
    }

    fn nearness(&self, name: &str) -> Option<Nearness> {
        let word = match &self.name {
            Match::Glob(glob) => return glob.is_match(name).then_some(Nearness::Same),
            Match::Word(word) => word,
        };
        if name == word {
            return Some(Nearness::Same);
        }
        if has_capitals(word) {
            return match name.find(word)? {
                0 => Some(Nearness::Start),
                _ => Some(Nearness::Inside),
            };
        }
        let name = name.to_lowercase();
        match name.find(word)? {
            0 if name.len() == word.len() => Some(Nearness::SameLetters),
            0 => Some(Nearness::Start),
            _ => Some(Nearness::Inside),
        }
    }

    fn fits_parents(&self, parents: &[String]) -> bool {
        let Some(wanted) = &self.parent else { return true };
        // `Square<T>` is a `Square`.
        let is_wanted = |parent: &String| {
            parent == wanted
                || parent
                    .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                    .any(|it| it == wanted)
        };
        parents.iter().any(is_wanted)
    }
}

fn has_capitals(word: &str) -> bool {
    word.chars().any(char::is_uppercase)
}

impl Need<'_> {
    /// None where all files have to be known.
    pub(super) fn sieve(self) -> Option<Sieve> {
        match self {
            Self::All | Self::Names => None,
            Self::Definitions(pattern) => Some(pattern.sieve()?.below(pattern.parent.as_deref())),
            Self::References(pattern) => pattern.sieve(),
        }
    }
}

impl Index {
    /// Whether just that name was found below a place, so that names in other letters make no difference.
    pub(super) fn has_same(&self, need: Need<'_>, below: &Path) -> bool {
        let question = |pattern: &Pattern| Question {
            pattern: pattern.clone(),
            below: Some(below.to_owned()),
            limit: 0,
        };
        let nearest = match need {
            Need::All | Need::Names => None,
            Need::Definitions(pattern) => {
                self.definitions(&question(pattern)).into_iter().map(|(it, _)| it).min()
            }
            Need::References(pattern) => {
                self.naming(&question(pattern)).into_iter().map(|(_, it)| it).min()
            }
        };
        nearest == Some(Nearness::Same)
    }

    /// What has such a name: the nearest names first, then by path. Where something has just that name, the names
    /// that only hold it are left out.
    pub fn find_definitions(&mut self, question: &Question) -> Capped<FoundDefinition> {
        self.take_up_texts();
        let mut found = self.definitions(question);
        let nearest = found.iter().map(|(nearness, _)| *nearness).min();
        if nearest == Some(Nearness::Same) {
            found.retain(|(nearness, _)| *nearness == Nearness::Same);
        }
        found.sort_by(|(one, a), (other, b)| {
            let order = |it: &FoundDefinition| it.definition.name.len();
            let place = |it: &FoundDefinition| it.definition.lines.start;
            (one, order(a), &a.path, place(a)).cmp(&(other, order(b), &b.path, place(b)))
        });
        let left = found.len().saturating_sub(question.limit);
        (found.into_iter().take(question.limit).map(|(_, it)| it).collect(), left)
    }

    fn definitions(&self, question: &Question) -> Vec<(Nearness, FoundDefinition)> {
        let near = self.near(&question.pattern);
        let mut found: Vec<(Nearness, FoundDefinition)> = Vec::new();
        for (path, tags) in self.asked(question) {
            if !tags.defined.iter().any(|(name, _)| near[name.0 as usize].is_some()) {
                continue;
            }
            let definitions = tags.detail.definitions();
            for (at, (name, _)) in tags.defined.iter().enumerate() {
                let (Some(nearness), Some(definition)) =
                    (near[name.0 as usize], definitions.get(at))
                else {
                    continue;
                };
                let parents = parents(&definitions, definition);
                if question.pattern.fits_parents(&parents) {
                    let (path, definition) = (path.to_owned(), definition.clone());
                    found.push((nearness, FoundDefinition { path, definition, parents }));
                }
            }
        }
        found
    }

    /// Where such a name is written, other than where it is defined: by path and line. Only the nearest names count.
    pub fn find_references(
        &mut self,
        workspace: &Workspace,
        question: &Question,
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Capped<FoundReference> {
        self.take_up_texts();
        let naming = self.naming(question);
        let Some(nearest) = naming.iter().map(|(_, nearness)| *nearness).min() else {
            return (Vec::new(), 0);
        };
        let mut paths: Vec<&Path> = naming
            .iter()
            .filter(|(_, nearness)| *nearness == nearest)
            .map(|(path, _)| *path)
            .collect();
        paths.sort_unstable();
        let is_near = |name: &str| question.pattern.nearness(name) == Some(nearest);
        let found =
            parallel::compute_with(&self.readers, &paths, |reader, path| match is_cancelled() {
                true => Vec::new(),
                false => references(workspace, reader, path, &is_near),
            });
        let mut found: Vec<FoundReference> = found.into_iter().flatten().collect();
        let left = found.len().saturating_sub(question.limit);
        found.truncate(question.limit);
        (found, left)
    }

    /// Files that name it, with how near the nearest of their names comes.
    fn naming(&self, question: &Question) -> Vec<(&Path, Nearness)> {
        let near = self.near(&question.pattern);
        let taken = |name: NameId| near[name.0 as usize];
        let nearest = |tags: &Tags| tags.named.iter().filter_map(|(name, _)| taken(*name)).min();
        self.asked(question).filter_map(|(path, tags)| Some((path, nearest(tags)?))).collect()
    }

    /// The files that a question is about.
    fn asked(&self, question: &Question) -> impl Iterator<Item = (&Path, &Tags)> {
        let known = self.known().map(|(place, tags)| (self.paths.path(place), tags));
        known.filter(|(path, _)| question.takes(path))
    }

    /// How near each name comes, by its number.
    fn near(&self, pattern: &Pattern) -> Vec<Option<Nearness>> {
        let ids = (0..self.names.len()).map(NameId::at);
        ids.map(|id| pattern.nearness(self.names.text(id))).collect()
    }
}

impl Question {
    fn takes(&self, path: &Path) -> bool {
        self.below.as_ref().is_none_or(|below| path.starts_with(below))
    }
}

/// The names that a definition lies in, the outermost first.
pub(super) fn parents(all: &[Definition], of: &Definition) -> Vec<String> {
    let mut parents = Vec::new();
    let mut next = of.parent;
    while let Some(parent) = next.and_then(|at| all.get(at)) {
        parents.push(parent.name.clone());
        next = parent.parent;
    }
    parents.reverse();
    parents
}

fn references(
    workspace: &Workspace,
    reader: &mut Reader,
    path: &Path,
    is_near: &dyn Fn(&str) -> bool,
) -> Vec<FoundReference> {
    let Ok(Some(state)) = workspace.read_listed(path) else { return Vec::new() };
    let text = String::from_utf8_lossy(&state.bytes);
    let Ok(outline) = reader.read(path, &text) else { return Vec::new() };
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<FoundReference> = Vec::new();
    for reference in outline.references.iter().filter(|it| is_near(&it.name)) {
        let inside = innermost(&outline.definitions, reference.line);
        let line = lines.get(reference.line - 1).map_or("", |line| line.trim());
        let is_same_line = found.last().is_some_and(|last| last.line == reference.line);
        if !is_same_line {
            found.push(FoundReference {
                path: path.to_owned(),
                kind: reference.kind,
                line: reference.line,
                text: line.chars().take(LONGEST_LINE).collect(),
                inside,
            });
        }
    }
    found
}

fn innermost(definitions: &[Definition], line: usize) -> Option<String> {
    let around = definitions.iter().filter(|it| it.lines.contains(&line));
    let inner = around.min_by_key(|it| it.lines.len())?;
    let mut names = parents(definitions, inner);
    names.push(inner.name.clone());
    Some(names.join("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_as_people_write_it() {
        use Nearness::{Inside, Same, SameLetters, Start};
        for (pattern, name, nearness) in [
            ("area", "area", Some(Same)),
            ("area", "Area", Some(SameLetters)),
            ("area", "AreaOf", Some(Start)),
            ("area", "has_area", Some(Inside)),
            ("Area", "area", None),
            ("Area", "HasArea", Some(Inside)),
            ("area", "arena", None),
            ("*_area", "has_area", Some(Same)),
            ("*_area", "area", None),
            ("Shape::area", "area", Some(Same)),
            ("Shape.area", "area", Some(Same)),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().nearness(name), nearness, "{pattern} {name}");
        }
        assert!(Pattern::new(" ").is_err());
        assert!(Pattern::new("[a").is_err());
    }

    #[test]
    fn a_qualified_name_belongs_to_something() {
        let check = |pattern: &str, parents: &[&str], fits: bool| {
            let parents: Vec<String> = parents.iter().map(|&it| it.to_owned()).collect();
            assert_eq!(Pattern::new(pattern).unwrap().fits_parents(&parents), fits, "{pattern}");
        };
        check("area", &[], true);
        check("Shape::area", &[], false);
        check("Shape::area", &["shapes", "Shape"], true);
        check("shapes::Shape::area", &["Shape<T>"], true);
        check("Shape.area", &["Reshape"], false);
    }
}
