//! The words of a program's command line: by their places, all from one on, or handed on to a parameter.

use smallvec::smallvec;

use super::pattern::{Part, Patterns};
use super::{Evaluator, WIDTH};
use crate::fact::{OpKind, Role};
use crate::program::Node;
use crate::source::FileId;
use crate::value::follow::Seen;

/// Of a row of arguments so many are looked at one by one.
const GIVEN: u32 = 4;

impl Evaluator<'_> {
    /// Each of the arguments that a sequence consists of: `for path in sys.argv[1:]`.
    pub(super) fn each_argument(&self, sequence: u32, file: FileId) -> Patterns {
        let Some(first) = self.arguments_from(sequence, file).map(|first| first.max(1)) else { return Patterns::new() };
        (first..first.saturating_add(GIVEN)).map(|place| smallvec![Part::Argument(place)]).collect()
    }

    /// Which argument of the command line a sequence begins with, if it is those: `sys.argv`, `sys.argv[1:]`.
    pub(super) fn arguments_from(&self, sequence: u32, file: FileId) -> Option<u32> {
        let (program, types) = (self.follow.program, self.follow.types);
        let at = |value: u32| Node { file, value };
        let is_whole = |node: Node| types.is_command_line(node);
        if is_whole(at(sequence)) {
            return Some(0);
        }
        let OpKind::Index(whole, slice) = program.op(at(sequence)).kind else { return None };
        let OpKind::Slice(lower, _) = program.op(at(slice)).kind else { return None };
        let OpKind::Int(first) = program.op(at(lower)).kind else { return None };
        u32::try_from(first).ok().filter(|_| is_whole(at(whole)))
    }

    /// The argument of the command line that a call hands on to a parameter: `main(*sys.argv[1:])`.
    pub(super) fn starred(&self, seen: &Seen, index: u32) -> Option<u32> {
        let program = self.follow.program;
        let def = program.owner(seen.node);
        let callers = self.follow.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
        let sites = seen.stack.last().into_iter().chain(callers.iter().copied()).take(WIDTH);
        sites.into_iter().find_map(|site| {
            let OpKind::Call(_, operands) = program.op(site.call).kind else { return None };
            let operands = program.operands(site.call.file, operands);
            let place = operands.iter().position(|operand| operand.role == Role::Star)?;
            let first = self.arguments_from(operands[place].value, site.call.file)?;
            let own = (index as usize).checked_sub(usize::from(site.bound))?.checked_sub(place)?;
            first.checked_add(u32::try_from(own).ok()?)
        })
    }
}
