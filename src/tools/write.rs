//! `write`: a whole file.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    patch::{Edit, FileEdit, Patch},
    protocol::{FileState, Target, ToolSpec},
};

use super::{
    Plan, Tool, ToolContext, ToolError, arguments, changing,
    seen::{Seen, SeenFiles},
};

pub(super) struct Write {
    pub(super) seen: SeenFiles,
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
        let is_known = |target: &Target, today: &FileState| self.is_known(target, today);
        changing::plan("write", &patch, is_known, &self.seen, cx)
    }
}

impl Write {
    /// Nobody overwrites what he does not know.
    fn is_known(&self, target: &Target, today: &FileState) -> Result<(), String> {
        match self.seen.recall(&target.path, today) {
            Seen::AsItIs => Ok(()),
            Seen::Never => Err(
                "the file exists and was not read in this session. `read` it first, or use `edit`."
                    .to_owned(),
            ),
            Seen::Before => {
                Err("the file has changed since it was last read. `read` it again, or use `edit`."
                    .to_owned())
            }
        }
    }
}
