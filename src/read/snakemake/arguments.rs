//! The arguments of a rule's directives: files and settings, as far as their texts are known.

use ruff_python_ast::{Expr, ExprCall, InterpolatedStringElement, Number, Operator};
use ruff_python_parser::parse_expression;
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use crate::fact::{Facts, OpKind, Step, Text, Word};
use crate::read::shell::{HOLE, LONGEST};
use crate::source::Span;

/// An argument of a directive: its name, if it has one, and the words it stands for.
pub(super) type Argument = (Option<String>, Vec<Word>);

/// The arguments of a directive, which are those of a Python call.
pub(super) fn arguments(text: &str, start: usize, end: usize, known: &Known<'_>) -> Vec<Argument> {
    let Some(inside) = text.get(start..end) else { return Vec::new() };
    // Nothing that people write is longer, and nothing shorter nests too deeply.
    if inside.len() > LONGEST {
        return Vec::new();
    }
    let call = format!("f({inside}\n)");
    let Ok(parsed) = parse_expression(&call) else { return Vec::new() };
    let Expr::Call(call) = parsed.expr() else { return Vec::new() };
    let values = Values { known, shift: start as isize - 2 };
    let plain = call.arguments.args.iter().map(|value| (None, values.words(value)));
    let named = call.arguments.keywords.iter();
    plain.chain(named.map(|k| (k.arg.as_ref().map(ToString::to_string), values.words(&k.value)))).collect()
}

/// What arguments may refer to.
pub(super) struct Known<'m> {
    /// The rules above.
    pub(super) made: &'m [Step],
    /// The texts that names of the file hold.
    pub(super) lists: &'m FxHashMap<Text, Vec<Text>>,
}

/// Evaluates arguments, as far as they are texts.
struct Values<'m> {
    known: &'m Known<'m>,
    /// From offsets of the parsed text to those of the file.
    shift: isize,
}

impl Values<'_> {
    /// The words that a value stands for.
    fn words(&self, value: &Expr) -> Vec<Word> {
        let (start, end) = (value.range().start().to_usize(), value.range().end().to_usize());
        let span = Span::new(start.saturating_add_signed(self.shift), end.saturating_add_signed(self.shift));
        match value {
            Expr::List(list) => list.elts.iter().flat_map(|e| self.words(e)).collect(),
            Expr::Tuple(tuple) => tuple.elts.iter().flat_map(|e| self.words(e)).collect(),
            Expr::Starred(starred) => self.words(&starred.value),
            // Marks of a file (`temp`, `protected`, `directory`, `ancient`, `expand`): the file is what is marked.
            Expr::Call(call) => self.marked(call),
            Expr::Attribute(_) => self.of_rule(value),
            Expr::Subscript(_) if setting(value).is_none() => self.of_rule(value),
            Expr::Name(name) if let Some(texts) = self.known.lists.get(&Text::from(name.id.as_str())) => {
                texts.iter().map(|text| Word { text: *text, span }).collect()
            }
            _ => vec![Word { text: Text::from(&text(value)), span }],
        }
    }

    fn marked(&self, call: &ExprCall) -> Vec<Word> {
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "",
        };
        if name == "format" {
            let (start, end) = (call.range().start().to_usize(), call.range().end().to_usize());
            let span = Span::new(start.saturating_add_signed(self.shift), end.saturating_add_signed(self.shift));
            return vec![Word { text: Text::from(&formatted(call)), span }];
        }
        let marks = ["temp", "protected", "directory", "ancient", "touch", "pipe", "report", "expand", "multiext"];
        let first = call.arguments.args.first().filter(|_| marks.contains(&name) || name == "update");
        let words = first.map(|value| self.words(value)).unwrap_or_default();
        if name == "expand" {
            return self.expanded(words, call);
        }
        if name != "multiext" {
            return words;
        }
        let endings = call.arguments.args.iter().skip(1).map(text);
        let with = |ending: String| {
            words.iter().map(move |w| Word { text: Text::from(&[w.text.as_str(), &ending].concat()), ..*w })
        };
        endings.flat_map(with).collect()
    }

    /// `expand("{a}/{b}.csv", a=NAMES, b=["x", "y"])`: all of them, where the lists are written out.
    fn expanded(&self, mut words: Vec<Word>, call: &ExprCall) -> Vec<Word> {
        for keyword in &call.arguments.keywords {
            let Some(name) = &keyword.arg else { continue };
            let hole = format!("{{{name}}}");
            let values = self.words(&keyword.value);
            if values.is_empty() || words.len() * values.len() > EXPANDED {
                continue;
            }
            let fill = |word: &Word| -> Vec<Word> {
                if !word.text.contains(&hole) {
                    return vec![*word];
                }
                let filled = values.iter().map(|value| word.text.replace(&hole, &value.text));
                filled.map(|text| Word { text: Text::from(&text), ..*word }).collect()
            };
            words = words.iter().flat_map(fill).collect();
        }
        words
    }

    /// `rules.train.output.model`: the files of a rule above.
    fn of_rule(&self, value: &Expr) -> Vec<Word> {
        let mut names: Vec<&str> = Vec::new();
        let mut at = value;
        loop {
            match at {
                Expr::Attribute(attribute) => {
                    names.push(attribute.attr.as_str());
                    at = &attribute.value;
                }
                Expr::Subscript(subscript) => at = &subscript.value,
                Expr::Name(name) => {
                    names.push(name.id.as_str());
                    break;
                }
                _ => return Vec::new(),
            }
        }
        names.reverse();
        let ["rules" | "checkpoints", rule, kind, ..] = names.as_slice() else { return Vec::new() };
        let Some(step) = self.known.made.iter().find(|step| step.name == *rule) else { return Vec::new() };
        match *kind {
            "output" => step.outputs.clone(),
            "input" => step.inputs.clone(),
            _ => Vec::new(),
        }
    }
}

/// More files than this are told by their pattern alone.
const EXPANDED: usize = 64;

/// The texts that names of a file hold.
pub(super) fn lists(facts: &Facts) -> FxHashMap<Text, Vec<Text>> {
    let word = |value| match facts.op(value).kind {
        OpKind::Str(text) => Some(text),
        OpKind::Int(number) => Some(Text::from(&number.to_string())),
        _ => None,
    };
    let texts = |value| match facts.op(value).kind {
        OpKind::List(run) | OpKind::Tuple(run) => facts.operands(run).iter().map(|o| word(o.value)).collect(),
        _ => word(value).map(|text| vec![text]),
    };
    let bindings = facts.definitions.first().into_iter().flat_map(|module| &module.bindings);
    bindings.filter_map(|(name, value)| Some((*name, texts(*value)?))).collect()
}

/// `config["a"]["b"]` as a reference to the settings: `${a.b}`.
fn setting(value: &Expr) -> Option<String> {
    let mut keys = Vec::new();
    let mut at = value;
    while let Expr::Subscript(subscript) = at {
        let Expr::StringLiteral(key) = &*subscript.slice else { return None };
        keys.push(key.value.to_str());
        at = &subscript.value;
    }
    keys.reverse();
    let root = matches!(at, Expr::Name(name) if name.id.as_str() == "config") && !keys.is_empty();
    root.then(|| format!("${{{}}}", keys.join(".")))
}

/// `"{a}/x".format(a=..)`, as far as its arguments are texts.
fn formatted(call: &ExprCall) -> String {
    let Expr::Attribute(attribute) = &*call.func else { return HOLE.to_owned() };
    let mut whole = text(&attribute.value);
    for keyword in &call.arguments.keywords {
        if let Some(name) = &keyword.arg {
            whole = whole.replace(&format!("{{{name}}}"), &text(&keyword.value));
        }
    }
    for argument in &call.arguments.args {
        whole = whole.replacen(HOLE, &text(argument), 1);
    }
    whole
}

/// A text with holes for what is computed, and references to settings.
fn text(value: &Expr) -> String {
    match value {
        Expr::Subscript(_) => setting(value).unwrap_or_else(|| HOLE.to_owned()),
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(int) => int.to_string(),
            Number::Float(float) => float.to_string(),
            Number::Complex { .. } => HOLE.to_owned(),
        },
        Expr::StringLiteral(literal) => literal.value.to_str().to_owned(),
        Expr::BinOp(sum) if sum.op == Operator::Add => text(&sum.left) + &text(&sum.right),
        Expr::BinOp(path) if path.op == Operator::Div => [text(&path.left), text(&path.right)].join("/"),
        Expr::FString(format) => {
            let parts = format.value.elements().map(|part| match part {
                InterpolatedStringElement::Literal(literal) => literal.value.to_string(),
                InterpolatedStringElement::Interpolation(inner) => text(&inner.expression),
            });
            parts.collect()
        }
        _ => HOLE.to_owned(),
    }
}
