//! Tables of the program that its statements of SQL know by name: frames that were registered under it, frames whose
//! variable is called so.

use rustc_hash::FxHashMap;

use super::follow::{NamedTables, Seen};
use super::text::{Evaluator, Part};
use super::types::Callee;
use crate::fact::{Access, OpKind, Text};
use crate::lexicon::Meaning;
use crate::program::{Def, Imported, Node};

/// Statements that one call may run.
const TEXTS: usize = 4;
/// Frames that go by one name.
const TABLES: usize = 6;

/// The tables that each call which runs statements names.
pub fn named_tables(evaluator: Evaluator<'_>) -> NamedTables {
    let calls = calls(evaluator);
    let shown = shown(evaluator, &calls);
    let mut found = NamedTables::default();
    for (call, meaning) in &calls {
        let Some(sql) = &meaning.sql else { continue };
        if shown.is_empty() && !meaning.sees {
            continue;
        }
        let Some(statement) = evaluator.follow.types.slot(*call, sql) else { continue };
        let texts = evaluator.texts(&Seen::anywhere(statement)).patterns;
        let mut tables: Vec<(Text, Node)> = Vec::new();
        for pattern in texts.iter().take(TEXTS) {
            let part = |part: &Part| if let Part::Text(text) = part { text.clone() } else { "{}".to_owned() };
            let text: String = pattern.iter().map(part).collect();
            let uses = crate::read::sql::statement(&text).into_iter();
            for table in uses.filter(|of| of.access == Access::Read && !of.file).map(|of| of.table) {
                let nodes = match shown.get(&table) {
                    Some(nodes) => nearest(*call, nodes),
                    None if meaning.sees => local(evaluator, *call, table).into_iter().collect(),
                    None => Vec::new(),
                };
                tables.extend(nodes.into_iter().map(|node| (table, node)));
            }
        }
        tables.dedup();
        if !tables.is_empty() {
            found.insert(*call, tables);
        }
    }
    found
}

/// The calls that run statements, or give a frame the name by which statements know it.
fn calls<'a>(evaluator: Evaluator<'a>) -> Vec<(Node, &'a Meaning)> {
    let program = evaluator.follow.program;
    let mut found = Vec::new();
    for file in program.files() {
        for (value, op) in (0..).zip(&program.file(file).ops) {
            let OpKind::Call(..) = op.kind else { continue };
            let call = Node { file, value };
            let meaning = evaluator.follow.types.callees(call).iter().find_map(|callee| match callee {
                Callee::Meaning(meaning) if meaning.sql.is_some() || meaning.shows.is_some() => Some(*meaning),
                _ => None,
            });
            found.extend(meaning.map(|meaning| (call, meaning)));
        }
    }
    found
}

/// The frames that were given a name.
fn shown(evaluator: Evaluator<'_>, calls: &[(Node, &Meaning)]) -> FxHashMap<Text, Vec<Node>> {
    let types = evaluator.follow.types;
    let mut found: FxHashMap<Text, Vec<Node>> = FxHashMap::default();
    for (call, meaning) in calls {
        let slot = |slot: &Option<_>| types.slot(*call, slot.as_ref()?);
        let (Some(name), Some(value)) = (slot(&meaning.shows), slot(&meaning.value)) else { continue };
        let texts = evaluator.texts(&Seen::anywhere(name)).patterns;
        for name in texts.iter().filter_map(|pattern| evaluator.plain(pattern)) {
            found.entry(Text::from(&name.to_lowercase())).or_default().push(value);
        }
    }
    found
}

/// Of frames of one name the last one before the call in its file, else all of its file, else all.
fn nearest(call: Node, nodes: &[Node]) -> Vec<Node> {
    let own: Vec<Node> = nodes.iter().filter(|node| node.file == call.file).copied().collect();
    match own.iter().filter(|node| node.value < call.value).max() {
        Some(last) => vec![*last],
        None if own.is_empty() => nodes.iter().take(TABLES).copied().collect(),
        None => own,
    }
}

/// The value of the variable of that name where a call stands.
fn local(evaluator: Evaluator<'_>, call: Node, name: Text) -> Option<Node> {
    let program = evaluator.follow.program;
    let def = program.owner(call);
    let definition = program.definition(def);
    let at = |value: u32| Node { file: def.file, value };
    let is_named = |word: &Text| word.eq_ignore_ascii_case(&name);
    let bound = |def: Def| {
        let body = program.definition(def).body.clone();
        body.rev().skip_while(|value| def.id == 0 && *value >= call.value).find_map(|value| {
            match program.op(at(value)).kind {
                OpKind::Bind(word, of) if is_named(&word) => Some(at(of)),
                _ => None,
            }
        })
    };
    if def.id != 0 {
        let own = definition.bindings.iter().find(|(word, value)| is_named(word) && *value < call.value);
        let param = || definition.params.iter().find(|param| is_named(&param.name)).map(|param| param.value);
        if let Some(value) = own.map(|(_, value)| *value).or_else(param) {
            return Some(at(value)).filter(|node| !matches!(program.op(*node).kind, OpKind::Define(_)));
        }
    }
    let module = Def { file: def.file, id: 0 };
    let found = bound(module).or_else(|| program.binding(module, name).map(at));
    found.filter(|node| match program.op(*node).kind {
        OpKind::Define(_) => false,
        OpKind::Import(index) => matches!(program.imported(node.file, index), Imported::Name(..)),
        _ => node.value < call.value || def.id != 0,
    })
}
