//! Rows and columns that depend on the day on which the training runs.

use rustc_hash::FxHashSet;

use super::{Odd, View};
use crate::fact::{Definition, OpKind, Operator, Text, Val, Word};
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::{is_value_used, statements_kept};
use crate::value::follow::Seen;
use crate::value::text::{Part, Pattern};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// One finding for each body in which today's date decides about data that is learnt from.
pub fn find(view: &View<'_>, file: FileId, learning: &FxHashSet<Def>) -> Vec<Odd> {
    let definitions = (0..).zip(&view.program.file(file).definitions);
    let definitions = definitions.filter(|(id, _)| learning.contains(&Def { file, id: *id }));
    let of = |(id, definition): (u32, &Definition)| {
        let def = Def { file, id };
        of_body(view, def, definition).or_else(|| of_statement(view, def, definition))
    };
    definitions.filter_map(of).collect()
}

/// A statement that reads the rows of today's last days.
fn of_statement(view: &View<'_>, def: Def, definition: &Definition) -> Option<Odd> {
    definition.body.clone().find_map(|value| {
        let call = Node { file: def.file, value };
        let slot = view.types.callees(call).iter().find_map(|callee| match callee {
            Callee::Meaning(meaning) => meaning.sql.as_ref(),
            Callee::Function(..) => None,
        })?;
        // Rows that nobody takes are not learnt from.
        if !is_value_used(view, def.file, value) {
            return None;
        }
        let statement = view.types.slot(call, slot)?;
        let kept = || statements_kept::kept(view, statement).into_iter().map(|(file, _)| file);
        if let Some(at) = kept().find_map(|file| of_file(view, file)) {
            return Some(today(view, def, at));
        }
        let texts = view.evaluator.texts(&Seen::anywhere(statement));
        let dated = texts.patterns.iter().any(|pattern| chooses_by_now(view, pattern));
        dated.then(|| today(view, def, asking(view, texts.origin.unwrap_or(call))))
    })
}

/// Where a file of statements chooses rows by the time at which it is asked.
fn of_file(view: &View<'_>, file: FileId) -> Option<At> {
    let dated = |condition: &&Word| view.lexicon.words.says_now(&condition.text);
    view.program.file(file).chosen.iter().find(dated).map(|condition| At { file, span: condition.span })
}

fn today(view: &View<'_>, def: Def, at: At) -> Odd {
    Odd {
        what: "today",
        name: Text::from(view.symbol(def).as_str()),
        reason: "which rows are learnt from".to_owned(),
        at,
        symbol: view.symbol(def),
        size: 1,
        certainty: Certainty::Inferred,
        listed: None,
    }
}

/// Where in a statement the time is asked for.
fn asking(view: &View<'_>, statement: Node) -> At {
    let text = view.program.literal(statement);
    match text.and_then(|text| view.lexicon.words.now_at(&text)) {
        Some(from) => view.program.place_within(statement, from),
        None => view.program.place(statement),
    }
}

/// Does a query compare something with the time at which it is asked?
fn chooses_by_now(view: &View<'_>, pattern: &Pattern) -> bool {
    let part = |part: &Part| if let Part::Text(text) = part { text.to_ascii_lowercase() } else { "x".to_owned() };
    let text: String = pattern.iter().map(part).collect();
    let reads = text.trim_start().starts_with("select") || text.trim_start().starts_with("with");
    // A count, or what values there are, is no row to learn from.
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let reads = reads && !words.nth(1).is_some_and(|word| matches!(word, "count" | "distinct" | "max" | "min"));
    let conditions = text.split("where").skip(1);
    let own = |condition: &str| condition.split("group by").next().unwrap_or_default().to_owned();
    reads
        && conditions
            .map(own)
            .any(|condition| condition.contains(['<', '>']) && view.lexicon.words.says_now(&condition))
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
            listed: None,
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
