//! What names hold: of enclosing bodies, modules, and modules that are taken in whole.

use super::{DEPTH, Into, Path, Seen, Spot, Stack, WIDTH, Walk};
use crate::fact::{DefKind, OpKind, Text};
use crate::program::{Def, Imported, Node};
use crate::source::FileId;
use crate::value::types::Held;

impl Walk<'_> {
    pub(super) fn global(&mut self, spot: Spot, name: Text) {
        let program = self.follow.program;
        let file = spot.seen.node.file;
        let own = program.owner(spot.seen.node);
        let mut outer = own;
        let mut inner = own;
        while outer.id != 0 {
            outer.id = program.definition(outer).parent;
            if program.definition(outer).kind == DefKind::Function {
                if let Some(value) = program.binding(outer, name) {
                    let stack = if inner == own { self.made_in(own, &spot.seen.stack) } else { None };
                    let seen = Seen { node: Node { file, value }, stack: stack.unwrap_or_default() };
                    self.push(Spot { seen, path: spot.path, class: None });
                    return;
                }
                inner = outer;
            }
        }
        self.module_name(file, name, spot.path, 0);
    }

    /// The way into the body in which a function was made that is called through this stack.
    fn made_in(&mut self, function: Def, stack: &Stack) -> Option<Stack> {
        let program = self.follow.program;
        let (site, outer) = stack.split()?;
        let OpKind::Call(called, _) = program.op(site.call).kind else { return None };
        let mut waiting = vec![Seen { node: Node { value: called, ..site.call }, stack: outer.clone() }];
        for _ in 0..DEPTH {
            let seen = waiting.pop()?;
            if let OpKind::Define(id) = program.op(seen.node).kind {
                if (Def { file: seen.node.file, id }) == function {
                    return Some(seen.stack);
                }
                continue;
            }
            waiting.extend(self.follow.back_within(&seen, &mut self.limits).values);
        }
        None
    }

    /// The values of a module-level name.
    pub(super) fn module_name(&mut self, file: FileId, name: Text, path: Path, depth: usize) {
        let program = self.follow.program;
        let types = self.follow.types;
        let mut found = false;
        let mut waiting = Vec::new();
        if let Some(value) = program.binding(Def { file, id: 0 }, name) {
            waiting.push(Node { file, value });
        }
        waiting.extend(types.rebound.get(&(file, name)).into_iter().flatten().take(WIDTH).copied());
        for node in waiting {
            found = true;
            self.push(Spot { seen: Seen::anywhere(node), path: path.clone(), class: None });
        }
        if !path.is_empty() {
            self.filled(Held::Name(file, name), &path);
        }
        if found || depth > DEPTH {
            return;
        }
        for (index, import) in (0..).zip(&program.file(file).imports) {
            if import.name.is_some_and(|n| n == "*")
                && let Imported::Name(of, _) = program.imported(file, index)
                && of != file
            {
                let before = self.waiting.len();
                self.module_name(of, name, path.clone(), depth + 1);
                if self.waiting.len() > before {
                    return;
                }
            }
        }
        if let Some(Imported::Name(of, name)) = program.lazy(file, name) {
            self.module_name(of, name, path, depth + 1);
        }
    }

    /// A name of a module that is itself the value.
    pub(super) fn in_module(&mut self, file: FileId, mut spot: Spot) {
        if let Some(Into::Field(name) | Into::Key(name)) = spot.path.pop() {
            self.module_name(file, name, spot.path, 0);
        }
    }

    /// What fills a container that stands behind a name or field.
    pub(super) fn filled(&mut self, held: Held, path: &Path) {
        for node in self.follow.types.filled.get(&held).into_iter().flatten().take(WIDTH) {
            let spot = Spot { seen: Seen::anywhere(*node), path: path.clone(), class: None };
            match self.follow.program.op(*node).kind {
                OpKind::SetIndex(_, key, value) => self.put_at(spot, key, value),
                _ => self.put(spot),
            }
        }
    }
}
