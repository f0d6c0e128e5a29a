//! The system as OpenLineage job events: design-time lineage of declared steps and found programs.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};

use crate::report::Texts;
use crate::source::FileId;
use crate::system::graph::{NodeId, System};
use crate::system::lineage;
use crate::vocabulary::NodeKind;

/// Who says so: this program.
const PRODUCER: &str = concat!("https://crates.io/crates/mldebt/", env!("CARGO_PKG_VERSION"));
const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";
const LOCATION: &str =
    "https://openlineage.io/spec/facets/1-1-0/SourceCodeLocationJobFacet.json#/$defs/SourceCodeLocationJobFacet";

/// What all events have in common.
pub struct About<'a> {
    /// The namespace of the jobs.
    pub namespace: &'a str,
    /// Seconds since 1970.
    pub time: u64,
    /// The repository's folder.
    pub root: &'a Path,
}

/// One event a line for every step and program that touches data.
pub fn render(system: &System, texts: &Texts<'_>, about: &About<'_>, shown: &FxHashSet<NodeId>) -> String {
    let repository = repository(about.root);
    let time = timestamp(about.time);
    let mut out = String::new();
    for job in jobs(system, texts, shown) {
        let event = json!({
            "eventTime": time,
            "producer": PRODUCER,
            "schemaURL": EVENT,
            "job": {
                "namespace": about.namespace,
                "name": job.name,
                "facets": { "sourceCodeLocation": location(repository.as_deref(), &job.path) },
            },
            "inputs": datasets(system, about, &job.inputs),
            "outputs": datasets(system, about, &job.outputs),
        });
        out.push_str(&event.to_string());
        out.push('\n');
    }
    out
}

struct Job {
    name: String,
    path: String,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
}

/// Declared steps, and the programs that no step runs; those that touch no data tell nothing.
fn jobs(system: &System, texts: &Texts<'_>, shown: &FxHashSet<NodeId>) -> Vec<Job> {
    let mut jobs = Vec::new();
    // A program's functions stand in its file.
    let mut code: FxHashMap<FileId, Vec<NodeId>> = FxHashMap::default();
    for (id, node) in system.nodes().filter(|(_, n)| matches!(n.kind, NodeKind::Module | NodeKind::Function)) {
        code.entry(node.at.file).or_default().push(id);
    }
    for (id, node) in system.nodes() {
        let path = texts.path(node.at.file).to_owned();
        match node.kind {
            NodeKind::Step => {
                let name = node.name.to_string();
                jobs.push(Job {
                    name,
                    path,
                    inputs: lineage::inputs(system, id),
                    outputs: lineage::outputs(system, id),
                });
            }
            NodeKind::Module if system.is(id, "entry") && !lineage::has_step(system, id) => {
                let code = code.get(&node.at.file).map_or(&[][..], Vec::as_slice);
                let all = |of: fn(&System, NodeId) -> Vec<NodeId>| {
                    let mut all: Vec<NodeId> = code.iter().flat_map(|id| of(system, *id)).collect();
                    all.sort_unstable();
                    all.dedup();
                    all
                };
                jobs.push(Job {
                    name: path.clone(),
                    path,
                    inputs: all(lineage::inputs),
                    outputs: all(lineage::outputs),
                });
            }
            _ => {}
        }
    }
    for job in &mut jobs {
        job.inputs.retain(|id| shown.contains(id));
        job.outputs.retain(|id| shown.contains(id));
    }
    jobs.retain(|job| !job.inputs.is_empty() || !job.outputs.is_empty());
    jobs
}

fn datasets(system: &System, about: &About<'_>, ids: &[NodeId]) -> Vec<Value> {
    let one = |id: &NodeId| {
        let (namespace, name) = named(&system.node(*id).name, about.namespace);
        json!({ "namespace": namespace, "name": name })
    };
    ids.iter().map(one).collect()
}

/// Namespace and name as OpenLineage's naming says: the data source, and the data's name in it.
fn named(place: &str, own: &str) -> (String, String) {
    if let Some((scheme, rest)) = place.split_once("://") {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, "/"));
        return (format!("{scheme}://{authority}"), path.to_owned());
    }
    match place.split_once(':') {
        // Which database a table lies in is not known: it is the repository's own.
        Some(("table", table)) => (own.to_owned(), table.to_owned()),
        Some((scheme, name)) if !scheme.contains('/') && scheme.len() > 1 => (scheme.to_owned(), name.to_owned()),
        _ => ("file".to_owned(), place.to_owned()),
    }
}

fn location(repository: Option<&str>, path: &str) -> Value {
    let path = escaped(path);
    match repository {
        Some(repository) => json!({
            "_producer": PRODUCER, "_schemaURL": LOCATION, "type": "git",
            "url": format!("{repository}/blob/HEAD/{path}"), "repoUrl": repository, "path": path,
        }),
        None => json!({
            "_producer": PRODUCER, "_schemaURL": LOCATION, "type": "file", "url": format!("file:{path}"), "path": path,
        }),
    }
}

/// A path as a part of a URI.
fn escaped(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
    path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The address of the repository for browsers, without whoever logs in there.
fn repository(root: &Path) -> Option<String> {
    let config = ini::Ini::load_from_file(root.join(".git/config")).ok()?;
    web(config.section(Some("remote \"origin\""))?.get("url")?)
}

/// `git@host:owner/name.git` and the like as `https://host/owner/name`.
fn web(remote: &str) -> Option<String> {
    let rest = remote.split_once("://").map_or(remote, |(_, rest)| rest);
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    let (host, path) = match remote.contains("://") {
        true => rest.split_once('/')?,
        false => rest.split_once(':')?,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let host = host.split(':').next().unwrap_or(host);
    let is_host = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b));
    (is_host && host.contains('.')).then(|| format!("https://{host}/{}", escaped(path)))
}

/// Seconds since 1970 as RFC 3339 in UTC.
fn timestamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days since the first of March of the year 0, in eras of 400 years.
    let day = days + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (date, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::{named, timestamp, web};

    #[test]
    fn places_become_namespace_and_name() {
        for (place, namespace, name) in [
            ("data/a.csv", "file", "data/a.csv"),
            ("s3://bucket/a/b.parquet", "s3://bucket", "a/b.parquet"),
            ("table:sales.orders", "shop", "sales.orders"),
            ("hub:org/model", "hub", "org/model"),
        ] {
            assert_eq!(named(place, "shop"), (namespace.to_owned(), name.to_owned()));
        }
    }

    #[test]
    fn times_and_addresses() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(1_709_210_096), "2024-02-29T12:34:56Z");
        assert_eq!(web("git@example.org:team/repo.git").as_deref(), Some("https://example.org/team/repo"));
        assert_eq!(web("https://user:secret@example.org/team/repo").as_deref(), Some("https://example.org/team/repo"));
        assert_eq!(web("../elsewhere"), None);
    }
}
