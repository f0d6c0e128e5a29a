//! Programs that train with chance in them and fix it nowhere.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{Access, OpKind, Operand, Role as ArgRole, Text};
use crate::lexicon::{Learns, Meaning, Subject};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::{Role, View};
use crate::value::types::Callee;
use crate::vocabulary::Certainty;

/// What a call has to do with chance. The order is that of the weight which a reader gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Chance {
    /// It decides at random which rows are learnt from.
    Split,
    /// It is asked for a state and given none.
    Stateless,
    /// It draws from the common state.
    Drawn,
    /// It fixes the common state, or may do so.
    Fixed,
    /// It is a part of fitting.
    Fit,
}

/// A call that has to do with chance; whether it stands outside of the program's own file.
type Call = (Chance, bool, Node);

/// Calls that are shown one by one.
const SHOWN: usize = 8;

pub const CHECK: Check = Check { rule: "unseeded-randomness", find };

/// One sighting for each program that trains, keeps or measures what comes of it, draws at random and seeds nothing.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, known, sites) = (grounds.view, grounds.known, &grounds.learning.sites);
    let mut found = Vec::new();
    let chances = chances(view);
    let trainings: FxHashSet<Def> = sites.trainings.iter().map(|(_, def)| *def).collect();
    let keeping = keeping(view);
    let mut told: FxHashSet<Node> = FxHashSet::default();
    for (file, bodies) in known.programs.iter().filter_map(|program| Some((*program, known.reached.get(program)?))) {
        let kept = bodies.iter().any(|def| keeping.contains(def));
        // Where others import it, its being a program is for trying it out.
        if kept && known.roles[file.index()] != Role::Test && !view.reach.is_imported(file) {
            found.extend(judge(grounds, &Run { file, bodies, chances: &chances, trainings: &trainings }, &mut told));
        }
    }
    // What a framework starts has no program in sight; then a seed anywhere may be its.
    let fixes = |(def, calls): (&Def, &Vec<(Chance, Node)>)| {
        known.roles[def.file.index()] != Role::Test && calls.iter().any(|(chance, _)| *chance == Chance::Fixed)
    };
    if chances.iter().any(fixes) {
        return found;
    }
    let reached: FxHashSet<Def> = known.reached.values().flatten().copied().collect();
    let apart = sites.trainings.iter().filter(|(_, def)| !reached.contains(def));
    let mut looked: FxHashSet<FileId> = FxHashSet::default();
    for (_, def) in apart.filter(|(_, def)| looked.insert(def.file)) {
        let bodies = view.reach.from_function(*def, &|_| false);
        let run = Run { file: def.file, bodies: &bodies, chances: &chances, trainings: &trainings };
        found.extend(judge(grounds, &run, &mut told));
    }
    found
}

/// The definitions that keep data or a model somewhere, or say how good one is.
fn keeping(view: &View<'_>) -> FxHashSet<Def> {
    let measured = view.calls().filter(|(_, call)| {
        view.types.callees(*call).iter().any(|callee| matches!(callee, Callee::Meaning(m) if m.measures))
    });
    let kept = view.touches.all.iter().filter(|touch| {
        matches!(touch.access, Access::Write | Access::Append)
            && matches!(touch.subject, Subject::Model | Subject::Data)
    });
    kept.map(|touch| touch.within).chain(measured.map(|(def, _)| def)).collect()
}

/// What runs together, and what is known of it.
struct Run<'r> {
    file: FileId,
    bodies: &'r FxHashSet<Def>,
    chances: &'r FxHashMap<Def, Vec<(Chance, Node)>>,
    trainings: &'r FxHashSet<Def>,
}

impl Run<'_> {
    /// The calls that have to do with chance, the weightiest first.
    fn calls(&self) -> Vec<Call> {
        let bodies = self.bodies.iter().filter_map(|def| Some((def, self.chances.get(def)?)));
        let calls = bodies.flat_map(|(def, found)| found.iter().map(|(c, call)| (*c, def.file != self.file, *call)));
        let mut calls: Vec<Call> = calls.collect();
        calls.sort_unstable();
        calls
    }
}

fn judge(grounds: &Grounds<'_>, run: &Run<'_>, told: &mut FxHashSet<Node>) -> Option<Sighting> {
    let view = grounds.view;
    let mut calls = run.calls();
    let has = |wanted: Chance| calls.iter().any(|(chance, ..)| *chance == wanted);
    let trains = run.bodies.iter().any(|def| run.trainings.contains(def));
    if !(trains || has(Chance::Fit)) {
        return None;
    }
    let fixed: Vec<Node> = calls.iter().filter(|(c, ..)| *c == Chance::Fixed).map(|(.., call)| *call).collect();
    calls.retain(|(chance, _, call)| *chance < Chance::Fixed && grounds.role(call.file) != Role::Test);
    if !fixed.is_empty() {
        // What is not known to fix one state may fix them all.
        let states: FxHashSet<Text> = fixed.iter().map(|call| state(view, *call)).collect::<Option<_>>()?;
        calls.retain(|(.., call)| state(view, *call).is_some_and(|state| !states.contains(&state)));
    }
    // Code that several programs share is told once.
    let (_, _, first) = calls.first().filter(|(.., call)| told.insert(*call))?;
    let name = Text::from(view.program.path(run.file));
    let mut sighting = Sighting::new(
        view.program.place(*first),
        vec![view.symbol(view.program.owner(*first)), name],
        Certainty::Seen,
        vec![("program", name.into()), ("calls", calls.len().into()), ("role", grounds.role(run.file).into())],
    );
    if calls.len() <= SHOWN {
        let states = calls.iter().map(|(.., call)| keyword(view, *call)).collect();
        sighting.captures.push(("states", Capture::Texts(states)));
        sighting.more = calls.iter().map(|(.., call)| vec![("call", view.program.place(*call).into())]).collect();
    }
    Some(sighting)
}

/// The keyword by which a call takes a number that fixes what it draws; empty if it takes none.
fn keyword(view: &View<'_>, call: Node) -> Text {
    let meanings = view.types.callees(call).iter().filter_map(|callee| match callee {
        Callee::Meaning(meaning) if meaning.state_is_number => meaning.random_without.as_ref(),
        _ => None,
    });
    let mut keywords = meanings.filter_map(|slot| slot.keyword.as_ref());
    keywords.next().map(|names| Text::from(names.first())).unwrap_or_default()
}

/// The common state that a call fixes, or from which it orders rows, if that is one of several.
fn state(view: &View<'_>, call: Node) -> Option<Text> {
    view.types.callees(call).iter().find_map(|callee| match callee {
        Callee::Meaning(meaning) => meaning.state,
        Callee::Function(..) => None,
    })
}

/// All calls that have to do with chance, by the definition they stand in.
fn chances(view: &View<'_>) -> FxHashMap<Def, Vec<(Chance, Node)>> {
    let found: Vec<(Def, Chance, Node)> = view
        .sorted
        .calls
        .par_iter()
        .flat_map_iter(|(def, call)| of_call(view, *call).map(|chance| (*def, chance, *call)))
        .collect();
    let mut chances: FxHashMap<Def, Vec<(Chance, Node)>> = FxHashMap::default();
    for (def, chance, call) in found {
        chances.entry(def).or_default().push((chance, call));
    }
    chances
}

fn of_call(view: &View<'_>, call: Node) -> Option<Chance> {
    let meanings = view.types.callees(call).iter().filter_map(|callee| match callee {
        Callee::Meaning(meaning) => Some(*meaning),
        Callee::Function(..) => None,
    });
    let mut chance = None;
    for meaning in meanings {
        let of = of_meaning(view, call, meaning);
        chance = chance.max(of);
    }
    chance.or_else(|| may_seed(view, call).then_some(Chance::Fixed))
}

fn of_meaning(view: &View<'_>, call: Node, meaning: &Meaning) -> Option<Chance> {
    let OpKind::Call(_, operands) = view.program.op(call).kind else { return None };
    let operands = view.program.operands(call.file, operands);
    match meaning {
        m if m.seeds => Some(Chance::Fixed),
        m if m.fits || m.trains == Some(Learns::Model) && !m.draws => Some(Chance::Fit),
        m if m.draws => Some(Chance::Drawn),
        m if m.random_with.as_deref().is_some_and(|word| !is_on(view, call, operands, word)) => None,
        m if m.random_without.is_some() => {
            let given = m.random_without.as_ref().and_then(|slot| view.types.slot(call, slot));
            let given = given.is_some_and(|state| !matches!(view.program.op(state).kind, OpKind::Nothing));
            // What is handed on as a whole may hold the state.
            let open = operands.iter().any(|o| matches!(o.role, ArgRole::Spread | ArgRole::Star));
            let still = m.shuffles_unless.as_deref().is_some_and(|word| is_off(view, call, operands, word));
            let weight = if m.splits { Chance::Split } else { Chance::Stateless };
            (!given && !open && !still).then_some(weight)
        }
        _ => None,
    }
}

fn named(operands: &[Operand], word: &str) -> Option<u32> {
    operands.iter().find(|o| matches!(o.role, ArgRole::Named(name) if name == word)).map(|o| o.value)
}

fn is_on(view: &View<'_>, call: Node, operands: &[Operand], word: &str) -> bool {
    named(operands, word).is_some_and(|v| matches!(view.program.op(Node { value: v, ..call }).kind, OpKind::Bool(true)))
}

fn is_off(view: &View<'_>, call: Node, operands: &[Operand], word: &str) -> bool {
    named(operands, word)
        .is_some_and(|v| matches!(view.program.op(Node { value: v, ..call }).kind, OpKind::Bool(false)))
}

/// A call that cannot be followed into, of something that is called a seed.
fn may_seed(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(function, operands) = view.program.op(call).kind else { return false };
    if !view.types.callees(call).is_empty() || operands.len == 0 {
        return false;
    }
    let name = match view.program.op(Node { value: function, ..call }).kind {
        OpKind::Attr(_, name) | OpKind::Global(name) => Some(name),
        OpKind::Import(index) => {
            view.program.file(call.file).imports.get(index as usize).and_then(|import| import.name)
        }
        OpKind::Path(path) => path.rsplit('.').next().map(Into::into),
        _ => None,
    };
    name.is_some_and(|name| name.split('_').any(|word| matches!(word, "seed" | "seeds")))
}
