//! Command-line options: which are read, which travel on as a whole, which no command line can change.

use rustc_hash::{FxHashMap, FxHashSet};

use super::recorded::{is_only_told, is_recorded, records};
use super::{Known, Role, View, is_value_used};
use crate::fact::{DefKind, OpKind, Operand, ParamKind, Role as ArgRole, Text};
use crate::lexicon::{Meaning, Returns};
use crate::program::Node;
use crate::source::{FileId, Kind};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::mentions::{How, Mention, Mentions};
use crate::value::options::CliOption;
use crate::value::types::{Callee, Type};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// How the options of some files travel.
#[derive(Clone, Copy, Default)]
struct Travel {
    /// As a whole, into functions of the repository: a parameter of that name may be the reader.
    whole: bool,
    /// Out of sight: into a library that is not known, or by a name made at run time.
    away: bool,
}

impl Travel {
    fn and(self, other: Self) -> Self {
        Self { whole: self.whole || other.whole, away: self.away || other.away }
    }
}

/// The names by which options are read.
pub fn names<'v>(view: &'v View<'_>) -> impl Iterator<Item = Text> + 'v {
    view.evaluator.options.defined().map(|o| o.name)
}

/// Adds a setting for every option.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let options = &view.evaluator.options.all;
    if options.is_empty() {
        return;
    }
    let readers = Readers::new(view, options, &known.mentions);
    let travels: Vec<Travel> = view.program.files().map(|file| travel(view, file)).collect();
    let mut constants: FxHashMap<Text, NodeId> = FxHashMap::default();
    let mut near: FxHashMap<FileId, Travel> = FxHashMap::default();
    // The fields of a class are told as such.
    for option in options.iter().filter(|option| option.class.is_none() && !option.cell) {
        let file = option.call.file;
        if known.roles[file.index()] == Role::Test {
            continue;
        }
        let at = view.program.place(option.call);
        let name = Text::from(option.name.trim_start_matches('-'));
        let setting = system.add(NodeKind::Setting, name, at, view.symbol(option.within));
        system.say(setting, "form", "option");
        system.say(setting, "flag", &shown(option));
        system.say(setting, "role", known.roles[file.index()].word());
        system.mark(setting, "defined");
        let Some(files) = view.evaluator.options.near(file) else { continue };
        let travel = near
            .entry(file)
            .or_insert_with(|| files.iter().fold(Travel::default(), |sum, f| sum.and(travels[f.index()])));
        if travel.away {
            system.mark(setting, "opaque");
        }
        let used = option.acts || readers.reads(view, option, files, *travel);
        if used {
            system.mark(setting, "used");
        }
        if used && is_constant(view, option) && !has_opposite(options, option) {
            // Programs that were copied from one another owe it once.
            let first = *constants.entry(option.flag).or_insert(setting);
            system.mark(first, "constant");
            system.join_again(EdgeKind::Follows, first, known.modules[file.index()], at, Certainty::Seen);
        }
        system.doubt(setting, Certainty::Seen);
    }
}

/// The option as it is typed.
fn shown(option: &CliOption) -> String {
    let bare = !option.positional && !option.flag.starts_with('-');
    if bare { format!("--{}", option.flag) } else { option.flag.as_str().to_owned() }
}

/// `store_true` of what is true already, or a text that is always true.
fn is_constant(view: &View<'_>, option: &CliOption) -> bool {
    let Some(default) = option.default else { return false };
    match (option.action.as_deref(), view.program.op(default).kind) {
        (Some("store_true"), OpKind::Bool(on)) => on,
        (Some("store_false"), OpKind::Bool(on)) => !on,
        (None | Some("store"), OpKind::Bool(on)) => on && option.always_true,
        _ => false,
    }
}

/// Another option that sets the same name can do what this one cannot.
fn has_opposite(options: &[CliOption], option: &CliOption) -> bool {
    options.iter().any(|o| o.call != option.call && o.call.file == option.call.file && o.name == option.name)
}

/// Is a value what a parser made of the command line?
pub(super) fn is_parsed(view: &View<'_>, node: Node) -> bool {
    view.types.is_a(node, "argparse.Namespace")
        || view.types.of(node).iter().any(|t| matches!(t, Type::Library(n) if n.ends_with("flags.FLAGS")))
}

fn travel(view: &View<'_>, file: FileId) -> Travel {
    let mut travel = Travel::default();
    for (number, op) in view.program.file(file).ops.iter().enumerate() {
        let node = Node { file, value: u32::try_from(number).unwrap_or(u32::MAX) };
        match op.kind {
            OpKind::Attr(object, name) if name == "__dict__" => {
                travel.whole |= is_parsed(view, Node { value: object, ..node })
            }
            OpKind::Call(function, operands) => {
                call(view, node, function, view.program.operands(file, operands), &mut travel)
            }
            _ => {}
        }
    }
    travel
}

fn call(view: &View<'_>, node: Node, function: u32, operands: &[Operand], travel: &mut Travel) {
    let callees = view.types.callees(node);
    let meanings = || callees.iter().filter_map(|c| if let Callee::Meaning(m) = c { Some(*m) } else { None });
    let receiver = match view.program.op(Node { value: function, ..node }).kind {
        OpKind::Attr(object, _) => Some(Node { value: object, ..node }),
        _ => None,
    };
    let own = callees.iter().any(|c| matches!(c, Callee::Function(..)));
    let first_party = own
        || view
            .types
            .of(Node { value: function, ..node })
            .iter()
            .any(|t| matches!(t, Type::Class(_) | Type::Object(_)));
    if meanings().any(|m| m.forwards)
        && !is_recorded(view, node)
        && receiver
            .into_iter()
            .chain(operands.iter().map(|o| Node { value: o.value, ..node }))
            .any(|n| is_parsed(view, n))
    {
        travel.whole = true;
    }
    if meanings().any(|m| m.looks_up)
        && let Some(first) = operands.first().filter(|o| is_parsed(view, Node { value: o.value, ..node }))
    {
        // `getattr(args, name)` with a name that is made at run time may read any.
        let name = operands.iter().skip_while(|o| o.value != first.value).nth(1);
        travel.away |= name.is_none_or(|o| view.program.literal(Node { value: o.value, ..node }).is_none());
        return;
    }
    for operand in operands {
        let value = Node { value: operand.value, ..node };
        let unknown = callees.is_empty() && !first_party;
        match operand.role {
            ArgRole::Spread if unknown || (!first_party && !own) => {
                let from_options = is_whole(view, &Seen::anywhere(value));
                // A library takes what it knows; what is chosen at run time among the repository's own takes what is named there.
                travel.away |= from_options && is_foreign(view, Node { value: function, ..node });
                travel.whole |= from_options;
            }
            _ if unknown && is_parsed(view, value) && !records(view, node) => travel.away = true,
            _ => {}
        }
    }
}

/// What click and typer keep the parsed options in.
pub(super) const CONTEXT: &str = "click.Context";

/// Values looked at for one answer.
const LOOKED_AT: usize = 400;

/// Is a value the parsed options as a whole: themselves, a dict of them, or a dict that takes them all in?
fn is_whole(view: &View<'_>, start: &Seen) -> bool {
    let mut seen_before: FxHashSet<(Node, Option<Node>)> = FxHashSet::default();
    let mut waiting = vec![start.clone()];
    while let Some(seen) = waiting.pop() {
        if seen_before.len() >= LOOKED_AT || !seen_before.insert((seen.node, seen.stack.last().map(|s| s.call))) {
            continue;
        }
        if is_parsed(view, seen.node) {
            return true;
        }
        match view.program.op(seen.node).kind {
            OpKind::Dict(operands) => {
                let operands = view.program.operands(seen.node.file, operands).iter();
                waiting.extend(operands.filter(|o| o.role == ArgRole::Spread).map(|o| seen.beside(o.value)));
                continue;
            }
            OpKind::SetIndex(object, ..) => {
                waiting.push(seen.beside(object));
                continue;
            }
            // Whatever the parsed options themselves are asked for in one piece.
            OpKind::Call(function, _) if is_asked(view, seen.beside(function).node) => return true,
            OpKind::Call(function, operands) => {
                let passes = |m: &Meaning| {
                    m.forwards
                        || matches!(m.returns, Some(Returns::Argument | Returns::Receiver))
                        || matches!(m.returns, Some(Returns::Type(t)) if t == "builtins.dict")
                };
                if view.types.callees(seen.node).iter().any(|c| matches!(c, Callee::Meaning(m) if passes(m))) {
                    if let OpKind::Attr(object, _) = view.program.op(seen.beside(function).node).kind {
                        waiting.push(seen.beside(object));
                    }
                    let operands = view.program.operands(seen.node.file, operands).iter();
                    waiting.extend(operands.map(|o| seen.beside(o.value)));
                    continue;
                }
            }
            _ => {}
        }
        waiting.extend(view.evaluator.follow.back(&seen).values);
    }
    false
}

/// Is a called method one of the parsed options' own?
fn is_asked(view: &View<'_>, function: Node) -> bool {
    matches!(view.program.op(function).kind, OpKind::Attr(object, _) if is_parsed(view, Node { value: object, ..function }))
}

/// Is a called value a library's, or something made by one?
fn is_foreign(view: &View<'_>, function: Node) -> bool {
    let mut node = function;
    for _ in 0..6 {
        let imports = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.imports);
        match view.program.op(node).kind {
            OpKind::Attr(object, _) => node.value = object,
            OpKind::Call(..) if view.types.callees(node).iter().any(imports) => return false,
            _ => break,
        }
    }
    true
}

/// Where options are read.
struct Readers<'k> {
    mentions: &'k Mentions,
    /// The words of the defining calls themselves are no readers.
    own: FxHashSet<Node>,
    /// Names that notebooks bind: who runs one hands it its parameters as a dict, by the names of its variables.
    parameters: FxHashSet<Text>,
}

impl<'k> Readers<'k> {
    fn new(view: &View<'_>, options: &[CliOption], mentions: &'k Mentions) -> Self {
        let mut own: FxHashSet<Node> = FxHashSet::default();
        for option in options {
            if let OpKind::Call(_, operands) = view.program.op(option.call).kind {
                let operands = view.program.operands(option.call.file, operands);
                own.extend(operands.iter().map(|o| Node { value: o.value, ..option.call }));
            }
        }
        let notebooks = view.program.files().filter(|f| view.program.sources[f.index()].kind == Kind::Notebook);
        let bound = notebooks.flat_map(|file| &view.program.file(file).ops).filter_map(|op| match op.kind {
            OpKind::Bind(name, _) => Some(name),
            _ => None,
        });
        Self { mentions, own, parameters: bound.collect() }
    }

    fn reads(&self, view: &View<'_>, option: &CliOption, files: &FxHashSet<FileId>, travel: Travel) -> bool {
        if let Some(param) = option.param {
            return is_parameter_used(view, option.call.file, param)
                || is_taken_with_all(view, option.call.file, param);
        }
        let read = |m: &Mention| {
            let own = m.value.is_some_and(|value| self.own.contains(&Node { file: m.file, value }));
            match m.how {
                How::Attribute | How::Text => {
                    !own && (travel.whole || files.contains(&m.file)) && !is_only_told(view, option.name, m)
                }
                How::Parameter => travel.whole,
                _ => false,
            }
        };
        let mentioned = self.mentions.of(option.name).iter().any(read) || is_held(view, option);
        if mentioned || (travel.whole && self.parameters.contains(&option.name)) {
            return true;
        }
        // click hands an option to the decorated function's parameter of that name.
        let definitions = view.program.file(option.call.file).definitions.iter();
        let mut decorated = definitions.filter(|d| d.decorators.contains(&option.call.value)).peekable();
        if decorated.peek().is_none() {
            return is_reusable(view, option);
        }
        decorated.any(|definition| {
            let taken = definition.params.iter().find(|p| p.name == option.name);
            match taken {
                Some(param) => {
                    is_parameter_used(view, option.call.file, param.value)
                        || is_taken_with_all(view, option.call.file, param.value)
                }
                None => definition.params.iter().any(|p| p.kind == ParamKind::Keywords),
            }
        })
    }
}

/// An option kept in a name (`_X = flags.DEFINE_string(..)`) is read through it.
fn is_held(view: &View<'_>, option: &CliOption) -> bool {
    let facts = view.program.file(option.call.file);
    let held = |op: &crate::fact::Op| matches!(op.kind, OpKind::Bind(_, value) if value == option.call.value);
    // What a text defines is parsed at once: the name is that of all options.
    let parsed = |c: &Callee<'_>| matches!(c, Callee::Meaning(m) if m.usage.is_some());
    let alone = !view.types.callees(option.call).iter().any(parsed);
    alone && view.program.definition(option.within).kind != DefKind::Class && facts.ops.iter().any(held)
}

/// A click option that is kept to decorate functions elsewhere is not followed.
fn is_reusable(view: &View<'_>, option: &CliOption) -> bool {
    view.types.called_name(option.call).is_some_and(|n| n.starts_with("click.") || n.starts_with("typer."))
}

/// Can all options of a function be had at once: through click's context, or as its local names?
fn is_taken_with_all(view: &View<'_>, file: FileId, param: u32) -> bool {
    let facts = view.program.file(file);
    let owner = facts.definitions.iter().find(|d| d.params.iter().any(|p| p.value == param));
    let context = |value: u32| view.types.is_a(Node { file, value }, CONTEXT) && is_parameter_used(view, file, value);
    owner.is_some_and(|d| d.params.iter().any(|p| context(p.value)))
        || facts.ops.iter().any(|op| matches!(op.kind, OpKind::Global(name) if name == "locals"))
}

/// Does a function of the file use its parameter?
fn is_parameter_used(view: &View<'_>, file: FileId, param: u32) -> bool {
    let facts = view.program.file(file);
    let owner = facts.definitions.iter().find(|d| d.params.iter().any(|p| p.value == param));
    let Some(name) = owner.and_then(|d| d.params.iter().find(|p| p.value == param)).map(|p| p.name) else {
        return true;
    };
    // A nested function may read the parameter by its name.
    is_value_used(view, file, param) || facts.ops.iter().any(|op| matches!(op.kind, OpKind::Global(n) if n == name))
}
