//! All that a command started, wherever it went: found, signalled, and taken leave of.
//!
//! The leader has a process group of its own, which holds most of what it starts. What leaves the group is found by its
//! ancestors; what lost those too is given to this process, which is a *subreaper*, and is known by a mark in its
//! environment. What took off the mark as well could be of any command that runs, and ends with the last of them.
use std::sync::{
    Mutex, MutexGuard, Once, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use rustix::process::{
    Pid, Signal, WaitOptions, getpgid, getpgrp, getpid, kill_process, kill_process_group,
    test_kill_process_group, waitpid,
};
use tokio::process::{Child, Command};

use super::listing::{self, Process};

/// The variable that marks what a command starts.
const MARK: &str = "BOWLINE_COMMAND";

/// The leaders of the commands that run now. One list for the process, as its children are.
static LEADERS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A command's processes.
#[derive(Debug)]
pub(super) struct Tree {
    leader: Pid,
    mark: String,
    /// What was signalled. A process that is ending has no environment to be known by.
    signalled: Vec<Pid>,
}

impl Tree {
    /// Starts the leader.
    pub(super) fn start(command: &mut Command) -> std::io::Result<(Child, Self)> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        adopt_orphans();
        let mark =
            format!("{}-{}", getpid().as_raw_nonzero(), COUNT.fetch_add(1, Ordering::Relaxed));
        command.env(MARK, &mark).process_group(0);
        // Held until the child is on the list, so that nobody takes it for an orphan.
        let mut leaders = leaders();
        let child = command.spawn()?;
        let Some(leader) = child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else {
            return Err(std::io::Error::other("the command ended before it was started"));
        };
        leaders.push(leader);
        Ok((child, Self { leader, mark, signalled: Vec::new() }))
    }

    /// Signals everything.
    pub(super) fn signal(&mut self, signal: Signal) {
        let members = self.members();
        if members.is_empty() {
            return;
        }
        // What ended meanwhile, or became another user's, can't be signalled.
        let _ = kill_process_group(self.leader, signal);
        for id in &members {
            let _ = kill_process(*id, signal);
        }
        let is_new = |id: &Pid| !self.signalled.contains(id);
        let new: Vec<Pid> = members.into_iter().filter(is_new).collect();
        self.signalled.extend(new);
    }

    /// Whether nothing is left. The leader itself counts until it was waited for.
    pub(super) fn is_gone(&self) -> bool {
        self.members().is_empty()
    }

    /// Waits for orphans that have ended.
    pub(super) fn reap(&self) {
        living_orphans(&leaders());
    }

    fn members(&self) -> Vec<Pid> {
        // Held to the end: an orphan that another command's end waits for meanwhile would hide its children.
        let leaders = leaders();
        let orphans = living_orphans(&leaders);
        let is_only_one = leaders.as_slice() == [self.leader];
        if orphans.is_empty() && test_kill_process_group(self.leader).is_err() {
            return Vec::new();
        }
        let is_ours = |orphan: &Pid| {
            is_only_one
                || self.signalled.contains(orphan)
                || listing::holds(*orphan, MARK, &self.mark)
        };
        let orphans: Vec<Pid> = orphans.into_iter().filter(is_ours).collect();
        descendants(&listing::all(), self.leader, &orphans)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        leaders().retain(|leader| *leader != self.leader);
    }
}

/// The processes of the group, the orphans, and all that have one of these as an ancestor. Those that ended
/// count where this process has to wait for them.
fn descendants(all: &[Process], leader: Pid, orphans: &[Pid]) -> Vec<Pid> {
    let group = leader.as_raw_nonzero().get();
    let is_root = |process: &Process| {
        process.id == leader || process.group == group || orphans.contains(&process.id)
    };
    let mut found: Vec<Process> = all.iter().copied().filter(is_root).collect();
    let mut at = 0;
    while let Some(parent) = found.get(at).map(|process| process.id.as_raw_nonzero().get()) {
        let is_new = |process: &&Process| {
            process.parent == parent && found.iter().all(|known| known.id != process.id)
        };
        let children: Vec<Process> = all.iter().filter(is_new).copied().collect();
        found.extend(children);
        at += 1;
    }
    let own = getpid().as_raw_nonzero().get();
    found.retain(|process| !process.is_zombie || process.parent == own);
    found.into_iter().map(|process| process.id).collect()
}

/// The children that are not ours by birth. Those that ended are waited for here; nobody else would.
///
/// Orphans come to the main thread. What another part of the program started itself is in our own process group.
fn living_orphans(leaders: &[Pid]) -> Vec<Pid> {
    let own_group = getpgrp();
    let is_orphan = |id: &Pid| {
        !leaders.contains(id) && getpgid(Some(*id)).is_ok_and(|group| group != own_group)
    };
    loop {
        let orphans: Vec<Pid> = listing::of_main_thread().into_iter().filter(is_orphan).collect();
        let lives = |id: &Pid| matches!(waitpid(Some(*id), WaitOptions::NOHANG), Ok(None));
        let living: Vec<Pid> = orphans.iter().copied().filter(lives).collect();
        // The children of one that ended came to us meanwhile.
        if living.len() == orphans.len() {
            return living;
        }
    }
}

/// Makes this process the one that orphans below it are given to.
fn adopt_orphans() {
    static ONCE: Once = Once::new();
    // Where it is refused, the process group has to do.
    #[cfg(target_os = "linux")]
    ONCE.call_once(|| {
        let _ = rustix::process::set_child_subreaper(Some(getpid()));
    });
}

fn leaders() -> MutexGuard<'static, Vec<Pid>> {
    LEADERS.lock().unwrap_or_else(PoisonError::into_inner)
}
