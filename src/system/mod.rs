//! Facts of all files in, one graph out.

pub mod branches;
pub mod derive;
pub mod follow;
pub mod graph;
pub mod lexicon;
pub mod lineage;
pub mod mentions;
pub mod place;
pub mod program;
pub mod reach;
pub mod settings;
pub mod slice;
pub mod text;
pub mod told;
pub mod touches;
pub mod types;

use crate::fact::Facts;
use crate::source::Source;
use graph::System;
use lexicon::Lexicon;
use told::Told;

/// Links the facts of all files into what the repository is; `kept` are the paths of its other files, `told` is what the
/// team says of it.
pub fn link(sources: &[Source], kept: &[String], facts: &[Facts], lexicon: &Lexicon, told: &Told) -> System {
    let program = program::Program::new(sources, kept, facts);
    let types = types::Types::new(&program, lexicon);
    let settings = settings::SettingsIndex::new(&program);
    let branches = branches::Branches::new(&program);
    let options = settings::Options::new(&program, &types);
    let follow = follow::Follow { program: &program, types: &types };
    let evaluator = text::Evaluator { follow, settings: &settings, options: &options, branches: &branches };
    let touches = touches::Touches::new(evaluator);
    let placer = place::Placer::new(&program);
    let reach = reach::Reach::new(&program, &types);
    derive::all(&derive::View {
        program: &program,
        types: &types,
        lexicon,
        told,
        evaluator,
        placer: &placer,
        touches: &touches,
        reach: &reach,
        sorted: derive::Sorted::new(&program),
    })
}
