//! Settings files, looked up by path and by key; command-line options, looked up by the name that code reads.

use rustc_hash::FxHashMap;

use super::types::{Callee, Type, Types};
use crate::fact::{OpKind, Role, Setting, SettingKind, Text, Val};
use crate::program::{Def, Node, Program, parent};
use crate::source::{FileId, Span};

/// All keys of all settings files.
#[derive(Default)]
pub struct SettingsIndex {
    /// By file and dotted key path.
    by_path: FxHashMap<(FileId, Text), usize>,
    /// By last key.
    by_key: FxHashMap<Text, Vec<(FileId, usize)>>,
}

/// A place in a settings file: the file and the keys down from its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsNode {
    /// The file.
    pub file: FileId,
    /// The keys.
    pub keys: Vec<Text>,
}

impl SettingsIndex {
    /// Indexes every key of every settings file.
    pub fn new(program: &Program<'_>) -> Self {
        let mut index = Self::default();
        for file in program.files() {
            for (number, setting) in program.file(file).settings.iter().enumerate() {
                if setting.kind != SettingKind::Entry {
                    continue;
                }
                index.by_path.insert((file, dotted(&setting.keys)), number);
                if let Some(last) = setting.keys.last() {
                    index.by_key.entry(*last).or_default().push((file, number));
                }
            }
        }
        index
    }

    /// The setting at a place in a file.
    pub fn get<'a>(&self, program: &Program<'a>, node: &SettingsNode) -> Option<&'a Setting> {
        let number = self.by_path.get(&(node.file, dotted(&node.keys)))?;
        program.file(node.file).settings.get(*number)
    }

    /// The number of the setting at a path in a file.
    pub fn at(&self, file: FileId, keys: &[Text]) -> Option<usize> {
        self.by_path.get(&(file, dotted(keys))).copied()
    }

    /// All settings whose key path ends with these keys.
    pub fn ending<'a>(&self, program: &Program<'a>, keys: &[Text]) -> Vec<(FileId, &'a Setting)> {
        let Some(last) = keys.last() else { return Vec::new() };
        let candidates = self.by_key.get(last).map_or(&[][..], Vec::as_slice);
        let settings =
            candidates.iter().filter_map(|(file, n)| program.file(*file).settings.get(*n).map(|s| (*file, s)));
        settings.filter(|(_, s)| s.keys.ends_with(keys)).collect()
    }

    /// Does any settings file have that key anywhere?
    pub fn has_key(&self, key: Text) -> bool {
        self.by_key.contains_key(&key)
    }

    /// All keys there are.
    pub fn keys(&self) -> impl Iterator<Item = Text> {
        self.by_key.keys().copied()
    }

    /// The settings file that a path in code means: as written from the root, beside the code, or by its unique ending.
    pub fn file(program: &Program<'_>, from: FileId, path: &str) -> Option<FileId> {
        let path = path.trim_start_matches("./");
        if path.is_empty() || path.contains("{}") {
            return None;
        }
        let mut folder = parent(program.path(from));
        let mut rest = path;
        while let Some(above) = rest.strip_prefix("../") {
            folder = parent(folder);
            rest = above;
        }
        if let Some(file) = program.at_path(&crate::program::join(folder, rest)).or_else(|| program.at_path(rest)) {
            return Some(file);
        }
        let ending = format!("/{rest}");
        let mut fitting = program.files().filter(|f| program.path(*f).ends_with(&ending));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// Keys joined by dots.
pub fn dotted(keys: &[Text]) -> Text {
    match keys {
        [only] => *only,
        several => Text::from(&several.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(".")),
    }
}

/// A command-line option.
#[derive(Clone, Debug)]
pub struct CliOption {
    /// The call that defines it.
    pub call: Node,
    /// The definition in whose body it is defined.
    pub within: Def,
    /// As typed: `--data-dir`, or a positional's name.
    pub flag: Text,
    /// All spellings.
    pub flags: Vec<Text>,
    /// The name by which code reads it.
    pub name: Text,
    /// Its default.
    pub default: Option<Node>,
    /// Its `action`, if one is given.
    pub action: Option<Text>,
    /// Whatever text is typed for it is true.
    pub always_true: bool,
    /// Its action does what there is to do, and nobody need read it: it shows the version, or a class of its own acts.
    pub acts: bool,
    /// It is taken by position.
    pub positional: bool,
    /// It is a value of a notebook's cell of parameters.
    pub cell: bool,
    /// The function's parameter that it is, where the option stands in its default or annotation.
    pub param: Option<Val>,
}

/// The parameter, by name and value, in whose default or annotation a value stands.
fn parameter(program: &Program<'_>, file: FileId, value: Val) -> Option<(Text, Val)> {
    let facts = program.file(file);
    let inside = |of: Val| match facts.op(of).kind {
        // `Annotated[int, Option()]`
        OpKind::Index(_, index) => match facts.op(index).kind {
            OpKind::Tuple(operands) => facts.operands(operands).iter().any(|o| o.value == value),
            _ => false,
        },
        _ => false,
    };
    let params = facts.definitions.iter().flat_map(|d| &d.params);
    let mut found = params.filter(|p| p.default == Some(value) || p.annotation.is_some_and(inside));
    found.next().map(|p| (p.name, p.value))
}

/// All command-line options.
#[derive(Default)]
pub struct Options {
    /// In source order.
    pub all: Vec<CliOption>,
    by_name: FxHashMap<Text, Vec<u32>>,
    /// The numbers of those that are values of a notebook's cell of parameters.
    cells: FxHashMap<Node, u32>,
    /// The top folder of every file: what lies in another is another project.
    projects: Vec<Text>,
}

impl Options {
    /// Finds every call that defines an option.
    pub fn new(program: &Program<'_>, types: &Types<'_>) -> Self {
        let project = |file| Text::from(program.path(file).split_once('/').map_or("", |(top, _)| top));
        let mut options = Self { projects: program.files().map(project).collect(), ..Self::default() };
        for index in 0..program.def_count() {
            let def = program.def_at(index);
            for value in program.definition(def).body.clone() {
                let node = Node { file: def.file, value };
                let OpKind::Call(_, operands) = program.op(node).kind else { continue };
                for callee in types.callees(node) {
                    let Callee::Meaning(meaning) = callee else { continue };
                    if !meaning.defines_option {
                        continue;
                    }
                    let operands = program.operands(def.file, operands);
                    let literal = |value| program.literal(Node { file: def.file, value });
                    let mut flags: Vec<Text> = match &meaning.place {
                        Some(slot) => types.slot(node, slot).and_then(|n| program.literal(n)).into_iter().collect(),
                        None => {
                            operands.iter().filter(|o| o.role == Role::Plain).filter_map(|o| literal(o.value)).collect()
                        }
                    };
                    let named = |name: &str| {
                        let found = operands.iter().find(|o| matches!(o.role, Role::Named(n) if n == name));
                        found.map(|o| Node { file: def.file, value: o.value })
                    };
                    // typer: an option without a flag is called as its parameter.
                    let param = parameter(program, def.file, value);
                    if let Some((name, _)) = param
                        && !flags.iter().any(|f| f.starts_with('-'))
                    {
                        flags = vec![Text::from(&format!("--{}", name.replace('_', "-")))];
                    }
                    // click: a bare name among the flags is the parameter's.
                    let bare = flags.iter().position(|f| !f.starts_with('-')).filter(|_| flags.len() > 1);
                    let given =
                        bare.map(|i| flags.remove(i)).or_else(|| named("dest").and_then(|n| program.literal(n)));
                    let Some(flag) =
                        flags.iter().copied().find(|f| f.starts_with("--")).or_else(|| flags.first().copied())
                    else {
                        continue;
                    };
                    let positional = meaning.place.is_none() && !flag.starts_with('-');
                    // A positional's own dashes stay in its name.
                    let flag_name = match positional {
                        true => flag.as_str().to_owned(),
                        false => flag.trim_start_matches('-').split('/').next().unwrap_or_default().replace('-', "_"),
                    };
                    let name = param.map(|(name, _)| name).or(given).unwrap_or_else(|| Text::from(&flag_name));
                    let default = match &meaning.value {
                        Some(slot) => types.slot(node, slot),
                        None => named("default"),
                    };
                    let given_action = named("action");
                    let action = given_action.and_then(|n| program.literal(n));
                    // A callback gets what is typed before anybody reads it.
                    let called = named("callback").is_some_and(|n| !matches!(program.op(n).kind, OpKind::Nothing));
                    let acts = match action.as_deref() {
                        _ if called => true,
                        Some(word) => matches!(word, "version" | "help"),
                        // The library's own classes store what is typed.
                        None => {
                            given_action.is_some_and(|n| !types.of(n).iter().any(|t| matches!(t, Type::Library(_))))
                        }
                    };
                    let is_bool =
                        |n: Node| types.of(n).iter().any(|t| matches!(t, Type::Library(n) if n == "builtins.bool"));
                    let number = u32::try_from(options.all.len()).unwrap_or(u32::MAX);
                    options.by_name.entry(name).or_default().push(number);
                    options.all.push(CliOption {
                        call: node,
                        within: def,
                        flag,
                        flags,
                        name,
                        default,
                        action,
                        always_true: meaning.calls_type && named("type").is_some_and(is_bool),
                        acts,
                        positional,
                        cell: false,
                        param: param.map(|(_, value)| value),
                    });
                    break;
                }
            }
        }
        program.files().for_each(|file| options.parameters(program, file));
        options
    }

    /// Adds what a notebook binds where whoever runs it may give other values.
    fn parameters(&mut self, program: &Program<'_>, file: FileId) {
        let facts = program.file(file);
        let within = Def { file, id: 0 };
        for (value, op) in (0..).zip(&facts.ops) {
            let OpKind::Bind(name, of) = op.kind else { continue };
            let node = Node { file, value: of };
            let inside = |span: &Span| span.start <= op.span.start && op.span.end <= span.end;
            if !facts.parameters.iter().any(inside) || program.owner(Node { file, value }) != within {
                continue;
            }
            let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
            self.cells.entry(node).or_insert(number);
            self.all.push(CliOption {
                call: node,
                within,
                flag: name,
                flags: vec![name],
                name,
                default: Some(node),
                action: None,
                always_true: false,
                acts: false,
                positional: false,
                cell: true,
                param: None,
            });
        }
    }

    /// The option that a value of a notebook's cell of parameters is.
    pub fn cell(&self, node: Node) -> Option<u32> {
        self.cells.get(&node).copied()
    }

    /// All that programs define for their command lines.
    pub fn defined(&self) -> impl Iterator<Item = &CliOption> {
        self.all.iter().filter(|option| !option.cell)
    }

    /// The option that code in `file` reads by that name: of the same file, or the only one, if it is not another
    /// project's.
    pub fn find(&self, file: FileId, name: Text) -> Option<u32> {
        let candidates = self.by_name.get(&name)?;
        let here = candidates.iter().find(|n| self.all[**n as usize].call.file == file);
        let project = |file: FileId| self.projects.get(file.index());
        let near = |n: &&u32| {
            let of = self.all[**n as usize].call.file;
            project(of) == project(file) || [of, file].iter().any(|f| project(*f).is_some_and(|p| p.is_empty()))
        };
        here.or(if candidates.len() == 1 { candidates.first().filter(near) } else { None }).copied()
    }

    /// An option.
    pub fn get(&self, number: u32) -> Option<&CliOption> {
        self.all.get(number as usize)
    }
}
