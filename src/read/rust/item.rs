//! Items: functions, types with their methods, constants; imports are in `names`.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Block, Expr, Fields, FnArg, Ident, ImplItem, Item, ItemImpl, Meta, Signature, Token, TraitItem, Type,
    TypeParamBound, parse_quote,
};

use super::annotation::Bounds;
use super::expression::{Gathered, param};
use super::names::place;
use super::{Body, Context, Lowering, across, at, plain, word};
use crate::fact::{DefId, DefKind, OpKind, Operand, Param, ParamKind, Role, Text, Val};
use crate::source::Span;

/// What stands in a type's body.
#[derive(Default)]
pub(super) struct Class {
    fields: Vec<(Text, Span, Type)>,
    members: Vec<Member>,
}

/// A function or constant of a type.
enum Member {
    Function(Vec<Attribute>, Box<Signature>, Box<Block>),
    Const(Ident, Box<Expr>),
}

/// The implementations of a file's own types.
type Impls = FxHashMap<Text, Vec<ItemImpl>>;

impl Lowering {
    /// The items of a file with those of its inline modules, but for tests; and what they are called.
    pub(super) fn outlined(&mut self, items: Vec<Item>) -> Vec<(Item, u32)> {
        let mut all = Vec::new();
        self.outline(items, 0, &mut all);
        all.iter().for_each(|(item, _)| self.names.learn(item));
        all
    }

    fn outline(&mut self, items: Vec<Item>, inline: u32, all: &mut Vec<(Item, u32)>) {
        for item in items {
            match item {
                Item::Mod(of) if is_test(&of.attrs) => {}
                Item::Mod(of) => match of.content {
                    Some((_, items)) => {
                        self.names.learn_inline(word(&of.ident));
                        self.outline(items, inline + 1, all);
                    }
                    None => all.push((Item::Mod(of), inline)),
                },
                Item::Fn(of) if is_test(&of.attrs) => {}
                Item::Use(of) if is_test(&of.attrs) => {}
                Item::Impl(of) if is_test(&of.attrs) => {}
                item => all.push((item, inline)),
            }
        }
    }

    /// Lowers items: what they import first, as it is seen everywhere.
    pub(super) fn items(&mut self, items: Vec<(Item, u32)>) {
        let own: Vec<Text> = items.iter().filter_map(|(item, _)| type_name(item)).collect();
        let mut impls = Impls::default();
        let mut rest = Vec::new();
        let (mut modules, mut uses) = (Vec::new(), Vec::new());
        for (item, inline) in items {
            match item {
                Item::Mod(of) => modules.push(of),
                Item::Use(of) => uses.push((of, inline)),
                Item::Impl(of) if self_name(&of).is_some_and(|name| own.contains(&name)) => {
                    impls.entry(self_name(&of).unwrap_or_default()).or_default().push(of);
                }
                item => rest.push((item, inline)),
            }
        }
        let outside = self.context.clone();
        modules.iter().for_each(|of| self.file_module(word(&of.ident), at(of.ident.span())));
        for (of, inline) in uses {
            self.context.inline = inline;
            self.uses(&of);
        }
        for (item, inline) in rest {
            self.context = Context { inline, ..outside.clone() };
            if self.scope.public {
                self.count_statement();
            }
            self.item(item, &mut impls);
        }
        self.context = outside;
    }

    fn item(&mut self, item: Item, impls: &mut Impls) {
        match item {
            Item::Fn(of) => self.function(&of.attrs, of.sig, *of.block),
            Item::Const(of) => self.kept(&of.attrs, &of.ident, &of.expr),
            Item::Static(of) => self.kept(&of.attrs, &of.ident, &of.expr),
            Item::Type(of) => {
                let value = self.annotation(&of.ty, &Bounds(Some(&of.generics)));
                self.bind(word(&of.ident), value, at(of.ident.span()));
            }
            Item::Struct(of) => {
                self.settings(&of.attrs, of.fields.iter());
                let whole = across(at(of.struct_token.span), at(of.span()));
                let class = Class { fields: fields(of.fields), members: Vec::new() };
                self.class(&of.attrs, &of.ident, whole, class, impls);
            }
            Item::Union(of) => {
                let class = Class { fields: fields(Fields::Named(of.fields)), members: Vec::new() };
                self.class(&of.attrs, &of.ident, at(of.union_token.span), class, impls);
            }
            Item::Enum(of) => {
                for variant in &of.variants {
                    self.settings(&of.attrs, variant.fields.iter());
                }
                let whole = across(at(of.enum_token.span), at(of.brace_token.span.close()));
                self.class(&of.attrs, &of.ident, whole, Class::default(), impls);
            }
            Item::Trait(of) => {
                let whole = across(at(of.trait_token.span), at(of.brace_token.span.close()));
                let members = of.items.into_iter().filter_map(trait_member).collect();
                let bases = of.supertraits.iter().filter_map(|bound| match bound {
                    TypeParamBound::Trait(bound) => Some(self.path(&bound.path)),
                    _ => None,
                });
                let bases = bases.collect();
                let id = self.open_class(&of.attrs, &of.ident, whole, bases, &parse_ident(&of.ident));
                self.close_class(id, Class { fields: Vec::new(), members });
                self.bind_definition(id, &of.ident);
            }
            Item::Impl(of) => self.foreign_impl(of),
            _ => {}
        }
    }

    /// A constant of a module; one that may be dead, or is linked by others, counts as looked at.
    fn kept(&mut self, attributes: &[Attribute], name: &Ident, value: &Expr) {
        let (value, span) = self.expression(value);
        if super::setting::is_let_be(attributes) {
            self.emit(OpKind::Test(value), span);
        }
        self.bind(word(name), value, at(name.span()));
    }

    fn constant(&mut self, name: &Ident, value: &Expr) {
        let (value, _) = self.expression(value);
        self.bind(word(name), value, at(name.span()));
    }

    /// A type of the file, with all that the file implements for it.
    fn class(&mut self, attributes: &[Attribute], name: &Ident, whole: Span, mut class: Class, impls: &mut Impls) {
        let mut bases = self.derived(attributes);
        for of in impls.remove(&word(name)).unwrap_or_default() {
            if let Some((path, _)) = &of.trait_ {
                bases.push(self.path(path));
            }
            class.members.extend(of.items.into_iter().filter_map(impl_member));
        }
        let id = self.open_class(attributes, name, whole, bases, &parse_ident(name));
        self.close_class(id, class);
        self.bind_definition(id, name);
    }

    /// Traits that libraries implement for a type which derives them; those of the language say nothing.
    fn derived(&mut self, attributes: &[Attribute]) -> Vec<Val> {
        let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
        let parsed =
            derives.filter_map(|a| a.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).ok());
        let foreign = |path: &syn::Path| path.get_ident().is_none_or(|name| !super::names::is_prelude(&word(name)));
        let paths: Vec<syn::Path> = parsed.flatten().filter(foreign).collect();
        paths.iter().map(|path| self.path(path)).collect()
    }

    /// Methods for a type of another file: a type of its own here, which extends that one.
    fn foreign_impl(&mut self, of: ItemImpl) {
        let Type::Path(path) = &*of.self_ty else { return };
        let Some(last) = path.path.segments.last() else { return };
        let whole = across(at(of.impl_token.span), at(of.brace_token.span.close()));
        let mut bases = vec![self.path(&path.path)];
        if let Some((path, _)) = &of.trait_ {
            bases.push(self.path(path));
        }
        let id = self.open_class(&of.attrs, &last.ident, whole, bases, &path.path);
        let members = of.items.into_iter().filter_map(impl_member).collect();
        self.close_class(id, Class { fields: Vec::new(), members });
    }

    fn open_class(
        &mut self,
        attributes: &[Attribute],
        name: &Ident,
        whole: Span,
        bases: Vec<Val>,
        own: &syn::Path,
    ) -> DefId {
        let decorators = self.decorators(attributes);
        let id = self.define(DefKind::Class, word(name), at(name.span()), whole);
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.decorators = decorators;
            definition.bases = bases;
        }
        self.context.own = Some(Rc::new(own.clone()));
        id
    }

    fn close_class(&mut self, id: DefId, class: Class) {
        self.wait(id, Body::Class(class));
    }

    fn bind_definition(&mut self, id: DefId, name: &Ident) {
        let span = at(name.span());
        let value = self.emit(OpKind::Define(id), span);
        self.bind(word(name), value, span);
    }

    /// The body of a type: a field is an instance of its declared type.
    pub(super) fn members(&mut self, class: Class) {
        for (name, span, ty) in class.fields {
            self.count_statement();
            let of = self.annotation(&ty, &Bounds(None));
            let none = self.operands(&[]);
            let value = self.emit(OpKind::Call(of, none), span);
            self.bind(name, value, span);
        }
        for member in class.members {
            self.count_statement();
            match member {
                Member::Const(name, value) => self.constant(&name, &value),
                Member::Function(attributes, signature, block) => self.function(&attributes, *signature, *block),
            }
        }
    }

    fn function(&mut self, attributes: &[Attribute], signature: Signature, block: Block) {
        let mut decorators = self.decorators(attributes);
        let span = at(signature.ident.span());
        if signature.receiver().is_none() && self.is_class() {
            // An associated function's first parameter is no object.
            decorators.push(self.emit(OpKind::Global("staticmethod".into()), span));
        }
        let whole = across(at(signature.fn_token.span), at(block.brace_token.span.close()));
        let id = self.define(DefKind::Function, word(&signature.ident), span, whole);
        let params = signature.inputs.iter().map(|input| self.input(input, &signature)).collect();
        if let Some(definition) = self.facts.definitions.get_mut(id as usize) {
            definition.decorators = decorators;
            definition.params = params;
            definition.lazy = signature.asyncness.is_some();
        }
        let name = signature.ident.clone();
        self.wait(id, Body::Function(Box::new(signature), Box::new(block)));
        self.bind_definition(id, &name);
    }

    fn is_class(&self) -> bool {
        let here = self.facts.definitions.get(self.scope.definition as usize);
        here.is_some_and(|d| d.kind == DefKind::Class)
    }

    fn input(&mut self, input: &FnArg, signature: &Signature) -> Param {
        let annotation = self.argument_type(input, &signature.generics);
        match input {
            FnArg::Receiver(of) => Param {
                name: "self".into(),
                kind: ParamKind::Plain,
                default: None,
                annotation,
                value: 0,
                span: at(of.self_token.span),
            },
            FnArg::Typed(of) => param(&of.pat, annotation),
        }
    }

    /// At the start of a function's body: an operation for every parameter, bound to its names.
    pub(super) fn bind_params<'p>(&mut self, id: DefId, inputs: impl Iterator<Item = &'p FnArg>) {
        for (index, input) in inputs.enumerate() {
            let value = self.bind_param(id, index);
            match input {
                FnArg::Receiver(_) => self.scope.bind("self", value),
                FnArg::Typed(of) => self.pattern(&of.pat, value),
            }
        }
    }

    /// Attributes as values: `#[get("/x")]` is a call, `#[test]` a name.
    fn decorators(&mut self, attributes: &[Attribute]) -> Vec<Val> {
        let mut values = Vec::new();
        for attribute in attributes {
            let path = attribute.path();
            let span = place(path);
            match &attribute.meta {
                Meta::Path(_) => values.push(self.path(path)),
                Meta::List(list) => {
                    let function = self.path(path);
                    let arguments =
                        list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated).unwrap_or_default();
                    let gathered: Gathered = arguments.iter().map(|argument| self.argument(argument)).collect();
                    let operands = self.operands(&gathered);
                    let whole = across(span, at(list.delimiter.span().close()));
                    values.push(self.emit(OpKind::Call(function, operands), whole));
                }
                // Doc comments.
                Meta::NameValue(_) => {}
            }
        }
        values
    }

    /// An argument of an attribute or macro, where `name = value` gives it a name.
    pub(super) fn argument(&mut self, argument: &Expr) -> Operand {
        if let Expr::Assign(of) = argument
            && let Some(name) = super::pattern::bare_name(&of.left)
        {
            return Operand { value: self.expression(&of.right).0, role: Role::Named(name) };
        }
        plain(self.expression(argument).0)
    }
}

/// `#[test]`, `#[cfg(test)]`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            list.parse_args::<syn::Path>().is_ok_and(|of| of.is_ident("test"))
        }
        _ => false,
    })
}

fn type_name(item: &Item) -> Option<Text> {
    match item {
        Item::Struct(of) => Some(word(&of.ident)),
        Item::Enum(of) => Some(word(&of.ident)),
        Item::Union(of) => Some(word(&of.ident)),
        _ => None,
    }
}

/// The single name of the type that an `impl` is for.
fn self_name(of: &ItemImpl) -> Option<Text> {
    let Type::Path(path) = &*of.self_ty else { return None };
    match (path.path.segments.first(), path.path.segments.len()) {
        (Some(only), 1) => Some(word(&only.ident)),
        _ => None,
    }
}

fn parse_ident(name: &Ident) -> syn::Path {
    parse_quote!(#name)
}

fn fields(fields: Fields) -> Vec<(Text, Span, Type)> {
    let each = fields.into_iter().enumerate().map(|(index, field)| {
        let (name, span) = match &field.ident {
            Some(name) => (word(name), at(name.span())),
            None => (Text::from(&index.to_string()), Span::default()),
        };
        (name, span, field.ty)
    });
    each.collect()
}

fn impl_member(item: ImplItem) -> Option<Member> {
    match item {
        ImplItem::Fn(of) if !is_test(&of.attrs) => {
            Some(Member::Function(of.attrs, Box::new(of.sig), Box::new(of.block)))
        }
        ImplItem::Const(of) => Some(Member::Const(of.ident, Box::new(of.expr))),
        _ => None,
    }
}

fn trait_member(item: TraitItem) -> Option<Member> {
    match item {
        TraitItem::Fn(of) => Some(Member::Function(of.attrs, Box::new(of.sig), Box::new(of.default?))),
        TraitItem::Const(of) => Some(Member::Const(of.ident, Box::new(of.default?.1))),
        _ => None,
    }
}
