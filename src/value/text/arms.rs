//! Which arms of the code run, as far as tests of texts tell.

use super::{Evaluator, Part, Work};
use crate::fact::{Comparison, OpKind};
use crate::lexicon::TextTest;
use crate::program::branches::Arm;
use crate::value::follow::Seen;
use crate::value::types::Callee;

impl Evaluator<'_> {
    /// Is the operation run, as far as tests of texts on the way to it tell?
    pub fn can_run(&self, seen: &Seen, depth: usize) -> bool {
        self.arms_run(seen, depth, &mut Work::default())
    }

    pub(super) fn arms_run(&self, seen: &Seen, depth: usize, out: &mut Work) -> bool {
        depth > 4 || self.branches.around(seen.node).all(|arm| self.holds(seen, arm, depth, out) != Some(!arm.first))
    }

    /// Does an arm's condition hold? None if it is no test of texts that are known.
    fn holds(&self, seen: &Seen, arm: Arm, depth: usize, out: &mut Work) -> Option<bool> {
        let program = self.follow.program;
        let OpKind::If(condition, _) = program.op(seen.beside(arm.start).node).kind else { return None };
        let condition = seen.beside(condition);
        let mut known = |of: &Seen| {
            let memory = std::mem::take(&mut out.memory);
            let mut work = Work { steps: out.tests, tests: out.tests, memory, ..Work::default() };
            let patterns = self.text(of, depth + 1, &mut work);
            (out.tests, out.memory) = (work.steps.max(work.tests), work.memory);
            match patterns.as_slice() {
                [only] => self.plain(only).filter(|_| only.iter().all(|p| matches!(p, Part::Text(_)))),
                _ => None,
            }
        };
        match program.op(condition.node).kind {
            OpKind::Compare(Comparison::Equal, left, right) => {
                Some(known(&seen.beside(left))? == known(&seen.beside(right))?)
            }
            OpKind::Call(..) => {
                let test = self.follow.types.callees(condition.node).iter().find_map(|c| match c {
                    Callee::Meaning(m) => m.tests,
                    Callee::Function(..) => None,
                })?;
                let (receiver, arguments) = self.operands_of(&condition);
                let (text, part) = (known(&receiver?)?, known(arguments.first()?)?);
                Some(match test {
                    TextTest::EndsWith => text.ends_with(&part),
                    TextTest::StartsWith => text.starts_with(&part),
                })
            }
            _ => None,
        }
    }
}
