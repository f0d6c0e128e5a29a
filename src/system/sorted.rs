//! Operations by what they do, and how often each value is used: found in one look, for all derivations.

use std::sync::OnceLock;

use smallvec::SmallVec;

use crate::fact::{Facts, OpKind, Val};
use crate::program::{Def, Node, Program};
use crate::source::FileId;

/// The operations of all bodies, in their order.
#[derive(Default)]
pub struct Sorted {
    /// All calls, each with the definition it stands in.
    pub calls: Vec<(Def, Node)>,
    /// All beginnings of what runs on a condition.
    pub conditions: Vec<(Def, Node)>,
    /// All indexings.
    pub indexings: Vec<(Def, Node)>,
    /// How many operations of a file use each value; counted when the first is asked about.
    uses: Vec<OnceLock<Vec<u32>>>,
}

impl Sorted {
    /// Looks at all operations.
    pub fn new(program: &Program<'_>) -> Self {
        let mut sorted = Self::default();
        for index in 0..program.def_count() {
            let def = program.def_at(index);
            let facts = program.file(def.file);
            for value in program.definition(def).body.clone() {
                let list = match facts.op(value).kind {
                    OpKind::Call(..) => &mut sorted.calls,
                    OpKind::If(..) => &mut sorted.conditions,
                    OpKind::Index(..) => &mut sorted.indexings,
                    _ => continue,
                };
                list.push((def, Node { file: def.file, value }));
            }
        }
        sorted.uses.resize_with(program.sources.len(), OnceLock::new);
        sorted
    }

    /// How many operations of a file use a value.
    pub fn uses(&self, program: &Program<'_>, file: FileId, value: Val) -> usize {
        let counts = self.uses.get(file.index()).map(|counts| counts.get_or_init(|| count(program.file(file))));
        counts.and_then(|counts| counts.get(value as usize)).copied().unwrap_or(0) as usize
    }
}

fn count(facts: &Facts) -> Vec<u32> {
    let mut counts = vec![0; facts.ops.len()];
    let mut add = |value: Val| {
        if let Some(count) = counts.get_mut(value as usize) {
            *count += 1;
        }
    };
    for op in &facts.ops {
        // A name is the value itself, and what is given to an object's field does not use the object.
        let skipped = match op.kind {
            OpKind::Bind(..) => continue,
            OpKind::SetAttr(object, ..) => Some(object),
            _ => None,
        };
        let mut taken: SmallVec<[Val; 8]> = SmallVec::new();
        facts.each_operand(op.kind, &mut |value| taken.push(value));
        // An operation that takes a value twice uses it once.
        taken.sort_unstable();
        taken.dedup();
        taken.into_iter().filter(|value| Some(*value) != skipped).for_each(&mut add);
    }
    counts
}
