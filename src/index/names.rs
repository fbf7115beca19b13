//! Each name once, and a number for it.
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::map::NameId;

/// There are a million of them in a large repository: so none has memory of its own.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// All of them, one behind the other.
    text: String,
    /// Where each begins.
    starts: Vec<usize>,
    ids: HashTable<NameId>,
    hasher: RandomState,
}

impl Names {
    pub(super) fn id(&mut self, text: &str) -> NameId {
        if let Some(id) = self.known(text) {
            return id;
        }
        // There are fewer names than bytes in the memory that 32 bits can count.
        let id = NameId(u32::try_from(self.starts.len()).unwrap_or(u32::MAX));
        self.starts.push(self.text.len());
        self.text.push_str(text);
        let Self { text: all, starts, ids, hasher } = self;
        let hash_of = |id: &NameId| hasher.hash_one(name(all, starts, *id));
        ids.insert_unique(hasher.hash_one(text), id, hash_of);
        id
    }

    pub(super) fn known(&self, text: &str) -> Option<NameId> {
        let is_same = |id: &NameId| self.text(*id) == text;
        self.ids.find(self.hasher.hash_one(text), is_same).copied()
    }

    pub(super) fn text(&self, id: NameId) -> &str {
        name(&self.text, &self.starts, id)
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }
}

fn name<'a>(all: &'a str, starts: &[usize], id: NameId) -> &'a str {
    let at = id.0 as usize;
    let Some(start) = starts.get(at) else { return "" };
    let end = starts.get(at + 1).copied().unwrap_or(all.len());
    all.get(*start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_and_a_number_one_name() {
        let mut names = Names::default();
        let texts: Vec<String> = (0..2_000).map(|number| format!("näme_{number}")).collect();
        let ids: Vec<NameId> = texts.iter().map(|text| names.id(text)).collect();
        for (text, id) in texts.iter().zip(&ids) {
            assert_eq!((names.id(text), names.known(text)), (*id, Some(*id)));
            assert_eq!(names.text(*id), text);
        }
        assert_eq!(
            (names.len(), names.known("other"), names.text(NameId(9_999))),
            (2_000, None, "")
        );
        let empty = names.id("");
        assert_eq!((names.text(empty), names.known("")), ("", Some(empty)));
    }
}
