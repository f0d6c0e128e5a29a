//! Columns of one name that the programs around a model's training and those that ask it both make, and how the two differ.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Known, View};
use super::Act;
use super::made_columns::{Place, columns, spoken};
use crate::fact::{Access, OpKind, Text, Val};
use crate::lexicon::{Learns, Subject};
use crate::program::{Def, Node};
use crate::source::FileId;
use crate::system::Role;
use crate::value::sampled::{Columns, Made, Outcome, Sampler, compare};

/// Fewer names in common are of two things.
const COMMON: usize = 3;
/// As many are surely of one.
const SURE: usize = 5;
/// Bodies of the training that are compared with one of the service.
const WIDTH: usize = 40;

/// A column that two bodies make in two ways.
#[derive(Clone, Debug)]
pub struct Skew {
    /// The body that makes it for a model that is asked.
    pub served: (Def, Made),
    /// The body that makes it for the training.
    pub trained: (Def, Made),
    /// They surely work on the same things.
    pub sure: bool,
    /// How they differ.
    pub outcome: Outcome,
}

/// All columns that are made in two ways.
pub fn skews(view: &View<'_>, known: &Known, acts: &[Act<'_>]) -> Vec<Skew> {
    let sides = Sides::new(view, known, acts);
    if sides.serving.is_empty() || sides.training.is_empty() {
        return Vec::new();
    }
    let trained = columns(view, &sides.training, Place::Training);
    let mut served = columns(view, &sides.serving, Place::Service);
    answers(view, &mut served, acts);
    let files = sides.serving.union(&sides.training);
    let names: FxHashMap<FileId, FxHashSet<Text>> = files.map(|file| (*file, spoken(view, *file))).collect();
    let mut first = Sampler::new(view.evaluator.follow, view.lexicon, &trained);
    let mut second = Sampler::new(view.evaluator.follow, view.lexicon, &served);
    let mut found = Vec::new();
    let mut makers: Vec<Def> = trained.keys().copied().collect();
    makers.sort_unstable_by_key(|def| (!sides.fitted.contains(&def.file), *def));
    let mut owners: Vec<Def> = served.keys().copied().collect();
    owners.sort_unstable();
    for owner in owners {
        let mut own: Vec<(&Text, &Vec<Made>)> = served[&owner].iter().collect();
        own.sort_unstable_by_key(|(_, of)| of.first().map(|made| made.by));
        for (name, of) in own {
            let Some(last) = of.last() else { continue };
            let mut differing: Option<(Def, Outcome)> = None;
            let mut same = false;
            let others = makers.iter().filter(|def| trained[def].contains_key(name)).take(WIDTH);
            for other in others {
                let (told, asked) = (&names[&other.file], &names[&owner.file]);
                if common(&trained[other], asked) < COMMON {
                    continue;
                }
                match compare((&mut first, *other), (&mut second, owner), *name, told, asked) {
                    Outcome::Same => same = true,
                    Outcome::Unclear => {}
                    Outcome::Differ { constant: true, .. } if of.len() > 1 => {}
                    outcome => {
                        differing.get_or_insert((*other, outcome));
                    }
                }
            }
            let Some((other, outcome)) = differing.filter(|_| !same) else { continue };
            let Some(all) = trained[&other].get(name) else { continue };
            let computed = |made: &&Made| !is_written(view, made.value);
            let Some(there) = all.iter().rev().find(computed).or_else(|| all.last()) else { continue };
            let shared = common(&trained[&other], &names[&owner.file]);
            let sure = sides.fitted.contains(&other.file) || shared >= SURE;
            found.push(Skew { served: (owner, *last), trained: (other, *there), sure, outcome });
        }
    }
    found
}

fn is_written(view: &View<'_>, node: Node) -> bool {
    matches!(
        view.program.op(node).kind,
        OpKind::Int(_) | OpKind::Float(_) | OpKind::Str(_) | OpKind::Bool(_) | OpKind::Nothing
    )
}

/// Takes out what a body makes after it has asked the model: its answers.
fn answers(view: &View<'_>, served: &mut FxHashMap<Def, Columns>, acts: &[Act<'_>]) {
    let mut asked: FxHashMap<Def, Val> = FxHashMap::default();
    for act in acts.iter().filter(|act| act.meaning.predicts) {
        let first = asked.entry(view.program.owner(act.call)).or_insert(act.call.value);
        *first = (*first).min(act.call.value);
    }
    for (owner, columns) in served {
        let Some(asked) = asked.get(owner) else { continue };
        columns.values_mut().for_each(|of| of.retain(|made| made.by.value < *asked));
        columns.retain(|_, of| !of.is_empty());
    }
}

/// How many of the columns that a body makes are spoken of elsewhere.
fn common(columns: &Columns, names: &FxHashSet<Text>) -> usize {
    columns.keys().filter(|name| names.contains(name)).count()
}

/// The files on the side of the service, and those on the side of the training.
struct Sides {
    serving: FxHashSet<FileId>,
    training: FxHashSet<FileId>,
    /// What fits models, and what that imports.
    fitted: FxHashSet<FileId>,
}

impl Sides {
    fn new(view: &View<'_>, known: &Known, acts: &[Act<'_>]) -> Self {
        let role = |file: FileId| known.roles[file.index()];
        let mut fits: FxHashSet<FileId> =
            acts.iter().filter(|a| a.meaning.trains == Some(Learns::Model)).map(|a| a.call.file).collect();
        // What keeps a model has fitted one, whether or not that is seen.
        let keeps =
            view.touches.all.iter().filter(|touch| {
                matches!(touch.access, Access::Write | Access::Append) && touch.subject == Subject::Model
            });
        fits.extend(keeps.map(|touch| touch.call.file));
        let real = |file: &FileId| role(*file) != Role::Test && view.is_code(*file);
        let loads = view.touches.all.iter().filter(|t| t.access == Access::Read && t.subject == Subject::Model);
        let asks = acts.iter().filter(|a| a.meaning.predicts).map(|a| a.call.file);
        let serves = view.program.files().filter(|file| role(*file) == Role::Serve);
        let seeds: FxHashSet<FileId> = asks
            .chain(loads.map(|t| t.call.file))
            .chain(serves)
            .filter(|file| !fits.contains(file))
            .filter(real)
            .collect();
        let fitted = closed(view, &fits);
        let sure = closed(view, &seeds);
        let serving = sure.iter().copied().filter(|f| seeds.contains(f) || !fitted.contains(f)).filter(real).collect();
        let writes =
            view.touches.all.iter().filter(|touch| {
                matches!(touch.access, Access::Write | Access::Append) && touch.subject == Subject::Data
            });
        let writers = writes.map(|touch| touch.call.file).filter(|file| !seeds.contains(file)).collect();
        let serving: FxHashSet<FileId> = serving;
        let prepared = closed(view, &writers).into_iter().filter(|file| !serving.contains(file));
        let training: FxHashSet<FileId> = fitted.iter().copied().chain(prepared).collect();
        let training = training.into_iter().filter(|file| !seeds.contains(file)).filter(real).collect();
        Self { serving, training, fitted }
    }
}

/// Files and all that they import.
fn closed(view: &View<'_>, files: &FxHashSet<FileId>) -> FxHashSet<FileId> {
    let mut found = files.clone();
    let mut waiting: Vec<FileId> = files.iter().copied().collect();
    while let Some(file) = waiting.pop() {
        for (of, _) in view.program.imported_files(file) {
            if found.insert(of) {
                waiting.push(of);
            }
        }
    }
    found
}
