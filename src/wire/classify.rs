//! Reads a service's error, whatever its shape.
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{ServiceError, filters, retry_after};

/// The longest message that is kept: some services send whole pages.
const LONGEST_MESSAGE: usize = 1200;

/// What an answer's headers say about its error.
#[derive(Debug, Clone, Copy, Default)]
pub struct ErrorHeaders<'a> {
    /// `x-request-id` or the vendor's own name for it.
    pub request_id: Option<&'a str>,
    /// `x-amzn-errortype`: what AWS calls the error.
    pub error_type: Option<&'a str>,
    /// `retry-after`: seconds or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// `retry-after-ms`: milliseconds.
    pub retry_after_ms: Option<&'a str>,
    /// When the last limit that is used up is there again, as RFC 3339 writes it.
    pub limit_reset: Option<&'a str>,
    /// `x-should-retry`: `true` or `false`.
    pub should_retry: Option<&'a str>,
}

impl ServiceError {
    /// Reads the error in a whole answer. `now` is what a date in `retry-after` counts from.
    pub fn classify(
        status: Option<u16>,
        headers: &ErrorHeaders<'_>,
        body: &[u8],
        now: SystemTime,
    ) -> Self {
        let mut said = Said::read(body);
        // Behind a colon stands an address of no use.
        let error_type = headers.error_type.and_then(|name| name.split(':').next());
        said.class = said.class.or_else(|| error_type.map(clean));
        let mut error = said.into_error(status);
        error.request_id = headers.request_id.map(clean).or(error.request_id);
        error.retry_after =
            retry_after::from_headers(headers.retry_after_ms, headers.retry_after, now)
                .or_else(|| retry_after::until(headers.limit_reset?, now))
                .or(error.retry_after);
        error.should_retry = match headers.should_retry {
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) | None => None,
        };
        error
    }

    /// Reads the error in one frame of a stream: nested, flat, or a plain string.
    pub fn in_stream(frame: &[u8]) -> Self {
        Said::read(frame).into_error(None)
    }

    /// Reads an exception of AWS in a stream, such as `throttlingException`. In heads their names have a capital.
    pub(super) fn exception(name: &str, payload: &[u8]) -> Self {
        let mut class = clean(name);
        if let Some(first) = class.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Said { class: Some(class), ..Said::read(payload) }.into_error(None)
    }
}

/// The words of an error, taken out of their envelope.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) message: String,
    pub(super) code: Option<String>,
    /// The error's `type` or `status`, where it is a word.
    pub(super) class: Option<String>,
    /// Codes further inside, such as Azure's `innererror` and the `reason` in Google's `details`.
    pub(super) inner: Option<String>,
    /// A status inside the body.
    pub(super) status: Option<u16>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    pub(super) is_daily_quota: bool,
    pub(super) is_web_page: bool,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        let mut said = match serde_json::from_slice::<Value>(body) {
            Ok(Value::Array(list)) => Self::from_json(list.first().unwrap_or(&Value::Null)),
            Ok(value) => Self::from_json(&value),
            Err(_) => Self::from_text(&String::from_utf8_lossy(body)),
        };
        said.message = clean(&said.message);
        said.retry_after = said.retry_after.or_else(|| retry_after::from_message(&said.message));
        said
    }

    fn into_error(self, status: Option<u16>) -> ServiceError {
        // Some gateways answer 200 with an error that says its status itself.
        let status = status.filter(|status| *status >= 400).or(self.status).or(status);
        ServiceError {
            kind: self.kind(status),
            message: self.message,
            status,
            code: self.code.or(self.class),
            request_id: self.request_id,
            retry_after: self.retry_after,
            should_retry: None,
        }
    }

    fn from_json(value: &Value) -> Self {
        let error = match &value["error"] {
            Value::Null if value["response"]["error"].is_object() => &value["response"]["error"],
            Value::Null => value,
            error => error,
        };
        if let Some(text) = error.as_str() {
            return Self { message: text.to_owned(), ..Self::default() };
        }
        let mut message = ["message", "Message", "detail", "error_description"]
            .iter()
            .find_map(|key| words(&error[key]))
            .or_else(|| words(&value["message"]))
            .unwrap_or_else(|| if error.is_null() { String::new() } else { error.to_string() });
        // OpenRouter's own message is empty talk; what its provider said stands beside it.
        if let Some(raw) = words(&error["metadata"]["raw"]) {
            message = format!("{message}: {raw}");
        }
        // What a model behind AWS said itself.
        if let Some(original) = words(&error["originalMessage"]) {
            message = format!("{message}: {original}");
        }
        // Azure's message does not say what was found; that stands further inside.
        if let Some(categories) = filters::filtered(&error["innererror"]["content_filter_result"]) {
            message = format!("{message}: {categories}");
        }
        let details = error["details"].as_array().map_or(&[][..], Vec::as_slice);
        Self {
            message,
            code: word(&error["code"]).or_else(|| word(&error["details"]["error_code"])),
            class: [&error["type"], &error["status"], &error["__type"]]
                .iter()
                .find_map(|value| word(value))
                .filter(|class| class != "error"),
            inner: word(&error["innererror"]["code"])
                .or_else(|| details.iter().find_map(|detail| word(&detail["reason"]))),
            status: [
                &error["code"],
                &error["status"],
                &error["originalStatusCode"],
                &value["statusCode"],
                &value["status"],
            ]
            .iter()
            .find_map(|value| status(value)),
            request_id: word(&value["request_id"]),
            retry_after: details
                .iter()
                .find_map(|detail| retry_after::from_words(detail["retryDelay"].as_str()?)),
            is_daily_quota: details
                .iter()
                .filter_map(|detail| detail["violations"].as_array())
                .flatten()
                .any(|violation| violation["quotaId"].as_str().is_some_and(is_per_day)),
            is_web_page: false,
        }
    }

    fn from_text(text: &str) -> Self {
        let start: String = text.trim_start().chars().take(15).collect::<String>().to_lowercase();
        let is_web_page = start.starts_with("<!doctype") || start.starts_with("<html");
        let message = match (is_web_page, title(text)) {
            (false, _) => text.to_owned(),
            (true, None) => "answered with a web page; check the base URL".to_owned(),
            (true, Some(title)) => {
                format!("answered with a web page titled \"{title}\"; check the base URL")
            }
        };
        Self { message, is_web_page, ..Self::default() }
    }
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A value that names something. Numbers are statuses, not names.
fn word(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (!text.is_empty() && text.parse::<u16>().is_err()).then(|| clean(text))
}

fn status(value: &Value) -> Option<u16> {
    let number = match value {
        Value::String(text) => text.parse().ok()?,
        other => other.as_u64()?,
    };
    u16::try_from(number).ok().filter(|status| (400..600).contains(status))
}

fn is_per_day(quota: &str) -> bool {
    quota.contains("PerDay")
}

fn title(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(clean(title)).filter(|title| !title.is_empty())
}

/// Foreign words for a terminal's line: no control characters, no line ends, not endless.
fn clean(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > LONGEST_MESSAGE {
            line.truncate(line.floor_char_boundary(LONGEST_MESSAGE));
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ErrorKind;

    /// Status, body, kind, whether to try again.
    #[rustfmt::skip]
    const CASES: &[(Option<u16>, &str, ErrorKind, bool)] = &[
        (Some(400), r#"{"error":{"message":"Your input exceeds the context window of this model.","type":"invalid_request_error","code":"context_length_exceeded"}}"#, ErrorKind::ContextOverflow, false),
        (Some(400), r#"{"error":{"code":400,"type":"exceed_context_size_error","message":"the request exceeds","n_prompt_tokens":9,"n_ctx":4}}"#, ErrorKind::ContextOverflow, false),
        (Some(400), r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000","type":"BadRequestError","code":400}"#, ErrorKind::ContextOverflow, false),
        (Some(413), "", ErrorKind::ContextOverflow, false),
        (Some(400), r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 5 maximum"},"request_id":"req_9"}"#, ErrorKind::ContextOverflow, false),
        (Some(429), r#"{"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#, ErrorKind::Quota, false),
        (Some(402), r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#, ErrorKind::Quota, false),
        (Some(429), r#"{"error":{"message":"Rate limit reached. Please try again in 1.2s.","type":"tokens","code":"rate_limit_exceeded"}}"#, ErrorKind::RateLimited, true),
        (Some(413), r#"{"error":{"message":"Request too large for model","type":"tokens","code":"rate_limit_exceeded"}}"#, ErrorKind::RateLimited, true),
        (Some(429), "slow down", ErrorKind::RateLimited, true),
        (Some(200), r#"{"error":{"code":402,"message":"m"}}"#, ErrorKind::Quota, false),
        (Some(200), r#"{"error":{"code":400,"message":"m"}}"#, ErrorKind::BadRequest, false),
        (Some(200), r#"{"error":{"code":529,"message":"m"}}"#, ErrorKind::Overloaded, true),
        (Some(500), r#"{"error":{"message":"The server had an error","type":"server_error","code":null}}"#, ErrorKind::Overloaded, true),
        (Some(500), r#"{"error":{"code":500,"message":"Failed to parse tool call arguments as JSON: [json.exception]","type":"server_error"}}"#, ErrorKind::BadRequest, false),
        (Some(503), r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, ErrorKind::Overloaded, true),
        (Some(529), r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, ErrorKind::Overloaded, true),
        (Some(400), r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#, ErrorKind::Quota, false),
        (Some(400), r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 205000 tokens > 200000 maximum"}}"#, ErrorKind::ContextOverflow, false),
        (Some(413), r#"{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#, ErrorKind::ContextOverflow, false),
        (Some(429), r#"{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}"#, ErrorKind::Quota, false),
        (Some(504), r#"{"type":"error","error":{"type":"timeout_error","message":"m"}}"#, ErrorKind::Overloaded, true),
        (Some(408), "", ErrorKind::Overloaded, true),
        (Some(409), "", ErrorKind::Other, true),
        (Some(401), r#"{"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}}"#, ErrorKind::Credentials, false),
        (Some(401), r#"{"statusCode":401,"message":"Access denied"}"#, ErrorKind::Credentials, false),
        (Some(401), r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key"}}"#, ErrorKind::Credentials, false),
        (Some(400), r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#, ErrorKind::Credentials, false),
        (Some(400), r#"{"error":{"code":400,"message":"API key expired. Please renew the API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#, ErrorKind::Credentials, false),
        (Some(400), r#"{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#, ErrorKind::ContextOverflow, false),
        (Some(400), r#"{"error":{"code":400,"message":"Request payload size exceeds the limit: 20971520 bytes.","status":"INVALID_ARGUMENT"}}"#, ErrorKind::ContextOverflow, false),
        (Some(400), r#"{"error":{"code":400,"message":"Function call is missing a thought_signature in functionCall parts.","status":"INVALID_ARGUMENT"}}"#, ErrorKind::BadRequest, false),
        (Some(404), r#"{"error":{"code":404,"message":"models/x is not found for API version v1beta","status":"NOT_FOUND"}}"#, ErrorKind::UnknownModel, false),
        (Some(404), r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist"}}"#, ErrorKind::UnknownModel, false),
        (Some(404), r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#, ErrorKind::UnknownModel, false),
        (Some(404), "<!DOCTYPE html><html><title>Not Found</title>", ErrorKind::Other, false),
        (Some(502), "<html>\r\n<head><title>502 Bad Gateway</title></head>", ErrorKind::Overloaded, true),
        (Some(400), r#"{"error":{"code":"content_filter","message":"The response was filtered","param":"prompt","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, ErrorKind::Blocked, false),
        (Some(400), r#"{"error":{"type":"invalid_request_error","param":"reasoning_effort","code":"unsupported_value","message":"no"}}"#, ErrorKind::BadRequest, false),
        (Some(400), r#"{"error":{"message":"Failed to call a function","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"x"}}"#, ErrorKind::BadRequest, true),
        (Some(422), r#"{"detail":[{"loc":["body"],"msg":"extra fields not permitted"}]}"#, ErrorKind::BadRequest, false),
        (Some(429), r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"13.5s"}]}}"#, ErrorKind::RateLimited, true),
        (Some(429), r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"RequestsPerDayPerProject"}]}]}}"#, ErrorKind::Quota, false),
        (Some(400), r#"{"__type":"com.amazon#ThrottlingException","message":"m"}"#, ErrorKind::RateLimited, true),
        (Some(400), r#"{"__type":"ValidationException","message":"Input is too long for requested model."}"#, ErrorKind::ContextOverflow, false),
        (Some(400), r#"{"__type":"ValidationException","message":"The provided model identifier is invalid."}"#, ErrorKind::UnknownModel, false),
        (Some(429), r#"{"__type":"ThrottlingException","message":"Too many tokens per day, please wait before trying again."}"#, ErrorKind::Quota, false),
        (Some(403), r#"{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}"#, ErrorKind::Credentials, false),
        (Some(403), r#"{"__type":"InvalidSignatureException","message":"Signature expired"}"#, ErrorKind::Credentials, false),
        (Some(424), r#"{"__type":"ModelErrorException","message":"m"}"#, ErrorKind::BadRequest, false),
        (Some(200), r#"{"error":{"message":"overloaded","code":"server_is_overloaded"}}"#, ErrorKind::Overloaded, true),
        // In mid-stream there is no status but what the body says.
        (None, r#"{"type":"error","sequence_number":2,"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m","param":null}}"#, ErrorKind::Quota, false),
        (None, r#"{"type":"error","sequence_number":2,"code":"slow_down","message":"m","param":null}"#, ErrorKind::RateLimited, true),
        (None, r#"{"type":"response.failed","response":{"error":{"code":"context_length_exceeded","message":"m"}}}"#, ErrorKind::ContextOverflow, false),
        (None, r#"{"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"upstream timed out"}},"choices":[{"finish_reason":"error"}]}"#, ErrorKind::Overloaded, true),
        (None, r#"{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"message\":\"prompt is too long: 9\"}"}}}"#, ErrorKind::ContextOverflow, false),
        (None, r#"{"error":"model runner has unexpectedly stopped"}"#, ErrorKind::Other, true),
    ];

    #[test]
    fn every_service_lands_in_one_taxonomy() {
        for (status, body, kind, is_retryable) in CASES {
            let headers = ErrorHeaders::default();
            let error =
                ServiceError::classify(*status, &headers, body.as_bytes(), SystemTime::UNIX_EPOCH);
            assert_eq!((error.kind, error.is_retryable()), (*kind, *is_retryable), "{body}");
        }
    }

    #[test]
    fn what_was_said_is_kept_and_made_fit_for_a_terminal() {
        let said = |body: &str| ServiceError::in_stream(body.as_bytes());
        let error =
            said(r#"{"error":{"code":502,"message":"a","metadata":{"raw":"b\u001b[2J\nc"}}}"#);
        assert_eq!((error.message.as_str(), error.status), ("a: b [2J c", Some(502)));
        let page = said("<html><title>502 Bad Gateway</title>");
        assert!(page.message.contains("a web page titled \"502 Bad Gateway\""), "{page}");
        let error = said(
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"req_9"}"#,
        );
        assert_eq!(error.request_id.as_deref(), Some("req_9"));
        assert_eq!(error.code.as_deref(), Some("overloaded_error"));
        let filtered = said(
            r#"{"error":{"code":"content_filter","message":"The response was filtered","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":true,"filtered":true},"violence":{"filtered":true,"severity":"high"}}}}}"#,
        );
        assert_eq!(filtered.message, "The response was filtered: jailbreak, violence");
        assert!(said(&"é ".repeat(5000)).message.len() < 1300);
        let limited =
            said(r#"{"code":"rate_limit_exceeded","message":"Please try again in 250ms."}"#);
        assert_eq!(limited.retry_after, Some(Duration::from_millis(250)));
    }

    #[test]
    fn an_exception_of_aws_is_known_by_its_name() {
        use ErrorKind::{BadRequest, ContextOverflow, Overloaded, Quota, RateLimited};
        for (name, payload, kind, is_retryable) in [
            ("throttlingException", r#"{"message":"Too many tokens, wait"}"#, RateLimited, true),
            ("throttlingException", r#"{"message":"Too many tokens per day"}"#, Quota, false),
            ("serviceUnavailableException", "{}", Overloaded, true),
            ("internalServerException", "", Overloaded, true),
            ("modelTimeoutException", "{}", Overloaded, true),
            ("validationException", r#"{"message":"no"}"#, BadRequest, false),
            ("validationException", r#"{"message":"Input is too long"}"#, ContextOverflow, false),
            ("modelStreamErrorException", r#"{"message":"m"}"#, Overloaded, true),
            (
                "modelStreamErrorException",
                r#"{"message":"m","originalStatusCode":400,"originalMessage":"bad"}"#,
                BadRequest,
                false,
            ),
            ("modelStreamErrorException", r#"{"originalStatusCode":503}"#, Overloaded, true),
            ("InternalFailure", r#"{"message":"m"}"#, Overloaded, true),
            ("somethingNewException", "{}", ErrorKind::Other, true),
        ] {
            let error = ServiceError::exception(name, payload.as_bytes());
            assert_eq!((error.kind, error.is_retryable()), (kind, is_retryable), "{error}");
        }
        let payload = br#"{"message":"m","originalStatusCode":400,"originalMessage":"bad"}"#;
        assert_eq!(
            ServiceError::exception("modelStreamErrorException", payload).to_string(),
            "the service did not accept the request: m: bad (HTTP 400, ModelStreamErrorException)"
        );
    }

    #[test]
    fn headers_go_before_the_body() {
        let headers = ErrorHeaders {
            request_id: Some("req_1"),
            error_type: None,
            retry_after: Some("7"),
            retry_after_ms: Some("1500"),
            limit_reset: Some("1970-01-01T00:00:09Z"),
            should_retry: Some("false"),
        };
        let body = br#"{"error":{"message":"try again in 9s"}}"#;
        let error = ServiceError::classify(Some(429), &headers, body, SystemTime::UNIX_EPOCH);
        assert_eq!(error.retry_after, Some(Duration::from_millis(1500)));
        assert_eq!(error.request_id.as_deref(), Some("req_1"));
        assert!(!error.is_retryable());
        let address = "http://internal.amazon.com/coral/com.amazon.bedrock/";
        let named = format!("ModelNotReadyException:{address}");
        let aws = ErrorHeaders { error_type: Some(&named), ..ErrorHeaders::default() };
        let body = br#"{"message":"not yet"}"#;
        let error = ServiceError::classify(Some(400), &aws, body, SystemTime::UNIX_EPOCH);
        assert_eq!(error.kind, ErrorKind::RateLimited);
        assert_eq!(error.code.as_deref(), Some("ModelNotReadyException"));
        let headers = ErrorHeaders { retry_after: None, retry_after_ms: None, ..headers };
        let error = ServiceError::classify(Some(429), &headers, b"", SystemTime::UNIX_EPOCH);
        assert_eq!(error.retry_after, Some(Duration::from_secs(9)));
    }
}
