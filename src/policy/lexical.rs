//! Where a path in a command leads, by its letters alone.
use std::path::{Component, Path, PathBuf};

use globset::Glob;

/// How a path lies to the directories the user works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    Inside,
    /// A whole directory the user works in.
    Whole,
    /// A repository's `.git`.
    Repository,
    InsideRepository,
    /// Below a directory for temporary files, or a device that keeps nothing.
    Temporary,
    Outside,
}

/// The absolute path a word means, or `None` where that depends on what happens when it runs.
pub(super) fn resolve(
    word: &str,
    directory: Option<&Path>,
    home: Option<&Path>,
) -> Option<PathBuf> {
    let after = |name: &str| {
        let rest = word.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
    };
    // A home that is not known is outside, wherever it is.
    let home = home.unwrap_or(Path::new("/~"));
    if let Some(rest) = after("~").or_else(|| after("$HOME")).or_else(|| after("${HOME}")) {
        return Some(normal(&home.join(rest)));
    }
    if let Some(rest) = after("$PWD").or_else(|| after("${PWD}")) {
        return directory.map(|directory| normal(&directory.join(rest)));
    }
    if word.starts_with('~') {
        return Some(Path::new("/").join(word));
    }
    if word.starts_with(['$', '{']) {
        return None;
    }
    if word.starts_with('/') {
        return Some(normal(Path::new(word)));
    }
    directory.map(|directory| normal(&directory.join(word)))
}

/// All that is in a directory is as good as the directory. A home is one also where it lies among temporary files, as those of
/// machines that test do.
pub(super) fn position(path: &Path, roots: &[PathBuf], home: Option<&Path>) -> Position {
    let path = match path.file_name() {
        Some(name) if name == "*" => path.parent().unwrap_or(path),
        _ => path,
    };
    if roots.iter().any(|root| path == normal(root)) {
        return Position::Whole;
    }
    if let Some(inside) = roots.iter().find_map(|root| path.strip_prefix(normal(root)).ok()) {
        let is_repository =
            |name: Component| name.as_os_str().to_str().is_some_and(names_repository);
        return match inside.components().position(is_repository) {
            None => Position::Inside,
            Some(at) if at + 1 == inside.components().count() => Position::Repository,
            Some(_) => Position::InsideRepository,
        };
    }
    let is_among = |path: &Path| {
        ["/tmp", "/var/tmp"].iter().any(|directory| {
            path.strip_prefix(directory).is_ok_and(|inside| !inside.as_os_str().is_empty())
        })
    };
    let home = home.map(normal).filter(|home| is_among(home));
    let leads_to = |other: &PathBuf| normal(other).starts_with(path);
    let holds_more = home.as_ref().is_some_and(|home| path.starts_with(home) || leads_to(home))
        || roots.iter().any(leads_to);
    if is_among(path) && !holds_more || path == Path::new("/dev/null") {
        return Position::Temporary;
    }
    Position::Outside
}

/// Whether a part of a path is `.git`, or a glob that stands for it. One that begins with no dot finds nothing hidden.
pub(super) fn names_repository(part: &str) -> bool {
    let is_glob = part.starts_with('.') && part.contains(['*', '?', '[']);
    let finds_it = |glob: Glob| glob.compile_matcher().is_match(".git");
    part == ".git" || is_glob && Glob::new(part).is_ok_and(finds_it)
}

/// Whether braces make several words of one, as of `{a,b}`. Those of `${a}` and `{}` don't.
pub(super) fn has_braces(word: &str) -> bool {
    word.match_indices('{')
        .any(|(at, _)| !word[..at].ends_with('$') && !word[at..].starts_with("{}"))
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                normal.push(component);
            }
        }
    }
    normal
}
