//! Which values reach a name: the environment of one body, with branches that are joined again.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

use crate::fact::{DefId, Val};

/// The values that may reach a name.
pub type Reach = SmallVec<[Val; 2]>;

/// What an arm of a branch changed.
pub struct Arm<'a> {
    changes: FxHashMap<&'a str, Reach>,
    /// It ends in a return, raise, break or continue: nothing after the branch comes from it.
    left: bool,
}

/// How a round of a loop ends before its last statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// Behind the loop.
    Break,
    /// To the next round.
    Continue,
}

/// A loop that is being read.
struct Repeated<'a> {
    mark: usize,
    /// What was changed where a round ends early.
    jumps: Vec<(Jump, Arm<'a>)>,
}

/// More places at which the rounds of one loop end are not looked at.
const JUMPS: usize = 32;

/// The environment of one body.
#[derive(Default)]
pub struct Scope<'a> {
    /// The definition whose body it is.
    pub definition: DefId,
    /// Assignments are seen from outside: a module's or class's body.
    pub public: bool,
    /// What follows in this block is not run.
    pub left: bool,
    names: FxHashMap<&'a str, Reach>,
    log: Vec<(&'a str, Option<Reach>)>,
    loops: Vec<Repeated<'a>>,
    outer: FxHashSet<&'a str>,
}

impl<'a> Scope<'a> {
    /// The environment at the start of a definition's body.
    pub fn new(definition: DefId, public: bool) -> Self {
        Self { definition, public, ..Self::default() }
    }

    /// The values that reach a name, none if it is not bound here.
    pub fn find(&self, name: &str) -> Option<&Reach> {
        self.names.get(name)
    }

    /// Binds a name to a value.
    pub fn bind(&mut self, name: &'a str, value: Val) {
        self.replace(name, smallvec![value]);
    }

    /// Declares names as `global` or `nonlocal`.
    pub fn declare_outer(&mut self, name: &'a str) {
        self.outer.insert(name);
    }

    /// Is a name declared `global` or `nonlocal`?
    pub fn is_outer(&self, name: &str) -> bool {
        self.outer.contains(name)
    }

    /// All names and what reaches them, sorted by name.
    pub fn bindings(&self) -> Vec<(&'a str, Reach)> {
        let mut all: Vec<_> = self.names.iter().map(|(n, r)| (*n, r.clone())).collect();
        all.sort_unstable_by_key(|(n, _)| *n);
        all
    }

    /// Begins an arm; the mark goes to [`Scope::end_arm`].
    pub fn begin_arm(&mut self) -> usize {
        self.left = false;
        self.log.len()
    }

    /// Ends an arm: takes its changes back and gives them.
    pub fn end_arm(&mut self, mark: usize) -> Arm<'a> {
        let mut changes = FxHashMap::default();
        while self.log.len() > mark {
            let Some((name, before)) = self.log.pop() else { break };
            if let Some(now) = self.names.get(name) {
                changes.entry(name).or_insert_with(|| now.clone());
            }
            match before {
                Some(before) => self.names.insert(name, before),
                None => self.names.remove(name),
            };
        }
        Arm { changes, left: std::mem::take(&mut self.left) }
    }

    /// Begins a loop; [`Scope::end_loop`] ends it.
    pub fn begin_loop(&mut self) {
        let mark = self.begin_arm();
        self.loops.push(Repeated { mark, jumps: Vec::new() });
    }

    /// Ends a round of the innermost loop where it stands.
    pub fn jump(&mut self, how: Jump) {
        let Some(of) = self.loops.last_mut().filter(|of| of.jumps.len() < JUMPS) else { return };
        let changed = self.log.iter().skip(of.mark).map(|(name, _)| *name);
        let changes = changed.filter_map(|name| Some((name, self.names.get(name)?.clone()))).collect();
        of.jumps.push((how, Arm { changes, left: false }));
    }

    /// Ends a loop. What follows it comes from its last statement, from where it is left, and from before it; of an
    /// `endless` one only from where it is left.
    pub fn end_loop(&mut self, endless: bool) {
        let Some(Repeated { mark, mut jumps }) = self.loops.pop() else { return };
        let mut arm = self.end_arm(mark);
        arm.left = false;
        let mut ways = vec![arm, Arm::empty()];
        if endless && jumps.iter().any(|(how, _)| *how == Jump::Break) {
            jumps.retain(|(how, _)| *how == Jump::Break);
            ways.clear();
        }
        ways.extend(jumps.into_iter().map(|(_, arm)| arm));
        self.join(ways);
    }

    /// Joins arms of which exactly one was run; give an empty arm where none need be.
    pub fn join(&mut self, arms: Vec<Arm<'a>>) {
        let live: Vec<&Arm<'a>> = arms.iter().filter(|a| !a.left).collect();
        if live.is_empty() {
            self.left = true;
            // Dead code behind the branch still means something to its author: give it every arm's names.
            return self.join_live(&arms.iter().collect::<Vec<_>>());
        }
        self.join_live(&live);
    }

    fn join_live(&mut self, arms: &[&Arm<'a>]) {
        let mut names: Vec<&'a str> = arms.iter().flat_map(|a| a.changes.keys().copied()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let mut joined = Reach::new();
            for arm in arms {
                let reach = arm.changes.get(name).or_else(|| self.names.get(name));
                for value in reach.into_iter().flatten() {
                    if !joined.contains(value) && joined.len() < 16 {
                        joined.push(*value);
                    }
                }
            }
            self.replace(name, joined);
        }
    }

    /// Forgets a name's local binding, as after a comprehension, and puts back what was there.
    pub fn restore(&mut self, name: &'a str, before: Option<Reach>) {
        let now = match before {
            Some(before) => self.names.insert(name, before),
            None => self.names.remove(name),
        };
        self.log.push((name, now));
    }

    fn replace(&mut self, name: &'a str, reach: Reach) {
        let before = self.names.insert(name, reach);
        self.log.push((name, before));
    }
}

impl Arm<'_> {
    /// The arm that changes nothing: no `else`, a loop that never runs.
    pub fn empty() -> Self {
        Self { changes: FxHashMap::default(), left: false }
    }
}
