//! Which of the environment's values are secrets.
use super::Environment;
use crate::redact::{Secret, holds_key};

/// Of those who serve models, and of clouds.
const PROVIDERS: [&str; 22] = [
    "OPENAI",
    "ANTHROPIC",
    "AZURE",
    "AWS",
    "GOOGLE",
    "GEMINI",
    "VERTEX",
    "OPENROUTER",
    "MISTRAL",
    "GROQ",
    "DEEPSEEK",
    "XAI",
    "TOGETHER",
    "FIREWORKS",
    "CEREBRAS",
    "COHERE",
    "PERPLEXITY",
    "MOONSHOT",
    "HF",
    "HUGGINGFACE",
    "OLLAMA",
    "LITELLM",
];
const SECRET_WORDS: [&str; 8] =
    ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS"];
/// Another program's variable may be named so and hold an ordinary word; a key is longer than most.
const LEAST_LENGTH_ELSEWHERE: usize = 16;

/// The values of all variables that look like credentials.
pub(super) fn in_environment(environment: &Environment) -> Vec<Secret> {
    let found = environment.variables().filter_map(|(name, value)| {
        let (name, value) = (name.to_str()?, value.to_str()?.trim());
        is_secret(name, value).then(|| Secret::new(value.to_owned()))
    });
    found.collect()
}

/// Whether a name of a variable or of a header says that its value is a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let mut words = name.split(['_', '-']);
    words.any(|word| {
        SECRET_WORDS.contains(&word) || matches!(word, "APIKEY" | "AUTHORIZATION" | "COOKIE")
    })
}

fn is_secret(name: &str, value: &str) -> bool {
    // Whatever its name says.
    if holds_key(value) {
        return true;
    }
    // It names a file, such as GOOGLE_APPLICATION_CREDENTIALS, or a place.
    let is_place = value.starts_with(['/', '~', '.']) || value.contains("://");
    if value.is_empty() || is_place || !is_secret_name(name) {
        return false;
    }
    let is_providers = name.split('_').any(|word| PROVIDERS.contains(&word));
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    is_providers || (value.len() >= LEAST_LENGTH_ELSEWHERE && has_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_told_from_settings() {
        for (name, value, expected) in [
            ("OPENAI_API_KEY", "sk-canary", true),
            ("AZURE_OPENAI_API_KEY", "abcdefgh", true),
            ("AWS_SECRET_ACCESS_KEY", "abcd/efgh", true),
            ("AWS_BEARER_TOKEN_BEDROCK", "abcdefgh", true),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token", false),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/home/me/key.json", false),
            ("AWS_REGION", "eu-central-1", false),
            ("OPENAI_BASE_URL", "https://example.com", false),
            ("GITHUB_TOKEN", "ghp_0123456789abcdef", true),
            ("TOKEN_TYPE", "production", false),
            ("KEYBOARD", "0123456789abcdef0", false),
            ("OPENAI_API_KEY", "", false),
        ] {
            assert_eq!(is_secret(name, value), expected, "{name}");
        }
    }
}
