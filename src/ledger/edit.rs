//! Edits of the ledger file that leave what people wrote in it as it is.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::book::Entry;
use crate::mistake::Mistake;

/// What a new ledger opens with.
const HEAD: &str = "\
# The technical debt that this repository has taken on. `mldebt check` fails for every debt that is not here, and for
# one that is here but overdue, grown, or without owner, reason and due date (or trigger). See `mldebt ledger --help`.
version = 1
";

/// The ledger's text with the entries added; an entry that is there already is replaced where it stands.
///
/// # Errors
/// If the text is no ledger.
pub fn accept(shown: &str, text: &str, entries: &[Entry]) -> Result<String, Mistake> {
    let mut document = document(shown, if text.is_empty() { HEAD } else { text })?;
    let debts = debts(&mut document).ok_or_else(|| Mistake::new(shown, text, 0..0, "`debt` is no list of tables"))?;
    for entry in entries {
        let known = debts.iter().position(|table| is(table, &entry.fingerprint));
        if known.is_none() {
            debts.push(Table::new());
        }
        if let Some(table) = debts.get_mut(known.unwrap_or(debts.len() - 1)) {
            fill(table, entry);
        }
    }
    Ok(document.to_string())
}

/// The ledger's text without the entries of these fingerprints.
///
/// # Errors
/// If the text is no ledger.
pub fn strike(shown: &str, text: &str, fingerprints: &[String]) -> Result<String, Mistake> {
    let mut document = document(shown, text)?;
    if let Some(debts) = debts(&mut document) {
        debts.retain(|table| !fingerprints.iter().any(|fingerprint| is(table, fingerprint)));
    }
    Ok(document.to_string())
}

fn document(shown: &str, text: &str) -> Result<DocumentMut, Mistake> {
    text.parse()
        .map_err(|e: toml_edit::TomlError| Mistake::new(shown, text, e.span().unwrap_or(0..0), e.message().to_owned()))
}

fn debts(document: &mut DocumentMut) -> Option<&mut ArrayOfTables> {
    document.entry("debt").or_insert(Item::ArrayOfTables(ArrayOfTables::new())).as_array_of_tables_mut()
}

fn is(table: &Table, fingerprint: &str) -> bool {
    table.get("fingerprint").and_then(Item::as_str) == Some(fingerprint)
}

/// Sets what the entry says and leaves the rest, comments included.
fn fill(table: &mut Table, entry: &Entry) {
    set(table, "fingerprint", value(&entry.fingerprint));
    set(table, "rule", value(&entry.rule));
    set(table, "path", value(&entry.path));
    set(table, "message", value(&entry.message));
    if let Some(places) = entry.places {
        set(table, "places", value(i64::try_from(places).unwrap_or(i64::MAX)));
    }
    if let Some(date) = entry.accepted.and_then(|date| date.to_string().parse::<toml_edit::Datetime>().ok()) {
        set(table, "accepted", value(date));
    }
    set(table, "owner", value(&entry.owner));
    set(table, "reason", value(&entry.reason));
    match entry.due.and_then(|date| date.to_string().parse::<toml_edit::Datetime>().ok()) {
        Some(date) => set(table, "due", value(date)),
        None => drop(table.remove("due")),
    }
    match &entry.trigger {
        Some(trigger) => set(table, "trigger", value(trigger)),
        None => drop(table.remove("trigger")),
    }
}

/// Replaces a value and keeps the comment behind it.
fn set(table: &mut Table, key: &str, new: Item) {
    let decor = table.get(key).and_then(Item::as_value).map(|old| old.decor().clone());
    table.insert(key, new);
    if let (Some(decor), Some(value)) = (decor, table.get_mut(key).and_then(Item::as_value_mut)) {
        *value.decor_mut() = decor;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::book::parse;
    use super::super::date::Date;
    use super::*;

    fn entry(fingerprint: &str) -> Entry {
        Entry {
            fingerprint: fingerprint.to_owned(),
            rule: "glue/x".to_owned(),
            path: "a \"b\".py".to_owned(),
            message: "m\n[[debt]]".to_owned(),
            places: Some(2),
            accepted: Date::parse("2026-01-01").ok(),
            owner: "@team".to_owned(),
            reason: "launch".to_owned(),
            due: Date::parse("2026-09-01").ok(),
            trigger: None,
        }
    }

    #[test]
    fn what_is_accepted_is_read_again_and_comments_stay() {
        let text = accept("l", "", &[entry("a"), entry("b")]).unwrap();
        assert_eq!(parse("l", &text).unwrap(), [entry("a"), entry("b")]);
        let noted =
            text.replacen("[[debt]]", "# ask Kim first\n[[debt]]", 1).replacen("\"launch\"", "\"launch\" # really", 1);
        let more =
            Entry { reason: "later".to_owned(), due: None, trigger: Some("the next model".to_owned()), ..entry("a") };
        let text = accept("l", &noted, &[more.clone(), entry("c")]).unwrap();
        assert!(text.contains("# ask Kim first\n[[debt]]") && text.contains("\"later\" # really"), "{text}");
        assert_eq!(parse("l", &text).unwrap(), [more, entry("b"), entry("c")]);
        let text = strike("l", &text, &["b".to_owned()]).unwrap();
        assert_eq!(parse("l", &text).unwrap().len(), 2);
        assert!(text.contains("# ask Kim first"));
    }
}
