//! Which operations take a value, and where a name, an attribute or an import stands: the way forward from a value.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::fact::{DefKind, Facts, OpKind, Text, Val};
use crate::program::{Def, Imported, Node, Program};
use crate::source::FileId;

/// The operations of one file by the values that they take.
#[derive(Default)]
struct Taking {
    starts: Vec<u32>,
    users: Vec<Val>,
    /// Parameters by their defaults.
    defaults: FxHashMap<Val, Vec<Val>>,
    /// Names that are found elsewhere.
    globals: FxHashMap<Text, Vec<Val>>,
    /// Attributes that are read.
    attributes: FxHashMap<Text, Vec<Val>>,
}

/// Who takes what, looked up file by file when it is asked for.
pub struct Users<'a> {
    program: &'a Program<'a>,
    files: Vec<OnceLock<Taking>>,
    /// The imports of names of modules of the repository.
    imports: OnceLock<FxHashMap<(FileId, Text), Vec<Node>>>,
    /// The files that take in all names of a module.
    starring: OnceLock<FxHashMap<FileId, Vec<FileId>>>,
    /// The files in which an attribute of a name is read.
    reading: OnceLock<FxHashMap<Text, Vec<FileId>>>,
}

impl<'a> Users<'a> {
    /// Nothing is looked at yet.
    pub fn new(program: &'a Program<'a>) -> Self {
        let mut files = Vec::new();
        files.resize_with(program.sources.len(), OnceLock::new);
        Self { program, files, imports: OnceLock::new(), starring: OnceLock::new(), reading: OnceLock::new() }
    }

    fn taking(&self, file: FileId) -> Option<&Taking> {
        self.files.get(file.index()).map(|taking| taking.get_or_init(|| taken(self.program.file(file))))
    }

    /// The operations of the same file that take a value.
    pub fn of(&self, node: Node) -> &[Val] {
        let Some(taking) = self.taking(node.file) else { return &[] };
        let at = node.value as usize;
        let range = taking.starts.get(at..at + 2).map_or(0..0, |s| s[0] as usize..s[1] as usize);
        taking.users.get(range).unwrap_or(&[])
    }

    /// The parameters whose default a value is.
    pub fn defaulted(&self, node: Node) -> &[Val] {
        self.taking(node.file).and_then(|t| t.defaults.get(&node.value)).map_or(&[], Vec::as_slice)
    }

    /// Where code of a file says a name that the body of a definition binds.
    pub fn named(&self, within: Def, name: Text) -> impl Iterator<Item = Node> + '_ {
        let found = self.taking(within.file).and_then(|t| t.globals.get(&name)).map_or(&[][..], Vec::as_slice);
        let nodes = found.iter().map(move |value| Node { file: within.file, value: *value });
        nodes.filter(move |node| self.binder(*node, name) == within)
    }

    /// The definition whose body binds a name, as seen from an operation.
    fn binder(&self, node: Node, name: Text) -> Def {
        let mut around = self.program.owner(node);
        for _ in 0..64 {
            if around.id == 0 {
                break;
            }
            around.id = self.program.definition(around).parent;
            let definition = self.program.definition(around);
            if definition.kind == DefKind::Function && self.program.binding(around, name).is_some() {
                return around;
            }
        }
        Def { file: node.file, id: 0 }
    }

    /// Where a name of a module is said, in the module itself and in those that import it.
    pub fn of_module(&self, file: FileId, name: Text) -> SmallVec<[Node; 8]> {
        let mut found: SmallVec<[Node; 8]> = self.named(Def { file, id: 0 }, name).collect();
        let imports = self.imports.get_or_init(|| imports(self.program));
        found.extend(imports.get(&(file, name)).into_iter().flatten().copied());
        let starring = self.starring.get_or_init(|| starring(self.program));
        for by in starring.get(&file).into_iter().flatten() {
            found.extend(self.named(Def { file: *by, id: 0 }, name));
        }
        found
    }

    /// Where an attribute of a name is read, in all files.
    pub fn attributes(&self, name: Text) -> impl Iterator<Item = Node> + '_ {
        let reading = self.reading.get_or_init(|| self.read_anywhere());
        let files = reading.get(&name).map_or(&[][..], Vec::as_slice);
        files.iter().flat_map(move |file| {
            let values = self.taking(*file).and_then(|t| t.attributes.get(&name)).map_or(&[][..], Vec::as_slice);
            values.iter().map(move |value| Node { file: *file, value: *value })
        })
    }

    fn read_anywhere(&self) -> FxHashMap<Text, Vec<FileId>> {
        let mut reading: FxHashMap<Text, Vec<FileId>> = FxHashMap::default();
        for file in self.program.files() {
            let names = self.taking(file).into_iter().flat_map(|t| t.attributes.keys());
            names.for_each(|name| reading.entry(*name).or_default().push(file));
        }
        reading
    }
}

fn imports(program: &Program<'_>) -> FxHashMap<(FileId, Text), Vec<Node>> {
    let mut found: FxHashMap<(FileId, Text), Vec<Node>> = FxHashMap::default();
    for file in program.files() {
        for (index, import) in (0..).zip(&program.file(file).imports) {
            if let Imported::Name(of, name) = program.imported(file, index) {
                found.entry((of, name)).or_default().push(Node { file, value: import.value });
            }
        }
    }
    found
}

fn starring(program: &Program<'_>) -> FxHashMap<FileId, Vec<FileId>> {
    let mut found: FxHashMap<FileId, Vec<FileId>> = FxHashMap::default();
    for file in program.files() {
        for (index, import) in (0..).zip(&program.file(file).imports) {
            if import.name.is_some_and(|name| name == "*")
                && let Imported::Name(of, _) = program.imported(file, index)
                && of != file
            {
                found.entry(of).or_default().push(file);
            }
        }
    }
    found
}

fn taken(facts: &Facts) -> Taking {
    let mut pairs: Vec<(Val, Val)> = Vec::new();
    let mut taking = Taking::default();
    for (user, op) in (0..).zip(&facts.ops) {
        match op.kind {
            OpKind::Global(name) => taking.globals.entry(name).or_default().push(user),
            OpKind::Attr(_, name) => taking.attributes.entry(name).or_default().push(user),
            _ => {}
        }
        let mut seen: FxHashSet<Val> = FxHashSet::default();
        // The call that was made for its effect takes the value itself.
        let effect = if let OpKind::After(_, call) = op.kind { Some(call) } else { None };
        facts.each_operand(op.kind, &mut |value| {
            if Some(value) != effect && seen.insert(value) {
                pairs.push((value, user));
            }
        });
    }
    pairs.sort_unstable();
    taking.starts = vec![0; facts.ops.len() + 1];
    for (value, _) in &pairs {
        if let Some(count) = taking.starts.get_mut(*value as usize + 1) {
            *count += 1;
        }
    }
    for at in 1..taking.starts.len() {
        taking.starts[at] += taking.starts[at - 1];
    }
    taking.users = pairs.into_iter().map(|(_, user)| user).collect();
    for param in facts.definitions.iter().flat_map(|d| &d.params) {
        if let Some(default) = param.default {
            taking.defaults.entry(default).or_default().push(param.value);
        }
    }
    taking
}
