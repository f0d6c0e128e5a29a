//! Options for which every text is true, and commands that say `False` to them.

use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::fact::Text;
use crate::system::graph::System;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// What people type to switch something off.
const OFF: [&str; 8] = ["False", "false", "FALSE", "0", "no", "No", "off", "n"];

/// Adds a setting for every such option of a command, and for those that no command switches off so far.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
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
    for option in options.iter().filter(|option| !told.contains(&option.call)) {
        let file = option.call.file;
        let at = view.program.place(option.call);
        let setting = system.add(NodeKind::Setting, option.name, at, Text::from(view.program.path(file)));
        system.say(setting, "form", "any-text");
        system.say(setting, "flag", &option.flag);
        system.say(setting, "role", known.roles[file.index()].word());
    }
}
