//! Why there are no credentials: where they were looked for, and what to do next.

/// Nothing in it is a secret, and whatever other programs said in it has been made visible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{missing}{}; {next}", list(tried))]
pub struct CredentialsError {
    /// What there is none of, or what failed.
    pub missing: String,
    /// The places that were looked at, in their order.
    pub tried: Vec<Tried>,
    /// What to do, as an order: ``run `az login` ``.
    pub next: String,
    /// The same may work when it is tried again: a service was not reached, or was busy.
    pub may_pass: bool,
}

/// A place where credentials might have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub place: String,
    /// Why it was passed over.
    pub outcome: String,
}

impl CredentialsError {
    pub fn new(missing: impl Into<String>, next: impl Into<String>) -> Self {
        Self { missing: missing.into(), tried: Vec::new(), next: next.into(), may_pass: false }
    }
}

fn list(tried: &[Tried]) -> String {
    let told: Vec<String> =
        tried.iter().map(|it| format!("{}: {}", it.place, it.outcome)).collect();
    if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) }
}
