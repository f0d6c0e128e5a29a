//! Learners that get no parameters because those who call the function around them leave the parameter out.

use crate::fact::{OpKind, Role as ArgRole, Text};
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::types::{Callee, Site};
use crate::vocabulary::{Certainty, Role};

pub const CHECK: Check = Check { rule: "learner-without-parameters", find };

/// Callers that are shown.
const SHOWN: usize = 4;

/// One sighting for each learner that is told nothing by some who have it learn.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    for (within, call) in view.calls().filter(|(def, _)| grounds.role(def.file) != Role::Test) {
        let told = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => meaning.told_by.as_ref(),
            Callee::Function(..) => None,
        });
        let Some(value) = told.and_then(|slot| view.types.slot(call, slot)) else { continue };
        let OpKind::Param(index) = view.program.op(value).kind else { continue };
        let Some(parameter) = view.program.definition(within).params.get(index as usize) else { continue };
        let absent = |default| matches!(view.program.op(Node { value: default, ..value }).kind, OpKind::Nothing);
        if !parameter.default.is_some_and(absent) {
            continue;
        }
        let sites = view.types.callers.get(&within).map_or(&[][..], Vec::as_slice);
        let real = |site: &&Site| grounds.role(site.call.file) != Role::Test;
        let silent: Vec<Node> =
            sites.iter().filter(real).filter(|site| !gives(view, site, within, index)).map(|site| site.call).collect();
        let Some(first) = silent.first() else { continue };
        let captures = vec![
            ("parameter", parameter.name.into()),
            ("function", Text::from(view.symbol(within).as_str()).into()),
            ("caller", view.program.place(*first).into()),
            ("role", grounds.role(call.file).into()),
        ];
        let mut sighting = Sighting::new(
            view.program.place(call),
            vec![view.symbol(within), parameter.name],
            Certainty::Inferred,
            captures,
        );
        let others = silent.iter().skip(1).take(SHOWN);
        sighting.more = others.map(|call| vec![("caller", view.program.place(*call).into())]).collect();
        found.push(sighting);
    }
    found
}

/// Does a caller give that parameter, or may it?
fn gives(view: &View<'_>, site: &Site, function: Def, index: u32) -> bool {
    let OpKind::Call(_, operands) = view.program.op(site.call).kind else { return true };
    let open = |role: ArgRole| matches!(role, ArgRole::Spread | ArgRole::Star);
    view.program.operands(site.call.file, operands).iter().any(|operand| open(operand.role))
        || view.types.arguments(site.call, function, site.bound).iter().any(|(place, _)| *place == index)
}
