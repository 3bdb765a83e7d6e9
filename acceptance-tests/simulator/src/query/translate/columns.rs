//! Result columns: their names, and how their values are printed.

use sqlparser::ast::{
    BinaryOperator, DataType, ExactNumberInfo, Expr, Ident, Query, Select, SelectItem, SetExpr, Value, ValueWithSpan,
};

use super::calls;

/// How the values of an expression are printed, where SQLite's types do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    Decimal,
    Fixed(usize),
    Timestamp,
}

pub(super) fn first_select(query: &mut Query) -> Option<&mut Select> {
    let mut body = query.body.as_mut();
    loop {
        body = match body {
            SetExpr::Select(select) => return Some(select),
            SetExpr::SetOperation { left, .. } => left,
            SetExpr::Query(query) => query.body.as_mut(),
            _ => return None,
        };
    }
}

/// Names the expressions of a select list: MySQL's name for a column is the text of its expression.
pub(super) fn label(select: &mut Select, labels: &[&str]) {
    let matching = labels.len() == select.projection.len();
    for (index, item) in select.projection.iter_mut().enumerate() {
        let SelectItem::UnnamedExpr(expr) = item else {
            continue;
        };
        let text = if matching {
            labels[index].to_owned()
        } else {
            expr.to_string()
        };
        let text = match expr {
            // In the case that was typed, whatever the view's own.
            Expr::Identifier(column) if !is_variable(column) => column.value.clone(),
            Expr::CompoundIdentifier(parts) if !parts.first().is_some_and(is_variable) => {
                parts.last().map_or(text, |column| column.value.clone())
            }
            Expr::Value(ValueWithSpan {
                value: Value::SingleQuotedString(text),
                ..
            })
            | Expr::Value(ValueWithSpan {
                value: Value::DoubleQuotedString(text),
                ..
            }) => text.clone(),
            _ => text,
        };
        *item = SelectItem::ExprWithAlias {
            expr: expr.clone(),
            alias: Ident::with_quote('`', text),
        };
    }
}

pub(super) fn is_column(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(name) => !is_variable(name),
        Expr::CompoundIdentifier(parts) => parts.first().is_some_and(|first| !is_variable(first)),
        _ => false,
    }
}

fn is_variable(name: &Ident) -> bool {
    name.value.starts_with('@')
}

pub(super) fn hints(select: &Select) -> Vec<Option<Hint>> {
    let hint = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(hint(expr)),
        _ => None,
    };
    select
        .projection
        .iter()
        .map(hint)
        .collect::<Option<Vec<_>>>()
        .unwrap_or_default()
}

fn hint(expr: &Expr) -> Option<Hint> {
    match expr {
        Expr::Nested(inner) => hint(inner),
        Expr::BinaryOp {
            op: BinaryOperator::Divide,
            ..
        } => Some(Hint::Fixed(4)),
        Expr::BinaryOp {
            op: BinaryOperator::Plus | BinaryOperator::Minus,
            left,
            right,
        } => [left, right]
            .iter()
            .any(|side| matches!(side.as_ref(), Expr::Interval(_)))
            .then_some(Hint::Timestamp),
        Expr::Function(function) => calls::hint(function),
        Expr::Cast { data_type, .. }
        | Expr::Convert {
            data_type: Some(data_type),
            ..
        } => decimal_scale(data_type).map(Hint::Fixed),
        _ => None,
    }
}

pub(super) fn decimal_scale(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::Decimal(info) | DataType::Dec(info) | DataType::Numeric(info) => match info {
            ExactNumberInfo::PrecisionAndScale(_, scale) => usize::try_from(*scale).ok(),
            ExactNumberInfo::None | ExactNumberInfo::Precision(_) => Some(0),
        },
        _ => None,
    }
}
