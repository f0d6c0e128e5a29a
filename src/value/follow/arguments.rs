//! What callers give to parameters.

use smallvec::SmallVec;

use super::{Follow, Into, Seen, Spot, Stack, Steps, WIDTH, Walk};
use crate::fact::{ParamKind, Role};
use crate::program::{Def, Node};
use crate::value::types::{Given, Site};

impl Follow<'_> {
    /// The value that a call gives to a parameter, or the parameter's default.
    pub fn argument_at(&self, def: Def, index: u32, site: Site, outer: &Stack, steps: &mut Steps) {
        let mut walk = Walk::new(*self);
        walk.argument(def, index, site, outer, Spot::of(Seen::anywhere(site.call)));
        walk.run();
        steps.values.extend(walk.steps.values);
    }

    /// The calls of a definition that say something of how it is used: those of tests only of what is itself a test's.
    pub fn callers(&self, def: Def) -> impl Iterator<Item = &Site> {
        let program = self.program;
        let tested = program.is_test(def.file);
        let callers = self.types.callers.get(&def).map_or(&[][..], Vec::as_slice);
        callers.iter().filter(move |site| tested || !program.is_test(site.call.file))
    }

    /// All that is given to `*args`, if the call is known and lays nothing out.
    pub(super) fn rest(&self, seen: &Seen, index: u32) -> Option<Vec<Seen>> {
        let def = self.program.owner(seen.node);
        let kind = self.program.definition(def).params.get(index as usize)?.kind;
        let (site, outer) = seen.stack.split().filter(|_| kind == ParamKind::Rest)?;
        let passed = self.types.passed(site.call, def, site.bound, site.via);
        let given = passed.iter().filter(|(param, _)| *param == index);
        given
            .map(|(_, given)| {
                let plain = given.role == Role::Plain && !given.each;
                plain.then(|| Seen { node: given.node, stack: stack_of(self, given.node, site, outer) })
            })
            .collect()
    }
}

/// The way in to a value that is given: the call's own, if it stands in the body of the call.
fn stack_of(follow: &Follow<'_>, node: Node, site: Site, outer: &Stack) -> Stack {
    let same = node.file == site.call.file && follow.program.owner(node) == follow.program.owner(site.call);
    if same { outer.clone() } else { Stack::new() }
}

impl Walk<'_> {
    pub(super) fn param(&mut self, spot: Spot, index: u32) {
        let def = self.follow.program.owner(spot.seen.node);
        if let Some((site, outer)) = spot.seen.stack.split() {
            let outer = outer.clone();
            self.argument(def, index, site, &outer, spot);
            return;
        }
        self.supplied(&spot);
        self.steps.parameter = Some(def);
        let callers: SmallVec<[Site; 4]> = self.follow.callers(def).take(WIDTH).copied().collect();
        for site in &callers {
            self.argument(def, index, *site, &Stack::new(), spot.clone());
        }
        if callers.is_empty() {
            self.default(def, index, spot);
        }
    }

    /// Pushes what other steps hand over here by a name.
    pub(super) fn supplied(&mut self, spot: &Spot) {
        for handed in self.follow.types.exchange.supplied(spot.seen.node) {
            let mut path = spot.path.clone();
            path.extend(handed.part);
            self.push(Spot { seen: Seen::anywhere(handed.value), path, class: None });
        }
    }

    /// Pushes what a call gives to a parameter, or to what is asked for within it, or else its default.
    fn argument(&mut self, def: Def, index: u32, site: Site, outer: &Stack, spot: Spot) {
        let follow = self.follow;
        let passed = follow.types.passed(site.call, def, site.bound, site.via);
        let given: SmallVec<[Given; 4]> = passed.iter().filter(|(p, _)| *p == index).map(|(_, g)| *g).collect();
        let Some(param) = follow.program.definition(def).params.get(index as usize) else { return };
        let put = |given: &Given, step: Option<Into>, keep: usize| {
            let seen = Seen { node: given.node, stack: stack_of(&follow, given.node, site, outer) };
            let mut path = spot.path.clone();
            path.truncate(keep);
            path.extend(step);
            if given.each {
                path.push(Into::Each);
            }
            let class = site.class.filter(|_| index == 0 && site.bound);
            Spot { seen, path, class }
        };
        let all = spot.path.len();
        let mut exact: Option<Spot> = None;
        let mut loose: SmallVec<[Spot; 2]> = SmallVec::new();
        match param.kind {
            ParamKind::Plain | ParamKind::Keyword => {
                for given in &given {
                    match given.role {
                        Role::Plain | Role::Named(_) => exact = Some(put(given, None, all)),
                        Role::Star => loose.push(put(given, Some(Into::At(given.offset)), all)),
                        Role::Spread => loose.push(put(given, Some(Into::Key(param.name)), all)),
                        Role::Key => {}
                    }
                }
            }
            ParamKind::Rest => match spot.path.last() {
                Some(Into::At(place)) => {
                    let plain = given.iter().filter(|g| g.role == Role::Plain).nth(*place as usize);
                    exact = plain.map(|given| put(given, None, all - 1));
                    let laid = given.iter().filter(|g| g.role == Role::Star);
                    loose.extend(laid.map(|given| put(given, Some(Into::At(place + given.offset)), all - 1)));
                }
                Some(_) => {
                    for given in &given {
                        let plain = given.role == Role::Plain;
                        self.push(put(given, None, if plain { all - 1 } else { all }));
                    }
                }
                None => {}
            },
            ParamKind::Keywords => match spot.path.last() {
                Some(Into::Key(key) | Into::Field(key)) => {
                    let named = given.iter().rev().find(|g| g.role == Role::Named(*key));
                    exact = named.map(|given| put(given, None, all - 1));
                    let spread = given.iter().filter(|g| g.role == Role::Spread);
                    loose.extend(spread.map(|given| put(given, Some(Into::Key(*key)), all - 1)));
                }
                Some(_) => {
                    for given in given.iter().filter(|g| matches!(g.role, Role::Named(_))) {
                        self.push(put(given, None, all - 1));
                    }
                }
                None => {}
            },
        }
        match exact {
            Some(exact) => self.push(exact),
            None if !loose.is_empty() && self.attempt(loose) => {}
            None => self.default(def, index, spot),
        }
    }

    fn default(&mut self, def: Def, index: u32, spot: Spot) {
        if let Some(default) = self.follow.program.definition(def).params.get(index as usize).and_then(|p| p.default) {
            let seen = Seen::anywhere(Node { file: def.file, value: default });
            self.push(Spot { seen, path: spot.path, class: None });
        }
    }
}
