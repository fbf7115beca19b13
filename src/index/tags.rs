//! What is kept of one file: what it defines and names, small enough for tens of thousands of files.
use std::{collections::HashMap, ops::Range, path::Path, sync::Arc};

use foldhash::fast::RandomState;

use crate::{
    map::{FileNames, NameId, Named},
    outline::{Definition, Kind, Reader, Skipped},
};

use super::numbered::Names;

/// What a file defines and names.
#[derive(Debug, Clone)]
pub(super) struct Tags {
    pub(super) key: Key,
    /// By the names that others use, in the order of the definitions.
    pub(super) defined: Box<[(NameId, Kind)]>,
    /// With how often.
    pub(super) named: Box<[(NameId, u16)]>,
    pub(super) detail: Detail,
}

/// Stands for a text in a language.
pub(super) type Key = [u8; 16];

/// The definitions themselves, as they are kept on the disk.
#[derive(Debug, Clone)]
pub(super) struct Detail {
    bytes: Arc<Vec<u8>>,
    range: Range<usize>,
}

/// As [`Tags`], before its names are numbered.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) key: Key,
    pub(super) defined: Vec<(String, Kind)>,
    pub(super) named: Vec<(String, u16)>,
    pub(super) detail: Vec<u8>,
}

/// Of a text by its path: the same bytes are not the same in two languages, and an extension tells them apart.
pub(super) fn key(path: &Path, bytes: &[u8]) -> Key {
    let mut hasher = blake3::Hasher::new();
    let told_by = path.extension().or_else(|| path.file_name()).unwrap_or_default();
    hasher.update(told_by.as_encoded_bytes()).update(&[0]).update(bytes);
    let mut key = Key::default();
    hasher.finalize_xof().fill(&mut key);
    key
}

pub(super) fn read(
    reader: &mut Reader,
    path: &Path,
    key: Key,
    text: &str,
) -> Result<Read, Skipped> {
    let outline = reader.read(path, text)?;
    let mut counts: HashMap<&str, u16, RandomState> = HashMap::default();
    for reference in &outline.references {
        let count = counts.entry(&reference.name).or_default();
        *count = count.saturating_add(1);
    }
    let mut named: Vec<(String, u16)> =
        counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    named.sort_unstable();
    let defined =
        outline.definitions.iter().map(|it| (it.last_name().to_owned(), it.kind)).collect();
    // What is in memory can be written.
    let detail = postcard::to_allocvec(&outline.definitions).unwrap_or_default();
    Ok(Read { key, defined, named, detail })
}

impl Read {
    pub(super) fn numbered(self, names: &mut Names) -> Tags {
        Tags {
            key: self.key,
            defined: self.defined.iter().map(|(name, kind)| (names.id(name), *kind)).collect(),
            named: self.named.iter().map(|(name, count)| (names.id(name), *count)).collect(),
            detail: Detail::of(self.detail),
        }
    }
}

impl Tags {
    /// For the graph, where a file is also called by `module`: what others import it as.
    pub(super) fn names(&self, module: Option<NameId>) -> FileNames {
        let code = self.defined.iter().filter(|(_, kind)| kind.is_code()).map(|(name, _)| *name);
        let mut defined: Vec<NameId> = code.chain(module).collect();
        defined.sort_unstable();
        defined.dedup();
        // What a file defines itself it hardly means of another.
        let is_own = |name: &NameId| defined.binary_search(name).is_ok();
        let others = self.named.iter().copied().filter(|(name, _)| !is_own(name));
        let named = others.chain(module.map(|module| (module, 1)));
        let named = named.map(|(name, count)| Named { name, count: count.into() }).collect();
        FileNames { defined, named }
    }
}

/// `parse` of `src/parse.rs` and of `parse/mod.rs`: what other files call it.
pub(super) fn module(path: &Path) -> Option<&str> {
    let own = path.file_stem()?.to_str()?;
    match own {
        "mod" | "index" | "__init__" | "lib" | "main" => path.parent()?.file_name()?.to_str(),
        own => own.split('.').next(),
    }
}

impl Detail {
    fn of(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { bytes: Arc::new(bytes), range }
    }

    /// A part of what was read from the disk, which is kept once for all of its files.
    pub(super) fn within(bytes: &Arc<Vec<u8>>, range: Range<usize>) -> Self {
        Self { bytes: Arc::clone(bytes), range }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }

    /// Those that can't be read are none.
    pub(super) fn definitions(&self) -> Vec<Definition> {
        definitions(self.bytes()).unwrap_or_default()
    }
}

/// Of the bytes of a [`Detail`].
pub(super) fn definitions(bytes: &[u8]) -> Option<Vec<Definition>> {
    postcard::from_bytes(bytes).ok()
}
