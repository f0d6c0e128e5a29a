//! Models that are measured and then put into use in the same run, whatever the measure says.

use crate::fact::OpKind;
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::graph::Value;
use crate::system::learning::promoted::{CALLERS, is_gated, promotes};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "promoted-regardless", find };

/// Functions below a body that may measure.
const DEPTH: usize = 3;

/// One sighting for each call that puts a model into use after its run has measured one.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for (within, call) in view.calls().filter(|(def, _)| grounds.is_product(def.file)) {
        if !promotes(view, call) || is_gated(view, call, CALLERS) || is_told(grounds, call) {
            continue;
        }
        let Some(measure) = measured_before(view, within, call, CALLERS) else { continue };
        found.push(Sighting::new(
            view.program.place(call),
            vec![view.symbol(within)],
            Certainty::Inferred,
            vec![("measure", view.program.place(measure).into()), ("role", grounds.role(call.file).into())],
        ));
    }
    found
}

/// Is it told already that nobody looked at this model?
fn is_told(grounds: &Grounds<'_>, call: Node) -> bool {
    let (system, place) = (grounds.system, grounds.view.program.place(call));
    let promoted = |value: Option<Value>| matches!(value, Some(Value::Text(what)) if what == "promoted");
    let groups = system.edges().filter(|edge| edge.kind == EdgeKind::Follows && edge.at == place);
    groups.map(|edge| edge.from).any(|id| system.node(id).kind == NodeKind::Group && promoted(system.get(id, "what")))
}

/// What measures a model before a call: in its body or below it, or where that body is called.
fn measured_before(view: &View<'_>, within: Def, call: Node, depth: usize) -> Option<Node> {
    let before = view.program.definition(within).body.start..call.value;
    let own = before.map(|value| Node { value, ..call }).find(|node| measures(view, *node, DEPTH));
    let above = || {
        let sites = view.types.callers.get(&within).map_or(&[][..], Vec::as_slice);
        let depth = depth.checked_sub(1)?;
        sites.iter().find_map(|site| measured_before(view, site.within, site.call, depth))
    };
    own.or_else(above)
}

/// Is a call a measure, or does the function that it runs measure?
fn measures(view: &View<'_>, call: Node, depth: usize) -> bool {
    matches!(view.program.op(call).kind, OpKind::Call(..))
        && view.types.callees(call).iter().any(|callee| match callee {
            Callee::Meaning(meaning) => meaning.measures,
            Callee::Function(def, _) => {
                let mut body = view.program.definition(*def).body.clone().map(|value| Node { file: def.file, value });
                depth > 0 && body.any(|node| measures(view, node, depth - 1))
            }
        })
}
