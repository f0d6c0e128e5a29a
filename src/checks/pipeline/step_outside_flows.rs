//! Steps and flows that are declared, or brought into a flow's file, and that nothing takes up.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{DefKind, OpKind, Scalar, Text};
use crate::program::{Def, Imported, Node};
use crate::source::{At, FileId};
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "step-outside-flows", find };

/// What nothing takes up.
struct Idle {
    kind: &'static str,
    at: At,
    of: Def,
    tool: Text,
    flow: Text,
}

/// One sighting for each.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known) = (grounds.view, grounds.known);
    let mut idle: Vec<Idle> = Vec::new();
    let within: FxHashSet<usize> = known.wholes.iter().flat_map(|whole| whole.steps.iter().copied()).collect();
    let mut all: FxHashMap<Text, usize> = FxHashMap::default();
    let named = |name: &str| Text::from(name);
    for (number, step) in known.wired.iter().enumerate() {
        let Some(of) = step.function.filter(|_| step.idle && !within.contains(&number)) else { continue };
        if grounds.is_product(of.file) && view.program.definition(of).parent == 0 {
            idle.push(Idle { kind: "task", at: step.at, of, tool: step.tool, flow: named("") });
        }
    }
    for step in known.wired.iter().filter(|step| step.idle) {
        *all.entry(step.tool).or_default() += 1;
    }
    for whole in known.wholes.iter().filter(|whole| whole.idle) {
        let Some(of) = whole.function else { continue };
        if grounds.is_product(of.file) && view.program.definition(of).parent == 0 {
            idle.push(Idle { kind: "flow", at: whole.at, of, tool: whole.tool, flow: named(&whole.name) });
        }
    }
    idle.extend(brought(grounds));
    let names: FxHashSet<Text> = idle.iter().map(|idle| view.program.definition(idle.of).name).collect();
    let mentioned = mentioned(grounds, &names, &idle);
    idle.retain(|idle| !mentioned.contains(&view.program.definition(idle.of).name));
    // Where most seem to be outside, flows are made in a way that is not followed.
    let mut lost: FxHashMap<Text, usize> = FxHashMap::default();
    idle.iter().filter(|idle| idle.kind == "task").for_each(|idle| *lost.entry(idle.tool).or_default() += 1);
    idle.retain(|idle| idle.kind != "task" || lost[&idle.tool] * 2 <= all[&idle.tool]);
    let mut told: FxHashSet<Def> = FxHashSet::default();
    idle.retain(|idle| told.insert(idle.of));
    let mut files: FxHashMap<(FileId, &str), Vec<Idle>> = FxHashMap::default();
    for idle in idle {
        files.entry((idle.at.file, idle.kind)).or_default().push(idle);
    }
    let mut files: Vec<((FileId, &str), Vec<Idle>)> = files.into_iter().collect();
    files.sort_by_key(|(key, _)| *key);
    files.into_iter().map(|(_, idle)| sighting(grounds, &idle)).collect()
}

/// Functions that the file of a flow imports and never uses.
fn brought(grounds: &Grounds<'_>) -> Vec<Idle> {
    let (view, known) = (grounds.view, grounds.known);
    let mut found = Vec::new();
    let mut seen: FxHashSet<FileId> = FxHashSet::default();
    for whole in known.wholes.iter().filter(|whole| !whole.steps.is_empty()) {
        let file = whole.at.file;
        if !seen.insert(file) || !grounds.is_product(file) || view.program.path(file).ends_with("__init__.py") {
            continue;
        }
        for (number, import) in (0..).zip(&view.program.file(file).imports) {
            let Imported::Name(of, name) = view.program.imported(file, number) else { continue };
            let definitions = (0..).zip(&view.program.file(of).definitions).skip(1);
            let mut own = definitions.filter(|(_, d)| d.name == name && d.parent == 0 && d.kind == DefKind::Function);
            let Some((id, _)) = own.next() else { continue };
            if !is_used(grounds, file, import.value, import.alias) {
                let (of, at) = (Def { file: of, id }, At { file, span: import.span });
                found.push(Idle { kind: "import", at, of, tool: whole.tool, flow: Text::from(&whole.name) });
            }
        }
    }
    found
}

/// Does a file use what it imports?
fn is_used(grounds: &Grounds<'_>, file: FileId, value: crate::fact::Val, alias: Text) -> bool {
    let facts = grounds.view.program.file(file);
    let named = |op: &crate::fact::Op| match op.kind {
        OpKind::Global(name) => name == alias,
        _ => false,
    };
    let mut taken = false;
    for op in &facts.ops {
        if !matches!(op.kind, OpKind::Bind(..)) {
            facts.each_operand(op.kind, &mut |of| taken |= of == value);
        }
        taken |= named(op);
    }
    taken || facts.definitions.iter().any(|d| d.decorators.contains(&value) || d.bases.contains(&value))
}

/// Does a file look up names while it runs?
fn chooses(grounds: &Grounds<'_>, file: FileId) -> bool {
    let ops = &grounds.view.program.file(file).ops;
    (0..).zip(ops).filter(|(_, op)| matches!(op.kind, OpKind::Call(..))).any(|(value, _)| {
        let callees = grounds.view.types.callees(Node { file, value }).iter();
        callees.into_iter().any(|callee| matches!(callee, Callee::Meaning(m) if m.imports || m.looks_up))
    }) || ops.iter().any(|op| matches!(op.kind, OpKind::Global(name) if name == "globals"))
}

/// The names that stand anywhere but in their own functions and in imports that are never used.
fn mentioned(grounds: &Grounds<'_>, names: &FxHashSet<Text>, idle: &[Idle]) -> FxHashSet<Text> {
    let program = grounds.view.program;
    let mut found = FxHashSet::default();
    if names.is_empty() {
        return found;
    }
    let homes: FxHashMap<Text, Def> = idle.iter().map(|idle| (program.definition(idle.of).name, idle.of)).collect();
    for file in program.files().filter(|file| !program.is_test(*file)) {
        let facts = program.file(file);
        let chooses = chooses(grounds, file);
        for (value, op) in (0..).zip(&facts.ops) {
            let name = match op.kind {
                OpKind::Attr(_, name) | OpKind::Global(name) => name,
                // A bare word may be the name of anything, but where names are looked up.
                OpKind::Str(name) if name.contains(['.', ':']) || chooses => name,
                // In its own module a name is the function itself.
                OpKind::Define(id) if grounds.view.sorted.uses(program, file, value) > 0 => {
                    let used = facts.ops.iter().any(|op| {
                        let mut takes = false;
                        if !matches!(op.kind, OpKind::Bind(..)) {
                            facts.each_operand(op.kind, &mut |of| takes |= of == value);
                        }
                        takes
                    });
                    let Some(definition) = facts.definitions.get(id as usize).filter(|_| used) else { continue };
                    definition.name
                }
                _ => continue,
            };
            let name = Text::from(name.rsplit(['.', ':']).next().unwrap_or(&name));
            let inside = homes
                .get(&name)
                .is_some_and(|home| home.file == file && program.definition(*home).body.contains(&value));
            if names.contains(&name) && !inside {
                found.insert(name);
            }
        }
        for import in &facts.imports {
            let name = import.name.unwrap_or(import.alias);
            if names.contains(&name)
                && (program.path(file).ends_with("__init__.py") && import.level > 0
                    || is_used(grounds, file, import.value, import.alias))
            {
                found.insert(name);
            }
        }
        let texts =
            facts.settings.iter().filter_map(|s| if let Scalar::Text(text) = s.value { Some(text) } else { None });
        let words = facts.commands.iter().flat_map(|command| command.words.iter().copied());
        let last = |text: Text| Text::from(text.rsplit(['.', ':', '/', ' ']).next().unwrap_or(&text));
        found.extend(texts.chain(words).map(last).filter(|name| names.contains(name)));
    }
    found
}

fn sighting(grounds: &Grounds<'_>, idle: &[Idle]) -> Sighting {
    let program = grounds.view.program;
    let first = &idle[0];
    let names: Vec<Text> = idle.iter().map(|idle| program.definition(idle.of).name).collect();
    let path = Text::from(program.path(first.at.file));
    let count = Text::from(if idle.len() == 1 { "one" } else { "several" });
    Sighting::new(
        first.at,
        vec![path, names[0]],
        Certainty::Inferred,
        vec![
            ("kind", Capture::Text(Text::from(first.kind))),
            ("steps", Capture::Texts(names)),
            ("count", count.into()),
            ("are", count.into()),
            ("them", count.into()),
            ("tool", Capture::Text(first.tool)),
            ("flow", Capture::Text(first.flow)),
            ("made", Capture::Place(program.def_place(first.of))),
            ("role", grounds.role(first.of.file).into()),
        ],
    )
}
