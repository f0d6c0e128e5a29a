//! What the rules found, with what is said about it once the system is gone.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::Judged;
use crate::fact::Text;
use crate::finding::Finding;
use crate::source::FileId;
use crate::system::graph::{Coverage, System, Value};
use crate::vocabulary::{NodeKind, Role};

/// What the rules found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Verdict {
    /// The findings, before anybody's word on them is heard.
    pub findings: Vec<Finding>,
    /// Who owns a file, as far as somebody does.
    pub owners: FxHashMap<FileId, Text>,
    /// How much could be followed.
    pub coverage: Coverage,
    /// Files of tests, of which some hold on purpose what no reader takes.
    pub tests: FxHashSet<FileId>,
    /// What of mldebt itself failed on the way, each in one line.
    pub failures: Vec<String>,
}

impl Verdict {
    /// The findings in a system.
    pub fn new(Judged { findings, failures }: Judged, system: &System) -> Self {
        let modules = || system.nodes().filter(|(_, node)| node.kind == NodeKind::Module);
        let is_test = |id| system.get(id, "role") == Some(Value::Text(Role::Test.word().into()));
        let tests = modules().filter(|(id, _)| is_test(*id)).map(|(_, node)| node.at.file).collect();
        let owner = |id| if let Some(Value::Text(owner)) = system.get(id, "owner") { Some(owner) } else { None };
        let owners = modules().filter_map(|(id, node)| Some((node.at.file, owner(id)?))).collect();
        Self { findings, owners, coverage: system.coverage, tests, failures }
    }
}
