//! `mldebt vocabulary`: the words that rules ask with: kinds, edges, attributes and what they may be.

use std::fmt::Write;

use clap::Args;
use serde_json::json;

use super::{Answer, TextOrJson as Format};
use crate::mistake::Mistake;
use crate::vocabulary::{ATTRIBUTES, Attribute, AttributeType, Certainty, EdgeKind, NodeKind};

/// The options of `vocabulary`.
#[derive(Args, Debug)]
pub struct Options {
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn run(options: &Options) -> Result<Answer, Mistake> {
    match options.format {
        Format::Text => Ok(Answer::ok(text())),
        Format::Json => {
            let text = serde_json::to_string_pretty(&told())
                .map_err(|e| Mistake::new("vocabulary", "", 0..0, e.to_string()))?;
            Ok(Answer::ok(text + "\n"))
        }
    }
}

fn type_word(of: AttributeType) -> &'static str {
    match of {
        AttributeType::Flag => "flag",
        AttributeType::Number => "number",
        AttributeType::Text => "text",
    }
}

fn attributes(kind: Option<NodeKind>) -> impl Iterator<Item = &'static Attribute> {
    ATTRIBUTES.iter().filter(move |a| a.kind == kind)
}

fn text() -> String {
    let mut text = "Kinds of nodes (`select`, `kind`) and their attributes (`where`)\n".to_owned();
    let attribute = |text: &mut String, a: &Attribute| {
        let values = if a.values.is_empty() { String::new() } else { format!(": {}", a.values.join(", ")) };
        let _ = writeln!(text, "    {} ({}) {}{values}", a.name, type_word(a.of), a.meaning);
    };
    for kind in NodeKind::ALL {
        let _ = writeln!(text, "\n  {}: {}", kind.word(), kind.meaning());
        attributes(Some(*kind)).for_each(|a| attribute(&mut text, a));
    }
    text.push_str("\n  every kind\n    name (text) what it is called\n    kind (text) which of these it is\n");
    attributes(None).for_each(|a| attribute(&mut text, a));
    text.push_str("\nKinds of edges (`edge`, `through`)\n");
    for kind in EdgeKind::ALL {
        let _ = writeln!(text, "  {}: {}", kind.word(), kind.meaning());
    }
    text.push_str("\nCertainties (`confidence`), from sure to unsure\n");
    for certainty in Certainty::ALL {
        let _ = writeln!(text, "  {}: {}", certainty.word(), certainty.meaning());
    }
    text
}

fn told() -> serde_json::Value {
    let attribute =
        |a: &Attribute| json!({"name": a.name, "type": type_word(a.of), "meaning": a.meaning, "values": a.values});
    let of = |kind| attributes(kind).map(attribute).collect::<Vec<_>>();
    let node = |k: &NodeKind| json!({"name": k.word(), "meaning": k.meaning(), "attributes": of(Some(*k))});
    json!({
        "nodes": NodeKind::ALL.iter().map(node).collect::<Vec<_>>(),
        "attributes": of(None),
        "edges": EdgeKind::ALL.iter().map(|k| json!({"name": k.word(), "meaning": k.meaning()})).collect::<Vec<_>>(),
        "certainties": Certainty::ALL.iter().map(|c| json!({"name": c.word(), "meaning": c.meaning()})).collect::<Vec<_>>(),
    })
}
