//! Google's credentials as the usual variables set them up, for the backends that take its tokens.
use std::path::PathBuf;

use super::Environment;
use crate::backend::GoogleSettings;

/// Where a machine at Google finds its own account.
const METADATA_HOST: &str = "metadata.google.internal";

pub(super) fn settings(environment: &Environment) -> GoogleSettings {
    let text = |name: &str| environment.get(name).map(str::to_owned);
    let path = |name: &str| environment.get(name).map(PathBuf::from);
    let gclouds = path("CLOUDSDK_CONFIG");
    let gclouds = gclouds.or_else(|| Some(environment.home()?.join(".config/gcloud")));
    GoogleSettings {
        named: path("GOOGLE_APPLICATION_CREDENTIALS"),
        gclouds: gclouds.map(|directory| directory.join("application_default_credentials.json")),
        metadata_host: text("GCE_METADATA_HOST").unwrap_or_else(|| METADATA_HOST.to_owned()),
        quota_project: text("GOOGLE_CLOUD_QUOTA_PROJECT"),
        allows_programs: environment.get("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES") == Some("1"),
    }
}
