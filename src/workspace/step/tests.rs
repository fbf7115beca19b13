//! One file, in each state in which it may be found: nothing of somebody else's goes.
use std::{fs, io::Write, os::unix::fs::symlink};

use tempfile::TempDir;

use super::{super::steps::Steps, *};
use crate::protocol::FileState;

/// By their names, with what they hold.
type Files<'a> = &'a [(&'a str, &'a str)];

const BEFORE: &str = "before";
const AFTER: &str = "after";

/// A step in a directory of its own.
struct Ground {
    directory: TempDir,
    step: Step,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Create,
    Replace,
    Remove,
}

impl Ground {
    /// `files` are the step's own by their names: `file`, and `new` and `old` beside it.
    fn new(kind: Kind, files: Files<'_>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().canonicalize().unwrap().join(name);
        files.iter().for_each(|(name, text)| fs::write(at(name), text).unwrap());
        let content = |text: &str| {
            let bytes = text.to_owned().into();
            Some(Content::Whole(FileState { bytes, ..FileState::default() }))
        };
        let (new, old) = (at("new"), at("old"));
        let (before, after, way) = match kind {
            Kind::Create => (None, content(AFTER), Way::Create { new }),
            Kind::Replace => (content(BEFORE), content(AFTER), Way::Replace { new, old }),
            Kind::Remove => (content(BEFORE), None, Way::Remove { old }),
        };
        let step = Step { path: at("file"), shown: "file".to_owned(), before, after, way };
        Self { directory, step }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Every file with what it holds, or where it leads.
    fn files(&self) -> Vec<(String, String)> {
        let file = |entry: std::io::Result<fs::DirEntry>| {
            let entry = entry.unwrap();
            let path = entry.path();
            let held = match path.read_link() {
                Ok(target) => format!("-> {}", target.display()),
                Err(_) if path.is_dir() => "a directory".to_owned(),
                Err(_) => fs::read_to_string(&path).unwrap(),
            };
            (entry.file_name().into_string().unwrap(), held)
        };
        let mut files: Vec<_> = self.directory.path().read_dir().unwrap().map(file).collect();
        files.sort();
        files
    }

    fn check_files(&self, expected: Files<'_>) {
        let expected: Vec<(String, String)> =
            expected.iter().map(|(name, held)| ((*name).to_owned(), (*held).to_owned())).collect();
        assert_eq!(self.files(), expected, "{:?}", self.step.way);
    }
}

#[test]
fn what_somebody_else_brought_to_the_same_state_is_not_taken_back() {
    let waiting: [(Kind, Files<'_>); 3] = [
        (Kind::Create, &[("file", AFTER), ("new", AFTER)]),
        (Kind::Replace, &[("file", AFTER), ("new", AFTER)]),
        (Kind::Remove, &[]),
    ];
    for (kind, files) in waiting {
        let ground = Ground::new(kind, files);
        ground.step.take_back().unwrap();
        ground.check_files(files);
    }
}

#[test]
fn what_is_in_place_is_taken_back() {
    let placed: [(Kind, Files<'_>, Files<'_>); 4] = [
        (Kind::Create, &[("file", AFTER)], &[("new", AFTER)]),
        (Kind::Replace, &[("file", AFTER), ("new", BEFORE)], &[("file", BEFORE), ("new", AFTER)]),
        (Kind::Replace, &[("file", AFTER), ("old", BEFORE)], &[("file", BEFORE)]),
        (Kind::Remove, &[("old", BEFORE)], &[("file", BEFORE)]),
    ];
    for (kind, files, expected) in placed {
        let ground = Ground::new(kind, files);
        ground.step.take_back().unwrap();
        ground.check_files(expected);
    }
    // Between the two steps of a file system that moves a file in two.
    let ground = Ground::new(Kind::Create, &[("new", AFTER)]);
    fs::hard_link(ground.path("new"), ground.path("file")).unwrap();
    ground.step.take_back().unwrap();
    ground.check_files(&[("new", AFTER)]);
}

#[test]
fn a_link_or_a_directory_that_takes_the_place_in_the_last_moment_is_put_back() {
    let targets = ["nowhere", "target"];
    for kind in [Kind::Replace, Kind::Remove] {
        let new: Files<'_> = match kind {
            Kind::Replace => &[("new", AFTER), ("target", BEFORE)],
            Kind::Create | Kind::Remove => &[("target", BEFORE)],
        };
        for target in targets {
            let ground = Ground::new(kind, new);
            symlink(target, ground.path("file")).unwrap();
            let error = ground.step.place().unwrap_err();
            assert!(matches!(error, WorkspaceError::Changed { .. }), "{kind:?}: {error:?}");
            let link = format!("-> {target}");
            ground.check_files(&[&[("file", link.as_str())], new].concat());
        }
        let ground = Ground::new(kind, new);
        fs::create_dir(ground.path("file")).unwrap();
        let error = ground.step.place().unwrap_err();
        assert!(matches!(error, WorkspaceError::Changed { .. }), "{kind:?}: {error:?}");
        ground.check_files(&[&[("file", "a directory")], new].concat());
    }
}

#[test]
fn a_link_that_a_dead_process_moved_aside_is_given_back() {
    let ground = Ground::new(Kind::Replace, &[("file", AFTER)]);
    symlink("nowhere", ground.path("new")).unwrap();
    ground.step.give_back().unwrap();
    ground.check_files(&[("file", "-> nowhere"), ("new", AFTER)]);
    let ground = Ground::new(Kind::Remove, &[]);
    symlink("nowhere", ground.path("old")).unwrap();
    ground.step.give_back().unwrap();
    ground.check_files(&[("file", "-> nowhere")]);
}

#[test]
fn what_is_written_to_a_file_that_was_moved_aside_is_given_back_and_told() {
    for kind in [Kind::Replace, Kind::Remove] {
        let new: Files<'_> = match kind {
            Kind::Replace => &[("new", AFTER)],
            Kind::Create | Kind::Remove => &[],
        };
        let started = SystemTime::now();
        let Ground { directory, step } = Ground::new(kind, &[&[("file", BEFORE)], new].concat());
        let mut open = fs::OpenOptions::new().append(true).open(&step.path).unwrap();
        let steps = Steps::new(vec![step], &|_| false);
        steps.place(&|_| false).unwrap();
        steps.require_untouched_since(started).unwrap();
        open.write_all(b" and more").unwrap();
        let error = steps.require_untouched_since(started).unwrap_err();
        assert!(
            matches!(&error, WorkspaceError::Changed { files } if files == &["file"]),
            "{error:?}"
        );
        assert!(steps.take_back().is_empty());
        steps.clear();
        let step = steps.steps.into_iter().next().unwrap();
        Ground { directory, step }.check_files(&[("file", "before and more")]);
    }
}
