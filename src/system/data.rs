//! Datasets: the places that code and SQL touch, who reads and writes each, and how far their content is fixed.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Query, Role, View, dbt, derived, rewritten, statements_kept};
use crate::fact::{Access, Declaration, OpKind, Role as ArgRole, TableUse, Text};
use crate::lexicon::Subject;
use crate::program::branches::Arm;
use crate::program::{Def, Node, parent};
use crate::source::{At, FileId, Kind, Span};
use crate::system::graph::{NodeId, System};
use crate::value::follow::Seen;
use crate::value::pinned::{is_pinned, mutable_part};
use crate::value::place::{NoBindings, Place};
use crate::value::slice::{Go, walk};
use crate::value::text::{Part, Pattern};
use crate::value::touches::{Touch, Way, texts_of};
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds datasets with their readers and writers.
pub fn derive(view: &View<'_>, system: &mut System, known: &mut Known) {
    // What tests make for themselves says nothing of the system's data.
    let counted = view.touches.counts.iter().zip(&known.roles).filter(|(_, role)| **role != Role::Test);
    for (counts, _) in counted {
        system.coverage.places += counts.calls;
        system.coverage.resolved += counts.resolved;
    }
    for touch in &view.touches.all {
        let place = view.placer.place(view.evaluator, touch.at(), touch.root.file, None, &NoBindings);
        let dataset = (place.known && wanted(touch)).then(|| dataset(view, system, touch, &place));
        known.datasets.push(dataset);
        let Some(dataset) = dataset else { continue };
        let code = view.code(known, touch.root);
        let at = view.program.place(touch.top(view.program));
        let certainty = match () {
            () if touch.guessed => Certainty::Guessed,
            () if touch.followed => Certainty::Inferred,
            () => Certainty::Seen,
        };
        match touch.access {
            Access::Read => system.join(EdgeKind::Reads, code, dataset, at, certainty),
            Access::Write | Access::Append => system.join(EdgeKind::Writes, code, dataset, at, certainty),
            Access::Delete => system.join(EdgeKind::Drops, code, dataset, at, certainty),
        }
    }
    derived::copies(view, system, known);
    tables(view, system, known);
    programs(view, system, known);
    declared(view, system);
}

/// Figures and logs are outputs for people; settings are not data.
fn wanted(touch: &Touch<'_>) -> bool {
    matches!(touch.subject, Subject::Data | Subject::Model)
}

/// The dataset node of a place.
pub fn node(system: &mut System, place: &Place, at: At, symbol: Text) -> NodeId {
    let name = Text::from(&place.name);
    if let Some(id) = system.find(NodeKind::Dataset, name) {
        return id;
    }
    let id = system.add(NodeKind::Dataset, name, at, symbol);
    system.say(id, "scheme", &place.scheme);
    if !place.host.is_empty() {
        system.say(id, "host", &place.host);
    }
    for (flag, on) in [("remote", place.remote), ("pattern", place.pattern), ("temporary", place.temporary)] {
        if on {
            system.mark(id, flag);
        }
    }
    if is_pinned(&place.name) {
        system.mark(id, "pinned");
    }
    id
}

fn dataset(view: &View<'_>, system: &mut System, touch: &Touch<'_>, place: &Place) -> NodeId {
    let at = view.program.place(touch.origin.unwrap_or(touch.call));
    let id = node(system, place, at, view.symbol(touch.root));
    let content = match touch.subject {
        Subject::Model => "model",
        Subject::Settings => "settings",
        Subject::Figure => "figure",
        Subject::Picture => "data",
        Subject::Log => "log",
        Subject::Data => "data",
    };
    system.say(id, "content", content);
    if touch.access == Access::Read
        && touch.meaning.remote
        && system.get(id, "remote").is_none()
        && is_hub_name(view, touch, place)
    {
        system.mark(id, "remote");
    }
    if touch.scheme == Some("hub") && !is_hub_name(view, touch, place) {
        system.set(id, "remote", crate::system::graph::Value::Flag(false));
    }
    if touch.access == Access::Read {
        fix(system, id, place, touch.scheme, &|| revision(view, touch));
    }
    id
}

/// Says of a remote dataset that is read how far its content is fixed: by its name, or by the revision asked for.
pub fn fix(
    system: &mut System,
    id: NodeId,
    place: &Place,
    scheme: Option<&str>,
    revision: &dyn Fn() -> Option<String>,
) {
    if !system.is(id, "remote") {
        return;
    }
    match (scheme, mutable_part(&place.name)) {
        (Some("hub"), _) => match revision().or_else(|| named_revision(&place.name)) {
            Some(revision) if !matches!(revision.as_str(), "main" | "master" | "") => system.mark(id, "pinned"),
            Some(_) => system.say(id, "mutable", "main"),
            None => system.say(id, "mutable", "no revision"),
        },
        (_, Some(part)) if !system.is(id, "pinned") && !is_service(&place.name) => system.say(id, "mutable", part),
        _ => {}
    }
}

/// The revision that a hub's name ends with: `owner/name:v1.0`.
fn named_revision(name: &str) -> Option<String> {
    let (_, last) = name.rsplit_once('/')?;
    last.split_once(':').map(|(_, revision)| revision.to_owned())
}

/// An address that is asked for answers, not for a file that could be pinned.
pub fn is_service(name: &str) -> bool {
    let (host, path) = name.split_once("://").map_or(name, |(_, rest)| rest).split_once('/').unwrap_or_default();
    host.starts_with("api.") || path.split('/').any(|segment| segment.contains("api"))
}

/// A hub's name is `name` or `owner/name`; anything else given to the call is a path or a builder.
fn is_hub_name(view: &View<'_>, touch: &Touch<'_>, place: &Place) -> bool {
    let Some(scheme) = touch.scheme else { return true };
    if scheme != "hub" {
        return true;
    }
    // A path object is a path.
    if touch.place.is_some_and(|node| view.types.is_a(node, "pathlib.Path")) {
        return false;
    }
    let name = place.name.strip_prefix("hub:").unwrap_or(&place.name);
    let local = [
        "data",
        "models",
        "model",
        "checkpoints",
        "ckpt",
        "output",
        "outputs",
        "artifacts",
        "weights",
        "results",
        "saved_models",
    ];
    let folder = name.split_once('/').is_some_and(|(first, _)| local.contains(&first));
    let builder = touch.meaning.not_places.iter().any(|b| b == name);
    !builder
        && !place.pattern
        && !name.starts_with(['.', '/', '~'])
        && name.split('/').count() <= 2
        && !name.contains([' ', '\\'])
        && !folder
}

/// The value of the keyword that fixes the content, `?` if it is not known; none if it is nothing for certain.
fn revision(view: &View<'_>, touch: &Touch<'_>) -> Option<String> {
    let OpKind::Call(_, operands) = view.program.op(touch.call).kind else { return None };
    for operand in view.program.operands(touch.call.file, operands) {
        if let ArgRole::Named(name) = operand.role
            && touch.meaning.pinned_by.iter().any(|p| p == name.as_str())
        {
            let node = Node { value: operand.value, ..touch.call };
            let seen = Seen { node, stack: touch.way.iter().copied().collect() };
            let unknown = || "?".to_owned();
            return match view.evaluator.texts(&seen).patterns.as_slice() {
                [] if is_nothing(view, seen) => None,
                [only] => Some(view.evaluator.plain(only).unwrap_or_else(unknown)),
                _ => Some(unknown()),
            };
        }
    }
    None
}

/// Names that one value may go by before it is written out.
const NAMES: usize = 6;

/// Is a value nothing, by whatever names it comes?
fn is_nothing(view: &View<'_>, seen: Seen) -> bool {
    let mut seen = seen;
    for _ in 0..NAMES {
        if matches!(view.program.op(seen.node).kind, OpKind::Nothing) {
            return true;
        }
        let mut back = view.evaluator.follow.back(&seen).values;
        match back.pop().filter(|_| back.is_empty()) {
            Some(only) => seen = only,
            None => return false,
        }
    }
    false
}

/// Tables that SQL files and SQL strings touch.
fn tables(view: &View<'_>, system: &mut System, known: &mut Known) {
    let shown = shown(view);
    for file in view.program.files() {
        if known.roles[file.index()] == Role::Test {
            continue;
        }
        let symbol = Text::from(view.program.path(file));
        let mut touched = derived::Touched::new();
        for table in &view.program.file(file).tables {
            let at = At { file, span: table.span };
            let used = use_table(view, system, known.modules[file.index()], at, symbol, table, Certainty::Seen);
            touched.extend(used.map(|dataset| (table.statement, table.access, dataset)));
        }
        derived::statements(system, At { file, span: Span::default() }, &touched);
    }
    for (def, call) in view.calls() {
        let sql = |c: &Callee<'_>| if let Callee::Meaning(m) = c { m.sql.clone() } else { None };
        let Some(slot) = view.types.callees(call).iter().find_map(sql) else { continue };
        let Some(statement) = view.types.slot(call, &slot) else { continue };
        for (file, filled) in statements_kept::kept(view, statement) {
            let (at, code) = (view.program.place(call), view.code(known, def));
            for table in view.program.file(file).tables.iter().map(|table| statements_kept::filled(table, &filled)) {
                let table = table.as_ref();
                let used = use_table(view, system, code, at, view.symbol(def), table, Certainty::Inferred);
                let Some(dataset) = used else { continue };
                let (columns, access) = (table.columns.clone(), table.access);
                let inserts = access == Access::Append;
                known.queries.push(Query { call, within: def, way: Way::new(), dataset, columns, access, inserts });
            }
        }
        let database = database(view, call);
        for (root, way, texts) in texts_of(view.evaluator, statement, def) {
            let top = way.first().map_or(call, |site| site.call);
            let (at, code) = (view.program.place(top), view.code(known, root));
            for pattern in texts.patterns.iter().take(4) {
                let text = with_holes(pattern);
                let inserts = text.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("insert"));
                let mut touched = derived::Touched::new();
                for mut table in crate::read::sql::statement(&text) {
                    if let Some(database) = &database
                        && !table.file
                        && !table.table.contains('.')
                    {
                        table.table = Text::from(&format!("{database}.{}", table.table));
                    }
                    let own = view.evaluator.follow.named_tables(call).iter().any(|(name, _)| *name == table.table);
                    if own || shown.contains(&table.table) {
                        continue;
                    }
                    let used = use_table(view, system, code, at, view.symbol(root), &table, Certainty::Inferred);
                    let Some(dataset) = used else { continue };
                    touched.push((table.statement, table.access, dataset));
                    let TableUse { columns, access, .. } = table;
                    known.queries.push(Query {
                        call,
                        within: root,
                        way: way.clone(),
                        dataset,
                        columns,
                        access,
                        inserts,
                    });
                }
                derived::statements(system, at, &touched);
                rewritten::by_text(system, known.roles[root.file.index()], at, view.symbol(root), &touched);
            }
        }
    }
}

/// The database that a call says for tables whose own is not said.
fn database(view: &View<'_>, call: Node) -> Option<String> {
    let slot = view.types.callees(call).iter().find_map(|callee| match callee {
        Callee::Meaning(meaning) if meaning.sql.is_some() => meaning.authority.as_ref(),
        _ => None,
    });
    let texts = view.evaluator.texts(&Seen::anywhere(view.types.slot(call, slot?)?)).patterns;
    match texts.as_slice() {
        [only] => view.evaluator.plain(only),
        _ => None,
    }
}

/// The names under which statements know what is no table.
fn shown(view: &View<'_>) -> FxHashSet<Text> {
    let mut names = FxHashSet::default();
    for (_, call) in view.calls() {
        let slot = |c: &Callee<'_>| if let Callee::Meaning(m) = c { m.shows.clone() } else { None };
        let Some(slot) = view.types.callees(call).iter().find_map(slot) else { continue };
        let Some(name) = view.types.slot(call, &slot) else { continue };
        let texts = view.evaluator.texts(&Seen::anywhere(name));
        let plain = texts.patterns.iter().filter_map(|pattern| view.evaluator.plain(pattern));
        names.extend(plain.map(|name| Text::from(&name.to_lowercase())));
    }
    names
}

/// A pattern as one text, its unknown parts as `{}`.
fn with_holes(pattern: &Pattern) -> String {
    pattern.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "{}" }).collect()
}

/// The place of a table, or of a file that stands for one.
pub fn table_place(view: &View<'_>, file: FileId, table: &TableUse) -> Place {
    if table.file {
        let folder = dbt::folder(view, file);
        return view.placer.path(&table.table, file, folder.as_deref());
    }
    let name = format!("table:{}", table.table);
    Place { pattern: name.contains("{}"), name, scheme: "table".to_owned(), known: true, ..Place::default() }
}

/// Adds a table that a statement uses.
pub fn use_table(
    view: &View<'_>,
    system: &mut System,
    code: NodeId,
    at: At,
    symbol: Text,
    table: &TableUse,
    certainty: Certainty,
) -> Option<NodeId> {
    let bare = table.table.replace("{}", "");
    if !bare.bytes().any(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let place = table_place(view, at.file, table);
    let dataset = node(system, &place, at, symbol);
    system.say(dataset, "content", "data");
    let kind = match table.access {
        Access::Read => EdgeKind::Reads,
        Access::Write | Access::Append => EdgeKind::Writes,
        Access::Delete => EdgeKind::Drops,
    };
    system.join(kind, code, dataset, at, certainty);
    Some(dataset)
}

/// Which programs overwrite a dataset, which read it, and which do both in turn.
fn programs(view: &View<'_>, system: &mut System, known: &Known) {
    let mut writers: FxHashMap<NodeId, FxHashSet<FileId>> = FxHashMap::default();
    let mut readers: FxHashMap<NodeId, FxHashSet<FileId>> = FxHashMap::default();
    let fetching = fetching(view);
    for (touch, dataset) in view.touches.all.iter().zip(&known.datasets) {
        let Some(dataset) = *dataset else { continue };
        let file = touch.root.file;
        if matches!(known.roles[file.index()], Role::Test | Role::Prototype) {
            continue;
        }
        match touch.access {
            // Where the place is chosen on the command line, two programs share a default and no more; where a file is
            // made only if it is not there, it is not overwritten; a bare name lies where each program is started; what
            // a function fetches for its callers is the same for each of them.
            Access::Write
                if !touch.chosen()
                    && !is_made_once(view, touch)
                    && shares_folder(view, system, dataset, file)
                    && (touch.within == touch.root || !fetching.contains(&touch.within)) =>
            {
                writers.entry(dataset).or_default().insert(file);
            }
            Access::Read => {
                readers.entry(dataset).or_default().insert(file);
            }
            Access::Write | Access::Append | Access::Delete => {}
        }
    }
    for (dataset, files) in remade(view, system, known) {
        writers.entry(dataset).or_default().extend(files);
    }
    for query in known.queries.iter().filter(|q| q.access == Access::Read) {
        readers.entry(query.dataset).or_default().insert(query.call.file);
    }
    for (dataset, files) in &readers {
        system.count(*dataset, "readers", files.len());
    }
    for (dataset, files) in writers {
        system.count(dataset, "writers", files.len());
    }
    rewritten::derive(view, system, known);
}

/// The files of one folder that each make a table anew; of several folders, each may be for a database of its own.
fn remade(view: &View<'_>, system: &System, known: &Known) -> Vec<(NodeId, FxHashSet<FileId>)> {
    let mut found: FxHashMap<(NodeId, &str), FxHashSet<FileId>> = FxHashMap::default();
    let is_own = |file: &FileId| {
        view.program.sources[file.index()].kind == Kind::Sql
            && !matches!(known.roles[file.index()], Role::Test | Role::Prototype)
            && dbt::folder(view, *file).is_none()
    };
    for file in view.program.files().filter(is_own) {
        let made = view.program.file(file).tables.iter().filter(|t| t.access == Access::Write && !t.declared);
        for table in made {
            let name = Text::from(&table_place(view, file, table).name);
            let Some(dataset) = system.find(NodeKind::Dataset, name) else { continue };
            found.entry((dataset, parent(view.program.path(file)))).or_default().insert(file);
        }
    }
    found.into_iter().filter(|(_, files)| files.len() > 1).map(|((dataset, _), files)| (dataset, files)).collect()
}

/// The definitions that ask another host for something.
fn fetching(view: &View<'_>) -> FxHashSet<Def> {
    view.calls().filter(|(_, call)| view.types.is_a(*call, "http.Response")).map(|(def, _)| def).collect()
}

/// Is a write, or a call on the way to it, reached only after asking what is there?
fn is_made_once(view: &View<'_>, touch: &Touch<'_>) -> bool {
    let on_the_way = touch.way.iter().map(|site| site.call);
    on_the_way.chain([touch.call]).any(|node| is_asked_first(view, node))
}

/// Does a place mean the same for a program as for others: does it name a folder, or stands the program beside it?
fn shares_folder(view: &View<'_>, system: &System, dataset: NodeId, program: FileId) -> bool {
    let place = system.node(dataset).name;
    place.contains(['/', ':']) || parent(view.program.path(program)).is_empty()
}

/// Stands an operation where it runs only if something is there already, or where its failing is expected?
pub fn is_gated(view: &View<'_>, node: Node) -> bool {
    let tried = |arm: Arm| arm.first && matches!(view.program.op(Node { value: arm.start, ..node }).kind, OpKind::Try);
    view.evaluator.branches.around(node).any(tried) || is_asked_first(view, node)
}

/// Does a condition around an operation ask whether something is there?
fn is_asked_first(view: &View<'_>, node: Node) -> bool {
    // Of a receiver that nobody knows the method's name says enough.
    let named = |call: Node| view.types.method_name(call).is_some_and(|name| view.lexicon.may_exist(name));
    let asks = |call: Node| {
        let callees = view.types.callees(call);
        callees.iter().any(|c| matches!(c, Callee::Meaning(m) if m.exists)) || callees.is_empty() && named(call)
    };
    view.evaluator.branches.around(node).any(|arm| match view.program.op(Node { value: arm.start, ..node }).kind {
        OpKind::If(condition, _) => {
            let asked = match view.program.op(Node { value: condition, ..node }).kind {
                OpKind::Not(asked) => asked,
                _ => condition,
            };
            let start = Seen::anywhere(Node { value: asked, ..node });
            walk(view.evaluator.follow, start, &mut |seen| if asks(seen.node) { Go::Done } else { Go::On })
        }
        _ => false,
    })
}

/// Data under version control of a tool.
fn declared(view: &View<'_>, system: &mut System) {
    for file in view.program.files() {
        let folder = parent(view.program.path(file));
        for declaration in &view.program.file(file).declarations {
            let Declaration::Data(data) = declaration else { continue };
            let place = view.placer.path(&data.place.text, file, Some(folder));
            let at = At { file, span: data.place.span };
            let id = node(system, &place, at, Text::from(view.program.path(file)));
            system.mark(id, "declared");
            if data.pinned {
                system.mark(id, "pinned");
            }
        }
    }
}
