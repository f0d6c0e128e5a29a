//! `mldebt closure`: everything a model is made from, listed and counted.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::{Answer, Context, TextOrJson as Format, unknown};
use crate::mistake::Mistake;
use crate::report::{Texts, clean};
use crate::source::Kind;
use crate::system::graph::{NodeId, System};
use crate::system::lineage;
use crate::vocabulary::{EdgeKind, NodeKind};

/// The options of `closure`.
#[derive(Args, Debug)]
pub struct Options {
    /// A model, the file it is kept in, or a training; the end of its name is enough.
    model: String,
    /// The repository.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// How to write the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output_format: Format,
}

/// What is known of data that a model is made from.
struct Dependency {
    id: NodeId,
    depth: usize,
    resolved: bool,
    declared: bool,
    pinned: bool,
    checked: bool,
    owners: Vec<String>,
}

/// The properties that are counted.
const COUNTED: [&str; 5] = ["resolved", "declared", "pinned", "checked", "owned"];

impl Dependency {
    fn holds(&self) -> [bool; 5] {
        [self.resolved, self.declared, self.pinned, self.checked, !self.owners.is_empty()]
    }
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = context.find(&options.path)?;
    let (system, sources) = crate::look(&config, &|| ())?;
    let texts = Texts::new(&sources);
    let found = lineage::find(&system, &options.model);
    let models: Vec<NodeId> = found.into_iter().filter(|id| has_closure(&system, *id)).collect();
    if models.is_empty() {
        return Ok(unknown(&system, &options.model));
    }
    let closures: Vec<(NodeId, Vec<Dependency>)> = models.iter().map(|id| (*id, closure(&system, *id))).collect();
    if options.output_format == Format::Json {
        let all: Vec<Value> = closures.iter().map(|(id, list)| as_json(&system, &texts, *id, list)).collect();
        return Ok(Answer::ok(serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"));
    }
    let mut text = String::new();
    for (id, list) in &closures {
        describe(&system, &texts, *id, list, &mut text);
    }
    if !sources.iter().any(|source| source.kind == Kind::Owners) {
        text.push_str("There is no CODEOWNERS file, so nothing is owned.\n");
    }
    Ok(Answer::ok(text))
}

fn has_closure(system: &System, id: NodeId) -> bool {
    lineage::is_data(system, id) || matches!(system.node(id).kind, NodeKind::Training | NodeKind::Prediction)
}

fn closure(system: &System, of: NodeId) -> Vec<Dependency> {
    let behind = lineage::behind(system, of).into_iter().skip(1).filter(|(id, _)| lineage::is_data(system, *id));
    behind.map(|(id, depth)| dependency(system, id, depth)).collect()
}

fn dependency(system: &System, id: NodeId, depth: usize) -> Dependency {
    let remote = system.is(id, "remote");
    let declared = system.is(id, "declared") || system.reaching(id, EdgeKind::Declares).next().is_some();
    let owners = system.get(id, "owner").map(|owners| owners.to_string()).unwrap_or_default();
    Dependency {
        id,
        depth,
        resolved: !system.is(id, "pattern"),
        declared,
        pinned: system.is(id, "pinned") || (declared && !remote),
        checked: is_checked(system, id),
        owners: owners.split_whitespace().map(str::to_owned).collect(),
    }
}

/// Does a check that is more than a split look at it?
fn is_checked(system: &System, id: NodeId) -> bool {
    let split = |check: NodeId| system.get(check, "what").is_some_and(|what| what.to_string() == "split");
    let looks = system.reaching(id, EdgeKind::Checks).chain(system.reached(id, EdgeKind::Feeds));
    looks.filter(|other| system.node(*other).kind == NodeKind::Check).any(|check| !split(check))
}

fn counts(list: &[Dependency]) -> [usize; 5] {
    std::array::from_fn(|i| list.iter().filter(|dependency| dependency.holds()[i]).count())
}

fn describe(system: &System, texts: &Texts<'_>, of: NodeId, list: &[Dependency], text: &mut String) {
    let node = system.node(of);
    let _ = writeln!(text, "{} {}  ({})", node.kind.word(), clean(&node.name), texts.place(node.at));
    if list.is_empty() {
        text.push_str("  no data is seen to go into it\n\n");
        return;
    }
    for dependency in list {
        let node = system.node(dependency.id);
        let holds = dependency.holds();
        let words = COUNTED.iter().zip(holds).filter(|(_, holds)| *holds).map(|(word, _)| *word);
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        if let Some(owned) = words.last_mut().filter(|_| !dependency.owners.is_empty()) {
            *owned = format!("owned by {}", clean(&dependency.owners.join(" ")));
        }
        let words = if words.is_empty() { "nothing is known of it".to_owned() } else { words.join(", ") };
        let indent = "  ".repeat(dependency.depth.min(12));
        let _ = writeln!(text, "{indent}{} {}: {words}", node.kind.word(), clean(&node.name));
    }
    let all = list.len();
    let counted = COUNTED.iter().zip(counts(list)).map(|(word, n)| format!("{n} {word}"));
    let depth = list.iter().map(|d| d.depth).max().unwrap_or(0);
    let _ = writeln!(text, "  {all} dependencies, {depth} deep: {}\n", counted.collect::<Vec<_>>().join(", "));
}

fn as_json(system: &System, texts: &Texts<'_>, of: NodeId, list: &[Dependency]) -> Value {
    let dependencies: Vec<Value> = list
        .iter()
        .map(|d| {
            let node = system.node(d.id);
            json!({
                "kind": node.kind.word(), "name": node.name.as_str(), "place": texts.place(node.at), "depth": d.depth,
                "resolved": d.resolved, "declared": d.declared, "pinned": d.pinned, "checked": d.checked,
                "owners": d.owners,
            })
        })
        .collect();
    let node = system.node(of);
    let counted: serde_json::Map<String, Value> =
        COUNTED.iter().zip(counts(list)).map(|(word, n)| ((*word).to_owned(), n.into())).collect();
    json!({
        "kind": node.kind.word(), "name": node.name.as_str(), "place": texts.place(node.at),
        "count": list.len(), "depth": list.iter().map(|d| d.depth).max().unwrap_or(0), "counts": counted,
        "dependencies": dependencies,
    })
}
