//! What the table of verbs comes to on paper: the help's rows, the palette's, and README's table.
use std::fmt::Write as _;

use super::Keymap;
use crate::tui::action::{Action, Context, Verb};

/// The keys of one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpGroup {
    pub context: Context,
    pub title: &'static str,
    pub rows: Vec<HelpRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpRow {
    pub action: Action,
    /// Such as `ctrl-k, alt-x`; empty where it has none.
    pub keys: String,
    /// Such as `/rename NAME`.
    pub usage: Option<String>,
    pub help: &'static str,
}

/// A verb in the list that the palette shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteRow {
    pub action: Action,
    pub name: &'static str,
    pub help: &'static str,
    pub keys: String,
    /// It can be chosen, and then asks for what it takes.
    pub usage: Option<String>,
}

impl Keymap {
    /// Everything that can be done, by context, in the table's order.
    pub fn help(&self) -> Vec<HelpGroup> {
        let groups = Context::ALL.into_iter().map(|context| HelpGroup {
            context,
            title: title(context),
            rows: self.rows(context),
        });
        groups.collect()
    }

    /// The verbs that can be done wherever one is, and those of the context; motions are left to the keys.
    pub fn palette(&self, context: Context) -> Vec<PaletteRow> {
        let can_be_chosen = |action: &Action| {
            let verb = action.verb();
            let is_general = verb.is_global() && *action < Action::Up;
            let is_local = !context.takes_text() && verb.works_in(context) && !verb.is_global();
            (is_general || is_local) && !matches!(action, Action::Palette | Action::Cancel)
        };
        let row = |action: Action| {
            let Verb { name, help, .. } = action.verb();
            let keys = match self.first_key(&[context, Context::Global], action) {
                Some(key) => key.to_string(),
                None => String::new(),
            };
            PaletteRow { action, name, help, keys, usage: action.verb().usage() }
        };
        Action::all().filter(can_be_chosen).map(row).collect()
    }

    fn rows(&self, context: Context) -> Vec<HelpRow> {
        let is_here = |action: &Action| {
            let is_verb = context == Context::Global && action.verb().slash.is_some();
            is_verb || !self.keys(context, *action).is_empty()
        };
        let row = |action: Action| {
            let keys: Vec<String> =
                self.keys(context, action).iter().map(ToString::to_string).collect();
            let verb = action.verb();
            HelpRow { action, keys: keys.join(", "), usage: verb.usage(), help: verb.help }
        };
        Action::all().filter(is_here).map(row).collect()
    }
}

/// The table in README: what can be typed behind a slash, and the keys of each context with the names by which
/// configuration knows them.
pub fn markdown(keymap: &Keymap) -> String {
    let mut text = String::from("| verb | keys | |\n|---|---|---|\n");
    for verb in Action::all().map(Action::verb) {
        if let Some(usage) = verb.usage() {
            let keys = keymap.keys(Context::Global, verb.action);
            // A bar would end the cell.
            let usage = usage.replace('|', "\\|");
            let _ = writeln!(text, "| `{usage}` | {} | {} |", listed(keys), verb.help);
        }
    }
    text.push_str("\n<details><summary>Every key, with its name in the configuration</summary>\n");
    for group in keymap.help() {
        let _ = writeln!(text, "\n**{}** (`[keys.{}]`)\n", group.title, group.context.name());
        text.push_str("| name | keys | |\n|---|---|---|\n");
        for row in group.rows {
            let keys = keymap.keys(group.context, row.action);
            let _ = writeln!(text, "| `{}` | {} | {} |", row.action, listed(keys), row.help);
        }
    }
    text.push_str("\n</details>\n");
    text
}

fn listed(keys: &[super::KeySequence]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    keys.join(" ")
}

fn title(context: Context) -> &'static str {
    match context {
        Context::Global => "Everywhere",
        Context::Composer => "In the input",
        Context::Transcript => "In the transcript",
        Context::Review => "In a review",
        Context::Approval => "When something asks for leave",
        Context::Picker => "In lists",
        Context::Completion => "In the list that opens while you type",
        Context::Search => "In a search",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_in_readme_is_the_table_of_verbs() {
        let readme = include_str!("../../../README.md");
        let table = markdown(&Keymap::built_in());
        assert!(readme.contains(&table), "README.md has to hold this table:\n{table}");
    }

    #[test]
    fn every_action_has_a_row_in_the_help() {
        let groups = Keymap::built_in().help();
        for action in Action::all() {
            let rows = groups.iter().flat_map(|group| &group.rows);
            assert!(rows.into_iter().any(|row| row.action == action), "{action}");
        }
    }

    #[test]
    fn the_palette_has_the_verbs_and_those_of_the_place() {
        let keymap = Keymap::built_in();
        let names = |context| -> Vec<&str> {
            keymap.palette(context).into_iter().map(|row| row.name).collect()
        };
        let composer = names(Context::Composer);
        assert!(composer.contains(&"theme") && composer.contains(&"toggle-mouse"));
        assert!(!composer.contains(&"caret-left") && !composer.contains(&"accept-all"));
        let review = names(Context::Review);
        assert!(review.contains(&"theme") && review.contains(&"accept-all"));
    }
}
