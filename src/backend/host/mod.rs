//! The hosts: one file each, and the table that finds them.
mod llamacpp;
mod lmstudio;
mod ollama;
mod openai;
mod openai_chat;

use super::settings::Kind;
use crate::wire::{Quirks, Wire};

/// Where and how a service is spoken to.
pub(super) struct Host {
    /// Absent where only the user knows it.
    pub(super) base_url: Option<&'static str>,
    /// Variables that configure the host by its usual name.
    pub(super) base_url_variable: Option<&'static str>,
    pub(super) key_variable: Option<&'static str>,
    pub(super) wire: &'static dyn Wire,
    pub(super) key_header: KeyHeader,
    pub(super) quirks: fn() -> Quirks,
}

/// How a request carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyHeader {
    /// `Authorization: Bearer KEY`
    Bearer,
}

/// The table. A new host is a file and a line.
pub(super) fn host_of(kind: Kind) -> &'static Host {
    match kind {
        Kind::Openai => &openai::HOST,
        Kind::OpenaiChat => &openai_chat::HOST,
        Kind::Ollama => &ollama::HOST,
        Kind::Llamacpp => &llamacpp::HOST,
        Kind::Lmstudio => &lmstudio::HOST,
    }
}

impl Kind {
    /// Where it is reached unless the user says otherwise.
    pub fn base_url(self) -> Option<&'static str> {
        host_of(self).base_url
    }

    /// The variable that names another base URL, by the vendor's own custom.
    pub fn base_url_variable(self) -> Option<&'static str> {
        host_of(self).base_url_variable
    }

    /// The variable that holds the key, by the vendor's own custom. Absent: it wants no key.
    pub fn key_variable(self) -> Option<&'static str> {
        host_of(self).key_variable
    }
}
