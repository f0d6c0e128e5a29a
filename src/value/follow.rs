//! Where a value comes from, one step at a time, across names, fields, calls and returns.

use std::sync::Arc;

use smallvec::SmallVec;

use super::types::{Callee, Site, Type, Types};
use crate::fact::{DefKind, OpKind, Operands, ParamKind, Role, Text};
use crate::program::{Def, Imported, Node, Program};
use crate::source::FileId;

/// The calls through which a body was entered; empty: any caller. Cheap to clone: it is shared, never changed.
#[derive(Clone, Debug, Default)]
pub struct Stack(Option<Arc<Frame>>);

#[derive(Debug)]
struct Frame {
    site: Site,
    outer: Stack,
    depth: usize,
}

impl Stack {
    /// Any caller.
    pub fn new() -> Self {
        Self(None)
    }

    /// Is any caller meant?
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The innermost call.
    pub fn last(&self) -> Option<Site> {
        self.0.as_ref().map(|frame| frame.site)
    }

    /// The outermost call.
    pub fn first(&self) -> Option<Site> {
        let mut frame = self.0.as_ref()?;
        while let Some(outer) = &frame.outer.0 {
            frame = outer;
        }
        Some(frame.site)
    }

    fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |frame| frame.depth)
    }

    fn entered(&self, site: Site) -> Self {
        Self(Some(Arc::new(Frame { site, outer: self.clone(), depth: self.len() + 1 })))
    }
}

/// From calls, the outermost first.
impl FromIterator<Site> for Stack {
    fn from_iter<T: IntoIterator<Item = Site>>(sites: T) -> Self {
        sites.into_iter().fold(Self::new(), |stack, site| stack.entered(site))
    }
}

/// Deeper than this the way in is forgotten, which only makes the answer wider.
const STACK_LIMIT: usize = 5;

/// Containers in containers that are looked into.
const CONTAINERS: usize = 3;

/// More callers or assignments than this are not followed one by one.
const WIDTH: usize = 12;

/// A value as seen through a chain of calls.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The value.
    pub node: Node,
    /// The way in.
    pub stack: Stack,
}

impl Seen {
    /// A value seen from anywhere.
    pub fn anywhere(node: Node) -> Self {
        Self { node, stack: Stack::new() }
    }

    /// Another value of the same body.
    pub fn beside(&self, value: u32) -> Self {
        Self { node: Node { value, ..self.node }, stack: self.stack.clone() }
    }
}

/// The steps that a value's way back may take.
#[derive(Default)]
pub struct Steps {
    /// The values it is.
    pub values: SmallVec<[Seen; 4]>,
    /// It is a parameter of this definition, whose caller is not known here.
    pub parameter: Option<Def>,
}

/// Follows values through a program.
#[derive(Clone, Copy)]
pub struct Follow<'a> {
    /// The program.
    pub program: &'a Program<'a>,
    /// Its types.
    pub types: &'a Types<'a>,
}

impl Follow<'_> {
    /// The values that this value is, if it only passes them on; nothing if it makes a value of its own.
    pub fn back(&self, seen: &Seen) -> Steps {
        self.back_within(seen, 0)
    }

    /// The same, so many containers deep: one may be an element of itself.
    fn back_within(&self, seen: &Seen, depth: usize) -> Steps {
        let mut steps = Steps::default();
        let node = seen.node;
        match self.program.op(node).kind {
            OpKind::Either(operands) => {
                steps.values.extend(self.program.operands(node.file, operands).iter().map(|o| seen.beside(o.value)));
            }
            OpKind::After(value, _) | OpKind::With(value) | OpKind::Bind(_, value) => {
                steps.values.push(seen.beside(value))
            }
            OpKind::Param(index) => self.argument(seen, index, &mut steps),
            OpKind::Global(name) => self.global(seen, name, &mut steps),
            OpKind::Import(index) => {
                if let Imported::Name(file, name) = self.program.imported(node.file, index) {
                    self.module_name(file, name, &mut steps);
                }
            }
            OpKind::Path(path) => {
                if let Some(Imported::Name(file, name)) = self.program.rust_path(node.file, &path) {
                    self.module_name(file, name, &mut steps);
                }
            }
            OpKind::Attr(object, name) => self.field(seen, object, name, &mut steps),
            OpKind::Index(object, index) => self.index(seen, object, index, &mut steps, depth),
            OpKind::Part(sequence, index) => self.part(seen, sequence, index, &mut steps),
            OpKind::Call(function, operands) => {
                for callee in self.types.callees(node) {
                    if let Callee::Meaning(meaning) = callee
                        && meaning.looks_up
                    {
                        self.lookup(seen, function, operands, &mut steps, depth);
                    }
                    if let Callee::Function(def, bound) = *callee
                        && self.program.definition(def).name != "__init__"
                    {
                        let stack = self.enter(seen, bound);
                        steps.values.extend(
                            self.types.returned(def).take(WIDTH).map(|node| Seen { node, stack: stack.clone() }),
                        );
                    }
                }
            }
            _ => {}
        }
        steps
    }

    /// The stack inside a function that is called here.
    pub fn enter(&self, seen: &Seen, bound: bool) -> Stack {
        let site = Site { call: seen.node, within: self.program.owner(seen.node), bound };
        if seen.stack.len() >= STACK_LIMIT { Stack::new().entered(site) } else { seen.stack.entered(site) }
    }

    fn argument(&self, seen: &Seen, index: u32, steps: &mut Steps) {
        let def = self.program.owner(seen.node);
        if let Some(frame) = &seen.stack.0 {
            self.argument_at(def, index, frame.site, &frame.outer, steps);
            return;
        }
        steps.parameter = Some(def);
        let callers = self.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
        for site in callers.iter().take(WIDTH) {
            self.argument_at(def, index, *site, &Stack::new(), steps);
        }
        if callers.is_empty() {
            self.default(def, index, steps);
        }
    }

    /// The value that a call gives to a parameter, or the parameter's default.
    pub fn argument_at(&self, def: Def, index: u32, site: Site, outer: &Stack, steps: &mut Steps) {
        let pairs = self.types.arguments(site.call, def, site.bound);
        let before = steps.values.len();
        let rest = self
            .program
            .definition(def)
            .params
            .get(index as usize)
            .is_some_and(|p| p.kind != ParamKind::Plain && p.kind != ParamKind::Keyword);
        if !rest {
            for (param, value) in &pairs {
                if *param == index {
                    steps.values.push(Seen { node: Node { value: *value, ..site.call }, stack: outer.clone() });
                }
            }
        }
        if steps.values.len() == before {
            self.default(def, index, steps);
        }
    }

    fn default(&self, def: Def, index: u32, steps: &mut Steps) {
        if let Some(default) = self.program.definition(def).params.get(index as usize).and_then(|p| p.default) {
            steps.values.push(Seen::anywhere(Node { file: def.file, value: default }));
        }
    }

    fn global(&self, seen: &Seen, name: Text, steps: &mut Steps) {
        let file = seen.node.file;
        let mut outer = self.program.owner(seen.node);
        while outer.id != 0 {
            outer.id = self.program.definition(outer).parent;
            if self.program.definition(outer).kind == DefKind::Function
                && let Some(value) = self.program.binding(outer, name)
            {
                // The enclosing body's own way in is not known here.
                steps.values.push(Seen::anywhere(Node { file, value }));
                return;
            }
        }
        self.module_name(file, name, steps);
    }

    /// The values of a module-level name.
    pub fn module_name(&self, file: FileId, name: Text, steps: &mut Steps) {
        let before = steps.values.len();
        if let Some(value) = self.program.binding(Def { file, id: 0 }, name) {
            steps.values.push(Seen::anywhere(Node { file, value }));
        }
        let rebound = self.types.rebound.get(&(file, name)).into_iter().flatten();
        steps.values.extend(rebound.take(WIDTH).map(|node| Seen::anywhere(*node)));
        if steps.values.len() == before {
            for (index, import) in self.program.file(file).imports.iter().enumerate() {
                if import.name.is_some_and(|n| n == "*")
                    && let Imported::Name(of, _) = self.program.imported(file, u32::try_from(index).unwrap_or(u32::MAX))
                    && of != file
                    && let Some(value) = self.program.binding(Def { file: of, id: 0 }, name)
                {
                    steps.values.push(Seen::anywhere(Node { file: of, value }));
                }
            }
        }
    }

    fn field(&self, seen: &Seen, object: u32, name: Text, steps: &mut Steps) {
        let object = Node { value: object, ..seen.node };
        for ty in self.types.of(object) {
            match ty {
                Type::Module(file) => self.module_name(*file, name, steps),
                Type::Object(class) | Type::Class(class) => self.class_field(seen.node.file, *class, name, steps, 0),
                _ => {}
            }
        }
    }

    fn class_field(&self, from: FileId, class: Def, name: Text, steps: &mut Steps, depth: usize) {
        let before = steps.values.len();
        // Where any name can be a field, objects of the class have nothing in common but what one file does with them.
        let mut assigned = self.types.assigned.get(&(class, name)).map_or(&[][..], Vec::as_slice);
        if self.types.open.contains(&class) {
            // They are in the order of files.
            let start = assigned.partition_point(|node| node.file < from);
            let end = assigned.partition_point(|node| node.file <= from);
            assigned = &assigned[start..end];
        }
        steps.values.extend(assigned.iter().take(WIDTH).map(|node| Seen::anywhere(*node)));
        if let Some(member) = self.program.member(class, name) {
            match self.program.op(member).kind {
                OpKind::Define(id) => {
                    let def = Def { file: class.file, id };
                    let decorated = self.types.decorators(def);
                    if decorated.iter().any(|d| *d == "property" || *d == "cached_property") {
                        steps.values.extend(self.types.returned(def).take(WIDTH).map(Seen::anywhere));
                    }
                }
                _ => steps.values.push(Seen::anywhere(member)),
            }
        }
        if steps.values.len() == before && depth < 6 {
            for base in &self.program.definition(class).bases {
                for ty in self.types.of(Node { file: class.file, value: *base }) {
                    if let Type::Class(base) = ty
                        && *base != class
                    {
                        self.class_field(from, *base, name, steps, depth + 1);
                    }
                }
            }
        }
    }

    fn index(&self, seen: &Seen, object: u32, index: u32, steps: &mut Steps, depth: usize) {
        if depth > CONTAINERS {
            return;
        }
        let mut object = seen.beside(object);
        // The container itself may stand behind a name.
        for _ in 0..4 {
            let kind = self.program.op(object.node).kind;
            let operands = match kind {
                OpKind::List(operands) | OpKind::Tuple(operands) | OpKind::Dict(operands) => operands,
                OpKind::SetIndex(container, key, value) => {
                    if self.same_key(object.beside(key).node, Node { value: index, ..seen.node }) {
                        steps.values.push(object.beside(value));
                        return;
                    }
                    object = object.beside(container);
                    continue;
                }
                _ => {
                    let mut back = self.back_within(&object, depth + 1);
                    if back.values.len() != 1 {
                        return;
                    }
                    let Some(only) = back.values.pop() else { return };
                    object = only;
                    continue;
                }
            };
            let operands = self.program.operands(object.node.file, operands);
            match self.program.op(Node { value: index, ..seen.node }).kind {
                OpKind::Int(position) => {
                    let position = usize::try_from(position).ok();
                    if let Some(operand) = position.and_then(|p| operands.get(p)).filter(|o| o.role == Role::Plain) {
                        steps.values.push(object.beside(operand.value));
                    }
                }
                OpKind::Str(key) => {
                    for pair in operands.windows(2) {
                        let of = Node { value: pair[0].value, ..object.node };
                        if pair[0].role == Role::Key && self.program.literal(of) == Some(key) {
                            steps.values.push(object.beside(pair[1].value));
                        }
                    }
                }
                _ => {}
            }
            return;
        }
    }

    /// `d.get(key, default)`.
    fn lookup(&self, seen: &Seen, function: u32, operands: Operands, steps: &mut Steps, depth: usize) {
        let OpKind::Attr(object, _) = self.program.op(seen.beside(function).node).kind else { return };
        let operands = self.program.operands(seen.node.file, operands);
        let Some(key) = operands.first() else { return };
        self.index(seen, object, key.value, steps, depth);
        if steps.values.is_empty()
            && let Some(default) = operands.get(1)
        {
            steps.values.push(seen.beside(default.value));
        }
    }

    fn same_key(&self, left: Node, right: Node) -> bool {
        matches!((self.program.literal(left), self.program.literal(right)), (Some(l), Some(r)) if l == r)
    }

    fn part(&self, seen: &Seen, sequence: u32, index: u32, steps: &mut Steps) {
        let sequence = seen.beside(sequence);
        if let OpKind::Tuple(operands) | OpKind::List(operands) = self.program.op(sequence.node).kind {
            if let Some(operand) = self.program.operands(sequence.node.file, operands).get(index as usize) {
                steps.values.push(sequence.beside(operand.value));
            }
            return;
        }
        if let OpKind::Element(list) = self.program.op(sequence.node).kind {
            return self.part_of_each(&sequence.beside(list), index, steps);
        }
        for callee in self.types.callees(sequence.node) {
            let Callee::Function(def, bound) = *callee else { continue };
            let stack = self.enter(&sequence, bound);
            for node in self.types.returned(def).take(WIDTH) {
                if let OpKind::Tuple(operands) = self.program.op(node).kind
                    && let Some(operand) = self.program.operands(node.file, operands).get(index as usize)
                {
                    steps.values.push(Seen { node: Node { value: operand.value, ..node }, stack: stack.clone() });
                }
            }
        }
    }

    /// The parts at one place of all tuples that a list in sight consists of.
    fn part_of_each(&self, list: &Seen, index: u32, steps: &mut Steps) {
        let mut waiting = vec![list.clone()];
        for _ in 0..WIDTH {
            let Some(list) = waiting.pop() else { break };
            let (OpKind::List(operands) | OpKind::Tuple(operands)) = self.program.op(list.node).kind else {
                waiting.extend(self.back(&list).values);
                continue;
            };
            for tuple in self.program.operands(list.node.file, operands).iter().take(WIDTH) {
                let tuple = list.beside(tuple.value);
                if let OpKind::Tuple(operands) = self.program.op(tuple.node).kind
                    && let Some(part) = self.program.operands(tuple.node.file, operands).get(index as usize)
                {
                    steps.values.push(tuple.beside(part.value));
                }
            }
        }
    }
}
