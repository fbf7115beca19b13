//! The processes of this machine, as far as needed to find what a command started.
use rustix::process::Pid;

/// A process and where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: Pid,
    pub(super) parent: i32,
    pub(super) group: i32,
    pub(super) is_zombie: bool,
}

#[cfg(target_os = "linux")]
pub(super) use linux::{all, holds, of_main_thread};

/// Elsewhere the process group has to do.
#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::{all, holds, of_main_thread};

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, thread, time::Duration};

    use rustix::process::{Pid, getpid};

    use super::Process;

    /// Every process. Reads a file for each: not for the usual case.
    pub(in super::super) fn all() -> Vec<Process> {
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        let names = entries.flatten().map(|entry| entry.file_name());
        names.filter_map(|name| process(name.to_str()?.parse().ok()?)).collect()
    }

    /// The children of the main thread: those it started, and those that lost their parent and were given to us.
    pub(in super::super) fn of_main_thread() -> Vec<Pid> {
        let id = getpid().as_raw_nonzero();
        match fs::read_to_string(format!("/proc/self/task/{id}/children")) {
            Ok(children) => children
                .split_whitespace()
                .filter_map(|id| Pid::from_raw(id.parse().ok()?))
                .collect(),
            // A kernel without these lists.
            Err(_) => {
                let is_child = |process: &Process| process.parent == id.get();
                all().into_iter().filter(is_child).map(|process| process.id).collect()
            }
        }
    }

    /// Whether the environment of a process, as it was started with, holds this variable.
    pub(in super::super) fn holds(id: Pid, name: &str, value: &str) -> bool {
        const LOOKS: usize = 20;
        let path = format!("/proc/{}/environ", id.as_raw_nonzero());
        let wanted = format!("{name}={value}");
        for _ in 0..LOOKS {
            let Ok(environment) = fs::read(&path) else { return false };
            if !environment.is_empty() {
                return environment.split(|byte| *byte == 0).any(|one| one == wanted.as_bytes());
            }
            // Empty on purpose, or for the moment between one program and the next.
            thread::sleep(Duration::from_millis(1));
        }
        false
    }

    fn process(id: i32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The program's name comes before, in parentheses, and may hold anything.
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut fields = fields.split(' ');
        let is_zombie = matches!(fields.next()?, "Z" | "X");
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Process { id: Pid::from_raw(id)?, parent, group, is_zombie })
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use rustix::process::Pid;

    use super::Process;

    pub(in super::super) fn all() -> Vec<Process> {
        Vec::new()
    }

    pub(in super::super) fn of_main_thread() -> Vec<Pid> {
        Vec::new()
    }

    pub(in super::super) fn holds(_: Pid, _: &str, _: &str) -> bool {
        false
    }
}
