//! The notes for the model: the user's own, those of the project from its root down, and what they include.
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{
    config::{Environment, Settings},
    prompt::{self, Notes, ProjectNote},
    protocol::{Place, Target},
    workspace::Workspace,
};

/// How much of all notes the model sees, in bytes.
const BUDGET: usize = 32 * 1024;
/// Bytes of one file that are read; what the model sees is decided later.
const MOST_OF_ONE: u64 = 256 * 1024;
/// Behind the names of the user's own.
const USERS: &str = " (the user's own, for every project)";
/// Files that include each other in a row, and all that are included.
const DEEPEST: usize = 5;
const MOST_INCLUDED: usize = 50;

/// As they go into the system prompt, with a sentence on each that is cut or left out.
pub(super) fn fitted(
    workspace: &Workspace,
    settings: &Settings,
    environment: &Environment,
) -> Notes {
    let own = environment.config_directory().ok().and_then(|own| own.canonicalize().ok());
    let mut found =
        Found { workspace, own, notes: Vec::new(), lacking: Vec::new(), taken: Vec::new() };
    if let Some(own) = found.own.clone() {
        found.take_first_of(&own, &own, &settings.notes);
        for note in &mut found.notes {
            note.shown.push_str(USERS);
        }
    }
    let root = workspace.root();
    let repository = workspace.repository().map(|repository| repository.root);
    let repository = repository.and_then(|root| root.canonicalize().ok());
    let top = repository.filter(|top| root.starts_with(top)).unwrap_or_else(|| root.to_owned());
    let mut directories: Vec<&Path> =
        root.ancestors().take_while(|directory| directory.starts_with(&top)).collect();
    directories.reverse();
    for directory in directories {
        found.take_first_of(directory, &top, &settings.notes);
    }
    let mut notes = prompt::fit_notes(found.notes, BUDGET);
    notes.cut.extend(found.lacking);
    notes
}

struct Found<'a> {
    workspace: &'a Workspace,
    /// The directory of the user's configuration, which is protected and whose notes are read all the same.
    own: Option<PathBuf>,
    /// Outermost first; what a file includes stands before it, and goes before it where there is no room.
    notes: Vec<ProjectNote>,
    lacking: Vec<String>,
    /// Resolved; each file is taken once.
    taken: Vec<PathBuf>,
}

impl Found<'_> {
    /// The first of the names that there is in a directory; the others stand in for it.
    fn take_first_of(&mut self, directory: &Path, top: &Path, names: &[String]) {
        let Some(path) = names.iter().map(|name| directory.join(name)).find(|path| path.is_file())
        else {
            return;
        };
        let shown = shown(&path, top);
        match self.open_to(&path, top) {
            Ok(target) => self.take(&target, &shown, top, 0),
            Err(reason) => self.lacking.push(format!("{shown} is not read: {reason}")),
        }
    }

    fn take(&mut self, target: &Target, shown: &str, top: &Path, depth: usize) {
        if self.taken.contains(&target.path) {
            return;
        }
        self.taken.push(target.path.clone());
        let text = match read(&target.path) {
            Ok(text) => text,
            Err(error) => {
                self.lacking.push(format!("{shown} is not read: {error}"));
                return;
            }
        };
        for named in prompt::includes(&text) {
            self.include(named, target, shown, top, depth + 1);
        }
        self.notes.push(ProjectNote { shown: shown.to_owned(), text });
    }

    /// What names no file is a word like others.
    fn include(&mut self, named: &str, by: &Target, shown_by: &str, top: &Path, depth: usize) {
        let directory = by.path.parent().unwrap_or(top);
        let path = directory.join(named);
        if !path.is_file() {
            return;
        }
        let shown = shown(&path, top);
        let target = match self.open_to(&path, top) {
            Ok(_) if depth > DEEPEST => Err("too many files include each other"),
            Ok(_) if self.taken.len() > MOST_INCLUDED => Err("too many files are included"),
            opened => opened,
        };
        match target {
            Ok(target) => {
                self.take(&target, &format!("{shown} (included by {shown_by})"), top, depth);
            }
            Err(reason) => {
                let named = named.escape_debug();
                self.lacking
                    .push(format!("{shown_by} includes `@{named}`, which is not read: {reason}"));
            }
        }
    }

    /// Where a path leads, if its text may go into the prompt.
    fn open_to(&self, path: &Path, top: &Path) -> Result<Target, &'static str> {
        let resolved = path.canonicalize().map_err(|_| "it leads nowhere")?;
        let top = top.canonicalize().map_err(|_| "it leads nowhere")?;
        if !resolved.starts_with(&top) {
            return Err("it leads out of the directory that the notes are for");
        }
        let target = self.workspace.target(resolved);
        match target.place {
            Place::Secret => Err("it holds secrets by its name"),
            Place::Protected if self.own.as_ref() != Some(&top) => {
                Err("it belongs to git or to this program")
            }
            Place::Workspace | Place::Outside | Place::Protected
                if self.workspace.is_ignored(&target) =>
            {
                Err("`.bowlineignore` hides it")
            }
            Place::Workspace | Place::Outside | Place::Protected => Ok(target),
        }
    }
}

fn shown(path: &Path, top: &Path) -> String {
    let below = path.strip_prefix(top).ok().filter(|below| !below.as_os_str().is_empty());
    below.unwrap_or(path).display().to_string().escape_debug().to_string()
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_OF_ONE).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;
    use crate::config::{self, Overrides};

    /// A home with a repository in it that has a directory `sub`.
    fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for (path, text) in
            [("work/.git/HEAD", "ref: refs/heads/main\n"), ("work/sub/x", "")].iter().chain(files)
        {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for directory in ["objects", "refs"] {
            fs::create_dir(home.path().join("work/.git").join(directory)).unwrap();
        }
        home
    }

    fn notes(home: &tempfile::TempDir, directory: &str) -> Notes {
        let environment = Environment::from_pairs([("HOME", home.path())]);
        let directory = home.path().join(directory);
        let config = config::load(&environment, &directory, &Overrides::default()).unwrap();
        let workspace = Workspace::open(&directory, &[]).unwrap();
        let own = environment.config_directory().unwrap();
        fitted(&workspace.protecting(&[own]), config.settings(), &environment)
    }

    fn seen(notes: &Notes) -> Vec<&str> {
        notes.seen.iter().map(|(shown, _)| shown.as_str()).collect()
    }

    #[test]
    fn the_first_name_of_each_directory_counts_from_the_users_own_to_the_nearest() {
        let home = home(&[
            (".config/bowline/AGENTS.md", "own"),
            ("AGENTS.md", "above the repository"),
            ("work/AGENTS.md", "root"),
            ("work/CLAUDE.md", "a fall-back that is not needed"),
            ("work/sub/GEMINI.md", "sub"),
            ("work/sub/deeper/AGENTS.md", "below"),
        ]);
        let found = notes(&home, "work/sub");
        let own = "AGENTS.md (the user's own, for every project)";
        assert_eq!(seen(&found), [own, "AGENTS.md", "sub/GEMINI.md"]);
        assert_eq!(found.cut, [""; 0]);
        assert!(found.text.ends_with("--- sub/GEMINI.md ---\nsub\n"), "{}", found.text);
        assert!(!found.text.contains("above") && !found.text.contains("fall-back"));
    }

    #[test]
    fn what_is_included_stands_before_what_includes_it_and_once() {
        let home = home(&[
            ("work/CLAUDE.md", "See @docs/a.md, @docs/b.md and @missing.md, or @me."),
            ("work/docs/a.md", "A: @b.md @a.md"),
            ("work/docs/b.md", "B: @../CLAUDE.md"),
        ]);
        let found = notes(&home, "work");
        let b = "docs/b.md (included by docs/a.md (included by CLAUDE.md))";
        assert_eq!(seen(&found), [b, "docs/a.md (included by CLAUDE.md)", "CLAUDE.md"]);
        assert_eq!(found.cut, [""; 0]);
    }

    #[test]
    fn what_leads_out_or_holds_secrets_is_left_out_and_named() {
        let home = home(&[
            (".ssh/id_rsa", "key"),
            ("outside.md", "outside"),
            ("work/AGENTS.md", "@../outside.md @link.md @.env @hidden.md @.git/HEAD @~/outside.md"),
            ("work/.env", "KEY=1"),
            ("work/hidden.md", "hidden"),
            ("work/.bowlineignore", "hidden.md\n"),
        ]);
        symlink(home.path().join("outside.md"), home.path().join("work/link.md")).unwrap();
        symlink(home.path().join(".ssh/id_rsa"), home.path().join("work/sub/AGENTS.md")).unwrap();
        let found = notes(&home, "work/sub");
        assert_eq!(seen(&found), ["AGENTS.md"]);
        let out = "it leads out of the directory that the notes are for";
        let includes = |named: &str, why: &str| {
            format!("AGENTS.md includes `@{named}`, which is not read: {why}")
        };
        assert_eq!(
            found.cut,
            [
                includes("../outside.md", out),
                includes("link.md", out),
                includes(".env", "it holds secrets by its name"),
                includes("hidden.md", "`.bowlineignore` hides it"),
                includes(".git/HEAD", "it belongs to git or to this program"),
                format!("sub/AGENTS.md is not read: {out}"),
            ]
        );
    }

    #[test]
    fn includes_end_at_a_depth_and_the_farthest_are_cut_first() {
        let chain: Vec<(String, String)> = (0..9)
            .map(|at| (format!("work/{at}.md"), format!("@{}.md {}", at + 1, "x".repeat(9_000))))
            .collect();
        let mut files: Vec<(&str, &str)> =
            chain.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        files.push(("work/AGENTS.md", "@0.md"));
        let found = notes(&home(&files), "work");
        assert_eq!(seen(&found).last(), Some(&"AGENTS.md"));
        let total: usize = found.seen.iter().map(|(_, bytes)| bytes).sum();
        assert_eq!(total, BUDGET);
        assert!(found.cut[0].contains("the model sees"), "{:?}", found.cut);
        let last = found.cut.last().unwrap();
        assert!(last.contains("`@5.md`") && last.contains("too many files"), "{last}");
    }
}
