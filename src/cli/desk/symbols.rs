//! What a file of the workspace defines, for the list behind `@file#`.
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::PoisonError,
    time::{Duration, SystemTime},
};

use super::{super::CommandError, ScreenDesk};
use crate::{
    index::FoundDefinition,
    outline::{Definition, Kind, Reader},
    tui::desk::{Answer, FileSymbols, FoundSymbols, PlacedSymbol, Symbol},
};

/// Files that were read, as long as they stay as they were.
#[derive(Default)]
pub(super) struct Symbols {
    reader: Reader,
    files: BTreeMap<PathBuf, (Stamp, Vec<Symbol>)>,
}

/// When a file was written, and its size.
type Stamp = (Option<SystemTime>, u64);

/// What is larger is written by no person.
const LARGEST: u64 = 1 << 20;
/// Files are read for so long before what is found by then is shown.
const SOON: Duration = Duration::from_millis(400);
const MOST_FOUND: usize = 200;

impl ScreenDesk {
    /// By its path below the workspace.
    pub(super) fn symbols(&self, path: String) -> Result<Answer, CommandError> {
        let whole = self.place()?.workspace.root().join(&path);
        let unreadable =
            |error: std::io::Error| CommandError::failed(format!("{path} can't be read: {error}"));
        let metadata = fs::metadata(&whole).map_err(unreadable)?;
        let stamp = (metadata.modified().ok(), metadata.len());
        let mut known = self.symbols.lock().unwrap_or_else(PoisonError::into_inner);
        let Symbols { reader, files } = &mut *known;
        if let Some((read, symbols)) = files.get(&whole)
            && *read == stamp
        {
            return Ok(Answer::Symbols(FileSymbols { path, symbols: symbols.clone() }));
        }
        let bytes = match metadata.is_file() && metadata.len() <= LARGEST {
            true => fs::read(&whole).map_err(unreadable)?,
            false => Vec::new(),
        };
        let definitions = reader.definitions(&whole, &String::from_utf8_lossy(&bytes));
        let symbols = symbols_of(&definitions);
        files.insert(whole, (stamp, symbols.clone()));
        Ok(Answer::Symbols(FileSymbols { path, symbols }))
    }
}

impl ScreenDesk {
    /// As far as the files can be read at once; the rest is read when it is asked for again.
    pub(super) fn find_symbols(&self, typed: String) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let (found, is_all) = place.tools.complete(&place.workspace, &typed, MOST_FOUND, SOON)?;
        let placed = |it: FoundDefinition| PlacedSymbol {
            path: place.workspace.shown(&it.path),
            symbol: Symbol {
                name: it.definition.name,
                kind: it.definition.kind.as_str(),
                line: it.definition.lines.start,
                parent: it.parents.last().cloned().unwrap_or_default(),
                signature: it.definition.signature,
            },
        };
        let symbols = found.into_iter().map(placed).collect();
        Ok(Answer::FoundSymbols(FoundSymbols { typed, symbols, is_all }))
    }
}

fn symbols_of(definitions: &[Definition]) -> Vec<Symbol> {
    let symbol = |it: &Definition| Symbol {
        name: it.name.clone(),
        kind: it.kind.as_str(),
        line: it.lines.start,
        parent: it.parent.map_or(String::new(), |parent| definitions[parent].name.clone()),
        signature: it.signature.clone(),
    };
    definitions.iter().filter(|it| it.kind != Kind::Extension).map(symbol).collect()
}
