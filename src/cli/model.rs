//! Which model a turn asks, and the backend it is served by.
use std::sync::Arc;

use super::{
    args::RunOptions,
    exit::{CommandError, Exit},
};
use crate::{
    backend::{self, Backend, BackendError, Kind},
    catalogue::{self, ModelInfo},
    config::Settings,
    protocol::{FailureKind, ModelRef},
    redact::Redactor,
};

/// The model: what was asked for, else the session's own, else the configuration's. A cassette answers for any model.
pub(super) fn choose(
    options: &RunOptions,
    settings: &Settings,
    recorded: Option<&ModelRef>,
    notices: &mut Vec<String>,
) -> Result<ModelRef, CommandError> {
    let is_asked_for = options.overrides.model.is_some();
    match (recorded, &settings.model) {
        (Some(recorded), _) if !is_asked_for => return Ok(recorded.clone()),
        _ if options.replay.is_some() && !is_asked_for => {
            return Ok(ModelRef { backend: "replay".to_owned(), model: "recorded".to_owned() });
        }
        (_, Some(model)) => {
            notices.extend(settings.model_note.clone());
            return Ok(model.clone());
        }
        (_, None) => {}
    }
    let error = CommandError::usage("no model is configured");
    Err(match &settings.model_note {
        Some(note) => error.with_hint(note.clone()),
        None => error,
    })
}

pub(super) fn open_backend(
    options: &RunOptions,
    settings: &Settings,
    model: &ModelRef,
    redactor: Arc<Redactor>,
) -> Result<(Arc<dyn Backend>, Option<ModelInfo>), CommandError> {
    if let Some(cassette) = &options.replay {
        return Ok((backend::replay(cassette)?, None));
    }
    let Some(backend) = settings.backends.get(&model.backend) else {
        let known: Vec<&str> = settings.backends.keys().map(String::as_str).collect();
        return Err(CommandError::usage(format!("no backend is named `{}`", model.backend))
            .with_hint(format!("the configured ones are {}", known.join(", "))));
    };
    let info = catalogue_group(backend.kind, backend.base_url.as_deref())
        .and_then(|group| catalogue::find(group, &model.model));
    let backend = backend::open(backend.clone(), options.record.as_deref(), redactor)?;
    Ok((backend, info))
}

/// The part of the catalogue whose list prices hold for a backend: the vendor's own service alone.
fn catalogue_group(kind: Kind, base_url: Option<&str>) -> Option<&'static str> {
    match (kind, base_url) {
        (Kind::Openai, None) => Some("openai"),
        (Kind::Openai, Some(url)) if url.starts_with("https://api.openai.com/") => Some("openai"),
        (Kind::Openai | Kind::OpenaiChat | Kind::Ollama | Kind::Llamacpp | Kind::Lmstudio, _) => {
            None
        }
    }
}

impl From<BackendError> for CommandError {
    fn from(error: BackendError) -> Self {
        let exit = match &error {
            // Nothing has been played yet: the file that was named is no cassette, or can't be made one.
            BackendError::Cassette(_) => Exit::Usage,
            _ => exit_for(error.failure().kind),
        };
        Self::new(exit, error.to_string())
    }
}

/// The exit code that tells a failure's kind.
pub(super) fn exit_for(kind: FailureKind) -> Exit {
    match kind {
        FailureKind::Credentials => Exit::Credentials,
        FailureKind::Configuration => Exit::Usage,
        FailureKind::Unavailable => Exit::Unavailable,
        FailureKind::Refused | FailureKind::Internal => Exit::Failed,
    }
}
