//! Expressions and statements of R as operations.

use rustc_hash::FxHashMap;
use smallvec::smallvec;
use tree_sitter::Node;

use crate::fact::{
    Comparison, DefId, DefKind, Definition, Facts, OpKind, Operand, Operator, Param, ParamKind, Role, Text, Val,
};
use crate::source::Span;

/// Expressions in expressions are no deeper.
const DEPTH: usize = 60;

/// A function whose body is still to be lowered.
struct Waiting<'t> {
    id: DefId,
    node: Node<'t>,
}

/// A file while it is lowered, body by body.
pub(super) struct Lowering<'t, 'f> {
    text: &'t str,
    pub(super) facts: &'f mut Facts,
    names: FxHashMap<&'t str, Val>,
    current: DefId,
    depth: usize,
    waiting: Vec<Waiting<'t>>,
    statements: u32,
}

impl<'t, 'f> Lowering<'t, 'f> {
    pub(super) fn new(text: &'t str, facts: &'f mut Facts) -> Self {
        Self { text, facts, names: FxHashMap::default(), current: 0, depth: 0, waiting: Vec::new(), statements: 0 }
    }

    /// Lowers the file, then the functions that it defines.
    pub(super) fn module(mut self, root: Node<'t>) {
        self.facts.definitions.push(Definition::new(
            DefKind::Module,
            Text::from("<module>"),
            0,
            span(root),
            span(root),
        ));
        self.block(root);
        self.finish(0, 0);
        let mut next = 0;
        while let Some(waiting) = self.waiting.get(next) {
            let (id, node) = (waiting.id, waiting.node);
            next += 1;
            self.function(id, node);
        }
    }

    fn finish(&mut self, id: DefId, start: Val) {
        let bindings = self.names.drain().map(|(name, value)| (Text::from(name), value)).collect();
        self.facts.end_body(id, start, bindings, std::mem::take(&mut self.statements));
    }

    fn function(&mut self, id: DefId, node: Node<'t>) {
        let start = self.facts.next_value();
        self.current = id;
        let mut params = Vec::new();
        if let Some(list) = node.child_by_field_name("parameters") {
            let mut cursor = list.walk();
            let all: Vec<Node<'t>> = list.children_by_field_name("parameter", &mut cursor).collect();
            for (index, param) in (0..).zip(all) {
                let name = param.child_by_field_name("name").unwrap_or(param);
                let value = self.facts.emit(OpKind::Param(index), span(param));
                let text = self.of(name);
                self.names.insert(text, value);
                let kind = if text == "..." { ParamKind::Rest } else { ParamKind::Plain };
                let place = span(name);
                params.push(Param {
                    name: Text::from(text),
                    kind,
                    default: None,
                    annotation: None,
                    value,
                    span: place,
                });
            }
        }
        // Defaults were lowered where the function is defined.
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            for (param, known) in params.iter_mut().zip(&definition.params) {
                param.default = known.default;
            }
            definition.params = params;
        }
        if let Some(body) = node.child_by_field_name("body") {
            let last = self.expression(body);
            self.facts.emit(OpKind::Return(last), span(body));
        }
        self.finish(id, start);
    }

    /// Statements in turn; the value of the last.
    fn block(&mut self, node: Node<'t>) -> Val {
        let mut cursor = node.walk();
        let children: Vec<Node<'t>> = node.named_children(&mut cursor).filter(|n| n.kind() != "comment").collect();
        let mut last = None;
        for child in children {
            self.facts.begin_statement();
            self.statements += 1;
            last = Some(self.expression(child));
        }
        last.unwrap_or_else(|| self.facts.emit(OpKind::Nothing, span(node)))
    }

    pub(super) fn expression(&mut self, node: Node<'t>) -> Val {
        if self.depth > DEPTH {
            return self.facts.emit(OpKind::Unknown, span(node));
        }
        self.depth += 1;
        let value = self.lowered(node);
        self.depth -= 1;
        value
    }

    fn lowered(&mut self, node: Node<'t>) -> Val {
        let at = span(node);
        match node.kind() {
            "string" => {
                let text = node.child_by_field_name("content").map_or("", |content| self.of(content));
                self.text(&text.replace("\\\\", "\\"), at)
            }
            "integer" | "float" => {
                let digits = self.of(node).trim_end_matches(['L', 'l']);
                let kind = match (digits.parse::<i64>(), digits.parse::<f64>()) {
                    (Ok(int), _) => OpKind::Int(int),
                    (_, Ok(float)) => OpKind::Float(float.to_bits()),
                    _ => OpKind::Unknown,
                };
                self.facts.emit(kind, at)
            }
            "true" | "false" => self.facts.emit(OpKind::Bool(node.kind() == "true"), at),
            "null" | "na" => self.facts.emit(OpKind::Nothing, at),
            "identifier" => self.name(self.of(node), at),
            "namespace_operator" => {
                let name = node.child_by_field_name("rhs").map_or("", |name| self.of(name));
                self.facts.emit(OpKind::Path(Text::from(&format!("r.{name}"))), at)
            }
            "extract_operator" => {
                let object = self.field(node, "lhs");
                let name = node.child_by_field_name("rhs").map_or("", |name| self.of(name));
                let name = Text::from(name.trim_matches(['`', '"']));
                self.facts.emit(OpKind::Attr(object, name), at)
            }
            "subset" | "subset2" => {
                let object = self.field(node, "function");
                let arguments = self.arguments(node);
                // Of a table, the columns are chosen last.
                let index = arguments.last().map(|argument| argument.value);
                let index = index.unwrap_or_else(|| self.facts.emit(OpKind::Unknown, at));
                self.facts.emit(OpKind::Index(object, index), at)
            }
            "call" => self.call(node, None),
            "binary_operator" => self.binary(node),
            "unary_operator" => {
                let value = self.field(node, "rhs");
                let operator = node.child_by_field_name("operator").map_or("", |operator| self.of(operator));
                if operator != "-" {
                    return self.facts.emit(OpKind::Unknown, at);
                }
                let nothing = self.facts.emit(OpKind::Int(0), at);
                self.facts.emit(OpKind::Binary(Operator::Sub, nothing, value), at)
            }
            "parenthesized_expression" | "braced_expression" | "program" => self.block(node),
            "function_definition" => self.define(node, "<lambda>"),
            "if_statement" => self.either(node),
            "for_statement" => {
                let sequence = self.field(node, "sequence");
                let element = self.facts.emit(OpKind::Element(sequence), at);
                if let Some(variable) = node.child_by_field_name("variable") {
                    self.names.insert(self.of(variable), element);
                }
                self.field(node, "body")
            }
            "while_statement" | "repeat_statement" => {
                self.field(node, "condition");
                self.field(node, "body")
            }
            _ => self.facts.emit(OpKind::Unknown, at),
        }
    }

    fn field(&mut self, node: Node<'t>, name: &str) -> Val {
        match node.child_by_field_name(name) {
            Some(child) => self.expression(child),
            None => self.facts.emit(OpKind::Unknown, span(node)),
        }
    }

    pub(super) fn text(&mut self, text: &str, at: Span) -> Val {
        self.facts.emit(OpKind::Str(Text::from(text)), at)
    }

    /// What a name stands for here, else to be found around it.
    pub(super) fn name(&mut self, name: &'t str, at: Span) -> Val {
        match self.names.get(name) {
            Some(value) => *value,
            None => self.facts.emit(OpKind::Global(Text::from(name)), at),
        }
    }

    fn binary(&mut self, node: Node<'t>) -> Val {
        let at = span(node);
        let (Some(left), Some(right)) = (node.child_by_field_name("lhs"), node.child_by_field_name("rhs")) else {
            return self.facts.emit(OpKind::Unknown, at);
        };
        let operator = node.child_by_field_name("operator").map_or("", |operator| self.of(operator));
        match operator {
            "<-" | "=" | "<<-" | ":=" => self.assign(left, right),
            "->" | "->>" => self.assign(right, left),
            "|>" | "%>%" | "%<>%" | "%T>%" => {
                let value = self.expression(left);
                if right.kind() == "call" {
                    return self.call(right, Some(value));
                }
                let function = self.expression(right);
                let operands = self.facts.add_operands(&[Operand { value, role: Role::Plain }]);
                self.facts.emit(OpKind::Call(function, operands), at)
            }
            // What a formula names are columns; it is read where it is used.
            "~" => {
                let text = self.of(node);
                self.text(text, at)
            }
            _ => {
                let (left, right) = (self.expression(left), self.expression(right));
                let kind = match operator {
                    "+" => OpKind::Binary(Operator::Other, left, right),
                    "*" => OpKind::Binary(Operator::Mul, left, right),
                    "/" => OpKind::Binary(Operator::Div, left, right),
                    "^" => OpKind::Binary(Operator::Pow, left, right),
                    "-" => OpKind::Binary(Operator::Sub, left, right),
                    "==" => OpKind::Compare(Comparison::Equal, left, right),
                    "!=" => OpKind::Compare(Comparison::Unequal, left, right),
                    "<" => OpKind::Compare(Comparison::Less, left, right),
                    "<=" => OpKind::Compare(Comparison::AtMost, left, right),
                    ">" => OpKind::Compare(Comparison::Greater, left, right),
                    ">=" => OpKind::Compare(Comparison::AtLeast, left, right),
                    "%in%" => OpKind::Compare(Comparison::In, left, right),
                    _ => OpKind::Binary(Operator::Other, left, right),
                };
                self.facts.emit(kind, at)
            }
        }
    }

    /// `frame$column <- value`: from there on the name stands for the frame with that column.
    fn put(&mut self, target: Node<'t>, value: Val) {
        let object = target.child_by_field_name("lhs").filter(|object| object.kind() == "identifier");
        let column = target.child_by_field_name("rhs");
        let (Some(object), Some(column)) = (object, column) else {
            self.expression(target);
            return;
        };
        let at = span(target);
        let frame = self.expression(object);
        let column = Text::from(self.of(column).trim_matches(['`', '"']));
        let column = self.facts.emit(OpKind::Str(column), at);
        let set = self.facts.emit(OpKind::SetIndex(frame, column, value), at);
        self.bind(self.of(object), set, object);
    }

    fn assign(&mut self, target: Node<'t>, value: Node<'t>) -> Val {
        if value.kind() == "function_definition" && matches!(target.kind(), "identifier" | "string") {
            let name = self.of(target).trim_matches(['"', '\'', '`']);
            let made = self.define(value, name);
            self.bind(name, made, target);
            return made;
        }
        let value = self.expression(value);
        match target.kind() {
            "identifier" => self.bind(self.of(target), value, target),
            "string" => self.bind(self.of(target).trim_matches(['"', '\'']), value, target),
            "extract_operator" => self.put(target, value),
            _ => drop(self.expression(target)),
        }
        value
    }

    fn bind(&mut self, name: &'t str, value: Val, target: Node<'t>) {
        if self.current == 0 {
            self.facts.emit(OpKind::Bind(Text::from(name), value), span(target));
        }
        self.names.insert(name, value);
    }

    fn define(&mut self, node: Node<'t>, name: &str) -> Val {
        let id = DefId::try_from(self.facts.definitions.len()).unwrap_or(DefId::MAX);
        let mut made = Definition::new(DefKind::Function, Text::from(name), self.current, span(node), span(node));
        if let Some(list) = node.child_by_field_name("parameters") {
            let mut cursor = list.walk();
            let all: Vec<Node<'t>> = list.children_by_field_name("parameter", &mut cursor).collect();
            for param in all {
                let default = param.child_by_field_name("default").map(|default| self.expression(default));
                let (name, place) = (Text::default(), span(param));
                made.params.push(Param {
                    name,
                    kind: ParamKind::Plain,
                    default,
                    annotation: None,
                    value: 0,
                    span: place,
                });
            }
        }
        self.facts.definitions.push(made);
        self.waiting.push(Waiting { id, node });
        self.facts.emit(OpKind::Define(id), span(node))
    }

    /// Both arms; what they leave different may be either.
    fn either(&mut self, node: Node<'t>) -> Val {
        let condition = self.field(node, "condition");
        self.facts.emit(OpKind::Test(condition), span(node));
        let before = self.names.clone();
        let first = node.child_by_field_name("consequence").map(|arm| self.expression(arm));
        let after = std::mem::replace(&mut self.names, before);
        let second = node.child_by_field_name("alternative").map(|arm| self.expression(arm));
        let mut changed: Vec<(&'t str, Val)> =
            after.into_iter().filter(|(name, value)| self.names.get(name) != Some(value)).collect();
        changed.sort_unstable();
        for (name, value) in changed {
            let both = match self.names.get(name) {
                Some(other) => self.facts.either(&[value, *other], span(node)),
                None => value,
            };
            self.names.insert(name, both);
        }
        let values: smallvec::SmallVec<[Val; 2]> = match (first, second) {
            (Some(first), Some(second)) => smallvec![first, second],
            (first, second) => first.into_iter().chain(second).collect(),
        };
        self.facts.either(&values, span(node))
    }

    /// The arguments of a call or an index.
    pub(super) fn arguments(&mut self, node: Node<'t>) -> Vec<Operand> {
        let Some(list) = node.child_by_field_name("arguments") else { return Vec::new() };
        let mut cursor = list.walk();
        let all: Vec<Node<'t>> = list.children_by_field_name("argument", &mut cursor).collect();
        let mut found = Vec::new();
        for argument in all {
            let Some(value) = argument.child_by_field_name("value") else { continue };
            let value = self.expression(value);
            let role = match argument.child_by_field_name("name") {
                Some(name) => Role::Named(Text::from(self.of(name).trim_matches(['`', '"', '\'']))),
                None => Role::Plain,
            };
            found.push(Operand { value, role });
        }
        found
    }

    pub(super) fn of(&self, node: Node<'t>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }
}

pub(super) fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}
