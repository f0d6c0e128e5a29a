//! What libraries make of the classes and functions that they are given: objects whose fields a command line fills.

use smallvec::SmallVec;

use super::{Callee, Dependency, Set, Type, Types};
use crate::fact::{OpKind, Val};
use crate::lexicon::OptionsOf;
use crate::program::Node;

/// Steps from a parser back to where it is made.
const STEPS: usize = 6;

impl Types<'_> {
    /// What a call makes of what it, or the one that made its receiver, was given; of several the one at a place.
    pub(super) fn made(&mut self, call: Node, place: Option<u32>) -> u32 {
        let Some(given) = self.given_for_options(call).or_else(|| self.filled(call)) else { return 0 };
        let at = |value: Val| Node { value, ..given };
        let values: SmallVec<[Node; 4]> = match self.program.op(given).kind {
            OpKind::Tuple(operands) | OpKind::List(operands) => {
                self.program.operands(given.file, operands).iter().map(|o| at(o.value)).collect()
            }
            _ => {
                let holders =
                    self.of(given).iter().filter_map(|t| if let Type::Holder(h) = t { Some(*h) } else { None });
                let holder = holders.map(|holder| self.program.op(holder).kind).find_map(|kind| match kind {
                    OpKind::Tuple(operands) | OpKind::List(operands) => Some(operands),
                    _ => None,
                });
                let listed = holder.map(|operands| self.program.operands(given.file, operands).iter());
                listed.map_or_else(|| SmallVec::from_slice(&[given]), |all| all.map(|o| at(o.value)).collect())
            }
        };
        let wanted = values.iter().enumerate().filter(|(index, _)| place.is_none_or(|place| place as usize == *index));
        let mut set = 0;
        for ty in wanted.flat_map(|(_, value)| self.of(*value).to_vec()).collect::<Set>() {
            let found = match ty {
                Type::Class(class) => self.single(Type::Object(class)),
                Type::Library(name) => self.construct(name),
                Type::Function(def) => self.returns[self.program.def_index(def)],
                _ => 0,
            };
            set = self.union(set, found);
        }
        set
    }

    /// Lets what is parsed hold the object of a class under the name that a call gives it.
    pub(super) fn hold_made(&mut self, call: Node) {
        let Some((of, value)) = self.options_of(call) else { return };
        let Some(name) = of.held.as_ref().and_then(|slot| self.slot(call, slot)) else { return };
        let Some(name) = self.program.literal(name) else { return };
        for ty in self.set_at(value) {
            if let Type::Class(class) = ty {
                let set = self.single(Type::Object(class));
                self.grow(Dependency::Default(call.file, name), set);
            }
        }
    }

    /// The class whose fields a call fills from a map.
    fn filled(&self, call: Node) -> Option<Node> {
        self.resolve(call).into_iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => self.slot(call, meaning.fills_class.as_ref()?),
            Callee::Function(..) => None,
        })
    }

    /// What a call makes options of.
    fn options_of(&self, call: Node) -> Option<(&OptionsOf, Node)> {
        self.resolve(call).into_iter().find_map(|callee| {
            let Callee::Meaning(meaning) = callee else { return None };
            let of = meaning.options_of.as_ref()?;
            Some((of, self.slot(call, of.value.as_ref()?)?))
        })
    }

    /// The classes and functions that a call, or the one that made its receiver, was given.
    pub fn given_for_options(&self, call: Node) -> Option<Node> {
        if let Some((_, value)) = self.options_of(call) {
            return Some(value);
        }
        let OpKind::Call(function, _) = self.program.op(call).kind else { return None };
        let OpKind::Attr(mut value, _) = self.program.op(Node { value: function, ..call }).kind else { return None };
        for _ in 0..STEPS {
            let node = Node { value, ..call };
            value = match self.program.op(node).kind {
                OpKind::After(inner, _) | OpKind::Bind(_, inner) => inner,
                OpKind::Global(_) => self.global_value(node)?.value,
                OpKind::Call(..) => return self.options_of(node).map(|(_, value)| value),
                _ => return None,
            };
        }
        None
    }
}
