//! What calls do to the tables that they are given.

use super::{DEPTH, Frame, Frames, Rest, Seen, Work, effects};
use crate::fact::{OpKind, Val};
use crate::lexicon::Columns;
use crate::program::Node;
use crate::value::types::Callee;

impl Frames<'_> {
    /// A table after a call that was made for what it does to it.
    pub(super) fn changed(&self, work: &mut Work, call: &Seen, param: u32, frame: Frame) -> Frame {
        match self.program().op(call.node).kind {
            OpKind::SetIndex(..) => {
                let mut frame = frame;
                self.set_by(work, call).into_iter().for_each(|column| frame.set(column));
                return frame;
            }
            OpKind::SetAttr(_, _, value) => {
                let chosen = self.list(work, &call.beside(value));
                return if chosen.some { frame } else { self.named_anew(frame, chosen) };
            }
            OpKind::Delete(part) => {
                let OpKind::Index(_, column) = self.program().op(call.beside(part).node).kind else { return frame };
                let chosen = self.list(work, &call.beside(column));
                let mut frame = frame.without(chosen);
                frame.opened |= frame.rest != Rest::Nothing;
                return frame;
            }
            _ => {}
        }
        let types = self.follow().types;
        let function = types.callees(call.node).iter().find_map(|c| match c {
            Callee::Function(def, bound) => Some((*def, *bound)),
            Callee::Meaning(_) => None,
        });
        if let Some((def, bound)) = function {
            let Some(last) = self
                .program()
                .definition(def)
                .params
                .get(param as usize)
                .and_then(|p| self.program().binding(def, p.name))
            else {
                return frame;
            };
            let stack = self.follow().enter(call, bound);
            let node = Node { file: def.file, value: last };
            // A function that calls itself changes its table again and again.
            if work.depth > DEPTH {
                work.cut = Some(0);
                return frame;
            }
            work.depth += 1;
            let after = self.used(work, &Seen { node, stack }, Val::MAX);
            work.depth -= 1;
            return if after.is_known() { after } else { frame };
        }
        let Some(meaning) = self.meaning(call.node) else { return self.row_added(work, call, frame) };
        if meaning.gives_nothing && meaning.selects.is_some() {
            return self.applied(work, call, meaning, frame);
        }
        if meaning.takes_out {
            let Some(columns) = self.slot(call, &meaning.columns) else { return frame };
            let chosen = self.list(work, &columns);
            let mut frame = frame.without(chosen);
            frame.opened |= frame.rest != Rest::Nothing;
            return frame;
        }
        let defines = meaning.frame == Some(Columns::Define);
        if defines || effects::in_place(self.follow(), call.node) {
            return self.applied(work, call, meaning, frame);
        }
        self.row_added(work, call, frame)
    }
}
