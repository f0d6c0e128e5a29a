//! Names that are read and that nothing binds: neither the body, nor what stands around it, nor an import.

use rustc_hash::FxHashSet;

use super::gone::{Stems, lacks};
use super::{Dead, View};
use crate::fact::{DefKind, Facts, OpKind, Text, Val};
use crate::program::{Def, Imported, Node};
use crate::read::python::old::OLD;
use crate::source::{At, FileId, Kind};
use crate::system::data;
use crate::vocabulary::Certainty;

/// The pieces of a file; `ran` are the definitions that programs run.
pub fn find(view: &View<'_>, file: FileId, stems: &Stems, ran: &FxHashSet<Def>) -> Vec<Dead> {
    let facts = view.program.file(file);
    let Some(modules) = starred(view, file, facts).filter(|_| !is_open(facts)) else { return Vec::new() };
    let is_notebook = view.program.sources[file.index()].kind == Kind::Notebook;
    let mut found = Vec::new();
    let mut told: FxHashSet<Text> = FxHashSet::default();
    for (id, definition) in (0..).zip(&facts.definitions) {
        let within = Def { file, id };
        // A function without a name may stand in a comprehension and say its variables.
        if definition.name == "<lambda>" {
            continue;
        }
        for value in definition.body.clone() {
            let OpKind::Global(name) = facts.op(value).kind else { continue };
            let node = Node { file, value };
            let there = told.contains(&name)
                || view.lexicon.words.is_builtin(&name)
                || view.lexicon.orchestrators.is_handed_as(name)
                || is_bound(view, within, name)
                || modules.iter().any(|of| !lacks(view, *of, name, stems, 0))
                || data::is_gated(view, node)
                || is_message(facts, value);
            if there {
                continue;
            }
            told.insert(name);
            found.push(Dead {
                what: "failing",
                reason: format!("nothing defines or imports `{name}`"),
                name,
                at: At { file, span: facts.op(value).span },
                within,
                statements: 1,
                certainty: Certainty::Inferred,
            });
        }
    }
    // Where much is missing, something brings names along that is not seen.
    if found.len() > MOST {
        return Vec::new();
    }
    // Of code that nothing runs, or that is not about learning, any linter tells.
    found.retain(|dead| is_notebook || ran.contains(&dead.within) && view.relevance.is_within(view, dead.within));
    found
}

/// Does an operation stand in the message of an assertion, which is made only when that fails?
fn is_message(facts: &Facts, value: Val) -> bool {
    let before = (value.saturating_sub(MESSAGE)..value).rev().map(|value| facts.op(value).kind);
    let ends = |kind: &OpKind| matches!(kind, OpKind::Assert(_) | OpKind::Test(_) | OpKind::Bind(..) | OpKind::Leave);
    before.into_iter().find(ends).is_some_and(|kind| matches!(kind, OpKind::Assert(_)))
}

/// Operations of one message.
const MESSAGE: Val = 40;

/// More names than this are not forgotten one by one.
const MOST: usize = 5;

/// Does a body around bind a name, or any other body for the module?
fn is_bound(view: &View<'_>, within: Def, name: Text) -> bool {
    let mut around = within;
    loop {
        let definition = view.program.definition(around);
        let param = definition.params.iter().any(|param| param.name == name);
        if param || view.program.binding(around, name).is_some() {
            return true;
        }
        if around.id == 0 {
            break;
        }
        around.id = definition.parent;
    }
    let facts = view.program.file(within.file);
    // A field of a class that is only declared, a class that names itself.
    let defined = facts.definitions.iter().any(|d| d.kind == DefKind::Class && d.name == name);
    defined || view.types.rebound.contains_key(&(within.file, name))
}

/// The modules of which a file takes in all names; none if one of them is not known.
fn starred(view: &View<'_>, file: FileId, facts: &Facts) -> Option<Vec<FileId>> {
    let all = (0..).zip(&facts.imports).filter(|(_, import)| import.alias == "*");
    all.map(|(index, _)| match view.program.imported(file, index) {
        Imported::Module(of) | Imported::Name(of, _) => Some(of),
        _ => None,
    })
    .collect()
}

/// Does a file get names in ways that are not written out: it was not read whole, or runs texts, or others?
fn is_open(facts: &Facts) -> bool {
    let runs = |word: &Text| word.ends_with(".py") || word.ends_with(".ipynb");
    !facts.problems.is_empty()
        || facts.literals.iter().any(|literal| literal.key == OLD)
        || facts.commands.iter().any(|command| command.words.iter().any(runs))
        || facts.ops.iter().any(|op| match op.kind {
            OpKind::Global(name) => {
                matches!(name.as_str(), "exec" | "globals" | "locals" | "execfile" | "NameError" | "__builtins__")
            }
            OpKind::Attr(_, name) => matches!(name.as_str(), "__builtins__" | "run_line_magic" | "magic"),
            _ => false,
        })
}
