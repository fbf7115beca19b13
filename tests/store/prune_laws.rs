//! What holds of pruning whatever happens before it, and beside it.
use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, File},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::SystemTime,
};

use bowline::{
    protocol::{BlobId, Record},
    store::{PRUNE_GRACE, Pruning, StoreError},
};
use proptest::prelude::*;

use super::{
    file_of, place,
    prune::{HOUR, NO_BUDGET, keep, naming, set_age},
    session,
};

fn objects(directory: &Path) -> Vec<PathBuf> {
    let fans = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let fans = fans.filter(|fan| fan.is_dir() && fan.file_name().unwrap().len() == 2);
    fans.flat_map(|fan| fs::read_dir(fan).unwrap().map(|entry| entry.unwrap().path())).collect()
}

/// What happens to the sessions. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    Begin,
    Keep {
        session: usize,
        text: usize,
    },
    /// Its process dies before the record is written.
    KeepUnrecorded {
        session: usize,
        text: usize,
    },
    Fork(usize),
    Remove(usize),
    Age {
        hours: u32,
    },
    Prune {
        budget: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (session, text) = (0..4_usize, 0..8_usize);
    prop_oneof![
        1 => Just(Step::Begin),
        4 => (session.clone(), text.clone()).prop_map(|(session, text)| Step::Keep { session, text }),
        1 => (session.clone(), text).prop_map(|(session, text)| Step::KeepUnrecorded { session, text }),
        1 => session.clone().prop_map(Step::Fork),
        1 => session.prop_map(Step::Remove),
        1 => (1..40_u32).prop_map(|hours| Step::Age { hours }),
        2 => (0..200_u64).prop_map(|budget| Step::Prune { budget }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn whatever_happens_each_session_has_all_that_it_names(steps in prop::collection::vec(step(), 1..25)) {
        let place = place();
        let store = &place.store;
        let mut sessions = vec![(session(store, "/w", &[]).id().to_owned(), BTreeSet::new())];
        for step in &steps {
            let count = sessions.len();
            match *step {
                Step::Begin => {
                    sessions.push((session(store, "/w", &[]).id().to_owned(), BTreeSet::new()));
                }
                Step::Keep { session, text } if count > 0 => {
                    let (id, texts) = &mut sessions[session % count];
                    keep(&store.open(id).unwrap().0, &text.to_string());
                    texts.insert(text);
                }
                Step::KeepUnrecorded { session, text } if count > 0 => {
                    let (log, _) = store.open(&sessions[session % count].0).unwrap();
                    log.put_blob(text.to_string().as_bytes()).unwrap();
                }
                Step::Fork(session) if count > 0 => {
                    let (id, texts) = &sessions[session % count];
                    let fork = (store.fork(id).unwrap().0.id().to_owned(), texts.clone());
                    sessions.push(fork);
                }
                Step::Remove(session) if count > 0 => {
                    let (id, _) = sessions.remove(session % count);
                    prop_assert!(store.remove(&id).unwrap().left.is_none());
                }
                Step::Keep { .. } | Step::KeepUnrecorded { .. } | Step::Fork(_) | Step::Remove(_) => {}
                Step::Age { hours } => {
                    let directory = place.state().join("blobs.git/objects");
                    for path in directory.is_dir().then(|| objects(&directory)).into_iter().flatten() {
                        let age = path.metadata().unwrap().modified().unwrap().elapsed().unwrap_or_default();
                        set_age(&path, age + HOUR * hours);
                    }
                }
                Step::Prune { budget } => {
                    let pruned = store.prune(budget, Pruning::Done).unwrap();
                    prop_assert_eq!(pruned.excess.is_some(), pruned.kept.bytes > budget);
                }
            }
            for (id, texts) in &sessions {
                let (log, records) = store.open(id).unwrap();
                let named = records.iter().filter_map(|stamped| match &stamped.record {
                    Record::Change { files, .. } => files[0].after.as_ref(),
                    _ => None,
                });
                let named: HashSet<_> = named.map(|state| state.blob.clone()).collect();
                prop_assert_eq!(named.len(), texts.len());
                for blob in &named {
                    prop_assert!(log.get_blob(blob).is_ok(), "{:?} is lost after {:?}", blob, step);
                }
            }
        }
    }
}

/// All objects are made old all the time, so that nothing but the lock stands between those who keep and who prunes.
#[test]
fn who_prunes_beside_others_takes_nothing_from_them() {
    const TEXTS: usize = 12;
    const MOST_ROUNDS: usize = 2_000;
    let place = place();
    let (store, state) = (&place.store, place.state());
    let is_over = AtomicBool::new(false);
    let texts: Vec<String> = (0..TEXTS).map(|number| format!("text {number}")).collect();
    session(store, "/w", &[]).put_blob(b"makes the store").unwrap();
    let removed = AtomicU64::new(0);
    let kept: Vec<(String, Vec<BlobId>)> = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                for path in objects(&state.join("blobs.git/objects")) {
                    let old = SystemTime::now() - PRUNE_GRACE * 2;
                    // It may be gone by now.
                    let _ = File::open(path).and_then(|file| file.set_modified(old));
                }
            }
        });
        let keepers: Vec<_> = (0..3_usize)
            .map(|seed| {
                let (texts, removed) = (&texts, &removed);
                scope.spawn(move || {
                    let mut names = Vec::new();
                    let mut id = String::new();
                    let is_enough = |round| round >= 60 && removed.load(Ordering::Relaxed) >= 10;
                    for round in (0..MOST_ROUNDS).take_while(|round| !is_enough(*round)) {
                        let log = session(store, "/w", &[]);
                        let text = &texts[(round * 7 + seed * 5) % TEXTS];
                        let blob = log.put_blob(text.as_bytes()).unwrap();
                        thread::yield_now();
                        log.append(&naming(std::slice::from_ref(&blob))).unwrap();
                        let last = std::mem::replace(&mut id, log.id().to_owned());
                        drop(log);
                        if round % 10 == 9 {
                            names.push((id.clone(), vec![blob]));
                            id = String::new();
                        }
                        // Most sessions go again, so that there is always something to prune.
                        if !last.is_empty() {
                            fs::remove_file(file_of(store, &last)).unwrap();
                        }
                    }
                    names
                })
            })
            .collect();
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                match store.prune(NO_BUDGET, Pruning::Done) {
                    Ok(pruned) => {
                        removed.fetch_add(pruned.removed.objects, Ordering::Relaxed);
                    }
                    Err(StoreError::Keeping { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
        let kept = keepers.into_iter().flat_map(|keeper| keeper.join().unwrap()).collect();
        is_over.store(true, Ordering::Relaxed);
        kept
    });
    assert!(removed.into_inner() > 0, "nothing was pruned meanwhile");
    assert!(kept.len() >= 18);
    for (id, blobs) in kept {
        let (log, _) = store.open(&id).unwrap();
        for blob in blobs {
            log.get_blob(&blob).unwrap();
        }
    }
}
