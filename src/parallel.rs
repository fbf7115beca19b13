//! The same work on many items at a time, for work that mostly waits for the disk.
use std::{panic::resume_unwind, thread};

/// More than there are processors: a file system that several threads ask to put their files on the disk does so in a few
/// writes, instead of one for each file.
const WORKERS: usize = 8;

/// What comes of the work on each item, in the order of the items.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let share = |items: &'_ [T]| items.iter().map(work).collect::<Vec<R>>();
        let workers: Vec<_> = items
            .chunks(items.len().div_ceil(WORKERS))
            .map(|items| scope.spawn(move || share(items)))
            .collect();
        let done = workers.into_iter().map(thread::ScopedJoinHandle::join);
        done.flat_map(|done| done.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::map;

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
}
