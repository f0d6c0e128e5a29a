//! Flows and steps that commands ask for by name.

use crate::source::At;
use crate::system::View;
use crate::system::wired::Asking;

/// What the words of a command ask for; what is not told word by word may be anything.
pub fn of(view: &View<'_>, at: At, words: &[String]) -> Vec<Asking> {
    let Some((tool, named)) = view.lexicon.tool(words) else { return Vec::new() };
    let Some(names) = &tool.names else { return Vec::new() };
    let asking = |name: &str, flow: bool| Asking { at, tool: names.of, flow, name: name.to_owned(), within: None };
    let is_name = |name: &str| {
        !name.is_empty() && !name.contains(['{', '$', '`', '*', '<', '(', '"', '%']) && !name.starts_with('-')
    };
    let mut found = Vec::new();
    let mut plain: Vec<&str> = Vec::new();
    let mut rest = words.get(named..).unwrap_or_default().iter().map(String::as_str);
    while let Some(word) = rest.next() {
        let (flag, value) = word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
        let is = |flags: &[String]| flags.iter().any(|of| of == flag);
        let (flows, steps) = (is(&names.flows), is(&names.steps));
        if flows || steps {
            let value = value.or_else(|| rest.next()).unwrap_or_default();
            found.extend(value.split(',').map(str::trim).filter(|name| is_name(name)).map(|name| asking(name, flows)));
        } else if is(&tool.valued) && value.is_none() {
            rest.next();
        } else if !word.starts_with('-') {
            plain.push(word);
        }
    }
    if names.first_flow {
        found.extend(plain.first().filter(|name| is_name(name)).map(|name| asking(name, true)));
    }
    if names.plain_steps {
        found.extend(plain.iter().filter(|name| is_name(name)).map(|name| asking(name, false)));
    }
    found
}
