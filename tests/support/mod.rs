//! What several tests share.
pub(crate) mod agent;
pub(crate) mod aws_frames;
pub(crate) mod hosts;
pub(crate) mod server;
pub(crate) mod sigv4;
pub(crate) mod speech;
pub(crate) mod strict;
pub(crate) mod strict_converse;
pub(crate) mod strict_gemini;
pub(crate) mod strict_messages;
pub(crate) mod strict_responses;
pub(crate) mod tls;
pub(crate) mod web;
