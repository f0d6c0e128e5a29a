//! Programs that a package brings under names of their own: the scripts of pyproject.toml, setup.cfg and setup.py.

use crate::fact::{Declaration, Facts, OpKind, Scalar, Script, Setting, Text, Word};
use crate::source::Span;

/// The scripts that a packaging file declares, which is already read.
pub fn scripts(name: &str, text: &str, facts: &Facts) -> Vec<Declaration> {
    match name {
        "pyproject.toml" => facts.settings.iter().filter_map(of_project).collect(),
        "setup.cfg" => of_lines(text),
        "setup.py" => facts.ops.iter().filter_map(|op| of_text(op.kind, op.span)).collect(),
        _ => Vec::new(),
    }
}

/// `[project.scripts]`, `[tool.poetry.scripts]`
fn of_project(setting: &Setting) -> Option<Declaration> {
    let keys: Vec<&str> = setting.keys.iter().map(|key| key.as_str()).collect();
    let (["project", "scripts", name] | ["tool", "poetry", "scripts", name]) = keys.as_slice() else { return None };
    let Scalar::Text(target) = setting.value else { return None };
    script(name, &target, setting.span)
}

/// The lines below `console_scripts =`.
fn of_lines(text: &str) -> Vec<Declaration> {
    let mut found = Vec::new();
    let (mut start, mut inside) = (0, false);
    for line in text.split_inclusive('\n') {
        if !line.starts_with([' ', '\t']) {
            inside = line.starts_with("console_scripts");
        }
        if inside && let Some((name, target)) = line.split_once('=') {
            found.extend(script(name, target, Span::new(start, start + line.trim_end().len())));
        }
        start += line.len();
    }
    found
}

/// `"train=package.train:main"`
fn of_text(kind: OpKind, span: Span) -> Option<Declaration> {
    let OpKind::Str(text) = kind else { return None };
    let (name, target) = text.as_str().split_once('=')?;
    script(name, target, span)
}

fn script(name: &str, target: &str, span: Span) -> Option<Declaration> {
    let target = target.split('[').next().unwrap_or_default();
    let (module, function) = target.trim().split_once(':')?;
    let is_word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || more.contains(c))
    };
    let name = name.trim();
    (is_word(name, "-.") && is_word(module, ".") && is_word(function, ".")).then(|| {
        Declaration::Script(Script {
            name: Word { text: Text::from(name), span },
            module: Text::from(module),
            function: Text::from(function),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::{python, settings};
    use super::*;

    fn shown(name: &str, text: &str, facts: &Facts) -> Vec<String> {
        let show = |d: &Declaration| match d {
            Declaration::Script(s) => format!("{} {} {}", s.name.text, s.module, s.function),
            _ => String::new(),
        };
        scripts(name, text, facts).iter().map(show).collect()
    }

    #[test]
    fn every_packaging_file_names_scripts() {
        let expected = ["fit a.b main"];
        let text = "[project.scripts]\nfit = 'a.b:main'\nx = 'y'\n";
        assert_eq!(shown("pyproject.toml", text, &settings::toml(text)), expected);
        assert!(shown("other.toml", text, &settings::toml(text)).is_empty());
        let text = "[options.entry_points]\nconsole_scripts =\n    fit = a.b:main\nother =\n    x = y:z\n";
        assert_eq!(shown("setup.cfg", text, &settings::ini(text)), expected);
        let text = "setup(entry_points={'console_scripts': ['fit = a.b:main [extra]', 'a=b'], 'u': 'http://x:1'})\n";
        assert_eq!(shown("setup.py", text, &python::read(text)), expected);
    }
}
