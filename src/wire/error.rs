//! What a model service says went wrong, in its own words and in one taxonomy.
use std::{fmt::Write, time::Duration};

/// A service that asks to wait longer than this is as good as gone for this turn.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// A service's refusal: what kind it is, and everything it said.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct ServiceError {
    pub kind: ErrorKind,
    /// The vendor's own words, on one line and without control characters.
    pub message: String,
    pub status: Option<u16>,
    pub code: Option<String>,
    pub request_id: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
    /// The service's own word on whether to try again (`x-should-retry`).
    pub should_retry: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The conversation is longer than the model's context.
    ContextOverflow,
    RateLimited,
    /// Money or a quota that waiting does not bring back.
    Quota,
    Overloaded,
    Credentials,
    UnknownModel,
    /// A content filter or a policy refused.
    Blocked,
    /// The request itself is wrong.
    BadRequest,
    /// Nothing known fits.
    Other,
}

impl ServiceError {
    /// Whether the same request may succeed if it is sent again after a while.
    pub fn is_retryable(&self) -> bool {
        if self.retry_after.is_some_and(|wait| wait > LONGEST_WAIT) {
            return false;
        }
        match self.kind {
            ErrorKind::ContextOverflow
            | ErrorKind::Quota
            | ErrorKind::Credentials
            | ErrorKind::UnknownModel
            | ErrorKind::Blocked => false,
            ErrorKind::RateLimited | ErrorKind::Overloaded => self.should_retry.unwrap_or(true),
            // The model wrote a call that the server could not read: the next try may be better.
            ErrorKind::BadRequest => {
                self.should_retry.unwrap_or(self.code.as_deref() == Some("tool_use_failed"))
            }
            // Without a status, or with a good one, the request had been taken and the answer broke off.
            ErrorKind::Other => self
                .should_retry
                .unwrap_or(matches!(self.status, None | Some(200..300 | 408 | 409 | 500..))),
        }
    }

    /// The service does not take back reasoning that it gave out: it belongs to another account, or stands behind words
    /// that have changed since.
    pub fn refuses_old_reasoning(&self) -> bool {
        const WORDS: [&str; 5] = [
            "`signature` in `thinking` block",
            "`redacted_thinking` blocks in the latest assistant message cannot be modified",
            "invalid_encrypted_content",
            "Corrupted thought signature",
            "Thought signature is not valid",
        ];
        let said = [Some(self.message.as_str()), self.code.as_deref()];
        self.kind == ErrorKind::BadRequest
            && said.into_iter().flatten().any(|said| WORDS.iter().any(|words| said.contains(words)))
    }

    /// The model is served, and not at this path.
    pub fn is_of_another_route(&self) -> bool {
        self.message.contains("supported on this route")
    }

    fn sentence(&self) -> String {
        let mut sentence = self.kind.words().to_owned();
        if !self.message.is_empty() {
            let _ = write!(sentence, ": {}", self.message);
        }
        let status = self.status.map(|status| format!("HTTP {status}"));
        let request = self.request_id.as_ref().map(|id| format!("request {id}"));
        let details: Vec<String> =
            [status, self.code.clone(), request].into_iter().flatten().collect();
        if !details.is_empty() {
            let _ = write!(sentence, " ({})", details.join(", "));
        }
        if let Some(advice) = self.advice() {
            let _ = write!(sentence, "; {advice}");
        }
        sentence
    }

    /// What to do, where Azure's and AWS's own words do not say it.
    pub fn advice(&self) -> Option<&'static str> {
        match self.code.as_deref() {
            Some("DeploymentNotFound") => Some(
                "on Azure a model is called by the name of its deployment: look that up in the portal; a new one takes some minutes",
            ),
            Some("AuthenticationTypeDisabled") => {
                Some("this resource takes no keys, only tokens of Entra ID")
            }
            Some(_) | None if self.message.contains("Virtual Network/Firewall rules") => {
                Some("the key is not at fault: the resource's network rules keep this machine out")
            }
            Some(_) | None if self.message.contains("with on-demand throughput isn") => Some(
                "on Bedrock this model is asked by an inference profile: write its name with `us.`, `eu.` or `global.` before it",
            ),
            Some("AccessDeniedException") if self.message.contains("access to the model") => Some(
                "the credentials are not at fault: ask for access to this model in the console of Bedrock, in the same region",
            ),
            Some(_) | None => None,
        }
    }
}

impl ErrorKind {
    fn words(self) -> &'static str {
        match self {
            Self::ContextOverflow => "the conversation is longer than the model can read",
            Self::RateLimited => "too many requests",
            Self::Quota => "the account's quota or credit is used up",
            Self::Overloaded => "the service is overloaded or out of order",
            Self::Credentials => "the service did not accept the credentials",
            Self::UnknownModel => "the service does not know this model",
            Self::Blocked => "the service's content policy refused",
            Self::BadRequest => "the service did not accept the request",
            Self::Other => "the service failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind) -> ServiceError {
        ServiceError {
            kind,
            message: "no".into(),
            status: Some(429),
            code: Some("slow_down".into()),
            request_id: Some("req_1".into()),
            retry_after: None,
            should_retry: None,
        }
    }

    #[test]
    fn the_sentence_holds_everything_that_was_said() {
        assert_eq!(
            error(ErrorKind::RateLimited).to_string(),
            "too many requests: no (HTTP 429, slow_down, request req_1)"
        );
        let bare = ServiceError {
            message: String::new(),
            status: None,
            code: None,
            request_id: None,
            ..error(ErrorKind::Other)
        };
        assert_eq!(bare.to_string(), "the service failed");
    }

    #[test]
    fn where_a_services_own_words_do_not_help_there_is_advice() {
        for (code, message, advice) in [
            (
                "DeploymentNotFound",
                "no",
                "; on Azure a model is called by the name of its deployment",
            ),
            ("AuthenticationTypeDisabled", "no", "; this resource takes no keys"),
            (
                "403",
                "Access denied due to Virtual Network/Firewall rules.",
                "; the key is not at fault",
            ),
            (
                "ValidationException",
                "Invocation of model ID anthropic.claude-opus-5-5 with on-demand throughput isn’t supported.",
                "; on Bedrock this model is asked by an inference profile",
            ),
            (
                "AccessDeniedException",
                "You don't have access to the model with the specified model ID.",
                "; the credentials are not at fault",
            ),
        ] {
            let code = Some(code.to_owned());
            let said = ServiceError { code, message: message.into(), ..error(ErrorKind::Other) };
            assert!(said.to_string().contains(advice), "{said}");
        }
    }

    #[test]
    fn the_service_has_the_last_word_on_trying_again_but_not_on_money() {
        let limited = error(ErrorKind::RateLimited);
        assert!(limited.is_retryable());
        assert!(!ServiceError { should_retry: Some(false), ..limited.clone() }.is_retryable());
        let long = ServiceError { retry_after: Some(Duration::from_secs(121)), ..limited };
        assert!(!long.is_retryable());
        let quota = ServiceError { should_retry: Some(true), ..error(ErrorKind::Quota) };
        assert!(!quota.is_retryable());
        let other = ServiceError { status: Some(409), ..error(ErrorKind::Other) };
        assert!(other.is_retryable());
        assert!(!ServiceError { status: Some(418), ..other }.is_retryable());
    }
}
