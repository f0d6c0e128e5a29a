//! Options that commands pass to programs of the repository which define no such option, and refuse it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Invocation, Known, Role, View};
use crate::fact::{OpKind, Role as ArgRole, Text};
use crate::lexicon::signature;
use crate::mistake::nearest;
use crate::program::Node;
use crate::source::FileId;
use crate::system::graph::System;
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Programs with fewer options of their own are hardly told by them.
const OPTIONS: usize = 2;

/// The options that a program takes.
struct Takes {
    flags: FxHashSet<Text>,
}

/// Adds a setting for every such option.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let mut programs: FxHashMap<FileId, Option<Takes>> = FxHashMap::default();
    let mut said: FxHashSet<(FileId, FileId, Text)> = FxHashSet::default();
    for invocation in known.invocations.iter().filter(|i| i.direct && known.roles[i.at.file.index()] != Role::Test) {
        let Some(takes) = programs.entry(invocation.program).or_insert_with(|| takes(view, invocation.program)) else {
            continue;
        };
        for (number, word) in unknown(invocation, takes) {
            if !said.insert((invocation.at.file, invocation.program, word)) {
                continue;
            }
            let at = invocation.spots.get(number).copied().unwrap_or(invocation.at);
            let setting = system.add(NodeKind::Setting, word, at, Text::from(view.program.path(at.file)));
            system.say(setting, "form", "passed");
            system.say(setting, "flag", &word);
            system.say(setting, "role", known.roles[at.file.index()].word());
            system.say(setting, "value", view.program.path(invocation.program));
            let flags = takes.flags.iter().map(|f| f.as_str()).filter(|f| f.starts_with("--"));
            let mut flags: Vec<&str> = flags.collect();
            flags.sort_unstable();
            system.say(setting, "nearest", nearest(&word, flags).unwrap_or("none"));
            system.doubt(setting, Certainty::Inferred);
            let module = known.modules[invocation.program.index()];
            system.join(EdgeKind::Uses, setting, module, at, Certainty::Inferred);
        }
    }
}

/// The options among a program's arguments that it does not take, with their places among the words.
fn unknown(invocation: &Invocation, takes: &Takes) -> Vec<(usize, Text)> {
    let words = invocation.arguments.iter().take_while(|w| *w != "--").enumerate();
    let told = |word| long(word, takes).or_else(|| short(word, takes)).map(Text::from);
    words.filter_map(|(number, word)| Some((number, told(word)?))).collect()
}

fn long<'w>(word: &'w str, takes: &Takes) -> Option<&'w str> {
    let rest = word.strip_prefix("--")?;
    let name = word.split('=').next().unwrap_or(word);
    let plain = rest.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    // An option may be cut short, and switched off under its name.
    let positive = format!("--{}", name.trim_start_matches("--no-").trim_start_matches("--no_"));
    let taken = name == "--help" || takes.flags.iter().any(|flag| flag.starts_with(name) || flag.as_str() == positive);
    (plain && !taken).then_some(name)
}

/// A letter alone that is no option of the program; several in one word may be a value that begins with a dash.
fn short<'w>(word: &'w str, takes: &Takes) -> Option<&'w str> {
    let letter = word.strip_prefix('-')?;
    let plain = letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_alphabetic()) && letter != "h";
    let bare = |flag: &Text| flag.as_str() == letter || flag.starts_with(word) && !flag.starts_with("--");
    (plain && !takes.flags.iter().any(bare)).then_some(word)
}

/// What a program takes; none if not all of it is to be seen, or if it takes whatever it is told.
fn takes(view: &View<'_>, program: FileId) -> Option<Takes> {
    let files = imported(view, program);
    let options = view.evaluator.options.defined().filter(|o| files.contains(&o.call.file));
    let mut flags: FxHashSet<Text> = FxHashSet::default();
    let mut own = 0;
    let mut defining: FxHashSet<Node> = FxHashSet::default();
    for option in options {
        flags.extend(option.flags.iter().copied());
        defining.insert(option.call);
        own += usize::from(option.call.file == program);
    }
    // The fields of a library's class are options too, and known if its signature is.
    let foreign = files.iter().filter_map(|file| view.evaluator.options.foreign.get(file)).flatten();
    for name in foreign.filter(|name| !is_record(view, **name)) {
        flags.extend(signature(*name)?.iter().map(|name| Text::from(&format!("--{name}"))));
    }
    let mut refuses = false;
    for file in &files {
        for (value, op) in (0..).zip(&view.program.file(*file).ops) {
            let call = Node { file: *file, value };
            let OpKind::Call(function, operands) = op.kind else { continue };
            let meanings = || {
                view.types.callees(call).iter().filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None })
            };
            let parses = meanings().any(|m| m.parses_options);
            let strict = meanings().any(|m| m.refuses);
            if (parses && !strict) || is_open(view, call, function, &defining) {
                return None;
            }
            let given = view.program.operands(*file, operands);
            // A parser that others add their options to.
            let known = view.types.callees(call).iter().any(|c| matches!(c, Callee::Function(..)));
            if !known && given.iter().any(|o| is_parser(view, Node { value: o.value, ..call })) {
                return None;
            }
            let shaped = meanings().filter_map(|m| m.options_of.as_ref()).any(|of| {
                !given
                    .iter()
                    .any(|o| matches!(o.role, ArgRole::Named(name) if of.given_by.iter().any(|g| name == g.as_str())))
            });
            let typed = shaped || given.iter().all(|o| is_command_line(view, Node { value: o.value, ..call }));
            refuses |= strict && *file == program && typed;
        }
    }
    (refuses && own >= OPTIONS).then_some(Takes { flags })
}

/// Does a call define options that are not written out: by a name made at run time, or in a way of a library's own?
fn is_open(view: &View<'_>, call: Node, function: u32, defining: &FxHashSet<Node>) -> bool {
    let OpKind::Attr(object, method) = view.program.op(Node { value: function, ..call }).kind else { return false };
    let knows = method == "parse_known_args";
    let adds = method.starts_with("add_")
        && method.contains("arg")
        && !method.ends_with("_group")
        && !defining.contains(&call)
        && !view.types.callees(call).iter().any(|c| matches!(c, Callee::Meaning(m) if m.options_of.is_some()));
    let parser = is_parser(view, Node { value: object, ..call });
    knows
        || (adds && (parser || method == "add_argument" || method.ends_with("_args") || method.ends_with("_arguments")))
}

/// Is a value what the command line says, or what stands for it where nobody gives another?
fn is_command_line(view: &View<'_>, value: Node) -> bool {
    match view.program.op(value).kind {
        OpKind::Nothing => true,
        OpKind::Index(whole, _) => view.types.is_command_line(Node { value: whole, ..value }),
        OpKind::Param(index) => {
            let param = view.program.definition(view.program.owner(value)).params.get(index as usize);
            param.and_then(|p| p.default).is_some_and(|default| is_command_line(view, Node { value: default, ..value }))
        }
        _ => false,
    }
}

/// Is a library's class only the mark of a record, and brings no fields?
fn is_record(view: &View<'_>, name: Text) -> bool {
    view.lexicon.of_type(name, &|t| t.record.then_some(())).is_some()
}

fn is_parser(view: &View<'_>, node: Node) -> bool {
    view.types.of(node).iter().any(|t| match t {
        Type::Instance(name) => view.lexicon.is_a(*name, "argparse.ArgumentParser"),
        _ => false,
    })
}

/// A file and all that it imports.
fn imported(view: &View<'_>, file: FileId) -> FxHashSet<FileId> {
    let mut found = FxHashSet::from_iter([file]);
    let mut waiting = vec![file];
    while let Some(file) = waiting.pop() {
        for (of, _) in view.program.imported_files(file) {
            if found.insert(of) {
                waiting.push(of);
            }
        }
    }
    found
}
