//! Why no safe connection was made, in words, and what to do about it.
use std::{error::Error as StdError, io, time::SystemTime};

use jiff::Timestamp;
use rustls::{CertificateError, Error, InvalidMessage};

use super::error::Fault;
use crate::redact::visible;

/// So many of the names in a certificate are told.
const MOST_NAMES: usize = 3;
const LONGEST_NAME: usize = 100;

/// The fault that hides in an error of the client, if it is one of the handshake.
pub(super) fn fault_of_tls(error: &(dyn StdError + 'static)) -> Option<Fault> {
    let (detail, next) = told(find(error)?);
    Some(Fault::Tls { detail, next: next.to_owned() })
}

/// An [`io::Error`] hides what it carries from `source`.
fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<Error>() {
            return Some(tls);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

fn told(error: &Error) -> (String, &'static str) {
    match error {
        Error::InvalidCertificate(certificate) => told_of_certificate(certificate),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => (
            "it does not speak TLS".to_owned(),
            "check the address and its port; a server on this machine may want http:// instead",
        ),
        Error::General(why) if why.contains("No CA certificates") => (
            "this machine has no certificates of authorities, so that nobody can be trusted"
                .to_owned(),
            "install them (the package is mostly called ca-certificates), or name a file of them in ca_file of [network]",
        ),
        other => (
            other.to_string(),
            "check that the address is right and that nothing on the way changes the connection",
        ),
    }
}

fn told_of_certificate(error: &CertificateError) -> (String, &'static str) {
    let renewed = "whoever runs it has to renew it, if the clock of this machine is right";
    match error {
        CertificateError::UnknownIssuer => (
            "its certificate was issued by nobody whom this machine trusts".to_owned(),
            "if that is right, as with the proxy or the own authority of a company, name the file of the issuer's certificate in \
             ca_file of [network], or in ca_file of the backend",
        ),
        CertificateError::NotValidForName => (
            "its certificate is for another name".to_owned(),
            "check the address, or that nobody stands in its place",
        ),
        CertificateError::NotValidForNameContext { presented, .. } => (
            format!("its certificate is for another name: {}", names(presented)),
            "check the address, or that nobody stands in its place",
        ),
        CertificateError::Expired => ("its certificate has ended".to_owned(), renewed),
        CertificateError::ExpiredContext { not_after, .. } => {
            (format!("its certificate ended on {}", day(not_after.as_secs())), renewed)
        }
        CertificateError::NotValidYet => {
            ("its certificate does not count yet".to_owned(), "check the clock of this machine")
        }
        CertificateError::NotValidYetContext { not_before, .. } => (
            format!("its certificate counts from {} on", day(not_before.as_secs())),
            "check the clock of this machine",
        ),
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => (
            "it shows the certificate of an authority as its own".to_owned(),
            "give it a certificate of its own (made with CA:FALSE), and name that or its issuer's in ca_file",
        ),
        other => {
            (Error::InvalidCertificate(other.clone()).to_string(), "check the server's certificate")
        }
    }
}

/// They are the server's words.
fn names(presented: &[String]) -> String {
    let name = |name: &String| {
        let plain = name.split('"').nth(1).unwrap_or(name);
        visible(plain).chars().take(LONGEST_NAME).collect::<String>()
    };
    let more = presented.len().saturating_sub(MOST_NAMES);
    let shown: Vec<String> = presented.iter().take(MOST_NAMES).map(name).collect();
    match (shown.is_empty(), more) {
        (true, _) => "it names none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

fn day(seconds: u64) -> String {
    let time = SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds));
    let time = time.and_then(|time| Timestamp::try_from(time).ok()).unwrap_or_default();
    time.strftime("%Y-%m-%d").to_string()
}
