//! Fields in which a constructor keeps what it is given, and that nobody reads.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Text, Val};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::View;
use crate::value::types::{Callee, Type};

/// Whose fields may be read in ways that do not name them.
pub(in crate::system) struct Kept<'v> {
    view: &'v View<'v>,
    /// Names by which fields are looked up: `getattr(grove, "depth")`.
    texts: FxHashSet<Text>,
    /// The classes whose objects are looked at as a whole: `vars(self)`, `self.__dict__`, `getattr(self, name)`.
    whole: FxHashSet<Def>,
}

impl<'v> Kept<'v> {
    pub(in crate::system) fn new(view: &'v View<'v>) -> Self {
        let mut kept = Self { view, texts: FxHashSet::default(), whole: FxHashSet::default() };
        view.calls().for_each(|(_, call)| kept.look(call));
        for file in view.program.files() {
            for op in &view.program.file(file).ops {
                if let OpKind::Attr(object, name) = op.kind
                    && name == "__dict__"
                {
                    kept.whole.extend(class_of(view, Node { file, value: object }));
                }
            }
        }
        kept
    }

    /// What a call that looks fields up, or hands all of them on, says.
    fn look(&mut self, call: Node) {
        let view = self.view;
        let by_name = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.looks_up || m.forwards);
        let OpKind::Call(_, operands) = view.program.op(call).kind else { return };
        if !view.types.callees(call).iter().any(by_name) {
            return;
        }
        let mut operands = view.program.operands(call.file, operands).iter().map(|o| Node { value: o.value, ..call });
        let Some(object) = operands.next() else { return };
        match operands.next().map(|name| view.program.literal(name)) {
            Some(Some(name)) => {
                self.texts.insert(name);
            }
            _ => self.whole.extend(class_of(view, object)),
        }
    }

    /// May anybody read that field of objects of a class?
    pub(in crate::system) fn is_read(&self, class: Def, field: Text) -> bool {
        self.texts.contains(&field) || self.view.users.attributes(field).any(|node| may_be_of(self.view, node, class))
    }

    /// The classes of the repository whose objects a value may be.
    pub(in crate::system) fn classes(view: &'v View<'v>, node: Node) -> impl Iterator<Item = Def> + 'v {
        class_of(view, node)
    }

    /// The field of the object in which a parameter is kept, if nothing else is done with it and nobody reads it.
    pub(super) fn in_field(&self, class: Def, file: FileId, param: Val) -> Option<Text> {
        let view = self.view;
        let [only] = view.users.of(Node { file, value: param }) else { return None };
        let OpKind::SetAttr(object, field, value) = view.program.op(Node { file, value: *only }).kind else {
            return None;
        };
        let itself = matches!(view.program.op(Node { file, value: object }).kind, OpKind::Param(0));
        let plain = value == param
            && view.types.library_bases(class).iter().all(|base| view.lexicon.is_a(*base, "protocol.Network"))
            && !view.types.open.contains(&class)
            && !self.whole.contains(&class);
        (itself && plain && !self.is_read(class, field)).then_some(field)
    }
}

/// May an attribute be read of an object of that class? What is known to be something else is not.
fn may_be_of(view: &View<'_>, node: Node, class: Def) -> bool {
    let OpKind::Attr(object, _) = view.program.op(node).kind else { return false };
    let types = view.types.of(Node { value: object, ..node });
    let other =
        |t: &Type| matches!(t, Type::Instance(_) | Type::Library(_)) || matches!(t, Type::Object(c) if *c != class);
    types.is_empty() || !types.iter().all(other)
}

/// The classes of the repository whose objects a value may be.
fn class_of<'v>(view: &'v View<'v>, node: Node) -> impl Iterator<Item = Def> + 'v {
    view.types.of(node).iter().filter_map(|t| if let Type::Object(class) = t { Some(*class) } else { None })
}
