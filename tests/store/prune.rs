//! Pruning: what no session names goes once it is old, and nothing that one names ever does.
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use bowline::{
    protocol::{BlobId, ChangeSetId, ChangeState, Record, RecordedFile, RecordedState},
    store::{PRUNE_GRACE, Pruned, Pruning, SessionLog, Store, StoreError, Tally, new_session_id},
};
use pretty_assertions::assert_eq;

use super::{Place, file_of, header, place, session};

pub(super) const NO_BUDGET: u64 = u64::MAX;
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);

/// A record that names blobs.
pub(super) fn naming(blobs: &[BlobId]) -> Record {
    let state = |blob: &BlobId| {
        Some(RecordedState { blob: blob.clone(), executable: false, permissions: None })
    };
    let files = blobs.iter().enumerate().map(|(number, blob)| RecordedFile {
        path: format!("/w/{number}").into(),
        before: None,
        after: state(blob),
    });
    let (set, files) = (ChangeSetId("set".to_owned()), files.collect());
    Record::Change { set, turn: 1, call: None, state: ChangeState::Proposed, files, follows: None }
}

pub(super) fn keep(log: &SessionLog, text: &str) -> BlobId {
    let id = log.put_blob(text.as_bytes()).unwrap();
    log.append(&naming(std::slice::from_ref(&id))).unwrap();
    id
}

impl Place {
    pub(super) fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    fn object(&self, id: &BlobId) -> PathBuf {
        let (fan, name) = id.0.split_at(2);
        self.state().join("blobs.git/objects").join(fan).join(name)
    }

    fn age(&self, id: &BlobId, age: Duration) {
        set_age(&self.object(id), age);
    }

    fn age_all(&self, ids: &[&BlobId], age: Duration) {
        ids.iter().for_each(|id| self.age(id, age));
    }

    fn prune(&self) -> Pruned {
        self.store.prune(NO_BUDGET, Pruning::Done).unwrap()
    }
}

pub(super) fn set_age(path: &Path, age: Duration) {
    File::open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

/// Blobs by their text, their age in hours and the sessions that name them. Some of the sessions are gone; of the blobs
/// these stay.
#[track_caller]
fn check(blobs: &[(&str, u64, &[usize])], gone: &[usize], stay: &[&str]) {
    let place = place();
    let store = &place.store;
    let sessions = 1 + blobs.iter().flat_map(|(_, _, by)| by.iter()).max().copied().unwrap_or(0);
    let logs: Vec<_> = (0..sessions).map(|_| session(store, "/w", &[])).collect();
    let stranger = session(store, "/w", &[]);
    let mut ids = BTreeMap::new();
    for (text, hours, named_by) in blobs {
        for number in *named_by {
            keep(&logs[*number], text);
        }
        let id = stranger.put_blob(text.as_bytes()).unwrap();
        place.age(&id, HOUR * u32::try_from(*hours).unwrap());
        ids.insert(*text, id);
    }
    drop(stranger);
    for number in gone {
        fs::remove_file(file_of(store, logs[*number].id())).unwrap();
    }
    let there = |texts: &BTreeMap<&str, BlobId>| -> Vec<String> {
        let there = texts.iter().filter(|(_, id)| place.object(id).exists());
        there.map(|(text, _)| (*text).to_owned()).collect()
    };
    let all = there(&ids);
    let preview = store.prune(NO_BUDGET, Pruning::Previewed).unwrap();
    assert_eq!(there(&ids), all, "a preview removes nothing");
    let pruned = place.prune();
    assert_eq!(pruned, preview);
    assert_eq!(there(&ids), stay);
    let (gone, kept) = (pruned.removed.objects, pruned.kept.objects);
    assert_eq!((gone, kept), ((all.len() - stay.len()) as u64, stay.len() as u64));
    assert_eq!(place.prune().removed, Tally::default());
}

#[test]
fn what_no_session_names_goes_when_it_is_old() {
    check(&[], &[], &[]);
    // Named, however old.
    check(&[("a", 0, &[0]), ("b", 10_000, &[0])], &[], &["a", "b"]);
    // Of a session that is gone.
    check(&[("a", 25, &[0]), ("b", 23, &[0])], &[0], &["b"]);
    // Shared with one that is there.
    check(&[("a", 25, &[0, 1]), ("b", 25, &[0]), ("c", 25, &[1])], &[0], &["a", "c"]);
    check(&[("a", 25, &[0, 1]), ("b", 25, &[2, 3])], &[0, 1, 2], &["b"]);
    // Of no record at all, as a crash leaves it.
    check(&[("a", 25, &[]), ("b", 23, &[])], &[], &["b"]);
}

#[test]
fn bytes_that_are_kept_again_are_young() {
    for text in [b"small".to_vec(), vec![7; 4 * 1024 * 1024]] {
        let place = place();
        let log = session(&place.store, "/w", &[]);
        let id = log.put_blob(&text).unwrap();
        place.age(&id, PRUNE_GRACE * 2);
        log.put_blob(&text).unwrap();
        drop(log);
        assert_eq!(place.prune().unnamed.objects, 1);
        assert!(place.object(&id).exists());
        place.age(&id, PRUNE_GRACE * 2);
        assert_eq!(place.prune().removed.objects, 1);
        assert!(!place.object(&id).exists());
    }
}

/// Something else than a record names a blob, below the directory of the sessions.
#[track_caller]
fn check_named_by(write: impl Fn(&Path, &str)) {
    let place = place();
    let log = session(&place.store, "/w", &[]);
    let id = log.put_blob(b"bytes").unwrap();
    let other = log.put_blob(b"other").unwrap();
    let path = file_of(&place.store, log.id());
    drop(log);
    place.age_all(&[&id, &other], PRUNE_GRACE * 2);
    write(&path, &id.0);
    assert_eq!(place.prune().removed.objects, 1);
    assert!(place.object(&id).exists() && !place.object(&other).exists());
}

#[test]
fn whatever_looks_like_a_name_in_any_file_keeps_its_bytes() {
    let append = |path: &Path, bytes: &[u8]| {
        File::options().append(true).open(path).unwrap().write_all(bytes).unwrap();
    };
    check_named_by(|path, id| append(path, format!("{{\"torn\":\"{id}").as_bytes()));
    check_named_by(|path, id| append(path, &[b"\xff\0", id.as_bytes(), b"\0\xfe\n"].concat()));
    check_named_by(|path, id| append(path, format!("{}\n", id.to_uppercase()).as_bytes()));
    check_named_by(|path, id| append(path, format!("abcdef{id}0123\n").as_bytes()));
    check_named_by(|path, id| {
        let record =
            format!(r#"{{"seq":7,"at":"2030-01-01T00:00:00Z","type":"telepathy","x":[["{id}"]]}}"#);
        append(path, format!("{record}\n").as_bytes());
    });
    check_named_by(|path, id| append(path, &[vec![b'x'; 700_000], id.into()].concat()));
    check_named_by(|path, id| fs::write(path.with_extension("bak"), id).unwrap());
    check_named_by(|path, id| fs::write(path.ancestors().nth(4).unwrap().join("x"), id).unwrap());
    check_named_by(|path, id| {
        let elsewhere = path.ancestors().nth(6).unwrap().join("elsewhere");
        fs::create_dir_all(elsewhere.join("deep")).unwrap();
        fs::write(elsewhere.join("deep/file"), id).unwrap();
        symlink(&elsewhere, path.with_file_name("link")).unwrap();
        // In circles.
        symlink(path.parent().unwrap(), elsewhere.join("deep/back")).unwrap();
    });
}

/// Where something can't be read nothing is removed, and the error says what.
#[track_caller]
fn check_unread(spoil: impl Fn(&Path) -> PathBuf) {
    let place = place();
    let log = session(&place.store, "/w", &[]);
    let id = log.put_blob(b"bytes").unwrap();
    let path = file_of(&place.store, log.id());
    drop(log);
    place.age(&id, PRUNE_GRACE * 2);
    let spoiled = spoil(&path);
    for pruning in [Pruning::Previewed, Pruning::Done] {
        let error = place.store.prune(NO_BUDGET, pruning).unwrap_err().to_string();
        let wanted = format!("nothing is removed, because {} can't be read", spoiled.display());
        assert!(error.starts_with(&wanted), "{error}");
    }
    assert!(place.object(&id).exists());
}

#[test]
fn where_a_session_cannot_be_read_nothing_is_removed() {
    let link = |to: &Path, from: PathBuf| {
        symlink(to, &from).unwrap();
        from
    };
    check_unread(|path| link(Path::new("/nowhere/at/all"), path.with_extension("moved.jsonl")));
    check_unread(|path| link(Path::new("itself"), path.with_file_name("itself")));
    // The disk on which they are is not there.
    check_unread(|path| {
        let sessions = path.ancestors().nth(4).unwrap();
        fs::rename(sessions, sessions.with_file_name("away")).unwrap();
        sessions.to_owned()
    });
    check_unread(|path| {
        let sessions = path.ancestors().nth(4).unwrap();
        fs::rename(sessions, sessions.with_file_name("away")).unwrap();
        link(Path::new("/nowhere/at/all"), sessions.to_owned())
    });
}

#[test]
fn removing_a_session_frees_what_it_alone_held() {
    let place = place();
    let (one, two) = (session(&place.store, "/w", &[]), session(&place.store, "/w", &[]));
    let (shared, alone) = (keep(&one, "shared"), keep(&one, "alone"));
    keep(&two, "shared");
    let garbage = one.put_blob(b"garbage").unwrap();
    // Somebody has kept it again, and not told of it yet.
    let wanted = keep(&one, "wanted again");
    let id = one.id().to_owned();
    drop(one);
    set_age(&place.object(&wanted), Duration::ZERO);
    let path = file_of(&place.store, &id);
    set_age(&path, HOUR);
    place.age_all(&[&shared, &alone, &garbage], HOUR);
    let bytes = place.object(&alone).metadata().unwrap().len();
    let removal = place.store.remove(&id).unwrap();
    assert_eq!(removal.freed, Tally { objects: 1, bytes });
    assert!(removal.left.is_none());
    let there = [&shared, &alone, &garbage, &wanted].map(|id| place.object(id).exists());
    assert_eq!(there, [true, false, true, true]);
    assert_eq!(two.get_blob(&shared).unwrap(), &b"shared"[..]);
}

#[test]
fn a_session_is_removed_also_where_nothing_can_be_freed() {
    let place = place();
    let (one, two) = (session(&place.store, "/w", &[]), session(&place.store, "/w", &[]));
    let alone = keep(&one, "alone");
    two.put_blob(b"not told of").unwrap();
    let id = one.id().to_owned();
    drop(one);
    let removal = place.store.remove(&id).unwrap();
    assert!(matches!(removal.left, Some(StoreError::Keeping { .. })), "{removal:?}");
    assert!(place.object(&alone).exists() && place.store.read(&id).is_err());
}

#[test]
fn a_fork_keeps_what_its_parent_held() {
    let place = place();
    let parent = session(&place.store, "/w", &[]);
    let blob = keep(&parent, "bytes");
    let id = parent.id().to_owned();
    drop(parent);
    let (fork, _) = place.store.fork(&id).unwrap();
    place.age(&blob, PRUNE_GRACE * 2);
    assert_eq!(place.store.remove(&id).unwrap().freed, Tally::default());
    assert_eq!(place.prune().removed, Tally::default());
    assert_eq!(fork.get_blob(&blob).unwrap(), &b"bytes"[..]);
}

#[test]
fn nothing_is_pruned_while_bytes_wait_for_their_record() {
    let place = place();
    let log = session(&place.store, "/w", &[]);
    let ids = ["one", "two"].map(|text| log.put_blob(text.as_bytes()).unwrap());
    let garbage = session(&place.store, "/w", &[]).put_blob(b"garbage").unwrap();
    place.age_all(&[&ids[0], &ids[1], &garbage], PRUNE_GRACE * 2);
    let is_held = || {
        let error = place.store.prune(NO_BUDGET, Pruning::Done).unwrap_err();
        assert!(matches!(error, StoreError::Keeping { .. }), "{error}");
        assert!(place.store.prune_if_due(0).unwrap().is_none());
        assert!(place.object(&garbage).exists());
    };
    is_held();
    set_age(&place.state().join("blobs.lock"), PRUNE_GRACE * 2);
    is_held();
    log.append(&naming(&ids[..1])).unwrap();
    is_held();
    // A preview waits for nobody, and disturbs nobody.
    assert_eq!(place.store.prune(0, Pruning::Previewed).unwrap().removed.objects, 2);
    log.append(&naming(&ids[1..])).unwrap();
    assert_eq!(place.prune().removed.objects, 1);
    assert!(ids.iter().all(|id| place.object(id).exists()));
}

#[test]
fn bytes_whose_record_never_came_wait_no_longer_than_their_session() {
    let place = place();
    let log = session(&place.store, "/w", &[]);
    let id = log.put_blob(b"bytes").unwrap();
    place.age(&id, PRUNE_GRACE * 2);
    drop(log);
    assert_eq!(place.prune().removed.objects, 1);
}

#[test]
fn what_killed_processes_left_unfinished_goes_when_it_is_old() {
    let place = place();
    keep(&session(&place.store, "/w", &[]), "bytes");
    let objects = place.state().join("blobs.git/objects");
    let [old, old_in_fan, young] =
        ["tmp_object_git2_0123", "e6/tmp_obj_abc", "e6/tmp_obj_def"].map(|name| objects.join(name));
    let other = objects.join("e6/notes");
    fs::create_dir_all(objects.join("e6")).unwrap();
    for path in [&old, &old_in_fan, &young, &other] {
        fs::write(path, "12345").unwrap();
        set_age(path, PRUNE_GRACE * 2);
    }
    set_age(&young, HOUR);
    assert_eq!(place.prune().removed, Tally { objects: 2, bytes: 10 });
    assert_eq!(
        [old, old_in_fan, young, other].map(|path| path.exists()),
        [false, false, true, true]
    );
}

#[test]
fn over_the_budget_the_sessions_that_hold_most_are_named_and_keep_all() {
    let place = place();
    let logs: Vec<_> = (0..3).map(|_| session(&place.store, "/w", &[])).collect();
    let noise = |seed: u32| -> String {
        (0..2_000_u32)
            .map(|n| n.wrapping_mul(seed).wrapping_mul(2_654_435_761).to_string())
            .collect()
    };
    let ids = [keep(&logs[0], "small"), keep(&logs[1], &noise(3)), keep(&logs[1], &noise(5))];
    keep(&logs[2], &noise(5));
    place.age_all(&ids.each_ref(), PRUNE_GRACE * 100);
    let sizes = ids.each_ref().map(|id| place.object(id).metadata().unwrap().len());
    let total: u64 = sizes.iter().sum();
    assert_eq!(place.store.prune(total, Pruning::Done).unwrap().excess, None);
    let pruned = place.store.prune(total - 1, Pruning::Done).unwrap();
    assert_eq!(pruned.kept, Tally { objects: 3, bytes: total });
    let held: Vec<_> =
        pruned.excess.unwrap().into_iter().map(|it| (it.id, it.bytes, it.bytes_alone)).collect();
    let id = |number: usize| logs[number].id().to_owned();
    let wanted =
        [(id(1), sizes[1] + sizes[2], sizes[1]), (id(2), sizes[2], 0), (id(0), sizes[0], sizes[0])];
    assert_eq!(held, wanted);
    assert!(ids.iter().all(|id| place.object(id).exists()));
}

#[test]
fn unasked_it_is_done_once_a_day_and_above_half_the_budget() {
    let place = place();
    assert_eq!(place.store.prune_if_due(0).unwrap(), None);
    assert!(!place.state().exists(), "nothing is made where nothing is kept");
    let log = session(&place.store, "/w", &[]);
    assert_eq!(place.store.prune_if_due(0).unwrap(), None);
    assert!(!place.store.is_pruning_due() && !place.state().join("blobs.lock").exists());
    let (named, garbage) = (keep(&log, "named"), log.put_blob(b"garbage").unwrap());
    drop(log);
    let total: u64 =
        [&named, &garbage].map(|id| place.object(id).metadata().unwrap().len()).iter().sum();
    let lock = place.state().join("blobs.lock");
    let is_done = |budget: u64, since: Duration| {
        place.age(&garbage, PRUNE_GRACE * 2);
        set_age(&lock, since);
        assert_eq!(place.store.is_pruning_due(), since >= HOUR * 24);
        place.store.prune_if_due(budget).unwrap().is_some()
    };
    let day = HOUR * 24;
    assert!(!is_done(0, HOUR * 23), "it was done within a day");
    assert!(!is_done(total * 2, day), "there is room");
    assert!(!is_done(0, HOUR), "it has been noted that there is room");
    assert!(place.object(&garbage).exists());
    assert!(is_done(total * 2 - 1, day));
    assert!(!place.object(&garbage).exists() && place.object(&named).exists());
    assert!(lock.metadata().unwrap().modified().unwrap().elapsed().unwrap() < HOUR);
    // A clock that was wrong for a while does not end it for ever.
    File::open(&lock).unwrap().set_modified(SystemTime::now() + day * 400).unwrap();
    assert!(place.store.prune_if_due(0).unwrap().is_some());
}

#[test]
fn an_ephemeral_run_has_nothing_to_prune() {
    assert_eq!(Store::ephemeral().prune_if_due(0).unwrap(), None);
    assert!(Store::ephemeral().prune(0, Pruning::Done).is_err());
}

#[test]
fn a_session_begins_and_ends_without_a_lock_where_it_keeps_nothing() {
    let place = place();
    let log = place.store.create(header(&new_session_id(), "/w")).unwrap();
    log.append(&super::prompt("x")).unwrap();
    drop(log);
    assert!(!place.state().join("blobs.lock").exists());
}
