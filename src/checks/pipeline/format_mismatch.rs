//! Data that is written in one form and read as if it had another.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Access, OpKind, Text};
use crate::lexicon::{FormatForm, Slot};
use crate::program::Node;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::NodeId;
use crate::system::handles::reads;
use crate::system::learning::outputs::writes;
use crate::system::{Role, View};
use crate::value::follow::Seen;
use crate::vocabulary::{Certainty, EdgeKind};

pub const CHECK: Check = Check { rule: "format-mismatch", find };

/// How data is written or read.
#[derive(Clone, PartialEq, Eq)]
struct Form {
    format: Text,
    /// What stands between two columns, if that is known.
    separator: Option<Text>,
    /// Whether the first line names the columns, if that is known.
    header: Option<bool>,
}

/// One sighting for each reading call.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let forms = Forms::new(view);
    let appends = grounds.touched().filter(|(touch, _)| touch.access == Access::Append);
    let appends: FxHashSet<Node> = appends.map(|(touch, _)| touch.call).collect();
    let mut written: BTreeMap<NodeId, Vec<(Node, Option<Form>)>> = BTreeMap::new();
    for (dataset, _, call) in writes(view, grounds.known) {
        let mut form = forms.of(view, call);
        // What is added to a file says nothing of its first line.
        if let Some(form) = form.as_mut().filter(|_| appends.contains(&call)) {
            form.header = None;
        }
        written.entry(dataset).or_default().push((call, form));
    }
    let mut told: FxHashSet<Node> = FxHashSet::default();
    let mut found = Vec::new();
    for (dataset, call) in reads(view, grounds.known) {
        let (Some(writes), Some(read)) = (written.get(&dataset), forms.of(view, call)) else { continue };
        let name = system.node(dataset).name;
        let outside = ["remote", "copied", "pattern"].iter().any(|flag| system.is(dataset, flag));
        let files: FxHashSet<_> = writes.iter().map(|(call, _)| call.file).collect();
        let unseen = system.reaching(dataset, EdgeKind::Writes).count() > files.len();
        if outside || unseen || view.program.keeps(&name) || grounds.role(call.file) == Role::Test {
            continue;
        }
        let because: Option<Vec<Text>> = writes.iter().map(|(_, form)| differs(form.as_ref()?, &read)).collect();
        let Some(because) = because.and_then(|all| all.first().copied()) else { continue };
        if !told.insert(call) {
            continue;
        }
        found.push(Sighting::new(
            view.program.place(call),
            vec![view.symbol(view.program.owner(call)), name],
            grounds.certainty(Certainty::Inferred, &[dataset]),
            vec![
                ("data", dataset.into()),
                ("because", because.into()),
                ("written", view.program.place(writes[0].0).into()),
                ("role", grounds.role(call.file).into()),
            ],
        ));
    }
    found
}

/// How what is read differs from what is written, if it does.
fn differs(written: &Form, read: &Form) -> Option<Text> {
    let because = if written.format != read.format {
        format!("is written as {} and read as {}", written.format, read.format)
    } else if let (Some(one), Some(other)) = (written.separator, read.separator)
        && one != other
    {
        format!("is written with `{one}` between its columns and read with `{other}`")
    } else {
        match (written.header, read.header) {
            (Some(false), Some(true)) => {
                "is written without a header and read with one: its first row is lost".to_owned()
            }
            (Some(true), Some(false)) => {
                "is written with a header and read without one: the names become a row".to_owned()
            }
            _ => return None,
        }
    };
    Some(Text::from(&because))
}

/// The forms of calls, by their names.
struct Forms<'v>(FxHashMap<Node, &'v FormatForm>);

impl<'v> Forms<'v> {
    fn new(view: &'v View<'_>) -> Self {
        let mut named: FxHashMap<(Option<Text>, Text), Option<&'v FormatForm>> = FxHashMap::default();
        let mut all = FxHashMap::default();
        for (_, call) in view.calls() {
            let OpKind::Call(function, _) = view.program.op(call).kind else { continue };
            let last = match view.program.op(Node { value: function, ..call }).kind {
                OpKind::Attr(_, name) | OpKind::Global(name) => name,
                OpKind::Import(index) => {
                    match view.program.file(call.file).imports.get(index as usize).and_then(|import| import.name) {
                        Some(name) => name,
                        None => continue,
                    }
                }
                _ => continue,
            };
            let name = view.types.called_name(call).map(|name| view.lexicon.canonical(name));
            let form = named
                .entry((name, last))
                .or_insert_with(|| view.lexicon.formats.iter().find(|form| form.is(name.as_deref(), &last)));
            if let Some(form) = form {
                all.insert(call, *form);
            }
        }
        Self(all)
    }

    fn of(&self, view: &View<'_>, call: Node) -> Option<Form> {
        let form = self.0.get(&call)?;
        let named = form.names.as_ref().is_some_and(|slot| view.types.slot(call, slot).is_some());
        let header = form.header.as_ref().and_then(|slot| header(view, call, slot, named));
        let separator = form.separator.as_ref().and_then(|slot| separator(view, call, slot));
        Some(Form { format: form.format, separator, header })
    }
}

/// Does the first line name the columns?
fn header(view: &View<'_>, call: Node, slot: &Slot, named: bool) -> Option<bool> {
    let Some(given) = view.types.slot(call, slot) else { return Some(!named) };
    match view.program.op(given).kind {
        OpKind::Bool(header) => Some(header),
        OpKind::Nothing => Some(false),
        OpKind::Int(0) => Some(true),
        _ => None,
    }
}

/// What stands between two columns.
fn separator(view: &View<'_>, call: Node, slot: &Slot) -> Option<Text> {
    let Some(given) = view.types.slot(call, slot) else { return slot.default.as_deref().map(Text::from) };
    let texts = view.evaluator.texts(&Seen::anywhere(given)).patterns;
    match texts.as_slice() {
        [only] => view.evaluator.plain(only).map(|text| Text::from(&text)),
        _ => None,
    }
}
