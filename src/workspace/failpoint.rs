//! Places where a test can make a write fail or the process die, one before each system call that changes the disk.
//!
//! Without the feature `failpoints` there is nothing here but an empty function.

/// Text is written in pieces where a test may want to stop between them.
pub(super) const PIECES: usize = if cfg!(feature = "failpoints") { 2 } else { 1 };

#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(super) fn reach() -> Result<(), rustix::io::Errno> {
    Ok(())
}

#[cfg(feature = "failpoints")]
pub(super) use armed::reach;
#[cfg(feature = "failpoints")]
pub use armed::{Fault, arm, disarm};

#[cfg(feature = "failpoints")]
mod armed {
    use std::cell::Cell;

    use rustix::io::Errno;

    /// What happens at a failpoint that is armed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Fault {
        /// The process gets SIGKILL.
        Kill,
        /// The thread waits until standard input ends, then goes on.
        Wait,
        /// This call alone fails with the error number.
        Fail(i32),
        /// This call and all calls after it fail, as on a disk that has gone.
        FailFromHere(i32),
    }

    // A thread local and not a parameter: the points are below every function that writes, and a build without the
    // feature must not carry anything through them. Tests on other threads see nothing of it.
    thread_local! {
        static REACHED: Cell<usize> = const { Cell::new(0) };
        static ARMED: Cell<Option<(usize, Fault)>> = const { Cell::new(None) };
    }

    /// Has the n-th failpoint that this thread reaches from now on, counted from 1, do something.
    pub fn arm(nth: usize, fault: Fault) {
        REACHED.set(0);
        ARMED.set(Some((nth, fault)));
    }

    /// Makes the failpoints harmless again. Returns how many this thread has reached since they were armed.
    pub fn disarm() -> usize {
        ARMED.set(None);
        REACHED.replace(0)
    }

    pub(in crate::workspace) fn reach() -> Result<(), Errno> {
        let reached = REACHED.get() + 1;
        REACHED.set(reached);
        match ARMED.get() {
            Some((nth, fault)) if nth == reached => strike(fault),
            Some((nth, Fault::FailFromHere(number))) if nth < reached => {
                Err(Errno::from_raw_os_error(number))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn strike(fault: Fault) -> Result<(), Errno> {
        match fault {
            Fault::Kill => {
                let this = rustix::process::getpid();
                rustix::process::kill_process(this, rustix::process::Signal::KILL)?;
                // The signal may take a moment; nothing more is done in it.
                loop {
                    std::thread::park();
                }
            }
            Fault::Wait => {
                // That it can't be read is an end as well.
                let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
                Ok(())
            }
            Fault::Fail(number) | Fault::FailFromHere(number) => {
                Err(Errno::from_raw_os_error(number))
            }
        }
    }
}
