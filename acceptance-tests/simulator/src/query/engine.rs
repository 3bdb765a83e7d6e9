//! SQLite as the engine: views become tables for the length of one statement.

use std::time::{Duration, Instant};

use rusqlite::types::{ToSqlOutput, Value as Stored, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};
use sqlparser::ast::{Expr, Query, SetExpr, Statement};
use sqlparser::tokenizer::TokenWithSpan;

use super::translate::{Context, Hint, Translation, ViewName, translate};
use super::{DATABASES, Session, datetime, functions, parse, show, text, texts};
use crate::answer::{Cell, Column, ColumnKind, ServerError, Table};
use crate::cluster::{Privileges, error};

mod errors;

/// The table that a `SHOW` statement filters.
const SHOWN: &str = "shown";
/// What SQLite does between two looks at the clock.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;
/// Views about the views, which every MySQL client expects.
const DESCRIPTIVE: [ViewName; 5] = [
    ("information_schema", "COLUMNS"),
    ("information_schema", "GLOBAL_VARIABLES"),
    ("information_schema", "SCHEMATA"),
    ("information_schema", "SESSION_VARIABLES"),
    ("information_schema", "TABLES"),
];

/// An empty database with MySQL's functions.
pub(super) struct Engine {
    connection: Connection,
}

impl Engine {
    pub(super) fn new() -> Result<Self, ServerError> {
        Self::open().map_err(|error| text::unsupported(format!("this system's SQLite ({error}) is")))
    }

    fn open() -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        for database in DATABASES {
            connection.execute_batch(&format!("ATTACH DATABASE ':memory:' AS `{database}`"))?;
        }
        connection.execute_batch("CREATE TABLE dual (dummy TEXT); INSERT INTO dual VALUES ('X')")?;
        functions::register(&connection)?;
        Ok(Self { connection })
    }

    /// Runs a query over these tables, which are gone afterwards.
    fn run(
        &mut self,
        tables: &[(String, Table)],
        translation: &Translation,
        offset: i32,
        limit: Duration,
    ) -> rusqlite::Result<Table> {
        let deadline = Instant::now() + limit;
        self.connection
            .progress_handler(STEPS_BETWEEN_LOOKS, Some(move || Instant::now() > deadline))?;
        let transaction = self.connection.transaction()?;
        for (name, table) in tables {
            load(&transaction, name, table, offset)?;
        }
        query(&transaction, translation)
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn load(connection: &Connection, name: &str, table: &Table, offset: i32) -> rusqlite::Result<()> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("{} {}", quoted(&column.name), declaration(column.kind)))
        .collect();
    connection.execute_batch(&format!("CREATE TABLE {name} ({})", columns.join(", ")))?;
    let places = vec!["?"; table.columns.len()].join(", ");
    let mut insert = connection.prepare(&format!("INSERT INTO {name} VALUES ({places})"))?;
    for row in &table.rows {
        insert.execute(params_from_iter(row.iter().map(|cell| Bound { cell, offset })))?;
    }
    Ok(())
}

/// The declared type carries the column's kind through the query, its affinity and collation make comparisons work
/// as in MySQL.
fn declaration(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Integer => "INTEGER",
        ColumnKind::Unsigned => "UNSIGNED_INT",
        ColumnKind::Decimal => "TEXT_DECIMAL COLLATE DECIMAL",
        ColumnKind::Text => "TEXT COLLATE GENERAL_CI",
        ColumnKind::Timestamp => "TEXT_TIMESTAMP COLLATE TIMESTAMP",
    }
}

fn declared(declaration: &str) -> Option<ColumnKind> {
    Some(match declaration {
        "INTEGER" => ColumnKind::Integer,
        "UNSIGNED_INT" => ColumnKind::Unsigned,
        "TEXT_DECIMAL" => ColumnKind::Decimal,
        "TEXT" => ColumnKind::Text,
        "TEXT_TIMESTAMP" => ColumnKind::Timestamp,
        _ => return None,
    })
}

/// A cell as SQLite stores it.
struct Bound<'a> {
    cell: &'a Cell,
    offset: i32,
}

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.cell {
            Cell::Null => ToSqlOutput::Owned(Stored::Null),
            Cell::Integer(value) => ToSqlOutput::Owned(Stored::Integer(*value)),
            // Beyond 2⁶³ only the maximum occurs, which a float keeps exactly enough.
            Cell::Unsigned(value) => {
                ToSqlOutput::Owned(i64::try_from(*value).map_or(Stored::Real(*value as f64), Stored::Integer))
            }
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Cell::Timestamp(micros) => ToSqlOutput::Owned(Stored::Text(datetime::local(*micros, self.offset).text(6))),
        })
    }
}

fn query(connection: &Connection, translation: &Translation) -> rusqlite::Result<Table> {
    let mut statement = connection.prepare(&translation.sql)?;
    let width = statement.column_count();
    let hint = |index: usize| match translation.hints.len() == width {
        true => translation.hints[index],
        false => None,
    };
    let columns: Vec<(String, Option<ColumnKind>)> = statement
        .columns()
        .map(|column| (column.name().to_owned(), column.decl_type().and_then(declared)))
        .collect();
    let mut kinds: Vec<Option<ColumnKind>> = columns
        .iter()
        .enumerate()
        .map(|(index, (_, kind))| kind.or_else(|| hint(index).map(hinted)))
        .collect();
    let mut cells = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut line = Vec::with_capacity(width);
        for (index, kind) in kinds.iter_mut().enumerate() {
            let value = row.get_ref(index)?;
            if kind.is_none() {
                *kind = kind_of(value);
            }
            line.push(cell(value, *kind, hint(index)));
        }
        cells.push(line);
    }
    let column = |((name, _), kind): ((String, _), Option<ColumnKind>)| Column {
        name,
        kind: kind.unwrap_or(ColumnKind::Text),
    };
    Ok(Table {
        columns: columns.into_iter().zip(kinds).map(column).collect(),
        rows: cells,
    })
}

fn hinted(hint: Hint) -> ColumnKind {
    match hint {
        Hint::Decimal | Hint::Fixed(_) => ColumnKind::Decimal,
        Hint::Timestamp => ColumnKind::Timestamp,
    }
}

fn kind_of(value: ValueRef<'_>) -> Option<ColumnKind> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(_) => Some(ColumnKind::Integer),
        ValueRef::Real(_) => Some(ColumnKind::Decimal),
        ValueRef::Text(_) | ValueRef::Blob(_) => Some(ColumnKind::Text),
    }
}

fn cell(value: ValueRef<'_>, kind: Option<ColumnKind>, hint: Option<Hint>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => match (kind, u64::try_from(value)) {
            (Some(ColumnKind::Unsigned), Ok(value)) => Cell::Unsigned(value),
            (Some(ColumnKind::Decimal | ColumnKind::Text), _) => Cell::Text(value.to_string()),
            _ => Cell::Integer(value),
        },
        ValueRef::Real(value) if kind == Some(ColumnKind::Unsigned) => Cell::Unsigned(value as u64),
        ValueRef::Real(value) => Cell::Text(match hint {
            Some(Hint::Fixed(decimals)) => format!("{value:.decimals$}"),
            Some(Hint::Decimal | Hint::Timestamp) | None => shortest(value),
        }),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Fifteen digits, which every decimal number survives: 0.1 + 0.2 is 0.3, as in MySQL's decimal arithmetic.
fn shortest(value: f64) -> String {
    format!("{value:.14e}").parse::<f64>().unwrap_or(value).to_string()
}

impl Session {
    /// Answers a `SELECT`.
    pub(super) fn select(&mut self, sql: &str, tokens: &[TokenWithSpan], query: Query) -> Result<Table, ServerError> {
        let labels = text::select_list(sql, tokens);
        let (views, now) = self.look();
        let context = Context {
            session: self,
            views,
            now,
            own_tables: &["dual"],
        };
        let translation = translate(query.clone(), &labels, &context)?;
        let tables = self.load(&translation.views)?;
        let answer = self.answer(&tables, &translation, &query)?;
        // The server, too, looks at privileges after everything else.
        let guarded = translation.views.iter().find(|(schema, _)| *schema == "oceanbase");
        match guarded {
            Some((_, view)) if !self.may_select() => Err(error::select_denied(&self.identity.user, view)),
            Some(_) | None => Ok(answer),
        }
    }

    /// Whether the user may read the database `oceanbase`; the others are open to all.
    pub(super) fn may_select(&self) -> bool {
        self.cluster().may(&self.identity.viewer, Privileges::Select)
    }

    /// The rows of a table that meet a condition.
    pub(super) fn filter(&mut self, table: Table, condition: Expr) -> Result<Table, ServerError> {
        let everything = format!("SELECT * FROM {SHOWN}");
        let Statement::Query(mut query) = parse(&everything, text::tokens(&everything)?)? else {
            return Ok(table);
        };
        if let SetExpr::Select(select) = query.body.as_mut() {
            select.selection = Some(condition);
        }
        let (views, now) = self.look();
        let context = Context {
            session: self,
            views,
            now,
            own_tables: &["dual", SHOWN],
        };
        let translation = translate(*query.clone(), &[], &context)?;
        let mut tables = self.load(&translation.views)?;
        tables.push((format!("main.{SHOWN}"), table));
        self.answer(&tables, &translation, &query)
    }

    fn answer(
        &mut self,
        tables: &[(String, Table)],
        translation: &Translation,
        query: &Query,
    ) -> Result<Table, ServerError> {
        let (offset, timeout) = (self.offset(), self.variables.query_timeout());
        let answered = self
            .engine
            .run(tables, translation, offset, Duration::from_micros(timeout));
        answered.map_err(|error| errors::translate(&error, query, timeout))
    }

    fn look(&self) -> (Vec<ViewName>, i64) {
        let cluster = self.cluster();
        let mut views = cluster.views(&self.identity.viewer);
        for view in DESCRIPTIVE {
            if !views.contains(&view) {
                views.push(view);
            }
        }
        (views, cluster.now())
    }

    /// The content of views, all of the same moment.
    fn load(&self, views: &[ViewName]) -> Result<Vec<(String, Table)>, ServerError> {
        let mut tables = Vec::with_capacity(views.len());
        let mut cluster = self.cluster();
        let viewer = &self.identity.viewer;
        cluster.look_at(viewer, views);
        for &(schema, name) in views {
            let variables = |globals| texts(["VARIABLE_NAME", "VARIABLE_VALUE"], self.variables.list(globals));
            let table = match cluster.table(viewer, schema, name) {
                Some(table) => table,
                None if name == "GLOBAL_VARIABLES" => variables(true),
                None if name == "SESSION_VARIABLES" => variables(false),
                None => {
                    let names = cluster.views(viewer);
                    let columns = |(schema, name): ViewName| {
                        cluster
                            .table(viewer, schema, name)
                            .map(|table| table.columns)
                            .unwrap_or_default()
                    };
                    describe(name, &names, columns)
                }
            };
            tables.push((format!("{}.{}", quoted(schema), quoted(name)), table));
        }
        Ok(tables)
    }
}

/// `information_schema`, as far as it describes the views.
fn describe(view: &str, views: &[ViewName], mut columns: impl FnMut(ViewName) -> Vec<Column>) -> Table {
    match view {
        "SCHEMATA" => texts(
            [
                "CATALOG_NAME",
                "SCHEMA_NAME",
                "DEFAULT_CHARACTER_SET_NAME",
                "DEFAULT_COLLATION_NAME",
            ],
            DATABASES.map(|name| ["def", name, "utf8mb4", "utf8mb4_general_ci"].map(str::to_owned)),
        ),
        "COLUMNS" => {
            let rows = views.iter().flat_map(|&(schema, name)| {
                let numbered = columns((schema, name)).into_iter().zip(1..);
                numbered.map(move |(column, position): (Column, usize)| {
                    let kind = show::type_name(column.kind);
                    ["def", schema, name, &column.name, &position.to_string(), kind].map(str::to_owned)
                })
            });
            texts(
                [
                    "TABLE_CATALOG",
                    "TABLE_SCHEMA",
                    "TABLE_NAME",
                    "COLUMN_NAME",
                    "ORDINAL_POSITION",
                    "COLUMN_TYPE",
                ],
                rows.collect::<Vec<_>>(),
            )
        }
        _ => texts(
            ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE"],
            views
                .iter()
                .map(|(schema, name)| ["def", schema, name, "SYSTEM VIEW"].map(str::to_owned)),
        ),
    }
}
