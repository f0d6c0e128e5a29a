//! What the name of a remote place says of its content: fixed by a version or a commit, published once, or moving.

/// The part of a remote place that says its content may change under the same name.
pub fn mutable_part(name: &str) -> Option<&str> {
    const WORDS: [&str; 7] = ["main", "master", "latest", "nightly", "develop", "dev", "unstable"];
    name.split(['/', '@', ':', '?', '&', '=']).find(|s| {
        // Branches and tags are spelled exactly: a folder `Main` is none.
        WORDS.contains(s) || *s == "HEAD" || s.ends_with("-unstable") || s.ends_with("-latest")
    })
}

/// Is a remote file published once under its name: an archive or a recording, or with a version or a date in the name?
pub fn is_release(name: &str) -> bool {
    const PUBLISHED: [&str; 10] = [".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".wav", ".flac", ".mp3"];
    name.split(['/', '?', '&', '=']).any(|segment| {
        let (stem, ending) = segment.rsplit_once('.').map_or((segment, ""), |(stem, ending)| (stem, ending));
        let number = |s: &str| s.len() >= 4 && s.bytes().all(|b| b.is_ascii_digit());
        let version = |s: &str| {
            let digits = s.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            matches!(&s[..s.len() - digits.len()], "v" | "version" | "release")
                && digits.starts_with(|c: char| c.is_ascii_digit())
        };
        PUBLISHED.iter().any(|p| segment.ends_with(p))
            || (!ending.is_empty() && stem.split(['-', '_', '.']).any(|piece| number(piece) || version(piece)))
    })
}

/// Does a part of a place fix its content: a commit, a version, a date, a run's number?
pub fn is_pinned(name: &str) -> bool {
    // What a tracked run stored stays as it is: `runs:/0f3c/model`.
    if name.split_once("runs:/").is_some_and(|(scheme, _)| scheme.is_empty() || scheme.ends_with(':')) {
        return true;
    }
    // What a registry keeps is asked for by its version, or by an alias or stage, which moves when somebody promotes.
    if let Some((scheme, rest)) = name.split_once("models:/")
        && (scheme.is_empty() || scheme.ends_with(':'))
    {
        return rest.rsplit_once(['/', '@']).is_some_and(|(_, version)| !version.is_empty() && version != "latest");
    }
    let segments: Vec<&str> = name.split(['/', '@', '?', '&', '=']).collect();
    // `v0.1-unstable` names a version and takes it back.
    let fixed = |s: &str| mutable_part(s).is_none();
    segments.iter().enumerate().filter(|(_, s)| fixed(s)).any(|(i, s)| {
        let hex = s.len() >= 7
            && s.len() <= 64
            && s.bytes().all(|b| b.is_ascii_hexdigit())
            && s.bytes().any(|b| b.is_ascii_digit());
        let digits = s.bytes().filter(u8::is_ascii_digit).count();
        let version = (s.starts_with('v') && s[1..].starts_with(|c: char| c.is_ascii_digit()))
            || (digits >= 2
                && s.contains('.')
                && s.split('.').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())));
        let date = digits >= 6 && s.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'_');
        let run = i > 0
            && matches!(segments[i - 1], "run" | "runs" | "version" | "versions" | "records" | "record" | "datasets")
            && !s.is_empty()
            && s.bytes().all(|b| b.is_ascii_digit());
        hex || version || date || run
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_pins_and_a_branch_does_not() {
        assert!(is_pinned("https://quarry.wmflabs.org/run/65713/output"));
        assert!(is_pinned("https://raw.githubusercontent.com/o/r/3f2a9c1d/x.csv"));
        assert!(!is_pinned("https://raw.githubusercontent.com/o/r/main/x.csv"));
        assert!(is_pinned("model:runs:/{}/calibration/model") && !is_pinned("model:models:/ranker/latest"));
        assert!(is_pinned("https://github.com/o/r/releases/download/v1.2/x.csv"));
        assert!(!is_pinned("https://github.com/o/r/releases/download/v1.2-unstable/x.csv"));
        assert_eq!(mutable_part("https://example.org/Trunk/Audio/Main/16kHz"), None);
        assert!(is_release("http://www.openslr.org/resources/12/dev-clean.tar.gz"));
        assert!(is_release("https://example.org/trips/green_2021-03.parquet"));
        assert!(!is_release("https://files.example.org/export?id=1y48YeDymLur"));
        assert!(!is_release("https://example.org/prices.csv"));
        assert_eq!(mutable_part("https://raw.githubusercontent.com/o/r/main/x.csv"), Some("main"));
    }
}
