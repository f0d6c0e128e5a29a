//! The commands that code starts.

use super::{Run, with_holes, words};
use crate::fact::{DefKind, OpKind, ParamKind, Role as ArgRole, Text};
use crate::lexicon::{Flow, Names, Slot};
use crate::program::{Def, Node};
use crate::read::command::split;
use crate::source::Span;
use crate::system::{Known, Role, View, is_value_used};
use crate::value::follow::{Seen, Stack};
use crate::value::touches::Way;
use crate::value::types::{Callee, Site};

/// Functions around a call through which its words are passed in.
const DEPTH: usize = 3;

/// More commands of one list tell nothing new.
const ALTERNATIVES: usize = 8;

/// More callers of one function tell nothing new.
const CALLERS: usize = 24;

/// Commands that code starts.
pub(super) fn all(view: &View<'_>, known: &Known) -> Vec<Run> {
    let mut runs = Vec::new();
    for (def, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
        let meaning = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => Some((meaning.runs.as_ref()?, meaning.leaves)),
            Callee::Function(..) => None,
        });
        let Some((slot, leaves)) = meaning else { continue };
        // What nobody holds nobody can wait for.
        let left = leaves && !is_value_used(view, call.file, call.value);
        let folder = view.types.slot(call, &Slot { keyword: Some(Names::One("cwd".to_owned())), ..Slot::default() });
        for (way, value) in given(view, def, call, slot) {
            let stack: Stack = way.iter().copied().collect();
            let top = way.first().map_or(call, |site| site.call);
            let within = way.first().map_or(def, |site| site.within);
            let folder = folder.and_then(|node| {
                let texts = view.evaluator.texts(&Seen { node, stack: stack.clone() });
                texts.patterns.first().map(|pattern| with_holes(view, pattern))
            });
            for (words, background) in command_lines(view, &Seen { node: value, stack: stack.clone() }) {
                runs.push(Run {
                    code: view.code(known, within),
                    symbol: view.symbol(within),
                    at: view.program.place(top),
                    folder: folder.as_deref().map_or_else(Text::default, Text::from),
                    words,
                    environment: Vec::new(),
                    background: background || left,
                    redirects: Vec::new(),
                    fed: Text::default(),
                    written: false,
                });
            }
        }
    }
    runs
}

/// The value that says what is run, for each way in that has its say in it.
fn given(view: &View<'_>, def: Def, call: Node, slot: &Slot) -> Vec<(Way, Node)> {
    let Some(value) = view.types.slot(call, slot) else { return Vec::new() };
    let mut ways = Vec::new();
    let mut waiting = vec![(Way::new(), def)];
    while let Some((way, root)) = waiting.pop() {
        let seen = Seen { node: value, stack: way.iter().copied().collect() };
        let open = asks(view, &seen, root, 0);
        let callers = view.types.callers.get(&root).map_or(&[][..], Vec::as_slice);
        if !open || callers.is_empty() || way.len() >= DEPTH || view.program.definition(root).kind != DefKind::Function
        {
            ways.push((way, value));
            continue;
        }
        for site in callers.iter().take(CALLERS) {
            let mut longer = Way::new();
            longer.push(*site);
            longer.extend(way.iter().copied());
            waiting.push((longer, site.within));
        }
    }
    // They are started in the order in which the callers stand.
    ways.sort_by_key(|(way, _)| way.first().map(|site| (site.call.file, site.call.value)));
    ways
}

/// Does a value hang on what callers of a function pass in?
fn asks(view: &View<'_>, seen: &Seen, root: Def, depth: usize) -> bool {
    if view.evaluator.texts(seen).parameters.contains(&root) {
        return true;
    }
    depth < 6
        && match view.program.op(seen.node).kind {
            OpKind::List(operands) | OpKind::Tuple(operands) => view
                .program
                .operands(seen.node.file, operands)
                .iter()
                .any(|o| asks(view, &seen.beside(o.value), root, depth + 1)),
            OpKind::Param(_) => view.program.owner(seen.node) == root,
            OpKind::Call(_, operands) => view
                .program
                .operands(seen.node.file, operands)
                .iter()
                .any(|o| asks(view, &seen.beside(o.value), root, depth + 1)),
            OpKind::Binary(_, left, right) => {
                asks(view, &seen.beside(left), root, depth + 1) || asks(view, &seen.beside(right), root, depth + 1)
            }
            OpKind::After(value, _) | OpKind::Bind(_, value) => asks(view, &seen.beside(value), root, depth + 1),
            _ => false,
        }
}

/// The commands that a value stands for, and which are left running: a list is one, a text may be several.
fn command_lines(view: &View<'_>, seen: &Seen) -> Vec<(Vec<String>, bool)> {
    if let Some(words) = list(view, seen, 0) {
        return each(&words).into_iter().map(|words| (words, false)).collect();
    }
    let mut texts = text(view, seen);
    // `shlex.split(line)`, `line.split()`
    if texts.iter().all(|text| !text.bytes().any(|b| b.is_ascii_alphanumeric()))
        && let OpKind::Call(function, operands) = view.program.op(seen.node).kind
    {
        let receiver = match view.program.op(seen.beside(function).node).kind {
            OpKind::Attr(object, name) if name == "split" => Some(object),
            _ => None,
        };
        let first = view.program.operands(seen.node.file, operands).first().map(|o| o.value);
        texts = [first, receiver]
            .into_iter()
            .flatten()
            .map(|value| text(view, &seen.beside(value)))
            .find(|t| !t.is_empty())
            .unwrap_or_default();
    }
    let commands = texts.iter().flat_map(|line| split(line, Span::default()));
    commands.map(|command| (words(&command), command.background)).collect()
}

/// What a word of a list may be.
pub type Word = Vec<String>;

/// The commands of a list some words of which may be several texts: those that vary together go together.
fn each(words: &[Word]) -> Vec<Vec<String>> {
    let most = words.iter().map(Vec::len).max().unwrap_or(0).min(ALTERNATIVES);
    let nth = |at: usize| {
        let word = |word: &Word| word.get(at % word.len().max(1)).cloned().unwrap_or_else(unknown);
        words.iter().map(word).collect()
    };
    (0..most.max(1)).map(nth).collect()
}

/// A word of which nothing is known.
fn unknown() -> String {
    "{}".to_owned()
}

/// What a value in a list may be as a word.
fn word(view: &View<'_>, seen: &Seen) -> Word {
    let texts = text(view, seen);
    if texts.is_empty() { vec![unknown()] } else { texts }
}

fn text(view: &View<'_>, seen: &Seen) -> Vec<String> {
    let texts = view.evaluator.texts(seen);
    texts.patterns.iter().map(|pattern| with_holes(view, pattern)).collect()
}

/// The words of a list, wherever it is put together; none if the value is no list.
pub fn list(view: &View<'_>, seen: &Seen, depth: usize) -> Option<Vec<Word>> {
    if depth > 8 {
        return None;
    }
    match view.program.op(seen.node).kind {
        OpKind::List(operands) | OpKind::Tuple(operands) => {
            let mut words = Vec::new();
            for operand in view.program.operands(seen.node.file, operands) {
                let element = seen.beside(operand.value);
                if operand.role == ArgRole::Star {
                    words.extend(starred(view, &element, depth).unwrap_or_else(|| vec![vec![unknown()]]));
                } else {
                    words.push(word(view, &element));
                }
            }
            Some(words)
        }
        OpKind::After(list_value, call) => {
            let mut words = list(view, &seen.beside(list_value), depth + 1)?;
            let call = seen.beside(call);
            let OpKind::Call(_, operands) = view.program.op(call.node).kind else { return Some(words) };
            let first = view.program.operands(call.node.file, operands).first().map(|o| call.beside(o.value));
            match (view.types.flow(call.node), first) {
                (Some(Flow::Puts), Some(added)) => words.push(word(view, &added)),
                (Some(Flow::Extends), Some(added)) => {
                    words.extend(list(view, &added, depth + 1).unwrap_or_else(|| vec![vec![unknown()]]));
                }
                _ => {}
            }
            Some(words)
        }
        OpKind::Binary(crate::fact::Operator::Add, left, right) => {
            let left = list(view, &seen.beside(left), depth + 1)?;
            let right = list(view, &seen.beside(right), depth + 1).unwrap_or_else(|| vec![vec![unknown()]]);
            Some(left.into_iter().chain(right).collect())
        }
        OpKind::Str(_) | OpKind::Format(_) | OpKind::Call(..) | OpKind::Element(_) => None,
        _ => {
            let mut back = view.evaluator.follow.back(seen).values;
            let only = back.pop().filter(|_| back.is_empty())?;
            list(view, &only, depth + 1)
        }
    }
}

/// The words of `*words`: of a list, or of what a caller passes in beyond the named parameters.
fn starred(view: &View<'_>, seen: &Seen, depth: usize) -> Option<Vec<Word>> {
    let OpKind::Param(index) = view.program.op(seen.node).kind else { return list(view, seen, depth + 1) };
    let def = view.program.owner(seen.node);
    let param = view.program.definition(def).params.get(index as usize)?;
    if param.kind != ParamKind::Rest {
        return list(view, seen, depth + 1);
    }
    let Site { call, bound, .. } = seen.stack.last()?;
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let plain = view.program.operands(call.file, operands).iter().filter(|o| o.role == ArgRole::Plain);
    let named = (index as usize).saturating_sub(usize::from(bound));
    let outer = Seen::anywhere(call);
    Some(plain.skip(named).map(|o| word(view, &outer.beside(o.value))).collect())
}
