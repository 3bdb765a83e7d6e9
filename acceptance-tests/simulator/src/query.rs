//! `SELECT`, `SET` and `SHOW`: parsed, translated, and answered by SQLite over the views of the cluster.

pub(crate) mod datetime;
mod engine;
mod functions;
mod set;
mod show;
pub(crate) mod text;
mod translate;
mod variables;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlparser::ast::{ObjectName, Statement, Use};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use crate::answer::{Answer, Cell, Column, ColumnKind, ServerError, Table};
use crate::cluster::{Cluster, SessionMemory, Viewer, error};
use engine::Engine;
pub(crate) use variables::Globals;
use variables::SessionVariables;

/// The databases that every tenant has, whether or not views live in them.
const DATABASES: [&str; 4] = ["information_schema", "mysql", "oceanbase", "test"];

/// Operators in one statement. The real server has a limit too; this one keeps the translator's recursion shallow.
const MAX_OPERATORS: usize = 1_000;

/// Who speaks.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) viewer: Viewer,
    pub(crate) user: String,
    pub(crate) tenant: String,
    pub(crate) connection: u32,
}

/// What a statement left to be told.
enum Condition {
    Error(ServerError),
    Warning(ServerError),
}

/// What one connection remembers between statements.
pub(crate) struct Session {
    cluster: Arc<Mutex<Cluster>>,
    identity: Identity,
    variables: SessionVariables,
    /// What the cluster's own statements left behind.
    memory: SessionMemory,
    database: Option<String>,
    in_transaction: bool,
    /// What `SHOW WARNINGS` tells of the statement before it.
    last_condition: Option<Condition>,
    engine: Engine,
}

impl Session {
    pub(crate) fn new(
        cluster: Arc<Mutex<Cluster>>,
        globals: Arc<Globals>,
        identity: Identity,
    ) -> Result<Self, ServerError> {
        Ok(Self {
            cluster,
            variables: SessionVariables::new(globals, identity.viewer.tenant_id),
            identity,
            memory: SessionMemory::default(),
            database: None,
            in_transaction: false,
            last_condition: None,
            engine: Engine::new()?,
        })
    }

    pub(crate) fn autocommit(&self) -> bool {
        self.variables.is_on("autocommit")
    }

    pub(crate) fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Seconds ahead of UTC of the session's time zone.
    pub(crate) fn offset(&self) -> i32 {
        self.variables.offset()
    }

    /// Forgets everything but the login.
    pub(crate) fn reset(&mut self) -> Result<(), ServerError> {
        self.variables.reset();
        self.memory = SessionMemory::default();
        self.in_transaction = false;
        self.database = None;
        Ok(())
    }

    pub(crate) fn use_database(&mut self, name: &str) -> Result<(), ServerError> {
        let database = known_database(name)?;
        if database == "oceanbase" && !self.may_select() {
            return Err(error::database_denied(&self.identity.user, database));
        }
        self.database = Some(database.to_owned());
        Ok(())
    }

    /// Answers one statement.
    pub(crate) fn run(&mut self, sql: &str) -> Result<Answer, ServerError> {
        let sql = text::skip_comments(sql);
        let answer = self.answer_to(sql);
        if !text::starts_with_word(sql, "SHOW") || answer.is_err() {
            let warning = self.memory.take_warning().map(Condition::Warning);
            self.last_condition = answer.as_ref().err().cloned().map(Condition::Error).or(warning);
        }
        answer
    }

    fn answer_to(&mut self, sql: &str) -> Result<Answer, ServerError> {
        if sql.is_empty() {
            return Err(ServerError {
                errno: 1065,
                sqlstate: "42000",
                message: "Query was empty".to_owned(),
            });
        }
        if let Some(shown) = text::shown_parameters_where(sql) {
            return self.show_parameters_where(sql, shown).map(Answer::Rows);
        }
        let viewer = self.identity.viewer.clone();
        let mut memory = std::mem::take(&mut self.memory);
        let answer = self.cluster().execute_in(&viewer, &mut memory, sql);
        self.memory = memory;
        if let Some(answer) = answer {
            return answer;
        }
        let tokens = text::tokens(sql)?;
        if let Some(answer) = self.unparsed(sql) {
            return answer;
        }
        let statement = parse(sql, tokens.clone())?;
        self.statement(sql, &tokens, statement)
    }

    /// The few statements of clients that the parser does not know.
    fn unparsed(&mut self, sql: &str) -> Option<Result<Answer, ServerError>> {
        let words: Vec<String> = sql
            .split_ascii_whitespace()
            .take(4)
            .map(str::to_ascii_uppercase)
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["START", "TRANSACTION", "WITH", "CONSISTENT"] => Some(self.transaction(true)),
            ["SET", "CHARACTER", "SET", charset] | ["SET", "CHARSET", charset] => Some(self.set_names(charset)),
            _ => None,
        }
    }

    fn statement(&mut self, sql: &str, tokens: &[TokenWithSpan], statement: Statement) -> Result<Answer, ServerError> {
        match statement {
            Statement::Query(query) => self.select(sql, tokens, *query).map(Answer::Rows),
            Statement::Set(set) => self.set(set),
            Statement::Use(Use::Object(name)) => self.use_database(&single_name(&name)).map(|()| Answer::Done),
            Statement::StartTransaction { .. } => self.transaction(true),
            Statement::Commit { .. } | Statement::Rollback { .. } => self.transaction(false),
            Statement::Savepoint { .. } | Statement::ReleaseSavepoint { .. } => Ok(Answer::Done),
            other => self.show(other),
        }
    }

    fn transaction(&mut self, open: bool) -> Result<Answer, ServerError> {
        self.in_transaction = open;
        Ok(Answer::Done)
    }

    fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parse(sql: &str, tokens: Vec<TokenWithSpan>) -> Result<Statement, ServerError> {
    check_operators(&tokens)?;
    parse_all(sql, tokens, |parser| parser.parse_statement())
}

fn check_operators(tokens: &[TokenWithSpan]) -> Result<(), ServerError> {
    let operators = tokens.iter().filter(|token| is_operator(&token.token)).count();
    if operators > MAX_OPERATORS {
        return Err(text::unsupported(format!(
            "a statement with more than {MAX_OPERATORS} operators is"
        )));
    }
    Ok(())
}

/// Parses every token. Where they end too early, the server quotes the last one.
fn parse_all<T>(
    sql: &str,
    tokens: Vec<TokenWithSpan>,
    parse: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<T, ServerError> {
    let last = tokens
        .iter()
        .rfind(|token| !matches!(token.token, Token::Whitespace(_)))
        .map_or(Location::empty(), |token| token.span.start);
    let at = |place: Location| text::error_at(sql, if place.line == 0 { last } else { place });
    let dialect = MySqlDialect {};
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
    let parsed = parse(&mut parser)
        .map_err(|error| at(text::location(&error.to_string()).unwrap_or_else(|| parser.peek_token().span.start)))?;
    let next = parser.peek_token();
    match next.token {
        Token::EOF | Token::SemiColon => Ok(parsed),
        _ => Err(at(next.span.start)),
    }
}

/// Everything that can nest without brackets; the parser limits brackets by itself.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => {
            word.quote_style.is_none()
                && [
                    "AND", "OR", "XOR", "NOT", "UNION", "JOIN", "DIV", "IS", "LIKE", "COLLATE",
                ]
                .iter()
                .any(|operator| word.value.eq_ignore_ascii_case(operator))
        }
        Token::Comma
        | Token::Whitespace(_)
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::Number(..) => false,
        _ => true,
    }
}

fn single_name(name: &ObjectName) -> String {
    name.0
        .last()
        .and_then(|part| part.as_ident())
        .map(|ident| ident.value.clone())
        .unwrap_or_default()
}

fn known_database(name: &str) -> Result<&'static str, ServerError> {
    let known = DATABASES.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    known.ok_or_else(|| ServerError {
        errno: 1049,
        sqlstate: "42000",
        message: format!("Unknown database '{name}'"),
    })
}

/// A result set of texts.
fn texts<const N: usize>(names: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Table {
    Table {
        columns: names
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                kind: ColumnKind::Text,
            })
            .collect(),
        rows: rows.into_iter().map(|row| row.map(Cell::Text).to_vec()).collect(),
    }
}
