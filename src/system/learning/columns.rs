//! The columns that models are fitted on and asked with: versions of one another, and where the two lists disagree.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::View;
use super::origins::{Column, Selection};
use super::{Act, Acts, Found};
use crate::fact::Text;
use crate::lexicon::Learns;
use crate::system::graph::{NodeId, System};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds the columns that are selected for models.
pub fn derive(view: &View<'_>, system: &mut System, acts: &Acts<'_>, found: &[Found]) {
    let mut lists: FxHashMap<NodeId, (&Act<'_>, &[Column])> = FxHashMap::default();
    for (act, found) in acts.all.iter().zip(found) {
        let Some(columns) = selected(found) else { continue };
        lists.insert(act.node, (act, columns));
        if act.meaning.trains == Some(Learns::Model) {
            feed(view, system, act, columns);
            versions(view, system, act, columns);
        }
    }
    for act in acts.all.iter().filter(|act| act.meaning.predicts) {
        let Some((_, asked)) = lists.get(&act.node) else { continue };
        let fitted: Vec<NodeId> =
            system.reaching(act.node, EdgeKind::Feeds).filter(|n| lists.contains_key(n)).collect();
        for (training, learnt) in fitted.iter().map(|training| lists[training]) {
            if training.meaning.trains == Some(Learns::Model) && training.call.file != act.call.file {
                compare(view, system, training, learnt, act, asked);
            }
        }
    }
}

/// The columns that a call's inputs are chosen by.
fn selected(found: &Found) -> Option<&[Column]> {
    let (_, x) = found.iter().find(|(is_x, _)| *is_x)?;
    match x.selection.as_ref()? {
        Selection::Closed(Some(columns)) => Some(columns),
        _ => None,
    }
}

fn feed(view: &View<'_>, system: &mut System, act: &Act<'_>, columns: &[Column]) {
    for column in columns {
        let at = view.program.place(column.at);
        let symbol = view.symbol(view.program.owner(column.at));
        let feature = system.named(NodeKind::Feature, column.name, at, symbol);
        system.join(EdgeKind::Feeds, feature, act.node, at, Certainty::Inferred);
    }
}

/// Adds a group for each two selected columns whose names tell an old version from a new one.
fn versions(view: &View<'_>, system: &mut System, act: &Act<'_>, columns: &[Column]) {
    let names: FxHashMap<Text, &Column> = columns.iter().map(|column| (column.name, column)).collect();
    for old in columns {
        let Some(new) = newer(&old.name).iter().find_map(|name| names.get(&Text::from(name.as_str()))) else {
            continue;
        };
        let at = view.program.place(old.at);
        let name = Text::from(&format!("{} and {}", old.name, new.name));
        let group = system.add(NodeKind::Group, name, at, view.symbol(view.program.owner(old.at)));
        system.say(group, "what", "versions");
        for column in [old, new] {
            let feature = system.named(NodeKind::Feature, column.name, at, Text::default());
            system.join(EdgeKind::Derives, group, feature, view.program.place(column.at), Certainty::Guessed);
        }
        system.join(EdgeKind::Feeds, group, act.node, view.program.place(act.call), Certainty::Inferred);
    }
}

/// The names that a newer version of an old column would have.
fn newer(name: &str) -> Vec<String> {
    let Some((stem, mark)) = name.rsplit_once('_') else { return Vec::new() };
    match mark {
        "old" | "legacy" | "deprecated" => vec![format!("{stem}_new"), stem.to_owned()],
        _ => match mark.strip_prefix('v').map(str::parse::<u32>) {
            Some(Ok(version)) => vec![format!("{stem}_v{}", version.saturating_add(1))],
            _ => Vec::new(),
        },
    }
}

/// Adds a group if a model is asked with other columns than it was fitted on.
fn compare(
    view: &View<'_>,
    system: &mut System,
    training: &Act<'_>,
    learnt: &[Column],
    asking: &Act<'_>,
    asked: &[Column],
) {
    let names = |columns: &[Column]| columns.iter().map(|c| c.name).collect::<FxHashSet<Text>>();
    let (fitted, given) = (names(learnt), names(asked));
    let list = |from: &[Column], without: &FxHashSet<Text>| {
        let names: Vec<&str> = from.iter().filter(|c| !without.contains(&c.name)).map(|c| c.name.as_str()).collect();
        names.join(", ")
    };
    let (missing, extra) = (list(learnt, &given), list(asked, &fitted));
    // Two lists that have nothing in common are not of one model.
    if (missing.is_empty() && extra.is_empty()) || fitted.is_disjoint(&given) {
        return;
    }
    let difference = match (missing.is_empty(), extra.is_empty()) {
        (false, true) => format!("lacks {missing}"),
        (true, false) => format!("adds {extra}"),
        _ => format!("lacks {missing} and adds {extra}"),
    };
    let at = view.program.place(asking.call);
    let group = system.add(NodeKind::Group, Text::from(&difference), at, view.symbol(view.program.owner(asking.call)));
    system.say(group, "what", "mismatch");
    system.join(EdgeKind::Follows, group, training.node, view.program.place(training.call), Certainty::Inferred);
    system.join(EdgeKind::Feeds, group, asking.node, at, Certainty::Inferred);
}

#[cfg(test)]
mod tests {
    use super::newer;

    #[test]
    fn marks_of_versions_stand_at_the_end() {
        assert_eq!(newer("product_old"), ["product_new", "product"]);
        assert_eq!(newer("score_v1"), ["score_v2"]);
        assert!(newer("old_balance").is_empty() && newer("lag_1").is_empty());
    }
}
