//! Where an error belongs in the taxonomy: by its codes, else by its words, else by its status.
use super::{ErrorKind, classify::Said};

impl Said {
    pub(super) fn kind(&self, status: Option<u16>) -> ErrorKind {
        let codes = [&self.code, &self.inner, &self.class];
        let known = codes.iter().filter_map(|code| code.as_deref()).find_map(|c| self.by_code(c));
        if let Some(kind) = known.or_else(|| self.by_message()) {
            return kind;
        }
        let is_invalid =
            [&self.class, &self.code].into_iter().filter_map(Option::as_deref).any(|name| {
                matches!(name, "invalid_request_error" | "INVALID_ARGUMENT" | "FAILED_PRECONDITION")
            });
        match status {
            Some(401 | 403) => ErrorKind::Credentials,
            Some(402) => ErrorKind::Quota,
            Some(404) if !self.is_web_page => ErrorKind::UnknownModel,
            Some(413) => ErrorKind::ContextOverflow,
            Some(429) => ErrorKind::RateLimited,
            Some(408) => ErrorKind::Overloaded,
            _ if is_invalid => ErrorKind::BadRequest,
            Some(500..) => ErrorKind::Overloaded,
            Some(409) => ErrorKind::Other,
            Some(400..500) if !self.is_web_page => ErrorKind::BadRequest,
            Some(_) | None => ErrorKind::Other,
        }
    }

    fn by_code(&self, code: &str) -> Option<ErrorKind> {
        // AWS appends `Exception`, and sometimes a namespace before a `#`.
        let name = code.rsplit('#').next().unwrap_or(code);
        let name = name.strip_suffix("Exception").unwrap_or(name);
        let kind = match name {
            "context_length_exceeded" | "exceed_context_size_error" | "request_too_large" => {
                ErrorKind::ContextOverflow
            }
            "insufficient_quota"
            | "credit_balance_exhausted"
            | "organization_spend_limit_exceeded"
            | "project_spend_limit_exceeded"
            | "organization_usage_limit_exceeded"
            | "enforced_spend_limit_reached"
            | "billing_hard_limit_reached"
            | "billing_error"
            | "usage_not_included"
            | "ServiceQuotaExceeded" => ErrorKind::Quota,
            "RESOURCE_EXHAUSTED" if self.is_daily_quota => ErrorKind::Quota,
            "Throttling" if self.message.contains("per day") => ErrorKind::Quota,
            "rate_limit_exceeded"
            | "rate_limit_error"
            | "slow_down"
            | "RESOURCE_EXHAUSTED"
            | "Throttling"
            | "ModelNotReady"
            | "too_many_requests" => ErrorKind::RateLimited,
            "server_is_overloaded"
            | "overloaded_error"
            | "api_error"
            | "timeout_error"
            | "UNAVAILABLE"
            | "INTERNAL"
            | "DEADLINE_EXCEEDED"
            | "ServiceUnavailable"
            | "InternalServer"
            | "InternalFailure"
            | "ModelTimeout"
            | "unavailable_error" => ErrorKind::Overloaded,
            // llama.cpp says `server_error` of requests that it cannot read, too.
            "server_error" if self.by_message().is_none() => ErrorKind::Overloaded,
            // What came of the model behind it says the status that it gave.
            "ModelStreamError" if self.status.is_none() => ErrorKind::Overloaded,
            "invalid_api_key"
            | "API_KEY_INVALID"
            | "authentication_error"
            | "permission_error"
            | "AccessDenied"
            | "UnrecognizedClient"
            | "ExpiredToken"
            | "InvalidSignature"
            | "PERMISSION_DENIED"
            | "PermissionDenied"
            | "UNAUTHENTICATED" => ErrorKind::Credentials,
            "model_not_found" | "DeploymentNotFound" | "not_found_error" | "ResourceNotFound"
            | "NOT_FOUND" => ErrorKind::UnknownModel,
            "content_filter"
            | "content_policy_violation"
            | "ResponsibleAIPolicyViolation"
            | "invalid_prompt"
            | "bio_policy"
            | "misalignment_policy_violation" => ErrorKind::Blocked,
            "Validation" if self.by_message().is_none() => ErrorKind::BadRequest,
            "tool_use_failed"
            | "unsupported_parameter"
            | "unsupported_value"
            | "data_residency_mismatch" => ErrorKind::BadRequest,
            _ => return None,
        };
        Some(kind)
    }

    fn by_message(&self) -> Option<ErrorKind> {
        const OVERFLOW: [&str; 12] = [
            "exceed context limit",
            "maximum context length is",
            "input tokens exceed the configured limit",
            "is longer than the model's context length",
            "exceeds the available context size",
            "exceeds the maximum number of tokens allowed",
            "prompt is too long",
            "input is too long",
            "exceeds the context window",
            "request payload size exceeds the limit",
            "exceed_context_size_error",
            "context_length_exceeded",
        ];
        let text = self.message.to_lowercase();
        if OVERFLOW.iter().any(|words| text.contains(words)) {
            return Some(ErrorKind::ContextOverflow);
        }
        if text.contains("failed to parse tool call arguments") {
            return Some(ErrorKind::BadRequest);
        }
        if text.contains("credit balance is too low") {
            return Some(ErrorKind::Quota);
        }
        if text.contains("api key not valid") {
            return Some(ErrorKind::Credentials);
        }
        let is_unknown = text.contains("the provided model identifier is invalid");
        is_unknown.then_some(ErrorKind::UnknownModel)
    }
}
