//! Streams recorded from the vendors: each is read right, however its bytes are split.
use std::{fs, path::PathBuf};

use pretty_assertions::assert_eq;

use super::{conformance, read_stream, wire_named};
use crate::support::aws_frames;

/// A file of `recorded`, its wire, and the lines of each answer in it.
const CASES: &[(&str, &str, &[&[&str]])] = &[
    (
        "vercel-ai/openai-responses-openai-error.1.chunks.txt",
        "responses",
        &[&[
            "error the account's quota or credit is used up: You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors. (insufficient_quota)",
        ]],
    ),
    // The reasoning's encrypted content is 844 characters long when it begins and 1060 when it is done.
    (
        "vercel-ai/openai-responses-openai-reasoning-encrypted-content.1.chunks.txt",
        "responses",
        &[
            &[
                r#"thought "**Calculating step-by-step using calcula"… 163 [type,id,summary,encrypted 1060]"#,
                r#"call call_AB6AaRZ1FYZB2RwS6A5vbdqn calculator {"a":12,"b":7,"op":"add"} [id]"#,
                "usage 134 read 0 write 0 output 28 reasoning 0",
                "stop Calls",
            ],
            &[
                r#"call call_Q6pW65MUgW9vF59BmItYGos3 calculator {"a":19,"b":3,"op":"multiply"} [id]"#,
                "usage 221 read 0 write 0 output 26 reasoning 0",
                "stop Calls",
            ],
            &[
                r#"call call_Zl5vIMnD7dVAjgU6FkhmiCZh calculator {"a":57,"b":10,"op":"multiply"} [id]"#,
                "usage 260 read 0 write 0 output 26 reasoning 0",
                "stop Calls",
            ],
            &[
                r#"text "The final result is **570**." [id]"#,
                "usage 299 read 0 write 0 output 12 reasoning 0",
                "stop End",
            ],
        ],
    ),
    (
        "vercel-ai/azure-azure-reasoning-encrypted-content.1.chunks.txt",
        "responses",
        &[
            &[
                r#"thought "**Calculating in steps**\n\nI need to carr"… 457 [type,id,summary,encrypted 1188]"#,
                r#"call call_UdvUeOElp5zdU0DKr6IoyhjE calculator {"a":12,"b":7,"op":"add"} [id]"#,
                "usage 137 read 0 write 0 output 28 reasoning 0",
                "stop Calls",
            ],
            &[
                r#"call call_Qm7RkNSRinyfYLyTUPXLrgH5 calculator {"a":19,"b":3,"op":"multiply"} [id]"#,
                "usage 237 read 0 write 0 output 26 reasoning 0",
                "stop Calls",
            ],
            &[
                r#"call call_axaLIcwBQwyb49kT8613pJxW calculator {"a":57,"b":10,"op":"multiply"} [id]"#,
                "usage 276 read 0 write 0 output 26 reasoning 0",
                "stop Calls",
            ],
            &[
                r#"text "The final result is **570**." [id]"#,
                "usage 315 read 0 write 0 output 12 reasoning 0",
                "stop End",
            ],
        ],
    ),
    (
        "vercel-ai/open-responses-responses-lmstudio-tool-call.1.chunks.txt",
        "responses",
        &[&[
            r#"thought "The user is asking for the weather in Sa"… 242 [type,id,summary,content,status]"#,
            r#"text "I'll get the current weather information for San Francisco for you." [id]"#,
            r#"call call_2025306790300011 weather {"location":"San Francisco"} [id]"#,
            "usage 180 read 2 write 0 output 61 reasoning 48",
            "stop Calls",
        ]],
    ),
    // The message is done before the reasoning that it follows.
    (
        "pydantic-ai/test_openai_responses_raw_cot_stream_openrouter/0.response.200.sse",
        "responses",
        &[&[
            r#"thought "The user asks: \"What is 2+2?\" They expec"… 85 [type,id,summary,content]"#,
            r#"text "4" [id]"#,
            "usage 78 read 0 write 0 output 37 reasoning 22",
            "stop End",
        ]],
    ),
    (
        "pydantic-ai/test_openai_responses_stream/0.response.200.sse",
        "responses",
        &[&[
            r#"call call_kL0PCQV7M2WMoVX8V8OtYSAL get_capital {"country":"France"} [id]"#,
            "usage 255 read 0 write 0 output 16 reasoning 0",
            "stop Calls",
        ]],
    ),
    (
        "pydantic-ai/test_openai_responses_stream/1.response.200.sse",
        "responses",
        &[&[
            r#"text "The capital of France is Paris." [id]"#,
            "usage 278 read 0 write 0 output 9 reasoning 0",
            "stop End",
        ]],
    ),
    (
        "vercel-ai/deepseek-chat-deepseek-tool-call.chunks.txt",
        "chat",
        &[&[
            r#"thought "The user is asking for the weather in Sa"… 191 []"#,
            r#"call call_00_ioIn7yN9p1ZOMNpDLwd4MgAF weather {"location":"San Francisco"}"#,
            "usage 19 read 320 write 0 output 83 reasoning 39",
            "stop Calls",
        ]],
    ),
    (
        "vercel-ai/mistral-mistral-reasoning.chunks.txt",
        "chat",
        &[&[
            r#"thought "The user is asking for 2+2. This is basi"… 60 []"#,
            r#"text "2 + 2 = 4""#,
            "usage 10 read 0 write 0 output 46 reasoning 0",
            "stop End",
        ]],
    ),
    (
        "vercel-ai/mistral-mistral-tool-call.chunks.txt",
        "chat",
        &[&[
            r#"call gSIMJiOkT weather {"location":"San Francisco"}"#,
            "usage 124 read 0 write 0 output 22 reasoning 0",
            "stop Calls",
        ]],
    ),
    (
        "anthropic-sdk/basic_response.txt",
        "messages",
        &[&[r#"text "Hello there!""#, "usage 11 read 0 write 0 output 6 reasoning 0", "stop End"]],
    ),
    (
        "anthropic-sdk/tool_use_response.txt",
        "messages",
        &[&[
            r#"text "I'll check the current weather in Paris for you.""#,
            r#"call toolu_01NRLabsLyVHZPKxbKvkfSMn get_weather {"location":"Paris"}"#,
            "usage 377 read 0 write 0 output 65 reasoning 0",
            "stop Calls",
        ]],
    ),
    (
        "anthropic-sdk/compaction_response.txt",
        "messages",
        &[&[r#"text "Hello there!""#, "usage 30 read 0 write 0 output 8 reasoning 0", "stop End"]],
    ),
    (
        "anthropic-sdk/fallback_response.txt",
        "messages",
        &[&[r#"text "Hello there!""#, "usage 25 read 0 write 0 output 8 reasoning 0", "stop End"]],
    ),
    (
        "anthropic-sdk/stream-a-refusal.sse",
        "messages",
        &[&[
            r#"thought "Simple educational question about what a"… 216 [type,thinking,signature 68]"#,
            r#"text "Hi""#,
            r#"usage 28 read 0 write 0 output 106 reasoning 67"#,
            r#"stop Refused("")"#,
        ]],
    ),
    (
        "anthropic-sdk/stream-a-toolrefusal.sse",
        "messages",
        &[&[
            r#"text "Here's a summary of this year's solar eclipses and how""#,
            r#"usage 28 read 0 write 0 output 106 reasoning 67"#,
            r#"stop Refused("")"#,
        ]],
    ),
    (
        "pydantic-ai/test_anthropic_model_thinking_part_redacted_stream/0.response.200.sse",
        "messages",
        &[&[
            r#"thought "" [type,data 744]"#,
            r#"thought "" [type,data 296]"#,
            r#"text "I notice that you've sent what appears to be some kind of test string or command"… 359"#,
            r#"usage 92 read 0 write 0 output 189 reasoning 0"#,
            r#"stop End"#,
        ]],
    ),
    (
        "pydantic-ai/test_anthropic_model_thinking_part_stream/0.response.200.sse",
        "messages",
        &[&[
            r#"thought "This is a straightforward question about"… 202 [type,thinking,signature 504]"#,
            r#"text "Here are the basic steps for safely crossing the street:\n\n**At intersections wit"… 1021"#,
            r#"usage 43 read 0 write 0 output 282 reasoning 0"#,
            r#"stop End"#,
        ]],
    ),
    (
        "pydantic-ai/test_google_streaming_tool_call_thought_signature/0.response.200.sse",
        "gemini",
        &[&[
            r#"call QUVVadTSNJ6_qtsPvN7J8Q0_call_0 get_country {} [thoughtSignature 1408]"#,
            r#"usage 29 read 0 write 0 output 212 reasoning 202"#,
            r#"stop Calls"#,
        ]],
    ),
    (
        "pydantic-ai/test_google_streaming_tool_call_thought_signature/1.response.200.sse",
        "gemini",
        &[&[
            r#"text "The capital of Mexico is Mexico City.""#,
            r#"usage 257 read 0 write 0 output 8 reasoning 0"#,
            r#"stop End"#,
        ]],
    ),
    (
        "vercel-ai/google-google-reasoning-gemini3.chunks.txt",
        "gemini",
        &[&[
            r#"text "There are **3** \"r\"s in strawberry.\n\nSt**r**awbe**rr**y" [signed]"#,
            r#"usage 9 read 0 write 0 output 325 reasoning 302"#,
            r#"stop End"#,
        ]],
    ),
    // Arguments in pieces, which nobody asks for, are read all the same.
    (
        "vercel-ai/google-google-stream-no-args-tool-call.chunks.txt",
        "gemini",
        &[&[
            r#"thought "**Processing User Requests**\n\nI've start"… 320"#,
            r#"call _vr4aYiWEJnYodAPkujX0QM_call_0 read_theme {} [thoughtSignature 1060]"#,
            r#"call _vr4aYiWEJnYodAPkujX0QM_call_1 read_screen {"id":"A"}"#,
            r#"call _vr4aYiWEJnYodAPkujX0QM_call_2 read_screen {"id":"B"}"#,
            r#"call _vr4aYiWEJnYodAPkujX0QM_call_3 read_screen {"id":"C"}"#,
            r#"usage 249 read 0 write 0 output 241 reasoning 183"#,
            r#"stop Calls"#,
        ]],
    ),
    (
        "vercel-ai/google-google-stream-tool-call-arguments.chunks.txt",
        "gemini",
        &[&[
            r#"call dqHOab6xGLzWodAPkPuViA4_call_0 getWeather {"location":"Boston"} [thoughtSignature 1032]"#,
            r#"call dqHOab6xGLzWodAPkPuViA4_call_1 getWeather {"location":"San Francisco"}"#,
            r#"usage 26 read 0 write 0 output 155 reasoning 132"#,
            r#"stop Calls"#,
        ]],
    ),
    (
        "vercel-ai/google-google-vertex-stream-tool-call-arguments-nested.1.chunks.txt",
        "gemini",
        &[&[
            r#"call tjXVaYaxFISTq8YP_MWiyAo_call_0 cookRecipe "{\"recipe\":{\"ingredients\":[{\"amount\":\"16 oz\",\"name\":\"Lasagna noodles\"},{\"amount\":"… 1064 [thoughtSignature 5832]"#,
            r#"usage 31 read 0 write 0 output 1710 reasoning 1026"#,
            r#"stop Calls"#,
        ]],
    ),
    (
        "pydantic-ai/test_bedrock_model_stream/0.response.200.bin",
        "converse",
        &[&[
            r#"text "The capital of France is Paris. Paris is not only the capital city but also the "… 375"#,
            "usage 13 read 0 write 0 output 82 reasoning 0",
            "stop End",
        ]],
    ),
    (
        "pydantic-ai/test_bedrock_model_stream_empty_text_delta/0.response.200.bin",
        "converse",
        &[&[
            r#"thought "The user just says \"Hi\". We need to resp"… 119"#,
            r#"text "Hello! How can I help you today?""#,
            "usage 70 read 0 write 0 output 43 reasoning 0",
            "stop End",
        ]],
    ),
    (
        "pydantic-ai/test_bedrock_model_thinking_part_stream/0.response.200.bin",
        "converse",
        &[&[
            r#"thought "The user has greeted me with a simple \"H"… 193 [reasoningContent 496]"#,
            r#"text "Hello! It's nice to meet you. How can I help you today?""#,
            "usage 36 read 0 write 0 output 73 reasoning 0",
            "stop End",
        ]],
    ),
    (
        "vercel-ai/amazon-bedrock-amazon-bedrock-reasoning.chunks.txt",
        "converse",
        &[&[
            r#"thought "Let me count the r's in \"strawberry\":\n\ns"… 116 [reasoningContent 388]"#,
            r#"text "There are **3** r's in \"strawberry\":\n\n1. st**r**awbe**r****r**y""#,
            "usage 51 read 0 write 0 output 94 reasoning 0",
            "stop End",
        ]],
    ),
    (
        "vercel-ai/amazon-bedrock-amazon-bedrock-tool-call.1.chunks.txt",
        "converse",
        &[&[
            r#"call tool-use-id test-tool {"value":"Sparkle Day"}"#,
            "usage 125 read 0 write 0 output 45 reasoning 0",
            "stop Calls",
        ]],
    ),
    (
        "../converse_ok.bin",
        "converse",
        &[&[
            r#"thought "Let me" [reasoningContent 4]"#,
            r#"text "Reading.""#,
            r#"call tooluse_A read_file {"path":"a"}"#,
            "call tooluse_B noargs {}",
            "usage 10 read 5 write 0 output 20 reasoning 0",
            "stop Calls",
        ]],
    ),
    (
        "../converse_throttled.bin",
        "converse",
        &[&[
            "error too many requests: Too many tokens, please wait before trying again. (ThrottlingException)",
        ]],
    ),
    // 560 tokens in total, 307 of them sent: what is left was billed as output.
    (
        "vercel-ai/openai-compatible-chat-xai-tool-call.chunks.txt",
        "chat",
        &[&[
            r#"thought "First, the user is asking about the weat"… 1069 []"#,
            r#"call call_79382389 weather {"location":"San Francisco"}"#,
            "usage 1 read 306 write 0 output 253 reasoning 227",
            "stop Calls",
        ]],
    ),
];

#[test]
fn recorded_streams_are_read_right() {
    let Some(folder) = conformance() else { return };
    for (file, wire, expected) in CASES {
        let bytes = fs::read(folder.join("recorded").join(file)).unwrap();
        let told: Vec<String> = answers(file, &bytes)
            .iter()
            .map(|stream| read_stream(wire_named(wire), stream))
            .collect();
        let expected: Vec<String> = expected.iter().map(|lines| lines.join("\n") + "\n").collect();
        assert_eq!(told, expected, "{file}");
    }
}

/// What is there is read: a recording that nobody looks at proves nothing.
#[test]
fn every_recording_and_every_schema_is_read() {
    let Some(folder) = conformance() else { return };
    let names = |folder: &str, path: PathBuf| -> Vec<String> {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
        entries.map(|name| format!("{folder}{}", name.to_str().unwrap())).collect()
    };
    let of = |name: &str| names(&format!("{name}/"), folder.join("recorded").join(name));
    let read: Vec<&str> = CASES.iter().map(|(file, _, _)| *file).collect();
    for file in [of("vercel-ai"), of("anthropic-sdk")].concat() {
        assert!(read.contains(&file.as_str()), "{file} is read by no test");
    }
    let here = env!("CARGO_MANIFEST_DIR");
    let tests = ["gemini", "messages", "requests", "simulator"]
        .map(|file| fs::read_to_string(format!("{here}/tests/wire/{file}.rs")).unwrap())
        .concat();
    for file in names("", folder.join("schemas")) {
        let schema = file.strip_suffix(".schema.json").unwrap();
        assert!(tests.contains(schema), "{file} is read by no test");
    }
}

/// The answers in a file: some hold a conversation's, one after the other.
fn answers(file: &str, bytes: &[u8]) -> Vec<Vec<u8>> {
    if !file.ends_with(".chunks.txt") {
        return vec![bytes.to_vec()];
    }
    let text = std::str::from_utf8(bytes).unwrap();
    let mut answers: Vec<Vec<u8>> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if file.contains("amazon-bedrock") {
            answers.resize(1, Vec::new());
            answers[0].extend(decoded_event(line));
            continue;
        }
        if answers.is_empty() || line.starts_with(r#"{"type":"response.created""#) {
            answers.push(Vec::new());
        }
        answers.last_mut().unwrap().extend_from_slice(format!("data: {line}\n\n").as_bytes());
    }
    answers
}

/// Of these the frames were taken off: what is left is an object with one member, by the event's type.
fn decoded_event(line: &str) -> Vec<u8> {
    let event: serde_json::Value = serde_json::from_str(line).unwrap();
    let (name, payload) = event.as_object().unwrap().iter().next().unwrap();
    aws_frames::event(name, payload.to_string().as_bytes())
}
