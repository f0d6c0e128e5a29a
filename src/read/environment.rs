//! Variables of the environment that scripts, images and settings files set for what they run, or ask for.

use std::sync::LazyLock;

use regex::Regex;

use crate::fact::{Mount, Scalar, Setting, Text, Variable};
use crate::source::Span;

/// `$NAME`, `${NAME`, `env.NAME`, `oc.env:NAME`, `env_var('NAME`.
static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:\$\{?|env[.:]|secrets\.|vars\.|env_var\(\s*["']|getenv\(\s*["'])([A-Z][A-Z0-9_]{2,})"#).ok()
});

/// `export NAME=value`, at the beginning of a line.
static EXPORTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*export[ \t]+([A-Z][A-Z0-9_]{2,})[ \t]*[:?]*=[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s;&|#]*)"#).ok()
});

/// `export NAME OTHER`, alone on its line, with no value.
static HANDED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^[ \t]*export((?:[ \t]+[A-Z][A-Z0-9_]{2,})+)[ \t]*(?:#.*)?$").ok());

/// `NAME=value`, at the beginning of a line.
static ASSIGNED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)^([A-Z][A-Z0-9_]{2,})[ \t]*[:?]*=[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s;&|#]*)"#).ok());

/// The variables that a text asks for.
pub fn asked(text: &str) -> Vec<Variable> {
    named(&ASKED, text, false)
}

/// The variables that a script sets for the programs that it runs.
pub fn exported(text: &str) -> Vec<Variable> {
    let mut found = named(&EXPORTED, text, true);
    let handed = HANDED.iter().flat_map(|pattern| pattern.captures_iter(text)).filter_map(|found| found.get(1));
    let handed: Vec<&str> = handed.flat_map(|names| names.as_str().split_whitespace()).collect();
    if !handed.is_empty() {
        let assigned = named(&ASSIGNED, text, true).into_iter();
        found.extend(assigned.filter(|variable| handed.contains(&variable.name.as_str())));
    }
    found
}

/// The names that a pattern finds in a text.
fn named(pattern: &Option<Regex>, text: &str, set: bool) -> Vec<Variable> {
    let found = pattern.iter().flat_map(|pattern| pattern.captures_iter(text));
    let variable = |found: regex::Captures<'_>| {
        let name = found.get(1)?;
        let value = found.get(2).map(|value| Text::from(value.as_str().trim_matches(['"', '\''])));
        let span = Span::new(name.start(), name.end());
        Some(Variable { name: Text::from(name.as_str()), span, set, value })
    };
    found.filter_map(variable).collect()
}

/// The variables that a workflow sets for its jobs and steps.
pub fn workflow(settings: &[Setting]) -> Vec<Variable> {
    let set = settings.iter().filter_map(|s| match s.keys.as_slice() {
        [.., env, name] if env == "env" => Some(Variable { name: *name, span: s.span, set: true, value: text_of(s) }),
        _ => None,
    });
    set.collect()
}

/// The variables that a file of composed containers sets for the images that are built here; what it sets for those of
/// others, these know.
pub fn composed(path: &str, settings: &[Setting]) -> Vec<Variable> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if !name.starts_with("docker-compose") && !name.starts_with("compose.") {
        return Vec::new();
    }
    let built: Vec<Text> = settings
        .iter()
        .filter_map(|s| match s.keys.as_slice() {
            [services, service, build] if services == "services" && build == "build" => Some(*service),
            _ => None,
        })
        .collect();
    settings
        .iter()
        .filter_map(|s| match s.keys.as_slice() {
            [services, service, environment, key]
                if services == "services" && environment == "environment" && built.contains(service) =>
            {
                let (name, value) = match s.value {
                    Scalar::Text(text) if is_number(key) => match text.as_str().split_once('=') {
                        Some((name, value)) => (Text::from(name), Some(Text::from(value))),
                        None => (text, None),
                    },
                    _ => (*key, text_of(s)),
                };
                Some(Variable { name, span: s.span, set: true, value })
            }
            _ => None,
        })
        .collect()
}

fn is_number(key: &str) -> bool {
    key.bytes().all(|b| b.is_ascii_digit())
}

/// The variables that a file of `NAME=value` lines sets.
pub fn listed(settings: &[Setting]) -> Vec<Variable> {
    settings
        .iter()
        .filter_map(|s| match s.keys.as_slice() {
            [name] => Some(Variable { name: *name, span: s.span, set: true, value: text_of(s) }),
            _ => None,
        })
        .collect()
}

/// A setting's value as a text.
fn text_of(setting: &Setting) -> Option<Text> {
    setting.value.text().map(|text| Text::from(&text))
}

/// The folders that a file of composed containers puts into them: `- ./data:/srv/data:ro`.
pub fn mounted(path: &str, settings: &[Setting]) -> Vec<Mount> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if !name.starts_with("docker-compose") && !name.starts_with("compose.") {
        return Vec::new();
    }
    let volume = |s: &Setting| match (s.keys.as_slice(), s.value) {
        ([services, _, volumes, _], Scalar::Text(text)) if services == "services" && volumes == "volumes" => {
            mount(&text)
        }
        _ => None,
    };
    settings.iter().filter_map(volume).collect()
}

/// What `outside:/inside` puts where, if that is a folder beside the file and no named volume.
pub fn mount(text: &str) -> Option<Mount> {
    let mut parts = text.split(':');
    let (outside, inside) = (parts.next()?, parts.next()?);
    let here = ["{}", "$PWD", "${PWD}", "$(pwd)"].iter().find_map(|word| outside.strip_prefix(word));
    let outside = match here {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!(".{rest}"),
        _ if outside.starts_with('.') => outside.to_owned(),
        _ => return None,
    };
    inside.starts_with('/').then(|| Mount { inside: Text::from(inside), outside: Text::from(&outside) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::settings::yaml;

    #[test]
    fn what_is_asked_for_is_found_in_every_form() {
        let text = "é $A_B ${C_D:-x} {{ env_var('E_F') }} ${oc.env:G_H,1} ${{ secrets.I_J }} $lower NOT_ASKED";
        let names: Vec<&str> = asked(text).iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["A_B", "C_D", "E_F", "G_H", "I_J"]);
        assert_eq!(asked(text)[0].span, Span::new(4, 7));
    }

    #[test]
    fn scripts_export_and_workflows_set() {
        let names = |found: Vec<Variable>| -> Vec<String> { found.iter().map(|v| v.name.to_string()).collect() };
        assert_eq!(names(exported("export A_B=1\nC_D=2\n  export E_F=$A_B\nexport G_H\n")), ["A_B", "E_F"]);
        let text =
            "env: {A_B: 1}\njobs:\n  a:\n    steps:\n      - run: x\n        env: {C_D: 2}\n    with: {E_F: 1}\n";
        let settings = yaml(text).settings;
        assert_eq!(names(workflow(&settings)), ["A_B", "C_D"]);
    }

    #[test]
    fn only_services_that_are_built_here_are_set_up_here() {
        let text = "services:\n  a:\n    build: .\n    environment: [X_Y=1, Z_Z]\n  b:\n    image: db\n    environment: {P_Q: 1}\n  c:\n    build: {context: .}\n    environment: {R_S: 2}\n";
        let names: Vec<String> =
            composed("compose.yaml", &yaml(text).settings).iter().map(|v| v.name.as_str().to_owned()).collect();
        assert_eq!(names, ["X_Y", "Z_Z", "R_S"]);
        assert!(composed("settings.yaml", &yaml(text).settings).is_empty());
    }
}
