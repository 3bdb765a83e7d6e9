//! From MySQL's SQL to SQLite's: names, literals, operators and functions.

mod calls;
mod columns;

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, GroupByExpr, Ident, JoinOperator, ObjectName, ObjectNamePart, Query,
    Select, TableFactor, TrimWhereField, TypedString, UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};

use super::text::{syntax_error, unsupported};
use super::variables::{self, Kind};
use super::{Session, known_database, show};
use crate::answer::ServerError;
use calls::call;
pub(super) use columns::Hint;
use columns::{decimal_scale, first_select, hints, is_column, label};

/// A view of the cluster: schema and name.
pub(super) type ViewName = (&'static str, &'static str);

/// What a statement needs to know of its session.
pub(super) struct Context<'a> {
    pub(super) session: &'a Session,
    pub(super) views: Vec<ViewName>,
    /// The moment of the statement, in microseconds since the Unix epoch: `NOW()` does not move within a statement.
    pub(super) now: i64,
    /// Tables of the engine itself.
    pub(super) own_tables: &'a [&'a str],
}

/// A query in SQLite's words.
pub(super) struct Translation {
    pub(super) sql: String,
    /// The views that it reads, each once.
    pub(super) views: Vec<ViewName>,
    /// One per result column; empty when a `*` hides how many there are.
    pub(super) hints: Vec<Option<Hint>>,
}

/// Translates a query. `labels` are the items of its first select list, as they were written.
pub(super) fn translate(mut query: Query, labels: &[&str], context: &Context<'_>) -> Result<Translation, ServerError> {
    let hints = first_select(&mut query).map_or_else(Vec::new, |select| {
        label(select, labels);
        hints(select)
    });
    let known = context.own_tables.iter().map(|name| (*name).to_owned()).collect();
    let mut translator = Translator {
        context,
        known,
        read: Vec::new(),
    };
    if let ControlFlow::Break(error) = query.visit(&mut translator) {
        return Err(error);
    }
    Ok(Translation {
        sql: query.to_string(),
        views: translator.read,
        hints,
    })
}

struct Translator<'a> {
    context: &'a Context<'a>,
    /// Names that stand for tables without being views: common table expressions, and the engine's own.
    known: HashSet<String>,
    read: Vec<ViewName>,
}

impl VisitorMut for Translator<'_> {
    type Break = ServerError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<ServerError> {
        query.locks.clear();
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.known.insert(table.alias.name.value.to_ascii_lowercase());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<ServerError> {
        if select.into.is_some() {
            return ControlFlow::Break(unsupported("SELECT … INTO"));
        }
        if matches!(&select.group_by, GroupByExpr::Expressions(_, modifiers) if !modifiers.is_empty()) {
            return ControlFlow::Break(unsupported("GROUP BY … WITH ROLLUP"));
        }
        select.optimizer_hints.clear();
        select.select_modifiers = None;
        label(select, &[]);
        filter_rows_by_having(select);
        for join in select.from.iter_mut().flat_map(|table| &mut table.joins) {
            if let JoinOperator::StraightJoin(constraint) = &join.join_operator {
                join.join_operator = JoinOperator::Inner(constraint.clone());
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<ServerError> {
        let result = match factor {
            TableFactor::Table {
                name,
                args: None,
                index_hints,
                ..
            } => {
                index_hints.clear();
                self.resolve(name)
            }
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => Ok(()),
            other => Err(unsupported(other)),
        };
        done(result)
    }

    fn pre_visit_ident(&mut self, ident: &mut Ident) -> ControlFlow<ServerError> {
        ident.quote_style = Some('`');
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<ServerError> {
        done(literal(&mut value.value))
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<ServerError> {
        done(self.expression(expr))
    }
}

/// Without any aggregation, MySQL's `HAVING` is a `WHERE` that may name aliases; SQLite's `WHERE` may anyway.
fn filter_rows_by_having(select: &mut Select) {
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(terms, _) if terms.is_empty());
    if grouped || calls::aggregates(&select.projection) || calls::aggregates(&select.having) {
        return;
    }
    select.selection = match (select.selection.take(), select.having.take()) {
        (Some(filter), Some(having)) => Some(binary(*nested(filter), BinaryOperator::And, *nested(having))),
        (filter, having) => filter.or(having),
    };
}

fn done(result: Result<(), ServerError>) -> ControlFlow<ServerError> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}

/// In MySQL, double quotes hold strings, and hexadecimal literals are strings too.
fn literal(value: &mut Value) -> Result<(), ServerError> {
    let text = match value {
        Value::DoubleQuotedString(text) | Value::NationalStringLiteral(text) => std::mem::take(text),
        Value::HexStringLiteral(digits) => unhex(digits).ok_or_else(|| syntax_error(digits, 1))?,
        Value::Placeholder(text) => return Err(syntax_error(text, 1)),
        _ => return Ok(()),
    };
    *value = Value::SingleQuotedString(text);
    Ok(())
}

fn unhex(digits: &str) -> Option<String> {
    let digits = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    let pair = |at: usize| {
        digits
            .get(at..at + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(pair).collect();
    Some(String::from_utf8_lossy(&bytes?).into_owned())
}

fn string(text: impl Into<String>) -> Expr {
    Expr::value(Value::SingleQuotedString(text.into()))
}

fn number(value: impl std::fmt::Display) -> Expr {
    Expr::value(Value::Number(value.to_string(), false))
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::value(Value::Null))
}

fn nested(expr: Expr) -> Box<Expr> {
    Box::new(Expr::Nested(Box::new(expr)))
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    }
}

impl Translator<'_> {
    /// Gives a table its schema, and remembers that it is read.
    fn resolve(&mut self, name: &mut ObjectName) -> Result<(), ServerError> {
        let parts: Vec<String> = name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(|part| part.value.clone())
            .collect();
        let (database, table) = match parts.as_slice() {
            [table] if self.known.contains(&table.to_ascii_lowercase()) => return Ok(()),
            [table] => (
                self.context.session.database.as_deref().ok_or_else(show::no_database)?,
                table,
            ),
            [database, table] => (known_database(database)?, table),
            _ => return Err(syntax_error(&name.to_string(), 1)),
        };
        let found = self
            .context
            .views
            .iter()
            .find(|(schema, view)| schema.eq_ignore_ascii_case(database) && view.eq_ignore_ascii_case(table));
        let &(schema, view) = found.ok_or_else(|| show::no_such_table(database, table))?;
        if !self.read.contains(&(schema, view)) {
            self.read.push((schema, view));
        }
        let quoted = |part: &str| ObjectNamePart::Identifier(Ident::with_quote('`', part));
        name.0 = vec![quoted(schema), quoted(view)];
        Ok(())
    }

    fn expression(&mut self, expr: &mut Expr) -> Result<(), ServerError> {
        let translated = match expr {
            Expr::Identifier(ident) if ident.value.starts_with('@') => self.variable(&[&ident.value])?,
            Expr::CompoundIdentifier(parts) if parts.first().is_some_and(|part| part.value.starts_with('@')) => {
                let parts: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
                self.variable(&parts)?
            }
            Expr::Function(function) => match calls::translate(function, self.context)? {
                Some(translated) => translated,
                None => return Ok(()),
            },
            Expr::BinaryOp { left, op, right } => match operator(left, op, right)? {
                Some(translated) => translated,
                None => return Ok(()),
            },
            _ => match special_form(expr)? {
                Some(translated) => translated,
                None => return Ok(()),
            },
        };
        *expr = translated;
        Ok(())
    }

    /// `@user`, `@@name`, `@@session.name` and `@@global.name`.
    fn variable(&self, parts: &[&str]) -> Result<Expr, ServerError> {
        let session = &self.context.session.variables;
        let (global, name) = match parts {
            [name] => match (name.strip_prefix("@@"), name.strip_prefix('@')) {
                (Some(name), _) => (false, name),
                (None, Some(user)) => return Ok(session.user(user).map_or(Expr::value(Value::Null), string)),
                (None, None) => (false, *name),
            },
            [scope, name] if scope.eq_ignore_ascii_case("@@global") => (true, *name),
            [scope, name] if scope.eq_ignore_ascii_case("@@session") || scope.eq_ignore_ascii_case("@@local") => {
                (false, *name)
            }
            _ => return Err(syntax_error(&parts.join("."), 1)),
        };
        let definition = variables::definition(name)?;
        let value = if global {
            session.global(definition)
        } else {
            session.session(definition)
        };
        Ok(match definition.kind {
            Kind::Switch => number(u8::from(value == "ON")),
            Kind::Number => number(value),
            Kind::Text => string(value),
        })
    }
}

fn operator(left: &mut Expr, op: &BinaryOperator, right: &mut Expr) -> Result<Option<Expr>, ServerError> {
    use BinaryOperator as Op;
    if matches!(op, Op::Plus | Op::Minus) {
        let negative = matches!(op, Op::Minus);
        return match (&mut *left, &mut *right) {
            (Expr::Interval(interval), moment) if !negative => {
                calls::moved(take(moment), interval.clone(), false).map(Some)
            }
            (moment, Expr::Interval(interval)) => {
                let interval = interval.clone();
                calls::moved(take(moment), interval, negative).map(Some)
            }
            _ => Ok(None),
        };
    }
    let is_true = |expr: Expr| Expr::Nested(Box::new(binary(Expr::Nested(Box::new(expr)), Op::NotEq, number(0))));
    Ok(Some(match op {
        Op::Divide => call("mysql_divide", vec![take(left), take(right)]),
        Op::MyIntegerDivide => call("mysql_div", vec![take(left), take(right)]),
        Op::BitwiseXor => call("mysql_xor", vec![take(left), take(right)]),
        Op::StringConcat => Expr::Nested(Box::new(binary(take(left), Op::Or, take(right)))),
        Op::Xor => binary(is_true(take(left)), Op::NotEq, is_true(take(right))),
        Op::Spaceship => Expr::IsNotDistinctFrom(Box::new(take(left)), Box::new(take(right))),
        Op::Assignment => return Err(unsupported("assigning a variable within an expression is")),
        Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq if compares_texts(left, right) => {
            // A column brings its collation along, a text that was computed does not.
            let collated = Expr::Collate {
                expr: nested(take(right)),
                collation: vec![Ident::new("GENERAL_CI")].into(),
            };
            binary(take(left), op.clone(), collated)
        }
        _ => return Ok(None),
    }))
}

fn compares_texts(left: &Expr, right: &Expr) -> bool {
    let decides_itself = |expr: &Expr| {
        is_column(expr)
            || matches!(expr, Expr::Collate { .. } | Expr::Tuple(_) | Expr::Subquery(_))
            || matches!(
                expr,
                Expr::Value(ValueWithSpan {
                    value: Value::Number(..) | Value::Boolean(_),
                    ..
                })
            )
    };
    !decides_itself(left) && !decides_itself(right)
}

fn special_form(expr: &mut Expr) -> Result<Option<Expr>, ServerError> {
    Ok(Some(match expr {
        Expr::TypedString(TypedString { value, .. }) => Expr::Value(value.clone()),
        Expr::Prefixed { value, .. } => take(value),
        Expr::IsUnknown(inner) => Expr::IsNull(Box::new(take(inner))),
        Expr::IsNotUnknown(inner) => Expr::IsNotNull(Box::new(take(inner))),
        Expr::Collate { expr, collation } => {
            let binary = collation
                .to_string()
                .trim_matches('`')
                .to_ascii_lowercase()
                .ends_with("bin");
            let name = if binary { "BINARY" } else { "GENERAL_CI" };
            Expr::Collate {
                expr: Box::new(take(expr)),
                collation: vec![Ident::new(name)].into(),
            }
        }
        Expr::Cast {
            kind: CastKind::Cast,
            expr,
            data_type,
            ..
        } => cast(take(expr), data_type)?,
        Expr::Convert {
            expr,
            data_type: Some(data_type),
            ..
        } => cast(take(expr), data_type)?,
        Expr::Convert { expr, .. } => take(expr),
        Expr::Extract { field, expr, .. } => call("mysql_extract", vec![string(field.to_string()), take(expr)]),
        Expr::Ceil { expr, .. } => call("ceil", vec![take(expr)]),
        Expr::Floor { expr, .. } => call("floor", vec![take(expr)]),
        Expr::Position { expr, r#in } => call("instr", vec![take(r#in), take(expr)]),
        Expr::Substring {
            expr,
            substring_from,
            substring_for,
            ..
        } => {
            let rest = [substring_from, substring_for]
                .into_iter()
                .filter_map(Option::take)
                .map(|part| *part);
            call("substr", std::iter::once(take(expr)).chain(rest).collect())
        }
        Expr::Trim {
            trim_where,
            trim_what,
            expr,
            ..
        } => {
            let name = match trim_where {
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
                Some(TrimWhereField::Both) | None => "trim",
            };
            call(
                name,
                std::iter::once(take(expr))
                    .chain(trim_what.take().map(|what| *what))
                    .collect(),
            )
        }
        Expr::Like {
            escape_char: escape_char @ None,
            ..
        } => {
            *escape_char = Some(Box::new(string("\\")));
            return Ok(None);
        }
        Expr::RLike {
            negated, expr, pattern, ..
        } => {
            let matched = call("regexp", vec![take(pattern), take(expr)]);
            match negated {
                true => Expr::Nested(Box::new(Expr::UnaryOp {
                    op: UnaryOperator::Not,
                    expr: Box::new(matched),
                })),
                false => matched,
            }
        }
        Expr::InList { expr, list, negated } => return Ok(row_in_list(expr, list, *negated)),
        _ => return Ok(None),
    }))
}

/// `(a, b) IN ((1, 2), (3, 4))`, which SQLite lacks.
fn row_in_list(expr: &Expr, list: &[Expr], negated: bool) -> Option<Expr> {
    if !matches!(expr, Expr::Tuple(_)) {
        return None;
    }
    let equal = |row: &Expr| binary(expr.clone(), BinaryOperator::Eq, row.clone());
    let any = list
        .iter()
        .map(equal)
        .reduce(|one, next| binary(one, BinaryOperator::Or, next))?;
    Some(match negated {
        true => Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: nested(any),
        },
        false => *nested(any),
    })
}

fn cast(expr: Expr, data_type: &DataType) -> Result<Expr, ServerError> {
    if let Some(scale) = decimal_scale(data_type) {
        return Ok(call("round", vec![call("mysql_number", vec![expr]), number(scale)]));
    }
    let name = data_type.to_string().to_ascii_uppercase();
    let kind = name.split(['(', ' ']).next().unwrap_or_default();
    Ok(match kind {
        "SIGNED" | "UNSIGNED" | "INT" | "INTEGER" | "BIGINT" => call("mysql_integer", vec![expr]),
        "CHAR" | "VARCHAR" | "NCHAR" | "CHARACTER" | "TEXT" => match name.split(['(', ')']).nth(1) {
            Some(length) => call(
                "substr",
                vec![call("mysql_text", vec![expr]), number(1), number(length)],
            ),
            None => call("mysql_text", vec![expr]),
        },
        "DOUBLE" | "FLOAT" | "REAL" => call("mysql_number", vec![expr]),
        "DATE" => call("date", vec![expr]),
        "DATETIME" | "TIMESTAMP" => call(
            "mysql_datetime",
            vec![expr, number(name.split(['(', ')']).nth(1).unwrap_or("0"))],
        ),
        "BINARY" | "JSON" => expr,
        _ => return Err(unsupported(format!("a cast to {data_type} is"))),
    })
}
