//! Rust source (syn) lowered to facts.

mod adapter;
mod annotation;
mod expression;
mod guard;
mod item;
mod macros;
mod names;
mod pattern;
mod setting;
mod statement;
mod words;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::rc::Rc;

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{Block, ExprClosure, File, Ident, Item, Signature};

use crate::fact::{DefId, DefKind, Definition, Facts, OpKind, Operand, Operands, ProblemKind, Role, Text, Val};
use crate::read::scope::{Reach, Scope};
use crate::source::Span;
use names::Names;

/// Expressions that nest beyond this are not code that people wrote.
const DEPTH_LIMIT: usize = 1000;

/// Strings longer than this are data or prose, not places.
const TEXT_LIMIT: usize = 16 * 1024;

/// Functions within functions beyond this are not code that people wrote; every level is copied once.
const NESTING_LIMIT: u32 = 64;

/// Values of one name that are worth keeping apart.
const REACH_LIMIT: usize = 16;

/// Reads a Rust source file.
pub fn read(text: &str) -> Facts {
    let mut facts = Facts::default();
    match without_shebang(text).parse::<TokenStream>() {
        Ok(tokens) => {
            facts.notes = super::comments::notes(text, guard::comments(text, &tokens).into_iter());
            let depth = guard::Depth::of(&tokens);
            if depth.is_too_deep() {
                facts.trouble(ProblemKind::TooDeep, "brackets or operators nest too deeply", Span::default());
            } else {
                facts = stacker::grow(depth.stack(), || parsed(tokens, facts, text.len()));
            }
        }
        Err(error) => facts.trouble(ProblemKind::Syntax, "a bracket, quote or character is amiss", at(error.span())),
    }
    // The text of every file that is lexed on this thread would be kept otherwise.
    proc_macro2::extra::invalidate_current_thread_spans();
    facts
}

/// The text with its `#!` line as a comment of the same length.
fn without_shebang(text: &str) -> Cow<'_, str> {
    match text.strip_prefix("#!") {
        Some(rest) if !rest.trim_start().starts_with('[') => Cow::Owned(format!("//{rest}")),
        _ => Cow::Borrowed(text),
    }
}

fn parsed(tokens: TokenStream, mut facts: Facts, length: usize) -> Facts {
    let words = words::all(&tokens);
    match syn::parse2::<File>(tokens) {
        Ok(file) => {
            let mut lowering = Lowering { facts, words, ..Lowering::default() };
            lowering.module(file.items, length);
            lowering.facts
        }
        Err(error) => {
            facts.trouble(ProblemKind::Syntax, error.to_string(), at(error.span()));
            facts
        }
    }
}

/// A token's place in the file.
fn at(span: proc_macro2::Span) -> Span {
    let range = span.byte_range();
    Span::new(range.start, range.end)
}

/// From the start of one place to the end of another.
fn across(from: Span, to: Span) -> Span {
    Span { start: from.start, end: to.end.max(from.start) }
}

/// A name, without the `r#` that lets a keyword be one.
fn word(ident: &Ident) -> Text {
    Text::from(&ident.unraw().to_string())
}

fn plain(value: Val) -> Operand {
    Operand { value, role: Role::Plain }
}

/// A value and the place of the expression that gives it; a local name's value was made elsewhere.
type Made = (Val, Span);

/// What the code of a body stands in.
#[derive(Clone, Default)]
struct Context {
    /// The type that `Self` is.
    own: Option<Rc<syn::Path>>,
    /// How many inline modules are around it: those are read as if they were not there.
    inline: u32,
    /// How many bodies are around it.
    nested: u32,
}

/// A body that waits until the one it stands in is complete, so that every body is one run of operations.
enum Body {
    Module(Vec<(Item, u32)>),
    Class(item::Class),
    Function(Box<Signature>, Box<Block>),
    Closure(Box<ExprClosure>),
}

#[derive(Default)]
struct Lowering {
    facts: Facts,
    scope: Scope<'static>,
    context: Context,
    waiting: VecDeque<(DefId, Context, Body)>,
    names: Names,
    /// What the file's tokens mention.
    words: Vec<(words::Word, Span)>,
    /// Names that `let` binds in the blocks around, and what they meant before: put back where the block ends.
    shadowed: Vec<(Text, Option<Reach>)>,
    /// Names whose block has ended: closures may have captured them.
    faded: Vec<(Text, Reach)>,
    depth: usize,
    too_deep: bool,
}

impl Lowering {
    fn module(&mut self, items: Vec<Item>, length: usize) {
        self.define(DefKind::Module, "<module>".into(), Span::default(), Span::new(0, length));
        let items = self.outlined(items);
        self.waiting.push_back((0, Context::default(), Body::Module(items)));
        while let Some((id, context, body)) = self.waiting.pop_front() {
            self.context = context;
            self.body(id, body);
        }
    }

    fn body(&mut self, id: DefId, body: Body) {
        let start = self.next();
        let Some(definition) = self.facts.definitions.get(id as usize) else { return };
        self.scope = Scope::new(id, definition.kind != DefKind::Function);
        self.shadowed.clear();
        self.faded.clear();
        match body {
            Body::Module(items) => {
                self.items(items);
                let words = std::mem::take(&mut self.words);
                self.mention(&words);
            }
            Body::Class(class) => self.members(class),
            Body::Function(signature, block) => {
                self.bind_params(id, signature.inputs.iter());
                let tail = self.statements(&block);
                self.give_back(tail);
            }
            Body::Closure(closure) => {
                self.bind_closure_params(id, &closure);
                let value = self.expression(&closure.body);
                if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
                    definition.whole = across(definition.span, value.1);
                }
                self.give_back(Some(value));
            }
        }
        let bindings = self.bindings();
        let end = self.next();
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.body = start..end;
            definition.bindings = bindings;
        }
    }

    /// A body's last expression is what it returns.
    fn give_back(&mut self, tail: Option<Made>) {
        if let Some((value, span)) = tail.filter(|_| !self.scope.left) {
            self.emit(OpKind::Return(value), span);
        }
    }

    /// All names of the body that is complete, those of its inner blocks included.
    fn bindings(&mut self) -> Vec<(Text, Val)> {
        let mut all = self.scope.bindings();
        for (name, reach) in std::mem::take(&mut self.faded) {
            match all.binary_search_by(|(known, _)| (*known).cmp(name.as_str())) {
                Ok(index) => {
                    let known = &mut all[index].1;
                    known.extend(reach);
                    known.sort_unstable();
                    known.dedup();
                    known.truncate(REACH_LIMIT);
                }
                Err(index) => all.insert(index, (name.as_str(), reach)),
            }
        }
        all.into_iter().map(|(name, reach)| (Text::from(name), self.either(&reach, Span::default()))).collect()
    }

    fn define(&mut self, kind: DefKind, name: Text, span: Span, whole: Span) -> DefId {
        let id = u32::try_from(self.facts.definitions.len()).unwrap_or(u32::MAX);
        self.facts.definitions.push(Definition::new(kind, name, self.scope.definition, span, whole));
        id
    }

    /// Lets a body wait for its turn, in the surroundings of now.
    fn wait(&mut self, id: DefId, body: Body) {
        let mut context = self.context.clone();
        context.nested += 1;
        if context.nested > NESTING_LIMIT {
            return self.give_up("functions nest too deeply");
        }
        self.waiting.push_back((id, context, body));
    }

    fn give_up(&mut self, reason: &str) {
        if !std::mem::replace(&mut self.too_deep, true) {
            self.facts.trouble(ProblemKind::TooDeep, reason, Span::default());
        }
    }

    fn count_statement(&mut self) {
        self.facts.begin_statement();
        if let Some(definition) = self.facts.definitions.get_mut(self.scope.definition as usize) {
            definition.statements += 1;
        }
    }

    /// Binds a name that is seen from outside of the body, where there are such.
    fn bind(&mut self, name: Text, value: Val, span: Span) {
        if self.scope.public {
            self.emit(OpKind::Bind(name, value), span);
        }
        self.scope.bind(name.as_str(), value);
    }

    /// Binds a name up to the end of the block around.
    fn declare(&mut self, name: Text, value: Val) {
        self.shadowed.push((name, self.scope.find(name.as_str()).cloned()));
        self.scope.bind(name.as_str(), value);
    }

    /// Ends a block: names that it bound mean again what they meant before.
    fn fade(&mut self, mark: usize) {
        while self.shadowed.len() > mark {
            let Some((name, before)) = self.shadowed.pop() else { break };
            if let Some(reach) = self.scope.find(name.as_str()) {
                self.faded.push((name, reach.clone()));
            }
            self.scope.restore(name.as_str(), before);
        }
    }

    fn next(&self) -> Val {
        self.facts.next_value()
    }

    fn emit(&mut self, kind: OpKind, span: Span) -> Val {
        self.facts.emit(kind, span)
    }

    fn operands(&mut self, operands: &[Operand]) -> Operands {
        self.facts.add_operands(operands)
    }

    fn either(&mut self, reach: &[Val], span: Span) -> Val {
        self.facts.either(reach, span)
    }

    /// Runs `inner` one level deeper; gives up beyond the limit. The stack fits: it was made for this file.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_LIMIT {
            self.give_up("expressions nest too deeply");
            return None;
        }
        self.depth += 1;
        let value = inner(self);
        self.depth -= 1;
        Some(value)
    }
}
