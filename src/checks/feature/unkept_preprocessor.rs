//! Transformers that are fitted for a model which is kept, and that are themselves left behind with the run.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::fact::{Access, OpKind, Text, Val};
use crate::lexicon::{Learns, Returns};
use crate::program::{Def, Node};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::learning::models::receiver;
use crate::system::learning::parts::meant;
use crate::system::learning::worth::makers;
use crate::system::learning::{Act, starts};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::types::Type;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind, Role};

pub const CHECK: Check = Check { rule: "unkept-preprocessor", find };

/// Values looked at behind the rows of a fit.
const WIDTH: usize = 400;
/// Uses of one object that are looked at.
const USES: usize = 300;

/// One sighting for each transformer that nothing keeps, though a model that is kept was fitted on what it made.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system, acts) = (grounds.view, grounds.system, &grounds.learning.acts);
    let mut found = Vec::new();
    let learnt = learnt(grounds);
    if learnt.is_empty() {
        return found;
    }
    let kept = |act: &&Act<'_>| {
        let fits = act.meaning.trains == Some(Learns::Model) && grounds.role(act.call.file) != Role::Test;
        let mut made = system.reached(act.node, EdgeKind::Trains);
        fits && made.any(|data| system.node(data).kind == NodeKind::Dataset)
    };
    let mut serves: BTreeMap<Node, &Act<'_>> = BTreeMap::new();
    for act in acts.all.iter().filter(kept) {
        for (_, rows) in starts(view, act) {
            let mut looked = 0;
            walk(view.evaluator.follow, Seen::anywhere(rows), &mut |seen| {
                looked += 1;
                if looked > WIDTH {
                    return Go::Done;
                }
                if meant(view, seen.node, |m| m.transforms).is_some()
                    && let Some(object) = receiver(view, seen.node)
                {
                    for maker in makers(view, object).into_iter().filter(|maker| learnt.contains_key(maker)) {
                        serves.entry(maker).or_insert(act);
                    }
                }
                Go::On
            });
        }
    }
    for (maker, act) in serves {
        if escapes(view, maker) {
            continue;
        }
        let Some(fit) = learnt.get(&maker) else { continue };
        let name = view.types.called_name(maker).unwrap_or_default();
        let name = Text::from(name.rsplit('.').next().unwrap_or_default());
        found.push(Sighting::new(
            view.program.place(fit.call),
            vec![view.symbol(view.program.owner(fit.call)), name],
            Certainty::Inferred,
            vec![
                ("unkept", name.into()),
                ("fit", view.program.place(act.call).into()),
                ("role", grounds.role(fit.call.file).into()),
            ],
        ));
    }
    found
}

/// The first fit of each transformer that a call of a library makes.
fn learnt<'a>(grounds: &Grounds<'a>) -> BTreeMap<Node, &'a Act<'a>> {
    let (view, acts) = (grounds.view, &grounds.learning.acts);
    let mut found: BTreeMap<Node, &Act<'_>> = BTreeMap::new();
    let learns = |act: &&Act<'_>| matches!(act.meaning.trains, Some(Learns::Statistics | Learns::Categories));
    for act in acts.all.iter().filter(learns).filter(|act| grounds.role(act.call.file) != Role::Test) {
        let Some(object) = receiver(view, act.call) else { continue };
        let made = makers(view, object);
        let [maker] = made.as_slice() else { continue };
        let OpKind::Call(function, _) = view.program.op(*maker).kind else { continue };
        let library = view.types.of(Node { value: function, ..*maker }).iter().any(|ty| matches!(ty, Type::Library(_)));
        if library && meant(view, *maker, |m| m.reads.is_some()).is_none() {
            found.entry(*maker).or_insert(act);
        }
    }
    found
}

/// May anything but its own methods get hold of an object, or of what it has learnt?
fn escapes(view: &View<'_>, maker: Node) -> bool {
    let mut waiting = vec![maker];
    let mut known = FxHashSet::default();
    while let Some(node) = waiting.pop() {
        if !known.insert(node) {
            continue;
        }
        if known.len() > USES {
            return true;
        }
        if !view.users.defaulted(node).is_empty() {
            return true;
        }
        for user in view.users.of(node) {
            let user = Node { value: *user, ..node };
            match view.program.op(user).kind {
                OpKind::Attr(..) => match method(view, user) {
                    Some(calls) => waiting.extend(calls),
                    None => return true,
                },
                OpKind::Bind(name, _) => {
                    let owner = view.program.owner(user);
                    match owner.id {
                        0 => waiting.extend(view.users.of_module(user.file, name)),
                        _ => waiting.extend(view.users.named(owner, name)),
                    }
                }
                OpKind::After(of, _) if of == node.value => waiting.push(user),
                OpKind::Either(_) => waiting.push(user),
                OpKind::SetAttr(object, name, value) if value == node.value => {
                    if is_kept(view, Node { value: object, ..node }) {
                        return true;
                    }
                    waiting.extend(view.users.attributes(name));
                }
                OpKind::Test(_) | OpKind::If(..) | OpKind::Delete(_) | OpKind::Not(_) | OpKind::Compare(..) => {}
                OpKind::After(..) => {}
                _ => return true,
            }
        }
        // A name of a function's body is said in functions inside of it.
        let owner = view.program.owner(node);
        let names = view.program.definition(owner).bindings.iter().filter(|(_, value)| *value == node.value);
        let named: Vec<Text> = names.map(|(name, _)| *name).collect();
        waiting.extend(named.into_iter().flat_map(|name| view.users.named(owner, name)));
    }
    false
}

/// Of an attribute that is only called, the calls that give the object itself back; none if it is taken as a value.
fn method(view: &View<'_>, attribute: Node) -> Option<Vec<Node>> {
    let mut given = Vec::new();
    for user in view.users.of(attribute) {
        let call = Node { value: *user, ..attribute };
        let OpKind::Call(function, _) = view.program.op(call).kind else { return None };
        if function != attribute.value {
            return None;
        }
        let itself = meant(view, call, |m| matches!(m.returns, Some(Returns::Receiver))).is_some();
        let plain = meant(view, call, |m| m.trains.is_some() || m.transforms).is_some();
        if itself || !plain {
            given.push(call);
        }
    }
    Some(given)
}

/// Is the object that a field belongs to written anywhere, with all that it holds?
fn is_kept(view: &View<'_>, object: Node) -> bool {
    let classes: Vec<Def> = view
        .types
        .of(object)
        .iter()
        .filter_map(|ty| if let Type::Object(class) = ty { Some(*class) } else { None })
        .collect();
    if classes.is_empty() {
        return true;
    }
    let holds =
        |value: Node| view.types.of(value).iter().any(|ty| matches!(ty, Type::Object(c) if classes.contains(c)));
    let writes = view.touches.all.iter().filter(|touch| touch.access != Access::Read);
    let mut written = writes.filter_map(|touch| touch.value);
    written.any(holds) || hands_on_itself(view, &classes)
}

/// Does a class hand itself on to a library?
fn hands_on_itself(view: &View<'_>, classes: &[Def]) -> bool {
    view.calls().any(|(_, call)| {
        let OpKind::Call(function, operands) = view.program.op(call).kind else { return false };
        let own = |value: Val| {
            let value = Node { value, ..call };
            view.types.of(value).iter().any(|ty| matches!(ty, Type::Object(c) if classes.contains(c)))
        };
        view.types.library_name(Node { value: function, ..call }).is_some()
            && view.program.operands(call.file, operands).iter().any(|o| own(o.value))
    })
}
