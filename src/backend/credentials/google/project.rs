//! The project that is asked, where nobody has named one: that of the credentials, else gcloud's own, else the machine's.
use std::path::{Path, PathBuf};

use tokio::fs;

use super::{CredentialsError, Google, Means, Project, Tried, file::File, metadata, shown};

/// Without another name, gcloud's configuration is this one.
const USUAL_CONFIGURATION: &str = "default";

/// What gcloud goes by.
#[derive(Debug, Clone, Default)]
pub struct Gcloud {
    /// Where it keeps what is set.
    pub directory: Option<PathBuf>,
    /// Which of its configurations a variable chooses.
    pub configuration: Option<String>,
    /// The project that a variable sets.
    pub project: Option<String>,
}

impl Google {
    /// Absent: somebody has named one.
    pub(super) async fn project(
        &self,
        file: Option<(&Path, &File)>,
        means: &Means,
    ) -> Result<Option<Project>, CredentialsError> {
        let Self(settings) = self;
        if !settings.wants_project {
            return Ok(None);
        }
        let of_file = |name: fn(&File) -> Option<&str>| {
            let (path, file) = file?;
            project(name(file)?, shown(path))
        };
        if let Some(own) = of_file(File::project) {
            return Ok(Some(own));
        }
        let (gclouds, place) = settings.gcloud.project().await;
        if let Some(gclouds) = gclouds.or_else(|| of_file(File::quota_project)) {
            return Ok(Some(gclouds));
        }
        let mut tried = vec![tried("GOOGLE_CLOUD_PROJECT", "it is not set")];
        tried.extend(file.map(|(path, _)| self::tried(&shown(path), "it names no project")));
        tried.push(self::tried(&place, "it names no project"));
        if file.is_none() {
            match metadata::project(&settings.metadata_host, means).await {
                Ok(id) => match project(&id, "the metadata server of this machine".to_owned()) {
                    Some(machines) => return Ok(Some(machines)),
                    None => tried.push(self::tried("the metadata server", "it names none")),
                },
                Err(failure) => tried.push(self::tried("the metadata server", &failure.why)),
            }
        }
        let next = "set `project` in the backend's table, or GOOGLE_CLOUD_PROJECT, or run `gcloud config set project PROJECT`";
        let missing = "no project of Google Cloud is known";
        Err(CredentialsError { tried, ..CredentialsError::new(missing, next) })
    }
}

impl Gcloud {
    /// The project, and where it would stand.
    async fn project(&self) -> (Option<Project>, String) {
        const VARIABLE: &str = "CLOUDSDK_CORE_PROJECT";
        if let Some(set) = self.project.as_deref().and_then(|id| project(id, VARIABLE.to_owned())) {
            return (Some(set), VARIABLE.to_owned());
        }
        let Some(directory) = &self.directory else {
            return (None, "gcloud's configuration".to_owned());
        };
        let active = fs::read_to_string(directory.join("active_config")).await.ok();
        let name = self.configuration.as_deref().or(active.as_deref().map(str::trim));
        // A name, and no way to another directory.
        let name = name.filter(|name| !name.is_empty() && !name.contains(['/', '\\']));
        let file = format!("config_{}", name.unwrap_or(USUAL_CONFIGURATION));
        let path = directory.join("configurations").join(file);
        let text = fs::read_to_string(&path).await.unwrap_or_default();
        let set = core_project(&text).and_then(|id| project(id, shown(&path)));
        (set, shown(&path))
    }
}

/// What the section `core` says of it.
fn core_project(text: &str) -> Option<&str> {
    let lines = text.lines().map(str::trim).skip_while(|line| *line != "[core]").skip(1);
    let mut pairs =
        lines.take_while(|line| !line.starts_with('[')).filter_map(|it| it.split_once('='));
    pairs.find(|(name, _)| name.trim() == "project").map(|(_, id)| id.trim())
}

/// Absent: it is no name of one, and has no business in an address.
fn project(id: &str, source: String) -> Option<Project> {
    let is_name =
        !id.is_empty() && id.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.:".contains(&it));
    is_name.then(|| Project { id: id.to_owned(), source })
}

fn tried(place: &str, outcome: &str) -> Tried {
    Tried { place: place.to_owned(), outcome: outcome.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gclouds_configuration_names_a_project() {
        for (text, expected) in [
            ("[core]\naccount = ada@example.com\nproject = p-1\n", Some("p-1")),
            ("[compute]\nproject = no\n\n[core]\nproject=p-1\n[x]\nproject = no", Some("p-1")),
            ("[core]\naccount = a\n[billing]\nproject = no\n", None),
            ("", None),
        ] {
            assert_eq!(core_project(text), expected, "{text}");
        }
        assert!(project("a/../b", String::new()).is_none());
    }
}
