//! Statements lowered to operations, in source order, with the names that each binds.

use ruff_python_ast::{
    ElifElseClause, ExceptHandler, Expr, Number, Pattern, Stmt, StmtClassDef, StmtFor, StmtFunctionDef, StmtIf,
    StmtMatch, StmtTry, StmtWhile, StmtWith,
};
use ruff_text_size::Ranged;

use super::expression::operator;
use super::{Body, Lowering, span};
use crate::fact::{DefKind, Import, OpKind, Text, Val};
use crate::read::scope::{Arm, Jump};
use crate::source::Span;

impl<'a> Lowering<'a> {
    /// Lowers a block of statements.
    pub(super) fn block(&mut self, statements: &'a [Stmt]) {
        for statement in statements {
            if let Some(definition) = self.current() {
                definition.statements += 1;
            }
            self.facts.begin_statement();
            self.deeper(|this| this.statement(statement));
        }
    }

    fn statement(&mut self, statement: &'a Stmt) {
        let at = span(statement.range());
        match statement {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Return(returned) => {
                let value = match returned.value.as_deref() {
                    Some(value) => self.expression(value),
                    None => self.emit(OpKind::Nothing, at),
                };
                self.emit(OpKind::Return(value), at);
                self.leave(at);
            }
            Stmt::Delete(delete) => {
                for target in &delete.targets {
                    let value = self.expression(target);
                    let deletion = self.emit(OpKind::Delete(value), at);
                    // `del table["column"]` leaves another table.
                    if let (Expr::Subscript(part), OpKind::Index(object, _)) = (target, self.facts.op(value).kind) {
                        self.change(&part.value, object, deletion, at);
                    }
                }
            }
            Stmt::Assign(assign) => {
                let value = self.expression(&assign.value);
                for target in &assign.targets {
                    self.assign(target, value);
                }
            }
            Stmt::AugAssign(assign) => {
                let before = self.expression(&assign.target);
                let added = self.expression(&assign.value);
                let value = self.emit(OpKind::Binary(operator(assign.op), before, added), at);
                self.assign(&assign.target, value);
            }
            Stmt::AnnAssign(assign) => {
                // The annotation comes first, so that a class's fields can be told by it.
                self.expression(&assign.annotation);
                if let Some(value) = assign.value.as_deref() {
                    let value = self.expression(value);
                    self.assign(&assign.target, value);
                } else if self.scope.public {
                    let value = self.emit(OpKind::Unknown, span(assign.target.range()));
                    self.assign(&assign.target, value);
                }
            }
            Stmt::For(each) => self.for_each(each),
            Stmt::While(again) => self.again(again),
            Stmt::If(choice) => self.choice(choice),
            Stmt::With(with) => self.with(with),
            Stmt::Match(choice) => self.match_(choice),
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::Raise(raise) => {
                for value in [raise.exc.as_deref(), raise.cause.as_deref()].into_iter().flatten() {
                    self.test(value);
                }
                self.emit(OpKind::Raise, at);
                self.leave(at);
            }
            Stmt::Assert(assert) => {
                let held = self.expression(&assert.test);
                self.emit(OpKind::Assert(held), span(assert.test.range()));
                if let Some(message) = assert.msg.as_deref() {
                    self.test(message);
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.name.as_str();
                    let bound =
                        alias.asname.as_ref().map_or_else(|| name.split('.').next().unwrap_or(name), |a| a.as_str());
                    self.import(Text::from(name), 0, None, bound, span(alias.range()));
                }
            }
            Stmt::ImportFrom(import) => {
                let module = Text::from(import.module.as_ref().map_or("", |m| m.as_str()));
                for alias in &import.names {
                    let name = alias.name.as_str();
                    let bound = alias.asname.as_ref().map_or(name, |a| a.as_str());
                    self.import(module, import.level, Some(Text::from(name)), bound, span(alias.range()));
                }
            }
            Stmt::Global(global) => global.names.iter().for_each(|n| self.scope.declare_outer(&n.id)),
            Stmt::Nonlocal(nonlocal) => nonlocal.names.iter().for_each(|n| self.scope.declare_outer(&n.id)),
            Stmt::Expr(expression) => self.effect(&expression.value),
            Stmt::Break(_) => self.jump(Jump::Break, at),
            Stmt::Continue(_) => self.jump(Jump::Continue, at),
            Stmt::Pass(_) | Stmt::TypeAlias(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    /// An expression that stands alone: a call made for what it does to its object, a docstring.
    fn effect(&mut self, expression: &'a Expr) {
        if expression.is_string_literal_expr() {
            return;
        }
        let value = self.expression(expression);
        let OpKind::Call(function, _) = self.facts.op(value).kind else {
            // A notebook's last line shows a value.
            self.emit(OpKind::Test(value), span(expression.range()));
            return;
        };
        let OpKind::Attr(object, _) = self.facts.op(function).kind else { return };
        let Expr::Call(call) = expression else { return };
        let Expr::Attribute(attribute) = &*call.func else { return };
        self.change(&attribute.value, object, value, span(expression.range()));
    }

    /// What a name stands for after something was done to its object.
    fn change(&mut self, of: &'a Expr, object: Val, by: Val, at: Span) {
        let Expr::Name(name) = of else { return };
        let name = name.id.as_str();
        let followed = !matches!(self.facts.op(object).kind, OpKind::Import(_) | OpKind::Define(_) | OpKind::Global(_));
        if followed && !self.scope.is_outer(name) && self.scope.find(name).is_some() {
            let after = self.emit(OpKind::After(object, by), at);
            self.scope.bind(name, after);
        }
    }

    fn jump(&mut self, how: Jump, at: Span) {
        self.scope.jump(how);
        self.leave(at);
    }

    fn leave(&mut self, at: Span) {
        self.emit(OpKind::Leave, at);
        self.scope.left = true;
    }

    fn import(&mut self, module: Text, level: u32, name: Option<Text>, bound: &'a str, at: Span) {
        let index = u32::try_from(self.facts.imports.len()).unwrap_or(u32::MAX);
        let value = self.emit(OpKind::Import(index), at);
        let optional = self.optional;
        self.facts.imports.push(Import { module, level, name, alias: Text::from(bound), value, span: at, optional });
        if bound != "*" {
            self.bind(bound, value, at);
        }
    }

    /// Binds a name to a value, in this body or, where declared so, outside of it.
    fn bind(&mut self, name: &'a str, value: Val, at: Span) {
        if self.scope.public || self.scope.is_outer(name) {
            let word = self.word(name);
            self.emit(OpKind::Bind(word, value), at);
        }
        if !self.scope.is_outer(name) {
            self.scope.bind(name, value);
        }
    }

    /// Assigns a value to a target.
    pub(super) fn assign(&mut self, target: &'a Expr, value: Val) {
        let at = span(target.range());
        match target {
            Expr::Name(name) => self.bind(name.id.as_str(), value, at),
            Expr::Tuple(_) | Expr::List(_) | Expr::Starred(_) => self.unpack(target, value, true),
            Expr::Attribute(attribute) => {
                let object = self.expression(&attribute.value);
                let name = self.word(attribute.attr.as_str());
                self.emit(OpKind::SetAttr(object, name, value), at);
            }
            Expr::Subscript(subscript) => {
                let object = self.expression(&subscript.value);
                let index = self.expression(&subscript.slice);
                let after = self.emit(OpKind::SetIndex(object, index, value), at);
                match &*subscript.value {
                    Expr::Name(name) if self.scope.find(name.id.as_str()).is_some() => {
                        self.scope.bind(name.id.as_str(), after);
                        if self.scope.public {
                            self.emit(OpKind::Bind(Text::from(name.id.as_str()), after), at);
                        }
                    }
                    // `self.df["c"] = v` changes what the attribute holds.
                    Expr::Attribute(attribute) => {
                        if let OpKind::Attr(owner, name) = self.facts.op(object).kind {
                            let at = span(attribute.range());
                            self.emit(OpKind::SetAttr(owner, name, after), at);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Assigns inside a comprehension: its targets are nobody else's names.
    pub(super) fn assign_inside(&mut self, target: &'a Expr, value: Val) {
        match target {
            Expr::Name(name) => self.scope.bind(name.id.as_str(), value),
            other => self.unpack(other, value, false),
        }
    }

    fn unpack(&mut self, target: &'a Expr, value: Val, public: bool) {
        let elements = match target {
            Expr::Tuple(tuple) => tuple.elts.as_slice(),
            Expr::List(list) => list.elts.as_slice(),
            Expr::Starred(starred) => return self.assign(&starred.value, value),
            _ => return,
        };
        let known = match self.facts.op(value).kind {
            OpKind::Tuple(operands) | OpKind::List(operands) if operands.len as usize == elements.len() => {
                Some(operands)
            }
            _ => None,
        };
        for (index, element) in elements.iter().enumerate() {
            let part = known.and_then(|operands| self.facts.operands(operands).get(index).map(|o| o.value));
            let part = part.unwrap_or_else(|| {
                self.emit(OpKind::Part(value, u32::try_from(index).unwrap_or(u32::MAX)), span(element.range()))
            });
            if public { self.assign(element, part) } else { self.assign_inside(element, part) }
        }
    }

    fn function(&mut self, function: &'a StmtFunctionDef) {
        let decorators: Vec<Val> = function.decorator_list.iter().map(|d| self.expression(&d.expression)).collect();
        let at = span(function.name.range());
        let id = self.define(DefKind::Function, function.name.as_str(), at, span(function.range()));
        self.params(id, Some(&function.parameters));
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.decorators = decorators;
            definition.lazy = function.is_async;
        }
        self.waiting.push_back((id, Body::Function(&function.parameters, &function.body)));
        let value = self.emit(OpKind::Define(id), at);
        self.bind(function.name.as_str(), value, at);
    }

    fn class(&mut self, class: &'a StmtClassDef) {
        let decorators: Vec<Val> = class.decorator_list.iter().map(|d| self.expression(&d.expression)).collect();
        let mut bases = Vec::new();
        if let Some(arguments) = class.arguments.as_deref() {
            let operands = self.arguments(arguments);
            bases = self.facts.operands(operands).iter().map(|o| o.value).collect();
        }
        let at = span(class.name.range());
        let id = self.define(DefKind::Class, class.name.as_str(), at, span(class.range()));
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.decorators = decorators;
            definition.bases = bases;
        }
        self.waiting.push_back((id, Body::Plain(&class.body)));
        let value = self.emit(OpKind::Define(id), at);
        self.bind(class.name.as_str(), value, at);
    }

    fn for_each(&mut self, each: &'a StmtFor) {
        let at = span(each.range());
        let sequence = self.expression(&each.iter);
        self.scope.begin_loop();
        let start = self.emit(OpKind::Loop, at);
        let element = self.emit(OpKind::Element(sequence), span(each.target.range()));
        self.assign(&each.target, element);
        self.block(&each.body);
        self.emit(OpKind::End(start), at);
        self.scope.end_loop(false);
        self.unbroken(&each.orelse, at);
    }

    fn again(&mut self, again: &'a StmtWhile) {
        let at = span(again.range());
        self.scope.begin_loop();
        let start = self.emit(OpKind::Loop, at);
        self.test(&again.test);
        self.block(&again.body);
        self.emit(OpKind::End(start), at);
        self.scope.end_loop(is_true(&again.test));
        self.unbroken(&again.orelse, at);
    }

    /// What runs after a loop that nothing broke off.
    fn unbroken(&mut self, block: &'a [Stmt], at: Span) {
        if block.is_empty() {
            return;
        }
        let condition = self.emit(OpKind::Unknown, at);
        let start = self.emit(OpKind::If(condition, count(block)), at);
        let mark = self.scope.begin_arm();
        self.block(block);
        let arm = self.scope.end_arm(mark);
        self.emit(OpKind::End(start), at);
        self.scope.join(vec![arm, Arm::empty()]);
    }

    fn choice(&mut self, choice: &'a StmtIf) {
        let typing = is_type_checking(&choice.test);
        let outside = self.optional;
        self.optional |= typing;
        self.arms(&choice.test, &choice.body, &choice.elif_else_clauses, span(choice.range()));
        self.optional = outside;
    }

    fn arms(&mut self, test: &'a Expr, body: &'a [Stmt], rest: &'a [ElifElseClause], at: Span) {
        let condition = self.expression(test);
        let start = self.emit(OpKind::If(condition, count(body)), at);
        let mark = self.scope.begin_arm();
        self.block(body);
        let mut arms = vec![self.scope.end_arm(mark)];
        match rest.split_first() {
            None => arms.push(Arm::empty()),
            Some((clause, others)) => {
                self.emit(OpKind::Else(start, count(&clause.body)), span(clause.range()));
                let mark = self.scope.begin_arm();
                match &clause.test {
                    Some(test) => {
                        self.deeper(|this| this.arms(test, &clause.body, others, span(clause.range())));
                    }
                    None => self.block(&clause.body),
                }
                arms.push(self.scope.end_arm(mark));
            }
        }
        self.emit(OpKind::End(start), at);
        self.scope.join(arms);
    }

    fn match_(&mut self, choice: &'a StmtMatch) {
        let at = span(choice.range());
        let subject = self.expression(&choice.subject);
        let mut arms = Vec::new();
        let mut whole = false;
        for case in &choice.cases {
            let condition = match &case.pattern {
                Pattern::MatchValue(value) => {
                    let value = self.expression(&value.value);
                    self.emit(OpKind::Compare(crate::fact::Comparison::Equal, subject, value), span(case.range()))
                }
                _ => self.emit(OpKind::Unknown, span(case.range())),
            };
            whole |= case.guard.is_none() && matches!(&case.pattern, Pattern::MatchAs(any) if any.pattern.is_none());
            let start = self.emit(OpKind::If(condition, count(&case.body)), span(case.range()));
            let mark = self.scope.begin_arm();
            self.bind_pattern(&case.pattern, subject);
            if let Some(guard) = case.guard.as_deref() {
                self.expression(guard);
            }
            self.block(&case.body);
            arms.push(self.scope.end_arm(mark));
            self.emit(OpKind::End(start), at);
        }
        if !whole {
            arms.push(Arm::empty());
        }
        self.scope.join(arms);
    }

    /// Binds the names of a pattern; each may be a part of the subject.
    fn bind_pattern(&mut self, pattern: &'a Pattern, subject: Val) {
        match pattern {
            Pattern::MatchAs(captured) => {
                if let Some(inner) = captured.pattern.as_deref() {
                    self.bind_pattern(inner, subject);
                }
                if let Some(name) = &captured.name {
                    self.bind(name.as_str(), subject, span(name.range()));
                }
            }
            Pattern::MatchSequence(sequence) => {
                for inner in &sequence.patterns {
                    let element = self.emit(OpKind::Element(subject), span(inner.range()));
                    self.bind_pattern(inner, element);
                }
            }
            Pattern::MatchOr(any) => any.patterns.iter().for_each(|inner| self.bind_pattern(inner, subject)),
            Pattern::MatchClass(class) => {
                for inner in class.arguments.patterns.iter().chain(class.arguments.keywords.iter().map(|k| &k.pattern))
                {
                    self.bind_pattern(inner, subject);
                }
            }
            Pattern::MatchMapping(mapping) => {
                for inner in &mapping.patterns {
                    let element = self.emit(OpKind::Element(subject), span(inner.range()));
                    self.bind_pattern(inner, element);
                }
            }
            Pattern::MatchStar(rest) => {
                if let Some(name) = &rest.name {
                    self.bind(name.as_str(), subject, span(name.range()));
                }
            }
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        }
    }

    fn with(&mut self, with: &'a StmtWith) {
        let mut open = Vec::new();
        for item in &with.items {
            let value = self.expression(&item.context_expr);
            let opened = self.emit(OpKind::With(value), span(item.range()));
            if let Some(target) = item.optional_vars.as_deref() {
                self.assign(target, opened);
            }
            open.push(opened);
        }
        self.block(&with.body);
        for opened in open {
            self.emit(OpKind::End(opened), span(with.range()));
        }
    }

    fn attempt(&mut self, attempt: &'a StmtTry) {
        let at = span(attempt.range());
        let start = self.emit(OpKind::Try, at);
        let outside = self.optional;
        self.optional |= attempt.handlers.iter().any(handles_import_error);
        let mark = self.scope.begin_arm();
        self.block(&attempt.body);
        self.optional = outside;
        self.block(&attempt.orelse);
        let mut arms = vec![self.scope.end_arm(mark)];
        for handler in &attempt.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            let mark = self.scope.begin_arm();
            self.emit(OpKind::Handler(start), span(handler.range()));
            if let Some(of) = handler.type_.as_deref() {
                self.expression(of);
            }
            if let Some(name) = &handler.name {
                let error = self.emit(OpKind::Unknown, span(name.range()));
                self.bind(name.as_str(), error, span(name.range()));
            }
            self.block(&handler.body);
            arms.push(self.scope.end_arm(mark));
        }
        self.emit(OpKind::End(start), at);
        self.scope.join(arms);
        self.block(&attempt.finalbody);
    }
}

/// How many statements a block holds, those of nested blocks included.
fn count(block: &[Stmt]) -> u32 {
    let inside = |statement: &Stmt| match statement {
        Stmt::If(choice) => count(&choice.body) + choice.elif_else_clauses.iter().map(|c| count(&c.body)).sum::<u32>(),
        Stmt::For(each) => count(&each.body) + count(&each.orelse),
        Stmt::While(again) => count(&again.body) + count(&again.orelse),
        Stmt::With(with) => count(&with.body),
        Stmt::Try(attempt) => count(&attempt.body) + count(&attempt.orelse) + count(&attempt.finalbody),
        Stmt::FunctionDef(function) => count(&function.body),
        Stmt::ClassDef(class) => count(&class.body),
        _ => 0,
    };
    block.iter().map(|s| 1 + inside(s)).sum()
}

/// `while True`
fn is_true(test: &Expr) -> bool {
    match test {
        Expr::BooleanLiteral(of) => of.value,
        Expr::NumberLiteral(of) => matches!(&of.value, Number::Int(int) if int.as_i64() == Some(1)),
        _ => false,
    }
}

fn is_type_checking(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}

fn handles_import_error(handler: &ExceptHandler) -> bool {
    let ExceptHandler::ExceptHandler(handler) = handler;
    let named = |e: &Expr| matches!(e, Expr::Name(n) if n.id == "ImportError" || n.id == "ModuleNotFoundError" || n.id == "Exception");
    match handler.type_.as_deref() {
        None => true,
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(named),
        Some(one) => named(one),
    }
}
