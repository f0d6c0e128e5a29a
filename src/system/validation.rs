//! Which training programs take data that nobody checked, and which programs do nothing but check data.

use rustc_hash::{FxHashMap, FxHashSet};

use super::learning::Sites;
use super::{Known, Role, View};
use crate::fact::{Access, OpKind, Role as ArgRole, Text};
use crate::program::{Def, Node};
use crate::source::{FileId, Kind};
use crate::system::graph::{NodeId, System, Value};
use crate::vocabulary::{EdgeKind, NodeKind};

/// So many checks make a program one whose work they are.
const MANY: usize = 3;

/// One statement in so many, at least, is a check where checking is all that a program is for.
const SHARE: usize = 6;

/// Says it of trainings and of modules.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known, sites: &Sites) {
    let programs = Programs::new(view, known, sites);
    let mut told: FxHashSet<NodeId> = FxHashSet::default();
    for program in &known.programs {
        unchecked(view, system, known, sites, &programs, *program, &mut told);
    }
    for program in &known.programs {
        only_checks(view, system, known, sites, *program);
    }
}

/// What every program touches and checks.
struct Programs {
    reads: FxHashMap<FileId, Vec<NodeId>>,
    writers: FxHashMap<NodeId, Vec<FileId>>,
    /// Programs that check data, or say when reading it which types they want.
    careful: FxHashSet<FileId>,
}

impl Programs {
    fn new(view: &View<'_>, known: &Known, sites: &Sites) -> Self {
        let mut of_def: FxHashMap<Def, Vec<FileId>> = FxHashMap::default();
        for program in &known.programs {
            for def in known.reached.get(program).into_iter().flatten() {
                of_def.entry(*def).or_default().push(*program);
            }
        }
        let mut programs =
            Self { reads: FxHashMap::default(), writers: FxHashMap::default(), careful: FxHashSet::default() };
        let touches = view.touches.all.iter().zip(&known.datasets);
        let touches = touches.filter_map(|(touch, dataset)| Some((touch.access, touch.root, (*dataset)?)));
        let queries = known.queries.iter().map(|query| (query.access, query.within, query.dataset));
        for (access, root, dataset) in touches.chain(queries) {
            for program in of_def.get(&root).into_iter().flatten() {
                match access {
                    Access::Read => programs.reads.entry(*program).or_default().push(dataset),
                    Access::Write | Access::Append => programs.writers.entry(dataset).or_default().push(*program),
                    Access::Delete => {}
                }
            }
        }
        let typed = view.touches.all.iter().filter(|touch| {
            let OpKind::Call(_, operands) = view.program.op(touch.call).kind else { return false };
            view.program.operands(touch.call.file, operands).iter().any(
                |o| matches!(o.role, ArgRole::Named(name) if touch.meaning.typed_by.iter().any(|k| k == name.as_str())),
            )
        });
        let checks = sites.checks.iter().map(|(_, def)| *def);
        for def in checks.chain(typed.map(|touch| touch.within)) {
            programs.careful.extend(of_def.get(&def).into_iter().flatten());
        }
        programs
    }

    /// Does a program, or one of those before it, check data, or does somebody else check what they read?
    fn are_careful(&self, system: &System, program: FileId) -> bool {
        let mut seen = FxHashSet::from_iter([program]);
        let mut waiting = vec![program];
        let mut looked: FxHashSet<NodeId> = FxHashSet::default();
        while let Some(program) = waiting.pop() {
            if self.careful.contains(&program) {
                return true;
            }
            let mut datasets = self.reads.get(&program).cloned().unwrap_or_default();
            while let Some(dataset) = datasets.pop() {
                if !looked.insert(dataset) {
                    continue;
                }
                if is_checked(system, dataset) {
                    return true;
                }
                datasets.extend(system.reached(dataset, EdgeKind::Derives));
                let writers = self.writers.get(&dataset).into_iter().flatten();
                waiting.extend(writers.filter(|writer| seen.insert(**writer)));
            }
        }
        false
    }
}

fn is_checked(system: &System, dataset: NodeId) -> bool {
    let validation = Some(Value::Text(Text::from("validation")));
    system.reaching(dataset, EdgeKind::Checks).any(|check| system.get(check, "what") == validation)
}

/// Marks the first training of a program whose data nobody checked.
fn unchecked(
    view: &View<'_>,
    system: &mut System,
    known: &Known,
    sites: &Sites,
    programs: &Programs,
    program: FileId,
    told: &mut FxHashSet<NodeId>,
) {
    let Some(reached) = known.reached.get(&program) else { return };
    let trying = |file: FileId| {
        matches!(known.roles[file.index()], Role::Test | Role::Prototype)
            || view.program.sources[file.index()].kind == Kind::Notebook
    };
    if trying(program) {
        return;
    }
    let mut fed = sites.trainings.iter().filter(|(_, def)| reached.contains(def) && !trying(def.file)).filter_map(
        |(training, _)| {
            let sources: Vec<NodeId> =
                system.reaching(*training, EdgeKind::Feeds).filter(|d| is_open(system, *d)).collect();
            (!sources.is_empty()).then_some((*training, sources))
        },
    );
    let Some((training, sources)) = fed.next() else { return };
    // Data that several programs learn from is told once: to check it is one piece of work.
    if sources.iter().all(|source| told.contains(source)) || programs.are_careful(system, program) {
        return;
    }
    drop(fed);
    told.extend(&sources);
    let mut names: Vec<&str> = sources.iter().map(|id| system.node(*id).name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let more = if names.len() > 3 { " and others" } else { "" };
    let text = format!("`{}`{more}", names.iter().take(3).copied().collect::<Vec<_>>().join("`, `"));
    system.say(training, "unchecked", &text);
}

/// Data whose content can change from run to run; a hub's data set of a fixed name and version cannot.
fn is_open(system: &System, id: NodeId) -> bool {
    let text = |name: &str| match system.get(id, name) {
        Some(Value::Text(text)) => text,
        _ => Text::default(),
    };
    system.node(id).kind == NodeKind::Dataset
        && text("content") == "data"
        && text("scheme") != "hub"
        && !system.is(id, "pinned")
        && !system.is(id, "temporary")
}

/// Marks a program that checks data, and neither writes nor learns.
fn only_checks(view: &View<'_>, system: &mut System, known: &Known, sites: &Sites, program: FileId) {
    let Some(reached) = known.reached.get(&program) else { return };
    if known.roles[program.index()] != Role::Plain || view.program.sources[program.index()].kind != Kind::Python {
        return;
    }
    let within = |def: &Def| reached.contains(def);
    let own = sites.checks.iter().filter(|(_, def)| def.file == program && within(def));
    let checks = own.filter(|(id, _)| system.reached(*id, EdgeKind::Checks).next().is_some()).count();
    let writes = view.touches.all.iter().any(|touch| touch.access != Access::Read && within(&touch.root))
        || known.queries.iter().any(|query| query.access != Access::Read && within(&query.within));
    let learns = sites.trainings.iter().any(|(_, def)| within(def));
    let module = known.modules[program.index()];
    // A program that goes on to work by hand on what it has checked does more than that.
    let statements: u32 = view.program.file(program).definitions.iter().map(|d| d.statements).sum();
    let much = checks * SHARE >= statements as usize;
    if checks >= MANY && much && !writes && !learns && !is_spoken_of(view, program) {
        system.count(module, "only-checks", checks);
    }
}

/// Do code or settings name the file: a scheduler's list, a container's command?
fn is_spoken_of(view: &View<'_>, program: FileId) -> bool {
    let path = view.program.path(program);
    let name = path.rsplit('/').next().unwrap_or(path);
    view.program.files().any(|file| {
        let facts = view.program.file(file);
        let settings = facts.settings.iter().filter_map(|s| s.value.text());
        let code = (0..).zip(&facts.ops).filter(|(_, op)| matches!(op.kind, OpKind::Str(_)));
        let texts = code.filter_map(|(value, _)| view.program.literal(Node { file, value }));
        settings.into_iter().any(|text| text.contains(name)) || texts.into_iter().any(|text| text.contains(name))
    })
}
