//! Options that a text on how a program is used defines, a line for each: `-b --batch=<n>  Rows at once.`

use super::{CliOption, Options, Takes};
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
            for option in described(&text) {
                let long = option.flags.iter().find(|flag| flag.starts_with("--")).or_else(|| option.flags.first());
                let Some(flag) = long.copied() else { continue };
                options.add(CliOption {
                    call,
                    within,
                    flag,
                    flags: option.flags,
                    name: flag,
                    default: None,
                    said: option.default,
                    takes: option.takes,
                    action: None,
                    always_true: false,
                    acts: matches!(flag.as_str(), "--help" | "--version"),
                    positional: option.place.is_some(),
                    place: option.place,
                    switch: option.switch,
                    command: None,
                    param: None,
                    class: None,
                    cell: false,
                });
            }
        }
    }
}

/// An option or an argument as a text describes it.
struct Described {
    flags: Vec<Text>,
    switch: bool,
    default: Option<Text>,
    place: Option<usize>,
    takes: Takes,
}

/// The options, a line for each, and the arguments of the patterns of use.
fn described(text: &str) -> Vec<Described> {
    let mut found: Vec<Described> = Vec::new();
    for line in text.lines() {
        if let Some((flags, switch)) = flags(line) {
            found.push(Described { flags, switch, default: None, place: None, takes: Takes::One });
        }
        // What a line says of its option may go on below.
        if let Some(last) = found.last_mut()
            && !last.switch
            && last.default.is_none()
        {
            last.default = default(line);
        }
    }
    let arguments = arguments(text, &found);
    found.extend(arguments);
    found
}

/// `[default: x]`
fn default(line: &str) -> Option<Text> {
    let (_, behind) = line.split_once("[default:")?;
    let value = behind.split_once(']')?.0.trim();
    (!value.is_empty()).then(|| Text::from(value))
}

/// The arguments of the first pattern of use that has any: `tag.py <model> [<rows>...]`.
fn arguments(text: &str, options: &[Described]) -> Vec<Described> {
    let lower = text.to_ascii_lowercase();
    let Some(start) = lower.find("usage:") else { return Vec::new() };
    let section = text.get(start + "usage:".len()..).unwrap_or_default();
    // A blank line ends the patterns.
    let mut lines = section.lines().enumerate().take_while(|(at, line)| *at == 0 || !line.trim().is_empty());
    lines.find_map(|(_, line)| Some(pattern(line, options)).filter(|found| !found.is_empty())).unwrap_or_default()
}

/// The arguments of one pattern of use.
fn pattern(line: &str, options: &[Described]) -> Vec<Described> {
    let mut found = Vec::new();
    let takes_value = |flag: &str| {
        let own = |option: &&Described| option.flags.iter().any(|of| of == flag);
        options.iter().find(own).is_none_or(|option| !option.switch)
    };
    let mut flag: Option<&str> = None;
    for word in line.split_whitespace() {
        let inner = word.trim_matches(['[', ']', '(', ')', '|']);
        let many = inner.ends_with("...") || word.ends_with("...");
        let name = inner.trim_end_matches("...").trim_matches(['[', ']', '(', ')']);
        let before = flag.take();
        if name.starts_with('-') {
            // `[--verbose]` ends with itself.
            flag = Some(name).filter(|name| !name.contains('=') && !word.ends_with([']', ')']));
            continue;
        }
        let is_argument = (name.starts_with('<') && name.ends_with('>'))
            || (name.len() > 1 && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        if !is_argument || before.is_some_and(takes_value) {
            continue;
        }
        let takes = if many { Takes::Words } else { Takes::One };
        let (flags, place) = (vec![Text::from(name)], Some(found.len()));
        found.push(Described { flags, switch: false, default: None, place, takes });
    }
    found
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
    fn a_pattern_of_use_names_its_arguments() {
        let of = |text: &str| -> Vec<(String, Option<usize>, Option<String>)> {
            let name = |d: &Described| d.flags.first().map(|f| f.to_string()).unwrap_or_default();
            described(text).iter().map(|d| (name(d), d.place, d.default.map(|t| t.to_string()))).collect()
        };
        let text = "Splits.\n\nUsage:\n  split.py <table> [--out=DIR] [--fast] LIST...\n\nOptions:\n  --out=DIR  Folder\n             [default: parts].\n  --fast  x\n";
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            ("--out", None, some("parts")),
            ("--fast", None, None),
            ("<table>", Some(0), None),
            ("LIST", Some(1), None),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(name, place, d)| (name.to_owned(), place, d)).collect();
        assert_eq!(of(text), expected);
    }

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
