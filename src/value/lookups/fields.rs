//! Classes that a map of settings fills: their fields, by whatever they are called in the map.

use super::calls::below;
use super::inside::around;
use super::wrappers::takes_extra;
use super::{How, Item, Lookup, Trace};
use crate::fact::{OpKind, Operand, Role, Text, Val};
use crate::program::{Def, Node};
use crate::value::types::{Callee, Type};

/// Classes in classes.
const NESTED: usize = 4;

impl Trace<'_, '_> {
    /// A library fills a class of fields from the map: what the class has no field for is left.
    pub(super) fn typed(&mut self, item: &Item, call: Node, function: Node, operands: &[Operand]) -> bool {
        let receiver = match self.tracer.evaluator.follow.program.op(function).kind {
            OpKind::Attr(object, _) => self.class_of(Node { value: object, ..call }),
            _ => None,
        };
        let given = || operands.iter().find_map(|o| self.class_of(Node { value: o.value, ..call }));
        let Some(class) = receiver.or_else(given).filter(|class| self.has_fields(*class)) else { return false };
        self.fill(item, class, 0);
        true
    }

    pub(super) fn class_of(&self, node: Node) -> Option<Def> {
        let types = self.tracer.evaluator.follow.types.of(node);
        types.iter().find_map(|t| if let Type::Class(class) = t { Some(*class) } else { None })
    }

    /// Has a class fields, by its decorator or its base, and nothing else that makes its objects?
    fn has_fields(&self, class: Def) -> bool {
        let follow = self.tracer.evaluator.follow;
        let record = |name: Text| self.tracer.lexicon.of_type(name, &|t| t.record.then_some(())).is_some();
        let decorated = follow.program.definition(class).decorators.iter().any(|value| {
            let node = Node { file: class.file, value: *value };
            let of = match follow.program.op(node).kind {
                OpKind::Call(function, _) => Node { value: function, ..node },
                _ => node,
            };
            follow.types.library_name(of).is_some_and(record)
        });
        decorated || follow.types.library_bases(class).iter().any(|base| record(*base))
    }

    /// The fields of a class, and of the classes of these, read the keys of their names.
    fn fill(&mut self, item: &Item, class: Def, depth: usize) {
        if self.respells(class) {
            self.found.whole.insert(item.path.clone());
            return;
        }
        for (name, value) in self.fields(class) {
            let node = Node { file: class.file, value };
            for key in self.spellings(node, name) {
                self.note(item, key, Lookup { node, how: How::Name, default: true });
                self.fill_field(&below(item, key), class, node, depth);
            }
        }
        if depth < NESTED {
            let bases: Vec<Def> = self.tracer.evaluator.follow.types.own_bases(class).collect();
            bases.into_iter().for_each(|base| self.fill(item, base, depth + 1));
        }
    }

    /// What lies below a key fills the class that its field holds, if that has fields.
    fn fill_field(&mut self, inner: &Item, class: Def, node: Node, depth: usize) {
        match self.held(node, class) {
            Some(of) if depth < NESTED => self.fill(inner, of, depth + 1),
            _ => drop(self.found.whole.insert(inner.path.clone())),
        }
    }

    /// The class with fields that a field of another class holds.
    fn held(&self, field: Node, class: Def) -> Option<Def> {
        self.tracer.evaluator.follow.types.of(field).iter().find_map(|t| match t {
            Type::Object(of) | Type::Class(of) if self.has_fields(*of) && *of != class => Some(*of),
            _ => None,
        })
    }

    /// The keys that fill a field: its name, and those by which a call that describes it says it is known.
    fn spellings(&self, field: Node, name: Text) -> Vec<Text> {
        let follow = self.tracer.evaluator.follow;
        // A class may rename all its fields where that cannot be seen: `class Job(Struct, rename="kebab")`.
        let mut keys = vec![name];
        if name.contains('_') {
            keys.extend([Text::from(&name.replace('_', "-")), camel(&name)]);
        }
        let describes = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.describes_field);
        let OpKind::Call(_, operands) = follow.program.op(field).kind else { return keys };
        if !follow.types.callees(field).iter().any(describes) {
            return keys;
        }
        let named = |o: &&Operand| matches!(o.role, Role::Named(word) if self.tracer.lexicon.keys.is_alias(word));
        for given in follow.program.operands(field.file, operands).iter().filter(named) {
            let node = Node { value: given.value, ..field };
            // `AliasChoices("a", "b")`
            let inner = match follow.program.op(node).kind {
                OpKind::Call(_, inner) => follow.program.operands(field.file, inner),
                _ => std::slice::from_ref(given),
            };
            keys.extend(inner.iter().filter_map(|o| follow.program.literal(Node { value: o.value, ..field })));
        }
        keys
    }

    /// Makes a rule of a class other keys of its fields' names?
    fn respells(&self, class: Def) -> bool {
        let program = self.tracer.evaluator.follow.program;
        let facts = program.file(class.file);
        let definition = program.definition(class);
        let mut calls = definition.body.clone().chain(definition.decorators.iter().copied());
        calls.any(|value| match facts.op(value).kind {
            OpKind::Call(_, operands) => facts
                .operands(operands)
                .iter()
                .any(|o| matches!(o.role, Role::Named(word) if self.tracer.lexicon.keys.is_respelling(word))),
            OpKind::Bind(name, _) => self.tracer.lexicon.keys.is_respelling(name),
            _ => false,
        })
    }

    /// An object of a class of the repository is made that has no constructor of its own.
    pub(super) fn construct(&mut self, item: &Item, call: Node, class: Def, operands: &[Operand]) {
        if self.tracer.wraps(class) {
            self.alias(item, call);
            return self.wrap(item, class);
        }
        if around(&item.path).is_some()
            || !self.has_fields(class)
            || takes_extra(self.tracer.evaluator.follow.program, class)
        {
            return self.escape(item, call);
        }
        let fields = self.fields(class);
        let names: Vec<Text> = fields.iter().map(|(name, _)| *name).collect();
        let mut position = 0;
        for operand in operands {
            let own = operand.value == item.node.value;
            match operand.role {
                Role::Plain => {
                    if own && let Some(name) = names.get(position) {
                        self.field(item, class, *name);
                    }
                    position += 1;
                }
                Role::Named(name) if own => self.field(item, class, name),
                Role::Spread if own && self.respells(class) => self.escape(item, call),
                Role::Spread if own => {
                    for (name, value) in &fields {
                        let node = Node { file: class.file, value: *value };
                        for key in self.spellings(node, *name) {
                            self.note(item, key, Lookup { node: call, how: How::Name, default: true });
                            let inner = below(item, key);
                            match self.held(node, class) {
                                Some(of) => self.fill(&inner, of, 1),
                                None => self.field(&inner, class, *name),
                            }
                        }
                    }
                }
                Role::Star if own => self.escape(item, call),
                _ => {}
            }
        }
    }

    /// A class's fields, in order.
    fn fields(&self, class: Def) -> Vec<(Text, Val)> {
        let program = self.tracer.evaluator.follow.program;
        let facts = program.file(class.file);
        let fields = program.definition(class).body.clone().filter_map(|value| match facts.op(value).kind {
            OpKind::Bind(name, of) if !matches!(facts.op(of).kind, OpKind::Define(_) | OpKind::Import(_)) => {
                Some((name, of))
            }
            _ => None,
        });
        fields.collect()
    }
}

/// `max_rows` as `maxRows`.
fn camel(name: &str) -> Text {
    let mut words = name.split('_');
    let mut joined = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        joined.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        joined.push_str(letters.as_str());
    }
    Text::from(&joined)
}
