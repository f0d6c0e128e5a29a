//! What makes a step of a pipeline in code, and how it says what it runs, reads and writes.

use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::{Names, Slot, Table, matches_segment};
use crate::fact::Text;

/// What an orchestrator takes for a step.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepForm {
    /// The orchestrator.
    pub tool: Text,
    /// Calling one of these makes a step.
    call: Option<Names>,
    /// The function below one of these is a step.
    decorator: Option<Names>,
    /// A class that extends one of these is a step.
    class: Option<Names>,
    /// Its name; else that of its function or class.
    pub name: Option<Slot>,
    /// The command line it runs.
    pub command: Option<Slot>,
    /// The words of the command it runs, in several lists or texts one after the other.
    #[serde(default)]
    pub words: Vec<Slot>,
    /// The file it runs: a program or a notebook.
    pub program: Option<Slot>,
    /// What it tells to the program, as a map of names and values.
    pub tells: Option<Slot>,
    /// The statements of SQL it runs, or the files that hold them.
    #[serde(default)]
    pub sql: Vec<Slot>,
    /// How long before its own time it waits for the run of another flow.
    pub delta: Option<Slot>,
    /// What else tells which run of another flow it waits for.
    #[serde(default)]
    pub told: Vec<Slot>,
    /// The step of another flow for which it waits.
    pub awaits: Option<Slot>,
    /// The function it runs.
    pub function: Option<Slot>,
    /// The flow it belongs to.
    pub flow: Option<Slot>,
    /// Data it says it reads.
    #[serde(default)]
    pub inputs: Vec<Slot>,
    /// Data it says it writes.
    #[serde(default)]
    pub outputs: Vec<Slot>,
    /// Names of what it makes, besides its own: a dict's keys, or what the first arguments of a list's elements say.
    #[serde(default)]
    pub named: Vec<Slot>,
    /// The steps that come before it, themselves or by name.
    #[serde(default)]
    pub after: Vec<Slot>,
    /// Methods of the class that do the work.
    #[serde(default)]
    pub runs: Vec<Text>,
    /// The method of the class that gives the steps that come before it.
    pub requires: Option<Text>,
    /// The method that gives what those make, in the form in which they are required.
    pub takes: Option<Text>,
    /// Decorators of the class whose arguments come before it.
    #[serde(default)]
    pub required: Vec<Text>,
    /// The method of the class that gives the places of what it writes.
    pub makes: Option<Text>,
    /// The method whose arguments are the steps that come after it.
    pub next: Option<Text>,
    /// Methods of the decorated function that call it.
    #[serde(default)]
    called_by: Vec<Text>,
    /// Methods of the decorated function that call it once for each element of what they are given.
    #[serde(default)]
    mapped_by: Vec<Text>,
    /// What its function, or that method of its class, returns is the command that it runs: a line, or a list of words.
    #[serde(default)]
    pub returns_command: bool,
    /// Calls whose result the function returns, and which say what the step runs.
    #[serde(default)]
    pub told_by: Vec<Text>,
    /// Parameters of its function are named after the steps that make them.
    #[serde(default)]
    pub by_parameter: bool,
    /// Its inputs and outputs are names: a catalog says where they lie, and order follows from them.
    #[serde(default)]
    pub by_name: bool,
    /// All data of every step is to be declared, even where one declares nothing.
    #[serde(default)]
    pub declares: bool,
    /// It does nothing until a flow calls it.
    #[serde(default)]
    pub only_in_flows: bool,
    /// Calls that gather all such steps of modules, whatever their names.
    #[serde(default)]
    pub gathered_by: Vec<Text>,
    /// It waits for something that others make.
    #[serde(default)]
    pub waits: bool,
    /// What its function answers decides nothing: the next step runs whatever it is.
    #[serde(default)]
    pub goes_on: bool,
    /// The name of the flow that it starts, or waits for.
    pub starts: Option<Slot>,
}

/// What an orchestrator takes for a whole of steps: a DAG, a flow, a pipeline.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FlowForm {
    /// The orchestrator.
    pub tool: Text,
    /// Calling one of these makes a flow.
    call: Option<Names>,
    /// The function below one of these is a flow.
    decorator: Option<Names>,
    /// A class that extends one of these is a flow.
    class: Option<Names>,
    /// Its name; else that of its function or class.
    pub name: Option<Slot>,
    /// When it runs: a text with the clock's times, or data to wait for.
    #[serde(default)]
    pub schedule: Vec<Slot>,
    /// What makes times of the clock that are no text.
    #[serde(default)]
    pub clocks: Vec<Text>,
    /// Calling the function runs the flow.
    #[serde(default)]
    pub called: bool,
    /// What a step's method gets beside its object are the objects of the steps before.
    #[serde(default)]
    pub joins: bool,
    /// No two may have one name: the later that is loaded takes the other's place.
    #[serde(default)]
    pub unique: bool,
    /// It is not there until something calls its function.
    #[serde(default)]
    pub only_called: bool,
    /// Its steps run in the order in which it calls them.
    #[serde(default)]
    pub in_turn: bool,
}

/// How a tool hands to a script what its step says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct HandedForm {
    /// The names that the script finds.
    objects: Vec<Text>,
}

/// What puts steps in order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct OrderForm {
    /// Calls whose arguments run one after the other.
    #[serde(default)]
    chain: Vec<Text>,
    /// Calls that open a block whose steps are put in order together, and decorators of functions that do.
    #[serde(default)]
    group: Vec<Text>,
    /// Methods of a step whose arguments run after it.
    #[serde(default)]
    before: Vec<Text>,
    /// Methods of a step whose arguments run before it.
    #[serde(default)]
    after: Vec<Text>,
    /// Methods of what a step that was left running gives, and calls that get it, which wait for its end.
    #[serde(default)]
    awaits: Vec<Text>,
}

/// Files that give names to the places of data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CatalogForm {
    /// The folder of settings, of which the folder above is where places are seen from.
    pub folder: String,
    /// Patterns of the file names.
    files: Vec<String>,
    /// The file names of values that places are filled with.
    values: Vec<String>,
    /// What a name of a value begins with: `globals:`.
    pub prefix: String,
    /// Keys of an entry that hold the place.
    pub place: Vec<Text>,
    /// Keys of an entry that hold a table.
    pub table: Vec<Text>,
    /// Methods of the catalog that load an entry by its name.
    #[serde(default)]
    pub loads: Vec<Text>,
    /// Names of inputs that are settings, no data: all of them, or what begins the path of one (`params:*`).
    settings: Vec<String>,
    /// Attributes of a run's context that hold all settings.
    #[serde(default)]
    pub held: Vec<Text>,
    /// Patterns of the names of files, or of folders, that hold those settings.
    #[serde(default)]
    parameters: Vec<String>,
    /// Functions that say which pipelines a project has.
    #[serde(default)]
    pub registers: Vec<Text>,
    /// Calls by which such a function looks for them by itself.
    #[serde(default)]
    pub finds: Vec<Text>,
    /// The folder in which they are then looked for, beside the file that registers.
    #[serde(default)]
    pub found_in: String,
    /// The function of a package in there that makes its pipeline.
    #[serde(default)]
    pub found_as: Text,
}

/// The settings that a step asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'n> {
    /// All of them.
    All,
    /// What lies at a dotted path.
    At(&'n str),
}

impl CatalogForm {
    /// Is a file of that name a catalog?
    pub fn is_catalog(&self, name: &str) -> bool {
        self.files.iter().any(|pattern| matches_segment(pattern, name))
    }

    /// Does a file at that path hold the settings of steps?
    pub fn is_parameters(&self, path: &str) -> bool {
        path.split('/').any(|part| self.parameters.iter().any(|pattern| matches_segment(pattern, part)))
    }

    /// Does a file of that name hold values for places?
    pub fn has_values(&self, name: &str) -> bool {
        self.values.iter().any(|pattern| matches_segment(pattern, name))
    }

    /// The settings for which a step's input of that name asks: a dotted path, or all of them; none if it is no setting.
    pub fn setting<'n>(&self, name: &'n str) -> Option<Asked<'n>> {
        self.settings.iter().find_map(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.strip_prefix(prefix).map(Asked::At),
            None => (pattern == name).then_some(Asked::All),
        })
    }
}

/// In which way steps are put in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The receiver runs before the arguments.
    Before,
    /// The receiver runs after the arguments.
    After,
}

/// All that is known of orchestrators.
#[derive(Debug, Default)]
pub struct Orchestrators {
    steps: Forms<StepForm>,
    flows: Forms<FlowForm>,
    orders: Vec<OrderForm>,
    called_by: Vec<Text>,
    mapped_by: Vec<Text>,
    /// The names under which scripts get what their steps hand to them.
    handed_as: FxHashSet<Text>,
    /// The packages that bring all this.
    packages: FxHashSet<String>,
    /// Files that name places.
    pub catalogs: Vec<CatalogForm>,
}

/// How a thing is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeBy {
    /// By a call.
    Call,
    /// By a decorator.
    Decorator,
    /// By extending a class.
    Class,
}

#[derive(Debug)]
struct Forms<T> {
    calls: Table<T>,
    decorators: Table<T>,
    classes: Table<T>,
}

impl<T> Default for Forms<T> {
    fn default() -> Self {
        Self { calls: Table::default(), decorators: Table::default(), classes: Table::default() }
    }
}

impl<T: Clone> Forms<T> {
    fn add(&mut self, form: T, calls: Option<Names>, decorators: Option<Names>, classes: Option<Names>) {
        for (table, names) in
            [(&mut self.calls, calls), (&mut self.decorators, decorators), (&mut self.classes, classes)]
        {
            if let Some(names) = names {
                table.add(names.iter(), form.clone());
            }
        }
    }

    fn find(&self, by: MadeBy, name: Text) -> Option<&T> {
        let table = match by {
            MadeBy::Call => &self.calls,
            MadeBy::Decorator => &self.decorators,
            MadeBy::Class => &self.classes,
        };
        table.values.get(table.find(name)?)
    }
}

impl Orchestrators {
    pub(super) fn add_step(&mut self, mut form: StepForm) {
        let (calls, decorators, classes) = (form.call.take(), form.decorator.take(), form.class.take());
        self.called_by.append(&mut form.called_by);
        self.mapped_by.append(&mut form.mapped_by);
        self.know([&calls, &decorators, &classes]);
        self.steps.add(form, calls, decorators, classes);
    }

    pub(super) fn add_flow(&mut self, mut form: FlowForm) {
        let (calls, decorators, classes) = (form.call.take(), form.decorator.take(), form.class.take());
        self.know([&calls, &decorators, &classes]);
        self.flows.add(form, calls, decorators, classes);
    }

    fn know(&mut self, names: [&Option<Names>; 3]) {
        let names = names.into_iter().flatten().flat_map(Names::iter);
        self.packages.extend(names.filter_map(|name| name.split('.').next()).map(str::to_owned));
    }

    pub(super) fn add_handed(&mut self, form: &HandedForm) {
        self.handed_as.extend(form.objects.iter().copied());
    }

    /// Does a step that hands on what it makes under names say so under that keyword, or at that place among its texts?
    pub fn makes_by_name(&self, keyword: Text, place: u32) -> bool {
        let forms = self.steps.calls.values.iter().filter(|form| form.by_name);
        let mut slots = forms.flat_map(|form| &form.outputs);
        slots.any(|slot| match keyword.is_empty() {
            // The first argument is a function, and no text.
            true => slot.argument.is_some_and(|argument| argument == place as usize + 1),
            false => slot.keyword.as_ref().is_some_and(|names| names.iter().any(|name| name == keyword.as_str())),
        })
    }

    /// Does a script get under that name what its step hands to it?
    pub fn is_handed_as(&self, name: Text) -> bool {
        self.handed_as.contains(&name)
    }

    /// Does importing that module bring an orchestrator?
    pub fn is_imported_as(&self, module: &str) -> bool {
        module.split('.').next().is_some_and(|first| self.packages.contains(first))
    }

    pub(super) fn add_order(&mut self, form: OrderForm) {
        self.orders.push(form);
    }

    /// The step that a call of that name, or what is below a decorator or extends a class of that name, makes.
    pub fn step(&self, by: MadeBy, name: Text) -> Option<&StepForm> {
        self.steps.find(by, name)
    }

    /// The flow that is made so.
    pub fn flow(&self, by: MadeBy, name: Text) -> Option<&FlowForm> {
        self.flows.find(by, name)
    }

    /// Does that method of a function call it?
    pub fn calls_function(&self, method: Text) -> bool {
        self.called_by.contains(&method) || self.maps_function(method)
    }

    /// Does that method of a function call it for each element of what it is given?
    pub fn maps_function(&self, method: Text) -> bool {
        self.mapped_by.contains(&method)
    }

    /// Are the arguments of a call of that name steps that run one after the other?
    pub fn is_chain(&self, name: Text) -> bool {
        self.orders.iter().any(|o| o.chain.contains(&name))
    }

    /// Does a call or decorator of that name put steps together?
    pub fn is_group(&self, name: Text) -> bool {
        self.orders.iter().any(|o| o.group.contains(&name))
    }

    /// Does a method, or a call, of that name wait for steps that were left running?
    pub fn awaits(&self, name: Text) -> bool {
        self.orders.iter().any(|o| o.awaits.contains(&name))
    }

    /// Does that method of a function start it and go on?
    pub fn leaves_running(&self, method: Text) -> bool {
        self.calls_function(method)
    }

    /// The order into which that method puts a step and its arguments.
    pub fn order(&self, method: Text) -> Option<Order> {
        if self.orders.iter().any(|o| o.before.contains(&method)) {
            return Some(Order::Before);
        }
        self.orders.iter().any(|o| o.after.contains(&method)).then_some(Order::After)
    }
}
