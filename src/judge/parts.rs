//! What a finding is about, by the names that its rule gives: what a fix needs to know.

use super::Binding;
use crate::fact::Text;
use crate::rule::Rule;
use crate::system::check::{Capture, Captures};
use crate::system::graph::{System, Value};

/// The nodes that a pattern bound and what is true of them, each once.
pub fn bound(system: &System, rule: &Rule, bindings: &[Binding]) -> Vec<(Text, Text)> {
    let nodes = bindings.iter().flat_map(|binding| &binding.nodes);
    let parts = nodes.flat_map(|(name, id)| {
        let flags = system.attributes(*id).iter().filter(|(_, value)| *value == Value::Flag(true));
        let flags = flags.map(move |(flag, _)| (Text::from(&format!("{name}.{flag}")), Text::from(flag)));
        std::iter::once((Text::from(name), system.node(*id).name)).chain(flags)
    });
    of(rule, parts)
}

/// The nodes and texts that a check captured.
pub fn captured(system: &System, rule: &Rule, captures: &Captures) -> Vec<(Text, Text)> {
    let texts = captures.iter().flat_map(|(name, capture)| {
        let found = match capture {
            Capture::Node(id) => vec![system.node(*id).name],
            Capture::Text(text) => vec![*text],
            Capture::Texts(texts) => texts.clone(),
            Capture::Place(_) | Capture::Number(_) => Vec::new(),
        };
        found.into_iter().map(move |text| (Text::from(name), text))
    });
    // Of texts, each stands for one of what they are told of.
    if rule.fix.is_some() { texts.collect() } else { Vec::new() }
}

fn of(rule: &Rule, parts: impl Iterator<Item = (Text, Text)>) -> Vec<(Text, Text)> {
    let mut found = Vec::new();
    if rule.fix.is_some() {
        for part in parts {
            if !found.contains(&part) {
                found.push(part);
            }
        }
    }
    found
}
