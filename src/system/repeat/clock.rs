//! Rows and columns that depend on the day on which the training runs.

use rustc_hash::FxHashSet;

use super::{Odd, View};
use crate::fact::{Definition, OpKind, Operator, Text, Val};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// One finding for each body in which today's date decides about data that is learnt from.
pub fn find(view: &View<'_>, file: FileId, learning: &FxHashSet<Def>) -> Vec<Odd> {
    let definitions = (0..).zip(&view.program.file(file).definitions);
    let definitions = definitions.filter(|(id, _)| learning.contains(&Def { file, id: *id }));
    definitions.filter_map(|(id, definition)| of_body(view, Def { file, id }, definition)).collect()
}

fn of_body(view: &View<'_>, def: Def, definition: &Definition) -> Option<Odd> {
    let facts = view.program.file(def.file);
    let mut now: FxHashSet<Val> = FxHashSet::default();
    let is_table = |value: Val| is_table(view, Node { file: def.file, value });
    for value in definition.body.clone() {
        let holds = |v: &Val| now.contains(v);
        let tells = match facts.op(value).kind {
            OpKind::Call(function, operands) => {
                tells_time(view, Node { file: def.file, value })
                    || (!is_table(value)
                        && (now.contains(&function) || facts.operands(operands).iter().any(|o| holds(&o.value))))
            }
            OpKind::Attr(of, _) | OpKind::Part(of, _) | OpKind::After(of, _) => holds(&of),
            OpKind::Binary(_, a, b) => (holds(&a) || holds(&b)) && !is_table(a) && !is_table(b),
            OpKind::Either(operands) => facts.operands(operands).iter().all(|o| holds(&o.value)),
            _ => false,
        };
        if tells {
            now.insert(value);
        }
        let reason = match facts.op(value).kind {
            OpKind::Compare(_, a, b) if (holds_one(&now, a, b)) && (is_table(a) || is_table(b)) => {
                "which rows are learnt from"
            }
            OpKind::Binary(Operator::Sub, a, b) if holds_one(&now, a, b) && (is_table(a) || is_table(b)) => {
                "what a column says"
            }
            _ => continue,
        };
        return Some(Odd {
            what: "today",
            name: Text::from(view.symbol(def).as_str()),
            reason: reason.to_owned(),
            at: view.program.place(Node { file: def.file, value }),
            symbol: view.symbol(def),
            size: 1,
            certainty: Certainty::Inferred,
        });
    }
    None
}

fn holds_one(now: &FxHashSet<Val>, a: Val, b: Val) -> bool {
    now.contains(&a) != now.contains(&b)
}

fn tells_time(view: &View<'_>, call: Node) -> bool {
    view.types.callees(call).iter().any(|callee| matches!(callee, Callee::Meaning(meaning) if meaning.tells_time))
}

fn is_table(view: &View<'_>, node: Node) -> bool {
    view.types.instances(node).any(|of| view.lexicon.of_type(of, &|t| t.columns.then_some(())).is_some())
}
