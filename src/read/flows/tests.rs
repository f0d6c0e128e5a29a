//! What workflows and composed containers run.

use crate::fact::Command;
use crate::read::settings::yaml;

fn read(text: &str, path: &str) -> Vec<(String, String, String)> {
    let mut facts = yaml(text);
    super::read(&mut facts, text, path);
    let commands = facts.commands;
    let shown = |c: &Command| {
        let words: Vec<&str> = c.words.iter().map(|w| w.as_str()).collect();
        let slice = text[c.span.start as usize..c.span.end as usize].to_owned();
        (words.join("|"), c.folder.as_str().to_owned(), slice)
    };
    commands.iter().map(shown).collect()
}

#[test]
fn steps_of_workflows_are_commands() {
    let text = "jobs:\n  é:\n    steps:\n      - working-directory: a\n        run: |\n          echo é\n          if x; then\n            cd b && wget ${{ env.URL }}/c \\\n              -q\n          fi\n      - run: \"ls 'd'\"\n      - run: python e.py\n      - {run: print(), shell: python}\n      - run: >-\n          f\n          g\n";
    let found = read(text, ".github/workflows/ci.yml");
    let words: Vec<(&str, &str)> = found.iter().map(|(w, f, _)| (w.as_str(), f.as_str())).collect();
    let expected = [
        ("echo|é", "a"),
        ("x", "a"),
        ("cd|b", "a/b"),
        ("wget|{}/c|-q", "a/b"),
        ("ls|d", ""),
        ("python|e.py", ""),
        ("f|g", ""),
    ];
    assert_eq!(words, expected);
    assert_eq!(found[0].2, "echo é");
    assert!(found[3].2.starts_with("wget ${{ env.URL }}/c") && found[3].2.ends_with("-q"));
    assert_eq!((found[4].2.as_str(), found[5].2.as_str()), ("ls 'd'", "python e.py"));
}

#[test]
fn jobs_of_gitlab_are_commands() {
    let text = "before_script: [a]\nfit:\n  stage: train\n  script:\n    - python b.py | tee c\n    - [d, e]\nscore:\n  script: |\n    f\n    g\n";
    let words: Vec<String> = read(text, ".gitlab-ci.yml").into_iter().map(|f| f.0).collect();
    // What stands before every job belongs to each of them.
    assert_eq!(words, ["a", "python|b.py", "tee|c", "d", "e", "a", "f", "g", "a"]);
}

#[test]
fn commands_of_services_are_commands() {
    let text = "services:\n  a:\n    command: python b.py --c\n  d:\n    command: [python, e.py]\n";
    let found = read(text, "docker-compose.yml");
    assert_eq!(found.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), ["python|b.py|--c", "python|e.py"]);
}
