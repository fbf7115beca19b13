//! The table of verbs: a row for each action, in the order of the enum.
use super::{
    Action as A, Arguments,
    Context::{self, Approval, Completion, Composer, Global, Picker, Review, Search, Transcript},
    Verb,
};

const fn verb(action: A, name: &'static str, keys: Keys, help: &'static str) -> Verb {
    Verb { action, name, help, slash: None, arguments: Arguments::None, keys }
}

/// One that can be typed behind a slash.
const fn slash(
    action: A,
    name: &'static str,
    arguments: Arguments,
    keys: Keys,
    help: &'static str,
) -> Verb {
    Verb { action, name, help, slash: Some(name), arguments, keys }
}

type Keys = &'static [(Context, &'static [&'static str])];

const NO_ARGUMENTS: Arguments = Arguments::None;
const MODELS: Arguments = Arguments::Optional("BACKEND/MODEL");
const MODES: Arguments = Arguments::Optional("plan|review|edit|auto");
const SCOPES: Arguments = Arguments::Optional("turn|all|N [--chat|--both]");

#[rustfmt::skip]
pub(super) static VERBS: &[Verb] = &[
    slash(A::Help, "help", NO_ARGUMENTS, &[(Global, &["f1"]), (Transcript, &["?"]), (Review, &["?"])], "Show what can be done and by which keys"),
    slash(A::Keys, "keys", NO_ARGUMENTS, &[], "Show every key and what it does"),
    verb(A::Palette, "palette", &[(Global, &["ctrl-k", "alt-x"])], "Find a verb by its name and do it"),
    slash(A::Model, "model", MODELS, &[(Global, &["alt-o"])], "Choose who answers; the whole conversation goes over"),
    slash(A::Mode, "mode", MODES, &[], "Choose what happens without asking"),
    verb(A::NextMode, "next-mode", &[(Global, &["shift-tab"])], "Go to the next mode"),
    slash(A::Diff, "diff", NO_ARGUMENTS, &[], "Show what this session has changed"),
    Verb { slash: Some("review"), ..verb(A::ReviewChanges, "review-changes", &[(Global, &[]), (Approval, &["r"])], "Decide on proposed changes, hunk by hunk") },
    slash(A::Undo, "undo", SCOPES, &[], "Take back changes, turns of the conversation, or both, shown before it happens"),
    slash(A::Redo, "redo", NO_ARGUMENTS, &[], "Bring back what was undone last"),
    slash(A::Context, "context", NO_ARGUMENTS, &[], "Show what fills the model's context"),
    slash(A::Cost, "cost", NO_ARGUMENTS, &[], "Show the tokens and the money of turn and session"),
    slash(A::Doctor, "doctor", NO_ARGUMENTS, &[], "Show of each backend whether it can be used, and what is missing"),
    slash(A::Map, "map", Arguments::Optional("WORDS"), &[], "Show the files and signatures that matter most"),
    slash(A::Compact, "compact", NO_ARGUMENTS, &[], "Have the conversation summed up, so that its context is free again"),
    slash(A::Clear, "clear", NO_ARGUMENTS, &[], "Start a new session; the old one is kept"),
    slash(A::Resume, "resume", Arguments::Optional("ID"), &[], "Go on with another session"),
    slash(A::Fork, "fork", Arguments::Optional("ID"), &[(Global, &[]), (Picker, &["f5"])], "Start a new session from this one"),
    slash(A::Rename, "rename", Arguments::Required("NAME"), &[(Global, &[]), (Picker, &["f2"])], "Give the session a name"),
    slash(A::Export, "export", Arguments::Optional("FILE"), &[], "Write the conversation to a file"),
    slash(A::Copy, "copy", Arguments::Optional("answer|code|all"), &[], "Copy the last answer, its code, or the conversation"),
    slash(A::Editor, "editor", NO_ARGUMENTS, &[(Global, &["ctrl-g", "ctrl-x ctrl-e"])], "Write the prompt in your editor"),
    slash(A::Theme, "theme", Arguments::Optional("NAME"), &[], "Choose how it looks"),
    slash(A::Init, "init", NO_ARGUMENTS, &[], "Have notes for this project written to AGENTS.md"),
    slash(A::Quit, "quit", NO_ARGUMENTS, &[(Global, &["ctrl-d"])], "Leave; the session can be resumed"),

    verb(A::Interrupt, "interrupt", &[(Global, &["ctrl-c"])], "Stop the turn, else clear the input, else leave when pressed twice"),
    verb(A::Cancel, "cancel", &[(Global, &["esc"])], "Close what is open, else stop the turn; it never allows anything"),
    verb(A::Suspend, "suspend", &[(Global, &["ctrl-z"])], "Go to the shell; `fg` comes back"),
    verb(A::Redraw, "redraw", &[(Global, &["ctrl-l"])], "Draw the screen anew"),
    verb(A::ToggleDetails, "toggle-details", &[(Global, &["ctrl-o"]), (Transcript, &["o", "enter"])], "Unfold or fold a call or the reasoning"),
    verb(A::ToggleMouse, "toggle-mouse", &[(Global, &["alt-m"])], "Let the mouse act here, or leave it to the terminal"),
    verb(A::FocusTranscript, "focus-transcript", &[(Global, &["ctrl-t"])], "Move about in the transcript by single keys"),
    verb(A::Compose, "compose", &[(Transcript, &["i", "q", "ctrl-t"])], "Go back to the input"),
    verb(A::PreviousPrompt, "previous-prompt", &[(Global, &["ctrl-up"]), (Transcript, &["["])], "Jump to the prompt before"),
    verb(A::NextPrompt, "next-prompt", &[(Global, &["ctrl-down"]), (Transcript, &["]"])], "Jump to the prompt after"),
    verb(A::Find, "find", &[(Global, &["ctrl-s"]), (Transcript, &["/"]), (Review, &["/"])], "Search"),
    verb(A::FindNext, "find-next", &[(Transcript, &["n"]), (Review, &["ctrl-n"]), (Search, &["down", "ctrl-n", "ctrl-s"])], "Go to the next place found"),
    verb(A::FindPrevious, "find-previous", &[(Transcript, &["N"]), (Review, &["ctrl-p"]), (Search, &["up", "ctrl-p", "ctrl-r"])], "Go to the place found before"),

    verb(A::Up, "up", &[(Transcript, &["up", "k"]), (Review, &["up", "ctrl-y"]), (Picker, &["up", "ctrl-p", "shift-tab"]), (Completion, &["up", "ctrl-p"])], "One row up"),
    verb(A::Down, "down", &[(Transcript, &["down", "j"]), (Review, &["down", "ctrl-e"]), (Picker, &["down", "ctrl-n", "ctrl-r", "tab"]), (Completion, &["down", "ctrl-n"])], "One row down"),
    verb(A::HalfPageUp, "half-page-up", &[(Transcript, &["ctrl-u"]), (Review, &["ctrl-u"])], "Half a page up"),
    verb(A::HalfPageDown, "half-page-down", &[(Transcript, &["ctrl-d"]), (Review, &["ctrl-d"])], "Half a page down"),
    verb(A::PageUp, "page-up", &[(Global, &["pageup"]), (Transcript, &["ctrl-b"]), (Review, &["ctrl-b"])], "A page up"),
    verb(A::PageDown, "page-down", &[(Global, &["pagedown"]), (Transcript, &["ctrl-f", "space"]), (Review, &["ctrl-f"])], "A page down"),
    verb(A::First, "first", &[(Global, &["ctrl-home"]), (Transcript, &["g g", "home"]), (Review, &["home"])], "To the start"),
    verb(A::Last, "last", &[(Global, &["ctrl-end"]), (Transcript, &["G", "end"]), (Review, &["end", "G"])], "To the end"),
    verb(A::CopyBlock, "copy-block", &[(Transcript, &["y"])], "Copy the block at the top"),
    verb(A::CopyCode, "copy-code", &[(Transcript, &["c"])], "Copy the nearest code block"),
    verb(A::CopyAnswer, "copy-answer", &[(Transcript, &["Y"])], "Copy the whole answer"),

    verb(A::Send, "send", &[(Composer, &["enter"])], "Send; while the agent works, it reads the words at its next step"),
    verb(A::Queue, "queue", &[(Composer, &["tab"])], "While the agent works, keep the message for its next turn"),
    verb(A::EditQueued, "edit-queued", &[(Composer, &["alt-up"])], "Take the last queued message back into the input"),
    verb(A::NewLine, "new-line", &[(Composer, &["alt-enter", "shift-enter", "ctrl-j"])], "Begin a new line"),
    verb(A::PasteImage, "paste-image", &[(Composer, &["ctrl-v", "alt-v"])], "Paste the image in the clipboard"),
    verb(A::SearchHistory, "search-history", &[(Composer, &["ctrl-r"])], "Search the prompts of this project"),
    verb(A::HistoryPrevious, "history-previous", &[(Composer, &["alt-p"])], "The prompt before; so does up on the first row"),
    verb(A::HistoryNext, "history-next", &[(Composer, &["alt-n"])], "The prompt after; so does down on the last row"),
    verb(A::CaretLeft, "caret-left", &[(Composer, &["left", "ctrl-b"])], "A character left"),
    verb(A::CaretRight, "caret-right", &[(Composer, &["right", "ctrl-f"])], "A character right"),
    verb(A::CaretUp, "caret-up", &[(Composer, &["up", "ctrl-p"])], "A row up, or the prompt before"),
    verb(A::CaretDown, "caret-down", &[(Composer, &["down", "ctrl-n"])], "A row down, or the prompt after"),
    verb(A::WordLeft, "word-left", &[(Composer, &["alt-b", "ctrl-left", "alt-left"])], "A word left"),
    verb(A::WordRight, "word-right", &[(Composer, &["alt-f", "ctrl-right", "alt-right"])], "A word right"),
    verb(A::LineStart, "line-start", &[(Composer, &["ctrl-a", "home"])], "To the start of the line"),
    verb(A::LineEnd, "line-end", &[(Composer, &["ctrl-e", "end"])], "To the end of the line"),
    verb(A::TextStart, "text-start", &[(Composer, &["alt-<"])], "To the start of the input"),
    verb(A::TextEnd, "text-end", &[(Composer, &["alt->"])], "To the end of the input"),
    verb(A::DeleteBackward, "delete-backward", &[(Composer, &["backspace", "ctrl-h", "shift-backspace"])], "Delete the character before"),
    verb(A::DeleteForward, "delete-forward", &[(Composer, &["delete", "ctrl-d"])], "Delete the character after"),
    verb(A::DeleteWordBackward, "delete-word-backward", &[(Composer, &["alt-backspace", "ctrl-backspace"])], "Cut the word before"),
    verb(A::DeleteWordForward, "delete-word-forward", &[(Composer, &["alt-d", "ctrl-delete", "alt-delete"])], "Cut the word after"),
    verb(A::KillWordBackward, "kill-word-backward", &[(Composer, &["ctrl-w"])], "Cut back to the blank before"),
    verb(A::KillLine, "kill-line", &[(Composer, &["ctrl-k"])], "Cut to the end of the line; with nothing behind it, the palette"),
    verb(A::KillLineBackward, "kill-line-backward", &[(Composer, &["ctrl-u"])], "Cut back to the start of the line"),
    verb(A::Yank, "yank", &[(Composer, &["ctrl-y"])], "Paste what was cut last"),
    verb(A::YankOlder, "yank-older", &[(Composer, &["alt-y"])], "Put what was cut before in its place"),
    verb(A::UppercaseWord, "uppercase-word", &[(Composer, &["alt-u"])], "The word in capitals"),
    verb(A::LowercaseWord, "lowercase-word", &[(Composer, &["alt-l"])], "The word in small letters"),
    verb(A::CapitalizeWord, "capitalize-word", &[(Composer, &["alt-c"])], "The word with a capital"),
    verb(A::UndoEdit, "undo-edit", &[(Composer, &["ctrl-_", "ctrl-/", "ctrl-x ctrl-u"])], "Undo the last edit of the input"),
    verb(A::RedoEdit, "redo-edit", &[(Composer, &["alt-_", "alt-/"])], "Redo it"),

    verb(A::AcceptHunk, "accept-hunk", &[(Review, &["y"])], "Accept the hunk"),
    verb(A::RejectHunk, "reject-hunk", &[(Review, &["n"])], "Reject the hunk"),
    verb(A::AcceptFile, "accept-file", &[(Review, &["a"])], "Accept this hunk and all open ones of the file"),
    verb(A::RejectFile, "reject-file", &[(Review, &["d"])], "Reject this hunk and all open ones of the file"),
    verb(A::AcceptAll, "accept-all", &[(Review, &["A"])], "Accept every open hunk"),
    verb(A::RejectAll, "reject-all", &[(Review, &["D"])], "Reject every open hunk"),
    verb(A::SplitHunk, "split-hunk", &[(Review, &["s"])], "Split the hunk"),
    verb(A::EditHunk, "edit-hunk", &[(Review, &["e"])], "Edit the hunk in your editor"),
    verb(A::CommentHunk, "comment-hunk", &[(Review, &["c"])], "Say something about the hunk to the model"),
    verb(A::ForgetDecision, "forget-decision", &[(Review, &["u"])], "Leave the hunk open again"),
    verb(A::NextOpenHunk, "next-open-hunk", &[(Review, &["j"])], "To the next hunk that is not decided"),
    verb(A::PreviousOpenHunk, "previous-open-hunk", &[(Review, &["k"])], "To the hunk before that is not decided"),
    verb(A::NextHunk, "next-hunk", &[(Review, &["J"])], "To the next hunk"),
    verb(A::PreviousHunk, "previous-hunk", &[(Review, &["K"])], "To the hunk before"),
    verb(A::NextFile, "next-file", &[(Review, &["]", "tab"])], "To the next file"),
    verb(A::PreviousFile, "previous-file", &[(Review, &["[", "shift-tab"])], "To the file before"),
    verb(A::GoToHunk, "go-to-hunk", &[(Review, &["g"])], "Choose a hunk to go to"),
    verb(A::ToggleSideBySide, "toggle-side-by-side", &[(Review, &["v"])], "Old and new beside each other, or one above the other"),
    verb(A::ToggleFold, "toggle-fold", &[(Review, &["z", "space"])], "Fold or unfold the file"),
    verb(A::Merge, "merge", &[(Review, &["m"])], "In an undo: merge files that were changed since, or leave them alone"),
    verb(A::FinishReview, "finish-review", &[(Review, &["q"])], "Done: write what was accepted, leave open what was not decided"),

    verb(A::AllowOnce, "allow-once", &[(Approval, &["y"])], "Allow it, this time"),
    verb(A::AllowSession, "allow-session", &[(Approval, &["a"])], "Allow it in this session, by the rule that is shown"),
    verb(A::Deny, "deny", &[(Approval, &["n"])], "Deny it"),
    verb(A::DenyWithWords, "deny-with-words", &[(Approval, &["c"])], "Deny it and tell the model why"),

    verb(A::Choose, "choose", &[(Picker, &["enter"]), (Completion, &["enter"]), (Search, &["enter"])], "Take what is marked"),
    verb(A::Complete, "complete", &[(Completion, &["tab"])], "Take it into the input, to be gone on with"),
];
