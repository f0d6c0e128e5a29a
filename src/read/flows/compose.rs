//! Composed containers: each service runs a command, some only when others have ended well.

use super::script::{exec, line, variables};
use crate::fact::{Command, Step, Text};
use crate::read::items::Item;
use crate::read::shell::Variables;
use crate::source::Span;

/// How a service says that it waits for the end of another.
const ENDED: &str = "service_completed_successfully";

/// The services of a file, as steps that run their commands.
pub(super) fn services(text: &str, root: Item<'_>) -> Vec<Step> {
    let services = root.get("services").into_iter().flat_map(Item::entries);
    let step = |(name, service): (Text, Item<'_>)| Step {
        name,
        tool: Text::from("compose"),
        span: service.own.map(|own| own.span).unwrap_or_default(),
        commands: commands(text, service),
        after: ended(service),
        ..Step::default()
    };
    services.map(step).collect()
}

/// The services for whose end a service waits; that others are only up says nothing of what they have made.
fn ended(service: Item<'_>) -> Vec<Text> {
    let others = service.get("depends_on").into_iter().flat_map(Item::entries);
    let ended = |of: &Item<'_>| of.text("condition").is_some_and(|condition| condition.text == ENDED);
    others.filter(|(_, of)| ended(of)).map(|(name, _)| name).collect()
}

/// What a service runs: the words of its entrypoint and of its command are one line.
fn commands(text: &str, service: Item<'_>) -> Vec<Command> {
    let known = variables(service.get("environment"), &Variables::default(), &|_| None);
    let parts: Vec<Item<'_>> = ["entrypoint", "command"].iter().filter_map(|key| service.get(key)).collect();
    let words: Vec<_> = parts.iter().flat_map(|part| part.entries()).filter_map(|(_, word)| word.word()).collect();
    let listed = parts.iter().all(|part| part.word().is_none());
    match (words.first(), words.last()) {
        (Some(first), Some(last)) if listed => {
            let span = Span { start: first.span.start, end: last.span.end };
            exec(words.iter().map(|word| word.text).collect(), span, &known)
        }
        _ => parts.into_iter().flat_map(|part| line(text, part)).collect(),
    }
}
