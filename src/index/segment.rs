//! Tags as bytes: a file that says which version wrote it and proves that it is whole.
use std::collections::HashMap;

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};

use super::{
    numbered::Names,
    tags::{Detail, Key, Tags},
};
use crate::{
    map::NameId,
    outline::{self, Kind},
    sealed::{HEADER, Seal},
};

/// To be raised when what follows is laid out anew.
const FORMAT: u32 = 2;

/// Names are numbered anew in each file.
#[derive(Serialize, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    names: Vec<&'a str>,
    #[serde(borrow)]
    files: Vec<Row<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    key: Key,
    defined: Vec<(u32, Kind)>,
    named: Vec<(u32, u16)>,
    detail: &'a [u8],
}

pub(super) fn write<'a>(tags: impl Iterator<Item = &'a Tags>, names: &Names) -> Vec<u8> {
    let mut numbers: HashMap<NameId, u32, RandomState> = HashMap::default();
    let mut texts: Vec<&str> = Vec::new();
    let mut number = |id: NameId| {
        *numbers.entry(id).or_insert_with(|| {
            texts.push(names.text(id));
            u32::try_from(texts.len() - 1).unwrap_or(u32::MAX)
        })
    };
    let row = |tags: &'a Tags| Row {
        key: tags.key,
        defined: tags.defined.iter().map(|(name, kind)| (number(*name), *kind)).collect(),
        named: tags.named.iter().map(|(name, count)| (number(*name), *count)).collect(),
        detail: tags.detail.bytes(),
    };
    let files = tags.map(row).collect();
    // What is in memory can be written.
    seal().put_on(&Body { names: texts, files }).unwrap_or_default()
}

/// Bytes that are as they were written, by this version.
pub(super) struct Whole(Vec<u8>);

/// `None` for what another version wrote, or is not as it was written.
pub(super) fn whole(bytes: Vec<u8>) -> Option<Whole> {
    seal().is_on(&bytes).then_some(Whole(bytes))
}

pub(super) fn tags(whole: Whole, names: &mut Names) -> Option<Vec<Tags>> {
    let Whole(bytes) = whole;
    let body: Body<'_> = postcard::from_bytes(bytes.get(HEADER..)?).ok()?;
    let ids: Vec<NameId> = body.names.iter().map(|text| names.id(text)).collect();
    let id = |number: u32| ids.get(number as usize).copied();
    let mut rows = Vec::with_capacity(body.files.len());
    for row in &body.files {
        let defined = row.defined.iter().map(|(name, kind)| Some((id(*name)?, *kind)));
        let named = row.named.iter().map(|(name, count)| Some((id(*name)?, *count)));
        let start = row.detail.as_ptr() as usize - bytes.as_ptr() as usize;
        let range = start..start + row.detail.len();
        rows.push((row.key, defined.collect::<Option<_>>()?, named.collect::<Option<_>>()?, range));
    }
    let bytes = std::sync::Arc::new(bytes);
    let tags = rows.into_iter().map(|(key, defined, named, range)| {
        let detail = Detail::within(&bytes, range);
        Tags { key, defined, named, detail }
    });
    Some(tags.collect())
}

/// Of the program's grammars and queries.
pub(super) fn seal() -> Seal {
    Seal::new(*b"bowlsym\n", &[&FORMAT.to_le_bytes(), &outline::version()])
}
