//! Where names are mentioned: as attributes, texts, globals, imports, keywords and keys of settings files.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fact::{OpKind, Role, Scalar, Text, Val};
use crate::program::Program;
use crate::source::FileId;

/// How a name is mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Read as an attribute.
    Attribute,
    /// Set as an attribute.
    Assigned,
    /// A text that is the name, or ends with it after a dot.
    Text,
    /// Read as a name of an enclosing body or the module.
    Global,
    /// Imported from a module.
    Import,
    /// A keyword argument.
    Keyword,
    /// A function's parameter.
    Parameter,
    /// A key of a settings file, or a text in one.
    Setting,
}

/// A place where a name is mentioned.
#[derive(Clone, Copy, Debug)]
pub struct Mention {
    /// The file.
    pub file: FileId,
    /// The operation, where it is one.
    pub value: Option<Val>,
    /// How.
    pub how: How,
}

/// The mentions of some names in all files, in source order.
#[derive(Default)]
pub struct Mentions {
    by_name: FxHashMap<Text, Vec<Mention>>,
}

impl Mentions {
    /// Looks through all files, once.
    pub fn new(program: &Program<'_>, names: &FxHashSet<Text>) -> Self {
        let mut mentions = Self::default();
        if names.is_empty() {
            return mentions;
        }
        let files: Vec<FileId> = program.files().collect();
        let each: Vec<Vec<(Text, Mention)>> = files.par_iter().map(|file| of_file(program, *file, names)).collect();
        for (name, mention) in each.into_iter().flatten() {
            mentions.by_name.entry(name).or_default().push(mention);
        }
        mentions
    }

    /// The mentions of a name.
    pub fn of(&self, name: Text) -> &[Mention] {
        self.by_name.get(&name).map_or(&[], Vec::as_slice)
    }
}

fn of_file(program: &Program<'_>, file: FileId, names: &FxHashSet<Text>) -> Vec<(Text, Mention)> {
    let facts = program.file(file);
    let mut found = Vec::new();
    let mut add = |name: Text, value: Option<Val>, how: How| {
        if names.contains(&name) {
            found.push((name, Mention { file, value, how }));
        }
    };
    for (value, op) in (0..).zip(&facts.ops) {
        match op.kind {
            OpKind::Attr(_, name) => add(name, Some(value), How::Attribute),
            OpKind::SetAttr(_, name, _) => add(name, Some(value), How::Assigned),
            OpKind::Global(name) => add(name, Some(value), How::Global),
            OpKind::Str(text) => {
                add(text, Some(value), How::Text);
                // `patch("package.module.NAME")`
                if text.len() < 200
                    && let Some((_, last)) = text.rsplit_once('.')
                {
                    add(Text::from(last), Some(value), How::Text);
                }
            }
            OpKind::Path(path) => add(Text::from(path.rsplit('.').next().unwrap_or(&path)), Some(value), How::Global),
            _ => {}
        }
    }
    for operand in &facts.operands {
        if let Role::Named(name) = operand.role {
            add(name, None, How::Keyword);
        }
    }
    for name in facts.imports.iter().filter_map(|i| i.name) {
        add(name, None, How::Import);
    }
    for param in facts.definitions.iter().flat_map(|d| &d.params) {
        add(param.name, None, How::Parameter);
    }
    for setting in &facts.settings {
        if let Some(key) = setting.keys.last() {
            add(*key, None, How::Setting);
        }
        if let Scalar::Text(text) = setting.value {
            add(text, None, How::Setting);
        }
    }
    for column in facts.tables.iter().flat_map(|t| &t.columns) {
        add(*column, None, How::Text);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Content, Kind, Source};

    #[test]
    fn a_name_is_found_in_every_form() {
        let text = "from m import A\nx.A = f(A=g.A)\nh('p.q.A')\n";
        let source = Source {
            path: "a.py".into(),
            kind: Kind::Python,
            content: Content::Memory(text.into()),
            size: 0,
            links: Vec::new(),
        };
        let (sources, facts) = (vec![source], vec![crate::read::python::read(text)]);
        let program = Program::new(&sources, &[], &facts);
        let mentions = Mentions::new(&program, &FxHashSet::from_iter([Text::from("A")]));
        let hows: Vec<How> = mentions.of("A".into()).iter().map(|m| m.how).collect();
        assert_eq!(hows, [How::Attribute, How::Assigned, How::Text, How::Keyword, How::Import]);
    }
}
