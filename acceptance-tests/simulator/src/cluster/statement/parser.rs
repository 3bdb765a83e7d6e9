//! Recursive descent over the tokens of one statement.

mod backup;
mod compaction;
mod deletion;
mod encryption;

use super::like::Like;
use super::{Assignment, ExternalStorageChange, Statement};
use crate::answer::ServerError;
use crate::cluster::error;
use crate::cluster::lexer::{Token, TokenKind, tokens};
use crate::cluster::profile::Capabilities;

/// First words after `ALTER SYSTEM` of statements that the server has, and the simulator has not.
const OTHER_STATEMENTS: [&str; 22] = [
    "ACTIVATE",
    "ADD",
    "BACKUP",
    "BOOTSTRAP",
    "CANCEL",
    "CLEAR",
    "DROP",
    "FLUSH",
    "KILL",
    "MINOR",
    "MIGRATE",
    "RECOVER",
    "REFRESH",
    "RESTORE",
    "RESUME",
    "RUN",
    "START",
    "STOP",
    "SUSPEND",
    "SWITCH",
    "SWITCHOVER",
    "VALIDATE",
];

/// Keywords that name no parameter, not even where there is a parameter of that name.
const NOT_PARAMETERS: [&str; 4] = ["CLUSTER", "EXTERNAL_STORAGE_DEST", "GLOBAL", "ZONE"];

/// How many words tell one statement from another.
const WORDS_THAT_NAME_A_STATEMENT: usize = 3;

/// Parses a statement. `None` means that it is not one of the cluster's own.
pub(crate) fn parse(sql: &str, capabilities: &Capabilities) -> Option<Result<Statement, ServerError>> {
    let tokens = tokens(sql);
    let mut parser = Parser {
        sql,
        tokens: &tokens,
        position: 0,
    };
    if parser.words(&["ALTER", "SYSTEM"]) {
        Some(
            parser
                .alter_system(capabilities)
                .and_then(|statement| parser.end(statement)),
        )
    } else if parser.words(&["SHOW", "PARAMETERS"]) {
        Some(parser.show_parameters().and_then(|statement| parser.end(statement)))
    } else {
        let statement = parser.about_encryption()?;
        Some(statement.and_then(|statement| parser.end(statement)))
    }
}

struct Parser<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    position: usize,
}

impl<'a> Parser<'a> {
    fn alter_system(&mut self, capabilities: &Capabilities) -> Result<Statement, ServerError> {
        for (word, archiving) in [("ARCHIVELOG", true), ("NOARCHIVELOG", false)] {
            if self.word(word) {
                return self.log_mode(archiving);
            }
        }
        if self.word("SET") || self.peek_symbol(1, '=') {
            return self.assignments();
        }
        if self.word("RESET") {
            return self.reset();
        }
        if capabilities.change_external_storage_dest && self.external_storage() {
            return self.change_external_storage();
        }
        if self.word("BACKUP") {
            return self.backup();
        }
        if let Some(statement) = self.about_deletion(capabilities) {
            return statement;
        }
        if let Some(statement) = self.stop_or_validation().or_else(|| self.freeze()) {
            return statement;
        }
        self.not_simulated()
    }

    fn assignments(&mut self) -> Result<Statement, ServerError> {
        let mut assignments = vec![self.assignment()?];
        while self.symbol(',') {
            assignments.push(self.assignment()?);
        }
        Ok(Statement::Set(assignments))
    }

    fn assignment(&mut self) -> Result<Assignment, ServerError> {
        let name = self.parameter_name()?;
        self.expect('=')?;
        let value = self.constant()?;
        if self.word("COMMENT") {
            self.text()?;
        }
        self.scope()?;
        self.server_or_zone()?;
        // An empty name counts as none.
        let tenant = self.tenant()?.filter(|tenant| !tenant.is_empty());
        Ok(Assignment { name, value, tenant })
    }

    fn reset(&mut self) -> Result<Statement, ServerError> {
        let name = self.parameter_name()?;
        self.scope()?;
        self.server_or_zone()?;
        let tenant = self.tenant()?;
        Ok(Statement::Reset { name, tenant })
    }

    fn scope(&mut self) -> Result<(), ServerError> {
        if !self.word("SCOPE") {
            return Ok(());
        }
        self.expect('=')?;
        if ["MEMORY", "SPFILE", "BOTH"].iter().any(|word| self.word(word)) {
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn server_or_zone(&mut self) -> Result<(), ServerError> {
        if self.word("SERVER") || self.word("ZONE") {
            self.symbol('=');
            self.text()?;
        }
        Ok(())
    }

    /// A constant as the grammar of parameters has it: no bare words but TRUE, FALSE and NULL.
    fn constant(&mut self) -> Result<String, ServerError> {
        if self.word("NULL") {
            return Ok(String::new());
        }
        for word in ["TRUE", "FALSE"] {
            if self.word(word) {
                return Ok(word.to_owned());
            }
        }
        let sign = if self.symbol('-') { "-" } else { "" };
        match self.kind() {
            Some(TokenKind::Text(_)) if sign.is_empty() => self.text(),
            Some(TokenKind::Number(number)) => {
                self.position += 1;
                Ok(format!("{sign}{number}"))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn log_mode(&mut self, archiving: bool) -> Result<Statement, ServerError> {
        let tenants = self.tenant_list()?;
        if self.word("DESCRIPTION") {
            self.symbol('=');
            self.text()?;
        }
        Ok(Statement::LogMode { archiving, tenants })
    }

    fn external_storage(&mut self) -> bool {
        ["ALTER", "CHANGE", "MODIFY"]
            .iter()
            .any(|verb| self.words(&[verb, "EXTERNAL_STORAGE_DEST"]))
    }

    fn change_external_storage(&mut self) -> Result<Statement, ServerError> {
        self.expect_word("PATH")?;
        self.symbol('=');
        let path = self.text()?;
        self.word("SET");
        let access_info = self.text_clause("ACCESS_INFO")?;
        let attribute = self.text_clause("ATTRIBUTE")?;
        Ok(Statement::ChangeExternalStorage(ExternalStorageChange {
            path,
            access_info,
            attribute,
        }))
    }

    fn text_clause(&mut self, word: &str) -> Result<Option<String>, ServerError> {
        if !self.word(word) {
            return Ok(None);
        }
        self.symbol('=');
        self.text().map(Some)
    }

    fn show_parameters(&mut self) -> Result<Statement, ServerError> {
        let before = self.position;
        let like = if self.word("LIKE") {
            Some(self.like(before)?)
        } else {
            None
        };
        let tenant = self.tenant()?;
        Ok(Statement::ShowParameters { like, tenant })
    }

    /// The rest of a `LIKE` that stands at `start`.
    fn like(&mut self, start: usize) -> Result<Like, ServerError> {
        let pattern = self.text()?;
        if !self.word("ESCAPE") {
            return Ok(Like::new(&pattern, '\\'));
        }
        let escape = self.text()?;
        let mut characters = escape.chars();
        match (characters.next(), characters.next()) {
            (Some(escape), None) => Ok(Like::new(&pattern, escape)),
            _ => {
                self.position = start;
                Err(self.unexpected())
            }
        }
    }

    fn not_simulated(&mut self) -> Result<Statement, ServerError> {
        let first = self.position;
        if !OTHER_STATEMENTS.iter().any(|word| self.word(word)) {
            // Any word could be the name of a parameter, so the one after it is in the wrong place.
            self.position += usize::from(matches!(self.kind(), Some(TokenKind::Word(_))));
            return Err(self.unexpected());
        }
        if self.kind().is_none() {
            return Err(self.unexpected());
        }
        let words = self.tokens[first..].iter().map_while(|token| match &token.kind {
            TokenKind::Word(word) => Some(word.to_ascii_uppercase()),
            _ => None,
        });
        let words: Vec<String> = words.take(WORDS_THAT_NAME_A_STATEMENT).collect();
        self.position = self.tokens.len();
        Ok(Statement::NotSimulated(format!("ALTER SYSTEM {}", words.join(" "))))
    }

    fn tenant_list(&mut self) -> Result<Option<Vec<String>>, ServerError> {
        let Some(first) = self.tenant()? else {
            return Ok(None);
        };
        let mut tenants = vec![first];
        while self.symbol(',') {
            tenants.push(self.name()?);
        }
        if tenants.iter().any(String::is_empty) {
            return Err(error::invalid_argument());
        }
        Ok(Some(tenants))
    }

    fn tenant(&mut self) -> Result<Option<String>, ServerError> {
        if !self.word("TENANT") {
            return Ok(None);
        }
        self.symbol('=');
        self.name().map(Some)
    }

    fn name(&mut self) -> Result<String, ServerError> {
        match self.kind() {
            Some(TokenKind::Word(name) | TokenKind::QuotedName(name) | TokenKind::Text(name)) => {
                self.position += 1;
                Ok(name.clone())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// In lower case.
    fn parameter_name(&mut self) -> Result<String, ServerError> {
        let is_keyword = |name: &str| NOT_PARAMETERS.iter().any(|word| name.eq_ignore_ascii_case(word));
        match self.kind() {
            Some(TokenKind::Word(name)) if is_keyword(name) => Err(self.unexpected()),
            Some(TokenKind::Word(name) | TokenKind::QuotedName(name)) => {
                self.position += 1;
                Ok(name.to_ascii_lowercase())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A string literal, or several that follow one another and are one.
    fn text(&mut self) -> Result<String, ServerError> {
        let Some(TokenKind::Text(first)) = self.kind() else {
            return Err(self.unexpected());
        };
        let mut whole = first.clone();
        self.position += 1;
        while let Some(TokenKind::Text(next)) = self.kind() {
            whole.push_str(next);
            self.position += 1;
        }
        Ok(whole)
    }

    fn words(&mut self, words: &[&str]) -> bool {
        let before = self.position;
        let all = words.iter().all(|word| self.word(word));
        if !all {
            self.position = before;
        }
        all
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.peek_word(word);
        self.position += usize::from(found);
        found
    }

    fn peek_word(&self, word: &str) -> bool {
        matches!(self.kind(), Some(TokenKind::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    fn expect_word(&mut self, word: &str) -> Result<(), ServerError> {
        if self.word(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let found = self.peek_symbol(0, symbol);
        self.position += usize::from(found);
        found
    }

    fn peek_symbol(&self, ahead: usize, symbol: char) -> bool {
        self.tokens
            .get(self.position + ahead)
            .is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }

    fn expect(&mut self, symbol: char) -> Result<(), ServerError> {
        if self.symbol(symbol) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn kind(&self) -> Option<&'a TokenKind> {
        self.tokens.get(self.position).map(|token| &token.kind)
    }

    /// Accepts the end of the statement, after any semicolons.
    fn end(&mut self, statement: Statement) -> Result<Statement, ServerError> {
        while self.symbol(';') {}
        if self.position < self.tokens.len() {
            return Err(self.unexpected());
        }
        Ok(statement)
    }

    /// Where the statement ends too early, the server quotes its last word.
    fn unexpected(&self) -> ServerError {
        let token = self.tokens.get(self.position).or(self.tokens.last());
        error::syntax(self.sql, token.map_or(0, |token| token.start))
    }
}
