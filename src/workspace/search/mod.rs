//! Lines that match, in files as the agent is to see them.
//!
//! The files are gathered and sorted first and then searched in that order, by several threads. Lines are kept of the
//! first files that match, as many as can matter for the answer; of those behind them the matches are counted alone. So
//! the answer is the same each time, however the threads ran, unless its time ends before.
mod lines;
mod rank;

use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use grep_matcher::LineTerminator;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder};
use rustix::fs::OFlags;

use super::{
    Case, Found, Proposed, SearchQuery, Workspace, WorkspaceError, disk,
    error::io_error,
    files::{Files, IsOver, thread_count},
    query::Partial,
};
use lines::{Keep, Lines};

/// Bytes. Larger files are mostly data, and looking through them takes longer than all the others.
pub(super) const LARGEST_SEARCHED: u64 = 10 * 1024 * 1024;

/// With fewer files than this, threads cost more than they bring.
const FEW_FILES: usize = 16;

/// Matching lines after which no more are kept, for those to be chosen from that are shown; of one file as well.
const MOST_KEPT: usize = 2_000;

impl Workspace {
    /// Lines that match, ignore files honoured, proposed changes seen. Where they are more than were asked for, the
    /// files share the room: those that define what was looked for come first. Stops soon after its time or when
    /// `is_cancelled` says so, with what it has by then.
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
        let started = Instant::now();
        let is_over = || is_cancelled() || started.elapsed() >= query.time;
        let matcher = matcher(query)?;
        let files = self.files(&query.place, &query.globs, &is_over)?;
        let search = Search {
            workspace: self,
            query,
            matcher,
            proposed: self.proposed(),
            is_over: &is_over,
            files: &files,
            next: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
            results: Mutex::default(),
        };
        Ok(search.run())
    }
}

fn matcher(query: &SearchQuery) -> Result<RegexMatcher, WorkspaceError> {
    if query.pattern.is_empty() {
        return Err(WorkspaceError::EmptyPattern);
    }
    let mut builder = RegexMatcherBuilder::new();
    builder
        .multi_line(true)
        .crlf(true)
        .fixed_strings(query.is_literal)
        .case_insensitive(query.case == Case::Ignored);
    if spans_lines(query) {
        builder.line_terminator(None);
    }
    builder.build(&query.pattern).map_err(|error| WorkspaceError::Pattern {
        pattern: query.pattern.clone(),
        reason: error.to_string(),
    })
}

/// Whether it says itself that it goes over the end of a line. Else none does, as in `grep`.
fn spans_lines(query: &SearchQuery) -> bool {
    let pattern = &query.pattern;
    let is_said = || pattern.contains("\\n") || pattern.contains("(?s");
    pattern.contains('\n') || (!query.is_literal && is_said())
}

/// A search under way, shared by its threads.
struct Search<'a> {
    workspace: &'a Workspace,
    query: &'a SearchQuery,
    matcher: RegexMatcher,
    proposed: Proposed,
    is_over: IsOver<'a>,
    files: &'a Files,
    /// The first file that no thread has taken.
    next: AtomicUsize,
    /// Matching lines that are kept of the files that are done.
    kept: AtomicUsize,
    results: Mutex<Vec<Searched>>,
}

/// A file's number, and what came of it.
type Searched = (usize, Result<Lines, String>);

impl Search<'_> {
    fn run(self) -> Found {
        let count = self.files.paths.len();
        let threads = if count < FEW_FILES { 1 } else { thread_count() };
        thread::scope(|scope| {
            for _ in 1..threads {
                // Without it, those that are there do all.
                let _ = thread::Builder::new().spawn_scoped(scope, || self.take_files());
            }
            self.take_files();
        });
        let searched = self.next.load(Ordering::Relaxed).min(count);
        let is_partial = searched < count || self.files.is_cut;
        let mut unreadable = self.files.unreadable.clone();
        let mut files = Vec::new();
        for (number, result) in in_order(std::mem::take(&mut *self.results())) {
            match result {
                Ok(lines) => files.push((self.files.paths[number].as_path(), lines)),
                Err(reason) => unreadable.push(reason),
            }
        }
        unreadable.sort_unstable();
        let defining = match files.len() {
            0 | 1 => Vec::new(),
            _ => rank::defining(&files, &self.matcher, &|path| self.text(path)),
        };
        let shown = |path: &Path| self.workspace.shown(path);
        let files = rank::shared_out(files, &defining, self.query, &shown);
        let has_more = self.files.is_cut;
        let partial = is_partial.then_some(Partial { searched, of: count, has_more });
        Found { files, partial, unreadable }
    }

    /// Searches files as long as there are some that nobody has taken.
    fn take_files(&self) {
        let (mut searcher, mut counter) = (self.searcher(Keep::Lines), self.searcher(Keep::Count));
        while !(self.is_over)() {
            // Files that are done stand before this one: where there is room now, there is room each time.
            let has_room = self.query.limit > 0 && self.kept.load(Ordering::Relaxed) < MOST_KEPT;
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = self.files.paths.get(number) else { return };
            let searched = match has_room {
                true => self.search_file(&mut searcher, Lines::keeping(MOST_KEPT), path),
                false => self.search_file(&mut counter, Lines::counting(), path),
            };
            let result = match searched {
                Ok(lines) if lines.matches == 0 => continue,
                result => result.map_err(|error| error.to_string()),
            };
            if let Ok(lines) = &result {
                self.kept.fetch_add(lines.matches.min(MOST_KEPT), Ordering::Relaxed);
            }
            self.results().push((number, result));
        }
    }

    fn searcher(&self, keep: Keep) -> Searcher {
        let context = match keep {
            Keep::Lines => self.query.context,
            Keep::Count => 0,
        };
        SearcherBuilder::new()
            .line_terminator(LineTerminator::crlf())
            .multi_line(spans_lines(self.query))
            .line_number(keep == Keep::Lines)
            .before_context(context)
            .after_context(context)
            .binary_detection(BinaryDetection::quit(0))
            .build()
    }

    fn search_file(
        &self,
        searcher: &mut Searcher,
        mut lines: Lines,
        path: &Path,
    ) -> Result<Lines, WorkspaceError> {
        let shown = || self.workspace.shown(path);
        let searched = match self.proposed.get(path) {
            // A slice is not looked through for binary content, a file is.
            Some(Some(state)) if state.bytes.contains(&0) => return Ok(lines),
            Some(Some(state)) => searcher.search_slice(&self.matcher, &state.bytes, &mut lines),
            Some(None) => return Ok(lines),
            None => match disk::open_file(path, &shown(), OFlags::RDONLY)? {
                Some(file) => {
                    let length = file.metadata().map_or(0, |metadata| metadata.len());
                    if length > LARGEST_SEARCHED {
                        return Err(WorkspaceError::NotSearched { shown: shown(), bytes: length });
                    }
                    searcher.search_file(&self.matcher, &file, &mut lines)
                }
                None => return Ok(lines),
            },
        };
        searched.map_err(|error| io_error("searched", &shown(), error))?;
        Ok(lines)
    }

    fn text(&self, path: &Path) -> Option<String> {
        let state = self.workspace.read_listed(path).ok()??;
        String::from_utf8(state.bytes.into()).ok()
    }

    fn results(&self) -> MutexGuard<'_, Vec<Searched>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By the file's number, with lines up to where there is room for them each time.
fn in_order(mut results: Vec<Searched>) -> Vec<Searched> {
    results.sort_unstable_by_key(|(number, _)| *number);
    let mut kept = 0;
    for (_, result) in &mut results {
        let Ok(lines) = result else { continue };
        if kept >= MOST_KEPT {
            lines.lines.clear();
        }
        kept += lines.matches.min(MOST_KEPT);
    }
    results
}
