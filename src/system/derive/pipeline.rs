//! Hand-overs: programs that pass files or tables to each other, declared by a pipeline or not.

use petgraph::unionfind::UnionFind;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Known, Role, View};
use crate::fact::{Access, Text};
use crate::source::{At, FileId};
use crate::system::graph::{NodeId, System, Value};
use crate::system::program::Def;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// A file or table that one program writes and another reads.
struct HandOver {
    producer: FileId,
    consumer: FileId,
    dataset: NodeId,
    written: At,
    read: At,
}

/// Adds a group for each undeclared pair of producer and consumer, or one for the jungle that they are.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let overs = hand_overs(view, system, known);
    if !known.orchestrated {
        return jungles(view, system, overs);
    }
    // What two steps do not declare between them is an undeclared dependency of the second, told there.
    let stepped = |file: FileId| {
        system.reaching(known.modules[file.index()], EdgeKind::Calls).any(|n| system.node(n).kind == NodeKind::Step)
    };
    let loose = overs.into_iter().filter(|over| !stepped(over.producer) || !stepped(over.consumer)).collect();
    pairs(view, system, loose);
}

fn hand_overs(view: &View<'_>, system: &System, known: &Known) -> Vec<HandOver> {
    let mut programs_of: FxHashMap<Def, Vec<FileId>> = FxHashMap::default();
    for program in &known.programs {
        for def in known.reached.get(program).into_iter().flatten() {
            programs_of.entry(*def).or_default().push(*program);
        }
    }
    let mut writers: FxHashMap<NodeId, Vec<(FileId, At)>> = FxHashMap::default();
    let mut readers: FxHashMap<NodeId, Vec<(FileId, At)>> = FxHashMap::default();
    let touches = view
        .touches
        .all
        .iter()
        .zip(&known.datasets)
        .filter_map(|(t, d)| Some((t.access, t.root, t.top(view.program), (*d)?)));
    let queries = known.queries.iter().map(|q| (q.access, q.within, q.call, q.dataset));
    for (access, root, top, dataset) in touches.chain(queries) {
        let outside = system.is(dataset, "temporary") || system.is(dataset, "pattern") || system.is(dataset, "remote");
        // A file that is checked in is handed over by version control.
        if outside
            || view.program.keeps(&system.node(dataset).name)
            || system.get(dataset, "content") == Some(Value::Text(Text::from("model")))
        {
            continue;
        }
        let at = view.program.place(top);
        let own = known.programs.contains(&root.file).then_some(root.file);
        let programs: Vec<FileId> = match own {
            Some(own) => vec![own],
            None => programs_of.get(&root).cloned().unwrap_or_default(),
        };
        for program in programs {
            if matches!(known.roles[program.index()], Role::Test | Role::Prototype) {
                continue;
            }
            match access {
                Access::Write => writers.entry(dataset).or_default().push((program, at)),
                Access::Read => readers.entry(dataset).or_default().push((program, at)),
                // Rows that are added are handed over too, where they lie in a table.
                Access::Append if system.get(dataset, "scheme") == Some(Value::Text(Text::from("table"))) => {
                    writers.entry(dataset).or_default().push((program, at));
                }
                Access::Append | Access::Delete => {}
            }
        }
    }
    let mut overs = Vec::new();
    let mut datasets: Vec<NodeId> = writers.keys().copied().collect();
    datasets.sort_unstable();
    for dataset in datasets {
        let declared = system.reaching(dataset, EdgeKind::Declares).next().is_some();
        if declared {
            continue;
        }
        let Some(readers) = readers.get(&dataset) else { continue };
        let own: FxHashSet<FileId> = writers[&dataset].iter().map(|(f, _)| *f).collect();
        for (consumer, read) in readers {
            // A program that makes the file itself does not depend on another's.
            if own.contains(consumer) {
                continue;
            }
            let Some((producer, written)) = writers[&dataset].first() else { continue };
            overs.push(HandOver { producer: *producer, consumer: *consumer, dataset, written: *written, read: *read });
        }
    }
    overs.sort_by_key(|o| (o.producer, o.consumer, o.dataset, o.read));
    overs
}

fn pairs(view: &View<'_>, system: &mut System, overs: Vec<HandOver>) {
    let mut groups: FxHashMap<(FileId, FileId), NodeId> = FxHashMap::default();
    for over in overs {
        let group = *groups.entry((over.producer, over.consumer)).or_insert_with(|| {
            let name = format!("{} -> {}", view.program.path(over.producer), view.program.path(over.consumer));
            let group = system.add(NodeKind::Group, Text::from(&name), over.read, Text::from(&name));
            system.say(group, "what", "hand-over");
            group
        });
        tie(system, group, &over);
        let size = system.reached(group, EdgeKind::Reads).count();
        system.count(group, "size", size);
    }
}

fn tie(system: &mut System, group: NodeId, over: &HandOver) {
    system.join_again(EdgeKind::Writes, group, over.dataset, over.written, Certainty::Inferred);
    system.join_again(EdgeKind::Reads, group, over.dataset, over.read, Certainty::Inferred);
}

fn jungles(view: &View<'_>, system: &mut System, overs: Vec<HandOver>) {
    let mut together = UnionFind::<usize>::new(view.program.sources.len());
    for over in &overs {
        together.union(over.producer.index(), over.consumer.index());
    }
    let mut members: FxHashMap<usize, Vec<&HandOver>> = FxHashMap::default();
    for over in &overs {
        members.entry(together.find(over.producer.index())).or_default().push(over);
    }
    let mut jungles: Vec<_> = members.into_values().collect();
    jungles.sort_by_key(|m| m.first().map(|o| o.read));
    for members in jungles {
        let programs: FxHashSet<FileId> = members.iter().flat_map(|o| [o.producer, o.consumer]).collect();
        let datasets: FxHashSet<NodeId> = members.iter().map(|o| o.dataset).collect();
        let Some(first) = members.first().filter(|_| programs.len() >= 3 && datasets.len() >= 2) else { continue };
        let tables = datasets.iter().filter(|d| system.node(**d).name.starts_with("table:")).count();
        let what = match tables {
            0 => "files",
            n if n == datasets.len() => "tables",
            _ => "files and tables",
        };
        let name = format!("{} programs hand {} {what} to each other", programs.len(), datasets.len());
        let mut paths: Vec<&str> = programs.iter().map(|p| view.program.path(*p)).collect();
        paths.sort_unstable();
        let group = system.add(
            NodeKind::Group,
            Text::from(&name),
            first.read,
            Text::from(paths.first().copied().unwrap_or_default()),
        );
        system.say(group, "what", "jungle");
        system.count(group, "size", programs.len());
        for over in members {
            tie(system, group, over);
        }
    }
}
