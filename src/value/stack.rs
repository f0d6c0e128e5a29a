//! Values as seen through a chain of calls, and the way into what they hold.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;
use smallvec::SmallVec;

use super::types::Site;
use crate::fact::Text;
use crate::program::{Def, Node};

/// The calls through which a body was entered; empty: any caller. Cheap to clone: it is shared, never changed.
#[derive(Clone, Debug, Default)]
pub struct Stack(Option<Arc<Frame>>);

#[derive(Debug)]
struct Frame {
    site: Site,
    outer: Stack,
    depth: usize,
    /// Of all sites, so that stacks are hashed at once.
    hash: u64,
}

impl PartialEq for Stack {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(two)) => {
                Arc::ptr_eq(one, two) || (one.hash == two.hash && one.site == two.site && one.outer == two.outer)
            }
            _ => false,
        }
    }
}

impl Eq for Stack {}

impl Hash for Stack {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ref().map_or(0, |frame| frame.hash).hash(state);
    }
}

/// Deeper than this the way in is forgotten, which only makes the answer wider.
const LIMIT: usize = 8;

impl Stack {
    /// Any caller.
    pub fn new() -> Self {
        Self(None)
    }

    /// Is any caller meant?
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The innermost call.
    pub fn last(&self) -> Option<Site> {
        self.0.as_ref().map(|frame| frame.site)
    }

    /// The innermost call, and the way in to where it stands.
    pub fn split(&self) -> Option<(Site, &Self)> {
        self.0.as_ref().map(|frame| (frame.site, &frame.outer))
    }

    /// The outermost call.
    pub fn first(&self) -> Option<Site> {
        let mut frame = self.0.as_ref()?;
        while let Some(outer) = &frame.outer.0 {
            frame = outer;
        }
        Some(frame.site)
    }

    fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |frame| frame.depth)
    }

    /// The way into what is called there.
    pub fn entered(&self, site: Site) -> Self {
        let outer = if self.len() >= LIMIT { Self::new() } else { self.clone() };
        let depth = outer.len() + 1;
        let mut hasher = FxHasher::default();
        (&outer, site).hash(&mut hasher);
        Self(Some(Arc::new(Frame { site, outer, depth, hash: hasher.finish() })))
    }
}

/// From calls, the outermost first.
impl FromIterator<Site> for Stack {
    fn from_iter<T: IntoIterator<Item = Site>>(sites: T) -> Self {
        sites.into_iter().fold(Self::new(), |stack, site| stack.entered(site))
    }
}

/// A value as seen through a chain of calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The value.
    pub node: Node,
    /// The way in.
    pub stack: Stack,
}

impl Seen {
    /// A value seen from anywhere.
    pub fn anywhere(node: Node) -> Self {
        Self { node, stack: Stack::new() }
    }

    /// Another value of the same body.
    pub fn beside(&self, value: u32) -> Self {
        Self { node: Node { value, ..self.node }, stack: self.stack.clone() }
    }
}

/// One step into a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Into {
    /// The element at that place of a sequence.
    At(u32),
    /// The element at that place from the end, 1 for the last.
    FromEnd(u32),
    /// What a map holds under that key.
    Key(Text),
    /// What a container holds, under whatever key.
    Any,
    /// What a loop over it gives: the elements of a sequence, the keys of a map.
    Each,
    /// An object's field.
    Field(Text),
}

/// The steps from a value down into it; the last is taken first.
pub type Path = SmallVec<[Into; 3]>;

/// A value somewhere in another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The outer value.
    pub seen: Seen,
    /// The way into it; empty: the value itself.
    pub path: Path,
    /// The class of which the value is an object, where a method was entered for that class alone.
    pub class: Option<Def>,
}

impl Spot {
    /// A value itself.
    pub fn of(seen: Seen) -> Self {
        Self { seen, path: Path::new(), class: None }
    }

    /// The same way into another value of the same body.
    pub fn beside(&self, value: u32) -> Self {
        Self { seen: self.seen.beside(value), path: self.path.clone(), class: self.class }
    }

    /// What lies one step further in.
    pub fn down(mut self, step: Into) -> Self {
        self.path.push(step);
        self
    }
}
