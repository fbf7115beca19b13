//! Bringing the index up to date with the files: what has not changed is not read again.
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use super::{
    File, Index, Need, State,
    sieve::{Fit, Sieve},
    stamp::Stamp,
    tags::{self, Read, Tags},
};
use crate::{
    map::{FileId, FileNames, NameId},
    outline::{Reader, Skipped},
    parallel,
    protocol::Target,
    workspace::{Files, Workspace, WorkspaceError},
};

/// What came of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Files of the workspace.
    pub files: usize,
    /// Files that were read.
    pub read: usize,
    /// Files that were left, since it was ended first.
    pub left: usize,
    /// Not all files were listed: there are too many, or it was ended first.
    pub is_cut: bool,
    /// Directories that could not be listed, with the reason.
    pub unreadable: Vec<String>,
}

/// So many files are read before their names are numbered: else the names would be in memory once for each file.
const AT_A_TIME: usize = 2_000;
/// Bytes. Larger files are mostly data, and take longer than all the others.
const LARGEST: u64 = 512 << 10;

/// So few texts are read sooner than the cache is asked for them.
const FEW_TO_READ: usize = 64;

/// A file by its stamp.
enum Glance {
    /// The one at this place has not changed.
    Same(usize),
    Other(Option<Stamp>, Option<u64>),
    Left,
}

/// A file that is to be read, if it was not before.
struct Other<'a> {
    path: &'a Path,
    /// Where it is among the known.
    place: Option<usize>,
    stamp: Option<Stamp>,
    /// None where it is proposed, or not there.
    bytes: Option<u64>,
}

/// A file that was looked at.
enum Seen {
    /// The one at this place, by its bytes.
    Same(usize, Option<Stamp>),
    /// Its text was read before, wherever.
    Before(Option<Stamp>, Arc<Tags>),
    Skipped(Option<Stamp>, Skipped),
    Read(Option<Stamp>, Read),
    /// Its text has nothing of what is asked for, and was not parsed.
    Beside,
    /// Nor this one's, unless nothing has the name in just its letters.
    Later,
    Gone,
    Left,
}

/// What is looked for, and who says that it is enough.
struct Look<'a> {
    workspace: &'a Workspace,
    sieve: Option<&'a Sieve>,
    is_cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Index {
    /// Looks at the files below a place, as far as there is need of them. Ends soon after `is_cancelled` says so, and
    /// then knows what it has by then.
    ///
    /// # Errors
    /// When the place does not exist or is not to be looked into.
    pub fn scan(
        &mut self,
        workspace: &Workspace,
        place: &Target,
        need: Need<'_>,
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Scanned, WorkspaceError> {
        let files = workspace.files(place, &[], is_cancelled)?;
        Ok(self.scan_listed(workspace, place, files, need, is_cancelled))
    }

    /// As [`Index::scan`], where the files below the place are listed already.
    pub fn scan_listed(
        &mut self,
        workspace: &Workspace,
        place: &Target,
        Files { paths: files, is_cut, unreadable }: Files,
        need: Need<'_>,
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Scanned {
        let mut scanned = Scanned { files: files.len(), is_cut, unreadable, ..Scanned::default() };
        self.round = self.round.wrapping_add(1);
        let sieve = need.sieve();
        let look = Look { workspace, sieve: sieve.as_ref(), is_cancelled };
        if !matches!(need, Need::All) {
            self.take_up_texts();
        }
        let others = self.others(&files, &look, &mut scanned);
        if others.len() > FEW_TO_READ {
            self.take_up_texts();
        }
        let later = self.look_at(others, &look, &mut scanned);
        if !later.is_empty() && !self.has_same(need, &place.path) {
            self.look_at(later, &Look { sieve: None, ..look }, &mut scanned);
        }
        if !is_cut {
            self.forget_others(place);
        }
        scanned
    }

    /// The files that are not what is known of them, by their stamps.
    fn others<'a>(
        &mut self,
        files: &'a [PathBuf],
        look: &Look<'_>,
        scanned: &mut Scanned,
    ) -> Vec<Other<'a>> {
        let mut listed: Vec<(&Path, Option<usize>)> = Vec::with_capacity(files.len());
        for path in files {
            // Mostly they stand among the known in the order in which they are listed.
            let next = listed.last().and_then(|(_, place)| Some((*place)? + 1));
            let is_next = |place: &usize| self.paths.path(*place).as_os_str() == path.as_os_str();
            let place = next.filter(is_next).or_else(|| self.paths.known(path));
            listed.push((path, place));
        }
        let glances = parallel::compute(&listed, |(path, place)| match (look.is_cancelled)() {
            true => Glance::Left,
            false => self.glance(look.workspace, path, *place),
        });
        let mut others = Vec::new();
        for ((path, place), glance) in listed.into_iter().zip(glances) {
            match glance {
                Glance::Same(place) => self.see(place),
                Glance::Left => self.leave(path, scanned),
                Glance::Other(stamp, bytes) => others.push(Other { path, place, stamp, bytes }),
            }
        }
        others
    }

    fn glance(&self, workspace: &Workspace, path: &Path, place: Option<usize>) -> Glance {
        let metadata = match workspace.is_proposed(path) {
            true => None,
            false => fs::symlink_metadata(path).ok(),
        };
        let stamp = metadata.as_ref().and_then(|it| Stamp::of(it, SystemTime::now()));
        match place.and_then(|place| Some((place, self.files.get(place)?))) {
            Some((place, file)) if stamp.is_some() && file.stamp == stamp => Glance::Same(place),
            _ => Glance::Other(stamp, metadata.map(|it| it.len())),
        }
    }

    /// Returns the files that need be looked at only if nothing has just the name that is looked for.
    fn look_at<'a>(
        &mut self,
        mut others: Vec<Other<'a>>,
        look: &Look<'_>,
        scanned: &mut Scanned,
    ) -> Vec<Other<'a>> {
        let (mut later, is_cancelled) = (Vec::new(), look.is_cancelled);
        while !others.is_empty() {
            let batch: Vec<Other<'_>> = others.drain(..others.len().min(AT_A_TIME)).collect();
            let look_at = |reader: &mut Reader, other: &Other<'_>| match is_cancelled() {
                true => Seen::Left,
                false => self.look(look, reader, other),
            };
            let seen = parallel::compute_with(&self.readers, &batch, look_at);
            for (other, seen) in batch.into_iter().zip(seen) {
                let path = other.path;
                match seen {
                    Seen::Same(place, stamp) => self.put_stamp(place, stamp),
                    Seen::Left => self.leave(path, scanned),
                    Seen::Beside => {}
                    Seen::Later => later.push(other),
                    Seen::Gone => self.put(path, None, State::Gone),
                    Seen::Before(stamp, tags) => self.put(path, stamp, State::Known(tags)),
                    Seen::Skipped(stamp, why) => self.put(path, stamp, State::Skipped(why)),
                    Seen::Read(stamp, read) => {
                        scanned.read += 1;
                        self.put_read(path, stamp, read);
                    }
                }
            }
        }
        later
    }

    /// Takes up what a file's text would be, wherever it is from: `None` where it would not be there.
    pub fn put_text(&mut self, reader: &mut Reader, path: &Path, text: Option<&[u8]>) {
        let Some(bytes) = text else { return self.put(path, None, State::Gone) };
        let key = tags::key(path, bytes);
        if let Some(tags) = self.texts.get(&key) {
            let tags = Arc::clone(tags);
            return self.put(path, None, State::Known(tags));
        }
        match tags::read(reader, path, key, &String::from_utf8_lossy(bytes)) {
            Ok(read) => self.put_read(path, None, read),
            Err(why) => self.put(path, None, State::Skipped(why)),
        }
    }

    fn look(&self, look: &Look<'_>, reader: &mut Reader, other: &Other<'_>) -> Seen {
        let Other { path, place, stamp, bytes } = *other;
        if !Reader::may_know(path) {
            return Seen::Skipped(stamp, Skipped::UnknownLanguage);
        }
        if bytes.is_some_and(|bytes| bytes > LARGEST) {
            return Seen::Skipped(stamp, Skipped::NotByHand);
        }
        // What has its stamp from the disk has its text from there too: a change may be proposed meanwhile.
        let state = match bytes {
            Some(_) => look.workspace.on_disk(path),
            None => look.workspace.read_listed(path),
        };
        let Ok(Some(state)) = state else { return Seen::Gone };
        let known = place.and_then(|place| Some((place, self.files.get(place)?)));
        // What was known of a file has to go with its text.
        let sieve = look.sieve.filter(|_| known.is_none() && Reader::takes_names_as_written(path));
        match sieve.map_or(Fit::Same, |sieve| sieve.fit(&state.bytes)) {
            Fit::Same => {}
            Fit::OtherLetters => return Seen::Later,
            Fit::None => return Seen::Beside,
        }
        let key = tags::key(path, &state.bytes);
        let is_lost = |file: &File| self.has_cached_texts && matches!(file.state, State::Kept(_));
        if let Some((place, file)) = known
            && file.key() == Some(key)
            && !is_lost(file)
        {
            return Seen::Same(place, stamp);
        }
        if let Some(tags) = self.texts.get(&key) {
            return Seen::Before(stamp, Arc::clone(tags));
        }
        match tags::read(reader, path, key, &String::from_utf8_lossy(&state.bytes)) {
            Ok(read) => Seen::Read(stamp, read),
            // The next time it may be faster.
            Err(Skipped::TookTooLong) => Seen::Skipped(None, Skipped::TookTooLong),
            Err(why) => Seen::Skipped(stamp, why),
        }
    }

    fn put_read(&mut self, path: &Path, stamp: Option<Stamp>, read: Read) {
        let tags = Arc::new(read.numbered(&mut self.names));
        self.texts.insert(tags.key, Arc::clone(&tags));
        self.new.push(Arc::clone(&tags));
        self.put(path, stamp, State::Known(tags));
    }

    pub(super) fn put(&mut self, path: &Path, stamp: Option<Stamp>, state: State) {
        let place = self.paths.place(path);
        if place == self.files.len() {
            let round = self.round;
            self.files.push(File { round, is_remembered: false, stamp: None, state: State::Gone });
        }
        self.join(place, &state);
        let before = &self.files[place];
        let is_replaced = before.key().is_some_and(|key| state.key() != Some(key));
        self.turnover += u64::from(is_replaced);
        let is_same = match (&before.state, &state) {
            (State::Gone, State::Gone) => true,
            (State::Skipped(was), State::Skipped(is)) => was == is,
            _ => false,
        };
        if !is_same || before.stamp != stamp {
            (self.is_unsaved, _) = (true, self.changed.insert(place));
        }
        (self.files[place].stamp, self.files[place].state) = (stamp, state);
        self.see(place);
    }

    /// Tells the graph what a file does with names.
    fn join(&mut self, place: usize, state: &State) {
        let names = match state {
            State::Known(tags) => {
                let module = tags::module(self.paths.path(place)).map(|name| self.names.id(name));
                tags.names(module)
            }
            // They are there already.
            State::Kept(_) => return,
            State::Skipped(_) | State::Gone => FileNames::default(),
        };
        for id in (self.graph.name_count()..self.names.len()).map(NameId::at) {
            self.graph.add_name(self.names.text(id));
        }
        self.graph.put(FileId::at(place), names);
    }

    pub(super) fn put_stamp(&mut self, place: usize, stamp: Option<Stamp>) {
        if self.files[place].stamp != stamp {
            (self.is_unsaved, _) = (true, self.changed.insert(place));
            self.files[place].stamp = stamp;
        }
        self.see(place);
    }

    /// It is there, and what is known of it holds.
    fn see(&mut self, place: usize) {
        let file = &mut self.files[place];
        (file.round, file.is_remembered) = (self.round, false);
    }

    /// It was found, whatever is in it by now.
    fn leave(&mut self, path: &Path, scanned: &mut Scanned) {
        scanned.left += 1;
        if let Some(place) = self.paths.known(path) {
            self.files[place].round = self.round;
        }
    }

    /// What is below the place and was not found is not there any more.
    fn forget_others(&mut self, place: &Target) {
        let is_lost = |file: &File| file.round != self.round && !matches!(file.state, State::Gone);
        let files = self.files.iter().enumerate().filter(|(_, file)| is_lost(file));
        let paths = files.map(|(at, _)| self.paths.path(at));
        let lost: Vec<PathBuf> =
            paths.filter(|path| path.starts_with(&place.path)).map(Path::to_owned).collect();
        lost.iter().for_each(|path| self.put(path, None, State::Gone));
    }
}
