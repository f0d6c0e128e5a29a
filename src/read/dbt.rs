//! dbt's schema files: sources, models, seeds and snapshots, the tests of their rows, and who uses them.

use super::items::Item;
use super::sql::referred;
use crate::fact::{Declaration, DeclaredConsumer, DeclaredTable, DeclaredTest, Setting, Text, Word};

/// What a file declares that looks like a schema file; whether it lies in a project is for others to say.
pub fn declarations(settings: &[Setting]) -> Vec<Declaration> {
    let root = Item::root(settings);
    let mut found = Vec::new();
    for key in ["models", "seeds", "snapshots"] {
        root.list(key).for_each(|item| model(item, &mut found));
    }
    root.list("sources").for_each(|item| source(item, &mut found));
    found.extend(root.list("exposures").filter_map(exposure));
    found
}

/// A key of an item, or of its `config:`.
fn configured(item: Item<'_>, key: &str) -> Text {
    let own = item.text(key).or_else(|| item.get("config")?.text(key));
    own.map(|word| word.text).unwrap_or_default()
}

fn model(item: Item<'_>, found: &mut Vec<Declaration>) {
    let Some(table) = item.text("name") else { return };
    let access = configured(item, "access");
    found.push(Declaration::Table(DeclaredTable { table, access, ..DeclaredTable::default() }));
    tests(item, table.text, found);
}

fn source(item: Item<'_>, found: &mut Vec<Declaration>) {
    let Some(source) = item.text("name") else { return };
    // The adapters that read files say in the source, or in the table itself, where these lie.
    let external = |of: Item<'_>| {
        let meta = of.get("meta").or_else(|| of.get("config")?.get("meta"))?;
        meta.text("external_location").map(|word| word.text)
    };
    for of in item.list("tables") {
        let Some(name) = of.text("name") else { continue };
        let table = Text::from(&format!("{}.{}", source.text, name.text).to_lowercase());
        let place = external(of).or_else(|| external(item)).map(|place| filled(&place, &source.text, &name.text));
        found.push(Declaration::Table(DeclaredTable {
            table: Word { text: table, span: name.span },
            foreign: true,
            access: Text::default(),
            place: place.unwrap_or_default(),
            kept_as: kept_as(item, of, source.text, name.text),
        }));
        tests(of, table, found);
    }
}

/// The name of a source's table in the database, where the source says another schema or the table another name.
fn kept_as(source: Item<'_>, table: Item<'_>, schema: Text, name: Text) -> Text {
    let said = |item: Item<'_>, key: &str| item.text(key).map(|word| word.text);
    let (own, other) = (said(source, "schema"), said(table, "identifier"));
    let plain = |text: &Text| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if (own.is_none() && other.is_none()) || ![own, other].iter().flatten().all(plain) {
        return Text::default();
    }
    Text::from(&format!("{}.{}", own.unwrap_or(schema), other.unwrap_or(name)).to_lowercase())
}

/// A place with the names of source and table filled in.
fn filled(place: &str, source: &str, table: &str) -> Text {
    let filled = place.replace("{name}", table).replace("{identifier}", table).replace("{schema}", source);
    Text::from(&filled)
}

/// The tests of a table and of its columns, under their old and their new key.
fn tests(item: Item<'_>, table: Text, found: &mut Vec<Declaration>) {
    let mut of = |item: Item<'_>, column: Text| {
        for test in ["tests", "data_tests"].iter().flat_map(|key| item.list(key)) {
            // `unique`, or `accepted_values: {...}`
            let named = test.entries().next().and_then(|(key, arguments)| Some((key, arguments.own?.span)));
            let name = test.word().or(named.map(|(text, span)| Word { text, span }));
            found.extend(name.map(|name| Declaration::Test(DeclaredTest { name, table, column })));
        }
    };
    of(item, Text::default());
    for column in item.list("columns") {
        of(column, column.text("name").map(|word| word.text).unwrap_or_default());
    }
}

fn exposure(item: Item<'_>) -> Option<Declaration> {
    let owner = item.get("owner").and_then(|owner| owner.text("name").or_else(|| owner.text("email")));
    let uses = item.list("depends_on").filter_map(Item::word).filter_map(|word| {
        let bare = word.text.trim().trim_start_matches("{{").trim_end_matches("}}").trim();
        Some(Word { text: Text::from(&referred(bare)?.to_lowercase()), span: word.span })
    });
    Some(Declaration::Consumer(DeclaredConsumer {
        name: item.text("name")?,
        what: item.text("type").map(|word| word.text).unwrap_or_default(),
        owner: owner.map(|word| word.text).unwrap_or_default(),
        uses: uses.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::settings::yaml;
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |d: &Declaration| match d {
            Declaration::Table(t) => format!("{} {} {} {}", t.table.text, t.foreign, t.access, t.place),
            Declaration::Test(t) => format!("{} of {}.{}", t.name.text, t.table, t.column),
            Declaration::Consumer(c) => {
                let uses: Vec<&str> = c.uses.iter().map(|w| w.text.as_str()).collect();
                format!("{} {} {} <- {}", c.what, c.name.text, c.owner, uses.join(","))
            }
            _ => String::new(),
        };
        declarations(&yaml(text).settings).iter().map(show).collect()
    }

    #[test]
    fn models_and_their_tests() {
        let text = "models:\n  - name: a\n    access: private\n    tests: [x.rows: {min: 1}]\n    columns:\n      - name: id\n        data_tests: [unique, not_null]\n      - {}\n  - name: b\n    config: {access: public}\n";
        let expected = ["a false private ", "x.rows of a.", "unique of a.id", "not_null of a.id", "b false public "];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn sources_may_lie_in_files() {
        let text = "sources:\n  - name: Raw\n    meta: {external_location: '../{name}.parquet'}\n    tables: [{name: t}, {name: u, meta: {external_location: u.csv}}]\n";
        assert_eq!(shown(text), ["raw.t true  ../t.parquet", "raw.u true  u.csv"]);
    }

    #[test]
    fn exposures_name_who_uses_what() {
        let text = "exposures:\n  - name: weekly\n    type: dashboard\n    owner: {email: a@b}\n    depends_on: [ref('a'), \"source('R', 't')\", metric('m'), 3]\n";
        assert_eq!(shown(text), ["dashboard weekly a@b <- a,r.t"]);
    }

    #[test]
    fn other_files_declare_nothing() {
        let texts = ["models: 3\nsources: {a: b}\n", "models: {a: [b]}\n", "exposures:\n  - x\n", ""];
        assert!(texts.iter().all(|text| shown(text).is_empty()));
    }
}
