//! Scripts of the repository that a service runs, with the options that it hands them.

use super::start;
use crate::fact::{OpKind, Role as ArgRole};
use crate::program::{Node, parent};
use crate::source::At;
use crate::system::graph::System;
use crate::system::{Invocation, Known, Role, View};
use crate::value::follow::Seen;
use crate::value::spelling::segments;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind};

/// Adds the starts of such scripts.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    let calls: Vec<_> = view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test).collect();
    for (def, call) in calls {
        let job = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => meaning.job.as_ref(),
            Callee::Function(..) => None,
        });
        let Some(job) = job else { continue };
        let text = |node: Node| {
            let texts = view.evaluator.texts(&Seen::anywhere(node));
            texts.patterns.first().and_then(|pattern| view.evaluator.plain(pattern))
        };
        let Some(script) = view.types.slot(call, &job.script).and_then(text) else { continue };
        let folder = view.types.slot(call, &job.folder).and_then(text).unwrap_or_default();
        let here = parent(view.program.path(call.file));
        let bases = [segments(here, &folder), segments("", &folder)];
        let Some(program) = bases.iter().find_map(|base| view.program.at_path(&segments(base, &script))) else {
            continue;
        };
        let (arguments, spots) = options(view, view.types.slot(call, &job.options));
        let at = view.program.place(call);
        start(view, system, known, program);
        let module = known.modules[program.index()];
        system.join(EdgeKind::Calls, view.code(known, def), module, at, Certainty::Seen);
        let folder = None;
        known.invocations.push(Invocation {
            program,
            arguments,
            environment: Vec::new(),
            at,
            spots,
            direct: true,
            background: true,
            folder,
            step: None,
        });
    }
}

/// The words that a map of options becomes, and where each stands.
fn options(view: &View<'_>, map: Option<Node>) -> (Vec<String>, Vec<At>) {
    let (mut words, mut spots) = (Vec::new(), Vec::new());
    let mut seen = map.map(Seen::anywhere);
    while let Some(map) = seen.take() {
        let OpKind::Dict(operands) = view.program.op(map.node).kind else {
            let mut back = view.evaluator.follow.back(&map).values;
            seen = back.pop().filter(|only| back.is_empty() && only.node != map.node);
            continue;
        };
        let operands = view.program.operands(map.node.file, operands);
        for pair in operands.windows(2).filter(|pair| pair[0].role == ArgRole::Key) {
            let (key, value) = (map.beside(pair[0].value), map.beside(pair[1].value));
            let Some(name) = view.program.literal(key.node) else { continue };
            let texts = view.evaluator.texts(&value);
            let text = texts.patterns.first().and_then(|pattern| view.evaluator.plain(pattern));
            words.push(format!("--{name}"));
            words.push(text.unwrap_or_else(|| "{}".to_owned()));
            let at = view.program.place(key.node);
            spots.extend([at, at]);
        }
    }
    (words, spots)
}
