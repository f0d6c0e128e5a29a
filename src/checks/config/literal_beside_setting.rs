//! Fits that get a number written in the code, where the same function looks up a setting of that very name.

use crate::fact::{OpKind, Operand, Role as ArgRole, Text};
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, Role};

pub const CHECK: Check = Check { rule: "literal-beside-setting", find };

/// One sighting for each such argument.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let view = grounds.view;
    let mut found = Vec::new();
    let fits = grounds.learning.acts.all.iter().filter(|act| act.meaning.trains == Some(Learns::Model));
    for call in fits.map(|act| act.call).filter(|call| grounds.role(call.file) != Role::Test) {
        let within = view.program.owner(call);
        for operand in arguments(view, call) {
            let ArgRole::Named(key) = operand.role else { continue };
            let Some(literal) = number(view, Node { value: operand.value, ..call }) else { continue };
            if is_given_elsewhere(view, within, call, key) {
                continue;
            }
            let Some(setting) = looked_up(view, within, key) else { continue };
            let name = view.types.called_name(call).unwrap_or_default();
            let name = Text::from(name.rsplit('.').next().unwrap_or("fit"));
            found.push(Sighting::new(
                view.program.place(Node { value: operand.value, ..call }),
                vec![view.symbol(within), key],
                Certainty::Inferred,
                vec![
                    ("fit", name.into()),
                    ("key", key.into()),
                    ("literal", Text::from(&literal).into()),
                    ("setting", view.program.place(setting).into()),
                    ("role", grounds.role(call.file).into()),
                ],
            ));
        }
    }
    found
}

fn arguments<'v>(view: &View<'v>, call: Node) -> &'v [Operand] {
    match view.program.op(call).kind {
        OpKind::Call(_, operands) => view.program.operands(call.file, operands),
        _ => &[],
    }
}

/// A number that is written there.
fn number(view: &View<'_>, value: Node) -> Option<String> {
    match view.program.op(value).kind {
        OpKind::Int(int) => Some(int.to_string()),
        OpKind::Float(bits) => Some(f64::from_bits(bits).to_string()),
        _ => None,
    }
}

/// Does another call of the same body get a value of that name that is no literal? Then the setting is for that one.
fn is_given_elsewhere(view: &View<'_>, within: Def, fit: Node, key: Text) -> bool {
    view.program.definition(within).body.clone().map(|value| Node { value, ..fit }).filter(|node| *node != fit).any(
        |node| {
            let named = |o: &Operand| matches!(o.role, ArgRole::Named(name) if name == key);
            arguments(view, node).iter().any(|o| named(o) && number(view, Node { value: o.value, ..node }).is_none())
        },
    )
}

/// Where a body looks up what goes by that name: `settings["epochs"]`, `settings.get("epochs")`, `args.epochs`.
fn looked_up(view: &View<'_>, within: Def, key: Text) -> Option<Node> {
    let is = |value: Node| view.program.literal(value).is_some_and(|name| name == key);
    let option = || view.evaluator.options.all.iter().any(|option| option.name == key);
    let mut nodes = view.program.definition(within).body.clone().map(|value| Node { file: within.file, value });
    nodes.find(|node| match view.program.op(*node).kind {
        OpKind::Index(_, by) => is(Node { value: by, ..*node }) && !columns(view, *node),
        OpKind::Attr(object, name) => {
            name == key && view.types.of(Node { value: object, ..*node }).is_empty() && option()
        }
        OpKind::Call(..) => {
            let first = arguments(view, *node).iter().find(|o| o.role == ArgRole::Plain);
            first.is_some_and(|o| is(Node { value: o.value, ..*node })) && looks_up(view, *node)
        }
        _ => false,
    })
}

/// Does a call look up a key: of a map, or of something of which no more is known than that it has a map's method?
fn looks_up(view: &View<'_>, call: Node) -> bool {
    let looks = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.looks_up);
    let callees = view.types.callees(call);
    let OpKind::Call(function, _) = view.program.op(call).kind else { return false };
    let named = || match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(_, name) => view.lexicon.method(Text::from("builtins.dict"), name).is_some_and(|m| m.looks_up),
        _ => false,
    };
    callees.iter().any(looks) || callees.is_empty() && named()
}

/// Is what is looked into a table?
fn columns(view: &View<'_>, index: Node) -> bool {
    let OpKind::Index(of, _) = view.program.op(index).kind else { return false };
    let mut types = view.types.instances(Node { value: of, ..index });
    types.any(|of| view.lexicon.of_type(of, &|t| t.columns.then_some(())).is_some())
}
