//! Which files hold secrets, told by their names alone.
use std::{fs, path::Path};

use ignore::WalkBuilder;
use memchr::memmem;

use super::{Workspace, place::is_in_git};
use crate::protocol::{Place, Target};

const DIRECTORIES: &[&str] =
    &[".ssh", ".aws", ".azure", ".gnupg", ".gcloud", ".kube", ".password-store"];

const KEYRINGS: &str = "share/keyrings";

const NAMES: &[&str] = &[
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    ".dockercfg",
    ".vault-token",
    ".s3cfg",
    ".boto",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "credentials",
    "credentials.json",
    "credentials.toml",
    "credentials.yml",
    "credentials.yaml",
    "credentials.csv",
    "application_default_credentials.json",
];

/// Common names that are secret in one directory alone.
const NAMES_IN: &[(&str, &str)] =
    &[("gh", "hosts.yml"), (".docker", "config.json"), ("/etc", "shadow"), ("/etc", "gshadow")];

const ENDINGS: &[&str] = &[".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk"];

/// What the names of `.env` files end with that are there to be read.
const TEMPLATES: &[&str] = &["example", "sample", "template", "dist", "defaults"];

impl Workspace {
    /// A file below a directory that needs leave and that a search of all files there would read: its name has one
    /// of the endings, or there are none. Hidden and ignored files count where the search sees them.
    pub fn secret_below(
        &self,
        directory: &Target,
        endings: &[String],
        sees_hidden: bool,
    ) -> Option<Target> {
        let mut walker = WalkBuilder::new(&directory.path);
        walker.standard_filters(!sees_hidden).require_git(!sees_hidden).follow_links(false);
        if !sees_hidden {
            // As `rg` does: it may uncover what is hidden.
            walker.add_custom_ignore_filename(".rgignore");
        }
        let entries = walker.build().flatten();
        let files = entries.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        let is_read =
            |name: &str| endings.is_empty() || endings.iter().any(|end| name.ends_with(end));
        let mut is_ignored = self.ignoring(&directory.path);
        let mut targets = files
            .filter(|entry| is_read(&entry.file_name().to_string_lossy().to_ascii_lowercase()))
            .map(|entry| self.target(entry.into_path()));
        targets.find_map(|target| match target.place {
            // A search of all files reads what git keeps, where its configuration alone holds secrets.
            Place::Protected if is_in_git(&target.path) => {
                holds_git_credentials(&target.path).then_some(target)
            }
            // A project's settings for this program hold no keys.
            Place::Protected
                if !self.is_of_the_user(&target.path) && !holds_secrets(&target.path) =>
            {
                None
            }
            Place::Workspace if is_ignored(&target.path) => {
                Some(Target { place: Place::Secret, ..target })
            }
            Place::Workspace => None,
            Place::Outside | Place::Secret | Place::Protected => Some(target),
        })
    }
}

/// Whether a resolved path names a file that holds secrets by custom.
pub(super) fn holds_secrets(path: &Path) -> bool {
    let Some(name) = path.file_name() else { return false };
    let name = name.to_string_lossy().to_ascii_lowercase();
    is_secret_name(&name, path) || is_below_secrets(path) || is_process_memory(path)
}

/// Whether a file of git's is configuration in which there is a password or a token, or a program that tells one.
fn holds_git_credentials(path: &Path) -> bool {
    let is_configuration =
        path.file_name().is_some_and(|name| name == "config" || name == "config.worktree");
    if !is_configuration {
        return false;
    }
    // What can't be read here, a search can't read either.
    let Ok(text) = fs::read(path) else { return false };
    let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
    let has_user = |address: &str| {
        address.split(['/', '"', '\n']).next().is_some_and(|server| server.contains('@'))
    };
    let has_address_with_user =
        ["http://", "https://"].iter().any(|scheme| text.split(scheme).skip(1).any(has_user));
    has_address_with_user || text.contains("extraheader") || text.contains("[credential")
}

fn is_secret_name(name: &str, path: &Path) -> bool {
    // `.envrc` is a script, and kept with the sources.
    let is_environment = name.starts_with(".env") && name != ".envrc" || name.ends_with(".env");
    if is_environment {
        let stem = name.strip_suffix(".env").unwrap_or(name);
        return !TEMPLATES.iter().any(|ending| stem.ends_with(ending));
    }
    NAMES.contains(&name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || NAMES_IN.iter().any(|(directory, secret)| {
            name == *secret && path.parent().is_some_and(|parent| parent.ends_with(directory))
        })
}

fn is_below_secrets(path: &Path) -> bool {
    let Some(parent) = path.parent() else { return false };
    let is_below = |directory| parent.ancestors().any(|parent| parent.ends_with(directory));
    // All others are hidden, as few directories are: most paths need no second look.
    let bytes = parent.as_os_str().as_encoded_bytes();
    let has = |part: &str| memmem::find(bytes, part.as_bytes()).is_some();
    if !has("/.") {
        return has(KEYRINGS) && is_below(KEYRINGS);
    }
    let has_secret_directory = parent
        .components()
        .any(|part| DIRECTORIES.iter().any(|name| part.as_os_str().eq_ignore_ascii_case(name)));
    has_secret_directory || is_below(".config/gcloud") || is_below(KEYRINGS)
}

/// `/proc/<pid>/environ` and its like give away what a process was started with.
fn is_process_memory(path: &Path) -> bool {
    path.strip_prefix("/proc").is_ok_and(|rest| {
        rest.components().next().is_some_and(|first| {
            first.as_os_str().as_encoded_bytes().iter().all(u8::is_ascii_digit)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for (path, is_secret) in [
            ("/w/.env", true),
            ("/w/.ENV", true),
            ("/w/.env.local", true),
            ("/w/.env.production", true),
            ("/w/.env.example", false),
            ("/w/.env.sample", false),
            ("/w/.env.template", false),
            ("/w/.env-local", true),
            ("/w/.env_prod", true),
            ("/w/.env-example", false),
            ("/w/prod.env", true),
            ("/w/example.env", false),
            ("/w/.envrc", false),
            ("/w/env", false),
            ("/w/tls/server.key", true),
            ("/w/tls/server.pem", true),
            ("/w/keys.rs", false),
            ("/w/id_rsa", true),
            ("/w/id_rsa.pub", false),
            ("/w/id_ed25519", true),
            ("/home/u/.ssh/config", true),
            ("/home/u/.aws/config", true),
            ("/home/u/.gnupg/x/y", true),
            ("/home/u/.config/gcloud/x.db", true),
            ("/home/u/.config/gh/hosts.yml", true),
            ("/w/ansible/hosts.yml", false),
            ("/w/src/shadow", false),
            ("/etc/shadow", true),
            ("/w/.netrc", true),
            ("/w/.pgpass", true),
            ("/w/credentials", true),
            ("/w/credentials/mod.rs", false),
            ("/w/src/credentials.rs", false),
            ("/w/gcloud/main.py", false),
            ("/home/u/.docker/config.json", true),
            ("/w/.docker/Dockerfile", false),
            ("/proc/1/environ", true),
            ("/proc/cpuinfo", false),
            ("/w/.ssh", false),
        ] {
            assert_eq!(holds_secrets(Path::new(path)), is_secret, "{path}");
        }
    }
}
