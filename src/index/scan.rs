//! Bringing the index up to date with the files: what has not changed is not read again.
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use super::{
    File, Index, Need, State,
    cache::Was,
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

/// A file that is read, or found not to have changed.
enum Seen {
    /// The one at this place, by its stamp, or with this new one by its bytes.
    Same(usize, Option<Stamp>),
    /// Its text was read before, wherever.
    Kept(Option<Stamp>, Arc<Tags>),
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
        let later = self.look_at(&files, &look, &mut scanned);
        if !later.is_empty() && !self.has_same(need, &place.path) {
            self.look_at(&later, &Look { sieve: None, ..look }, &mut scanned);
        }
        if !is_cut {
            self.forget_others(place);
        }
        let is_all = place.path == workspace.root() && matches!(need, Need::All);
        if is_all && !is_cut && scanned.left == 0 {
            self.stamps.clear();
        }
        scanned
    }

    /// Returns the files that need be looked at only if nothing has just the name that is looked for.
    fn look_at(
        &mut self,
        files: &[PathBuf],
        look: &Look<'_>,
        scanned: &mut Scanned,
    ) -> Vec<PathBuf> {
        let mut later = Vec::new();
        for batch in files.chunks(AT_A_TIME) {
            let seen = parallel::compute_with(&self.readers, batch, |reader, path| {
                match (look.is_cancelled)() {
                    true => Seen::Left,
                    false => self.look(look, reader, path),
                }
            });
            for (path, seen) in batch.iter().zip(seen) {
                match seen {
                    Seen::Same(place, stamp) => self.put_stamp(place, stamp),
                    Seen::Left => {
                        scanned.left += 1;
                        self.leave(path);
                    }
                    Seen::Beside => {}
                    Seen::Later => later.push(path.clone()),
                    Seen::Gone => self.put(path, None, State::Gone),
                    Seen::Kept(stamp, tags) => self.put(path, stamp, State::Known(tags)),
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

    fn look(&self, look: &Look<'_>, reader: &mut Reader, path: &Path) -> Seen {
        let workspace = look.workspace;
        let metadata = match workspace.is_proposed(path) {
            true => None,
            false => fs::symlink_metadata(path).ok(),
        };
        let stamp = metadata.as_ref().and_then(|it| Stamp::of(it, SystemTime::now()));
        let place = self.places.get(path.as_os_str()).copied();
        let known = place.and_then(|place| Some((place, self.files.get(place)?)));
        if let Some((place, file)) = known
            && stamp.is_some()
            && file.stamp == stamp
        {
            return Seen::Same(place, stamp);
        }
        let remembered = self.stamps.get(path.as_os_str()).filter(|it| Some(it.stamp) == stamp);
        match remembered.map(|it| it.was) {
            Some(Was::Skipped(why)) => return Seen::Skipped(stamp, why),
            Some(Was::Known(key)) => {
                if let Some(tags) = self.texts.get(&key) {
                    return Seen::Kept(stamp, Arc::clone(tags));
                }
            }
            None => {}
        }
        if !Reader::may_know(path) {
            return Seen::Skipped(stamp, Skipped::UnknownLanguage);
        }
        if metadata.is_some_and(|metadata| metadata.len() > LARGEST) {
            return Seen::Skipped(stamp, Skipped::NotByHand);
        }
        let Ok(Some(state)) = workspace.read_listed(path) else { return Seen::Gone };
        // What was known of a file has to go with its text.
        let sieve = look.sieve.filter(|_| known.is_none() && Reader::takes_names_as_written(path));
        match sieve.map_or(Fit::Same, |sieve| sieve.fit(&state.bytes)) {
            Fit::Same => {}
            Fit::OtherLetters => return Seen::Later,
            Fit::None => return Seen::Beside,
        }
        let key = tags::key(path, &state.bytes);
        if let Some((place, File { state: State::Known(tags), .. })) = known
            && tags.key == key
        {
            return Seen::Same(place, stamp);
        }
        if let Some(tags) = self.texts.get(&key) {
            return Seen::Kept(stamp, Arc::clone(tags));
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

    fn put(&mut self, path: &Path, stamp: Option<Stamp>, state: State) {
        let is_remembered = stamp.is_none_or(|stamp| {
            let remembered = self.stamps.get(path.as_os_str());
            remembered.is_some_and(|remembered| remembered.stamp == stamp)
        });
        self.is_stamped_anew |= !is_remembered;
        let round = self.round;
        let place = match self.places.get(path.as_os_str()) {
            Some(place) => *place,
            None => {
                self.places.insert(path.as_os_str().to_owned(), self.files.len());
                let (path, state) = (path.to_owned(), State::Gone);
                self.files.push(File { path, round, stamp: None, state });
                self.files.len() - 1
            }
        };
        self.join(place, &state);
        if let Some(file) = self.files.get_mut(place) {
            (file.round, file.stamp, file.state) = (round, stamp, state);
        }
    }

    /// Tells the graph what a file does with names.
    fn join(&mut self, place: usize, state: &State) {
        let module = tags::module(&self.files[place].path).map(|name| self.names.id(name));
        for id in self.graph.name_count()..self.names.len() {
            let id = NameId(u32::try_from(id).unwrap_or(u32::MAX));
            self.graph.add_name(self.names.text(id));
        }
        let names = match state {
            State::Known(tags) => tags.names(module),
            State::Skipped(_) | State::Gone => FileNames::default(),
        };
        self.graph.put(FileId(u32::try_from(place).unwrap_or(u32::MAX)), names);
    }

    fn put_stamp(&mut self, place: usize, stamp: Option<Stamp>) {
        if let Some(file) = self.files.get_mut(place) {
            self.is_stamped_anew |= file.stamp != stamp;
            (file.round, file.stamp) = (self.round, stamp);
        }
    }

    /// It was found, whatever is in it by now.
    fn leave(&mut self, path: &Path) {
        let place = self.places.get(path.as_os_str());
        if let Some(file) = place.and_then(|place| self.files.get_mut(*place)) {
            file.round = self.round;
        }
    }

    /// What is below the place and was not found is not there any more.
    fn forget_others(&mut self, place: &Target) {
        let is_lost = |file: &&File| {
            file.round != self.round
                && !matches!(file.state, State::Gone)
                && file.path.starts_with(&place.path)
        };
        let lost: Vec<PathBuf> =
            self.files.iter().filter(is_lost).map(|it| it.path.clone()).collect();
        lost.iter().for_each(|path| self.put(path, None, State::Gone));
    }
}
