//! Folders that are passed over: what others wrote, what tools made, and environments.

use std::path::Path;

/// Their names.
const NAMES: [&str; 35] = [
    "site-packages",
    "dist-packages",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    ".ipynb_checkpoints",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".git",
    ".hg",
    ".svn",
    ".metaflow",
    "mlruns",
    "third_party",
    "thirdparty",
    "3rdparty",
    "vendor",
    "vendored",
    "_vendor",
    "_build",
    ".eggs",
    ".terraform",
    ".idea",
    ".vscode",
    "bower_components",
    ".dvc",
    ".cargo",
    ".next",
    ".cache",
    "lightning_logs",
    "dbt_packages",
];

/// Is a folder passed over for its name, or for what lies in it or beside it?
pub(super) fn is_skipped(folder: &Path) -> bool {
    let Some(name) = folder.file_name().and_then(|n| n.to_str()) else { return false };
    let beside = |file: &str| folder.parent().is_some_and(|p| p.join(file).is_file());
    NAMES.contains(&name)
        || folder.join("pyvenv.cfg").is_file()
        || (name == "target" && (beside("Cargo.toml") || folder.join("CACHEDIR.TAG").is_file()))
        || (matches!(name, "build" | "dist")
            && (beside("setup.py") || beside("pyproject.toml") || beside("package.json")))
        || name.ends_with(".egg-info")
}
