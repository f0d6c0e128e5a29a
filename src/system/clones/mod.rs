//! Clones: code and settings that stand in several files nearly the same, one group for each set of copies.

mod align;
mod configs;
mod copies;
mod credits;
mod differences;
mod pairs;
mod preparation;
mod programs;
mod tokens;
mod versions;
mod work;

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{Known, Role, View};
use crate::program::Def;
use crate::source::{At, FileId, Kind};
use crate::system::graph::System;
use align::Region;
use copies::Copies;
use pairs::Pair;
use tokens::Tokens;
use work::Work;

/// The code that is compared.
struct Code {
    files: Vec<FileId>,
    tokens: Vec<Tokens>,
    /// What the statements are for, of files that share some.
    work: Vec<Vec<Work>>,
}

/// What two files share.
struct Shared {
    pair: Pair,
    regions: Vec<Region>,
}

/// Files that share fewer statements are no copies of each other.
const LEAST: usize = 10;

/// The pairs of files of which a set tells already that they are copies.
#[derive(Default)]
struct Told {
    versions: FxHashSet<Pair>,
    /// A number for every file; those of one family have the same.
    families: Vec<usize>,
}

impl Told {
    fn knows(&self, (a, b): Pair) -> bool {
        let family = |number: u32| self.families.get(number as usize);
        self.versions.contains(&(a, b)) || family(a).is_some_and(|of| Some(of) == family(b))
    }
}

/// Folders whose files repeat each other on purpose.
const REPEATED: [&str; 15] = [
    "migrations",
    "cohorts",
    "course",
    "courses",
    "workshop",
    "alembic",
    "examples",
    "tutorial",
    "tutorials",
    "homework",
    "solution",
    "solutions",
    "exercises",
    "lessons",
    "templates",
];

/// Adds a group for every set of copies; what is told of two files is told once.
pub fn derive(view: &View<'_>, system: &mut System, known: &Known) {
    let files: Vec<FileId> = view.program.files().filter(|file| is_own_code(view, known, *file)).collect();
    let tokens: Vec<Tokens> = files.par_iter().map(|file| credits::own_statements(view, *file)).collect();
    let mut code = Code { work: vec![Vec::new(); files.len()], files, tokens };
    let mut told = Told::default();
    for copies in versioned(view, system, known, &code, &mut told) {
        copies::add(view, system, known, &copies);
    }
    let shared = shared(&code, pairs::candidates(&code.tokens));
    code.look(view, &shared);
    let mut sets = programs::derive(view, &code, &shared, &mut told);
    sets.extend(preparation::derive(view, &code, &shared, &told));
    sets.extend(configs::derive(view, known));
    for copies in sets {
        copies::add(view, system, known, &copies);
    }
}

/// Code that the team keeps: tests, package files and migrations repeat themselves by nature, examples on purpose.
fn is_own_code(view: &View<'_>, known: &Known, file: FileId) -> bool {
    let path = view.program.path(file);
    let name = path.rsplit('/').next().unwrap_or(path);
    let kind = view.program.sources[file.index()].kind;
    let role = known.roles[file.index()];
    matches!(kind, Kind::Python | Kind::Notebook | Kind::Rust)
        && role != Role::Test
        && !matches!(name, "__init__.py" | "setup.py")
        && !path.split('/').any(|folder| REPEATED.contains(&folder) || is_lesson(folder))
}

/// Does a folder hold a part of a course or a book? Each part begins with what the one before it ended with.
fn is_lesson(folder: &str) -> bool {
    const PARTS: [&str; 7] = ["chapter", "ch", "lesson", "lecture", "week", "appendix", "homework"];
    let folder = folder.to_ascii_lowercase();
    let number = |rest: &str| {
        let rest = rest.trim_start_matches(['-', '_', ' ']);
        let word = rest.split(['-', '_', ' ']).next().unwrap_or_default();
        word.starts_with(|c: char| c.is_ascii_digit()) || (word.len() == 1 && rest.len() < folder.len())
    };
    PARTS.iter().filter_map(|part| folder.strip_prefix(part)).any(number)
}

fn shared(code: &Code, pairs: Vec<Pair>) -> Vec<Shared> {
    let share = |pair: Pair| Shared { pair, regions: align::regions(code.of(pair.0), code.of(pair.1)) };
    let enough = |shared: &Shared| shared.size() >= LEAST;
    pairs.into_par_iter().map(share).filter(enough).collect()
}

/// Versions of a file that share most of their statements.
fn versioned(view: &View<'_>, system: &System, known: &Known, code: &Code, told: &mut Told) -> Vec<Copies> {
    let mut found = Vec::new();
    for family in versions::families(view, &code.files) {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut members: Vec<usize> = vec![family[0]];
        let (mut statements, mut differs) = (usize::MAX, String::new());
        for other in &family[1..] {
            let pair = (number(family[0]), number(*other));
            let shared = Shared { pair, regions: align::regions(code.of(pair.0), code.of(pair.1)) };
            if versions::define_others(view, code.files[family[0]], code.files[*other]) {
                continue;
            }
            let twins = versions::Twins::new(view, code.files[family[0]], code.files[*other]);
            if shared.size() < LEAST || (shared.share(code) < 60 && !twins.are_many()) {
                continue;
            }
            statements = statements.min(shared.size());
            if differs.is_empty() {
                differs = if shared.share(code) < 60 { twins.text() } else { shared.differs(view, code) };
            }
            members.push(*other);
            told.versions.insert(pair);
        }
        if members.len() < 2 {
            continue;
        }
        let files: Vec<FileId> = members.iter().map(|m| code.files[*m]).collect();
        let used = versions::used(view, system, known, &files);
        let members = members.iter().map(|number| code.whole(view, *number)).collect();
        found.push(Copies { kind: "version", members, statements, differs, used });
    }
    found
}

impl Code {
    fn of(&self, number: u32) -> &Tokens {
        &self.tokens[number as usize]
    }

    /// Looks what the statements of files that share enough are for.
    fn look(&mut self, view: &View<'_>, shared: &[Shared]) {
        let mut wanted = vec![false; self.files.len()];
        for number in shared.iter().flat_map(|s| [s.pair.0, s.pair.1]) {
            wanted[number as usize] = true;
        }
        let look = |(number, wanted): (usize, bool)| match wanted {
            true => work::of(view, self.files[number], &self.tokens[number]),
            false => Vec::new(),
        };
        self.work = wanted.into_par_iter().enumerate().map(look).collect();
    }

    /// What a run of statements of a file is for.
    fn work(&self, number: u32, run: &Range<usize>) -> &[Work] {
        self.work[number as usize].get(run.clone()).unwrap_or_default()
    }

    fn file(&self, number: u32) -> FileId {
        self.files[number as usize]
    }

    /// A file as a member of a set.
    fn whole(&self, view: &View<'_>, number: usize) -> (Def, At) {
        let file = self.files[number];
        let first = self.tokens[number].all.first().map_or(0, |token| token.start);
        (Def { file, id: 0 }, At { file, span: view.program.file(file).op(first).span })
    }

    /// A run of statements of a file as a member of a set: the function that it is, or where it begins.
    fn run(&self, view: &View<'_>, number: u32, run: &Range<usize>) -> (Def, At) {
        let tokens = self.of(number);
        let (def, body) = tokens.body(run.start);
        let file = self.file(number);
        if def.id != 0 && run.start <= body.start + 1 {
            return (def, view.program.def_place(def));
        }
        let first = tokens.all.get(run.start).map_or(0, |token| token.start);
        (def, At { file, span: view.program.file(file).op(first).span })
    }
}

impl Shared {
    /// The statements that correspond to each other.
    fn size(&self) -> usize {
        self.regions.iter().map(Region::size).sum()
    }

    /// Their share of the smaller file's, in percent.
    fn share(&self, code: &Code) -> usize {
        let smaller = code.of(self.pair.0).all.len().min(code.of(self.pair.1).all.len());
        self.size() * 100 / smaller.max(1)
    }

    /// Their share of the larger file's, in percent.
    fn share_of_larger(&self, code: &Code) -> usize {
        let larger = code.of(self.pair.0).all.len().max(code.of(self.pair.1).all.len());
        self.size() * 100 / larger.max(1)
    }

    /// What differs between the two, in words.
    fn differs(&self, view: &View<'_>, code: &Code) -> String {
        let (a, b) = self.pair;
        let regions: Vec<&Region> = self.regions.iter().collect();
        let literals = differences::literals(view, (code.file(a), code.file(b)), (code.of(a), code.of(b)), &regions);
        let alone = (code.of(a).all.len() - self.size().min(code.of(a).all.len()))
            .max(code.of(b).all.len() - self.size().min(code.of(b).all.len()));
        match (literals.is_empty(), alone) {
            (true, 0) => "nothing differs".to_owned(),
            (false, 0) => format!("{literals} differ"),
            (true, 1) => "1 statement differs".to_owned(),
            (true, n) => format!("{n} statements differ"),
            (false, 1) => format!("{literals} and 1 statement differ"),
            (false, n) => format!("{literals} and {n} statements differ"),
        }
    }
}
