//! Why a rule finds nothing at a node: what it asks for first that is not so.

use super::{Binding, TRIES, Tries, bind, holds, lacks, reach, value};
use crate::catalog::Catalog;
use crate::rule::{Comparison, Condition, Link, Pattern};
use crate::system::graph::{NodeId, System};
use crate::vocabulary::attribute;

/// What a rule says of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The rule.
    pub rule: String,
    /// What is not so, in words; none if the rule finds something there.
    pub lacks: Option<String>,
    /// How many of the rule's demands are met before that one.
    pub met: usize,
}

/// What every rule that asks of nodes of this kind says of a node, those that come nearest to a finding first.
pub fn why_not(system: &System, catalog: &Catalog, id: NodeId) -> Vec<Answer> {
    let kind = system.node(id).kind;
    let asking = catalog.rules().iter().filter_map(|rule| Some((rule, rule.pattern.as_ref()?)));
    let mut answers: Vec<Answer> = asking
        .filter(|(_, pattern)| pattern.select == kind)
        .map(|(rule, pattern)| {
            let (met, lacks) = first_lack(system, pattern, id);
            Answer { rule: rule.name.clone(), lacks, met }
        })
        .collect();
    answers.sort_by(|a, b| (a.lacks.is_some(), b.met, &a.rule).cmp(&(b.lacks.is_some(), a.met, &b.rule)));
    answers
}

fn first_lack(system: &System, pattern: &Pattern, id: NodeId) -> (usize, Option<String>) {
    let mut met = 0;
    for condition in &pattern.conditions {
        if !holds(system, id, condition) {
            return (met, Some(condition_words(system, id, condition)));
        }
        met += 1;
    }
    let mut start = Binding::default();
    start.nodes.push((pattern.name.clone(), id));
    let satisfied = |links: &[Link]| {
        let mut last = None;
        let tries = Tries::new(TRIES);
        bind(system, links, id, start.clone(), &tries, &mut |binding| {
            last = Some(binding.clone());
            false
        });
        last
    };
    let mut bound = start.clone();
    for count in 1..=pattern.has.len() {
        match satisfied(&pattern.has[..count]) {
            Some(binding) => bound = binding,
            None => return (met, Some(link_words(system, id, &pattern.has[count - 1], &start))),
        }
        met += 1;
    }
    for link in &pattern.lacks {
        if !lacks(system, link, id, &bound, &Tries::new(TRIES)) {
            return (met, Some(format!("{}, and that excuses it", phrase(link, true))));
        }
        met += 1;
    }
    // All is so one by one, but not for the same things at once, or two that must differ are one.
    let mut all = false;
    let tries = Tries::new(TRIES);
    bind(system, &pattern.has, id, start, &tries, &mut |binding| {
        let distinct: Vec<_> = pattern.differ.iter().filter_map(|n| binding.node(n)).collect();
        let differ = distinct.iter().enumerate().all(|(i, a)| !distinct[..i].contains(a));
        all |= differ && pattern.lacks.iter().all(|l| lacks(system, l, id, binding, &tries));
        !all
    });
    let names = || format!("{} would have to be different things", pattern.differ.join(" and "));
    (met, (!all).then(names))
}

/// What of a link is not so: there is no such edge, or what it leads to is not what is asked for.
fn link_words(system: &System, id: NodeId, link: &Link, binding: &Binding) -> String {
    let ends = reach(system, link, id);
    let bound = |to: NodeId| link.to.as_ref().is_none_or(|name| binding.node(name) == Some(to));
    let near = ends
        .iter()
        .filter(|(to, ..)| bound(*to))
        .max_by_key(|(to, ..)| link.conditions.iter().filter(|c| holds(system, *to, c)).count());
    let Some((to, ..)) = near else { return phrase(link, false) };
    match link.conditions.iter().find(|c| !holds(system, *to, c)) {
        Some(condition) => condition_words(system, *to, condition),
        // The other end fits by itself; what lies beyond it does not.
        None => match link.has.iter().find(|inner| reach(system, inner, *to).is_empty()) {
            Some(inner) => {
                format!("of {} `{}`: {}", system.node(*to).kind.word(), system.node(*to).name, phrase(inner, false))
            }
            None => format!("nothing beyond {} `{}` fits", system.node(*to).kind.word(), system.node(*to).name),
        },
    }
}

/// `nothing reads it`, `something declares it`, `it reads nothing`.
fn phrase(link: &Link, is: bool) -> String {
    let words: Vec<&str> = link.edges.iter().map(|kind| kind.word()).collect();
    let words = words.join(" or ");
    let wanted: Vec<String> =
        link.conditions.iter().map(|c| format!("{} {}", c.attribute, wanted(&c.comparison))).collect();
    let such = if wanted.is_empty() { String::new() } else { format!(" whose {}", wanted.join(" and ")) };
    match (link.reverse, is) {
        (true, true) => format!("something{such} {words} it"),
        (true, false) => format!("nothing{such} {words} it"),
        (false, true) => format!("it {words} something{such}"),
        (false, false) => format!("it {words} nothing{such}"),
    }
}

fn condition_words(system: &System, id: NodeId, condition: &Condition) -> String {
    let node = system.node(id);
    let is = value(system, id, &condition.attribute).map_or("not set".to_owned(), |v| format!("`{v}`"));
    let meaning = attribute(node.kind, &condition.attribute).map_or(String::new(), |a| format!(" ({})", a.meaning));
    let (kind, name, asked) = (node.kind.word(), node.name, wanted(&condition.comparison));
    format!("`{}`{meaning} of {kind} `{name}` is {is}; asked is {asked}", condition.attribute)
}

fn wanted(comparison: &Comparison) -> String {
    let list = |values: &[toml::Value]| values.iter().map(shown).collect::<Vec<_>>().join(", ");
    match comparison {
        Comparison::Equal(value) => shown(value),
        Comparison::In(values) => format!("one of {}", list(values)),
        Comparison::Not(inner) => format!("anything but {}", wanted(inner)),
        Comparison::AtLeast(least) => format!("at least {least}"),
        Comparison::AtMost(most) => format!("at most {most}"),
        Comparison::Matches(pattern) if pattern.as_str() == "." => "any text".to_owned(),
        Comparison::Matches(pattern) => format!("a text in which `{pattern}` is found"),
    }
}

fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::source::At;
    use crate::system::graph::Value;
    use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

    #[test]
    fn the_first_demand_that_is_not_met_is_told() {
        let mut system = System::default();
        let at = At::default();
        let table = system.add(NodeKind::Dataset, "s3://lake/a.csv".into(), at, "".into());
        let code = system.add(NodeKind::Module, "a.py".into(), at, "a.py".into());
        let lacks = |system: &System, rule: &str| {
            let catalog = Catalog::load(&[], &toml::Table::new()).unwrap();
            let answers = why_not(system, &catalog, table);
            answers.into_iter().find(|answer| answer.rule == rule).unwrap().lacks
        };
        let rule = "unpinned-external-data";
        assert!(lacks(&system, rule).unwrap().contains("is not set"), "{:?}", lacks(&system, rule));
        system.mark(table, "remote");
        system.say(table, "content", "data");
        system.say(table, "mutable", "no version");
        system.mark(table, "pinned");
        let told = lacks(&system, rule).unwrap();
        assert!(told.starts_with("`pinned` (") && told.ends_with("is `true`; asked is `false`"), "{told}");
        system.set(table, "pinned", Value::Flag(false));
        assert!(lacks(&system, rule).unwrap().starts_with("nothing whose role"), "{:?}", lacks(&system, rule));
        system.say(code, "role", "test");
        system.join(EdgeKind::Reads, code, table, at, Certainty::Seen);
        assert!(lacks(&system, rule).unwrap().contains("of module `a.py` is `test`"));
        system.say(code, "role", "train");
        assert_eq!(lacks(&system, rule), None);
    }
}
