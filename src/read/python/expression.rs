//! Expressions lowered to operations.

use ruff_python_ast::{
    Arguments, BoolOp, CmpOp, Comprehension, Expr, ExprCall, ExprFString, FStringPart, InterpolatedStringElement,
    InterpolatedStringFormatSpec, Number, Operator as AstOperator, Parameters, UnaryOp,
};
use ruff_text_size::Ranged;
use smallvec::SmallVec;

use super::{Body, Lowering, TEXT_LIMIT, plain, span};
use crate::fact::{Comparison, DefId, DefKind, OpKind, Operand, Operands, Operator, Param, ParamKind, Role, Text, Val};
use crate::read::scope::Reach;
use crate::source::Span;

type Gathered = SmallVec<[Operand; 8]>;

impl<'a> Lowering<'a> {
    /// Lowers an expression and gives its value.
    pub(super) fn expression(&mut self, expression: &'a Expr) -> Val {
        match self.deeper(|this| this.expression_inside(expression)) {
            Some(value) => value,
            None => self.emit(OpKind::Unknown, span(expression.range())),
        }
    }

    fn expression_inside(&mut self, expression: &'a Expr) -> Val {
        let at = span(expression.range());
        match expression {
            Expr::Name(name) => self.name(name.id.as_str(), at),
            Expr::StringLiteral(string) => self.text(string.value.to_str(), at),
            Expr::NumberLiteral(number) => {
                let kind = match &number.value {
                    Number::Int(int) => int.as_i64().map_or(OpKind::Unknown, OpKind::Int),
                    Number::Float(float) => OpKind::Float(float.to_bits()),
                    Number::Complex { .. } => OpKind::Unknown,
                };
                self.emit(kind, at)
            }
            Expr::BooleanLiteral(boolean) => self.emit(OpKind::Bool(boolean.value), at),
            Expr::NoneLiteral(_) => self.emit(OpKind::Nothing, at),
            Expr::Attribute(attribute) => {
                let object = self.expression(&attribute.value);
                let name = self.word(attribute.attr.as_str());
                self.emit(OpKind::Attr(object, name), at)
            }
            Expr::Subscript(subscript) => {
                let object = self.expression(&subscript.value);
                let index = self.expression(&subscript.slice);
                self.emit(OpKind::Index(object, index), at)
            }
            Expr::Slice(slice) => {
                let lower = slice.lower.as_deref().map_or(Val::MAX, |e| self.expression(e));
                let upper = slice.upper.as_deref().map_or(Val::MAX, |e| self.expression(e));
                if let Some(step) = slice.step.as_deref() {
                    self.test(step);
                }
                self.emit(OpKind::Slice(lower, upper), at)
            }
            Expr::Call(call) => self.call(call, at),
            Expr::FString(string) => self.f_string(string, at),
            Expr::List(list) => self.elements(&list.elts, at, OpKind::List),
            Expr::Set(set) => self.elements(&set.elts, at, OpKind::List),
            Expr::Tuple(tuple) => self.elements(&tuple.elts, at, OpKind::Tuple),
            Expr::Dict(dict) => {
                let mut gathered = Gathered::new();
                for item in &dict.items {
                    match &item.key {
                        Some(key) => {
                            let key = self.expression(key);
                            gathered.push(Operand { value: key, role: Role::Key });
                            gathered.push(plain(self.expression(&item.value)));
                        }
                        None => gathered.push(Operand { value: self.expression(&item.value), role: Role::Spread }),
                    }
                }
                let operands = self.operands(&gathered);
                self.emit(OpKind::Dict(operands), at)
            }
            Expr::BinOp(binary) => {
                let left = self.expression(&binary.left);
                let right = self.expression(&binary.right);
                self.emit(OpKind::Binary(operator(binary.op), left, right), at)
            }
            Expr::UnaryOp(unary) => {
                let value = self.expression(&unary.operand);
                match (unary.op, self.facts.op(value).kind) {
                    (UnaryOp::Not, _) => self.emit(OpKind::Not(value), at),
                    (UnaryOp::USub, OpKind::Int(int)) => {
                        self.emit(int.checked_neg().map_or(OpKind::Unknown, OpKind::Int), at)
                    }
                    (UnaryOp::USub, OpKind::Float(bits)) => {
                        self.emit(OpKind::Float((-f64::from_bits(bits)).to_bits()), at)
                    }
                    _ => self.emit(OpKind::Binary(Operator::Other, value, value), at),
                }
            }
            Expr::BoolOp(boolean) => {
                let values: Gathered = boolean.values.iter().map(|e| plain(self.expression(e))).collect();
                if boolean.op == BoolOp::And {
                    // The last value decides; the others are conditions.
                    return match values.as_slice() {
                        [first, rest @ ..] => {
                            let mut value = first.value;
                            for next in rest {
                                value = self.emit(OpKind::Binary(Operator::Bit, value, next.value), at);
                            }
                            value
                        }
                        _ => self.emit(OpKind::Unknown, at),
                    };
                }
                let operands = self.operands(&values);
                self.emit(OpKind::Either(operands), at)
            }
            Expr::If(choice) => {
                let condition = self.expression(&choice.test);
                let start = self.emit(OpKind::If(condition, 0), at);
                let body = self.expression(&choice.body);
                self.emit(OpKind::Else(start, 0), at);
                let other = self.expression(&choice.orelse);
                self.emit(OpKind::End(start), at);
                let operands = self.operands(&[plain(body), plain(other)]);
                self.emit(OpKind::Either(operands), at)
            }
            Expr::Compare(compare) => {
                let mut left = self.expression(&compare.left);
                let mut value = left;
                for (op, right) in compare.ops.iter().zip(&*compare.comparators) {
                    let right = self.expression(right);
                    value = self.emit(OpKind::Compare(comparison(*op), left, right), at);
                    left = right;
                }
                value
            }
            Expr::Named(named) => {
                let value = self.expression(&named.value);
                self.assign(&named.target, value);
                value
            }
            Expr::Lambda(lambda) => {
                let id = self.define(DefKind::Function, "<lambda>", at, at);
                self.params(id, lambda.parameters.as_deref());
                self.waiting.push_back((id, Body::Lambda(lambda.parameters.as_deref(), &lambda.body)));
                self.emit(OpKind::Define(id), at)
            }
            Expr::ListComp(comp) => {
                self.comprehension(&comp.generators, at, |this| plain(this.expression(&comp.elt)).into())
            }
            Expr::SetComp(comp) => {
                self.comprehension(&comp.generators, at, |this| plain(this.expression(&comp.elt)).into())
            }
            Expr::Generator(comp) => {
                self.comprehension(&comp.generators, at, |this| plain(this.expression(&comp.elt)).into())
            }
            Expr::DictComp(comp) => self.comprehension(&comp.generators, at, |this| {
                let key = comp.key.as_deref().map(|k| Operand { value: this.expression(k), role: Role::Key });
                Entry { key, value: plain(this.expression(&comp.value)) }
            }),
            Expr::Starred(starred) => self.expression(&starred.value),
            Expr::Await(awaited) => self.expression(&awaited.value),
            Expr::Yield(yielded) => {
                let value = yielded.value.as_deref().map(|e| self.expression(e));
                self.yielded(value, at)
            }
            Expr::YieldFrom(yielded) => {
                let sequence = self.expression(&yielded.value);
                let element = self.emit(OpKind::Element(sequence), at);
                self.yielded(Some(element), at)
            }
            Expr::TString(_) | Expr::BytesLiteral(_) | Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => {
                self.emit(OpKind::Unknown, at)
            }
        }
    }

    /// Lowers an expression that is only looked at.
    pub(super) fn test(&mut self, expression: &'a Expr) {
        let value = self.expression(expression);
        self.emit(OpKind::Test(value), span(expression.range()));
    }

    fn yielded(&mut self, value: Option<Val>, at: Span) -> Val {
        if let Some(definition) = self.current() {
            definition.lazy = true;
        }
        if let Some(value) = value {
            // What a generator yields, its caller iterates over.
            let operands = self.operands(&[plain(value)]);
            let sequence = self.emit(OpKind::List(operands), at);
            self.emit(OpKind::Return(sequence), at);
        }
        self.emit(OpKind::Unknown, at)
    }

    /// The value of a name as it is here.
    pub(super) fn name(&mut self, name: &'a str, at: Span) -> Val {
        if !self.scope.is_outer(name)
            && let Some(reach) = self.scope.find(name)
        {
            if let [only] = reach.as_slice() {
                return *only;
            }
            let reach = reach.clone();
            return self.either(&reach, at);
        }
        let name = self.word(name);
        self.emit(OpKind::Global(name), at)
    }

    fn text(&mut self, text: &'a str, at: Span) -> Val {
        let kind = if text.len() > TEXT_LIMIT { OpKind::Unknown } else { OpKind::Str(self.word(text)) };
        self.emit(kind, at)
    }

    fn elements(&mut self, elements: &'a [Expr], at: Span, make: fn(Operands) -> OpKind) -> Val {
        let mut gathered = Gathered::new();
        for element in elements {
            let role = if element.is_starred_expr() { Role::Star } else { Role::Plain };
            gathered.push(Operand { value: self.expression(element), role });
        }
        let operands = self.operands(&gathered);
        self.emit(make(operands), at)
    }

    fn call(&mut self, call: &'a ExprCall, at: Span) -> Val {
        let function = self.expression(&call.func);
        let operands = self.arguments(&call.arguments);
        self.emit(OpKind::Call(function, operands), at)
    }

    /// Lowers arguments in the order: positional, then keywords.
    pub(super) fn arguments(&mut self, arguments: &'a Arguments) -> Operands {
        let mut gathered = Gathered::new();
        for argument in &*arguments.args {
            let role = if argument.is_starred_expr() { Role::Star } else { Role::Plain };
            gathered.push(Operand { value: self.expression(argument), role });
        }
        for keyword in &arguments.keywords {
            let value = self.expression(&keyword.value);
            let role = keyword.arg.as_ref().map_or(Role::Spread, |name| Role::Named(self.word(name.as_str())));
            gathered.push(Operand { value, role });
        }
        self.operands(&gathered)
    }

    fn f_string(&mut self, string: &'a ExprFString, at: Span) -> Val {
        let mut gathered = Gathered::new();
        for part in string.value.iter() {
            match part {
                FStringPart::Literal(literal) => gathered.push(plain(self.text(&literal.value, span(literal.range())))),
                FStringPart::FString(parts) => {
                    for element in &parts.elements {
                        match element {
                            InterpolatedStringElement::Literal(literal) => {
                                gathered.push(plain(self.text(&literal.value, span(literal.range()))));
                            }
                            InterpolatedStringElement::Interpolation(hole) => {
                                let value = self.expression(&hole.expression);
                                // The shape that stands behind the colon is the role that the value has.
                                let shape = hole.format_spec.as_deref().and_then(written_out);
                                let role = shape.map_or(Role::Plain, |shape| Role::Named(Text::from(&shape)));
                                gathered.push(Operand { value, role });
                                // `{value:{width}}`: what shapes the text is no part of it.
                                for shape in hole.format_spec.iter().flat_map(|spec| spec.elements.interpolations()) {
                                    self.test(&shape.expression);
                                }
                            }
                        }
                    }
                }
            }
        }
        let operands = self.operands(&gathered);
        self.emit(OpKind::Format(operands), at)
    }

    fn comprehension(
        &mut self,
        generators: &'a [Comprehension],
        at: Span,
        element: impl FnOnce(&mut Self) -> Entry,
    ) -> Val {
        let mut targets: Vec<&'a str> = Vec::new();
        for generator in generators {
            names_of(&generator.target, &mut targets);
        }
        let before: Vec<(&'a str, Option<Reach>)> = targets.iter().map(|n| (*n, self.scope.find(n).cloned())).collect();
        for generator in generators {
            let sequence = self.expression(&generator.iter);
            let target = self.emit(OpKind::Element(sequence), span(generator.target.range()));
            self.assign_inside(&generator.target, target);
            for condition in &generator.ifs {
                self.test(condition);
            }
        }
        let entry = element(self);
        for (name, reach) in before {
            self.scope.restore(name, reach);
        }
        match entry.key {
            Some(key) => {
                let operands = self.operands(&[key, entry.value]);
                self.emit(OpKind::Dict(operands), at)
            }
            None => {
                let operands = self.operands(&[entry.value]);
                self.emit(OpKind::List(operands), at)
            }
        }
    }

    /// Notes a function's parameters; defaults and annotations are values of the body it is defined in.
    pub(super) fn params(&mut self, id: DefId, parameters: Option<&'a Parameters>) {
        let Some(parameters) = parameters else { return };
        let mut params = Vec::new();
        for (list, kind) in [
            (&parameters.posonlyargs, ParamKind::Plain),
            (&parameters.args, ParamKind::Plain),
            (&parameters.kwonlyargs, ParamKind::Keyword),
        ] {
            for parameter in list {
                let default = parameter.default.as_deref().map(|e| self.expression(e));
                let annotation = parameter.parameter.annotation.as_deref().map(|e| self.expression(e));
                params.push(Param {
                    name: Text::from(parameter.parameter.name.as_str()),
                    kind,
                    default,
                    annotation,
                    value: 0,
                    span: span(parameter.parameter.name.range()),
                });
            }
        }
        for (rest, kind) in [(&parameters.vararg, ParamKind::Rest), (&parameters.kwarg, ParamKind::Keywords)] {
            if let Some(rest) = rest {
                let at = span(rest.name.range());
                let name = Text::from(rest.name.as_str());
                params.push(Param { name, kind, default: None, annotation: None, value: 0, span: at });
            }
        }
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.params = params;
        }
    }

    /// At the start of a function's body: an operation for every parameter, bound to its name.
    pub(super) fn bind_params(&mut self, id: DefId, parameters: Option<&'a Parameters>) {
        let Some(parameters) = parameters else { return };
        let lists = [&parameters.posonlyargs, &parameters.args, &parameters.kwonlyargs];
        let named = lists.into_iter().flatten().map(|p| &p.parameter);
        let rest = [&parameters.vararg, &parameters.kwarg].into_iter().flatten().map(|p| &**p);
        for (index, parameter) in named.chain(rest).enumerate() {
            let at = span(parameter.name.range());
            let value = self.emit(OpKind::Param(u32::try_from(index).unwrap_or(u32::MAX)), at);
            self.scope.bind(parameter.name.as_str(), value);
            if let Some(param) = self.facts.definitions.get_mut(id as usize).and_then(|d| d.params.get_mut(index)) {
                param.value = value;
            }
        }
    }
}

/// A format's shape, if no value has its say in it.
fn written_out(spec: &InterpolatedStringFormatSpec) -> Option<String> {
    let mut shape = String::new();
    for element in &spec.elements {
        match element {
            InterpolatedStringElement::Literal(literal) => shape.push_str(&literal.value),
            InterpolatedStringElement::Interpolation(_) => return None,
        }
    }
    Some(shape).filter(|shape| !shape.is_empty())
}

/// What a comprehension collects.
struct Entry {
    key: Option<Operand>,
    value: Operand,
}

impl From<Operand> for Entry {
    fn from(value: Operand) -> Self {
        Self { key: None, value }
    }
}

/// The names that a target binds.
pub(super) fn names_of<'a>(target: &'a Expr, into: &mut Vec<&'a str>) {
    match target {
        Expr::Name(name) => into.push(name.id.as_str()),
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|e| names_of(e, into)),
        Expr::List(list) => list.elts.iter().for_each(|e| names_of(e, into)),
        Expr::Starred(starred) => names_of(&starred.value, into),
        _ => {}
    }
}

pub(super) fn operator(op: AstOperator) -> Operator {
    match op {
        AstOperator::Add => Operator::Add,
        AstOperator::Sub => Operator::Sub,
        AstOperator::Mult => Operator::Mul,
        AstOperator::Div => Operator::Div,
        AstOperator::FloorDiv => Operator::FloorDiv,
        AstOperator::Mod => Operator::Mod,
        AstOperator::Pow => Operator::Pow,
        AstOperator::MatMult => Operator::MatMul,
        AstOperator::BitAnd => Operator::Bit,
        AstOperator::BitOr => Operator::Or,
        AstOperator::RShift => Operator::ShiftRight,
        AstOperator::LShift => Operator::ShiftLeft,
        AstOperator::BitXor => Operator::Other,
    }
}

fn comparison(op: CmpOp) -> Comparison {
    match op {
        CmpOp::Eq | CmpOp::Is => Comparison::Equal,
        CmpOp::NotEq | CmpOp::IsNot => Comparison::Unequal,
        CmpOp::Lt => Comparison::Less,
        CmpOp::LtE => Comparison::AtMost,
        CmpOp::Gt => Comparison::Greater,
        CmpOp::GtE => Comparison::AtLeast,
        CmpOp::In => Comparison::In,
        CmpOp::NotIn => Comparison::NotIn,
    }
}
