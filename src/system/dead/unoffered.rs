//! Branches for a word that no option takes: it is not among the option's choices.

use rustc_hash::FxHashSet;

use super::{Dead, View};
use crate::fact::{Comparison, OpKind, Operand, Role, Text, Val};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::options::is_parsed;
use crate::value::follow::Seen;
use crate::value::options::CliOption;
use crate::vocabulary::Certainty;

/// Names behind which the list of choices stands.
const STEPS: usize = 4;

/// The names that code itself gives another value: fields that it sets, words that it hands to some call by that name.
pub fn set_elsewhere(view: &View<'_>) -> FxHashSet<Text> {
    let mut names = FxHashSet::default();
    let options = &view.evaluator.options;
    let wanted: FxHashSet<Text> = options.all.iter().filter(|o| o.class.is_none()).map(|o| o.name).collect();
    for facts in view.program.facts.iter().filter(|_| !wanted.is_empty()) {
        for op in &facts.ops {
            if let OpKind::SetAttr(_, name, _) = op.kind {
                names.insert(name);
            }
        }
        for operand in &facts.operands {
            if let (Role::Named(name), OpKind::Str(_)) = (operand.role, facts.op(operand.value).kind) {
                names.insert(name);
            }
        }
    }
    names.retain(|name| wanted.contains(name));
    names
}

/// The pieces of a file.
pub fn find(view: &View<'_>, file: FileId, set: &FxHashSet<Text>) -> Vec<Dead> {
    let facts = view.program.file(file);
    let mut found = Vec::new();
    for (id, definition) in (0..).zip(&facts.definitions) {
        for value in definition.body.clone() {
            let OpKind::If(condition, statements) = facts.op(value).kind else { continue };
            let OpKind::Compare(Comparison::Equal, left, right) = facts.op(condition).kind else { continue };
            let literal = |value: Val| view.program.literal(Node { file, value });
            let (of, word) = match (literal(left), literal(right)) {
                (None, Some(word)) => (left, word),
                (Some(word), None) => (right, word),
                _ => continue,
            };
            let within = Def { file, id };
            let Some(name) = asked(view, within, Node { file, value: of }).filter(|name| !set.contains(name)) else {
                continue;
            };
            let Some(taken) = choices(view, within, name) else { continue };
            if taken.contains(&word) {
                continue;
            }
            let taken: Vec<String> = taken.iter().map(|word| format!("`{word}`")).collect();
            let count = if statements == 1 { "statement never runs" } else { "statements never run" };
            found.push(Dead {
                what: "unreachable",
                reason: format!("the option `{name}` takes only {}, so {statements} {count}", taken.join(", ")),
                name: Text::from(&format!("{}:{name}={word}", view.program.path(file))),
                at: At { file, span: facts.op(value).span },
                within,
                statements: statements as usize,
                certainty: Certainty::Inferred,
            });
        }
    }
    found
}

/// The name of the option that is asked.
fn asked(view: &View<'_>, within: Def, node: Node) -> Option<Text> {
    match view.program.op(node).kind {
        OpKind::Attr(object, name) => is_parsed(view, Node { value: object, ..node }).then_some(name),
        OpKind::Param(index) => {
            let param = view.program.definition(within).params.get(index as usize)?;
            let options = &view.evaluator.options;
            let decorates = |option: &CliOption| {
                let decorators = &view.program.definition(within).decorators;
                option.name == param.name && option.call.file == node.file && decorators.contains(&option.call.value)
            };
            // What a command's function gets is its option; who calls it with arguments may say anything.
            let given = |call: Node| match view.program.op(call).kind {
                OpKind::Call(_, operands) => operands.len > 0,
                _ => true,
            };
            let called = view.types.callers.get(&within).is_some_and(|sites| sites.iter().any(|site| given(site.call)));
            let own = options.of_param(node).is_some() || options.all.iter().any(decorates);
            (own && !called).then_some(param.name)
        }
        _ => None,
    }
}

/// All words that the options of that name take, if every one of them says.
fn choices(view: &View<'_>, within: Def, name: Text) -> Option<Vec<Text>> {
    let options = &view.evaluator.options;
    options.find(within, name).or_else(|| {
        let params = &view.program.definition(within).params;
        let param = params.iter().find(|param| param.name == name)?;
        options.of_param(Node { file: within.file, value: param.value })
    })?;
    let mut words = Vec::new();
    for option in options.all.iter().filter(|option| option.name == name) {
        words.extend(taken(view, option)?);
    }
    (!words.is_empty()).then_some(words)
}

/// The words that an option takes, its default among them.
fn taken(view: &View<'_>, option: &CliOption) -> Option<Vec<Text>> {
    let words = offered(view, option)?;
    let mut words: Vec<Text> = words.into_iter().map(|node| view.program.literal(node)).collect::<Option<_>>()?;
    if let Some(default) = option.default.filter(|node| !matches!(view.program.op(*node).kind, OpKind::Nothing)) {
        words.push(view.program.literal(default)?);
    }
    Some(words)
}

/// The choices of an option, as they are written out.
pub(in crate::system) fn offered(view: &View<'_>, option: &CliOption) -> Option<Vec<Node>> {
    let OpKind::Call(_, operands) = view.program.op(option.call).kind else { return None };
    let operands = view.program.operands(option.call.file, operands);
    let choosing = |o: &&Operand| matches!(o.role, Role::Named(word) if view.lexicon.options.is_choosing(word));
    operands.iter().filter(choosing).find_map(|o| {
        let list = Node { value: o.value, ..option.call };
        let inner = match view.program.op(list).kind {
            // `click.Choice([..])`
            OpKind::Call(_, inner) => view.program.operands(list.file, inner).first()?.value,
            _ => o.value,
        };
        listed(view, Node { value: inner, ..list })
    })
}

/// The elements of a list that is written out, here or where a name is bound.
fn listed(view: &View<'_>, list: Node) -> Option<Vec<Node>> {
    let mut seen = Seen::anywhere(list);
    for _ in 0..STEPS {
        if let OpKind::List(operands) | OpKind::Tuple(operands) = view.program.op(seen.node).kind {
            let operands = view.program.operands(seen.node.file, operands);
            let node = seen.node;
            return Some(operands.iter().map(|o| Node { value: o.value, ..node }).collect());
        }
        let mut back = view.evaluator.follow.back(&seen).values;
        match (back.len(), back.pop()) {
            (1, Some(only)) => seen = only,
            _ => return None,
        }
    }
    None
}
