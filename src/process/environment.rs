//! What a command gets of the environment: what it needs, and no secret.
use std::path::{Path, PathBuf};

use crate::redact;

/// Where programs are found when nothing says otherwise; never taken off the search path.
const SYSTEM: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

const ALLOWED: [&str; 19] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TERM",
    "COLORTERM",
    "TZ",
    "TMPDIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "GOPATH",
    "JAVA_HOME",
    "VIRTUAL_ENV",
    "NVM_DIR",
    "PYENV_ROOT",
    "PWD",
];
const ALLOWED_PREFIXES: [&str; 2] = ["LC_", "XDG_"];

/// By these a program finds the screen, the clipboard and whoever shows notifications. They name sockets and files.
const DESKTOP: [&str; 7] = [
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "TMUX",
    "WSL_INTEROP",
    "WSL_DISTRO_NAME",
];

/// By these begin the variables of those who serve models.
const PROVIDERS: [&str; 7] =
    ["OPENAI_", "AZURE_", "AWS_", "ANTHROPIC_", "GOOGLE_", "GEMINI_", "VERTEX"];

const SECRET_PARTS: [&str; 11] = [
    "KEY", "TOKEN", "SECRET", "PASS", "CRED", "AUTH", "COOKIE", "SESSION", "PRIVATE", "DSN", "CONN",
];
const SECRET_PREFIXES: [&str; 16] = [
    "OPENAI_",
    "AZURE_",
    "AWS_",
    "ANTHROPIC_",
    "GOOGLE_",
    "GEMINI_",
    "VERTEX",
    "GH_",
    "GITHUB_",
    "GITLAB_",
    "NPM_",
    "DOCKER_",
    "KUBE",
    "SSH_AUTH_SOCK",
    "GPG_AGENT",
    "BOWLINE_",
];

/// These make programs load code or read files of somebody's choice.
const LOADERS: [&str; 9] = [
    "BASH_ENV",
    "ENV",
    "PROMPT_COMMAND",
    "PYTHONSTARTUP",
    "NODE_OPTIONS",
    "PERL5OPT",
    "RUBYOPT",
    "RIPGREP_CONFIG_PATH",
    "LESSOPEN",
];
const LOADER_PREFIXES: [&str; 3] = ["LD_", "GIT_", "BASH_FUNC_"];

/// Nothing may wait for an editor, a pager or a password: there is nobody to answer.
const FIXED: [(&str, &str); 6] = [
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
    ("GIT_ASKPASS", "false"),
    ("PAGER", "cat"),
    ("EDITOR", "false"),
    ("VISUAL", "false"),
];

/// The environment of a command but for `PATH` and `PWD`, which depend on where it runs.
pub(super) fn handed_on<'a>(
    source: &'a [(String, String)],
    keep: &[String],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let own = source.iter().filter_map(move |(name, value)| {
        let is_wanted = is_allowed(name) || keep.contains(name);
        (is_wanted && !is_placed(name) && !is_loader(name) && !is_secret(name, value))
            .then_some((name.as_str(), value.as_str()))
    });
    own.chain(FIXED)
}

/// The environment of a program of the user's desktop but for `PATH`.
pub(super) fn of_desktop(source: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    let is_desktop = |(name, value): &&(String, String)| {
        DESKTOP.contains(&name.as_str()) && !redact::holds_key(value)
    };
    let desktop = source.iter().filter(is_desktop);
    let desktop = desktop.map(|(name, value)| (name.as_str(), value.as_str()));
    handed_on(source, &[]).chain(desktop)
}

/// The environment of a program that knows keys but for `PATH`: all that the user has, since such a program may be let
/// in by a variable itself, less the keys of those who serve models.
pub(super) fn of_key_program(source: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    let own = source.iter().filter(|(name, _)| {
        !is_placed(name) && !is_loader(name) && !is_key(name) && !name.starts_with("BOWLINE_")
    });
    own.map(|(name, value)| (name.as_str(), value.as_str())).chain(FIXED)
}

/// The search path without entries that are relative or in a directory the agent writes in: there, a file called
/// `ls` would run as `ls`.
pub(super) fn search_path(written: Option<&str>, writable: &[&Path]) -> String {
    let writable: Vec<PathBuf> =
        writable.iter().filter_map(|root| root.canonicalize().ok()).collect();
    let is_safe = |entry: &&str| {
        if SYSTEM.contains(entry) {
            return true;
        }
        let path = Path::new(entry);
        let Ok(resolved) = path.canonicalize() else { return false };
        path.is_absolute() && !writable.iter().any(|root| resolved.starts_with(root))
    };
    let entries: Vec<&str> = written.unwrap_or_default().split(':').filter(is_safe).collect();
    if entries.is_empty() { SYSTEM.join(":") } else { entries.join(":") }
}

fn is_allowed(name: &str) -> bool {
    ALLOWED.contains(&name) || starts_with_any(name, &ALLOWED_PREFIXES)
}

fn is_placed(name: &str) -> bool {
    matches!(name, "PATH" | "PWD") || FIXED.iter().any(|(fixed, _)| *fixed == name)
}

fn is_loader(name: &str) -> bool {
    LOADERS.contains(&name) || starts_with_any(name, &LOADER_PREFIXES)
}

fn is_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET_PARTS.iter().any(|part| name.contains(part))
        || starts_with_any(&name, &SECRET_PREFIXES)
        || redact::holds_key(value)
}

/// Of somebody who serves models.
fn is_key(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let is_providers = starts_with_any(&name, &PROVIDERS);
    name.contains("API_KEY") || is_providers && SECRET_PARTS.iter().any(|part| name.contains(part))
}

fn starts_with_any(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &[(&str, &str)], keep: &[&str]) -> Vec<String> {
        let source: Vec<(String, String)> =
            source.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let keep: Vec<String> = keep.iter().map(|name| (*name).to_owned()).collect();
        let own = handed_on(&source, &keep).filter(|pair| !FIXED.contains(pair));
        own.map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn what_is_needed_is_handed_on_and_no_secret() {
        let key = format!("sk-{}", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z");
        for (name, value, is_handed_on) in [
            ("HOME", "/home/me", true),
            ("LC_ALL", "C", true),
            ("XDG_CACHE_HOME", "/x", true),
            ("CARGO_HOME", "/x", true),
            ("KEPT", "x", true),
            ("OTHER", "x", false),
            ("XDG_SESSION_ID", "1", false),
            ("OPENAI_API_KEY", "x", false),
            ("KEPT_TOKEN", "x", false),
            ("Kept_Password", "x", false),
            ("AWS_PROFILE", "x", false),
            ("LD_PRELOAD", "/x.so", false),
            ("BASH_ENV", "/x", false),
            ("GIT_SSH_COMMAND", "x", false),
            ("EDITOR", "vim", false),
            ("TZ", key.as_str(), false),
            ("LANG", "https://me:hunter2@host/", false),
        ] {
            let keep = [
                "KEPT",
                "KEPT_TOKEN",
                "Kept_Password",
                "AWS_PROFILE",
                "LD_PRELOAD",
                "BASH_ENV",
                "GIT_SSH_COMMAND",
            ];
            assert_eq!(!names(&[(name, value)], &keep).is_empty(), is_handed_on, "{name}={value}");
        }
    }

    #[test]
    fn a_program_that_knows_keys_gets_none_of_ours() {
        for (name, is_handed_on) in [
            ("HOME", true),
            ("GNUPGHOME", true),
            ("PASSWORD_STORE_DIR", true),
            ("VAULT_TOKEN", true),
            ("AZURE_CONFIG_DIR", true),
            ("AZURE_CLIENT_ID", true),
            ("AWS_PROFILE", true),
            ("AZURE_CLIENT_SECRET", false),
            ("AZURE_OPENAI_API_KEY", false),
            ("AZURE_OPENAI_AD_TOKEN", false),
            ("OPENAI_API_KEY", false),
            ("ANTHROPIC_AUTH_TOKEN", false),
            ("GROQ_API_KEY", false),
            ("AWS_SECRET_ACCESS_KEY", false),
            ("AWS_SESSION_TOKEN", false),
            ("GOOGLE_API_KEY", false),
            ("LD_PRELOAD", false),
            ("NODE_OPTIONS", false),
            ("BOWLINE_STATE_HOME", false),
        ] {
            let source = [(name.to_owned(), "x".to_owned())];
            let own = of_key_program(&source).filter(|pair| !FIXED.contains(pair));
            assert_eq!(own.count() > 0, is_handed_on, "{name}");
        }
    }

    #[test]
    fn no_program_is_looked_up_where_the_agent_writes() {
        let outside = tempfile::tempdir().unwrap();
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("bin")).unwrap();
        std::os::unix::fs::symlink(root.path().join("bin"), outside.path().join("link")).unwrap();
        let (outside, root) = (outside.path().to_str().unwrap(), root.path().to_str().unwrap());
        for (written, cleaned) in [
            (None, SYSTEM.join(":")),
            (Some(""), SYSTEM.join(":")),
            (Some("/usr/bin:/bin"), "/usr/bin:/bin".to_owned()),
            (Some(".:bin::/usr/bin:"), "/usr/bin".to_owned()),
            (Some(&format!("{root}/bin:{outside}/link:{outside}:/bin")), format!("{outside}:/bin")),
            (
                Some(&format!("{outside}/../{}/bin:/bin", root.rsplit('/').next().unwrap())),
                "/bin".to_owned(),
            ),
        ] {
            assert_eq!(search_path(written, &[Path::new(root)]), cleaned, "{written:?}");
        }
        assert_eq!(search_path(Some("/usr/bin:/bin"), &[Path::new("/")]), "/usr/bin:/bin");
    }
}
