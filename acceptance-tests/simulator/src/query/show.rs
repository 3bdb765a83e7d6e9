//! `SHOW` and `DESCRIBE`: each is written as a table, over which SQLite answers `LIKE` and `WHERE`.

use sqlparser::ast::{
    Expr, Ident, ObjectName, ShowStatementFilter, ShowStatementFilterPosition, ShowStatementOptions, Statement,
};

use super::{Condition, DATABASES, Session, check_operators, known_database, parse_all, single_name, text, texts};
use crate::answer::{Answer, Cell, Column, ColumnKind, ServerError, Table};

impl Session {
    pub(super) fn show(&mut self, statement: Statement) -> Result<Answer, ServerError> {
        let (table, filter) = match statement {
            Statement::ShowVariables { filter, global, .. } => {
                (texts(["Variable_name", "Value"], self.variables.list(global)), filter)
            }
            Statement::ShowStatus { filter, .. } => (texts(["Variable_name", "Value"], []), filter),
            Statement::ShowDatabases { show_options, .. } => (
                texts(["Database"], DATABASES.map(|name| [name.to_owned()])),
                suffix(show_options),
            ),
            Statement::ShowTables { full, show_options, .. } => {
                (self.tables(full, container(&show_options))?, suffix(show_options))
            }
            Statement::ShowColumns { show_options, .. } => {
                let name = container(&show_options).ok_or_else(|| text::syntax_error("", 1))?;
                (self.columns(name)?, suffix(show_options))
            }
            Statement::ExplainTable { table_name, .. } => (self.columns(&table_name)?, None),
            Statement::ShowCollation { filter } => (collations(), filter),
            Statement::ShowCharset(charset) => (character_sets(), charset.filter),
            Statement::ShowVariable { variable } => (self.other(&variable)?, None),
            other => return Err(text::unsupported(other)),
        };
        self.filtered(table, filter).map(Answer::Rows)
    }

    /// `SHOW PARAMETERS WHERE …`: the cluster shows them all, and the condition is any that a `SELECT` could have.
    pub(super) fn show_parameters_where(&mut self, sql: &str, shown: text::Shown) -> Result<Table, ServerError> {
        check_operators(&shown.condition)?;
        let condition = parse_all(sql, shown.condition, |parser| parser.parse_expr())?;
        let everything = format!("SHOW PARAMETERS {}", shown.tenant);
        let viewer = self.identity.viewer.clone();
        let answer = self.cluster().execute(&viewer, &everything);
        match answer {
            Some(Ok(Answer::Rows(table))) => self.filter(table, condition),
            Some(Err(error)) => Err(error),
            Some(Ok(Answer::Done)) | None => Err(text::unsupported(everything)),
        }
    }

    fn tables(&self, full: bool, container: Option<&ObjectName>) -> Result<Table, ServerError> {
        let database = match container {
            Some(name) => known_database(&single_name(name))?.to_owned(),
            None => self.database.clone().ok_or_else(no_database)?,
        };
        let views = self.cluster().views(&self.identity.viewer);
        let mut names: Vec<&str> = views
            .iter()
            .filter(|(schema, _)| *schema == database)
            .map(|(_, name)| *name)
            .collect();
        names.sort_unstable();
        let title = format!("Tables_in_{database}");
        let names = names.into_iter().map(str::to_owned);
        Ok(match full {
            true => texts(
                [&title, "Table_type"],
                names.map(|name| [name, "SYSTEM VIEW".to_owned()]),
            ),
            false => texts([&title], names.map(|name| [name])),
        })
    }

    fn columns(&self, name: &ObjectName) -> Result<Table, ServerError> {
        let parts: Vec<&str> = name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(|part| part.value.as_str())
            .collect();
        let (database, view) = match parts.as_slice() {
            [database, view] => ((*database).to_owned(), *view),
            [view] => (self.database.clone().ok_or_else(no_database)?, *view),
            _ => return Err(text::syntax_error(&name.to_string(), 1)),
        };
        let cluster = self.cluster();
        let known = cluster
            .views(&self.identity.viewer)
            .into_iter()
            .find(|(schema, known)| schema.eq_ignore_ascii_case(&database) && known.eq_ignore_ascii_case(view));
        let table = known.and_then(|(schema, known)| cluster.table(&self.identity.viewer, schema, known));
        let columns = table.ok_or_else(|| no_such_table(&database, view))?.columns;
        let describe = |column: Column| {
            let kind = type_name(column.kind).to_owned();
            [
                Cell::Text(column.name),
                Cell::Text(kind),
                text_cell("NO"),
                text_cell(""),
                Cell::Null,
                text_cell(""),
            ]
        };
        let mut described = texts(["Field", "Type", "Null", "Key", "Default", "Extra"], []);
        described.rows = columns.into_iter().map(|column| describe(column).to_vec()).collect();
        Ok(described)
    }

    /// `SHOW WARNINGS` and the like: the parser hands over their words.
    fn other(&self, words: &[Ident]) -> Result<Table, ServerError> {
        let words: Vec<String> = words.iter().map(|word| word.value.to_ascii_uppercase()).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["WARNINGS" | "ERRORS"] => Ok(warnings(self.last_condition.as_ref())),
            ["TENANT"] => Ok(texts(["Current_tenant_name"], [[self.identity.tenant.clone()]])),
            ["ENGINES"] | ["STORAGE", "ENGINES"] => {
                let engine = ["OceanBase", "DEFAULT", "Supports transactions"].map(str::to_owned);
                Ok(texts(["Engine", "Support", "Comment"], [engine]))
            }
            [] => Err(text::syntax_error("SHOW", 1)),
            _ => Err(text::unsupported(format!("SHOW {}", words.join(" ")))),
        }
    }

    fn filtered(&mut self, table: Table, filter: Option<ShowStatementFilter>) -> Result<Table, ServerError> {
        let condition = match (filter, table.columns.first()) {
            (None, _) | (_, None) => return Ok(table),
            (Some(ShowStatementFilter::Where(condition)), _) => condition,
            (Some(ShowStatementFilter::Like(pattern)), Some(first)) => Expr::Like {
                negated: false,
                any: false,
                expr: Box::new(Expr::Identifier(Ident::with_quote('`', &first.name))),
                pattern: Box::new(Expr::value(sqlparser::ast::Value::SingleQuotedString(pattern))),
                escape_char: None,
            },
            (Some(other), _) => return Err(text::syntax_error(&other.to_string(), 1)),
        };
        self.filter(table, condition)
    }
}

/// The error or warning of the statement before, as `SHOW WARNINGS` lists it.
fn warnings(condition: Option<&Condition>) -> Table {
    let columns = [
        ("Level", ColumnKind::Text),
        ("Code", ColumnKind::Integer),
        ("Message", ColumnKind::Text),
    ];
    let row = |condition: &Condition| {
        let (level, error) = match condition {
            Condition::Error(error) => ("Error", error),
            Condition::Warning(warning) => ("Warning", warning),
        };
        vec![
            text_cell(level),
            Cell::Integer(error.errno.into()),
            text_cell(&error.message),
        ]
    };
    Table {
        columns: columns
            .map(|(name, kind)| Column {
                name: name.to_owned(),
                kind,
            })
            .to_vec(),
        rows: condition.map(row).into_iter().collect(),
    }
}

fn text_cell(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn container(options: &ShowStatementOptions) -> Option<&ObjectName> {
    options
        .show_in
        .as_ref()
        .and_then(|show_in| show_in.parent_name.as_ref())
}

fn suffix(options: ShowStatementOptions) -> Option<ShowStatementFilter> {
    options.filter_position.map(|position| match position {
        ShowStatementFilterPosition::Infix(filter) | ShowStatementFilterPosition::Suffix(filter) => filter,
    })
}

pub(super) fn type_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Integer => "bigint(20)",
        ColumnKind::Unsigned => "bigint(20) unsigned",
        ColumnKind::Decimal => "decimal(65,4)",
        ColumnKind::Text => "varchar(4096)",
        ColumnKind::Timestamp => "timestamp(6)",
    }
}

fn collations() -> Table {
    let row = |[name, id, default]: [&str; 3]| [name, "utf8mb4", id, default, "Yes", "1"].map(str::to_owned);
    let known = [["utf8mb4_general_ci", "45", "Yes"], ["utf8mb4_bin", "46", ""]];
    texts(
        ["Collation", "Charset", "Id", "Default", "Compiled", "Sortlen"],
        known.map(row),
    )
}

fn character_sets() -> Table {
    let known = [
        ["binary", "Binary pseudo charset", "binary", "1"],
        ["utf8mb4", "UTF-8 Unicode", "utf8mb4_general_ci", "4"],
    ];
    texts(
        ["Charset", "Description", "Default collation", "Maxlen"],
        known.map(|row| row.map(str::to_owned)),
    )
}

/// 1046.
pub(super) fn no_database() -> ServerError {
    ServerError {
        errno: 1046,
        sqlstate: "3D000",
        message: "No database selected".to_owned(),
    }
}

/// 1146.
pub(super) fn no_such_table(database: &str, name: &str) -> ServerError {
    ServerError {
        errno: 1146,
        sqlstate: "42S02",
        // Names of tables are kept in lower case.
        message: format!(
            "Table '{}.{}' doesn't exist",
            database.to_lowercase(),
            name.to_lowercase()
        ),
    }
}
