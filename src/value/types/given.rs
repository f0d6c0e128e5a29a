//! What a call gives to what it runs: by itself, through a call that hands a function on, or bound in advance.

use smallvec::SmallVec;

use super::{Set, Type, Types};
use crate::fact::{OpKind, Param, ParamKind, Role, Text, Val};
use crate::lexicon::{Hands, Slot};
use crate::program::{Def, Node};
use crate::value::types::Callee;

/// How a call comes to run a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Via {
    /// It calls it.
    #[default]
    Call,
    /// It makes the object whose method this is.
    Makes,
    /// It reads a property.
    Reads,
    /// A decorator's value is called with what the operation of that number defines.
    Wraps(Val),
    /// It hands it on, with the positional arguments from there on.
    Handed(usize),
    /// It hands it on, to be called with each element of the positional arguments from there on.
    Mapped(usize),
    /// It hands it on, to be called with each element of the object that it is a method of, and the positional
    /// arguments from there on.
    Elements(usize),
    /// It hands it on, with arguments in a sequence and a map of their own.
    Boxed,
}

/// A value that a call gives.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// The value.
    pub node: Node,
    /// How it is passed.
    pub role: Role,
    /// Each of its elements is given in turn.
    pub each: bool,
    /// Of a sequence that is laid out: its element at this place.
    pub offset: u32,
    /// So many parameters before it are filled by whoever calls.
    pub leads: usize,
}

impl Given {
    fn plain(node: Node) -> Self {
        Self { node, role: Role::Plain, each: false, offset: 0, leads: 0 }
    }
}

/// Functions bound in advance of functions bound in advance.
const BOUND: usize = 3;

impl<'a> Types<'a> {
    /// What may be run where that value is called: what is bound in advance by its function.
    pub(super) fn runs(&self, function: Node) -> Set {
        let mut set = Set::new();
        self.runs_into(function, &mut set, 0);
        set
    }

    fn runs_into(&self, function: Node, set: &mut Set, depth: usize) {
        for ty in self.of(function) {
            match ty {
                Type::Partial(call) => {
                    if let Some(inner) = self.first_operand(*call)
                        && depth < BOUND
                    {
                        self.runs_into(inner, set, depth + 1);
                    }
                }
                other if !set.contains(other) => set.push(*other),
                _ => {}
            }
        }
    }

    fn first_operand(&self, call: Node) -> Option<Node> {
        let OpKind::Call(_, operands) = self.program.op(call).kind else { return None };
        let first = self.program.operands(call.file, operands).first()?;
        (first.role == Role::Plain).then_some(Node { value: first.value, ..call })
    }

    /// The functions that a call hands to somebody who calls them, and how.
    pub fn handed(&self, call: Node) -> SmallVec<[(Node, Via); 1]> {
        let mut found = SmallVec::new();
        for callee in self.resolve(call) {
            if let Callee::Meaning(meaning) = callee
                && let Some(hands) = &meaning.hands
                && let Some(function) = self.slot(call, &hands.function)
            {
                found.push((function, via(hands)));
            }
        }
        found
    }

    /// What a call gives to what it runs, in order; of one name the last holds.
    pub fn given(&self, call: Node, via: Via) -> SmallVec<[Given; 8]> {
        let mut all = SmallVec::new();
        self.given_into(call, via, &mut all, 0);
        all
    }

    fn given_into(&self, call: Node, via: Via, all: &mut SmallVec<[Given; 8]>, depth: usize) {
        let at = |value: Val| Node { value, ..call };
        if let Via::Wraps(define) = via {
            all.push(Given::plain(at(define)));
            return;
        }
        let (function, operands) = match self.program.op(call).kind {
            OpKind::Call(function, operands) => (function, self.program.operands(call.file, operands)),
            OpKind::Index(_, key) => {
                all.push(Given::plain(at(key)));
                return;
            }
            OpKind::SetIndex(_, key, value) => {
                all.extend([key, value].map(|value| Given::plain(at(value))));
                return;
            }
            _ => return,
        };
        let skipped = match via {
            Via::Handed(from) | Via::Mapped(from) | Via::Elements(from) => from,
            _ => 0,
        };
        let mut positional = operands.iter().filter(|o| matches!(o.role, Role::Plain | Role::Star));
        let run = match skipped.checked_sub(1) {
            Some(before) => positional.nth(before).map(|o| at(o.value)),
            None => Some(at(function)),
        };
        let advance = run.and_then(|run| self.of(run).iter().find_map(|t| partial(*t)));
        if let Some(earlier) = advance.filter(|earlier| *earlier != call && depth < BOUND) {
            self.given_into(earlier, Via::Handed(1), all, depth + 1);
        }
        if via == Via::Boxed {
            all.extend(self.boxed(call));
            return;
        }
        if matches!(via, Via::Elements(_))
            && let OpKind::Attr(object, _) = self.program.op(at(function)).kind
        {
            all.push(Given { each: true, ..Given::plain(at(object)) });
        }
        let maps = self.is_mapped(call);
        let each = matches!(via, Via::Mapped(_)) || maps;
        let mut position = 0;
        for operand in operands {
            let positional = matches!(operand.role, Role::Plain | Role::Star);
            position += usize::from(positional);
            // The keywords of what maps are its own.
            if positional && position > skipped || !positional && (!each || maps) {
                all.push(Given { role: operand.role, each, ..Given::plain(at(operand.value)) });
            }
        }
    }

    /// Does a method of a decorated function call it for each element: `clean.map(shops)`?
    pub fn is_mapped(&self, call: Node) -> bool {
        let OpKind::Call(function, _) = self.program.op(call).kind else { return false };
        let OpKind::Attr(object, method) = self.program.op(Node { value: function, ..call }).kind else { return false };
        self.lexicon.orchestrators.maps_function(method)
            && self.of(Node { value: object, ..call }).iter().any(|ty| matches!(ty, Type::Function(_)))
    }

    /// `Thread(target=f, args=(a, b), kwargs={..})`.
    fn boxed(&self, call: Node) -> SmallVec<[Given; 2]> {
        let mut all = SmallVec::new();
        for callee in self.resolve(call) {
            let Callee::Meaning(meaning) = callee else { continue };
            let Some(hands) = &meaning.hands else { continue };
            let slot = |slot: &Option<Slot>| slot.as_ref().and_then(|slot| self.slot(call, slot));
            if let Some(node) = slot(&hands.positional) {
                all.push(Given { role: Role::Star, each: hands.each, leads: hands.leads, ..Given::plain(node) });
            }
            if let Some(node) = slot(&hands.named) {
                all.push(Given { role: Role::Spread, ..Given::plain(node) });
            }
            for kept in &hands.kept {
                if let (Some(node), Some(keyword)) = (self.slot(call, kept), &kept.keyword) {
                    all.push(Given { role: Role::Named(Text::from(keyword.first())), ..Given::plain(node) });
                }
            }
        }
        all
    }

    /// The object whose method a call runs.
    pub fn receiver(&self, call: Node, via: Via) -> Option<Node> {
        let at = |value: Val| Node { value, ..call };
        let object = |of: Node| match self.program.op(of).kind {
            OpKind::Attr(object, _) => Some(Node { value: object, ..of }),
            _ => None,
        };
        match (via, self.program.op(call).kind) {
            (Via::Makes, _) => Some(call),
            (_, OpKind::Index(object, _) | OpKind::SetIndex(object, ..)) => Some(at(object)),
            (Via::Reads, _) => object(call),
            (Via::Handed(_) | Via::Mapped(_) | Via::Elements(_) | Via::Boxed, _) => {
                self.handed(call).into_iter().find_map(|(function, _)| object(function))
            }
            (_, OpKind::Call(function, _)) => object(at(function)).or_else(|| {
                let earlier = self.of(at(function)).iter().find_map(|t| partial(*t))?;
                object(self.first_operand(earlier)?)
            }),
            _ => None,
        }
    }

    /// Pairs what a call gives with the parameters of a function of the repository.
    pub fn passed(&self, call: Node, callee: Def, bound: bool, via: Via) -> SmallVec<[(u32, Given); 8]> {
        let params = &self.program.definition(callee).params;
        let mut pairs = SmallVec::new();
        let mut position = 0_usize;
        if bound {
            if let Some(receiver) = self.receiver(call, via) {
                pairs.push((0, Given::plain(receiver)));
            }
            position = 1;
        }
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let taking = |kind: ParamKind| params.iter().position(|p| p.kind == kind);
        for given in self.given(call, via) {
            match given.role {
                Role::Plain => {
                    let index = match params.get(position) {
                        Some(param) if param.kind == ParamKind::Plain => Some(position),
                        _ => taking(ParamKind::Rest),
                    };
                    pairs.extend(index.map(|index| (number(index), given)));
                    position += 1;
                }
                Role::Named(name) => {
                    let named =
                        |p: &Param| p.name == name && p.kind != ParamKind::Rest && p.kind != ParamKind::Keywords;
                    let index = params.iter().position(named).or_else(|| taking(ParamKind::Keywords));
                    pairs.extend(index.map(|index| (number(index), given)));
                }
                Role::Star => {
                    let position = position + given.leads;
                    for (index, param) in params.iter().enumerate().skip(position) {
                        if matches!(param.kind, ParamKind::Plain | ParamKind::Rest) {
                            pairs.push((number(index), Given { offset: number(index - position), ..given }));
                        }
                    }
                    if let Some(index) = taking(ParamKind::Rest).filter(|index| *index < position) {
                        pairs.push((number(index), given));
                    }
                }
                Role::Spread => {
                    let open = |p: &Param| p.kind != ParamKind::Rest;
                    for (index, _) in params.iter().enumerate().skip(usize::from(bound)).filter(|(_, p)| open(p)) {
                        pairs.push((number(index), given));
                    }
                }
                Role::Key => {}
            }
        }
        pairs
    }
}

fn partial(ty: Type) -> Option<Node> {
    if let Type::Partial(call) = ty { Some(call) } else { None }
}

fn via(hands: &Hands) -> Via {
    let from = hands.function.argument.map_or(0, |function| function + 1);
    match (hands.positional.is_some(), hands.each) {
        (true, _) => Via::Boxed,
        (false, true) if hands.of_object => Via::Elements(from),
        (false, true) => Via::Mapped(from),
        (false, false) => Via::Handed(from),
    }
}
