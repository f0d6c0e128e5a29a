//! Options that a text on how a program is used defines, a line for each: `-b --batch=<n>  Rows at once.`

use super::{CliOption, Options};
use crate::fact::{OpKind, Text};
use crate::program::{Node, Program};
use crate::read::python::USAGE;
use crate::value::types::{Callee, Types};

/// Finds the options of every call that takes such a text.
pub(super) fn find(program: &Program<'_>, types: &Types<'_>, options: &mut Options) {
    for index in 0..program.def_count() {
        let within = program.def_at(index);
        for value in program.definition(within).body.clone() {
            let call = Node { file: within.file, value };
            let usage = types.callees(call).iter().find_map(|callee| match callee {
                Callee::Meaning(meaning) => meaning.usage.as_ref(),
                Callee::Function(..) => None,
            });
            let Some(text) = usage.and_then(|slot| text(program, types.slot(call, slot)?)) else { continue };
            for line in text.lines() {
                let Some((flags, switch)) = flags(line) else { continue };
                let long = flags.iter().find(|flag| flag.starts_with("--")).or_else(|| flags.first());
                let Some(flag) = long.copied() else { continue };
                options.add(CliOption {
                    call,
                    within,
                    flag,
                    flags,
                    name: flag,
                    default: None,
                    action: None,
                    always_true: false,
                    acts: matches!(flag.as_str(), "--help" | "--version"),
                    positional: false,
                    place: None,
                    switch,
                    command: None,
                    param: None,
                    class: None,
                    cell: false,
                });
            }
        }
    }
}

/// The text: the module's own, or one that is written out.
fn text(program: &Program<'_>, node: Node) -> Option<Text> {
    match program.op(node).kind {
        OpKind::Global(name) if name == "__doc__" => {
            program.file(node.file).literals.iter().find(|literal| literal.key == USAGE).map(|literal| literal.text)
        }
        _ => program.literal(node),
    }
}

/// The flags that a line describes, and whether they stand alone.
fn flags(line: &str) -> Option<(Vec<Text>, bool)> {
    let line = line.trim();
    if !line.starts_with('-') {
        return None;
    }
    // Two blanks part the flags from what they mean.
    let flags = line.split("  ").next().unwrap_or(line);
    let words = || flags.split([',', ' ', '=']).filter(|word| !word.is_empty());
    let flag = |word: &&str| word.len() > 1 && word.starts_with('-') && word.bytes().any(|b| b.is_ascii_alphanumeric());
    let found: Vec<Text> = words().filter(flag).map(Text::from).collect();
    let alone = words().all(|word| word.starts_with('-'));
    (!found.is_empty()).then_some((found, alone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_flags_and_says_if_a_value_follows() {
        let texts =
            |line: &str| flags(line).map(|(found, alone)| (found.iter().map(|f| f.to_string()).collect(), alone));
        let of = |flags: &[&str], alone| Some((flags.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>(), alone));
        assert_eq!(texts("  -b --batch=<n>  Rows at once [default: 32]."), of(&["-b", "--batch"], false));
        assert_eq!(texts("  --lowercase   Lower all letters."), of(&["--lowercase"], true));
        assert_eq!(texts("-o FILE, --out FILE  Where to."), of(&["-o", "--out"], false));
        assert_eq!(texts("tag.py <model> [options]"), None);
        assert_eq!(texts("--------"), None);
    }
}
