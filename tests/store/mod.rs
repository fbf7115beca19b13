//! Sessions and blobs: what is written comes back, whatever happened in between.
mod ledger;
mod prune;
mod prune_laws;

use std::{
    fs::{self, File, Permissions},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bowline::{
    protocol::{BlobId, Mode, Prompt, Record, SessionHeader, Stamped},
    redact::{Redactor, Secret},
    store::{FORMAT_VERSION, SessionLog, Store, StoreError, new_session_id, transcript},
};
use tempfile::TempDir;

struct Place {
    directory: TempDir,
    store: Store,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::new(&directory.path().join("state"), Arc::default());
    Place { directory, store }
}

fn header(id: &str, workspace: &str) -> SessionHeader {
    SessionHeader {
        version: FORMAT_VERSION,
        id: id.to_owned(),
        program: "bowline test".to_owned(),
        workspace: workspace.into(),
        model: "openai/gpt-6.2-sol".parse().unwrap(),
        mode: Mode::Review,
        system: "You are a test.".to_owned(),
        parent: None,
    }
}

fn prompt(text: &str) -> Record {
    Record::Prompt(Prompt::from(text))
}

/// A session of a header and some prompts.
fn session(store: &Store, workspace: &str, prompts: &[&str]) -> SessionLog {
    let log = store.create(header(&new_session_id(), workspace)).unwrap();
    for text in prompts {
        log.append(&prompt(text)).unwrap();
    }
    log.sync().unwrap();
    log
}

fn file_of(store: &Store, id: &str) -> PathBuf {
    store.list(None).unwrap().into_iter().find(|session| session.id == id).unwrap().path
}

/// Without cutting it to nothing first, which some file systems answer by a wait for the disk.
fn overwrite(path: &Path, bytes: &[u8]) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
}

fn texts(records: &[Stamped]) -> Vec<&str> {
    let texts = records.iter().filter_map(|stamped| match &stamped.record {
        Record::Prompt(prompt) => Some(prompt.text.as_str()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn a_session_comes_back_in_order_and_goes_on() {
    let Place { store, .. } = place();
    let log = session(&store, "/w", &["one", "two"]);
    let id = log.id().to_owned();
    drop(log);
    let (log, records) = store.open(&id).unwrap();
    assert_eq!(texts(&records), ["one", "two"]);
    assert!(matches!(&records[0].record, Record::Session(header) if header.id == id));
    assert!(log.damage().is_none());
    log.append(&prompt("three")).unwrap();
    let records = store.read(&id).unwrap();
    assert_eq!(texts(&records), ["one", "two", "three"]);
    assert_eq!(records.iter().map(|stamped| stamped.seq).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(records.iter().all(|stamped| stamped.at.parse::<jiff::Timestamp>().is_ok()));
}

#[test]
fn an_inspected_session_is_read_again_where_it_has_grown_since() {
    let Place { store, .. } = place();
    let id = session(&store, "/w", &["one"]).id().to_owned();
    let inspected = store.inspect(&id).unwrap();
    let open = || store.open_inspected(&id, Some(inspected.clone())).unwrap();
    let (log, records) = open();
    assert_eq!(texts(&records), ["one"]);
    log.append(&prompt("two")).unwrap();
    drop(log);
    let (log, records) = open();
    assert_eq!(texts(&records), ["one", "two"]);
    drop(log);
    let path = file_of(&store, &id);
    File::options().append(true).open(path).unwrap().write_all(b"{\"seq").unwrap();
    let inspected = store.inspect(&id).unwrap();
    let (log, _) = store.open_inspected(&id, Some(inspected)).unwrap();
    assert_eq!(log.damage().torn_bytes, 5);
    log.append(&prompt("three")).unwrap();
    let records = store.read(&id).unwrap();
    assert_eq!(texts(&records), ["one", "two", "three"]);
    assert_eq!(records.iter().map(|stamped| stamped.seq).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn the_file_stands_under_the_day_of_its_id() {
    let Place { directory, store } = place();
    // 2024-02-29T23:59:59.999Z.
    let id = "018df727-63ff-7000-8000-000000000000";
    store.create(header(id, "/w")).unwrap();
    let path = directory.path().join(format!("state/sessions/2024/02/29/{id}.jsonl"));
    assert!(path.is_file(), "{:?}", store.list(None));
    let first = fs::read_to_string(path).unwrap();
    assert!(first.contains(r#""type":"session","version":1,"#), "{first}");
}

#[test]
fn an_id_is_a_uuid_or_its_start_and_never_a_path() {
    let Place { store, .. } = place();
    let ids = ["018df727-63ff-7000-8000-000000000000", "018df727-63ff-7000-8000-00000000000f"];
    for id in ids {
        store.create(header(id, "/w")).unwrap();
    }
    let other = "01900000-0000-7000-8000-000000000000";
    store.create(header(other, "/w")).unwrap();
    let found = |asked: &str| store.resolve(asked, Path::new("/w"));
    for (asked, id) in [
        (ids[0], ids[0]),
        ("0190", other),
        ("01900000-0000-7000-8000-00000000000", other),
        ("018DF727-63FF-7000-8000-00000000000F", ids[1]),
    ] {
        assert_eq!(found(asked).unwrap(), id);
    }
    for (asked, said) in [
        ("018d", "several sessions"),
        ("0191", "there is no session 0191"),
        ("01900000-0000-7000-8000-000000000001", "there is no session"),
        ("019", "no session id"),
        ("", "no session id"),
        ("../../etc/passwd", "no session id"),
        ("0190/../0190", "no session id"),
        ("0190\u{1b}[2J", r"0190\u{1b}[2J"),
    ] {
        let error = found(asked).unwrap_err().to_string();
        assert!(error.contains(said), "{asked}: {error}");
    }
    for wrong in [
        "../x",
        "x",
        "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
        "018DF727-63FF-7000-8000-00000000000F",
    ] {
        assert!(
            matches!(store.create(header(wrong, "/w")), Err(StoreError::NotAnId { .. })),
            "{wrong}"
        );
    }
}

#[test]
fn a_file_torn_at_any_byte_opens_and_nothing_is_glued_to_it() {
    let Place { store, .. } = place();
    let id = session(&store, "/w", &["one", "zwei äöü", "three"]).id().to_owned();
    let path = file_of(&store, &id);
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        overwrite(&path, &whole[..length]);
        let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(store.read(&id).unwrap().len(), lines, "read at {length}");
        let (log, records) = store.open(&id).unwrap();
        assert_eq!(records.len(), lines, "open at {length}");
        log.append(&prompt("after")).unwrap();
        drop(log);
        let contents = store.inspect(&id).unwrap();
        assert!(contents.damage.is_none(), "{length}: {:?}", contents.damage);
        assert_eq!(contents.records.len(), lines + 1);
        assert_eq!(contents.records.last().unwrap().seq, lines as u64);
        let kept = fs::read(&path).unwrap();
        assert!(
            lines == 0 || kept.starts_with(&whole[..length - (length - line_end(&whole, lines))])
        );
    }
}

fn line_end(bytes: &[u8], lines: usize) -> usize {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.map(|(at, _)| at + 1).nth(lines - 1).unwrap()
}

#[test]
fn no_flipped_bit_makes_a_session_refuse_to_open() {
    let Place { store, .. } = place();
    let id = session(&store, "/w", &["one", "two", "three", "four"]).id().to_owned();
    let path = file_of(&store, &id);
    let whole = fs::read(&path).unwrap();
    let records = store.read(&id).unwrap().len();
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        overwrite(&path, &damaged);
        let (log, read) = store.open(&id).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
        assert!(read.len() + 2 >= records, "bit {bit} cost {} records", records - read.len());
        assert!(read.len() == records || !log.damage().is_none(), "bit {bit}: silent loss");
        log.append(&prompt("after")).unwrap();
        drop(log);
        assert_eq!(texts(&store.read(&id).unwrap()).last(), Some(&"after"), "bit {bit}");
        store.list(None).unwrap();
    }
}

#[test]
fn damaged_and_unknown_lines_are_passed_over_and_counted() {
    let Place { store, .. } = place();
    let id = session(&store, "/w", &["one"]).id().to_owned();
    let path = file_of(&store, &id);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"\xff\xfe not json\n\n{\"seq\":9}\n");
    bytes.extend_from_slice(br#"{"seq":7,"at":"2030-01-01T00:00:00Z","type":"telepathy","x":[1]}"#);
    bytes.extend_from_slice(
        b"\n{\"seq\":8,\"at\":\"2030-01-01T00:00:00Z\",\"type\":\"title\",\"title\":\"T\"}\n{\"seq",
    );
    fs::write(&path, bytes).unwrap();
    let contents = store.inspect(&id).unwrap();
    assert_eq!(contents.records.len(), 3);
    let damage = contents.damage;
    assert_eq!((damage.damaged_lines, damage.unknown_records, damage.torn_bytes), (3, 1, 5));
    let (log, records) = store.open(&id).unwrap();
    assert_eq!((records.len(), log.damage()), (3, damage));
    log.append(&prompt("on")).unwrap();
    assert_eq!(store.read(&id).unwrap().last().unwrap().seq, 9);
}

#[test]
fn a_session_is_open_once() {
    let Place { store, .. } = place();
    let log = session(&store, "/w", &["one"]);
    let id = log.id().to_owned();
    for _ in 0..2 {
        let error = store.open(&id).unwrap_err();
        assert!(error.to_string().contains("in use by another process"), "{error}");
        assert!(matches!(store.remove(&id), Err(StoreError::InUse { .. })));
    }
    assert_eq!(texts(&store.read(&id).unwrap()), ["one"]);
    drop(log);
    let (log, _) = store.open(&id).unwrap();
    drop(log);
    store.remove(&id).unwrap();
    assert!(matches!(store.open(&id), Err(StoreError::NoSession { .. })));
    assert!(store.list(None).unwrap().is_empty());
}

#[test]
fn nobody_else_may_read_anything() {
    let Place { directory, store } = place();
    // Makes every new file as open as can be, for this test's process and all its threads.
    let before = rustix::process::umask(rustix::fs::Mode::empty());
    let log = session(&store, "/w", &["one"]);
    let ids: Vec<_> = (0..20u8).map(|byte| log.put_blob(&[byte; 100]).unwrap()).collect();
    rustix::process::umask(before);
    assert_eq!(log.get_blob(&ids[7]).unwrap(), vec![7; 100]);
    let mut seen = 0;
    let mut left = vec![directory.path().join("state")];
    while let Some(path) = left.pop() {
        seen += 1;
        let metadata = fs::symlink_metadata(&path).unwrap();
        let mode = metadata.permissions().mode() & 0o777;
        if metadata.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            assert_eq!(mode & 0o077, 0, "{} is {mode:o}", path.display());
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn secrets_are_not_written_down_and_lines_stay_lines() {
    let directory = tempfile::tempdir().unwrap();
    // The second one is made to tear the line's syntax apart.
    for secret in ["sk-canary-0123456789", r#"","text":""#] {
        let redactor = Redactor::new([Secret::new(secret.to_owned())]);
        let store = Store::new(directory.path(), Arc::new(redactor));
        let log =
            session(&store, "/w", &["the key is sk-canary-0123456789 here", "x\",\"text\":\"y"]);
        let records = store.inspect(log.id()).unwrap();
        assert!(records.damage.is_none(), "{:?}", records.damage);
        assert_eq!(texts(&records.records).len(), 2);
        let kept = fs::read_to_string(file_of(&store, log.id())).unwrap();
        assert!(secret.starts_with('"') || !kept.contains(secret), "{kept}");
    }
}

#[test]
fn blobs_come_back_as_git_knows_them() {
    let Place { directory, store } = place();
    let stores = [store.clone(), Store::ephemeral()];
    for store in stores {
        let log = store.create(header(&new_session_id(), "/w")).unwrap();
        for (bytes, id) in [
            (&b""[..], "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
            (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
            (b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
        ] {
            assert_eq!(log.put_blob(bytes).unwrap(), BlobId(id.to_owned()));
            assert_eq!(log.get_blob(&BlobId(id.to_owned())).unwrap(), bytes);
        }
        for (id, said) in [
            ("ce013625030ba8dba906f756967f9e9ca394464b", "there are none by this name"),
            ("ce01", "cannot be read"),
            ("../../../../../../../../../etc/passwd___", "cannot be read"),
        ] {
            let error = log.get_blob(&BlobId(id.to_owned())).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
    assert!(directory.path().join("state/blobs.git/objects/ce").is_dir());
}

/// A file of the object store is damaged in every way there is; who reads it is told, and keeping the bytes again mends it.
#[track_caller]
fn check_damaged(bytes: &[u8]) {
    let Place { directory, store } = place();
    let log = session(&store, "/w", &[]);
    let id = log.put_blob(bytes).unwrap();
    let (fan, name) = id.0.split_at(2);
    let object = directory.path().join("state/blobs.git/objects").join(fan).join(name);
    let whole = fs::read(&object).unwrap();
    let length = whole.len();
    let flipped = |at: usize| {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        flipped
    };
    let lying = |header: &str| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(header.as_bytes()).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let damages = [
        Vec::new(),
        b"not deflated at all".to_vec(),
        whole[..1].to_vec(),
        whole[..length / 2].to_vec(),
        whole[..length - 1].to_vec(),
        flipped(0),
        flipped(length / 2),
        flipped(length - 1),
        vec![0; length],
        lying(&format!("blob {}\0", bytes.len() + 1)),
        lying(&format!("blob {}\0", bytes.len().saturating_sub(1))),
        lying(&format!("blob {}\0", u64::MAX)),
        lying(&format!("blob {}\0", 1_u64 << 40)),
        lying(&format!("tree {}\0", bytes.len())),
        lying(&format!("blob {}\0other bytes", bytes.len() + 11)),
        lying(""),
    ];
    for (number, damage) in damages.iter().enumerate() {
        fs::set_permissions(&object, Permissions::from_mode(0o600)).unwrap();
        fs::write(&object, damage).unwrap();
        let fresh = store.create(header(&new_session_id(), "/w")).unwrap();
        for log in [&log, &fresh] {
            let error = log.get_blob(&id).unwrap_err().to_string();
            let wanted = format!("the kept bytes {} cannot be read: the object is damaged", id.0);
            assert_eq!(error, wanted, "damage {number}");
        }
        assert_eq!(fresh.put_blob(bytes).unwrap(), id);
        assert!(fresh.get_blob(&id).unwrap() == bytes, "damage {number}");
    }
}

#[test]
fn a_damaged_blob_says_so_and_is_mended_by_keeping_it_again() {
    check_damaged(b"hello\n");
    check_damaged(&b"and so on. ".repeat(5_000));
}

#[test]
fn an_object_that_cannot_be_opened_is_not_called_damaged() {
    let Place { directory, store } = place();
    let log = session(&store, "/w", &[]);
    let id = log.put_blob(b"hello\n").unwrap();
    let object = directory.path().join("state/blobs.git/objects/ce").join(&id.0[2..]);
    fs::remove_file(&object).unwrap();
    fs::create_dir(&object).unwrap();
    let error = log.get_blob(&id).unwrap_err().to_string();
    assert!(error.contains("directory") && !error.contains("damaged"), "{error}");
}

#[test]
fn blobs_that_git_has_packed_are_read_and_kept_again() {
    let Place { directory, store } = place();
    let log = session(&store, "/w", &[]);
    let id = log.put_blob(b"hello\n").unwrap();
    let objects = directory.path().join("state/blobs.git/objects");
    let repository = git2::Repository::open_bare(objects.parent().unwrap()).unwrap();
    let mut pack = repository.packbuilder().unwrap();
    pack.insert_object(git2::Oid::from_str(&id.0).unwrap(), None).unwrap();
    pack.write(&objects.join("pack"), 0o400).unwrap();
    fs::remove_file(objects.join("ce").join(&id.0[2..])).unwrap();
    assert_eq!(log.get_blob(&id).unwrap(), &b"hello\n"[..]);
    assert_eq!(log.put_blob(b"hello\n").unwrap(), id);
    assert_eq!(log.get_blob(&id).unwrap(), &b"hello\n"[..]);
}

#[test]
fn a_large_blob_is_an_object_of_git_and_mended_too() {
    let Place { directory, store } = place();
    let log = session(&store, "/w", &[]);
    let bytes: Vec<u8> = (0..1_200_000_u32).flat_map(u32::to_le_bytes).collect();
    let id = log.put_blob(&bytes).unwrap();
    let repository = directory.path().join("state/blobs.git");
    let (fan, name) = id.0.split_at(2);
    let object = repository.join("objects").join(fan).join(name);
    let length = usize::try_from(object.metadata().unwrap().len()).unwrap();
    let open = || git2::Repository::open_bare(&repository).unwrap();
    let as_git_reads_it = || {
        let oid = git2::Oid::from_str(&id.0).unwrap();
        open().find_blob(oid).is_ok_and(|blob| blob.content() == bytes)
    };
    assert!(as_git_reads_it());
    let whole = fs::read(&object).unwrap();
    let mut other_byte = whole.clone();
    other_byte[length / 2] ^= 1;
    for damage in [&b""[..], &whole[..length / 2], &whole[..length - 1], &other_byte] {
        fs::set_permissions(&object, Permissions::from_mode(0o600)).unwrap();
        fs::write(&object, damage).unwrap();
        let error = log.get_blob(&id).unwrap_err().to_string();
        assert!(error.contains("the object is damaged"), "{error}");
        assert_eq!(log.put_blob(&bytes).unwrap(), id);
        assert!(as_git_reads_it(), "{} bytes", damage.len());
    }
    assert!(log.get_blob(&id).unwrap() == bytes);
    let inode = || std::os::unix::fs::MetadataExt::ino(&object.metadata().unwrap());
    let before = inode();
    log.put_blob(&bytes).unwrap();
    assert_eq!(inode(), before, "what is there is not written again");
    assert_eq!(fs::read_dir(object.parent().unwrap()).unwrap().count(), 1);
    assert_eq!(object.metadata().unwrap().permissions().mode() & 0o777, 0o400);
}

#[test]
fn the_same_bytes_are_kept_many_times_at_once() {
    let Place { directory: _directory, store } = place();
    let log = session(&store, "/w", &[]);
    for round in 0..40_u8 {
        let bytes = [round; 50_000];
        let ids = log.put_blobs(&[&bytes[..]; 16]).unwrap();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(log.get_blob(&ids[0]).unwrap(), &bytes[..]);
    }
}

#[test]
fn an_object_store_is_made_once_by_all_who_need_it_at_the_same_time() {
    for left in ["nothing", "config.lock"] {
        let Place { directory, store } = place();
        if left == "config.lock" {
            // By a process that died while it made the store.
            let log = session(&store, "/w", &[]);
            log.put_blob(b"x").unwrap();
            let repository = directory.path().join("state/blobs.git");
            fs::remove_file(repository.join("config")).unwrap();
            fs::write(repository.join(left), "").unwrap();
        }
        let keep = |number: u8| {
            let store = Store::new(&directory.path().join("state"), Arc::default());
            let log = session(&store, "/w", &[]);
            let id = log.put_blob(&[number; 100]).unwrap();
            assert_eq!(log.get_blob(&id).unwrap(), vec![number; 100], "{left}");
        };
        std::thread::scope(|scope| {
            (0..8).for_each(|number| drop(scope.spawn(move || keep(number))))
        });
    }
}

#[test]
fn a_half_made_object_store_is_completed() {
    for left in ["", "HEAD", "config", "objects"] {
        let Place { directory, store } = place();
        let log = session(&store, "/w", &[]);
        log.put_blob(b"x").unwrap();
        let repository = directory.path().join("state/blobs.git");
        match left {
            "" => fs::remove_dir_all(&repository).unwrap(),
            "objects" => fs::remove_dir_all(repository.join(left)).unwrap(),
            file => fs::remove_file(repository.join(file)).unwrap(),
        }
        let log = session(&store, "/w", &[]);
        let id = log.put_blob(b"hello\n").unwrap();
        assert_eq!(log.get_blob(&id).unwrap(), &b"hello\n"[..], "without {left}");
        let config = fs::read_to_string(repository.join("config")).unwrap();
        for setting in ["fsyncObjectFiles = true", "pruneExpire = never"] {
            assert!(config.contains(setting), "{config}");
        }
    }
}

#[test]
fn an_ephemeral_session_leaves_nothing() {
    let store = Store::ephemeral();
    let log = session(&store, "/w", &["one"]);
    assert!(store.list(None).unwrap().is_empty());
    assert!(store.latest_in(Path::new("/w")).unwrap().is_none());
    let error = store.open(log.id()).unwrap_err().to_string();
    assert!(error.contains("ephemeral"), "{error}");
}

#[test]
fn nothing_is_made_before_it_is_needed() {
    let Place { directory, store } = place();
    assert!(store.list(None).unwrap().is_empty());
    assert!(store.latest_in(Path::new("/w")).unwrap().is_none());
    assert!(store.open("01900000").is_err());
    assert!(!directory.path().join("state").exists());
    session(&store, "/w", &[]);
    assert!(!directory.path().join("state/blobs.git").exists());
}

#[test]
fn the_list_tells_of_each_session_and_the_last_used_comes_first() {
    let Place { directory, store } = place();
    let first = session(&store, "/a", &["Fix the\nparser", "and more"]);
    first.append(&Record::TurnStarted { number: 1 }).unwrap();
    first.append(&Record::TurnStarted { number: 2 }).unwrap();
    let second = session(&store, "/b", &["x"]);
    second.append(&Record::Title { title: "A \u{1b}[31mtitle".to_owned() }).unwrap();
    second.append(&Record::Model { model: "ollama/qwen".parse().unwrap() }).unwrap();
    let third = session(&store, "/a", &[]);
    let ids = [first.id(), second.id(), third.id()];
    // Of the same age but the first, which was used again.
    for (id, age) in ids.iter().zip([0, 10, 20]) {
        let time = SystemTime::now() - Duration::from_secs(age);
        File::options().append(true).open(file_of(&store, id)).unwrap().set_modified(time).unwrap();
    }
    let foreign = directory.path().join("state/sessions/2024/notes.txt");
    fs::create_dir_all(foreign.parent().unwrap()).unwrap();
    fs::write(foreign, "x").unwrap();

    let all = store.list(None).unwrap();
    let told: Vec<_> = all.iter().map(|s| (s.id.as_str(), s.title.as_str(), s.turns)).collect();
    assert_eq!(told, [(ids[0], "Fix the", 2), (ids[1], "A [31mtitle", 0), (ids[2], "", 0)]);
    assert_eq!(all[1].model.as_ref().unwrap().to_string(), "ollama/qwen");
    assert_eq!(all[0].workspace.as_deref(), Some(Path::new("/a")));
    assert_eq!(all[0].bytes, fs::metadata(&all[0].path).unwrap().len());
    let in_a: Vec<_> =
        store.list(Some(Path::new("/a"))).unwrap().into_iter().map(|s| s.id).collect();
    assert_eq!(in_a, [ids[0], ids[2]]);
    for (workspace, latest) in [("/a", Some(ids[0])), ("/b", Some(ids[1])), ("/c", None)] {
        assert_eq!(store.latest_in(Path::new(workspace)).unwrap().as_deref(), latest);
    }
    assert_eq!(store.resolve("last", Path::new("/b")).unwrap(), ids[1]);
    let error = store.resolve("last", Path::new("/c")).unwrap_err().to_string();
    assert_eq!(error, "there is no session in /c yet");
}

#[test]
fn a_long_session_is_listed_by_its_two_ends() {
    let Place { store, .. } = place();
    let log = session(&store, "/w", &["begin"]);
    let long = "x".repeat(50_000);
    for number in 1..=40 {
        log.append(&Record::TurnStarted { number }).unwrap();
        log.append(&prompt(&long)).unwrap();
    }
    let listed = store.list(None).unwrap().remove(0);
    assert_eq!((listed.title.as_str(), listed.turns), ("begin", 40));
}

#[test]
fn a_fork_begins_with_all_that_its_parent_holds() {
    let Place { store, .. } = place();
    let parent = session(&store, "/w", &["one", "two"]);
    let (fork, records) = store.fork(parent.id()).unwrap();
    assert_ne!(fork.id(), parent.id());
    assert_eq!(texts(&records), ["one", "two"]);
    let Record::Session(header) = &records[0].record else { panic!("{records:?}") };
    assert_eq!((header.id.as_str(), header.parent.as_deref()), (fork.id(), Some(parent.id())));
    let old = store.read(parent.id()).unwrap();
    for (old, new) in old.iter().zip(&records).skip(1) {
        assert_eq!(old, new);
    }
    fork.append(&prompt("three")).unwrap();
    parent.append(&prompt("drei")).unwrap();
    assert_eq!(texts(&store.read(fork.id()).unwrap()), ["one", "two", "three"]);
    assert_eq!(texts(&store.read(parent.id()).unwrap()), ["one", "two", "drei"]);
}

#[test]
fn a_transcript_shows_the_talk_and_no_control_characters() {
    use bowline::protocol::{
        Arguments, CallId, Facts, Outcome, Reply, ReplyPart, StopReason, ToolCall,
    };
    let Place { store, .. } = place();
    let log = session(&store, "/w", &["Why \u{1b}]0;x\u{7}?"]);
    let call = CallId("call_1".to_owned());
    let parts = vec![
        ReplyPart::Thought { text: "hm\nwell".to_owned(), native: None },
        ReplyPart::Text { text: "Let me see.".to_owned(), native: None },
        ReplyPart::Call {
            call: ToolCall {
                id: call.clone(),
                tool: "run".to_owned(),
                args: Arguments::parse(r#"{"command":"ls"}"#),
            },
            native: None,
        },
    ];
    let model = "openai/gpt-6.2-sol".parse().unwrap();
    log.append(&Record::Reply { model, reply: Reply { parts, stop: StopReason::Calls } }).unwrap();
    let facts = Facts::Command {
        exit_code: Some(2),
        output: String::new(),
        whole: None,
        changed: None,
        lost: Vec::new(),
    };
    let outcome = Outcome::failed("```\nfence").with_facts(facts);
    log.append(&Record::Outcome { call, outcome }).unwrap();
    let page = transcript(&store.read(log.id()).unwrap());
    for expected in [
        "# Session ",
        "- Workspace: /w\n",
        "Why ]0;x?",
        "## openai/gpt-6.2-sol\n\n> hm\n> well\n\nLet me see.\n\n**run** (call_1)",
        "```json\n{\"command\":\"ls\"}\n```",
        "Outcome of call_1: failed, exit code 2\n\n````\n```\nfence\n````\n",
    ] {
        assert!(page.contains(expected), "{expected:?} is not in:\n{page}");
    }
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn a_session_that_nobody_has_open_is_named_and_keeps_its_place() {
    let Place { store, directory: _directory } = place();
    let first = session(&store, "/w", &["one"]);
    let id = first.id().to_owned();
    assert!(store.rename(&id, "taken").is_err(), "somebody has it open");
    drop(first);
    let long_ago = SystemTime::now() - Duration::from_secs(60);
    File::options()
        .append(true)
        .open(file_of(&store, &id))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    drop(session(&store, "/w", &["two"]));
    store.rename(&id, "a name").unwrap();
    let titles: Vec<String> = store.list(None).unwrap().into_iter().map(|it| it.title).collect();
    assert_eq!(titles, ["two", "a name"]);
    assert!(store.rename("ffff", "none").is_err());
}
