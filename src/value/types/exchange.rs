//! What steps hand to each other by names: an asset takes what the asset of a parameter's name gives, a node of a
//! pipeline takes what another puts out under the name of its input, a task pulls what another returned.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Callee, Type, Types};
use crate::fact::{DefKind, OpKind, Operand, Role, Text, Val};
use crate::lexicon::{MadeBy, Slot, StepForm};
use crate::program::{Def, Imported, Node};
use crate::value::stack::Into;

/// More steps of one name than this tell nothing.
const MAKERS: usize = 8;

/// A value that a step's function gives: all of what it returns, or one part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handed {
    /// What is returned.
    pub value: Node,
    /// The part of it.
    pub part: Option<Into>,
}

/// An end of a hand-over that goes by a name.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// The name.
    pub name: Text,
    /// The call that makes the step, or its decorator.
    pub step: Node,
    /// The parameter that takes it, or what is returned.
    pub at: Handed,
}

/// All hand-overs by name.
#[derive(Default)]
pub struct Exchange {
    /// Parameters of steps' functions, and calls that pull, by the names of what they take.
    pub takes: Vec<End>,
    /// What steps' functions return, by the names under which it is put out.
    pub gives: Vec<End>,
    /// What each parameter or pulling call gets.
    supplied: FxHashMap<Node, SmallVec<[Handed; 2]>>,
}

impl Exchange {
    /// What a parameter or a pulling call gets from other steps.
    pub fn supplied(&self, node: Node) -> &[Handed] {
        self.supplied.get(&node).map_or(&[], SmallVec::as_slice)
    }
}

/// A name that steps of one tool share.
type Name = (Text, Text);

impl Types<'_> {
    /// Finds what steps hand to each other, and lets their parameters hold what they are given.
    pub(super) fn exchange(&mut self) {
        let packages = &self.lexicon.orchestrators;
        let mut imports = self.program.facts.iter().flat_map(|facts| &facts.imports);
        if !imports.any(|import| import.level == 0 && packages.is_imported_as(&import.module)) {
            return;
        }
        let (mut takes, mut gives) = (Vec::new(), Vec::new());
        for index in 0..self.program.def_count() {
            let def = self.program.def_at(index);
            self.decorated_step(def, &mut takes, &mut gives);
            for value in self.program.definition(def).body.clone() {
                let node = Node { file: def.file, value };
                if let OpKind::Call(..) = self.program.op(node).kind {
                    self.called_step(node, &mut takes, &mut gives);
                }
            }
        }
        let mut makers: FxHashMap<Name, Vec<End>> = FxHashMap::default();
        for (tool, end) in &gives {
            makers.entry((*tool, end.name)).or_default().push(*end);
        }
        for (tool, end) in &takes {
            let found = makers.get(&(*tool, end.name)).map_or(&[][..], Vec::as_slice);
            let nearest = self.nearest(end.at.value, found);
            if !nearest.is_empty() {
                self.exchange.supplied.entry(end.at.value).or_default().extend(nearest);
            }
        }
        self.exchange.takes = takes.into_iter().map(|(_, end)| end).collect();
        self.exchange.gives = gives.into_iter().map(|(_, end)| end).collect();
        self.fill_supplied();
    }

    /// Of steps of one name those whose files lie nearest: each project has its own.
    fn nearest(&self, taker: Node, found: &[End]) -> SmallVec<[Handed; 2]> {
        let own = self.program.path(taker.file);
        let shared = |end: &&End| {
            let other = self.program.path(end.at.value.file);
            let folders = own.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
            folders + usize::from(own == other)
        };
        let most = found.iter().map(|end| shared(&end)).max().unwrap_or_default();
        found.iter().filter(|end| shared(end) == most).map(|end| end.at).take(MAKERS).collect()
    }

    /// The value that is handed over, where it is written out.
    pub fn handed_value(&self, handed: Handed) -> Option<Node> {
        let at = |value: Val| Node { value, ..handed.value };
        let operands = |run| self.program.operands(handed.value.file, run);
        match (handed.part, self.program.op(handed.value).kind) {
            (None, _) => Some(handed.value),
            (Some(Into::At(place)), OpKind::Tuple(run) | OpKind::List(run)) => {
                operands(run).get(place as usize).map(|o| at(o.value))
            }
            (Some(Into::Key(key)), OpKind::Dict(run)) => {
                let pairs = operands(run).windows(2).filter(|pair| pair[0].role == Role::Key);
                let mut own = pairs.filter(|pair| self.program.literal(at(pair[0].value)) == Some(key));
                own.next().map(|pair| at(pair[1].value))
            }
            _ => None,
        }
    }

    /// Parameters hold what they are supplied with.
    fn fill_supplied(&mut self) {
        let supplied = self.exchange.supplied.iter();
        let mut waiting: Vec<(Node, Handed)> =
            supplied.flat_map(|(to, all)| all.iter().map(|from| (*to, *from))).collect();
        waiting.sort_unstable_by_key(|(to, from)| (*to, from.value));
        for (to, from) in waiting {
            let set = self.handed_value(from).map_or(0, |value| self.set_of(value));
            if let OpKind::Param(index) = self.program.op(to).kind
                && set != 0
            {
                self.grow_param(self.program.owner(to), index, set);
            }
        }
        self.rounds();
    }

    /// A decorated function whose parameters are called as the steps that make them.
    fn decorated_step(&self, def: Def, takes: &mut Vec<(Text, End)>, gives: &mut Vec<(Text, End)>) {
        let definition = self.program.definition(def);
        if definition.kind != DefKind::Function {
            return;
        }
        for decorator in &definition.decorators {
            let decorator = Node { file: def.file, value: *decorator };
            let function = match self.program.op(decorator).kind {
                OpKind::Call(function, _) => Node { value: function, ..decorator },
                _ => decorator,
            };
            let Some(form) = self.form(function, MadeBy::Decorator) else { continue };
            let own = form.name.as_ref().and_then(|slot| self.word(self.slot(decorator, slot)?));
            let name = last(own.unwrap_or(definition.name));
            for value in self.returned(def) {
                let at = Handed { value, part: None };
                gives.push((form.tool, End { name, step: decorator, at }));
                // `outs={"a": .., "b": ..}`: what is returned has their order.
                let others = form.named.iter().filter_map(|slot| self.slot(decorator, slot));
                for (place, name) in others.flat_map(|of| self.keys(of)).enumerate() {
                    let part = u32::try_from(place).ok().map(Into::At);
                    let at = Handed { value, part };
                    gives.push((form.tool, End { name: last(name), step: decorator, at }));
                }
            }
            if !form.by_parameter {
                return;
            }
            let renamed: Vec<(Text, Text)> =
                form.after.iter().filter_map(|slot| self.slot(decorator, slot)).flat_map(|of| self.pairs(of)).collect();
            for param in &definition.params {
                let given = renamed.iter().find(|(key, _)| *key == param.name).map(|(_, name)| *name);
                let name = last(given.unwrap_or(param.name));
                let at = Handed { value: Node { file: def.file, value: param.value }, part: None };
                takes.push((form.tool, End { name, step: decorator, at }));
            }
            return;
        }
    }

    /// A call that makes a step of a function with the names of what goes in and out, or that pulls by a name.
    fn called_step(&self, call: Node, takes: &mut Vec<(Text, End)>, gives: &mut Vec<(Text, End)>) {
        let OpKind::Call(function, _) = self.program.op(call).kind else { return };
        let form = self.form(Node { value: function, ..call }, MadeBy::Call);
        if let Some(form) = form
            && let Some(runs) = form.function.as_ref().and_then(|slot| self.slot(call, slot))
        {
            let functions = self.runs(runs).into_iter().filter_map(|ty| match ty {
                Type::Function(def) => Some(def),
                _ => None,
            });
            for def in functions {
                self.node_of(call, def, form, takes, gives);
            }
        }
        for callee in self.resolve(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let Some(tool) = meaning.tool else { continue };
            let word = |slot: &Option<Slot>| {
                let value = slot.as_ref().and_then(|slot| self.slot(call, slot))?;
                self.word(value).or_else(|| self.told(value))
            };
            let at = |value| Handed { value, part: None };
            // What goes by a key of its own is none of what the step returns.
            let keyed = word(&meaning.pulled_by).map(|key| (Text::from(&format!("{tool} key")), key));
            let named = meaning.pulls.is_some().then(|| word(&meaning.pulls)).flatten().map(|name| (tool, last(name)));
            if let Some((tool, name)) = keyed.filter(|_| meaning.pulls.is_some()).or(named) {
                takes.push((tool, End { name, step: call, at: at(call) }));
            }
            if let Some(value) = meaning.pushes.as_ref().and_then(|slot| self.slot(call, slot))
                && let Some((tool, name)) = keyed
            {
                gives.push((tool, End { name, step: call, at: at(value) }));
            }
        }
    }

    /// The ends of a step that a call makes of a function.
    fn node_of(
        &self,
        call: Node,
        def: Def,
        form: &StepForm,
        takes: &mut Vec<(Text, End)>,
        gives: &mut Vec<(Text, End)>,
    ) {
        if !form.by_name {
            let own = form.name.as_ref().and_then(|slot| self.word(self.slot(call, slot)?));
            let name = last(own.unwrap_or(self.program.definition(def).name));
            let ends = self.returned(def).map(|value| End { name, step: call, at: Handed { value, part: None } });
            gives.extend(ends.map(|end| (form.tool, end)));
            return;
        }
        let params = &self.program.definition(def).params;
        let slot = |slots: &[Slot]| slots.iter().find_map(|slot| self.slot(call, slot));
        for (at, name) in slot(&form.inputs).map(|of| self.named(of)).unwrap_or_default() {
            let param = match at {
                Into::At(place) => params.get(place as usize),
                Into::Key(key) => params.iter().find(|p| p.name == key),
                _ => None,
            };
            if let Some(param) = param {
                let at = Handed { value: Node { file: def.file, value: param.value }, part: None };
                takes.push((form.tool, End { name: untyped(name), step: call, at }));
            }
        }
        let Some(outputs) = slot(&form.outputs) else { return };
        let whole = self.word(outputs).is_some();
        for (part, name) in self.named(outputs) {
            let part = (!whole).then_some(part);
            let name = untyped(name);
            let ends = self.returned(def).map(|value| End { name, step: call, at: Handed { value, part } });
            gives.extend(ends.map(|end| (form.tool, end)));
        }
    }

    /// The step that a call of that function, or what stands below it as a decorator, makes.
    fn form(&self, function: Node, by: MadeBy) -> Option<&StepForm> {
        self.of(function).iter().find_map(|ty| match ty {
            Type::Library(name) => self.lexicon.orchestrators.step(by, *name),
            _ => None,
        })
    }

    /// A text that is written out, or stands behind one name of a module.
    fn word(&self, node: Node) -> Option<Text> {
        let bound = |file, name| {
            let value = self.program.binding(Def { file, id: 0 }, name)?;
            self.program.literal(Node { file, value })
        };
        match self.program.op(node).kind {
            OpKind::Str(text) => Some(text),
            OpKind::Global(name) => bound(node.file, name),
            OpKind::Import(import) => match self.program.imported(node.file, import) {
                Imported::Name(file, name) => bound(file, name),
                _ => None,
            },
            _ => None,
        }
    }

    /// Names by their places: one text, a list of them, or the values of a map.
    fn named(&self, of: Node) -> Vec<(Into, Text)> {
        let at = |value: Val| Node { value, ..of };
        match self.program.op(of).kind {
            OpKind::List(run) | OpKind::Tuple(run) => {
                let elements = (0..).zip(self.program.operands(of.file, run));
                elements.filter_map(|(place, o)| Some((Into::At(place), self.word(at(o.value))?))).collect()
            }
            OpKind::Dict(_) | OpKind::Call(..) => {
                self.pairs(of).into_iter().map(|(key, name)| (Into::Key(key), name)).collect()
            }
            _ => self.word(of).map(|name| (Into::At(0), name)).into_iter().collect(),
        }
    }

    /// The keys of a map, or the texts or first arguments of a list.
    fn keys(&self, of: Node) -> Vec<Text> {
        let at = |value: Val| Node { value, ..of };
        match self.program.op(of).kind {
            OpKind::List(run) | OpKind::Tuple(run) => {
                let operands = self.program.operands(of.file, run).iter();
                operands.filter_map(|o| self.told(at(o.value))).collect()
            }
            _ => self.pairs(of).into_iter().map(|(key, _)| key).collect(),
        }
    }

    /// The keys and values of a map; a value that is made by a call is called as its last text says.
    fn pairs(&self, of: Node) -> Vec<(Text, Text)> {
        let at = |value: Val| Node { value, ..of };
        let operands: &[Operand] = match self.program.op(of).kind {
            OpKind::Dict(run) => self.program.operands(of.file, run),
            // `dict(a="b")`
            OpKind::Call(_, run) => {
                let named = self.program.operands(of.file, run).iter();
                let pair = |o: &Operand| match o.role {
                    Role::Named(key) => Some((key, self.told(at(o.value))?)),
                    _ => None,
                };
                return named.filter_map(pair).collect();
            }
            _ => return Vec::new(),
        };
        let pairs = operands.windows(2).filter(|pair| pair[0].role == Role::Key);
        let of_pair = |pair: &[Operand]| {
            let key = self.word(at(pair[0].value))?;
            // What says no name of its own goes by the key.
            Some((key, self.told(at(pair[1].value)).unwrap_or(key)))
        };
        pairs.filter_map(of_pair).collect()
    }

    /// A text, or the last one among the arguments of a call: `AssetIn(key=["raw", "trips"])`.
    fn told(&self, node: Node) -> Option<Text> {
        let at = |value: Val| Node { value, ..node };
        match self.program.op(node).kind {
            OpKind::Call(_, run) => self.program.operands(node.file, run).iter().find_map(|o| self.told(at(o.value))),
            OpKind::List(run) | OpKind::Tuple(run) => {
                self.program.operands(node.file, run).last().and_then(|o| self.told(at(o.value)))
            }
            _ => self.word(node),
        }
    }
}

/// The last part of a name.
fn last(name: Text) -> Text {
    Text::from(name.rsplit(['/', '.']).next().unwrap_or_default())
}

/// A name without the way in which it is read: `table@spark`.
fn untyped(name: Text) -> Text {
    name.split_once('@').map_or(name, |(name, _)| Text::from(name))
}
