//! Files of one fixed name through which every request goes.

use rustc_hash::FxHashSet;

use super::{Known, Role, View, code};
use crate::fact::{Access, OpKind};
use crate::system::graph::{NodeId, System};
use crate::system::program::{Def, Node};
use crate::system::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds a group for each place that what answers a request writes and then reads again.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut told: FxHashSet<NodeId> = FxHashSet::default();
    for handler in handlers(view, known) {
        let reached = view.reach.from_function(handler, &|_| false);
        let touches = view.touches.all.iter().zip(&known.datasets).filter(|(touch, _)| reached.contains(&touch.within));
        let touches: Vec<(Access, Node, Def, NodeId)> =
            touches.filter_map(|(t, dataset)| Some((t.access, t.call, t.within, (*dataset)?))).collect();
        for (_, write, within, dataset) in touches.iter().filter(|(access, ..)| *access == Access::Write) {
            let again = touches.iter().find(|(access, read, there, of)| {
                *access == Access::Read && of == dataset && there == within && read.value > write.value
            });
            let Some((_, read, ..)) = again else { continue };
            if system.is(*dataset, "pattern") || system.is(*dataset, "remote") || !told.insert(*dataset) {
                continue;
            }
            let at = view.program.place(*write);
            let group = system.add(NodeKind::Group, system.node(*dataset).name, at, view.symbol(*within));
            system.say(group, "what", "scratch");
            system.say(group, "role", known.roles[write.file.index()].word());
            system.join(EdgeKind::Writes, group, *dataset, at, Certainty::Inferred);
            system.join(EdgeKind::Reads, group, *dataset, view.program.place(*read), Certainty::Inferred);
        }
    }
}

/// The functions that answer requests.
fn handlers(view: &View<'_>, known: &Known) -> Vec<Def> {
    let decorated = view.program.files().filter(|file| known.roles[file.index()] == Role::Serve).flat_map(|file| {
        let count = u32::try_from(view.program.file(file).definitions.len()).unwrap_or(u32::MAX);
        (1..count).map(move |id| Def { file, id }).filter(|def| code::answers(view, *def))
    });
    let mut handlers: Vec<Def> = decorated.collect();
    for (def, call) in view.calls() {
        let routes = view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(meaning) if meaning.routes));
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        if !routes || known.roles[def.file.index()] == Role::Test {
            continue;
        }
        for operand in view.program.operands(call.file, operands) {
            let types = view.types.of(Node { value: operand.value, ..call });
            handlers.extend(types.iter().filter_map(|ty| if let Type::Function(of) = ty { Some(*of) } else { None }));
        }
    }
    handlers
}
