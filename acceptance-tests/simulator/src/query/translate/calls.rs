//! MySQL's function calls: those that the session answers, and those that SQLite knows by another shape.

use std::ops::ControlFlow;

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList,
    FunctionArguments, Ident, Interval, UnaryOperator, Value, ValueWithSpan, Visit, visit_expressions,
};

use super::{Context, Hint, number, string, take};
use crate::answer::ServerError;
use crate::query::datetime;
use crate::query::text::{syntax_error, unsupported};

/// A call with plain arguments.
pub(super) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let argument = |expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr));
    Expr::Function(Function {
        name: vec![Ident::new(name)].into(),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
        within_group: Vec::new(),
        filter: None,
        null_treatment: None,
        over: None,
    })
}

fn name_of(function: &Function) -> String {
    match function.name.0.as_slice() {
        [part] => part
            .as_ident()
            .map(|ident| ident.value.to_ascii_lowercase())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// The plain arguments, to be moved out; `None` when there is a `*` among them.
fn arguments(function: &mut Function) -> Option<Vec<&mut Expr>> {
    match &mut function.args {
        FunctionArguments::None => Some(Vec::new()),
        FunctionArguments::List(list) => list
            .args
            .iter_mut()
            .map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            })
            .collect(),
        FunctionArguments::Subquery(_) => None,
    }
}

/// Whether a part of a statement calls an aggregate function.
pub(super) fn aggregates(part: &impl Visit) -> bool {
    let found = visit_expressions(part, |expr| match expr {
        Expr::Function(function)
            if matches!(
                name_of(function).as_str(),
                "count" | "sum" | "avg" | "min" | "max" | "group_concat"
            ) =>
        {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}

/// How the values of some functions are printed.
pub(super) fn hint(function: &Function) -> Option<Hint> {
    match name_of(function).as_str() {
        "sum" => Some(Hint::Decimal),
        "avg" => Some(Hint::Fixed(4)),
        "now" | "current_timestamp" | "localtime" | "localtimestamp" | "sysdate" | "utc_timestamp"
        | "from_unixtime" | "usec_to_time" | "scn_to_timestamp" => Some(Hint::Timestamp),
        "round" | "truncate" => match arguments(&mut function.clone())?.get(1)? {
            Expr::Value(ValueWithSpan {
                value: Value::Number(digits, _),
                ..
            }) => digits.parse().ok().map(Hint::Fixed),
            _ => None,
        },
        _ => None,
    }
}

/// The call in SQLite's words; `None` leaves it as it is.
pub(super) fn translate(function: &mut Function, context: &Context<'_>) -> Result<Option<Expr>, ServerError> {
    function.uses_odbc_syntax = false;
    let name = name_of(function);
    if name.is_empty() {
        return Err(unsupported(format!("the function {} is", function.name)));
    }
    if name == "group_concat" {
        return group_concat(function).map(Some);
    }
    if name == "count" {
        return count(function);
    }
    let Some(arguments) = arguments(function) else {
        return Ok(None);
    };
    if let Some(value) = constant(&name, &arguments, context) {
        return Ok(Some(value));
    }
    reshaped(&name, arguments, context)
}

/// What the session knows.
fn constant(name: &str, arguments: &[&mut Expr], context: &Context<'_>) -> Option<Expr> {
    let session = context.session;
    let identity = &session.identity;
    let offset = session.offset();
    let now = datetime::local(context.now, offset);
    let decimals = || match arguments.first() {
        Some(Expr::Value(ValueWithSpan {
            value: Value::Number(digits, _),
            ..
        })) => digits.parse().unwrap_or(0),
        _ => 0,
    };
    Some(match name {
        "now" | "current_timestamp" | "localtime" | "localtimestamp" | "sysdate" => string(now.text(decimals())),
        "utc_timestamp" => string(datetime::local(context.now, 0).text(decimals())),
        "curdate" | "current_date" => string(now.date_text()),
        "utc_date" => string(datetime::local(context.now, 0).date_text()),
        "curtime" | "current_time" => string(now.time_text(decimals())),
        "utc_time" => string(datetime::local(context.now, 0).time_text(decimals())),
        "unix_timestamp" if arguments.is_empty() => number(context.now.div_euclid(datetime::SECOND)),
        "version" => string(session.variables.version()),
        "ob_version" => string(&session.variables.globals.ob_version),
        "connection_id" => number(identity.connection),
        "database" | "schema" => session.database.as_deref().map_or(Expr::value(Value::Null), string),
        "user" | "session_user" | "system_user" => string(format!("{}@127.0.0.1", identity.user)),
        "current_user" => string(format!("{}@%", identity.user)),
        "effective_tenant_id" | "tenant_id" => number(identity.viewer.tenant_id),
        "effective_tenant" => string(&identity.tenant),
        "last_insert_id" | "found_rows" => number(0),
        "row_count" => number(-1),
        _ => return None,
    })
}

fn reshaped(name: &str, mut arguments: Vec<&mut Expr>, context: &Context<'_>) -> Result<Option<Expr>, ServerError> {
    let taken = |arguments: Vec<&mut Expr>| arguments.into_iter().map(take).collect::<Vec<_>>();
    let zoned = |arguments: Vec<&mut Expr>| {
        let mut arguments = taken(arguments);
        arguments.insert(0, number(context.session.offset()));
        arguments
    };
    Ok(Some(match (name, arguments.as_mut_slice()) {
        ("if", _) => call("iif", taken(arguments)),
        ("isnull", [one]) => Expr::Nested(Box::new(Expr::IsNull(Box::new(take(one))))),
        ("any_value", [one]) => take(one),
        ("date_add" | "adddate", [moment, Expr::Interval(interval)]) => moved(take(moment), interval.clone(), false)?,
        ("date_sub" | "subdate", [moment, Expr::Interval(interval)]) => moved(take(moment), interval.clone(), true)?,
        ("adddate", [moment, days]) => call("mysql_move", vec![take(moment), take(days), string("DAY")]),
        ("timestampdiff", [unit, from, to]) => call("mysql_difference", vec![unit_name(unit)?, take(from), take(to)]),
        ("timestampadd", [unit, amount, moment]) => {
            call("mysql_move", vec![take(moment), take(amount), unit_name(unit)?])
        }
        (
            "from_unixtime" | "unix_timestamp" | "usec_to_time" | "time_to_usec" | "scn_to_timestamp"
            | "timestamp_to_scn",
            _,
        ) => call(&format!("mysql_{name}"), zoned(arguments)),
        ("year" | "quarter" | "month" | "day" | "dayofmonth" | "hour" | "minute" | "second" | "microsecond", [one]) => {
            let unit = if name == "dayofmonth" { "day" } else { name };
            call("mysql_extract", vec![string(unit), take(one)])
        }
        _ => return Ok(None),
    }))
}

/// A moment moved by an interval.
pub(super) fn moved(moment: Expr, interval: Interval, back: bool) -> Result<Expr, ServerError> {
    let Interval {
        value,
        leading_field: Some(unit),
        last_field: None,
        ..
    } = interval
    else {
        return Err(unsupported("an interval of two units is"));
    };
    let amount = match back {
        true => Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: Box::new(Expr::Nested(value)),
        },
        false => *value,
    };
    Ok(call("mysql_move", vec![moment, amount, string(unit.to_string())]))
}

/// Units are bare words, which the parser takes for columns.
fn unit_name(unit: &Expr) -> Result<Expr, ServerError> {
    match unit {
        Expr::Identifier(word) => {
            let unit = word.value.to_ascii_uppercase();
            Ok(string(unit.strip_prefix("SQL_TSI_").unwrap_or(&unit)))
        }
        other => Err(syntax_error(&other.to_string(), 1)),
    }
}

fn count(function: &Function) -> Result<Option<Expr>, ServerError> {
    match &function.args {
        FunctionArguments::List(list) if list.duplicate_treatment.is_some() && list.args.len() > 1 => {
            Err(unsupported("COUNT(DISTINCT …) of several columns is"))
        }
        _ => Ok(None),
    }
}

/// SQLite's own function takes no separator together with DISTINCT, so a JSON array carries the values.
fn group_concat(function: &mut Function) -> Result<Expr, ServerError> {
    let FunctionArguments::List(mut list) = std::mem::replace(&mut function.args, FunctionArguments::None) else {
        return Err(syntax_error("GROUP_CONCAT", 1));
    };
    let mut separator = string(",");
    list.clauses.retain(|clause| match clause {
        FunctionArgumentClause::Separator(value) => {
            separator = Expr::Value(value.clone());
            false
        }
        _ => true,
    });
    let values = list.args.drain(..).filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    let joined = call("concat", values.collect());
    // The array keeps an order only when it is asked for one; DISTINCT sorts, which nobody may rely on.
    list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(joined))];
    if list.duplicate_treatment == Some(DuplicateTreatment::All) {
        list.duplicate_treatment = None;
    }
    let mut array = call("json_group_array", Vec::new());
    if let Expr::Function(array) = &mut array {
        array.args = FunctionArguments::List(list);
        array.over = function.over.take();
    }
    Ok(call("mysql_join", vec![array, separator]))
}
