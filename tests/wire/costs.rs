//! What a request costs: the vendor's own words on what it used, at the catalogue's prices for each kind of token.
use bowline::{catalogue, protocol::Usage, wire::Chunk};

use super::{decode, on_the_line, wire_named};

/// What a stream says was used, as the last word on it.
fn used(wire: &str, stream: &str) -> Usage {
    let line = on_the_line(wire_named(wire), stream);
    let (chunks, error) = decode(wire_named(wire), [&line[..]]);
    assert_eq!(error, None, "{stream}");
    let mut usages = chunks.iter().filter_map(|chunk| match chunk {
        Chunk::Usage(usage) => Some(*usage),
        _ => None,
    });
    usages.next_back().unwrap()
}

fn messages(usage: &str) -> Usage {
    let start = format!(r#"{{"type":"message_start","message":{{"id":"m","usage":{usage}}}}}"#);
    let end = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1000,"output_tokens_details":{"thinking_tokens":900}}}"#;
    let stop = r#"{"type":"message_stop"}"#;
    used(
        "messages",
        &[start.as_str(), end, stop].map(|event| format!("data: {event}\n\n")).concat(),
    )
}

fn responses(usage: &str) -> Usage {
    let end = format!(r#"{{"type":"response.completed","response":{{"usage":{usage}}}}}"#);
    used("responses", &format!("data: {end}\n\n"))
}

fn chat(usage: &str) -> Usage {
    let end = format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"stop"}}],"usage":{usage}}}"#);
    used("chat", &format!("data: {end}\n\ndata: [DONE]\n\n"))
}

fn gemini(usage: &str) -> Usage {
    let end = format!(r#"{{"candidates":[{{"finishReason":"STOP"}}],"usageMetadata":{usage}}}"#);
    used("gemini", &format!("data: {end}\n\n"))
}

fn converse(usage: &str) -> Usage {
    let stop = "event: messageStop\ndata: {\"stopReason\":\"end_turn\"}\n\n";
    used("converse", &format!("{stop}event: metadata\ndata: {{\"usage\":{usage}}}\n\n"))
}

/// Dollars for a million tokens of each kind stand in the comments.
#[test]
fn every_kind_of_token_has_its_price() {
    for (usage, model, expected) in [
        // 4 fresh, 0.2 read, 5 written, 8 written for an hour, 20 answered.
        (
            messages(r#"{"input_tokens":10000,"output_tokens":1}"#),
            "anthropic/claude-opus-5-5",
            0.06,
        ),
        (
            messages(
                r#"{"input_tokens":10000,"cache_read_input_tokens":100000,"output_tokens":1}"#,
            ),
            "anthropic/claude-opus-5-5",
            0.06 + 0.02,
        ),
        (
            messages(
                r#"{"input_tokens":10000,"cache_creation_input_tokens":100000,"output_tokens":1}"#,
            ),
            "anthropic/claude-opus-5-5",
            0.06 + 0.5,
        ),
        (
            messages(
                r#"{"input_tokens":10000,"cache_creation_input_tokens":100000,"cache_read_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":60000,"ephemeral_1h_input_tokens":40000},"output_tokens":1}"#,
            ),
            "anthropic/claude-opus-5-5",
            0.06 + 0.3 + 0.32 + 0.0002,
        ),
        // A long conversation costs no more by the token: 1, 0.1, 1.25, 5.
        (
            messages(r#"{"input_tokens":0,"cache_read_input_tokens":190000,"output_tokens":1}"#),
            "anthropic/claude-haiku-4-5-20251001",
            0.019 + 0.005,
        ),
        // 2 fresh, 0.1 read, 2.5 written, 5 written for hours, 10 answered.
        (
            responses(
                r#"{"input_tokens":111000,"input_tokens_details":{"cached_tokens":100000,"cache_write_tokens":1000},"output_tokens":1000,"output_tokens_details":{"reasoning_tokens":900}}"#,
            ),
            "openai/gpt-6.2-sol",
            0.02 + 0.01 + 0.0025 + 0.01,
        ),
        (
            responses(
                r#"{"input_tokens":111000,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":101000,"cache_write_tokens_details":{"ttl_30m_tokens":1000,"ttl_12h_tokens":100000}},"output_tokens":1000}"#,
            ),
            "openai/gpt-6.2-sol",
            0.02 + 0.0025 + 0.5 + 0.01,
        ),
        (
            chat(
                r#"{"prompt_tokens":110000,"completion_tokens":1000,"total_tokens":111000,"prompt_tokens_details":{"cached_tokens":100000}}"#,
            ),
            "openai/gpt-6.2-sol",
            0.02 + 0.01 + 0.01,
        ),
        // 2 fresh, 0.2 read, 12 answered, and that with reasoning, which is counted apart; above 200,000 sent 4, 0.4, 18.
        (
            gemini(
                r#"{"promptTokenCount":110000,"cachedContentTokenCount":100000,"candidatesTokenCount":100,"thoughtsTokenCount":900,"totalTokenCount":111000}"#,
            ),
            "gemini/gemini-3.1-pro-preview",
            0.02 + 0.02 + 0.012,
        ),
        (
            gemini(
                r#"{"promptTokenCount":199000,"toolUsePromptTokenCount":1000,"candidatesTokenCount":1000}"#,
            ),
            "gemini/gemini-3.1-pro-preview",
            0.4 + 0.012,
        ),
        (
            gemini(
                r#"{"promptTokenCount":200001,"cachedContentTokenCount":100001,"candidatesTokenCount":1000}"#,
            ),
            "gemini/gemini-3.1-pro-preview",
            0.4 + 0.040_000_4 + 0.018,
        ),
    ] {
        check(model, &usage, expected);
    }
}

/// At the prices of a cloud's own part of the catalogue.
#[test]
fn on_other_clouds_every_kind_has_its_price() {
    let read = r#"{"input_tokens":10000,"cache_read_input_tokens":100000,"output_tokens":1}"#;
    let written =
        r#"{"input_tokens":10000,"cache_creation_input_tokens":100000,"output_tokens":1}"#;
    check("foundry_anthropic/claude-opus-5-5", &messages(read), 0.06 + 0.02);
    check("vertex_anthropic/claude-opus-5-5", &messages(written), 0.06 + 0.5);
    let usage = r#"{"promptTokenCount":110000,"cachedContentTokenCount":100000,"candidatesTokenCount":1000}"#;
    check("vertex/gemini-3.1-pro-preview", &gemini(usage), 0.02 + 0.02 + 0.012);
}

/// A model is dearer by a tenth where it is served from one part of the world.
#[test]
fn by_an_inference_profile_every_kind_has_the_price_of_the_profile() {
    for (usage, model, expected) in [
        // 4.4 fresh, 0.22 read, 5.5 written, 8.8 written for an hour, 22 answered.
        (
            converse(
                r#"{"inputTokens":10000,"cacheReadInputTokens":100000,"cacheWriteInputTokens":0,"outputTokens":1000,"totalTokens":111000}"#,
            ),
            "bedrock/us.anthropic.claude-opus-5-5",
            0.044 + 0.022 + 0.022,
        ),
        (
            converse(
                r#"{"inputTokens":0,"cacheWriteInputTokens":100000,"cacheDetails":[{"ttl":"5m","inputTokens":60000},{"ttl":"1h","inputTokens":40000}],"outputTokens":1000}"#,
            ),
            "bedrock/us.anthropic.claude-opus-5-5",
            0.33 + 0.352 + 0.022,
        ),
        // The same by InvokeModel, which counts as Messages does.
        (
            messages(
                r#"{"input_tokens":10000,"cache_read_input_tokens":100000,"output_tokens":1}"#,
            ),
            "bedrock/us.anthropic.claude-opus-5-5",
            0.044 + 0.022 + 0.022,
        ),
    ] {
        check(model, &usage, expected);
    }
}

fn check(model: &str, usage: &Usage, expected: f64) {
    let (group, name) = model.split_once('/').unwrap();
    let prices = catalogue::find(group, name).unwrap().prices.unwrap();
    let cost = prices.cost(usage).usd().unwrap();
    assert!((cost - expected).abs() < 1e-9, "{model}: {usage:?} cost {cost}, not {expected}");
}
