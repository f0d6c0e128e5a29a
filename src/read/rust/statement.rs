//! Blocks and statements lowered to operations, with branches, loops and the names that each binds.

use syn::spanned::Spanned;
use syn::{Block, Expr, ExprIf, ExprMatch, Item, Local, Pat, Stmt};

use super::pattern::{bare_name, member};
use super::{Lowering, Made, across, at};
use crate::fact::{OpKind, Text, Val};
use crate::read::scope::{Arm, Jump};
use crate::source::Span;

impl Lowering {
    /// Lowers a block; its last expression, if it ends in one, is its value.
    pub(super) fn block(&mut self, block: &Block) -> Option<Made> {
        let mark = self.shadowed.len();
        let tail = self.deeper(|this| this.statements(block)).flatten();
        self.fade(mark);
        tail
    }

    /// A block as an expression.
    fn value_of(&mut self, block: &Block) -> Made {
        let span = at(block.brace_token.span.join());
        match self.block(block) {
            Some((value, _)) => (value, span),
            None => (self.emit(OpKind::Nothing, span), span),
        }
    }

    /// Lowers the statements of a block; what they bind stays.
    pub(super) fn statements(&mut self, block: &Block) -> Option<Made> {
        // Items are seen in all of the block, wherever they stand in it.
        let items: Vec<(Item, u32)> = block
            .stmts
            .iter()
            .filter_map(|statement| match statement {
                Stmt::Item(item) => Some((item.clone(), self.context.inline)),
                _ => None,
            })
            .collect();
        if !items.is_empty() {
            self.items(items);
        }
        let mut tail = None;
        for statement in &block.stmts {
            self.count_statement();
            tail = None;
            match statement {
                Stmt::Local(local) => self.local(local),
                Stmt::Expr(expression, None) => tail = Some(self.expression(expression)),
                Stmt::Expr(expression, Some(_)) => self.effect(expression),
                Stmt::Macro(of) => {
                    let made = self.macro_call(&of.mac);
                    tail = of.semi_token.is_none().then_some(made);
                }
                Stmt::Item(_) => {}
            }
        }
        tail
    }

    fn local(&mut self, local: &Local) {
        let Some(init) = &local.init else {
            let value = self.emit(OpKind::Unknown, at(local.let_token.span));
            return self.pattern(&local.pat, value);
        };
        let (value, span) = self.expression(&init.expr);
        if let Some((token, other)) = &init.diverge {
            let condition = self.emit(OpKind::Unknown, span);
            let start = self.emit(OpKind::If(condition, count_in(other)), at(token.span));
            let (arm, _) = self.arm(|this| this.expression(other));
            self.emit(OpKind::End(start), at(token.span));
            self.scope.join(vec![arm, Arm::empty()]);
        }
        if matches!(local.pat, Pat::Wild(_)) && !is_passed_on(&init.expr) {
            // `let _ = ..`: whatever it is, it is thrown away.
            self.emit(OpKind::Delete(value), span);
        }
        self.pattern(&local.pat, value);
    }

    /// A statement: a call made for what it does to the object it is called on, an assignment.
    fn effect(&mut self, expression: &Expr) {
        let (value, span) = self.expression(expression);
        if matches!(expression, Expr::MethodCall(of) if of.method == "ok" && of.args.is_empty()) {
            self.emit(OpKind::Delete(value), span);
        }
        if let Some(name) = subject(expression)
            && let OpKind::Call(..) = self.facts.op(value).kind
        {
            self.changed(name, value, span);
        }
    }

    /// Assigns a value; gives the target's place.
    pub(super) fn assign(&mut self, target: &Expr, value: Val) -> Span {
        match target {
            Expr::Path(of) => {
                let span = super::names::place(&of.path);
                if let Some(name) = bare_name(target).filter(|n| self.scope.find(n.as_str()).is_some()) {
                    self.scope.bind(name.as_str(), value);
                } else if let Some(name) = bare_name(target).filter(|n| self.names.is_item(*n)) {
                    // A `static mut` of the module.
                    self.emit(OpKind::Bind(name, value), span);
                }
                span
            }
            Expr::Field(of) => {
                let (object, from) = self.expression(&of.base);
                let span = across(from, at(of.member.span()));
                self.emit(OpKind::SetAttr(object, member(&of.member), value), span);
                span
            }
            Expr::Index(of) => {
                let (object, from) = self.expression(&of.expr);
                let (index, _) = self.expression(&of.index);
                let span = across(from, at(of.bracket_token.span.close()));
                let after = self.emit(OpKind::SetIndex(object, index, value), span);
                match bare_name(&of.expr).filter(|n| self.scope.find(n.as_str()).is_some()) {
                    Some(name) => self.scope.bind(name.as_str(), after),
                    None => {
                        if let OpKind::Attr(owner, name) = self.facts.op(object).kind {
                            self.emit(OpKind::SetAttr(owner, name, after), span);
                        }
                    }
                }
                span
            }
            Expr::Unary(of) => self.assign(&of.expr, value),
            Expr::Paren(of) => self.assign(&of.expr, value),
            Expr::Tuple(of) => {
                for (index, element) in of.elems.iter().enumerate() {
                    let index = u32::try_from(index).unwrap_or(u32::MAX);
                    let part = self.emit(OpKind::Part(value, index), at(of.paren_token.span.join()));
                    self.assign(element, part);
                }
                at(of.paren_token.span.join())
            }
            _ => Span::default(),
        }
    }

    /// What decides which code runs.
    pub(super) fn control(&mut self, expression: &Expr) -> Made {
        match expression {
            Expr::Block(of) => self.value_of(&of.block),
            Expr::Unsafe(of) => self.value_of(&of.block),
            Expr::Async(of) => {
                // A `return` in it leaves the block alone.
                let made = self.value_of(&of.block);
                self.scope.left = false;
                made
            }
            Expr::Const(of) => self.value_of(&of.block),
            Expr::TryBlock(of) => self.value_of(&of.block),
            Expr::If(of) => self.choice(of),
            Expr::Match(of) => self.cases(of),
            Expr::ForLoop(of) => {
                let (sequence, _) = self.expression(&of.expr);
                let span = across(at(of.for_token.span), at(of.body.brace_token.span.close()));
                self.repeat(span, false, |this| {
                    let element = this.element(sequence, at(of.pat.span()));
                    this.pattern(&of.pat, element);
                    this.block(&of.body);
                })
            }
            Expr::While(of) => {
                let span = across(at(of.while_token.span), at(of.body.brace_token.span.close()));
                self.repeat(span, false, |this| {
                    this.expression(&of.cond);
                    this.block(&of.body);
                })
            }
            Expr::Loop(of) => {
                let span = across(at(of.loop_token.span), at(of.body.brace_token.span.close()));
                self.repeat(span, true, |this| {
                    this.block(&of.body);
                })
            }
            Expr::Return(of) => {
                let span = at(of.return_token.span);
                let (value, to) = match of.expr.as_deref() {
                    Some(value) => self.expression(value),
                    None => (self.emit(OpKind::Nothing, span), span),
                };
                self.emit(OpKind::Return(value), across(span, to));
                self.leave(across(span, to))
            }
            Expr::Break(of) => {
                if let Some(value) = of.expr.as_deref() {
                    self.expression(value);
                }
                self.scope.jump(Jump::Break);
                self.leave(at(of.break_token.span))
            }
            Expr::Continue(of) => {
                self.scope.jump(Jump::Continue);
                self.leave(at(of.continue_token.span))
            }
            other => {
                let span = at(other.span());
                (self.emit(OpKind::Unknown, span), span)
            }
        }
    }

    /// What follows in this block is not run.
    pub(super) fn leave(&mut self, span: Span) -> Made {
        let value = self.emit(OpKind::Leave, span);
        self.scope.left = true;
        (value, span)
    }

    /// Runs an arm of a branch; gives its changes, and its value unless it leaves.
    fn arm(&mut self, inner: impl FnOnce(&mut Self) -> Made) -> (Arm<'static>, Option<Val>) {
        let mark = self.scope.begin_arm();
        let (value, _) = inner(self);
        let value = (!self.scope.left).then_some(value);
        (self.scope.end_arm(mark), value)
    }

    fn choice(&mut self, choice: &ExprIf) -> Made {
        let span = across(at(choice.if_token.span), end_of(choice));
        let outside = self.shadowed.len();
        let (condition, _) = self.expression(&choice.cond);
        let start = self.emit(OpKind::If(condition, count(&choice.then_branch)), span);
        let (then, first) = self.arm(|this| this.value_of(&choice.then_branch));
        // What `if let` binds is not seen in the `else`.
        self.fade(outside);
        let (other, second) = match &choice.else_branch {
            None => (Arm::empty(), None),
            Some((token, other)) => {
                self.emit(OpKind::Else(start, count_in(other)), across(at(token.span), span));
                self.arm(|this| this.expression(other))
            }
        };
        self.emit(OpKind::End(start), span);
        self.scope.join(vec![then, other]);
        let values: Vec<Val> = first.into_iter().chain(second).collect();
        let value = match choice.else_branch {
            Some(_) if !values.is_empty() => self.either(&values, span),
            _ => self.emit(OpKind::Nothing, span),
        };
        (value, span)
    }

    fn cases(&mut self, choice: &ExprMatch) -> Made {
        let span = across(at(choice.match_token.span), at(choice.brace_token.span.close()));
        let (subject, _) = self.expression(&choice.expr);
        let mut arms = Vec::new();
        let mut values = Vec::new();
        for case in &choice.arms {
            let place = at(case.pat.span());
            let condition = self.fits(&case.pat, subject, place);
            let start = self.emit(OpKind::If(condition, count_in(&case.body)), place);
            let outside = self.shadowed.len();
            let (arm, value) = self.arm(|this| {
                this.pattern(&case.pat, subject);
                let made = this.expression(&case.body);
                this.fade(outside);
                made
            });
            self.emit(OpKind::End(start), place);
            arms.push(arm);
            values.extend(value);
        }
        if arms.is_empty() {
            arms.push(Arm::empty());
        }
        self.scope.join(arms);
        values.truncate(super::REACH_LIMIT);
        let value = if values.is_empty() { self.emit(OpKind::Nothing, span) } else { self.either(&values, span) };
        (value, span)
    }

    fn repeat(&mut self, span: Span, endless: bool, inner: impl FnOnce(&mut Self)) -> Made {
        let outside = self.shadowed.len();
        self.scope.begin_loop();
        let start = self.emit(OpKind::Loop, span);
        inner(self);
        self.fade(outside);
        self.emit(OpKind::End(start), span);
        self.scope.end_loop(endless);
        (self.emit(OpKind::Nothing, span), span)
    }
}

/// Does an error not stay in the expression: does it leave the function, or end the program?
fn is_passed_on(expression: &Expr) -> bool {
    match expression {
        Expr::Try(_) => true,
        Expr::MethodCall(of) => of.method == "unwrap" || of.method == "expect",
        Expr::Await(of) => is_passed_on(&of.base),
        Expr::Paren(of) => is_passed_on(&of.expr),
        _ => false,
    }
}

/// The local name on which the calls of a statement are made: `model` in `model.fit(&x)?.report();`
fn subject(expression: &Expr) -> Option<Text> {
    match expression {
        Expr::Try(of) => subject(&of.expr),
        Expr::Await(of) => subject(&of.base),
        Expr::Paren(of) => subject(&of.expr),
        Expr::MethodCall(of) => bare_name(&of.receiver).or_else(|| subject(&of.receiver)),
        _ => None,
    }
}

/// Where an `if` ends, with all that is `else` to it.
fn end_of(choice: &ExprIf) -> Span {
    let mut last = choice;
    loop {
        match last.else_branch.as_ref().map(|(_, other)| &**other) {
            Some(Expr::If(other)) => last = other,
            Some(Expr::Block(other)) => return at(other.block.brace_token.span.close()),
            _ => return at(last.then_branch.brace_token.span.close()),
        }
    }
}

/// How many statements a block holds, those of nested blocks included.
fn count(block: &Block) -> u32 {
    let inside = |statement: &Stmt| match statement {
        Stmt::Expr(expression, _) => nested(expression),
        _ => 0,
    };
    block.stmts.iter().map(|s| 1 + inside(s)).sum()
}

/// The statements of an arm: a lone expression is one.
fn count_in(expression: &Expr) -> u32 {
    match expression {
        Expr::Block(of) => count(&of.block),
        other => 1 + nested(other),
    }
}

fn nested(expression: &Expr) -> u32 {
    match expression {
        Expr::Block(of) => count(&of.block),
        Expr::Unsafe(of) => count(&of.block),
        Expr::If(of) => count(&of.then_branch) + of.else_branch.as_ref().map_or(0, |(_, other)| count_in(other)),
        Expr::ForLoop(of) => count(&of.body),
        Expr::While(of) => count(&of.body),
        Expr::Loop(of) => count(&of.body),
        Expr::Match(of) => of.arms.iter().map(|arm| count_in(&arm.body)).sum(),
        _ => 0,
    }
}
