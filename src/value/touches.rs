//! Every call that reads, writes, copies or deletes data, once for each way in that gives it another place.

use rayon::prelude::*;
use smallvec::{SmallVec, smallvec};

use super::by_option;
use super::follow::{Path, Seen, Spot};
use super::place::Where;
use super::shapes;
use super::text::below;
use super::text::{Evaluator, Memory, Part, Pattern, Texts, is_of_library};
use super::types::{Callee, Site, Via};
use crate::fact::{Access, OpKind, Role};
use crate::lexicon::{Meaning, Slot, Subject};
use crate::program::{Def, Node, Program};
use crate::source::FileId;

/// Calls from one definition down to another, the outermost first.
pub type Way = SmallVec<[Site; 4]>;

/// A call that touches data at a place.
#[derive(Clone, Debug)]
pub struct Touch<'a> {
    /// How.
    pub access: Access,
    /// What is there.
    pub subject: Subject,
    /// The call.
    pub call: Node,
    /// The definition in whose body the call stands.
    pub within: Def,
    /// The definition that settles the place: the call's own, or a caller's that passes the path in.
    pub root: Def,
    /// The calls from `root` down to the touching one, outermost first.
    pub way: Way,
    /// The place.
    pub pattern: Pattern,
    /// Tables and the like are told by their scheme, not by their text.
    pub scheme: Option<&'a str>,
    /// The value that says where.
    pub place: Option<Node>,
    /// The value that is written.
    pub value: Option<Node>,
    /// What the call means.
    pub meaning: &'a Meaning,
    /// The place was followed through calls, settings or options.
    pub followed: bool,
    /// The place depends on a variable of the environment.
    pub environment: bool,
    /// Where the longest literal part of the place is written.
    pub origin: Option<Node>,
    /// Nothing is known of the call but its form.
    pub guessed: bool,
}

impl Touch<'_> {
    /// What the call says about where its data lies.
    pub fn at(&self) -> Where<'_> {
        Where { pattern: &self.pattern, scheme: self.scheme, environment: self.environment }
    }

    /// The call that a reader of the code should look at: where the place is written out, else in the definition
    /// that settles it.
    pub fn top(&self, program: &Program<'_>) -> Node {
        let named = self.origin.map(|origin| program.owner(origin));
        if named == Some(self.within) {
            return self.call;
        }
        let there = self.way.iter().rev().find(|site| named == Some(site.within));
        there.or_else(|| self.way.first()).map_or(self.call, |site| site.call)
    }

    /// The place is what somebody gives on the command line, whatever its default.
    pub fn chosen(&self) -> bool {
        self.pattern.iter().any(Part::is_chosen)
    }
}

/// All touches, and how many calls there are whose places could be told.
#[derive(Default)]
pub struct Touches<'a> {
    /// In source order.
    pub all: Vec<Touch<'a>>,
    /// How many calls of each file touch data.
    pub counts: Vec<Counts>,
}

/// How far the places of calls could be told.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    /// Calls that touch data.
    pub calls: usize,
    /// Those whose place has a literal part.
    pub resolved: usize,
}

/// Names that one value may go by before it is written out.
const NAMES: usize = 4;

/// More places than this of one call tell nothing new.
const WIDTH: usize = 48;
const DEPTH: usize = 4;

impl<'a> Touches<'a> {
    /// Finds every touch.
    pub fn new(evaluator: Evaluator<'a>) -> Self {
        let program = evaluator.follow.program;
        let files: Vec<FileId> = program.files().collect();
        let each: Vec<(Vec<Touch<'a>>, Counts)> = files.par_iter().map(|file| of_file(evaluator, *file)).collect();
        let mut touches = Self::default();
        for (all, counts) in each {
            touches.all.extend(all);
            touches.counts.push(counts);
        }
        touches
    }
}

fn of_file(evaluator: Evaluator<'_>, file: FileId) -> (Vec<Touch<'_>>, Counts) {
    let mut memory = Memory::default();
    let mut found = Vec::new();
    let mut counts = Counts::default();
    for (id, definition) in (0..).zip(&evaluator.follow.program.file(file).definitions) {
        for value in definition.body.clone() {
            let of = of_call(evaluator, &mut memory, Def { file, id }, Node { file, value });
            for (touches, resolved) in of.into_iter().flatten() {
                counts.calls += 1;
                counts.resolved += usize::from(resolved);
                found.extend(touches);
            }
        }
    }
    (found, counts)
}

/// The touches of each place of a call, with whether anything of it is known.
type Places<'a> = SmallVec<[(Vec<Touch<'a>>, bool); 1]>;

/// A place that a call touches.
struct Scene<'a> {
    access: Access,
    /// The values that say where, and the way into each; none: only the default does.
    places: SmallVec<[(Node, Path); 2]>,
    /// The value that says what stands in front of them.
    authority: Option<Node>,
    /// What is there if no value says where.
    default: Option<&'a str>,
    scheme: Option<&'a str>,
}

/// What a call does to data.
struct Deed<'a> {
    meaning: &'a Meaning,
    scenes: SmallVec<[Scene<'a>; 2]>,
    value: Option<Node>,
    guessed: bool,
}

/// The touches of a call, those of each place with whether anything of it is known.
fn of_call<'a>(evaluator: Evaluator<'a>, memory: &mut Memory, def: Def, call: Node) -> Option<Places<'a>> {
    let OpKind::Call(..) = evaluator.follow.program.op(call).kind else { return None };
    let deed = known(evaluator, call).or_else(|| guessed(evaluator, memory, call))?;
    let mut found = SmallVec::new();
    for scene in &deed.scenes {
        found.push(of_scene(evaluator, memory, def, call, &deed, scene));
    }
    Some(found)
}

/// What the lexicon says that a call does.
fn known<'a>(evaluator: Evaluator<'a>, call: Node) -> Option<Deed<'a>> {
    let types = evaluator.follow.types;
    let own = types.callees(call).iter().filter_map(|c| match c {
        Callee::Meaning(meaning) => Some((*meaning, Via::Call)),
        Callee::Function(..) => None,
    });
    // A library's function that is handed on to somebody who calls it.
    let handed = types.handed(call);
    let handed = handed.iter().flat_map(|(function, via)| types.meanings(*function).map(|meaning| (meaning, *via)));
    // One of several alternatives of the same call is enough: an open is an open.
    let (meaning, via) = own.chain(handed).find(|(meaning, _)| touches(meaning))?;
    let option = by_option::scheme(evaluator.follow.program, call, meaning).ok()?;
    let value = meaning.value.as_ref().and_then(|slot| types.slot(call, slot));
    let mut scenes = SmallVec::new();
    for (access, slot) in accesses(evaluator, call, meaning) {
        let target = meaning.target.as_ref() == Some(slot);
        let file = meaning.files.contains(slot);
        // A copy lands where its target says, whatever store it comes from.
        let scheme = if target { meaning.target_scheme.as_deref() } else { meaning.scheme.as_deref() };
        let scheme = option.or(scheme).filter(|_| !file);
        let (place, path) = place_of(evaluator, call, via, slot);
        let in_memory = place.is_some_and(|p| types.instances(p).any(|t| t == "io.BytesIO" || t == "io.StringIO"));
        if in_memory {
            continue;
        }
        // A handle that was opened elsewhere is counted there.
        if place.is_some_and(|p| !meaning.opens && types.is_a(p, "io.File")) {
            continue;
        }
        if place.is_none() && slot.default.is_none() {
            continue;
        }
        let places = match place {
            Some(place) if path.is_empty() => {
                listed(evaluator, place).into_iter().map(|node| (node, Path::new())).collect()
            }
            Some(place) => smallvec![(place, path)],
            None => SmallVec::new(),
        };
        let front = meaning.target_scheme.is_some() == target;
        let authority = meaning.authority.as_ref().filter(|_| front).and_then(|slot| types.slot(call, slot));
        scenes.push(Scene { access, places, authority, default: slot.default.as_deref(), scheme });
    }
    Some(Deed { meaning, scenes, value, guessed: false })
}

/// What a call of which nothing is known does, by its form.
fn guessed<'a>(evaluator: Evaluator<'a>, memory: &mut Memory, call: Node) -> Option<Deed<'a>> {
    let shape = shapes::shape(evaluator, memory, call)?;
    let access = if shape.meaning.reads.is_some() { Access::Read } else { Access::Write };
    let places = listed(evaluator, shape.place).into_iter().map(|node| (node, Path::new())).collect();
    let scene = Scene { access, places, authority: None, default: None, scheme: shape.scheme };
    Some(Deed { meaning: shape.meaning, scenes: smallvec![scene], value: shape.value, guessed: true })
}

/// The places that a value says: each element of a list or map of them that is written out, else the value itself.
fn listed(evaluator: Evaluator<'_>, place: Node) -> SmallVec<[Node; 2]> {
    listed_within(evaluator, place, 0)
}

fn listed_within(evaluator: Evaluator<'_>, place: Node, depth: usize) -> SmallVec<[Node; 2]> {
    let program = evaluator.follow.program;
    let mut holder = Seen::anywhere(place);
    for _ in 0..NAMES {
        let at = |value| holder.beside(value).node;
        match program.op(holder.node).kind {
            OpKind::List(operands) | OpKind::Tuple(operands) => {
                let elements = program.operands(holder.node.file, operands).iter();
                let elements = elements.filter(|o| o.role == Role::Plain).take(WIDTH);
                return elements.flat_map(|o| listed_once(evaluator, at(o.value))).collect();
            }
            OpKind::Dict(operands) => {
                let entries = program.operands(holder.node.file, operands);
                let pairs = entries.windows(2).filter(|pair| pair[0].role == Role::Key).take(WIDTH);
                return pairs.flat_map(|pair| listed_once(evaluator, at(pair[1].value))).collect();
            }
            // `files["validation"] = path`, in an arm or not
            OpKind::SetIndex(object, _, value) => {
                let before = listed_within(evaluator, at(object), depth + 1);
                return before.into_iter().chain(listed_once(evaluator, at(value))).take(WIDTH).collect();
            }
            OpKind::Either(operands) if depth < NAMES => {
                let mut found: SmallVec<[Node; 2]> = SmallVec::new();
                for operand in program.operands(holder.node.file, operands) {
                    for node in listed_within(evaluator, at(operand.value), depth + 1) {
                        if !found.contains(&node) {
                            found.push(node);
                        }
                    }
                }
                let told = found.iter().all(|node| operands_hold(program, holder.node.file, operands, *node));
                return if told { smallvec![place] } else { found };
            }
            _ => {
                let mut back = evaluator.follow.back(&holder);
                match back.values.pop().filter(|_| back.values.is_empty() && back.parameter.is_none()) {
                    Some(only) => holder = only,
                    None => break,
                }
            }
        }
    }
    smallvec![place]
}

/// Is a value itself one of some operands: nothing was found within it?
fn operands_hold(program: &Program<'_>, file: FileId, operands: crate::fact::Operands, node: Node) -> bool {
    program.operands(file, operands).iter().any(|o| Node { file, value: o.value } == node)
}

/// The elements of a list in a list: `{"train": ["a.csv", "b.csv"]}`.
fn listed_once(evaluator: Evaluator<'_>, place: Node) -> SmallVec<[Node; 2]> {
    let program = evaluator.follow.program;
    match program.op(place).kind {
        OpKind::List(operands) | OpKind::Tuple(operands) => {
            let elements = program.operands(place.file, operands).iter().filter(|o| o.role == Role::Plain);
            elements.take(WIDTH).map(|o| Node { value: o.value, ..place }).collect()
        }
        _ => smallvec![place],
    }
}

/// The touches of one place of a call, and whether anything of it is known.
fn of_scene<'a>(
    evaluator: Evaluator<'a>,
    memory: &mut Memory,
    def: Def,
    call: Node,
    deed: &Deed<'a>,
    scene: &Scene<'a>,
) -> (Vec<Touch<'a>>, bool) {
    let mut places = Vec::new();
    for (place, path) in &scene.places {
        let before = places.len();
        let mut found = Vec::new();
        expand(evaluator, memory, (*place, path), def, &Way::new(), &mut found);
        places.extend(found.into_iter().take(WIDTH.saturating_sub(before)).map(|found| (Some(*place), found)));
    }
    if scene.places.is_empty() {
        places.push((None, (def, Way::new(), default_texts(scene.default))));
    }
    let mut touches = Vec::new();
    let mut resolved = false;
    for (place, (root, way, texts)) in places {
        // What a caller passes in may tell which arm of the called body runs.
        let calls = way.iter().map(|site| site.call).chain([call]).enumerate();
        let mut seen = calls.map(|(depth, node)| Seen { node, stack: way[..depth].iter().copied().collect() });
        if !seen.all(|seen| evaluator.can_run(&seen, 0)) {
            continue;
        }
        let patterns = match scene.authority {
            Some(authority) => {
                let seen = Seen { node: authority, stack: way.iter().copied().collect() };
                below(&evaluator.recalling(&seen, memory).patterns, &texts.patterns)
            }
            None => texts.patterns,
        };
        for pattern in patterns.into_iter().filter(|pattern| !is_of_library(pattern)) {
            let literal = pattern.iter().any(|p| match p {
                Part::Text(text) => text.bytes().any(|b| b.is_ascii_alphanumeric()),
                Part::Option(number) => evaluator.default_text(*number).is_some(),
                Part::Each(number, at) => evaluator.default_at(*number, *at).is_some(),
                Part::Temporary | Part::Key(..) => true,
                Part::Hole | Part::Root(_) | Part::Argument(_) => false,
            });
            resolved |= literal;
            let followed = !way.is_empty() || texts.settings.is_some() || pattern.len() > 1;
            touches.push(Touch {
                access: scene.access,
                subject: subject(deed.meaning, scene.access, &pattern),
                call,
                within: def,
                root,
                way: way.clone(),
                pattern,
                scheme: scene.scheme,
                place,
                value: deed.value,
                meaning: deed.meaning,
                followed,
                environment: texts.environment,
                origin: texts.origin,
                guessed: deed.guessed,
            });
        }
    }
    (touches, resolved)
}

fn touches(meaning: &Meaning) -> bool {
    meaning.place.is_some()
        && (meaning.reads.is_some() || meaning.writes.is_some() || meaning.opens || meaning.copies || meaning.deletes)
}

fn accesses<'a>(evaluator: Evaluator<'_>, call: Node, meaning: &'a Meaning) -> SmallVec<[(Access, &'a Slot); 2]> {
    let mut found = SmallVec::new();
    let Some(place) = &meaning.place else { return found };
    let mode = meaning.mode.as_ref().map(|slot| {
        let node = evaluator.follow.types.slot(call, slot);
        let text = node.and_then(|node| {
            let texts = evaluator.texts(&Seen::anywhere(node));
            texts.patterns.first().and_then(|p| evaluator.plain(p))
        });
        text.or_else(|| slot.default.clone()).unwrap_or_default()
    });
    let appends =
        meaning.appends || mode.as_deref().is_some_and(|m| m.contains('a') && !matches!(m, "replace" | "fail"));
    if meaning.opens {
        let mode = mode.as_deref().unwrap_or("r");
        if mode.contains('a') {
            found.push((Access::Append, place));
        } else if mode.contains(['w', 'x']) {
            found.push((Access::Write, place));
        } else {
            found.push((Access::Read, place));
        }
        return found;
    }
    if meaning.reads.is_some() || meaning.copies {
        found.push((Access::Read, place));
        found.extend(meaning.files.iter().map(|slot| (Access::Read, slot)));
    }
    if meaning.writes.is_some() {
        found.push((if appends { Access::Append } else { Access::Write }, place));
    }
    // What is written may be known by a second name: the table of a catalogue that the files are the rows of.
    if let Some(target) =
        meaning.target.as_ref().filter(|_| meaning.copies || meaning.predicts || meaning.writes.is_some())
    {
        found.push((Access::Write, target));
    }
    if meaning.deletes {
        found.push((Access::Delete, place));
    }
    found
}

fn default_texts(default: Option<&str>) -> Texts {
    let mut texts = Texts::default();
    let part = default.map_or(Part::Hole, |text| Part::Text(text.to_owned()));
    texts.patterns.push(smallvec::smallvec![part]);
    texts
}

/// The value that says where, and the way into it, where the arguments of a call are laid out.
fn place_of(evaluator: Evaluator<'_>, call: Node, via: Via, slot: &Slot) -> (Option<Node>, Path) {
    let types = evaluator.follow.types;
    let direct = if via == Via::Call { types.slot(call, slot) } else { None };
    if direct.is_some() {
        return (direct, Path::new());
    }
    let laid_out = types.slot_inside(call, via, slot);
    laid_out.map_or((None, Path::new()), |(node, path)| (Some(node), path))
}

/// The texts that a value of a body may be; where it is passed in by callers, once for each of them.
pub fn texts_of(evaluator: Evaluator<'_>, value: Node, within: Def) -> Vec<(Def, Way, Texts)> {
    let mut found = Vec::new();
    expand(evaluator, &mut Memory::default(), (value, &Path::new()), within, &Way::new(), &mut found);
    found
}

/// Evaluates a place; where it is passed in by callers, once for each of them.
fn expand(
    evaluator: Evaluator<'_>,
    memory: &mut Memory,
    place: (Node, &Path),
    root: Def,
    way: &Way,
    out: &mut Vec<(Def, Way, Texts)>,
) {
    if out.len() >= WIDTH {
        return;
    }
    let seen = Seen { node: place.0, stack: way.iter().copied().collect() };
    let texts = evaluator.texts_inside(Spot { path: place.1.clone(), ..Spot::of(seen) }, memory);
    let callers: Vec<Site> = evaluator.follow.callers(root).take(WIDTH).copied().collect();
    let settled = !texts.parameters.contains(&root) || callers.is_empty() || way.len() >= DEPTH;
    if settled {
        let texts = if texts.patterns.is_empty() { unknown(texts) } else { texts };
        out.push((root, way.clone(), texts));
        return;
    }
    for site in &callers {
        let mut longer = Way::new();
        longer.push(Site { ..*site });
        longer.extend(way.iter().copied());
        expand(evaluator, memory, place, site.within, &longer, out);
    }
}

fn unknown(mut texts: Texts) -> Texts {
    texts.patterns.push(smallvec::smallvec![Part::Hole]);
    texts
}

/// Do the folders or the name of a place say that a model's weights are kept there?
fn is_checkpoint(pattern: &Pattern) -> bool {
    let texts = pattern.iter().filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None });
    texts.flat_map(|text| text.split('/')).any(|segment| {
        let word = segment.split(['.', '-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        matches!(word.as_str(), "checkpoint" | "checkpoints" | "ckpt" | "ckpts" | "weights")
    })
}

/// What lies at a place, by what the library says of the call and by the ending of its name.
fn subject(meaning: &Meaning, access: Access, pattern: &Pattern) -> Subject {
    let said = match access {
        Access::Read | Access::Delete => meaning.reads,
        Access::Write | Access::Append => meaning.writes,
    };
    let end = match pattern.last() {
        Some(Part::Text(text)) => text.rsplit('/').next().unwrap_or(text).to_ascii_lowercase(),
        _ => String::new(),
    };
    let ending = end.rsplit_once('.').map_or("", |(_, ending)| ending);
    match (said.unwrap_or(Subject::Data), ending) {
        (Subject::Data, "yaml" | "yml" | "toml" | "ini" | "cfg" | "conf" | "env") => Subject::Settings,
        (Subject::Picture, _) => Subject::Data,
        (Subject::Data, "log" | "out") => Subject::Log,
        (Subject::Data, "png" | "svg" | "pdf" | "html" | "md") if access != Access::Read => Subject::Figure,
        (Subject::Data, "py" | "sh" | "sql" | "j2" | "html" | "md" | "css" | "js") => Subject::Settings,
        (
            Subject::Data,
            "pt" | "pth" | "ot" | "onnx" | "ckpt" | "h5" | "joblib" | "safetensors" | "gguf" | "tflite" | "nnue",
        ) => Subject::Model,
        (Subject::Data, "bin" | "npz" | "npy") if is_checkpoint(pattern) => Subject::Model,
        (said, _) => said,
    }
}
