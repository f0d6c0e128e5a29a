//! Names for what is not known: where an unknown text comes from, so that two that come from one source are one.

use super::{Evaluator, Part};
use crate::fact::{DefKind, OpKind, Text};
use crate::lexicon::TextRule;
use crate::program::{Imported, Node};
use crate::value::follow::Seen;
use crate::value::types::{Callee, Type};

/// Attributes on the way from an unknown object to an unknown text.
const CHAIN: usize = 5;

/// A variable of the environment that nobody in sight sets.
pub(super) fn variable(name: Text) -> Part {
    Part::Root(name)
}

impl Evaluator<'_> {
    /// The variable of the environment that an index into it names.
    pub(super) fn variable(&self, object: Node, index: Node) -> Option<Text> {
        let types = self.follow.types;
        let of = types.library_name(object)?;
        types.lexicon().of_type(of, &|t| t.environment.then_some(()))?;
        self.follow.program.literal(index)
    }

    /// The variable of the environment that a value is: what an index or a call asks for by its name.
    pub fn variable_of(&self, node: Node) -> Option<Text> {
        let program = self.follow.program;
        let at = |value: u32| Node { value, ..node };
        match program.op(node).kind {
            OpKind::Index(object, index) => self.variable(at(object), at(index)),
            OpKind::Call(_, operands) => {
                let asks = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.text == Some(TextRule::Environment));
                let asked = self.follow.types.callees(node).iter().any(asks);
                let first = program.operands(node.file, operands).first().filter(|_| asked)?;
                program.literal(at(first.value))
            }
            _ => None,
        }
    }

    /// The name of the source of a value of which nothing else is known.
    pub(super) fn root(&self, seen: &Seen) -> Option<Part> {
        let (program, types) = (self.follow.program, self.follow.types);
        if let Some(table) = self.table(seen.node) {
            return Some(Part::Text(table.as_str().to_owned()));
        }
        match program.op(seen.node).kind {
            OpKind::Param(index) => self.parameter(seen.node, index),
            OpKind::Attr(..) | OpKind::Import(_) if is_constant(&types.library_name(seen.node)?) => {
                types.library_name(seen.node).map(Part::Root)
            }
            OpKind::Attr(..) | OpKind::Index(..) => self.chain(seen.node),
            _ => None,
        }
    }

    /// `train.Cleaner.workdir`: a parameter that nobody in sight gives.
    fn parameter(&self, node: Node, index: u32) -> Option<Part> {
        let program = self.follow.program;
        let def = program.owner(node);
        let definition = program.definition(def);
        let own = index == 0
            && program.class_of(def).is_some()
            && !self.follow.types.decorators(def).contains(&"staticmethod");
        if own || definition.kind != DefKind::Function {
            return None;
        }
        let param = definition.params.get(index as usize)?;
        let place = program.symbol(def).replace(".py:", ".").replace(".__init__", "").replace('/', ".");
        Some(Part::Root(Text::from(&format!("{place}.{}", param.name))))
    }

    /// `train.cfg.paths.data`: what is looked up, by names that are written out, in something that is not known.
    fn chain(&self, node: Node) -> Option<Part> {
        let (program, types) = (self.follow.program, self.follow.types);
        let mut names: Vec<Text> = Vec::new();
        let mut at = node;
        for _ in 0..CHAIN {
            match program.op(at).kind {
                OpKind::Attr(object, name) => {
                    names.push(name);
                    at = Node { value: object, ..at };
                }
                OpKind::Index(object, index) => {
                    names.push(program.literal(Node { value: index, ..at })?);
                    at = Node { value: object, ..at };
                }
                _ => break,
            }
        }
        // What is known of an object says more than its name, but for one of the repository, which has fields.
        let own = types.of(at).iter().find_map(|ty| match ty {
            Type::Object(class) | Type::Class(class) => Some(program.definition(*class).name),
            _ => None,
        });
        if own.is_none() && !types.of(at).is_empty() {
            return None;
        }
        let first = match program.op(at).kind {
            OpKind::Param(index) => program.definition(program.owner(at)).params.get(index as usize)?.name,
            OpKind::Global(name) => name,
            OpKind::Import(index) => match program.imported(at.file, index) {
                Imported::Name(_, name) => name,
                _ => return None,
            },
            _ => return None,
        };
        let place = program.path(at.file).replace(".py", "").replace('/', ".");
        names.push(own.unwrap_or(first));
        names.reverse();
        let chain = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(".");
        Some(Part::Root(Text::from(&format!("{place}.{chain}"))))
    }

    /// The table that a class, or an object of it, stands for.
    fn table(&self, node: Node) -> Option<Text> {
        let (program, types) = (self.follow.program, self.follow.types);
        let class = types.of(node).iter().find_map(|ty| match ty {
            Type::Class(class) | Type::Object(class) => Some(*class),
            _ => None,
        })?;
        let records = &types.lexicon().records;
        let form = types.library_bases(class).into_iter().find_map(|base| records.form(base))?;
        program.literal(program.member(class, form.name?)?)
    }
}

/// Is a qualified name that of a constant: `paths.DATA_DIR`?
fn is_constant(name: &str) -> bool {
    let (module, last) = name.rsplit_once('.').unwrap_or_default();
    !module.is_empty()
        && last.len() > 2
        && last.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}
