//! Options and variables of the environment for which every text is true, and who says `False` to them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View};
use crate::fact::{OpKind, Text, Variable};
use crate::program::{Def, Node};
use crate::source::{At, Kind};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// What people type to switch something off.
const OFF: [&str; 8] = ["False", "false", "FALSE", "0", "no", "No", "off", "n"];

/// Adds a setting for every such option of a command, and for those that no command switches off so far.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    environment(view, system, known);
    words(view, system, known);
    let options: Vec<_> = view.evaluator.options.all.iter().filter(|option| option.always_true).collect();
    if options.is_empty() {
        return;
    }
    let mut said: FxHashSet<_> = FxHashSet::default();
    for invocation in known.invocations.iter().filter(|i| i.direct && known.roles[i.at.file.index()] != Role::Test) {
        for option in options.iter().filter(|option| option.call.file == invocation.program) {
            let typed = |words: &[String]| match words {
                [flag, value, ..] => option.flags.iter().any(|f| f == flag) && OFF.contains(&value.as_str()),
                _ => false,
            };
            let joined = |word: &String| {
                word.split_once('=').is_some_and(|(f, v)| option.flags.iter().any(|of| of == f) && OFF.contains(&v))
            };
            let negated = invocation.arguments.windows(2).any(typed) || invocation.arguments.iter().any(joined);
            if !negated || !said.insert((invocation.at.file, option.call)) {
                continue;
            }
            let at = invocation.at;
            let setting = system.add(NodeKind::Setting, option.name, at, Text::from(view.program.path(at.file)));
            system.say(setting, "form", "negated");
            system.say(setting, "flag", &option.flag);
            system.say(setting, "role", known.roles[at.file.index()].word());
            system.say(setting, "value", view.program.path(invocation.program));
            let module = known.modules[invocation.program.index()];
            system.join(EdgeKind::Uses, setting, module, view.program.place(option.call), Certainty::Seen);
        }
    }
    let told: FxHashSet<_> = said.into_iter().map(|(_, option)| option).collect();
    // Programs that were copied from one another owe it once.
    let mut first: FxHashMap<Text, NodeId> = FxHashMap::default();
    for option in options.iter().filter(|option| !told.contains(&option.call)) {
        let file = option.call.file;
        let at = view.program.place(option.call);
        let setting = *first.entry(option.flag).or_insert_with(|| {
            let setting = system.add(NodeKind::Setting, option.name, at, Text::from(view.program.path(file)));
            system.say(setting, "form", "any-text");
            system.say(setting, "flag", &option.flag);
            system.say(setting, "role", known.roles[file.index()].word());
            setting
        });
        system.join_again(EdgeKind::Follows, setting, known.modules[file.index()], at, Certainty::Seen);
    }
}

/// Adds a setting for every variable of the environment of which `bool` is made, where somebody sets it to `False`.
fn environment(view: &View<'_>, system: &mut System, known: &Known) {
    let off = |variable: &&Variable| variable.set && variable.value.is_some_and(|value| OFF.contains(&value.as_str()));
    let files = || view.program.files().filter(|file| known.roles[file.index()] != Role::Test);
    let mut switched: FxHashMap<Text, At> = FxHashMap::default();
    for file in files() {
        for variable in view.program.file(file).environment.iter().filter(off) {
            switched.entry(variable.name).or_insert(At { file, span: variable.span });
        }
    }
    for (def, call) in view.calls().filter(|(def, _)| known.roles[def.file.index()] != Role::Test) {
        let OpKind::Call(_, operands) = view.program.op(call).kind else { continue };
        if view.types.called_name(call).is_none_or(|name| name != "builtins.bool") {
            continue;
        }
        let Some(asked) = view.program.operands(call.file, operands).first() else { continue };
        let asked = Node { value: asked.value, ..call };
        let at = view.program.place(call);
        let Some(name) = view.evaluator.variable_of(asked) else {
            if let Some(word) = word(view, asked) {
                word.add(view, system, known, def, at);
            }
            continue;
        };
        let set = switched.get(&name);
        if set.is_none() && !says_off(view, asked) {
            continue;
        }
        let setting = system.add(NodeKind::Setting, name, at, view.symbol(def));
        system.say(setting, "form", "negated");
        system.say(setting, "flag", &name);
        system.say(setting, "role", known.roles[call.file.index()].word());
        system.say(setting, "value", view.program.path(call.file));
        let module = known.modules[call.file.index()];
        system.join(EdgeKind::Uses, setting, module, set.copied().unwrap_or(at), Certainty::Seen);
    }
}

/// Adds a setting for every word of a file of nothing but words that says off and is asked whether there is something.
fn words(view: &View<'_>, system: &mut System, known: &Known) {
    for (def, start) in view.real(&view.sorted.conditions, known) {
        let OpKind::If(condition, _) = view.program.op(start).kind else { continue };
        let asked = Node { value: condition, ..start };
        if matches!(view.program.op(asked).kind, OpKind::Index(..) | OpKind::Call(..))
            && let Some(word) = word(view, asked)
        {
            word.add(view, system, known, def, view.program.place(asked));
        }
    }
}

/// A word of a settings file that says off.
struct OffWord {
    key: Text,
    at: At,
}

impl OffWord {
    fn add(&self, view: &View<'_>, system: &mut System, known: &Known, def: Def, at: At) {
        let setting = system.add(NodeKind::Setting, self.key, at, view.symbol(def));
        system.say(setting, "form", "negated");
        system.say(setting, "flag", &self.key);
        system.say(setting, "role", known.roles[def.file.index()].word());
        system.say(setting, "value", view.program.path(at.file));
        system.join(EdgeKind::Uses, setting, known.modules[self.at.file.index()], self.at, Certainty::Seen);
    }
}

/// What a value is if it stands in a file whose values are all texts, and says off there.
fn word(view: &View<'_>, asked: Node) -> Option<OffWord> {
    // `ini.getboolean("run", "use_gpu")`
    if let OpKind::Call(function, _) = view.program.op(asked).kind
        && !matches!(view.program.op(Node { value: function, ..asked }).kind, OpKind::Attr(_, name) if name == "get")
    {
        return None;
    }
    let place = view.evaluator.texts(&Seen::anywhere(asked)).settings?;
    let setting = view.evaluator.settings.get(view.program, &place)?;
    let plain = view.program.sources[place.file.index()].kind == Kind::Ini;
    let off = setting.value.text().is_some_and(|text| OFF.contains(&text.as_str()));
    (plain && off).then_some(OffWord { key: *setting.keys.last()?, at: At { file: place.file, span: setting.span } })
}

/// Is the default of a variable a text that means to switch something off?
fn says_off(view: &View<'_>, asked: Node) -> bool {
    let OpKind::Call(_, operands) = view.program.op(asked).kind else { return false };
    let default = view.program.operands(asked.file, operands).get(1).map(|o| Node { value: o.value, ..asked });
    default.and_then(|default| view.program.literal(default)).is_some_and(|text| OFF.contains(&text.as_str()))
}
