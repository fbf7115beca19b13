//! Lays what the user says of a server over what its kind says.
use super::settings::QuirkSettings;
use crate::wire::{MaxTokensField, Quirks, SystemRole};

/// # Errors
/// A sentence that names the setting, when its value is not one of those it may have.
pub(super) fn overlay(kind: Quirks, user: &QuirkSettings) -> Result<Quirks, String> {
    let max_tokens_field = match user.max_tokens_field.as_deref() {
        None => kind.max_tokens_field,
        Some("max_tokens") => MaxTokensField::MaxTokens,
        Some("max_completion_tokens") => MaxTokensField::MaxCompletionTokens,
        Some(other) => {
            return Err(format!(
                "max_tokens_field is `{other}`: it may be max_tokens or max_completion_tokens"
            ));
        }
    };
    let system_role = match user.system_role.as_deref() {
        None => kind.system_role,
        Some("system") => SystemRole::System,
        Some("developer") => SystemRole::Developer,
        Some(other) => {
            return Err(format!("system_role is `{other}`: it may be system or developer"));
        }
    };
    let (effort, effort_in_object) = match user.effort_field.as_deref() {
        None => (kind.effort, kind.effort_in_object),
        Some("reasoning_effort") => (true, false),
        Some("reasoning") => (true, true),
        Some("none") => (false, false),
        Some(other) => {
            return Err(format!(
                "effort_field is `{other}`: it may be reasoning_effort, reasoning or none"
            ));
        }
    };
    let mut extra_body = kind.extra_body;
    extra_body.extend(user.extra_body.clone());
    Ok(Quirks {
        max_tokens_field,
        system_role,
        stream_usage: user.stream_usage.unwrap_or(kind.stream_usage),
        parallel_calls: user.parallel_calls.unwrap_or(kind.parallel_calls),
        echo_reasoning: user.echo_reasoning.clone().or(kind.echo_reasoning),
        short_call_ids: user.short_call_ids.unwrap_or(kind.short_call_ids),
        images: user.images.unwrap_or(kind.images),
        call_ids: kind.call_ids,
        version_in_body: kind.version_in_body,
        stream_in_body: kind.stream_in_body,
        cache_key: kind.cache_key,
        effort,
        effort_in_object,
        previews: kind.previews,
        extra_body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_wins_over_the_kind() {
        let user = QuirkSettings {
            max_tokens_field: Some("max_tokens".into()),
            system_role: Some("developer".into()),
            images: Some(false),
            ..QuirkSettings::default()
        };
        let quirks = overlay(Quirks::default(), &user).unwrap();
        assert_eq!(quirks.max_tokens_field, MaxTokensField::MaxTokens);
        assert_eq!(quirks.system_role, SystemRole::Developer);
        assert!(!quirks.images && quirks.stream_usage);
    }

    #[test]
    fn a_value_nobody_knows_is_named() {
        let user = QuirkSettings { system_role: Some("boss".into()), ..QuirkSettings::default() };
        let error = overlay(Quirks::default(), &user).unwrap_err();
        assert!(error.contains("system_role is `boss`"), "{error}");
    }
}
