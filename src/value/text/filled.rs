//! Options of the command line that fill parameters and fields, in place of what code gives them.

use smallvec::smallvec;

use super::{Evaluator, Part, Pattern, Patterns};
use crate::fact::{OpKind, Text};
use crate::value::follow::Seen;
use crate::value::types::Type;

impl Evaluator<'_> {
    /// The option that fills a parameter: its own, or the one of its name that decorates the function.
    pub(super) fn parameter_option(&self, seen: &Seen) -> Option<u32> {
        let program = self.follow.program;
        if !matches!(program.op(seen.node).kind, OpKind::Param(_)) {
            return None;
        }
        if let Some(own) = self.options.of_param(seen.node) {
            return Some(own);
        }
        let def = program.owner(seen.node);
        let definition = program.definition(def);
        let param = definition.params.iter().find(|p| p.value == seen.node.value)?;
        definition.decorators.first()?;
        self.options.find(def, param.name)
    }

    /// The option that fills a field of the objects of one of these types.
    pub(super) fn field_option(&self, types: &[Type], name: Text) -> Option<u32> {
        types.iter().find_map(|of| match of {
            Type::Object(class) => {
                self.follow.lineage(*class).into_iter().find_map(|class| self.options.of_field(class, name))
            }
            _ => None,
        })
    }

    /// What code gives to a field, or what the command line does: in place of its default.
    pub(super) fn or_given(&self, given: Patterns, option: u32) -> Patterns {
        let default = self.default_text(option);
        let own = |pattern: &Pattern| match (pattern.as_slice(), &default) {
            ([Part::Text(text)], Some(default)) => text == default,
            ([Part::Hole | Part::Root(_)], _) => true,
            _ => false,
        };
        let mut patterns: Patterns = given.into_iter().filter(|pattern| !own(pattern)).collect();
        patterns.insert(0, smallvec![Part::Option(option)]);
        patterns
    }
}
