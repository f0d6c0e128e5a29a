//! `mldebt trace`: who writes a thing, who reads it, what it feeds.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Answer, Context, TextOrJson as Format, unknown};
use crate::mistake::Mistake;
use crate::report::{Texts, clean};
use crate::system::graph::{NodeId, System};
use crate::system::lineage;
use crate::vocabulary::{EdgeKind, NodeKind};

/// The options of `trace`.
#[derive(Args, Debug)]
pub struct Options {
    /// A place, table, model, column, option or key; the end of its name is enough.
    name: String,
    /// The repository.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// How to write the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output_format: Format,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = context.find(&options.path)?;
    let (system, sources) = crate::look(&config, &|| ())?;
    let texts = Texts::new(&sources);
    let found = lineage::find(&system, &options.name);
    if options.output_format == Format::Json {
        let rows: Vec<serde_json::Value> = found.iter().map(|id| json(&system, &texts, *id)).collect();
        let text = serde_json::to_string_pretty(&rows).unwrap_or_default();
        return Ok(Answer { text: text + "\n", code: u8::from(found.is_empty()) });
    }
    let mut text = String::new();
    for id in &found {
        describe(&system, &texts, *id, &mut text);
    }
    if found.is_empty() {
        return Ok(unknown(&system, &options.name));
    }
    Ok(Answer::ok(text))
}

/// What people ask of data, models, columns and settings: the question and who answers it.
const QUESTIONS: [&str; 5] = ["written by", "read by", "learnt from by", "declared by", "checked by"];

/// Who answers each of the questions.
fn answers(system: &System, id: NodeId) -> [Vec<NodeId>; 5] {
    let by = |kinds: &[EdgeKind]| -> Vec<NodeId> {
        let mut all: Vec<NodeId> = kinds.iter().flat_map(|kind| system.reaching(id, *kind)).collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|other| system.node(*other).kind != NodeKind::Group);
        all
    };
    let ahead = lineage::ahead(system, id);
    let of_kind = |kind: NodeKind| ahead.iter().map(|(other, _)| *other).filter(move |o| system.node(*o).kind == kind);
    let mut checks = by(&[EdgeKind::Checks]);
    checks.extend(system.reached(id, EdgeKind::Feeds).filter(|other| system.node(*other).kind == NodeKind::Check));
    [
        by(&[EdgeKind::Writes, EdgeKind::Sets, EdgeKind::Trains]),
        by(&[EdgeKind::Reads, EdgeKind::Uses]),
        of_kind(NodeKind::Training).filter(|training| *training != id).collect(),
        by(&[EdgeKind::Declares]),
        checks,
    ]
}

/// Is the thing one of which these questions are asked?
fn is_asked(system: &System, id: NodeId) -> bool {
    matches!(system.node(id).kind, NodeKind::Dataset | NodeKind::Model | NodeKind::Feature | NodeKind::Setting)
}

/// Both directions of a node's edges in words.
fn edges(system: &System, id: NodeId) -> Vec<(String, NodeId, crate::source::At, &'static str)> {
    let out = system
        .out(id)
        .iter()
        .map(|e| system.edge(*e))
        .map(|e| (e.kind.word().to_owned(), e.to, e.at, e.certainty.word()));
    let into = system
        .into(id)
        .iter()
        .map(|e| system.edge(*e))
        .map(|e| (format!("{} by", passive(e.kind.word())), e.from, e.at, e.certainty.word()));
    into.chain(out).collect()
}

/// `reads` as `read`, `writes` as `written`.
fn passive(word: &str) -> &str {
    match word {
        "reads" => "read",
        "writes" => "written",
        "feeds" => "fed",
        "trains" => "trained",
        "predicts" => "predicted",
        "declares" => "declared",
        "derives" => "source of data written",
        "imports" => "imported",
        "calls" => "run",
        "uses" => "used",
        "drops" => "dropped",
        "guards" => "guarded",
        "converts" => "converted",
        "follows" => "followed",
        other => other,
    }
}

fn describe(system: &System, texts: &Texts<'_>, id: NodeId, text: &mut String) {
    let node = system.node(id);
    let _ = writeln!(text, "{} {}  ({})", node.kind.word(), clean(&node.name), texts.place(node.at));
    let attributes: Vec<String> =
        system.attributes(id).iter().map(|(n, v)| format!("{n} = {}", clean(&v.to_string()))).collect();
    if !attributes.is_empty() {
        let _ = writeln!(text, "  {}", attributes.join(", "));
    }
    if is_asked(system, id) {
        for (question, found) in QUESTIONS.iter().zip(answers(system, id)) {
            let named = |other: &NodeId| {
                let node = system.node(*other);
                let symbol = if node.kind == NodeKind::Function { &node.symbol } else { &node.name };
                format!("{} {}", node.kind.word(), clean(symbol))
            };
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for name in found.iter().map(named) {
                *counts.entry(name).or_default() += 1;
            }
            let told =
                |(name, times): (String, usize)| if times == 1 { name } else { format!("{name} ({times} places)") };
            let names: Vec<String> = counts.into_iter().map(told).collect();
            let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
            let _ = writeln!(text, "  {question}: {names}");
        }
        text.push_str("  where:\n");
    }
    let indent = if is_asked(system, id) { "    " } else { "  " };
    for (word, other, at, certainty) in edges(system, id) {
        let other = system.node(other);
        let _ = writeln!(
            text,
            "{indent}{word} {} {}  ({}, {certainty})",
            other.kind.word(),
            clean(&other.name),
            texts.place(at)
        );
    }
    text.push('\n');
}

fn json(system: &System, texts: &Texts<'_>, id: NodeId) -> serde_json::Value {
    let node = system.node(id);
    let edges: Vec<serde_json::Value> = edges(system, id)
        .into_iter()
        .map(|(word, other, at, certainty)| {
            let other = system.node(other);
            serde_json::json!({"edge": word, "kind": other.kind.word(), "name": other.name.as_str(), "place": texts.place(at), "certainty": certainty})
        })
        .collect();
    let attributes: serde_json::Map<String, serde_json::Value> =
        system.attributes(id).iter().map(|(n, v)| ((*n).to_owned(), v.to_string().into())).collect();
    let named = |id: &NodeId| {
        let node = system.node(*id);
        serde_json::json!({"kind": node.kind.word(), "name": node.name.as_str(), "place": texts.place(node.at)})
    };
    let answers: serde_json::Map<String, serde_json::Value> = QUESTIONS
        .iter()
        .zip(answers(system, id))
        .filter(|_| is_asked(system, id))
        .map(|(question, found)| (question.replace(' ', "_"), found.iter().map(named).collect()))
        .collect();
    serde_json::json!({"kind": node.kind.word(), "name": node.name.as_str(), "place": texts.place(node.at), "attributes": attributes, "answers": answers, "edges": edges})
}
