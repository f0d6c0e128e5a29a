//! Tables in which a project keeps settings of its own, in a file that many tools share.

use crate::fact::{Scalar, Text};
use crate::source::FileId;
use crate::system::View;

/// The tables that are called after the project, or after one of its packages.
pub fn tables(view: &View<'_>, file: FileId) -> Vec<Vec<Text>> {
    let path = view.program.path(file);
    let Some(above) = path.strip_suffix("pyproject.toml") else { return Vec::new() };
    let settings = &view.program.file(file).settings;
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let project = settings.iter().find(|s| matches!(s.keys.as_slice(), [a, b] if a == "project" && b == "name"));
    let project = project.and_then(|s| s.value.text()).map(|name| plain(&name));
    let own = |name: &str| {
        let name = plain(name);
        let package = ["", "src/"].iter().any(|base| {
            let at = |end: &str| view.program.at_path(&format!("{above}{base}{name}{end}")).is_some();
            at("/__init__.py") || at(".py")
        });
        package || project.as_ref() == Some(&name)
    };
    let tables = settings.iter().filter(|s| matches!(s.value, Scalar::Map(_)));
    let tables = tables.filter(|s| matches!(s.keys.as_slice(), [tool, name] if tool == "tool" && own(name)));
    tables.map(|s| s.keys.clone()).collect()
}
