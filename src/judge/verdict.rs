//! What the rules found, with what is said about it once the system is gone.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::fact::Text;
use crate::finding::Finding;
use crate::source::FileId;
use crate::system::graph::{Coverage, System, Value};
use crate::vocabulary::NodeKind;

/// What the rules found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Verdict {
    /// The findings, before anybody's word on them is heard.
    pub findings: Vec<Finding>,
    /// Who owns a file, as far as somebody does.
    pub owners: FxHashMap<FileId, Text>,
    /// How much could be followed.
    pub coverage: Coverage,
}

impl Verdict {
    /// The findings in a system.
    pub fn new(findings: Vec<Finding>, system: &System) -> Self {
        let modules = system.nodes().filter(|(_, node)| node.kind == NodeKind::Module);
        let owner = |id| if let Some(Value::Text(owner)) = system.get(id, "owner") { Some(owner) } else { None };
        let owners = modules.filter_map(|(id, node)| Some((node.at.file, owner(id)?))).collect();
        Self { findings, owners, coverage: system.coverage }
    }
}
