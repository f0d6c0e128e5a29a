//! Who calls what, assigns what and fills what, once the types of all values are known.

use smallvec::SmallVec;

use super::{Callee, Held, SUBCLASSES, Site, Type, Types, Via};
use crate::fact::{DefKind, OpKind, Text};
use crate::lexicon::Flow;
use crate::program::{Def, Imported, Node};
use crate::source::FileId;

impl Types<'_> {
    /// Finds which classes extend which.
    pub(super) fn find_subclasses(&mut self) {
        let classes = (0..self.program.def_count()).map(|index| self.program.def_at(index));
        for class in classes.filter(|def| self.program.definition(*def).kind == DefKind::Class) {
            for base in self.bases(class).collect::<SmallVec<[Def; 2]>>() {
                let known = self.subclasses.entry(base).or_default();
                if known.len() < SUBCLASSES && !known.contains(&class) {
                    known.push(class);
                }
            }
        }
    }

    pub(super) fn collect(&mut self) {
        for file in self.program.files() {
            let facts = self.program.file(file);
            let mut owners = vec![0; facts.ops.len()];
            for (id, definition) in (0..).zip(&facts.definitions) {
                owners[definition.body.start as usize..definition.body.end as usize].fill(id);
            }
            for (value, id) in (0..).zip(owners) {
                let node = Node { file, value };
                self.collect_from(Def { file, id }, node);
                let next = self.program.value_index(node) + 1;
                self.callee_starts[next] = u32::try_from(self.callees.len()).unwrap_or(u32::MAX);
            }
        }
    }

    fn collect_from(&mut self, def: Def, node: Node) {
        match self.program.op(node).kind {
            OpKind::Call(function, _) => {
                let callees = self.resolve(node);
                let passes_on = self.calls_what_it_wraps(def, Node { value: function, ..node });
                for callee in callees.iter().filter(|_| !passes_on) {
                    if let Callee::Function(of, bound) = *callee {
                        self.collect_site(def, node, of, bound, Via::Call);
                    }
                }
                self.callees.extend(callees);
                self.collect_filling(def, node);
            }
            OpKind::SetIndex(object, ..) => {
                self.collect_subscript(def, node);
                self.collect_filled(def, Node { value: object, ..node }, node);
            }
            OpKind::Index(..) => self.collect_subscript(def, node),
            OpKind::Define(id) => {
                let of = Def { file: node.file, id };
                for decorator in &self.program.definition(of).decorators {
                    let call = Node { value: *decorator, ..node };
                    for ty in self.runs(call) {
                        if let Type::Function(wrapper) = ty {
                            let via = Via::Wraps(node.value);
                            let site = Site { call, within: def, bound: false, via, class: None };
                            self.callers.entry(wrapper).or_default().push(site);
                        }
                    }
                }
            }
            OpKind::SetAttr(object, name, value) => {
                let value = Node { value, ..node };
                for ty in self.set_at(Node { value: object, ..node }) {
                    match ty {
                        Type::Object(class) | Type::Class(class) => {
                            self.assigned.entry((class, name)).or_default().push(value)
                        }
                        Type::Module(file) => self.rebound.entry((file, name)).or_default().push(value),
                        _ => {}
                    }
                }
            }
            OpKind::Bind(name, value) if self.program.definition(def).kind == DefKind::Function => {
                self.rebound.entry((def.file, name)).or_default().push(Node { value, ..node });
            }
            _ => {}
        }
    }

    /// A subscript runs a method of its object.
    fn collect_subscript(&mut self, def: Def, node: Node) {
        let runs: SmallVec<[Def; 2]> = self.subscripted(node).collect();
        for of in runs {
            self.collect_site(def, node, of, true, Via::Call);
            self.callees.push(Callee::Function(of, true));
        }
    }

    /// Adds a call of a function; where its object may be of several classes, once for each.
    fn collect_site(&mut self, def: Def, call: Node, of: Def, bound: bool, via: Via) {
        let via = if bound && via == Via::Call && self.makes(call, of) { Via::Makes } else { via };
        let receiver = self.receiver(call, via).filter(|_| bound);
        let own = |node: &Node| !self.is_itself(*node);
        let name = self.program.definition(of).name;
        let mut classes: SmallVec<[Def; 2]> = SmallVec::new();
        for ty in receiver.filter(own).map_or(&[][..], |node| self.of(node)) {
            if let Type::Object(class) = ty
                && (self.method_of(*class, &name) == Some(of))
            {
                classes.push(*class);
            }
        }
        let site = Site { call, within: def, bound, via, class: None };
        let sites = self.callers.entry(of).or_default();
        match classes.is_empty() {
            true => sites.push(site),
            false => sites.extend(classes.into_iter().map(|class| Site { class: Some(class), ..site })),
        }
    }

    /// Does the call make the object whose method that is?
    pub fn makes(&self, call: Node, method: Def) -> bool {
        let OpKind::Call(function, _) = self.program.op(call).kind else { return false };
        let runs = self.runs(Node { value: function, ..call });
        runs.iter().any(|t| matches!(t, Type::Class(_)))
            && !runs.iter().any(|t| matches!(t, Type::Method(of) if *of == method))
    }

    /// Is that a call, in a decorator's inner function, of what it wraps? Who calls that is known without it.
    fn calls_what_it_wraps(&self, def: Def, function: Node) -> bool {
        let OpKind::Global(name) = self.program.op(function).kind else { return false };
        let outer = Def { id: self.program.definition(def).parent, ..def };
        let value = self.program.binding(outer, name).filter(|_| def.id != 0 && outer.id != 0);
        value.is_some_and(|value| matches!(self.program.op(Node { value, ..function }).kind, OpKind::Param(0)))
            && self.wrappers.contains(&outer)
    }

    /// Functions that a call hands on are called with its arguments.
    fn collect_filling(&mut self, def: Def, node: Node) {
        for (function, via) in self.handed(node) {
            for ty in self.runs(function) {
                match ty {
                    Type::Function(of) => self.collect_site(def, node, of, false, via),
                    Type::Method(of) => self.collect_site(def, node, of, true, via),
                    _ => {}
                }
            }
        }
        let OpKind::Call(function, _) = self.program.op(node).kind else { return };
        if let OpKind::Attr(object, _) = self.program.op(Node { value: function, ..node }).kind
            && matches!(self.flow(node), Some(Flow::Puts | Flow::Extends | Flow::Updates))
        {
            self.collect_filled(def, Node { value: object, ..node }, node);
        }
    }

    /// The container behind a name of a module, if the module makes one for it.
    fn held_by(&self, file: FileId, name: Text) -> Held {
        let value = self.program.binding(Def { file, id: 0 }, name);
        let node = value.map(|value| Node { file, value });
        let makes =
            |node: &Node| matches!(self.program.op(*node).kind, OpKind::List(_) | OpKind::Dict(_) | OpKind::Call(..));
        node.filter(makes).map_or(Held::Name(file, name), Held::Made)
    }

    /// Notes what fills a container that stands behind a name of a module or a field.
    fn collect_filled(&mut self, def: Def, container: Node, by: Node) {
        match self.program.op(container).kind {
            OpKind::Global(name) => {
                let held = self.held_by(def.file, name);
                self.filled.entry(held).or_default().push(by);
            }
            OpKind::Import(index) => {
                if let Imported::Name(file, name) = self.program.imported(container.file, index) {
                    let held = self.held_by(file, name);
                    self.filled.entry(held).or_default().push(by);
                }
            }
            OpKind::Attr(object, name) => {
                for ty in self.set_at(Node { value: object, ..container }) {
                    let held = match ty {
                        Type::Module(file) => self.held_by(file, name),
                        Type::Object(class) | Type::Class(class) => Held::Field(class, name),
                        _ => continue,
                    };
                    self.filled.entry(held).or_default().push(by);
                }
            }
            _ => {}
        }
    }
}
