//! The files of AWS's own programs: `~/.aws/config` and `~/.aws/credentials`, as far as they say who somebody is.
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::Surroundings;

/// The settings of both files. Where both say something of a profile, the one for credentials counts.
#[derive(Debug, Default)]
pub(super) struct Files {
    profiles: BTreeMap<String, Section>,
    sso_sessions: BTreeMap<String, Section>,
    /// Where they were looked for.
    pub(super) places: [PathBuf; 2],
}

/// The values of a section by their names, in lower case.
#[derive(Clone, Default)]
pub(super) struct Section(BTreeMap<String, String>);

impl Section {
    /// Absent: it is not set, or to nothing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Names alone: values may be secrets.
impl std::fmt::Debug for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Files {
    /// A file that can't be read is as if it were not there.
    pub(super) fn read(surroundings: &Surroundings) -> Self {
        let config = place(surroundings, "AWS_CONFIG_FILE", "config");
        let credentials = place(surroundings, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
        let text = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        let mut files = Self::parse(&text(&config), &text(&credentials));
        files.places = [config, credentials];
        files
    }

    fn parse(config: &str, credentials: &str) -> Self {
        let mut files = Self::default();
        for (name, section) in sections(config) {
            match name.split_once(char::is_whitespace) {
                None if name == "default" => files.add_profile(name, section),
                Some(("profile", name)) => files.add_profile(unquoted(name), section),
                Some(("sso-session", name)) => {
                    files.sso_sessions.insert(unquoted(name).to_owned(), section);
                }
                None | Some(_) => {}
            }
        }
        for (name, section) in sections(credentials) {
            files.add_profile(unquoted(name), section);
        }
        files
    }

    pub(super) fn profile(&self, name: &str) -> Option<&Section> {
        self.profiles.get(name)
    }

    pub(super) fn sso_session(&self, name: &str) -> Option<&Section> {
        self.sso_sessions.get(name)
    }

    fn add_profile(&mut self, name: &str, section: Section) {
        self.profiles.entry(name.to_owned()).or_default().0.extend(section.0);
    }
}

fn place(surroundings: &Surroundings, variable: &str, name: &str) -> PathBuf {
    match surroundings.get(variable) {
        Some(path) => surroundings.expanded(path),
        None => surroundings.below_aws(name),
    }
}

fn sections(text: &str) -> Vec<(&str, Section)> {
    let mut sections: Vec<(&str, Section)> = Vec::new();
    for line in text.lines() {
        // What is indented belongs to the line above it, and says nothing of who somebody is.
        let is_more = line.starts_with([' ', '\t']);
        let line = without_comment(line);
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            sections.push((name.trim(), Section::default()));
        } else if let (false, Some((_, section)), Some((name, value))) =
            (is_more, sections.last_mut(), line.split_once('='))
        {
            section.0.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    sections
}

/// A comment is a line of its own, or stands behind a blank.
fn without_comment(line: &str) -> &str {
    if line.starts_with(['#', ';']) {
        return "";
    }
    let comments = [" #", " ;", "\t#", "\t;"].into_iter().filter_map(|mark| line.find(mark));
    comments.min().map_or(line, |at| &line[..at]).trim()
}

fn unquoted(name: &str) -> &str {
    let name = name.trim();
    let inside = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    inside.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_read_as_aws_reads_them() {
        let config = "\
# of the team
[default]
region=eu-central-1 ; near
s3 =
  max_concurrent_requests = 20
  aws_access_key_id = not this
[profile \"my work\"]
SSO_Session = corp
sso_role_name = a#b
[sso-session corp]
sso_start_url = https://corp.example/start#/
[plugins]
region = nowhere
[stray]
region = nowhere
";
        let credentials = "region = nowhere\n[default]\naws_access_key_id = AKIA\naws_secret_access_key = a/b+c=\n[old]\nregion =\n";
        let files = Files::parse(config, credentials);
        let value = |profile: &str, name: &str| {
            files.profile(profile).and_then(|it| it.get(name)).map(str::to_owned)
        };
        for (profile, name, expected) in [
            ("default", "region", Some("eu-central-1")),
            ("default", "aws_access_key_id", Some("AKIA")),
            ("default", "aws_secret_access_key", Some("a/b+c=")),
            ("default", "s3", None),
            ("my work", "sso_session", Some("corp")),
            ("my work", "sso_role_name", Some("a#b")),
            ("old", "region", None),
            ("stray", "region", None),
            ("plugins", "region", None),
        ] {
            assert_eq!(value(profile, name).as_deref(), expected, "{profile} {name}");
        }
        let session = files.sso_session("corp").unwrap();
        assert_eq!(session.get("sso_start_url"), Some("https://corp.example/start#/"));
        assert!(files.profile("old").is_some() && files.profile("stray").is_none());
        assert!(!format!("{files:?}").contains("a/b+c="));
    }
}
