//! Classes of the repository that only give a map of settings another look: keys as attributes, a method that asks.

use super::calls::below;
use super::{How, Item, Lookup, Trace, Tracer, Way};
use crate::fact::{DefKind, Definition, OpKind, Text};
use crate::program::{Def, Node, Program};
use crate::value::types::Type;

/// Bases of bases are looked at so deep.
const BASES: usize = 6;

impl Tracer<'_> {
    /// Does a class take whatever keys there are: a dict of its own kind, attributes set by names made at run time?
    pub(super) fn wraps(&self, class: Def) -> bool {
        let follow = self.evaluator.follow;
        let definition = follow.program.definition(class);
        if definition.kind != DefKind::Class {
            return false;
        }
        let dict = |name: &Text| self.lexicon.is_a(*name, "builtins.dict");
        let answers = |name: &str| matches!(name, "__getattr__" | "__getitem__" | "__getattribute__");
        follow.types.library_bases(class).iter().any(dict)
            || definition.bindings.iter().any(|(name, _)| answers(name))
            || self.methods(class).any(|method| self.sets_any(method))
    }

    /// The functions that stand in a class.
    pub(super) fn methods(&self, class: Def) -> impl Iterator<Item = Def> {
        let definitions = &self.evaluator.follow.program.file(class.file).definitions;
        (0..).zip(definitions).filter_map(move |(id, definition)| {
            let own = definition.kind == DefKind::Function && definition.parent == class.id && id != class.id;
            own.then_some(Def { file: class.file, id })
        })
    }

    /// Does a method set attributes whose names are known only at run time?
    fn sets_any(&self, method: Def) -> bool {
        let program = self.evaluator.follow.program;
        program.definition(method).body.clone().any(|value| {
            let node = Node { file: method.file, value };
            match program.op(node).kind {
                OpKind::Attr(_, name) | OpKind::SetAttr(_, name, _) => name == "__dict__",
                OpKind::Call(function, operands) => {
                    let function = program.op(Node { value: function, ..node }).kind;
                    let named = matches!(function, OpKind::Global(name) if name == "setattr");
                    let key = program.operands(node.file, operands).get(1);
                    named && key.is_some_and(|key| program.literal(Node { value: key.value, ..node }).is_none())
                }
                _ => false,
            }
        })
    }

    /// Is one class the other, or does one extend the other?
    pub(super) fn related(&self, one: Def, other: Def) -> bool {
        one == other || self.extends(one, other, 0) || self.extends(other, one, 0)
    }

    fn extends(&self, class: Def, base: Def, depth: usize) -> bool {
        let mut bases = self.evaluator.follow.types.own_bases(class);
        depth < BASES && bases.any(|of| of == base || self.extends(of, base, depth + 1))
    }
}

impl Trace<'_, '_> {
    /// The map lives on in the objects of a class, which answer for its keys.
    pub(super) fn wrap(&mut self, item: &Item, class: Def) {
        self.muted.insert(class);
        let follow = self.tracer.evaluator.follow;
        for method in self.tracer.methods(class) {
            let definition = follow.program.definition(method);
            let decorated = follow.types.decorators(method);
            if let Some(own) = definition.params.first()
                && !decorated.iter().any(|d| matches!(*d, "staticmethod" | "classmethod"))
            {
                self.take(Node { file: class.file, value: own.value }, item.path.clone(), Way::new());
            }
            if definition.name == "__init__" {
                for site in follow.types.callers.get(&method).into_iter().flatten() {
                    self.take(site.call, item.path.clone(), Way::new());
                }
            }
        }
    }

    /// Is a value an object of a class that wraps maps?
    pub(super) fn is_wrapped(&self, node: Node) -> bool {
        let types = self.tracer.evaluator.follow.types.of(node);
        types.iter().any(|ty| matches!(ty, Type::Object(class) if self.tracer.wraps(*class)))
    }
}

impl Trace<'_, '_> {
    /// A key is looked up that may name the way down to it: `get("train.lr")`.
    pub(super) fn lookup_dotted(&mut self, item: &Item, key: Text, lookup: Lookup) {
        let whole = self.tracer.evaluator.settings.has_key(key);
        match key.rsplit_once('.').filter(|(above, last)| !whole && !above.is_empty() && !last.is_empty()) {
            Some((above, last)) => {
                let inner = above.split('.').fold(item.clone(), |inner, key| below(&inner, Text::from(key)));
                self.lookup(&inner, Text::from(last), lookup);
            }
            None => self.lookup(item, key, lookup),
        }
    }

    /// Takes a function apart a key that it is given, to go down the map by its parts? Then it asks for what its callers
    /// say, if they all say it.
    pub(super) fn ask_dotted(&mut self, item: &Item, getter: Def) -> bool {
        let follow = self.tracer.evaluator.follow;
        let Some(index) = self.taken_apart(getter) else { return false };
        let sites = follow.types.callers.get(&getter).map_or(&[][..], Vec::as_slice);
        let mut asked = Vec::new();
        for site in sites {
            let arguments = follow.types.arguments(site.call, getter, site.bound);
            let key = arguments.iter().find(|(of, _)| *of == index).map(|(_, value)| *value);
            let Some(key) = key.and_then(|value| follow.program.literal(Node { value, ..site.call })) else {
                return false;
            };
            asked.push((key, site.call, arguments.len() > 1));
        }
        for (key, node, default) in &asked {
            let lookup = Lookup { node: *node, how: How::Ask, default: *default };
            self.lookup_dotted(item, *key, lookup);
        }
        !asked.is_empty()
    }

    /// The parameter of a function that it splits at its dots.
    fn taken_apart(&self, getter: Def) -> Option<u32> {
        let program = self.tracer.evaluator.follow.program;
        program.definition(getter).body.clone().find_map(|value| {
            let node = |value| Node { file: getter.file, value };
            let OpKind::Call(function, operands) = program.op(node(value)).kind else { return None };
            let OpKind::Attr(key, split) = program.op(node(function)).kind else { return None };
            let by = program.operands(getter.file, operands).first()?;
            let OpKind::Param(index) = program.op(node(key)).kind else { return None };
            let dots = program.literal(node(by.value)).is_some_and(|by| by == ".");
            (split == "split" && dots && program.owner(node(key)) == getter).then_some(index)
        })
    }
}

/// Does a class of pydantic keep what it has no field for: `extra="allow"`, there or in a class `Config` of its own?
pub fn takes_extra(program: &Program<'_>, class: Def) -> bool {
    let facts = program.file(class.file);
    let own = |(id, of): (u32, &Definition)| (id == class.id || of.parent == class.id).then(|| of.body.clone());
    (0..).zip(&facts.definitions).filter_map(own).flatten().any(|value| match facts.op(value).kind {
        OpKind::Str(text) => text == "allow",
        OpKind::Attr(_, name) => name == "allow",
        _ => false,
    })
}
