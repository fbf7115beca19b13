//! A commit's files as JSON calls: old text for new text, whole files, and patches for what neither can say.
use bowline::patch::{self, Edit, FileEdit};
use serde_json::{Value, json};

use super::{
    hunks::{self, Style},
    sight::{Line, NEW_ENCODING, NEW_MARK, Span, Told},
};

/// A call as a model makes it: the tool, and its arguments in JSON.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) tool: &'static str,
    pub(super) arguments: String,
    /// A whole file has to be known before it is written over.
    pub(super) reads: Option<String>,
}

impl Call {
    fn new(tool: &'static str, arguments: &Value) -> Self {
        Self { tool, arguments: arguments.to_string(), reads: None }
    }

    fn create(path: &str, text: &str) -> Self {
        Self::new("write", &json!({ "path": path, "content": text }))
    }

    fn overwrite(path: &str, text: &str) -> Self {
        Self { reads: Some(path.to_owned()), ..Self::create(path, text) }
    }

    /// The edits that the tool reads in the call.
    pub(super) fn read(&self) -> Result<Vec<FileEdit>, String> {
        let arguments: Value = serde_json::from_str(&self.arguments).unwrap();
        let text = |value: &Value, field: &str| value[field].as_str().map(str::to_owned);
        if let Some(patch) = text(&arguments, "patch") {
            return patch::parse(&patch).map(|patch| patch.edits).map_err(|error| error.message);
        }
        if let (Some(path), Some(text)) = (text(&arguments, "path"), text(&arguments, "content")) {
            return Ok(vec![FileEdit { path, edit: Edit::Overwrite { text } }]);
        }
        let edit = |value: &Value| {
            let field = |name| text(value, name).unwrap();
            let edit = Edit::Replace { old: field("old"), new: field("new"), all: false };
            FileEdit { path: field("path"), edit }
        };
        Ok(arguments["edits"].as_array().unwrap().iter().map(edit).collect())
    }
}

/// In one call.
const MOST_EDITS: usize = 100;

/// The calls for all files. What makes room for others comes first.
pub(super) fn calls(told: &[Told]) -> Vec<Call> {
    let mut calls = Vec::new();
    for file in told {
        let patch = |told: Told| {
            Call::new("edit", &json!({ "patch": hunks::written(&[told], Style::Plain) }))
        };
        let moved = |from: &String, to: &String| {
            let (old, new, spans) = Default::default();
            let told = Told::Change { from: from.clone(), to: to.clone(), old, new, spans };
            (from != to).then(|| patch(told))
        };
        match file {
            Told::Add { path, text } => calls.push(Call::create(path, text)),
            Told::Delete { path } => calls.push(patch(Told::Delete { path: path.clone() })),
            Told::Rewrite { from, to, old, text, reason } => {
                calls.extend(moved(from, to));
                // A file that is written over keeps its encoding, its mark, and the ends of its lines where those are all CRLF.
                if [NEW_ENCODING, NEW_MARK].contains(reason) {
                    let (path, old, text) = (to.clone(), old.clone(), text.clone());
                    let told = Told::Rewrite { from: path.clone(), to: path, old, text, reason };
                    calls.push(Call { reads: Some(to.clone()), ..patch(told) });
                } else if old.contains("\r\n") {
                    let text = text.trim_start_matches('\u{feff}');
                    let edit = json!({ "path": to, "old": old, "new": text });
                    calls.push(Call::new("edit", &json!({ "edits": [edit] })));
                } else {
                    calls.push(Call::overwrite(to, text));
                }
            }
            Told::Change { from, to, old, new, spans } => {
                calls.extend(moved(from, to));
                if !spans.is_empty() {
                    calls.extend(replaced(to, old, new, spans).unwrap_or_else(|| {
                        vec![patch(Told::Change {
                            from: to.clone(),
                            to: to.clone(),
                            old: old.clone(),
                            new: new.clone(),
                            spans: spans.clone(),
                        })]
                    }));
                }
            }
        }
    }
    calls
}

/// The changes one after the other, each said in terms of the file as those before it leave it; `None` where one would have
/// to quote bytes that can't be shown.
fn replaced(path: &str, old: &[Line], new: &[Line], spans: &[Span]) -> Option<Vec<Call>> {
    let has = |wanted| old.iter().any(|line| line.end == wanted);
    let ends = if has("\n") && has("\r\n") { Ends::AsTheyAre } else { Ends::AsShown };
    let mut file = old.to_vec();
    let mut text = ends.joined(&file);
    let mut edits = Vec::new();
    // The line up to which the file is new, and where that line starts in the text.
    let (mut line, mut start) = (0, 0);
    for span in spans {
        // Above it all is new by now, and as long as it will be.
        let range = span.new.start..span.new.start + span.old.len();
        let around = |context: usize| {
            range.start.saturating_sub(context)..(range.end + context).min(file.len())
        };
        let is_only = |context: &usize| {
            let wanted = ends.joined(&file[around(*context)]);
            let says_ends = ends == Ends::AsShown || wanted.contains("\r\n");
            !wanted.is_empty() && says_ends && is_once(&text, &wanted)
        };
        let Some(shown) = (1..=file.len()).find(is_only).map(around) else {
            // What is empty has nothing to be replaced.
            return Some(vec![Call::overwrite(path, &ends.joined(new))]);
        };
        let wanted = ends.joined(&file[shown.clone()]);
        if wanted.contains(char::REPLACEMENT_CHARACTER) {
            return None;
        }
        start += ends.joined(&file[line..range.start]).len();
        line = range.start;
        let gone = start..start + ends.joined(&file[range.clone()]).len();
        text.replace_range(gone, &ends.joined(&new[span.new.clone()]));
        file.splice(range.clone(), new[span.new.clone()].iter().cloned());
        let end = shown.end + span.new.len() - span.old.len();
        edits.push(
            json!({ "path": path, "old": wanted, "new": ends.joined(&file[shown.start..end]) }),
        );
    }
    let call = |edits: &[Value]| Call::new("edit", &json!({ "edits": edits }));
    Some(edits.chunks(MOST_EDITS).map(call).collect())
}

/// How line ends are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// All alike: the file has its own.
    AsShown,
    AsTheyAre,
}

impl Ends {
    fn joined(self, lines: &[Line]) -> String {
        let end = |line: &Line| match self {
            Self::AsShown if !line.end.is_empty() => "\n",
            Self::AsShown | Self::AsTheyAre => line.end,
        };
        lines.iter().map(|line| format!("{}{}", line.text, end(line))).collect()
    }
}

fn is_once(text: &str, wanted: &str) -> bool {
    let Some(first) = text.find(wanted) else { return false };
    let next = first + wanted.chars().next().map_or(1, char::len_utf8);
    !text[next..].contains(wanted)
}
