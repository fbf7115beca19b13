//! Locks on files, taken with some patience.
use std::{
    fs::{File, TryLockError},
    io, thread,
    time::{Duration, Instant},
};

/// For a lock that nobody should hold: a program that is just being started holds a copy of every open file for a moment,
/// so that a lock which was given up may seem held.
pub const A_MOMENT: Duration = Duration::from_millis(80);
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
const LONGEST_WAIT: Duration = Duration::from_millis(20);

/// Takes a lock by `try_lock`, again and again for no longer than `patience`; false when others still hold it then.
pub fn take(
    file: &File,
    try_lock: impl Fn(&File) -> Result<(), TryLockError>,
    patience: Duration,
) -> io::Result<bool> {
    let started = Instant::now();
    let mut wait = SHORTEST_WAIT;
    loop {
        match try_lock(file) {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if started.elapsed() >= patience => return Ok(false),
            Err(TryLockError::WouldBlock) => {
                thread::sleep(wait);
                wait = LONGEST_WAIT.min(wait * 2);
            }
        }
    }
}
