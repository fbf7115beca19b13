//! What of the index outlives the process.
use std::{
    borrow::Cow,
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Cache, File, Index, State, segment,
    snapshot::{Changes, Content, Layout, Remembered, Snapshot, Spot, Was},
    tags::Key,
};

/// So many files may have changed, and one in so many of all, before there is a new snapshot.
const FEW_CHANGES: usize = 64;
const SHARE_OF_CHANGES: usize = 64;

impl Index {
    /// With what the cache has, where it can be read. Each file has to be looked at before it counts.
    pub fn cached(cache: Cache) -> Self {
        let Some((snapshot, content)) = cache.read_snapshot() else {
            return Self { cache: Some(cache), ..Self::default() };
        };
        let Content { names, paths, graph, files, turnover } = content;
        let files = files.into_iter().map(File::from).collect();
        let mut index = Self { names, paths, graph, files, turnover, ..Self::default() };
        snapshot.read_changes(cache.snapshot(), |changes| index.take_up_changes(changes));
        Self { cache: Some(cache), snapshot: Some(snapshot), is_unsaved: false, ..index }
    }

    fn take_up_changes(&mut self, changes: &Changes<'_>) {
        let tags = segment::whole(changes.tags.to_vec());
        let tags = tags.and_then(|whole| segment::tags(whole, &mut self.names));
        let tags = tags.unwrap_or_default().into_iter();
        self.texts.extend(tags.map(|tags| (tags.key, Arc::new(tags))));
        for (path, Remembered { stamp, was }) in &changes.files {
            let is_as_before = |place: &usize, key| self.files[*place].key() == Some(key);
            match was {
                Was::Known(key) => match self.texts.get(key).map(Arc::clone) {
                    Some(tags) => self.put(path, *stamp, State::Known(tags)),
                    None => {
                        let place = self.paths.known(path);
                        let same = place.filter(|place| is_as_before(place, *key));
                        let Some(place) = same else { continue };
                        self.put_stamp(place, *stamp);
                    }
                },
                Was::Skipped(why) => self.put(path, *stamp, State::Skipped(*why)),
                Was::Gone => self.put(path, *stamp, State::Gone),
            }
            if let Some(place) = self.paths.known(path) {
                self.files[place].is_remembered = true;
            }
        }
    }

    /// Takes up what the cache knows of all texts, by which files that were only kept are known.
    pub(super) fn take_up_texts(&mut self) {
        let Some(cache) = self.cache.as_ref().filter(|_| !self.has_cached_texts) else { return };
        self.has_cached_texts = true;
        let mut texts = cache.read(&mut self.names);
        texts.extend(self.texts.drain());
        self.texts = texts;
        for file in &mut self.files {
            let State::Kept(spot) = &file.state else { continue };
            match self.texts.get(&spot.key) {
                Some(tags) => file.state = State::Known(Arc::clone(tags)),
                // It is read when it is looked at.
                None => file.stamp = None,
            }
        }
    }

    /// To be called when an outline in the snapshot is damaged: what it has is taken from the texts. A file that is not
    /// among them is gone until it is read again.
    pub(super) fn mend_snapshot(&mut self) {
        self.take_up_texts();
        let is_damaged = |file: &File| self.definitions_of(&file.state).is_none();
        let damaged = self.files.iter().enumerate().filter(|(_, file)| is_damaged(file));
        let damaged: Vec<PathBuf> = damaged.map(|(at, _)| self.paths.path(at).to_owned()).collect();
        damaged.iter().for_each(|path| self.put(path, None, State::Gone));
        if let Some(cache) = &self.cache {
            cache.remove_snapshot();
        }
        self.is_unsaved = true;
    }

    /// Puts into the cache what it does not have.
    ///
    /// # Errors
    /// When it can't be written. The index is not worse for it.
    pub fn save(&mut self) -> io::Result<()> {
        let Some(cache) = self.cache.clone() else { return Ok(()) };
        if !self.new.is_empty() {
            self.write_texts(&cache)?;
            self.new = Vec::new();
        }
        if self.is_unsaved {
            // What can't be written now is tried again when more is known.
            self.is_unsaved = false;
            let few = FEW_CHANGES + self.files.len() / SHARE_OF_CHANGES;
            match &self.snapshot {
                Some(snapshot) if self.changed.len() <= few && cache.snapshot().exists() => {
                    // Beside another's, who knows as much, they would say nothing.
                    if snapshot.is_at(cache.snapshot()) {
                        self.write_changes(snapshot, cache.snapshot())?;
                    }
                }
                _ => self.write_snapshot(&cache)?,
            }
        }
        Ok(())
    }

    fn write_texts(&mut self, cache: &Cache) -> io::Result<()> {
        if !cache.is_full() {
            return cache.add(&self.new, &self.names);
        }
        self.take_up_texts();
        let live: HashSet<Key> = self.files.iter().filter_map(File::key).collect();
        let live = self.texts.values().filter(|tags| live.contains(&tags.key));
        cache.replace(&live.cloned().collect::<Vec<_>>(), &self.names)
    }

    fn write_changes(&self, snapshot: &Snapshot, path: &Path) -> io::Result<()> {
        let changed = || self.changed.iter().map(|place| (*place, &self.files[*place]));
        let files = changed().map(|(place, file)| (self.paths.path(place), file.was(File::key)));
        // A path that is no text can't be put there: its file is looked at anew.
        let files = files.filter(|(path, _)| path.to_str().is_some());
        let tags = changed().filter_map(|(_, file)| match &file.state {
            State::Known(tags) => Some(tags.as_ref()),
            State::Kept(_) | State::Skipped(_) | State::Gone => None,
        });
        let tags = segment::write(tags, &self.names);
        snapshot.write_changes(path, files.collect(), &tags)
    }

    fn write_snapshot(&mut self, cache: &Cache) -> io::Result<()> {
        match self.write_snapshot_as_it_is(cache) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.mend_snapshot();
                self.write_snapshot_as_it_is(cache)
            }
            written => written,
        }
    }

    fn write_snapshot_as_it_is(&mut self, cache: &Cache) -> io::Result<()> {
        let mut layout = Layout::default();
        let files: Vec<Remembered<Spot>> =
            self.files.iter().map(|file| file.was(|file| layout.spot_of(&file.state))).collect();
        let before = self.snapshot.as_ref();
        let outlines = self.files.iter().filter_map(|file| match &file.state {
            State::Known(tags) => Some(Ok(Cow::Borrowed(tags.detail.bytes()))),
            State::Kept(spot) => Some(before?.outline(spot).map(Cow::Owned)),
            State::Skipped(_) | State::Gone => None,
        });
        let content = (&self.names, &self.paths, &mut self.graph);
        let snapshot = cache.write_snapshot(content, &files, self.turnover, outlines)?;
        for (file, Remembered { was, .. }) in self.files.iter_mut().zip(files) {
            if let (State::Kept(spot), Was::Known(anew)) = (&mut file.state, was) {
                *spot = anew;
            }
        }
        self.changed.clear();
        self.snapshot = Some(snapshot);
        Ok(())
    }
}

impl File {
    /// What is to be remembered of it, where `known` says what of a file that is known.
    fn was<K>(&self, known: impl FnOnce(&Self) -> Option<K>) -> Remembered<K> {
        let was = match (known(self), &self.state) {
            (Some(known), _) => Was::Known(known),
            (None, State::Skipped(why)) => Was::Skipped(*why),
            (None, State::Known(_) | State::Kept(_) | State::Gone) => Was::Gone,
        };
        Remembered { stamp: self.stamp, was }
    }
}

impl From<Remembered<Spot>> for File {
    fn from(Remembered { stamp, was }: Remembered<Spot>) -> Self {
        let state = match was {
            Was::Known(spot) => State::Kept(spot),
            Was::Skipped(why) => State::Skipped(why),
            Was::Gone => State::Gone,
        };
        Self { round: 0, is_remembered: true, stamp, state }
    }
}
