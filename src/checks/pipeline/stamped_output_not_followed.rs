//! Data that is read under one fixed name, while each run writes it under a new one that the clock or a score gives.

use rustc_hash::FxHashSet;

use crate::fact::{Access, Text};
use crate::program::{Node, parent};
use crate::source::{At, FileId};
use crate::system::View;
use crate::system::check::{Check, Grounds, Sighting};
use crate::system::data::is_gated;
use crate::system::graph::{NodeId, System};
use crate::system::whereabouts::{folder, last};
use crate::value::follow::Seen;
use crate::value::slice::{Go, walk};
use crate::value::spelling::{covers, fits};
use crate::value::touches::Touch;
use crate::value::types::Callee;
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

pub const CHECK: Check = Check { rule: "stamped-output-not-followed", find };

/// So many letters of a name, its ending among them, tell little of what it is.
const TOLD: usize = 5;

/// What gives names that no two runs have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stamp {
    Clock,
    Score,
}

/// What is written under such names.
struct Stamped {
    by: Stamp,
    dataset: NodeId,
    at: At,
    program: FileId,
}

/// One sighting for each program and place that it reads.
fn find(grounds: &Grounds<'_>) -> Vec<Sighting> {
    let (view, system) = (grounds.view, grounds.system);
    let stamped = stamped(grounds);
    if stamped.is_empty() {
        return Vec::new();
    }
    let supply = supply(system, &stamped);
    let reads: FxHashSet<(FileId, NodeId)> = grounds
        .touched()
        .filter(|(touch, _)| touch.access == Access::Read)
        .map(|(touch, dataset)| (touch.root.file, dataset))
        .collect();
    let mut told: FxHashSet<(FileId, NodeId)> = FxHashSet::default();
    let mut sightings = Vec::new();
    for (touch, dataset) in grounds.touched() {
        let name = system.node(dataset).name;
        let top = touch.top(view.program);
        let outside = ["remote", "pattern", "temporary", "declared", "copied"];
        if touch.access != Access::Read
            || touch.chosen()
            || !grounds.is_product(touch.root.file)
            || outside.iter().any(|flag| system.is(dataset, flag))
            || view.program.keeps(&name)
            || view.program.keeps_folder(&name)
            || is_gated(view, touch.call)
            || is_gated(view, top)
            || supply.iter().any(|written| is_supplied(written, &name))
        {
            continue;
        }
        let unread = |made: &Stamped| system.reaching(made.dataset, EdgeKind::Reads).next().is_none();
        // Who makes it of the very data that is read keeps a copy for each run.
        let copies = |made: &Stamped| reads.contains(&(made.program, dataset));
        let misses = |made: &&Stamped| {
            let stamped = system.node(made.dataset).name;
            if made.by == Stamp::Score {
                return is_of_a_score(&stamped, &name);
            }
            is_of_a_day(&stamped, &name) || (is_without_stamp(&stamped, &name) && unread(made) && !copies(made))
        };
        let Some(made) = stamped.iter().find(misses).filter(|_| told.insert((top.file, dataset))) else { continue };
        let own = [view.symbol(touch.root), name];
        sightings.push(Sighting::new(
            view.program.place(top),
            own.into_iter().chain(system.identity(dataset)).collect(),
            grounds.certainty(Certainty::Inferred, &[dataset, made.dataset]),
            vec![
                ("data", dataset.into()),
                ("made", made.dataset.into()),
                ("write", made.at.into()),
                ("how", Text::from(if made.by == Stamp::Clock { "clock" } else { "score" }).into()),
                ("role", grounds.role(touch.root.file).into()),
            ],
        ));
    }
    sightings
}

/// All that is written under such names.
fn stamped(grounds: &Grounds<'_>) -> Vec<Stamped> {
    let (view, system) = (grounds.view, grounds.system);
    let writes = grounds.touched().filter(|(touch, dataset)| {
        touch.access == Access::Write
            && system.is(*dataset, "pattern")
            && !system.is(*dataset, "remote")
            && grounds.is_product(touch.root.file)
    });
    let stamped = writes.filter_map(|(touch, dataset)| {
        let (at, program) = (view.program.place(touch.top(view.program)), touch.root.file);
        Some(Stamped { by: stamp(view, touch)?, dataset, at, program })
    });
    stamped.collect()
}

/// What gives a part of the place: the clock, or a number that was measured.
fn stamp(view: &View<'_>, touch: &Touch<'_>) -> Option<Stamp> {
    let node = touch.place?;
    let tells = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(meaning) if meaning.tells_time);
    let measures = |callee: &Callee<'_>| matches!(callee, Callee::Meaning(meaning) if meaning.measures);
    let rounds = |node: Node| view.types.called_name(node).is_some_and(|name| name.ends_with(".round"));
    let mut score = false;
    let start = Seen { node, stack: touch.way.iter().copied().collect() };
    let clock = walk(view.evaluator.follow, start, &mut |seen| {
        let callees = view.types.callees(seen.node);
        score |= callees.iter().any(measures) || rounds(seen.node);
        if callees.iter().any(tells) { Go::Done } else { Go::On }
    });
    if clock {
        return Some(Stamp::Clock);
    }
    score.then_some(Stamp::Score)
}

/// The places that are written otherwise.
fn supply(system: &System, stamped: &[Stamped]) -> Vec<Text> {
    let own: FxHashSet<NodeId> = stamped.iter().map(|made| made.dataset).collect();
    let datasets = system.nodes().filter(|(id, node)| {
        node.kind == NodeKind::Dataset && !own.contains(id) && system.reaching(*id, EdgeKind::Writes).next().is_some()
    });
    datasets.map(|(_, node)| node.name).collect()
}

/// Is a place written, or what it lies in, or what lies in it?
fn is_supplied(written: &str, name: &str) -> bool {
    covers(written, name) || covers(name, written)
}

/// Is it the file of one day, of those that are told apart by the day?
fn is_of_a_day(stamped: &str, name: &str) -> bool {
    let (left, right): (Vec<&str>, Vec<&str>) = (stamped.split('/').collect(), name.split('/').collect());
    left.len() == right.len()
        && left.iter().zip(&right).all(|(pattern, text)| fits(pattern, text))
        && left.iter().zip(&right).any(|(pattern, text)| holds_day(between(pattern, text)))
}

/// Is it a file of one score, of those that are told apart by theirs, wherever it was put?
fn is_of_a_score(stamped: &str, name: &str) -> bool {
    let (pattern, own) = (last(stamped), last(name));
    let told = pattern.replace("{}", "").bytes().filter(u8::is_ascii_alphabetic).count();
    let stem = own.rsplit_once('.').map_or(own.as_str(), |(stem, _)| stem);
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty();
    let holds_score =
        stem.split(['_', '-', ' ']).any(|word| word.split_once('.').is_some_and(|(a, b)| number(a) && number(b)));
    told > TOLD && holds_score && fits(&without_numbers(&pattern), &without_numbers(&own))
}

/// A name with a naught for each of its numbers: which version or fold it is, tells nothing here.
fn without_numbers(name: &str) -> String {
    let mut found = String::new();
    for c in name.chars() {
        match c.is_ascii_digit() {
            true if found.ends_with('0') => {}
            true => found.push('0'),
            false => found.push(c),
        }
    }
    found
}

/// What stands in a text for the unknown parts of a pattern that it fits.
fn between<'t>(pattern: &str, text: &'t str) -> &'t str {
    let (Some((first, _)), Some((_, last))) = (pattern.split_once("{}"), pattern.rsplit_once("{}")) else { return "" };
    text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)).unwrap_or_default()
}

/// Does a text name a day: `20240131`, `2024-01-31`?
fn holds_day(text: &str) -> bool {
    let numbers: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).collect();
    let is_day = |year: &str, month: &str, day: &str| {
        let within = |text: &str, most: u32| text.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number));
        year.len() == 4
            && (year.starts_with("19") || year.starts_with("20"))
            && month.len() == 2
            && day.len() == 2
            && within(month, 12)
            && within(day, 31)
    };
    let whole = |number: &&str| match (number.get(..4), number.get(4..6), number.get(6..8)) {
        (Some(year), Some(month), Some(day)) => is_day(year, month, day),
        _ => false,
    };
    numbers.iter().any(whole) || numbers.windows(3).any(|parts| is_day(parts[0], parts[1], parts[2]))
}

/// Is it the place that the stamped one would be without the part that the clock gives: above it, or beside it?
fn is_without_stamp(stamped: &str, name: &str) -> bool {
    if folder(name).is_empty() {
        return false;
    }
    let (written, own) = (last(stamped), last(name));
    if written == own {
        let below = parent(stamped).strip_prefix(parent(name)).and_then(|rest| rest.strip_prefix('/'));
        return below.is_some_and(|rest| rest.contains("{}"));
    }
    let (Some((stem, ending)), Some((own_stem, own_ending))) = (written.rsplit_once('.'), own.rsplit_once('.')) else {
        return false;
    };
    let bare = stem.replace("{}", "");
    folder(stamped) == folder(name)
        && ending == own_ending
        && stem.contains("{}")
        && bare.trim_matches(['_', '-', '.', ' ']) == own_stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_told_from_a_number() {
        assert!(is_of_a_day("input/valid_{}.csv", "input/valid_20160821.csv"));
        assert!(is_of_a_day("models/{}/net.pt", "models/2018-01-01 10:01:34.179393/net.pt"));
        assert!(!is_of_a_day("input/valid_{}.csv", "input/valid_20169921.csv"));
        assert!(!is_of_a_day("input/valid_{}.csv", "input/valid_3.csv"));
    }

    #[test]
    fn a_score_is_told_from_a_version() {
        assert!(is_of_a_score("out/sub_v{}_{}_{}.csv", "sub/best/sub_v1_store_0.802.csv"));
        assert!(is_of_a_score("out/sub_v0_{}.csv", "sub/sub_v12_0.802.csv"));
        assert!(!is_of_a_score("out/sub_v{}.csv", "sub/sub_v1.csv"));
        assert!(!is_of_a_score("out/{}_{}.csv", "sub/run_0.802.csv"));
    }

    #[test]
    fn a_stamp_is_left_out_above_and_beside() {
        assert!(is_without_stamp("models/bpr/{}/model/bias.data", "models/bpr/bias.data"));
        assert!(is_without_stamp("out/model_{}.pkl", "out/model.pkl"));
        assert!(!is_without_stamp("out/{}/model.pkl", "model.pkl"));
        assert!(!is_without_stamp("out/{}.pkl", "out/model.pkl"));
    }
}
