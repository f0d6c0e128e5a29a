//! Dockerfiles as the commands that building and starting the image run.

use std::borrow::Cow;

use parse_dockerfile::{Command as Form, Instruction, Source, Spanned, UnescapedString};

use super::comments::{line_comments, notes};
use super::excerpt::Excerpt;
use super::shell::{self, HOLE, Variables};
use crate::fact::{Command, Facts, Literal, Mount, ProblemKind, Text, Variable};
use crate::source::Span;

/// The key of texts that name what an image takes in.
pub const COPIED: &str = "COPY";

/// Lines that are no instructions, of which each costs another look at the file.
const ODD: usize = 32;

/// Reads a Dockerfile; an instruction that is none is left out, and said to be.
pub fn read(whole: &str) -> Facts {
    let mut facts = Facts::default();
    let text = &*without_odd(whole, &mut facts);
    let instructions = || parse_dockerfile::parse_iter(text).into_iter().flatten().map_while(Result::ok);
    let variables = variables(instructions());
    let mut folder = "/".to_owned();
    for instruction in instructions() {
        facts.environment.extend(set(text, &instruction));
        add(text, &instruction, &variables, &mut facts.commands);
        facts.mounts.extend(mounts(&instruction, &mut folder));
        facts.literals.extend(copied(&instruction));
    }
    if !whole.trim().is_empty() && instructions().next().is_none() {
        facts.problems.clear();
        facts.trouble(ProblemKind::Syntax, "no Dockerfile", Span::default());
    }
    facts.notes = notes(whole, line_comments(whole, &["#"]).into_iter());
    facts
}

/// The text with blanks where a line is no instruction.
fn without_odd<'a>(whole: &'a str, facts: &mut Facts) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(whole);
    for _ in 0..ODD {
        let odd = match parse_dockerfile::parse_iter(&text) {
            Ok(mut instructions) => instructions.find_map(Result::err),
            Err(error) => Some(error),
        };
        let Some(error) = odd else { return text };
        let start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let rest = text.get(start..).unwrap_or_default();
        let mut lines = rest.split_inclusive('\n');
        let length: usize = lines.next().map_or(0, str::len);
        // What nothing was left of is the file's end, or its beginning.
        if rest.get(..length).is_none_or(|line| line.trim().is_empty()) {
            facts.trouble(ProblemKind::Partial, error.to_string(), Span::new(start, start));
            return text;
        }
        facts.trouble(ProblemKind::Partial, error.to_string(), Span::new(start, start + length));
        let blank: String = rest[..length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
        text.to_mut().replace_range(start..start + length, &blank);
    }
    facts.trouble(ProblemKind::Partial, "too many lines are no instructions", Span::default());
    text
}

fn add(text: &str, instruction: &Instruction<'_>, variables: &Variables, commands: &mut Vec<Command>) {
    match instruction {
        Instruction::Run(run) => match run.here_docs.as_slice() {
            [] => form(&run.arguments, variables, commands),
            scripts => {
                for script in scripts {
                    let mut excerpt = Excerpt::default();
                    excerpt.fill(&script.value, script.span.start, script.span.end);
                    commands.extend(shell::commands(&excerpt, variables));
                }
            }
        },
        // The image that it starts from is told like a command: `FROM image`.
        Instruction::From(from) => commands.push(Command {
            words: ["FROM", from.image.value.as_ref()].map(Text::from).to_vec(),
            span: Span::new(from.from.span.start, from.image.span.end),
            ..Command::default()
        }),
        Instruction::Cmd(cmd) => form(&cmd.arguments, variables, commands),
        Instruction::Entrypoint(entrypoint) => form(&entrypoint.arguments, variables, commands),
        Instruction::Onbuild(onbuild) => add(text, &onbuild.instruction, variables, commands),
        // What it adds may be an address: it is run like a command of the shell.
        Instruction::Add(add) => {
            let addresses = add.src.iter().any(|s| matches!(s, Source::Path(path) if path.value.contains("://")));
            if addresses {
                let mut excerpt = Excerpt::default();
                let span = add.add.span.start..add.dest.span.end;
                excerpt.copy(text.get(span.clone()).unwrap_or_default(), span.start);
                commands.extend(shell::commands(&excerpt, variables));
            }
        }
        _ => {}
    }
}

/// The folders of the repository that an instruction puts into the image, whose folder it may change.
fn mounts(instruction: &Instruction<'_>, folder: &mut String) -> Vec<Mount> {
    let below = |folder: &str, path: &str| match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{}/{}", folder.trim_end_matches('/'), path.trim_start_matches("./")),
    };
    match instruction {
        Instruction::Workdir(workdir) => *folder = below(folder, &workdir.arguments.value),
        Instruction::Copy(copy) if !copy.options.iter().any(|flag| flag.name.value == "from") => {
            let dest = below(folder, &copy.dest.value);
            let inside = dest.trim_end_matches(['/', '.']);
            let path =
                |source: &Source<'_>| if let Source::Path(path) = source { Some(path.value.to_string()) } else { None };
            let sources: Vec<String> = copy.src.iter().filter_map(path).collect();
            let is_folder =
                |path: &str| !path.trim_matches(['.', '/']).rsplit('/').next().unwrap_or_default().contains('.');
            return match sources.as_slice() {
                [only] if is_folder(only) && !inside.is_empty() && !only.contains(['*', '$']) => {
                    vec![Mount { inside: Text::from(inside), outside: Text::from(only) }]
                }
                _ => Vec::new(),
            };
        }
        _ => {}
    }
    Vec::new()
}

/// What an instruction takes into the image from the folder in which that is built.
fn copied(instruction: &Instruction<'_>) -> Vec<Literal> {
    let outside = |flags: &[parse_dockerfile::Flag<'_>]| flags.iter().any(|flag| flag.name.value == "from");
    let sources = match instruction {
        Instruction::Copy(copy) if !outside(&copy.options) => &copy.src,
        Instruction::Add(add) => &add.src,
        _ => return Vec::new(),
    };
    let path = |source: &Source<'_>| match source {
        Source::Path(path) if !path.value.contains("://") => Some(Literal {
            text: Text::from(path.value.as_ref()),
            key: Text::from(COPIED),
            span: Span::new(path.span.start, path.span.end),
        }),
        _ => None,
    };
    sources.iter().filter_map(path).collect()
}

/// The commands of either form of an instruction.
fn form(form: &Form<'_>, variables: &Variables, commands: &mut Vec<Command>) {
    match form {
        Form::Shell(script) => commands.extend(shell::commands(&continued(script.value, script.span.start), variables)),
        Form::Exec(words) => match script(words) {
            Some(script) => {
                let mut excerpt = Excerpt::default();
                excerpt.fill(&script.value, script.span.start, script.span.end);
                commands.extend(shell::commands(&excerpt, variables));
            }
            None => commands.push(Command {
                words: words.value.iter().map(|w| Text::from(&w.value)).collect(),
                span: Span::new(words.span.start, words.span.end),
                ..Command::default()
            }),
        },
        _ => {}
    }
}

/// The script that the words hand to a shell: `["/bin/sh", "-c", "..."]`.
fn script<'w, 'a, A: smallvec::Array<Item = UnescapedString<'a>>>(
    words: &'w Spanned<smallvec::SmallVec<A>>,
) -> Option<&'w UnescapedString<'a>> {
    match words.value.as_slice() {
        [shell, .., flag, script] if shell.value.ends_with("sh") && flag.value.ends_with('c') => Some(script),
        _ => None,
    }
}

/// A script of several lines without the comments that may stand between them.
fn continued(script: &str, start: usize) -> Excerpt {
    let mut excerpt = Excerpt::default();
    let mut at = start;
    for line in script.split_inclusive('\n') {
        if !line.trim_start().starts_with('#') {
            excerpt.copy(line, at);
        }
        at += line.len();
    }
    excerpt
}

/// The variables of the environment that an instruction sets for what runs in the image.
fn set(text: &str, instruction: &Instruction<'_>) -> Vec<Variable> {
    let Instruction::Env(env) = instruction else { return Vec::new() };
    // What is written there has the lines that the value has no more.
    let Some(written) = text.get(env.arguments.span.clone()) else { return Vec::new() };
    let mut at = 0;
    pairs(&env.arguments.value)
        .into_iter()
        .filter_map(|(name, value)| {
            let from = at + written.get(at..)?.find(&name)?;
            at = from + name.len();
            let start = env.arguments.span.start + from;
            let span = Span::new(start, start + name.len());
            Some(Variable { name: Text::from(&name), span, set: true, value: Some(Text::from(&value)) })
        })
        .collect()
}

/// The names and values of an instruction that sets variables.
fn pairs(arguments: &str) -> Vec<(String, String)> {
    let words = shlex::split(arguments).unwrap_or_default();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match words.as_slice() {
        // The old form: `ENV name value`.
        [name, value] if !name.contains('=') => vec![pair(name, value)],
        words => words.iter().filter_map(|w| w.split_once('=')).map(|(name, value)| pair(name, value)).collect(),
    }
}

/// What the image's own variables hold that are set once.
fn variables<'a>(instructions: impl Iterator<Item = Instruction<'a>>) -> Variables {
    let mut variables = Variables::default();
    for instruction in instructions {
        let arguments = match &instruction {
            Instruction::Arg(arg) => &arg.arguments.value,
            Instruction::Env(env) => &env.arguments.value,
            _ => continue,
        };
        for (name, value) in pairs(arguments) {
            let known = !value.contains('$') && variables.get(&name).is_none_or(|before| *before == value);
            variables.insert(name, if known { value } else { HOLE.to_owned() });
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn words(text: &str) -> Vec<String> {
        read(text).commands.iter().map(|c| c.words.iter().map(|w| w.as_str()).collect::<Vec<_>>().join("|")).collect()
    }

    #[test]
    fn both_forms_and_additions_are_commands() {
        let text = "# é\nARG V=1.2\nFROM a\nENV B=https://b.org\nRUN wget $B/v$V.zip \\\n    # why\n    -O é.zip && unzip é.zip # mldebt: ignore[x] y\nADD --checksum=sha256:1 https://c.org/d.csv /d/\nADD e /f\nENTRYPOINT [\"python\", \"g.py\"]\nCMD [\"sh\", \"-c\", \"h && i\"]\n";
        let expected = [
            "FROM|a",
            "wget|https://b.org/v1.2.zip|-O|é.zip",
            "unzip|é.zip",
            "ADD|--checksum=sha256:1|https://c.org/d.csv|/d/",
            "python|g.py",
            "h",
            "i",
        ];
        assert_eq!(words(text), expected);
        let facts = read(text);
        let slices: Vec<&str> =
            facts.commands.iter().map(|c| &text[c.span.start as usize..c.span.end as usize]).collect();
        assert!(slices[1].starts_with("wget $B") && slices[1].ends_with("-O é.zip"));
        assert_eq!((slices[0], slices[2], facts.notes.len()), ("FROM a", "unzip é.zip", 1));
    }

    #[test]
    fn variables_are_set_where_they_are_named() {
        let text = "FROM a\nENV A_B=1 \\\n    C=2\nENV D e\nARG F=3\n";
        let facts = read(text);
        let slice = |v: &Variable| &text[v.span.start as usize..v.span.end as usize];
        assert_eq!(facts.environment.iter().map(slice).collect::<Vec<_>>(), ["A_B", "C", "D"]);
    }

    #[test]
    fn a_script_in_a_heredoc_is_read() {
        let text = "FROM a\nRUN <<EOF\nwget b\nEOF\nRUN c\n";
        assert_eq!(words(text), ["FROM|a", "wget|b", "c"]);
    }

    #[test]
    fn hostile_dockerfiles_end_soon() {
        let shapes = [
            format!("FROM a\nRUN {}", "(".repeat(20_000)),
            format!("FROM a\nRUN [{}", "\"a\",".repeat(50_000)),
            format!("FROM a\nRUN <<EOF\n{}", "x\n".repeat(50_000)),
            format!("FROM a\n{}", "ONBUILD ".repeat(20_000)),
            format!("FROM a\n{}", "RUN \\\n".repeat(50_000)),
            "ENV A".repeat(20_000),
        ];
        for shape in shapes {
            let start = Instant::now();
            read(&shape);
            assert!(start.elapsed() < Duration::from_secs(30));
        }
    }
}
