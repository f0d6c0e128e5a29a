//! When the clock starts a flow: at some minutes of the week, or again and again after a while.

use super::Flow;
use crate::fact::{OpKind, Role};
use crate::program::Node;
use crate::system::View;
use crate::system::graph::{System, Value};

/// Minutes of a day, and of a week.
pub(super) const DAY: i64 = 24 * 60;
pub(super) const WEEK: i64 = 7 * DAY;

/// More runs in a week than that are told by how often they come.
const FEW: usize = 7 * 24;

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const SHOWN: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The times at which a flow runs.
pub(super) enum Times {
    /// At these minutes of every week, in order.
    Weekly(Vec<i64>),
    /// At these minutes of some days of the month.
    Dated(Vec<i64>),
    /// So many minutes after the last time.
    Every(i64),
}

impl Times {
    /// The times of a flow, if they are known.
    pub(super) fn of(view: &View<'_>, system: &System, flow: &Flow<'_>) -> Option<Self> {
        if let Some(clock) = flow.clock
            && let Some(every) = minutes(view, clock)
        {
            return (every > 0).then_some(Self::Every(every));
        }
        match system.get(flow.id, "schedule") {
            Some(Value::Text(text)) => Self::cron(&text),
            _ => None,
        }
    }

    fn cron(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
        let (minutes, hours) = (field(minute, 0, 59, &[])?, field(hour, 0, 23, &[])?);
        let mut daily: Vec<i64> = hours.iter().flat_map(|hour| minutes.iter().map(move |m| hour * 60 + m)).collect();
        daily.sort_unstable();
        if *day != "*" || *month != "*" {
            return Some(Self::Dated(daily));
        }
        let mut days: Vec<i64> = field(weekday, 0, 7, &DAYS)?.into_iter().map(|day| day % 7).collect();
        days.sort_unstable();
        days.dedup();
        Some(Self::Weekly(days.iter().flat_map(|day| daily.iter().map(move |m| day * DAY + m)).collect()))
    }

    /// Of the runs that a flow of these times waits for, `delta` minutes before its own: one that the other never has.
    pub(super) fn missed(&self, delta: i64, other: &Self) -> Option<Missed> {
        let by_day = |times: &[i64]| times.iter().map(|t| t.rem_euclid(DAY)).collect::<Vec<_>>();
        match (self, other) {
            (Self::Weekly(own), Self::Weekly(others)) => {
                let wanted: Vec<i64> = own.iter().map(|t| (t - delta).rem_euclid(WEEK)).collect();
                let lost: Vec<i64> = wanted.iter().copied().filter(|t| !others.contains(t)).collect();
                // Days on which nothing is there to wait for may be meant to be left out.
                (lost.len() * 2 > wanted.len()).then_some(Missed::At(lost))
            }
            (Self::Weekly(own) | Self::Dated(own), Self::Weekly(others) | Self::Dated(others)) => {
                let (own, others) = (by_day(own), by_day(others));
                let lost: Vec<i64> =
                    own.iter().map(|t| (t - delta).rem_euclid(DAY)).filter(|t| !others.contains(t)).collect();
                (!lost.is_empty() && lost.len() == own.len()).then_some(Missed::At(lost))
            }
            // Both begin anew from their last run: they meet again and again only if the one's step is a multiple of the other's.
            (Self::Every(own), Self::Every(other)) => (own % other != 0 || delta % other != 0).then_some(Missed::Often),
            // What comes at another hour each time meets no hour of the day but by chance.
            (Self::Every(own), Self::Weekly(others) | Self::Dated(others)) => {
                (own % DAY != 0 && wanders(*own, others)).then_some(Missed::Often)
            }
            (Self::Weekly(own) | Self::Dated(own), Self::Every(other)) => {
                (DAY % other != 0 && other % DAY != 0 && wanders(*other, own)).then_some(Missed::Often)
            }
        }
    }

    /// In words, after "runs".
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Every(every) => format!("every {}", span(*every)),
            Self::Dated(times) => format!("at {}", clocks(times, false)),
            Self::Weekly(times) if times.len() > FEW => "many times a day".to_owned(),
            Self::Weekly(times) => format!("at {}", clocks(times, true)),
        }
    }
}

/// Which runs are missed.
pub(super) enum Missed {
    /// Those of these minutes of the day or week.
    At(Vec<i64>),
    /// All but few.
    Often,
}

impl Missed {
    /// In words, after "waits for a run of the flow".
    pub(super) fn shown(&self, own: &Times) -> String {
        match self {
            Self::At(times) => format!("at {}", clocks(times, matches!(own, Times::Weekly(_)))),
            Self::Often => own.shown(),
        }
    }
}

/// Does what comes again after a while come at more hours than these?
fn wanders(every: i64, times: &[i64]) -> bool {
    let mut hours: Vec<i64> = times.iter().map(|t| t.rem_euclid(DAY)).collect();
    hours.sort_unstable();
    hours.dedup();
    hours.len() <= 4 && every > 60
}

/// Times of the clock; those of all days without the day.
fn clocks(times: &[i64], weekly: bool) -> String {
    let clock = |t: i64| format!("{}:{:02}", t.rem_euclid(DAY) / 60, t % 60);
    let mut hours: Vec<i64> = times.iter().map(|t| t.rem_euclid(DAY)).collect();
    hours.sort_unstable();
    hours.dedup();
    let more = if hours.len() > 1 { format!(" and {} more", hours.len() - 1) } else { String::new() };
    let first = format!("{}{more}", clock(hours.first().copied().unwrap_or_default()));
    let mut days: Vec<i64> = times.iter().map(|t| t.div_euclid(DAY)).collect();
    days.sort_unstable();
    days.dedup();
    match days.as_slice() {
        [day] if weekly => format!("{first} on {}", SHOWN[usize::try_from(*day).unwrap_or_default() % 7]),
        days if weekly && days.len() < 7 => format!("{first} on {} days of the week", days.len()),
        _ => first,
    }
}

/// A while in words.
fn span(minutes: i64) -> String {
    let units = [("day", minutes / DAY), ("hour", minutes % DAY / 60), ("minute", minutes % 60)];
    let parts = units.iter().filter(|(_, n)| *n > 0);
    let parts: Vec<String> =
        parts.map(|(unit, n)| if *n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") }).collect();
    parts.join(" and ")
}

/// The numbers of a field of a cron line: `*/15`, `1-5`, `0,30`, `mon`.
fn field(text: &str, least: i64, most: i64, names: &[&str]) -> Option<Vec<i64>> {
    let number = |text: &str| -> Option<i64> {
        let name = text.to_ascii_lowercase();
        let named = names.iter().position(|n| name.starts_with(n)).and_then(|n| i64::try_from(n).ok());
        named.or_else(|| text.parse().ok()).filter(|n| (least..=most).contains(n))
    };
    let mut found = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<i64>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let most = if names.is_empty() { most } else { 6 };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(range)?, if part.contains('/') { most } else { number(range)? }),
        };
        found.extend((from..=to).step_by(usize::try_from(step).ok()?));
    }
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// `timedelta(hours=2, minutes=30)` in minutes.
pub(super) fn minutes(view: &View<'_>, node: Node) -> Option<i64> {
    let OpKind::Call(_, operands) = view.program.op(node).kind else { return None };
    let mut total = 0;
    for operand in view.program.operands(node.file, operands) {
        let value = Node { value: operand.value, ..node };
        let OpKind::Int(number) = view.program.op(value).kind else { return None };
        let unit = match operand.role {
            Role::Named(name) => match name.as_str() {
                "weeks" => WEEK,
                "days" => DAY,
                "hours" => 60,
                "minutes" => 1,
                "seconds" if number % 60 == 0 => {
                    total += number / 60;
                    continue;
                }
                _ => return None,
            },
            Role::Plain => DAY,
            _ => return None,
        };
        total += number * unit;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn missed(own: &str, delta: i64, other: &str) -> Option<String> {
        let (own, other) = (Times::cron(own).unwrap(), Times::cron(other).unwrap());
        own.missed(delta, &other).map(|missed| format!("{}; {}", missed.shown(&own), other.shown()))
    }

    #[test]
    fn times_meet_or_do_not() {
        assert_eq!(missed("30 4 * * *", 0, "0 2 * * *").unwrap(), "at 4:30; at 2:00");
        assert_eq!(missed("30 4 * * *", 150, "0 2 * * *"), None);
        assert_eq!(missed("@weekly", 0, "@daily"), None);
        assert_eq!(missed("@daily", 0, "@weekly").unwrap(), "at 0:00 on 6 days of the week; at 0:00 on Sunday");
        assert_eq!(missed("0 2 * * *", 0, "0 2 * * 1-5"), None);
        assert_eq!(missed("0 6 * * MON", 0, "0 * * * *"), None);
        assert_eq!(missed("0 6 1 * *", 0, "0 6 * * *"), None);
        assert_eq!(missed("0 6 1 * *", 0, "*/15 7 * * *").unwrap(), "at 6:00; at 7:00 and 3 more");
        assert!(Times::Every(7 * DAY + 720).missed(0, &Times::Every(7 * DAY + 120)).is_some());
        assert!(Times::Every(7 * DAY).missed(0, &Times::Every(DAY)).is_none());
        assert!(Times::cron("0 24 * * *").is_none() && Times::cron("@once").is_none());
    }
}
