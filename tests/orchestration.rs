//! Pipelines written in Python, linked with the lexicon: which steps there are, in which order, over which data.
#![allow(clippy::unwrap_used)]

use mldebt::source::{Content, Kind, Source};
use mldebt::system::graph::System;
use mldebt::system::told::Told;
use mldebt::vocabulary::{EdgeKind, NodeKind};
use mldebt::{catalog, read, system};

fn linked(files: &[(&str, &str)]) -> System {
    let source = |(path, text): &(&str, &str)| Source {
        path: (*path).to_owned(),
        kind: if path.ends_with(".py") { Kind::Python } else { Kind::Yaml },
        content: Content::Memory((*text).into()),
        size: 0,
        links: Vec::new(),
    };
    let mut sources: Vec<Source> = files.iter().map(source).collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let facts = read::all(&sources, &|| ());
    system::link(&sources, &[], &facts, &catalog::lexicon(&[]).unwrap(), &Told::default(), mldebt::checks::ALL)
}

/// The edges of a kind from steps to nodes of a kind, as `from > to`, sorted.
fn edges(system: &System, kind: EdgeKind, to: NodeKind) -> Vec<String> {
    let wanted = system.edges().filter(|edge| edge.kind == kind);
    let wanted = wanted.filter(|edge| system.node(edge.from).kind == NodeKind::Step && system.node(edge.to).kind == to);
    let mut shown: Vec<String> = wanted
        .map(|edge| format!("{} > {}", system.node(edge.from).name.as_str(), system.node(edge.to).name.as_str()))
        .collect();
    shown.sort();
    shown.dedup();
    shown
}

fn order(system: &System) -> Vec<String> {
    edges(system, EdgeKind::Follows, NodeKind::Step)
}

#[test]
fn operators_methods_and_helpers_put_steps_in_order() {
    let system = linked(&[(
        "dag.py",
        r#"
from airflow import DAG
from airflow.models.baseoperator import chain
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.utils.edgemodifier import Label

dag = DAG("nightly", schedule="@daily")

def task(name, **more):
    return EmptyOperator(task_id=name, dag=dag, **more)

one = EmptyOperator(task_id="one", dag=dag)
two = EmptyOperator(task_id="two", dag=dag)
three = EmptyOperator(task_id="three", dag=dag)
four = EmptyOperator(task_id="four", dag=dag)
five = EmptyOperator(task_id="five", dag=dag)
six = EmptyOperator(task_id="six", dag=dag)
one >> Label("go") >> [two, three] >> four
five << four
chain(five, six)
task("loose").set_upstream(six)
"#,
    )]);
    let found = order(&system);
    for expected in
        ["two > one", "three > one", "four > two", "four > three", "five > four", "six > five", "loose > six"]
    {
        assert!(found.iter().any(|f| f == expected), "{expected} not in {found:?}");
    }
    assert!(!found.contains(&"four > one".to_owned()), "{found:?}");
    let flows = edges(&system, EdgeKind::Follows, NodeKind::Group);
    assert!(flows.contains(&"one > nightly".to_owned()), "{flows:?}");
}

#[test]
fn groups_stand_for_all_their_steps() {
    let system = linked(&[(
        "dag.py",
        r#"
from airflow.decorators import dag, task, task_group
from airflow.operators.empty import EmptyOperator
from airflow.utils.task_group import TaskGroup

@task
def load(): return 1

@task
def clean(x): return x

@task
def count(x): return x

@task_group
def prepare(x):
    return count(clean(x))

@dag
def nightly():
    with TaskGroup("reports") as reports:
        first = EmptyOperator(task_id="first")
        with TaskGroup("inner"):
            second = EmptyOperator(task_id="second")
    after = EmptyOperator(task_id="after")
    prepare(load()) >> reports >> after
"#,
    )]);
    let expected = [
        "after > first",
        "after > second",
        "clean > load",
        "count > clean",
        "first > clean",
        "first > count",
        "second > clean",
        "second > count",
    ];
    assert_eq!(order(&system), expected);
}

#[test]
fn arguments_reach_functions_and_programs() {
    let system = linked(&[
        (
            "dags/load.py",
            r#"
import pandas as pd
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

OUT = "/data"

def load(source, target="/data/default.csv"):
    pd.read_csv(source).to_csv(target)

with DAG("load", schedule_interval=None) as dag:
    first = PythonOperator(task_id="first", python_callable=load, op_kwargs={"source": "/in/a.csv", "target": f"{OUT}/a.csv"})
    second = PythonOperator(task_id="second", python_callable=load, op_kwargs=dict(source="/in/b.csv"))
    third = BashOperator(task_id="third", bash_command="cd /opt/app && python jobs/fit.py --frame /data/a.csv {{ ds }}")
    first >> second >> third
"#,
        ),
        (
            "jobs/fit.py",
            r#"
import argparse
import pandas as pd

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--frame")
    pd.read_csv(parser.parse_args().frame)
"#,
        ),
    ]);
    let reads = edges(&system, EdgeKind::Reads, NodeKind::Dataset);
    assert!(reads.contains(&"third > /data/a.csv".to_owned()), "{reads:?}");
    assert!(reads.contains(&"first > /in/a.csv".to_owned()), "{reads:?}");
    let writes = edges(&system, EdgeKind::Writes, NodeKind::Dataset);
    assert!(writes.contains(&"first > /data/a.csv".to_owned()), "{writes:?}");
    assert!(writes.contains(&"second > /data/default.csv".to_owned()), "{writes:?}");
    assert_eq!(edges(&system, EdgeKind::Calls, NodeKind::Module), ["third > jobs/fit.py"]);
}

#[test]
fn results_of_calls_put_steps_in_order() {
    let system = linked(&[(
        "flow.py",
        r#"
from zenml import pipeline, step

@step
def load():
    return 1

@step
def split(frame):
    return frame, frame

@step(name="fit-model")
def fit(train): ...

@step
def tell(): ...

@pipeline
def training():
    train, test = split(load())
    fit(train)
    tell(after=["fit-model"])
"#,
    )]);
    assert_eq!(order(&system), ["fit-model > split", "split > load", "tell > fit-model"]);
}

#[test]
fn a_flow_in_turn_a_class_of_steps_and_tasks_that_require() {
    let prefect = linked(&[(
        "flow.py",
        r#"
import pandas as pd
from prefect import flow, task

@task
def fetch(path): pd.DataFrame().to_csv(path)

@task
def show(path): pd.read_csv(path)

@flow
def first(): fetch.submit("a.csv")

@flow
def second(): show("a.csv")

@flow
def both():
    first()
    second()
"#,
    )]);
    assert_eq!(order(&prefect), ["show > fetch"]);
    assert_eq!(edges(&prefect, EdgeKind::Writes, NodeKind::Dataset), ["fetch > a.csv"]);

    let metaflow = linked(&[(
        "flow.py",
        r#"
from metaflow import FlowSpec, step

class Flow(FlowSpec):
    @step
    def start(self):
        self.next(self.left, self.right)

    @step
    def left(self): self.next(self.join)

    @step
    def right(self): self.next(self.join)

    @step
    def join(self, inputs): pass
"#,
    )]);
    assert_eq!(order(&metaflow), ["join > left", "join > right", "left > start", "right > start"]);

    let luigi = linked(&[(
        "tasks.py",
        r#"
import luigi
from luigi.util import requires

class A(luigi.Task):
    def output(self): return luigi.LocalTarget("a.csv")
    def run(self):
        with self.output().open("w") as out: out.write("x")

@requires(A)
class B(luigi.Task):
    def output(self): return {"b": luigi.LocalTarget("b.csv")}
    def run(self): open("c.csv").read()

class C(luigi.Task):
    def requires(self): return [A(), B()]
    def run(self): pass
"#,
    )]);
    assert_eq!(order(&luigi), ["B > A", "C > A", "C > B"]);
    assert_eq!(edges(&luigi, EdgeKind::Writes, NodeKind::Dataset), ["A > a.csv"]);
    let declared = edges(&luigi, EdgeKind::Declares, NodeKind::Dataset);
    assert_eq!(declared, ["A > a.csv", "B > a.csv", "B > b.csv", "C > a.csv", "C > b.csv"]);
}

#[test]
fn assets_depend_on_what_their_parameters_and_deps_name() {
    let system = linked(&[(
        "assets.py",
        r#"
import dagster as dg
from dagster import AssetIn, AssetKey, asset

@asset
def raw(): return 1

@dg.asset(name="side")
def other() -> None: ...

@asset(ins={"x": AssetIn(key=AssetKey(["zone", "raw"]))}, deps=[other])
def clean(x): return x

@asset
def model(clean, context): return clean

@dg.multi_asset(specs=[dg.AssetSpec("left"), dg.AssetSpec(key=AssetKey(["zone", "right"]), deps=["model"])])
def both(): ...

@dg.multi_asset(outs={"up": dg.AssetOut(), "down": dg.AssetOut()}, deps=["left"])
def more(right): ...

@asset
def report(up): ...
"#,
    )]);
    let expected = ["both > model", "clean > raw", "clean > side", "model > clean", "more > both", "report > more"];
    assert_eq!(order(&system), expected);
}

#[test]
fn a_catalog_says_where_names_lie() {
    let system = linked(&[
        (
            "conf/base/catalog.yml",
            "_csv: &csv\n  type: pandas.CSVDataset\n\
             raw:\n  <<: *csv\n  filepath: ${globals:paths.raw}/raw.csv\n\
             'table@spark':\n  filepath: s3://${oc.env:BUCKET,shop}/table\n\
             '{name}_model':\n  filepath: models/{name}.pkl\n\
             rows: {type: pandas.SQLTableDataset, table_name: Rows}\n",
        ),
        ("conf/base/globals.yml", "paths:\n  root: data\n  raw: ${paths.root}/01\n"),
        (
            "src/p/pipeline.py",
            r#"
from kedro.pipeline import node, pipeline
from kedro.pipeline.node import Node

def make(x): return x

def create(**kwargs):
    return pipeline([
        node(make, "raw", "table@pandas", name="one"),
        node(func=make, inputs={"x": "table@spark", "o": "params:o"}, outputs=["big_model", "memory"], name="two"),
        Node(lambda x: x, ["space.memory", "rows"], None, name="three"),
    ])
"#,
        ),
    ]);
    assert_eq!(order(&system), ["three > two", "two > one"]);
    let reads = edges(&system, EdgeKind::Reads, NodeKind::Dataset);
    assert_eq!(reads, ["one > data/01/raw.csv", "three > table:rows", "two > s3://shop/table"]);
    let writes = edges(&system, EdgeKind::Writes, NodeKind::Dataset);
    assert_eq!(writes, ["one > s3://shop/table", "two > models/big.pkl"]);
}

#[test]
fn long_chains_and_circles_end() {
    let chain = (0..3000).map(|_| "a").collect::<Vec<_>>().join(" >> ");
    let nested = format!("{}a{}", "[".repeat(60), "]".repeat(60));
    let text = format!(
        "from airflow import DAG\nfrom airflow.operators.empty import EmptyOperator\n\
         a = EmptyOperator(task_id='a')\nb = EmptyOperator(task_id='b')\n{chain} >> b >> a\n{nested} >> b\n\
         def f(x): return f(x >> a)\nf(b)\n"
    );
    let system = linked(&[
        ("dag.py", &text),
        ("conf/base/catalog.yml", "a:\n  filepath: ${a}${b\nb:\n  filepath: ${b.filepath}\n"),
        ("conf/base/globals.yml", "a: ${b}\nb: ${a}\n"),
    ]);
    assert!(order(&system).contains(&"b > a".to_owned()));
}
