//! What a value is made from, down to what the callers of a body choose: parameters, fields and keys of settings.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::View;
use crate::fact::{DefKind, OpKind, Text};
use crate::program::{Def, Node};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk_with};
use crate::value::types::{Callee, Type};

/// Names that one value may go by before it is what a caller chose.
const NAMES: usize = 12;

/// Something that a caller chooses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ingredient {
    /// The parameter, or what makes the map of settings.
    pub base: Node,
    /// The keys and fields below it.
    pub keys: SmallVec<[Text; 4]>,
}

impl Ingredient {
    /// What it is called where it is used.
    pub fn name(&self, view: &View<'_>) -> Option<Text> {
        if let Some(key) = self.keys.last() {
            return Some(*key);
        }
        let OpKind::Param(index) = view.program.op(self.base).kind else { return None };
        let definition = view.program.definition(view.program.owner(self.base));
        definition.params.get(index as usize).map(|param| param.name)
    }

    /// Does it hold the other, or the other it?
    pub fn covers(&self, other: &Self) -> bool {
        self.base == other.base && (other.keys.starts_with(&self.keys) || self.keys.starts_with(&other.keys))
    }
}

/// All that a value is made from, and where each is used first.
pub type Ingredients = BTreeMap<Ingredient, Node>;

/// What a value is made from, with what decides how it is made: the conditions under which that is done, but for those
/// around the operations of `outside`.
pub fn ingredients(view: &View<'_>, from: Seen, decided: Option<&[Node]>) -> (Ingredients, FxHashSet<Node>) {
    let mut found = Ingredients::new();
    let mut visited: FxHashSet<Node> = FxHashSet::default();
    let mut asked: FxHashSet<Node> = FxHashSet::default();
    let mut waiting = vec![from];
    while let Some(start) = waiting.pop() {
        walk_with(view.evaluator.follow, start, &|seen, push| besides(view, seen, push), &mut |seen| {
            visited.insert(seen.node);
            if let Some(outside) = decided {
                for condition in conditions(view, seen.node, outside) {
                    if asked.insert(condition) {
                        waiting.push(Seen { node: condition, stack: seen.stack.clone() });
                    }
                }
            }
            match chosen(view, seen) {
                Some(ingredient) => {
                    found.entry(ingredient).or_insert(seen.node);
                    Go::Stop
                }
                None => Go::On,
            }
        });
    }
    (found, visited)
}

/// What chooses among the elements of a value, or is compared.
fn besides(view: &View<'_>, seen: &Seen, push: &mut dyn FnMut(Seen)) {
    match view.program.op(seen.node).kind {
        OpKind::Index(_, key) => push(seen.beside(key)),
        OpKind::Slice(from, to) => [from, to].into_iter().filter(|v| *v != u32::MAX).for_each(|v| push(seen.beside(v))),
        OpKind::Compare(_, left, right) => [left, right].into_iter().for_each(|v| push(seen.beside(v))),
        OpKind::Not(of) | OpKind::Test(of) => push(seen.beside(of)),
        // `[f(x) for x in xs if test(x)]`, `a if test else b`
        OpKind::List(_) | OpKind::Dict(_) | OpKind::Either(_) => {
            let around = view.program.op(seen.node).span;
            let inside = |value: &u32| {
                let span = view.program.op(Node { value: *value, ..seen.node }).span;
                span.start >= around.start && span.end <= around.end
            };
            for value in (0..seen.node.value).rev().take_while(inside) {
                if let OpKind::Test(of) = view.program.op(Node { value, ..seen.node }).kind {
                    push(seen.beside(of));
                }
            }
        }
        _ => {}
    }
}

/// The conditions around an operation that do not stand around those of `outside` too.
fn conditions(view: &View<'_>, node: Node, outside: &[Node]) -> Vec<Node> {
    let branches = view.evaluator.branches;
    let around = |arm_start: u32| {
        outside.iter().any(|other| other.file == node.file && branches.around(*other).any(|arm| arm.start == arm_start))
    };
    let arms = branches.around(node).filter(|arm| !around(arm.start));
    arms.filter_map(|arm| match view.program.op(Node { value: arm.start, ..node }).kind {
        OpKind::If(condition, _) => Some(Node { value: condition, ..node }),
        _ => None,
    })
    .collect()
}

/// What a caller chooses, if a value is that and nothing else.
pub fn chosen(view: &View<'_>, seen: &Seen) -> Option<Ingredient> {
    let mut keys: SmallVec<[Text; 4]> = SmallVec::new();
    let mut seen = seen.clone();
    for _ in 0..NAMES {
        if let OpKind::Param(_) = view.program.op(seen.node).kind
            && seen.stack.is_empty()
            && !view.types.is_itself(seen.node)
        {
            keys.reverse();
            return Some(Ingredient { base: seen.node, keys });
        }
        let back = || {
            let mut values = view.evaluator.follow.back(&seen).values;
            values.pop().filter(|_| values.is_empty())
        };
        if let Some((object, key)) = view.evaluator.key_read(seen.node) {
            let object = Seen { node: object, stack: seen.stack.clone() };
            if view.types.is_itself(object.node) {
                seen = field(view, object.node, key)?;
                continue;
            }
            keys.push(key);
            if is_settings(view, &object) && back().is_none() {
                keys.reverse();
                return Some(Ingredient { base: object.node, keys });
            }
            seen = object;
            continue;
        }
        seen = back()?;
    }
    None
}

/// What a constructor keeps in a field, if it is that alone.
fn field(view: &View<'_>, object: Node, name: Text) -> Option<Seen> {
    let class = view.program.class_of(view.program.owner(object))?;
    let mut assigned = view.types.lineage(class).into_iter().filter_map(|of| view.types.assigned.get(&(of, name)));
    match assigned.next()?.as_slice() {
        [only] => Some(Seen::anywhere(*only)),
        _ => None,
    }
}

/// Is a value what a program was told on its command line?
fn is_settings(view: &View<'_>, seen: &Seen) -> bool {
    view.types.is_a(seen.node, "argparse.Namespace")
}

/// Is a value a map or object of settings, wherever they come from?
pub fn holds_settings(view: &View<'_>, node: Node) -> bool {
    let told = view.types.of(node).iter().any(|ty| match ty {
        Type::Instance(name) => view.lexicon.of_type(*name, &|t| t.settings.then_some(())).is_some(),
        Type::Object(class) => view.lexicon.keys.is_settings_class(&view.program.definition(*class).name),
        _ => false,
    });
    if told || is_settings(view, &Seen::anywhere(node)) || view.evaluator.settings_node(&Seen::anywhere(node)).is_some()
    {
        return true;
    }
    let mut waiting = vec![(Seen::anywhere(node), 0)];
    while let Some((seen, depth)) = waiting.pop() {
        let parses = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.parses_settings);
        if view.types.callees(seen.node).iter().any(parses) {
            return true;
        }
        if depth < NAMES {
            waiting.extend(view.evaluator.follow.back(&seen).values.into_iter().map(|value| (value, depth + 1)));
        }
    }
    false
}

/// Is a parameter a plain value: a number, a text, a switch?
pub fn is_plain(view: &View<'_>, param: Node) -> bool {
    let OpKind::Param(index) = view.program.op(param).kind else { return false };
    let def: Def = view.program.owner(param);
    let definition = view.program.definition(def);
    if definition.kind != DefKind::Function {
        return false;
    }
    let Some(param) = definition.params.get(index as usize) else { return false };
    let kind = |value: u32| view.program.op(Node { file: def.file, value }).kind;
    let written = |kind: OpKind| matches!(kind, OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) | OpKind::Str(_));
    let told = |value: u32| matches!(kind(value), OpKind::Global(name) if matches!(name.as_str(), "int" | "float" | "bool" | "str"));
    if param.default.is_some_and(|value| written(kind(value))) || param.annotation.is_some_and(told) {
        return true;
    }
    let sites = view.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
    sites.iter().any(|site| {
        let passed = view.types.passed(site.call, def, site.bound, site.via);
        passed.iter().any(|(at, given)| {
            let option = |node: Node| match view.program.op(node).kind {
                OpKind::Attr(object, _) => is_settings(view, &Seen::anywhere(Node { value: object, ..node })),
                kind => written(kind),
            };
            *at == index && !given.each && option(given.node)
        })
    })
}
