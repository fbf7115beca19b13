//! `edit`: changes to files, as a patch or as exact text for other text.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    patch::{self, Edit as FilePart, FileEdit, Patch},
    protocol::ToolSpec,
};

use super::{
    Plan, Tool, ToolContext, ToolError, arguments,
    changing::{self, Editing},
};

const FORMS: &str = "Send one of these forms: {\"patch\": \"*** Begin Patch\\n…\\n*** End Patch\"} or {\"path\": …, \
                     \"old\": …, \"new\": …} or {\"edits\": [{\"path\": …, \"old\": …, \"new\": …}]}.";

pub(super) struct Edit {
    pub(super) editing: Editing,
}

#[derive(Debug, Deserialize)]
struct Asked {
    patch: Option<String>,
    path: Option<String>,
    old: Option<String>,
    new: Option<String>,
    replace_all: Option<bool>,
    edits: Option<Vec<Replacement>>,
}

#[derive(Debug, Deserialize)]
struct Replacement {
    path: String,
    old: String,
    new: String,
    #[serde(default)]
    replace_all: bool,
}

impl Tool for Edit {
    fn spec(&self) -> ToolSpec {
        let replacement = json!({
            "path": {"type": "string"},
            "old": {"type": "string"},
            "new": {"type": "string"},
            "replace_all": {"type": "boolean"},
        });
        let mut schema =
            json!({"type": "object", "properties": {"patch": {"type": "string"}}, "required": []});
        if let (Some(all), Some(fields)) =
            (schema["properties"].as_object_mut(), replacement.as_object())
        {
            all.extend(fields.clone());
        }
        schema["properties"]["edits"] = json!({
            "type": "array",
            "items": {"type": "object", "properties": replacement, "required": ["path", "old", "new"]},
        });
        ToolSpec {
            name: "edit".to_owned(),
            description: include_str!("edit.md").trim_end().to_owned(),
            schema,
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let patch = arguments::decode::<Asked>(args)?.into_patch()?;
        changing::plan("edit", patch, &self.editing, cx)
    }
}

impl Asked {
    /// The patch, whichever form it came in.
    fn into_patch(self) -> Result<Patch, ToolError> {
        // Models fill in what they don't use: an empty text or list is as good as none.
        let patch = self.patch.filter(|patch| !patch.trim().is_empty());
        let edits = self.edits.filter(|edits| !edits.is_empty());
        let path = self.path.filter(|path| !path.is_empty());
        match (patch, edits, path, self.old, self.new) {
            (Some(patch), None, None, None, None) => {
                patch::parse(&patch).map_err(ToolError::failed)
            }
            (None, Some(edits), None, None, None) => {
                Ok(Patch { edits: edits.into_iter().map(Replacement::into_edit).collect() })
            }
            (None, None, Some(path), Some(old), Some(new)) => {
                let replace_all = self.replace_all.unwrap_or_default();
                let replacement = Replacement { path, old, new, replace_all };
                Ok(Patch { edits: vec![replacement.into_edit()] })
            }
            _ => Err(ToolError::Arguments(format!("Nothing was written. {FORMS}"))),
        }
    }
}

impl Replacement {
    fn into_edit(self) -> FileEdit {
        let edit = FilePart::Replace { old: self.old, new: self.new, all: self.replace_all };
        FileEdit { path: self.path, edit }
    }
}
