//! dbt projects: every model a step, what they declare of their tables, who tests these and who uses them.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::data::{node, table_place};
use super::{Known, Query, View};
use crate::fact::{
    Access, Declaration, DeclaredConsumer, DeclaredTable, DeclaredTest, DefKind, OpKind, Role as ArgRole, TableUse,
    Text,
};
use crate::program::{Def, Node, join, parent};
use crate::read::items::Item;
use crate::source::{At, FileId, Kind, Span};
use crate::system::graph::{NodeId, System};
use crate::value::place::Place;
use crate::value::spelling::segments;
use crate::value::touches::Way;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// The file that makes a folder a project.
const PROJECT: &str = "dbt_project.yml";

/// The project that a file belongs to: the nearest folder above it that is one.
pub fn folder(view: &View<'_>, file: FileId) -> Option<String> {
    let mut folder = parent(view.program.path(file));
    loop {
        if view.program.at_path(&join(folder, PROJECT)).is_some() {
            return Some(folder.to_owned());
        }
        if folder.is_empty() {
            return None;
        }
        folder = parent(folder);
    }
}

/// The names of models, whose mentions say that somebody uses them.
pub fn names(view: &View<'_>) -> FxHashSet<Text> {
    let projects = Projects::new(view);
    projects.models(view).map(|(_, name)| name).collect()
}

/// What a file of a project is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Model,
    Test,
    Other,
}

/// The folders of a project's parts, below the root of the repository.
struct Project {
    models: Vec<String>,
    tests: Vec<String>,
    seeds: Vec<String>,
}

/// The projects of the repository by their folders.
struct Projects(FxHashMap<String, Project>);

impl Projects {
    fn new(view: &View<'_>) -> Self {
        let is_one = |file: &FileId| view.program.path(*file).rsplit('/').next() == Some(PROJECT);
        let project = |file: FileId| {
            let folder = parent(view.program.path(file));
            let root = Item::root(&view.program.file(file).settings);
            let paths = |keys: [&str; 2], usual: [&str; 2]| {
                let named = keys.iter().flat_map(|key| root.list(key)).filter_map(Item::word);
                let mut paths: Vec<String> = named.map(|word| segments(folder, &word.text)).collect();
                if paths.is_empty() {
                    paths.extend(usual.iter().map(|path| segments(folder, path)));
                }
                paths
            };
            let project = Project {
                models: [
                    paths(["model-paths", "source-paths"], ["models", "models"]),
                    paths(["snapshot-paths", "snapshot-paths"], ["snapshots", "snapshots"]),
                ]
                .concat(),
                tests: paths(["test-paths", "test-paths"], ["tests", "test"]),
                seeds: paths(["seed-paths", "data-paths"], ["seeds", "data"]),
            };
            (folder.to_owned(), project)
        };
        Self(view.program.files().filter(is_one).map(project).collect())
    }

    fn of(&self, view: &View<'_>, file: FileId) -> Option<&Project> {
        if self.0.is_empty() { None } else { self.0.get(&folder(view, file)?) }
    }

    fn part(&self, view: &View<'_>, file: FileId) -> Option<Part> {
        let project = self.of(view, file)?;
        let path = view.program.path(file);
        let below = |folders: &[String]| {
            folders.iter().any(|f| path.strip_prefix(f.as_str()).is_some_and(|rest| rest.starts_with('/')))
        };
        Some(match () {
            () if below(&project.models) => Part::Model,
            () if below(&project.tests) => Part::Test,
            () => Part::Other,
        })
    }

    /// The files that make a table each, and its name.
    fn models<'a>(&'a self, view: &'a View<'_>) -> impl Iterator<Item = (FileId, Text)> + 'a {
        let makes = |file: &FileId| match view.program.sources[file.index()].kind {
            Kind::Sql => true,
            Kind::Python => view.program.file(*file).definitions.iter().any(|d| d.name == "model"),
            _ => false,
        };
        let models = view.program.files().filter(move |f| makes(f) && self.part(view, *f) == Some(Part::Model));
        models.map(|file| {
            let name = view.program.path(file).rsplit('/').next().unwrap_or_default();
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            (file, Text::from(&stem.to_lowercase()))
        })
    }
}

/// Adds what the projects declare and make.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    let projects = Projects::new(view);
    if projects.0.is_empty() {
        return;
    }
    let mut made = Made::default();
    for (file, name) in projects.models(view) {
        model(view, system, known, &mut made, file, name);
    }
    for (name, (step, _)) in &made.steps {
        for upstream in made.uses.get(name).into_iter().flatten() {
            if let Some((before, at)) = made.steps.get(upstream) {
                system.join(EdgeKind::Follows, *step, *before, *at, Certainty::Seen);
            }
        }
    }
    for file in view.program.files() {
        match (view.program.sources[file.index()].kind, projects.part(view, file)) {
            (Kind::Yaml, Some(_)) => declared(view, system, file),
            (Kind::Sql, Some(Part::Test)) => tested(view, system, known, file),
            _ => {}
        }
    }
    seeds(view, system, &projects, &made);
    aliases(system, &made);
}

/// What the models make, by their names.
#[derive(Default)]
struct Made {
    /// The step of a model, and where it stands.
    steps: BTreeMap<Text, (NodeId, At)>,
    /// The tables that a model refers to.
    uses: BTreeMap<Text, Vec<Text>>,
    /// Other names of models in the database.
    aliases: BTreeMap<Text, Text>,
}

/// The dataset of a table.
fn table(system: &mut System, name: &str, at: At, symbol: Text) -> NodeId {
    let place = Place { name: format!("table:{name}"), scheme: "table".to_owned(), known: true, ..Place::default() };
    let id = node(system, &place, at, symbol);
    system.say(id, "content", "data");
    id
}

fn model(view: &View<'_>, system: &mut System, known: &mut Known, made: &mut Made, file: FileId, name: Text) {
    let symbol = Text::from(view.program.path(file));
    let facts = view.program.file(file);
    let start = facts.tables.first().map_or(Span::default(), |t| t.span);
    let at = At { file, span: Span { start: 0, end: start.start.min(1) } };
    let step = system.add(NodeKind::Step, name, at, symbol);
    system.say(step, "tool", "dbt");
    // Models say what they read by naming it with `ref` and `source`.
    system.mark(step, "declares-inputs");
    made.steps.insert(name, (step, at));
    // The file is itself what the tool watches.
    let module = known.modules[file.index()];
    system.join(EdgeKind::Calls, step, module, at, Certainty::Seen);
    system.join(EdgeKind::Declares, step, module, at, Certainty::Seen);
    let output = table(system, &name, at, symbol);
    system.mark(output, "declared");
    for code in [module, step] {
        system.join(EdgeKind::Writes, code, output, at, Certainty::Seen);
    }
    system.join(EdgeKind::Declares, step, output, at, Certainty::Seen);
    let asked = python_uses(view, file);
    for alias in
        facts.declarations.iter().filter_map(|d| if let Declaration::Alias(word) = d { Some(word) } else { None })
    {
        made.aliases.insert(alias.text, name);
    }
    for (call, used) in &asked {
        let dataset = table(system, &used.table, view.program.place(*call), symbol);
        let (columns, access) = (Vec::new(), Access::Read);
        let (within, way) = (view.program.owner(*call), Way::new());
        known.queries.push(Query { call: *call, within, way, dataset, columns, access, inserts: false });
    }
    // What the function gives is what the table holds.
    let functions = (0..).zip(&facts.definitions).filter(|(_, d)| d.kind == DefKind::Function && d.name == "model");
    let returned = functions.flat_map(|(id, _)| view.types.returned(Def { file, id }));
    known.kept.extend(returned.map(|value| (value, output)));
    let asked: Vec<TableUse> = asked.into_iter().map(|(_, used)| used).collect();
    for used in facts.tables.iter().chain(&asked).filter(|t| t.access == Access::Read) {
        let at = At { file, span: used.span };
        let place = table_place(view, file, used);
        if !place.known {
            continue;
        }
        let dataset = node(system, &place, at, symbol);
        for code in [module, step] {
            system.join(EdgeKind::Reads, code, dataset, at, Certainty::Seen);
        }
        if used.declared {
            system.join(EdgeKind::Declares, step, dataset, at, Certainty::Seen);
            made.uses.entry(name).or_default().push(used.table);
        }
        system.join(EdgeKind::Derives, output, dataset, at, Certainty::Seen);
    }
}

/// What a model in Python refers to: `dbt.ref("orders")`.
fn python_uses(view: &View<'_>, file: FileId) -> Vec<(Node, TableUse)> {
    let facts = view.program.file(file);
    let mut uses = Vec::new();
    for (value, op) in (0..).zip(&facts.ops) {
        let OpKind::Call(function, operands) = op.kind else { continue };
        let OpKind::Attr(object, method) = facts.op(function).kind else { continue };
        let mut object = object;
        // `dbt.config(..)` before it leaves `dbt` what it is.
        while let OpKind::After(value, _) = facts.op(object).kind {
            object = value;
        }
        let on_parameter = matches!(facts.op(object).kind, OpKind::Param(0));
        let plain = facts.operands(operands).iter().filter(|o| o.role == ArgRole::Plain);
        let texts: Vec<Text> =
            plain.filter_map(|o| view.program.literal(Node { file, value: o.value })).take(2).collect();
        let table = match (method.as_str(), texts.as_slice()) {
            ("ref", [.., name]) => name.to_lowercase(),
            ("source", [source, name]) => format!("{source}.{name}").to_lowercase(),
            _ => continue,
        };
        if on_parameter {
            let span = view.program.place(Node { file, value }).span;
            let (columns, table) = (Vec::new(), Text::from(&table));
            let access = Access::Read;
            let used = TableUse {
                table,
                columns,
                access,
                statement: 0,
                file: false,
                declared: true,
                asked: Text::default(),
                span,
            };
            uses.push((Node { file, value }, used));
        }
    }
    uses
}

/// What a schema file declares.
fn declared(view: &View<'_>, system: &mut System, file: FileId) {
    let symbol = Text::from(view.program.path(file));
    for declaration in &view.program.file(file).declarations {
        match declaration {
            Declaration::Table(of) => declared_table(view, system, file, of),
            Declaration::Test(test) => {
                let at = At { file, span: test.name.span };
                check(system, test, at, symbol);
            }
            Declaration::Consumer(of) => consumer(system, file, of, symbol),
            _ => {}
        }
    }
}

fn declared_table(view: &View<'_>, system: &mut System, file: FileId, of: &DeclaredTable) {
    let symbol = Text::from(view.program.path(file));
    let at = At { file, span: of.table.span };
    let id = table(system, &of.table.text.to_lowercase(), at, symbol);
    system.mark(id, "declared");
    if !of.access.is_empty() {
        system.say(id, "access", &of.access);
    }
    if !of.kept_as.is_empty() && of.kept_as != system.node(id).name.trim_start_matches("table:") {
        let real = table(system, &of.kept_as, at, symbol);
        system.mark(real, "declared");
        system.join(EdgeKind::Derives, id, real, at, Certainty::Seen);
        let readers: Vec<NodeId> = system.reaching(id, EdgeKind::Reads).collect();
        for reader in readers {
            system.join(EdgeKind::Reads, reader, real, at, Certainty::Seen);
            system.join(EdgeKind::Declares, reader, real, at, Certainty::Seen);
        }
    }
    if !of.place.is_empty() {
        let place = view.placer.path(&of.place, file, folder(view, file).as_deref());
        if place.known {
            let lies = node(system, &place, at, symbol);
            system.mark(lies, "declared");
            system.join(EdgeKind::Derives, id, lies, at, Certainty::Seen);
        }
    }
}

fn check(system: &mut System, test: &DeclaredTest, at: At, symbol: Text) {
    let on = table(system, &test.table.to_lowercase(), at, symbol);
    let name = if test.column.is_empty() {
        test.name.text
    } else {
        Text::from(&format!("{} of {}", test.name.text, test.column))
    };
    let id = system.add(NodeKind::Check, name, at, symbol);
    system.say(id, "what", "validation");
    system.join(EdgeKind::Checks, id, on, at, Certainty::Seen);
}

fn consumer(system: &mut System, file: FileId, of: &DeclaredConsumer, symbol: Text) {
    let id = system.add(NodeKind::Consumer, of.name.text, At { file, span: of.name.span }, symbol);
    system.say(id, "what", &of.what);
    if !of.owner.is_empty() {
        system.say(id, "owner", &of.owner);
    }
    for used in &of.uses {
        let at = At { file, span: used.span };
        let dataset = table(system, &used.text, at, symbol);
        system.join(EdgeKind::Declares, id, dataset, at, Certainty::Seen);
    }
}

/// A query that must find nothing; what only defines a kind of test touches no table.
fn tested(view: &View<'_>, system: &mut System, known: &Known, file: FileId) {
    let path = view.program.path(file);
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".sql");
    let reads: Vec<&TableUse> =
        view.program.file(file).tables.iter().filter(|t| t.access == Access::Read && t.declared).collect();
    let Some(first) = reads.first() else { return };
    let symbol = system.node(known.modules[file.index()]).name;
    let id = system.add(NodeKind::Check, Text::from(stem), At { file, span: first.span }, symbol);
    system.say(id, "what", "validation");
    for read in reads {
        let at = At { file, span: read.span };
        let on = table(system, &read.table, at, symbol);
        system.join(EdgeKind::Checks, id, on, at, Certainty::Seen);
    }
}

/// Tables that are referred to and that no model makes are files of the project.
fn seeds(view: &View<'_>, system: &mut System, projects: &Projects, made: &Made) {
    for (name, uses) in &made.uses {
        for used in uses.iter().filter(|used| !made.steps.contains_key(*used)) {
            let Some((step, at)) = made.steps.get(name) else { continue };
            let folders = projects.of(view, at.file).map_or(&[][..], |p| p.seeds.as_slice());
            let paths = folders.iter().map(|folder| format!("{folder}/{used}.csv"));
            let Some(path) = paths.into_iter().find(|path| view.program.keeps(path)) else { continue };
            let symbol = system.node(*step).symbol;
            let place = view.placer.path(&path, at.file, Some(""));
            let (from, on) = (node(system, &place, *at, symbol), table(system, used, *at, symbol));
            system.mark(from, "declared");
            system.mark(on, "declared");
            system.join(EdgeKind::Derives, on, from, *at, Certainty::Seen);
        }
    }
}

/// Elsewhere a model is named with the schema that it was built in: `analytics.orders`.
fn aliases(system: &mut System, made: &Made) {
    let named = |name: &str| {
        let (schema, last) = name.strip_prefix("table:")?.rsplit_once('.')?;
        let last = Text::from(last);
        let last = made.aliases.get(&last).copied().unwrap_or(last);
        (!schema.is_empty() && made.steps.contains_key(&last)).then_some(last)
    };
    let datasets = system.nodes().filter(|(id, n)| n.kind == NodeKind::Dataset && !system.is(*id, "declared"));
    let found: Vec<(NodeId, Text)> = datasets.filter_map(|(id, n)| Some((id, named(&n.name)?))).collect();
    for (alias, name) in found {
        let Some(model) = system.find(NodeKind::Dataset, Text::from(&format!("table:{name}"))) else { continue };
        let readers: Vec<_> = System::into(system, alias).iter().map(|e| *system.edge(*e)).collect();
        for edge in readers.into_iter().filter(|e| e.kind == EdgeKind::Reads) {
            system.join(EdgeKind::Reads, edge.from, model, edge.at, Certainty::Inferred);
        }
        let at = system.node(alias).at;
        system.join(EdgeKind::Derives, alias, model, at, Certainty::Inferred);
    }
}
