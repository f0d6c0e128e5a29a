//! A repository whose names try to get out of the place that a report gives them.

use std::path::Path;

/// Names of files that speak to terminals, runners, browsers and parsers.
pub const NAMES: [&str; 10] = [
    "nl\n::error file=README.md,line=1::forged.py",
    "esc\u{1b}[31m\u{1b}]8;;x\u{7}.py",
    "::error::a.py",
    "a##[error]b##vso[task.complete]c.py",
    "<script>alert(1)<\\script>&'\".py",
    "a,b:c;d]e%0A%.py",
    "`|**x**[a](b)@team#1.py",
    "\u{202e}bidi\u{200b}.py",
    "<\\failure>]]>.ipynb\u{2028}.py",
    "--leading.py",
];

/// A program that overwrites its own input, whose name is no better than that of the program.
pub fn program(number: usize) -> String {
    let place = format!("\\x1b[0m<b>::error::`|\\n{number}");
    format!("import pandas as pd\n\nframe = pd.read_csv(\"{place}\").dropna()\nframe.to_csv(\"{place}\")\n")
}

/// Writes one such program under each of the names.
pub fn fill(folder: &Path) {
    for (number, name) in NAMES.iter().enumerate() {
        std::fs::write(folder.join(name), program(number)).unwrap();
    }
}
