//! Types lowered to the value of the class they name, so that what is declared can be told.

use syn::{FnArg, GenericArgument, GenericParam, Generics, PathArguments, Type, TypeParamBound};

use super::{Lowering, word};
use crate::fact::{OpKind, Text, Val};
use crate::source::Span;

/// Types that stand for what they hold: a value's use is its content's use.
const WRAPPERS: [&str; 17] = [
    "Option", "Result", "Box", "Arc", "Rc", "Vec", "Cow", "Cell", "RefCell", "Mutex", "RwLock", "Pin", "OnceLock",
    "LazyLock", "AsRef", "Into", "Borrow",
];

/// The type parameters in whose sight a type is written: their bounds say what they are.
pub(super) struct Bounds<'g>(pub(super) Option<&'g Generics>);

impl<'g> Bounds<'g> {
    /// The bounds of a type parameter; none if the name is no parameter.
    fn of(&self, name: Text) -> Option<impl Iterator<Item = &'g TypeParamBound>> {
        self.0?.params.iter().find_map(|param| match param {
            GenericParam::Type(param) if word(&param.ident) == name => Some(param.bounds.iter()),
            _ => None,
        })
    }
}

impl Lowering {
    /// The value of the type that is at the heart of `ty`.
    pub(super) fn annotation(&mut self, ty: &Type, bounds: &Bounds<'_>) -> Val {
        match ty {
            Type::Reference(of) => self.annotation(&of.elem, bounds),
            Type::Paren(of) => self.annotation(&of.elem, bounds),
            Type::Group(of) => self.annotation(&of.elem, bounds),
            Type::Slice(of) => self.annotation(&of.elem, bounds),
            Type::Array(of) => self.annotation(&of.elem, bounds),
            Type::Path(of) if of.qself.is_none() => self.annotated_path(&of.path, bounds),
            Type::ImplTrait(of) => self.bound(of.bounds.iter()),
            Type::TraitObject(of) => self.bound(of.bounds.iter()),
            _ => self.emit(OpKind::Unknown, Span::default()),
        }
    }

    fn annotated_path(&mut self, path: &syn::Path, bounds: &Bounds<'_>) -> Val {
        let Some(last) = path.segments.last() else { return self.emit(OpKind::Unknown, Span::default()) };
        let name = word(&last.ident);
        if WRAPPERS.contains(&name.as_str())
            && let Some(inner) = first_type(&last.arguments)
        {
            return self.annotation(inner, bounds);
        }
        match bounds.of(name).filter(|_| path.segments.len() == 1) {
            Some(mut of) => self.bound(&mut of),
            None => self.path(path),
        }
    }

    /// The first trait among bounds, or what it stands for: `AsRef<Path>`.
    fn bound<'b>(&mut self, mut bounds: impl Iterator<Item = &'b TypeParamBound>) -> Val {
        let first = bounds.find_map(|bound| match bound {
            TypeParamBound::Trait(of) => Some(&of.path),
            _ => None,
        });
        match first {
            Some(path) => self.annotated_path(path, &Bounds(None)),
            None => self.emit(OpKind::Unknown, Span::default()),
        }
    }

    /// The value of a parameter's type; `self` needs none.
    pub(super) fn argument_type(&mut self, argument: &FnArg, generics: &Generics) -> Option<Val> {
        match argument {
            FnArg::Receiver(_) => None,
            FnArg::Typed(typed) => Some(self.annotation(&typed.ty, &Bounds(Some(generics)))),
        }
    }
}

fn first_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
