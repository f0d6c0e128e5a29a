//! What a check is: a pure question about the finished system, whose answers are sightings.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::graph::{NodeId, System};
use super::learning::Learning;
use super::learning::skews::{Skew, skews};
use super::{Known, Role, View};
use crate::border;
use crate::fact::Text;
use crate::source::{At, FileId};
use crate::value::touches::Touch;
use crate::vocabulary::Certainty;

/// What a check looks at.
#[derive(Clone, Copy)]
pub struct Grounds<'a> {
    /// The program and its values.
    pub view: &'a View<'a>,
    /// What the builders made known.
    pub known: &'a Known,
    /// The finished system.
    pub system: &'a System,
    /// What is known of learning.
    pub learning: &'a Learning<'a>,
}

impl Grounds<'_> {
    /// What a file is for.
    pub fn role(&self, file: FileId) -> Role {
        self.known.roles[file.index()]
    }

    /// The data that calls touch, where it is known.
    pub fn touched(&self) -> impl Iterator<Item = (&Touch<'_>, NodeId)> {
        self.view.touches.all.iter().zip(&self.known.datasets).filter_map(|(touch, data)| Some((touch, (*data)?)))
    }

    /// The columns that are made in two ways, for a training and for a model that is asked.
    pub fn skews(&self) -> &[Skew] {
        self.learning.skews.get_or_init(|| skews(self.view, self.known, &self.learning.acts.all))
    }

    /// The files that training and serving lead through.
    pub fn ways(&self) -> FxHashSet<FileId> {
        let learns = |file: &FileId| matches!(self.role(*file), Role::Train | Role::Serve);
        let reached = self.known.reached.iter().filter(|(program, _)| learns(program));
        let reached = reached.flat_map(|(_, bodies)| bodies.iter().map(|def| def.file));
        let own = self.view.program.files().filter(learns);
        reached.chain(own).filter(|file| self.is_product(*file)).collect()
    }

    /// How sure is what rests on something and on nodes?
    pub fn certainty(&self, of: Certainty, nodes: &[NodeId]) -> Certainty {
        nodes.iter().map(|node| self.system.node(*node).certainty).fold(of, Certainty::max)
    }

    /// Is a file part of what the team runs, rather than a test or a prototype?
    pub fn is_product(&self, file: FileId) -> bool {
        !matches!(self.role(file), Role::Test | Role::Prototype)
    }
}

/// A check: the rule that it stands for and the function that asks it.
#[derive(Clone, Copy)]
pub struct Check {
    /// The rule's name.
    pub rule: &'static str,
    /// Finds all that the rule speaks of.
    pub find: fn(&Grounds<'_>) -> Vec<Sighting>,
}

/// One thing that a check has seen; the rule's file says it in words.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Where.
    pub at: At,
    /// What it is known by across edits, as for nodes ([`System::identity`]).
    pub identity: Vec<Text>,
    /// How sure it is.
    pub certainty: Certainty,
    /// What the rule's prose may name.
    pub captures: Captures,
    /// Further evidence: each lays its captures over the first.
    pub more: Vec<Captures>,
}

impl Sighting {
    /// A sighting without further evidence.
    pub fn new(at: At, identity: Vec<Text>, certainty: Certainty, captures: Captures) -> Self {
        Self { at, identity, certainty, captures, more: Vec::new() }
    }

    /// The name of what it speaks of: in its identity, that follows the code in which it stands.
    pub fn name(&self) -> Text {
        self.identity.get(1).copied().unwrap_or_default()
    }
}

/// Captures by the names that the rule's file declares.
pub type Captures = Vec<(&'static str, Capture)>;

/// Something that the rule's prose may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A node of the system.
    Node(NodeId),
    /// A place in a file.
    Place(At),
    /// A text, or one of the words that the rule's file explains.
    Text(Text),
    /// Texts, of which the prose shows the first ones and counts the others.
    Texts(Vec<Text>),
    /// A number.
    Number(i64),
}

impl From<NodeId> for Capture {
    fn from(node: NodeId) -> Self {
        Self::Node(node)
    }
}

impl From<At> for Capture {
    fn from(at: At) -> Self {
        Self::Place(at)
    }
}

impl From<Text> for Capture {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<Role> for Capture {
    fn from(role: Role) -> Self {
        Self::Text(Text::from(role.word()))
    }
}

impl From<usize> for Capture {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// What each check has seen, in the order of the checks, and which of them failed.
pub type Asked = (Vec<(&'static str, Vec<Sighting>)>, Vec<String>);

/// Asks all checks, side by side; one that panics has seen nothing.
pub fn ask(checks: &[Check], grounds: Grounds<'_>) -> Asked {
    let ask = |check: &Check| (check.rule, border::hold(|| (check.find)(&grounds)));
    let asked: Vec<_> = checks.par_iter().map(ask).collect();
    let mut failures = Vec::new();
    let mut seen = |(rule, sightings): (&'static str, Result<Vec<Sighting>, String>)| match sightings {
        Ok(sightings) => (rule, sightings),
        Err(said) => {
            failures.push(format!("the check `{rule}` failed: {said}"));
            (rule, Vec::new())
        }
    };
    (asked.into_iter().map(&mut seen).collect(), failures)
}
