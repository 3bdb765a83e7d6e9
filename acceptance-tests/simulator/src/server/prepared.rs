//! Prepared statements: their texts, and the decoding of what they are executed with.

use std::collections::HashMap;
use std::io;

use mysql_common::Value;
use mysql_common::constants::{ColumnFlags, ColumnType};
use mysql_common::io::ParseBuf;
use mysql_common::value::{BinValue, ValueDeserializer};

use crate::answer::ServerError;
use crate::query::text;

type ParameterType = (ColumnType, ColumnFlags);

/// One prepared statement.
#[derive(Debug, Default)]
struct Prepared {
    sql: String,
    parameters: usize,
    /// Clients send the types with the first execution only.
    types: Vec<ParameterType>,
    has_long_data: bool,
}

/// The prepared statements of one connection.
#[derive(Debug, Default)]
pub(super) struct PreparedStatements {
    statements: HashMap<u32, Prepared>,
    last_id: u32,
}

impl PreparedStatements {
    /// Keeps a statement; its number and how many parameters it has.
    pub(super) fn prepare(&mut self, sql: &str) -> Result<(u32, u16), ServerError> {
        let parameters = text::placeholders(sql);
        if parameters > 0 && !text::is_query(sql) {
            return Err(text::syntax_error(sql.find('?').map_or("", |at| &sql[at..]), 1));
        }
        let count = u16::try_from(parameters)
            .map_err(|_| ServerError::general(1390, "Prepared statement contains too many placeholders"))?;
        self.last_id = self.last_id.wrapping_add(1);
        let prepared = Prepared {
            sql: sql.to_owned(),
            parameters,
            ..Prepared::default()
        };
        self.statements.insert(self.last_id, prepared);
        Ok((self.last_id, count))
    }

    pub(super) fn close(&mut self, packet: &[u8]) {
        if let Some(id) = ParseBuf(packet).checked_eat_u32_le() {
            self.statements.remove(&id);
        }
    }

    pub(super) fn clear(&mut self) {
        self.statements.clear();
    }

    pub(super) fn long_data(&mut self, packet: &[u8]) {
        let id = ParseBuf(packet).checked_eat_u32_le();
        if let Some(prepared) = id.and_then(|id| self.statements.get_mut(&id)) {
            prepared.has_long_data = true;
        }
    }

    /// The text to execute, with each parameter written as a literal.
    ///
    /// The outer error means that the packet is malformed, and the connection lost.
    pub(super) fn bind(&mut self, packet: &[u8]) -> io::Result<Result<String, ServerError>> {
        let malformed = || io::Error::new(io::ErrorKind::InvalidData, "malformed COM_STMT_EXECUTE");
        let mut input = ParseBuf(packet);
        let id = input.checked_eat_u32_le().ok_or_else(malformed)?;
        let Some(prepared) = self.statements.get_mut(&id) else {
            let message = format!("Unknown prepared statement handler ({id}) given to EXECUTE");
            return Ok(Err(ServerError::general(1243, message)));
        };
        if prepared.parameters == 0 {
            return Ok(Ok(prepared.sql.clone()));
        }
        if prepared.has_long_data {
            return Ok(Err(text::unsupported("parameters sent as long data")));
        }
        // One byte of cursor type, four of iteration count.
        input.checked_eat(5).ok_or_else(malformed)?;
        let values = prepared.values(&mut input)?.ok_or_else(malformed)?;
        let literals: Vec<String> = values.iter().map(|value| value.as_sql(false)).collect();
        Ok(Ok(text::substitute(&prepared.sql, &literals)))
    }
}

impl Prepared {
    fn values(&mut self, input: &mut ParseBuf<'_>) -> io::Result<Option<Vec<Value>>> {
        let Some(nulls) = input.checked_eat(self.parameters.div_ceil(8)) else {
            return Ok(None);
        };
        match input.checked_eat_u8() {
            Some(0) => {}
            Some(1) => match self.read_types(input) {
                Some(types) => self.types = types,
                None => return Ok(None),
            },
            _ => return Ok(None),
        }
        if self.types.len() != self.parameters {
            return Ok(None);
        }
        let mut values = Vec::with_capacity(self.parameters);
        for (index, parameter) in self.types.iter().enumerate() {
            if nulls[index / 8] & (1 << (index % 8)) != 0 {
                values.push(Value::NULL);
            } else {
                values.push(input.parse::<ValueDeserializer<BinValue>>(*parameter)?.0);
            }
        }
        Ok(Some(values))
    }

    fn read_types(&self, input: &mut ParseBuf<'_>) -> Option<Vec<ParameterType>> {
        (0..self.parameters)
            .map(|_| {
                let kind = ColumnType::try_from(input.checked_eat_u8()?).ok()?;
                let flags = match input.checked_eat_u8()? & 0x80 {
                    0 => ColumnFlags::empty(),
                    _ => ColumnFlags::UNSIGNED_FLAG,
                };
                Some((kind, flags))
            })
            .collect()
    }
}
