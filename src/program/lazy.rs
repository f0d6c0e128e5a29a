//! Names that a module fetches from others when they are asked for.

use super::{Def, Imported, Program, join, parent};
use crate::fact::{OpKind, Role, Text, Val};
use crate::source::FileId;

/// The function by which a module answers for names that it does not bind.
const ANSWERS: &str = "__getattr__";

impl Program<'_> {
    /// What a name is that a module does not bind and answers for, as far as a map in it says: of the name to a module,
    /// or of a module to its names.
    pub fn lazy(&self, file: FileId, name: Text) -> Option<Imported> {
        let module = Def { file, id: 0 };
        self.binding(module, Text::from(ANSWERS))?;
        let facts = self.file(file);
        let text = |value: Val| if let OpKind::Str(text) = facts.op(value).kind { Some(text) } else { None };
        let words = |value: Val| match facts.op(value).kind {
            OpKind::List(operands) | OpKind::Tuple(operands) => facts.operands(operands),
            _ => &[],
        };
        let bodies = facts.definitions.first()?.body.clone();
        bodies.into_iter().find_map(|value| {
            let OpKind::Dict(operands) = facts.op(value).kind else { return None };
            let entries = facts.operands(operands);
            entries.windows(2).filter(|pair| pair[0].role == Role::Key).find_map(|pair| {
                let (key, value) = (text(pair[0].value)?, pair[1].value);
                if key == name {
                    // `{"name": "package.module"}`, `{"name": ("package.module", "name")}`
                    let mut said = words(value).iter().filter_map(|o| text(o.value));
                    let (of, called) = match text(value) {
                        Some(of) => (of, name),
                        None => (said.next()?, said.next().unwrap_or(name)),
                    };
                    return self.lazily(file, &of, called);
                }
                let listed = words(value).iter().any(|o| text(o.value) == Some(name));
                if listed { self.lazily(file, &key, name) } else { None }
            })
        })
    }

    /// A name of a module that is told beside a package or in whole.
    fn lazily(&self, file: FileId, module: &str, name: Text) -> Option<Imported> {
        let inner = module.trim_start_matches('.').replace('.', "/");
        let beside = self.local(&join(parent(self.path(file)), &inner));
        let whole = || self.named(module, "", false, 1).first().map(|of| Imported::Module(*of));
        let Imported::Module(of) = beside.or_else(whole)? else { return None };
        if of == file {
            return None;
        }
        let bound = self.binding(Def { file: of, id: 0 }, name).is_some();
        let itself = inner.rsplit('/').next() == Some(name.as_str());
        match (bound, itself) {
            (true, _) => Some(Imported::Name(of, name)),
            (false, true) => Some(Imported::Module(of)),
            _ => None,
        }
    }
}
