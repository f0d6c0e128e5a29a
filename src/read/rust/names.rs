//! Names and paths: what `use`, `mod` and the file's own items make of them.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};
use syn::{Item, ItemUse, UseTree};

use super::{Lowering, at, word};
use crate::fact::{DefKind, Import, OpKind, Text, Val};
use crate::read::scope::Reach;
use crate::source::Span;

/// A path's segments.
pub(super) type Segments = SmallVec<[Text; 6]>;

/// What the names of a file stand for.
#[derive(Default)]
pub(super) struct Names {
    /// Names brought by `use` and `mod`: the whole path, and the import that brings it.
    used: FxHashMap<Text, (Segments, u32)>,
    /// What the file defines itself.
    items: FxHashSet<Text>,
    /// Modules that are written in the file itself.
    inline: FxHashSet<Text>,
    /// Paths of which everything is brought.
    stars: Vec<Segments>,
    /// Imports by module and name.
    imports: FxHashMap<(Text, Option<Text>), u32>,
}

impl Names {
    /// Notes what the file defines, before any of it is lowered.
    pub(super) fn learn(&mut self, item: &Item) {
        let ident = match item {
            Item::Const(of) => &of.ident,
            Item::Enum(of) => &of.ident,
            Item::Fn(of) => &of.sig.ident,
            Item::Static(of) => &of.ident,
            Item::Struct(of) => &of.ident,
            Item::Trait(of) => &of.ident,
            Item::Type(of) => &of.ident,
            Item::Union(of) => &of.ident,
            _ => return,
        };
        self.items.insert(word(ident));
    }

    /// Notes a module that is written in the file itself.
    pub(super) fn learn_inline(&mut self, name: Text) {
        self.inline.insert(name);
    }

    /// Does the file define that name?
    pub(super) fn is_item(&self, name: Text) -> bool {
        self.items.contains(&name)
    }
}

/// A path that stays within the crate.
fn is_local(path: &[Text]) -> bool {
    path.first().is_some_and(|first| matches!(first.as_str(), "crate" | "self" | "super"))
}

/// Types, traits, variants and constants begin with a capital; modules and functions do not.
fn is_capital(name: Text) -> bool {
    name.starts_with(char::is_uppercase)
}

fn dotted(path: &[Text]) -> Text {
    match path {
        [only] => *only,
        several => Text::from(&several.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(".")),
    }
}

/// The segments of a path, generic arguments left out.
pub(super) fn segments(path: &syn::Path) -> Segments {
    path.segments.iter().map(|s| word(&s.ident)).collect()
}

/// A path's place, without its generic arguments.
pub(super) fn place(path: &syn::Path) -> Span {
    match (path.segments.first(), path.segments.last()) {
        (Some(first), Some(last)) => super::across(at(first.ident.span()), at(last.ident.span())),
        _ => Span::default(),
    }
}

impl Lowering {
    /// The value of a path.
    pub(super) fn path(&mut self, path: &syn::Path) -> Val {
        self.named(&segments(path), place(path))
    }

    /// The value that a path of segments stands for.
    pub(super) fn named(&mut self, path: &[Text], span: Span) -> Val {
        let Some((first, rest)) = path.split_first() else { return self.emit(OpKind::Unknown, span) };
        if first == "Self" {
            let own = self.own(span);
            return self.attributes(own, rest, span);
        }
        if rest.is_empty() {
            return self.name(*first, span);
        }
        if let Some((whole, _)) = self.names.used.get(first) {
            let mut whole = whole.clone();
            whole.extend_from_slice(rest);
            return self.qualified(&whole, span);
        }
        if self.names.inline.contains(first) {
            return self.named(rest, span);
        }
        if is_local(path) {
            return self.qualified(path, span);
        }
        if is_capital(*first) || self.names.is_item(*first) {
            let value = self.name(*first, span);
            return self.attributes(value, rest, span);
        }
        self.qualified(path, span)
    }

    /// The value of a path that says all the way. Types are where modules end: what follows is theirs.
    fn qualified(&mut self, path: &[Text], span: Span) -> Val {
        let mut path = path;
        // `super` of an inline module is the file, as the inline module is read as if it were not there.
        for _ in 0..self.context.inline {
            match path.split_first() {
                Some((first, rest)) if first == "super" && !rest.is_empty() => path = rest,
                _ => break,
            }
        }
        let local = is_local(path);
        if !local && self.names.is_item(path[0]) {
            return self.named_item(path, span);
        }
        let capital = path.iter().position(|name| is_capital(*name));
        let (head, rest) = path.split_at(capital.map_or(path.len(), |i| i + 1));
        let value = match head {
            [module @ .., name] if local && !module.is_empty() => self.imported(dotted(module), Some(*name), span),
            _ => self.emit(OpKind::Path(dotted(head)), span),
        };
        self.attributes(value, rest, span)
    }

    fn named_item(&mut self, path: &[Text], span: Span) -> Val {
        let value = self.emit(OpKind::Global(path[0]), span);
        self.attributes(value, &path[1..], span)
    }

    /// The value of a single name as it is here.
    pub(super) fn name(&mut self, name: Text, span: Span) -> Val {
        if let Some(reach) = self.scope.find(name.as_str()) {
            let reach: Reach = reach.clone();
            return self.either(&reach, span);
        }
        if !self.is_captured(name) {
            if let Some((_, import)) = self.names.used.get(&name) {
                return self.emit(OpKind::Import(*import), span);
            }
            if !self.names.is_item(name) {
                return self.starred(name, span);
            }
        }
        self.emit(OpKind::Global(name), span)
    }

    /// Is it a local name of an enclosing function? Those are complete by now.
    fn is_captured(&self, name: Text) -> bool {
        let definitions = &self.facts.definitions;
        let mut id = self.scope.definition;
        while let Some(definition) = definitions.get(id as usize)
            && definition.kind == DefKind::Function
        {
            id = definition.parent;
            let Some(outer) = definitions.get(id as usize).filter(|d| d.kind == DefKind::Function) else { break };
            if outer.bindings.binary_search_by(|(known, _)| known.as_str().cmp(name.as_str())).is_ok() {
                return true;
            }
        }
        false
    }

    /// A name that nothing here binds: brought by some `use a::*`, or the language's own.
    fn starred(&mut self, name: Text, span: Span) -> Val {
        let foreign: SmallVec<[Segments; 2]> = self.names.stars.iter().filter(|s| !is_local(s)).cloned().collect();
        if foreign.is_empty() || is_prelude(&name) {
            return self.emit(OpKind::Global(name), span);
        }
        let mut values = Reach::new();
        for mut path in foreign {
            path.push(name);
            values.push(self.emit(OpKind::Path(dotted(&path)), span));
        }
        if self.names.stars.iter().any(|s| is_local(s)) {
            values.push(self.emit(OpKind::Global(name), span));
        }
        self.either(&values, span)
    }

    /// The type that `Self` stands for.
    fn own(&mut self, span: Span) -> Val {
        match self.context.own.clone() {
            Some(own) => self.named(&segments(&own), span),
            None => self.emit(OpKind::Unknown, span),
        }
    }

    fn attributes(&mut self, value: Val, names: &[Text], span: Span) -> Val {
        names.iter().fold(value, |value, name| self.emit(OpKind::Attr(value, *name), span))
    }

    /// A name of a module of this crate, imported where it is used unless some `use` brings it already.
    fn imported(&mut self, module: Text, name: Option<Text>, span: Span) -> Val {
        match self.names.imports.get(&(module, name)) {
            Some(index) => self.emit(OpKind::Import(*index), span),
            None => self.import(module, name, name.unwrap_or(module), span).0,
        }
    }

    /// Notes an import; gives its value and its number.
    fn import(&mut self, module: Text, name: Option<Text>, alias: Text, span: Span) -> (Val, u32) {
        let index = u32::try_from(self.facts.imports.len()).unwrap_or(u32::MAX);
        let value = self.emit(OpKind::Import(index), span);
        self.facts.imports.push(Import { module, level: 0, name, alias, value, span, optional: false });
        self.names.imports.entry((module, name)).or_insert(index);
        (value, index)
    }

    /// `mod name;`: the file of that name belongs to this one.
    pub(super) fn file_module(&mut self, name: Text, span: Span) {
        let path: Segments = smallvec!["self".into(), name];
        let (value, index) = self.import("self".into(), Some(name), name, span);
        self.names.used.insert(name, (path, index));
        self.bind(name, value, span);
    }

    /// Notes what a `use` brings.
    pub(super) fn uses(&mut self, item: &ItemUse) {
        self.use_tree(&item.tree, &mut Segments::new());
    }

    fn use_tree(&mut self, tree: &UseTree, above: &mut Segments) {
        match tree {
            UseTree::Path(path) => {
                above.push(word(&path.ident));
                self.use_tree(&path.tree, above);
                above.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, above)),
            UseTree::Name(name) => self.used(above, word(&name.ident), word(&name.ident), at(name.ident.span())),
            UseTree::Rename(name) => {
                let span = super::across(at(name.ident.span()), at(name.rename.span()));
                self.used(above, word(&name.ident), word(&name.rename), span);
            }
            UseTree::Glob(glob) => {
                let Some(path) = self.absolute(above) else { return };
                self.import(dotted(&path), Some("*".into()), "*".into(), at(glob.star_token.span));
                self.names.stars.push(path);
            }
        }
    }

    fn used(&mut self, above: &[Text], name: Text, alias: Text, span: Span) {
        let mut path = Segments::from(above);
        let mut alias = alias;
        if name == "self" {
            // `use a::b::{self}` is `use a::b`.
            if alias == "self" {
                let Some(last) = above.last() else { return };
                alias = *last;
            }
        } else {
            path.push(name);
        }
        let Some(path) = self.absolute(&path) else { return };
        let (value, index) = match path.as_slice() {
            [only] => self.import(*only, None, alias, span),
            [module @ .., name] => self.import(dotted(module), Some(*name), alias, span),
            [] => return,
        };
        if alias != "_" {
            self.names.used.insert(alias, (path, index));
            self.bind(alias, value, span);
        }
    }

    /// The whole path of what a `use` names; none if it is an item of this very file.
    fn absolute(&self, path: &[Text]) -> Option<Segments> {
        let mut path = path;
        for _ in 0..self.context.inline {
            match path.split_first() {
                Some((first, rest)) if first == "super" => path = rest,
                _ => break,
            }
        }
        let first = path.first()?;
        if self.names.is_item(*first) || self.names.inline.contains(first) {
            return None;
        }
        match self.names.used.get(first) {
            Some((whole, _)) if path.len() > 1 => Some(whole.iter().chain(path.iter().skip(1)).copied().collect()),
            _ => Some(Segments::from(path)),
        }
    }
}

/// Names that the language brings everywhere.
pub(super) fn is_prelude(name: &str) -> bool {
    matches!(
        name,
        "Vec"
            | "String"
            | "Box"
            | "Option"
            | "Some"
            | "None"
            | "Result"
            | "Ok"
            | "Err"
            | "Default"
            | "Clone"
            | "Copy"
            | "Debug"
            | "Drop"
            | "From"
            | "Into"
            | "Iterator"
            | "IntoIterator"
            | "ToString"
            | "AsRef"
            | "Fn"
            | "FnMut"
            | "FnOnce"
            | "Send"
            | "Sync"
            | "Sized"
            | "PartialEq"
            | "Eq"
            | "PartialOrd"
            | "Ord"
            | "Hash"
            | "drop"
            | "str"
            | "bool"
            | "char"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "f32"
            | "f64"
            | "derive"
            | "test"
            | "cfg"
            | "self"
    )
}
