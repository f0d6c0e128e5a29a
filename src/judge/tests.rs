//! Patterns asked of small systems.
#![allow(clippy::unwrap_used)]
use super::*;

fn rule(pattern: &str) -> Rule {
    let text = format!("title='t'\nseverity='low'\nsource='s'\nwhy='w'\nremedy='r'\n{pattern}");
    Rule::parse("r.toml", "data", "r", &text).unwrap()
}

fn found(system: &System, pattern: &str) -> Vec<Finding> {
    let rule = rule(pattern);
    let mut findings = Vec::new();
    for (id, node) in system.nodes() {
        if node.kind == rule.pattern.as_ref().unwrap().select {
            ask(system, &rule, rule.pattern.as_ref().unwrap(), id, &mut findings);
        }
    }
    findings.into_iter().map(|(finding, _)| finding).collect()
}

/// Two modules write a table, one of them reads it; the step declares only the other data.
fn system() -> System {
    let mut system = System::default();
    let at = At::default();
    let [a, b] = ["a.py", "b.py"].map(|n| system.add(NodeKind::Module, n.into(), at, n.into()));
    let [t, u] = ["t", "u"].map(|n| system.add(NodeKind::Dataset, n.into(), at, n.into()));
    system.mark(t, "remote");
    system.count(t, "writers", 2);
    system.join(EdgeKind::Writes, a, t, at, Certainty::Seen);
    system.join(EdgeKind::Writes, b, t, at, Certainty::Inferred);
    system.join(EdgeKind::Reads, b, t, at, Certainty::Seen);
    system.join(EdgeKind::Derives, u, t, at, Certainty::Seen);
    system
}

#[test]
fn links_bind_backtrack_and_differ() {
    let two = "message='{d} {x} {y}'\n[match]\nselect='dataset'\nas='d'\nhas=[{edge='writes',reverse=true,as='x'},{edge='writes',reverse=true,as='y'}]\ndiffer=['x','y']\n";
    let findings = found(&system(), two);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].message.as_str(), findings[0].confidence), ("t a.py b.py", Certainty::Inferred));
    let each = two.replace("differ", "each=['x']\ndiffer");
    assert_eq!(found(&system(), &each).len(), 2);
    // The second writer is the one that also reads: the first try must be taken back.
    let to = "message='m'\n[match]\nselect='dataset'\nas='d'\nhas=[{edge='writes',reverse=true,as='x',has=[{edge='reads',to='d'}]}]\n";
    assert_eq!(found(&system(), to).len(), 1);
}

#[test]
fn listed_nodes_are_named_in_one_message_and_make_no_other_finding() {
    let list = "message='`{d}` by `{x}` here'\n[match]\nselect='dataset'\nas='d'\nhas=[{edge='writes',reverse=true,as='x'}]\nlist=['x']\n";
    let mut system = system();
    let before = found(&system, list);
    assert_eq!(before[0].message, "`t` by `a.py` and `b.py` here");
    let t = system.find(NodeKind::Dataset, "t".into()).unwrap();
    for name in ["c{}.py", "d.py"] {
        let module = system.add(NodeKind::Module, name.into(), At::default(), name.into());
        system.join(EdgeKind::Writes, module, t, At::default(), Certainty::Seen);
    }
    let after = found(&system, list);
    assert_eq!(after[0].message, "`t` by `a.py`, `b.py` and 2 more here");
    assert_eq!((after.len(), &after[0].fingerprint), (1, &before[0].fingerprint));
}

#[test]
fn absence_is_never_more_than_inferred() {
    let lacks = "message='m'\n[match]\nselect='dataset'\nlacks=[{edge='writes',reverse=true}]\n";
    let findings = found(&system(), lacks);
    assert_eq!((findings.len(), findings[0].confidence), (1, Certainty::Inferred));
    let chain = "message='m'\n[match]\nselect='dataset'\nwhere={remote=false}\nhas=[{through=['derives'],where={remote=true}}]\n";
    assert_eq!(found(&system(), chain).len(), 1);
}

#[test]
fn conditions_compare() {
    for (condition, count) in [
        ("remote=true", 1),
        ("remote={not=true}", 1),
        ("writers={at-least=2}", 1),
        ("writers={at-most=1}", 0),
        ("name={in=['t','z']}", 1),
        ("name={matches='^[tu]$'}", 2),
        ("scheme={not='file'}", 2),
        ("name={not={matches='^t'}}", 1),
        ("name={not={in=['t','u']}}", 0),
        ("writers={not={at-least=2}}", 1),
    ] {
        let pattern = format!("message='m'\n[match]\nselect='dataset'\nwhere={{{condition}}}\n");
        assert_eq!(found(&system(), &pattern).len(), count, "{condition}");
    }
}

#[test]
fn ends_are_counted_once_each() {
    for (count, found_at) in
        [("{at-least=2}", 1), ("{at-least=3}", 0), ("{at-most=1}", 1), ("{at-least=1,at-most=2}", 1)]
    {
        let pattern =
            format!("message='m'\n[match]\nselect='dataset'\nhas=[{{edge='writes',reverse=true,count={count}}}]\n");
        assert_eq!(found(&system(), &pattern).len(), found_at, "{count}");
    }
}

#[test]
fn what_the_budget_does_not_reach_is_not_absent() {
    // Thirty modules, all importing each other: no way ends at a data set, and nobody can try them all.
    let mut system = System::default();
    let modules: Vec<NodeId> = (0..30)
        .map(|n| system.add(NodeKind::Module, format!("{n}").as_str().into(), At::default(), "".into()))
        .collect();
    for a in &modules {
        for b in &modules {
            system.join(EdgeKind::Imports, *a, *b, At::default(), Certainty::Seen);
        }
    }
    let step = |inner: &str| format!("{{edge='imports',has=[{inner}]}}");
    let deep = (0..5).fold("{edge='reads'}".to_owned(), |inner, _| step(&inner));
    let pattern = format!("message='m'\n[match]\nselect='module'\nlacks=[{deep}]\n");
    assert!(found(&system, &pattern).is_empty());
}

#[test]
fn fingerprints_stay() {
    assert_eq!(fingerprint(["rule", "a.py", "x"].into_iter()), fingerprint(["rule", "a.py", "x"].into_iter()));
    assert_ne!(fingerprint(["ab", "c"].into_iter()), fingerprint(["a", "bc"].into_iter()));
}
