//! `SET`: system variables of session and tenant, `@name` variables, `NAMES`.

use sqlparser::ast::{ContextModifier, Expr, ObjectName, Set};

use super::variables::{self, Definition, Reach};
use super::{Session, text};
use crate::answer::{Answer, Cell, ServerError};

/// What an assignment is about.
enum Target {
    Session(&'static Definition),
    Global(&'static Definition),
    User(String),
}

impl Session {
    pub(super) fn set(&mut self, set: Set) -> Result<Answer, ServerError> {
        match set {
            Set::SingleAssignment {
                scope,
                variable,
                mut values,
                ..
            } if values.len() == 1 => {
                let value = values.remove(0);
                self.assign(scope, &variable, value)?;
            }
            Set::MultipleAssignments { assignments } => {
                // A scope without `@@` holds for the assignments that follow it, too.
                let mut sticky = None;
                for assignment in assignments {
                    sticky = assignment.scope.or(sticky);
                    self.assign(sticky, &assignment.name, assignment.value)?;
                }
            }
            Set::SetNames {
                charset_name,
                collation_name,
            } => {
                self.set_names(&charset_name.value)?;
                if let Some(collation) = collation_name {
                    self.set_session_text("collation_connection", &collation)?;
                }
            }
            Set::SetNamesDefault {} => {
                self.set_names("utf8mb4")?;
            }
            Set::SetTransaction { .. } => {}
            other => return Err(text::unsupported(other)),
        }
        Ok(Answer::Done)
    }

    /// `SET NAMES` and `SET CHARACTER SET`.
    pub(super) fn set_names(&mut self, charset: &str) -> Result<Answer, ServerError> {
        let charset = charset.trim_matches(['\'', '"', ';']).to_ascii_lowercase();
        let charset = match charset.as_str() {
            "default" => "utf8mb4",
            "utf8mb4" | "utf8" | "utf8mb3" | "gbk" | "gb18030" | "binary" | "latin1" | "utf16" => &charset,
            _ => {
                let message = format!("Unknown character set: '{charset}'");
                return Err(ServerError {
                    errno: 1115,
                    sqlstate: "42000",
                    message,
                });
            }
        };
        for name in [
            "character_set_client",
            "character_set_connection",
            "character_set_results",
        ] {
            self.set_session_text(name, charset)?;
        }
        Ok(Answer::Done)
    }

    fn set_session_text(&mut self, name: &str, value: &str) -> Result<(), ServerError> {
        self.variables
            .set_session(variables::definition(name)?, value.to_owned());
        Ok(())
    }

    fn assign(&mut self, scope: Option<ContextModifier>, name: &ObjectName, value: Expr) -> Result<(), ServerError> {
        match target(scope, name)? {
            Target::User(name) => {
                let value = self.evaluate(value)?;
                self.variables.set_user(&name, value);
            }
            Target::Global(definition) => {
                let value = match is_word(&value, "DEFAULT") {
                    true => self.variables.global(definition),
                    false => variables::accept(definition, &self.assigned(value, definition)?)?,
                };
                self.variables.set_global(definition, value);
            }
            Target::Session(definition) => {
                let value = match is_word(&value, "DEFAULT") {
                    true => self.variables.global(definition),
                    false => variables::accept(definition, &self.assigned(value, definition)?)?,
                };
                self.variables.set_session(definition, value);
            }
        }
        Ok(())
    }

    fn assigned(&mut self, value: Expr, definition: &Definition) -> Result<String, ServerError> {
        match value {
            // Words such as ON, utf8mb4 and SYSTEM are values here, not columns.
            Expr::Identifier(word) if !word.value.starts_with('@') => Ok(word.value),
            other => self.evaluate(other)?.ok_or_else(|| ServerError {
                errno: 1231,
                sqlstate: "42000",
                message: format!("Variable '{}' can't be set to the value of 'NULL'", definition.name),
            }),
        }
    }

    fn evaluate(&mut self, value: Expr) -> Result<Option<String>, ServerError> {
        let sql = format!("SELECT {value}");
        let Answer::Rows(table) = self.run(&sql)? else {
            return Ok(None);
        };
        Ok(
            match table.rows.into_iter().next().and_then(|row| row.into_iter().next()) {
                Some(Cell::Text(text)) => Some(text),
                Some(Cell::Integer(number)) => Some(number.to_string()),
                Some(Cell::Unsigned(number)) => Some(number.to_string()),
                Some(Cell::Null | Cell::Timestamp(_)) | None => None,
            },
        )
    }
}

fn is_word(value: &Expr, word: &str) -> bool {
    matches!(value, Expr::Identifier(ident) if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case(word))
}

fn target(scope: Option<ContextModifier>, name: &ObjectName) -> Result<Target, ServerError> {
    let parts: Vec<&str> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(|ident| ident.value.as_str())
        .collect();
    let (global, name) = match parts.as_slice() {
        [name] => match (name.strip_prefix("@@"), name.strip_prefix('@')) {
            (Some(name), _) => (false, name),
            (None, Some(name)) => return Ok(Target::User(name.to_owned())),
            (None, None) => (scope == Some(ContextModifier::Global), *name),
        },
        [scope, name] if scope.eq_ignore_ascii_case("@@global") => (true, *name),
        [scope, name] if scope.eq_ignore_ascii_case("@@session") || scope.eq_ignore_ascii_case("@@local") => {
            (false, *name)
        }
        _ => return Err(text::syntax_error(&name.to_string(), 1)),
    };
    let definition = variables::definition(name)?;
    let error = |errno, message: &str| {
        Err(ServerError::general(
            errno,
            format!("Variable '{}' {message}", definition.name),
        ))
    };
    match (definition.reach, global) {
        (Reach::ReadOnly, _) => error(1238, "is a read only variable"),
        (Reach::GlobalOnly, false) => error(1229, "is a GLOBAL variable and should be set with SET GLOBAL"),
        (Reach::Both | Reach::GlobalOnly, true) => Ok(Target::Global(definition)),
        (Reach::Both, false) => Ok(Target::Session(definition)),
    }
}
