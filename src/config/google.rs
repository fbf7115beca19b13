//! Google's credentials as the usual variables set them up, for the backends that take its tokens.
use std::path::{Path, PathBuf};

use super::Environment;
use crate::backend::{Gcloud, GoogleSettings, Kind, Surroundings};

/// Where a machine at Google finds its own account.
const METADATA_HOST: &str = "metadata.google.internal";

/// `wants_project`: nobody has named one.
pub(super) fn settings(environment: &Environment, wants_project: bool) -> GoogleSettings {
    let text = |name: &str| environment.get(name).map(str::to_owned);
    let directory = directory(environment);
    GoogleSettings {
        named: environment.get("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from),
        gclouds: directory.as_deref().map(login),
        gcloud: Gcloud {
            directory,
            configuration: text("CLOUDSDK_ACTIVE_CONFIG_NAME"),
            project: text("CLOUDSDK_CORE_PROJECT"),
        },
        wants_project,
        metadata_host: text("GCE_METADATA_HOST").unwrap_or_else(|| METADATA_HOST.to_owned()),
        quota_project: text("GOOGLE_CLOUD_QUOTA_PROJECT"),
        allows_programs: environment.get("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES") == Some("1"),
        aws: Surroundings::new(environment.texts(), environment.home()),
    }
}

/// Whether the usual variables, or a login by gcloud, set up Google's credentials.
pub(super) fn is_set_up(environment: &Environment) -> bool {
    let has_login = || directory(environment).is_some_and(|directory| login(&directory).is_file());
    environment.get("GOOGLE_APPLICATION_CREDENTIALS").is_some()
        || is_wanted(environment)
        || has_login()
}

/// The variable of a key that stands for its project: where one is set, Vertex AI is wanted, and no project is named.
pub(super) fn express_variable(kind: Kind, environment: &Environment) -> Option<&'static str> {
    let is_set = |variable: &&'static str| environment.get(variable).is_some();
    let has_project = kind.project_variables().iter().any(is_set);
    kind.express_variable().filter(is_set).filter(|_| is_wanted(environment) && !has_project)
}

/// By the words of Google's own clients.
fn is_wanted(environment: &Environment) -> bool {
    ["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"]
        .into_iter()
        .filter_map(|name| environment.get(name))
        .any(|value| value.eq_ignore_ascii_case("true") || value == "1")
}

/// Where gcloud keeps what is set and who has logged in.
fn directory(environment: &Environment) -> Option<PathBuf> {
    let moved = environment.get("CLOUDSDK_CONFIG").map(PathBuf::from);
    moved.or_else(|| Some(environment.home()?.join(".config/gcloud")))
}

fn login(directory: &Path) -> PathBuf {
    directory.join("application_default_credentials.json")
}
