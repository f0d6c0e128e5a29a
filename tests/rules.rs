//! Every rule that comes with the program: its examples hold, and it says what a reader must know.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use mldebt::catalog::{Catalog, lexicon};
use mldebt::examples;
use mldebt::rule::Rule;
use mldebt::vocabulary::ATTRIBUTES;

fn catalog() -> Catalog {
    // Loading fails where a rule uses a word that the vocabulary does not have.
    Catalog::load(&[], &toml::Table::new()).unwrap()
}

/// What each rule lacks, in words; all rules are looked at before the test fails.
fn lacking(what: impl Fn(&Rule) -> Vec<String>) -> Vec<String> {
    catalog().rules().iter().flat_map(|rule| what(rule).into_iter().map(|w| format!("{}: {w}", rule.name))).collect()
}

#[test]
fn examples_hold() {
    let (catalog, lexicon) = (catalog(), lexicon(&[]).unwrap());
    let failures: Vec<String> =
        catalog.rules().iter().flat_map(|rule| examples::check(rule, &catalog, &lexicon)).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn every_rule_shows_the_debt_and_a_clean_neighbour() {
    let lacking = lacking(|rule| {
        let mut lacks = Vec::new();
        // A rule that is settled after the others has nothing near it that could be mistaken for its debt.
        let least = if rule.pattern.is_some() { 2 } else { 1 };
        if rule.examples.len() < least {
            lacks.push(format!("{} examples", rule.examples.len()));
        }
        if rule.examples.iter().all(|e| e.debt.is_empty()) {
            lacks.push("no example of the debt".to_owned());
        }
        if rule.examples.iter().all(|e| e.clean.is_empty()) {
            lacks.push("no clean example".to_owned());
        }
        let names: BTreeSet<&str> = rule.examples.iter().map(|e| e.name.as_str()).collect();
        if names.len() < rule.examples.len() || names.contains("") {
            lacks.push("examples without names of their own".to_owned());
        }
        lacks
    });
    assert!(lacking.is_empty(), "\n{}", lacking.join("\n"));
}

#[test]
fn every_rule_says_why_and_what_to_do() {
    let lacking = lacking(|rule| {
        let texts = [("title", &rule.title), ("source", &rule.source), ("why", &rule.why), ("remedy", &rule.remedy)];
        let mut lacks: Vec<String> =
            texts.iter().filter(|(_, text)| text.trim().is_empty()).map(|(name, _)| format!("no {name}")).collect();
        for (name, text) in [("why", &rule.why), ("remedy", &rule.remedy)] {
            if !text.trim_end().ends_with('.') {
                lacks.push(format!("{name} is no sentence"));
            }
        }
        if rule.title.ends_with('.') || rule.message.ends_with('.') {
            lacks.push("title and message are no sentences".to_owned());
        }
        lacks
    });
    assert!(lacking.is_empty(), "\n{}", lacking.join("\n"));
}

#[test]
fn no_attribute_hides_what_a_node_is() {
    for attribute in ATTRIBUTES {
        // These words mean the node's own name and kind.
        assert!(!["name", "kind"].contains(&attribute.name), "{attribute:?}");
        assert!(!attribute.meaning.is_empty(), "{attribute:?}");
    }
}
