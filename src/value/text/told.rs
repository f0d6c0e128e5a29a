//! What code makes of options once they are parsed: the values of one that takes several, and what is set in place of one.

use smallvec::smallvec;

use super::pattern::{Part, Patterns};
use super::{Evaluator, WIDTH, Work};
use crate::fact::{DefKind, OpKind, Role, Text, Val};
use crate::program::{Def, Node};
use crate::value::follow::Seen;
use crate::value::options::Takes;
use crate::value::types::Type;

/// Of the values of an option so many are looked at one by one.
const GIVEN: usize = 4;

/// How a class says what stands in front of its fields' names.
const PREFIX: &str = "env_prefix";

impl Evaluator<'_> {
    /// The option that a value is as a whole, if it takes several values.
    fn several(&self, seen: &Seen, depth: usize, out: &mut Work) -> Option<u32> {
        if self.options.all.is_empty() {
            return None;
        }
        let number = match self.text(seen, depth + 1, out).as_slice() {
            [only] => match only.as_slice() {
                [Part::Option(number)] => *number,
                _ => return None,
            },
            _ => return None,
        };
        (self.options.get(number)?.takes != Takes::One).then_some(number)
    }

    /// Each of the values of an option that takes several.
    pub(super) fn each_value(&self, sequence: &Seen, depth: usize, out: &mut Work) -> Patterns {
        let Some(number) = self.several(sequence, depth, out) else { return Patterns::new() };
        let own = (0..).take(WIDTH).take_while(|at| self.default_at(number, *at).is_some()).count();
        (0..).take(own.max(GIVEN)).map(|at| smallvec![Part::Each(number, at)]).collect()
    }

    /// The value at a place of an option that takes several.
    pub(super) fn option_at(&self, sequence: &Seen, at: u32, depth: usize, out: &mut Work) -> Patterns {
        let number = self.several(sequence, depth, out);
        number.map_or_else(Patterns::new, |number| smallvec![smallvec![Part::Each(number, at)]])
    }

    /// The option that an attribute of what is parsed names: `cfg.data.root` is the one of `--data.root` too.
    pub(super) fn named_option(&self, seen: &Seen, object: u32, name: Text) -> Option<u32> {
        let program = self.follow.program;
        let within = program.owner(seen.node);
        if let OpKind::Attr(_, outer) = program.op(seen.beside(object).node).kind {
            let dotted = self.options.find(within, Text::from(&format!("{outer}.{name}")));
            if dotted.is_some() {
                return dotted;
            }
        }
        self.options.find(within, name)
    }

    /// An option, or what code sets in its place before it is read here.
    pub(super) fn or_set(&self, seen: &Seen, name: Text, option: u32, depth: usize, out: &mut Work) -> Patterns {
        let raw = || smallvec![smallvec![Part::Option(option)]];
        let set = self.options.set(name);
        if set.is_empty() {
            return raw();
        }
        let (here, file) = (self.follow.program.owner(seen.node), self.options.get(option).map(|o| o.call.file));
        let own: Vec<Node> = set.iter().filter(|node| self.follow.program.owner(**node) == here).copied().collect();
        let mut found: Vec<Node> = match own.is_empty() {
            false => own.into_iter().filter(|node| node.value < seen.node.value).collect(),
            true => set.iter().filter(|node| Some(node.file) == file).copied().collect(),
        };
        // The last that is set whatever happens counts, and what conditions may set after it.
        let sure = |node: &Node| self.branches.around(*node).next().is_none();
        let last = found.iter().rposition(sure);
        found.drain(..last.unwrap_or(0));
        let mut patterns: Patterns = if last.is_some() { Patterns::new() } else { raw() };
        for node in found {
            let OpKind::SetAttr(_, _, value) = self.follow.program.op(node).kind else { continue };
            let stack = if self.is_within(node, here) { seen.stack.clone() } else { Default::default() };
            for pattern in self.text(&Seen { node: Node { value, ..node }, stack }, depth + 1, out) {
                if !patterns.contains(&pattern) && patterns.len() < WIDTH {
                    patterns.push(pattern);
                }
            }
        }
        if patterns.is_empty() { raw() } else { patterns }
    }

    /// What the variable of the environment holds that fills a field of a class of settings.
    pub(super) fn field_variable(&self, of: &[Type], name: Text, out: &mut Work) -> Option<Patterns> {
        let (follow, types) = (self.follow, self.follow.types);
        let class = of.iter().find_map(|of| match of {
            Type::Object(class) => Some(*class),
            _ => None,
        })?;
        let is_filled = |base: Text| types.lexicon().of_type(base, &|t| t.environment.then_some(())).is_some();
        if !types.library_bases(class).into_iter().any(is_filled) {
            return None;
        }
        let prefix = follow.lineage(class).into_iter().find_map(|class| self.prefix(class)).unwrap_or_default();
        let variable = format!("{prefix}{name}").to_ascii_uppercase();
        let value = self.environment.value(Text::from(&variable))?;
        out.found.environment = true;
        Some(smallvec![super::literal(&value)])
    }

    /// What stands in front of the names of all fields of a class of settings where the environment says them.
    fn prefix(&self, class: Def) -> Option<Text> {
        let program = self.follow.program;
        let facts = program.file(class.file);
        let definition = program.definition(class);
        let inner = facts.definitions.iter().filter(|d| d.kind == DefKind::Class && d.parent == class.id);
        let inside = inner.flat_map(|inner| &inner.bindings).filter(|(name, _)| name == PREFIX);
        if let Some((_, value)) = inside.into_iter().next() {
            return program.literal(Node { file: class.file, value: *value });
        }
        let of_call = |value: Val| match facts.op(value).kind {
            OpKind::Call(_, operands) => {
                let mut named = facts.operands(operands).iter();
                let found = named.find(|o| matches!(o.role, Role::Named(name) if name == PREFIX))?;
                program.literal(Node { file: class.file, value: found.value })
            }
            _ => None,
        };
        definition.bindings.iter().find_map(|(_, value)| of_call(*value))
    }

    fn is_within(&self, node: Node, def: Def) -> bool {
        self.follow.program.owner(node) == def
    }
}
