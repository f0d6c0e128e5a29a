//! Expressions lowered to operations.

use smallvec::SmallVec;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprCall, ExprClosure, ExprMethodCall, ExprStruct, Token, UnOp};

use super::annotation::Bounds;
use super::names::place;
use super::pattern::{bare_name, member};
use super::{Body, Lowering, Made, across, at, plain, word};
use crate::fact::{Comparison, DefId, DefKind, OpKind, Operand, Operator, Param, ParamKind, Role, Text, Val};
use crate::source::Span;

pub(super) type Gathered = SmallVec<[Operand; 8]>;

/// Methods of the language's own traits and of `Option` and `Result` whose result is, for who follows values, the
/// object itself.
pub(super) const SAME: [&str; 30] = [
    "unwrap",
    "expect",
    "unwrap_or_default",
    "ok",
    "ok_or",
    "ok_or_else",
    "map_err",
    "context",
    "with_context",
    "clone",
    "cloned",
    "copied",
    "to_owned",
    "into_owned",
    "to_string",
    "into",
    "try_into",
    "as_ref",
    "as_mut",
    "as_deref",
    "as_str",
    "as_path",
    "as_slice",
    "as_os_str",
    "borrow",
    "borrow_mut",
    "display",
    "to_str",
    "to_string_lossy",
    "to_path_buf",
];

impl Lowering {
    /// Lowers an expression and gives its value and place.
    pub(super) fn expression(&mut self, expression: &Expr) -> Made {
        match self.deeper(|this| this.expression_inside(expression)) {
            Some(made) => made,
            None => (self.emit(OpKind::Unknown, Span::default()), Span::default()),
        }
    }

    fn expression_inside(&mut self, expression: &Expr) -> Made {
        match expression {
            Expr::Lit(of) => {
                let span = at(of.lit.span());
                (self.literal(&of.lit, span), span)
            }
            Expr::Path(of) => {
                let span = place(&of.path);
                (self.path(&of.path), span)
            }
            Expr::MethodCall(of) => self.method_call(of),
            Expr::Call(of) => self.call(of),
            Expr::Macro(of) => self.macro_call(&of.mac),
            Expr::Field(of) => {
                let (object, from) = self.expression(&of.base);
                let span = across(from, at(of.member.span()));
                (self.field(&of.base, object, member(&of.member), span), span)
            }
            // What only passes its value on.
            Expr::Reference(of) => self.starting(at(of.and_token.span), &of.expr),
            Expr::RawAddr(of) => self.starting(at(of.and_token.span), &of.expr),
            Expr::Unary(of) => self.unary(&of.op, &of.expr),
            Expr::Try(of) => self.ending(&of.expr, at(of.question_token.span)),
            Expr::Await(of) => self.ending(&of.base, at(of.await_token.span)),
            Expr::Cast(of) => self.expression(&of.expr),
            Expr::Group(of) => self.expression(&of.expr),
            Expr::Paren(of) => {
                let (value, _) = self.expression(&of.expr);
                (value, at(of.paren_token.span.join()))
            }
            Expr::Binary(of) => self.binary(of),
            Expr::Index(of) => {
                let (object, from) = self.expression(&of.expr);
                let index = self.index(&of.index);
                let span = across(from, at(of.bracket_token.span.close()));
                (self.emit(OpKind::Index(object, index), span), span)
            }
            Expr::Range(_) => self.unfollowed(expression),
            Expr::Array(of) => {
                let gathered = self.gather(of.elems.iter());
                let operands = self.operands(&gathered);
                self.made(OpKind::List(operands), at(of.bracket_token.span.join()))
            }
            Expr::Repeat(of) => {
                let (element, _) = self.expression(&of.expr);
                self.expression(&of.len);
                let operands = self.operands(&[plain(element)]);
                self.made(OpKind::List(operands), at(of.bracket_token.span.join()))
            }
            Expr::Tuple(of) => {
                let span = at(of.paren_token.span.join());
                if of.elems.is_empty() {
                    return self.made(OpKind::Nothing, span);
                }
                let gathered = self.gather(of.elems.iter());
                let operands = self.operands(&gathered);
                self.made(OpKind::Tuple(operands), span)
            }
            Expr::Struct(of) => self.construct(of),
            Expr::Closure(of) => self.closure(of),
            Expr::Assign(of) => {
                let (value, to) = self.expression(&of.right);
                let from = self.assign(&of.left, value);
                self.made(OpKind::Nothing, across(from, to))
            }
            Expr::Let(of) => {
                let (value, to) = self.expression(&of.expr);
                self.pattern(&of.pat, value);
                self.made(OpKind::Unknown, across(at(of.let_token.span), to))
            }
            _ => self.control(expression),
        }
    }

    fn made(&mut self, kind: OpKind, span: Span) -> Made {
        (self.emit(kind, span), span)
    }

    fn starting(&mut self, from: Span, inner: &Expr) -> Made {
        let (value, to) = self.expression(inner);
        (value, across(from, to))
    }

    fn ending(&mut self, inner: &Expr, to: Span) -> Made {
        let (value, from) = self.expression(inner);
        (value, across(from, to))
    }

    /// Ranges: their ends are looked at, but they are nothing to follow.
    fn unfollowed(&mut self, expression: &Expr) -> Made {
        let mut span = Span::default();
        if let Expr::Range(of) = expression {
            for end in [&of.start, &of.end].into_iter().flatten() {
                let (_, place) = self.expression(end);
                span = if span == Span::default() { place } else { across(span, place) };
            }
        }
        self.made(OpKind::Unknown, span)
    }

    fn index(&mut self, index: &Expr) -> Val {
        let Expr::Range(of) = index else { return self.expression(index).0 };
        let mut end = |end: &Option<Box<Expr>>| end.as_deref().map_or(Val::MAX, |e| self.expression(e).0);
        let (lower, upper) = (end(&of.start), end(&of.end));
        self.emit(OpKind::Slice(lower, upper), Span::default())
    }

    /// `object.name`; numbers are a tuple's parts, or the fields of the own tuple struct.
    fn field(&mut self, base: &Expr, object: Val, name: Text, span: Span) -> Val {
        match name.parse() {
            Ok(index) if bare_name(base).is_none_or(|n| n != "self") => self.emit(OpKind::Part(object, index), span),
            _ => self.emit(OpKind::Attr(object, name), span),
        }
    }

    fn unary(&mut self, op: &UnOp, inner: &Expr) -> Made {
        let (value, to) = self.expression(inner);
        let span = across(at(op.span()), to);
        let kind = match (op, self.facts.op(value).kind) {
            (UnOp::Deref(_), _) => return (value, span),
            (UnOp::Not(_), _) => OpKind::Not(value),
            (_, OpKind::Int(int)) => int.checked_neg().map_or(OpKind::Unknown, OpKind::Int),
            (_, OpKind::Float(bits)) => OpKind::Float((-f64::from_bits(bits)).to_bits()),
            _ => OpKind::Binary(Operator::Other, value, value),
        };
        self.made(kind, span)
    }

    fn binary(&mut self, of: &syn::ExprBinary) -> Made {
        let (left, from) = self.expression(&of.left);
        let (right, to) = self.expression(&of.right);
        let span = across(from, to);
        let kind = match comparison(&of.op) {
            Some(comparison) => OpKind::Compare(comparison, left, right),
            None => OpKind::Binary(operator(&of.op), left, right),
        };
        let value = self.emit(kind, span);
        if is_assignment(&of.op) {
            self.assign(&of.left, value);
        }
        (value, span)
    }

    fn gather<'e>(&mut self, expressions: impl Iterator<Item = &'e Expr>) -> Gathered {
        expressions.map(|e| plain(self.expression(e).0)).collect()
    }

    fn call(&mut self, call: &ExprCall) -> Made {
        let end = at(call.paren_token.span.close());
        // `Ok(x)` and `Some(x)` stand for what they hold, as `?` takes it out again.
        if let (Expr::Path(path), Some(only)) = (&*call.func, call.args.first())
            && path.path.get_ident().is_some_and(|name| name == "Ok" || name == "Some")
        {
            let (value, _) = self.expression(only);
            return (value, across(place(&path.path), end));
        }
        // `Arc::clone(&x)`, `ToString::to_string(&x)`: the method of a type or trait, called by its path.
        if let (Expr::Path(path), Some(only)) = (&*call.func, call.args.first())
            && call.args.len() == 1
            && self.is_same(&path.path)
        {
            let (value, _) = self.expression(only);
            return (value, across(place(&path.path), end));
        }
        let (function, from) = self.expression(&call.func);
        let gathered = self.gather(call.args.iter());
        let operands = self.operands(&gathered);
        let span = across(from, end);
        let value = self.emit(OpKind::Call(function, operands), span);
        self.lend(&call.args, value, span);
        (value, span)
    }

    /// Is a path the name of a method that gives its object itself, of a type that is not the file's own?
    fn is_same(&self, path: &syn::Path) -> bool {
        let path = super::names::segments(path);
        matches!(path.as_slice(), [.., of, name]
            if SAME.contains(&name.as_str()) && of.starts_with(char::is_uppercase) && of != "Self" && !self.names.is_item(*of))
    }

    fn method_call(&mut self, call: &ExprMethodCall) -> Made {
        let (object, from) = self.expression(&call.receiver);
        let span = across(from, at(call.paren_token.span.close()));
        let name = word(&call.method);
        if SAME.contains(&name.as_str()) {
            self.gather(call.args.iter());
            return (object, span);
        }
        if let ("unwrap_or" | "unwrap_or_else" | "or" | "or_else", Some(other)) = (name.as_str(), call.args.first()) {
            let (mut other, _) = self.expression(other);
            if let OpKind::Define(_) = self.facts.op(other).kind {
                let none = self.operands(&[]);
                other = self.emit(OpKind::Call(other, none), span);
            }
            return (self.either(&[object, other], span), span);
        }
        let function = self.emit(OpKind::Attr(object, name), across(from, at(call.method.span())));
        let gathered = self.gather(call.args.iter());
        if let Some(pairs) = self.paired(&name, object, &gathered, span) {
            return (pairs, span);
        }
        let operands = self.operands(&gathered);
        let value = self.emit(OpKind::Call(function, operands), span);
        self.lend(&call.args, value, span);
        self.adapted(call, object, value, &gathered, span)
    }

    /// What is lent as `&mut name` may be another value after the call.
    fn lend(&mut self, arguments: &Punctuated<Expr, Token![,]>, call: Val, span: Span) {
        for argument in arguments {
            let Expr::Reference(of) = argument else { continue };
            if of.mutability.is_some()
                && let Some(name) = bare_name(&of.expr)
            {
                self.changed(name, call, span);
            }
        }
    }

    /// A local name's value after a call that was made for its effect on it.
    pub(super) fn changed(&mut self, name: Text, call: Val, span: Span) {
        let Some(reach) = self.scope.find(name.as_str()).cloned() else { return };
        let before = self.either(&reach, span);
        let after = self.emit(OpKind::After(before, call), span);
        self.scope.bind(name.as_str(), after);
    }

    /// `Type { field: value }`: a call of the type, and what its fields hold.
    fn construct(&mut self, of: &ExprStruct) -> Made {
        let span = across(place(&of.path), at(of.brace_token.span.close()));
        let class = self.path(&of.path);
        let mut gathered = Gathered::new();
        for field in &of.fields {
            let (value, _) = self.expression(&field.expr);
            gathered.push(Operand { value, role: Role::Named(member(&field.member)) });
        }
        if let Some(rest) = of.rest.as_deref() {
            gathered.push(Operand { value: self.expression(rest).0, role: Role::Spread });
        }
        let operands = self.operands(&gathered);
        let object = self.emit(OpKind::Call(class, operands), span);
        for operand in gathered {
            if let Role::Named(name) = operand.role {
                self.emit(OpKind::SetAttr(object, name, operand.value), span);
            }
        }
        (object, span)
    }

    fn closure(&mut self, closure: &ExprClosure) -> Made {
        let from = at(closure.inputs_begin.span);
        let id = self.define(DefKind::Function, "<closure>".into(), from, from);
        let params = closure.inputs.iter().map(|input| self.closure_param(input)).collect();
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.params = params;
            definition.lazy = closure.asyncness.is_some();
        }
        self.wait(id, Body::Closure(Box::new(closure.clone())));
        self.made(OpKind::Define(id), from)
    }

    fn closure_param(&mut self, input: &syn::Pat) -> Param {
        let annotation = match input {
            syn::Pat::Type(typed) => Some(self.annotation(&typed.ty, &Bounds(None))),
            _ => None,
        };
        param(input, annotation)
    }

    /// At the start of a closure's body: an operation for every parameter, bound to its names.
    pub(super) fn bind_closure_params(&mut self, id: DefId, closure: &ExprClosure) {
        for (index, input) in closure.inputs.iter().enumerate() {
            let value = self.bind_param(id, index);
            self.pattern(input, value);
        }
    }

    /// The operation that stands for a parameter in its body.
    pub(super) fn bind_param(&mut self, id: DefId, index: usize) -> Val {
        let known = self.facts.definitions.get(id as usize).and_then(|d| d.params.get(index));
        let span = known.map_or_else(Span::default, |p| p.span);
        let value = self.emit(OpKind::Param(u32::try_from(index).unwrap_or(u32::MAX)), span);
        if let Some(param) = self.facts.definitions.get_mut(id as usize).and_then(|d| d.params.get_mut(index)) {
            param.value = value;
        }
        value
    }
}

/// A parameter that a pattern takes apart; its name is the pattern's only one, if it is so simple.
pub(super) fn param(pattern: &syn::Pat, annotation: Option<Val>) -> Param {
    let mut inner = pattern;
    loop {
        inner = match inner {
            syn::Pat::Type(of) => &of.pat,
            syn::Pat::Reference(of) => &of.pat,
            syn::Pat::Paren(of) => &of.pat,
            _ => break,
        };
    }
    let (name, span) = match inner {
        syn::Pat::Ident(of) => (word(&of.ident), at(of.ident.span())),
        other => (Text::from("_"), at(other.span())),
    };
    Param { name, kind: ParamKind::Plain, default: None, annotation, value: 0, span }
}

fn comparison(op: &BinOp) -> Option<Comparison> {
    Some(match op {
        BinOp::Eq(_) => Comparison::Equal,
        BinOp::Ne(_) => Comparison::Unequal,
        BinOp::Lt(_) => Comparison::Less,
        BinOp::Le(_) => Comparison::AtMost,
        BinOp::Gt(_) => Comparison::Greater,
        BinOp::Ge(_) => Comparison::AtLeast,
        _ => return None,
    })
}

fn operator(op: &BinOp) -> Operator {
    match op {
        BinOp::Add(_) | BinOp::AddAssign(_) => Operator::Add,
        BinOp::Sub(_) | BinOp::SubAssign(_) => Operator::Sub,
        BinOp::Mul(_) | BinOp::MulAssign(_) => Operator::Mul,
        BinOp::Div(_) | BinOp::DivAssign(_) => Operator::Div,
        BinOp::Rem(_) | BinOp::RemAssign(_) => Operator::Mod,
        BinOp::BitAnd(_) | BinOp::BitOr(_) | BinOp::BitAndAssign(_) | BinOp::BitOrAssign(_) => Operator::Bit,
        BinOp::And(_) | BinOp::Or(_) => Operator::Bit,
        _ => Operator::Other,
    }
}

fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}
