//! Steps and flows that code declares, as others name them, and the names by which steps hand data to each other.

use rustc_hash::FxHashSet;

use super::graph::NodeId;
use crate::fact::Text;
use crate::program::{Def, Node};
use crate::source::At;
use crate::value::spelling::fits;

/// Something that a step takes or makes under a name.
pub struct Handed {
    /// The name, unknown parts as `{}`.
    pub name: String,
    /// Where it is written.
    pub node: Node,
    /// The data that it stands for, if a catalog says.
    pub data: Vec<NodeId>,
}

/// A step that code declares.
pub struct Wired {
    /// Its node.
    pub step: NodeId,
    /// The orchestrator.
    pub tool: Text,
    /// Its name, unknown parts as `{}`.
    pub name: String,
    /// Where.
    pub at: At,
    /// The definition in whose body it is made.
    pub within: Def,
    /// The function that is the step, if a decorator makes it one.
    pub function: Option<Def>,
    /// It hands on what it makes under names.
    pub by_name: bool,
    /// The folder of the project whose catalog it uses.
    pub project: String,
    /// What it takes.
    pub takes: Vec<Handed>,
    /// What it makes.
    pub makes: Vec<Handed>,
    /// Every name of what it takes is written there; and of what it makes.
    pub closed: (bool, bool),
    /// It does nothing until a flow takes it up by its name.
    pub idle: bool,
    /// It belongs to a pipeline that its project registers, as far as can be seen.
    pub registered: bool,
}

/// A whole of steps.
pub struct Whole {
    /// Its node.
    pub flow: NodeId,
    /// The orchestrator.
    pub tool: Text,
    /// Its name, unknown parts as `{}`.
    pub name: String,
    /// Where.
    pub at: At,
    /// The function that is the flow, if a decorator makes it one.
    pub function: Option<Def>,
    /// It is not there until something calls its function.
    pub idle: bool,
    /// No two may have one name: the later that is loaded takes the other's place.
    pub unique: bool,
    /// Its steps, by their numbers.
    pub steps: Vec<usize>,
}

/// A flow or a step that a command or a call asks for by name.
pub struct Asking {
    /// Where.
    pub at: At,
    /// The orchestrator.
    pub tool: Text,
    /// A flow is meant, else a step.
    pub flow: bool,
    /// The name.
    pub name: String,
    /// The flow in which the step is looked for, if that is told.
    pub within: Option<String>,
}

/// The names of a project's catalog.
#[derive(Default)]
pub struct Listing {
    /// The folder of the project.
    pub project: String,
    /// Names of entries, without types.
    pub names: FxHashSet<String>,
    /// Names that stand for many, their holes as `{}`.
    pub patterns: Vec<String>,
    /// Pipelines may be put under a name, which then stands in front of their entries' names.
    pub nested: bool,
    /// Why pipelines that are not found are not: the function that registers them, and where it finds them by itself.
    pub registry: Option<Def>,
    /// The names under which pipelines are registered, if all of them are known.
    pub flows: Option<FxHashSet<String>>,
    /// The registry looks for pipelines in this folder by itself.
    pub finds: Option<String>,
}

impl Listing {
    /// Is there an entry of that name?
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name) || self.patterns.iter().any(|pattern| fits(pattern, name))
    }

    /// A name as the steps of a pipeline say it that may stand under the name of another.
    pub fn bare<'n>(&self, name: &'n str) -> &'n str {
        if self.nested { name.rsplit('.').next().unwrap_or(name) } else { name }
    }
}
