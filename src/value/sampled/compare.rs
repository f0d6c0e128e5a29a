//! Are two columns computed alike? Both are worked out for many inputs.

use rustc_hash::FxHashSet;

use super::{Met, Point, Sampler, Value};
use crate::fact::Text;
use crate::program::Def;

/// Points that are tried.
const POINTS: u32 = 90;
/// Points at which it is looked what goes in.
const PROBES: u32 = 12;
/// Fewer points at which both are known say nothing.
const ENOUGH: usize = 6;
/// More inputs are not compared.
const INPUTS: usize = 8;
/// Rounds in which columns are replaced by what they are made of.
const ROUNDS: usize = 4;
/// Numbers so close are equal: a small number added so that nothing is divided by zero makes no other feature.
const CLOSE: f64 = 0.004;

/// Larger numbers come of divisors next to zero.
const HUGE: f64 = 1e8;

/// What is found.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// They are the same.
    Same,
    /// It cannot be told.
    Unclear,
    /// They differ.
    Differ {
        /// Inputs at which they do, and what both are there.
        example: String,
        /// The second is the same for all inputs.
        constant: bool,
    },
}

/// What goes into a column.
#[derive(Default)]
struct Inputs {
    met: Met,
    names: Vec<Text>,
    known: bool,
    /// It is a number where it is known.
    numeric: bool,
}

/// Compares a column of one body with the column of that name of another; `known` are the names that the first knows of,
/// `asked` those of the second.
pub fn compare(
    (first, owner): (&mut Sampler<'_, '_>, Def),
    (second, other): (&mut Sampler<'_, '_>, Def),
    column: Text,
    known: &FxHashSet<Text>,
    asked: &FxHashSet<Text>,
) -> Outcome {
    first.clear();
    second.clear();
    let mut one = probe(first, owner, column);
    second.closed = one.names.iter().copied().filter(|name| *name != column).collect();
    let mut two = probe(second, other, column);
    for _ in 0..ROUNDS {
        let missing: Vec<Text> = one.names.iter().copied().filter(|name| !two.names.contains(name)).collect();
        let surplus: Vec<Text> = two.names.iter().copied().filter(|name| !one.names.contains(name)).collect();
        let opened = open(first, owner, &missing) | open(second, other, &surplus);
        if !opened {
            break;
        }
        one = probe(first, owner, column);
        second.closed = one.names.iter().copied().filter(|name| *name != column).collect();
        two = probe(second, other, column);
    }
    if !one.known || !two.known || one.names.len() + two.names.len() > INPUTS * 2 {
        return Outcome::Unclear;
    }
    let made = |of: &Inputs| !of.names.is_empty() || !of.met.gathered.is_empty();
    if !made(&one) {
        return Outcome::Unclear;
    }
    let constant = !made(&two);
    if constant && !two.numeric {
        return Outcome::Unclear;
    }
    let shared = one.names.iter().any(|name| two.names.contains(name));
    let missing: Vec<Text> = one.names.iter().copied().filter(|name| !two.names.contains(name)).collect();
    let surplus: Vec<Text> = two.names.iter().copied().filter(|name| !one.names.contains(name)).collect();
    if !constant && !shared {
        return Outcome::Unclear;
    }
    // What was worked out of many rows may be kept, and be asked for by a name of its own.
    if !one.met.gathered.is_empty() && surplus.iter().any(|name| !known.contains(name)) {
        return Outcome::Unclear;
    }
    // Whether two numbers of many rows are of the same rows is not known.
    let both = !one.met.gathered.is_empty() && !two.met.gathered.is_empty();
    let mut found = Outcome::Unclear;
    for pairs in renamings(&missing, &surplus) {
        // Where the other name is known as well, this is no other name of it.
        let other_column = pairs.iter().any(|(from, to)| asked.contains(to) && known.contains(from));
        match tried((first, owner), (second, other), column, (&one, &two), &pairs) {
            Outcome::Same if !other_column => return Outcome::Same,
            Outcome::Same | Outcome::Unclear if !pairs.is_empty() => {}
            Outcome::Differ { .. } if both => {}
            Outcome::Differ { example, .. } => {
                if !matches!(found, Outcome::Differ { .. }) {
                    found = Outcome::Differ { example, constant };
                }
            }
            other => return other,
        }
    }
    found
}

/// Opens the columns of some names that a body makes itself.
fn open(sampler: &mut Sampler<'_, '_>, owner: Def, names: &[Text]) -> bool {
    let columns = sampler.columns;
    let Some(own) = columns.get(&owner) else { return false };
    let mut opened = false;
    for name in names {
        if own.contains_key(name) {
            opened |= sampler.open.insert(*name);
        }
    }
    opened
}

/// What goes into a column.
fn probe(sampler: &mut Sampler<'_, '_>, owner: Def, column: Text) -> Inputs {
    let mut inputs = Inputs::default();
    for number in 0..PROBES {
        // Limits and texts that were met lead into other arms.
        let point = point(number, &inputs.names.clone(), &inputs.met, &Met::default());
        sampler.point = point;
        let value = sampler.column(owner, column);
        let met = std::mem::take(&mut sampler.met);
        inputs.known |= !matches!(value, Value::Unknown);
        inputs.numeric |= sampler.number(&value).is_some();
        for name in met.inputs {
            if !inputs.names.contains(&name) {
                inputs.names.push(name);
            }
        }
        for key in met.gathered {
            if !inputs.met.gathered.contains(&key) {
                inputs.met.gathered.push(key);
            }
        }
        add(&mut inputs.met.numbers, &met.numbers);
        add(&mut inputs.met.marks, &met.marks);
        for text in met.texts {
            if !inputs.met.texts.contains(&text) {
                inputs.met.texts.push(text);
            }
        }
    }
    inputs
}

fn add(to: &mut Vec<f64>, from: &[f64]) {
    for number in from {
        if to.len() < 80 && !to.iter().any(|known| (known - number).abs() < 1e-12) {
            to.push(*number);
        }
    }
}

/// The ways in which names of the second may be other names of the first.
fn renamings(missing: &[Text], surplus: &[Text]) -> Vec<Vec<(Text, Text)>> {
    let mut all = vec![Vec::new()];
    if missing.len() != surplus.len() || missing.len() > 3 {
        return all;
    }
    let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..missing.len() {
        orders = orders
            .into_iter()
            .flat_map(|order| {
                let free = (0..missing.len()).filter(|n| !order.contains(n)).collect::<Vec<_>>();
                free.into_iter().map(move |n| order.iter().copied().chain([n]).collect())
            })
            .collect();
    }
    let named = orders.into_iter().filter(|order| !order.is_empty());
    all.splice(0..0, named.map(|order| order.iter().zip(surplus).map(|(n, to)| (missing[*n], *to)).collect()));
    all
}

/// Compares two columns at many points, at which the second names of some inputs are what the first ones are.
fn tried(
    (first, owner): (&mut Sampler<'_, '_>, Def),
    (second, other): (&mut Sampler<'_, '_>, Def),
    column: Text,
    (one, two): (&Inputs, &Inputs),
    pairs: &[(Text, Text)],
) -> Outcome {
    let mut names = one.names.clone();
    names.extend(two.names.iter().filter(|name| !one.names.contains(name)));
    let (mut compared, mut differing) = (0, 0);
    let mut found: Option<((usize, f64), String)> = None;
    for number in 0..POINTS {
        let mut point = point(number, &names, &one.met, &two.met);
        for (from, to) in pairs {
            if let Some(of) = point.numbers.get(from).copied() {
                point.numbers.insert(*to, of);
            }
            if let Some(of) = point.texts.get(from).copied() {
                point.texts.insert(*to, of);
            }
        }
        first.point = point.clone();
        second.point = point;
        let (left, right) = (first.column(owner, column), second.column(other, column));
        if first.met.edge || second.met.edge {
            continue;
        }
        let Some(equal) = equal(first, &left, second, &right) else { continue };
        compared += 1;
        if equal {
            continue;
        }
        differing += 1;
        // Whole numbers other than zero are the plainest example.
        let odd = first.point.numbers.values().filter(|n| n.fract() != 0.0 || **n == 0.0).count();
        let rank = (odd, -apart(first.number(&left), second.number(&right)));
        if found.as_ref().is_none_or(|(known, _)| rank < *known) {
            found = Some((rank, example((first, &left), (second, &right), (one, two), &names)));
        }
    }
    match found {
        _ if compared < ENOUGH => Outcome::Unclear,
        Some((_, example)) if differing > 1 => Outcome::Differ { example, constant: false },
        Some(_) => Outcome::Unclear,
        None => Outcome::Same,
    }
}

/// Inputs at which two columns differ, in words of numbers.
fn example(
    (first, left): (&Sampler<'_, '_>, &Value),
    (second, right): (&Sampler<'_, '_>, &Value),
    (one, two): (&Inputs, &Inputs),
    names: &[Text],
) -> String {
    let at = |name: &Text| {
        let number = first.point.numbers.get(name).copied().unwrap_or_default();
        let text = one.met.texts.iter().chain(&two.met.texts).any(|(of, _)| of == name);
        let spelled = if two.names.contains(name) { second.spelled(*name) } else { first.spelled(*name) };
        match first.point.texts.get(name).filter(|_| text) {
            Some(text) => format!("{spelled} = '{text}'"),
            None => format!("{spelled} = {}", short(number)),
        }
    };
    if !one.met.gathered.is_empty() || !two.met.gathered.is_empty() {
        return String::new();
    }
    let named: Vec<String> = names.iter().take(4).map(at).collect();
    format!(" (with {}: {} here, {} there)", named.join(", "), told(second, right), told(first, left))
}

/// How far two numbers lie apart, for their size.
fn apart(one: Option<f64>, two: Option<f64>) -> f64 {
    let (Some(one), Some(two)) = (one, two) else { return 0.0 };
    (one - two).abs() / one.abs().max(two.abs()).max(1.0)
}

/// Are two values equal? None if it cannot be told.
fn equal(first: &Sampler<'_, '_>, one: &Value, second: &Sampler<'_, '_>, two: &Value) -> Option<bool> {
    match (one, two) {
        (Value::Text(one), Value::Text(two)) => Some(one.eq_ignore_ascii_case(two)),
        (Value::Input(one), Value::Input(two)) if one == two => Some(true),
        _ => {
            let (one, two) = (first.number(one)?, second.number(two)?);
            let large = one.abs().max(two.abs());
            // What is divided by next to nothing does not count.
            (one.is_finite() && two.is_finite() && large < HUGE)
                .then(|| (one - two).abs() <= 1e-9_f64.max(large * CLOSE))
        }
    }
}

fn told(sampler: &Sampler<'_, '_>, value: &Value) -> String {
    match value {
        Value::Text(text) => format!("'{text}'"),
        other => sampler.number(other).map_or_else(|| "?".to_owned(), short),
    }
}

/// A number as people write it.
fn short(number: f64) -> String {
    let rounded = if number.abs() < 1.0 { (number * 1e4).round() / 1e4 } else { (number * 100.0).round() / 100.0 };
    rounded.to_string()
}

/// Inputs around the numbers that are compared, all different.
fn point(number: u32, names: &[Text], one: &Met, two: &Met) -> Point {
    let mut point = Point { number, ..Point::default() };
    let mut marks: Vec<f64> = one.marks.iter().chain(&two.marks).copied().collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    // One number may be an exception, as zero is for a divisor; several are a list.
    let whole = marks.len() > 1 && marks.iter().all(|mark| mark.fract() == 0.0);
    let top = one.marks.iter().chain(&two.marks).copied().fold(0.0, f64::max);
    let mut pool: Vec<f64> = vec![1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 50.0, 100.0, 0.0];
    for limit in one.numbers.iter().chain(&two.numbers).chain(&one.marks).chain(&two.marks) {
        pool.extend([limit - 1.0, *limit, limit + 1.0, limit * 1.3]);
        if limit.fract() != 0.0 || limit.abs() <= 1.0 {
            pool.extend([limit * 0.5, limit * 1.5]);
        }
    }
    if whole {
        pool.iter_mut().for_each(|value| *value = value.round());
        // What lies above all that are told one by one may not occur.
        pool.retain(|value| *value <= top);
    }
    pool.retain(|value| *value >= 0.0 && *value < 1e9);
    pool.sort_by(f64::total_cmp);
    pool.dedup();
    if pool.is_empty() {
        pool.push(1.0);
    }
    for (place, name) in (0_u32..).zip(names) {
        let spread = number.wrapping_mul(2_654_435_761).wrapping_add(place.wrapping_mul(40_503)) >> 7;
        let index = (number.wrapping_mul(place + 1)).wrapping_add(spread) as usize % pool.len();
        point.numbers.insert(*name, pool[index]);
        let texts: Vec<Text> =
            one.texts.iter().chain(&two.texts).filter(|(of, _)| of == name).map(|(_, text)| *text).collect();
        if let Some(text) = texts.get(spread as usize % (texts.len().max(1))) {
            point.texts.insert(*name, *text);
        }
    }
    point
}
