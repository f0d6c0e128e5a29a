//! What a call, or reading an attribute, means.

use serde::Deserialize;

use super::{
    Columns, Flow, Hands, JobForm, Learns, Names, OptionsOf, Returns, Selects, Slot, StorePart, Subject, Summary,
    TextRule, TextTest, Varies,
};
use crate::fact::Text;

/// What a call (or, in an `[[attribute]]`, reading an attribute) means.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meaning {
    /// Qualified names: `pandas.read_csv`, `pandas.DataFrame.to_csv`. `*` stands for any run of characters in one
    /// segment, `**` for any segments.
    pub(super) name: Option<Names>,
    /// It reads this from `place`.
    pub reads: Option<Subject>,
    /// It writes this to `place`.
    pub writes: Option<Subject>,
    /// It adds to what is there instead of replacing it.
    #[serde(default)]
    pub appends: bool,
    /// It goes into this folder, from where the program then sees its places.
    pub goes_into: Option<Slot>,
    /// It deletes what is at `place`.
    #[serde(default)]
    pub deletes: bool,
    /// It copies or moves `place` to `target`.
    #[serde(default)]
    pub copies: bool,
    /// It opens `place`; `mode` says whether to read, write or append.
    #[serde(default)]
    pub opens: bool,
    /// Where.
    pub place: Option<Slot>,
    /// Files that it reads besides, whatever the scheme of `place`.
    #[serde(default)]
    pub files: Vec<Slot>,
    /// Where to, for copies.
    pub target: Option<Slot>,
    /// What is written; what the result is made from.
    pub value: Option<Slot>,
    /// `r`, `w`, `a`; or pandas' `mode`, `if_exists`; a value with `a` in it (not `replace`, `fail`) appends.
    pub mode: Option<Slot>,
    /// The place is a hub name, a table or the like: `hub`, `table`, `model`, `topic`, `cache`.
    pub scheme: Option<String>,
    /// It touches a place only if its first argument is one of these names, each with the scheme of the place:
    /// `option("topic", name)`.
    #[serde(default)]
    pub by_option: std::collections::BTreeMap<String, String>,
    /// The bucket, database or host in front of the place; of a copy, in front of the end that has a scheme.
    pub authority: Option<Slot>,
    /// The scheme of `target`, where the copy lands in a store or a table.
    pub target_scheme: Option<String>,
    /// The data lies on another machine.
    #[serde(default)]
    pub remote: bool,
    /// Keywords that fix the content: `revision`.
    #[serde(default)]
    pub pinned_by: Vec<String>,
    /// Values of `place` that are builders or kinds, not places: `csv`, `parquet`.
    #[serde(default)]
    pub not_places: Vec<String>,
    /// It gives what the step of that name returned.
    pub pulls: Option<Slot>,
    /// It hands this value to others, who ask for it by its key.
    pub pushes: Option<Slot>,
    /// The key by which a value is handed on, or asked for.
    pub pulled_by: Option<Slot>,
    /// The tool whose step that is.
    pub tool: Option<Text>,
    /// Its argument is SQL.
    pub sql: Option<Slot>,
    /// Its statements know the frames of the program by the names of their variables.
    #[serde(default)]
    pub sees: bool,
    /// It gives `value` this name, by which statements know it as if it were a table.
    pub shows: Option<Slot>,
    /// The type of its result.
    pub returns: Option<Returns>,
    /// The result is a new value that carries nothing of the operands: `len`, `print`, a metric.
    #[serde(default)]
    pub forgets: bool,
    /// With this keyword the result still has rows, and forgets nothing.
    pub forgets_unless: Option<String>,
    /// How text is made.
    pub text: Option<TextRule>,
    /// What it asks of a text.
    pub tests: Option<TextTest>,
    /// It asks whether something is at its place.
    #[serde(default)]
    pub exists: bool,
    /// With one of these keywords a conversion does work of its own.
    #[serde(default)]
    pub works_with: Vec<String>,
    /// It makes settings out of the file or text at `place`.
    #[serde(default)]
    pub parses_settings: bool,
    /// Capital letters make no difference to the keys of these settings.
    #[serde(default)]
    pub any_case: bool,
    /// With this keyword the first keys of their files are layers, of which one is laid over another.
    pub layered_with: Option<String>,
    /// It puts the settings into this, and gives back nothing of them.
    pub fills: Option<Slot>,
    /// It puts settings together of the files of the folder at `place`, the first of them `named`, and hands them to the
    /// function below it, or gives them back.
    #[serde(default)]
    pub composes: bool,
    /// It says that settings have the fields of a class among its arguments.
    #[serde(default)]
    pub types_settings: bool,
    /// It makes an empty object on which settings are set one by one.
    #[serde(default)]
    pub holds_settings: bool,
    /// The function at this value answers requests.
    pub answers: Option<Slot>,
    /// It makes the function below it an answer to requests.
    #[serde(default)]
    pub routes: bool,
    /// It hands out all functions of the module in which it is called: as commands, as a service.
    #[serde(default)]
    pub exposes: bool,
    /// It imports a module whose name is made at run time.
    #[serde(default)]
    pub imports: bool,
    /// It defines a command-line option on its receiver (argparse), or on the function below it (click).
    #[serde(default)]
    pub defines_option: bool,
    /// It gives the text of a file that its place names, to be filled in.
    #[serde(default)]
    pub template: bool,
    /// The value of what it defines is a list, cut at its commas.
    #[serde(default)]
    pub commas: bool,
    /// What it defines is taken by its place.
    #[serde(default)]
    pub placed: bool,
    /// It makes the parser of the command of this name.
    pub command: Option<Slot>,
    /// It makes options of the parameters or fields of this.
    pub options_of: Option<OptionsOf>,
    /// Its options are those that this text says a program takes.
    pub usage: Option<Slot>,
    /// It calls the `type` of an option on the text that is typed: of `bool`, all but the empty text is true.
    #[serde(default)]
    pub calls_type: bool,
    /// It lets files bind the parameters of the function or class below it, or of its argument, by name.
    #[serde(default)]
    pub configures: bool,
    /// It gives the parsed options of its receiver.
    #[serde(default)]
    pub parses_options: bool,
    /// It refuses options that nobody defined.
    #[serde(default)]
    pub refuses: bool,
    /// It hands its argument's attributes on as a whole: `vars`, `asdict`.
    #[serde(default)]
    pub forwards: bool,
    /// It reads the attribute or key named by its argument: `getattr`, `dict.get`; a further argument is the default.
    #[serde(default)]
    pub looks_up: bool,
    /// It makes a function that picks the keys which are its arguments out of what it is given.
    #[serde(default)]
    pub picks: bool,
    /// It makes an object of this class, and fills its fields from a map.
    pub fills_class: Option<Slot>,
    /// It calls the function below it with an object of this type before all else.
    pub hands_over: Option<Text>,
    /// It calls a function with a choice of the values of a map, and the same keys.
    pub varies: Option<Varies>,
    /// It says which fields a class has, and not what they hold.
    #[serde(default)]
    pub lists_fields: bool,
    /// It fits.
    pub trains: Option<Learns>,
    /// What it is given as `x` stays in its library, where what works on this finds it.
    pub sets_up: Option<Text>,
    /// It learns from what was set up under this name, in the same file.
    pub works_on: Option<Text>,
    /// It makes rows anew only if this keyword is not false: else it leaves some out.
    pub repeats_unless: Option<String>,
    /// From then on the library logs each model that is fitted.
    #[serde(default)]
    pub records_fits: bool,
    /// Whatever fits a model with its result keeps it at the place.
    #[serde(default)]
    pub holds_models: bool,
    /// It is a part of fitting: a step of an optimiser, a backward pass.
    #[serde(default)]
    pub fits: bool,
    /// It makes an optimiser that changes the variables of this.
    pub tunes: Option<Slot>,
    /// What it is fitted on.
    pub x: Option<Slot>,
    /// The labels it is fitted on.
    pub y: Option<Slot>,
    /// The model: receiver if absent.
    pub model: Option<Slot>,
    /// It asks the model about `x`.
    #[serde(default)]
    pub predicts: bool,
    /// It applies fitted statistics to `x`.
    #[serde(default)]
    pub transforms: bool,
    /// It splits its arguments into train and test.
    #[serde(default)]
    pub splits: bool,
    /// It only changes the representation, to this one: `frame`, `ndarray`, `tensor`, `list`, `dict`, `text`.
    pub converts: Option<String>,
    /// It checks data.
    #[serde(default)]
    pub checks: bool,
    /// It puts a model into use, if this stage or alias is that of the model in use, or if this is true.
    pub promotes: Option<Slot>,
    /// It runs this command: a text, or a list of words.
    pub runs: Option<Slot>,
    /// It runs a flow, or steps, of an orchestrator by these names.
    pub names: Option<CallNames>,
    /// Its result alone tells that what it started has failed, unless this parameter is true.
    pub goes_on_unless: Option<String>,
    /// What it runs goes on by itself.
    #[serde(default)]
    pub leaves: bool,
    /// It has a script run elsewhere.
    pub job: Option<JobForm>,
    /// It lists all things of this kind that are there, whoever made them.
    pub lists: Option<Text>,
    /// Keywords, or the first argument, that say which ones are meant.
    #[serde(default)]
    pub narrowed_by: Vec<String>,
    /// It is told here how to learn; without that it learns as its library does by default.
    pub told_by: Option<Slot>,
    /// It tells how like its arguments are to each other, as a number.
    #[serde(default)]
    pub likens: bool,
    /// It leaves out what is less like than this.
    pub cuts_at: Option<Slot>,
    /// It sorts numbers into the classes between these edges.
    pub bins: Option<Slot>,
    /// Whoever uses the program sees what it is given.
    #[serde(default)]
    pub tells_user: bool,
    /// It runs the program in this file.
    pub starts: Option<Slot>,
    /// It runs the entry of that name of the project in that folder.
    pub enters: Option<Slot>,
    /// What it tells to what it runs, as a map of names and values.
    pub tells: Option<Slot>,
    /// It looks at data and says if it is not as it should be: at this value.
    pub validates: Option<Slot>,
    /// With one of these keywords a reading says which types and columns it wants, and fails on others.
    #[serde(default)]
    pub typed_by: Vec<String>,
    /// It makes this part of a store of features, ...
    pub declares: Option<StorePart>,
    /// ... of this name, ...
    pub named: Option<Slot>,
    /// ... with these features in it, ...
    pub fields: Option<Slot>,
    /// ... from this data, view or source.
    pub from: Option<Slot>,
    /// It asks a store for these features: a service, or a list of their names.
    pub asks: Option<Slot>,
    /// It fixes the random state.
    #[serde(default)]
    pub seeds: bool,
    /// The common state that it fixes, and no other one; or from which it orders rows.
    pub state: Option<Text>,
    /// It draws at random unless a state is given here.
    pub random_without: Option<Slot>,
    /// A number is such a state.
    #[serde(default)]
    pub state_is_number: bool,
    /// It draws at random only if this keyword is true.
    pub random_with: Option<String>,
    /// It draws from the state that only a seed fixes.
    #[serde(default)]
    pub draws: bool,
    /// All that it does is to make its result.
    #[serde(default)]
    pub pure: bool,
    /// It changes its receiver or argument, and gives nothing back.
    #[serde(default)]
    pub gives_nothing: bool,
    /// It never comes back: it ends the program.
    #[serde(default)]
    pub ends: bool,
    /// It tells the time at which it is asked.
    #[serde(default)]
    pub tells_time: bool,
    /// It makes a date of its arguments.
    #[serde(default)]
    pub makes_date: bool,
    /// It lists what is there in whatever order the system keeps it.
    #[serde(default)]
    pub unordered: bool,
    /// What it lists can be compared, so that the list can be sorted.
    #[serde(default)]
    pub sortable: bool,
    /// It makes a set of its argument: each element once, in no order.
    #[serde(default)]
    pub unites: bool,
    /// It puts its argument or receiver into an order.
    #[serde(default)]
    pub orders: bool,
    /// How it chooses columns, and which ones.
    pub selects: Option<Selects>,
    /// The columns it selects, or leaves out.
    pub columns: Option<Slot>,
    /// A text that names its label and its inputs, columns of `x`: `y ~ a + b`.
    pub formula: Option<Slot>,
    /// The columns of `x` that it learns from, by name, ...
    #[serde(default)]
    pub inputs: Vec<Slot>,
    /// ... those that it passes over, ...
    #[serde(default)]
    pub passes_over: Vec<Slot>,
    /// ... and the one that is its label.
    pub label: Option<Slot>,
    /// It takes those columns out of its receiver, and gives them back.
    #[serde(default)]
    pub takes_out: bool,
    /// It calls the columns that are the keys of this by its values.
    pub renames: Option<Slot>,
    /// It makes a row of a map, or of a list with its names.
    #[serde(default)]
    pub gathers_row: bool,
    /// An attribute of a table that is one of its columns.
    #[serde(default)]
    pub column: bool,
    /// A row of its result is made from rows around it: a lag, a rolling mean.
    #[serde(default)]
    pub looks_back: bool,
    /// Its result says neither more nor less than its receiver or first argument: a logarithm, another unit.
    #[serde(default)]
    pub one_to_one: bool,
    /// Unless this keyword is false, the rows are shuffled.
    pub shuffles_unless: Option<String>,
    /// It picks words out of this text, whose form it so relies on.
    pub scrapes: Option<Slot>,
    /// The elements of its result are made of one element of each operand: `zip`.
    #[serde(default)]
    pub pairs: bool,
    /// It does something in the world that cannot be taken back.
    #[serde(default)]
    pub acts: bool,
    /// It hands a function on to somebody who calls it.
    pub hands: Option<Hands>,
    /// Its result is its first argument with the others bound in advance.
    #[serde(default)]
    pub binds: bool,
    /// Its keywords are what options hold by default: functions among them are called by what reads them.
    #[serde(default)]
    pub sets_defaults: bool,
    /// It describes a field of a class: its first argument, `default` or `default_factory` is what the field holds.
    #[serde(default)]
    pub describes_field: bool,
    /// What it makes of a container.
    pub flow: Option<Flow>,
    /// Its result holds the rows of all its operands, one after another.
    #[serde(default)]
    pub joins: bool,
    /// It sets the columns named by its keywords.
    #[serde(default)]
    pub assigns: bool,
    /// What it does to the columns of a table.
    pub frame: Option<Columns>,
    /// It measures how good a model is.
    #[serde(default)]
    pub measures: bool,
    /// Its result sums up rows, which it so no longer tells apart.
    pub summarises: Option<Summary>,
    /// It makes groups or windows of rows, each of which is then summed up by itself.
    #[serde(default)]
    pub groups: bool,
    /// It gives each row of its receiver what its argument holds for it: `fillna`, `map`.
    #[serde(default)]
    pub spreads: bool,
    /// It gives those rows of its receiver for which this holds.
    pub filters: Option<Slot>,
    /// It gives some rows of its receiver.
    #[serde(default)]
    pub takes_rows: bool,
    /// It gives the rows of its receiver that are not among those of its argument.
    #[serde(default)]
    pub leaves_rows: bool,
    /// It sets rows of `x` aside by itself, fold by fold, and fits and measures a model on what is left.
    #[serde(default)]
    pub folds: bool,
    /// With this keyword it sets some rows of `x` aside by itself.
    pub sets_aside_with: Option<String>,
    /// It goes on from what was fitted before, where other fits begin anew; a split: the next part goes on from the last.
    #[serde(default)]
    pub goes_on: bool,
    /// Keywords of a fit for rows that it is measured on while it goes on.
    #[serde(default)]
    pub watches: Vec<String>,
    /// It tells which of several scores is the best, and no score.
    #[serde(default)]
    pub tells_class: bool,
    /// It tells a number, under which something may be looked up.
    #[serde(default)]
    pub tells_number: bool,
    /// It puts the elements of its argument together again, in their order: `list`, `tuple`.
    #[serde(default)]
    pub gathers: bool,
    /// It keeps the answers of the function below it, and gives them again.
    #[serde(default)]
    pub remembers: bool,
    /// The names of parameters that do not count for that: whatever they are, the kept answer is given.
    pub leaves_out: Option<Slot>,
    /// It gives no more than so many rows or elements.
    #[serde(default)]
    pub limits: bool,
    /// In a `with` it passes over the errors that are its arguments.
    #[serde(default)]
    pub suppresses: bool,
    /// It stops a fit, or picks its best state, by the rows that it is measured on.
    #[serde(default)]
    pub stops: bool,
    /// It keeps the best state alone where this is true.
    pub keeps_best: Option<Slot>,
    /// It puts the best state back when the fit ends where this is true.
    pub puts_back: Option<Slot>,
}

impl Meaning {
    /// Does it learn anything? What only draws rows again does not.
    pub fn learns(&self) -> bool {
        self.trains.is_some() && self.repeats_unless.is_none()
    }
}

/// Where a call names flows and steps.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CallNames {
    /// Whose.
    pub of: Text,
    /// The flow.
    pub flow: Option<Slot>,
    /// The steps.
    pub steps: Option<Slot>,
}
