//! What calls give at a point: functions of the repository are run, those of libraries are known by a word of the lexicon.

use super::{Bound, Sampler, Value, numbers, plain};
use crate::fact::{Comparison, OpKind, Operand, Operands, Role, Text};
use crate::program::Node;
use crate::value::types::Callee;

/// What a call is given, in the order of the parameters that the lexicon names, after the receiver of a method.
type Given = Vec<Option<Node>>;

impl Sampler<'_, '_> {
    pub(super) fn called(
        &mut self,
        node: Node,
        function: Node,
        operands: Operands,
        bound: &Bound,
        depth: usize,
    ) -> Value {
        let program = self.follow.program;
        let own = program.operands(node.file, operands);
        let types = self.follow.types;
        let mut callees = types.callees(node).iter().filter_map(|callee| match callee {
            Callee::Function(def, bound) => Some((*def, *bound)),
            Callee::Meaning(_) => None,
        });
        if let Some((def, is_bound)) = callees.next() {
            if callees.next().is_some() || program.definition(def).name == "__init__" {
                return Value::Unknown;
            }
            let mut inner = bound.clone();
            let params = &program.definition(def).params;
            for param in params {
                if let Some(default) = param.default {
                    let default = self.value(Node { value: default, file: def.file }, &Bound::new(), depth);
                    inner.push((Node { value: param.value, file: def.file }, default));
                }
            }
            for (index, value) in types.arguments(node, def, is_bound) {
                let Some(param) = params.get(index as usize) else { continue };
                let value = self.value(Node { value, ..node }, bound, depth);
                inner.push((Node { value: param.value, file: def.file }, value));
            }
            return self.returned(def, &inner, depth);
        }
        let (name, receiver) = match (types.library_name(function), program.op(function).kind) {
            (Some(name), _) => (name.to_string(), None),
            (None, OpKind::Attr(object, name)) => (format!(".{name}"), Some(Node { value: object, ..node })),
            (None, OpKind::Global(name)) => (format!("builtins.{name}"), None),
            _ => return Value::Unknown,
        };
        if let Some(said) = self.lexicon.evaluation(&name) {
            let (word, names) = said.split_once(' ').unwrap_or((said, ""));
            let given = given(node, own, names);
            return self.said(node, word, names, receiver, own, &given, bound, depth);
        }
        if let Some(template) = self.lexicon.computation(&name) {
            let plain = own.iter().filter(|o| o.role == Role::Plain).map(|o| Node { value: o.value, ..node });
            let parts: Vec<Node> = receiver.into_iter().chain(plain).collect();
            if template == "{0}" && !parts.is_empty() {
                return self.value(parts[0], bound, depth);
            }
            let values: Vec<Value> = parts.iter().map(|part| self.value(*part, bound, depth)).collect();
            let numbers: Option<Vec<f64>> = values.iter().map(|value| self.number(value)).collect();
            return numbers
                .and_then(|numbers| numbers::computed(template, &numbers))
                .map_or(Value::Unknown, Value::Number);
        }
        Value::Unknown
    }

    #[allow(clippy::too_many_arguments)]
    fn said(
        &mut self,
        node: Node,
        word: &str,
        names: &str,
        receiver: Option<Node>,
        own: &[Operand],
        given: &Given,
        bound: &Bound,
        depth: usize,
    ) -> Value {
        let at = |operand: &Operand| Node { value: operand.value, ..node };
        let first = receiver.or_else(|| own.first().map(at));
        let truth = |holds: bool| Value::Number(f64::from(u8::from(holds)));
        match word {
            "same" => first.map_or(Value::Unknown, |first| self.value(first, bound, depth)),
            "part" => self.read(Text::from(names), bound, depth),
            "group" => {
                let keys: Vec<String> = own.iter().map(|o| self.keys(at(o), bound, depth)).collect();
                Value::Groups(keys.join(" "))
            }
            "stat" => self.statistic(node, receiver, own, bound, depth),
            "reduce" if receiver.is_some() && own.iter().all(|o| matches!(o.role, Role::Named(n) if n != "axis")) => {
                self.statistic(node, receiver, own, bound, depth)
            }
            "draw" => self.gathered(format!("drawn {}", node.value)),
            "max" | "min" if receiver.is_none() => {
                let mut values: Vec<Value> = own.iter().map(|o| self.value(at(o), bound, depth)).collect();
                if let [Value::List(inner)] = values.as_slice() {
                    values = inner.clone();
                }
                let numbers: Option<Vec<f64>> = values.iter().map(|value| self.number(value)).collect();
                let best = |a: f64, b: f64| if word == "max" { a.max(b) } else { a.min(b) };
                numbers.and_then(|all| all.into_iter().reduce(best)).map_or(Value::Unknown, Value::Number)
            }
            "where" => {
                let Some([Some(condition), Some(yes), Some(no)]) = given.get(..3) else { return Value::Unknown };
                let condition = self.value(*condition, bound, depth);
                match self.truth(&condition) {
                    Some(holds) => self.value(if holds { *yes } else { *no }, bound, depth),
                    None => Value::Unknown,
                }
            }
            "select" => self.selected(given, bound, depth),
            "clip" => {
                let (low, high) = match receiver {
                    Some(_) => (given.first(), given.get(1)),
                    None => (given.get(1), given.get(2)),
                };
                let value = first.map_or(Value::Unknown, |first| self.value(first, bound, depth));
                let Some(mut number) = self.number(&value) else { return Value::Unknown };
                for (limit, lower) in [(low, true), (high, false)] {
                    let Some(Some(limit)) = limit else { continue };
                    if matches!(self.follow.program.op(*limit).kind, OpKind::Nothing) {
                        continue;
                    }
                    let limit = self.value(*limit, bound, depth);
                    let Some(limit) = self.number(&limit) else { return Value::Unknown };
                    number = if lower { number.max(limit) } else { number.min(limit) };
                }
                Value::Number(number)
            }
            "between" => {
                let (Some(of), Some([Some(low), Some(high)])) = (receiver, given.get(..2)) else {
                    return Value::Unknown;
                };
                let of = self.value(of, bound, depth);
                let (low, high) = (self.value(*low, bound, depth), self.value(*high, bound, depth));
                let above = self.relates(Comparison::Greater, &of, &low);
                let below = self.relates(Comparison::Less, &of, &high);
                above.zip(below).map_or(Value::Unknown, |(above, below)| truth(above && below))
            }
            "in" | "equal" | "unequal" | "less" | "greater" => {
                let how = match word {
                    "in" => Comparison::In,
                    "equal" => Comparison::Equal,
                    "unequal" => Comparison::Unequal,
                    "less" => Comparison::Less,
                    _ => Comparison::Greater,
                };
                let (Some(of), Some(Some(with))) = (receiver, given.first()) else { return Value::Unknown };
                let (of, with) = (self.value(of, bound, depth), self.value(*with, bound, depth));
                self.relates(how, &of, &with).map_or(Value::Unknown, truth)
            }
            "cut" | "digitize" => self.cut(word == "cut", given, bound, depth),
            "map" => {
                let (Some(of), Some(Some(function))) = (receiver, given.first()) else { return Value::Unknown };
                // Whole rows are no input.
                let rows = own.iter().any(|o| matches!(o.role, Role::Named(name) if name == "axis"));
                let of = if rows { Value::Unknown } else { self.value(of, bound, depth) };
                let function = self.value(*function, bound, depth);
                self.mapped(of, function, bound, depth)
            }
            "replace" => {
                let (Some(of), Some(Some(map))) = (receiver, given.first()) else { return Value::Unknown };
                let of = self.value(of, bound, depth);
                match self.value(*map, bound, depth) {
                    Value::Map(entries) => self.looked_up(&entries, &of).unwrap_or(of),
                    _ => Value::Unknown,
                }
            }
            "get" => {
                let (Some(of), Some(Some(key))) = (receiver, given.first()) else { return Value::Unknown };
                let before = self.met.inputs.len();
                let of = self.value(of, bound, depth);
                let by = self.value(*key, bound, depth);
                match (of, by) {
                    (Value::Map(entries), by) => match (self.looked_up(&entries, &by), given.get(1)) {
                        (Some(value), _) => value,
                        (None, Some(Some(default))) => self.value(*default, bound, depth),
                        (None, _) => Value::Unknown,
                    },
                    (_, Value::Text(name)) => {
                        self.met.inputs.truncate(before);
                        self.read(name, bound, depth)
                    }
                    _ => Value::Unknown,
                }
            }
            _ => Value::Unknown,
        }
    }

    /// What a function, or a map, makes of a value.
    pub(super) fn mapped(&mut self, of: Value, function: Value, bound: &Bound, depth: usize) -> Value {
        match function {
            Value::Map(entries) => self.looked_up(&entries, &of).unwrap_or(Value::Unknown),
            Value::Function(def) => {
                let program = self.follow.program;
                let Some(param) = program.definition(def).params.iter().find(|p| p.name != "self") else {
                    return Value::Unknown;
                };
                let mut inner = bound.clone();
                inner.push((Node { value: param.value, file: def.file }, of));
                self.returned(def, &inner, depth)
            }
            Value::Library(name) => match self.lexicon.evaluation(&name) {
                Some("same") => of,
                _ => {
                    let number = self.number(&of);
                    let template = self.lexicon.computation(&name);
                    let found = template.zip(number).and_then(|(t, number)| numbers::computed(t, &[number]));
                    found.map_or(Value::Unknown, Value::Number)
                }
            },
            _ => Value::Unknown,
        }
    }

    /// The name of what groups rows.
    fn keys(&mut self, node: Node, bound: &Bound, depth: usize) -> String {
        match self.value(node, bound, depth) {
            Value::Text(text) => self.noted(text),
            Value::List(values) => {
                let names = values.into_iter().filter_map(|v| if let Value::Text(t) = v { Some(t) } else { None });
                let names: Vec<Text> = names.collect();
                names.into_iter().map(|name| self.noted(name)).collect::<Vec<_>>().join(" ")
            }
            _ => "?".to_owned(),
        }
    }

    fn noted(&mut self, name: Text) -> String {
        let name = plain(&name);
        self.input(name);
        name.to_string()
    }

    /// A number made of many rows of what a method is called on.
    fn statistic(&mut self, node: Node, receiver: Option<Node>, own: &[Operand], bound: &Bound, depth: usize) -> Value {
        let before = self.met.inputs.len();
        let mut key = self.follow.types.method_name(node).map(|name| name.to_string()).unwrap_or_default();
        let operands = own.iter().map(|o| Node { value: o.value, ..node });
        let mut groups = String::new();
        for part in receiver.into_iter().chain(operands) {
            match self.value(part, bound, depth) {
                Value::Number(number) => key.push_str(&format!(" {number}")),
                Value::Text(text) => key.push_str(&format!(" {text}")),
                Value::Groups(of) => groups = of,
                _ => {}
            }
        }
        for name in groups.split([' ', '?']).filter(|name| !name.is_empty() && *name != "by") {
            self.input(Text::from(name));
        }
        let inputs: Vec<&str> = self.met.inputs.iter().skip(before).map(Text::as_str).collect();
        let key = format!("{key}  {groups} {}", inputs.join(" "));
        self.gathered(key)
    }

    /// `select(conditions, choices, default)`
    fn selected(&mut self, given: &Given, bound: &Bound, depth: usize) -> Value {
        let Some([Some(conditions), Some(choices)]) = given.get(..2) else { return Value::Unknown };
        let (Value::List(conditions), Value::List(choices)) =
            (self.value(*conditions, bound, depth), self.value(*choices, bound, depth))
        else {
            return Value::Unknown;
        };
        for (condition, choice) in conditions.iter().zip(choices) {
            match self.truth(condition) {
                Some(true) => return choice,
                Some(false) => {}
                None => return Value::Unknown,
            }
        }
        match given.get(2) {
            Some(Some(default)) => self.value(*default, bound, depth),
            _ => Value::Number(0.0),
        }
    }

    /// `cut(x, bins, labels=...)`, `digitize(x, bins)`
    fn cut(&mut self, labelled: bool, given: &Given, bound: &Bound, depth: usize) -> Value {
        let Some([Some(of), Some(bins)]) = given.get(..2) else { return Value::Unknown };
        let of = self.value(*of, bound, depth);
        let Some(number) = self.number(&of) else { return Value::Unknown };
        let Value::List(bins) = self.value(*bins, bound, depth) else {
            // So many bins of equal width over what there is.
            return self.gathered(format!("cut  {:?}", self.met.inputs));
        };
        let limits: Option<Vec<f64>> = bins.iter().map(|bin| self.number(bin)).collect();
        let Some(limits) = limits else { return Value::Unknown };
        self.met.edge |= limits.iter().any(|limit| (limit - number).abs() < 1e-9);
        let below = limits.iter().filter(|limit| **limit < number).count();
        #[allow(clippy::cast_precision_loss)]
        let place = |place: usize| Value::Number(place as f64);
        if !labelled {
            return place(below);
        }
        if below == 0 || below == limits.len() {
            return Value::Unknown;
        }
        let labels = given.get(2).copied().flatten();
        match labels.map(|labels| (labels, self.value(labels, bound, depth))) {
            Some((_, Value::List(labels))) => labels.get(below - 1).cloned().unwrap_or(Value::Unknown),
            Some((node, _)) if matches!(self.follow.program.op(node).kind, OpKind::Bool(false)) => place(below - 1),
            _ => Value::Unknown,
        }
    }
}

/// What a call is given for each of the named parameters, which stand in their order.
fn given(node: Node, own: &[Operand], names: &str) -> Given {
    let mut plain = own.iter().filter(|o| o.role == Role::Plain);
    let mut found: Given = Vec::new();
    for name in names.split(' ').filter(|name| !name.is_empty()) {
        let named = own.iter().find(|o| matches!(o.role, Role::Named(n) if name.split('|').any(|one| n == one)));
        let operand = named.or_else(|| plain.next());
        found.push(operand.map(|o| Node { value: o.value, ..node }));
    }
    found
}
