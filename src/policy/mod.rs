//! Decides what may run without asking: rules and accesses in, a verdict with its reason out.
use crate::protocol::{Access, Mode, Verdict};

/// What the user allows and forbids beyond the modes.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Commands run unconfined in mode `auto`. Without it they ask there too, as long as there is no sandbox.
    pub sandbox_off: bool,
}

/// The strictest verdict over all accesses of a plan.
pub fn judge(rules: &Rules, mode: Mode, access: &[Access]) -> Verdict {
    let _ = (rules, mode, access);
    todo!()
}

/// What a command line would read, when all it provably does is read: the path operands of every program in it.
/// `None` when that can't be proven.
pub fn paths_read(command: &str) -> Option<Vec<String>> {
    let _ = command;
    todo!()
}
