//! SQLite's errors in the words and numbers of the server.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, OrderByKind, Query, Select, SetExpr, Visit, visit_expressions};

use crate::answer::ServerError;
use crate::query::text;

/// The server's error for one of SQLite.
pub(super) fn translate(error: &rusqlite::Error, query: &Query, timeout: u64) -> ServerError {
    let message = match error {
        rusqlite::Error::SqliteFailure(code, _) if code.code == rusqlite::ErrorCode::OperationInterrupted => {
            return timed_out(timeout);
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    known(&message, query).unwrap_or_else(|| text::unsupported(format!("this ({message}) is")))
}

fn known(message: &str, query: &Query) -> Option<ServerError> {
    let error = |errno, sqlstate, message: String| {
        Some(ServerError {
            errno,
            sqlstate,
            message,
        })
    };
    if let Some(column) = message.strip_prefix("no such column: ") {
        let column = column.split(" - ").next().unwrap_or(column);
        let clause = clause(query, column);
        return error(1054, "42S22", format!("Unknown column '{column}' in '{clause}'"));
    }
    if let Some(column) = message.strip_prefix("ambiguous column name: ") {
        let clause = clause(query, column);
        return error(1052, "23000", format!("Column '{column}' in {clause} is ambiguous"));
    }
    if let Some(name) = message.strip_prefix("no such table: ") {
        return error(1051, "42S02", format!("Unknown table '{name}'"));
    }
    if let Some(name) = message.strip_prefix("wrong number of arguments to function ") {
        let name = name
            .trim_end_matches("()")
            .trim_start_matches("mysql_")
            .to_ascii_uppercase();
        return error(
            1582,
            "42000",
            format!("Incorrect parameter count in the call to native function '{name}'"),
        );
    }
    if message.contains("do not have the same number of result columns") {
        let message = "The used SELECT statements have a different number of columns";
        return error(1222, "21000", message.to_owned());
    }
    if message.starts_with("misuse of aggregate") || message.contains("aggregate functions are not allowed") {
        return error(1111, "HY000", "Invalid use of group function".to_owned());
    }
    if message.starts_with("sub-select returns") {
        return error(1241, "21000", "Operand should contain 1 column(s)".to_owned());
    }
    if message.contains("ORDER BY term out of range") {
        let position = out_of_range(message, query).unwrap_or_default();
        return error(1054, "42S22", format!("Unknown column '{position}' in 'order clause'"));
    }
    None
}

/// `2nd ORDER BY term out of range`: the second term itself.
fn out_of_range(message: &str, query: &Query) -> Option<String> {
    let digits: String = message.chars().take_while(char::is_ascii_digit).collect();
    let index = digits.parse::<usize>().ok()?.checked_sub(1)?;
    match &query.order_by.as_ref()?.kind {
        OrderByKind::Expressions(terms) => terms.get(index).map(|term| term.expr.to_string()),
        OrderByKind::All(_) => None,
    }
}

fn timed_out(timeout: u64) -> ServerError {
    ServerError::general(
        4012,
        format!(
            "Timeout, query has reached the maximum query timeout: {timeout}(us), maybe you can adjust the session \
             variable ob_query_timeout or query_timeout hint, and try again."
        ),
    )
}

/// The clause in which a column is named first.
fn clause(query: &Query, column: &str) -> &'static str {
    let in_order = query.order_by.as_ref().is_some_and(|order| mentions(order, column));
    match query.body.as_ref() {
        SetExpr::Select(select) => clause_of_select(select, column),
        _ => None,
    }
    .unwrap_or(if in_order { "order clause" } else { "field list" })
}

fn clause_of_select(select: &Select, column: &str) -> Option<&'static str> {
    let mentioned = |expr: Option<&Expr>| expr.is_some_and(|expr| mentions(expr, column));
    if select.projection.iter().any(|item| mentions(item, column)) {
        Some("field list")
    } else if mentioned(select.selection.as_ref()) {
        Some("where clause")
    } else if select.from.iter().any(|table| mentions(table, column)) {
        Some("on clause")
    } else if mentions(&select.group_by, column) {
        Some("group statement")
    } else if mentioned(select.having.as_ref()) {
        Some("having clause")
    } else {
        None
    }
}

fn mentions(part: &impl Visit, column: &str) -> bool {
    let found = visit_expressions(part, |expr| {
        let name = match expr {
            Expr::Identifier(ident) => ident.value.clone(),
            Expr::CompoundIdentifier(parts) => parts
                .iter()
                .map(|part| part.value.as_str())
                .collect::<Vec<_>>()
                .join("."),
            _ => return ControlFlow::Continue(()),
        };
        match name.eq_ignore_ascii_case(column) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    found.is_break()
}
