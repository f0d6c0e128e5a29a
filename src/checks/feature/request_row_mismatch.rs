//! Rows of values that a service puts together by place, and that are not the list of columns of the training.

use rustc_hash::FxHashSet;

use crate::fact::{OpKind, Operands, Text};
use crate::lexicon::Learns;
use crate::program::{Def, Node};
use crate::source::{At, FileId};
use crate::system::check::{Capture, Check, Grounds, Sighting};
use crate::system::learning::starts;
use crate::system::{Role, View};
use crate::value::follow::Seen;
use crate::value::sampled::plain;
use crate::value::slice::{Go, walk};
use crate::vocabulary::Certainty;

pub const CHECK: Check = Check { rule: "request-row-mismatch", find };

/// Shorter rows are not compared.
const WIDTH: usize = 5;
/// Values looked at behind what a model is asked with.
const STEPS: usize = 60;

/// A list of names, as they are written.
struct List {
    names: Vec<Text>,
    plain: Vec<Text>,
    at: At,
}

impl List {
    fn new(names: Vec<Text>, at: At) -> Self {
        let plain = names.iter().map(|name| plain(name)).collect();
        Self { names, plain, at }
    }

    /// The names that another list lacks.
    fn beyond(&self, other: &Self) -> Vec<Text> {
        let own = self.names.iter().zip(&self.plain);
        own.filter(|(_, name)| !other.plain.contains(name)).map(|(name, _)| *name).collect()
    }
}

/// One sighting for each row that differs from the list that it is nearest to.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, acts) = (grounds.view, &grounds.learning.acts.all);
    let fits: FxHashSet<FileId> =
        acts.iter().filter(|act| act.meaning.trains == Some(Learns::Model)).map(|act| act.call.file).collect();
    let asked = |file: FileId| !fits.contains(&file) && !matches!(grounds.role(file), Role::Test | Role::Prototype);
    let predicts: Vec<_> = acts.iter().filter(|act| act.meaning.predicts && asked(act.call.file)).collect();
    if predicts.is_empty() {
        return Vec::new();
    }
    let serving: FxHashSet<FileId> = predicts.iter().map(|act| act.call.file).collect();
    let lists = lists(view, &|file| !serving.contains(&file) && grounds.role(file) != Role::Test);
    let mut found = Vec::new();
    let mut told = FxHashSet::default();
    for act in predicts {
        let Some((_, x)) = starts(view, act).into_iter().find(|(is_x, _)| *is_x) else { continue };
        let Some((node, row)) = row(view, x) else { continue };
        if !told.insert(node) || lists.iter().any(|list| list.plain == row.plain) {
            continue;
        }
        let common = |list: &List| list.plain.iter().filter(|name| row.plain.contains(name)).count();
        let near = |list: &&List| {
            let (own, theirs) = (row.plain.len(), list.plain.len());
            let surplus = own - common(list).min(own);
            surplus <= 2 + own / 10 && common(list) * 4 >= own.max(theirs) * 3
        };
        let Some(list) = lists.iter().filter(near).max_by_key(|list| common(list)) else { continue };
        let (surplus, missing) = (row.beyond(list), list.beyond(&row));
        let how = match (surplus.is_empty(), missing.is_empty()) {
            (true, true) => "order",
            (true, false) => "lacks",
            (false, true) => "adds",
            (false, false) => "names",
        };
        found.push(Sighting::new(
            row.at,
            vec![view.symbol(view.program.owner(node)), Text::from(how)],
            Certainty::Inferred,
            vec![
                ("how", Text::from(how).into()),
                ("surplus", Capture::Texts(if surplus.is_empty() { row.names.clone() } else { surplus })),
                ("missing", Capture::Texts(if missing.is_empty() { list.names.clone() } else { missing })),
                ("trained", list.at.into()),
                ("role", grounds.role(act.call.file).into()),
            ],
        ));
    }
    found
}

/// The lists of names that files hold.
fn lists(view: &View<'_>, holds: &dyn Fn(FileId) -> bool) -> Vec<List> {
    let mut found = Vec::new();
    for file in view.program.files().filter(|file| view.is_code(*file) && holds(*file)) {
        let facts = view.program.file(file);
        for (value, op) in (0..).zip(&facts.ops) {
            let (OpKind::List(operands) | OpKind::Tuple(operands)) = op.kind else { continue };
            let texts = facts.operands(operands).iter();
            let texts: Option<Vec<Text>> = texts.map(|o| view.program.literal(Node { file, value: o.value })).collect();
            if let Some(names) = texts.filter(|names| names.len() >= WIDTH) {
                found.push(List::new(names, view.program.place(Node { file, value })));
            }
        }
    }
    found
}

/// The row of named values that a model is asked with, and where it is put together.
fn row(view: &View<'_>, x: Node) -> Option<(Node, List)> {
    let (mut steps, mut found) = (0, None);
    walk(view.evaluator.follow, Seen::anywhere(x), &mut |seen| {
        steps += 1;
        if steps > STEPS {
            return Go::Done;
        }
        if let OpKind::List(operands) | OpKind::Tuple(operands) = view.program.op(seen.node).kind
            && let Some(names) = names(view, seen.node, operands)
        {
            found = Some((seen.node, List::new(names, view.program.place(seen.node))));
            return Go::Done;
        }
        match view.program.op(seen.node).kind {
            OpKind::Dict(_) | OpKind::Index(..) | OpKind::SetIndex(..) => Go::Stop,
            _ => Go::On,
        }
    });
    found
}

/// The names of the values in a row: of fields, keys or the values themselves.
fn names(view: &View<'_>, node: Node, operands: Operands) -> Option<Vec<Text>> {
    let operands = view.program.operands(node.file, operands);
    let owner = view.program.owner(node);
    let named: Option<Vec<Text>> =
        operands.iter().map(|o| name(view, owner, Node { value: o.value, ..node }, 0)).collect();
    named.filter(|names| names.len() >= WIDTH)
}

fn name(view: &View<'_>, owner: Def, node: Node, depth: usize) -> Option<Text> {
    let program = view.program;
    let at = |value: u32| Node { value, ..node };
    let bound = || {
        let mut bindings = program.definition(owner).bindings.iter();
        bindings.find(|(_, value)| *value == node.value).map(|(name, _)| *name)
    };
    match program.op(node).kind {
        OpKind::Index(_, index) => program.literal(at(index)).or_else(bound),
        OpKind::Attr(_, name) => Some(name),
        OpKind::Param(_) => {
            let params = &program.definition(owner).params;
            params.iter().find(|param| param.value == node.value).map(|param| param.name)
        }
        // `float(request.form["age"])`
        OpKind::Call(_, operands) if depth < 2 => bound().or_else(|| {
            let first = program.operands(node.file, operands).first()?;
            name(view, owner, at(first.value), depth + 1)
        }),
        _ => bound(),
    }
}
