//! Statements as tokens: what each does, whatever its locals are called; equal statements are equal numbers.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::super::View;
use crate::fact::{DefKind, Facts, OpKind, Operands, Role, Text, Val};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::value::types::Callee;

/// A statement.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it does, literals included.
    pub exact: u64,
    /// What it does, whatever its literals are.
    pub shape: u64,
    /// Its first operation.
    pub start: Val,
    /// The operation behind its last one.
    pub end: Val,
}

/// The statements of a file, body after body.
#[derive(Default)]
pub struct Tokens {
    /// All of them.
    pub all: Vec<Token>,
    /// Where each body's begin, and whose body it is.
    pub bodies: Vec<(u32, Def)>,
    /// The fingerprints of runs of statements, each with the first statement it begins at; sorted.
    pub prints: Vec<(u64, u32)>,
}

impl Tokens {
    /// The body in which a token stands, with its range.
    pub fn body(&self, token: usize) -> (Def, std::ops::Range<usize>) {
        let next = self.bodies.partition_point(|(start, _)| *start as usize <= token);
        let (start, def) = self.bodies[next.saturating_sub(1)];
        let end = self.bodies.get(next).map_or(self.all.len(), |(start, _)| *start as usize);
        (def, start as usize..end)
    }

    /// The ranges of all bodies.
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let ends = self.bodies.iter().skip(1).map(|(start, _)| *start as usize).chain([self.all.len()]);
        self.bodies.iter().zip(ends).map(|((start, _), end)| *start as usize..end)
    }
}

/// The statements of a file that are somebody's work: no imports, definitions, options of a command line.
pub fn of_file(view: &View<'_>, file: FileId, foreign: &dyn Fn(Def) -> bool) -> Tokens {
    let facts = view.program.file(file);
    let is_option = |value: Val, kind: OpKind| is_option(view, file, value, kind);
    let mut tokens = Tokens::default();
    let mut hashes = Hashes::default();
    let mut next = 0;
    // Statements come in the order of their operations, as bodies do.
    let mut order: Vec<u32> = (0..u32::try_from(facts.definitions.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|id| facts.definitions[*id as usize].body.start);
    for id in order {
        let definition = &facts.definitions[id as usize];
        let def = Def { file, id };
        let begin = tokens.all.len();
        while facts.statements.get(next).is_some_and(|start| *start < definition.body.start) {
            next += 1;
        }
        let skipped = definition.kind == DefKind::Class || foreign(def);
        while let Some(start) = facts.statements.get(next).copied().filter(|s| *s < definition.body.end) {
            next += 1;
            let end = facts.statements.get(next).map_or(definition.body.end, |s| (*s).min(definition.body.end));
            if !skipped
                && start < end
                && let Some(token) = hashes.token(&is_option, facts, start, end)
            {
                tokens.all.push(token);
            }
        }
        if tokens.all.len() > begin {
            tokens.bodies.push((u32::try_from(begin).unwrap_or(u32::MAX), def));
        }
    }
    tokens.prints = super::pairs::fingerprints(&tokens);
    tokens.prints.sort_unstable();
    tokens.prints.dedup_by_key(|(print, _)| *print);
    tokens
}

/// The hashes of the operations of one statement.
#[derive(Default)]
struct Hashes {
    start: Val,
    values: Vec<(u64, u64)>,
}

/// A value that another statement made.
const OUTSIDE: u64 = 0x6c6f_6361_6c00;

impl Hashes {
    fn token(&mut self, skip: &dyn Fn(Val, OpKind) -> bool, facts: &Facts, start: Val, end: Val) -> Option<Token> {
        self.start = start;
        self.values.clear();
        let (mut exact, mut shape) = (FxHasher::default(), FxHasher::default());
        let (mut acts, mut last) = (false, None);
        for value in start..end {
            let kind = facts.op(value).kind;
            if matches!(kind, OpKind::Define(_) | OpKind::Import(_)) || skip(value, kind) {
                return None;
            }
            let hash = self.hash(facts, value, kind);
            self.values.push(hash);
            if is_silent(kind) {
                last = last.or(is_literal(kind).then_some(hash));
                continue;
            }
            acts = true;
            exact.write_u64(hash.0);
            shape.write_u64(hash.1);
        }
        if !acts {
            // A name for a literal.
            let (value, kind) = last?;
            exact.write_u64(value);
            shape.write_u64(kind);
        }
        Some(Token { exact: exact.finish(), shape: shape.finish(), start, end })
    }

    fn of(&self, facts: &Facts, value: Val) -> (u64, u64) {
        match value.checked_sub(self.start).and_then(|i| self.values.get(i as usize)) {
            Some(hash) => *hash,
            None => outside(facts, value),
        }
    }

    fn run(&self, facts: &Facts, operands: Operands, into: &mut (FxHasher, FxHasher)) {
        for operand in facts.operands(operands) {
            let role = match operand.role {
                Role::Plain => 1,
                Role::Star => 2,
                Role::Spread => 3,
                Role::Key => 4,
                Role::Named(name) => content(name),
            };
            let (exact, shape) = self.of(facts, operand.value);
            both(into, role);
            into.0.write_u64(exact);
            into.1.write_u64(shape);
        }
    }

    fn hash(&self, facts: &Facts, value: Val, kind: OpKind) -> (u64, u64) {
        let mut into = (FxHasher::default(), FxHasher::default());
        std::mem::discriminant(&kind).hash(&mut into.0);
        let mut values: [Option<Val>; 3] = [None; 3];
        let literal = |into: &mut (FxHasher, FxHasher), number: u64, word: u64| {
            into.0.write_u64(number);
            into.1.write_u64(word);
        };
        match kind {
            OpKind::Str(text) => literal(&mut into, content(text), 1),
            OpKind::Int(number) => literal(&mut into, number.cast_unsigned(), 2),
            OpKind::Float(bits) => literal(&mut into, bits, 2),
            OpKind::Bool(value) => literal(&mut into, u64::from(value), 3),
            OpKind::Import(_) | OpKind::Global(_) | OpKind::Define(_) => return outside(facts, value),
            OpKind::Path(name) => both(&mut into, content(name)),
            OpKind::Param(_) | OpKind::Either(_) => return (OUTSIDE, OUTSIDE),
            OpKind::Attr(object, name) => {
                both(&mut into, content(name));
                values[0] = Some(object);
            }
            OpKind::SetAttr(object, name, to) => {
                both(&mut into, content(name));
                values = [Some(object), Some(to), None];
            }
            OpKind::Call(function, operands) => {
                values[0] = Some(function);
                self.run(facts, operands, &mut into);
            }
            OpKind::List(o) | OpKind::Tuple(o) | OpKind::Dict(o) | OpKind::Format(o) => {
                self.run(facts, o, &mut into);
            }
            OpKind::Binary(operator, left, right) => {
                both(&mut into, operator as u64);
                values = [Some(left), Some(right), None];
            }
            OpKind::Compare(comparison, left, right) => {
                both(&mut into, comparison as u64);
                values = [Some(left), Some(right), None];
            }
            OpKind::SetIndex(object, index, to) => values = [Some(object), Some(index), Some(to)],
            OpKind::Index(a, b) | OpKind::Slice(a, b) => values = [Some(a), Some(b), None],
            OpKind::Part(of, index) => {
                both(&mut into, u64::from(index));
                values[0] = Some(of);
            }
            OpKind::Element(of)
            | OpKind::Not(of)
            | OpKind::Delete(of)
            | OpKind::Return(of)
            | OpKind::If(of, _)
            | OpKind::With(of)
            | OpKind::Test(of) => values[0] = Some(of),
            _ => {}
        }
        for of in values.into_iter().flatten() {
            let (exact, shape) = self.of(facts, of);
            into.0.write_u64(exact);
            into.1.write_u64(shape);
        }
        std::mem::discriminant(&kind).hash(&mut into.1);
        (into.0.finish(), into.1.finish())
    }
}

/// A number for a text, the same in every run: which fingerprints are kept, and so what is found, rests on it. The
/// interner's own hashes have another key in each process.
fn content(text: Text) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn both(into: &mut (FxHasher, FxHasher), number: u64) {
    into.0.write_u64(number);
    into.1.write_u64(number);
}

/// What a value is called that another statement made: names of modules, functions and classes count, locals do not.
fn outside(facts: &Facts, value: Val) -> (u64, u64) {
    let name = |name: Text| (content(name), content(name));
    match facts.op(value).kind {
        OpKind::Global(global) => name(global),
        OpKind::Import(import) => {
            facts.imports.get(import as usize).map_or((OUTSIDE, OUTSIDE), |import| name(import.alias))
        }
        OpKind::Define(id) => facts.definitions.get(id as usize).map_or((OUTSIDE, OUTSIDE), |d| name(d.name)),
        _ => (OUTSIDE, OUTSIDE),
    }
}

/// Operations that only stand for a value, or that a module's body has and a function's has not.
fn is_silent(kind: OpKind) -> bool {
    is_literal(kind)
        || matches!(
            kind,
            OpKind::Param(_)
                | OpKind::Global(_)
                | OpKind::Unknown
                | OpKind::Nothing
                | OpKind::Bind(..)
                | OpKind::Either(_)
                | OpKind::After(..)
                | OpKind::End(_)
                | OpKind::Else(..)
        )
}

fn is_literal(kind: OpKind) -> bool {
    matches!(kind, OpKind::Str(_) | OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_))
}

/// Does the operation define an option of a command line? Programs list many, and much the same ones.
fn is_option(view: &View<'_>, file: FileId, value: Val, kind: OpKind) -> bool {
    matches!(kind, OpKind::Call(..))
        && view.types.callees(Node { file, value }).iter().any(|c| matches!(c, Callee::Meaning(m) if m.defines_option))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens of a Python file, as (exact, shape).
    fn tokens(text: &str) -> Vec<(u64, u64)> {
        let facts = crate::read::python::read(text);
        let mut hashes = Hashes::default();
        let body = &facts.definitions[0].body;
        let starts = || facts.statements.iter().copied().filter(|s| body.contains(s));
        let ends = starts().skip(1).chain([body.end]);
        let all = starts().zip(ends).filter(|(start, end)| start < end);
        all.filter_map(|(start, end)| hashes.token(&|_, _| false, &facts, start, end))
            .map(|t| (t.exact, t.shape))
            .collect()
    }

    #[test]
    fn locals_and_imports_do_not_matter_but_what_is_done_does() {
        let one = tokens("import pandas as pd\na = pd.read_csv('x.csv')\na['k'] = a['l'].fillna(0)\n");
        let renamed =
            tokens("import pandas as pd\nimport os\nrows = pd.read_csv('x.csv')\nrows['k'] = rows['l'].fillna(0)\n");
        assert_eq!(one, renamed);
        let other = tokens("import pandas as pd\na = pd.read_csv('x.csv')\na['k'] = a['l'].dropna(0)\n");
        assert_eq!(one[0], other[0]);
        assert_ne!(one[1].1, other[1].1);
    }

    #[test]
    fn a_literal_makes_another_statement_of_the_same_shape() {
        let (one, other) = (tokens("f(a, rate=0.1)\n"), tokens("f(a, rate=0.2)\n"));
        assert_ne!(one[0].0, other[0].0);
        assert_eq!(one[0].1, other[0].1);
        assert_ne!(one[0].1, tokens("f(a, depth=0.1)\n")[0].1);
    }
}
