//! Calls of libraries that nobody listed, known by their names and by a literal place among their arguments.

use super::follow::Seen;
use super::text::{Evaluator, Memory, Part};
use super::types::{Callee, Type};
use crate::fact::{OpKind, Operand, Role, Text};
use crate::lexicon::{Meaning, is_table};
use crate::program::{Imported, Node};

/// So many arguments are looked at for a place.
const ARGUMENTS: usize = 6;

/// What a call does by its form.
pub struct Shape<'a> {
    /// It reads, or it writes.
    pub meaning: &'a Meaning,
    /// The argument that says where.
    pub place: Node,
    /// Tables are told by their scheme.
    pub scheme: Option<&'a str>,
    /// What is written.
    pub value: Option<Node>,
}

/// The form of a call: a function called as one that reads or writes, which gets a literal place of data.
pub fn shape<'a>(evaluator: Evaluator<'a>, memory: &mut Memory, call: Node) -> Option<Shape<'a>> {
    let (program, types) = (evaluator.follow.program, evaluator.follow.types);
    let OpKind::Call(function, operands) = program.op(call).kind else { return None };
    let shapes = &types.lexicon().shapes;
    let name = called(evaluator, Node { value: function, ..call })?;
    let meaning = shapes.meaning(&name)?;
    let mute = |callee: &Callee<'_>| match callee {
        Callee::Meaning(meaning) => is_mute(meaning),
        Callee::Function(..) => false,
    };
    if !types.callees(call).iter().all(mute) {
        return None;
    }
    let operands = program.operands(call.file, operands);
    let given = |o: &&Operand| matches!(o.role, Role::Plain | Role::Named(_));
    let at = |operand: &Operand| Node { value: operand.value, ..call };
    let mut found = None;
    for operand in operands.iter().filter(given).take(ARGUMENTS) {
        let texts = evaluator.recalling(&Seen::anywhere(at(operand)), memory);
        let ends =
            texts.patterns.iter().filter_map(|p| if let Some(Part::Text(text)) = p.last() { Some(text) } else { None });
        let mut ends = ends.peekable();
        if ends.peek().is_none() {
            continue;
        }
        let table = shapes.takes_table(&name) && texts.patterns.iter().all(|p| p.len() == 1);
        let (mut data, mut tables) = (false, table);
        for end in ends {
            data |= shapes.names_data(end);
            tables &= is_table(end);
        }
        if data || tables {
            found = Some((operand.value, (!data).then_some("table")));
            break;
        }
    }
    let (place, scheme) = found?;
    let value = if meaning.writes.is_some() {
        let other = operands.iter().filter(given).find(|o| o.value != place).map(at);
        other.or_else(|| receiver(evaluator, Node { value: function, ..call }))
    } else {
        None
    };
    Some(Shape { meaning, place: Node { value: place, ..call }, scheme, value })
}

/// Does the lexicon say nothing of a call but what it returns?
fn is_mute(meaning: &Meaning) -> bool {
    meaning.place.is_none()
        && meaning.text.is_none()
        && meaning.sql.is_none()
        && meaning.runs.is_none()
        && meaning.tests.is_none()
        && !(meaning.forgets || meaning.looks_up || meaning.imports || meaning.defines_option || meaning.checks)
}

/// The last part of the name of what is called.
fn called(evaluator: Evaluator<'_>, function: Node) -> Option<Text> {
    let program = evaluator.follow.program;
    match program.op(function).kind {
        OpKind::Attr(_, name) | OpKind::Global(name) => Some(name),
        OpKind::Import(index) => match program.imported(function.file, index) {
            Imported::Library(name) => name.rsplit('.').next().map(Text::from),
            _ => None,
        },
        _ => None,
    }
}

/// The object that a method is called on.
fn receiver(evaluator: Evaluator<'_>, function: Node) -> Option<Node> {
    let OpKind::Attr(object, _) = evaluator.follow.program.op(function).kind else { return None };
    let object = Node { value: object, ..function };
    let module = |ty: &Type| matches!(ty, Type::Library(_) | Type::Module(_));
    (!evaluator.follow.types.of(object).iter().any(module)).then_some(object)
}
