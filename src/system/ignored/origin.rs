//! Is a value a setting, made from settings alone, or what a setting of some name became?

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{OpKind, Scalar, Text};
use crate::lexicon::TextRule;
use crate::program::Node;
use crate::system::View;
use crate::system::options::is_parsed;
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::{Callee, Type};

/// Steps from a value back to the setting that it is.
const STEPS: usize = 12;

/// What a value is made from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A setting, perhaps with numbers that are written out.
    Setting,
    /// What is written out.
    Written,
    /// Anything else.
    Other,
}

/// Answers for many values.
pub(super) struct Origins<'v> {
    view: &'v View<'v>,
    known: FxHashMap<Node, Origin>,
    numbers: FxHashSet<Text>,
}

impl<'v> Origins<'v> {
    pub(super) fn new(view: &'v View<'v>) -> Self {
        Self { view, known: FxHashMap::default(), numbers: numbers(view) }
    }

    /// Is a value a setting, or computed from settings and nothing else?
    pub(super) fn is_chosen(&mut self, node: Node) -> bool {
        self.origin(&Seen::anywhere(node), STEPS) == Origin::Setting
    }

    /// Is a value made from the numeric setting of that name, in whatever way: a rate that a schedule has changed?
    pub(super) fn descends(&self, node: Node, name: Text) -> bool {
        self.numbers.contains(&name)
            && walk(self.view.evaluator.follow, Seen::anywhere(node), &mut |seen| match read_name(self.view, seen.node)
            {
                Some(read) if read == name && is_setting(self.view, seen.node) => Go::Done,
                _ => Go::On,
            })
    }

    fn origin(&mut self, seen: &Seen, steps: usize) -> Origin {
        let Some(steps) = steps.checked_sub(1) else { return Origin::Other };
        if let Some(known) = self.known.get(&seen.node) {
            return *known;
        }
        // A value that leads back to itself adds nothing.
        self.known.insert(seen.node, Origin::Other);
        let origin = self.worked_out(seen, steps);
        self.known.insert(seen.node, origin);
        origin
    }

    fn worked_out(&mut self, seen: &Seen, steps: usize) -> Origin {
        let (view, node) = (self.view, seen.node);
        if is_setting(view, node) || is_option(view, node) {
            return Origin::Setting;
        }
        match view.program.op(node).kind {
            OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) | OpKind::Nothing => Origin::Written,
            OpKind::Binary(_, left, right) => {
                let sides = [left, right].map(|side| self.origin(&seen.beside(side), steps));
                match sides {
                    _ if sides.contains(&Origin::Other) => Origin::Other,
                    _ if sides.contains(&Origin::Setting) => Origin::Setting,
                    _ => Origin::Written,
                }
            }
            OpKind::Call(_, operands) if is_same(view, node) => {
                let first = view.program.operands(node.file, operands).first();
                first.map_or(Origin::Other, |first| self.origin(&seen.beside(first.value), steps))
            }
            _ => {
                let values = view.evaluator.follow.back(seen).values;
                let origins: Vec<Origin> = values.iter().map(|value| self.origin(value, steps)).collect();
                match origins.as_slice() {
                    [] => Origin::Other,
                    all if all.contains(&Origin::Setting) => Origin::Setting,
                    all if all.contains(&Origin::Other) => Origin::Other,
                    _ => Origin::Written,
                }
            }
        }
    }
}

/// Does a call give back what it is given, in another type?
fn is_same(view: &View<'_>, call: Node) -> bool {
    view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.text == Some(TextRule::Same)))
}

/// Is a value the parameter of a command that click or typer fill?
fn is_option(view: &View<'_>, node: Node) -> bool {
    let OpKind::Param(index) = view.program.op(node).kind else { return false };
    let definition = view.program.definition(view.program.owner(node));
    let Some(param) = definition.params.get(index as usize) else { return false };
    view.evaluator.options.all.iter().filter(|option| option.call.file == node.file).any(|option| {
        option.param == Some(param.value)
            || (option.name == param.name && definition.decorators.contains(&option.call.value))
    })
}

/// Is a value an option, a key of settings, or a field of a settings object, right where it is read?
pub(super) fn is_setting(view: &View<'_>, node: Node) -> bool {
    match view.program.op(node).kind {
        OpKind::Attr(object, _) => {
            let object = Node { value: object, ..node };
            is_parsed(view, object) || is_settings_object(view, object) || is_key(view, node)
        }
        OpKind::Index(..) | OpKind::Call(..) => view.evaluator.key_read(node).is_some() && is_key(view, node),
        _ => false,
    }
}

fn is_settings_object(view: &View<'_>, object: Node) -> bool {
    view.types.of(object).iter().any(|t| match t {
        Type::Instance(n) => view.lexicon.of_type(*n, &|t| t.settings.then_some(())).is_some(),
        Type::Class(class) | Type::Object(class) => {
            view.lexicon.keys.is_settings_class(&view.program.definition(*class).name)
        }
        _ => false,
    })
}

/// Does a look-up read a key of a settings file: of the one that is loaded, or, by two keys or more, of any that has
/// them in that order?
fn is_key(view: &View<'_>, node: Node) -> bool {
    if view.evaluator.settings_node(&Seen::anywhere(node)).is_some_and(|found| !found.keys.is_empty()) {
        return true;
    }
    let mut keys = Vec::new();
    let mut at = node;
    while let Some((object, key)) = view.evaluator.key_read(at) {
        keys.push(key);
        at = object;
    }
    keys.reverse();
    let by_attribute = matches!(view.program.op(node).kind, OpKind::Attr(..));
    !by_attribute && keys.len() >= 2 && !view.evaluator.settings.ending(view.program, &keys).is_empty()
}

/// The name by which an option or key is read.
pub(super) fn read_name(view: &View<'_>, node: Node) -> Option<Text> {
    view.evaluator.key_read(node).map(|(_, name)| name)
}

/// The names of all settings that are numbers.
fn numbers(view: &View<'_>) -> FxHashSet<Text> {
    let is_number = |kind: OpKind| matches!(kind, OpKind::Int(_) | OpKind::Float(_));
    let options = view.evaluator.options.all.iter();
    let options = options.filter(|o| o.default.is_some_and(|default| is_number(view.program.op(default).kind)));
    let mut names: FxHashSet<Text> = options.map(|option| option.name).collect();
    for file in view.program.files() {
        for setting in &view.program.file(file).settings {
            if matches!(setting.value, Scalar::Int(_) | Scalar::Float(_)) {
                names.extend(setting.keys.last());
            }
        }
    }
    names
}
