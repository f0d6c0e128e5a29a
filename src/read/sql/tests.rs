//! What snippets of SQL say.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use super::*;

/// `r t(a,b)`: reads columns a and b of t; `w`, `a`, `d` for written, added to, deleted.
fn short(uses: &[TableUse]) -> String {
    let one = |u: &TableUse| {
        let access = match u.access {
            Access::Read => "r",
            Access::Write => "w",
            Access::Append => "a",
            Access::Delete => "d",
        };
        let columns: Vec<&str> = u.columns.iter().map(Text::as_str).collect();
        let columns = if columns.is_empty() { String::new() } else { format!("({})", columns.join(",")) };
        format!("{access} {}{columns}", u.table)
    };
    uses.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(short(&statement(text)), *expected, "{text}");
    }
}

/// Without columns.
#[track_caller]
fn check_tables(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let mut uses = statement(text);
        uses.iter_mut().for_each(|u| u.columns.clear());
        assert_eq!(short(&uses), *expected, "{text}");
    }
}

#[track_caller]
fn check_file(text: &str, expected: &str) -> Facts {
    let facts = file(text, "stem");
    assert_eq!(short(&facts.tables), expected, "{text}\n{:?}", facts.problems);
    facts
}

#[test]
fn reads_are_found_wherever_a_table_can_stand() {
    check_tables(&[
        ("SELECT 1", ""),
        ("select * from a, b.c join d on a.x = d.x left join (e cross join f)", "r a; r b.c; r d; r e; r f"),
        (
            "select (select max(x) from a) from b where y in (select y from c) order by (select 1 from d)",
            "r a; r b; r c; r d",
        ),
        ("select * from (select * from a) t union all select * from b except select * from c", "r a; r b; r c"),
        ("(select * from a) union (select * from b)", "r a; r b"),
        ("explain select * from a", "r a"),
        ("select * from t, unnest(t.items) i, t.tags g, generate_series(1, 2) s, lateral flatten(t.x) f", "r t"),
        ("select * from sales pivot (sum(x) for q in ('a', 'b')) p", "r sales"),
        ("select a from t limit 3; select b from u", "r t; r u"),
    ]);
}

#[test]
fn names_of_with_are_no_tables_where_they_can_be_seen() {
    check_tables(&[
        ("with a as (select * from t) select * from a join b", "r t; r b"),
        ("with a as (select * from t), b as (select * from a) select * from b", "r t"),
        // In its own body the name still means the table.
        ("with orders as (select * from orders) select * from ORDERS", "r orders"),
        ("with recursive a as (select 1 union all select * from a join t) select * from a", "r t"),
        ("select * from (with a as (select 1) select * from a) x join a", "r a"),
        ("with a as (with b as (select * from t) select * from b) select * from a, b", "r t; r b"),
        ("with a as (select 1) select * from s.a", "r s.a"),
        ("insert into t with a as (select * from b) select * from a", "a t; r b"),
    ]);
}

#[test]
fn writes_are_told_apart() {
    check_tables(&[
        ("insert into t (a, b) values (1, 2)", "a t"),
        ("insert into s.t select * from u", "a s.t; r u"),
        ("insert or replace into t values (1)", "a t"),
        ("replace into t values (1)", "a t"),
        ("insert overwrite table t select * from u", "w t; r u"),
        ("create table t (a int)", ""),
        ("create table if not exists t (a int primary key autoincrement)", ""),
        ("create or replace table t as select * from u", "w t; r u"),
        ("create or replace view v as select * from u", "w v; r u"),
        ("create materialized view v as select * from u", "w v; r u"),
        ("create table t clone u", "w t; r u"),
        ("select a into t from u", "w t; r u"),
        ("update t set a = 1 where b in (select b from u)", "a t; r u"),
        ("update x set a = y.a from t x join u y on x.id = y.id", "a t; r u"),
        ("merge into t using u on t.id = u.id when matched then update set a = u.a", "a t; r u"),
        (
            "merge into t using (select * from u) s on t.id = s.id when not matched then insert (a) values (s.a)",
            "a t; r u",
        ),
        ("delete from t where a = 1", "d t"),
        ("delete x from t x join u on x.id = u.id", "d t; r u"),
        ("DELETE FROM lr_model WHERE lookup = %s LIMIT 1", "d lr_model"),
        ("truncate table a, b", "d a; d b"),
        ("drop table if exists a, b", "d a; d b"),
        ("drop index i", ""),
        ("copy t from 'x.csv' csv header", "r x.csv; a t"),
        ("copy t (a, b) from stdin", "a t"),
        ("copy t to 'x.csv'", "w x.csv; r t"),
        ("copy (select * from t) to 'x.parquet' (format parquet)", "w x.parquet; r t"),
        ("copy into t from @stage/x", "a t"),
        ("load data inpath 'x' into table t", "r x; a t"),
        ("pragma table_info(t)", ""),
        ("alter table t add column a int", ""),
    ]);
}

#[test]
fn columns_are_listed_if_they_are_the_tables_for_sure() {
    check(&[
        ("select a, t.b, sum(c) from t where d > 1 group by e", "r t(a,b,c,d)"),
        ("select * from t", "r t(*)"),
        ("select count(*) from t", "r t"),
        ("select x.a, b, y.* from t x join u y on x.id = y.key", "r t(a,id); r u(*,key)"),
        ("select a from t where exists (select 1 from u where u.k = t.k and z = 1)", "r t(a,k); r u(k,z)"),
        ("select data.list[0].item, o.x from s.o", "r s.o(x,data)"),
        ("select sum(a) as n from t having n > 1 order by n", "r t(a)"),
        ("with q as (select a from t) select b from q", "r t(a)"),
        ("select a from t where b != \"it's\" and c = \"x:y\"", "r t(a,b,c)"),
        ("insert into t (a, B) select c from u where d = :d and e = @e", "a t(a,b); r u(c,d,e)"),
        ("select A, \"B c\" from t", "r t(a,b c)"),
    ]);
}

#[test]
fn names_lose_quotes_and_case() {
    check_tables(&[
        ("SELECT * FROM \"2023-24\"", "r 2023-24"),
        ("SELECT * FROM Big.Data", "r big.data"),
        ("select * from `p-1.set.table`", "r p-1.set.table"),
        ("select * from `p`.`set`.`table`", "r p.set.table"),
        ("select * from my-project.set.table", "r my-project.set.table"),
        ("select top 5 * from [dbo].[T x]", "r dbo.t x"),
        ("select * from \"a\".\"b\"", "r a.b"),
    ]);
}

#[test]
fn files_stand_for_tables() {
    check_tables(&[
        ("select * from read_parquet('A/b.parquet')", "r A/b.parquet"),
        ("select * from read_csv_auto('{}/b.csv') x, read_parquet(b), f('c.csv')", "r {}/b.csv"),
        ("select * from 'a.parquet' join t", "r a.parquet; r t"),
        ("select * from \"data/a.csv\"", "r data/a.csv"),
    ]);
    assert!(statement("select * from 'a.csv', t").iter().map(|t| t.file).eq([true, false]));
}

#[test]
fn the_databases_own_books_are_no_tables() {
    check_tables(&[("select name from sqlite_master", ""), ("select * from information_schema.tables", "")]);
}

#[test]
fn unknown_parts_stay_unknown() {
    check(&[
        ("select * from {}", "r {}(*)"),
        ("select * from \"odds_{}_new\"", "r odds_{}_new(*)"),
        ("select a from odds_{} where d = '{}'", "r odds_{}(a,d)"),
        ("select {} from {}.t where x = {} and y in ({})", "r {}.t({},x,y)"),
        ("select a from t {}", "r t(a)"),
        ("select a from t where b = 1 {} {}", "r t(a,b)"),
        ("insert into {} (lookup, value) values (%s,%s)", "a {}(lookup,value)"),
        ("select a from t where b = %(b)s and c = ? and d = $1 and e = :e limit %s", "r t(a,b,c,d,e)"),
        ("select a from {schema}.t_%s where b like '%%s'", "r {}.t_{}(a,b)"),
        ("select a from t where b in ({})", "r t(a,b,{})"),
    ]);
}

#[test]
fn prose_is_no_sql() {
    check(&[
        ("", ""),
        ("update the model please", ""),
        ("Load the model from the table", ""),
        ("the rows select from t", ""),
        ("with great care, select features from data", ""),
        ("Insert coin", ""),
        ("from here", ""),
        ("create a table for users", ""),
        ("/* note */ -- more\n (select a from t)", "r t(a)"),
    ]);
}

#[test]
fn a_bad_statement_loses_no_other() {
    let facts = check_file("select a from t;\nselect a from (;\ndelete from u; selct 1;", "r t(a); d u");
    assert_eq!(facts.problems.len(), 1);
    let problem = &facts.problems[0];
    assert_eq!((problem.kind, problem.span.start / 17), (ProblemKind::Syntax, 1), "{problem:?}");
    let facts = check_file("pragma what ever (is;\nset x := 1 2 3;\ncreate function f() what;\nalter nothing", "");
    assert_eq!(facts.problems, []);
    let facts = check_file("select {{ a }} {{ b }} from ((", "w stem");
    assert_eq!(facts.problems[0].kind, ProblemKind::Template);
}

#[test]
fn places_are_bytes_of_the_file() {
    let text = "-- é\nselect 'ü' as x, b from  Été.\"T ö\"  e; insert into k values ('é'); drop table `ß`;";
    let facts = check_file(text, "r été.t ö(b); a k; d ß");
    let at = |i: usize| &text[facts.tables[i].span.start as usize..facts.tables[i].span.end as usize];
    assert_eq!([at(0), at(1), at(2)], ["Été.\"T ö\"", "k", "`ß`"]);
    let text = "\u{feff}select * from a";
    assert_eq!(file(text, "x").tables[0].span, Span::new(text.len() - 1, text.len()));
}

#[test]
fn a_dbt_model_reads_its_refs_and_writes_itself() {
    let text = "{{\n config(tags=['a;b'])\n}}\n-- don't\nwith s as (select * from {{ source('Raw', 'locations') }})\n\
                select o.*, {{ cents('x') }} as y from {{ ref(\"orders\") }} o join s on o.id = s.id\n\
                {% if is_incremental() %} where o.d > '{{ var('min') }}' {% else %} broken ( {% endif %}";
    let facts = check_file(text, "r raw.locations(*); r orders(*,id,d); w stem");
    assert_eq!(facts.problems, []);
    let span = facts.tables[1].span;
    assert_eq!(&text[span.start as usize..span.end as usize], "{{ ref(\"orders\") }}");
    check_file("with orders as (select a from {{ ref('orders') }}) select * from orders", "r orders(a); w stem");
    check_file(
        "select orders.a, u.b from {{ ref('p', 'orders') }} join {{ ref('u') }} u on 1=1",
        "r orders(a); r u(b); w stem",
    );
    check_file(
        "{% for c in cs %} select {{ c }} from {{ ref('a') }} {% if not loop.last %} union all {% endif %} {% endfor %}",
        "r a({}); w stem",
    );
    check_file(
        "select a, {% for c in cs %} sum({{ c }}) as {{ c }}_x {{ ',' if not loop.last }} {% endfor %} from {{ ref('a') }}",
        "r a(a,{}); w stem",
    );
    check_file("select {{ dbt_utils.star() }} from {{ this }}.t_{{ x }}", "r {}.t_{}({}); w stem");
    check_file("select * from a", "r a(*)");
    check_file("{{ dbt_utils.union(1) }}", "");
}

#[test]
fn what_a_template_reads_is_told_even_if_it_is_no_sql() {
    let facts = check_file("select a from {{ ref('a') }} where {{ x }} between ((", "r a; w stem");
    assert_eq!(facts.problems[0].kind, ProblemKind::Template);
}

#[test]
fn macros_use_nothing() {
    check_file("{% macro m(x) %}\nselect * from t; {% if x %} drop table t {% endif %}\n{% endmacro %}", "");
    check_file("{% test t(model) %} select * from {{ model }} {% endtest %}", "");
}

#[test]
fn notes_are_taken_from_comments() {
    let facts = file("select 1; -- mldebt: ignore[a] b\n# mldebt: ignore[c] d\nselect '-- mldebt: ignore[e] f'", "x");
    assert_eq!(facts.notes.len(), 2);
}

#[test]
fn scripts_of_other_tools_are_read_around_their_commands() {
    check_file("\\connect x\nCOPY public.t (a) FROM stdin;\n1\tit's\n\\.\nselect a from u;", "a public.t; r u(a)");
    check_file("select a from t\nGO\nselect b from u\ngo", "r t(a); r u(b)");
    check_file(
        "create function f() returns int as $$ begin select 1 from z; end $$ language plpgsql; delete from u",
        "d u",
    );
    check_file(
        "# it's BigQuery\nselect a, t.b[offset(0)] from `x.${y}.t` t where a != \"x\" group by all",
        "r x.{}.t(a,b)",
    );
}

#[test]
fn whatever_a_text_holds_reading_it_ends_soon() {
    let many = |text: &str, times: usize| text.repeat(times);
    let shapes = [
        format!("select {}", many("(", 20_000)),
        format!("select {}1{}", many("(", 190), many(")", 190)),
        format!("select {}1{}", many("(select ", 190), many(")", 190)),
        format!("select * from {}t{}", many("(", 190), many(")", 190)),
        format!("select * from {}t{}", many("(select * from ", 190), many(") x", 190)),
        format!("select {}1{}", many("f(", 190), many(")", 190)),
        format!("select {}1{}", many("cast(case (", 60), many(")", 60)),
        format!("select {}1", many("case when ", 10_000)),
        format!("select {}1", many("not ", 50_000)),
        format!("select {}1", many("- ", 50_000)),
        format!("select {}", many("[", 20_000)),
        format!("select {}", many("{", 20_000)),
        format!("select {}", many("a.", 50_000)),
        format!("select {}1", many("1+", 100_000)),
        format!("select a{} from t", many("::int", 30_000)),
        format!("select a{} from t", many("[1]", 50_000)),
        format!("select cast(a as {}int)", many("array<", 20_000)),
        format!("select cast(a as {}int{})", many("array(", 150), many(")", 150)),
        format!("select * from t match_recognize(pattern({}", many("(", 20_000)),
        format!("select * from t match_recognize(pattern({}a{}) define a as 1)", many("(", 190), many(")", 190)),
        format!("select * from t{}", many(" join t", 2_000)),
        format!("select * from t{}", many(" join t", 199)),
        format!("select * from t{}", many(" natural join t", 199)),
        format!("select 1{}", many(" union select 1", 200_000)),
        format!("select 1{}", many(" union select 1", 499)),
        format!("select {}1 from t", many("a,", 100_000)),
        format!("select 1 from {}t", many("a.b,", 50_000)),
        format!("select {} from t", many("t.x,", 50_000)),
        format!("with {} a as (select 1) select 1", many("a as (select * from a),", 10_000)),
        format!("insert into t values {}(1)", many("(1,'x'),", 30_000)),
        format!("insert into t values {}(1)", many("(1,'x'),", 300_000)),
        format!("select '{}", many("a;", 100_000)),
        format!("select \"{}", many("a;", 100_000)),
        many("select $a", 100_000),
        many("$a$ $b$ ", 100_000),
        many("/* ", 100_000),
        many("select 1;", 50_000),
        many("select (;", 5_000),
        many(" ", 1_000_000),
        many("select {{ a }} ", 50_000),
        many("{{ a }}", 100_000),
        many("{% if a %}", 50_000),
        many("{% macro a %}", 50_000),
        many("{% macro a %}{% endmacro %}", 50_000),
        many("{{", 200_000),
        many("{% if a", 100_000),
        format!("select {}", many("{} ", 50_000)),
        format!("select {}", many("%s ", 50_000)),
        many("select \0\u{1}\u{fffd}é;", 10_000),
    ];
    for shape in shapes {
        let start = Instant::now();
        statement(&shape);
        file(&shape, "x");
        let name: String = shape.chars().take(40).collect();
        let took = start.elapsed();
        assert!(took < Duration::from_secs(30), "{took:?} {name}");
    }
}

/// `t: a <- x.b; *x`: what each query of a file makes.
fn made(text: &str) -> Vec<String> {
    let one = |p: &Projection| {
        let column = |c: &ProjectedColumn| {
            let from: Vec<String> = c.from.iter().map(|(t, c)| format!("{t}.{c}")).collect();
            format!("{} <- {}", c.name, from.join(","))
        };
        let all = p.all_of.iter().map(|t| format!("*{t}"));
        let parts: Vec<String> = p.columns.iter().map(column).chain(all).collect();
        format!("{}: {}", p.table, parts.join("; "))
    };
    file(text, "stem").projections.iter().map(one).collect()
}

#[test]
fn columns_come_from_columns() {
    let cases = [
        (
            "select a, b as c, t.d, 1 as e, f(g, h) as i from s.t",
            ": a <- s.t.a; c <- s.t.b; d <- s.t.d; e <- ; i <- s.t.g,s.t.h",
        ),
        ("create table x as select * from a join b using (id)", "x: *a; *b"),
        ("insert into x (p, q) select l.a, r.b from l, (select b + c as b from s) r", "x: p <- l.a; q <- s.b,s.c"),
        (
            "with é as (select *, y as z from t), w as (select z, k from é) select w.*, é.q from w join é on 1 = 1",
            ": z <- t.y; k <- t.k; q <- t.q",
        ),
        ("select a from t union all select b from u", ": a <- t.a,u.b"),
        ("with c(x) as (select a from t) select x, unknown from c join d on true", ": x <- t.a; unknown <- d.unknown"),
        (
            "select o.*, u.company from {{ ref('orders') }} o left join {{ ref('users') }} u on o.id = u.id",
            ": company <- users.company; *orders",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(made(text), [expected], "{text}");
    }
    assert!(made("select 1; drop table x; select * from f(1)").is_empty());
    let text = "with é as (select a, b as c from t)\nselect é.*, é.*, d\nfrom é, u";
    let facts = file(text, "stem");
    let places: Vec<&str> =
        facts.projections[0].columns.iter().map(|c| &text[c.span.start as usize..c.span.end as usize]).collect();
    assert_eq!(places, ["a", "c", "a", "c", "d"]);
}
