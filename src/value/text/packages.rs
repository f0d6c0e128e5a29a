//! Places in packages of the repository, and numbers that are counted.

use smallvec::{SmallVec, smallvec};

use super::pattern::{Part, Pattern, Patterns, below, literal};
use super::{Evaluator, ROOT, Work};
use crate::fact::{OpKind, Text};
use crate::program::{Node, parent};
use crate::value::follow::Seen;
use crate::value::types::Type;

/// More numbers than this are not told apart.
const NUMBERS: i64 = 8;

/// The name of the folder of a package that is none of the repository's.
const LIBRARY: &str = "package:";

/// Is a place in a package of a library? What lies there is a part of the library, and no data of the repository.
pub fn is_of_library(pattern: &Pattern) -> bool {
    matches!(pattern.first(), Some(Part::Root(name)) if *name == LIBRARY)
}

impl Evaluator<'_> {
    /// What the arguments behind the first one say, below the folder of the package that it names.
    pub(super) fn in_package(&self, arguments: &[Seen], depth: usize, out: &mut Work) -> Patterns {
        let Some((package, rest)) = arguments.split_first() else { return SmallVec::new() };
        let folder: Patterns = match self.package(package, depth, out) {
            Some(folder) => smallvec![literal(&format!("{ROOT}{folder}"))],
            None => smallvec![smallvec![Part::Root(Text::from(LIBRARY))]],
        };
        if rest.is_empty() { folder } else { below(&folder, &self.joined(rest.iter().cloned(), depth, out)) }
    }

    /// The folder of a package of the repository, told by its name or given itself.
    fn package(&self, seen: &Seen, depth: usize, out: &mut Work) -> Option<String> {
        let (program, types) = (self.follow.program, self.follow.types);
        let folder = |node: Node| parent(program.path(node.file)).to_owned();
        if let OpKind::Global(name) = program.op(seen.node).kind
            && (name == "__name__" || name == "__package__")
        {
            return Some(folder(seen.node));
        }
        let given = types.of(seen.node).iter().find_map(|ty| match ty {
            Type::Module(file) => Some(parent(program.path(*file)).to_owned()),
            Type::Folder(name) => Some(name.replace('.', "/")),
            _ => None,
        });
        if given.is_some() {
            return given;
        }
        let name = self.text(seen, depth + 1, out);
        let [Part::Text(name)] = name.first()?.as_slice() else { return None };
        let file = *program.named(name, "", false, 1).first()?;
        Some(parent(program.path(file)).to_owned())
    }

    /// The numbers of a range that is written out, if they are few.
    pub(super) fn counted(&self, arguments: &[Seen], depth: usize, out: &mut Work) -> Patterns {
        let number = |seen: &Seen, out: &mut Work| -> Option<i64> {
            let texts = self.text(seen, depth + 1, out);
            match texts.as_slice() {
                [only] => match only.as_slice() {
                    [Part::Text(text)] => text.parse().ok(),
                    _ => None,
                },
                _ => None,
            }
        };
        let numbers: Option<SmallVec<[i64; 3]>> = arguments.iter().map(|a| number(a, out)).collect();
        let (first, end, step) = match numbers.as_deref() {
            Some([end]) => (0, *end, 1),
            Some([first, end]) => (*first, *end, 1),
            Some([first, end, step]) if *step > 0 => (*first, *end, *step),
            _ => return SmallVec::new(),
        };
        if (end - first) / step > NUMBERS {
            return SmallVec::new();
        }
        let each = std::iter::successors(Some(first), |number| Some(number + step)).take_while(|number| *number < end);
        each.map(|number| literal(&number.to_string())).collect()
    }
}
