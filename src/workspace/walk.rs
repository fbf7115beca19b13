//! Which files there are to see: ignore files, and globs.
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use ignore::{
    Match, WalkBuilder,
    gitignore::{Gitignore, GitignoreBuilder},
};

use super::{Workspace, WorkspaceError, place::has_git_component};
use crate::protocol::Target;

/// Hides paths from the model. Written as a `.gitignore`, honoured at any level.
pub(super) const OUR_IGNORE_FILE: &str = ".bowlineignore";

/// Where systems of version control keep what is theirs.
const VERSION_CONTROL: [&str; 6] = [".git", ".hg", ".jj", ".svn", ".bzr", ".pijul"];

/// Which ignore files count.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rules {
    All,
    /// `.bowlineignore` alone: for what was asked for by name although git ignores it.
    OursAlone,
}

impl Workspace {
    /// Whether a `.bowlineignore` file hides the path from the model.
    pub fn is_ignored(&self, target: &Target) -> bool {
        self.is_matched(&target.path, Rules::OursAlone)
    }

    /// The same of many files below a directory, which reads each ignore file once.
    pub(super) fn ignoring(&self, directory: &Path) -> impl FnMut(&Path) -> bool {
        let mut is_matched = self.matching(directory, Rules::OursAlone);
        let is_directory = false;
        move |file| is_matched(file, is_directory)
    }

    pub(super) fn require_visible(&self, target: &Target) -> Result<(), WorkspaceError> {
        if self.is_ignored(target) {
            return Err(WorkspaceError::Hidden(target.shown.clone()));
        }
        Ok(())
    }

    /// Refuses to look into what is hidden and what git keeps for itself.
    pub(super) fn require_walkable(&self, target: &Target) -> Result<(), WorkspaceError> {
        if has_git_component(&target.path) {
            let shown = target.shown.clone();
            let reason = "what git keeps for itself is neither listed nor searched";
            return Err(WorkspaceError::Refused { shown, reason });
        }
        self.require_visible(target)
    }

    /// Whether an ignore file leaves the path out of lists and searches.
    pub(super) fn is_left_out(&self, path: &Path) -> bool {
        self.is_matched(path, Rules::All)
    }

    /// Walks a directory. It starts higher up, where the first ignore file may be, and takes the one way down;
    /// so it also yields directories that are not below the one asked for. The depth is counted from there.
    pub(super) fn walker(&self, directory: &Path, depth: Option<usize>) -> WalkBuilder {
        let rules = if self.is_left_out(directory) { Rules::OursAlone } else { Rules::All };
        self.walker_by(rules, directory, depth)
    }

    pub(super) fn walker_by(
        &self,
        rules: Rules,
        directory: &Path,
        depth: Option<usize>,
    ) -> WalkBuilder {
        let top = self.top_of_rules(directory);
        let mut walker = self.rules(&top, rules);
        if let (Some(depth), Ok(below)) = (depth, directory.strip_prefix(&top)) {
            walker.max_depth(Some(below.components().count() + depth));
        }
        let directory = directory.to_path_buf();
        let is_all = directory == top;
        walker.filter_entry(move |entry| {
            let path = entry.path();
            let is_on_the_way = || directory.starts_with(path);
            (!is_version_control(entry.file_name()) || is_on_the_way())
                && (is_all || path.starts_with(&directory) || is_on_the_way())
        });
        walker
    }

    fn is_matched(&self, path: &Path, rules: Rules) -> bool {
        self.matching(path, rules)(path, path.is_dir())
    }

    /// Tells whether ignore files match a path below a directory; whether that path is one itself is said with it.
    fn matching(&self, directory: &Path, rules: Rules) -> impl FnMut(&Path, bool) -> bool {
        let top = self.top_of_rules(directory);
        let mut matchers = self.rules(&top, rules).build_matchers();
        move |path, is_directory| {
            let Ok(below) = path.strip_prefix(&top) else { return false };
            let is_below = !below.as_os_str().is_empty();
            is_below && matchers.iter_mut().any(|it| it.matched(below, is_directory).is_ignore())
        }
    }

    /// The directory whose ignore files are the first to count: that of the repository around the workspace, or the
    /// workspace itself.
    pub(super) fn top_of_rules(&self, path: &Path) -> PathBuf {
        let base = self.base_of(path).or_else(|| path.parent()).unwrap_or(path);
        let repository = base.ancestors().find(|directory| directory.join(".git").exists());
        repository.unwrap_or(base).to_path_buf()
    }

    fn rules(&self, top: &Path, rules: Rules) -> WalkBuilder {
        let honours_all = matches!(rules, Rules::All);
        // Outside of a repository `.gitignore` counts as well. In one, those of the outer end where an inner one begins.
        let is_repository = top.join(".git").exists();
        let mut walker = WalkBuilder::new(top);
        walker
            .standard_filters(false)
            .git_ignore(honours_all)
            .git_exclude(honours_all)
            .ignore(honours_all)
            .require_git(is_repository)
            .follow_links(false)
            .current_dir(top)
            .add_custom_ignore_filename(OUR_IGNORE_FILE);
        if let Some(excludes) = self.excludes.as_ref().filter(|_| honours_all) {
            // A line that is no pattern is left out, as git does it.
            let _ = walker.add_ignore(excludes);
        }
        walker
    }
}

pub(super) fn is_version_control(name: &OsStr) -> bool {
    VERSION_CONTROL.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Globs as in `.gitignore`: a path has to match one of them, and none with a `!` before it.
#[derive(Debug)]
pub(super) struct Globs {
    matcher: Gitignore,
    requires_match: bool,
}

impl Globs {
    pub(super) fn new(globs: &[String]) -> Result<Self, WorkspaceError> {
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        for glob in globs {
            let unreadable = |error: ignore::Error| WorkspaceError::Glob {
                glob: glob.clone(),
                reason: error.to_string(),
            };
            builder.add_line(None, glob).map_err(unreadable)?;
        }
        let unreadable = |error: ignore::Error| WorkspaceError::Glob {
            glob: globs.join(", "),
            reason: error.to_string(),
        };
        let matcher = builder.build().map_err(unreadable)?;
        let requires_match = matcher.num_ignores() > 0;
        Ok(Self { matcher, requires_match })
    }

    /// Whether there are any.
    pub(super) fn restrict(&self) -> bool {
        !self.matcher.is_empty()
    }

    pub(super) fn requires_match(&self) -> bool {
        self.requires_match
    }

    /// Whether a file takes part; its path is relative to the directory that was asked for.
    pub(super) fn allow(&self, below: &Path) -> bool {
        if self.matcher.is_empty() {
            return true;
        }
        let is_directory = true;
        let is_excluded = below
            .ancestors()
            .skip(1)
            .any(|parent| self.matcher.matched(parent, is_directory).is_whitelist());
        if is_excluded {
            return false;
        }
        // In an ignore file a match leaves a path out and `!` takes it in: here it is the other way round.
        match self.matcher.matched_path_or_any_parents(below, !is_directory) {
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
            Match::None => !self.requires_match,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_take_in_and_leave_out() {
        for (globs, path, is_allowed) in [
            (&[][..], "a/b.rs", true),
            (&["*.rs"], "a/b.rs", true),
            (&["*.rs"], "a/b.txt", false),
            (&["/*.rs"], "a/b.rs", false),
            (&["/*.rs"], "b.rs", true),
            (&["src/"], "src/a/b.rs", true),
            (&["src/"], "a/b.rs", false),
            (&["**/tests/*.rs"], "a/tests/b.rs", true),
            (&["!*.rs"], "a/b.rs", false),
            (&["!*.rs"], "a/b.txt", true),
            (&["*.rs", "!b.rs"], "a/b.rs", false),
            (&["!target/", "*.rs"], "target/x/b.rs", false),
            (&["*.{rs,toml}"], "Cargo.toml", true),
        ] {
            let globs: Vec<String> = globs.iter().map(|&glob| glob.to_owned()).collect();
            let allowed = Globs::new(&globs).unwrap().allow(Path::new(path));
            assert_eq!(allowed, is_allowed, "{globs:?} {path}");
        }
    }

    #[test]
    fn a_broken_glob_is_named() {
        let error = Globs::new(&["src/[".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("`src/[`"), "{error}");
    }
}
