//! What others ask of the types: what a value is, what a call runs and with which arguments.

use smallvec::SmallVec;

use super::{Callee, Given, Type, Types, Via};
use crate::fact::{DefKind, OpKind, Operand, Role, Text, Val};
use crate::lexicon::{Lexicon, Meaning, Slot};
use crate::program::{Def, Node};
use crate::value::stack::{Into, Path};
use crate::vocabulary::Certainty;

/// More classes above a class tell nothing new.
const LINEAGE: usize = 12;

impl<'a> Types<'a> {
    /// The types of a value.
    pub fn of(&self, node: Node) -> &[Type] {
        &self.sets[self.values[self.program.value_index(node)] as usize]
    }

    /// What is known of libraries.
    pub fn lexicon(&self) -> &'a Lexicon {
        self.lexicon
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

    /// What calling a value means, as far as it is a library's function.
    pub fn meanings(&self, function: Node) -> impl Iterator<Item = &'a Meaning> {
        let runs = self.runs(function);
        runs.into_iter().filter_map(|t| if let Type::Library(name) = t { self.lexicon.call(name) } else { None })
    }

    /// Is a value the object whose method is running?
    pub fn is_itself(&self, node: Node) -> bool {
        if !matches!(self.program.op(node).kind, OpKind::Param(0)) {
            return false;
        }
        let def = self.program.owner(node);
        self.program.class_of(def).is_some() && !self.decorators(def).contains(&"staticmethod")
    }

    /// How sure the meaning of a call is that was told by the shape of its object's use; none if it is known by name.
    pub fn shaped(&self, call: Node) -> Option<Certainty> {
        self.shapes.certainty(call)
    }

    /// Is a value all words of the program's command line?
    pub fn is_command_line(&self, node: Node) -> bool {
        self.of(node).iter().any(|ty| matches!(ty, Type::Library(name) | Type::Instance(name) if *name == "sys.argv"))
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

    /// The name of the method that a call calls, whatever its object is.
    pub fn method_name(&self, call: Node) -> Option<Text> {
        let OpKind::Call(function, _) = self.program.op(call).kind else { return None };
        match self.program.op(Node { value: function, ..call }).kind {
            OpKind::Attr(_, name) => Some(name),
            _ => None,
        }
    }

    /// What reading an attribute of a library's object means.
    pub fn attribute(&self, node: Node) -> Option<&'a Meaning> {
        let OpKind::Attr(object, name) = self.program.op(node).kind else { return None };
        self.instances(Node { value: object, ..node }).find_map(|of| self.lexicon.attribute(of, name))
    }

    /// Pairs a call's own arguments with the parameters of a function of the repository.
    pub fn arguments(&self, call: Node, callee: Def, bound: bool) -> SmallVec<[(u32, Val); 8]> {
        let own = |given: &Given| {
            given.node.file == call.file && !given.each && matches!(given.role, Role::Plain | Role::Named(_))
        };
        let passed = self.passed(call, callee, bound, Via::Call).into_iter();
        passed.filter(|(_, given)| own(given)).map(|(index, given)| (index, given.node.value)).collect()
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

    /// A class and the classes of the repository above it, itself first.
    pub fn lineage(&self, class: Def) -> SmallVec<[Def; 4]> {
        let mut lineage: SmallVec<[Def; 4]> = SmallVec::from_slice(&[class]);
        let mut next = 0;
        while let Some(class) = lineage.get(next).copied() {
            next += 1;
            for base in self.bases(class) {
                if !lineage.contains(&base) && lineage.len() < LINEAGE {
                    lineage.push(base);
                }
            }
        }
        lineage
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
        let bound = self.of(at(function)).iter().any(|t| matches!(t, Type::Partial(_)));
        if bound {
            return self.slot_of(&self.given(call, Via::Call), slot);
        }
        let operands: &[Operand] = self.program.operands(call.file, operands);
        if let Some(keyword) = &slot.keyword
            && let Some(named) = operands.iter().find(|o| matches!(o.role, Role::Named(n) if keyword.has(&n)))
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

    /// What is given in a slot, one value after another.
    fn slot_of(&self, given: &[Given], slot: &Slot) -> Option<Node> {
        let named = |g: &&Given| matches!(g.role, Role::Named(n) if slot.keyword.as_ref().is_some_and(|k| k.has(&n)));
        let mut positional = given.iter().filter(|g| matches!(g.role, Role::Plain | Role::Star));
        let found = given.iter().rev().find(named).or_else(|| positional.nth(slot.argument?))?;
        (found.role != Role::Star).then_some(found.node)
    }

    /// What is given in a slot within a sequence or map that is laid out for the call, or as each element of one.
    pub fn slot_inside(&self, call: Node, via: Via, slot: &Slot) -> Option<(Node, Path)> {
        let given = self.given(call, via);
        let each = |g: &Given| if g.each { Path::from_slice(&[Into::Each]) } else { Path::new() };
        let named = |g: &&Given| matches!(g.role, Role::Named(n) if slot.keyword.as_ref().is_some_and(|k| k.has(&n)));
        if let Some(found) = given.iter().rev().find(named) {
            return Some((found.node, each(found)));
        }
        let mut position = 0;
        for given in &given {
            match (given.role, slot.argument) {
                (Role::Plain, Some(wanted)) if position == wanted => return Some((given.node, each(given))),
                (Role::Plain, _) => position += 1,
                (Role::Star, Some(wanted)) => {
                    let mut path = each(given);
                    path.insert(0, Into::At(u32::try_from(wanted - position).ok()?));
                    return Some((given.node, path));
                }
                _ => {}
            }
        }
        let spread = given.iter().find(|g| g.role == Role::Spread)?;
        let keyword = slot.keyword.as_ref()?;
        Some((spread.node, Path::from_slice(&[Into::Key(Text::from(keyword.first()))])))
    }
}
