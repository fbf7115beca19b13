//! Services that speak Chat Completions in a way of their own, by their domains; in the words of a backend's `quirks`.
use url::Url;

use crate::backend::QuirkSettings;

/// What is known of one service. Whatever is not said is as with everybody else who speaks like OpenAI.
struct Service {
    domains: &'static [&'static str],
    quirks: fn() -> QuirkSettings,
}

/// The table. Groq, xAI, Together, Fireworks and others stand not in it, because nothing of theirs departs.
const SERVICES: [Service; 5] = [
    // What its reasoning models refuse of the older protocol, and what they take besides.
    Service {
        domains: &["api.openai.com"],
        quirks: || QuirkSettings {
            max_tokens_field: text("max_completion_tokens"),
            parallel_calls: Some(true),
            ..QuirkSettings::default()
        },
    },
    // Without the reasoning that led to a call, its outcome is refused.
    Service {
        domains: &["api.deepseek.com"],
        quirks: || QuirkSettings {
            echo_reasoning: text("reasoning_content"),
            ..QuirkSettings::default()
        },
    },
    Service {
        domains: &["api.moonshot.ai", "api.moonshot.cn"],
        quirks: || QuirkSettings {
            echo_reasoning: text("reasoning_content"),
            ..QuirkSettings::default()
        },
    },
    // Ids of calls are nine letters or digits, and what was used is told unasked.
    Service {
        domains: &["api.mistral.ai", "codestral.mistral.ai"],
        quirks: || QuirkSettings {
            short_call_ids: Some(true),
            stream_usage: Some(false),
            ..QuirkSettings::default()
        },
    },
    // Its own word for the effort is passed on to every vendor behind it.
    Service {
        domains: &["openrouter.ai"],
        quirks: || QuirkSettings { effort_field: text("reasoning"), ..QuirkSettings::default() },
    },
];

/// What is known of whoever is at an address. Absent: nothing departs, as far as is known.
pub fn service_quirks(base_url: &str) -> Option<QuirkSettings> {
    let url = Url::parse(base_url).ok()?;
    let host = url.host_str()?;
    let service = SERVICES.iter().find(|service| service.domains.contains(&host))?;
    Some((service.quirks)())
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_known_by_its_whole_domain() {
        for (url, is_known) in [
            ("https://api.mistral.ai/v1", true),
            ("https://API.Mistral.ai:443/v1/", true),
            ("https://openrouter.ai/api/v1", true),
            ("https://api.groq.com/openai/v1", false),
            ("https://api.mistral.ai.example/v1", false),
            ("https://notopenrouter.ai/api/v1", false),
            ("http://127.0.0.1:8000/v1", false),
            ("nonsense", false),
        ] {
            assert_eq!(service_quirks(url).is_some(), is_known, "{url}");
        }
    }
}
