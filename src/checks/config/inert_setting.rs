//! Settings that a library leaves aside because another one, without which they do nothing, is not set.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{OpKind, Operand, Role as ArgRole, Setting, SettingKind, Text, Val};
use crate::lexicon::Constraint;
use crate::program::{Node, parent};
use crate::source::{At, FileId};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::vocabulary::{Certainty, Role};

pub const CHECK: Check = Check { rule: "inert-setting", find };

/// A key of a map with its value, as far as that is written out.
struct Entry {
    key: Text,
    value: Option<String>,
    at: At,
}

/// One sighting for each setting whose helpers nobody sets.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let all = view.lexicon.constraints.iter().chain(&view.told.constraints);
    let constraints: Vec<&Constraint> = all.filter(|constraint| constraint.idle().next().is_some()).collect();
    let keys: FxHashSet<Text> = constraints.iter().flat_map(|c| c.idle()).map(Text::from).collect();
    let mut found: Vec<(&Constraint, Entry)> = Vec::new();
    for file in view.program.files().filter(|file| grounds.role(*file) != Role::Test) {
        let facts = view.program.file(file);
        for (value, op) in (0..).zip(&facts.ops) {
            let node = Node { file, value };
            let (operands, call) = match op.kind {
                OpKind::Call(_, operands) => (operands, Some(node)),
                OpKind::Dict(operands) => (operands, None),
                _ => continue,
            };
            let operands = view.program.operands(file, operands);
            if !operands.iter().any(|o| names(view, file, o).is_some_and(|key| keys.contains(&key))) {
                continue;
            }
            judge(view, &constraints, node, call, operands, &mut found);
        }
        let entries = facts.settings.iter().filter(|s| s.kind == SettingKind::Entry);
        for setting in entries.clone().filter(|s| s.keys.last().is_some_and(|key| keys.contains(key))) {
            let Some((key, above)) = setting.keys.split_last() else { continue };
            let beside: Vec<&Setting> = entries.clone().filter(|s| s.keys.starts_with(above)).collect();
            let value = setting.value.text();
            for constraint in constraints.iter().filter(|c| c.is_of(None) && c.idle().any(|idle| idle == key.as_str()))
            {
                let helps =
                    |s: &&Setting| s.keys.last().is_some_and(|k| constraint.helps(k, s.value.text().as_deref()));
                if constraint.asks(value.as_deref()) && !beside.iter().any(helps) && !is_said(view, None, constraint) {
                    let entry = Entry { key: *key, value: value.clone(), at: At { file, span: setting.span } };
                    found.push((*constraint, entry));
                }
            }
        }
    }
    together(grounds, found)
}

/// Looks at the keys of a call or a dict.
fn judge<'c>(
    view: &View<'_>,
    constraints: &[&'c Constraint],
    node: Node,
    call: Option<Node>,
    operands: &[Operand],
    found: &mut Vec<(&'c Constraint, Entry)>,
) {
    // What is laid in from elsewhere may hold anything.
    if operands.iter().any(|o| matches!(o.role, ArgRole::Spread | ArgRole::Star)) {
        return;
    }
    let placed = operands.iter().filter(|o| o.role == ArgRole::Plain).count();
    let called = call.and_then(|call| view.types.called_name(call));
    let entries: Vec<Entry> = (0..operands.len()).filter_map(|number| entry(view, node, operands, number)).collect();
    for constraint in constraints.iter().filter(|c| c.is_of(called.as_deref())) {
        if entries.iter().any(|e| constraint.helps(&e.key, e.value.as_deref())) {
            continue;
        }
        let open = match call {
            Some(_) => constraint.placed > 0 && placed > constraint.placed,
            // A dict may be filled later, or laid over another one.
            None => is_said(view, Some(node.file), constraint),
        };
        let idle = entries.iter().find(|e| constraint.idle().any(|key| key == e.key.as_str()));
        let idle = idle.filter(|e| !open && constraint.asks(e.value.as_deref()));
        found.extend(idle.map(|e| (*constraint, Entry { key: e.key, value: e.value.clone(), at: e.at })));
    }
}

/// The key that an operand names.
fn names(view: &View<'_>, file: FileId, operand: &Operand) -> Option<Text> {
    match operand.role {
        ArgRole::Named(name) => Some(name),
        ArgRole::Key => view.program.literal(Node { file, value: operand.value }),
        _ => None,
    }
}

fn entry(view: &View<'_>, node: Node, operands: &[Operand], number: usize) -> Option<Entry> {
    let operand = &operands[number];
    let key = names(view, node.file, operand)?;
    let value: Val = match operand.role {
        ArgRole::Key => operands.get(number + 1)?.value,
        _ => operand.value,
    };
    let text = match view.program.op(Node { value, ..node }).kind {
        OpKind::Str(text) => Some(text.to_string()),
        OpKind::Int(int) => Some(int.to_string()),
        OpKind::Float(bits) => Some(f64::from_bits(bits).to_string()),
        OpKind::Bool(value) => Some(value.to_string()),
        OpKind::Nothing => Some("none".to_owned()),
        _ => None,
    };
    Some(Entry { key, value: text, at: view.program.place(Node { value, ..node }) })
}

/// Is a helper named in a file, in those that it imports or that import it; without a file, in any code?
fn is_said(view: &View<'_>, file: Option<FileId>, constraint: &Constraint) -> bool {
    let helpers: Vec<Text> = constraint.helpers().map(Text::from).collect();
    let says = |file: FileId| {
        let facts = view.program.file(file);
        let word = |kind: &OpKind| match kind {
            OpKind::Str(name) | OpKind::Attr(_, name) | OpKind::SetAttr(_, name, _) => helpers.contains(name),
            _ => false,
        };
        let named = |o: &Operand| matches!(o.role, ArgRole::Named(name) if helpers.contains(&name));
        facts.ops.iter().any(|op| word(&op.kind)) || facts.operands.iter().any(named)
    };
    let imports = |one: FileId, other: FileId| view.program.imported_files(one).any(|(of, _)| of == other);
    let near = |other: FileId| file.is_none_or(|own| own == other || imports(own, other) || imports(other, own));
    view.program.files().any(|other| near(other) && says(other))
}

/// What the files of one folder set alike is told once.
fn together(grounds: &Grounds<'_>, mut found: Vec<(&Constraint, Entry)>) -> Vec<Sighting> {
    let view = grounds.view;
    found.sort_by_key(|(_, entry)| entry.at);
    let mut told: FxHashMap<(&str, &str, Text), Sighting> = FxHashMap::default();
    let mut order = Vec::new();
    for (constraint, entry) in found {
        let folder = parent(view.program.path(entry.at.file));
        let group = (folder, constraint.because.as_str(), entry.key);
        if let Some(sighting) = told.get_mut(&group) {
            sighting.more.push(vec![("elsewhere", entry.at.into())]);
            continue;
        }
        order.push(group);
        let captures = vec![
            ("setting", entry.key.into()),
            ("because", Text::from(&constraint.because).into()),
            ("role", grounds.role(entry.at.file).into()),
        ];
        let identity = vec![Text::from(folder), entry.key];
        told.insert(group, Sighting::new(entry.at, identity, Certainty::Seen, captures));
    }
    order.iter().filter_map(|group| told.remove(group)).collect()
}
