//! Keys of settings files: repeated ones, and keys that code reads and nobody defines.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View, data};
use crate::fact::{Comparison, OpKind, Role as ArgRole, Scalar, Setting, SettingKind, Text};
use crate::mistake::nearest;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::graph::System;
use crate::value::follow::Seen;
use crate::value::settings::dotted;
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Pairs of names that are compared for a slip, in one repository.
pub const PAIRS: usize = 200_000;

/// Adds repeated and unknown keys.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    repeated(view, system, known);
    unknown(view, system, known);
}

fn shown(setting: &Setting) -> String {
    match setting.value {
        Scalar::Map(keys) => format!("a map of {keys} keys"),
        Scalar::List(elements) => format!("a list of {elements} elements"),
        Scalar::Nothing => "nothing".to_owned(),
        other => other.text().unwrap_or_default(),
    }
}

fn repeated(view: &View<'_>, system: &mut System, known: &Known) {
    for file in view.program.files() {
        if known.roles[file.index()] == Role::Test {
            continue;
        }
        let settings = &view.program.file(file).settings;
        for setting in settings {
            let Some(earlier_span) = setting.repeats.filter(|_| setting.kind == SettingKind::Entry) else { continue };
            let symbol = Text::from(view.program.path(file));
            let name = dotted(&setting.keys);
            let later = system.add(NodeKind::Setting, name, At { file, span: setting.span }, symbol);
            let earlier = system.add(NodeKind::Setting, name, At { file, span: earlier_span }, symbol);
            system.say(later, "form", "key");
            system.say(earlier, "form", "key");
            system.say(later, "value", &shown(setting));
            if let Some(lost) = settings.iter().find(|s| s.span == earlier_span) {
                system.say(later, "earlier", &shown(lost));
                let alike = lost.value == setting.value;
                if alike && !matches!(lost.value, Scalar::Map(_) | Scalar::List(_)) {
                    system.mark(later, "same");
                }
            }
            system.join(EdgeKind::Drops, later, earlier, At { file, span: earlier_span }, Certainty::Seen);
        }
    }
}

/// Keys read from a settings file that was found, defined in no settings file and set by no code.
fn unknown(view: &View<'_>, system: &mut System, known: &Known) {
    let loads = view
        .calls()
        .any(|(_, call)| view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.parses_settings)));
    if !loads {
        return;
    }
    let defined = set_by_code(view);
    let mut asked = Asked::default();
    let mut pairs = PAIRS;
    let mut filled: Option<FxHashSet<FileId>> = None;
    for (def, node) in view.real(&view.sorted.indexings, known) {
        let OpKind::Index(object, key_value) = view.program.op(node).kind else { continue };
        let key_node = Node { value: key_value, ..node };
        let Some(key) = view.program.literal(key_node) else { continue };
        let object = Node { value: object, ..node };
        let plausible = view.types.of(object).iter().all(|t| matches!(t, Type::Instance(n) if view.lexicon.is_a(*n, "builtins.dict") || view.lexicon.of_type(*n, &|t| t.settings.then_some(())).is_some()));
        if !plausible || defined.contains(&key) || view.evaluator.settings.has_key(key) {
            continue;
        }
        let Some(of) = view.evaluator.settings_node(&Seen::anywhere(object)) else { continue };
        let facts = view.program.file(of.file);
        // A file that was not read whole, and a map that is filled at run time, define nothing surely.
        if facts.settings.is_empty() || !facts.problems.is_empty() {
            continue;
        }
        let within = view.evaluator.settings.get(view.program, &of);
        if !of.keys.is_empty() && !within.is_some_and(|s| matches!(s.value, Scalar::Map(_))) {
            continue;
        }
        let mut keys = of.keys.clone();
        keys.push(key);
        if asked.holds(view, def, &keys) || data::is_gated(view, node) {
            continue;
        }
        let siblings = facts.settings.iter().filter(|s| s.keys.len() == keys.len() && s.keys.starts_with(&of.keys));
        let siblings: Vec<&str> = siblings.filter_map(|s| s.keys.last().map(|k| k.as_str())).collect();
        let compared = siblings.get(..siblings.len().min(pairs)).unwrap_or_default();
        pairs -= compared.len();
        let nearest = nearest(&key, compared.iter().copied());
        // A map that gets keys in a loop may hold any; what is a slip of a key that is there is one all the same.
        if nearest.is_none() && filled.get_or_insert_with(|| filled_by_code(view)).contains(&of.file) {
            continue;
        }
        let name = dotted(&keys);
        let at = view.program.place(key_node);
        let setting = system.add(NodeKind::Setting, name, at, view.symbol(def));
        system.say(setting, "form", "key");
        system.say(setting, "role", known.roles[def.file.index()].word());
        system.say(setting, "nearest", nearest.unwrap_or("none"));
        let file_node = known.modules[of.file.index()];
        system.join(EdgeKind::Uses, view.code(known, def), setting, at, Certainty::Inferred);
        system.join(
            EdgeKind::Follows,
            setting,
            file_node,
            At { file: of.file, span: within.map(|s| s.span).unwrap_or_default() },
            Certainty::Inferred,
        );
    }
}

/// Which keys bodies ask for before they take them (`if "k" in config`).
#[derive(Default)]
pub struct Asked(FxHashMap<Def, FxHashSet<Text>>);

impl Asked {
    /// Does the body ask for one of the keys?
    pub fn holds(&mut self, view: &View<'_>, def: Def, keys: &[Text]) -> bool {
        let asked = self.0.entry(def).or_insert_with(|| {
            let facts = view.program.file(def.file);
            let key = |value| match facts.op(value).kind {
                OpKind::Compare(Comparison::In | Comparison::NotIn, left, _) => match facts.op(left).kind {
                    OpKind::Str(key) => Some(key),
                    _ => None,
                },
                _ => None,
            };
            view.program.definition(def).body.clone().filter_map(key).collect()
        });
        keys.iter().any(|key| asked.contains(key))
    }
}

/// The settings files whose maps get keys that code does not write out.
fn filled_by_code(view: &View<'_>) -> FxHashSet<FileId> {
    let mut found = FxHashSet::default();
    for file in view.program.files() {
        for op in &view.program.file(file).ops {
            let OpKind::SetIndex(object, key, _) = op.kind else { continue };
            let at = |value| Node { file, value };
            if view.program.literal(at(key)).is_none()
                && let Some(of) = view.evaluator.settings_node(&Seen::anywhere(at(object)))
            {
                found.insert(of.file);
            }
        }
    }
    found
}

/// Keys that code itself puts into maps.
pub fn set_by_code(view: &View<'_>) -> FxHashSet<Text> {
    let mut keys = FxHashSet::default();
    for facts in view.program.facts {
        for op in &facts.ops {
            if let OpKind::SetIndex(_, index, _) = op.kind
                && let OpKind::Str(text) = facts.op(index).kind
            {
                keys.insert(text);
            }
        }
        for operand in &facts.operands {
            match operand.role {
                ArgRole::Key => {
                    if let OpKind::Str(text) = facts.op(operand.value).kind {
                        keys.insert(text);
                    }
                }
                ArgRole::Named(name) => {
                    keys.insert(name);
                }
                _ => {}
            }
        }
    }
    keys
}
