//! One way each of writing a thing that real ML code does: small programs below `testdata/forms/`, and what must be
//! known of them.
//!
//! A form has `files`; `# <- word` in one (any comment syntax) marks a line. Each entry of `expect` is one of
//! `{ reads = PLACE, by = FILE }`, `{ writes = PLACE, by = FILE }`, `{ training = MARK, fed_by = PLACE, kept_at = PLACE }`,
//! `{ prediction = MARK, model = PLACE or MARK, stored_at = PLACE }`, `{ step = NAME, reads | writes = PLACE, after = NAME,
//! runs = FILE }`, `{ setting = KEY, used = true | false }`, `{ feature = COLUMN, from = [COLUMN, ...] }`,
//! `{ finds = RULE or FAMILY or [...], at = MARK }`, `{ silent = RULE or FAMILY or [...] }`; `lacks = true` turns it round.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assert_cmd::Command;
use rayon::prelude::*;
use regex::Regex;
use serde_json::Value;

/// Places as (path, line in the file or cell).
type Marks = BTreeMap<String, Vec<(String, i64)>>;

/// Writes the files of a form below a folder and takes the marks out of them.
fn write(files: &toml::Table, root: &Path) -> Marks {
    let mark = Regex::new(r"[ \t]*(?:#|//|--|;|%)\s*<-\s*([\w-]+)").unwrap();
    let mut marks = Marks::new();
    for (path, text) in files {
        let text = text.as_str().unwrap().trim_start_matches('\n');
        let is_notebook = path.ends_with(".ipynb");
        let cells =
            if is_notebook { cells(text) } else { vec![(Vec::new(), text.lines().map(str::to_owned).collect())] };
        for (_, lines) in &cells {
            for (line, number) in lines.iter().zip(1..) {
                for found in mark.captures_iter(line) {
                    marks.entry(found[1].to_owned()).or_default().push((path.clone(), number));
                }
            }
        }
        let place = root.join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        let text = match path {
            _ if is_notebook => notebook(&cells),
            _ if path.ends_with(".json") => mark.replace_all(text, "").into_owned(),
            _ => text.to_owned(),
        };
        std::fs::write(place, text).unwrap();
    }
    marks
}

/// The cells of a notebook, each with its tags.
fn cells(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let tag = Regex::new(r#""([\w-]+)""#).unwrap();
    let mut cells: Vec<(Vec<String>, Vec<String>)> = vec![Default::default()];
    for line in text.lines() {
        match line.strip_prefix("# %%") {
            Some(head) => cells.push((tag.captures_iter(head).map(|c| c[1].to_owned()).collect(), Vec::new())),
            None => cells.last_mut().unwrap().1.push(line.to_owned()),
        }
    }
    cells.retain(|(_, lines)| lines.iter().any(|line| !line.trim().is_empty()));
    cells
}

fn notebook(cells: &[(Vec<String>, Vec<String>)]) -> String {
    let cells: Vec<Value> = cells
        .iter()
        .zip(1..)
        .map(|((tags, lines), count)| {
            let source: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
            serde_json::json!({"cell_type": "code", "execution_count": count, "metadata": {"tags": tags}, "outputs": [], "source": source})
        })
        .collect();
    let kernel = serde_json::json!({"kernelspec": {"name": "python3", "language": "python"}});
    serde_json::json!({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}).to_string()
}

/// The graph as `mldebt graph --format json` prints it.
struct Graph {
    nodes: BTreeMap<String, Value>,
    edges: Vec<(String, String, String)>,
}

impl Graph {
    fn new(told: &Value) -> Self {
        let id = |value: &Value| value.to_string();
        let nodes = told["nodes"].as_array().unwrap().iter().map(|n| (id(&n["id"]), n.clone())).collect();
        let edge = |e: &Value| (e["kind"].as_str().unwrap().to_owned(), id(&e["from"]), id(&e["to"]));
        Self { nodes, edges: told["edges"].as_array().unwrap().iter().map(edge).collect() }
    }

    fn ids(&self, kinds: &[&str], fits: impl Fn(&Value) -> bool) -> BTreeSet<String> {
        let of = |n: &Value| kinds.contains(&n["kind"].as_str().unwrap()) && fits(n);
        self.nodes.iter().filter(|(_, n)| of(n)).map(|(id, _)| id.clone()).collect()
    }

    /// Nodes whose name ends in `name` at a border.
    fn named(&self, kinds: &[&str], name: &str) -> BTreeSet<String> {
        let name = regex::escape(name.trim_start_matches(['.', '/']));
        let end = Regex::new(&format!(r#"(?i)(?:^|[/:.\s"']){name}$"#)).unwrap();
        self.ids(kinds, |n| end.is_match(n["name"].as_str().unwrap()))
    }

    fn at(&self, kinds: &[&str], places: &[(String, i64)]) -> BTreeSet<String> {
        let near = |n: &Value| {
            let (path, line) = place(n);
            places.iter().any(|(p, l)| *p == path && (line - l).abs() <= 1)
        };
        self.ids(kinds, near)
    }

    /// All nodes that edges of `kinds` lead to, forward or back, or edges of `against` the other way.
    fn reach(
        &self,
        starts: &BTreeSet<String>,
        kinds: &[&str],
        forward: bool,
        against: &[&str],
        into: &dyn Fn(&Value) -> bool,
    ) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<String> = starts.iter().cloned().collect();
        while let Some(one) = waiting.pop() {
            for (kind, from, to) in &self.edges {
                let along = kinds.contains(&kind.as_str()) as usize + 2 * against.contains(&kind.as_str()) as usize;
                let steps = [(along & 1 != 0, forward), (along & 2 != 0, !forward)];
                for (_, out) in steps.into_iter().filter(|(allowed, _)| *allowed) {
                    let (here, there) = if out { (from, to) } else { (to, from) };
                    if *here == one && into(&self.nodes[there]) && seen.insert(there.clone()) {
                        waiting.push(there.clone());
                    }
                }
            }
        }
        seen
    }

    /// What is trained and kept (forward) or asked (back): through copies of the model, but not through data.
    fn models(&self, starts: &BTreeSet<String>, forward: bool) -> BTreeSet<String> {
        let mut all = starts.clone();
        for (kind, from, to) in self.edges.iter().filter(|(kind, ..)| kind == "trains" || kind == "predicts") {
            let (here, there) = if forward { (from, to) } else { (to, from) };
            if starts.contains(here) && !kind.is_empty() {
                all.insert(there.clone());
            }
        }
        let model = |n: &Value| {
            let kind = n["kind"].as_str().unwrap();
            kind == "training" || kind == "model" || (kind == "dataset" && n["attributes"]["content"] == "model")
        };
        let reached = self.reach(&all, &["trains", "predicts", "feeds"], forward, &["derives"], &model);
        all.difference(starts).cloned().chain(reached).collect()
    }
}

fn place(node: &Value) -> (String, i64) {
    let at = Regex::new(r"^(.*?)(?::cell \d+)?:(\d+):\d+$").unwrap();
    let text = node["place"].as_str().unwrap();
    at.captures(text).map_or((text.to_owned(), 0), |c| (c[1].to_owned(), c[2].parse().unwrap()))
}

fn words(value: Option<&toml::Value>) -> Vec<String> {
    match value {
        Some(toml::Value::String(word)) => vec![word.clone()],
        Some(toml::Value::Array(words)) => words.iter().map(|w| w.as_str().unwrap().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn holds(expect: &toml::Table, graph: &Graph, findings: &[Value], marks: &Marks) -> bool {
    let text = |key: &str| expect.get(key).and_then(toml::Value::as_str);
    let marked = |mark: &str| marks.get(mark).unwrap_or_else(|| panic!("nothing is marked `{mark}`")).as_slice();
    let any = |_: &Value| true;
    let meet = |left: &BTreeSet<String>, right: &BTreeSet<String>| !left.is_disjoint(right);
    let stores = ["dataset", "model"];
    let touched = |by: &BTreeSet<String>, kind: &str, place: &str| {
        let data = graph.named(&stores, place);
        graph.edges.iter().any(|(k, from, to)| k == kind && by.contains(from) && data.contains(to))
    };
    if let Some(step) = text("step") {
        let steps = graph.named(&["step"], step);
        if let Some(after) = text("after") {
            let kinds = ["follows", "reads", "declares"];
            return meet(&graph.named(&["step"], after), &graph.reach(&steps, &kinds, true, &[], &any));
        }
        if let Some(runs) = text("runs") {
            let code = graph.ids(&["module", "function"], |n| place(n).0 == runs);
            return meet(&code, &graph.reach(&steps, &["calls"], true, &[], &any));
        }
        let kind = if text("reads").is_some() { "reads" } else { "writes" };
        return touched(&steps, kind, text(kind).unwrap());
    }
    if let Some(kind) = ["reads", "writes"].into_iter().find(|kind| text(kind).is_some()) {
        let by = words(expect.get("by"));
        let code = graph.ids(&["module", "function", "step"], |n| by.contains(&place(n).0));
        return touched(&code, kind, text(kind).unwrap());
    }
    if let Some(mark) = text("training") {
        let fits = graph.at(&["training"], marked(mark));
        let each = |fit: &String| BTreeSet::from([fit.clone()]);
        let fed = text("fed_by").is_none_or(|data| {
            let data = graph.named(&["dataset"], data);
            fits.iter().any(|f| meet(&data, &graph.reach(&each(f), &["feeds"], false, &["derives"], &any)))
        });
        let kept = text("kept_at").is_none_or(|kept| {
            let kept = graph.named(&stores, kept);
            fits.iter().any(|f| meet(&kept, &graph.models(&each(f), true)))
        });
        return !fits.is_empty() && fed && kept;
    }
    if let Some(mark) = text("prediction") {
        let asks = graph.at(&["prediction"], marked(mark));
        let each = |ask: &String| BTreeSet::from([ask.clone()]);
        let model = text("model").is_none_or(|model| {
            let ends = marks.get(model).map_or_else(|| graph.named(&stores, model), |at| graph.at(&["training"], at));
            asks.iter().any(|a| meet(&ends, &graph.models(&each(a), false)))
        });
        let stored = text("stored_at").is_none_or(|stored| {
            let ends = graph.named(&["dataset"], stored);
            asks.iter().any(|a| meet(&ends, &graph.reach(&each(a), &["feeds"], true, &["derives"], &any)))
        });
        return !asks.is_empty() && model && stored;
    }
    if let Some(setting) = text("setting") {
        let found = graph.named(&["setting", "flag"], setting);
        let unused = found.iter().any(|id| graph.nodes[id]["attributes"]["used"] != "true");
        return unused != expect["used"].as_bool().unwrap();
    }
    if let Some(feature) = text("feature") {
        let called = |n: &Value, name: &str| {
            let own = n["name"].as_str().unwrap();
            n["kind"] == "feature" && (own == name || own.ends_with(&format!(".{name}")))
        };
        let from = words(expect.get("from"));
        return graph.ids(&["feature"], |n| called(n, feature)).into_iter().any(|id| {
            let sources = graph.reach(&BTreeSet::from([id]), &["derives"], true, &[], &any);
            from.iter().all(|name| sources.iter().any(|s| called(&graph.nodes[s], name)))
        });
    }
    let wanted =
        |f: &Value, words: &[String]| words.iter().any(|w| f["rule"] == w.as_str() || f["family"] == w.as_str());
    if expect.contains_key("finds") {
        let places = marked(text("at").unwrap());
        let near = |at: &Value| {
            let (path, line) = (at["path"].as_str().unwrap(), at["line"].as_i64().unwrap());
            places.iter().any(|(p, l)| p == path && (line - l).abs() <= 2)
        };
        let asked = words(expect.get("finds"));
        return findings
            .iter()
            .any(|f| wanted(f, &asked) && (near(f) || f["evidence"].as_array().unwrap().iter().any(near)));
    }
    let silent = words(expect.get("silent"));
    assert!(!silent.is_empty(), "unknown expectation {expect}");
    !findings.iter().any(|f| wanted(f, &silent))
}

/// What does not hold of a form.
fn failures(form: &toml::Table) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("project");
    let marks = write(form["files"].as_table().unwrap(), &root);
    let say = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("mldebt").unwrap();
        let output = command.current_dir(&root).args(arguments).args(["--no-cache", "--isolated"]).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    };
    let kinds = "module,function,dataset,feature,model,training,prediction,setting,flag,branch,step,package,consumer,threshold,check,group";
    let graph = Graph::new(&say(&["graph", ".", "--format", "json", "--kind", kinds]));
    let told = say(&["check", ".", "--output-format", "json", "--exit-zero"]);
    let findings = told["findings"].as_array().unwrap();
    let expected = form["expect"].as_array().unwrap().iter().map(|e| e.as_table().unwrap());
    let turned = |e: &toml::Table| e.get("lacks").and_then(toml::Value::as_bool) == Some(true);
    expected.filter(|e| holds(e, &graph, findings, &marks) == turned(e)).map(ToString::to_string).collect()
}

#[test]
fn every_form_is_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/forms");
    let mut forms = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        forms.extend(
            file["form"].as_array().unwrap().iter().map(|form| (stem.clone(), form.as_table().unwrap().clone())),
        );
    }
    let failed: Vec<String> = forms
        .par_iter()
        .filter_map(|(file, form)| {
            let failures = failures(form);
            (!failures.is_empty()).then(|| format!("{file}: {}: {}", form["name"], failures.join("; ")))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} forms:\n{}", failed.len(), forms.len(), failed.join("\n"));
}
