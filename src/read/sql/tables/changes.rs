//! What a statement changes.

use sqlparser::ast::{
    CopyIntoSnowflakeKind, CopySource, CopyTarget, Delete, Expr, FromTable, Insert, ObjectName, ObjectType, Select,
    Statement, TableFactor, TableObject, TableWithJoins, Update, UpdateTableFromKind,
};

use sqlparser::tokenizer::Location;

use super::{Reader, Use};
use crate::fact::Access;

impl Reader<'_> {
    /// Notes what a statement changes, which of its tables are only written, and what is read without a FROM.
    pub(super) fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => self.target(&merge.table, &[], Access::Append),
            Statement::CreateView(view) => self.write(&view.name, Access::Write),
            Statement::CreateTable(table) if table.query.is_some() || table.clone.is_some() => {
                self.write(&table.name, Access::Write);
                table.clone.iter().for_each(|c| self.write(c, Access::Read));
            }
            Statement::Truncate(truncate) => {
                truncate.table_names.iter().for_each(|t| self.write(&t.name, Access::Delete));
            }
            Statement::Drop {
                object_type: ObjectType::Table | ObjectType::View | ObjectType::MaterializedView,
                names,
                ..
            } => {
                names.iter().for_each(|n| self.write(n, Access::Delete));
            }
            Statement::Copy { source, to, target, .. } => {
                if let CopySource::Table { table_name, .. } = source {
                    self.write(table_name, if *to { Access::Read } else { Access::Append });
                }
                if let CopyTarget::File { filename } = target {
                    self.lies_at(filename, if *to { Access::Write } else { Access::Read });
                }
            }
            Statement::CopyIntoSnowflake { kind: CopyIntoSnowflakeKind::Table, into, from_obj, .. } => {
                self.write(into, Access::Append);
                from_obj.iter().for_each(|from| self.address(from, Access::Read));
            }
            Statement::CopyIntoSnowflake { kind: CopyIntoSnowflakeKind::Location, into, from_obj, .. } => {
                from_obj.iter().for_each(|f| self.write(f, Access::Read));
                self.address(into, Access::Write);
            }
            Statement::CreateTable(table) if table.external && table.location.is_some() => {
                self.write(&table.name, Access::Write);
                table.location.iter().for_each(|path| self.lies_at(path, Access::Read));
            }
            Statement::LoadData { table_name, overwrite, inpath, .. } => {
                self.write(table_name, if *overwrite { Access::Write } else { Access::Append });
                self.lies_at(inpath, Access::Read);
            }
            _ => {}
        }
    }

    /// Touches a table that stands in no FROM.
    fn write(&mut self, name: &ObjectName, access: Access) {
        let _ = self.touch(name, access);
    }

    /// Touches a file that a statement names beside its tables.
    fn lies_at(&mut self, path: &str, access: Access) {
        self.uses.push((Use::beside(access, path, true, self.mask), Location::empty(), Location::empty()));
    }

    /// Touches what a statement names by its address in place of a table.
    fn address(&mut self, name: &ObjectName, access: Access) {
        let [only] = name.0.as_slice() else { return };
        if let Some(ident) =
            only.as_ident().filter(|ident| ident.quote_style == Some('\'') && ident.value.contains('/'))
        {
            self.lies_at(&ident.value, access);
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let access = if insert.overwrite { Access::Write } else { Access::Append };
        let into = insert.multi_table_into_clauses.iter().map(|c| &c.table_name);
        into.for_each(|name| self.write(name, access));
        let TableObject::TableName(name) = &insert.table else { return };
        let Some(table) = self.touch(name, access) else { return };
        for column in insert.columns.iter().filter_map(|c| c.0.last()?.as_ident()) {
            let column = self.word(column);
            self.list(table, &column);
        }
    }

    fn update(&mut self, update: &Update) {
        let from = match &update.from {
            Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => from.as_slice(),
            None => &[],
        };
        self.target(&update.table.relation, from, Access::Append);
    }

    fn delete(&mut self, delete: &Delete) {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        if delete.tables.is_empty() {
            from.iter().for_each(|f| self.target(&f.relation, &[], Access::Delete));
        }
        for name in &delete.tables {
            match aliased(name, from) {
                Some(factor) => self.target(factor, &[], Access::Delete),
                None => self.write(name, Access::Delete),
            }
        }
    }

    /// A table that is changed where a statement could also read: it may be an alias of one in `from`.
    fn target(&mut self, factor: &TableFactor, from: &[TableWithJoins], access: Access) {
        let TableFactor::Table { name, .. } = factor else { return };
        self.targets.insert(std::ptr::from_ref(factor));
        match aliased(name, from) {
            Some(real @ TableFactor::Table { name, .. }) => {
                self.targets.insert(std::ptr::from_ref(real));
                self.write(name, access);
            }
            _ => self.write(name, access),
        }
    }

    /// `SELECT ... INTO table`.
    pub(super) fn into(&mut self, select: &Select) {
        for target in select.into.iter().flat_map(|i| &i.targets) {
            self.taken.insert(std::ptr::from_ref(target));
            match target {
                Expr::Identifier(name) => self.write(&ObjectName::from(vec![name.clone()]), Access::Write),
                Expr::CompoundIdentifier(names) => self.write(&ObjectName::from(names.clone()), Access::Write),
                _ => {}
            }
        }
    }
}

/// The table in `from` that has that name for an alias.
fn aliased<'a>(name: &ObjectName, from: &'a [TableWithJoins]) -> Option<&'a TableFactor> {
    let [only] = name.0.as_slice() else { return None };
    let only = only.as_ident()?;
    let factors = from.iter().flat_map(|f| std::iter::once(&f.relation).chain(f.joins.iter().map(|j| &j.relation)));
    let mut tables = factors.filter(|f| matches!(f, TableFactor::Table { .. }));
    tables.find(|f| {
        let TableFactor::Table { alias: Some(alias), .. } = f else { return false };
        alias.name.value.eq_ignore_ascii_case(&only.value)
    })
}
