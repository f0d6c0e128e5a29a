//! Parameters that their function never looks at: those that a setting is handed to, and those that promise a knob.

use rustc_hash::{FxHashMap, FxHashSet};

use super::kept::Kept;
use super::origin::Origins;
use super::{Ignored, is_looked_at};
use crate::fact::{DefKind, OpKind, Param, ParamKind, Role, Text, Val};
use crate::program::{Def, Node};
use crate::source::{At, Kind};
use crate::system::referred::referred;
use crate::system::{Known, View, is_value_used};
use crate::value::follow::Seen;
use crate::value::types::Site;

/// A function of fewer statements is a stub, or one of several that are called alike.
const STATEMENTS: u32 = 3;

/// Constructors that have a parameter of one name by chance.
const ALIKE: u32 = 2;

/// What becomes of a parameter that nothing looks at.
#[derive(Clone, Copy)]
enum Loss {
    /// It is never read.
    Unused,
    /// It goes into a field of the object that is never read.
    Kept(Text),
}

/// A parameter with a written default, in code that learns, that changes nothing, whoever gives it.
pub(super) struct Inert {
    pub name: Text,
    /// The function that takes it.
    pub def: Def,
    pub at: At,
    /// How it gets lost, in words.
    pub fate: String,
}

/// One for every parameter that a setting is handed to, and the other ones that have a default.
pub(super) fn find(view: &View<'_>, known: &Known) -> (Vec<Ignored>, Vec<Inert>) {
    let mut origins = Origins::new(view);
    let mut found = Vec::new();
    let mut inert = Vec::new();
    let shared = constructors(view);
    let unused = unused(view, known);
    let mut functions: Vec<&Def> = unused.keys().collect();
    functions.sort_unstable();
    for def in functions {
        let sites = view.types.callers.get(def).map_or(&[][..], Vec::as_slice);
        let sites: Vec<&Site> =
            sites.iter().filter(|s| is_looked_at(known, s.within.file) && is_only(view, s)).collect();
        for (index, loss) in &unused[def] {
            let param = &view.program.definition(*def).params[*index as usize];
            let passed = sites.iter().find_map(|site| {
                let node = handed(view, site, *def, *index, param.name, &mut origins)?;
                Some((site.within, view.program.place(node)))
            });
            let (at, name) = (At { file: def.file, span: param.span }, param.name);
            let function = view.program.definition(*def).name;
            match passed {
                Some(from) => {
                    let fate = match loss {
                        Loss::Unused => format!("is passed to `{function}`, which never uses it"),
                        Loss::Kept(field) => format!("is kept in `self.{field}`, which no code reads"),
                    };
                    found.push(Ignored { name, at, by: *def, fate, from });
                }
                None if is_knob(view, *def, param) && !shared.contains(&param.name) => {
                    let fate = match loss {
                        Loss::Unused => format!("is never used in `{function}`"),
                        Loss::Kept(field) => format!("is only kept in `self.{field}`, which no code reads"),
                    };
                    inert.push(Inert { name, def: *def, at, fate });
                }
                None => {}
            }
        }
    }
    (found, inert)
}

/// Names of parameters that constructors of several classes have: those are made alike, whatever each of them uses.
fn constructors(view: &View<'_>) -> FxHashSet<Text> {
    let mut counts: FxHashMap<Text, u32> = FxHashMap::default();
    for index in 0..view.program.def_count() {
        let definition = view.program.definition(view.program.def_at(index));
        for param in definition.params.iter().filter(|_| definition.name == "__init__") {
            *counts.entry(param.name).or_default() += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| *count > ALIKE).map(|(name, _)| name).collect()
}

/// Does a parameter of code that learns have a number, a switch or a word for its default?
fn is_knob(view: &View<'_>, def: Def, param: &Param) -> bool {
    let value = |value: Val| view.program.op(Node { file: def.file, value }).kind;
    view.relevance.is_within(view, def)
        && param
            .default
            .is_some_and(|of| matches!(value(of), OpKind::Int(_) | OpKind::Float(_) | OpKind::Bool(_) | OpKind::Str(_)))
}

/// Does a call run this function and no other? One that may run several is told what any of them may need.
fn is_only(view: &View<'_>, site: &Site) -> bool {
    let callees = view.types.callees(site.call);
    callees.len() <= 1
}

/// The setting that a call hands to a parameter.
fn handed(view: &View<'_>, site: &Site, def: Def, index: u32, name: Text, origins: &mut Origins<'_>) -> Option<Node> {
    let passed = view.types.passed(site.call, def, site.bound, site.via);
    let given = passed.into_iter().find(|(at, given)| *at == index && !given.each && given.role != Role::Star)?.1;
    if given.role == Role::Spread {
        // `f(**settings["block"])`: the block says which parameters it fills.
        let mut node = view.evaluator.settings_node(&Seen::anywhere(given.node))?;
        node.keys.push(name);
        return view.evaluator.settings.get(view.program, &node).map(|_| given.node);
    }
    let explicit = given.role == Role::Named(name)
        && (view.lexicon.words.weighs(&name)
            || is_number(view, given.node) && !is_default(view, def, index, given.node));
    (explicit || origins.is_chosen(given.node) || origins.descends(given.node, name)).then_some(given.node)
}

/// Is a value a number that is written out?
fn is_number(view: &View<'_>, node: Node) -> bool {
    matches!(view.program.op(node).kind, OpKind::Int(_) | OpKind::Float(_))
}

/// Is a value what the parameter holds anyway?
fn is_default(view: &View<'_>, def: Def, index: u32, node: Node) -> bool {
    let default = view.program.definition(def).params.get(index as usize).and_then(|param| param.default);
    default.is_none_or(|value| {
        match (view.program.op(Node { file: def.file, value }).kind, view.program.op(node).kind) {
            (OpKind::Int(one), OpKind::Int(other)) => one == other,
            (OpKind::Float(one), OpKind::Float(other)) => one == other,
            _ => false,
        }
    })
}

/// The parameters that nothing looks at, by function, and how each is lost.
fn unused(view: &View<'_>, known: &Known) -> FxHashMap<Def, Vec<(u32, Loss)>> {
    let extended = extended(view);
    let named = named_alike(view);
    let referred = referred(view);
    let kept = Kept::new(view);
    let defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    let functions = defs.filter(|def| {
        view.program.definition(*def).kind == DefKind::Function
            && is_looked_at(known, def.file)
            && !referred.contains(def)
    });
    let all = functions.map(|def| {
        let mut found = match is_form(view, &extended, def, false) {
            true => Vec::new(),
            false => ignored(view, &kept, &named, def),
        };
        // Whoever gives a fit weights wants them to weigh.
        if is_form(view, &extended, def, true) {
            let params = &view.program.definition(def).params;
            found.retain(|(index, _)| view.lexicon.words.weighs(&params[*index as usize].name));
        }
        (def, found)
    });
    all.filter(|(_, unused)| !unused.is_empty()).collect()
}

/// The classes that others build on: what their methods are called with is not theirs to choose.
fn extended(view: &View<'_>) -> FxHashSet<Def> {
    let defs = (0..view.program.def_count()).map(|index| view.program.def_at(index));
    defs.filter(|def| view.program.definition(*def).kind == DefKind::Class)
        .flat_map(|class| view.types.own_bases(class))
        .collect()
}

/// How many methods of a name have a parameter of a name: several are called in one form.
fn named_alike(view: &View<'_>) -> FxHashMap<(Text, Text), u32> {
    let mut counts: FxHashMap<(Text, Text), u32> = FxHashMap::default();
    for index in 0..view.program.def_count() {
        let def = view.program.def_at(index);
        let definition = view.program.definition(def);
        let in_form = definition.name != "__init__" && view.program.class_of(def).is_some();
        for param in definition.params.iter().filter(|_| in_form) {
            *counts.entry((definition.name, param.name)).or_default() += 1;
        }
    }
    counts
}

/// Is what a function takes said by somebody else: a base of the repository, or of a library where that counts, a
/// decorator, a stub?
fn is_form(view: &View<'_>, extended: &FxHashSet<Def>, def: Def, libraries: bool) -> bool {
    let definition = view.program.definition(def);
    let class = view.program.class_of(def);
    let bound_to_a_form = class.is_some_and(|class| {
        extended.contains(&class)
            || view.types.own_bases(class).next().is_some()
            || (libraries && definition.name != "__init__" && !view.types.library_bases(class).is_empty())
    });
    view.program.sources[def.file.index()].kind == Kind::Rust
        || definition.statements < STATEMENTS
        || !definition.decorators.is_empty()
        || bound_to_a_form
}

/// The parameters that a function takes and never looks at.
fn ignored(view: &View<'_>, kept: &Kept<'_>, named_alike: &FxHashMap<(Text, Text), u32>, def: Def) -> Vec<(u32, Loss)> {
    let definition = view.program.definition(def);
    let facts = view.program.file(def.file);
    let class = view.program.class_of(def);
    let inside = |id: u32| {
        let mut id = id;
        while id != 0 && id != def.id {
            id = facts.definitions[id as usize].parent;
        }
        id == def.id
    };
    let plain = |kind| matches!(kind, ParamKind::Plain | ParamKind::Keyword);
    let mut fates = Vec::new();
    for (index, param) in (0..).zip(&definition.params).skip(usize::from(class.is_some())) {
        let alike = class.is_some() && named_alike.get(&(definition.name, param.name)).is_some_and(|count| *count > 1);
        if !plain(param.kind) || param.name.starts_with('_') || alike {
            continue;
        }
        let taken = !view.users.of(Node { file: def.file, value: param.value }).is_empty();
        if !taken && !is_value_used(view, def.file, param.value) {
            fates.push((index, Loss::Unused));
        } else if let Some(field) = class.and_then(|class| kept.in_field(class, def.file, param.value)) {
            fates.push((index, Loss::Kept(field)));
        }
    }
    if fates.is_empty() {
        return fates;
    }
    let mut named: FxHashSet<Text> = FxHashSet::default();
    let kept_whole =
        view.program.definition(def).body.clone().any(|value| keeps_all(view, Node { file: def.file, value }));
    let mut set: FxHashSet<u32> = FxHashSet::default();
    let bodies = (0..).zip(&facts.definitions).filter(|(id, _)| inside(*id));
    for value in bodies.flat_map(|(_, d)| d.body.clone()) {
        match facts.op(value).kind {
            OpKind::Global(name) if matches!(name.as_str(), "locals" | "vars" | "eval" | "exec") => return Vec::new(),
            OpKind::Global(name) => {
                named.insert(name);
            }
            // `global RANK; RANK = rank`
            OpKind::SetAttr(object, ..) | OpKind::Bind(_, object) => {
                set.insert(object);
            }
            _ => {}
        }
    }
    let lost = |index: u32| {
        let param = &definition.params[index as usize];
        if kept_whole && view.users.attributes(param.name).any(|node| is_kept(view, node)) {
            return false;
        }
        !named.contains(&param.name) && !set.contains(&param.value)
    };
    fates.retain(|(index, _)| lost(*index));
    fates
}

/// `self.save_hyperparameters()`: the object keeps all that it is made from.
fn keeps_all(view: &View<'_>, call: Node) -> bool {
    let OpKind::Call(function, _) = view.program.op(call).kind else { return false };
    matches!(view.program.op(Node { value: function, ..call }).kind, OpKind::Attr(_, name) if name == "save_hyperparameters")
}

/// `self.hparams.rate`
fn is_kept(view: &View<'_>, node: Node) -> bool {
    let OpKind::Attr(object, _) = view.program.op(node).kind else { return false };
    matches!(view.program.op(Node { value: object, ..node }).kind, OpKind::Attr(_, name) if name == "hparams")
}
