//! The columns that models are fitted on and asked with: versions of one another, and where the two lists disagree.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::View;
use super::chosen::Chosen;
use crate::fact::{OpKind, Text};
use crate::program::Node;
use crate::system::graph::{NodeId, System};
use crate::value::frame::{Column, Rest};
use crate::vocabulary::{Certainty, EdgeKind, NodeKind};

/// Adds what the columns of a model say about each other, and where it is asked with others.
pub fn derive(view: &View<'_>, system: &mut System, chosen: &[Chosen<'_>]) {
    let by_node: FxHashMap<NodeId, &Chosen<'_>> = chosen.iter().map(|one| (one.act.node, one)).collect();
    for one in chosen.iter().filter(|one| one.fits()) {
        if let Some(columns) = one.named() {
            versions(view, system, one, columns);
        }
    }
    for asking in chosen.iter().filter(|one| one.act.meaning.predicts) {
        let fitted: Vec<NodeId> = system.reaching(asking.act.node, EdgeKind::Feeds).collect();
        for training in fitted.iter().filter_map(|node| by_node.get(node)) {
            if training.fits() && training.act.call.file != asking.act.call.file {
                compare(view, system, training, asking);
            }
        }
    }
}

/// Adds a group for each two selected columns whose names tell an old version from a new one.
fn versions(view: &View<'_>, system: &mut System, one: &Chosen<'_>, columns: &[Column]) {
    let names: FxHashMap<Text, &Column> = columns.iter().map(|column| (column.name, column)).collect();
    for old in columns {
        let Some(new) = newer(&old.name).iter().find_map(|name| names.get(&Text::from(name.as_str()))) else {
            continue;
        };
        let name = Text::from(&format!("{} and {}", old.name, new.name));
        let symbol = Text::from(view.program.path(old.at.file));
        let group = system.add(NodeKind::Group, name, old.at, symbol);
        system.say(group, "what", "versions");
        for column in [old, new] {
            let feature = system.named(NodeKind::Feature, column.name, column.at, Text::default());
            system.join(EdgeKind::Derives, group, feature, column.at, Certainty::Guessed);
        }
        system.join(EdgeKind::Feeds, group, one.act.node, view.program.place(one.act.call), Certainty::Inferred);
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

/// Adds a group if a model is asked with other columns than it was fitted on, or without what was fitted beside it.
fn compare(view: &View<'_>, system: &mut System, training: &Chosen<'_>, asking: &Chosen<'_>) {
    let difference = columns_differ(training, asking)
        .or_else(|| dummies(view, training, asking))
        .or_else(|| unprepared(view, training, asking));
    let Some(difference) = difference else { return };
    let at = view.program.place(asking.act.call);
    let symbol = view.symbol(view.program.owner(asking.act.call));
    let group = system.add(NodeKind::Group, Text::from(&difference), at, symbol);
    system.say(group, "what", "mismatch");
    let fitted = view.program.place(training.act.call);
    system.join(EdgeKind::Follows, group, training.act.node, fitted, Certainty::Inferred);
    system.join(EdgeKind::Feeds, group, asking.act.node, at, Certainty::Inferred);
}

/// How the columns that a model is asked with differ from those that it was fitted on.
fn columns_differ(training: &Chosen<'_>, asking: &Chosen<'_>) -> Option<String> {
    // A label among what a model is fitted on is another debt, or was dropped where nobody can see it.
    let is_label = |column: &&Column| training.y.columns.iter().any(|label| label.name == column.name);
    let Some(named) = training.named() else { return dropped(training, asking) };
    let learnt: Vec<Column> = named.iter().filter(|column| !is_label(column)).cloned().collect();
    let learnt = learnt.as_slice();
    let asked = asking.x.columns.as_slice();
    if asking.x.rest != Rest::Nothing || asked.is_empty() {
        return None;
    }
    let unknown = |columns: &[Column]| columns.iter().any(|column| column.name.contains("{}"));
    if unknown(learnt) || unknown(asked) {
        return None;
    }
    let names = |columns: &[Column]| columns.iter().map(|c| c.name).collect::<FxHashSet<Text>>();
    let (fitted, given) = (names(learnt), names(asked));
    let list = |from: &[Column], without: &FxHashSet<Text>| {
        let names: Vec<&str> = from.iter().filter(|c| !without.contains(&c.name)).map(|c| c.name.as_str()).collect();
        names.join(", ")
    };
    let (missing, extra) = (list(learnt, &given), list(asked, &fitted));
    // Two lists that have nothing in common are not of one model.
    if fitted.is_disjoint(&given) {
        return None;
    }
    match (missing.is_empty(), extra.is_empty()) {
        (false, true) => Some(format!("lacks {missing}")),
        // A model that picks its columns by itself leaves more of them alone.
        (true, false) if training.picks => None,
        (true, false) if asking.x.selected => Some(format!("adds {extra}")),
        (false, false) if training.picks => Some(format!("lacks {missing}")),
        (false, false) => Some(format!("lacks {missing} and adds {extra}")),
        (true, false) => None,
        (true, true) if training.picks => None,
        (true, true) => {
            let order = |columns: &[Column]| columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>();
            let (one, two) = (order(learnt), order(asked));
            (one != two && asking.x.selected).then(|| format!("gives them in another order, {}", two.join(", ")))
        }
    }
}

/// Dummies that are made of the values in what is asked about, whatever values there were in training.
fn dummies(view: &View<'_>, training: &Chosen<'_>, asking: &Chosen<'_>) -> Option<String> {
    let (Some(_), Some(call)) = (training.x.encoded, asking.x.encoded) else { return None };
    // Both ways lead through one function, which may be told which values there are.
    let apart = training.x.encoded.is_some_and(|fitted| fitted.file != call.file);
    let name = view.types.called_name(call).unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default().to_owned();
    apart.then(|| format!("`{name}` makes columns only of the values that occur here"))
}

/// The columns that the training left out of all there are, and that the model is asked with.
fn dropped(training: &Chosen<'_>, asking: &Chosen<'_>) -> Option<String> {
    let Rest::Others(without) = &training.x.rest else { return None };
    let asked = &asking.x;
    let plain = training.open() && !training.x.vague && !training.picks && training.x.passed.is_empty();
    if !plain || asked.rest != Rest::Nothing || !asked.selected {
        return None;
    }
    let is_label = |name: &Text| training.y.columns.iter().any(|label| label.name == *name);
    let extra = asked.columns.iter().filter(|column| {
        without.contains(&column.name) && !is_label(&column.name) && training.x.column(column.name).is_none()
    });
    let extra: Vec<&str> = extra.map(|column| column.name.as_str()).collect();
    (!extra.is_empty()).then(|| format!("adds {}, which the training drops", extra.join(", ")))
}

/// What was fitted and applied to the inputs of the training, and to those of the prediction is not.
fn unprepared(view: &View<'_>, training: &Chosen<'_>, asking: &Chosen<'_>) -> Option<String> {
    // What is asked with must be seen whole.
    asking.named()?;
    let class = |call: Node| {
        let OpKind::Call(function, _) = view.program.op(call).kind else { return None };
        let OpKind::Attr(object, _) = view.program.op(Node { value: function, ..call }).kind else { return None };
        view.types.instances(Node { value: object, ..call }).next()
    };
    let of = |one: &Chosen<'_>| one.x.passed.iter().map(|seen| class(seen.node)).collect::<Vec<_>>();
    let (before, now) = (of(training), of(asking));
    // Something that is not known may be just that.
    if now.iter().any(Option::is_none) {
        return None;
    }
    let missing = before.into_iter().flatten().find(|class| !now.contains(&Some(*class)))?;
    let name = missing.rsplit('.').next().unwrap_or_default();
    now.is_empty().then(|| format!("skips the {name} that its training data went through"))
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
