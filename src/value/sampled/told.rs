//! A formula as people write it, short enough for a message.

use super::control::chooses;
use super::plain;
use crate::fact::{Comparison, OpKind, Operator, Role, Text, Val};
use crate::program::{Node, Program};

/// Parts in parts.
const DEPTH: usize = 7;
/// Longer ones are cut.
const LENGTH: usize = 90;

/// A formula in short.
pub fn shown(program: &Program<'_>, node: Node) -> String {
    let text = told(program, node, 0, 0);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}...", text[..end].trim_end()),
        None => text,
    }
}

/// Formulas of other names are not told here: the name of a value in its body says more.
fn name_of(program: &Program<'_>, node: Node) -> Option<Text> {
    let definition = program.definition(program.owner(node));
    definition.bindings.iter().find(|(_, value)| *value == node.value).map(|(name, _)| *name)
}

fn told(program: &Program<'_>, node: Node, depth: usize, tight: u8) -> String {
    let at = |value: Val| Node { value, ..node };
    if depth > DEPTH {
        return "...".to_owned();
    }
    if depth > 0
        && !matches!(program.op(node).kind, OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_))
        && let Some(name) = name_of(program, node)
    {
        return name.to_string();
    }
    let inner = |value: Val, tight: u8| told(program, at(value), depth + 1, tight);
    match program.op(node).kind {
        OpKind::Str(text) => format!("'{text}'"),
        OpKind::Int(number) => number.to_string(),
        OpKind::Float(bits) => f64::from_bits(bits).to_string(),
        OpKind::Bool(value) => if value { "True" } else { "False" }.to_owned(),
        OpKind::Nothing => "None".to_owned(),
        OpKind::Global(name) => name.to_string(),
        OpKind::Param(index) => {
            let definition = program.definition(program.owner(node));
            definition.params.get(index as usize).map_or("?".to_owned(), |param| param.name.to_string())
        }
        OpKind::Import(index) => {
            program.file(node.file).imports.get(index as usize).map_or("?".to_owned(), |i| i.alias.to_string())
        }
        OpKind::Binary(Operator::Other, left, right) if left == right => format!("-{}", inner(left, 9)),
        OpKind::Binary(operator, left, right) => {
            let (word, strength) = match operator {
                Operator::Add => ("+", 5),
                Operator::Sub => ("-", 5),
                Operator::Mul => ("*", 6),
                Operator::Div => ("/", 6),
                Operator::FloorDiv => ("//", 6),
                Operator::Mod => ("%", 6),
                Operator::Pow => ("**", 7),
                Operator::Bit => ("and", 2),
                Operator::Or => ("or", 1),
                _ => ("?", 6),
            };
            let text = format!("{} {word} {}", inner(left, strength), inner(right, strength + 1));
            if strength < tight { format!("({text})") } else { text }
        }
        OpKind::Compare(how, left, right) => {
            let word = match how {
                Comparison::Equal => "==",
                Comparison::Unequal => "!=",
                Comparison::Less => "<",
                Comparison::Greater => ">",
                Comparison::AtMost => "<=",
                Comparison::AtLeast => ">=",
                Comparison::In => "in",
                Comparison::NotIn => "not in",
            };
            let text = format!("{} {word} {}", inner(left, 4), inner(right, 4));
            if tight > 3 { format!("({text})") } else { text }
        }
        OpKind::Not(value) => format!("not {}", inner(value, 3)),
        OpKind::List(operands) | OpKind::Tuple(operands) => {
            let parts = program.operands(node.file, operands).iter().map(|o| inner(o.value, 0));
            format!("[{}]", parts.collect::<Vec<_>>().join(", "))
        }
        OpKind::Dict(operands) => {
            let pairs = program.operands(node.file, operands).chunks_exact(2);
            let pairs = pairs.map(|pair| format!("{}: {}", inner(pair[0].value, 0), inner(pair[1].value, 0)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        OpKind::Index(object, index) => match program.literal(at(index)) {
            // A column or field by its name.
            Some(name) => match program.op(at(object)).kind {
                OpKind::Call(..) => format!("{}['{name}']", inner(object, 9)),
                _ => name.to_string(),
            },
            None => format!("{}[{}]", inner(object, 9), inner(index, 0)),
        },
        OpKind::Attr(object, name) => match program.op(at(object)).kind {
            OpKind::Param(_) | OpKind::SetIndex(..) => name.to_string(),
            _ => format!("{}.{name}", inner(object, 9)),
        },
        OpKind::Call(function, operands) => {
            let parts = program.operands(node.file, operands).iter().map(|o| match o.role {
                Role::Named(name) => format!("{name}={}", inner(o.value, 0)),
                _ => inner(o.value, 0),
            });
            format!("{}({})", inner(function, 9), parts.collect::<Vec<_>>().join(", "))
        }
        OpKind::Either(operands) => {
            if let [first, second] = program.operands(node.file, operands)
                && let Some(condition) = chooses(program, node, first.value, second.value)
            {
                let (first, second) = (inner(first.value, 2), inner(second.value, 0));
                return format!("{first} if {} else {second}", inner(condition, 0));
            }
            let parts = program.operands(node.file, operands).iter().map(|o| inner(o.value, 2));
            parts.collect::<Vec<_>>().join(" or ")
        }
        OpKind::Define(id) => {
            let definition = &program.file(node.file).definitions[id as usize];
            if plain(&definition.name) == "lambda" {
                let mut body = definition.body.clone().rev();
                let returned = body.find_map(|value| match program.op(at(value)).kind {
                    OpKind::Return(value) => Some(value),
                    _ => None,
                });
                return returned.map_or("lambda".to_owned(), |value| inner(value, 0));
            }
            definition.name.to_string()
        }
        OpKind::SetIndex(object, ..) | OpKind::After(object, _) => inner(object, tight),
        _ => "...".to_owned(),
    }
}
