//! What checks have seen becomes findings: the rule's file has the words.

use super::{compares, filled, fingerprint, parts};
use crate::catalog::Catalog;
use crate::fact::Text;
use crate::finding::{Evidence, Finding, NAMED, Status};
use crate::rule::{CaptureKind, Condition, Rule};
use crate::source::At;
use crate::system::check::{Capture, Captures, Sighting};
use crate::system::graph::{System, Value};

/// The findings of all rules that stand on a check, each with the name of what it speaks of.
pub fn findings(system: &System, catalog: &Catalog) -> Vec<(Finding, Text)> {
    let mut findings = Vec::new();
    for (name, sightings) in &system.sightings {
        let Some(rule) = catalog.find(name).filter(|rule| rule.off.is_none()) else { continue };
        let asked = sightings.iter().filter(|sighting| rule.conditions.iter().all(|c| holds(sighting, c)));
        findings.extend(asked.map(|sighting| (finding(system, rule, sighting), sighting.name())));
    }
    findings
}

/// Does what a rule asks of its check's captures hold of a sighting?
fn holds(sighting: &Sighting, condition: &Condition) -> bool {
    let captured = sighting.captures.iter().find(|(name, _)| *name == condition.attribute);
    let value = captured.and_then(|(_, capture)| match capture {
        Capture::Text(text) => Some(Value::Text(*text)),
        Capture::Number(number) => Some(Value::Number(*number)),
        Capture::Node(_) | Capture::Place(_) | Capture::Texts(_) => None,
    });
    compares(value, &condition.comparison)
}

fn finding(system: &System, rule: &Rule, sighting: &Sighting) -> Finding {
    let mut evidence: Vec<Evidence> = Vec::new();
    let first = Captures::new();
    for more in std::iter::once(&first).chain(&sighting.more) {
        let captured = Captured { system, rule, layers: [more, &sighting.captures] };
        for (name, label) in &rule.also {
            if let Some(at) = captured.place(name)
                && !evidence.iter().any(|e| e.at == at)
            {
                evidence.push(Evidence { at, message: captured.say(label) });
            }
        }
    }
    let captured = Captured { system, rule, layers: [&first, &sighting.captures] };
    let identity = sighting.identity.iter().map(|part| &**part);
    Finding {
        rule: Text::from(&rule.name),
        family: Text::from(&rule.family),
        severity: rule.severity,
        confidence: sighting.certainty.max(rule.confidence),
        message: captured.say(&rule.message),
        at: sighting.at,
        label: rule.label.as_ref().map(|label| captured.say(label)),
        evidence,
        trail: Vec::new(),
        parts: parts::captured(system, rule, &sighting.captures),
        fingerprint: fingerprint(std::iter::once(rule.name.as_str()).chain(identity)),
        status: Status::New,
        note: None,
        owner: None,
    }
}

/// Captures, the upper layer first.
struct Captured<'a> {
    system: &'a System,
    rule: &'a Rule,
    layers: [&'a Captures; 2],
}

impl Captured<'_> {
    fn find(&self, name: &str) -> Option<&Capture> {
        self.layers.iter().flat_map(|layer| layer.iter()).find(|(n, _)| *n == name).map(|(_, capture)| capture)
    }

    fn place(&self, name: &str) -> Option<At> {
        match self.find(name)? {
            Capture::Place(at) => Some(*at),
            Capture::Node(id) => Some(self.system.node(*id).at),
            Capture::Text(_) | Capture::Texts(_) | Capture::Number(_) => None,
        }
    }

    fn say(&self, text: &str) -> String {
        filled(text, &|name, attribute| match (self.find(name)?, attribute) {
            (Capture::Node(id), None) => Some(self.system.node(*id).name.to_string()),
            (Capture::Node(id), Some(attribute)) => self.system.get(*id, attribute).map(|value| value.to_string()),
            (Capture::Text(text), _) => match self.rule.captures.as_ref()?.get(name)? {
                CaptureKind::Words(words) => words.get(text.as_str()).map(|words| self.say(words)),
                _ => Some(text.to_string()),
            },
            (Capture::Texts(texts), _) => Some(listed(texts)),
            (Capture::Number(number), _) => Some(number.to_string()),
            (Capture::Place(_), _) => None,
        })
    }
}

/// The first of some texts, and how many more there are.
fn listed(texts: &[Text]) -> String {
    let shown: Vec<String> = texts.iter().take(NAMED).map(|text| format!("`{text}`")).collect();
    match texts.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
