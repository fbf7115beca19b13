//! `write`: a whole file.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    patch::{Edit, FileEdit, Patch},
    protocol::ToolSpec,
};

use super::{
    Plan, Tool, ToolContext, ToolError, arguments,
    changing::{self, Editing},
};

pub(super) struct Write {
    pub(super) editing: Editing,
}

#[derive(Debug, Deserialize)]
struct Asked {
    path: String,
    content: String,
}

impl Tool for Write {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "write".to_owned(),
            description: include_str!("write.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
                "required": ["path", "content"],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let Asked { path, content } = arguments::decode(args)?;
        let edit = Edit::Overwrite { text: content };
        let patch = Patch { edits: vec![FileEdit { path, edit }] };
        changing::plan("write", patch, &self.editing, cx)
    }
}
