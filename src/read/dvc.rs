//! DVC's files: `dvc.yaml` (stages) and `*.dvc` (data under version control).

use super::command::split;
use super::settings::yaml;
use crate::fact::{Command, Declaration, DeclaredData, Facts, Scalar, Setting, Step, Text, Word};
use crate::source::Span;

/// Reads `dvc.yaml`, `dvc.lock` or a `.dvc` file.
pub fn read(text: &str, path: &str) -> Facts {
    let mut facts = yaml(text);
    let name = path.rsplit('/').next().unwrap_or(path);
    let declarations = match name {
        "dvc.lock" => Vec::new(),
        "dvc.yaml" => stages(&facts.settings),
        _ => data(&facts.settings),
    };
    facts.declarations = declarations;
    facts.literals = super::settings::block::swallowed(text, &facts.settings);
    // DVC's own keys are no settings of the system, but they may refer to some.
    facts.settings.retain(|s| s.repeats.is_some() || matches!(s.value, Scalar::Text(text) if text.contains("${")));
    facts
}

/// Replaces `${key}` by what `value` says of the key; unknown ones stay.
pub fn interpolate(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((key, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match value(key.trim()) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&format!("${{{key}}}")),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A view of the settings below a key path.
#[derive(Clone)]
struct Below<'a> {
    settings: &'a [Setting],
    keys: Vec<Text>,
}

impl<'a> Below<'a> {
    fn get(&self, key: &str) -> Option<Self> {
        let mut keys = self.keys.clone();
        keys.push(Text::from(key));
        self.settings.iter().any(|s| s.keys == keys).then_some(Self { settings: self.settings, keys })
    }

    fn setting(&self) -> Option<&'a Setting> {
        self.settings.iter().find(|s| s.keys == self.keys)
    }

    fn children(&self) -> impl Iterator<Item = (Text, Self)> + '_ {
        let depth = self.keys.len();
        let below = self.settings.iter().filter(move |s| s.keys.len() == depth + 1 && s.keys.starts_with(&self.keys));
        below.filter_map(|s| Some((*s.keys.last()?, Self { settings: self.settings, keys: s.keys.clone() })))
    }

    fn text(&self) -> Option<String> {
        self.setting().and_then(|s| s.value.text())
    }

    fn is_list(&self) -> bool {
        self.setting().is_some_and(|s| matches!(s.value, Scalar::List(_)))
    }
}

/// The values that a template's instance fills in.
type Values = Vec<(String, String)>;

fn stages(settings: &[Setting]) -> Vec<Declaration> {
    let root = Below { settings, keys: Vec::new() };
    let Some(stages) = root.get("stages") else { return Vec::new() };
    let vars = inline_vars(&root);
    let files = files(&root);
    let mut declarations = Vec::new();
    for (name, stage) in stages.children() {
        let instances = instances(&stage);
        let body = stage.get("do").filter(|_| stage.get("foreach").is_some()).unwrap_or_else(|| stage.clone());
        for (instance, mut values) in instances {
            values.extend(vars.iter().cloned());
            let name = if instance.is_empty() { name.as_str().to_owned() } else { format!("{name}@{instance}") };
            let span = stage.setting().map(|s| s.span).unwrap_or_default();
            let each = stage.get("foreach").and_then(|each| each.text()).unwrap_or_default();
            let each = each.trim().strip_prefix("${").and_then(|each| each.strip_suffix('}')).unwrap_or_default();
            let mut step = step(&name, span, &body, &values);
            step.values.clone_from(&files);
            step.each = Text::from(each.trim());
            declarations.push(Declaration::Step(step));
        }
    }
    declarations
}

/// `vars:` that stand in the file itself.
fn inline_vars(root: &Below<'_>) -> Values {
    let mut values = Values::new();
    if let Some(vars) = root.get("vars") {
        for (_, element) in vars.children() {
            leaves(&element, "", &mut values);
        }
    }
    values
}

/// Settings files that `vars:` names.
fn files(root: &Below<'_>) -> Vec<Text> {
    let vars = root.get("vars");
    let named = vars.iter().flat_map(|vars| vars.children().collect::<Vec<_>>()).filter_map(|(_, entry)| entry.text());
    named.map(|name| Text::from(name.split(':').next().unwrap_or(&name))).collect()
}

fn leaves(at: &Below<'_>, prefix: &str, values: &mut Values) {
    for (key, child) in at.children() {
        let path = if prefix.is_empty() { key.as_str().to_owned() } else { format!("{prefix}.{key}") };
        match child.text() {
            Some(text) => values.push((path, text)),
            None => leaves(&child, &path, values),
        }
    }
}

/// What `foreach` or `matrix` makes of a stage: each instance's name and values.
fn instances(stage: &Below<'_>) -> Vec<(String, Values)> {
    if let Some(each) = stage.get("foreach") {
        let list = each.is_list();
        let found: Vec<(String, Values)> = each
            .children()
            .map(|(key, item)| {
                let mut values = Values::new();
                let text = item.text();
                match &text {
                    Some(text) => values.push(("item".to_owned(), text.clone())),
                    None => leaves(&item, "item", &mut values),
                }
                values.push(("key".to_owned(), key.as_str().to_owned()));
                let name = if list { text.unwrap_or_else(|| key.as_str().to_owned()) } else { key.as_str().to_owned() };
                (name, values)
            })
            .collect();
        // A list that is itself a parameter cannot be told here: one instance with holes.
        return if found.is_empty() { vec![("{}".to_owned(), Values::new())] } else { found };
    }
    if let Some(matrix) = stage.get("matrix") {
        let mut combinations: Vec<(String, Values)> = vec![(String::new(), Values::new())];
        for (axis, choices) in matrix.children() {
            let mut longer = Vec::new();
            for (name, values) in &combinations {
                for (_, choice) in choices.children() {
                    let mut values = values.clone();
                    let text = choice.text();
                    match &text {
                        Some(text) => values.push((format!("item.{axis}"), text.clone())),
                        None => leaves(&choice, &format!("item.{axis}"), &mut values),
                    }
                    let own = text.unwrap_or_else(|| axis.as_str().to_owned());
                    let name = if name.is_empty() { own } else { format!("{name}-{own}") };
                    if longer.len() < 64 {
                        longer.push((name, values));
                    }
                }
            }
            combinations = longer;
        }
        return combinations;
    }
    vec![(String::new(), Values::new())]
}

fn step(name: &str, span: Span, body: &Below<'_>, values: &Values) -> Step {
    let fill = |text: &str| {
        let value = |key: &str| values.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
        Text::from(&interpolate(text, &value))
    };
    let word = |at: &Below<'_>| {
        let setting = at.setting()?;
        Some(Word { text: fill(&setting.value.text()?), span: setting.value_span })
    };
    // An entry is a path, or a map from the path to how it is kept.
    let places = |key: &str| -> Vec<Word> {
        let Some(list) = body.get(key) else { return Vec::new() };
        let entries = list.children().flat_map(|(key, entry)| match word(&entry) {
            Some(word) => vec![word],
            None if list.is_list() => entry
                .children()
                .filter_map(|(path, at)| Some(Word { text: fill(&path), span: at.setting()?.span }))
                .collect(),
            None => entry.setting().map(|s| Word { text: fill(&key), span: s.span }).into_iter().collect(),
        });
        entries.collect()
    };
    let mut commands: Vec<Command> = Vec::new();
    if let Some(cmd) = body.get("cmd") {
        let lines: Vec<Word> = match word(&cmd) {
            Some(one) => vec![one],
            None => cmd.children().filter_map(|(_, line)| word(&line)).collect(),
        };
        commands.extend(lines.iter().flat_map(|line| split(&line.text, line.span)));
    }
    let mut params = Vec::new();
    let mut keys = Vec::new();
    if let Some(list) = body.get("params") {
        for (_, entry) in list.children() {
            match word(&entry) {
                Some(key) => {
                    params.push(Word { text: Text::from("params.yaml"), span: key.span });
                    keys.push(Word { text: Text::from(&format!("params.yaml:{}", key.text)), span: key.span });
                }
                None => {
                    for (file, at) in entry.children() {
                        let Some(own) = at.setting() else { continue };
                        params.push(Word { text: fill(&file), span: own.span });
                        let named: Vec<Word> = at.children().filter_map(|(_, key)| word(&key)).collect();
                        // A file without keys is a parameter as a whole.
                        if named.is_empty() {
                            keys.push(Word { text: Text::from(&format!("{}:", fill(&file))), span: own.span });
                        }
                        keys.extend(named.into_iter().map(|key| Word {
                            text: Text::from(&format!("{}:{}", fill(&file), key.text)),
                            span: key.span,
                        }));
                    }
                }
            }
        }
    }
    Step {
        name: Text::from(name),
        tool: Text::from("dvc"),
        span,
        commands,
        folder: body.get("wdir").and_then(|w| word(&w)).map_or(Text::from(""), |w| w.text),
        inputs: places("deps"),
        outputs: ["outs", "metrics", "plots"].iter().flat_map(|key| places(key)).collect(),
        params,
        keys,
        frozen: body.get("frozen").and_then(|f| f.setting()).is_some_and(|s| s.value == Scalar::Bool(true)),
        ..Step::default()
    }
}

/// A `.dvc` file: what it keeps, and where that comes from.
fn data(settings: &[Setting]) -> Vec<Declaration> {
    let root = Below { settings, keys: Vec::new() };
    let mut origin = None;
    let mut locked = true;
    for (_, dep) in root.get("deps").iter().flat_map(|d| d.children().collect::<Vec<_>>()) {
        let repo = dep.get("repo");
        let url = repo
            .as_ref()
            .and_then(|r| r.get("url"))
            .and_then(|u| u.text())
            .or_else(|| dep.get("path").and_then(|p| p.text()));
        origin = url.map(|u| Text::from(&u));
        locked = match &repo {
            Some(repo) => repo.get("rev_lock").is_some(),
            None => ["etag", "md5", "checksum"].iter().any(|k| dep.get(k).is_some()),
        };
    }
    let mut found = Vec::new();
    for (_, out) in root.get("outs").iter().flat_map(|o| o.children().collect::<Vec<_>>()) {
        let Some((text, span)) = out.get("path").and_then(|p| Some((p.text()?, p.setting()?.value_span))) else {
            continue;
        };
        let hashed = ["md5", "etag", "checksum", "hash"].iter().any(|k| out.get(k).is_some());
        found.push(Declaration::Data(DeclaredData {
            place: Word { text: Text::from(&text), span },
            origin,
            pinned: locked && hashed,
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn steps(text: &str) -> Vec<Step> {
        let facts = read(text, "dvc.yaml");
        facts
            .declarations
            .into_iter()
            .filter_map(|d| if let Declaration::Step(s) = d { Some(s) } else { None })
            .collect()
    }

    fn words(list: &[Word]) -> Vec<&str> {
        list.iter().map(|w| w.text.as_str()).collect()
    }

    #[test]
    fn a_stage_says_what_it_reads_writes_and_runs() {
        let text = "stages:\n  train:\n    cmd: python t.py --lr 1\n    wdir: src\n    deps: [t.py, a.csv]\n    params: [lr, {other.yaml: [x]}]\n    outs:\n      - m.pkl:\n          cache: false\n    metrics: [m.json: {cache: false}]\n";
        let steps = steps(text);
        assert_eq!(words(&steps[0].inputs), ["t.py", "a.csv"]);
        assert_eq!(words(&steps[0].outputs), ["m.pkl", "m.json"]);
        assert_eq!(words(&steps[0].params), ["params.yaml", "other.yaml"]);
        assert_eq!(steps[0].commands[0].words[1], "t.py");
        let span = steps[0].inputs[1].span;
        assert_eq!(&text[span.start as usize..span.end as usize], "a.csv");
    }

    #[test]
    fn templates_are_filled_in() {
        let steps = steps(
            "vars: [{root: data}]\nstages:\n  build:\n    foreach: [uk, us]\n    do:\n      cmd: python b.py ${item}\n      outs: ['${root}/${item}.csv']\n",
        );
        assert_eq!(steps.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["build@uk", "build@us"]);
        assert_eq!(words(&steps[1].outputs), ["data/us.csv"]);
    }

    #[test]
    fn tracked_data_is_pinned_by_its_hash() {
        let facts =
            read("outs:\n- md5: abc\n  path: raw.csv\ndeps:\n- path: x\n  repo:\n    url: git@h:o/r\n", "raw.csv.dvc");
        let Declaration::Data(data) = &facts.declarations[0] else { panic!("no data") };
        assert_eq!(
            (data.place.text.as_str(), data.pinned, data.origin.unwrap().as_str()),
            ("raw.csv", false, "git@h:o/r")
        );
    }
}
