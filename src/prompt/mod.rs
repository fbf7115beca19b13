//! What a model is told: the system prompt, frozen once for a conversation, and the request of each step.
mod includes;
mod notes;
mod room;
mod size;
mod summary;

use std::sync::Arc;

use serde_json::Value;

use crate::protocol::{Effort, History, Mode, Prompt, Request, ToolSpec, ToolUse};

pub use includes::includes;
pub use notes::{Notes, ProjectNote, fit_notes};
pub use room::Room;
pub use size::estimate_tokens;
pub use summary::{ASK_FOR_SUMMARY, Carried, as_summary, in_short, kept_tail};

/// The part of the system prompt that is the same for everybody.
const BASE: &str = include_str!("system.md");

/// What the system prompt says of the place the agent works in.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The workspace's directory, as shown to the model.
    pub directory: String,
    /// Such as `linux x86_64`.
    pub platform: String,
    /// `YYYY-MM-DD`; the day the conversation began.
    pub date: String,
    /// The branch, where the workspace is a git repository.
    pub repository: Option<String>,
    pub mode: Mode,
}

/// Stands before the project's notes.
const NOTES: &str = "\nNotes of this project, written by its people for you:\n";

/// The system prompt of a new conversation. It is recorded with the session and never made anew, so that caches and
/// signatures over it stay valid.
pub fn system(surroundings: &Surroundings, notes: &Notes) -> String {
    let Surroundings { directory, platform, date, repository, mode } = surroundings;
    let repository = repository.as_deref().unwrap_or("no git repository");
    let mut text = format!(
        "{BASE}\nWorkspace: {directory} ({repository}) on {platform}. Paths are relative to it. Date: {date}.\n{}\n",
        explain(*mode)
    );
    if !notes.text.is_empty() {
        text.push_str(NOTES);
        text.push_str(&notes.text);
    }
    text
}

/// The part of a system prompt that the project's people wrote.
pub fn notes_in(system: &str) -> &str {
    system.split_once(NOTES).map_or("", |(_, notes)| notes)
}

/// Tells the model what a mode lets it do.
pub fn explain(mode: Mode) -> &'static str {
    match mode {
        Mode::Plan => {
            "Mode: plan. Nothing may be changed; only commands that read run. Find out what is needed and answer with a plan."
        }
        Mode::Review => {
            "Mode: review. Every edit goes to the user, who accepts or rejects it hunk by hunk; commands that do more than read need the user's leave."
        }
        Mode::Edit => {
            "Mode: edit. Edits inside the workspace are written at once; commands that do more than read need the user's leave."
        }
        Mode::Auto => {
            "Mode: auto. Edits inside the workspace are written at once, and commands run without asking where the user has allowed that."
        }
    }
}

const SINCE: &str = "[Since your last turn:]\n";
const MAPPED: &str = "[Of this repository, the files and signatures that may matter most for the prompt below, found by names alone:]\n";
const ASKED: &str = "\n\n[The user's prompt:]\n";

/// The prompt that opens a turn, with what happened outside a turn before it.
pub fn with_asides(prompt: Prompt, asides: &[String]) -> Prompt {
    if asides.is_empty() {
        return prompt;
    }
    let asides: Vec<&str> = asides.iter().map(|aside| aside.trim_end()).collect();
    let text = format!("{SINCE}{}{ASKED}{}", asides.join("\n\n"), prompt.text);
    Prompt { text, ..prompt }
}

/// The prompt that opens a conversation, with the map of a repository that is too large to be listed.
pub fn with_map(prompt: Prompt, map: &str) -> Prompt {
    let text = format!("{MAPPED}{}{ASKED}{}", map.trim_end(), prompt.text);
    Prompt { text, ..prompt }
}

/// Tells the model of another mode, in a prompt of its own.
pub fn mode_changed(mode: Mode) -> String {
    format!("{MODE_CHANGED} {}", explain(mode))
}

/// Whether the prompt is none of the user's: it tells of another mode.
pub fn is_mode_changed(prompt: &Prompt) -> bool {
    prompt.text.starts_with(MODE_CHANGED)
}

const MODE_CHANGED: &str = "(The user changed the mode.)";

/// The user's own words of a prompt that opened a turn.
pub fn without_asides(prompt: Prompt) -> Prompt {
    let words = prompt
        .text
        .strip_prefix(SINCE)
        .or_else(|| prompt.text.strip_prefix(MAPPED))
        // The first one: whatever the asides say, none of the user's words is lost.
        .and_then(|text| text.split_once(ASKED))
        .map(|(_, words)| words.to_owned());
    match words {
        Some(text) => Prompt { text, ..prompt },
        None => prompt,
    }
}

/// What stays the same for all requests of a turn.
#[derive(Debug, Clone)]
pub struct Frame {
    pub model: String,
    pub system: Arc<str>,
    pub tools: Arc<[ToolSpec]>,
    pub effort: Option<Effort>,
    pub max_output_tokens: Option<u32>,
    pub output_schema: Option<Arc<Value>>,
    pub cache_key: Arc<str>,
    pub tool_use: ToolUse,
}

/// The next request: the frame and the whole conversation so far.
pub fn assemble(frame: &Frame, history: &History) -> Request {
    Request {
        model: frame.model.clone(),
        system: Arc::clone(&frame.system),
        tools: Arc::clone(&frame.tools),
        messages: history.messages().to_vec(),
        effort: frame.effort,
        max_output_tokens: frame.max_output_tokens,
        output_schema: frame.output_schema.clone(),
        cache_key: Arc::clone(&frame.cache_key),
        tool_use: frame.tool_use,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_prompt_names_the_place_the_mode_and_the_notes() {
        let surroundings = Surroundings {
            directory: "/w".into(),
            platform: "linux x86_64".into(),
            date: "2026-01-02".into(),
            repository: Some("git, branch main".into()),
            mode: Mode::Plan,
        };
        let notes = fit_notes(
            vec![ProjectNote { shown: "AGENTS.md".into(), text: "Use tabs.".into() }],
            1000,
        );
        let text = system(&surroundings, &notes);
        for expected in
            ["/w (git, branch main)", "2026-01-02", "Mode: plan", "AGENTS.md", "Use tabs."]
        {
            assert!(text.contains(expected), "{expected} is missing in {text}");
        }
        assert_eq!(notes_in(&text), notes.text);
        assert_eq!(notes_in(&system(&surroundings, &Notes::default())), "");
    }

    #[test]
    fn what_happened_before_a_turn_is_told_to_the_model_and_the_users_words_are_known() {
        for (asides, words) in [
            (vec![], "go"),
            (vec!["The user ran `ls`.\n"], "go"),
            (vec!["one", "two"], "say [The user's prompt:]\nand go"),
            (vec![], "[Since your last turn:]\nnothing"),
        ] {
            let asides: Vec<String> = asides.into_iter().map(str::to_owned).collect();
            let mapped = with_map(Prompt::from(words), "src/a.rs\n  1: fn a()\n");
            assert_eq!(without_asides(mapped).text, words);
            let told = with_asides(Prompt::from(words), &asides);
            assert!(asides.iter().all(|aside| told.text.contains(aside.trim_end())));
            assert_eq!(without_asides(told).text, words);
        }
    }

    #[test]
    fn the_base_prompt_is_small() {
        assert!(BASE.len() < 2_500, "{} bytes", BASE.len());
    }
}
