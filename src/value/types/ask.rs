//! What others ask of the types: what a value is, what a call runs and with which arguments.

use smallvec::SmallVec;

use super::{Callee, Type, Types};
use crate::fact::{DefKind, OpKind, Operand, Param, ParamKind, Role, Text, Val};
use crate::lexicon::{Meaning, Slot};
use crate::program::{Def, Node};
use crate::vocabulary::Certainty;

impl<'a> Types<'a> {
    /// The types of a value.
    pub fn of(&self, node: Node) -> &[Type] {
        &self.sets[self.values[self.program.value_index(node)] as usize]
    }

    /// The names of library types a value is an instance of.
    pub fn instances(&self, node: Node) -> impl Iterator<Item = Text> {
        self.of(node).iter().filter_map(|t| match t {
            Type::Instance(name) => Some(*name),
            _ => None,
        })
    }

    /// Is the value an instance of that library type?
    pub fn is_a(&self, node: Node, of: &str) -> bool {
        self.instances(node).any(|name| self.lexicon.is_a(name, of))
    }

    /// What the library functions or methods that a call may run mean, and the functions of the repository it may run.
    pub fn callees(&self, call: Node) -> &[Callee<'a>] {
        let index = self.program.value_index(call);
        let range = self.callee_starts.get(index..index + 2).map_or(0..0, |s| s[0] as usize..s[1] as usize);
        self.callees.get(range).unwrap_or(&[])
    }

    /// How sure the meaning of a call is that was told by the shape of its object's use; none if it is known by name.
    pub fn shaped(&self, call: Node) -> Option<Certainty> {
        self.shapes.certainty(call)
    }

    /// The qualified name of a library's module, function or class that a value is.
    pub fn library_name(&self, node: Node) -> Option<Text> {
        self.of(node).iter().find_map(|t| if let Type::Library(name) = t { Some(*name) } else { None })
    }

    /// The qualified name of what a call calls, as far as a library's: `pandas.read_csv`, `pandas.DataFrame.to_csv`.
    pub fn called_name(&self, call: Node) -> Option<Text> {
        let OpKind::Call(function, _) = self.program.op(call).kind else { return None };
        let function = Node { value: function, ..call };
        if let Some(name) = self.library_name(function) {
            return Some(name);
        }
        let OpKind::Attr(object, name) = self.program.op(function).kind else { return None };
        let of = self.instances(Node { value: object, ..call }).next()?;
        Some(Text::from(&format!("{of}.{name}")))
    }

    /// What reading an attribute of a library's object means.
    pub fn attribute(&self, node: Node) -> Option<&'a Meaning> {
        let OpKind::Attr(object, name) = self.program.op(node).kind else { return None };
        self.instances(Node { value: object, ..node }).find_map(|of| self.lexicon.attribute(of, name))
    }

    /// Pairs a call's arguments with the parameters of a function of the repository.
    pub fn arguments(&self, call: Node, callee: Def, bound: bool) -> SmallVec<[(u32, Val); 8]> {
        let mut pairs = SmallVec::new();
        let params = &self.program.definition(callee).params;
        let (function, operands) = match self.program.op(call).kind {
            OpKind::Call(function, operands) => (function, operands),
            OpKind::Dict(operands) => return self.entries(call, params, self.program.operands(call.file, operands)),
            _ => return pairs,
        };
        let mut position = 0_usize;
        if bound {
            if let OpKind::Attr(object, _) = self.program.op(Node { value: function, ..call }).kind {
                pairs.push((0, object));
            }
            position = 1;
        }
        for operand in self.program.operands(call.file, operands) {
            match operand.role {
                Role::Plain => {
                    let index = match params.get(position) {
                        Some(param) if param.kind == ParamKind::Plain => Some(position),
                        _ => params.iter().position(|p| p.kind == ParamKind::Rest),
                    };
                    if let Some(index) = index {
                        pairs.push((u32::try_from(index).unwrap_or(u32::MAX), operand.value));
                    }
                    position += 1;
                }
                Role::Named(name) => {
                    let index = params.iter().position(|p| p.name == name && p.kind != ParamKind::Rest);
                    if let Some(index) = index.or_else(|| params.iter().position(|p| p.kind == ParamKind::Keywords)) {
                        pairs.push((u32::try_from(index).unwrap_or(u32::MAX), operand.value));
                    }
                }
                Role::Star | Role::Spread | Role::Key => {}
            }
        }
        pairs
    }

    /// Pairs a dict's entries with the parameters they are named after.
    fn entries(&self, dict: Node, params: &[Param], operands: &[Operand]) -> SmallVec<[(u32, Val); 8]> {
        let mut pairs = SmallVec::new();
        for pair in operands.windows(2).filter(|pair| pair[0].role == Role::Key) {
            let key = self.program.literal(Node { value: pair[0].value, ..dict });
            if let Some(index) = params.iter().position(|p| Some(p.name) == key) {
                pairs.push((u32::try_from(index).unwrap_or(u32::MAX), pair[1].value));
            }
        }
        pairs
    }

    /// The method of that name of a class or its bases.
    pub fn method_of(&self, class: Def, name: &str) -> Option<Def> {
        self.method_within(class, Text::from(name), 0)
    }

    pub(super) fn method_within(&self, class: Def, name: Text, depth: usize) -> Option<Def> {
        if let Some(member) = self.program.member(class, name) {
            return match self.program.op(member).kind {
                OpKind::Define(id) => {
                    let def = Def { file: class.file, id };
                    (self.program.definition(def).kind == DefKind::Function).then_some(def)
                }
                _ => None,
            };
        }
        if depth > 8 {
            return None;
        }
        self.bases(class).find_map(|base| self.method_within(base, name, depth + 1))
    }

    /// The classes of the repository that a class extends.
    pub fn own_bases(&self, class: Def) -> impl Iterator<Item = Def> {
        self.bases(class)
    }

    pub(super) fn bases(&self, class: Def) -> impl Iterator<Item = Def> {
        let bases = self.program.definition(class).bases.iter();
        bases
            .flat_map(move |value| self.of(Node { file: class.file, value: *value }).iter())
            .filter_map(move |t| if let Type::Class(base) = t { Some(*base) } else { None })
            .filter(move |base| *base != class)
    }

    /// The library types that a class of the repository extends.
    pub fn library_bases(&self, class: Def) -> Vec<Text> {
        let mut found = Vec::new();
        self.library_bases_into(class, &mut found, 0);
        found
    }

    pub(super) fn library_bases_into(&self, class: Def, found: &mut Vec<Text>, depth: usize) {
        if depth > 8 {
            return;
        }
        for value in &self.program.definition(class).bases {
            for ty in self.of(Node { file: class.file, value: *value }) {
                match ty {
                    Type::Library(name) => found.push(*name),
                    Type::Class(base) if *base != class => self.library_bases_into(*base, found, depth + 1),
                    _ => {}
                }
            }
        }
    }

    /// The plain names of a definition's decorators.
    pub fn decorators(&self, def: Def) -> SmallVec<[&'a str; 2]> {
        let name = |value: &Val| match self.program.op(Node { file: def.file, value: *value }).kind {
            OpKind::Global(name) | OpKind::Attr(_, name) => Some(name.as_str()),
            _ => None,
        };
        self.program.definition(def).decorators.iter().filter_map(name).collect()
    }

    /// The values that a function returns.
    pub fn returned(&self, def: Def) -> impl Iterator<Item = Node> + use<'a> {
        let facts = self.program.file(def.file);
        let body = self.program.definition(def).body.clone();
        body.filter_map(move |value| match facts.op(value).kind {
            OpKind::Return(returned) => Some(Node { file: def.file, value: returned }),
            _ => None,
        })
    }

    /// An operand of a call by the lexicon's slot.
    pub fn slot(&self, call: Node, slot: &Slot) -> Option<Node> {
        let OpKind::Call(function, operands) = self.program.op(call).kind else {
            // An attribute's receiver.
            return match self.program.op(call).kind {
                OpKind::Attr(object, _) if slot.receiver => Some(Node { value: object, ..call }),
                _ => None,
            };
        };
        let at = |value: Val| Node { value, ..call };
        if slot.result {
            return Some(call);
        }
        let operands: &[Operand] = self.program.operands(call.file, operands);
        if let Some(keyword) = &slot.keyword
            && let Some(named) = operands.iter().find(|o| matches!(o.role, Role::Named(n) if n == keyword.as_str()))
        {
            return Some(at(named.value));
        }
        if let Some(position) = slot.argument
            && let Some(operand) = operands.iter().filter(|o| matches!(o.role, Role::Plain | Role::Star)).nth(position)
        {
            return (operand.role == Role::Plain).then(|| at(operand.value));
        }
        if slot.receiver
            && let OpKind::Attr(object, _) = self.program.op(at(function)).kind
        {
            return Some(at(object));
        }
        None
    }
}
