//! Looking things up in the lexicon.
#![allow(clippy::unwrap_used)]
use super::*;

fn lexicon(text: &str) -> Lexicon {
    let mut lexicon = Lexicon::default();
    lexicon.extend("test.toml", text).unwrap();
    lexicon
}

#[test]
fn methods_come_from_supertypes_and_patterns() {
    let lexicon = lexicon(
        r#"
        [[call]]
        name = "sklearn.Estimator.fit"
        trains = "model"
        returns = "receiver"
        [[type]]
        name = ["sklearn.linear_model.*", "sklearn.**.*Classifier"]
        is = "sklearn.Estimator"
        [[alias]]
        name = "sklearn.externals.joblib"
        is = "joblib"
        "#,
    );
    assert!(lexicon.method("sklearn.linear_model.Ridge".into(), "fit".into()).is_some_and(|m| m.trains.is_some()));
    assert!(lexicon.is_a("sklearn.a.b.XClassifier".into(), "sklearn.Estimator"));
    assert!(lexicon.method("sklearn.svm.Thing".into(), "fit".into()).is_none());
    assert_eq!(lexicon.canonical("sklearn.externals.joblib.load".into()), "joblib.load");
}

#[test]
fn commands_are_known_by_their_first_words() {
    let lexicon = lexicon("[[command]]\nname = 'x s3 cp'\nwraps = true\n[[command]]\nname = 'python'\nruns = true\n");
    let tool = |line: &str| {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        lexicon.tool(&words).map(|(tool, length)| (tool.wraps, length))
    };
    assert_eq!(tool("x s3 cp a b"), Some((true, 3)));
    assert_eq!(tool("/usr/bin/python3.8 a.py"), Some((false, 1)));
    assert_eq!(tool("x s3"), None);
}

#[test]
fn an_unknown_word_is_refused_with_its_place() {
    let error = Lexicon::default().extend("x.toml", "[[call]]\nname='a.b'\nreed='data'\n").unwrap_err();
    assert_eq!(error.span, 20..24);
    assert_eq!(error.help.as_deref(), Some("did you mean `reads`?"));
}
