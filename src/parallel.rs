//! Much work at a time.
use std::{
    num::NonZero,
    panic::resume_unwind,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, Scope, ScopedJoinHandle},
};

/// More than there are processors: a file system that several threads ask to put their files on the disk does so in a few
/// writes, instead of one for each file.
const WAITING: usize = 8;

/// What comes of the work on each item, in the order of the items. For work that mostly waits for the disk.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_by(WAITING, items, work)
}

/// As [`map`], for work that does not wait: by as many threads as there are processors.
pub fn compute<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_by(thread::available_parallelism().map_or(1, NonZero::get), items, work)
}

/// What threads have made ready for their work, and find again at the next.
#[derive(Debug, Default)]
pub struct Kept<S>(Mutex<Vec<S>>);

/// As [`compute`], where each thread needs something for all its items that takes time to make ready, and items take so
/// differently long that each is handed out by itself.
pub fn compute_with<T: Sync, S: Default + Send, R: Send>(
    kept: &Kept<S>,
    items: &[T],
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut state = kept.take();
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            done.push((at, work(&mut state, item)));
        }
        kept.put_back(state);
        done
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| Started::new(scope, &take)).collect();
        let mut done = take();
        done.extend(others.into_iter().flat_map(Started::end));
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

impl<S: Default> Kept<S> {
    fn take(&self) -> S {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn put_back(&self, state: S) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(state);
    }
}

fn map_by<T: Sync, R: Send>(workers: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len().min(workers) < 2 {
        return items.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let share = |items: &'_ [T]| items.iter().map(work).collect::<Vec<R>>();
        let mut shares = items.chunks(items.len().div_ceil(workers));
        let own = shares.next_back().unwrap_or_default();
        let started: Vec<Started<'_, Vec<R>>> =
            shares.map(|items| Started::new(scope, move || share(items))).collect();
        let own = share(own);
        started.into_iter().flat_map(Started::end).chain(own).collect()
    })
}

/// What comes of two pieces of work that are done at the same time.
pub fn join<A: Send, B>(one: impl Fn() -> A + Sync, other: impl FnOnce() -> B) -> (A, B) {
    let one = &one;
    thread::scope(|scope| {
        let started = Started::new(scope, one);
        let other = other();
        (started.end(), other)
    })
}

/// Work on a thread of its own; done already where the system gives none.
enum Started<'scope, R> {
    Apart(ScopedJoinHandle<'scope, R>),
    Done(R),
}

impl<'scope, R: Send + 'scope> Started<'scope, R> {
    fn new(scope: &'scope Scope<'scope, '_>, work: impl Fn() -> R + Copy + Send + 'scope) -> Self {
        match thread::Builder::new().spawn_scoped(scope, work) {
            Ok(apart) => Self::Apart(apart),
            Err(_) => Self::Done(work()),
        }
    }

    fn end(self) -> R {
        match self {
            Self::Apart(apart) => apart.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Self::Done(result) => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, compute_with, join, map};

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for count in [0, 1, 2, 7, 8, 9, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(
                map(&items, |item| item * 2),
                (0..count).map(|it| it * 2).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn each_item_is_worked_on_once_with_what_its_thread_has_ready() {
        let kept = Kept::default();
        let mut before = 0;
        for count in [0, 1, 7, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            let results = compute_with(&kept, &items, |seen: &mut Vec<usize>, item| {
                seen.push(*item);
                *item
            });
            assert!(results.into_iter().eq(0..count));
            before += count;
            let seen = kept.0.lock().unwrap();
            assert_eq!(seen.iter().map(Vec::len).sum::<usize>(), before, "it is found again");
        }
    }

    #[test]
    fn two_pieces_of_work_both_come_to_an_end() {
        assert_eq!(join(|| 1, || "two"), (1, "two"));
    }
}
