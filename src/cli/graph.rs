//! `mldebt graph`: the system as text, dot, mermaid, JSON or OpenLineage events.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use rustc_hash::FxHashSet;

use super::openlineage::{self, About};
use super::{Answer, Context, unknown};
use crate::mistake::Mistake;
use crate::report::{Texts, clean};
use crate::system::graph::{NodeId, System};
use crate::system::lineage::{self, Loops};
use crate::vocabulary::NodeKind;

/// The options of `graph`.
#[derive(Args, Debug)]
pub struct Options {
    /// The repository.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// How to write the graph.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Only these kinds of nodes; by default all that data flows through.
    #[arg(long, value_delimiter = ',', value_parser = kind, value_name = "KIND")]
    kind: Vec<NodeKind>,
    /// Only models, what they learn from and where their predictions go; loops are marked.
    #[arg(long, conflicts_with = "kind")]
    models: bool,
    /// Only what stands around this: a place, model, column, option, step or file; the end of its name is enough.
    #[arg(long, value_name = "NAME")]
    focus: Option<String>,
    /// How many edges around it.
    #[arg(long, value_name = "N", default_value_t = 2, requires = "focus")]
    depth: usize,
    /// The namespace of OpenLineage jobs; by default the folder's name.
    #[arg(long)]
    namespace: Option<String>,
    /// The time of OpenLineage events, in seconds since 1970; by default now.
    #[arg(long, value_name = "SECONDS", env = "SOURCE_DATE_EPOCH")]
    time: Option<u64>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Dot,
    Mermaid,
    Json,
    /// One job event a line for each step and program (OpenLineage 2-0-2).
    Openlineage,
}

fn kind(text: &str) -> Result<NodeKind, String> {
    let found = NodeKind::ALL.iter().find(|k| k.word() == text).copied();
    found.ok_or_else(|| format!("one of {}", NodeKind::ALL.iter().map(|k| k.word()).collect::<Vec<_>>().join(", ")))
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = context.find(&options.path)?;
    let (system, sources) = crate::look(&config, &|| ())?;
    let texts = Texts::new(&sources);
    let mut shown = if options.models { lineage::models(&system) } else { shown(&system, &options.kind) };
    let loops = lineage::loops(&system);
    if let Some(name) = &options.focus {
        let found = lineage::find(&system, name);
        if found.is_empty() {
            return Ok(unknown(&system, name));
        }
        let around = lineage::around(&system, &found, options.depth);
        shown.retain(|id| around.contains(id));
        shown.extend(found);
    }
    Ok(Answer::ok(match options.format {
        Format::Text => text(&system, &texts, &shown, &loops),
        Format::Dot => dot(&system, &shown, &loops),
        Format::Mermaid => mermaid(&system, &shown, &loops),
        Format::Json => json(&system, &texts, &shown, &loops),
        Format::Openlineage => {
            let root = config.root.canonicalize().unwrap_or_else(|_| config.root.clone());
            let folder = root.file_name().map_or("repository".into(), |name| name.to_string_lossy());
            let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            let about = About {
                namespace: options.namespace.as_deref().unwrap_or(&folder),
                time: options.time.unwrap_or_else(now),
                root: &root,
            };
            openlineage::render(&system, &texts, &about, &shown)
        }
    }))
}

/// Nodes of the wanted kinds; code and settings only where an edge joins them to one of these.
fn shown(system: &System, kinds: &[NodeKind]) -> FxHashSet<NodeId> {
    let wanted = |kind: NodeKind| {
        if kinds.is_empty() {
            !matches!(
                kind,
                NodeKind::Module
                    | NodeKind::Function
                    | NodeKind::Setting
                    | NodeKind::Flag
                    | NodeKind::Branch
                    | NodeKind::Package
            )
        } else {
            kinds.contains(&kind)
        }
    };
    let mut shown: FxHashSet<NodeId> = system.nodes().filter(|(_, n)| wanted(n.kind)).map(|(id, _)| id).collect();
    if kinds.is_empty() {
        let near: Vec<NodeId> = system
            .edges()
            .filter(|e| shown.contains(&e.to) || shown.contains(&e.from))
            .flat_map(|e| [e.from, e.to])
            .collect();
        shown.extend(near);
    }
    shown
}

fn ordered(shown: &FxHashSet<NodeId>) -> Vec<NodeId> {
    let mut ids: Vec<NodeId> = shown.iter().copied().collect();
    ids.sort_unstable();
    ids
}

fn text(system: &System, texts: &Texts<'_>, shown: &FxHashSet<NodeId>, loops: &Loops) -> String {
    let mut out = String::new();
    for id in ordered(shown) {
        let node = system.node(id);
        let _ = writeln!(out, "{} {}  ({})", node.kind.word(), clean(&node.name), texts.place(node.at));
        for edge in system.out(id).iter().map(|e| system.edge(*e)).filter(|e| shown.contains(&e.to)) {
            let to = system.node(edge.to);
            let _ = writeln!(
                out,
                "  {} {} {}  ({}{})",
                edge.kind.word(),
                to.kind.word(),
                clean(&to.name),
                edge.certainty.word(),
                if loops.hold(edge) { ", in a loop" } else { "" }
            );
        }
    }
    out
}

fn label(system: &System, id: NodeId) -> String {
    let node = system.node(id);
    format!("{} {}", node.kind.word(), clean(&node.name)).replace('"', "'").replace('\\', "/")
}

fn dot(system: &System, shown: &FxHashSet<NodeId>, loops: &Loops) -> String {
    let mut out = String::from("digraph system {\n  rankdir=LR;\n  node [shape=box];\n");
    for id in ordered(shown) {
        let _ = writeln!(out, "  n{} [label=\"{}\"];", id.0, label(system, id));
    }
    for edge in system.edges().filter(|e| shown.contains(&e.from) && shown.contains(&e.to)) {
        let color = if loops.hold(edge) { ", color=red, penwidth=2" } else { "" };
        let _ = writeln!(out, "  n{} -> n{} [label=\"{}\"{color}];", edge.from.0, edge.to.0, edge.kind.word());
    }
    out + "}\n"
}

fn mermaid(system: &System, shown: &FxHashSet<NodeId>, loops: &Loops) -> String {
    let mut out = String::from("flowchart LR\n");
    for id in ordered(shown) {
        let _ = writeln!(out, "  n{}[\"{}\"]", id.0, label(system, id).replace(['<', '>', '#'], " "));
    }
    let edges = system.edges().filter(|e| shown.contains(&e.from) && shown.contains(&e.to));
    for (number, edge) in edges.enumerate() {
        let _ = writeln!(out, "  n{} -->|{}| n{}", edge.from.0, edge.kind.word(), edge.to.0);
        if loops.hold(edge) {
            let _ = writeln!(out, "  linkStyle {number} stroke:red,stroke-width:3px");
        }
    }
    out
}

fn json(system: &System, texts: &Texts<'_>, shown: &FxHashSet<NodeId>, loops: &Loops) -> String {
    let nodes: Vec<serde_json::Value> = ordered(shown)
        .into_iter()
        .map(|id| {
            let node = system.node(id);
            let attributes: serde_json::Map<String, serde_json::Value> = system.attributes(id).iter().map(|(n, v)| ((*n).to_owned(), v.to_string().into())).collect();
            serde_json::json!({"id": id.0, "kind": node.kind.word(), "name": node.name.as_str(), "place": texts.place(node.at), "attributes": attributes})
        })
        .collect();
    let edges: Vec<serde_json::Value> = system
        .edges()
        .filter(|e| shown.contains(&e.from) && shown.contains(&e.to))
        .map(|e| serde_json::json!({"kind": e.kind.word(), "from": e.from.0, "to": e.to.0, "place": texts.place(e.at), "certainty": e.certainty.word(), "loop": loops.hold(e)}))
        .collect();
    let text = serde_json::to_string_pretty(&serde_json::json!({"version": 1, "nodes": nodes, "edges": edges}));
    text.unwrap_or_default() + "\n"
}
