//! How calls make texts, and what they ask of them.

use serde::Deserialize;

/// How text, and so a place, is made from the call's operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextRule {
    /// The operands are joined with `/` (`os.path.join`, `Path(a, b)`, `path.joinpath`); the receiver comes first.
    Join,
    /// The first operand (or the receiver) stays as it is: `str`, `Path.resolve`.
    Same,
    /// The folder above.
    Parent,
    /// The last segment.
    Name,
    /// The last segment without its ending.
    Stem,
    /// The last ending is replaced by the argument.
    WithSuffix,
    /// The last segment is replaced by the argument.
    WithName,
    /// The last segment but for its ending is replaced by the argument.
    WithStem,
    /// The last ending, with its dot.
    Suffix,
    /// `"..{}..".format(..)`.
    Format,
    /// The first argument is replaced by the second: `text.replace(a, b)`.
    Replace,
    /// The argument's parts joined with the receiver between them: `"_".join(parts)`.
    Separate,
    /// The arguments, joined by dots.
    Dotted,
    /// The environment variable named by the argument; a second argument is the default.
    Environment,
    /// The operands one after another: `operator.add(a, b)`.
    Concat,
    /// The arguments below the root of the repository: `here("data", "a.csv")`.
    Root,
    /// The root of the repository, whatever is asked of it.
    Project,
    /// The other arguments below the folder of the package that the first one names.
    Package,
    /// Each number of a range.
    Counted,
    /// The current folder: an empty text.
    Here,
    /// A folder outside the repository: a hole.
    Outside,
    /// A temporary place.
    Temporary,
    /// What the keyword `default` says.
    Default,
    /// A place below the receiver or argument, matched by a pattern: `path.glob("*.csv")`, `glob.glob(p)`.
    Glob,
    /// Whatever lies in the folder that is the receiver or argument: `path.iterdir()`.
    Below,
    /// The bare names of what lies in a folder: `os.listdir(folder)`.
    Listing,
    /// What the call's `authority` and `place` say, joined with `/`: a container and the name of a thing in it.
    Placed,
    /// The attribute's own name: `database.users`.
    Own,
    /// `"..{key}..".format_map(map)`.
    FormatMap,
    /// `Template("..$name..").substitute(name=..)`.
    Substitute,
    /// In capitals.
    Upper,
    /// In small letters.
    Lower,
    /// Without the argument at its start.
    RemovePrefix,
    /// Without the argument at its end.
    RemoveSuffix,
    /// Without white space, or the characters of the argument, at both ends.
    Strip,
    /// The day of year, month and day, as ISO writes it.
    Day,
    /// A day in the form of the argument.
    FormatDay,
    /// The parts between the argument, asked for by their place.
    Split,
    /// The same, from the end, as often as the second argument says.
    SplitLast,
    /// What stands before the argument, the argument, and what stands behind it, asked for by their place.
    Partition,
    /// The same of the last argument in the text.
    PartitionLast,
    /// The folders above, asked for by their place, or tried one after the other.
    Parents,
    /// The nearest folder above the first operand that holds what the other arguments name.
    Marked,
    /// The path and its ending, asked for by their place.
    SplitEnding,
    /// The folder and the last segment, asked for by their place.
    SplitName,
}

/// What a call asks of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextTest {
    /// Does the receiver end with the argument?
    EndsWith,
    /// Does the receiver start with the argument?
    StartsWith,
}
