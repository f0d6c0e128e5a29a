//! The models of a system, what they learn from and where their predictions go, as a drawing in SVG; loops are red.

use std::fmt::Write;

use rust_sugiyama::configure::Config;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::report::clean;
use crate::report::escape::markup;
use crate::system::graph::{Edge, NodeId, System};
use crate::system::lineage::{self, Loops};
use crate::vocabulary::{EdgeKind, NodeKind};

/// More boxes than this cannot be read; those with the fewest lines are left out.
const BOXES: usize = 60;
/// A box: its width and height, and the room around it.
const BOX: (f64, f64) = (196.0, 26.0);
const ROOM: f64 = 22.0;
/// Letters that fit into a box.
const LETTERS: usize = 27;

/// A drawing.
pub struct Drawing {
    /// The SVG.
    pub svg: String,
    /// Boxes that are left out.
    pub left_out: usize,
}

/// Draws the models of a system; nothing, if there are none.
pub fn draw(system: &System) -> Option<Drawing> {
    let loops = lineage::loops(system);
    let mut all = lineage::models(system);
    all.extend(steps(system, &all));
    let lines: Vec<Line> = lines(system, &all, &loops);
    let shown = chosen(&lines);
    let left_out = all.len().saturating_sub(shown.len());
    let lines: Vec<Line> = lines.into_iter().filter(|l| shown.contains(&l.from) && shown.contains(&l.to)).collect();
    (!lines.is_empty()).then(|| Drawing { svg: svg(system, &lines), left_out })
}

/// A line along which values go.
struct Line {
    from: NodeId,
    to: NodeId,
    looped: bool,
}

/// The steps that read or write what is shown.
fn steps(system: &System, shown: &FxHashSet<NodeId>) -> Vec<NodeId> {
    let near = system.edges().filter(|e| {
        matches!(e.kind, EdgeKind::Reads | EdgeKind::Writes)
            && shown.contains(&e.to)
            && system.node(e.from).kind == NodeKind::Step
    });
    near.map(|e| e.from).collect()
}

/// The lines between what is shown, each once.
fn lines(system: &System, shown: &FxHashSet<NodeId>, loops: &Loops) -> Vec<Line> {
    let mut known: FxHashSet<(NodeId, NodeId)> = FxHashSet::default();
    let ends = |edge: &Edge| match edge.kind {
        EdgeKind::Reads | EdgeKind::Derives => Some((edge.to, edge.from)),
        EdgeKind::Writes | EdgeKind::Feeds | EdgeKind::Trains | EdgeKind::Predicts => Some((edge.from, edge.to)),
        _ => None,
    };
    let mut lines = Vec::new();
    for edge in system.edges().filter(|e| shown.contains(&e.from) && shown.contains(&e.to) && e.from != e.to) {
        if let Some((from, to)) = ends(edge).filter(|ends| known.insert(*ends)) {
            lines.push(Line { from, to, looped: loops.hold(edge) });
        }
    }
    lines
}

/// What is drawn: all that lies in loops, and of the rest what has the most lines.
fn chosen(lines: &[Line]) -> FxHashSet<NodeId> {
    let mut weights: FxHashMap<NodeId, (bool, usize)> = FxHashMap::default();
    for line in lines {
        for end in [line.from, line.to] {
            let weight = weights.entry(end).or_default();
            *weight = (weight.0 || line.looped, weight.1 + 1);
        }
    }
    let mut ids: Vec<NodeId> = weights.keys().copied().collect();
    ids.sort_unstable_by_key(|id| (std::cmp::Reverse(weights[id]), *id));
    ids.into_iter().take(BOXES).collect()
}

fn svg(system: &System, lines: &[Line]) -> String {
    let (places, width, height) = layout(lines);
    let mut out = format!(
        "<svg role=\"img\" aria-label=\"The models, what they learn from and where their predictions go\" \
         width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n"
    );
    for line in lines {
        let (Some(from), Some(to)) = (places.get(&line.from), places.get(&line.to)) else { continue };
        let (x, y, u, v) = (from.0 + BOX.0 / 2.0, from.1, to.0 - BOX.0 / 2.0, to.1);
        let bend = ((u - x).abs() / 2.0).max(ROOM);
        let class = if line.looped { "loop" } else { "line" };
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"M{x:.0} {y:.0}C{:.0} {y:.0} {:.0} {v:.0} {u:.0} {v:.0}\" marker-end=\"url(#tip)\"/>",
            x + bend,
            u - bend
        );
    }
    let mut ids: Vec<NodeId> = places.keys().copied().collect();
    ids.sort_unstable();
    for id in ids {
        let (node, (x, y)) = (system.node(id), places[&id]);
        let name = clean(&node.name);
        let _ = writeln!(
            out,
            "<g class=\"{kind}\"><title>{kind} {}</title><rect x=\"{:.0}\" y=\"{:.0}\" width=\"{}\" height=\"{}\" rx=\"5\"/>\
             <text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text></g>",
            markup(&name),
            x - BOX.0 / 2.0,
            y - BOX.1 / 2.0,
            BOX.0,
            BOX.1,
            y + 4.0,
            markup(&short(&name)),
            kind = node.kind.word(),
        );
    }
    out + "</svg>"
}

/// The middles of all boxes, and the width and height of all; values go from left to right.
fn layout(lines: &[Line]) -> (FxHashMap<NodeId, (f64, f64)>, f64, f64) {
    let mut ids: Vec<NodeId> = lines.iter().flat_map(|line| [line.from, line.to]).collect();
    ids.sort_unstable();
    ids.dedup();
    let number = |id: NodeId| ids.binary_search(&id).ok().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    // The layout goes from top to bottom, so boxes are laid out on their sides.
    let boxes: Vec<(u32, (f64, f64))> = ids.iter().map(|id| (number(*id), (BOX.1, BOX.0))).collect();
    let edges: Vec<(u32, u32)> = lines.iter().map(|line| (number(line.from), number(line.to))).collect();
    let config = Config { vertex_spacing: ROOM, ..Config::default() };
    let mut places = FxHashMap::default();
    let (mut width, mut below) = (0.0_f64, ROOM);
    for (part, ..) in rust_sugiyama::from_vertices_and_edges(&boxes, &edges, &config) {
        let low = |of: fn(&(f64, f64)) -> f64| part.iter().map(|(_, at)| of(at)).fold(f64::INFINITY, f64::min);
        let (left, top) = (low(|at| at.1), low(|at| at.0));
        let mut bottom = below;
        for (box_number, at) in &part {
            let (x, y) = (at.1 - left + BOX.0 / 2.0 + ROOM, at.0 - top + BOX.1 / 2.0 + below);
            places.insert(ids[*box_number], (x, y));
            width = width.max(x + BOX.0 / 2.0 + ROOM);
            bottom = bottom.max(y + BOX.1 / 2.0);
        }
        below = bottom + ROOM;
    }
    (places, width, below)
}

/// The end of a name, which says the most of a path.
fn short(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    match letters.len() > LETTERS {
        true => std::iter::once('…').chain(letters[letters.len() - LETTERS + 1..].iter().copied()).collect(),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Text;
    use crate::source::At;
    use crate::vocabulary::Certainty;

    /// A table teaches a model, whose prediction feeds the table again.
    fn circle() -> System {
        let mut system = System::default();
        let mut add = |kind, name: &str| system.add(kind, Text::from(name), At::default(), Text::from(name));
        let table = add(NodeKind::Dataset, "data/<b>table</b>.csv");
        let training = add(NodeKind::Training, "Ridge.fit");
        let model = add(NodeKind::Model, "models/a_name_that_is_far_too_long_for_its_box.pkl");
        let prediction = add(NodeKind::Prediction, "Ridge.predict");
        for (kind, from, to) in [
            (EdgeKind::Feeds, table, training),
            (EdgeKind::Trains, training, model),
            (EdgeKind::Predicts, model, prediction),
            (EdgeKind::Feeds, prediction, table),
        ] {
            system.join(kind, from, to, At::default(), Certainty::Seen);
        }
        system
    }

    #[test]
    fn loops_are_red_and_names_stay_text() {
        let drawing = draw(&circle()).map(|d| d.svg).unwrap_or_default();
        assert_eq!(drawing.matches("class=\"loop\"").count(), 4);
        assert!(drawing.contains("data/&lt;b&gt;table&lt;/b&gt;.csv") && !drawing.contains("<b>"));
        assert!(drawing.contains(">…r_too_long_for_its_box.pkl</text>"));
        assert!(draw(&System::default()).is_none());
    }

    #[test]
    fn boxes_do_not_lie_on_each_other() {
        let system = circle();
        let lines = lines(&system, &lineage::models(&system), &lineage::loops(&system));
        let places: Vec<(f64, f64)> = layout(&lines).0.into_values().collect();
        assert_eq!(places.len(), 4);
        for (number, one) in places.iter().enumerate() {
            for other in &places[number + 1..] {
                assert!((one.0 - other.0).abs() >= BOX.0 || (one.1 - other.1).abs() >= BOX.1, "{places:?}");
            }
        }
    }
}
