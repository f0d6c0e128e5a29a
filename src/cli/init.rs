//! `mldebt init`: write a commented mldebt.toml.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Answer;
use crate::mistake::Mistake;

/// The options of `init`.
#[derive(Args, Debug)]
pub struct Options {
    /// The repository.
    #[arg(default_value = ".")]
    path: PathBuf,
}

const TEXT: &str = r#"# What mldebt looks at, asks and shows. Every key is optional; `mldebt rules` lists the rules.

# How much is asked: "prototype", "team" (as the rules are written) or "production".
profile = "team"

# Paths that are left out, besides what .gitignore names and what others wrote (site-packages, node_modules, ...).
exclude = []
# Paths that are looked at although they are ignored or generated.
include = []

# Rules or families that are asked; all of them if empty. `ignore` takes some away again.
select = []
ignore = []

# The least severity (low, medium, high) and confidence (seen, inferred, guessed) that is shown.
min-severity = "low"
min-confidence = "inferred"

# Folders with rules and lexicon files of your own; `mldebt rules check FOLDER` runs their examples.
rules = []

# The largest file that is read, in bytes. What is larger is listed as unread.
size-limit = 2097152

# What code is for, where its folder's name says something else: train, serve, plain, prototype or test.
# [roles]
# "lab/**" = "prototype"

# Values laid over a rule. Switching one off takes a reason, as everything does.
# [rule.glue-heavy-function]
# severity = "low"
# where.conversions.at-least = 10
# [rule.open-feature-set]
# off = "our feature store fixes the columns upstream"
"#;

pub fn run(options: &Options) -> Result<Answer, Mistake> {
    let file = options.path.join("mldebt.toml");
    let shown = file.display().to_string();
    let refuse = |e: std::io::Error| {
        let mistake = Mistake::new(&shown, "", 0..0, e.to_string());
        if e.kind() == std::io::ErrorKind::AlreadyExists { mistake.help("it is left as it is") } else { mistake }
    };
    let mut out = std::fs::File::create_new(&file).map_err(refuse)?;
    out.write_all(TEXT.as_bytes()).map_err(refuse)?;
    Ok(Answer::ok(format!("Wrote {shown}. Next: mldebt check\n")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_init_writes_is_a_configuration_of_defaults() {
        let read = crate::config::read("mldebt.toml", super::TEXT).map(|c| c.size_limit);
        assert_eq!(read, Ok(crate::config::ConfigFile::default().size_limit));
    }
}
