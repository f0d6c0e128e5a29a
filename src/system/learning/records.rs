//! Tables that are classes of the repository: where their rows are read, and what is written into which column.

use rustc_hash::FxHashMap;

use super::super::View;
use crate::fact::{DefKind, OpKind, Role as ArgRole, Text};
use crate::lexicon::RecordForm;
use crate::program::{Def, Node, parent};
use crate::value::follow::Seen;
use crate::value::types::{Callee, Site, Type, Via};

/// Classes above a class that are looked at.
const DEPTH: usize = 8;
/// Values looked at on the way to the rows that a row is of.
const STEPS: usize = 16;

/// The classes that are tables.
pub struct Tables<'a> {
    view: &'a View<'a>,
    forms: FxHashMap<Def, &'a RecordForm>,
}

/// A value that goes into a column of a table.
pub struct Write {
    /// The table's class.
    pub class: Def,
    /// The column.
    pub column: Text,
    /// The value.
    pub value: Node,
}

impl<'a> Tables<'a> {
    /// Finds the classes that are tables.
    pub fn new(view: &'a View<'a>) -> Self {
        let mut forms = FxHashMap::default();
        if !view.lexicon.records.is_empty() {
            for index in 0..view.program.def_count() {
                let def = view.program.def_at(index);
                if view.program.definition(def).kind == DefKind::Class
                    && let Some(form) = form_of(view, def, 0)
                {
                    forms.insert(def, form);
                }
            }
        }
        Self { view, forms }
    }

    /// Are there any?
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// The name of a table: what the class says, else its own name.
    pub fn name(&self, class: Def) -> Text {
        let said = self.forms.get(&class).and_then(|form| form.name).and_then(|name| self.said(class, name));
        said.unwrap_or_else(|| {
            let path = self.view.program.path(class.file);
            let folder = parent(path).rsplit('/').next().unwrap_or_default().to_owned();
            let app = if path.ends_with("/models.py") { format!("{folder}_") } else { String::new() };
            Text::from(&format!("{app}{}", self.view.program.definition(class).name).to_lowercase())
        })
    }

    /// The text that an attribute of a class, or of a class in it, is bound to.
    fn said(&self, class: Def, name: Text) -> Option<Text> {
        let program = self.view.program;
        let text = |of: Def| program.member(of, name).and_then(|node| program.literal(node));
        text(class).or_else(|| {
            program.definition(class).bindings.iter().find_map(|(_, value)| {
                let OpKind::Define(id) = program.op(Node { file: class.file, value: *value }).kind else { return None };
                let inner = Def { file: class.file, id };
                (program.definition(inner).kind == DefKind::Class).then(|| text(inner)).flatten()
            })
        })
    }

    /// The columns that a table's class itself names; none if it has others from a table's class above it.
    pub fn columns(&self, class: Def) -> Vec<Text> {
        if self.view.types.own_bases(class).any(|base| self.forms.contains_key(&base)) {
            return Vec::new();
        }
        let bound = self.view.program.definition(class).bindings.iter();
        let plain = |value: u32| {
            let op = self.view.program.op(Node { file: class.file, value }).kind;
            matches!(op, OpKind::Call(..) | OpKind::Unknown)
        };
        bound.filter(|(name, value)| !name.starts_with("__") && plain(*value)).map(|(name, _)| *name).collect()
    }

    /// Makes an operation a new row?
    pub fn is_row(&self, node: Node) -> bool {
        !self.made(node).is_empty()
    }

    /// Is a name bound in a table's class, or in one above it?
    pub fn has_column(&self, class: Def, name: Text) -> bool {
        let own = self.view.program.member(class, name);
        match own.map(|node| self.view.program.op(node).kind) {
            Some(OpKind::Define(_)) => false,
            Some(_) => true,
            None => self.view.types.own_bases(class).take(DEPTH).any(|base| {
                self.view
                    .program
                    .member(base, name)
                    .is_some_and(|node| !matches!(self.view.program.op(node).kind, OpKind::Define(_)))
            }),
        }
    }

    /// The table whose rows a value stands for: `Document.objects`, `session.query(Document)`.
    pub fn rows(&self, node: Node) -> Option<Def> {
        let class = |value: u32| {
            let types = self.view.types.of(Node { value, ..node }).iter();
            types.into_iter().find_map(|t| match t {
                Type::Class(class) => self.forms.get_key_value(class).map(|(class, form)| (*class, *form)),
                _ => None,
            })
        };
        match self.view.program.op(node).kind {
            OpKind::Attr(object, name) => {
                class(object).filter(|(_, form)| form.gives_rows(name)).map(|(class, _)| class)
            }
            OpKind::Call(function, operands) => {
                let name = match self.view.program.op(Node { value: function, ..node }).kind {
                    OpKind::Attr(_, name) => name,
                    _ => {
                        Text::from(self.view.types.library_name(Node { value: function, ..node })?.rsplit('.').next()?)
                    }
                };
                self.view.program.operands(node.file, operands).iter().find_map(|operand| {
                    let of = match self.view.program.op(Node { value: operand.value, ..node }).kind {
                        OpKind::Attr(object, _) => class(operand.value).or_else(|| class(object)),
                        _ => class(operand.value),
                    };
                    of.filter(|(_, form)| form.asks(name)).map(|(class, _)| class)
                })
            }
            _ => None,
        }
    }

    /// The table that a value is a row, or the rows, of.
    fn row_of(&self, node: Node) -> Option<(Def, &'a RecordForm)> {
        let mut waiting = vec![Seen::anywhere(node)];
        for _ in 0..STEPS {
            let seen = waiting.pop()?;
            let types = self.view.types.of(seen.node).iter();
            let object = types.into_iter().find_map(|t| if let Type::Object(class) = t { Some(class) } else { None });
            if let Some(of) = object {
                return self.forms.get_key_value(of).map(|(class, form)| (*class, *form));
            }
            if let Some(class) = self.rows(seen.node) {
                return self.forms.get(&class).map(|form| (class, *form));
            }
            let back = self.view.evaluator.follow.back(&seen).values;
            if !back.is_empty() {
                waiting.extend(back);
                continue;
            }
            match self.view.program.op(seen.node).kind {
                OpKind::Element(of) | OpKind::Index(of, _) | OpKind::Attr(of, _) => waiting.push(seen.beside(of)),
                OpKind::Call(function, operands) => {
                    let operands = self.view.program.operands(seen.node.file, operands).iter();
                    waiting.extend(operands.map(|o| seen.beside(o.value)));
                    waiting.push(seen.beside(function));
                }
                _ => {}
            }
        }
        None
    }

    /// The calls of a method of a table's class: of its rows, whose type only their table tells.
    pub fn callers(&self, method: Def, class: Def) -> Vec<Site> {
        let typed = self.view.types.callers.get(&method).map_or(&[][..], Vec::as_slice);
        if !typed.is_empty() {
            return typed.to_vec();
        }
        let name = self.view.program.definition(method).name;
        let calls = self.view.calls().filter(|(_, call)| {
            let OpKind::Call(function, _) = self.view.program.op(*call).kind else { return false };
            let OpKind::Attr(row, called) = self.view.program.op(Node { value: function, ..*call }).kind else {
                return false;
            };
            called == name && self.row_of(Node { value: row, ..*call }).is_some_and(|(of, _)| of == class)
        });
        calls.map(|(within, call)| Site { call, within, bound: true, via: Via::Call, class: Some(class) }).collect()
    }

    /// What an operation writes into columns.
    pub fn writes(&self, node: Node) -> Vec<Write> {
        let beside = |value: u32| Node { value, ..node };
        match self.view.program.op(node).kind {
            OpKind::SetAttr(object, column, value) => {
                let of = self.row_of(beside(object)).filter(|(class, _)| self.has_column(*class, column));
                of.map(|(class, _)| Write { class, column, value: beside(value) }).into_iter().collect()
            }
            OpKind::Call(function, operands) => {
                let made = self.made(node);
                let OpKind::Attr(object, method) = self.view.program.op(beside(function)).kind else { return made };
                if self.view.types.callees(node).iter().any(|c| matches!(c, Callee::Function(..))) {
                    return made;
                }
                let of = match self.view.program.op(beside(object)).kind {
                    // `document.tags.add(..)`
                    OpKind::Attr(row, column) if self.any_adds(method) => {
                        let of = self.row_of(beside(row)).filter(|(class, _)| self.has_column(*class, column));
                        of.filter(|(_, form)| form.adds(method)).map(|(class, _)| (class, Some(column)))
                    }
                    _ if self.any_writes(method) => {
                        self.row_of(beside(object)).filter(|(_, f)| f.writes(method)).map(|(class, _)| (class, None))
                    }
                    _ => None,
                };
                let Some((class, column)) = of else { return made };
                let operands = self.view.program.operands(node.file, operands).iter();
                let written = operands.filter_map(|o| {
                    let column = match (column, o.role) {
                        (Some(column), _) => column,
                        (None, ArgRole::Named(name)) => name,
                        _ => return None,
                    };
                    Some(Write { class, column, value: beside(o.value) })
                });
                written.chain(made).collect()
            }
            _ => Vec::new(),
        }
    }

    fn any_adds(&self, method: Text) -> bool {
        self.forms.values().any(|form| form.adds(method))
    }

    fn any_writes(&self, method: Text) -> bool {
        self.forms.values().any(|form| form.writes(method))
    }

    /// `Prediction(score=..)`: a new row.
    fn made(&self, node: Node) -> Vec<Write> {
        let OpKind::Call(function, operands) = self.view.program.op(node).kind else { return Vec::new() };
        let types = self.view.types.of(Node { value: function, ..node }).iter();
        let class = types.into_iter().find_map(|t| match t {
            Type::Class(class) if self.forms.contains_key(class) => Some(*class),
            _ => None,
        });
        let Some(class) = class else { return Vec::new() };
        let operands = self.view.program.operands(node.file, operands).iter();
        let named =
            operands.filter_map(|o| if let ArgRole::Named(name) = o.role { Some((name, o.value)) } else { None });
        named.map(|(column, value)| Write { class, column, value: Node { value, ..node } }).collect()
    }
}

/// How a class is a table.
fn form_of<'a>(view: &View<'a>, class: Def, depth: usize) -> Option<&'a RecordForm> {
    if depth > DEPTH {
        return None;
    }
    view.program.definition(class).bases.iter().find_map(|base| {
        view.types.of(Node { file: class.file, value: *base }).iter().find_map(|t| match t {
            Type::Library(name) | Type::Instance(name) => view.lexicon.records.form(*name),
            Type::Class(of) if *of != class => form_of(view, *of, depth + 1),
            _ => None,
        })
    })
}
