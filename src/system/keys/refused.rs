//! Words that settings files, or code that varies settings, give to a key, and that the code which chooses by that key
//! refuses.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::worlds::{self, Spelling, World};
use super::{offered, table};
use crate::fact::{Comparison, OpKind, Scalar, Text, Val};
use crate::program::{Def, Node};
use crate::source::At;
use crate::system::graph::System;
use crate::system::{Known, Role, View};
use crate::value::follow::Seen;
use crate::value::lookups::Path;
use crate::value::settings::dotted;
use crate::value::text::Part;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// So many words are shown.
const SHOWN: usize = 5;

/// Values through which a comparison becomes a condition.
const STEPS: usize = 3;

/// The words that a function knows for a key, and where it refuses all others.
struct Choice {
    words: Vec<Text>,
    refusal: Node,
}

/// Adds a setting for each word that is refused.
pub(super) fn derive(view: &View<'_>, system: &mut System, known: &Known, worlds: &[World]) {
    let mut told: FxHashSet<At> = FxHashSet::default();
    for world in worlds.iter().filter(|world| world.spelling == Spelling::default()) {
        for (path, compared) in &world.lookups.compared {
            let given = || given(view, world, path);
            refused(view, system, known, (dotted(path), "is set to"), compared, &given, &mut told);
        }
    }
    for option in offered::all(view, known) {
        let given = || option.given.clone();
        refused(view, system, known, (option.name, "may be set to"), &option.compared, &given, &mut told);
    }
}

/// Adds those of the words given to one key or option that the code which chooses by it refuses.
fn refused(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    (name, fate): (Text, &str),
    compared: &[Node],
    given: &dyn Fn() -> Vec<(Text, At)>,
    told: &mut FxHashSet<At>,
) {
    let anywhere: Vec<Text> = compared.iter().flat_map(|node| words(view, *node)).collect();
    if compared.iter().any(|node| is_open(view, *node)) {
        return;
    }
    for (def, choice) in choices(view, known, compared) {
        for (word, at) in given() {
            let known_word = anywhere.iter().any(|of| of.eq_ignore_ascii_case(&word));
            if known_word || !told.insert(at) {
                continue;
            }
            let file = Text::from(view.program.path(at.file));
            let setting = system.add(NodeKind::Setting, name, at, file);
            system.say(setting, "form", "refused");
            system.say(setting, "fate", fate);
            system.say(setting, "role", known.roles[def.file.index()].word());
            system.say(setting, "value", &word);
            system.say(setting, "others", &shown(&choice.words));
            system.mark(setting, "defined");
            let place = view.program.place(choice.refusal);
            system.join(EdgeKind::Uses, view.code(known, def), setting, place, Certainty::Inferred);
        }
    }
}

/// Is a value looked for in something of which not all is to be seen?
fn is_open(view: &View<'_>, comparison: Node) -> bool {
    let among = matches!(view.program.op(comparison).kind, OpKind::Compare(Comparison::In | Comparison::NotIn, ..));
    among && words(view, comparison).is_empty()
}

/// Words as a reader sees them.
fn shown(words: &[Text]) -> String {
    let listed: Vec<String> = words.iter().take(SHOWN).map(|word| format!("`{word}`")).collect();
    let more = if words.len() > SHOWN { ", ..." } else { "" };
    format!("{}{more}", listed.join(", "))
}

/// The words that files, and code, give to a key.
fn given(view: &View<'_>, world: &World, path: &Path) -> Vec<(Text, At)> {
    let plain = |word: &Text| !word.is_empty() && !word.contains(['$', '{', '%']);
    let names = world.root.as_deref().map(|root| worlds::groups_of(view, root));
    let in_files = world.files.iter().filter_map(|file| {
        let above = match (&world.root, &names) {
            (Some(root), Some(names)) => worlds::package(view, root, *file, names)?,
            _ => Vec::new(),
        };
        let index = view.evaluator.settings.at(*file, path.strip_prefix(above.as_slice())?)?;
        let setting = view.program.file(*file).settings.get(index)?;
        let Scalar::Text(word) = setting.value else { return None };
        Some((word, At { file: *file, span: setting.span }))
    });
    let in_code = world.lookups.set.get(path).into_iter().flatten().flat_map(|node| {
        let texts = view.evaluator.texts(&Seen::anywhere(*node));
        let at = view.program.place(*node);
        let words: Vec<(Text, At)> = texts
            .patterns
            .iter()
            .filter_map(|pattern| match pattern.as_slice() {
                [Part::Text(word)] => Some((Text::from(word), at)),
                _ => None,
            })
            .collect();
        words
    });
    in_files.chain(in_code).filter(|(word, _)| plain(word)).collect()
}

/// The words that a comparison, or a table, knows.
fn words(view: &View<'_>, comparison: Node) -> Vec<Text> {
    let beside = |value: Val| Node { value, ..comparison };
    let (left, right) = match view.program.op(comparison).kind {
        OpKind::Compare(_, left, right) => (left, right),
        OpKind::Index(table, _) => return table::keys(view, beside(table)).unwrap_or_default(),
        _ => return Vec::new(),
    };
    match view.program.op(beside(right)).kind {
        OpKind::List(operands) | OpKind::Tuple(operands) => {
            let operands = view.program.operands(comparison.file, operands).iter();
            operands.filter_map(|o| view.program.literal(beside(o.value))).collect()
        }
        _ => {
            let plain: Vec<Text> =
                [left, right].into_iter().filter_map(|value| view.program.literal(beside(value))).collect();
            if plain.is_empty() { table::keys(view, beside(right)).unwrap_or_default() } else { plain }
        }
    }
}

/// The functions that take one of several ways by a key, and refuse what they do not know.
fn choices(view: &View<'_>, known: &Known, compared: &[Node]) -> Vec<(Def, Choice)> {
    let mut by_function: BTreeMap<Def, Vec<Node>> = BTreeMap::new();
    let looked_at = |node: &&Node| !matches!(known.roles[node.file.index()], Role::Test | Role::Prototype);
    for node in compared.iter().filter(looked_at) {
        by_function.entry(view.program.owner(*node)).or_default().push(*node);
    }
    let choices = by_function.into_iter().filter_map(|(def, nodes)| Some((def, choice(view, &nodes)?)));
    choices.filter(|(_, choice)| choice.words.len() > 1).collect()
}

/// The chain of branches that comparisons make, if its end raises an error.
fn choice(view: &View<'_>, compared: &[Node]) -> Option<Choice> {
    if let Some(table) = table(view, compared) {
        return Some(table);
    }
    let mut links: BTreeMap<Val, Vec<Text>> = BTreeMap::new();
    for node in compared {
        let found = words(view, *node);
        let refuses = matches!(view.program.op(*node).kind, OpKind::Compare(Comparison::NotIn, ..));
        let Some(branch) = branch(view, *node).filter(|_| !found.is_empty()) else { continue };
        if refuses {
            let refusal = raise(view, Node { value: branch, ..*node }, branch)?;
            return Some(Choice { words: found, refusal });
        }
        links.entry(branch).or_default().extend(found);
    }
    let (last, _) = links.iter().next_back()?;
    let last = Node { value: *last, file: compared.first()?.file };
    let else_arm = otherwise(view, last);
    let refusal = match else_arm {
        Some(start) => raise(view, last, start)?,
        None => after(view, last)?,
    };
    let holds_last = |branch: Val| {
        if else_arm.is_none() {
            return true;
        }
        let start = otherwise(view, Node { value: branch, ..last });
        branch == last.value || start.is_some_and(|start| start < last.value)
    };
    let called = |branch: Val| {
        let OpKind::If(condition, _) = view.program.op(Node { value: branch, ..last }).kind else { return false };
        matches!(view.program.op(Node { value: condition, ..last }).kind, OpKind::Call(..))
    };
    // A way that is taken by a prefix, or by whatever a function says, knows words that nobody writes out.
    let body = view.program.definition(view.program.owner(last)).body.clone();
    if body.into_iter().any(|branch| called(branch) && holds_last(branch)) {
        return None;
    }
    let mut words: Vec<Text> = Vec::new();
    for word in links.into_iter().filter(|(branch, _)| holds_last(*branch)).flat_map(|(_, words)| words) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    Some(Choice { words, refusal })
}

/// A table that is asked by the value, with nothing before it that lets only some values pass.
fn table(view: &View<'_>, compared: &[Node]) -> Option<Choice> {
    let [only] = compared else { return None };
    let OpKind::Index(..) = view.program.op(*only).kind else { return None };
    let body = view.program.definition(view.program.owner(*only)).body.clone();
    let tries = |value: Val| matches!(view.program.op(Node { value, ..*only }).kind, OpKind::Try);
    let words = words(view, *only);
    let bare = !words.is_empty() && !body.into_iter().any(tries);
    bare.then_some(Choice { words, refusal: *only })
}

/// The branch whose condition a comparison is, or is a part of.
fn branch(view: &View<'_>, comparison: Node) -> Option<Val> {
    let mut node = comparison;
    for _ in 0..STEPS {
        let users = view.users.of(node).iter().copied();
        let op = |value: Val| view.program.op(Node { value, ..node }).kind;
        let mut users = users.filter(|user| matches!(op(*user), OpKind::If(..) | OpKind::Either(_)));
        let user = users.next()?;
        if let OpKind::If(..) = op(user) {
            return Some(user);
        }
        node.value = user;
    }
    None
}

/// Where what runs if a condition does not hold begins.
fn otherwise(view: &View<'_>, branch: Node) -> Option<Val> {
    let ops = (0..).zip(&view.program.file(branch.file).ops).skip(branch.value as usize + 1);
    let mut ops = ops.take_while(|(_, op)| !matches!(op.kind, OpKind::End(of) if of == branch.value));
    ops.find(|(_, op)| matches!(op.kind, OpKind::Else(of, _) if of == branch.value)).map(|(value, _)| value)
}

/// The error that a function raises behind its last branch, where nothing else may run before.
fn after(view: &View<'_>, branch: Node) -> Option<Node> {
    let body = view.program.definition(view.program.owner(branch)).body.clone();
    let op = |value: Val| view.program.op(Node { value, ..branch }).kind;
    let mut rest = body.skip_while(|value| !matches!(op(*value), OpKind::End(of) if of == branch.value)).skip(1);
    let stops = |kind: OpKind| matches!(kind, OpKind::If(..) | OpKind::Loop | OpKind::Try | OpKind::Return(_));
    let value = rest.find(|value| stops(op(*value)) || matches!(op(*value), OpKind::Raise))?;
    matches!(op(value), OpKind::Raise).then_some(Node { value, ..branch })
}

/// The error that a block raises, whatever else is so: from there to the end of its branch, or to what else may run.
fn raise(view: &View<'_>, branch: Node, start: Val) -> Option<Node> {
    let ops = (0..).zip(&view.program.file(branch.file).ops).skip(start as usize + 1);
    let ends = |kind: OpKind| match kind {
        OpKind::End(of) | OpKind::Else(of, _) => of == branch.value,
        OpKind::If(..) | OpKind::Loop | OpKind::Try => true,
        _ => false,
    };
    let mut ops = ops.take_while(|(_, op)| !ends(op.kind));
    ops.find(|(_, op)| matches!(op.kind, OpKind::Raise)).map(|(value, _)| Node { value, ..branch })
}
