//! `mldebt trace`: who writes a thing, who reads it, what it feeds.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Answer, Context};
use crate::config::Config;
use crate::mistake::Mistake;
use crate::report::{Texts, clean};
use crate::system::graph::{NodeId, System};
use crate::vocabulary::NodeKind;

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

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(options: &Options, context: &Context) -> Result<Answer, Mistake> {
    let config = Config::find(&options.path, context.config.as_deref(), context.isolated)?;
    let (system, sources) = crate::look(&config, &|| ())?;
    let texts = Texts::new(&sources);
    let found = matching(&system, &options.name);
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
        let _ = writeln!(
            text,
            "Nothing is called `{}` or ends with it. `mldebt graph` lists what there is.",
            clean(&options.name)
        );
    }
    Ok(Answer { text, code: u8::from(found.is_empty()) })
}

/// Nodes of that name; else those whose name ends with it; else those that hold it.
fn matching(system: &System, name: &str) -> Vec<NodeId> {
    let plain = |kind: NodeKind| !matches!(kind, NodeKind::Branch | NodeKind::Function);
    let by = |fits: &dyn Fn(&str) -> bool| -> Vec<NodeId> {
        system.nodes().filter(|(_, n)| plain(n.kind) && fits(&n.name)).map(|(id, _)| id).collect()
    };
    let exact = by(&|n| n == name || n == format!("table:{name}"));
    if !exact.is_empty() {
        return exact;
    }
    let ending = by(&|n| n.ends_with(name));
    if ending.is_empty() { by(&|n| n.contains(name)) } else { ending }
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
    for (word, other, at, certainty) in edges(system, id) {
        let other = system.node(other);
        let _ =
            writeln!(text, "  {word} {} {}  ({}, {certainty})", other.kind.word(), clean(&other.name), texts.place(at));
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
    serde_json::json!({"kind": node.kind.word(), "name": node.name.as_str(), "place": texts.place(node.at), "attributes": attributes, "edges": edges})
}
