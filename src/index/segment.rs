//! Tags as bytes: a file that says which version wrote it and proves that it is whole.
use std::collections::HashMap;

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};

use super::{
    names::Names,
    tags::{Detail, Key, Tags},
};
use crate::{
    map::NameId,
    outline::{self, Kind},
};

const MAGIC: &[u8; 8] = b"bowlsym\n";
/// To be raised when what follows is laid out anew.
const FORMAT: u32 = 2;
/// Before the body: the magic, the version and the body's hash.
const HEADER: usize = 8 + 16 + 32;

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
    sealed(&Body { names: texts, files })
}

/// Bytes that are as they were written, by this version.
pub(super) struct Whole(Vec<u8>);

/// `None` for what another version wrote, or is not as it was written.
pub(super) fn whole(bytes: Vec<u8>) -> Option<Whole> {
    body_of(&bytes).is_some().then_some(Whole(bytes))
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

/// With the version of the program's grammars and queries, and a hash.
pub(super) fn sealed(body: &impl Serialize) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&version());
    header.resize(HEADER, 0);
    // What is in memory can be written.
    let mut bytes = postcard::to_extend(body, header).unwrap_or_default();
    if let Some((header, body)) = bytes.split_at_mut_checked(HEADER) {
        header[24..].copy_from_slice(blake3::hash(body).as_bytes());
    }
    bytes
}

pub(super) fn unsealed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    postcard::from_bytes(body_of(bytes)?).ok()
}

fn body_of(bytes: &[u8]) -> Option<&[u8]> {
    let (header, body) = bytes.split_at_checked(HEADER)?;
    let is_ours = header.starts_with(MAGIC) && header[8..24] == version();
    let is_whole = || header[24..] == *blake3::hash(body).as_bytes();
    (is_ours && is_whole()).then_some(body)
}

fn version() -> [u8; 16] {
    let mut version = [0; 16];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&FORMAT.to_le_bytes()).update(&outline::version());
    hasher.finalize_xof().fill(&mut version);
    version
}
