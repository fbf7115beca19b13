//! Lines that match, in files as the agent is to see them.
//!
//! The files are gathered and sorted first and then searched in that order, by several threads. A thread that finds
//! the limit passed takes no further file; what was taken by then is a beginning of the order that holds all the
//! matches asked for. So the answer is the same each time, however the threads ran.
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use grep_matcher::LineTerminator;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{
    BinaryDetection, Searcher, SearcherBuilder, Sink, SinkContext, SinkFinish, SinkMatch,
};
use ignore::WalkState;
use rustix::fs::OFlags;

use super::{
    FileMatches, Found, FoundLine, Proposed, SearchQuery, Workspace, WorkspaceError, disk,
    error::io_error, list::below, secret::holds_secrets, walk::Globs,
};
use crate::protocol::{Place, Target};

/// Bytes. Larger files are mostly data, and looking through them takes longer than all the others.
pub(super) const LARGEST_SEARCHED: u64 = 10 * 1024 * 1024;
const MOST_THREADS: usize = 4;

/// With fewer files than this, threads cost more than they bring.
const FEW_FILES: usize = 16;

/// Characters of a line that are kept.
const LINE_WIDTH: usize = 400;

type IsCancelled<'a> = &'a (dyn Fn() -> bool + Sync);

impl Workspace {
    /// Lines that match, ignore files honoured, proposed changes seen. Stops soon after `is_cancelled` says so, with
    /// what it has by then.
    ///
    /// Files that hold secrets, binary files and what git keeps for itself are not searched.
    ///
    /// # Errors
    /// When the place does not exist or is not to be looked into, or the pattern or a glob can't be read.
    pub fn search(
        &self,
        query: &SearchQuery,
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Found, WorkspaceError> {
        self.require_walkable(&query.place)?;
        let matcher = matcher(query)?;
        let globs = Globs::new(&query.globs)?;
        let mut unreadable = Vec::new();
        let files = self.files_to_search(&query.place, &globs, is_cancelled, &mut unreadable)?;
        let search = Search {
            workspace: self,
            query,
            matcher,
            proposed: self.proposed(),
            is_cancelled,
            files: &files,
            next: AtomicUsize::new(0),
            matches: AtomicUsize::new(0),
            results: Mutex::default(),
        };
        Ok(search.run(unreadable))
    }

    /// The files that a search of the place looks through, sorted, and why some could not be listed.
    ///
    /// # Errors
    /// When the place does not exist or is not to be looked into.
    pub fn files(
        &self,
        place: &Target,
        is_cancelled: IsCancelled<'_>,
    ) -> Result<(Vec<PathBuf>, Vec<String>), WorkspaceError> {
        self.require_walkable(place)?;
        let mut unreadable = Vec::new();
        let all = Globs::new(&[])?;
        let files = self.files_to_search(place, &all, is_cancelled, &mut unreadable)?;
        Ok((files, unreadable))
    }

    fn files_to_search(
        &self,
        place: &Target,
        globs: &Globs,
        is_cancelled: IsCancelled<'_>,
        unreadable: &mut Vec<String>,
    ) -> Result<Vec<PathBuf>, WorkspaceError> {
        let proposed = self.proposed();
        let is_file = match proposed.get(&place.path) {
            Some(state) => state.is_some(),
            None => place.path.is_file(),
        };
        if is_file {
            if place.place == Place::Secret {
                let shown = place.shown.clone();
                let reason = "it holds secrets by its name, and those are not searched";
                return Err(WorkspaceError::Refused { shown, reason });
            }
            return Ok(vec![place.path.clone()]);
        }
        let is_proposed = |path: &Path| proposed.get(path).is_some_and(Option::is_some);
        let created = proposed.keys().filter(|path| {
            is_proposed(path)
                && below(path, &place.path).is_some_and(|below| globs.allow(below))
                && !self.is_left_out(path)
        });
        let mut files: Vec<PathBuf> = created.cloned().collect();
        if place.path.is_dir() {
            files.extend(self.files_on_disk(&place.path, globs, is_cancelled, unreadable));
        } else if files.is_empty() {
            return Err(WorkspaceError::Missing(place.shown.clone()));
        }
        files.retain(|path| {
            let is_deleted = proposed.get(path).is_some_and(Option::is_none);
            !is_deleted && !holds_secrets(path)
        });
        files.sort_unstable();
        files.dedup();
        Ok(files)
    }

    fn files_on_disk(
        &self,
        directory: &Path,
        globs: &Globs,
        is_cancelled: IsCancelled<'_>,
        unreadable: &mut Vec<String>,
    ) -> Vec<PathBuf> {
        let (files, failures) = (Mutex::new(Vec::new()), Mutex::new(unreadable));
        let to_any_depth = None;
        let walk = self.walker(directory, to_any_depth).threads(thread_count()).build_parallel();
        walk.run(|| {
            Box::new(|entry| {
                if is_cancelled() {
                    return WalkState::Quit;
                }
                match entry {
                    Ok(entry) => {
                        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                        let below = below(entry.path(), directory);
                        if is_file && below.is_some_and(|below| globs.allow(below)) {
                            let path = entry.into_path();
                            files.lock().unwrap_or_else(PoisonError::into_inner).push(path);
                        }
                    }
                    Err(error) => failures
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(error.to_string()),
                }
                WalkState::Continue
            })
        });
        files.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

fn matcher(query: &SearchQuery) -> Result<RegexMatcher, WorkspaceError> {
    if query.pattern.is_empty() {
        return Err(WorkspaceError::EmptyPattern);
    }
    RegexMatcherBuilder::new()
        .multi_line(true)
        .crlf(true)
        .fixed_strings(query.is_literal)
        .case_insensitive(query.ignores_case)
        .build(&query.pattern)
        .map_err(|error| WorkspaceError::Pattern {
            pattern: query.pattern.clone(),
            reason: error.to_string(),
        })
}

fn thread_count() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}

/// A search under way, shared by its threads.
struct Search<'a> {
    workspace: &'a Workspace,
    query: &'a SearchQuery,
    matcher: RegexMatcher,
    proposed: Proposed,
    is_cancelled: IsCancelled<'a>,
    files: &'a [PathBuf],
    /// The first file that no thread has taken.
    next: AtomicUsize,
    /// Matches in the files that are done.
    matches: AtomicUsize,
    /// With the file's number.
    results: Mutex<Vec<(usize, Result<Lines, String>)>>,
}

impl Search<'_> {
    fn run(self, mut unreadable: Vec<String>) -> Found {
        let threads = if self.files.len() < FEW_FILES { 1 } else { thread_count() };
        thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| self.take_files());
            }
            self.take_files();
        });
        let mut results = self.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_unstable_by_key(|(number, _)| *number);
        let (mut files, mut matches) = (Vec::new(), 0);
        for (number, result) in results {
            let shown = self.workspace.shown(&self.files[number]);
            match result {
                Ok(found) => {
                    let room = self.query.limit.saturating_sub(matches);
                    matches += found.matches;
                    let lines = found.first(room, self.query.context);
                    if !lines.is_empty() {
                        files.push(FileMatches { shown, lines });
                    }
                }
                Err(reason) => unreadable.push(reason),
            }
        }
        unreadable.sort_unstable();
        Found { files, is_cut: matches > self.query.limit || (self.is_cancelled)(), unreadable }
    }

    fn take_files(&self) {
        let mut searcher = self.searcher();
        loop {
            let is_enough = self.matches.load(Ordering::Relaxed) > self.query.limit;
            if is_enough || (self.is_cancelled)() {
                return;
            }
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = self.files.get(number) else { return };
            let result = match self.search_file(&mut searcher, path) {
                Ok(lines) if lines.matches == 0 => continue,
                result => result.map_err(|error| error.to_string()),
            };
            if let Ok(lines) = &result {
                self.matches.fetch_add(lines.matches, Ordering::Relaxed);
            }
            self.results.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
        }
    }

    fn searcher(&self) -> Searcher {
        // One match too many tells that there are more.
        let most = self.query.limit as u64 + 1;
        SearcherBuilder::new()
            .line_terminator(LineTerminator::crlf())
            .before_context(self.query.context)
            .after_context(self.query.context)
            .binary_detection(BinaryDetection::quit(0))
            .max_matches(Some(most))
            .build()
    }

    fn search_file(&self, searcher: &mut Searcher, path: &Path) -> Result<Lines, WorkspaceError> {
        let mut lines = Lines::default();
        let shown = self.workspace.shown(path);
        let searched = match self.proposed.get(path) {
            // A slice is not looked through for binary content, a file is.
            Some(Some(state)) if state.bytes.contains(&0) => return Ok(lines),
            Some(Some(state)) => searcher.search_slice(&self.matcher, &state.bytes, &mut lines),
            Some(None) => return Ok(lines),
            None => match disk::open_file(path, &shown, OFlags::RDONLY)? {
                Some(file) => {
                    let length = file.metadata().map_or(0, |metadata| metadata.len());
                    if length > LARGEST_SEARCHED {
                        return Err(WorkspaceError::NotSearched { shown, bytes: length });
                    }
                    searcher.search_file(&self.matcher, &file, &mut lines)
                }
                None => return Ok(lines),
            },
        };
        searched.map_err(|error| io_error("searched", &shown, error))?;
        Ok(lines)
    }
}

/// The lines of one file.
#[derive(Debug, Default)]
struct Lines {
    lines: Vec<FoundLine>,
    matches: usize,
}

impl Lines {
    /// The lines up to a number of matches, with the context around them.
    fn first(self, matches: usize, context: usize) -> Vec<FoundLine> {
        if self.matches <= matches {
            return self.lines;
        }
        let last = self.lines.iter().filter(|line| line.is_match).take(matches).last();
        let Some(last) = last.map(|line| line.number) else { return Vec::new() };
        let mut kept = self.lines;
        kept.retain(|line| {
            line.number <= last || (!line.is_match && line.number <= last + context as u64)
        });
        kept
    }

    fn push(&mut self, number: Option<u64>, bytes: &[u8], is_match: bool) {
        let number = number.unwrap_or_default();
        self.lines.push(FoundLine { number, text: line_text(bytes), is_match });
    }
}

impl Sink for Lines {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, io::Error> {
        self.matches += 1;
        let is_match = true;
        self.push(found.line_number(), found.bytes(), is_match);
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, line: &SinkContext<'_>) -> Result<bool, io::Error> {
        let is_match = false;
        self.push(line.line_number(), line.bytes(), is_match);
        Ok(true)
    }

    fn finish(&mut self, _: &Searcher, finish: &SinkFinish) -> Result<(), io::Error> {
        if finish.binary_byte_offset().is_some() {
            *self = Self::default();
        }
        Ok(())
    }
}

fn line_text(bytes: &[u8]) -> String {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // A character has at most four bytes: what is past that many is not looked at.
    let text = String::from_utf8_lossy(&line[..line.len().min(LINE_WIDTH * 4)]);
    match text.char_indices().nth(LINE_WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
