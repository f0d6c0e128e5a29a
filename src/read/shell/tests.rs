//! What the commands of scripts are.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use super::*;

fn words(text: &str) -> Vec<String> {
    read(text, "").commands.iter().map(|c| c.words.iter().map(|w| w.as_str()).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn simple_commands_are_found_wherever_they_stand() {
    let text = "# ä\nif [ -f x ]; then A=1 wget -q 'a b' > out 2>&1; fi\nfor i in 1 2; do ls $(cat y) | wc -l; done\nf() { g; }\n";
    assert_eq!(words(text), ["wget|-q|a b", "ls|{}", "cat|y", "wc|-l", "g"]);
    let command = &read(text, "").commands[0];
    assert_eq!(&text[command.span.start as usize..command.span.end as usize], "wget -q 'a b'");
}

#[test]
fn what_is_started_with_an_ampersand_and_not_waited_for_is_left_running() {
    let left = |text: &str| read(text, "").commands.iter().map(|c| c.background).collect::<Vec<_>>();
    assert_eq!(left("python a.py &\npython b.py > log 2>&1 & python c.py && d\n"), [true, true, false, false]);
    assert_eq!(left("python a.py | tee log &\n"), [false, true]);
    assert_eq!(left("for i in 1 2; do python a.py $i & done\nwait\npython b.py &"), [false, false, false, true]);
}

#[test]
fn variables_are_filled_in_as_they_are_assigned() {
    let text = "base=https://é.org\nURL=\"$base/x\"\nn=1\nn=2\nexport D=d\nfor f in a b; do\nwget ${URL}/y.csv \"$n $D\" $f ${D%.csv} ${D:-e}\ndone";
    assert_eq!(words(text), ["wget|https://é.org/x/y.csv|2 d|a|d|d", "wget|https://é.org/x/y.csv|2 d|b|d|d"]);
}

#[test]
fn functions_run_with_their_arguments_where_they_are_called() {
    let text =
        "f() { local x=$1; shift; python $x.py \"$@\"; }\nf a b c\nL=(d e)\nfor l in \"${L[@]}\"; do f $l; done\n";
    assert_eq!(words(text), ["shift", "python|a.py|b|c", "python|d.py|", "python|e.py|"]);
}

#[test]
fn what_only_the_starter_can_tell_is_asked_for() {
    let command = &read("python a.py --day ${1:-today} $OUT/x", "").commands[0];
    assert_eq!(
        command.words.iter().map(|w| w.as_str()).collect::<Vec<_>>(),
        ["python", "a.py", "--day", "today", "{}/x"]
    );
    let told = |name: &str| (name == "1").then(|| "monday".to_owned());
    let asked: Vec<String> = command.asked.iter().map(|word| super::bound(word, &told)).collect();
    assert_eq!(asked, ["python", "a.py", "--day", "monday", "{}/x"]);
}

#[test]
fn a_script_knows_where_it_lies() {
    let text = "HERE=$(cd \"$(dirname \"$0\")/..\" && pwd)\ncd \"$HERE\"\npython jobs/a.py > out/a.csv 2> log\n";
    let facts = read(text, "bin/run.sh");
    let last = facts.commands.last().unwrap();
    assert_eq!(last.folder.as_str(), format!("{}bin/..", crate::fact::ROOT));
    assert_eq!(last.redirects.len(), 1);
}

#[test]
fn quotes_escapes_and_heredocs_are_undone() {
    let text =
        "echo a\\ b \"c \\\"d\\\" $X e\" $'f' g{h}i \\\n  j\npython a.py <<EOF\nwget no\n$(also no)\nEOF\nlast\n";
    assert_eq!(words(text), ["echo|a b|c \"d\" {} e|f|g{h}i|j", "python|a.py", "last"]);
}

#[test]
fn a_change_of_folder_holds_to_the_end_of_its_block() {
    let text = "cd a && b\n(cd ../c; d)\npushd e\nf\npopd\ng\ncd /x\nh\ncd -\ni";
    let commands = read(text, "").commands;
    let folders: Vec<(&str, &str)> =
        commands.iter().filter(|c| c.words.len() == 1).map(|c| (c.words[0].as_str(), c.folder.as_str())).collect();
    let expected = [("b", "a"), ("d", "a/../c"), ("f", "a/e"), ("popd", "a"), ("g", "a"), ("h", "/x"), ("i", "a")];
    assert_eq!(folders, expected);
}

#[test]
fn ignore_comments_are_notes() {
    assert_eq!(read("wget x # mldebt: ignore[a] b\n", "").notes.len(), 1);
}

#[test]
fn hostile_scripts_end_soon() {
    let shapes = [
        "(".repeat(20_000),
        "a && ".repeat(20_000),
        "$(".repeat(20_000),
        "`".repeat(200_000),
        "${a:-".repeat(20_000),
        "if a; then ".repeat(20_000),
        "{ ".repeat(20_000),
        format!("echo \"{}", "x ".repeat(100_000)),
        format!("echo '{}", "x\n".repeat(100_000)),
        format!("cat <<EOF\n{}", "x $(y\n".repeat(20_000)),
        "cat <<A <<B\n".repeat(5_000),
        "\" ' ".repeat(20_000),
        "a=(".repeat(20_000),
        "a | ".repeat(20_000),
        (0..200).map(|i| format!("A{}=$A{i}$A{i}\n", i + 1)).collect(),
        "[[ ( ".repeat(20_000),
        "\0\u{1}é".repeat(20_000),
        "x".repeat(LIMIT + 1),
    ];
    for shape in shapes {
        let start = Instant::now();
        read(&shape, "");
        let shown: String = shape.chars().take(12).collect();
        assert!(start.elapsed() < Duration::from_secs(30), "{shown} took {:?}", start.elapsed());
    }
}
