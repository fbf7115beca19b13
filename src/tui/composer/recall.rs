//! The prompts of this project, to be walked through and searched: pure, others read and write the file.
use std::sync::Arc;

/// Older ones are forgotten.
const MOST: usize = 10_000;
/// Of a chip, what is longer is kept as its label alone.
pub(super) const MOST_CHIP_BYTES: usize = 16 * 1024;

#[derive(Debug, Clone, Default)]
pub(super) struct Recall {
    /// The newest last.
    entries: Vec<Arc<str>>,
    walk: Option<Walk>,
}

#[derive(Debug, Clone)]
struct Walk {
    /// The entry that is shown.
    at: usize,
    /// What stood in the input before the walk began.
    draft: String,
}

/// One prompt as a line of the history's file, a JSON string without its line feed.
pub fn history_line(prompt: &str) -> String {
    serde_json::Value::from(prompt).to_string()
}

/// The prompts in a history's file, the newest last. A line that is none, such as one cut off, is passed over.
pub fn read_history(file: &str) -> Vec<String> {
    let prompts: Vec<String> =
        file.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    prompts[prompts.len().saturating_sub(MOST)..].to_vec()
}

impl Recall {
    pub(super) fn load(&mut self, prompts: impl IntoIterator<Item = String>) {
        self.entries.clear();
        self.walk = None;
        prompts.into_iter().for_each(|prompt| self.add(&prompt));
    }

    /// Adds one unless it is empty or the last again.
    pub(super) fn add(&mut self, prompt: &str) {
        self.walk = None;
        if prompt.trim().is_empty() || self.entries.last().is_some_and(|last| **last == *prompt) {
            return;
        }
        self.entries.push(prompt.into());
        if self.entries.len() > MOST {
            self.entries.remove(0);
        }
    }

    /// The newest first, each once.
    pub(super) fn newest_first(&self) -> Vec<Arc<str>> {
        let mut seen = std::collections::HashSet::new();
        self.entries.iter().rev().filter(|entry| seen.insert(Arc::clone(entry))).cloned().collect()
    }

    /// The entry before the one that is shown; `current` is kept where the walk begins.
    pub(super) fn older(&mut self, current: &str) -> Option<Arc<str>> {
        let (at, draft) = match self.walk.take() {
            // One that was edited is the draft from then on.
            Some(walk) if *self.entries[walk.at] != *current => (walk.at, current.to_owned()),
            Some(walk) => (walk.at, walk.draft),
            None => (self.entries.len(), current.to_owned()),
        };
        // One that says what stands there already would be no step.
        let older = (0..at).rev().find(|older| *self.entries[*older] != *current);
        self.walk = (at < self.entries.len() || older.is_some())
            .then(|| Walk { at: older.unwrap_or(at), draft });
        Some(Arc::clone(&self.entries[older?]))
    }

    /// The entry after the one that is shown, or the draft behind the last.
    pub(super) fn newer(&mut self, current: &str) -> Option<Arc<str>> {
        let walk = self.walk.take()?;
        let newer = (walk.at + 1..self.entries.len()).find(|at| *self.entries[*at] != *current);
        let Some(at) = newer else { return Some(walk.draft.into()) };
        self.walk = Some(Walk { at, ..walk });
        Some(Arc::clone(&self.entries[at]))
    }

    /// Whether what stands in the input is an entry as it was.
    pub(super) fn shows(&self, text: &str) -> bool {
        self.walk.as_ref().is_some_and(|walk| *self.entries[walk.at] == *text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_goes_back_to_the_draft() {
        let mut recall = Recall::default();
        recall.load(["one", "two", "two", "", "three"].map(str::to_owned));
        let older =
            |recall: &mut Recall, current: &str| recall.older(current).map(|it| it.to_string());
        let newer =
            |recall: &mut Recall, current: &str| recall.newer(current).map(|it| it.to_string());
        assert_eq!(newer(&mut recall, "draft"), None);
        assert_eq!(older(&mut recall, "draft").as_deref(), Some("three"));
        assert_eq!(older(&mut recall, "three").as_deref(), Some("two"));
        assert_eq!(older(&mut recall, "two").as_deref(), Some("one"));
        assert_eq!(older(&mut recall, "one"), None);
        assert!(recall.shows("one") && !recall.shows("one!"));
        assert_eq!(newer(&mut recall, "one").as_deref(), Some("two"));
        assert_eq!(newer(&mut recall, "two").as_deref(), Some("three"));
        assert_eq!(newer(&mut recall, "three").as_deref(), Some("draft"));
        assert_eq!(newer(&mut recall, "draft"), None);
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let prompts = ["one", "two\nlines \"quoted\"", "größe \u{1b}"];
        let mut file: String = prompts.iter().map(|it| history_line(it) + "\n").collect();
        assert_eq!(file.lines().count(), 3);
        file.push_str("\"cut o");
        assert_eq!(read_history(&file), prompts);
    }
}
