//! The files that were picked in each workspace, so that those that are picked often and lately are offered first.
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    private_files::{create_directory, open_or_create},
};

/// Bytes of a file from which on it is cut down to the picks that still count.
const MOST_BYTES: u64 = 64 * 1024;
const MOST_PICKS: usize = 500;
/// After so long a pick counts half.
const HALF_LIFE_HOURS: f64 = 72.0;

#[derive(Debug, Serialize, Deserialize)]
struct Pick {
    at: Timestamp,
    path: String,
}

impl Store {
    /// Notes that a file was picked, by its path as shown.
    ///
    /// # Errors
    /// When it can't be written; nothing is where nothing is kept.
    pub fn note_pick(
        &self,
        workspace: &Path,
        path: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Ok(file) = self.picks_file(workspace) else { return Ok(()) };
        let directory = file.parent().unwrap_or(&file);
        create_directory(directory).map_err(StoreError::io("make", directory))?;
        let pick = Pick { at: now, path: self.redactor.redact(path).into_owned() };
        let mut opened = open_or_create(&file).map_err(StoreError::io("open", &file))?;
        let length = opened.metadata().map_or(0, |metadata| metadata.len());
        if length > MOST_BYTES {
            let picks = read(&file)?;
            let last = picks.iter().skip(picks.len().saturating_sub(MOST_PICKS));
            let kept: String = last.map(line).collect();
            opened.set_len(0).map_err(StoreError::io("cut", &file))?;
            write(&mut opened, &file, &kept)?;
        }
        write(&mut opened, &file, &line(&pick))
    }

    /// How often and how lately each file was picked: each pick counts 1 now and less the longer it is ago.
    ///
    /// # Errors
    /// When what is there can't be read.
    pub fn picks(
        &self,
        workspace: &Path,
        now: Timestamp,
    ) -> Result<BTreeMap<String, f64>, StoreError> {
        let Ok(file) = self.picks_file(workspace) else { return Ok(BTreeMap::new()) };
        let mut picks = BTreeMap::new();
        for pick in read(&file)? {
            let hours = (now.duration_since(pick.at).as_secs_f64() / 3_600.0).max(0.0);
            *picks.entry(pick.path).or_default() += 0.5_f64.powf(hours / HALF_LIFE_HOURS);
        }
        Ok(picks)
    }

    fn picks_file(&self, workspace: &Path) -> Result<PathBuf, StoreError> {
        Ok(self.history(workspace)?.with_extension("picks.jsonl"))
    }
}

fn line(pick: &Pick) -> String {
    serde_json::to_string(pick).map(|line| line + "\n").unwrap_or_default()
}

fn write(opened: &mut fs::File, file: &Path, text: &str) -> Result<(), StoreError> {
    io::Write::write_all(opened, text.as_bytes()).map_err(StoreError::io("write", file))
}

/// Lines that say nothing, such as one that was cut off, are left out.
fn read(file: &Path) -> Result<Vec<Pick>, StoreError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(StoreError::io("read", file)(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, sync::Arc};

    use super::*;
    use crate::redact::{Redactor, Secret};

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + hours * 3_600).unwrap()
    }

    #[test]
    fn what_is_picked_often_and_lately_weighs_most() {
        let home = tempfile::TempDir::new().unwrap();
        let redactor = Redactor::new([Secret::new("sk-canary-123".to_owned())]);
        let store = Store::new(home.path(), Arc::new(redactor));
        let (one, other) = (Path::new("/one"), Path::new("/other"));
        for (path, hours) in [("old", 0), ("often", 0), ("often", 72), ("new", 144)] {
            store.note_pick(one, path, at(hours)).unwrap();
        }
        store.note_pick(other, "sk-canary-123", at(0)).unwrap();
        let picks = store.picks(one, at(144)).unwrap();
        let wanted = [("new", 1.0), ("often", 0.75), ("old", 0.25)];
        assert_eq!(picks, wanted.map(|(path, weight)| (path.to_owned(), weight)).into());
        let others = store.picks(other, at(0)).unwrap();
        assert_eq!(others.keys().collect::<Vec<_>>(), ["[redacted]"]);
        let mode = fs::metadata(store.picks_file(one).unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_file_stays_small_and_forgives_what_is_broken() {
        let home = tempfile::TempDir::new().unwrap();
        let store = Store::new(home.path(), Arc::default());
        let one = Path::new("/one");
        for number in 0..2_000 {
            store.note_pick(one, &format!("directory/file-{number}"), at(number)).unwrap();
        }
        let file = store.picks_file(one).unwrap();
        assert!(fs::metadata(&file).unwrap().len() <= MOST_BYTES + 1_000);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{text}{{\"at\":\"20")).unwrap();
        let picks = store.picks(one, at(2_000)).unwrap();
        assert!(
            picks.contains_key("directory/file-1999") && !picks.contains_key("directory/file-0")
        );
    }
}
